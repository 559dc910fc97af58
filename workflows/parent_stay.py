"""A parent's stay beside the child: free at any age, with a bed and meals where the law gives them."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.child import parents
from marshrut.domain.ids import MAIN
from marshrut.domain.kin import Reach, reach
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage
from workflows.answers import last
from workflows.contact import FirstContact
from workflows.parents import there
from workflows.stay import while_here

CARER = "carer"  # who came with the child, before anybody has an item
Ground = Literal["under_4", "indication", "disabled"]


class ParentStayArrange(Outcome, track="guardians", step="parent_stay"):
    """Whether a parent or guardian stays with the child, and whether with a free bed and meals: `ground` says why."""

    result: Literal["arranged", "declined"]
    bed: Literal["free", "paid", "none"] | None = None
    ground: Ground | None = Field(default=None, validate_default=True)
    note: Private[str] | None = None

    @field_validator("ground")
    @classmethod
    def _said_when_free(cls, ground: Ground | None, info: ValidationInfo) -> Ground | None:
        if (info.data.get("bed") == "free") != (ground is not None):
            raise ValueError("needed when, and only when, bed and meals are free")
        return ground


class ParentStay:
    """Ends, when the child leaves, with `arranged`, `declined` or, where there was nobody, `not_asked`."""

    name: ClassVar[str] = "parent_stay"
    stage: ClassVar[Stage] = Stage.FIRST_CONTACT
    steps: ClassVar[tuple[type[Outcome], ...]] = (ParentStayArrange,)

    async def run(self, case: Case) -> str:
        """Ask whoever is there, and whoever turns up later, as long as nobody stays."""
        await while_here(case, _ask)
        return await case.decide("stays", _stays)


async def _ask(case: Case) -> None:
    asked: tuple[str, ...] = ()
    while True:
        turn = f"{MAIN}.{len(asked)}" if asked else MAIN
        who = await case.decide(f"who.{turn}", partial(_somebody, asked))
        asked = (*asked, who)
        ended = await case.first(f"stay.{turn}", gone=partial(_gone, who), asked=partial(_arrange, turn))
        if ended == "asked" and await case.decide(f"stays.{turn}", _stays) == "arranged":
            # Whoever may not be with the child after all has to leave it.
            await _gone(who, case)
            await case.inform(f"parent_stay_over.{turn}", Role.SUPERVISOR, urgent=True)


async def _arrange(turn: str, case: Case) -> None:
    await case.step(ParentStayArrange, key=turn)


async def _gone(who: str, case: Case) -> None:
    await case.decide(f"gone.{who.split('.', 1)[-1]}", lambda state: None if who in _who_is_there(state) else "yes")


def _somebody(asked: tuple[str, ...], state: CaseState) -> str | None:
    return next((who for who in _who_is_there(state) if who not in asked), None)


def _who_is_there(state: CaseState) -> list[str]:
    """Parents and guardians who may be with the child: those found, and who came with it unless one proved unfit."""
    found = [item.item_id for item in there(state)]
    contact = last(state, FirstContact)
    came = contact is not None and contact.carer in {"parent", "guardian"}
    trusted = reach(state) is not Reach.DANGER and not parents(state, "unfit")
    return [*found, *([CARER] if came and trusted else [])]


def _stays(state: CaseState) -> str:
    answer = last(state, ParentStayArrange)
    return "not_asked" if answer is None else answer.result
