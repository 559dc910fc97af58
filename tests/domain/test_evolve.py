from datetime import datetime, timedelta

import pytest

from marshrut.domain import events as e
from marshrut.domain.clock import Extension, Pause, Times
from marshrut.domain.evolve import JournalGapError, evolve, fold
from marshrut.domain.state import CaseState, Step, StepState
from marshrut.domain.words import STAGES, Ending, Report, Role, Stage
from tests.fixtures.cases import DAY, HOUR, NOON, clock, event

STEP = "case.contact.first_contact.main"
ADMITTED = e.CaseOpened(hospital="GKB29", person="p", admitted_at=NOON, emergency=True, procedure=1, catalogue="test")
MINUTE = timedelta(minutes=1)


def opened_step(step_id: str = STEP, due_at: datetime | None = NOON + DAY, assignee: str | None = None) -> e.StepOpened:
    return e.StepOpened(
        step_id=step_id,
        track="contact",
        name="first_contact",
        role=Role.COORDINATOR,
        mandatory=True,
        clock=None if due_at is None else clock(due_at),
        assignee=assignee,
    )


def told(*said: e.Body | tuple[datetime, e.Body]) -> CaseState:
    """The case that these tell, each with its time or at noon."""
    timed = (one if isinstance(one, tuple) else (NOON, one) for one in said)
    return fold("case", [event(seq, body, at) for seq, (at, body) in enumerate(timed, start=1)])


def the_step(*said: e.Body | tuple[datetime, e.Body]) -> Step:
    return told(ADMITTED, opened_step(), *said).steps[STEP]


@pytest.mark.parametrize("seq", [1, 3, 2000])
def test_a_gap_is_refused(seq: int) -> None:
    """An event that repeats or skips a number never changes a case."""
    state = told(ADMITTED)
    with pytest.raises(JournalGapError, match=str(seq)):
        evolve(state, event(seq, e.AdmissionRepeated()))
    assert evolve(state, event(2, e.AdmissionRepeated())).seq == 2


def test_the_fold_is_evolve_from_the_beginning() -> None:
    """Folding a journal is telling its events one after another to a case of which only the id is known."""
    journal = [event(1, ADMITTED), event(2, opened_step()), event(3, e.StepClaimed(step_id=STEP, assignee="anna"))]
    state = CaseState(case_id="case")
    for one in journal:
        state = evolve(state, one)
    assert fold("case", journal) == state
    assert fold("case", []) == CaseState(case_id="case")


def test_a_state_survives_json() -> None:
    """A state that was written down as JSON and read again is the same, to the order of its steps."""
    ids = [f"case.contact.first_contact.{key}" for key in ("z", "a", "m")]
    state = told(ADMITTED, *(opened_step(step_id) for step_id in ids))
    again = CaseState.model_validate_json(state.model_dump_json())
    assert again == state
    assert list(again.steps) == ids


def test_an_admission_opens_the_case() -> None:
    """The first event makes the case known, the state before it is not opened."""
    assert not CaseState(case_id="case").opened
    state = told(ADMITTED)
    assert (state.opened, state.hospital, state.procedure, state.opened_at) == (True, "GKB29", 1, NOON)


def test_a_step_given_to_somebody_is_claimed() -> None:
    """A step that opens with an owner is claimed from the start."""
    state = told(ADMITTED, opened_step(assignee="anna"))
    assert state.steps[STEP].state is StepState.CLAIMED


def test_a_step_goes_its_way() -> None:
    """Claimed, given back, given, done: each event leaves the step as it says."""
    assert the_step(e.StepClaimed(step_id=STEP, assignee="anna")).assignee == "anna"
    released = the_step(e.StepClaimed(step_id=STEP, assignee="anna"), e.StepReleased(step_id=STEP))
    assert (released.state, released.assignee) == (StepState.OPEN, None)
    assert the_step(e.StepAssigned(step_id=STEP, assignee="boris")).state is StepState.CLAIMED
    done = the_step((NOON + HOUR, e.StepCompleted(step_id=STEP, outcome={"result": "contacted"})))
    assert (done.state, done.outcome, done.occurred_at) == (StepState.DONE, {"result": "contacted"}, NOON + HOUR)
    assert not done.live


def test_a_denied_request_leaves_no_trace() -> None:
    """After a request to cancel was turned down the step stands as before and may be asked about again."""
    asked = the_step(e.CancelRequested(step_id=STEP, reason="r"))
    assert (asked.cancel_requested_by, asked.cancel_reason, asked.live) == ("anna", "r", True)
    assert the_step(e.CancelRequested(step_id=STEP, reason="r"), e.CancelDenied(step_id=STEP)) == the_step()


def test_blocks_come_and_go_one_by_one() -> None:
    """Unblocking ends the reason that it names and no other; a cancelled step is blocked by nothing."""
    blocks = [
        e.StepBlocked(step_id=STEP, block_id=name, reason="r", responsible="p", since=NOON) for name in ("a", "b")
    ]
    left = the_step(*blocks, e.StepUnblocked(step_id=STEP, block_id="a")).blocks
    assert [block.block_id for block in left] == ["b"]
    assert the_step(*blocks, e.StepCancelled(step_id=STEP, reason="r")).blocks == ()


def test_more_time_begins_a_new_ladder() -> None:
    """A step whose time was extended climbs its ladder anew, but for the rungs that lie behind the new clock."""
    later = Times(started_at=NOON, due_at=NOON + 2 * DAY, amber_at=NOON + DAY)
    climbed = e.StepEscalated(step_id=STEP, rung="supervisor", climbed=2)
    old, new = the_step(climbed).clock, the_step(climbed, e.StepExtended(step_id=STEP, times=later, reason="r")).clock
    assert old is not None
    assert new is not None
    assert (old.climbed, old.generation) == (2, 0)
    assert (new.climbed, new.generation, new.times) == (0, 1, later)
    assert new.extension == Extension(at=NOON, due_at=NOON + 2 * DAY)


def test_a_pause_is_kept() -> None:
    """What a pause does to the clocks is told by an event of its own; the case remembers the pause itself."""
    state = told(
        ADMITTED,
        opened_step(),
        (NOON + HOUR, e.Reported(report=Report.PAUSED)),
        (NOON + HOUR + DAY, e.Reported(report=Report.RESUMED)),
    )
    assert (state.paused_since, state.pauses) == (None, (Pause(since=NOON + HOUR, until=NOON + HOUR + DAY),))
    moved = Times(started_at=NOON, due_at=NOON + 2 * DAY, amber_at=NOON + DAY)
    after = evolve(state, event(state.seq + 1, e.ClocksRecomputed(times={STEP: moved})))
    assert after.steps[STEP].due_at == NOON + 2 * DAY


def test_times_told_in_the_wrong_order_are_no_pause() -> None:
    """A pause that ended before it began is one of no length."""
    state = told(
        ADMITTED,
        (NOON + HOUR, e.Reported(report=Report.PAUSED)),
        (NOON, e.Reported(report=Report.RESUMED)),
    )
    assert state.pauses == (Pause(since=NOON, until=NOON),)


def test_a_reason_that_pauses_leaves_a_pause() -> None:
    """The time during which a reason stopped the clock is kept when it ends; several may overlap."""
    blocks = [
        e.StepBlocked(step_id=STEP, block_id=name, reason="r", responsible="p", since=NOON + at * HOUR, pauses=True)
        for name, at in (("a", 2), ("b", 1))
    ]
    one_left = the_step(*blocks, (NOON + 3 * HOUR, e.StepUnblocked(step_id=STEP, block_id="b")))
    first, second = (
        Pause(since=NOON + since * HOUR, until=NOON + until * HOUR, reason="r") for since, until in ((1, 3), (2, 5))
    )
    assert (one_left.stands_still, one_left.pauses) == (True, (first,))
    both = (
        (NOON + 3 * HOUR, e.StepUnblocked(step_id=STEP, block_id="b")),
        (NOON + 5 * HOUR, e.StepUnblocked(step_id=STEP, block_id="a")),
    )
    free = the_step(*blocks, *both)
    assert (free.stands_still, free.pauses) == (False, (first, second))


def test_people_are_told_and_acknowledge() -> None:
    """A notice is kept until somebody says that they see to it, and then with who and when."""
    state = told(
        ADMITTED,
        e.PeopleTold(key="a/f", occasion="f", role=Role.SUPERVISOR, tell_at=NOON + HOUR),
        (NOON + 2 * HOUR, e.NoticeAcknowledged(key="a/f")),
    )
    notice = state.notices["a/f"]
    assert (notice.role, notice.tell_at, notice.created_at) == (Role.SUPERVISOR, NOON + HOUR, NOON)
    assert (notice.acknowledged_by, notice.acknowledged_at) == ("anna", NOON + 2 * HOUR)


def test_a_discharge_that_was_cancelled_did_not_happen() -> None:
    """After the hospital takes a discharge back nobody hears of it any more."""
    state = told(ADMITTED, e.Reported(report=Report.DISCHARGED), e.Reported(report=Report.DISCHARGE_CANCELLED))
    assert Report.DISCHARGED not in state.reports
    assert Report.DISCHARGED in told(ADMITTED, e.Reported(report=Report.DISCHARGED)).reports


def test_the_patient_moves() -> None:
    """A move gives ward and bed; a bed of the old ward does not follow the patient into the new one."""
    state = told(
        ADMITTED,
        e.Reported(report=Report.MOVED, ward="w1", bed="b1"),
        (NOON + HOUR, e.Reported(report=Report.MOVED, ward="w2")),
    )
    assert (state.ward, state.bed, state.reports[Report.MOVED]) == ("w2", None, NOON + HOUR)


def test_an_expected_discharge_is_kept() -> None:
    """The day on which the hospital means to discharge is known to the case."""
    state = told(ADMITTED, e.Reported(report=Report.EXPECTED_DISCHARGE, expected_at=NOON + DAY))
    assert state.expected_discharge_at == NOON + DAY


@pytest.mark.parametrize("stage", STAGES)
def test_a_case_never_goes_back(stage: Stage) -> None:
    """Whichever track begins after which, the case stands in the later of their stages; a closed one stays closed."""
    for other in STAGES:
        state = told(ADMITTED, e.TrackStarted(track="a", stage=stage), e.TrackStarted(track="b", stage=other))
        assert state.stage == (stage if STAGES.index(other) < STAGES.index(stage) else other)
        assert (state.tracks["a"].stage, state.tracks["b"].stage) == (stage, other)


def test_a_closed_case_stands_still() -> None:
    """Closing says how and when, and ends a pause."""
    state = told(ADMITTED, e.Reported(report=Report.PAUSED), (NOON + HOUR, e.CaseClosed(ending=Ending.DIED)))
    assert (state.closed, state.closed_at, state.ending) == (True, NOON + HOUR, Ending.DIED)
    assert (state.stage, state.paused_since) == ("closed", None)


def test_a_case_closes_when_its_end_is_recorded() -> None:
    """A death that is reported weeks later closes the case on the day of the report, not on that of the death."""
    opened = event(1, ADMITTED)
    closing = event(2, e.CaseClosed(ending=Ending.DIED), NOON + 40 * DAY, occurred_at=NOON + DAY)
    assert fold("case", [opened, closing]).closed_at == NOON + 40 * DAY


def test_what_tracks_are_answered_is_remembered() -> None:
    """Tracks, decisions, races and instants are in the state, so that a track told again is answered."""
    state = told(
        ADMITTED,
        e.TrackStarted(track="contact", stage=Stage.FIRST_CONTACT),
        e.TrackFinished(track="contact", result="contacted"),
        e.Decided(key="a/b", value="yes"),
        e.RaceWon(key="a/c", winner="left"),
        e.InstantSet(key="a/d", wait="a.d", at=NOON + HOUR),
        e.InstantReached(key="a/d"),
        e.InstantSet(key="a/e", wait="a.e", at=NOON + HOUR),
        e.InstantWithdrawn(key="a/e"),
    )
    assert (state.stage, state.tracks["contact"].result) == ("first_contact", "contacted")
    assert (state.decisions, state.races) == ({"a/b": "yes"}, {"a/c": "left"})
    assert {key: wait.reached for key, wait in state.waits.items()} == {"a/d": True}
