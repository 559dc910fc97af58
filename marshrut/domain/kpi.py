"""What the service counts, and what not: people, cases, issues, services and terms kept (docs/kpi.md says it in words).

Everything is read off the state of a case as it is known now, so news that come late also change a period that is over.
Each count happens at one instant: periods that adjoin share nothing and miss nothing, and figures add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce

from marshrut.domain.delay import Delay
from marshrut.domain.items import DELIVERED
from marshrut.domain.overdue import overdue
from marshrut.domain.state import CaseState, Item, Step, StepState
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


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant on, and before another one."""

    since: datetime
    until: datetime

    def holds(self, at: datetime | None) -> bool:
        """Whether the instant lies within."""
        return at is not None and self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Kept:
    """How often a step's term was kept and missed; `extended`: in how many of these a senior had given more time."""

    met: int = 0
    missed: int = 0
    extended: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.met + other.met, self.missed + other.missed, self.extended + other.extended)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts that add up. `people` are the ids of persons, so that somebody who came twice is one.

    `raised`, `resolved` and `unmet` are by need; `services` by what delivered them: `referral.<programme>`,
    `session.<programme>` or a step; `terms` by step. A delayed day with two reasons is one day and counts for both.
    """

    people: frozenset[str] = frozenset()
    opened: int = 0
    closed: int = 0
    void: int = 0
    enquiries_opened: int = 0
    enquiries_closed: int = 0
    raised: Mapping[str, int] = field(default_factory=dict)
    resolved: Mapping[str, int] = field(default_factory=dict)
    unmet: Mapping[str, int] = field(default_factory=dict)
    services: Mapping[str, int] = field(default_factory=dict)
    terms: Mapping[str, Kept] = field(default_factory=dict)
    delayed_days: int = 0
    delay_reasons: Mapping[str, int] = field(default_factory=dict)
    delay_parties: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            people=self.people | other.people,
            opened=self.opened + other.opened,
            closed=self.closed + other.closed,
            void=self.void + other.void,
            enquiries_opened=self.enquiries_opened + other.enquiries_opened,
            enquiries_closed=self.enquiries_closed + other.enquiries_closed,
            raised=_sum(self.raised, other.raised),
            resolved=_sum(self.resolved, other.resolved),
            unmet=_sum(self.unmet, other.unmet),
            services=_sum(self.services, other.services),
            terms={
                name: self.terms.get(name, Kept()) + other.terms.get(name, Kept())
                for name in {**self.terms, **other.terms}
            },
            delayed_days=self.delayed_days + other.delayed_days,
            delay_reasons=_sum(self.delay_reasons, other.delay_reasons),
            delay_parties=_sum(self.delay_parties, other.delay_parties),
        )


def total(each: Iterable[Figures]) -> Figures:
    """All of them together."""
    return reduce(Figures.__add__, each, Figures())


def figures(state: CaseState, period: Period, now: datetime) -> Figures:
    """What the case adds to a period, as it is known now; a period that is not over counts up to now."""
    opened, closed = period.holds(state.opened_at), period.holds(state.closed_at)
    if state.via == "enquiry":
        terms = _terms(state, period, now)
        return Figures(enquiries_opened=int(opened), enquiries_closed=int(closed), terms=terms)
    if state.ending in VOID:
        return Figures(void=int(closed))
    return Figures(
        people=frozenset({state.person}) if opened and state.person else frozenset(),
        opened=int(opened),
        closed=int(closed),
        raised=_counted(need.name for need in _needs(state, *AGREED) if period.holds(need.added_at)),
        resolved=_counted(need.name for need in _needs(state, "met") if period.holds(need.moved_at)),
        unmet=_counted(need.name for need in _needs(state, "unmet") if period.holds(need.moved_at)),
        services=_weighed(_services(state, period)),
        terms=_terms(state, period, now),
    )


def delayed(found: Delay | None, since: date, until: date) -> Figures:
    """The delayed days of a case from `since` on and before `until`, by its hospital's clock."""
    days = [day for day in found.days if since <= day.date < until] if found is not None else []
    return Figures(
        delayed_days=len(days),
        delay_reasons=_counted(reason for day in days for reason in {held.reason for held in day.reasons}),
        delay_parties=_counted(party for day in days for party in {held.responsible for held in day.reasons}),
    )


def _needs(state: CaseState, *statuses: str) -> Iterator[Item]:
    return (item for item in state.items_of(ItemKind.NEED) if item.status in statuses)


def _services(state: CaseState, period: Period) -> Iterator[tuple[str, int]]:
    """What was delivered in the period, with how much it counts for."""
    sessions = [item for item in state.items_of(ItemKind.SESSION) if item.status == "attended"]
    by_session = {_programme(item) for item in sessions}
    for item in sessions:
        if period.holds(_held_at(item)):
            yield f"{SESSION}.{_programme(item)}", _units(item)
    for item in state.items_of(ItemKind.REFERRAL):
        # Whose sessions were written down one by one has been counted by them.
        if item.status in DELIVERED and _programme(item) not in by_session and period.holds(item.moved_at):
            yield f"{REFERRAL}.{_programme(item)}", _units(item)
    for step in state.steps.values():
        name = f"{step.track}.{step.name}"
        delivered = step.outcome is not None and step.outcome.get("result") in DELIVERS.get(name, ())
        if step.state is StepState.DONE and delivered and period.holds(step.occurred_at):
            yield name, 1


def _programme(item: Item) -> str:
    return str(item.facts.get("programme") or item.name)


def _units(item: Item) -> int:
    units = item.facts.get("units")
    return units if isinstance(units, int) else 1


def _held_at(item: Item) -> datetime:
    """When the session was; else when it was told that somebody came, and never later than that."""
    at = item.facts.get("at")
    return min(datetime.fromisoformat(at), item.moved_at) if isinstance(at, str) else item.moved_at


def _terms(state: CaseState, period: Period, now: datetime) -> dict[str, Kept]:
    kept: dict[str, Kept] = {}
    for step in state.steps.values():
        settled = _settled(state, step, now)
        if settled is not None and period.holds(settled[1]):
            name, met = f"{step.track}.{step.name}", settled[0]
            extended = step.clock is not None and step.clock.term is not None and step.clock.extension is not None
            kept[name] = kept.get(name, Kept()) + Kept(int(met), int(not met), int(extended))
    return kept


def _settled(state: CaseState, step: Step, now: datetime) -> tuple[bool, datetime] | None:
    """Whether the step's term was kept, and since when that is known: since it was done, or else since it was due."""
    due_at = step.due_at
    if due_at is None:
        return None
    if step.state is StepState.DONE and step.occurred_at is not None:
        met = step.occurred_at <= due_at
        return met, step.occurred_at if met else due_at
    return (False, due_at) if overdue(step, state.closed or state.paused_since is not None, now) else None


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names))


def _weighed(each: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for name, units in each:
        found[name] += units
    return {name: units for name, units in found.items() if units}


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
