"""A newborn whom its mother left behind, and a child whom somebody found: what the law wants of the hospital."""

from __future__ import annotations

from typing import Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, ItemKind, Role
from workflows.documents import LIST
from workflows.parents import person

CERTIFICATE = "birth_certificate"


class AbandonmentAct(Outcome, track="guardians", step="abandonment_act"):
    """The hospital's act that a mother left her child; withdrawn: she takes it after all."""

    result: Literal["signed", "withdrawn"]
    number: Private[str] | None = None


class FoundPolice(Outcome, track="guardians", step="found_police"):
    """That the police know of a child whom somebody found."""

    result: Literal["told"]
    number: Private[str] | None = None


class FoundReport(Outcome, track="guardians", step="found_report"):
    """Whether whoever found the child told where and when, as the law wants within two days."""

    result: Literal["recorded", "finder_unknown"]
    note: Private[str] | None = None


class FoundBirth(Outcome, track="guardians", step="found_birth"):
    """That the registry registered the birth of a child whom somebody found."""

    result: Literal["registered"]
    number: Private[str] | None = None


async def left_behind(case: Case) -> None:
    """For whom a mother left behind: the act. A mother who takes her child is seen like any parent who was found."""
    await case.decide("abandoned", lambda state: _flagged(state, Flag.ABANDONED))
    act = await case.step(AbandonmentAct)
    mother = await person(case, "mother")
    if act is not None and act.result == "withdrawn":
        await case.move(mother, "found", on="act")
    else:
        await case.inform("left_behind", Role.SUPERVISOR)
        await case.move(mother, "not_needed", on="act")


async def found_child(case: Case) -> None:
    """For whom somebody found: the police and the finder's word at once, and a birth that is on the register."""
    await case.decide("foundling", lambda state: _flagged(state, Flag.FOUNDLING))
    await case.all(case.step(FoundPolice), _ask_finder(case), _register(case))


async def _ask_finder(case: Case) -> None:
    report = await case.step(FoundReport)
    if report is not None and report.result == "finder_unknown":
        await case.inform("finder_unknown", Role.SUPERVISOR)


async def _register(case: Case) -> None:
    """With the certificate the child has a name, and the other papers can be asked for."""
    if await case.step(FoundBirth) is not None:
        paper = await case.item(ItemKind.DOCUMENT, CERTIFICATE, of=LIST, status="issued")
        await case.move(paper, "issued", on="registered")


def _flagged(state: CaseState, flag: Flag) -> str | None:
    return "yes" if flag in state.flags else None
