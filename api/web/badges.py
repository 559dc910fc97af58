"""The counts in the navigation: the same lists that the pages behind them show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.access import GLASS_KEEPERS, INBOX_READERS
from api.filters import of_whom
from api.parts import ApiParts
from api.routes.messages import sight_of
from marshrut.domain.moves import CARE
from marshrut.ports import Caller, StepFilter, StuckFilter

# More than so many are told as "99+".
MANY = 100


@dataclass(frozen=True, slots=True)
class Badges:
    """`overdue`: late steps of the reader's own, and of nobody in their cases; `stuck`: items of the stuck list.

    `parked`: messages that wait to be mended; None for whoever does not see any. `opened`: cases of
    the reader's hospitals that somebody looks at in need just now; None for whoever does not answer for them.
    """

    overdue: int
    stuck: int
    parked: int | None = None
    opened: int | None = None


async def badges(parts: ApiParts, caller: Caller, now: datetime) -> Badges:
    """What waits for this reader at this instant."""
    overdue = 0
    if caller.role in CARE:
        late = StepFilter(caller.hospitals, caller.onlooker, overdue_at=now)
        overdue = await parts.queries.count_steps(of_whom(late, "mine", caller))
    page = await parts.stuck.stuck(StuckFilter(caller.hospitals, caller.onlooker), now, limit=1, cursor=None)
    parked = await parts.inbox.parked(sight_of(caller, parts)) if caller.role in INBOX_READERS else None
    opened = None
    if caller.role in GLASS_KEEPERS:
        newest = (await parts.glass.of(caller.hospitals, None, case_id=None, limit=MANY)).items
        opened = sum(each.stands(now) for each in newest)
    return Badges(overdue, page.total, parked, opened)
