"""What the watchdog found of cases, as the lists reckon with it (`Why.TECHNICAL`).

Most of the time it found nothing: whoever asks looks first whether anything stands, and else asks nothing more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.stuck import Found
from marshrut.domain.watching import BEHIND, Ill
from marshrut.store.tables import STANDS, cases, findings

# Whatever is wrong with no case in particular.
NO_CASE = ""

_OF_A_CASE = sa.and_(STANDS, findings.c.case_id != NO_CASE)
_ANY = sa.select(findings.c.case_id).where(_OF_A_CASE).limit(1)
# Each case of which something stands, and since when the first of it does.
FAILING = (
    sa.select(findings.c.case_id, sa.func.min(sa.type_coerce(findings.c.since, sa.BigInteger)).label("since"))
    .where(_OF_A_CASE)
    .group_by(findings.c.case_id)
    .subquery("failing")
)
_MISSED = sa.and_(STANDS, findings.c.code.in_(sorted(BEHIND)))
# Of a case: it was found that SQL lacks something.
LACKS = sa.exists().where(findings.c.case_id == cases.c.case_id, _MISSED)


async def any_failing(conn: AsyncConnection) -> bool:
    """Whether anything stands of any case."""
    return await conn.scalar(_ANY) is not None


async def found_of(conn: AsyncConnection, case_ids: Collection[str]) -> Mapping[str, Found]:
    """What stands of these cases, and since when."""
    found: dict[str, dict[Ill, datetime]] = defaultdict(dict)
    query = sa.select(findings.c.case_id, findings.c.code, findings.c.since)
    for row in await conn.execute(query.where(STANDS, findings.c.case_id.in_(case_ids)).order_by(findings.c.code)):
        found[row.case_id][Ill(row.code)] = row.since
    return found


async def caught_up(conn: AsyncConnection, case_id: str) -> None:
    """SQL lacks nothing of the case any more: what is shown is no longer behind, and no round need say so."""
    found = findings.update().where(findings.c.case_id == case_id, _MISSED)
    await conn.execute(found.values(resolved_at=findings.c.last_seen))
