"""What a track may do. A track speaks to this and to nothing else: no clock of its own, no Temporal, no asyncio.

Each answer is remembered for good. When a journey goes on in a new run it simply tells its procedure again, and the
telling walks, saying nothing twice, to where it stood. A track therefore branches on these answers alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar, overload

from marshrut.domain.events import OutcomeValue
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Report, Role, Stage

O = TypeVar("O", bound=Outcome)  # noqa: E741 - O for outcome
A = TypeVar("A")
B = TypeVar("B")


class Case(Protocol):
    """The case as a track sees it."""

    async def track(self, track: Track, *, again: str = "") -> str:
        """Follow a track to its result; a finished one is never entered again, but one may be followed `again`."""
        ...

    async def abandon(self, track: Track, *, again: str = "") -> None:
        """Say of a track that was withdrawn that it is over, with the result `withdrawn`."""
        ...

    async def step(self, outcome: type[O], *, key: str = MAIN) -> O | None:
        """Have somebody do a step; None when it was cancelled. `key` is what the business calls this occurrence."""
        ...

    async def decide(self, name: str, question: Callable[[CaseState], str | None]) -> str:
        """Ask the case a question until there is an answer (None: not yet), and keep it."""
        ...

    async def look_up(self, name: str, question: Callable[[Slice, CaseState], str]) -> str:
        """Ask the case's catalogue a question, and keep the answer, whatever catalogue the case goes by later."""
        ...

    async def item(  # noqa: PLR0913 - all that an item begins with
        self,
        kind: ItemKind,
        name: str,
        *,
        key: str = MAIN,
        status: str | None = None,
        of: str | None = None,
        lapses: str | None = None,
        **facts: OutcomeValue,
    ) -> str:
        """Have an item unless it is there; its id. With `lapses` it does after the catalogue's wait of that name."""
        ...

    async def list_of(self, name: str, kind: ItemKind) -> tuple[str, ...]:
        """Have an item of that kind for each entry of the catalogue's list; their ids."""
        ...

    async def move(
        self, item: str, status: str, *, on: str = MAIN, lapses: str | None = None, **facts: OutcomeValue
    ) -> None:
        """Move an item, once for each occasion `on`; what people have moved elsewhere meanwhile stays there."""
        ...

    async def move_all(self, name: str, question: Callable[[Slice, CaseState], Mapping[str, str]]) -> None:
        """Move several items at once, as case and catalogue say by now, and never again under this name."""
        ...

    async def propose(self, kind: ItemKind, *, on: str = MAIN) -> None:
        """Have the needs, or the parts of a route, that the decision tables propose by now, once for each occasion."""
        ...

    async def first(self, name: str, **branches: Callable[[Case], Awaitable[object]]) -> str:
        """Which branch comes first; what the others had open is withdrawn."""
        ...

    @overload
    async def all(self, first: Awaitable[A], second: Awaitable[B], /) -> tuple[A, B]: ...
    @overload
    async def all(self, *work: Awaitable[Any]) -> tuple[Any, ...]: ...
    async def all(self, *work: Awaitable[Any]) -> tuple[Any, ...]:
        """Do several things side by side and wait for all of them."""
        ...

    async def until(self, name: str, wait: str, *, since: datetime | None = None) -> datetime:
        """Wait as long as the catalogue's `wait` says, from `since` or now; the instant is fixed when first asked."""
        ...

    async def reported(self, report: Report) -> datetime:
        """Wait until the hospital or a person reports this; when it occurred."""
        ...

    async def end(self, name: str, report: Report) -> None:
        """End the case, as if this had been reported; the track goes on from here if that is ever taken back."""
        ...

    async def inform(self, name: str, role: Role, *, urgent: bool = False, user: str | None = None) -> None:
        """Have the people of a role told, once, without waiting for it: in the team's hours, if urgent at once.

        `user`: only this one of them.
        """
        ...

    async def is_there(self, name: str, team: str) -> bool:
        """Whether a team is at work now, by its hours in the catalogue; under this name it is asked once."""
        ...


class Track(Protocol):
    """A part of the journey, told in the words of the trade."""

    name: ClassVar[str]
    stage: ClassVar[Stage]
    steps: ClassVar[tuple[type[Outcome], ...]]

    async def run(self, case: Case) -> str:
        """Go through the track; its result code."""
        ...
