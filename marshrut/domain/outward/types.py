"""The types of events that are told to those outside, each with its data. A type may gain fields; else it is a new one.

No person, no user, no text: a code that somebody may have typed is told as `other` (codes.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import Field

from marshrut.domain.base import Code, Instant, Wire
from marshrut.domain.kinds import KINDS
from marshrut.domain.words import Ending, ItemKind, Report, Role, Stage, Topic, Via

PREFIX, VERSION = "marshrut", "v1"
SCHEMA = "urn:marshrut:event:"


class OfCase(Wire):
    """What every event says: of which case, in which hospital, how far its journal goes, when it was heard of."""

    case_id: Code
    hospital: Code
    seq: int = Field(ge=1, description="Which event of the case's journal this follows from")
    recorded_at: Instant = Field(description="When it was entered; the event's `time` is when it was so")


class CaseOpened(OfCase):
    """A case was opened."""

    via: Via
    emergency: bool
    admitted_at: Instant | None = None
    planned_for: Instant | None = Field(default=None, description="Of a stay that lies ahead: its day")
    topic: Topic | None = Field(default=None, description="Of an enquiry: what is asked")
    earlier: Code | None = Field(default=None, description="The case before this one, if the patient came back soon")


class CaseReported(OfCase):
    """The hospital or a person reported something about the patient."""

    report: Report
    late: bool = Field(description="Something later was heard before, so this changes nothing")


class CaseStageChanged(OfCase):
    """The case stands in another stage; it goes back only when what led there is taken back."""

    stage: Stage
    was: Stage


class CaseTransferred(OfCase):
    """Another hospital goes on with the case; both are told."""

    was: Code = Field(description="The hospital that had it")


class CaseClosed(OfCase):
    """The case ended."""

    ending: Ending | None
    merged_into: Code | None = Field(default=None, description="The case in which it goes on")


class CaseReopened(OfCase):
    """An ending was taken back: the case goes on from where it stood."""

    stage: Stage


class OfStep(OfCase):
    """What every event of a step says: what has to be done by whom, and by when."""

    step_id: Code
    track: Code
    step: Code
    role: Role
    due_at: Instant | None = Field(
        description="Null without a deadline; while its clock stands still, the last known time"
    )


class StepOpened(OfStep):
    """Somebody has something to do; also of a step that goes on because its end was taken back."""

    mandatory: bool


class StepCompleted(OfStep):
    """A step was done. `result`: its outcome's code; the rest of the outcome is asked for by the API."""

    result: Code | None
    in_time: bool | None = Field(description="Whether it was done by when it was due; null without a deadline")


class StepCancelled(OfStep):
    """A step will not be done: on request, because its branch lost, or because the case ended."""

    reason: Code


class StepBlocked(OfStep):
    """A reason why a step cannot proceed; several may stand at once."""

    block_id: Code
    reason: Code
    responsible: Code
    since: Instant
    until: Instant | None
    pauses: bool = Field(description="Whether its clock stands still while the reason stands")


class StepUnblocked(OfStep):
    """One reason ended."""

    block_id: Code
    reason: Code


class StepEscalated(OfStep):
    """A step's clock reached a rung of its ladder, or a person had it climbed before its time (`early`)."""

    rung: Code
    early: bool


class StepRescheduled(OfStep):
    """A step that is open is due at another time."""

    was: Instant | None


class OfItem(OfCase):
    """What every event of an item says. `was`: its status before; null of a new one."""

    item_id: Code
    name: Code
    status: Code
    was: Code | None


class ItemChanged(OfItem):
    """A document, paper, application, place, voucher or arrangement is new, or has another status."""

    kind: ItemKind


class ReferralChanged(OfItem):
    """A request to a partner stands so: `name` is the programme that is asked for."""

    partner: Code


class Tested(Wire):
    """Somebody tries whether a subscription works; nothing happened."""

    webhook_id: Code


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event: its name, what its data are, and when it is told, in words."""

    name: str
    data: type[Wire]
    says: str

    @property
    def schema_id(self) -> str:
        """What `dataschema` says."""
        return f"{SCHEMA}{self.name}"

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its data."""
        made = _schema_of(self.data)
        about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": self.schema_id, "title": self.name}
        return {**made, **about, "description": self.says}


@cache
def _schema_of(data: type[Wire]) -> Mapping[str, Any]:
    """Without what forbids more: whoever reads with this schema may be told more one day."""
    made = data.model_json_schema(mode="serialization")
    del made["additionalProperties"]
    return made


def _type(name: str, data: type[Wire], says: str | None = None) -> EventType:
    return EventType(f"{PREFIX}.{name}.{VERSION}", data, says or " ".join((data.__doc__ or "").split()))


REFERRAL_STATUSES: Mapping[str, str] = {
    "requested": "A partner is asked.",
    "accepted": "The partner accepts, or (accepted before) names another consultant.",
    "in_progress": "The partner has begun, or says how far it is.",
    "declined": "The partner declines, or has not answered in time.",
    "done": "The partner has delivered.",
    "failed": "The partner could not deliver.",
    "recalled": "The request is taken back: another partner accepted first, or the case ended.",
    "handed_over": "The case ended, and the partner goes on by itself.",
}

# Of other kinds nothing is told: needs, relatives, talks and consents are between those who care for the patient.
TOLD_KINDS = frozenset(
    {
        ItemKind.DOCUMENT,
        ItemKind.PAPER,
        ItemKind.APPLICATION,
        ItemKind.INSTITUTION,
        ItemKind.VOUCHER,
        ItemKind.ARRANGEMENT,
    }
)

TESTED = _type("webhook.tested", Tested)
TYPES: tuple[EventType, ...] = (
    _type("case.opened", CaseOpened),
    _type("case.reported", CaseReported),
    _type("case.stage_changed", CaseStageChanged),
    _type("case.transferred", CaseTransferred),
    _type("case.closed", CaseClosed),
    _type("case.reopened", CaseReopened),
    _type("step.opened", StepOpened),
    _type("step.completed", StepCompleted),
    _type("step.cancelled", StepCancelled),
    _type("step.blocked", StepBlocked),
    _type("step.unblocked", StepUnblocked),
    _type("step.escalated", StepEscalated),
    _type("step.rescheduled", StepRescheduled),
    _type("item.changed", ItemChanged),
    *(
        _type(f"referral.{status}", ReferralChanged, REFERRAL_STATUSES[status])
        for status in KINDS[ItemKind.REFERRAL].statuses
    ),
    TESTED,
)
NAMED_TYPES: Mapping[str, EventType] = {each.name: each for each in TYPES}
# What may be subscribed to: a test is sent to whom it tests.
SUBSCRIBED: tuple[str, ...] = tuple(each.name for each in TYPES if each is not TESTED)
_REFERRALS = {
    status: NAMED_TYPES[f"{PREFIX}.referral.{status}.{VERSION}"] for status in KINDS[ItemKind.REFERRAL].statuses
}
_OF_DATA = {each.data: each for each in TYPES if each.data is not ReferralChanged}


def type_of(data: Wire) -> EventType:
    """The type of an event with these data."""
    return _REFERRALS[data.status] if isinstance(data, ReferralChanged) else type_of_data(type(data))


def type_of_data(data: type[Wire]) -> EventType:
    """The type of events that have data of this kind; those of referrals have several."""
    return _OF_DATA[data]
