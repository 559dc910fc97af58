from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marshrut.domain import events as e
from marshrut.domain.evolve import fold
from marshrut.domain.stuck import Stuck, StuckRules, Why, day_ends, delayed, ready_since, stuck
from marshrut.domain.words import Ending, Report, Role
from tests.fixtures.stuck import DAY, HOUR, NOON, RULES, clock, event, journal, opened, step_opened, told

MOSCOW, KHABAROVSK = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Vladivostok")
INSTANT = timedelta(microseconds=1)
STEP = "c.s"
LATER = NOON + 2 * DAY
SILENT_AFTER, BLOCKED_TOO_LONG = RULES.common.silent_after, RULES.common.blocked_too_long


def items(
    *bodies: e.Body, now: datetime, zone: ZoneInfo = MOSCOW, rules: StuckRules = RULES.common
) -> dict[str, Stuck]:
    """What of a case is stuck to which at noon all this happened; nothing has been heard of it since."""
    events = journal(opened(), *bodies)
    return {item.name: item for item in stuck(fold("c", events), NOON, zone, rules, now)}


def causes(*bodies: e.Body, now: datetime, name: str = STEP) -> list[Why]:
    """Why the step is stuck."""
    item = items(*bodies, now=now).get(name)
    return [] if item is None else [cause.why for cause in item.causes]


def blocked(until: datetime | None = None, *, pauses: bool = False) -> e.StepBlocked:
    """Something stands in the step's way since noon."""
    return e.StepBlocked(
        step_id=STEP, block_id="b", reason="passport", responsible="police", since=NOON, until=until, pauses=pauses
    )


def test_each_cause_of_a_step_holds_after_its_onset_and_not_at_it() -> None:
    """Late after the due time, unowned after amber, blocked after its expected end or too long, told when told."""
    due_at = LATER
    owned = step_opened(STEP, due_at, assignee="anna")
    far = step_opened(STEP, NOON + 90 * DAY, assignee="anna")
    for bodies, onset, why in (
        ((owned,), due_at, Why.OVERDUE),
        ((step_opened(STEP, due_at),), clock(due_at).times.amber_at, Why.UNOWNED),
        ((far, blocked(NOON + HOUR)), NOON + HOUR, Why.BLOCKED),
        ((far, blocked()), NOON + BLOCKED_TOO_LONG, Why.BLOCKED),
        ((far, blocked(NOON + 60 * DAY)), NOON + BLOCKED_TOO_LONG, Why.BLOCKED),
        ((far, told(STEP, at=NOON + HOUR)), NOON + HOUR, Why.ESCALATED),
    ):
        assert why not in causes(*bodies, now=onset)
        assert why in causes(*bodies, now=onset + INSTANT)


def test_a_clock_that_stands_still_makes_nothing_late_but_its_reason_may() -> None:
    """While a reason pauses the clock the step is neither late nor unowned; the reason itself counts."""
    assert causes(step_opened(STEP), blocked(pauses=True), now=LATER) == []
    assert causes(step_opened(STEP), blocked(NOON + HOUR, pauses=True), now=LATER) == [Why.BLOCKED]
    assert causes(step_opened(STEP, None), now=NOON + DAY) == []


def test_several_reasons_each_stand_with_their_own_times() -> None:
    """Two blocks are two causes; the item is stuck since the first of them."""
    second = blocked(NOON + 2 * HOUR).model_copy(update={"block_id": "b2", "reason": "no_place"})
    item = items(step_opened(STEP, None), blocked(NOON + HOUR), second, now=LATER)[STEP]
    assert [(cause.block and cause.block.reason, cause.since) for cause in item.causes] == [
        ("passport", NOON),
        ("no_place", NOON),
    ]
    assert item.since == NOON + HOUR


def test_an_escalation_stands_until_somebody_answers_it() -> None:
    """It ends with an acknowledgement or an extension; a reminder to whoever does the step is none."""
    step = step_opened(STEP, NOON + 90 * DAY, assignee="anna")
    seen, extended = (
        e.NoticeAcknowledged(key="k"),
        e.StepExtended(step_id=STEP, times=clock(LATER + DAY).times, reason="r"),
    )
    climbed = e.StepEscalated(step_id=STEP, rung="breach", climbed=2)
    own = told(STEP, role=Role.COORDINATOR)
    assert causes(step, told(STEP), now=LATER) == [Why.ESCALATED]
    assert causes(step, told("c.other"), now=LATER) == []
    assert causes(step, told(STEP), seen, now=LATER) == []
    assert causes(step, told(STEP), extended, now=LATER) == []
    assert causes(step, own, now=LATER) == []
    assert causes(step, climbed, own, now=LATER) == [Why.ESCALATED]


def test_a_finished_step_a_paused_and_a_closed_case_are_not_stuck() -> None:
    """What cannot be worked on is on nobody's list; only a pause that goes on in silence is."""
    done = e.StepCompleted(step_id=STEP, outcome={"result": "contacted"})
    assert causes(step_opened(STEP), done, now=LATER) == []
    paused = e.Reported(report=Report.PAUSED)
    ready = e.Reported(report=Report.MEDICALLY_READY)
    assert items(step_opened(STEP), ready, paused, now=LATER) == {}
    silent = items(step_opened(STEP), ready, paused, now=NOON + SILENT_AFTER + INSTANT)
    assert [(name, [cause.why for cause in item.causes]) for name, item in silent.items()] == [("c", [Why.SILENT])]
    cancelled, end = e.StepCancelled(step_id=STEP, reason="r"), e.CaseClosed(ending=Ending.DIED)
    assert items(step_opened(STEP), ready, cancelled, end, now=NOON + 99 * DAY) == {}


def test_a_case_that_only_waits_is_silent_once_its_wait_has_ended() -> None:
    """Thirty days until the next call are no silence; a wait that nobody ends is."""
    wait = e.InstantSet(key="followup", wait="followup.month", at=NOON + 30 * DAY)
    assert causes(wait, now=NOON + 30 * DAY + SILENT_AFTER, name="c") == []
    assert causes(wait, now=NOON + 30 * DAY + SILENT_AFTER + INSTANT, name="c") == [Why.SILENT]
    step = step_opened(STEP, None)
    assert causes(step, wait, now=NOON + SILENT_AFTER + INSTANT, name="c") == [Why.SILENT]
    reached = e.InstantReached(key="followup")
    assert causes(wait, reached, now=NOON + SILENT_AFTER + INSTANT, name="c") == [Why.SILENT]


@pytest.mark.parametrize(
    ("zone", "ready_at", "midnight"),
    [
        (MOSCOW, datetime(2026, 3, 2, 20, 59, tzinfo=UTC), datetime(2026, 3, 2, 21, tzinfo=UTC)),
        (MOSCOW, datetime(2026, 3, 2, 21, tzinfo=UTC), datetime(2026, 3, 3, 21, tzinfo=UTC)),
        (KHABAROVSK, datetime(2026, 3, 2, 13, 59, tzinfo=UTC), datetime(2026, 3, 2, 14, tzinfo=UTC)),
        (KHABAROVSK, datetime(2026, 3, 2, 20, 59, tzinfo=UTC), datetime(2026, 3, 3, 14, tzinfo=UTC)),
    ],
)
def test_a_delay_counts_from_the_midnight_that_ends_the_day_of_readiness(
    zone: ZoneInfo, ready_at: datetime, midnight: datetime
) -> None:
    """The hospital's midnight, not ours: on it the first delayed day begins, and a day later the second."""
    assert day_ends(ready_at, zone) == midnight
    at = [len(delayed(ready_at, zone, midnight + gap)) for gap in (-INSTANT, INSTANT, DAY - INSTANT, DAY)]
    assert at == [0, 1, 1, 2]
    events = [event(1, opened()), event(2, e.Reported(report=Report.MEDICALLY_READY), ready_at)]
    state = fold("c", events)
    assert stuck(state, ready_at, zone, RULES.common, midnight) == ()
    (item,) = stuck(state, ready_at, zone, RULES.common, midnight + INSTANT)
    assert [(cause.why, cause.since, item.step) for cause in item.causes] == [(Why.MEDICALLY_READY, ready_at, None)]
    left = fold("c", [*events, event(3, e.Reported(report=Report.DISCHARGED), ready_at)])
    assert stuck(left, ready_at, zone, RULES.common, midnight + DAY) == ()
    back = e.Reported(report=Report.DISCHARGE_CANCELLED)
    again = fold("c", [*events, event(3, e.Reported(report=Report.DISCHARGED)), event(4, back)])
    assert [item.name for item in stuck(again, ready_at, zone, RULES.common, midnight + DAY)] == ["c"]


def test_the_rank_is_what_its_formula_says() -> None:
    """300 by law, 100 mandatory, the weight of each cause once, and an hour late or delayed counts one."""
    now = NOON + 10.5 * HOUR
    by_law = clock(NOON, ladder="statutory")
    ranked = items(
        step_opened("c.plain", assignee="anna", mandatory=False),
        step_opened("c.mandatory", assignee="anna"),
        step_opened("c.unowned"),
        step_opened("c.law", clock=by_law, assignee="anna"),
        step_opened("c.earlier", NOON - 5 * HOUR, assignee="anna"),
        now=now,
    )
    assert {name: item.rank for name, item in ranked.items()} == {
        "c.plain": 50 + 10,
        "c.mandatory": 100 + 50 + 10,
        "c.unowned": 100 + 50 + 20 + 10,
        "c.law": 300 + 100 + 50 + 10,
        "c.earlier": 100 + 50 + 15,
    }


def test_the_causes_of_a_case_stand_on_its_stuck_steps_too() -> None:
    """A late step of a patient who could have left comes before one of a patient who could not."""
    ready = e.Reported(report=Report.MEDICALLY_READY)
    late = step_opened(STEP, NOON, assignee="anna")
    in_time = step_opened("c.t", NOON + 90 * DAY, assignee="anna")
    with_delay, without = (items(*bodies, now=LATER) for bodies in ((ready, late, in_time), (late, in_time)))
    assert with_delay.keys() == {STEP, "c"}
    assert without.keys() == {STEP}
    assert [cause.why for cause in with_delay[STEP].causes] == [Why.OVERDUE, Why.MEDICALLY_READY]
    assert with_delay[STEP].rank == without[STEP].rank + 60


def test_the_rules_are_the_catalogues() -> None:
    """Another term of silence, another time for blocks, other weights: the same case is judged otherwise."""
    rules = replace(RULES.common, silent_after=HOUR, blocked_too_long=HOUR, late_hour=2, mandatory=5)
    weights = {**rules.weights, Why.BLOCKED: 7, Why.SILENT: 0}
    step = step_opened(STEP, NOON, assignee="anna")
    now = NOON + 2 * HOUR
    usual = items(step, blocked(), now=now)
    assert [(name, [cause.why for cause in item.causes]) for name, item in usual.items()] == [(STEP, [Why.OVERDUE])]
    found = items(step, blocked(), now=now, rules=replace(rules, weights=weights))
    assert {cause.why for cause in found[STEP].causes} == {Why.OVERDUE, Why.BLOCKED, Why.SILENT}
    assert found[STEP].rank == 5 + 50 + 7 + 0 + 2 * 2
    assert found["c"].rank == 0


def answered(key: str, **outcome: str) -> tuple[e.Body, e.Body]:
    """The doctor was asked when the patient may leave, and answered."""
    asked = step_opened(f"c.ready.{key}", None, track="discharge", name="ready_date", role=Role.DOCTOR)
    return asked, e.StepCompleted(step_id=f"c.ready.{key}", outcome=dict(outcome))


def test_a_doctors_answer_says_when_a_patient_is_ready_as_a_report_does() -> None:
    """Of report and answer the earlier counts; "not yet" takes an answer back; without a date it is that of telling."""
    earlier = (NOON - 3 * DAY).isoformat()

    def ready(*bodies: e.Body) -> datetime | None:
        return ready_since(fold("c", journal(opened(), *bodies)))

    report = e.Reported(report=Report.MEDICALLY_READY)
    assert ready(*answered("a", result="date", ready_at=earlier)) == NOON - 3 * DAY
    assert ready(*answered("a", result="date")) == NOON
    assert ready(*answered("a", result="not_ready")) is None
    assert ready(*answered("a", result="date", ready_at=earlier), *answered("b", result="not_ready")) is None
    assert ready(report, *answered("a", result="date", ready_at=earlier)) == NOON - 3 * DAY
    assert ready(report, *answered("a", result="date", ready_at=(NOON + DAY).isoformat())) == NOON
    assert ready(report, *answered("a", result="not_ready")) == NOON
    assert ready(*answered("a", result="date"), e.Reported(report=Report.DISCHARGED)) is None
