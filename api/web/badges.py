"""The counts in the navigation: the same lists that the pages behind them show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.access import INBOX_READERS
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

    `parked`: messages that wait to be mended; None for whoever does not see any.
    """

    overdue: int
    stuck: int
    parked: int | None = None


async def badges(parts: ApiParts, caller: Caller, now: datetime) -> Badges:
    """What waits for this reader at this instant."""
    overdue = 0
    if caller.role in CARE:
        late = StepFilter(hospitals=caller.hospitals, overdue_at=now)
        overdue = await parts.queries.count_steps(of_whom(late, "mine", caller))
    page = await parts.stuck.stuck(StuckFilter(hospitals=caller.hospitals), now, limit=1, cursor=None)
    parked = await parts.inbox.parked(sight_of(caller, parts)) if caller.role in INBOX_READERS else None
    return Badges(overdue, page.total, parked)
