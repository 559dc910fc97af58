"""What the hospital or a person reports about the patient, and the endings that this means or takes back.

Hospital systems send late, twice and out of order. What they say is therefore kept by the time at which it was so: a
later word holds, an earlier one that arrives after it stands in the history (`late`) and changes nothing. Whatever the
order of arrival, the case comes to stand the same. What people say holds as they said it: they correct each other.
"""

from __future__ import annotations

from datetime import datetime

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.ids import short
from marshrut.domain.items import ended
from marshrut.domain.kinds import KINDS
from marshrut.domain.moves import CARE, SENIOR, Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState, Item
from marshrut.domain.stuck import left_at
from marshrut.domain.taking_back import cancelled, last_true, mends
from marshrut.domain.words import ENDINGS, Ending, Mark, Report, Role

# The system itself reports that somebody came back, when their new case opens.
REPORTERS = CARE | {Role.INTEGRATOR, Role.SYSTEM}
# Which ending a report takes back, and whether that takes a senior.
TAKES_BACK: dict[Report, frozenset[Ending]] = {
    Report.HELP_ACCEPTED: frozenset({Ending.REFUSED_HELP}),
    Report.RETURNED: frozenset({Ending.LEFT_AGAINST_ADVICE}),
    Report.REINSTATED: frozenset({Ending.DIED, Ending.ADMISSION_CANCELLED}),
    Report.UNMERGED: frozenset({Ending.MERGED}),
}
SENIORS_TAKE_BACK = frozenset({Report.REINSTATED, Report.UNMERGED})
# What a closed case still takes from its hospital: it changes what is known, and opens nothing.
KNOWN_AFTERWARDS = frozenset(
    {Report.MOVED, Report.DISCHARGED, Report.EXPECTED_DISCHARGE, Report.UPDATED, Report.OPERATED, *ENDINGS}
)


def report(state: CaseState, body: c.ReportFact, actor: Actor, at: datetime, tell_at: datetime) -> tuple[e.Body, ...]:
    """What it means for the case that this was so `at` that time; people are told of an end from `tell_at` on.

    Raises:
        Refused: `role_not_allowed`, `already_paused`, `not_paused`, `ends_before_it_starts`, `not_discharged`,
            `missing_field`, `case_closed` or `nothing_to_take_back`.
    """
    if actor.role not in REPORTERS:
        raise Refused("role_not_allowed", role=actor.role)
    if body.report in TAKES_BACK:
        return _take_back(state, body, actor)
    late = actor.role is Role.INTEGRATOR and _overtaken(state, body, at)
    reported = e.Reported(**body.model_dump(exclude={"type"}), late=late)
    if body.report is Report.DISCHARGE_CANCELLED:
        return _discharge_cancelled(state, reported, actor)
    if state.closed:
        if body.report is not Report.MERGED and not (actor.role is Role.INTEGRATOR and body.report in KNOWN_AFTERWARDS):
            raise Refused("case_closed", ending=state.ending or "")
        return (reported,)
    _check(state, body, at)
    ending = None if late else ENDINGS.get(body.report)
    if ending is None:
        return (reported,)
    told = (_left_without_notice(state, at),) if body.report is Report.LEFT else ()
    return (reported, *told, *close(state, ending, tell_at))


def close(state: CaseState, ending: Ending, tell_at: datetime) -> tuple[e.Body, ...]:
    """The end of a case: nothing stays open or overdue, nor asked of others, who are told of that from `tell_at` on."""
    left = (e.StepCancelled(step_id=step.step_id, reason="case_closed") for step in state.live_steps)
    over = [(item, to) for item in state.items.values() if (to := ended(item, ending)) is not None]
    moved = (e.ItemMoved(item_id=item.item_id, status=to) for item, to in over)
    told = (_ended_for(item, to, tell_at) for item, to in over if KINDS[item.kind].tells)
    return (*left, *moved, *told, e.CaseClosed(ending=ending))


def admitted_again(state: CaseState, body: c.Admit, at: datetime) -> tuple[e.Body, ...]:
    """The visit was announced again; after it had been cancelled that takes the cancelling back.

    So does an outpatient who is taken into a ward: of a discharge before that.
    """
    if body.via == "planned" and (state.via != "planned" or state.came_in_at is not None):
        return (e.AdmissionRepeated(),)  # a stay that lies ahead says nothing of who is here, or was
    again = e.AdmissionRepeated(
        at=at, ward=body.ward, bed=body.bed, inpatient=body.inpatient, planned_for=body.planned_for
    )
    cancelled_at = state.reports.get(Report.ADMISSION_CANCELLED)
    if state.ending is Ending.ADMISSION_CANCELLED and cancelled_at is not None and at > cancelled_at:
        return (again, e.TakenBack(mark=last_true(state)))
    left = state.reports.get(Report.DISCHARGED)
    if body.inpatient and left is not None and left <= at and _comes_back(state):
        return (*cancelled(state, Mark.LEFT), again, e.TakenBack(mark=Mark.LEFT))
    return (again,)


def _comes_back(state: CaseState) -> bool:
    """Whether a discharge that was none has something to take back.

    Who has died since, or whose case another one goes on with, is not called back by it.
    """
    return Mark.LEFT in state.marks and not (state.closed and Mark.ENDED in state.marks)


def _overtaken(state: CaseState, body: c.ReportFact, at: datetime) -> bool:
    """Whether something later was heard of the same; of two at one instant the same one wins, whichever came first."""
    known = state.reports
    match body.report:
        case Report.MOVED:
            new, old = (body.ward or "", body.bed or ""), (state.ward or "", state.bed or "")
            return state.placed_at is not None and (at, new) < (state.placed_at, old)
        case Report.DISCHARGED:
            return Report.DISCHARGE_CANCELLED in known and at <= known[Report.DISCHARGE_CANCELLED]
        case Report.DISCHARGE_CANCELLED:
            return Report.DISCHARGED in known and at < known[Report.DISCHARGED]
        case Report.ADMISSION_CANCELLED:
            # A stay that lay ahead is not called off any more once its patient has come.
            here = body.planned and not state.awaited
            return here or (state.announced_at is not None and at < state.announced_at)
        case Report.EXPECTED_DISCHARGE:
            return (at, body.expected_at) < (
                known.get(body.report, at),
                state.expected_discharge_at or body.expected_at,
            )
        case _:
            return at < known.get(body.report, at)


def _discharge_cancelled(state: CaseState, reported: e.Reported, actor: Actor) -> tuple[e.Body, ...]:
    """The patient has not left after all: whatever was asked of them or for them in the ward goes on."""
    if Report.DISCHARGED not in state.reports and actor.role is not Role.INTEGRATOR:
        raise Refused("not_discharged")
    if reported.late or not _comes_back(state):
        if state.closed and actor.role is not Role.INTEGRATOR:
            raise Refused("case_closed", ending=state.ending or "")
        return (reported,)
    return (*cancelled(state, Mark.LEFT), reported, e.TakenBack(mark=Mark.LEFT))


def _take_back(state: CaseState, body: c.ReportFact, actor: Actor) -> tuple[e.Body, ...]:
    if body.report in SENIORS_TAKE_BACK and actor.role not in SENIOR:
        raise Refused("role_not_allowed", role=actor.role)
    if state.ending not in TAKES_BACK[body.report] or not mends(state, Mark.ENDED):
        raise Refused("nothing_to_take_back", ending=state.ending or "")
    reported = e.Reported(**body.model_dump(exclude={"type"}))
    return (reported, e.TakenBack(mark=last_true(state)))


def _check(state: CaseState, body: c.ReportFact, at: datetime) -> None:
    since = state.paused_since
    match body.report:
        case Report.PAUSED if since is not None:
            raise Refused("already_paused")
        case Report.RESUMED if since is None:
            raise Refused("not_paused")
        case Report.RESUMED if since is not None and at < since:
            raise Refused("ends_before_it_starts", field="occurred_at")
        case Report.READMITTED if left_at(state) is None and not state.awaited:
            raise Refused("not_discharged")
        case Report.EXPECTED_DISCHARGE if body.expected_at is None:
            raise Refused("missing_field", field="expected_at")
        case Report.MOVED if body.ward is None:
            raise Refused("missing_field", field="ward")
        case _:
            pass


def _left_without_notice(state: CaseState, at: datetime) -> e.PeopleTold:
    """Somebody has to see at once whether they are in danger; whom a senior tells depends on who they are."""
    key = f"left/{len(state.notices)}"
    return e.PeopleTold(key=key, occasion="left_without_notice", role=Role.SUPERVISOR, tell_at=at, urgent=True)


def _ended_for(item: Item, to: str, tell_at: datetime) -> e.PeopleTold:
    """The coordinator tells the partner: no partner reads our notices."""
    occasion = short(f"{item.kind}_{to}.{item.item_id.split('.', 1)[1]}")
    return e.PeopleTold(key=f"ended/{occasion}", occasion=occasion, role=Role.COORDINATOR, tell_at=tell_at)
