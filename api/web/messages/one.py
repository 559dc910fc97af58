"""One message as its page shows it: what is known, why it waits, how it is built, what people did with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from api.bodies.message import ActView, LineView, MaskedView, MessageView
from api.web.desk import Desk
from api.web.messages.faults import bare, places_of, reason_of
from api.web.messages.rows import hospital_of, source_of
from api.web.messages.timing import lasting
from marshrut.domain.words import Role
from marshrut.ports import CommandState, Doing, Format, PartKind


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is known of a message; `path`: where it leads."""

    name: str
    text: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line as it is drawn. `here`: the fault is at this place."""

    kind: PartKind
    text: str
    here: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the message. `here`: which places of the fault are in it; empty: none."""

    depth: int
    pieces: tuple[Piece, ...]
    here: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a message. `kind`: how its point looks."""

    at: str
    text: str
    note: str
    kind: str


def facts(desk: Desk, view: MessageView, size: int | None) -> tuple[Fact, ...]:
    """What is known, without anybody's name."""
    t, f = desk.t, desk.at(view.hospital)
    found = [
        Fact(t("messages.fact_from"), source_of(view.source)),
        Fact(t("messages.fact_sender"), view.sender),
        Fact(t("messages.fact_hospital"), hospital_of(desk, view.hospital)),
        Fact(t("messages.fact_received"), f"{f.day(view.received_at)} {f.local(view.received_at):%H:%M:%S}"),
    ]
    if size is not None:
        found.append(Fact(t("messages.fact_size"), t("messages.bytes", n=size)))
    if view.state is CommandState.DONE and view.finished_at is not None and view.code is None:
        took = lasting(desk, (view.finished_at - view.received_at).total_seconds())
        found.append(Fact(t("messages.fact_finished"), f"{f.when(view.finished_at)} · {took}"))
    if view.repeats and view.repeated_at is not None:
        again = t("messages.times_last", n=view.repeats, time=f.when(view.repeated_at))
        found.append(Fact(t("messages.fact_repeats"), again))
    if view.attempts and view.history:
        found.append(Fact(t("messages.fact_attempts"), f.number(view.attempts)))
    if view.case_id is not None:
        # The desk of an integrator has no cases.
        path = None if desk.caller.role is Role.INTEGRATOR else f"/desk/cases/{view.case_id}"
        found.append(Fact(t("messages.fact_case"), t("messages.to_case") if path else view.case_id, path))
    return tuple(found)


def kind_of(masked: MaskedView | None) -> str:
    """What the message is, as far as that is shown: `ADT^A01`, `Encounter`."""
    lines = masked.lines[:2] if masked is not None else ()
    parts = [part for line in lines for part in line.parts if part.kind is PartKind.SHOWN]
    if masked is not None and masked.format is Format.FHIR:
        return next((part.text for part in parts), "")
    return "^".join([part.text for part in parts if part.place == "MSH-9"][:2])


def lines_of(masked: MaskedView, view: MessageView) -> tuple[Line, ...]:
    """The message line by line, with the places of its fault marked."""
    named = places_of(view.details)
    meant = {each for place in named for each in (place, bare(place))}
    return tuple(_line(line, meant) for line in masked.lines)


def _line(line: LineView, meant: Collection[str]) -> Line:
    pieces = tuple(_joined(line, meant))
    whole = [place for place in line.places if place in meant or bare(place) in meant]
    fields = [part.place for part in line.parts if _at(part.place, meant)]
    return Line(line.depth, pieces, ", ".join(dict.fromkeys(fields or whole[:1])))


def _at(place: str, meant: Collection[str]) -> bool:
    """Whether a field of a segment is meant."""
    return "-" in place and place in meant


def _joined(line: LineView, meant: Collection[str]) -> Iterator[Piece]:
    """Neighbours that look alike are one piece."""
    last: Piece | None = None
    for part in line.parts:
        here = _at(part.place, meant)
        if last is not None and (last.kind, last.here) == (part.kind, here):
            last = Piece(last.kind, last.text + part.text, here)
            continue
        if last is not None:
            yield last
        last = Piece(part.kind, part.text, here)
    if last is not None:
        yield last


def events(desk: Desk, view: MessageView) -> tuple[Event, ...]:
    """What happened to it, the newest first."""
    t, f = desk.t, desk.at(view.hospital)
    told: list[tuple[datetime, Event]] = [
        (view.received_at, Event(f.when(view.received_at), t("messages.act_received", who=view.sender), "", ""))
    ]
    if view.repeated_at is not None:
        told.append((view.repeated_at, Event(f.when(view.repeated_at), t("messages.act_repeated"), "", "")))
    if view.state is CommandState.DONE and view.finished_at is not None and view.replayed_as is None:
        told.append((view.finished_at, Event(f.when(view.finished_at), t("messages.act_finished"), "", "done")))
    told += [(each.at, _event(desk, view, each)) for each in view.history]
    return tuple(event for _, event in sorted(told, key=lambda each: each[0], reverse=True))


def _event(desk: Desk, view: MessageView, each: ActView) -> Event:
    who, at = desk.name_of(each.by), desk.at(view.hospital).when(each.at)
    if each.act is Doing.DISCARDED:
        reason = desk.t(f"messages.why_{each.code}")
        text = desk.t("messages.act_discarded", who=who, why=reason[:1].lower() + reason[1:])
        return Event(at, text, each.note or "", "late")
    if each.act is Doing.REPLAYED and each.code is not None:
        met = reason_of(desk, each.code, view.hospital)
        return Event(at, desk.t("messages.act_replayed_met", who=who, why=met[:1].lower() + met[1:]), "", "late")
    kind = "done" if each.act is Doing.REPLAYED else ""
    return Event(at, desk.t(f"messages.act_{each.act}", who=who), "", kind)
