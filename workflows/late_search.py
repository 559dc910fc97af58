"""A search that outlives the route, and the stay: it goes on beside everything until the case ends."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.kin import CLOSED, Reach, reach, word
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Role, Stage
from workflows.fitting import is_adult, whenever
from workflows.kin_search import RelativesSearch, again, confirmed, lose, search, sought, take, there
from workflows.relatives import CarerAssess, CarerSchool, Relatives, RelativeTalk, known, talk
from workflows.wishes import FoundConsent, SafeContact, as_long_as_permitted, permitted

LATE = "late"
WITHDRAWN = "withdrawn"  # the route no longer asks for relatives: nobody is looked for


class SearchReview(Outcome, track="relatives", step="search_review"):
    """Whether a senior has a long search go on."""

    result: Literal["go_on", "given_up"]
    note: Private[str] | None = None


class LateSearch:
    """Never ends by itself: in an open case whoever turns up, or may be looked for after all, is talked to."""

    name: ClassVar[str] = "late_search"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        FoundConsent,
        SafeContact,
        RelativesSearch,
        SearchReview,
        RelativeTalk,
        CarerAssess,
        CarerSchool,
    )

    async def run(self, case: Case) -> str:
        """Listen, search and talk, again and again."""
        turn = LATE
        while True:
            before = await case.decide(f"before.{turn}", _there)
            await case.decide(f"wanted.{turn}", partial(_wanted, int(before)))
            if await permitted(case, turn):
                await as_long_as_permitted(case, turn, partial(self._work, turn))
            turn = f"{turn}.again"

    async def _work(self, turn: str, case: Case) -> None:
        await known(case)
        day = turn
        while await self._found(case, day):
            await case.inform(f"found_late.{day}", Role.SUPERVISOR)
            if await talk(case, day):
                return
            day = f"{day}.somebody_else"

    async def _found(self, case: Case, day: str) -> bool:
        await take(case, day)
        if await case.decide(f"there.{day}", lambda state: "yes" if there(state) else "no") == "yes":
            return True
        weekly = partial(again, day, "relatives.searched_late")
        ended = await search(case, day, weekly, given_up=partial(_given_up, day))
        if ended == "given_up":
            await lose(case, day)
        return ended == "found"


async def search_on(case: Case) -> None:
    """Once the route's own search has ended, and there is somebody to look for, or somebody turns up."""
    await case.decide("late_search", lambda state: "now" if _ended(state) is not None else None)
    before = await case.decide("there_by_then", _there)
    await case.decide("goes_on", partial(_wanted, int(before)))
    # A child's parents are sought in another way (parents.py).
    await whenever(case, LateSearch, is_adult, is_adult)


async def _given_up(day: str, case: Case) -> None:
    """Until a senior gives the search up."""
    while True:
        day = stamp(await case.until(f"reviewed.{day}", "relatives.search_reviewed"))
        review = await case.step(SearchReview, key=f"{LATE}.{day}")
        if review is not None and review.result == "given_up":
            return


def _ended(state: CaseState) -> str | None:
    """What came of the route's own search, the last time that the route asked for it; None while it goes on."""
    runs = [track.result for name, track in state.tracks.items() if name.split(".", maxsplit=1)[0] == Relatives.name]
    return runs[-1] if runs else None


def _there(state: CaseState) -> str:
    return str(len(there(state)))


def _wanted(before: int, state: CaseState) -> str | None:
    """Whether there is somebody to look for or, since the last look, to talk to; as long as that is not forbidden."""
    now, ended = reach(state), _ended(state)
    if ended in {None, WITHDRAWN} or (now in CLOSED and not (now is Reach.DANGER and word(state) is None)):
        return None
    held_back = ended in {"not_wished", "dangerous"} and not state.items_of(ItemKind.RELATIVE)
    found = bool(confirmed(state)) or len(there(state)) > before
    return "yes" if found or held_back or sought(state) else None
