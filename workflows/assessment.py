"""Needs assessment: how the person lives, what they can do, which papers they have, and what they need."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Role

Need = Literal["urgent_help", "home_care", "documents", "relatives", "psychology", "placement"]


class LifeSurvey(Outcome, track="assessment", step="life_survey"):
    """How the person lives."""

    result: Literal["complete", "partial", "refused"]
    lives_with: Literal["alone", "relatives", "others", "institution", "nowhere"] | None = None
    note: Private[str] | None = None


class FunctionScale(Outcome, track="assessment", step="function_scale"):
    """What the person can do for themselves; `score` is the Barthel index, 0 to 100 in fives."""

    result: Literal["scored", "unable"]
    score: Annotated[int, Field(ge=0, le=100, multiple_of=5, strict=True)] | None = None
    note: Private[str] | None = None


class DocumentsCheck(Outcome, track="assessment", step="documents_check"):
    """Which papers are missing."""

    result: Literal["complete", "missing"]
    missing: tuple[Literal["passport", "snils", "oms", "birth_certificate", "disability"], ...] = ()
    note: Private[str] | None = None


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
    """Ends with `services` when help at home or at once is needed, else with `no_services`."""

    name: ClassVar[str] = "assessment"
    stage: ClassVar[str] = "needs_assessment"
    steps: ClassVar[tuple[type[Outcome], ...]] = (LifeSurvey, FunctionScale, DocumentsCheck, NeedsAgree)

    async def run(self, case: Case) -> str:
        """Look at life, abilities and papers side by side, then agree what is needed."""
        await case.all(case.step(LifeSurvey), case.step(FunctionScale), case.step(DocumentsCheck))
        talk = MAIN
        while True:
            agreed = await case.step(NeedsAgree, key=talk)
            match agreed:
                case NeedsAgree(result="disputed"):
                    await case.inform(f"disputed.{talk}", Role.SUPERVISOR)
                    talk = f"{talk}.after_dispute"
                case NeedsAgree(result="agreed", needs=needs) if {"urgent_help", "home_care"} & set(needs):
                    return "services"
                case _:
                    return "no_services"
