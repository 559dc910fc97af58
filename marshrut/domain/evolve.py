"""`evolve(state, event)`: the only way a case changes. The fold of a journal is the case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from typing import assert_never

from marshrut.domain import events as e
from marshrut.domain.clock import Clock, Extension, Pause
from marshrut.domain.kinds import KINDS
from marshrut.domain.state import (
    Answer,
    Block,
    CaseState,
    EndedBlock,
    Item,
    Notice,
    Score,
    Step,
    StepState,
    Track,
    Wait,
)
from marshrut.domain.taking_back import taken_back, traced
from marshrut.domain.words import ENDINGS, STAGES, Flag, Mark, Report, Role, Stage, Variant


class JournalGapError(Exception):
    """An event does not follow the one before it."""


def fold(case_id: str, journal: Iterable[e.Event]) -> CaseState:
    """The case that a journal tells.

    Raises:
        JournalGapError: when a sequence number is missing or repeated.
    """
    return reduce(evolve, journal, CaseState(case_id=case_id))


def evolve(state: CaseState, event: e.Event) -> CaseState:
    """The case after one more event.

    Raises:
        JournalGapError: when the event is not the next one.
    """
    if event.seq != state.seq + 1:
        raise JournalGapError(f"event {event.seq} after {state.seq}")
    after = _apply(state, event)
    # A mark that this event sets counts from after it; one that it takes back has no trace any more.
    if state.marks and after.marks and (new := traced(state, event)):
        after = after.but(trace=(*after.trace, *new))
    return after.but(seq=event.seq)


def _apply(state: CaseState, event: e.Event) -> CaseState:
    match event.body:
        case e.CaseOpened() as body:
            refs = {"opened_at": event.recorded_at, "admission_ref": event.command_id}
            heard = {"announced_at": event.occurred_at, "placed_at": event.occurred_at if body.ward else None}
            opened = state.but(**refs, **heard, **body.model_dump(exclude={"kind", "inpatient"}))
            return _in_a_ward(opened, event.occurred_at) if body.inpatient else opened
        case e.CameIn() as body:
            return _came_in(state, event, body)
        case e.AdmissionRepeated() as body:
            return _announced(state, body)
        case e.StepCommented():
            return state
        case e.TakenBack(mark=mark):
            return taken_back(state, mark, event.recorded_at)
        case e.PersonChanged(person=person, earlier=earlier):
            return state.but(person=person, earlier=state.earlier or earlier)
        case e.CaseTransferred() as body:
            return _transferred(state, body)
        case e.CaseAbsorbed(other=other):
            return state.but(absorbed=(*state.absorbed, other))
        case e.CaseParted(other=other):
            return state.but(absorbed=tuple(each for each in state.absorbed if each != other))
        case e.Reported() as body:
            return _reported(state, event, body)
        case e.FlagsChanged(added=added, removed=removed):
            left = {*state.flags, *added} - set(removed)
            return state.but(flags=tuple(flag for flag in Flag if flag in left))
        case e.OwnerChanged(owner=owner):
            return state.but(owner=owner)
        case e.InstrumentScored(instrument=instrument) as body:
            score = Score(at=event.occurred_at, **body.model_dump(exclude={"kind", "instrument"}))
            return state.but(scores={**state.scores, instrument: score})
        case e.ItemAdded() as body:
            return _with_item(state, _added(event, body))
        case e.ItemMoved(key=key, status=status) as body:
            told = state if key is None else state.but(decisions={**state.decisions, key: status})
            return _with_item(told, _moved(state.items[body.item_id], event, body))
        case e.CatalogueMigrated(catalogue=catalogue, clocks=clocks):
            armed = {name: state.steps[name].but(clock=clock) for name, clock in clocks.items()}
            return state.but(catalogue=catalogue, calendars={}, steps={**state.steps, **armed})
        case e.VariantsChanged() as body:
            return _varied(state, event, body)
        case e.TrackStarted(track=track, stage=stage):
            later = max(state.stage, stage, key=STAGES.index)
            return state.but(stage=later, tracks={**state.tracks, track: Track(stage=stage)})
        case e.TrackFinished(track=track, result=result):
            ended = state.tracks[track].model_copy(update={"result": result})
            return state.but(tracks={**state.tracks, track: ended})
        case e.Decided(key=key, value=value):
            return state.but(decisions={**state.decisions, key: value})
        case e.RaceWon(key=key, winner=winner):
            return state.but(races={**state.races, key: winner})
        case e.InstantSet(key=key, at=at):
            return state.but(waits={**state.waits, key: Wait(at=at)})
        case e.InstantReached(key=key):
            return state.but(waits={**state.waits, key: Wait(at=state.waits[key].at, reached=True)})
        case e.InstantWithdrawn(key=key):
            return state.but(waits={other: wait for other, wait in state.waits.items() if other != key})
        case e.PeopleTold(key=key) as body:
            notice = Notice(created_at=event.recorded_at, **body.model_dump(exclude={"kind", "key"}))
            return state.but(notices={**state.notices, key: notice})
        case e.NoticeAcknowledged(key=key):
            seen = {"acknowledged_by": event.actor, "acknowledged_at": event.occurred_at}
            return state.but(notices={**state.notices, key: state.notices[key].model_copy(update=seen)})
        case e.CalendarReplaced(calendar=calendar):
            return state.but(calendars={**state.calendars, calendar.name: calendar})
        case e.ClocksRecomputed(times=times):
            moved = {name: _with_clock(state.steps[name], times=shown) for name, shown in times.items()}
            return state.but(steps={**state.steps, **moved})
        case e.CaseClosed(ending=ending):
            still = _resumed(state, _known(event))
            return still.but(closed_at=event.recorded_at, ending=ending, stage=Stage.CLOSED)
        case e.StepOpened() as body:
            step = Step(opened_at=event.occurred_at, clock=body.clock, **body.model_dump(exclude={"kind", "clock"}))
            if step.assignee is not None:
                step = step.but(state=StepState.CLAIMED)
            return state.but(steps={**state.steps, step.step_id: step})
        case _ as body:
            step = _step_after(state.steps[body.step_id], event, body)
            return _expecting(state, step, body).but(steps={**state.steps, step.step_id: step})


def _came_in(state: CaseState, event: e.Event, body: e.CameIn) -> CaseState:
    """Whoever was awaited is here: the admission says what is so, and keeps what was known before it."""
    flags = tuple(flag for flag in Flag if flag in {*state.flags, *body.flags})
    # Where they lie is the latest word, which the repeated admission beside this has weighed already.
    facts = body.model_dump(exclude={"kind", "flags", "ward", "bed"})
    return state.but(**facts, flags=flags, came_in_at=body.admitted_at, admission_ref=event.command_id)


def _varied(state: CaseState, event: e.Event, body: e.VariantsChanged) -> CaseState:
    """Another kind of case; calendars that were replaced stay as long as the catalogue's version does."""
    armed = {name: state.steps[name].but(clock=clock) for name, clock in body.clocks.items()}
    return state.but(
        variants=body.variants,
        corrected={each: state.corrected.get(each, event.actor) for each in body.variants if _said(state, each, body)},
        catalogue=body.catalogue,
        calendars=state.calendars if body.catalogue == state.catalogue else {},
        steps={**state.steps, **armed},
    )


def _said(state: CaseState, variant: Variant, body: e.VariantsChanged) -> bool:
    """Whether it is a person who says that the case is of this kind, now or before."""
    return variant in state.corrected or (variant not in state.variants and not body.moved)


# The step whose outcome says when a patient is expected to leave, as a report does; what was told last counts.
EXPECTED_DATE = ("discharge", "expected_date")


def _expecting(state: CaseState, step: Step, body: StepChange) -> CaseState:
    if not isinstance(body, e.StepCompleted) or (step.track, step.name) != EXPECTED_DATE:
        return state
    at = body.outcome.get("expected_at")
    return state if at is None else state.but(expected_discharge_at=datetime.fromisoformat(str(at)))


def _step_after(step: Step, event: e.Event, body: StepChange) -> Step:
    match body:
        case e.StepClaimed(assignee=assignee) | e.StepAssigned(assignee=assignee):
            return step.but(state=StepState.CLAIMED, assignee=assignee)
        case e.StepReleased():
            return step.but(state=StepState.OPEN, assignee=None)
        case e.StepCompleted(outcome=outcome):
            return step.but(
                state=StepState.DONE,
                outcome=outcome,
                outcome_ref=event.command_id,
                done_by=event.actor,
                occurred_at=event.occurred_at,
                ended_at=event.recorded_at,
                cancel_requested_by=None,
                cancel_reason=None,
            )
        case e.StepBlocked():
            block = Block(**body.model_dump(exclude={"kind", "step_id"}))
            return step.but(blocks=(*step.blocks, block))
        case e.StepUnblocked(block_id=block_id):
            return _unblocked(step, block_id, _known(event))
        case e.StepExtended(times=times, climbed=climbed):
            extension = Extension(at=event.recorded_at, due_at=times.due_at)
            generation = step.clock.generation + 1 if step.clock else 0
            return _with_clock(step, times=times, extension=extension, generation=generation, climbed=climbed)
        case e.CancelRequested(reason=reason):
            return step.but(cancel_requested_by=event.actor, cancel_reason=reason)
        case e.CancelDenied():
            return step.but(cancel_requested_by=None, cancel_reason=None)
        case e.StepCancelled():
            at = _known(event)
            return step.but(
                state=StepState.CANCELLED,
                blocks=(),
                ended_blocks=(*step.ended_blocks, *_past(step.blocks, at)),
                pauses=(*step.pauses, *stopped(step.blocks, at)),
                occurred_at=event.occurred_at,
                ended_at=event.recorded_at,
            )
        case e.StepEscalated(climbed=climbed):
            return _with_clock(step, climbed=climbed)
        case _:
            assert_never(body)


def _with_item(state: CaseState, item: Item) -> CaseState:
    return state.but(items={**state.items, item.item_id: item})


def _added(event: e.Event, body: e.ItemAdded) -> Item:
    return Item(
        kind=body.item,
        added_at=event.occurred_at,
        moved_at=event.occurred_at,
        moved_by=event.actor,
        refs=body.refs if event.command_id is None else (*body.refs, event.command_id),
        **body.model_dump(exclude={"kind", "item", "refs"}),
    )


def _moved(item: Item, event: e.Event, body: e.ItemMoved) -> Item:
    return item.but(
        status=body.status,
        facts={**item.facts, **body.facts},
        moved_at=event.occurred_at,
        moved_by=event.actor,
        expires_at=body.expires_at,
        refs=item.refs if event.command_id is None else (*item.refs, event.command_id),
        answer=item.answer or _answer(item, event, body),
    )


def _answer(item: Item, event: e.Event, body: e.ItemMoved) -> Answer | None:
    """What whoever was asked said by this, or that they said nothing in all their time; None: nobody was asked."""
    if item.status not in KINDS[item.kind].asks or body.status == item.status:
        return None
    by_itself = (
        body.key is None and event.command_id is None and KINDS[item.kind].lapses.get(item.status) == body.status
    )
    silent = by_itself and item.expires_at is not None and event.occurred_at >= item.expires_at
    return Answer(status=body.status, at=event.occurred_at, due_at=item.expires_at, silent=silent)


StepChange = (
    e.StepClaimed
    | e.StepReleased
    | e.StepAssigned
    | e.StepCompleted
    | e.StepBlocked
    | e.StepUnblocked
    | e.StepExtended
    | e.CancelRequested
    | e.CancelDenied
    | e.StepCancelled
    | e.StepEscalated
)


def _with_clock(step: Step, **changes: object) -> Step:
    return step.but(clock=step.clock and Clock.model_copy(step.clock, update=changes))


def _unblocked(step: Step, block_id: str, at: datetime) -> Step:
    """Without the reason; that it stood is kept, and the time for which it stopped the clock."""
    ended = tuple(block for block in step.blocks if block.block_id == block_id)
    left = tuple(block for block in step.blocks if block.block_id != block_id)
    return step.but(
        blocks=left,
        ended_blocks=(*step.ended_blocks, *_past(ended, at)),
        pauses=(*step.pauses, *stopped(ended, at)),
    )


def _past(blocks: Iterable[Block], at: datetime) -> tuple[EndedBlock, ...]:
    """These reasons, if they end at that instant."""
    return tuple(
        EndedBlock(reason=block.reason, responsible=block.responsible, since=min(block.since, at), until=at)
        for block in blocks
    )


def stopped(blocks: Iterable[Block], at: datetime) -> tuple[Pause, ...]:
    """For how long these reasons stopped the clock, if they end at that instant."""
    return tuple(Pause(since=min(block.since, at), until=at, reason=block.reason) for block in blocks if block.pauses)


def _reported(state: CaseState, event: e.Event, body: e.Reported) -> CaseState:
    at = event.occurred_at
    if body.late:
        return state.but(reports=_known_reports(state, event, body))
    match body.report:
        case Report.MOVED:
            state = state.but(ward=body.ward or state.ward, bed=body.bed, placed_at=at)
        case Report.EXPECTED_DISCHARGE:
            state = state.but(expected_discharge_at=body.expected_at)
        case Report.PAUSED:
            state = state.but(paused_since=at)
        case Report.RESUMED:
            state = _resumed(state, _known(event))
        case Report.DISCHARGE_CANCELLED:
            state = state.but(reports={k: v for k, v in state.reports.items() if k is not Report.DISCHARGED})
        case Report.DISCHARGED if not state.closed and Mark.LEFT not in state.marks:
            state = _marked(state, Mark.LEFT)
        case Report.MERGED:
            state = state.but(merged_into=body.other)
        case Report.UNMERGED:
            state = state.but(merged_into=None)
        case _:
            pass
    if body.report in ENDINGS and not state.closed:
        state = _marked(state, Mark.ENDED)
    return state.but(reports=_known_reports(state, event, body))


def _known_reports(state: CaseState, event: e.Event, body: e.Reported) -> dict[Report, datetime]:
    """When each was so last. Of a discharge and its cancelling the later word alone is known, whichever came first."""
    at, known = event.occurred_at, state.reports.get(body.report)
    if event.role is Role.INTEGRATOR and known is not None:
        at = max(at, known)
    if body.late and body.report in {Report.DISCHARGED, Report.ADMISSION_CANCELLED}:
        return state.reports
    return {**state.reports, body.report: at}


def _announced(state: CaseState, body: e.AdmissionRepeated) -> CaseState:
    """Of the visit's announcements and its cancelling, and of what is said of its place, the latest counts."""
    if body.at is None:
        return state
    if body.inpatient:
        state = _in_a_ward(state, body.at)
    at, cancelled = max(body.at, state.announced_at or body.at), state.reports.get(Report.ADMISSION_CANCELLED)
    if body.planned_for is not None and body.at == at:
        # Of two days that were said at one instant the later one counts, whichever came first.
        other = state.planned_for if state.announced_at == at else None
        state = state.but(planned_for=max(body.planned_for, other or body.planned_for), planned_said_at=at)
    state = state.but(announced_at=at)
    if cancelled is not None and cancelled < at:
        state = state.but(reports={k: v for k, v in state.reports.items() if k is not Report.ADMISSION_CANCELLED})
    known = (state.placed_at or body.at, (state.ward or "", state.bed or ""))
    if body.ward is None or (state.placed_at is not None and (body.at, (body.ward, body.bed or "")) < known):
        return state
    return state.but(ward=body.ward, bed=body.bed, placed_at=body.at)


def _in_a_ward(state: CaseState, at: datetime) -> CaseState:
    """An outpatient was taken into a ward: no discharge of before that counts, also none of which we hear later."""
    reports = dict(state.reports)
    if (left := reports.get(Report.DISCHARGED)) is not None and left <= at:
        del reports[Report.DISCHARGED]
    reports[Report.DISCHARGE_CANCELLED] = max(at, reports.get(Report.DISCHARGE_CANCELLED, at))
    return state.but(reports=reports)


def _marked(state: CaseState, mark: Mark) -> CaseState:
    return state.but(marks={**state.marks, mark: len(state.trace)})


def _transferred(state: CaseState, body: e.CaseTransferred) -> CaseState:
    """Whoever had something of the case works elsewhere."""
    freed = {step.step_id: step.but(state=StepState.OPEN, assignee=None) for step in state.live_steps}
    return state.but(
        hospital=body.hospital,
        ward=body.ward,
        bed=None,
        owner=None,
        moved_from=(*state.moved_from, state.hospital or ""),
        steps={**state.steps, **freed},
    )


def _known(event: e.Event) -> datetime:
    """When it was so, but not after we heard of it: a pause that ended is in the past, however fast a clock runs."""
    return min(event.occurred_at, event.recorded_at)


def _resumed(state: CaseState, at: datetime) -> CaseState:
    """The pause is kept; what it does to the clocks is an event of its own."""
    if state.paused_since is None:
        return state
    pause = Pause(since=min(state.paused_since, at), until=at)
    return state.but(paused_since=None, pauses=(*state.pauses, pause))
