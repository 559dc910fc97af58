"""Taking back what a journey did since an instant: a discharge that was cancelled, an ending that was none.

From a *mark* on the state keeps a trace of what its memory learns: which questions were answered, which branches won,
which tracks began or ended, which steps were opened or withdrawn. To take that back is to walk the trace backwards.
What people said and did stays; what the procedure made of it is as it was, and the procedure is told again from there.
Steps that were opened meanwhile are `void`: they stay in the history, and asked again are new ones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from marshrut.domain import events as e
from marshrut.domain.clock import Pause
from marshrut.domain.state import CaseState, StepState, Trace, Wait
from marshrut.domain.words import ENDINGS, Mark, Report, Stage

# Why a step is withdrawn by the journey itself: nobody decided that it is not needed.
BY_ITSELF = frozenset({"withdrawn", "case_closed"})
REASON = "taken_back"


def mends(state: CaseState, mark: Mark) -> bool:
    """Whether there is something to take back."""
    return mark in state.marks


def cancelled(state: CaseState, mark: Mark) -> tuple[e.Body, ...]:
    """The steps that were opened since the mark and are still to be done: nobody does them any more."""
    opened = {trace.key for trace in state.trace[state.marks[mark] :] if trace.what == "step_opened"}
    return tuple(
        e.StepCancelled(step_id=step.step_id, reason=REASON) for step in state.live_steps if step.step_id in opened
    )


def traced(before: CaseState, event: e.Event) -> tuple[Trace, ...]:
    """What has to be kept of an event so that it can be taken back."""
    more: dict[str, object]
    match event.body:
        case e.Decided(key=str(key)) | e.ItemMoved(key=str(key)) if key not in before.decisions:
            what, more = "decided", {"key": key}
        case e.RaceWon(key=key):
            what, more = "race_won", {"key": key}
        case e.TrackStarted(track=track):
            what, more = "track_started", {"key": track, "stage": before.stage}
        case e.TrackFinished(track=track):
            what, more = "track_finished", {"key": track}
        case e.InstantSet(key=key) | e.InstantReached(key=key):
            what, more = event.body.kind, {"key": key}
        case e.InstantWithdrawn(key=key):
            what, more = "instant_withdrawn", {"key": key, "at": before.waits[key].at}
        case e.StepOpened(step_id=step):
            what, more = "step_opened", {"key": step}
        case e.StepCancelled(step_id=step, reason=reason) if reason in BY_ITSELF:
            what, more = "step_withdrawn", {"key": step}
        case e.CaseClosed():
            what, more = "closed", {"key": "case", "at": event.recorded_at, "stage": before.stage}
        case _:
            return ()
    return (Trace.model_validate({"what": what, **more}),)


def taken_back(state: CaseState, mark: Mark, at: datetime) -> CaseState:
    """The case with its memory as it was at the mark. For as long as it was closed its clocks stood still."""
    start, ended = state.marks[mark], state.ending
    for trace in reversed(state.trace[start:]):
        state = _BACK[trace.what](state, trace, at)
    # What ended the case was not so, or is so no more. Whoever had left before that has still left.
    untrue = {report for report, ending in ENDINGS.items() if ending is ended}
    reports = {report: told for report, told in state.reports.items() if report not in untrue}
    marks = {each: place for each, place in state.marks.items() if mark is Mark.ENDED and each is Mark.LEFT}
    kept = state.trace[:start] if marks else ()
    if Report.DISCHARGED in reports:
        # Of one that was told while the case was closed all that follows is from now on.
        marks.setdefault(Mark.LEFT, len(kept))
    return state.but(reports=reports, marks=marks, trace=kept)


def last_true(state: CaseState) -> Mark:
    """From where a case goes on whose ending is taken back: the ward, if a discharge before it was cancelled since."""
    back_here = Mark.LEFT in state.marks and Report.DISCHARGED not in state.reports
    return Mark.LEFT if back_here else Mark.ENDED


def _undecided(state: CaseState, trace: Trace, _at: datetime) -> CaseState:
    return state.but(decisions={key: value for key, value in state.decisions.items() if key != trace.key})


def _race_open(state: CaseState, trace: Trace, _at: datetime) -> CaseState:
    return state.but(races={key: value for key, value in state.races.items() if key != trace.key})


def _not_begun(state: CaseState, trace: Trace, _at: datetime) -> CaseState:
    tracks = {name: track for name, track in state.tracks.items() if name != trace.key}
    return state.but(tracks=tracks, stage=trace.stage or state.stage)


def _goes_on(state: CaseState, trace: Trace, _at: datetime) -> CaseState:
    track = state.tracks[trace.key].model_copy(update={"result": None})
    return state.but(tracks={**state.tracks, trace.key: track})


def _not_waited(state: CaseState, trace: Trace, _at: datetime) -> CaseState:
    return state.but(waits={key: wait for key, wait in state.waits.items() if key != trace.key})


def _waited(state: CaseState, trace: Trace, _at: datetime) -> CaseState:
    at = trace.at or state.waits[trace.key].at
    return state.but(waits={**state.waits, trace.key: Wait(at=at)})


def _void(state: CaseState, trace: Trace, at: datetime) -> CaseState:
    step = state.steps[trace.key].but(void=True)
    if step.live:  # the end of the case withdrew it, and that has just been taken back
        step = step.but(state=StepState.CANCELLED, occurred_at=at, ended_at=at)
    return state.but(steps={**state.steps, trace.key: step})


def _open_again(state: CaseState, trace: Trace, _at: datetime) -> CaseState:
    step = state.steps[trace.key]
    stands = StepState.OPEN if step.assignee is None else StepState.CLAIMED
    return state.but(steps={**state.steps, trace.key: step.but(state=stands, occurred_at=None, ended_at=None)})


def _reopened(state: CaseState, trace: Trace, at: datetime) -> CaseState:
    closed = trace.at or at
    pauses = (*state.pauses, Pause(since=closed, until=at)) if at > closed else state.pauses
    return state.but(closed_at=None, ending=None, stage=trace.stage or Stage.ADMISSION, pauses=pauses)


_BACK: dict[str, Callable[[CaseState, Trace, datetime], CaseState]] = {
    "decided": _undecided,
    "race_won": _race_open,
    "track_started": _not_begun,
    "track_finished": _goes_on,
    "instant_set": _not_waited,
    "instant_reached": _waited,
    "instant_withdrawn": _waited,
    "step_opened": _void,
    "step_withdrawn": _open_again,
    "closed": _reopened,
}
