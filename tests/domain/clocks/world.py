"""A small world of clocks: zones, offices, the official calendar typed by hand, and a case to which things happen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.calendar import Calendar, Offset, Shift, Timetable
from marshrut.domain.clock import Basis, Clock, Pause, Term, Times, Unit, compute
from marshrut.domain.decide import decide
from marshrut.domain.evolve import evolve
from marshrut.domain.ladder import Rung
from marshrut.domain.moves import Actor
from marshrut.domain.slice import ClockRule, Pace, ReasonRule, Slice, StepRule
from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import Report, Role

MOSCOW, VLADIVOSTOK = "Europe/Moscow", "Asia/Vladivostok"
HOURS_EAST = {MOSCOW: 3, VLADIVOSTOK: 10}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

# The transfers of days off of 2025 and 2026, typed from the decrees [M].
DAYS_OFF = {
    **{date(2025, 1, day): "new_year" for day in (1, 2, 3, 6, 7, 8)},
    date(2025, 5, 1): "labour_day",
    date(2025, 5, 2): "moved",
    date(2025, 5, 8): "moved",
    date(2025, 5, 9): "victory_day",
    date(2025, 6, 12): "russia_day",
    date(2025, 6, 13): "moved",
    date(2025, 11, 3): "moved",
    date(2025, 11, 4): "unity_day",
    date(2025, 12, 31): "moved",
    **{date(2026, 1, day): "new_year" for day in (1, 2, 5, 6, 7, 8)},
    date(2026, 1, 9): "moved",
    date(2026, 2, 23): "defender_day",
    date(2026, 3, 9): "moved",
    date(2026, 5, 1): "labour_day",
    date(2026, 5, 11): "moved",
    date(2026, 6, 12): "russia_day",
    date(2026, 11, 4): "unity_day",
    date(2026, 12, 31): "moved",
}
RU = Calendar(
    name="ru",
    version="2026",
    first=date(2025, 1, 1),
    last=date(2027, 12, 31),
    official_until=date(2026, 12, 31),
    days_off=DAYS_OFF,
    worked=(date(2025, 11, 1),),
)
FULL, FRIDAY, ROUND = Shift(opens=540, closes=1080), Shift(opens=540, closes=1005), Shift(opens=0, closes=1440)
OFFICE = (FULL, FULL, FULL, FULL, FRIDAY, None, None)
SAME_HOURS = (FULL,) * 5 + (None, None)
ALWAYS = (ROUND,) * 7

LADDER = (
    Rung(name="amber", percent=80, to=("owner",)),
    Rung(name="due", percent=100, to=(Role.SUPERVISOR,)),
    Rung(name="late", percent=150, to=(Role.HEAD,)),
    Rung(name="very_late", percent=200, to=(Role.HEAD,)),
)


def timetable(zone: str = MOSCOW, week: tuple[Shift | None, ...] = OFFICE, calendar: str | None = "ru") -> Timetable:
    offset = Offset(since=LONG_AGO, minutes=60 * HOURS_EAST[zone])
    return Timetable(zone=zone, offsets=(offset,), week=week, calendar=calendar)


def basis(*pauses: Pause, zone: str = MOSCOW, week: tuple[Shift | None, ...] = OFFICE) -> Basis:
    return Basis(timetable(zone, week), RU, pauses)


def at(text: str, zone: str = MOSCOW) -> datetime:
    """An instant, from the wall clock of a zone: `2025-04-30 14:10`."""
    wall = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return wall - timedelta(hours=HOURS_EAST[zone])


def wall(moment: datetime, zone: str = MOSCOW) -> str:
    """The other way round."""
    return (moment + timedelta(hours=HOURS_EAST[zone])).strftime("%Y-%m-%d %H:%M")


def term(text: str) -> Term:
    """A term as people write it: `5 wd`."""
    amount, unit = text.split()
    return Term(amount=int(amount), unit=Unit(unit))


def pause(since: str, until: str, zone: str = MOSCOW) -> Pause:
    return Pause(since=at(since, zone), until=at(until, zone))


def clock(
    length: str, started_at: datetime, on: Basis, *, emergency: bool = False, due_at: datetime | None = None
) -> Clock:
    times = compute(term(length), None, started_at, on)
    if due_at is not None:
        times = Times(started_at=started_at, due_at=due_at, amber_at=started_at)
    return Clock(
        term=term(length),
        counts_from="opening",
        timetable="team",
        ladder="standard",
        emergency=emergency,
        mark="S",
        times=times,
    )


def slice_of(length: str = "5 wd", *, counts_from: str = "opening", table: Timetable | None = None) -> Slice:
    """A catalogue of one step with that term; `medical` stops its clock, as does `legal`, and `passport` does not."""
    rule = ClockRule(pace=Pace(term=term(length), mark="S"), counts_from=counts_from)
    return Slice(
        version="test",
        steps={"papers.passport": StepRule(role=Role.COORDINATOR, clock=rule)},
        reasons={
            "medical": ReasonRule(pauses=True),
            "legal": ReasonRule(pauses=True),
            "passport": ReasonRule(pauses=False),
        },
        timetables={"team": table or timetable()},
        calendars={"ru": RU},
        ladders={"standard": LADDER},
        waits={"papers.half_a_day": term("12 h"), "papers.two_days": term("2 wd"), "papers.five_hours": term("5 wh")},
    )


STEP = "case.papers.passport.main"
ANNA = Actor(user="anna", role=Role.COORDINATOR)
OLGA = Actor(user="olga", role=Role.SUPERVISOR)
SYSTEM = Actor(user="marshrut", role=Role.SYSTEM)


class Story:
    """A case to which things happen, one after another, by the real rules. `said` are the events, in order."""

    def __init__(self, catalogue: Slice, admitted_at: datetime) -> None:
        self.catalogue = catalogue
        self.state = CaseState(case_id="case")
        self.said: list[e.Event] = []
        admitted = c.Admit(hospital="GKB29", person="p", admitted_at=admitted_at, emergency=True)
        self.tell(admitted, now=admitted_at)

    def say(self, body: e.Body, now: datetime, occurred_at: datetime | None = None, actor: Actor = OLGA) -> None:
        event = e.Event(
            seq=self.state.seq + 1,
            recorded_at=now,
            occurred_at=occurred_at or now,
            actor=actor.user,
            role=actor.role,
            body=body,
        )
        self.state = evolve(self.state, event)
        self.said.append(event)

    def tell(
        self, body: c.CommandBody, now: datetime, occurred_at: datetime | None = None, actor: Actor = OLGA
    ) -> tuple[e.Body, ...]:
        """Give the case a command; the events that it meant."""
        sent = c.Command(id=f"c{self.state.seq}", actor=actor, occurred_at=occurred_at, body=body)
        bodies = decide(self.state, sent, now, self.catalogue, {})
        for each in bodies:
            self.say(each, now, occurred_at, actor)
        return bodies

    def open(self, now: datetime) -> Step:
        """Open the step of this world."""
        rule = self.catalogue.steps["papers.passport"]
        armed = None if rule.clock is None else self.catalogue.armed(rule.clock, self.state, now)
        opened = e.StepOpened(
            step_id=STEP, track="papers", name="passport", role=rule.role, mandatory=True, clock=armed
        )
        self.say(opened, now)
        return self.step

    def report(self, report: Report, now: datetime, occurred_at: datetime | None = None) -> tuple[e.Body, ...]:
        return self.tell(c.ReportFact(report=report), now, occurred_at)

    def pause(self, since: datetime, until: datetime, now: datetime | None = None) -> None:
        """A pause of the case: as it happens, or both ends at once, later."""
        self.report(Report.PAUSED, now or since, since)
        self.report(Report.RESUMED, now or until, until)

    def block(self, since: datetime, until: datetime, now: datetime | None = None, reason: str = "medical") -> None:
        """A reason on the step, in the same two ways."""
        self.tell(c.AddBlock(step_id=STEP, reason=reason, responsible="patient", since=since), now or since)
        self.tell(c.Unblock(step_id=STEP, reason=reason), now or until, until)

    def extend(self, due_at: datetime, now: datetime) -> tuple[e.Body, ...]:
        return self.tell(c.Extend(step_id=STEP, due_at=due_at, reason="waiting"), now)

    def replace(self, calendar: Calendar, now: datetime) -> tuple[e.Body, ...]:
        return self.tell(c.ReplaceCalendar(calendar=calendar), now, actor=SYSTEM)

    @property
    def step(self) -> Step:
        return self.state.steps[STEP]

    @property
    def times(self) -> Times:
        assert self.step.clock is not None
        return self.step.clock.times


def newer(calendar: Calendar, version: str, *days: date) -> Calendar:
    """The calendar with more days off, under a new version."""
    facts: dict[str, Any] = {"version": version, "days_off": calendar.days_off | dict.fromkeys(days, "moved")}
    return calendar.model_copy(update=facts)
