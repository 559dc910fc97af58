"""What figures are counted from: of each case a small record of what happened when, without a clock and without names.

It follows from the state of the case alone, so the read model keeps it beside the case, and a year of a city is read
without reading its cases. Instants are microseconds since 1970: of a year there are millions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from marshrut.domain.clock import Pause
from marshrut.domain.delay import Held, Reason, Stay, stay_of
from marshrut.domain.items import DELIVERED
from marshrut.domain.kinds import KINDS
from marshrut.domain.readiness import readiness
from marshrut.domain.state import CaseState, Item, Step, StepState
from marshrut.domain.stuck import left_at
from marshrut.domain.words import Ending, ItemKind

# A case that ended like this never was one: the visit was a mistake, or another case goes on with it.
VOID = frozenset({Ending.ADMISSION_CANCELLED, Ending.MERGED, Ending.SCREENED_OUT})
AGREED = frozenset({"agreed", "met", "unmet"})
# The steps of our own that deliver something to the person, by the results that say so; everything else is work on the
# way there: an application, a call, a survey. What partners deliver counts by referrals and sessions.
DELIVERS: Mapping[str, tuple[str, ...]] = {
    "services.urgent_services": ("act_signed",),
    "services.aids_supply": ("delivered", "rented"),
    "documents.temporary_id": ("issued",),
    "documents.passport_receive": ("issued",),
    "documents.snils_restore": ("issued",),
    "documents.oms_restore": ("issued",),
    "documents.birth_certificate": ("issued",),
    "documents.disability_duplicate": ("issued",),
    "documents.consular_request": ("certificate",),
    "documents.proxy_certify": ("certified",),
    "disability.mse_result": ("group",),
    "psychology.psy_talk": ("helped", "continue"),
    "psychology.kin_talk": ("helped", "continue"),
    "psychology.family_support": ("done",),
    "psychology.carer_support": ("done",),
    "discharge.escort_home": ("delivered",),
    "placement.transfer_arrival": ("arrived",),
}
REFERRAL, SESSION = "referral", "session"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)

Stop = tuple[int, int]


class NeedFact(NamedTuple):
    """A need that was agreed once, and how it stands since when."""

    name: str
    status: str
    raised: int
    moved: int


class ServiceFact(NamedTuple):
    """What was delivered, how often it counts, and when."""

    name: str
    units: int
    at: int


class TermFact(NamedTuple):
    """A step with a due time. `runs`: it is still to be done and its clock stands nowhere still.

    `amount`, `unit`, `timetable`: what the catalogue gave it, and in whose hours; none where a person said when.
    """

    name: str
    started: int
    due: int
    done: int | None
    runs: bool
    extended: bool
    amount: int | None
    unit: str | None
    timetable: str
    stops: tuple[Stop, ...]


class AskedFact(NamedTuple):
    """A referral that was sent to a partner, and what came back; `answered` None: nothing yet.

    `silent`: nothing came in all the time there was; `ours`: we took it back before they said anything.
    """

    programme: str
    partner: str
    asked: int
    answered: int | None
    due: int | None
    silent: bool
    ours: bool


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """All that figures know of a case. `ready_social`: when nothing stood in the way home any more."""

    person: str | None
    via: str
    void: bool
    opened: int | None
    admitted: int | None
    closed: int | None
    left: int | None
    ready_social: int | None
    stay: Stay | None
    needs: tuple[NeedFact, ...] = ()
    services: tuple[ServiceFact, ...] = ()
    terms: tuple[TermFact, ...] = ()
    asked: tuple[AskedFact, ...] = ()


def micros(moment: datetime) -> int:
    """An instant as a number."""
    return (moment - EPOCH) // MOMENT


def instant(number: int) -> datetime:
    """The instant of a number."""
    return EPOCH + number * MOMENT


def facts_of(state: CaseState) -> CaseFacts:
    """What figures know of the case."""
    void = state.ending in VOID
    stay = None if state.via == "enquiry" or void else stay_of(state)
    left = None if void else _left(state)
    social = None if state.via == "enquiry" or void else readiness(state).social_at
    if social is not None and left is not None and social > left:
        social = None  # they left before anybody had said so
    return CaseFacts(
        person=state.person,
        via=state.via,
        void=void,
        opened=_number(state.opened_at),
        admitted=_number(state.admitted_at),
        closed=_number(state.closed_at),
        left=_number(left),
        ready_social=_number(social),
        stay=stay,
        needs=() if void else tuple(_needs(state)),
        services=() if void else tuple(_services(state)),
        terms=() if void else tuple(_terms(state)),
        asked=() if void else tuple(_asked(state)),
    )


def text_of(facts: CaseFacts) -> str:
    """The record as it is kept."""
    return orjson.dumps(_plain(facts)).decode()


def read(text: str | bytes) -> CaseFacts:
    """The record that was kept."""
    person, via, void, opened, admitted, closed, left, ready_social, stay, *lists = orjson.loads(text)
    needs, services, terms, asked = lists
    return CaseFacts(
        person=person,
        via=via,
        void=void,
        opened=opened,
        admitted=admitted,
        closed=closed,
        left=left,
        ready_social=ready_social,
        stay=None if stay is None else _stay(stay),
        needs=tuple(map(NeedFact._make, needs)),
        services=tuple(map(ServiceFact._make, services)),
        terms=tuple(map(_term, terms)),
        asked=tuple(map(AskedFact._make, asked)),
    )


def _term(row: list[Any]) -> TermFact:
    """Most steps have no stops, and of a year there are a million."""
    row[-1] = tuple((since, until) for since, until in row[-1]) if row[-1] else ()
    return TermFact._make(row)


def _plain(facts: CaseFacts) -> list[Any]:
    stay = facts.stay
    told = (
        None
        if stay is None
        else [
            micros(stay.ready_at),
            _number(stay.until),
            [[micros(each.since), micros(each.until)] for each in stay.pauses],
            _number(stay.paused_since),
            [[*_held(each.held), micros(each.since), _number(each.until)] for each in stay.reasons],
        ]
    )
    head = [facts.person, facts.via, facts.void, facts.opened, facts.admitted, facts.closed, facts.left]
    lists = [[tuple(each) for each in rows] for rows in (facts.needs, facts.services, facts.terms, facts.asked)]
    return [*head, facts.ready_social, told, *lists]


def _held(held: Held) -> tuple[str, str]:
    return held.reason, held.responsible


def _stay(known: list[Any]) -> Stay:
    ready, until, pauses, paused_since, reasons = known
    return Stay(
        ready_at=instant(ready),
        until=None if until is None else instant(until),
        pauses=tuple(Pause(since=instant(since), until=instant(end)) for since, end in pauses),
        paused_since=None if paused_since is None else instant(paused_since),
        reasons=tuple(
            Reason(Held(reason, party), instant(since), None if end is None else instant(end))
            for reason, party, since, end in reasons
        ),
    )


def _number(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def _left(state: CaseState) -> datetime | None:
    """When the patient left the ward; of whoever was never in one there is no such instant."""
    return None if state.via == "enquiry" else left_at(state)


def _needs(state: CaseState) -> Iterator[NeedFact]:
    for item in state.items_of(ItemKind.NEED):
        if item.status in AGREED:
            yield NeedFact(item.name, item.status, micros(item.added_at), micros(item.moved_at))


def _services(state: CaseState) -> Iterator[ServiceFact]:
    """What was delivered, and how much it counts for."""
    sessions = [item for item in state.items_of(ItemKind.SESSION) if item.status == "attended"]
    by_session = {_programme(item) for item in sessions}
    for item in sessions:
        yield ServiceFact(f"{SESSION}.{_programme(item)}", _units(item), micros(_held_at(item)))
    for item in state.items_of(ItemKind.REFERRAL):
        # Whose sessions were written down one by one has been counted by them.
        if item.status in DELIVERED and _programme(item) not in by_session:
            yield ServiceFact(f"{REFERRAL}.{_programme(item)}", _units(item), micros(item.moved_at))
    for step in state.steps.values():
        if step.state is not StepState.DONE or step.outcome is None or step.occurred_at is None:
            continue
        name = f"{step.track}.{step.name}"
        if step.outcome.get("result") in DELIVERS.get(name, ()):
            yield ServiceFact(name, 1, micros(step.occurred_at))


def _programme(item: Item) -> str:
    return str(item.facts.get("programme") or item.name)


def _units(item: Item) -> int:
    units = item.facts.get("units")
    return units if isinstance(units, int) else 1


def _held_at(item: Item) -> datetime:
    """When the session was; else when it was told that somebody came, and never later than that."""
    at = item.facts.get("at")
    return min(datetime.fromisoformat(at), item.moved_at) if isinstance(at, str) else item.moved_at


def _terms(state: CaseState) -> Iterator[TermFact]:
    still = state.closed or state.paused_since is not None
    for step in state.steps.values():
        clock = step.clock
        if clock is None:
            continue
        done = step.occurred_at if step.state is StepState.DONE else None
        runs = step.live and not still and not step.stands_still
        if done is None and not runs:
            continue
        term = clock.term
        yield TermFact(
            name=f"{step.track}.{step.name}",
            started=micros(clock.times.started_at),
            due=micros(clock.times.due_at),
            done=_number(done),
            runs=runs,
            extended=term is not None and clock.extension is not None,
            amount=None if term is None else term.amount,
            unit=None if term is None else term.unit.value,
            timetable=clock.timetable,
            stops=_stops(state, step),
        )


def _stops(state: CaseState, step: Step) -> tuple[Stop, ...]:
    """The time that did not count, in order and without overlaps; of what was done in a pause, also that pause."""
    found: list[Stop] = []
    all_stops = [(micros(each.since), micros(each.until)) for each in (*state.pauses, *step.pauses)]
    stands, done = state.paused_since, step.occurred_at
    if stands is not None and done is not None and stands < done:
        all_stops.append((micros(stands), micros(done)))
    for since, until in sorted(all_stops):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return tuple(found)


def _asked(state: CaseState) -> Iterator[AskedFact]:
    """What partners were asked; what a person wrote down as going on already was never asked by us."""
    for item in state.items_of(ItemKind.REFERRAL):
        answer = item.answer
        if answer is None and item.status not in KINDS[item.kind].asks:
            continue
        yield AskedFact(
            programme=item.name,
            partner=str(item.facts.get("partner") or "unknown"),
            asked=micros(item.added_at),
            answered=None if answer is None else micros(answer.at),
            due=_number(item.expires_at if answer is None else answer.due_at),
            silent=answer is not None and answer.silent,
            ours=answer is not None and answer.status == "recalled",
        )
