"""What holds of every clock, whatever its term, timetable, calendar and pauses."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from marshrut.domain.calendar import Schedule, Timetable
from marshrut.domain.clock import (
    NOTHING,
    Basis,
    Clock,
    Extension,
    Pause,
    Term,
    at_percent,
    budget,
    compute,
    counts_since,
    reach,
    spent,
)
from marshrut.domain.ladder import SPREAD_S, climbs
from tests.domain.clocks.drawn import MINUTE, MONTH, SETTINGS, bases, pauses, starts, terms, timetables
from tests.domain.clocks.world import LADDER

percents = st.lists(st.integers(1, 300), min_size=2, max_size=2).map(sorted)


def due(term: Term, start: datetime, on: Basis) -> datetime:
    return compute(term, None, start, on).due_at


def made(term: Term, start: datetime, on: Basis, extension: Extension | None = None) -> Clock:
    return Clock(
        term=term,
        counts_from="opening",
        timetable="team",
        ladder="standard",
        emergency=False,
        mark="S",
        times=compute(term, extension, start, on),
        extension=extension,
    )


@given(terms, starts, bases, pauses())
@SETTINGS
def test_a_pause_of_nothing_changes_nothing(term: Term, start: datetime, on: Basis, some: Pause) -> None:
    """A pause without length, or over hours that do not count, leaves the clock as it is."""
    empty = Pause(since=some.since, until=some.since)
    assert compute(term, None, start, replace(on, pauses=(*on.pauses, empty))) == compute(term, None, start, on)
    if spent(on.schedule(term), (), some.since, some.until) == NOTHING:
        assert compute(term, None, start, replace(on, pauses=(*on.pauses, some))) == compute(term, None, start, on)


@given(terms, starts, bases, st.randoms(use_true_random=False))
@SETTINGS
def test_pauses_come_in_any_order(term: Term, start: datetime, on: Basis, chance: Random) -> None:
    """In whatever order pauses are known, and however often one is told, the clock shows the same."""
    shuffled = [*on.pauses, *on.pauses[:1]]
    chance.shuffle(shuffled)
    assert compute(term, None, start, replace(on, pauses=tuple(shuffled))) == compute(term, None, start, on)


@given(terms, starts, bases, pauses(), st.integers(0, MONTH))
@SETTINGS
def test_a_pause_may_be_told_in_parts(term: Term, start: datetime, on: Basis, whole: Pause, cut: int) -> None:
    """A pause in two parts, apart or overlapping, is the pause in one."""
    middle = min(whole.since + cut * MINUTE, whole.until)
    parts = (Pause(since=middle, until=whole.until), Pause(since=whole.since, until=middle))
    over = (Pause(since=whole.since, until=min(middle + MINUTE, whole.until)), parts[0])
    expected = compute(term, None, start, replace(on, pauses=(*on.pauses, whole)))
    assert compute(term, None, start, replace(on, pauses=(*on.pauses, *parts))) == expected
    assert compute(term, None, start, replace(on, pauses=(*on.pauses, *over))) == expected


@given(terms, starts, bases, pauses())
@SETTINGS
def test_more_time_and_more_pauses_are_never_due_earlier(
    term: Term, start: datetime, on: Basis, another: Pause
) -> None:
    """A longer term, and one more pause, move the due time later or not at all."""
    longer = Term(amount=term.amount + 1, unit=term.unit)
    assert due(longer, start, on) > due(term, start, on)
    assert due(term, start, replace(on, pauses=(*on.pauses, another))) >= due(term, start, on)


@given(terms, starts, bases)
@SETTINGS
def test_all_of_the_budget_and_no_more_counts_until_due(term: Term, start: datetime, on: Basis) -> None:
    """Between the start and the due time exactly the budget has counted."""
    schedule, times = on.schedule(term), compute(term, None, start, on)
    since = counts_since(term, start, schedule)
    assert spent(schedule, on.pauses, since, times.due_at) == budget(term, start, schedule)
    assert spent(schedule, on.pauses, since, times.due_at - MINUTE) < budget(term, start, schedule)
    assert start < times.amber_at <= times.due_at


@given(starts, bases, st.booleans(), st.integers(0, MONTH // 3))
@SETTINGS
def test_reach_undoes_spent(start: datetime, on: Basis, working: bool, amount: int) -> None:
    """As much time as was asked for has counted when it is reached, and not a moment earlier."""
    schedule = Schedule(on.timetable, on.calendar, working=working)
    wanted = amount * MINUTE
    reached = reach(schedule, on.pauses, start, wanted)
    assert spent(schedule, on.pauses, start, reached) == wanted
    if amount:
        assert spent(schedule, on.pauses, start, reached - timedelta(microseconds=1)) < wanted


@given(terms, starts, timetables(), st.integers(1, 8))
@SETTINGS
def test_weeks_are_alike_without_a_calendar(term: Term, start: datetime, table: Timetable, weeks: int) -> None:
    """Started whole weeks later, a clock without a calendar is due as much later."""
    on = Basis(table, None)
    moved = weeks * timedelta(weeks=1)
    assert due(term, start + moved, on) == due(term, start, on) + moved


@given(terms, starts, bases, percents, st.none() | st.integers(1, MONTH))
@SETTINGS
def test_rungs_are_in_order(term: Term, start: datetime, on: Basis, percents: list[int], later: int | None) -> None:
    """A higher percent is never reached earlier, with an extension or without; people are told soon after."""
    said = None if later is None else Extension(at=start, due_at=due(term, start, on) + later * MINUTE)
    clock = made(term, start, on, said)
    low, high = percents
    assert at_percent(clock, low, on) <= at_percent(clock, high, on)
    assert at_percent(clock, 80, on) == clock.times.amber_at
    assert at_percent(clock, 100, on) == clock.times.due_at
    team = Schedule(on.timetable, on.calendar, working=True)
    for each in climbs("case", clock, LADDER, on, team):
        opens = team.next_open(each.reached_at)
        assert each.reached_at <= opens <= each.tell_at < opens + timedelta(seconds=SPREAD_S)
        assert opens == each.reached_at or team.next_open(each.tell_at) == each.tell_at or each.tell_at > opens


@given(terms, starts, bases, st.integers(1, MONTH))
@SETTINGS
def test_what_a_person_said_stands(term: Term, start: datetime, on: Basis, later: int) -> None:
    """Without a pause since, an extended clock is due exactly then, in open hours or not, on any calendar."""
    said = Extension(at=start, due_at=start + later * MINUTE)
    before = tuple(each for each in on.pauses if each.until <= said.at)
    times = compute(term, said, start, replace(on, pauses=before))
    assert times.due_at == said.due_at
    assert times.amber_at <= times.due_at
    assert compute(term, said, start, replace(on, pauses=before, calendar=None)).due_at == said.due_at


@given(terms, starts, bases, st.integers(1, MONTH), pauses())
@SETTINGS
def test_pauses_after_an_extension_come_on_top(
    term: Term, start: datetime, on: Basis, later: int, another: Pause
) -> None:
    """What pauses took since the extension is made up for after it, never twice, and one more is never earlier."""
    said = Extension(at=start, due_at=start + later * MINUTE)
    schedule = on.schedule(term)
    moved = compute(term, said, start, on).due_at
    taken = spent(schedule, (), start, said.due_at) - spent(schedule, on.pauses, start, said.due_at)
    assert spent(schedule, on.pauses, said.due_at, moved) == taken
    assert (moved == said.due_at) == (taken == NOTHING)
    assert compute(term, said, start, replace(on, pauses=(*on.pauses, another))).due_at >= moved


@given(terms, starts, bases)
@SETTINGS
def test_a_start_that_was_moved_behind_its_extension(term: Term, start: datetime, on: Basis) -> None:
    """Even when the start event is told to be later than what a person said, amber is not after due."""
    said = Extension(at=start - timedelta(days=2), due_at=start - timedelta(days=1))
    bare = replace(on, pauses=())
    times = compute(term, said, start, bare)
    assert times.amber_at == times.due_at == said.due_at
    clock = made(term, start, bare, said)
    assert [at_percent(clock, percent, bare) for percent in (50, 80, 100, 200)] == [said.due_at] * 4
    paused = compute(term, said, start, on)
    assert paused.amber_at <= paused.due_at
