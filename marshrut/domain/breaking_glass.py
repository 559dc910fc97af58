"""Break-glass: in need somebody looks at a case that they may not see, says why, and answers for it afterwards.

It opens one case to one person, for looking alone, until it ends by itself or somebody ends it. Which roles may is
said here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.words import Role

# Domain facts, 9: about three hours [A].
LASTS = timedelta(hours=3)


class Need(StrEnum):
    """Why a case has to be looked at.

    `life`: life or health is at risk; `child`: a child is in danger; `brought_here`: the patient is here now, and the
    case is there; `nobody_reached`: nobody who works on it can be reached; `safety`: somebody of the staff or of the
    family is in danger; `other`: as the words beside it say.
    """

    LIFE = "life"
    CHILD = "child"
    BROUGHT_HERE = "brought_here"
    NOBODY_REACHED = "nobody_reached"
    SAFETY = "safety"
    OTHER = "other"


# Which roles may, and in which need: those who are shown persons at all, and nobody else.
MAY: Mapping[Role, frozenset[Need]] = {
    Role.COORDINATOR: frozenset(Need),
    Role.PSYCHOLOGIST: frozenset(Need),
    Role.SUPERVISOR: frozenset(Need),
    Role.DOCTOR: frozenset({Need.LIFE, Need.CHILD, Need.BROUGHT_HERE}),
    Role.PLACEMENT: frozenset({Need.LIFE, Need.CHILD, Need.NOBODY_REACHED}),
}


@dataclass(frozen=True, slots=True)
class Opening:
    """One case, opened by one person until `ends_at`. `hospital`: the case's; `note`: their own words, sealed."""

    id: str
    case_id: str
    hospital: str
    actor: Actor
    need: Need
    note: bytes | None
    opened_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None

    def stands(self, now: datetime) -> bool:
        """Whether the case is open by it."""
        return self.ended_at is None and now < self.ends_at


def opening(  # noqa: PLR0913 - what is written down of it
    *, name: str, case_id: str, hospital: str, actor: Actor, need: Need, note: bytes, now: datetime
) -> Opening:
    """The case, opened.

    Raises:
        Refused: `role_not_allowed`, `need_not_allowed`: not this role, or not in this need.
    """
    if actor.role not in MAY:
        raise Refused("role_not_allowed", role=actor.role)
    if need not in MAY[actor.role]:
        raise Refused("need_not_allowed", role=actor.role)
    return Opening(name, case_id, hospital, actor, need, note, now, now + LASTS)


def ended(known: Opening, by: str, now: datetime) -> Opening:
    """Ended before its time; one that is over stays as it is."""
    return replace(known, ended_at=now, ended_by=by) if known.stands(now) else known
