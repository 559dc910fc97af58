"""What an event of the journal makes known to those outside: read off the case before it and after it.

So whatever an event brings about is told, also what has no event of its own: a step that an ending withdrew, a case
that goes on because its ending was taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshrut.domain import events as e
from marshrut.domain.base import Wire
from marshrut.domain.codes import NAMED, OTHER, code
from marshrut.domain.outward import types as t
from marshrut.domain.state import CaseState, Item, Step, StepState
from marshrut.domain.words import ItemKind

TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Outward:
    """An event for those outside. `number` counts those that follow from one event of the journal.

    `about`: what it is about, by its id. `hospitals`: who is concerned.
    """

    data: t.OfCase
    number: int
    at: datetime
    about: str
    hospitals: frozenset[str]

    @property
    def id(self) -> str:
        """The same whenever the same is told; without a full stop, which parts the things that a signature covers."""
        return f"{self.data.case_id}-{self.data.seq}-{self.number}"

    @property
    def type(self) -> t.EventType:
        """What it is."""
        return t.type_of(self.data)


def outward(before: CaseState, event: e.Event, after: CaseState) -> Iterator[Outward]:
    """What is told of one event, in the order in which it makes sense."""
    hospitals = frozenset(each for each in (before.hospital, after.hospital) if each is not None)
    for number, (about, data) in enumerate(_told(before, event, after)):
        yield Outward(data, number, event.occurred_at, about, hospitals)


def _told(before: CaseState, event: e.Event, after: CaseState) -> Iterator[tuple[str, t.OfCase]]:
    common: dict[str, Any] = {
        "case_id": after.case_id,
        "hospital": after.hospital,
        "seq": event.seq,
        "recorded_at": event.recorded_at,
    }
    for data in _of_case(before, event, after, common):
        yield after.case_id, data
    if before.items is not after.items:
        for name, item in after.items.items():
            if (was := before.items.get(name)) is not item and (told := _of_item(was, item, common)) is not None:
                yield name, told
    if before.steps is not after.steps:
        for name, step in after.steps.items():
            if (former := before.steps.get(name)) is not step:
                for told_of in _of_step(former, step, event, common):
                    yield name, told_of
    if after.closed and not before.closed:
        # Last: whatever it left open is told before.
        yield (
            after.case_id,
            t.CaseClosed(**common, ending=after.ending, merged_into=after.merged_into),
        )


def _of_case(before: CaseState, event: e.Event, after: CaseState, common: dict[str, Any]) -> Iterator[t.OfCase]:
    if not before.opened:
        yield t.CaseOpened(
            **common,
            via=after.via,
            emergency=after.emergency,
            admitted_at=after.admitted_at,
            planned_for=after.planned_for,
            topic=after.topic,
            earlier=after.earlier,
        )
        return
    if before.hospital not in {None, after.hospital}:
        yield t.CaseTransferred(**common, was=before.hospital)
    if isinstance(event.body, e.Reported):
        yield t.CaseReported(**common, report=event.body.report, late=event.body.late)
    if before.closed and not after.closed:
        yield t.CaseReopened(**common, stage=after.stage)
    if before.stage is not after.stage:
        yield t.CaseStageChanged(**common, stage=after.stage, was=before.stage)


def _of_item(was: Item | None, item: Item, common: dict[str, Any]) -> t.OfCase | None:
    if was is not None and (was.status, was.moved_at) == (item.status, item.moved_at):
        return None
    told = {
        **common,
        "item_id": item.item_id,
        "name": code(item.name) if item.kind in NAMED else OTHER,
        "status": item.status,
        "was": None if was is None else was.status,
    }
    if item.kind is ItemKind.REFERRAL:
        return t.ReferralChanged(**told, partner=code(item.facts.get("partner")))
    return t.ItemChanged(**told, kind=item.kind) if item.kind in t.TOLD_KINDS else None


def _of_step(was: Step | None, step: Step, event: e.Event, common: dict[str, Any]) -> Iterator[t.OfCase]:
    told = {
        **common,
        "step_id": step.step_id,
        "track": step.track,
        "step": step.name,
        "role": step.role,
        "due_at": step.due_at,
    }
    if step.live and (was is None or not was.live):
        yield t.StepOpened(**told, mandatory=step.mandatory)
        return
    if was is None or (not was.live and not step.live):
        return
    if step.live:
        yield from _going_on(was, step, event.body, told)
    elif step.state is StepState.DONE:
        yield t.StepCompleted(**told, result=_result(step), in_time=_in_time(step))
    else:
        reason = event.body.reason if isinstance(event.body, e.StepCancelled) else TAKEN_BACK
        yield t.StepCancelled(**told, reason=code(reason))


def _going_on(was: Step, step: Step, body: e.Body, told: dict[str, Any]) -> Iterator[t.OfCase]:
    before, now = ({block.block_id: block for block in each.blocks} for each in (was, step))
    for name in (each for each in before if each not in now):
        yield t.StepUnblocked(**told, block_id=name, reason=code(before[name].reason))
    for name, block in now.items():
        if name in before:
            continue
        yield t.StepBlocked(
            **told,
            block_id=name,
            reason=code(block.reason),
            responsible=code(block.responsible),
            since=block.since,
            until=block.until,
            pauses=block.pauses,
        )
    if was.due_at != step.due_at:
        yield t.StepRescheduled(**told, was=was.due_at)
    if isinstance(body, e.StepEscalated) and body.step_id == step.step_id:
        yield t.StepEscalated(**told, rung=code(body.rung), early=body.reason is not None)


def _result(step: Step) -> str | None:
    """The code that the outcome is known by."""
    result = (step.outcome or {}).get("result")
    return None if result is None else code(result)


def _in_time(step: Step) -> bool | None:
    if step.due_at is None or step.occurred_at is None:
        return None
    return step.occurred_at <= step.due_at


def data_text(data: Wire) -> str:
    """An event's data as they are kept and sent: the same value always gives the same bytes."""
    return data.model_dump_json()
