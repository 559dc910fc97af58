"""A step that nobody touches climbs its ladder at the right hours, whichever zone its hospital lies in.

The instants are typed from the wall clocks of Moscow and Khabarovsk where the plain host can begin at any time, and on
the real server, which begins now, they are counted by a few lines that share nothing with our clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.moves import Actor
from marshrut.domain.words import Flag, Role
from tests.fixtures.cases import ANNA, DAY, HIS, HOUR, OLGA, admission, command, live, started
from tests.fixtures.engine import Patient, Ward
from tests.fixtures.shipped import shipped
from tests.workflows.stories.counting import ZONES, after_a_day, after_a_working_day, at_once, the_highest
from tests.workflows.test_durability import spread_alike
from workflows.simulation import Simulation

SHIPPED = shipped()
GKB29, KKB1 = SHIPPED.slice("GKB29"), SHIPPED.slice("KKB1")
SLICES = {"GKB29": GKB29, "KKB1": KKB1}
# A case whose people are told on the stroke of their team's opening; others follow within the minute.
ON_THE_STROKE = "case-30"

DAY_STEP, WORKING_DAY_STEP = "contact.first_contact", "discharge.ready_date"
# Answers that lead straight to the doctor's word, who has one working day for it.
TO_THE_DOCTOR: tuple[tuple[str, dict[str, e.OutcomeValue]], ...] = (
    ("contact.first_contact", {"result": "contacted"}),
    ("contact.consent_record", {"result": "given"}),
    ("contact.home_safety", {"result": "safe"}),
    ("assessment.life_survey", {"result": "complete"}),
    ("assessment.function_scale", {"result": "scored", "score": 100}),
    ("assessment.documents_check", {"result": "complete"}),
    ("assessment.needs_agree", {"result": "none"}),
)

# Rung after rung, by the wall clock of the hospital.
Typed = tuple[tuple[str, str], ...]
# Tuesday 9 June 2026: morning in Moscow, afternoon in Khabarovsk. Friday the 12th is Russia Day.
TUESDAY = datetime(2026, 6, 9, 7, 0, tzinfo=UTC)
# The same evening, when in Khabarovsk it is Wednesday.
LATE_ON_TUESDAY = datetime(2026, 6, 9, 14, 30, tzinfo=UTC)
ONE_WORKING_DAY: Typed = (
    ("amber", "2026-06-10 16:12"),
    ("breach", "2026-06-10 18:00"),
    ("grave", "2026-06-11 13:30"),
    ("centre", "2026-06-11 18:00"),
)
TYPED: tuple[tuple[str, datetime, str, Typed], ...] = (
    (
        "GKB29",
        TUESDAY,
        DAY_STEP,
        (  # 10:00 → 05:12 at night, 10:00, 22:00, 10:00
            ("amber", "2026-06-10 09:00"),
            ("breach", "2026-06-10 10:00"),
            ("grave", "2026-06-11 09:00"),
            ("centre", "2026-06-11 10:00"),
        ),
    ),
    (
        "KKB1",
        TUESDAY,
        DAY_STEP,
        (  # 17:00 → 12:12, 17:00, 05:00 at night, 17:00
            ("amber", "2026-06-10 12:12"),
            ("breach", "2026-06-10 17:00"),
            ("grave", "2026-06-11 09:00"),
            ("centre", "2026-06-11 17:00"),
        ),
    ),
    (
        "GKB29",
        LATE_ON_TUESDAY,
        DAY_STEP,
        (  # 17:30 → 12:42, 17:30, 05:30 at night, 17:30
            ("amber", "2026-06-10 12:42"),
            ("breach", "2026-06-10 17:30"),
            ("grave", "2026-06-11 09:00"),
            ("centre", "2026-06-11 17:30"),
        ),
    ),
    (
        "KKB1",
        LATE_ON_TUESDAY,
        DAY_STEP,
        (  # 00:30 → 19:42 and 00:30, put off to one opening; 12:30; 00:30 on the holiday, with a weekend after it
            ("breach", "2026-06-11 09:00"),
            ("grave", "2026-06-11 12:30"),
            ("centre", "2026-06-15 09:00"),
        ),
    ),
    ("GKB29", TUESDAY, WORKING_DAY_STEP, ONE_WORKING_DAY),
    ("KKB1", TUESDAY, WORKING_DAY_STEP, ONE_WORKING_DAY),
    ("GKB29", LATE_ON_TUESDAY, WORKING_DAY_STEP, ONE_WORKING_DAY),
    (
        "KKB1",
        LATE_ON_TUESDAY,
        WORKING_DAY_STEP,
        (
            ("amber", "2026-06-11 16:12"),
            ("breach", "2026-06-11 18:00"),
            ("grave", "2026-06-15 13:30"),
            ("centre", "2026-06-15 18:00"),
        ),
    ),
)
# A child without anybody, at 23:00 in Moscow, which is 06:00 of a holiday in Khabarovsk: first contact within 2 h.
AT_NIGHT = datetime(2026, 6, 11, 20, 0, tzinfo=UTC)
LONE_CHILD: tuple[tuple[str, Typed], ...] = (
    (
        "GKB29",
        (
            ("amber", "2026-06-12 00:36"),
            ("breach", "2026-06-12 01:00"),
            ("grave", "2026-06-12 02:00"),
            ("centre", "2026-06-12 03:00"),
        ),
    ),
    (
        "KKB1",
        (
            ("amber", "2026-06-12 07:36"),
            ("breach", "2026-06-12 08:00"),
            ("grave", "2026-06-12 09:00"),
            ("centre", "2026-06-12 10:00"),
        ),
    ),
)


@pytest.mark.parametrize(("hospital", "since", "name", "rungs"), TYPED)
async def test_typed_hours(hospital: str, since: datetime, name: str, rungs: Typed) -> None:
    """An untouched step climbs every rung once, to the minute by the hospital's wall clock, in the team's hours."""
    assert await climbs_untouched(hospital, since, name) == at_the_wall(hospital, rungs)


@pytest.mark.parametrize(("hospital", "rungs"), LONE_CHILD)
async def test_a_lone_child_cannot_wait_for_the_morning(hospital: str, rungs: Typed) -> None:
    """Of a child without anybody people are told at once, at night and on a holiday too."""
    flags = (Flag.CHILD_WITHOUT_CARER,)
    assert await climbs_untouched(hospital, AT_NIGHT, DAY_STEP, flags) == at_the_wall(hospital, rungs)


async def climbs_untouched(
    hospital: str, since: datetime, name: str, flags: tuple[Flag, ...] = ()
) -> list[tuple[str, datetime]]:
    """The rungs of a step that opens at this instant on the plain host, and when each was told."""
    start = started(ON_THE_STROKE, catalogue=SLICES[hospital])
    async with Simulation(start, since) as case:
        await case.send(command(admission(hospital=hospital, admitted_at=since, flags=flags), HIS))
        for step, outcome in TO_THE_DOCTOR if name == WORKING_DAY_STEP else ():
            await case.send(command(c.Complete(step_id=live(case.state)[step], outcome=outcome), OLGA))
        await case.advance(30 * DAY)
        return climbed(case.journal, live(case.state)[name], urgent=bool(flags))


def at_the_wall(hospital: str, rungs: Typed) -> list[tuple[str, datetime]]:
    """What was typed, as instants."""
    return [(rung, datetime.fromisoformat(wall).replace(tzinfo=ZONES[hospital])) for rung, wall in rungs]


def climbed(
    journal: Sequence[e.Event], step_id: str, *, owner: Actor | None = None, urgent: bool = False
) -> list[tuple[str, datetime]]:
    """The rungs of a step, each told once, at once, and to whom it has to be."""
    rungs = [each.body for each in journal if isinstance(each.body, e.StepEscalated) and each.body.step_id == step_id]
    told = [each for each in journal if isinstance(each.body, e.PeopleTold) and each.body.about == step_id]
    step = next(each.body for each in journal if isinstance(each.body, e.StepOpened) and each.body.step_id == step_id)
    whom = {
        "amber": (step.role, owner.user if owner else None),
        "breach": (Role.SUPERVISOR, None),
        "grave": (Role.HEAD, None),
        "centre": (Role.PLACEMENT, None),
    }
    found = []
    for rung, event in zip(rungs, told, strict=True):
        assert isinstance(event.body, e.PeopleTold)
        assert event.body.occasion == f"rung.{rung.rung}"
        assert (event.body.role, event.body.user) == whom[rung.rung]
        assert (event.body.tell_at, event.body.urgent) == (event.recorded_at, urgent)
        found.append((rung.rung, event.recorded_at))
    return found


# ---- counted apart ---------------------------------------------------------------------------------------------------

# An hour of every day and a day of every week, from before the New Year until after 8 March.
SOME_WINTER = [datetime(2025, 12, 20, 0, 30, tzinfo=UTC) + 67 * HOUR * number for number in range(30)]
# The server that skips time may go a little too far.
TOO_FAR = timedelta(minutes=1)


def counted(hospital: str, since: datetime, name: str) -> list[tuple[str, datetime]]:
    """The rungs of a step that opens at this instant."""
    after = after_a_working_day if name == WORKING_DAY_STEP else after_a_day
    return the_highest(after(since, ZONES[hospital]))


@pytest.mark.parametrize(("hospital", "since", "name", "rungs"), TYPED)
def test_the_count_gives_what_was_typed(hospital: str, since: datetime, name: str, rungs: Typed) -> None:
    """What the tests count gives the hours that were typed from the wall clocks."""
    assert counted(hospital, since, name) == at_the_wall(hospital, rungs)


@pytest.mark.parametrize("name", [DAY_STEP, WORKING_DAY_STEP])
@pytest.mark.parametrize("hospital", ["GKB29", "KKB1"])
async def test_counted_hours_all_winter(hospital: str, name: str) -> None:
    """Whenever it opens in a winter full of holidays, a step climbs its ladder at the hours that are counted."""
    for since in SOME_WINTER:
        assert await climbs_untouched(hospital, since, name) == counted(hospital, since, name), since


@pytest.mark.parametrize("hospital", ["GKB29", "KKB1"])
async def test_counted_hours_on_the_server(calm_ward: Ward, hospital: str) -> None:
    """Whenever the real server begins, untouched steps climb their ladders at the hours that are counted apart."""
    now = datetime.now(UTC)
    # Half past some hour, so that no rung is reached while a team opens or closes.
    since = now.replace(minute=30, second=0, microsecond=0) - (HOUR if now.minute < 30 else timedelta(0))
    day, working, child = (spread_alike(calm_ward, SLICES[hospital]) for _ in range(3))
    await asyncio.gather(
        comes_in(day, hospital, since),
        comes_in(working, hospital, since),
        comes_in(child, hospital, since, Flag.CHILD_WITHOUT_CARER),
    )
    for name, outcome in TO_THE_DOCTOR:
        await working.say(name, **outcome)
    owned = await day.step(DAY_STEP)
    await day.tell(c.Claim(step_id=owned), ANNA)
    states = await asyncio.gather(*(each.sleep(30 * DAY) for each in (day, working, child)))
    doctor = live(states[1])[WORKING_DAY_STEP]
    opened_at = states[1].steps[doctor].opened_at
    await on_time(day, climbed(day.journal, owned, owner=ANNA), counted(hospital, since, DAY_STEP))
    await on_time(working, climbed(working.journal, doctor), counted(hospital, opened_at, WORKING_DAY_STEP))
    await on_time(child, climbed(child.journal, live(states[2])[DAY_STEP], urgent=True), at_once(since))


async def comes_in(patient: Patient, hospital: str, since: datetime, *flags: Flag) -> None:
    await patient.admit(command(admission(hospital=hospital, admitted_at=since, flags=flags), HIS))


async def on_time(patient: Patient, found: list[tuple[str, datetime]], counted: list[tuple[str, datetime]]) -> None:
    """Each rung at its hour, or late only because the server's time went on past a timer that was set for that hour.

    A machine that stalls may have the server skip on to another case's timer before this one's is answered.
    """
    assert [rung for rung, _ in found] == [rung for rung, _ in counted]
    late = {at: told - at for (_, told), (_, at) in zip(found, counted, strict=True)}
    assert all(each >= timedelta(0) for each in late.values()), late
    if missed := [at for at, each in late.items() if each >= TOO_FAR]:
        asked = await asked_for(patient)
        assert all(any(abs(each - at) < TOO_FAR for each in asked) for at in missed), (late, asked)


async def asked_for(patient: Patient) -> list[datetime]:
    """The instants for which a journey had the server wake it."""
    history = await patient.handle.fetch_history()
    return [
        event.event_time.ToDatetime(UTC) + event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        for event in history.events
        if event.HasField("timer_started_event_attributes")
    ]
