"""Whether somebody may know of a case of which only the id is at hand: a step's, a notice's, a change's.

The same as `Caller.sees_case`, asked of SQL, and only of whom it is asked whether they need to know.
"""

from __future__ import annotations

from api.parts import ApiParts
from marshrut.ports import Caller


async def sees(case_id: str, hospital: str, caller: Caller, parts: ApiParts) -> bool:
    """Whether it is in their scope and, if it is guarded, they need to know of it; or was opened in need."""
    if case_id in caller.opened:
        return True
    return caller.sees(hospital) and not await parts.queries.hidden([case_id], caller.onlooker)
