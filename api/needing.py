"""Whether somebody may know of a case, where the case alone does not say so.

SQL is asked the same as `Caller.sees_case`, and only of whom it is asked whether they need to know: where only the id
is at hand (a step's, a notice's, a change's), and for a machine, which sees what it sent.
"""

from __future__ import annotations

from api.parts import ApiParts
from marshrut.domain.guarding import SENDER
from marshrut.domain.state import CaseState
from marshrut.ports import Caller


async def sees(case_id: str, hospital: str, caller: Caller, parts: ApiParts) -> bool:
    """Whether it is in their scope and, if it is guarded, they need to know of it; or was opened in need."""
    if case_id in caller.opened:
        return True
    return caller.sees(hospital) and not await parts.queries.hidden([case_id], caller.onlooker)


async def knows(case: CaseState, caller: Caller, parts: ApiParts) -> bool:
    """Whether the case is there for them, whatever was opened in need."""
    if caller.role is SENDER:
        return await sees(case.case_id, case.hospital or "", caller, parts)
    return caller.knows(case)


async def sees_case(case: CaseState, caller: Caller, parts: ApiParts) -> bool:
    """Whether they may look at the case."""
    return case.case_id in caller.opened or await knows(case, caller, parts)
