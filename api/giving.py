"""Whether a step or a case may be given to somebody, as far as the roster knows them."""

from __future__ import annotations

from api.parts import ApiParts
from api.problems import Problem
from marshrut.domain.moves import CARE
from marshrut.domain.words import Role


async def check_giving(parts: ApiParts, user: str, hospital: str, step: Role | None, *, field: str) -> None:
    """Let pass whom the roster does not know, and whoever is there and may do a step of that role (None: own a case).

    Raises:
        Problem: `absent` with the deputy's name, or `wrong_assignee`: another role, or another hospital.
        Unavailable: SQL does not answer.
    """
    now = parts.now()
    known = (await parts.staff.people(now, users=[user])).get(user)
    if known is None:
        return
    may = known.role in CARE if step is None else known.may_do(step)
    if not known.active or not may or not known.works_in(hospital):
        raise Problem("wrong_assignee", {"field": field})
    if (absence := known.away(now)) is not None:
        raise Problem("absent", {"deputy": absence.deputy} if absence.deputy else {})
