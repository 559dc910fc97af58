"""What the API shows: the models of contract.md, made from the read model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from api.access import SEE_PERSONS
from api.confidential import opened
from api.parts import ApiParts
from api.people.known import known_persons
from api.views.clock import ClockView, clock_view
from api.views.readiness import ReadinessView, readiness_view
from api.views.support import PsychologyView, psychology_view
from api.views.titles import Title, Worded
from api.views.variant import VariantView, variant_views
from marshrut.domain.disposition import DISPOSITIONS
from marshrut.domain.events import Body, Event, PeopleTold
from marshrut.domain.ids import grouped
from marshrut.domain.moves import Action, can
from marshrut.domain.outcomes import Outcome
from marshrut.domain.overdue import overdue
from marshrut.domain.pressing import REMINDER
from marshrut.domain.readmission import case_after
from marshrut.domain.staffing import answers_for
from marshrut.domain.state import Block, CaseState, Step, StepState
from marshrut.domain.stuck import ready_at
from marshrut.domain.versions import of_part
from marshrut.domain.words import Ending, Flag, Role, Stage
from marshrut.ports import Caller, StepRow
from workflows.registry import OUTCOMES

Item = TypeVar("Item")


class Listing(BaseModel, Generic[Item]):
    """Some items, and the cursor of the next ones (null: there are none)."""

    items: list[Item]
    next: str | None


class StepView(BaseModel):
    """A step (contract, `step`). `can`: what the caller may do to it now. `version`: for `If-Match`.

    What a psychologist wrote into `outcome` is shown to the hospital's psychologists and to its author only; what
    others need in order to act stands in the outcome's codes.
    """

    step_id: str
    version: str
    case_id: str
    hospital: str
    track: str
    name: str
    title: Title
    role: Role
    assignee: str | None
    state: StepState
    mandatory: bool
    opened_at: datetime
    occurred_at: datetime | None
    clock: ClockView
    blocks: list[Block]
    cancel_requested_by: str | None
    outcome_schema: dict[str, Any]
    outcome: dict[str, Any] | None
    can: list[Action]


class PatientView(BaseModel):
    """Whom the case is about, as the newest admission says."""

    identified: bool
    mrn: str | None = None
    family: str | None = None
    given: str | None = None
    patronymic: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    address: str | None = None
    phones: list[str] = []


class DispositionView(BaseModel):
    """How other systems name the ending: FHIR R4 discharge-disposition, HL7 v2 table 0112."""

    fhir: str
    hl7v2_0112: str


class MatchView(BaseModel):
    """How well a case fits what was searched for, 0 to 100, and why; no reasons: it is written so, or begins so."""

    score: int
    why: list[Worded]


class CaseSummary(BaseModel):
    """A case in a list: codes only. `variants`: what kind of case it is, and why. `seq`: its version, for `If-Match`.

    `absorbed`: cases of the same person that go on in this one; `merged_into`: the one in which this goes on;
    `moved_from`: hospitals that had the case before.
    """

    case_id: str
    hospital: str
    state: Literal["open", "paused", "closed"]
    stage: Stage
    ward: str | None
    bed: str | None
    flags: list[Flag]
    variants: list[VariantView]
    owner: str | None
    earlier: str | None
    emergency: bool
    admitted_at: datetime
    opened_at: datetime
    medically_ready_at: datetime | None
    expected_discharge_at: datetime | None
    absorbed: list[str]
    merged_into: str | None
    moved_from: list[str]
    closed_at: datetime | None
    ending: Ending | None
    disposition: DispositionView | None
    open_steps: int
    blocked_steps: int
    overdue_steps: int
    seq: int
    match: MatchView | None = None


class WaitView(BaseModel):
    """The case waits until then by itself; `name` says for what, within which track."""

    name: str
    until: datetime


class ResponsibleView(BaseModel):
    """Who answers for the case now: somebody who is there, or (`user` null) everybody of the role."""

    user: str | None
    role: Role


class CaseCard(CaseSummary):
    """A case with its steps. Person fields are null for roles that may not see them.

    `earlier`, `later`: the person's cases before and after this one, where they came back soon. `answers_for`: nobody
    does for a closed one.
    """

    answers_for: ResponsibleView | None

    visit: str | None
    diagnosis: str | None
    sentence: str | None
    inquiry: str | None
    referred_by: dict[str, Any] | None
    patient: PatientView | None
    contacts: list[dict[str, Any]] | None
    tracks: dict[str, str | None]
    waits: list[WaitView]
    readiness: ReadinessView
    psychology: PsychologyView
    later: str | None
    steps: list[StepView]


class EventView(BaseModel):
    """One line of a case's history, with both times; `text` holds private parts the caller may see.

    What a psychologist wrote is shown to the hospital's psychologists and to its author only.
    """

    seq: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    role: Role
    command_id: str | None
    data: dict[str, Any]
    text: dict[str, Any] | None


async def step_view(
    row: StepRow, caller: Caller, parts: ApiParts, private: Mapping[str, Mapping[str, Any]] | None = None
) -> StepView:
    """A step as the caller may see it; `private` holds opened private parts by command id."""
    step, now = row.step, parts.now()
    outcome_type = OUTCOMES.get(f"{step.track}.{step.name}")
    return StepView(
        step_id=step.step_id,
        version=of_part(step),
        case_id=row.case_id,
        hospital=row.hospital,
        track=step.track,
        name=step.name,
        title=await title_of(row, parts, private or {}),
        role=step.role,
        assignee=step.assignee,
        state=step.state,
        mandatory=step.mandatory,
        opened_at=step.opened_at,
        occurred_at=step.occurred_at,
        clock=clock_view(row, now, await parts.catalogues.slice_of(row.catalogue, row.hospital, row.variants)),
        blocks=list(step.blocks),
        cancel_requested_by=step.cancel_requested_by,
        outcome_schema={} if outcome_type is None else _schema(outcome_type),
        outcome=_outcome(step, private or {}),
        # What is open to somebody in need is there to be read.
        can=[] if row.case_id in caller.opened else list(can(step, caller.actor, closed=row.closed)),
    )


@cache
def _schema(outcome: type[Outcome]) -> dict[str, Any]:
    """Made once: for each step of each list anew it cost more than all the rest of a view."""
    return outcome.model_json_schema()


async def title_of(row: StepRow, parts: ApiParts, private: Mapping[str, Mapping[str, Any]]) -> Title:
    """What a step is called: its own words, or those of the catalogue that its case began under."""
    own = private.get(row.step.step_id.rsplit(".", 1)[-1], {}).get("title")
    if isinstance(own, str):
        return Title(ru=own, en=own)
    return Title(**await parts.catalogues.title(row))


def _outcome(step: Step, private: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    if step.outcome is None:
        return None
    return {**step.outcome, **private.get(step.outcome_ref or "", {}).get("outcome", {})}


async def case_summary(case: CaseState, parts: ApiParts) -> CaseSummary:
    """A case in a list."""
    return CaseSummary(**await _summary(case, parts))


async def _summary(case: CaseState, parts: ApiParts) -> dict[str, Any]:
    live, paused, now = case.live_steps, case.paused_since is not None, parts.now()
    return {
        "case_id": case.case_id,
        "hospital": case.hospital,
        "state": "closed" if case.closed else "paused" if paused else "open",
        "stage": case.stage,
        "ward": case.ward,
        "bed": case.bed,
        "flags": list(case.flags),
        "variants": await variant_views(case, parts),
        "owner": case.owner,
        "earlier": case.earlier,
        "emergency": case.emergency,
        "admitted_at": case.admitted_at,
        "opened_at": case.opened_at,
        "medically_ready_at": ready_at(case),
        "expected_discharge_at": case.expected_discharge_at,
        "absorbed": list(case.absorbed),
        "merged_into": case.merged_into,
        "moved_from": list(case.moved_from),
        "closed_at": case.closed_at,
        "ending": case.ending,
        "disposition": case.ending and _disposition(case.ending),
        "open_steps": len(live),
        "blocked_steps": sum(bool(step.blocks) for step in live),
        "overdue_steps": sum(overdue(step, paused, now) for step in live),
        "seq": case.seq,
    }


def _disposition(ending: Ending) -> DispositionView:
    named = DISPOSITIONS[ending]
    return DispositionView(fhir=named.fhir, hl7v2_0112=named.hl7)


async def case_card(case: CaseState, caller: Caller, parts: ApiParts) -> CaseCard:
    """A case with its steps and, for roles that may see persons, with the person."""
    rows = [row_of(case, step) for step in case.steps.values()]
    private = await opened(parts, caller, refs(rows))
    admission, person = await case_records(parts, caller, case)
    return CaseCard(
        **await _summary(case, parts),
        answers_for=await _answers_for(case, parts),
        visit=admission.get("visit"),
        diagnosis=admission.get("diagnosis"),
        sentence=admission.get("sentence"),
        inquiry=grouped(case.inquiry) if case.inquiry is not None and caller.role in SEE_PERSONS else None,
        referred_by=admission.get("referred_by"),
        patient=PatientView(**person["patient"]) if person else None,
        contacts=person.get("contacts"),
        tracks={name: track.result for name, track in case.tracks.items()},
        waits=[WaitView(name=name, until=wait.at) for name, wait in case.waits.items() if not wait.reached],
        readiness=await readiness_view(case, parts),
        psychology=await psychology_view(case, parts),
        later=case_after(case.case_id, await parts.queries.of_person(case.person or "")),
        steps=[await step_view(row, caller, parts, private) for row in rows],
    )


async def _answers_for(case: CaseState, parts: ApiParts) -> ResponsibleView | None:
    if case.closed:
        return None
    now = parts.now()
    roster = {} if case.owner is None else await parts.staff.people(now, users=[case.owner])
    found = answers_for(case.owner, roster, case.hospital or "", now)
    return ResponsibleView(user=found.user, role=found.role)


def row_of(case: CaseState, step: Step) -> StepRow:
    """A step of a case that is at hand, as the read model has it."""
    still = case.closed or case.paused_since is not None
    return StepRow(
        case.case_id,
        case.hospital or "",
        step,
        still,
        case.closed,
        case.catalogue,
        case.paused_since,
        tuple(case.variants),
    )


async def case_records(parts: ApiParts, caller: Caller, case: CaseState) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What the case's admission told of the visit, and what is known of the person."""
    admissions = await opened(parts, caller, [case.admission_ref or ""])
    persons = await known_persons(parts, [case.person]) if caller.role in SEE_PERSONS else {}
    return admissions.get(case.admission_ref or "", {}), persons.get(case.person or "", {})


def refs(rows: list[StepRow]) -> list[str]:
    """The commands whose private parts these steps show: an ad hoc step's title, an outcome's private fields."""
    ad_hoc = (row.step.step_id.rsplit(".", 1)[-1] for row in rows if row.step.track == "adhoc")
    outcomes = (row.step.outcome_ref for row in rows if row.step.outcome_ref is not None)
    return [*ad_hoc, *outcomes]


def event_view(event: Event, private: Mapping[str, Mapping[str, Any]]) -> EventView:
    """One line of the history. What a hospital's message tells of the person is shown on the card only.

    A referral's own words are shown here too: the one that attached to a case stands nowhere else.
    """
    own = private.get(event.command_id or "", {})
    if not _has_words(event.body) or own.get("patient"):
        own = {name: own[name] for name in ("sentence", "referred_by") if own.get(name)}
    return EventView(
        seq=event.seq,
        kind=event.body.kind,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        actor=event.actor,
        role=event.role,
        command_id=event.command_id,
        data=event.body.model_dump(mode="json", exclude={"kind", "inquiry"}, exclude_none=True),
        text=dict(own) if own else None,
    )


def _has_words(body: Body) -> bool:
    """Whether it is to this event of a command's that a person wrote something."""
    return body.kind in TEXTS or (isinstance(body, PeopleTold) and body.occasion == REMINDER)


# The kinds of event to which a person may have written something.
TEXTS = frozenset(
    {
        "step_opened",
        "step_completed",
        "step_blocked",
        "step_extended",
        "step_assigned",
        "step_released",
        "step_escalated",
        "step_cancelled",
        "cancel_requested",
        "step_commented",
        "reported",
        "case_transferred",
        "flags_changed",
        "variants_changed",
        "item_added",
        "item_moved",
    }
)
