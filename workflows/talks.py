"""Talks of the psychologist with one client, from the first one to an end on which both agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from marshrut.domain.base import Instant, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.crisis import Observe
from marshrut.domain.ids import MAIN, short
from marshrut.domain.outcomes import Outcome
from marshrut.domain.support import PATIENT, SESSIONS
from marshrut.domain.words import ItemKind, Role, Stage
from workflows import support as q
from workflows.answers import NOTHING
from workflows.stay import Work, for_good, left

More = Annotated[int, Field(ge=1, le=100, strict=True)]
# What a talk may bring up: a crisis is somebody else's at once, a family in need gets help of its own.
Found = Literal["crisis", "family_in_need"]


class Talked(Outcome, track="psychology", step="talked"):
    """What every first talk says: whether it helped, what it found, how many more are planned and when the next is."""

    result: Literal["helped", "continue", "refused"]
    found: Found | None = None
    sessions: More | None = None
    next_at: Instant | None = None
    note: Private[str] | None = None


class PsyTalk(Talked, track="psychology", step="psy_talk"):
    """The first talk with the patient; `observe`: how closely they are to be watched from now on."""

    observe: Observe | None = None


class KinTalk(Talked, track="psychology", step="kin_talk"):
    """The first talk with somebody near to the patient."""


class Held(Outcome, track="psychology", step="held"):
    """What every further talk says: whether it took place, what it found, and whether there is to be another."""

    result: Literal["attended", "missed", "cancelled"]
    then: Literal["continue", "end"] | None = None
    found: Found | None = None
    next_at: Instant | None = None
    note: Private[str] | None = None


class Session(Held, track="psychology", step="session"):
    """A further talk with the patient."""


class KinSession(Held, track="psychology", step="kin_session"):
    """A further talk with somebody near to the patient."""


class SessionCall(Outcome, track="psychology", step="session_call"):
    """What became of whoever missed a talk: there is another day, they want no more, or nobody reached them."""

    result: Literal["new_date", "refused", "unreached", "given_up"]
    next_at: Instant | None = None
    note: Private[str] | None = None


class TalksEnd(Outcome, track="psychology", step="talks_end"):
    """Whether both agree that the talks have helped; or how many more there are to be."""

    result: Literal["helped", "continue", "refused"]
    sessions: More | None = None
    next_at: Instant | None = None
    note: Private[str] | None = None


class KinCrisis(Outcome, track="psychology", step="kin_crisis"):
    """Whether the emergency line 051 speaks to somebody near who is in crisis."""

    result: Literal["reached", "no_answer", "ambulance"]
    note: Private[str] | None = None


class Support:
    """Ends as its request does: `helped`, `refused`, `transferred`, `withdrawn`, or `unfinished`."""

    name: ClassVar[str] = "support"
    stage: ClassVar[Stage] = Stage.ADMISSION
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        PsyTalk,
        KinTalk,
        Session,
        KinSession,
        SessionCall,
        TalksEnd,
        KinCrisis,
    )

    def __init__(self, request: str = "") -> None:
        """`request`: the item that asks for it; without, any that is open."""
        self._request = request

    async def run(self, case: Case) -> str:
        """Talk as long as it helps; whoever referred the client hears what came of it, in codes."""
        request = self._request or await case.decide("request", q.some)
        patient = await case.decide("who", partial(q.who, request)) == PATIENT
        before = await case.decide("taken_before", q.taken_over)
        # Those near to a patient who has left go on; whoever asks for nobody any more is listened for first.
        came = await case.first(
            "talks",
            withdrawn=_until(q.withdrawn, request),
            transferred=_until(q.transferred, before) if patient else for_good,
            unfinished=left if patient else for_good,
            goes_on=partial(_revived, request),
            talked=partial(self._talk, request, patient=patient),
        )
        if came != "talked":
            await case.move(request, came)
        await case.move_all("left_over", partial(q.left_over, request))
        ended = await case.decide("came", partial(q.status, request))
        await self._tell(case, request, ended)
        return ended

    async def _talk(self, request: str, case: Case, *, patient: bool) -> None:
        if not patient and await case.decide("in_crisis", partial(q.urgent, request)) == "crisis":
            await _line(case, "referred")
        said = await case.step(PsyTalk) if patient else await case.step(KinTalk)
        if said is None:
            await case.move(request, "unfinished")
            return
        if said.found == "crisis" and not patient:
            await _line(case, "talk")
        if said.result == "continue":
            await case.move(request, "in_progress", sessions=said.sessions)
            await self._tell(case, request, "continues")
            await case.move(request, await self._go_on(case, request, said.next_at, patient=patient), on="end")
        else:
            await case.move(request, said.result)

    async def _go_on(self, case: Case, request: str, at: datetime | None, *, patient: bool) -> str:
        """Talk by talk: whoever misses one is rung up, and nobody ends it alone. How it ended."""
        turn = MAIN
        while True:
            talk = await case.item(
                ItemKind.SESSION,
                SESSIONS,
                key=turn,
                status="planned",
                request=request,
                at=None if at is None else at.isoformat(),
            )
            # Who says by hand how it went has the first word.
            await case.first(
                f"talk.{turn}", known=_until(q.held, talk), asked=partial(_ask, talk, turn, at, patient=patient)
            )
            held = await case.decide(f"held.{turn}", partial(q.status, talk))
            at = await _appointed(case, f"next.{turn}", talk)
            if held == "missed":
                call = await _rung_up(case, turn)
                if call is None or call.result != "new_date":
                    return "refused" if call is not None and call.result == "refused" else "unfinished"
                at = call.next_at
            elif held == "attended" and await case.decide(f"enough.{turn}", partial(q.enough, request, talk)) == "end":
                end = await case.step(TalksEnd, key=turn)
                if end is None or end.result != "continue":
                    return "helped" if end is None else end.result
                at = end.next_at
                if end.sessions is not None:
                    planned = await case.decide(f"planned.{turn}", partial(q.planned, request, end.sessions))
                    await case.move(request, "in_progress", on=f"more.{turn}", sessions=int(planned))
            turn = short(f"{turn}.next")

    async def _tell(self, case: Case, request: str, outcome: str) -> None:
        """Each of those who referred the client, by name: what came of it, and nothing of what was said."""
        whom = MAIN
        while (by := await case.decide(f"tells.{outcome}.{whom}", partial(q.referrer, request, whom))) != NOTHING:
            role, user = by.split("+", 1)
            await case.inform(f"support.{outcome}.{by}", Role(role), user=user)
            whom = by


async def requests(case: Case, after: str = MAIN) -> None:
    """Follow each request for the psychologist, side by side, as long as the case is open."""
    request = await case.decide(f"request.{after}", q.due)
    name = q.tail(request)
    await case.all(case.track(Support(request), again=name), requests(case, name))


async def ask(case: Case, client: str, reason: str) -> str:
    """Have talks with a client, within the request that there is or by one of one's own; the request."""
    known = await case.decide("asks", partial(q.there, client))
    if known != NOTHING:
        return known
    return await case.item(ItemKind.SUPPORT_REQUEST, reason, client=client, reasons=(reason,))


async def _revived(request: str, case: Case) -> None:
    """A discharge, or the end of the case, that is taken back breaks nothing off: the request stands as it did."""
    time = MAIN
    while True:
        stood = await case.decide(f"stood.{time}", partial(q.broken_off, request))
        await case.move(request, stood, on=f"revived.{time}")
        time = short(f"{time}.again")


async def _ask(talk: str, turn: str, at: datetime | None, case: Case, *, patient: bool) -> None:
    """Once it was to be, ask how it went."""
    if at is None:
        await case.until("planned", "psychology.next_talk")
    else:
        await case.until("appointed", "psychology.session_asked", since=at)
    said = await case.step(Session, key=turn) if patient else await case.step(KinSession, key=turn)
    if said is None:
        await case.move(talk, "cancelled")
        return
    if said.found == "crisis" and not patient:
        await _line(case, turn)
    await case.move(
        talk, said.result, then=said.then, next_at=None if said.next_at is None else said.next_at.isoformat()
    )


async def _rung_up(case: Case, turn: str) -> SessionCall | None:
    call = turn
    while (said := await case.step(SessionCall, key=call)) is not None and said.result == "unreached":
        call = stamp(await case.until(f"rung.{call}", "psychology.rung_again"))
    return said


async def _line(case: Case, occasion: str) -> None:
    """Somebody near who is in crisis speaks to the emergency line at once."""
    call = occasion
    while (said := await case.step(KinCrisis, key=call)) is not None and said.result == "no_answer":
        call = stamp(await case.until(f"line.{call}", "psychology.line_again"))


def _until(question: Callable[..., str | None], *about: str) -> Work:
    """A branch that ends when the question has an answer."""
    return lambda case: case.decide(question.__name__, partial(question, *about))


async def _appointed(case: Case, name: str, talk: str) -> datetime | None:
    at = await case.decide(name, partial(q.next_at, talk))
    return None if at == NOTHING else datetime.fromisoformat(at)
