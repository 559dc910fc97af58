"""Whatever happens to a case, and in whatever order it is told, its clock is the one of the final facts."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.calendar import Calendar, Timetable
from marshrut.domain.clock import Basis, Clock, Extension, Pause, Term, Times, compute
from marshrut.domain.decide import SKEW
from marshrut.domain.evolve import fold
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import start_of
from marshrut.domain.state import Step, StepState
from marshrut.domain.words import Report, Role
from tests.domain.clocks.drawn import DAY, MINUTE, MONDAY, SETTINGS, calendars, terms, timetables
from tests.domain.clocks.world import ANNA, RU, STEP, Story, at, newer, slice_of, wall

HOUR = timedelta(hours=1)


@dataclass
class Facts:
    """What is true in the end, kept beside the case and never asked of it."""

    start: datetime
    calendar: Calendar
    pauses: list[Pause] = field(default_factory=list)
    extension: Extension | None = None
    case_since: datetime | None = None
    block_since: dict[str, datetime] = field(default_factory=dict)

    def times(self, term: Term | None, table: Timetable) -> Times:
        return compute(term, self.extension, self.start, Basis(table, self.calendar, tuple(self.pauses)))


# What happens, how long after the last thing, and how long before now it was so.
MOVES = st.tuples(
    st.sampled_from(("pause", "resume", "block", "unblock", "extend", "start", "calendar")),
    st.integers(0, 3 * 24 * 60),
    st.integers(0, 4 * 24 * 60),
    st.sampled_from(("medical", "legal", "passport")),
)
FEWER = settings(SETTINGS, max_examples=max(150, settings().max_examples))


@given(terms, timetables(), st.lists(calendars(), min_size=4, max_size=4), st.lists(MOVES, max_size=14))
@FEWER
def test_no_clock_drifts(
    term: Term, table: Timetable, drawn: list[Calendar], moves: list[tuple[str, int, int, str]]
) -> None:
    """After any pauses, extensions, starts and calendars the clock is the one computed once from the final facts.

    And no event recomputes a clock to what it was.
    """
    catalogue = slice_of(f"{term.amount} {term.unit}", counts_from="medically_ready", table=table)
    first, *others = (each.model_copy(update={"version": str(number)}) for number, each in enumerate(drawn))
    catalogue = catalogue.model_copy(update={"calendars": {"ru": first}})
    story = Story(catalogue, MONDAY)
    now = MONDAY + 4 * DAY
    story.report(Report.MEDICALLY_READY, now, now - HOUR)
    story.open(now)
    facts = Facts(now - HOUR, first)
    for kind, wait, ago, reason in moves:
        now += wait * MINUTE
        before = story.times
        happen(story, facts, kind, now, max(MONDAY, now - ago * MINUTE), reason, others)
        assert story.times == facts.times(term, table)
        said = [each for each in story.said if isinstance(each.body, e.ClocksRecomputed) and each.recorded_at == now]
        assert wait == 0 or bool(said) == (story.times != before and kind != "extend")
    assert fold("case", story.said) == story.state


def happen(
    story: Story, facts: Facts, kind: str, now: datetime, when: datetime, reason: str, others: list[Calendar]
) -> None:
    try:
        match kind:
            case "pause":
                story.report(Report.PAUSED, now, when)
                facts.case_since = when
            case "resume":
                story.report(Report.RESUMED, now, when)
                assert facts.case_since is not None
                facts.pauses.append(Pause(since=facts.case_since, until=when))
                facts.case_since = None
            case "block":
                story.tell(c.AddBlock(step_id=STEP, reason=reason, responsible="patient", since=when), now)
                facts.block_since[reason] = when
            case "unblock":
                story.tell(c.Unblock(step_id=STEP, reason=reason), now, when)
                since = facts.block_since.pop(reason)
                if reason != "passport":
                    facts.pauses.append(Pause(since=min(since, when), until=when))
            case "extend":
                due_at = max(story.times.due_at, now) + (now - when) + MINUTE
                story.extend(due_at, now)
                facts.extension = Extension(at=now, due_at=due_at)
            case "start":
                story.report(Report.MEDICALLY_READY, now, when)
                facts.start = when
            case _:
                if others:
                    facts.calendar = others.pop()
                    story.replace(facts.calendar, now)
    except Refused:
        return


def told(length: str = "5 wd") -> Story:
    story = Story(slice_of(length), at("2025-10-27 10:00"))
    story.open(at("2025-10-29 14:10"))
    return story


STAYS = [
    (at("2025-10-30 10:00"), at("2025-10-30 12:00")),
    (at("2025-10-30 19:20"), at("2025-11-01 08:10")),
    (at("2025-10-30 10:00"), at("2025-11-05 12:00")),
]


@pytest.mark.parametrize(("since", "until"), STAYS)
def test_a_pause_told_late_is_a_pause_told_in_time(since: datetime, until: datetime) -> None:
    """A pause of the case, or by a reason, moves the clock alike, told as it happens or days later."""
    live, late, by_reason, late_reason = told(), told(), told(), told()
    live.pause(since, until)
    late.pause(since, until, now=until + 3 * DAY)
    by_reason.block(since, until)
    late_reason.block(since, until, now=until + 3 * DAY)
    assert live.times == late.times == by_reason.times == late_reason.times != told().times


def test_a_message_three_days_late_counts_from_when_it_was_so() -> None:
    """Who enters on Monday what was so on Friday gets the clock of Friday."""
    story = Story(slice_of("2 wd", counts_from="medically_ready"), at("2025-10-27 10:00"))
    story.report(Report.MEDICALLY_READY, at("2025-10-31 15:00"), at("2025-10-28 15:00"))
    step = story.open(at("2025-10-31 15:00"))
    assert (story.times.started_at, wall(story.times.due_at)) == (at("2025-10-28 15:00"), "2025-10-30 18:00")
    assert step.opened_at == at("2025-10-31 15:00")


def test_reasons_that_stand_together_stop_the_clock_together() -> None:
    """Of overlapping reasons all of the time is taken, whichever ends first; one that stops no clock takes nothing."""
    story, expected = told("20 wh"), told("20 wh")
    for reason, since in (("medical", "10:00"), ("legal", "11:00"), ("passport", "09:00")):
        moment = at(f"2025-10-30 {since}")
        story.tell(c.AddBlock(step_id=STEP, reason=reason, responsible="patient", since=moment), moment)
    for reason, until in (("medical", "12:00"), ("legal", "13:00"), ("passport", "17:00")):
        story.tell(c.Unblock(step_id=STEP, reason=reason), at(f"2025-10-30 {until}"))
    expected.pause(at("2025-10-30 10:00"), at("2025-10-30 13:00"))
    assert story.times == expected.times
    assert not story.step.stands_still


def test_a_case_and_a_reason_that_pause_together_count_once() -> None:
    """Time for which both the case and its step stood still is taken once."""
    story, expected = told("20 wh"), told("20 wh")
    story.report(Report.PAUSED, at("2025-10-30 10:00"))
    story.block(at("2025-10-30 11:00"), at("2025-10-30 12:00"))
    story.report(Report.RESUMED, at("2025-10-30 13:00"))
    expected.pause(at("2025-10-30 10:00"), at("2025-10-30 13:00"))
    assert story.times == expected.times


def test_an_extension_is_exact_and_says_so_for_good() -> None:
    """What a senior said is the due time, in open hours or not; only a pause after it comes on top."""
    story = told()
    said, now = at("2025-11-08 03:17"), at("2025-10-31 12:00")
    story.pause(at("2025-10-30 10:00"), at("2025-10-30 12:00"))
    story.extend(said, now)
    assert story.times.due_at == said
    story.replace(newer(RU, "2", date(2025, 11, 6), date(2025, 11, 7)), now + HOUR)
    assert story.times.due_at == said
    story.pause(at("2025-10-31 10:00"), at("2025-10-31 11:00"), now=now + 2 * HOUR)  # before it was said
    assert story.times.due_at == said
    story.pause(at("2025-11-01 10:00"), at("2025-11-01 11:00"))
    assert wall(story.times.due_at) == "2025-11-10 10:00"


def test_a_pause_by_a_clock_that_runs_fast_leaves_an_extension_exact() -> None:
    """A pause whose end was told as a few minutes from now ends now: what is said next is not moved by it, ever."""
    story = told()
    now = at("2025-10-30 12:00")
    story.report(Report.PAUSED, now - HOUR)
    story.report(Report.RESUMED, now, now + SKEW)
    story.block(now - HOUR, now + SKEW, now=now)
    said = at("2025-11-10 12:00")
    story.extend(said, now)
    story.pause(now + DAY, now + DAY)
    assert story.times.due_at == said
    assert all(each.until <= now for each in story.state.pauses[:1] + story.step.pauses)


def test_a_new_calendar_moves_the_clock_by_its_days() -> None:
    """A day that is declared off moves what is due on or after it, and the event names exactly what moved."""
    story = told()
    assert wall(story.times.due_at) == "2025-11-06 18:00"
    (replaced, recomputed) = story.replace(newer(RU, "2", date(2025, 11, 5)), at("2025-10-30 10:00"))
    assert isinstance(replaced, e.CalendarReplaced)
    assert isinstance(recomputed, e.ClocksRecomputed)
    assert list(recomputed.times) == [STEP]
    assert wall(story.times.due_at) == "2025-11-07 16:45"


def test_what_changes_nothing_says_nothing() -> None:
    """A pause at night, a reason that stops no clock, a far calendar day, the same report: no clock is recomputed."""
    story = told()
    night = at("2025-10-30 20:00"), at("2025-10-31 05:00")
    story.pause(*night)
    story.block(*night)
    story.block(at("2025-10-31 10:00"), at("2025-10-31 12:00"), reason="passport")
    story.replace(newer(RU, "2", date(2026, 7, 1)), at("2025-10-31 13:00"))
    story.report(Report.MEDICALLY_READY, at("2025-10-31 14:00"))
    assert not [each for each in story.said if isinstance(each.body, e.ClocksRecomputed)]


def test_an_ad_hoc_step_that_was_entered_late_keeps_its_clock() -> None:
    """A step that says it began earlier counts from then at once, and a later recount finds nothing to change."""
    story = told()
    now, due_at = at("2025-10-30 12:00"), at("2025-10-31 12:00")
    (opened,) = story.tell(c.AddStep(role=Role.COORDINATOR, due_at=due_at), now, now - 6 * HOUR, actor=ANNA)
    assert isinstance(opened, e.StepOpened)
    assert opened.clock is not None
    assert (opened.clock.times.started_at, opened.clock.times.due_at) == (now - 6 * HOUR, due_at)
    story.pause(at("2025-10-30 20:00"), at("2025-10-30 20:00"))
    assert story.state.steps[opened.step_id].clock == opened.clock


def test_a_cancelled_steps_pause_is_kept() -> None:
    """When a step is cancelled, or its case ends, while it stands still, how long it did so is still known."""
    since, end = at("2025-10-30 10:00"), at("2025-10-30 15:00")
    story = told()
    story.report(Report.PAUSED, since)
    story.tell(c.AddBlock(step_id=STEP, reason="legal", responsible="patient"), since)
    story.report(Report.DIED, end)
    assert story.step.pauses == (Pause(since=since, until=end, reason="legal"),)
    assert story.state.pauses == (Pause(since=since, until=end),)
    assert story.state.paused_since is None


def done_step(name: str, ended_at: datetime, occurred_at: datetime) -> Step:
    return Step(
        step_id=f"case.papers.passport.{name}",
        track="papers",
        name="passport",
        role=Role.COORDINATOR,
        mandatory=True,
        state=StepState.DONE,
        opened_at=MONDAY,
        clock=None,
        outcome={"result": "done"},
        occurred_at=occurred_at,
        ended_at=ended_at,
    )


def test_a_clock_counts_from_the_last_outcome_before_it() -> None:
    """A clock that counts from a step takes the outcome told last; the step done once more later leaves it as it is."""
    story = Story(slice_of("5 wd", counts_from="papers.passport"), MONDAY)
    late = done_step("b", MONDAY + 4 * DAY, MONDAY + 3 * DAY)
    early = done_step("a", MONDAY + 2 * DAY, MONDAY + DAY)
    story.state = story.state.but(steps={each.step_id: each for each in (late, early)})
    story.open(MONDAY + 5 * DAY)
    assert story.times.started_at == MONDAY + 3 * DAY
    again = done_step("c", MONDAY + 6 * DAY, MONDAY + 6 * DAY)
    before, story.state = story.times, story.state.but(steps={**story.state.steps, again.step_id: again})
    story.pause(MONDAY + 6 * DAY, MONDAY + 6 * DAY)
    assert story.times == before


def test_where_a_clock_may_count_from() -> None:
    """The opening, the admission, a report: each as it is known, else the opening."""
    story = Story(slice_of(), MONDAY)
    opened_at = MONDAY + DAY
    story.report(Report.DISCHARGED, opened_at, MONDAY + HOUR)
    starts = {name: start_of(name, story.state, opened_at) for name in ("opening", "admission", "discharged", "left")}
    assert starts == {
        "opening": opened_at,
        "admission": MONDAY,
        "discharged": MONDAY + HOUR,
        "left": opened_at,
    }


def test_a_clock_needs_something_to_be_due_by() -> None:
    """A clock with neither a term nor a due time cannot be computed."""
    story = told()
    assert isinstance(story.step.clock, Clock)
    with pytest.raises(ValueError, match="a term or a due time"):
        compute(None, None, MONDAY, story.catalogue.basis(story.state, "team"))
