"""Delay that is shared, terms in their own units, partners' answers, and the course of the weeks."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.kpi.counting import Days, before
from marshrut.domain import events as e
from marshrut.domain.clock import Basis, Pause, Term, Unit, compute
from marshrut.domain.delay import Delay, DelayedDay, Held, delay, delay_of
from marshrut.domain.evolve import evolve, fold
from marshrut.domain.kpi import Answers, Figures, Pace, Period, Timed, facts_of, figures
from marshrut.domain.kpi.facts import micros, read, text_of
from marshrut.domain.kpi.figures import UNEXPLAINED, apportioned, percentile
from marshrut.domain.kpi.tally import delayed
from marshrut.domain.kpi.weeks import FEWEST, MOST, WEEK, Course, weeks
from marshrut.domain.kpi.worked import Worked
from marshrut.domain.state import Answer, CaseState, Step, StepState
from marshrut.domain.words import ItemKind, Report
from tests.domain.test_kpi import LATER, case, done, item, of, referral
from tests.fixtures.cases import DAY, HOUR, NOON
from tests.fixtures.cases import event as told
from tests.fixtures.shipped import shipped
from tests.fixtures.stuck import journals, opened

MOSCOW = ZoneInfo("Europe/Moscow")
SLICE = shipped().slice("GKB29")
WORKED = Worked(SLICE.timetables, SLICE.calendars, NOON, LATER)
PASSPORT, BED = Held("passport", "migration_police"), Held("no_place", "institution")


def day(number: int, *held: Held) -> DelayedDay:
    return DelayedDay(date(2026, 3, number), held)


def late(*days: DelayedDay) -> Delay:
    return Delay(NOON, None, days)


def test_a_day_with_two_reasons_is_shared_and_the_shares_add_up_to_the_days() -> None:
    """Half for each; a day that nobody explained stands by itself; by reason and party each still counts whole."""
    found = delayed(late(day(3, PASSPORT), day(4, PASSPORT, BED), day(5)), date(2026, 3, 1), date(2026, 4, 1))
    assert found.delay_shares == {PASSPORT: Fraction(3, 2), BED: Fraction(1, 2), UNEXPLAINED: 1}
    assert sum(found.delay_shares.values()) == found.delayed_days == 3
    assert found.delay_reasons == {"passport": 2, "no_place": 1}


@given(st.lists(st.lists(st.sampled_from([PASSPORT, BED, Held("c", "d"), Held("e", "f")]), unique=True), max_size=28))
def test_rounded_shares_still_add_up(days: list[list[Held]]) -> None:
    """However days are shared, what is shown adds up to them, to the day and to the hundredth."""
    found = delayed(late(*(day(n, *held) for n, held in enumerate(days, 1))), date(2026, 3, 1), date(2026, 4, 1))
    for digits in (0, 2):
        shown = apportioned(found.delay_shares, digits)
        assert sum(shown.values()) == len(days)
        assert all(abs(shown[held] - share) < Fraction(1, 10**digits) for held, share in found.delay_shares.items())


def timed(term: Term, took: timedelta, *, open_still: bool = False, **changes: Any) -> Step:
    """A step that began at noon on Monday, 2 March 2026 and took so long."""
    made = done("a.b", due_at=NOON + DAY, at=NOON + took, **changes)
    assert made.clock is not None
    team = SLICE.timetables["team"]
    basis = Basis(team, SLICE.calendars[str(team.calendar)], made.pauses)
    clock = made.clock.model_copy(update={"term": term, "extension": None, "times": compute(term, None, NOON, basis)})
    still: dict[str, Any] = {"state": StepState.OPEN, "occurred_at": None} if open_still else {}
    return made.but(clock=clock, **still)


def spent(step: Step, now: datetime = LATER) -> dict[int, int]:
    found = figures(case(step), Period(NOON, LATER), now, WORKED)
    (known,) = found.paces.values()
    return dict(known.spent)


@pytest.mark.parametrize(
    ("term", "took", "hundredths"),
    [
        (Term(amount=24, unit=Unit.HOURS), 9 * HOUR, 900),
        (Term(amount=90, unit=Unit.MINUTES), HOUR, 6000),
        (Term(amount=5, unit=Unit.DAYS), 36 * HOUR, 150),
        # Noon is 15:00 in Moscow; the day itself does not count, and the team is there from 9 to 18.
        (Term(amount=5, unit=Unit.WORKING_DAYS), 3 * HOUR, 0),
        (Term(amount=5, unit=Unit.WORKING_DAYS), DAY + 3 * HOUR, 100),
        (Term(amount=8, unit=Unit.WORKING_HOURS), 2 * HOUR, 200),
        # Friday noon to Monday 9:00, the day after a public holiday: nothing was worked.
        (Term(amount=8, unit=Unit.WORKING_DAYS), 4 * DAY + 3 * HOUR, 400),
        (Term(amount=8, unit=Unit.WORKING_DAYS), 7 * DAY, 400),
    ],
)
def test_how_long_a_step_took_is_told_in_the_unit_of_its_term(term: Term, took: timedelta, hundredths: int) -> None:
    """Hours and days as they pass, or as they are worked: weekends and public holidays (9 March) do not count."""
    assert spent(timed(term, took)) == {hundredths: 1}


@given(st.sampled_from(list(Unit)), st.integers(1, 9))
def test_a_step_that_is_done_when_it_is_due_took_its_term(unit: Unit, amount: int) -> None:
    """What a clock allows and what figures say that it took are one measure: at the due time exactly the term."""
    term = Term(amount=amount, unit=unit)
    step = timed(term, DAY)
    assert step.clock is not None
    found = spent(step.but(occurred_at=step.clock.times.due_at))
    assert found == {amount * 100: 1}


def test_a_pause_does_not_count_while_it_lasts() -> None:
    """What is done in a pause of the case took no longer before the pause ends than after it."""
    step = timed(Term(amount=24, unit=Unit.HOURS), 9 * HOUR)
    since = NOON + 5 * HOUR
    for changes in ({"paused_since": since}, {"pauses": (Pause(since=since, until=NOON + DAY),)}):
        (known,) = figures(case(step, **changes), Period(NOON, LATER), LATER, WORKED).paces.values()
        assert known.spent == {500: 1}


def test_a_pause_does_not_count() -> None:
    """The time of a pause, of the step or the case, is taken out once, however many stand over it."""
    pause = Pause(since=NOON + HOUR, until=NOON + 3 * HOUR)
    step = timed(Term(amount=24, unit=Unit.HOURS), 9 * HOUR, pauses=(pause,))
    twice = case(step, pauses=(Pause(since=NOON + 2 * HOUR, until=NOON + 4 * HOUR),))
    (known,) = figures(twice, Period(NOON, LATER), LATER, WORKED).paces.values()
    assert known.spent == {600: 1}


def test_what_is_late_and_still_open_counts_with_what_it_has_taken() -> None:
    """It is missed, told apart, and its time runs on; what is open in time is not there at all."""
    step = timed(Term(amount=24, unit=Unit.HOURS), DAY, open_still=True)
    found = figures(case(step), Period(NOON, LATER), NOON + 30 * HOUR, WORKED)
    assert found.paces == {Pace("a.b", 24, "h"): Timed(missed=1, late_open=1, spent={3000: 1})}
    assert figures(case(step), Period(NOON, LATER), NOON + 20 * HOUR, WORKED).paces == {}


@pytest.mark.parametrize(
    ("spread", "p50", "p90"), [({}, None, None), ({7: 1}, 7, 7), ({1: 5, 9: 5}, 1, 9), ({1: 9, 5: 1}, 1, 1)]
)
def test_percentiles_are_values_that_were_there(spread: dict[int, int], p50: int | None, p90: int | None) -> None:
    """The nearest rank: no value is made up between two."""
    assert (percentile(spread, 50), percentile(spread, 90)) == (p50, p90)


def answered(answer: Answer | None, status: str = "accepted") -> CaseState:
    asked: dict[str, Any] = {"answer": answer, "expires_at": NOON + 2 * DAY if answer is None else None}
    return case(items=(referral(status, partner="school").but(**asked),))


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (None, Answers(asked=1)),
        (Answer(status="accepted", at=NOON + DAY, due_at=NOON + 2 * DAY), Answers(1, 1, 1, 0, {66: 1})),
        (Answer(status="declined", at=NOON + 3 * DAY, due_at=NOON + 2 * DAY), Answers(1, 1, 0, 0, {266: 1})),
        (Answer(status="declined", at=NOON + 2 * DAY, due_at=NOON + 2 * DAY, silent=True), Answers(1, 0, 0, 1)),
    ],
    ids=["waiting", "in_time", "too_late", "silent"],
)
def test_a_partner_answers_in_time_late_or_never(answer: Answer | None, counts: Answers) -> None:
    """A yes and a no are answers; silence is none, and who still may answer is asked only."""
    state = answered(answer, "requested" if answer is None else "accepted")
    found = figures(state, Period(NOON, LATER), LATER, WORKED)
    assert found.answers == {("home_care", "school"): counts}


def test_what_we_take_back_was_never_asked() -> None:
    """A referral that is recalled before an answer is the partner's neither way."""
    assert of(answered(Answer(status="recalled", at=NOON + DAY), "recalled")).answers == {}


def test_the_first_answer_is_kept() -> None:
    """Whatever becomes of a referral later, what the partner said first and when stands in the case; silence too."""
    added = e.ItemAdded(
        item_id="r", item=ItemKind.REFERRAL, name="home_care", status="requested", expires_at=NOON + DAY
    )
    state = fold("case", [told(1, opened()), told(2, added)])
    accepted = evolve(state, told(3, e.ItemMoved(item_id="r", status="accepted"), NOON + HOUR, command_id="c"))
    after = evolve(accepted, told(4, e.ItemMoved(item_id="r", status="done"), NOON + 9 * DAY, command_id="d"))
    assert after.items["r"].answer == Answer(status="accepted", at=NOON + HOUR, due_at=NOON + DAY)
    silent = evolve(state, told(3, e.ItemMoved(item_id="r", status="declined"), NOON + DAY))
    assert silent.items["r"].answer == Answer(status="declined", at=NOON + DAY, due_at=NOON + DAY, silent=True)
    by_phone = evolve(state, told(3, e.ItemMoved(item_id="r", status="declined", key="k"), NOON + DAY))
    assert by_phone.items["r"].answer == Answer(status="declined", at=NOON + DAY, due_at=NOON + DAY)


def test_social_readiness_counts_from_the_admission() -> None:
    """Days from admission until every arrangement is made and the barriers are cleared."""
    review = done("discharge.barrier_review", "clear", at=NOON + 3 * DAY)
    state = case(review, items=(item(ItemKind.ARRANGEMENT, "arranged", moved_at=NOON + 4 * DAY),), admitted_at=NOON)
    assert of(state).ready == {400: 1}
    assert of(case(review, items=(item(ItemKind.ARRANGEMENT, "needed"),), admitted_at=NOON)).ready == {}


@given(journals("case"))
def test_a_record_of_a_case_is_read_as_it_was_written(journal: list[e.Event]) -> None:
    """What the read model keeps says of figures and delays all that the case would say itself."""
    state = fold("case", journal)
    facts = read(text_of(facts_of(state)))
    assert facts == facts_of(state)
    if facts.stay is not None and facts.via != "enquiry":
        assert delay_of(facts.stay, MOSCOW, LATER, paused_days=False) == delay(state, MOSCOW, LATER, paused_days=False)


TODAY = date(2026, 3, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("since", "until", "first", "count"),
    [
        ("2026-02-01", "2026-03-01", "2025-12-01", FEWEST),
        ("2026-03-01", "2026-04-01", "2025-12-22", FEWEST),
        ("2025-09-01", "2026-03-01", "2025-09-01", 25),
        ("2016-01-01", "2026-03-01", "2025-02-17", MOST),
    ],
)
def test_weeks_are_those_of_the_period_that_are_over(since: str, until: str, first: str, count: int) -> None:
    """At least twelve, at most a year; the last one ended before today and before the period's end."""
    found = weeks(date.fromisoformat(since), date.fromisoformat(until), TODAY)
    assert (found[0], len(found)) == (date.fromisoformat(first), count)
    assert all(day.weekday() == 0 for day in found)
    assert found[-1] + WEEK <= min(TODAY, date.fromisoformat(until))


def test_a_week_counts_what_happened_in_it() -> None:
    """Discharges, delayed days, readiness and answers each stand in the week of their own instant."""
    firsts = [date(2026, 3, 2), date(2026, 3, 9)]
    course = Course(firsts, MOSCOW)
    answer = Answer(status="accepted", at=NOON + DAY, due_at=NOON + 2 * DAY)
    state = answered(answer).but(reports={Report.MEDICALLY_READY: NOON, Report.DISCHARGED: NOON + 8 * DAY})
    course.case(facts_of(state), delay(state, MOSCOW, LATER, paused_days=False))
    first, second = course.weeks()
    assert (first.delayed_days, first.discharged, first.settled, first.in_time) == (6, 0, 1, 1)
    assert (second.delayed_days, second.discharged, second.settled) == (2, 1, 0)
    both = first + second
    assert (both.delayed_days, both.discharged) == (8, 1)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-02-01", "2026-03-01", ("2026-01-01", "2026-02-01")),
        ("2026-01-01", "2026-03-01", ("2025-11-01", "2026-01-01")),
        ("2026-02-03", "2026-02-10", ("2026-01-27", "2026-02-03")),
        ("2026-03-01", "2026-04-01", ("2026-02-01", "2026-02-18")),
        ("2026-03-18", "2026-03-25", ("2026-03-11", "2026-03-12")),
    ],
    ids=["a month", "two months", "a week", "a month that runs", "today"],
)
def test_a_period_is_compared_with_as_much_of_the_one_before(since: str, until: str, expected: tuple[str, str]) -> None:
    """Months against months, else as many days; of a period that runs, the days that are gone."""
    found = before(Days(date.fromisoformat(since), date.fromisoformat(until)), TODAY)
    assert found == Days(*map(date.fromisoformat, expected))


def test_instants_are_exact() -> None:
    """No microsecond is lost between an instant and its number."""
    at = datetime(2026, 3, 2, 12, 0, 0, 123457, MOSCOW)
    assert micros(at) - micros(at.replace(microsecond=0)) == 123457
    assert Figures().people == frozenset()
