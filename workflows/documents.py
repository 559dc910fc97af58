"""Documents: each missing paper is had as soon as those are there that it cannot be had without, all side by side.

A paper is an item (`document`) that goes from needed to requested, submitted, issued and handed over. Which office is
the right one, and what a paper waits for, stand in the catalogue's list `documents`.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import STATEMENT, Slice
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind, Role, Stage, Variant
from workflows.answers import NOTHING, answers, last, listed, named
from workflows.asking import ask, wait_on
from workflows.assessment import DocumentsCheck
from workflows.contact import citizenship
from workflows.papers import STEPS, HandOver, LossStatement, PassportVisit, ProxyCertify, SignatureCheck
from workflows.route import in_route
from workflows.stay import while_here

LIST = "documents"
# What the check of the papers calls otherwise.
CALLED = {"disability": "disability_certificate"}
# Good for a passport as long as that is not there; nobody asks for them once it is.
INSTEAD = {"temporary_id": "passport", "return_certificate": "passport"}
THERE = frozenset({"issued", "handed_over"})
SOUGHT = frozenset({"needed", "requested", "submitted", "rejected", "expired"})
ASKED = frozenset({"requested", "submitted", "rejected"})
IDENTITY = "identification"


class Documents:
    """Ends with `complete` or `partial`, also when the patient left before all was there."""

    name: ClassVar[str] = "documents"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        LossStatement,
        PassportVisit,
        *(step for step, _ in STEPS.values()),
        SignatureCheck,
        HandOver,
    )

    async def run(self, case: Case) -> str:
        """Have what is missing, and give it to whom it belongs."""
        await while_here(case, self._restore)
        if await case.decide("left_behind", _in_hand_of_who_left) != NOTHING:
            await case.inform("papers_left_behind", Role.SUPERVISOR)
        return await case.decide("papers_there", _there)

    async def _restore(self, case: Case) -> None:
        """Until nothing is sought any more: what is missed, rejected or lapses meanwhile is asked for as well."""
        await case.first("papers", done=_nothing_sought, work=self._work)
        await hand_over(case)

    async def _work(self, case: Case) -> None:
        await case.all(*(self._paper(name, case) for name in STEPS))

    async def _paper(self, name: str, case: Case) -> None:
        """One paper, as often as it is sought: until an office gives it, or somebody moves it by hand."""
        time = MAIN
        while True:
            await case.decide(f"{name}.sought.{time}", partial(_sought, name))
            gone = await case.decide(f"{name}.gone.{time}", partial(_gone, name))
            office = await case.look_up(f"{name}.office.{time}", partial(_office, name))
            item = await case.item(ItemKind.DOCUMENT, name, of=LIST, gone=_known(gone), office=_known(office))
            work = partial(self._obtain, name, item, _known(office), time)
            ended = await case.first(f"{name}.{time}", settled=partial(_settled, name), work=work)
            if ended == "settled" and name in INSTEAD:
                await case.move(item, "given_up", on=f"not_needed.{time}")
            time = f"{time}.again"

    async def _obtain(self, name: str, item: str, office: str | None, time: str, case: Case) -> None:
        """Once nothing stands before it. A passport that is gone is reported first; an officer may come to the bed."""
        needs = named(await case.look_up("needs", partial(_needs, name)))
        await wait_on(case, item, partial(_waits_on, needs))
        if await case.decide("statement", partial(_statement, name)) == "due":
            police = await case.look_up("police", partial(_statement_office, name))
            await case.move(item, "needed", on="statement", office=_known(police))
            await ask(case, item, LossStatement, "stub", occasion=time, to="requested", back="needed", office=office)
        await case.move(item, "requested", on="asked", office=office)
        if name == "passport" and not await self._visited(item, time, case):
            # The papers go another way; the passport is asked for all the same.
            await case.move(item, "requested", on="without_visit")
        step, given = STEPS[name]
        if not await ask(case, item, step, *given, occasion=time, final=("incapable",)):
            await case.move(item, "given_up", on="no")

    async def _visited(self, item: str, time: str, case: Case) -> bool:
        """An officer comes to the bed, unless nobody may."""
        if await case.decide("visitors", _visitors) == "barred":
            return False
        return await ask(case, item, PassportVisit, "held", occasion=time, to="submitted")


async def hand_over(case: Case, occasion: str = MAIN) -> None:
    """Have the papers that are here given to whom they belong, unless people have done so meanwhile."""
    papers = named(await case.decide(f"in_hand.{occasion}", _in_hand))
    if not papers:
        return
    ended = await case.first(
        f"hand_over.{occasion}",
        by_hand=_nothing_in_hand,
        step=lambda case: case.step(HandOver, key=occasion),
    )
    given = None if ended == "by_hand" else await case.step(HandOver, key=occasion)
    if given is None or given.result == "kept":
        return
    for paper in papers:
        if paper not in given.kept:
            item = await case.item(ItemKind.DOCUMENT, paper)
            await case.move(item, "handed_over", on=occasion, holder=given.to)


def document(state: CaseState, name: str) -> Item | None:
    """The paper of that name, if it ever was missed or brought."""
    return next((item for item in state.items_of(ItemKind.DOCUMENT) if item.name == name), None)


def have(state: CaseState, name: str) -> bool:
    """Whether the person has this paper or one that is good for it; what nobody found missing they have."""
    if _is_there(state, name):
        return True
    item = document(state, name)
    return item is None and name not in _missed(state)


def missing(state: CaseState, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are not there and that the track of the documents is still after."""
    works = any(
        name.split(".", maxsplit=1)[0] == Documents.name and track.result is None
        for name, track in state.tracks.items()
    )
    return tuple(name for name in names if works and _waited_for(name, state))


def _is_there(state: CaseState, name: str) -> bool:
    good = (name, *(other for other, paper in INSTEAD.items() if paper == name))
    return any((item := document(state, each)) is not None and item.status in THERE for each in good)


def _missed(state: CaseState) -> set[str]:
    """What was found missing or is asked for by the route."""
    check = last(state, DocumentsCheck)
    missed = set() if check is None else {CALLED.get(paper, paper) for paper in check.missing}
    if "passport" in missed and citizenship(state) == "foreign":
        # Only the own country gives a passport; with a certificate of return one gets there.
        missed = missed - {"passport"} | {"return_certificate"}
    if in_route(state, ProxyCertify.name()):
        missed.add("proxy")
    passport = document(state, "passport")
    if passport is not None and passport.status in ASKED:
        missed.add("temporary_id")
    return missed


def _sought(name: str, state: CaseState) -> str | None:
    """Whether the paper is to be had by this track: what the bureau has yet to give is another's (disability.py)."""
    item = document(state, name)
    if name in INSTEAD and _is_there(state, INSTEAD[name]) and (item is None or item.status not in THERE):
        return None
    sought = name in _missed(state) if item is None else item.status in SOUGHT and item.of != "disability"
    return "yes" if sought else None


def _waited_for(name: str, state: CaseState) -> bool:
    return _sought(name, state) is not None and not _is_there(state, name)


def _waits_on(needs: tuple[str, ...], state: CaseState) -> tuple[str, ...]:
    """No office issues anything to somebody whom nobody can name."""
    waited_for = tuple(name for name in needs if _waited_for(name, state))
    return waited_for if _name(state) == "known" else (IDENTITY, *waited_for)


def _visitors(state: CaseState) -> str:
    """Whether anybody from outside may come to the bed."""
    return "barred" if Variant.ISOLATION in state.variants else "let_in"


def _name(state: CaseState) -> str | None:
    """Whether the person's name is `known` or was given up as `unknown`; not yet while it is searched for."""
    search = state.tracks.get(IDENTITY)
    if search is None or search.result == "confirmed":
        return "known"
    return None if search.result is None else "unknown"


def _gone(name: str, state: CaseState) -> str:
    """What became of the paper."""
    item, check = document(state, name), last(state, DocumentsCheck)
    if item is not None and isinstance(gone := item.facts.get("gone"), str):
        return gone
    passport = name in ("passport", *INSTEAD) and name != "temporary_id"
    return (check.passport if passport and check is not None else None) or NOTHING


def _circumstances(name: str, state: CaseState) -> tuple[str, ...]:
    return (_gone(name, state), *state.circumstances)


def _office(name: str, catalogue: Slice, state: CaseState) -> str:
    entry = catalogue.entry(LIST, name)
    return (entry and entry.office(_circumstances(name, state))) or NOTHING


def _statement_office(name: str, catalogue: Slice, _state: CaseState) -> str:
    entry = catalogue.entry(LIST, name)
    return (entry and entry.offices.get(STATEMENT)) or NOTHING


def _needs(name: str, catalogue: Slice, state: CaseState) -> str:
    entry = catalogue.entry(LIST, name)
    return listed(entry.needs(_circumstances(name, state)) if entry else ())


def _statement(name: str, state: CaseState) -> str:
    """Whether the loss has yet to be reported."""
    reported = any(answer.result == "stub" for answer in answers(state, LossStatement))
    return "due" if _gone(name, state) in ("lost", "stolen") and not reported else "not_due"


def _known(code: str) -> str | None:
    return None if code == NOTHING else code


async def _nothing_sought(case: Case) -> None:
    await case.decide("nothing_sought", lambda state: None if _still(state) and _name(state) != "unknown" else "so")


async def _settled(name: str, case: Case) -> None:
    await case.decide("settled", lambda state: None if _sought(name, state) else "so")


async def _nothing_in_hand(case: Case) -> None:
    await case.decide("given_away", lambda state: "so" if _in_hand(state) == NOTHING else None)


def _still(state: CaseState) -> bool:
    """Whether something is sought, or a card that nobody needs any more has yet to be given up."""
    cards = (document(state, name) for name in INSTEAD)
    asked = any(card is not None and card.status in ASKED for card in cards)
    return asked or any(_sought(name, state) for name in STEPS)


def _in_hand(state: CaseState) -> str:
    """The papers that lie here."""
    return listed(item.name for item in state.items_of(ItemKind.DOCUMENT) if item.status == "issued")


def _in_hand_of_who_left(state: CaseState) -> str:
    # Whoever kept them here on purpose was asked, and is asked again at the door.
    return NOTHING if last(state, HandOver) is not None else _in_hand(state)


def _there(state: CaseState) -> str:
    """Whether nothing that was missing had to be given up; a card that was good for a passport counts for nothing."""
    given_up = any(
        item.status == "given_up"
        and item.name != "temporary_id"
        and not (item.name in INSTEAD and _is_there(state, INSTEAD[item.name]))
        for item in state.items_of(ItemKind.DOCUMENT)
        if item.of == LIST
    )
    return "partial" if given_up or _still(state) else "complete"
