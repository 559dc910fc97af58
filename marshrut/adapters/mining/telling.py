"""A journal as events and things, whatever the format: ids, attributes, and which thing an event is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from marshrut.adapters.mining.vocabulary import (
    CASE,
    COLLEAGUE,
    COMMON,
    EVENTS,
    HOSPITAL,
    PARTNER,
    PERSON,
    STEP,
    Cover,
    Value,
    said,
)
from marshrut.domain import events as e
from marshrut.domain.codes import NAMED, OTHER, code
from marshrut.domain.words import ItemKind
from marshrut.ports import History

Relation = tuple[str, str]  # a thing, and what it is to whatever is related to it


@dataclass(frozen=True, slots=True)
class Told:
    """An event: when it was so, what it says, and the things that it is about."""

    id: str
    kind: str
    at: datetime
    attributes: dict[str, Value]
    about: tuple[Relation, ...]


@dataclass(slots=True)
class Thing:
    """A thing, what is known of it since when, and what it belongs to."""

    id: str
    type: str
    known: list[tuple[str, Value, datetime]] = field(default_factory=list)
    belongs: list[Relation] = field(default_factory=list)


class Telling:
    """One journal told. Things that several cases share (`shared`) are told with each of them."""

    def __init__(self, history: History, cover: Cover) -> None:
        self._history = history
        self._cover = cover
        self._kinds: dict[str, ItemKind] = {}
        self._steps: dict[str, str] = {}
        self.things: dict[str, Thing] = {}
        self.shared: dict[str, Thing] = {}
        self._case = self._thing(CASE, history.case_id, history.case_id)
        self.hospital = history.hospital
        self.events = tuple(self._told(event) for event in history.events)

    def step_of(self, step_id: str) -> str:
        """`track.step`; other where people named it."""
        return self._steps.get(step_id, OTHER)

    def _told(self, event: e.Event) -> Told:
        body = event.body
        about: list[Relation] = [(self._case.id, CASE)]
        actor = self._shared(COLLEAGUE, event.actor, event.occurred_at, role=event.role.value)
        about.append((actor.id, "by"))
        about.extend(
            [*self._case_changed(event, body), *self._items_changed(event, body), *self._steps_changed(event, body)]
        )
        attributes = {
            "recorded_at": event.recorded_at,
            "seq": event.seq,
            "actor": actor.id,
            "role": event.role.value,
            **said(body, EVENTS[body.kind]),
            **self._more(body),
        }
        known = {**COMMON, **EVENTS[body.kind]}
        return Told(
            f"{self._history.case_id}/{event.seq}",
            body.kind,
            event.occurred_at,
            {name: value for name, value in attributes.items() if name in known},
            tuple(dict.fromkeys(about)),
        )

    def _case_changed(self, event: e.Event, body: e.Body) -> Iterator[Relation]:
        """What the event makes of the case, and to whom that is related."""
        at, case = event.occurred_at, self._case
        match body:
            case e.CaseOpened(hospital=hospital, person=person):
                case.known += [("via", body.via, at), ("emergency", body.emergency, at)]
                yield self._belongs(HOSPITAL, hospital, "in", at)
                yield self._belongs(PERSON, person, "patient", at)
            case e.PersonChanged(person=person):
                yield self._belongs(PERSON, person, "patient", at)
            case e.CaseTransferred(hospital=hospital):
                yield self._belongs(HOSPITAL, hospital, "in", at)
            case e.TrackStarted(stage=stage):
                case.known.append(("stage", stage.value, at))
            case e.CaseClosed(ending=ending):
                case.known += [("stage", "closed", at), ("ending", ending.value, at)]
            case _:
                pass

    def _items_changed(self, event: e.Event, body: e.Body) -> Iterator[Relation]:
        """What the event makes of an item, which it is about."""
        at = event.occurred_at
        match body:
            case e.ItemAdded(item=kind, item_id=item):
                self._kinds[item] = kind
                thing = self._thing(kind.value, item, self._cover(item))
                thing.belongs.append((self._case.id, "of"))
                thing.known += [("name", code(body.name), at)] if kind in NAMED else []
                thing.known.append(("status", code(body.status), at))
                yield thing.id, kind.value
                if kind is ItemKind.REFERRAL and (partner := body.facts.get("partner")):
                    asked = self._shared(PARTNER, code(partner), at, code=code(partner))
                    thing.belongs.append((asked.id, "asks"))
                    yield asked.id, PARTNER
            case e.ItemMoved(item_id=item, status=status) if item in self._kinds:
                thing = self.things[item]
                thing.known.append(("status", code(status), at))
                yield thing.id, thing.type
            case _:
                pass

    def _steps_changed(self, event: e.Event, body: e.Body) -> Iterator[Relation]:
        """What the event makes of a step, which it is about."""
        at, step = event.occurred_at, str(getattr(body, "step_id", ""))
        if isinstance(body, e.StepOpened):
            self._steps[step] = code(f"{body.track}.{body.name}")
            thing = self._thing(STEP, step, self._cover(step))
            thing.belongs.append((self._case.id, "of"))
            thing.known += [("step", self._steps[step], at), ("role", body.role.value, at)]
            thing.known += [("mandatory", body.mandatory, at), ("state", "open", at)]
            yield thing.id, STEP
        elif (known := self.things.get(step)) is not None:
            if (state := _STATES.get(body.kind)) is not None:
                known.known.append(("state", state, at))
            yield known.id, STEP

    def _more(self, body: e.Body) -> dict[str, Value]:
        """What an event says that is no field of its own."""
        match body:
            case e.StepCompleted(outcome=outcome):
                result = outcome.get("result")
                told = {} if result is None else {"result": code(result)}
                return {"step": self.step_of(body.step_id), **told}
            case e.StepOpened(clock=clock):
                due = {} if clock is None else {"due_at": clock.times.due_at}
                return {"step": self.step_of(body.step_id), **due}
            case e.StepExtended(times=times):
                return {"step": self.step_of(body.step_id), "due_at": times.due_at}
            case e.ItemMoved(item_id=item):
                return {"item": self._kinds[item].value} if item in self._kinds else {}
            case e.PeopleTold(role=role):
                return {"told": role.value}
            case _:
                step = getattr(body, "step_id", None)
                return {} if step is None else {"step": self.step_of(step)}

    def _thing(self, sort: str, key: str, name: str) -> Thing:
        return self.things.setdefault(key, Thing(name if sort == CASE else f"{sort}-{name}", sort))

    def _shared(self, sort: str, key: str, at: datetime, **known: str) -> Thing:
        name = key if sort in (HOSPITAL, PARTNER) else self._cover(key)
        thing = Thing(f"{sort}-{name}", sort, [(each, value, at) for each, value in known.items()])
        return self.shared.setdefault(thing.id, thing)

    def _belongs(self, sort: str, key: str, how: str, at: datetime) -> Relation:
        known = {"code": key} if sort == HOSPITAL else {}
        relation = (self._shared(sort, key, at, **known).id, how)
        if relation not in self._case.belongs:
            self._case.belongs.append(relation)
        return relation


_STATES = {
    "step_claimed": "claimed",
    "step_assigned": "claimed",
    "step_released": "open",
    "step_completed": "done",
    "step_cancelled": "cancelled",
}
