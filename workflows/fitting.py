"""What a case has only while something is so: it begins when it fits, and is withdrawn when it no longer does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from marshrut.domain.case import Case, Track
from marshrut.domain.ids import MAIN
from marshrut.domain.state import CaseState

Fits = Callable[[CaseState], bool]
Then = Callable[[Case, str], Awaitable[None]]


async def whenever(case: Case, track: type[Track], fits: Fits, keeps: Fits, then: Then | None = None) -> None:
    """Follow the track each time that it fits, until it is done (`then` comes after) or no longer to be kept."""
    name, again = track.name, ""
    while True:
        occasion = again or MAIN
        await case.decide(f"begins.{name}.{occasion}", lambda state: "now" if fits(state) else None)
        dropped = partial(_dropped, name, occasion, keeps)
        followed = partial(_followed, track(), again)
        if await case.first(f"goes.{name}.{occasion}", done=followed, dropped=dropped) == "dropped":
            await case.abandon(track(), again=again)
        else:
            if then is not None:
                await then(case, f"{name}.{occasion}")
            await dropped(case)
        again = f"{again}.again" if again else "again"


async def as_long_as_it_fits(case: Case, name: str, work: Callable[[Case], Awaitable[object]]) -> bool:
    """Do what is done for an adult, or for a child; whether it came to its end before the case proved another's."""
    whose = await case.decide(f"subject.{name}", subject)
    other = partial(_another, whose)
    return await case.first(name, corrected=other, work=work) == "work"


def subject(state: CaseState) -> str:
    """Whose case it is: a `child`'s or an `adult`'s."""
    return "child" if state.child else "adult"


def is_child(state: CaseState) -> bool:
    """Whether it is a child's case, as things stand."""
    return state.child


def is_adult(state: CaseState) -> bool:
    """Whether it is an adult's."""
    return not state.child


async def _another(whose: str, case: Case) -> None:
    await case.decide("corrected", lambda state: None if subject(state) == whose else "so")


async def _followed(track: Track, again: str, case: Case) -> object:
    return await case.track(track, again=again)


async def _dropped(name: str, occasion: str, keeps: Fits, case: Case) -> None:
    await case.decide(f"dropped.{name}.{occasion}", lambda state: None if keeps(state) else "now")
