import ast
import inspect
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from marshrut.domain import commands as c
from marshrut.domain import decide as decide_module
from marshrut.domain import events as e
from marshrut.domain import moves as moves_module
from marshrut.domain import moving as moving_module
from marshrut.domain import pressing as pressing_module
from marshrut.domain import reports as reports_module
from marshrut.domain.clock import Term, Unit
from marshrut.domain.decide import ADULT, SKEW, decide
from marshrut.domain.evolve import evolve
from marshrut.domain.facts import Referral
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.reports import close
from marshrut.domain.state import CaseState
from marshrut.domain.words import ENDINGS, Ending, ItemKind, Report, Role
from tests.fixtures.cases import (
    ANNA,
    BORIS,
    CATALOGUE,
    DAY,
    HIS,
    HOUR,
    NOON,
    OLGA,
    PAVEL,
    VERA,
    admission,
    clock,
    command,
    event,
)
from workflows.registry import OUTCOMES

STEP = "case.contact.first_contact.main"
FREE = "case.adhoc.adhoc.free"
ADMIN = Actor(user="root", role=Role.ADMIN)
CALENDAR = next(iter(CATALOGUE.calendars.values()))
NEWER = CALENDAR.model_copy(update={"version": "newer"})
AUDITOR = Actor(user="ada", role=Role.AUDITOR)
ITSELF = Actor(user="marshrut", role=Role.SYSTEM)


def told(*bodies: e.Body, actor: Actor = ANNA) -> CaseState:
    """The case that these events make."""
    state = CaseState(case_id="case")
    for body in bodies:
        state = evolve(state, event(state.seq + 1, body, actor=actor.user, role=actor.role))
    return state


def opened_step(step_id: str = STEP, **changes: object) -> e.StepOpened:
    track, name = step_id.split(".")[1:3]
    facts: dict[str, object] = {"role": Role.COORDINATOR, "mandatory": True, "clock": clock(NOON + DAY)}
    return e.StepOpened.model_validate({"step_id": step_id, "track": track, "name": name} | facts | changes)


MODULES = (decide_module, moves_module, moving_module, pressing_module, reports_module)
ADMITTED = e.CaseOpened(
    hospital="GKB29", person="p", admitted_at=NOON, emergency=True, procedure=ADULT, catalogue=CATALOGUE.version
)
BLOCKED = e.StepBlocked(step_id=STEP, block_id="b1", reason="passport", responsible="police", since=NOON)
ASKED = e.CancelRequested(step_id=STEP, reason="duplicate")
NEW = CaseState(case_id="case")
OPEN = told(ADMITTED, opened_step())
CLAIMED = told(ADMITTED, opened_step(), e.StepClaimed(step_id=STEP, assignee=ANNA.user))
DONE = told(ADMITTED, opened_step(), e.StepCompleted(step_id=STEP, outcome={"result": "contacted"}))
CANCELLED = told(ADMITTED, opened_step(), e.StepCancelled(step_id=STEP, reason="duplicate"))
STUCK = told(ADMITTED, opened_step(), BLOCKED)
STUCK_FOR_GOOD = told(ADMITTED, opened_step(), BLOCKED.model_copy(update={"pauses": True}))
EMERGENCY = told(ADMITTED, opened_step(clock=clock(NOON + DAY, emergency=True)))
TWO_DAYS_MORE = c.Extend(step_id=STEP, by=Term(amount=2, unit=Unit.WORKING_DAYS), reason="agreed", ordinary=True)
RAISE = c.Escalate(step_id=STEP, reason="awaiting")
TO_THE_TOP = e.StepEscalated(step_id=STEP, rung="centre", climbed=4)
REMINDED = told(
    ADMITTED,
    opened_step(),
    e.PeopleTold(key="r", occasion="reminder", role=Role.COORDINATOR, about=STEP, tell_at=NOON),
)
SEEN = e.NoticeAcknowledged(key="a/f")
NOTICE = e.PeopleTold(key="a/f", occasion="f", role=Role.SUPERVISOR, tell_at=NOON)
TOLD = told(ADMITTED, NOTICE)
PAUSED = told(ADMITTED, e.Reported(report=Report.PAUSED))
CLOSED = told(ADMITTED, e.CaseClosed(ending=Ending.DIED))

COMPLETE = c.Complete(step_id=STEP, outcome={"result": "contacted"})
BLOCK = c.AddBlock(step_id=STEP, reason="passport", responsible="police")


class Case(NamedTuple):
    """Who asks for what, of which case, and why it is refused."""

    code: str
    state: CaseState
    command: c.Command


REFUSALS = [
    Case("expired", NEW, command(admission(), not_after=NOON - HOUR)),
    Case("case_not_found", NEW, command(c.Claim(step_id=STEP))),
    Case("case_not_found", NEW, command(c.ReportFact(report=Report.DIED), HIS)),
    Case("case_closed", CLOSED, command(c.Claim(step_id=STEP))),
    Case("case_closed", CLOSED, command(c.ReportFact(report=Report.DIED))),
    Case("case_closed", CLOSED, command(c.AddStep(role=Role.COORDINATOR))),
    Case("in_the_future", OPEN, command(COMPLETE, occurred_at=NOON + HOUR)),
    Case("before_admission", OPEN, command(COMPLETE, occurred_at=NOON - HOUR)),
    Case("role_not_allowed", OPEN, command(c.ReportFact(report=Report.DIED), AUDITOR)),
    Case("role_not_allowed", OPEN, command(c.AddStep(role=Role.COORDINATOR), AUDITOR)),
    Case("role_not_allowed", OPEN, command(c.AddStep(role=Role.COORDINATOR, assignee=BORIS.user))),
    Case("role_not_allowed", OPEN, command(c.Claim(step_id=STEP), VERA)),
    Case("role_not_allowed", OPEN, command(c.Comment(step_id=STEP), HIS)),
    Case("wrong_role", OPEN, command(c.AddStep(role=Role.AUDITOR))),
    Case("due_in_the_past", OPEN, command(c.AddStep(role=Role.COORDINATOR, due_at=NOON))),
    Case("already_paused", PAUSED, command(c.ReportFact(report=Report.PAUSED))),
    Case("not_paused", OPEN, command(c.ReportFact(report=Report.RESUMED))),
    Case(
        "ends_before_it_starts",
        told(ADMITTED.model_copy(update={"admitted_at": NOON - DAY}), e.Reported(report=Report.PAUSED)),
        command(c.ReportFact(report=Report.RESUMED), occurred_at=NOON - HOUR),
    ),
    Case("notice_not_found", OPEN, command(c.Acknowledge(key="a/f"), OLGA)),
    Case("already_acknowledged", told(ADMITTED, NOTICE, SEEN), command(c.Acknowledge(key="a/f"), OLGA)),
    Case("role_not_allowed", TOLD, command(c.Acknowledge(key="a/f"), ANNA)),
    Case("role_not_allowed", OPEN, command(c.ReplaceCalendar(calendar=NEWER), OLGA)),
    Case("calendar_in_force", OPEN, command(c.ReplaceCalendar(calendar=CALENDAR), ADMIN)),
    Case(
        "unknown_calendar",
        OPEN,
        command(c.ReplaceCalendar(calendar=CALENDAR.model_copy(update={"name": "moon"})), ADMIN),
    ),
    Case("nothing_to_take_back", OPEN, command(c.ReportFact(report=Report.HELP_ACCEPTED))),
    Case("nothing_to_take_back", CLOSED, command(c.ReportFact(report=Report.REINSTATED), OLGA)),
    Case("nothing_changes", OPEN, command(c.Transfer(hospital="GKB29", catalogue=CATALOGUE))),
    Case("not_discharged", OPEN, command(c.ReportFact(report=Report.DISCHARGE_CANCELLED))),
    Case("missing_field", OPEN, command(c.ReportFact(report=Report.EXPECTED_DISCHARGE))),
    Case("missing_field", OPEN, command(c.ReportFact(report=Report.MOVED))),
    Case("step_not_found", OPEN, command(c.Claim(step_id="case.contact.first_contact.other"))),
    Case("already_claimed", CLAIMED, command(c.Claim(step_id=STEP), BORIS)),
    Case("already_claimed", CLAIMED, command(c.Claim(step_id=STEP))),
    Case("claimed_by_another", CLAIMED, command(COMPLETE, BORIS)),
    Case("claimed_by_another", CLAIMED, command(c.Release(step_id=STEP), BORIS)),
    Case("claimed_by_another", CLAIMED, command(c.Release(step_id=STEP, held_by="gone"), ITSELF)),
    Case("claimed_by_another", CLAIMED, command(c.Assign(step_id=STEP, assignee="boris", held_by="gone"), ITSELF)),
    Case("claimed_by_another", OPEN, command(c.SetOwner(owner="boris", reason="r", held_by="gone"), ITSELF)),
    Case("role_not_allowed", OPEN, command(c.Extend(step_id=STEP, due_at=NOON + DAY, reason="r"), ITSELF)),
    Case("step_is_open", OPEN, command(c.Release(step_id=STEP))),
    Case("step_is_done", DONE, command(COMPLETE)),
    Case("step_is_cancelled", CANCELLED, command(COMPLETE)),
    Case("step_blocked", STUCK, command(COMPLETE)),
    Case("not_blocked", OPEN, command(c.Unblock(step_id=STEP))),
    Case("not_blocked", STUCK, command(c.Unblock(step_id=STEP, reason="housing"))),
    Case("not_blocked", STUCK, command(c.Unblock(step_id=STEP, block_id="b2"))),
    Case("unknown_reason", OPEN, command(BLOCK.model_copy(update={"reason": "weather"}))),
    Case("already_blocked", STUCK, command(BLOCK)),
    Case("ends_before_it_starts", OPEN, command(BLOCK.model_copy(update={"until": NOON - HOUR}))),
    Case(
        "no_deadline",
        told(ADMITTED, opened_step(clock=None)),
        command(c.Extend(step_id=STEP, due_at=NOON + DAY, reason="awaiting"), OLGA),
    ),
    Case(
        "due_in_the_past",
        told(ADMITTED, opened_step(clock=clock(NOON - DAY, opened_at=NOON - 2 * DAY))),
        command(c.Extend(step_id=STEP, due_at=NOON - HOUR, reason="awaiting"), OLGA),
    ),
    Case("not_later", OPEN, command(c.Extend(step_id=STEP, due_at=NOON + DAY, reason="awaiting"), OLGA)),
    Case("clock_paused", STUCK_FOR_GOOD, command(TWO_DAYS_MORE, OLGA)),
    Case("clock_paused", told(ADMITTED, opened_step(), e.Reported(report=Report.PAUSED)), command(TWO_DAYS_MORE, OLGA)),
    Case("emergency_clock", EMERGENCY, command(TWO_DAYS_MORE, OLGA)),
    Case("role_not_allowed", OPEN, command(TWO_DAYS_MORE, ANNA)),
    Case("own_step", CLAIMED, command(c.Remind(step_id=STEP, again_after_s=0), ANNA)),
    Case("reminded_lately", REMINDED, command(c.Remind(step_id=STEP, again_after_s=1), OLGA)),
    Case("role_not_allowed", OPEN, command(c.Remind(step_id=STEP, again_after_s=1), AUDITOR)),
    Case("no_deadline", told(ADMITTED, opened_step(clock=None)), command(RAISE, OLGA)),
    Case("nobody_above", told(ADMITTED, opened_step(), TO_THE_TOP), command(RAISE, OLGA)),
    Case("role_not_allowed", OPEN, command(RAISE, VERA)),
    Case(
        "cancel_already_requested",
        told(ADMITTED, opened_step(), ASKED),
        command(c.Cancel(step_id=STEP, reason="duplicate"), BORIS),
    ),
    Case("nothing_to_approve", OPEN, command(c.Approve(step_id=STEP), OLGA)),
    Case("own_request", told(ADMITTED, opened_step(), ASKED, actor=OLGA), command(c.Approve(step_id=STEP), OLGA)),
    Case(
        "unknown_step",
        told(ADMITTED, opened_step("case.old.gone.main")),
        command(c.Complete(step_id="case.old.gone.main", outcome={"result": "done"})),
    ),
    Case("wrong_outcome", OPEN, command(c.Complete(step_id=STEP, outcome={"result": "vanished"}))),
    Case("wrong_outcome", OPEN, command(c.Complete(step_id=STEP, outcome={}))),
    Case("wrong_outcome", OPEN, command(c.Complete(step_id=STEP, outcome={"result": "contacted", "score": 5}))),
    Case("wrong_outcome", OPEN, command(c.Complete(step_id=STEP, outcome={"result": "moved"}))),
]


def decided(state: CaseState, asked: c.Command) -> tuple[e.Body, ...]:
    return decide(state, asked, NOON, CATALOGUE, OUTCOMES)


@pytest.mark.parametrize(
    "case", REFUSALS, ids=[f"{case.code}-{case.command.body.type}-{n}" for n, case in enumerate(REFUSALS)]
)
def test_what_may_not_happen_is_refused_by_its_code(case: Case) -> None:
    """A command that may not happen is refused by the code that the contract names."""
    with pytest.raises(Refused) as refusal:
        decided(case.state, case.command)
    assert refusal.value.code == case.code


def test_every_refusal_has_its_case() -> None:
    """No code is raised anywhere in the rules without a case above."""
    raised = {code for module in MODULES for code in codes_raised(inspect.getsource(module))}
    covered = {case.code for case in REFUSALS}
    assert raised <= covered | {"step_is_"}
    assert {code for code in covered if not code.startswith("step_is_")} <= raised


def codes_raised(source: str) -> set[str]:
    """The first words of every `Refused(...)` in a source."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
            code = node.args[0]
            first = code.values[0] if isinstance(code, ast.JoinedStr) else code
            assert isinstance(first, ast.Constant)
            found.add(str(first.value))
    return found


def test_a_refusal_names_the_field() -> None:
    """Whoever filled in a form wrongly hears which field it was."""
    with pytest.raises(Refused) as refusal:
        decided(OPEN, command(c.Complete(step_id=STEP, outcome={"result": "vanished"})))
    assert refusal.value.details == {"field": "outcome.result"}


ALLOWED: list[tuple[CaseState, c.CommandBody, Actor, list[e.Body]]] = [
    (NEW, admission(), HIS, [ADMITTED.model_copy(update={"person": "person-1"})]),
    (OPEN, admission(), HIS, [e.AdmissionRepeated(at=NOON)]),
    (CLOSED, admission(), HIS, [e.AdmissionRepeated(at=NOON)]),
    (OPEN, c.Claim(step_id=STEP), ANNA, [e.StepClaimed(step_id=STEP, assignee="anna")]),
    (CLAIMED, c.Release(step_id=STEP), ANNA, [e.StepReleased(step_id=STEP)]),
    (OPEN, c.Assign(step_id=STEP, assignee="boris"), OLGA, [e.StepAssigned(step_id=STEP, assignee="boris")]),
    (OPEN, COMPLETE, ANNA, [e.StepCompleted(step_id=STEP, outcome={"result": "contacted"})]),
    (STUCK, c.Unblock(step_id=STEP), ANNA, [e.StepUnblocked(step_id=STEP, block_id="b1")]),
    (STUCK, c.Unblock(step_id=STEP, reason="passport"), ANNA, [e.StepUnblocked(step_id=STEP, block_id="b1")]),
    (TOLD, c.Acknowledge(key="a/f"), OLGA, [e.NoticeAcknowledged(key="a/f")]),
    (TOLD, c.Acknowledge(key="a/f"), PAVEL, [e.NoticeAcknowledged(key="a/f")]),
    (OPEN, c.ReplaceCalendar(calendar=NEWER), ADMIN, [e.CalendarReplaced(calendar=NEWER)]),
    (OPEN, c.Cancel(step_id=STEP, reason="r"), ANNA, [e.CancelRequested(step_id=STEP, reason="r")]),
    (OPEN, c.Cancel(step_id=STEP, reason="r"), PAVEL, [e.CancelRequested(step_id=STEP, reason="r")]),
    (
        told(ADMITTED, opened_step(FREE, mandatory=False)),
        c.Cancel(step_id=FREE, reason="r"),
        ANNA,
        [e.StepCancelled(step_id=FREE, reason="r")],
    ),
    (
        told(ADMITTED, opened_step(), ASKED),
        c.Approve(step_id=STEP),
        OLGA,
        [e.StepCancelled(step_id=STEP, reason="duplicate")],
    ),
    (
        told(ADMITTED, opened_step(), ASKED),
        c.Approve(step_id=STEP, approved=False),
        OLGA,
        [e.CancelDenied(step_id=STEP)],
    ),
    (DONE, c.Comment(step_id=STEP), ANNA, [e.StepCommented(step_id=STEP)]),
    (
        told(ADMITTED, opened_step(), e.CaseClosed(ending=Ending.DIED)),
        c.Comment(step_id=STEP),
        ANNA,
        [e.StepCommented(step_id=STEP)],
    ),
    (
        OPEN,
        c.ReportFact(report=Report.MOVED, ward="w2", bed="b3"),
        HIS,
        [e.Reported(report=Report.MOVED, ward="w2", bed="b3")],
    ),
]


@pytest.mark.parametrize(
    ("state", "body", "actor", "events"), ALLOWED, ids=[f"{case[1].type}-{n}" for n, case in enumerate(ALLOWED)]
)
def test_a_command_means_these_events(
    state: CaseState, body: c.CommandBody, actor: Actor, events: list[e.Body]
) -> None:
    """Each command that may happen means these events, and asking twice gives the same answer."""
    asked = command(body, actor)
    assert list(decided(state, asked)) == events
    assert list(decided(state, asked)) == events


def test_a_block_says_since_when() -> None:
    """A block counts from when it began: as told, else from when the command occurred, else from now."""
    later = NOON + timedelta(minutes=2)
    for occurred_at, since in ((None, NOON), (later, later)):
        asked = command(BLOCK, occurred_at=occurred_at)
        (body,) = decided(OPEN, asked)
        assert isinstance(body, e.StepBlocked)
        assert (body.since, body.block_id) == (since, asked.id)
    (body,) = decided(OPEN, command(BLOCK.model_copy(update={"since": NOON - DAY})))
    assert isinstance(body, e.StepBlocked)
    assert body.since == NOON - DAY


def test_several_reasons_stand_side_by_side() -> None:
    """A blocked step may be blocked by another reason too, and unblocked of one or of all."""
    (second,) = decided(STUCK, command(c.AddBlock(step_id=STEP, reason="passport", responsible="patient"), id="b2"))
    both = told(ADMITTED, opened_step(), BLOCKED, second)
    assert len(decided(both, command(c.Unblock(step_id=STEP)))) == 2
    assert decided(both, command(c.Unblock(step_id=STEP, block_id="b2"))) == (
        e.StepUnblocked(step_id=STEP, block_id="b2"),
    )


def test_the_outcome_keeps_codes_only() -> None:
    """A private field that reached the journey all the same goes no further."""
    said = c.Complete(step_id=STEP, outcome={"result": "contacted", "note": "somebody"})
    assert decided(OPEN, command(said)) == (e.StepCompleted(step_id=STEP, outcome={"result": "contacted"}),)


@pytest.mark.parametrize("report", ENDINGS)
def test_an_ending_cancels_everything(report: Report) -> None:
    """A report that ends the case cancels whatever was to do and then closes it."""
    told = decided(OPEN, command(c.ReportFact(report=report), HIS))
    # Of somebody who is gone without notice a senior hears at once.
    assert any(isinstance(body, e.PeopleTold) for body in told) == (report is Report.LEFT)
    assert tuple(body for body in told if not isinstance(body, e.PeopleTold)) == (
        e.Reported(report=report),
        e.StepCancelled(step_id=STEP, reason="case_closed"),
        e.CaseClosed(ending=ENDINGS[report]),
    )


def test_closing_leaves_what_is_done() -> None:
    """Closing a case does not touch steps that ended before."""
    assert close(DONE, Ending.HOME_ALONE, NOON) == (e.CaseClosed(ending=Ending.HOME_ALONE),)


@pytest.mark.parametrize(
    ("status", "goes_on", "ending", "becomes"),
    [
        ("requested", True, Ending.HOME_ALONE, "recalled"),
        ("in_progress", False, Ending.HOME_ALONE, "recalled"),
        ("in_progress", True, Ending.HOME_ALONE, "handed_over"),
        ("in_progress", True, Ending.DIED, "recalled"),
    ],
)
def test_closing_takes_back_what_others_were_asked(status: str, goes_on: bool, ending: Ending, becomes: str) -> None:
    """No request outlives its case: it is recalled, or goes on without us where the person lives on at home."""
    name = "case.referral.home_care.provider"
    facts: e.OutcomeCodes = {"partner": "home_care_provider", "goes_on": goes_on}
    asked = e.ItemAdded(item_id=name, item=ItemKind.REFERRAL, name="home_care", status=status, facts=facts)
    occasion = f"referral_{becomes}.referral.home_care.provider"
    assert close(told(ADMITTED, asked), ending, NOON) == (
        e.ItemMoved(item_id=name, status=becomes),
        e.PeopleTold(key=f"ended/{occasion}", occasion=occasion, role=Role.COORDINATOR, tell_at=NOON),
        e.CaseClosed(ending=ending),
    )


def test_a_referral_by_hand_goes_to_a_partner_of_its_programme() -> None:
    """Whom the catalogue does not name nobody can ask, and whether it outlives the stay is the catalogue's word."""
    asked = c.AddItem(kind=ItemKind.REFERRAL, name="new_opportunities", facts={"partner": "aids_store"})
    with pytest.raises(Refused, match="unknown_name"):
        decided(OPEN, command(asked))
    (added,) = decided(OPEN, command(asked.model_copy(update={"facts": {"partner": "limb_loss_service"}})))
    assert isinstance(added, e.ItemAdded)
    assert added.facts["goes_on"] is True


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"partner": "p", "consultant": "Иван"}, False),
        ({"partner": "p", "consultant": "Иван", "consultant_named": "first"}, True),
        ({"partner": "p", "phone": "1", "consultant_named": "changed"}, False),
        ({"partner": "p", "phone": "1", "consultant_named": "changed", "reason": "left_the_service"}, True),
    ],
)
def test_a_consultant_is_named_on_purpose(given: dict[str, str], fits: bool) -> None:
    """Whoever writes down a consultant says whether that is the first one or another, and then why; no name travels."""
    if not fits:
        with pytest.raises(ValidationError):
            Referral.model_validate(given)
        return
    assert not {"consultant", "phone"} & Referral.model_validate(given).codes().keys()


def test_clocks_of_hospitals_may_run_ahead() -> None:
    """A time a few minutes ahead is a clock that runs fast and not a mistake."""
    assert decided(OPEN, command(COMPLETE, occurred_at=NOON + SKEW))


def test_a_command_lives_to_its_last_moment() -> None:
    """At the very instant of `not_after` a command still happens."""
    assert decided(OPEN, command(COMPLETE, not_after=NOON))


def test_an_added_step_is_found_by_its_command() -> None:
    """A step that somebody adds has an id that follows from the command, so that a repetition adds no second one."""
    asked = command(c.AddStep(role=Role.DOCTOR, assignee=ANNA.user, due_at=NOON + HOUR), id="c7")
    (body,) = decided(OPEN, asked)
    assert body == e.StepOpened(
        step_id="case.adhoc.adhoc.c7",
        track="adhoc",
        name="adhoc",
        role=Role.DOCTOR,
        mandatory=False,
        clock=clock(NOON + HOUR, mark="S"),
        assignee=ANNA.user,
    )


def test_an_extension_is_exact() -> None:
    """A senior's word is the new due time to the second, and of the rungs those behind the new clock stay passed."""
    (body,) = decided(OPEN, command(c.Extend(step_id=STEP, due_at=NOON + 2 * DAY, reason="r"), OLGA))
    assert isinstance(body, e.StepExtended)
    assert (body.times.due_at, body.reason, body.climbed) == (NOON + 2 * DAY, "r", 0)
    slow = clock(NOON - DAY, opened_at=NOON - 10 * DAY, counts_from="admission")
    old = told(ADMITTED.model_copy(update={"admitted_at": NOON - 10 * DAY}), opened_step(clock=slow))
    (late,) = decided(old, command(c.Extend(step_id=STEP, due_at=NOON + HOUR, reason="r"), OLGA))
    assert isinstance(late, e.StepExtended)
    assert late.climbed == 1, "four fifths of the new time are over already"


def test_a_pause_that_ends_moves_what_is_due() -> None:
    """With the end of a pause comes what it did to each clock; a pause of nothing says nothing."""
    paused = told(ADMITTED, opened_step(), e.Reported(report=Report.PAUSED))
    later = command(c.ReportFact(report=Report.RESUMED), occurred_at=NOON + timedelta(minutes=4))
    reported, recomputed = decide(paused, later, NOON + HOUR, CATALOGUE, OUTCOMES)
    assert isinstance(reported, e.Reported)
    assert isinstance(recomputed, e.ClocksRecomputed)
    assert recomputed.times[STEP].due_at == NOON + DAY + timedelta(minutes=4)
    assert decided(paused, command(c.ReportFact(report=Report.RESUMED))) == (e.Reported(report=Report.RESUMED),)


def test_a_handover_is_told_once_a_case() -> None:
    """The system hands over for who is away: the deputy hears of the first thing of a case, the seniors of no owner."""
    absence: dict[str, Any] = {"reason": "absence/a1", "held_by": ANNA.user}
    owned = told(
        ADMITTED.model_copy(update={"owner": ANNA.user}), opened_step(), e.StepClaimed(step_id=STEP, assignee="anna")
    )
    assign = command(c.Assign(step_id=STEP, assignee=BORIS.user, **absence), ITSELF)
    assigned, notice = decided(owned, assign)
    assert assigned == e.StepAssigned(step_id=STEP, assignee=BORIS.user, reason="absence/a1")
    assert isinstance(notice, e.PeopleTold)
    assert (notice.occasion, notice.user) == ("handed_over", BORIS.user)
    after = evolve(owned, event(owned.seq + 1, notice))
    given = command(c.SetOwner(owner=BORIS.user, **absence), ITSELF)
    assert decided(after, given) == (e.OwnerChanged(owner=BORIS.user, reason="absence/a1"),)
    _, left = decided(after, command(c.SetOwner(owner=None, **absence), ITSELF))
    assert isinstance(left, e.PeopleTold)
    assert (left.occasion, left.user, left.role) == ("no_owner", None, Role.SUPERVISOR)
    assert decided(owned, command(c.Release(step_id=STEP, **absence), ITSELF)) == (
        e.StepReleased(step_id=STEP, reason="absence/a1"),
    )


def test_the_seniors_are_told_of_a_case_that_nobody_is_there_for() -> None:
    """An admission without anybody there opens the case and tells the seniors, in the team's hours."""
    new = CaseState(case_id="case")
    assert len(decided(new, command(admission(owner="anna"), HIS))) == 1
    opened, notice = decided(new, command(admission(unstaffed=True), HIS))
    assert isinstance(opened, e.CaseOpened)
    assert isinstance(notice, e.PeopleTold)
    assert (notice.key, notice.occasion, notice.role) == ("no_owner", "no_owner", Role.SUPERVISOR)
