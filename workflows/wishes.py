"""Whether somebody near to the patient may know where they are: the patient says it, and in danger a senior."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.kin import CLOSED, TO_BE_FOUND, Reach, consent, reach, word
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, ItemKind, Role
from workflows.answers import last
from workflows.contact import ConsentRecord
from workflows.stay import for_good


class FoundConsent(Outcome, track="relatives", step="found_consent"):
    """Whether those near may know where the patient is; `whom`: of `only_some`, who may."""

    result: Literal["yes", "only_some", "no", "incapable"]
    whom: Private[str] | None = None
    note: Private[str] | None = None


class SafeContact(Outcome, track="relatives", step="safe_contact"):
    """Whether a senior thinks it safe to speak to those near, although somebody near is a danger."""

    result: Literal["allowed", "forbidden"]
    note: Private[str] | None = None


# What an answer makes of the consent.
STANDS = {"yes": "given", "only_some": "partial", "no": "refused", "incapable": "incapable"}


async def permitted(case: Case, occasion: str) -> bool:
    """Whether anybody near may be spoken to. A danger is a senior's to judge; the patient is asked once they can be."""
    if not await safe(case, occasion):
        return False
    if await case.decide(f"asked.{occasion}", _asked) == "no":
        await case.item(ItemKind.CONSENT, TO_BE_FOUND)
        if await case.decide(f"capable.{occasion}", _capable) == "yes":
            await _ask(case, occasion)
        else:
            await _stands(case, "incapable", occasion)
    return await case.decide(f"permitted.{occasion}", _permitted) == "yes"


async def safe(case: Case, occasion: str) -> bool:
    """Whether no danger from somebody near stands against it, or a senior says that it is safe all the same."""
    if await case.decide(f"danger.{occasion}", _danger) == "unjudged":
        await case.step(SafeContact, key=occasion)
    if await case.decide(f"safe.{occasion}", _safe) == "no":
        await case.inform(f"relatives_dangerous.{occasion}", Role.SUPERVISOR)
        return False
    return True


async def as_long_as_permitted(case: Case, occasion: str, work: Callable[[Case], Awaitable[object]]) -> bool:
    """Do the work; whether it came to its end before the patient, or a danger, forbade it."""

    async def forbidden(case: Case) -> None:
        await case.decide("forbidden", lambda state: "yes" if reach(state) in CLOSED else None)

    ended = await case.first(f"turn.{occasion}", forbidden=forbidden, work=work, asked=_ask_again)
    return ended == "work"


async def _ask_again(case: Case) -> None:
    """Who could not say it is asked again from time to time, until they can, or somebody writes it down."""
    await case.decide("cannot_say", lambda state: "yes" if reach(state) is Reach.CANNOT_SAY else None)
    day = "first"
    while await case.decide(f"still.{day}", _still) == "yes":
        day = stamp(await case.until(f"ask.{day}", "relatives.consent_asked_again"))
        if await case.decide(f"needed.{day}", _still) == "yes":
            await _ask(case, day)
    await for_good(case)


async def _ask(case: Case, occasion: str) -> str | None:
    answer = await case.step(FoundConsent, key=occasion)
    if answer is None:
        return None
    await _stands(case, STANDS[answer.result], occasion)
    return answer.result


async def _stands(case: Case, status: str, occasion: str) -> None:
    await case.move(await case.item(ItemKind.CONSENT, TO_BE_FOUND), status, on=occasion)


def _danger(state: CaseState) -> str:
    return "unjudged" if Flag.VIOLENCE in state.flags and word(state) is None else "none"


def _safe(state: CaseState) -> str:
    return "no" if reach(state) is Reach.DANGER else "yes"


def _asked(state: CaseState) -> str:
    return "no" if consent(state) is None else "yes"


def _capable(state: CaseState) -> str:
    agreed = last(state, ConsentRecord)
    return "no" if agreed is not None and agreed.result == "incapable" else "yes"


def _still(state: CaseState) -> str:
    return "yes" if reach(state) is Reach.CANNOT_SAY else "no"


def _permitted(state: CaseState) -> str:
    return "no" if reach(state) in CLOSED else "yes"
