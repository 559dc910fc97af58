"""Disability: the commission refers, the bureau (МСЭ) decides, a no may be appealed, and the programme (ИПРА) is done.

How far it has come is one item, the application `mse`: the track goes on from wherever that stands. The bureau's term
runs on when the patient goes home, so what is left then is a track of its own beside the way home.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import ClassVar

from marshrut.domain.base import stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Report, Role, Stage
from workflows.answers import listed, named
from workflows.asking import ask, good, wait_on
from workflows.documents import THERE, document, hand_over, missing
from workflows.mse import (
    APPLICATION,
    STEPS,
    AppealResult,
    IpraActions,
    MseAppeal,
    MseCommission,
    MseExamination,
    MseResult,
    MseSend,
    last_application,
    said,
    status,
)
from workflows.offices import obtain
from workflows.papers import DisabilityDuplicate
from workflows.stay import for_good, while_here

LIST = "disability"
# The bureaus in the order in which they may be asked: after the last one only a court decides otherwise.
BUREAUS = ("mse_bureau", "mse_main_bureau", "mse_federal_bureau")


class Disability:
    """Ends with `group`, `none`, `refused`, `not_sent`; for who left with `awaited` (the bureau decides) or `left`."""

    name: ClassVar[str] = "disability"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = STEPS

    async def run(self, case: Case) -> str:
        """Have it established while the patient is here; what the bureau still owes is seen to afterwards."""
        await while_here(case, self._establish)
        came_of = await case.decide("mse", _came_of)
        if came_of == "left":
            await case.inform("mse_left", Role.SUPERVISOR)
        elif came_of == "awaited":
            await case.inform("mse_awaited", Role.SUPERVISOR)
        return came_of

    async def _establish(self, case: Case) -> None:
        application = await case.item(ItemKind.APPLICATION, APPLICATION, status="needed", office=BUREAUS[0])
        if await _referred(case, application):
            await see_through(case, application, MAIN)
        else:
            await case.move(application, "withdrawn")


class DisabilityLater:
    """What is left of it for somebody who has gone home. Ends as the one before it, or with `nothing`."""

    name: ClassVar[str] = "disability_later"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = tuple(step for step in STEPS if step is not MseCommission)

    async def run(self, case: Case) -> str:
        """Hear the bureau's decision, appeal it, carry the programme out."""
        application = await case.decide("application", sent)
        if application == "nothing":
            return "nothing"
        await see_through(case, application, "later")
        return await case.decide("mse", _came_of)


async def see_through(case: Case, application: str, occasion: str) -> None:
    """From wherever the application stands to the end; `occasion` tells apart who does it when."""
    at = occasion
    while True:
        match await case.decide(f"stands.{at}", _stands):
            case "asked":
                going = await _decision(case, application, MseResult, at)
            case "appealed":
                going = await _decision(case, application, AppealResult, at)
            case "returned":
                await case.until(f"tests.{at}", "disability.tested")
                going = await _sent_in(case, application, at)
            case "denied":
                going = await _appealed(case, application, at)
            case "granted":
                await case.all(_certificate(case, at), _programme(case, at))
                await hand_over(case, f"mse.{at}")
                return
            case _:
                return
        if not going:
            await case.move(application, "withdrawn", on=at)  # a decision that was waived stands
            return
        at = f"{at}.on"


async def _referred(case: Case, application: str) -> bool:
    """By the commission, once the papers are there; whom it refuses may apply without it."""
    at = MAIN
    while True:
        commission = await case.step(MseCommission, key=at)
        if commission is None:
            return False
        if commission.result != "more_tests":
            break
        at = stamp(await case.until(f"tests.{at}", "disability.tested"))
    if commission.result == "refuse":
        await case.inform("mse_refused", Role.SUPERVISOR)
        own = await case.step(MseAppeal, key="oneself")
        if own is None or own.result == "waived":
            return False
        await case.move(application, "filed", on="oneself")
        return True
    papers = named(await case.look_up("papers", _papers))
    await wait_on(case, application, lambda state: missing(state, papers))
    return await _sent_in(case, application, MAIN)


async def _sent_in(case: Case, application: str, at: str) -> bool:
    """Until the bureau registers it; the clock of its decision counts from then."""
    while True:
        sent = await case.step(MseSend, key=at)
        if sent is None:
            return False
        await case.move(application, "filed", on=at)
        if sent.result == "registered":
            await case.move(application, "registered", on=at)
            return True
        await case.move(application, "returned", on=at)
        await case.inform(f"mse_send.no.{at}", Role.SUPERVISOR)
        if sent.then == "given_up":
            return False
        at = stamp(await case.until(f"mse_send.again.{at}", "disability.asked_again"))


async def _decision(case: Case, application: str, outcome: type[MseResult | AppealResult], at: str) -> bool:
    """What a bureau decides, told by the step or by whoever moves the application; the first one sees the person."""
    heard = await case.first(
        f"decision.{at}",
        by_hand=_decided,
        told=lambda case: case.step(outcome, key=at),
        seen=partial(_seen, at, outcome),
    )
    if heard == "by_hand":
        return True
    answer = await case.step(outcome, key=at)
    if answer is None:
        return False
    match answer.result:
        case "group":
            await case.move(application, "granted", on=at)
            certificate = await _paper(case, "disability_certificate")
            await _paper(case, "ipra")
            await good(case, certificate, outcome, answer.codes(), at)
        case "none":
            await case.move(application, "denied", on=at)
        case _:
            await case.move(application, "returned", on=at)
    return True


async def _decided(case: Case) -> None:
    await case.decide("decided", lambda state: None if status(state) in ("filed", "registered") else "so")


async def _seen(at: str, outcome: type[Outcome], case: Case) -> None:
    """Whoever chose to be seen is brought there, or the bureau comes to the bed; neither holds the decision up."""
    held = await case.decide("held", _held) if outcome is MseResult else "absent"
    if held == "at_the_bed":
        await case.inform(f"mse_at_the_bed.{at}", Role.DOCTOR)
    elif held == "bed_left":
        await case.inform(f"mse_bed_left.{at}", Role.SUPERVISOR)
    if held != "absent":
        await obtain(case, MseExamination, "held", occasion=at)
    await for_good(case)


async def _appealed(case: Case, application: str, at: str) -> bool:
    """A no may be taken to the next bureau; whether it is."""
    bureau = await case.decide(f"bureau.{at}", _next_bureau)
    appeal = await case.step(MseAppeal, key=at)
    if appeal is None or appeal.result == "waived":
        return False
    await case.move(application, "filed", on=at, office=bureau)
    return True


async def _paper(case: Case, name: str) -> str:
    return await case.item(ItemKind.DOCUMENT, name, of=LIST, status="needed", office=BUREAUS[0])


async def _certificate(case: Case, at: str) -> None:
    """The certificate itself: one whose signature is bad, or that nobody brought, is asked for once more."""
    certificate = await _paper(case, "disability_certificate")

    async def there(case: Case) -> None:
        await case.decide("there", _certificate_there)

    async def asked(case: Case) -> None:
        await case.move(certificate, "requested", on=at)
        if not await ask(case, certificate, DisabilityDuplicate, "issued", occasion=f"mse.{at}"):
            await case.move(certificate, "given_up", on=at)

    await case.first(f"certificate.{at}", there=there, asked=asked)


async def _programme(case: Case, at: str) -> None:
    """The programme comes with the group; what is left undone is asked after again."""
    programme = await _paper(case, "ipra")
    await case.move(programme, "issued", on=at)
    await obtain(case, IpraActions, "done", occasion=at, wait="acted_on")


def _stands(state: CaseState) -> str:
    bureau, appeal, acted = _bureau(state), said(state, MseAppeal), said(state, IpraActions)
    match status(state):
        case "filed" | "registered":
            return "asked" if bureau == BUREAUS[0] else "appealed"
        case "denied":
            return "over" if bureau == BUREAUS[-1] or (appeal is not None and appeal.result == "waived") else "denied"
        case "granted":
            done = acted is not None and (acted.result == "done" or acted.then == "given_up")
            return "over" if done else "granted"
        case other:
            return other or "over"


def _bureau(state: CaseState) -> str:
    """The one that decides, or has decided last."""
    item = last_application(state)
    return str(item.facts.get("office")) if item is not None else BUREAUS[0]


def _next_bureau(state: CaseState) -> str:
    return dict(pairwise(BUREAUS))[_bureau(state)]


def _held(state: CaseState) -> str:
    """How the bureau sees the person from now on: who cannot be brought there is seen where they lie."""
    sent, commission, examined = said(state, MseSend), said(state, MseCommission), said(state, MseExamination)
    over = examined is not None and (examined.result == "held" or examined.then == "given_up")
    if sent is None or sent.held in (None, "absent") or over:
        return "absent"
    lies = sent.held == "at_the_bed" or (commission is not None and commission.moves == "not_transportable")
    if not lies:
        return "in_person"
    return "bed_left" if Report.DISCHARGED in state.reports else "at_the_bed"


def _papers(catalogue: Slice, _state: CaseState) -> str:
    return listed(entry.name for entry in catalogue.lists.get("mse_papers", ()))


def _certificate_there(state: CaseState) -> str | None:
    item = document(state, "disability_certificate")
    return "so" if item is not None and item.status in (*THERE, "given_up") else None


def sent(state: CaseState) -> str:
    """The application, if one was sent."""
    item = last_application(state)
    return "nothing" if item is None or item.status in ("needed", "withdrawn") else item.item_id


def _came_of(state: CaseState) -> str:
    commission = said(state, MseCommission)
    match status(state):
        case None | "needed":
            return "left"
        case "granted":
            return "group"
        case "denied":
            return "none"
        case "withdrawn":
            return "refused" if commission is not None and commission.result == "refuse" else "not_sent"
        case _:
            return "awaited"
