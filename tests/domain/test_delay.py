"""Delays counted by hand: which days, and what each of them was for."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from marshrut.domain import events as e
from marshrut.domain.delay import Delay, delay
from marshrut.domain.evolve import fold
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Report, Role
from tests.fixtures.cases import event

MOSCOW, VLADIVOSTOK = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Vladivostok")
Told = tuple[str, e.Body]


def moscow(at: str) -> datetime:
    """`03 14:30` of March 2026, by Moscow's clock."""
    day, hour = at.split()
    return datetime.fromisoformat(f"2026-03-{day}T{hour}:00+03:00")


def case(*told: Told) -> CaseState:
    """A case of the first of March, and what happened at which times."""
    opened = e.CaseOpened(
        hospital="h", person="p", admitted_at=moscow("01 12:00"), emergency=True, procedure=2, catalogue="t"
    )
    step = e.StepOpened(
        step_id="c.s", track="services", name="care_start", role=Role.COORDINATOR, mandatory=True, clock=None
    )
    bodies: Sequence[Told] = (("01 12:00", opened), ("01 12:00", step), *told)
    return fold("c", [event(number, body, moscow(at)) for number, (at, body) in enumerate(bodies, start=1)])


def reported(at: str, report: Report) -> Told:
    return at, e.Reported(report=report)


def blocked(at: str, reason: str, responsible: str, block: str = "b") -> Told:
    stands = e.StepBlocked(
        step_id="c.s", block_id=block, reason=reason, responsible=responsible, since=moscow(at), pauses=False
    )
    return at, stands


def unblocked(at: str, block: str = "b") -> Told:
    return at, e.StepUnblocked(step_id="c.s", block_id=block)


READY = reported("02 14:00", Report.MEDICALLY_READY)
LEFT = reported("06 11:00", Report.DISCHARGED)


def known(*told: Told, now: str = "20 12:00", zone: ZoneInfo = MOSCOW, paused_days: bool = False) -> Delay:
    """The delay, which there is."""
    found = delay(case(*told), zone, moscow(now), paused_days=paused_days)
    assert found is not None
    return found


def days(found: Delay) -> dict[int, str]:
    """Each day of March with its reasons."""
    return {day.date.day: " ".join(held.reason for held in day.reasons) for day in found.days}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("02 14:00", []),
        ("02 23:59", []),
        ("03 00:00", [3]),
        ("03 23:59", [3]),
        ("04 00:00", [3, 4]),
        ("05 09:00", [3, 4, 5]),
    ],
)
def test_days_begin_with_the_midnight_after_readiness(now: str, expected: list[int]) -> None:
    """Ready at two in the afternoon: nothing is lost that day, and from then on a day with each midnight."""
    assert list(days(known(READY, now=now))) == expected


def test_the_midnight_is_the_hospitals() -> None:
    """At 17:30 in Moscow it is past midnight in Vladivostok: the same instants are days apart there."""
    ready, now = reported("02 17:30", Report.MEDICALLY_READY), "03 16:30"
    assert list(days(known(ready, now=now))) == [3]
    assert list(days(known(ready, now=now, zone=VLADIVOSTOK))) == []
    assert list(days(known(ready, now="03 17:00", zone=VLADIVOSTOK))) == [4]


def test_it_ends_when_the_patient_leaves() -> None:
    """On the sixth at eleven: days three to six, however late somebody asks; who died waits no longer either."""
    found = known(READY, LEFT)
    assert (list(days(found)), found.until) == ([3, 4, 5, 6], moscow("06 11:00"))
    died = known(READY, ("04 10:00", e.CaseClosed(ending=Ending.DIED)))
    assert list(days(died)) == [3, 4]


@pytest.mark.parametrize(
    ("track", "step", "result"),
    [
        ("discharge", "escort_home", "delivered"),
        ("discharge", "arrival_confirm", "confirmed"),
        ("placement", "transfer_arrival", "arrived"),
    ],
)
def test_whoever_brought_the_patient_away_says_so_too(track: str, step: str, result: str) -> None:
    """Where the hospital reports no discharge, the escort's or the receiver's word ends the delay."""
    opened = e.StepOpened(step_id="c.a", track=track, name=step, role=Role.COORDINATOR, mandatory=True, clock=None)
    told = (READY, ("05 09:00", opened), ("05 10:00", e.StepCompleted(step_id="c.a", outcome={"result": result})))
    assert known(*told).until == moscow("05 10:00")
    failed = (READY, ("05 09:00", opened), ("05 10:00", e.StepCompleted(step_id="c.a", outcome={"result": "failed"})))
    assert known(*failed).until is None


def test_a_discharge_that_was_cancelled_was_none() -> None:
    """Brought back on the same day, the patient has been in the ward all the time."""
    back = reported("05 15:00", Report.DISCHARGE_CANCELLED)
    assert list(days(known(READY, reported("04 11:00", Report.DISCHARGED), back, now="06 12:00"))) == [3, 4, 5, 6]


def test_a_day_has_every_reason_that_stood_on_it() -> None:
    """Two reasons overlap on two days; one that came and went within a day is that day's; others have none."""
    found = known(
        READY,
        blocked("02 15:00", "housing", "housing"),
        unblocked("04 10:00"),
        blocked("04 09:00", "home_care", "care_provider", "c"),
        blocked("05 08:00", "funding", "social_fund", "d"),
        unblocked("05 09:00", "d"),
        unblocked("05 23:00", "c"),
        reported("08 11:00", Report.DISCHARGED),
    )
    assert days(found) == {3: "housing", 4: "home_care housing", 5: "funding home_care", 6: "", 7: "", 8: ""}
    assert (len(found.days), found.unexplained) == (6, 3)
    assert found.by_reason == {"housing": 2, "home_care": 2, "funding": 1}
    assert found.by_party == {"housing": 2, "care_provider": 2, "social_fund": 1}


def test_a_reason_that_ended_at_midnight_is_not_of_the_next_day() -> None:
    """It stood until the day began and no longer; one that begins with the day is that day's."""
    found = known(
        READY,
        blocked("02 15:00", "housing", "housing"),
        unblocked("04 00:00"),
        blocked("05 00:00", "dispute", "service", "c"),
        now="05 12:00",
    )
    assert days(found) == {3: "housing", 4: "", 5: "dispute"}


def test_two_reasons_of_one_party_are_one_day_of_theirs() -> None:
    """A day counts for each reason, for each party, and once in the total."""
    found = known(
        READY,
        blocked("02 15:00", "funding", "social_fund"),
        blocked("02 15:00", "equipment", "social_fund", "c"),
        now="03 12:00",
    )
    assert (found.by_reason, found.by_party) == ({"equipment": 1, "funding": 1}, {"social_fund": 1})
    assert (len(found.days), found.unexplained) == (1, 0)


def test_a_reason_ends_with_its_step() -> None:
    """What a step waited for that was withdrawn stands in nobody's way any more."""
    gone = ("04 12:00", e.StepCancelled(step_id="c.s", reason="withdrawn"))
    found = known(READY, blocked("02 15:00", "housing", "housing"), gone, now="05 12:00")
    assert days(found) == {3: "housing", 4: "housing", 5: ""}


def test_midnights_of_a_pause_count_only_where_the_catalogue_says_so() -> None:
    """Intensive care from the third in the evening to the fifth in the morning: the fourth and the fifth are none."""
    told = (READY, reported("03 20:00", Report.PAUSED), reported("05 08:00", Report.RESUMED), LEFT)
    assert list(days(known(*told))) == [3, 6]
    assert list(days(known(*told, paused_days=True))) == [3, 4, 5, 6]
    assert list(days(known(*told[:2], now="08 12:00"))) == [3]


def test_nobody_ready_is_delayed() -> None:
    """Without readiness there is no delay, nor once the doctor takes it back; the earlier of two words counts."""
    now = moscow("09 12:00")
    assert delay(case(), MOSCOW, now, paused_days=False) is None

    def answered(at: str, key: str, **outcome: str) -> tuple[Told, Told]:
        opened = e.StepOpened(
            step_id=f"c.{key}", track="discharge", name="ready_date", role=Role.DOCTOR, mandatory=True, clock=None
        )
        return (at, opened), (at, e.StepCompleted(step_id=f"c.{key}", outcome=dict(outcome)))

    said = answered("03 10:00", "a", result="date")
    assert list(days(known(*said, now="05 12:00"))) == [4, 5]
    assert delay(case(*said, *answered("04 10:00", "b", result="not_ready")), MOSCOW, now, paused_days=False) is None
    earlier = answered("05 10:00", "a", result="date", ready_at=moscow("03 10:00").isoformat())
    assert list(days(known(*earlier, now="05 12:00"))) == [4, 5]


def test_the_same_words_in_another_order_are_the_same_delay() -> None:
    """A reason told late counts from when it stood."""
    late = e.StepBlocked(
        step_id="c.s", block_id="b", reason="housing", responsible="housing", since=moscow("03 09:00"), pauses=False
    )
    found = known(READY, ("05 12:00", late), now="05 12:00")
    assert days(found) == {3: "housing", 4: "housing", 5: "housing"}
