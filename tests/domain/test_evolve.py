from datetime import datetime, timedelta

import pytest

from marshrut.domain import events as e
from marshrut.domain.evolve import JournalGapError, evolve, fold
from marshrut.domain.state import CaseState, Step, StepState
from marshrut.domain.words import Ending, Report, Role
from tests.fixtures.cases import DAY, HOUR, NOON, event

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
        due_at=due_at,
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


def test_more_time_means_a_new_reminder() -> None:
    """A step whose time was extended is reminded of once more when the new time is up."""
    extended = the_step(e.StepReminded(step_id=STEP), e.StepExtended(step_id=STEP, due_at=NOON + 2 * DAY, reason="r"))
    assert (extended.due_at, extended.reminded) == (NOON + 2 * DAY, False)
    assert the_step(e.StepReminded(step_id=STEP)).reminded


def test_a_pause_keeps_the_time_that_was_left() -> None:
    """After a pause of a day everything is due a day later; what has no time or is done stays as it was."""
    done, timeless = "case.contact.consent_record.main", "case.adhoc.adhoc.x"
    state = told(
        ADMITTED,
        opened_step(),
        opened_step(timeless, due_at=None),
        opened_step(done),
        e.StepCompleted(step_id=done, outcome={"result": "given"}),
        (NOON + HOUR, e.Reported(report=Report.PAUSED)),
        (NOON + HOUR + DAY, e.Reported(report=Report.RESUMED)),
    )
    assert state.paused_since is None
    assert {name: step.due_at for name, step in state.steps.items()} == {
        STEP: NOON + 2 * DAY,
        timeless: None,
        done: NOON + DAY,
    }


def test_a_step_opened_during_a_pause_waits_only_from_then() -> None:
    """A step that was opened in the middle of a pause gets back only the part of the pause that it saw."""
    state = told(
        ADMITTED,
        (NOON, e.Reported(report=Report.PAUSED)),
        (NOON + 2 * DAY, opened_step(due_at=NOON + 3 * DAY)),
        (NOON + 4 * DAY, e.Reported(report=Report.RESUMED)),
    )
    assert state.steps[STEP].due_at == NOON + 5 * DAY


def test_a_pause_that_ended_before_it_began_moves_nothing() -> None:
    """Times told in the wrong order never make a step due earlier."""
    state = told(
        ADMITTED,
        opened_step(),
        (NOON + HOUR, e.Reported(report=Report.PAUSED)),
        (NOON, e.Reported(report=Report.RESUMED)),
    )
    assert state.steps[STEP].due_at == NOON + DAY


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
    """Tracks, decisions, races, instants and effects are in the state, so that a track told again is answered."""
    state = told(
        ADMITTED,
        e.TrackStarted(track="contact", stage="first_contact"),
        e.TrackFinished(track="contact", result="contacted"),
        e.Decided(key="a/b", value="yes"),
        e.RaceWon(key="a/c", winner="left"),
        e.InstantSet(key="a/d", at=NOON + HOUR),
        e.InstantReached(key="a/d"),
        e.InstantSet(key="a/e", at=NOON + HOUR),
        e.InstantWithdrawn(key="a/e"),
        e.EffectRequested(key="a/f", effect="notify", role=Role.SUPERVISOR),
        e.EffectDone(key="a/f", result="sent"),
    )
    assert (state.stage, state.tracks["contact"].result) == ("first_contact", "contacted")
    assert (state.decisions, state.races) == ({"a/b": "yes"}, {"a/c": "left"})
    assert {key: wait.reached for key, wait in state.waits.items()} == {"a/d": True}
    assert state.effects["a/f"].result == "sent"
