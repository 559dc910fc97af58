"""Asking an office for a paper until one is there or given up; a record counts once its signature was checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from marshrut.domain.base import stamp
from marshrut.domain.case import Case
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from workflows.answers import NOTHING, listed, named, steps
from workflows.papers import SignatureCheck


async def ask(  # noqa: PLR0913 - what is asked, what a yes and a no mean
    case: Case,
    item: str,
    outcome: type[Outcome],
    *given: str,
    occasion: str,
    to: str = "issued",
    back: str = "requested",
    office: str | None = None,
    final: tuple[str, ...] = (),
) -> bool:
    """Have an office asked until it says yes; whether it did before the item was given up or the step cancelled.

    A yes moves the item `to` its next status, with the `office` that is the next one. A no moves it to `rejected` and
    is told to a senior; when it is asked again the item is `back` where it was. After a `final` no nobody asks again.
    """
    attempt = occasion
    while True:
        answer = await case.step(outcome, key=attempt)
        if answer is None:
            return False
        said = answer.codes()
        if said["result"] in given:
            if to != "issued":
                await case.move(item, to, on=f"{outcome.step}.{attempt}", office=office)
                return True
            if await good(case, item, outcome, said, attempt):
                return True
        await case.inform(f"{outcome.step}.no.{attempt}", Role.SUPERVISOR)
        await case.move(item, "rejected", on=f"{outcome.step}.{attempt}")
        if said.get("then") == "given_up" or said["result"] in final:
            return False
        attempt = stamp(await case.until(f"{outcome.step}.again.{attempt}", f"{outcome.track}.asked_again"))
        await case.move(item, back, on=f"{outcome.step}.{attempt}")


async def good(case: Case, item: str, outcome: type[Outcome], said: OutcomeCodes, occasion: str) -> bool:
    """Take the paper that the step brought, unless the signature of a record is bad: whether it was taken."""
    form, issued_at = said.get("form"), said.get("issued_at")
    brought_by = await case.look_up(f"{outcome.step}.by.{occasion}", lambda _, state: steps(state, outcome)[-1].step_id)
    signature, on = None, f"{outcome.step}.{occasion}"
    if form == "electronic":
        signature = said.get("signature") or "unchecked"
        if signature == "unchecked":
            await case.move(item, "submitted", on=f"unchecked.{on}", form=form, signature=signature)
            check = await case.step(SignatureCheck, key=on)
            signature = signature if check is None else check.result
        if signature == "invalid":
            await case.inform(f"signature_invalid.{on}", Role.SUPERVISOR)
            await case.move(item, "rejected", on=f"unsigned.{on}", form=form, signature=signature)
            return False
    await case.move(item, "issued", on=on, form=form, signature=signature, issued_at=issued_at, brought_by=brought_by)
    return True


async def wait_on(case: Case, item: str, question: Callable[[CaseState], tuple[str, ...]]) -> None:
    """Wait until nothing is left that the item cannot be had without; meanwhile the item says what that is."""
    on = "waits"
    said = await case.decide(on, lambda state: listed(question(state)))
    while said != NOTHING:
        await case.move(item, "needed", on=on, waits_on=named(said))
        on = f"{on}.on"
        said = await case.decide(on, partial(_otherwise, question, said))
    if on != "waits":
        await case.move(item, "needed", on=on, waits_on=())


def _otherwise(question: Callable[[CaseState], tuple[str, ...]], said: str, state: CaseState) -> str | None:
    now = listed(question(state))
    return None if now == said else now
