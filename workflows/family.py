"""Families: those near to the patient are clients too, each need of theirs is worked on until it is met or is not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN, short
from marshrut.domain.items import DELIVERED
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item
from marshrut.domain.support import FAMILY, TALK, WANTED
from marshrut.domain.words import ItemKind, Stage
from workflows import support as q
from workflows.answers import steps
from workflows.delivery import CourseEnd
from workflows.relatives import CarerAssess, RelativeTalk
from workflows.talks import KinSession, KinTalk, PsyTalk, Session, ask

LINE = "line_051"
IN_NEED = "family_in_need"  # why somebody near is talked to, and why a programme is asked for


class FamilyOffer(Outcome, track="psychology", step="family_offer"):
    """Whether those near want the help that was proposed for them."""

    result: Literal["agreed", "declined"]
    note: Private[str] | None = None


class FamilySupport(Outcome, track="psychology", step="family_support"):
    """Whether the family took help."""

    result: Literal["done", "refused"]
    note: Private[str] | None = None


class CarerSupport(Outcome, track="psychology", step="carer_support"):
    """Whether whoever cares was relieved, and by what."""

    result: Literal["done", "refused", "not_possible"]
    by: Literal["sitter", "respite", "group", "services"] | None = None
    note: Private[str] | None = None


class LineCard(Outcome, track="psychology", step="line_card"):
    """Whether they have the card of the emergency line 051."""

    result: Literal["given", "declined"]
    note: Private[str] | None = None


STEP_OF: Mapping[str, type[Outcome]] = {"family": FamilySupport, "card": LineCard, "care": CarerSupport}
BECOMES = {"done": "met", "given": "met", "refused": "declined", "declined": "declined", "not_possible": "unmet"}
# What of a talk's end a need of the same person is.
TALKED = {"helped": "met", "refused": "declined"}
OVER = frozenset({"met", "unmet", "declined"})


class Family:
    """A need of theirs. Ends with `met`, `unmet` or `declined`; it goes on after the discharge, to the case's end."""

    name: ClassVar[str] = "family"
    stage: ClassVar[Stage] = Stage.ADMISSION
    steps: ClassVar[tuple[type[Outcome], ...]] = (FamilyOffer, FamilySupport, CarerSupport, LineCard)

    def __init__(self, need: str = "") -> None:
        """`need`: the item; without, any on which nobody has said the last word."""
        self._need = need

    async def run(self, case: Case) -> str:
        """What was proposed is offered; what was agreed is worked on. Who says by hand what came of it ends that."""
        need = self._need or await case.decide("need", _some)
        await case.first("worked", over=partial(_over, need), w=partial(self._work, need))
        return await case.decide("came", partial(q.status, need))

    async def _work(self, need: str, case: Case) -> None:
        if await case.decide("stands", partial(q.status, need)) == "proposed":
            # Who agrees to it by hand has the first word.
            await case.first("offer", agreed=partial(_agreed, need), offered=partial(_offer, need))
        if await case.decide("agreed", partial(q.status, need)) == "agreed":
            await case.move(need, await self._served(case, need), on="served")

    async def _served(self, case: Case, need: str) -> str:
        way = await case.look_up("way", partial(_way, need))
        if way == "programme":
            return await _referred(case, need)
        if way == "talks":
            client = await case.decide("client", partial(q.client, need))
            request = await ask(case, client, IN_NEED)
            return TALKED.get(await case.decide("talked", partial(q.ended, request)), "unmet")
        said = await case.step(STEP_OF[way])
        return "unmet" if said is None else BECOMES[str(said.codes()["result"])]


async def families(case: Case) -> None:
    """Have what shows needs of those near proposed, and follow each, side by side, as long as the case is open."""
    await case.all(_proposed(case), _followed(case))


async def _proposed(case: Case) -> None:
    """By the catalogue's tables, whenever something has become known that they may ask about."""
    turn, known = MAIN, ""
    while True:
        known = await case.decide(f"signs.{turn}", partial(_signs, known))
        await case.propose(ItemKind.FAMILY_NEED, on=turn)
        turn = short(f"{turn}.{known}")


async def _followed(case: Case, after: str = MAIN) -> None:
    name = await case.decide(f"family.{after}", _due)
    need = await case.decide(f"whose.{name}", partial(_named, name))
    await case.all(case.track(Family(need), again=name), _followed(case, name))


async def _over(need: str, case: Case) -> None:
    await case.decide("over", lambda state: now if (now := q.status(need, state)) in OVER else None)


async def _agreed(need: str, case: Case) -> None:
    await case.decide("said", lambda state: "agreed" if q.status(need, state) == "agreed" else None)


async def _offer(need: str, case: Case) -> None:
    offer = await case.step(FamilyOffer)
    await case.move(need, "declined" if offer is None else offer.result)


async def _referred(case: Case, need: str) -> str:
    """A programme is asked for as those of the route are, and looked at by a senior where those are."""
    programme = await case.decide("programme", lambda state: state.items[need].name)
    await case.item(ItemKind.ENTRY, programme, status="wanted", sort="programme", because=(IN_NEED,))
    await case.move_all("planned", partial(_planned, programme))
    return await case.decide("served", partial(_served_by, programme))


# ---- what they ask the state ----


def _some(state: CaseState) -> str | None:
    return next((need.item_id for need in _needs(state) if need.status in WANTED), None)


def _needs(state: CaseState) -> tuple[Item, ...]:
    return state.items_of(ItemKind.FAMILY_NEED)


def _due(state: CaseState) -> str | None:
    """A need that nobody follows, by the name under which it will be: `<need>` or, taken up again, `<need>.r2`."""
    for need in _needs(state):
        name = q.tail(need.item_id)
        runs = [state.tracks[each].result for each in _runs(state, name)]
        if need.status in WANTED and None not in runs:
            return name if not runs else f"{name}.r{len(runs) + 1}"
    return None


def _runs(state: CaseState, name: str) -> list[str]:
    return [each for each in state.tracks if each == f"family.{name}" or each.startswith(f"family.{name}.r")]


def _named(name: str, state: CaseState) -> str:
    """The item of which a track's name tells."""
    items = {q.tail(need.item_id): need.item_id for need in _needs(state)}
    return items.get(name) or items[name.rpartition(".")[0]]


def _way(need: str, catalogue: Slice, state: CaseState) -> str:
    """How a need is met: by a programme's partners, by talks with one person or the family, by a card, or by relief."""
    item = state.items[need]
    if item.name in catalogue.programmes:
        return "programme"
    if item.name == TALK:
        return "family" if item.facts.get("client", FAMILY) == FAMILY else "talks"
    return "card" if item.name == LINE else "care"


def _planned(programme: str, catalogue: Slice, state: CaseState) -> Mapping[str, str]:
    entries = [item for item in state.items_of(ItemKind.ENTRY) if item.name == programme]
    return {
        entry.item_id: "wanted" if catalogue.needs_approval(state, entry) else "planned"
        for entry in entries
        if entry.status != "planned"
    }


def _served_by(programme: str, state: CaseState) -> str | None:
    """What came of the programme; None while partners are asked, or somebody has yet to approve it."""
    entries = [item.status for item in state.items_of(ItemKind.ENTRY) if item.name == programme]
    if not {"wanted", "planned"} & {*entries}:
        return "unmet"
    name = f"referral.{programme}"
    runs = [track.result for each, track in state.tracks.items() if each == name or each.startswith(f"{name}.r")]
    if not runs or runs[-1] is None:
        return None
    done = any(item.name == programme and item.status in DELIVERED for item in state.items_of(ItemKind.REFERRAL))
    return "met" if done else "unmet"


SIGNS = (PsyTalk, KinTalk, Session, KinSession, RelativeTalk, CarerAssess, CourseEnd)


def _signs(known: str, state: CaseState) -> str | None:
    """What may show needs of theirs, as a code; None as long as it is what is known."""
    said = sum(step.outcome is not None for step in steps(state, *SIGNS))
    planned = sum(item.status == "planned" for item in state.items_of(ItemKind.ENTRY))
    now = short(".".join((str(said), str(planned), *sorted(state.variants), *sorted(state.flags))))
    return None if now == known else now
