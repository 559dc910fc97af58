"""What may happen beside a track, or before it: all that people, other tracks and time may do that a question asks for.

Items are added and moved as their kinds allow. Of several things that might answer a question one is looked for that
does; where none does, one is done all the same: two together may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from random import Random

from marshrut.domain import events as e
from marshrut.domain.consents import RESTS
from marshrut.domain.evolve import evolve
from marshrut.domain.ids import MAIN, item_id, step_id
from marshrut.domain.kinds import KINDS
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ENDINGS, ItemKind, Role
from workflows.map.questions import Interest
from workflows.map.raw import Made, Results
from workflows.map.sayings import NOON, UNKNOWN, sayings

CASE = "case"
# So many possibilities are looked at for one that answers a question, and so many names of a kind are used.
LOOKED_AT, NAMES, MOST_NAMES = 30, 3, 12
# A case with more items than these has enough of them to tell all there is to tell.
MOST_ITEMS = 30

# Of consents tracks ask only where something is told. The others end steps as they are withdrawn, any step in the same
# way: drawn, that would only cut runs short.
ASKED = frozenset(purpose for purpose, rests in RESTS.items() if rests.told)

Bodies = tuple[e.Body, ...]
Question = Callable[[CaseState], str | None]


class Beside:
    """What may happen to a case, made up by chance; `own` steps are the explored track's: only it asks them."""

    def __init__(
        self, chance: Random, catalogue: Slice, own: tuple[type[Outcome], ...], results: Results, made: Made
    ) -> None:
        self._chance = chance
        self._made = made
        self._catalogue = catalogue
        self._own = own
        self._results = results

    def answering(self, state: CaseState, asks: Interest, question: Question, followed: frozenset[str]) -> list[Bodies]:
        """What would give the question an answer, each answer once; else anything that it looks at."""
        possible = [*self._happenings(state, asks, followed), *self._moves(state, asks), *self._additions(state, asks)]
        drawn = [happen() for happen in self._chance.sample(possible, min(LOOKED_AT, len(possible)))]
        found: dict[str, Bodies] = {}
        for bodies in drawn:
            answer = question(after(state, bodies))
            if answer is not None:
                found.setdefault(answer, bodies)
        return list(found.values()) or drawn[:1]

    def _happenings(self, state: CaseState, asks: Interest, followed: frozenset[str]) -> Iterator[Callable[[], Bodies]]:
        for name, track in state.tracks.items():
            if track.result is None and name not in followed and name.split(".")[0] in asks.words:
                yield partial(self.finished, name)
        for outcome in asks.outcomes:
            if outcome not in self._own:
                yield partial(self.answered, state, outcome, f"beside{state.seq}")
        for report in asks.reports:
            if report not in state.reports and report not in ENDINGS:
                yield partial(_just, e.Reported(report=report))
        for flag in asks.flags:
            there = flag in state.flags
            yield partial(_just, e.FlagsChanged(removed=(flag,)) if there else e.FlagsChanged(added=(flag,)))
        if "moved_from" in asks.fields:
            yield partial(_just, e.CaseTransferred(hospital="elsewhere"))
        if "scores" in asks.fields:
            yield partial(self.scored, asks)

    def _moves(self, state: CaseState, asks: Interest) -> Iterator[Callable[[], Bodies]]:
        for item in state.items.values():
            if item.kind in asks.kinds or "items" in asks.fields:
                for status in KINDS[item.kind].moves.get(item.status, ()):
                    yield partial(self._moved, state, item, status)
        for kind in dict.fromkeys(item.kind for item in state.items.values()):
            if kind in asks.kinds or "items" in asks.fields:
                yield partial(self.moved_alike, state, kind)

    def _additions(self, state: CaseState, asks: Interest) -> Iterator[Callable[[], Bodies]]:
        for kind in asks.kinds if len(state.items) < MOST_ITEMS else ():
            # In a status in which it cannot begin it has been moved before.
            for name, status in product(self.names(kind, asks), KINDS[kind].statuses):
                key = MAIN if KINDS[kind].single else f"beside{state.seq}"
                if item_id(CASE, kind, name, key) not in state.items:
                    yield partial(self.added, state, kind, name, key, status)

    def moved_alike(self, state: CaseState, kind: ItemKind) -> Bodies:
        """People have seen to all things of a kind, one after another: they stand alike."""
        to = self._chance.choice(KINDS[kind].statuses)
        items = (item for item in state.items_of(kind) if item.status != to)
        return tuple(e.ItemMoved(item_id=item.item_id, status=to) for item in items)

    def finished(self, track: str) -> Bodies:
        """Another track comes to one of its ends."""
        possible = self._results.get(track.split(".", maxsplit=1)[0]) or ("done",)
        return (e.TrackFinished(track=track, result=self._chance.choice(possible)),)

    def scored(self, asks: Interest) -> Bodies:
        """An instrument has found everything that anybody asks for, or nothing."""
        asked = tuple(word for word in asks.words if word.isidentifier())
        found = asked if self._chance.random() < 0.5 else ()  # noqa: PLR2004 - one as often as the other
        return (e.InstrumentScored(instrument="any", version="any", score=None, band=None, findings=found),)

    def answered(self, state: CaseState, outcome: type[Outcome], key: str) -> Bodies:
        """Somebody was asked and has answered."""
        name = step_id(CASE, outcome.track, outcome.step, key)
        opened = e.StepOpened(
            step_id=name, track=outcome.track, name=outcome.step, role=Role.COORDINATOR, mandatory=True, clock=None
        )
        said = self._chance.choice(sayings(outcome))
        return opened, e.StepCompleted(step_id=name, outcome=self.filled(said, outcome.catalogued, state))

    def added(self, state: CaseState, kind: ItemKind, name: str, key: str, status: str) -> Bodies:
        """There is one thing more."""
        known, facts = item_id(CASE, kind, name, key), self._facts(state, kind)
        return (e.ItemAdded(item_id=known, item=kind, name=name, status=status, facts=facts),)

    def _moved(self, state: CaseState, item: Item, status: str) -> Bodies:
        facts = self._facts(state, item.kind) | item.facts
        return (e.ItemMoved(item_id=item.item_id, status=status, facts=facts),)

    def _facts(self, state: CaseState, kind: ItemKind) -> e.OutcomeCodes:
        return self.filled(self._chance.choice(sayings(KINDS[kind].facts)), {}, state)

    def names(self, kind: ItemKind, asks: Interest) -> list[str]:
        """Names of items of a kind: those that the questions name or tracks use, or some that the catalogue has."""
        known = self._of_kind(kind)
        asked = [name for name in known if name in asks.words] or list(self._made.names.get(kind, ()))
        return asked[:MOST_NAMES] or self._chance.sample(known, min(NAMES, len(known))) or [UNKNOWN]

    def all_alike(self, state: CaseState, kind: ItemKind) -> Bodies:
        """All that the catalogue knows of a kind is there, and stands alike."""
        status, facts = self._chance.choice(KINDS[kind].statuses), min(sayings(KINDS[kind].facts), key=len)
        return tuple(
            e.ItemAdded(item_id=known, item=kind, name=name, status=status, facts=facts)
            for name in self._of_kind(kind)
            if (known := item_id(CASE, kind, name)) not in state.items
        )

    def filled(self, codes: e.OutcomeCodes, kinds: Mapping[str, ItemKind], state: CaseState) -> e.OutcomeCodes:
        """The same codes with names of things that the case or its catalogue knows, mostly, where there were none.

        `kinds`: by field the kind of which the catalogue knows the names.
        """
        filled = dict(codes)
        for field, value in codes.items():
            names = value if isinstance(value, tuple) else (value,)
            if UNKNOWN in names and self._chance.random() < 0.9:  # noqa: PLR2004 - seldom it stays unknown
                known = self._known(field, kinds.get(field), state)
                drawn = tuple(self._chance.sample(known, min(NAMES, len(known)))) or (UNKNOWN,)
                filled[field] = drawn if isinstance(value, tuple) else drawn[0]
        return filled

    def _known(self, field: str, kind: ItemKind | None, state: CaseState) -> list[str]:
        if kind is not None and kind in self._catalogue.known:
            return self._of_kind(kind)
        kind = kind or (ItemKind(field) if field in set(ItemKind) else None)
        items = [item.item_id for item in state.items.values() if item.kind is kind]
        return list(dict.fromkeys((*items, *self._made.facts.get(field, ())))) or list(self._partners(field))

    def _of_kind(self, kind: ItemKind) -> list[str]:
        """The names that the catalogue has of a kind, but for consents that no track asks about."""
        return [name for name in self._catalogue.known.get(kind, ()) if kind is not ItemKind.CONSENT or name in ASKED]

    def _partners(self, name: str) -> tuple[str, ...]:
        """Who may be asked for what the case's catalogue has; by the plural where several are."""
        rules = self._catalogue.programmes
        match name.removesuffix("s"):
            case "programme":
                return tuple(rules)
            case "partner":
                return tuple(dict.fromkeys(partner for rule in rules.values() for partner in rule.partners))
            case _:
                return ()


def _just(body: e.Body) -> Bodies:
    return (body,)


def after(state: CaseState, bodies: Bodies) -> CaseState:
    """The case if that had happened."""
    for body in bodies:
        state = evolve(state, event(state.seq + 1, body))
    return state


def event(number: int, body: e.Body) -> e.Event:
    """An event that the case itself says."""
    return e.Event(seq=number, recorded_at=NOON, occurred_at=NOON, actor="marshrut", role=Role.SYSTEM, body=body)
