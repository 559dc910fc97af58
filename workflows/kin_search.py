"""Searching for somebody near: by steps, by registries and volunteers, and by candidates whom a person confirms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal

from marshrut.domain.base import Code, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.kin import Reach, may_publish, may_speak, reach
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind
from workflows.answers import NOTHING, last
from workflows.stay import beside

Work = Callable[[Case], Awaitable[object]]
ANYBODY = "anybody"  # who is looked for where nobody is named
AFTER_FOUND = ("found", "willing", "refuses", "unable", "deceased")


class RelativesSearch(Outcome, track="relatives", step="relatives_search"):
    """Whether relatives were found (and which of those sought), there are none, or the search goes on."""

    result: Literal["found", "none", "continue"]
    relative: Code | None = None
    note: Private[str] | None = None


class RegistryRequest(Outcome, track="relatives", step="registry_request"):
    """Whether the registries answered."""

    result: Literal["answered", "refused"]
    note: Private[str] | None = None


class VolunteersRequest(Outcome, track="relatives", step="volunteers_request"):
    """Whether somebody whom volunteers know searches for this person."""

    result: Literal["match", "none"]
    note: Private[str] | None = None


async def search(case: Case, day: str, look: Work, **others: Work) -> str:
    """Search until somebody is `found` or there is `nobody`, or until another branch (its label) ends the search.

    Whoever is confirmed or moved by hand meanwhile is found too, and what was open for the search is withdrawn.
    """
    if await case.decide(f"sought.{day}", lambda state: _first(sought(state))) == NOTHING:
        wished = await case.decide(f"named.{day}", _named) == "yes"
        await case.item(ItemKind.RELATIVE, ANYBODY, key=day, wished=wished or None)
    ended = await case.first(f"search.{day}", turned_up=_turned_up, look=look, **others)
    if ended == "turned_up":
        await take(case, day)
        return await case.decide(f"up.{day}", lambda state: "found" if there(state) else "nobody")
    if ended != "look":
        return ended
    person = await case.decide(f"found.{day}", _found)
    if person == NOTHING:
        await lose(case, day)
        return "nobody"
    await case.move(person, "found", on=day, candidate=NOTHING)
    return "found"


async def take(case: Case, day: str) -> None:
    """Take a candidate whom a person confirmed for who they are."""
    candidate = await case.decide(f"candidate.{day}", lambda state: _first(confirmed(state)))
    if candidate == NOTHING:
        return
    person = await case.decide(f"is.{day}", partial(_is, candidate))
    if person != NOTHING:
        await case.move(person, "found", on=day, candidate=candidate)


async def day_by_day(day: str, case: Case) -> None:
    """Where one day is not enough, registries and, if the patient wants to be found, volunteers are asked beside."""
    first = await case.step(RelativesSearch, key=day)
    if first is not None and first.result == "continue":
        await beside(case, "wider", partial(again, day, "relatives.searched_on"), partial(_ask_others, day))


async def again(day: str, wait: str, case: Case) -> None:
    """Once each wait, until the answer is another one than to go on."""
    while True:
        day = stamp(await case.until(f"search.{day}", wait))
        answer = await case.step(RelativesSearch, key=day)
        if answer is None or answer.result != "continue":
            return


async def _ask_others(day: str, case: Case) -> None:
    """What they answer is for the search to use."""
    await case.all(case.step(RegistryRequest, key=day), _ask_volunteers(day, case))


async def _ask_volunteers(day: str, case: Case) -> None:
    """As soon as the patient wants to be found by anybody: a registry only answers, volunteers tell others."""
    await case.decide("public", lambda state: "yes" if may_publish(state) is None else None)
    await case.step(VolunteersRequest, key=day)


async def lose(case: Case, day: str, reason: str = "relatives_not_found") -> None:
    """Nobody who was sought was found; one by one, for there is no saying how many there are."""
    lost: tuple[str, ...] = ()
    while (person := await case.decide(f"lost.{day}.{len(lost)}", partial(_next_sought, lost))) != NOTHING:
        lost = (*lost, person)
        await case.move(person, "not_found", on=day, reason=reason)


async def enough(case: Case, occasion: str) -> None:
    """Once somebody is there nobody goes on looking for just anybody; whoever is named is still looked for."""
    anybody = await case.decide(f"anybody.{occasion}", lambda state: _first(_unnamed(state)))
    if anybody != NOTHING:
        await case.move(anybody, "not_needed", on=occasion)


async def _turned_up(case: Case) -> None:
    """Until a person confirms a candidate, or says of those who are sought how they stand. Never by a score."""
    await case.decide("turned_up", lambda state: "yes" if confirmed(state) or _no_more(state) else None)


def relatives(state: CaseState, *statuses: str) -> list[Item]:
    """Those near who stand so, oldest first."""
    return [item for item in state.items_of(ItemKind.RELATIVE) if item.status in statuses]


def sought(state: CaseState) -> list[Item]:
    """Those who are looked for."""
    return relatives(state, "sought")


def there(state: CaseState) -> list[Item]:
    """Those who were found and may be spoken to."""
    return [item for item in relatives(state, "found") if may_speak(state, item) is None]


def confirmed(state: CaseState) -> list[Item]:
    """Candidates whom a person confirmed, and who are not yet taken for whom they are."""
    said = (item for item in state.items_of(ItemKind.CANDIDATE) if item.status == "confirmed")
    return [item for item in said if _is(item.item_id, state) != NOTHING]


def _is(candidate: str, state: CaseState) -> str:
    """Whom a candidate is, of those not found yet; whoever looks for the patient is the one sought first."""
    missing = sought(state) + relatives(state, "not_found", "not_needed")
    named = state.items[candidate].facts.get("relative")
    taken = any(item.facts.get("candidate") == candidate for item in relatives(state, *AFTER_FOUND))
    return NOTHING if taken else _first([item for item in missing if named in {None, item.item_id}])


def _no_more(state: CaseState) -> bool:
    """Whether somebody said of one that they are found, or of all that nobody needs to look for them."""
    return bool(there(state)) or not sought(state)


def _found(state: CaseState) -> str:
    """Who was found by the last answer."""
    answer = last(state, RelativesSearch)
    if answer is None or answer.result != "found":
        return NOTHING
    named = [item for item in relatives(state, "sought", "not_found") if item.item_id == answer.relative]
    return _first(named or sought(state))


def _named(state: CaseState) -> str:
    """Whether those are looked for whom the patient named."""
    return "yes" if reach(state) is Reach.NAMED else "no"


def _unnamed(state: CaseState) -> list[Item]:
    return [item for item in sought(state) if item.name == ANYBODY]


def _next_sought(but: tuple[str, ...], state: CaseState) -> str:
    return _first([item for item in sought(state) if item.item_id not in but])


def _first(items: list[Item]) -> str:
    return items[0].item_id if items else NOTHING
