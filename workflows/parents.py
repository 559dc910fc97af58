"""Parents and guardians: sought at once and again and again; who may not have the child is not told where it is."""

from __future__ import annotations

from functools import partial
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from marshrut.domain.base import Code, Private
from marshrut.domain.case import Case
from marshrut.domain.child import PARENTS, parents
from marshrut.domain.ids import MAIN
from marshrut.domain.kin import Reach, may_speak, reach, word
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import Flag, ItemKind, Role
from workflows.answers import NOTHING, last, listed, named
from workflows.kin_search import confirmed, lose, sought, take
from workflows.wishes import safe

ByLaw = Literal["mother", "father", "guardian"]


class ParentsSearch(Outcome, track="guardians", step="parents_search"):
    """Whether a parent or guardian was found (and which of those sought), or one who cannot care for the child."""

    result: Literal["found", "none", "unfit"]
    relative: Code | None = None
    note: Private[str] | None = None


class ParentCheck(Outcome, track="guardians", step="parent_check"):
    """Whether this person is who they say they are, and whether the child is safe with them.

    `proof`: of whom the child may go to, by what they were identified.
    """

    result: Literal["fit", "unfit", "refuses"]
    proof: Literal["document", "registry", "relative"] | None = Field(default=None, validate_default=True)
    note: Private[str] | None = None

    @field_validator("proof")
    @classmethod
    def _identified_when_fit(cls, proof: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("result") == "fit" and proof is None:
            raise ValueError("nobody gets a child who is not identified")
        return proof


async def search_parents(case: Case) -> None:
    """As long as nobody is there who can care: by steps, by candidates whom a person confirms, or moved by hand."""
    for who in named(await case.decide("seeks", _seeks)):
        await person(case, who)
    day = MAIN
    while True:
        await case.decide(f"needed.{day}", _needed)
        if await safe(case, day):
            ended = await case.first(
                f"search.{day}", forbidden=_forbidden, turned_up=turned_up, look=partial(_look, day)
            )
            if ended == "turned_up":
                await take(case, day)
            elif ended == "look":
                await _note(case, day)
        day = f"{day}.again"


async def person(case: Case, who: str) -> str:
    """The mother, father or guardian as somebody who is looked for; the item's id."""
    return await case.item(ItemKind.RELATIVE, who, relation=who)


async def check(case: Case, who: str, turn: str) -> bool:
    """Identify the person, judge the risk; whether the child may go to them. Seniors who know them leave it out."""
    seen = await case.step(ParentCheck, key=turn)
    if seen is None or seen.result == "fit":
        await case.move(who, "willing", on=turn)
        return True
    # Told first: once the person is out of the question this branch is over.
    if seen.result == "unfit":
        await case.inform(f"parent_unfit.{turn}", Role.SUPERVISOR, urgent=True)
    else:
        await case.inform(f"parent_refuses.{turn}", Role.SUPERVISOR)
    await case.move(who, seen.result, on=turn)
    return False


def there(state: CaseState) -> list[Item]:
    """Parents and guardians who are found, or to whom the child may go, and who may be spoken to."""
    return [item for item in parents(state, "found", "willing") if may_speak(state, item) is None]


async def turned_up(case: Case) -> None:
    """Until a person confirms a candidate or says of a parent that they are found. Never by a score."""
    await case.decide("turned_up", lambda state: "yes" if confirmed(state) or there(state) else None)


async def _look(day: str, case: Case) -> None:
    """At once, then once each wait: whoever was not found is sought again."""
    if day != MAIN:
        await case.until("again", "guardians.searched_on")
    for who in named(await case.decide("missing", _missing)):
        await case.move(await person(case, who), "sought", on=day)
    await case.step(ParentsSearch, key=day)


async def _note(case: Case, day: str) -> None:
    """What the answer says of those sought."""
    answer = await case.decide(f"answer.{day}", _answer)
    if answer == "none":
        await lose(case, day, "parents_not_found")
        await case.inform(f"parents_not_found.{day}", Role.SUPERVISOR)
    elif (who := await case.decide(f"found.{day}", _found)) != NOTHING:
        if answer == "unfit":
            await case.inform(f"parent_unfit.{day}", Role.SUPERVISOR, urgent=True)
        await case.move(who, answer, on=day, candidate=NOTHING)


async def _forbidden(case: Case) -> None:
    await case.decide("forbidden", lambda state: "yes" if reach(state) is Reach.DANGER else None)


def _seeks(state: CaseState) -> str:
    """Whoever left a newborn behind is known; what becomes of that is asked by its own step."""
    return listed(who for who in PARENTS if who != "mother" or Flag.ABANDONED not in state.flags)


def _needed(state: CaseState) -> str | None:
    """Nobody is there, and no danger stands against it that a senior has judged already."""
    judged = reach(state) is Reach.DANGER and word(state) is not None
    return None if judged or there(state) else "yes"


def _answer(state: CaseState) -> str:
    answer = last(state, ParentsSearch)
    return NOTHING if answer is None else answer.result


def _found(state: CaseState) -> str:
    """Of whom the last answer speaks."""
    answer = last(state, ParentsSearch)
    if answer is None or answer.result == "none":
        return NOTHING
    missing = [item for item in parents(state, "sought", "not_found") if item.item_id == answer.relative]
    return next((item.item_id for item in (missing or sought(state))), NOTHING)


def _missing(state: CaseState) -> str:
    return listed(dict.fromkeys(item.name for item in parents(state, "not_found")))
