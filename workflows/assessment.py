"""Needs assessment: how the person lives, what they can do, which papers they have, and what they need."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Role, Stage
from workflows.needs import agreed_needs
from workflows.stay import while_here

Need = Literal["urgent_help", "home_care", "documents", "relatives", "psychology", "aids", "disability", "placement"]
Paper = Literal["passport", "snils", "oms", "birth_certificate", "disability", "proxy"]


class LifeSurvey(Outcome, track="assessment", step="life_survey"):
    """How the person lives."""

    result: Literal["complete", "partial", "refused"]
    lives_with: Literal["alone", "relatives", "others", "institution", "nowhere"] | None = None
    note: Private[str] | None = None


class FunctionScale(Outcome, track="assessment", step="function_scale"):
    """What the person can do for themselves; `score` is the Barthel index, 0 to 100 in fives."""

    result: Literal["scored", "unable"]
    score: Annotated[int, Field(ge=0, le=100, multiple_of=5, strict=True)] | None = None
    moves: Literal["walks", "with_aids", "lies"] | None = None
    note: Private[str] | None = None


class DocumentsCheck(Outcome, track="assessment", step="documents_check"):
    """Which papers are missing, and what became of the passport."""

    result: Literal["complete", "missing"]
    missing: tuple[Paper, ...] = Field(default=(), validate_default=True)
    passport: Literal["lost", "stolen", "expired", "never_had"] | None = None
    note: Private[str] | None = None

    @field_validator("missing")
    @classmethod
    def _named_when_missing(cls, missing: tuple[Paper, ...], info: ValidationInfo) -> tuple[Paper, ...]:
        if info.data.get("result") == "missing" and not missing:
            raise ValueError("what is missing is named")
        return missing


class NeedsAgree(Outcome, track="assessment", step="needs_agree"):
    """What the person needs, agreed with them."""

    result: Literal["agreed", "disputed", "none"]
    needs: tuple[Need, ...] = Field(default=(), validate_default=True)
    note: Private[str] | None = None

    @field_validator("needs")
    @classmethod
    def _named_when_agreed(cls, needs: tuple[Need, ...], info: ValidationInfo) -> tuple[Need, ...]:
        if info.data.get("result") == "agreed" and not needs:
            raise ValueError("an agreed list names at least one need")
        return needs


class Assessment:
    """Ends with `needs`, `no_needs` or, when the patient left before, `left`."""

    name: ClassVar[str] = "assessment"
    stage: ClassVar[Stage] = Stage.NEEDS_ASSESSMENT
    steps: ClassVar[tuple[type[Outcome], ...]] = (LifeSurvey, FunctionScale, DocumentsCheck, NeedsAgree)

    async def run(self, case: Case) -> str:
        """Look at life, abilities and papers side by side, then agree what is needed."""
        if not await while_here(case, self._assess):
            return "left"
        return await case.decide("needed", lambda state: "needs" if agreed_needs(state) else "no_needs")

    async def _assess(self, case: Case) -> None:
        await case.all(case.step(LifeSurvey), case.step(FunctionScale), case.step(DocumentsCheck))
        talk = MAIN
        while True:
            await case.propose(ItemKind.NEED, on=talk)
            agreed = await case.step(NeedsAgree, key=talk)
            if agreed is None:
                return
            if agreed.result != "disputed":
                for need in agreed.needs:
                    await case.item(ItemKind.NEED, need, status="agreed")
                await case.move_all(f"agreed.{talk}", partial(_settled, agreed.needs))
                return
            await case.inform(f"disputed.{talk}", Role.SUPERVISOR)
            talk = f"{talk}.after_dispute"


def _settled(agreed: tuple[Need, ...], _catalogue: Slice, state: CaseState) -> Mapping[str, str]:
    """What was proposed is agreed or declined, whoever or whatever proposed it."""
    return {
        item.item_id: "agreed" if item.name in agreed else "declined"
        for item in state.items_of(ItemKind.NEED)
        if item.status == "proposed"
    }
