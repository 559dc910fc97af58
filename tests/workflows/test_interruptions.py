"""Whatever interrupts a journey, in whatever stage: nothing stays open that should not, and what was none is undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import product
from typing import Any, NamedTuple

import pytest

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.kinds import KINDS
from marshrut.domain.moves import Actor
from marshrut.domain.overdue import overdue
from marshrut.domain.reports import TAKES_BACK
from marshrut.domain.state import CaseState
from marshrut.domain.words import ENDINGS, Ending, Flag, ItemKind, Report, Role, Variant
from tests.fixtures.cases import CATALOGUE, DAY, HIS, HOUR, OLGA, PAVEL, admission, command, sayings
from tests.workflows.properties.twins import NEVER, Twins
from workflows.registry import OUTCOMES

MARSHRUT = Actor(user="marshrut", role=Role.SYSTEM)
PROGRAMME, OTHER = "new_opportunities", "another"
# What an answer must say so that the way leads through every stage.
LEADS_ON: dict[str, e.OutcomeCodes] = {
    "assessment.needs_agree": {"result": "agreed", "needs": ("home_care", "documents")},
    "assessment.documents_check": {"result": "missing", "missing": ("snils",)},
    "route.route_draft": {"result": "drafted"},
    "discharge.arrival_confirm": {"result": "confirmed", "received_by": "nobody"},
    "identification.identity_confirm": {"result": "confirmed"},
}
# How far a case has come: a track of which somebody has something to do.
WHERE = (
    "contact",
    "identification",
    "assessment",
    "route",
    "services.need",
    "documents",
    "discharge",
    "followup",
    "guardians",
    "psychology",
)
# Whoever has to come in for that, where not just anybody.
WHO: dict[str, dict[str, Any]] = {
    "identification": {"flags": (Flag.UNIDENTIFIED,)},
    "guardians": {"flags": (Flag.CHILD, Flag.CHILD_WITHOUT_CARER), "variants": {Variant.CHILD: ("under_18",)}},
    "psychology": {"flags": (Flag.CRISIS,)},
}
MOST_STEPS = 120


def names(state: CaseState) -> Counter[str]:
    """What there is to do, without what is between partners and us: whoever was recalled has to be asked anew."""
    steps = (f"{step.track}.{step.name}" for step in state.live_steps)
    return Counter(name for name in steps if not name.startswith(("services.referral_", "services.consultant_")))


async def say(
    twins: Twins, report: Report, actor: Actor = OLGA, *, ward: str | None = None, other: str | None = None
) -> None:
    told = c.ReportFact(report=report, ward=ward, bed=ward and "7", other=other)
    assert await twins.tell(command(told, actor)) == [None]


def reached(state: CaseState, track: str) -> bool:
    return any(name.startswith(track) for name in names(state) if name != "discharge.expected_date")


@asynccontextmanager
async def standing_in(track: str) -> AsyncIterator[Twins]:
    """A case that has come so far, with one partner asked and another at work."""
    async with Twins() as twins:
        await twins.tell(command(admission(**WHO.get(track, {})), HIS))
        for partner in CATALOGUE.programmes[PROGRAMME].partners[:2]:
            asked = c.AddItem(kind=ItemKind.REFERRAL, name=PROGRAMME, facts={"partner": partner, "round": partner})
            await twins.tell(command(asked, OLGA))
        for _ in range(MOST_STEPS):
            if any(name.startswith(track) for name in names(twins.state) - Counter({"discharge.expected_date": 9})):
                break
            await walk(twins)
        assert reached(twins.state, track), names(twins.state)
        await twins.wait(timedelta(minutes=1))
        yield twins


async def walk(twins: Twins) -> None:
    """Somebody does the first thing to do, as leads on; where nobody has to, time passes or the patient may leave."""
    state = twins.state
    if not state.live_steps:
        await twins.wait(DAY)
        return
    # Of several things the one that comes last in the procedure's order leads on.
    step = state.live_steps[-1]
    name = f"{step.track}.{step.name}"
    # Of a child's answers some do not fit, and who drafted a plan does not approve it: the first that passes.
    answers = [LEADS_ON[name]] if name in LEADS_ON else [dict(said) for said in sayings(OUTCOMES[name])]
    for said, actor in product(answers, (OLGA, PAVEL)):
        if await twins.tell(command(c.Complete(step_id=step.step_id, outcome=said), actor)) == [None]:
            break
    else:
        raise AssertionError(name)
    await twins.wait(timedelta(minutes=1))


class Ends(NamedTuple):
    """A report that ends a case, and the one that takes that back."""

    report: Report
    back: Report


ENDS = [
    Ends(report, back)
    for report, ending in ENDINGS.items()
    for back, endings in TAKES_BACK.items()
    if ending in endings
]


@pytest.mark.parametrize("track", WHERE)
@pytest.mark.parametrize("ends", ENDS, ids=lambda ends: str(ends.report))
async def test_an_ending_leaves_nothing_and_can_be_taken_back(track: str, ends: Ends) -> None:
    """Referrals are recalled, partners told, clocks stopped, nothing is ever overdue; taken back, all goes on."""
    async with standing_in(track) as twins:
        before, open_before = twins.state, names(twins.state)
        late_before = {step.step_id for step in before.live_steps if overdue(step, False, twins.long.now)}
        await say(twins, ends.report, other=OTHER if ends.report is Report.MERGED else None)
        over = twins.state
        assert (over.ending, over.live_steps) == (ENDINGS[ends.report], ())
        assert not any(overdue(step, True, NEVER) for step in over.steps.values())
        asked = over.items_of(ItemKind.REFERRAL)
        assert len(asked) >= 2
        if ends.report is not Report.MERGED:  # then they go on in the other case
            open_statuses = KINDS[ItemKind.REFERRAL].ends.keys()
            assert not {item.status for item in asked} & open_statuses
            told = {notice.occasion for notice in over.notices.values()}
            assert sum(each.startswith(("referral_recalled", "referral_handed_over")) for each in told) >= 2
        said = len(twins.journal)
        await twins.wait(3 * DAY)
        assert len(twins.journal) == said
        await say(twins, ends.back)
        assert (twins.state.ending, twins.state.closed, twins.state.stage) == (None, False, before.stage)
        # Whoever was asked and is recalled has to be asked anew: there may be more to do than before, never less.
        assert not open_before - names(twins.state)
        late = {step.step_id for step in twins.state.live_steps if overdue(step, False, twins.long.now)}
        assert late <= late_before, "the time for which the case was closed counts"
        await twins.wait(40 * DAY)


@pytest.mark.parametrize("track", WHERE)
async def test_a_discharge_that_was_none_leaves_no_trace(track: str) -> None:
    """Nobody is asked at an empty bed; when the discharge is cancelled the stay goes on as it was before it."""
    async with standing_in(track) as twins:
        before, stage_before = names(twins.state), twins.state.stage
        await say(twins, Report.DISCHARGED, HIS)
        assert not twins.state.closed
        await twins.wait(HOUR)
        await say(twins, Report.DISCHARGE_CANCELLED, HIS)
        assert names(twins.state) == before
        assert twins.state.stage is stage_before
        await twins.wait(HOUR)
        await say(twins, Report.DISCHARGED, HIS)
        for _ in range(MOST_STEPS):
            if twins.state.closed:
                break
            await walk(twins)
        assert twins.state.closed, names(twins.state)


@pytest.mark.parametrize("track", WHERE)
async def test_what_is_only_told_moves_nothing(track: str) -> None:
    """Another ward and better details change what is known, and no step, clock or stage; an older word nothing."""
    async with standing_in(track) as twins:
        before, stage = names(twins.state), twins.state.stage
        clocks = [step.due_at for step in twins.state.live_steps]
        early = twins.long.now - timedelta(seconds=30)
        await say(twins, Report.MOVED, HIS, ward="w2")
        await say(twins, Report.UPDATED, HIS)
        assert await twins.tell(
            command(c.ReportFact(report=Report.MOVED, ward="w1", bed="1"), HIS, occurred_at=early)
        ) == [None]
        assert (twins.state.ward, twins.state.bed) == ("w2", "7")
        assert names(twins.state) == before
        assert ([step.due_at for step in twins.state.live_steps], twins.state.stage) == (clocks, stage)


@pytest.mark.parametrize("track", WHERE)
async def test_while_it_is_paused_nothing_becomes_late(track: str) -> None:
    """In intensive care nobody is late: clocks stand still, and go on with what was left."""
    async with standing_in(track) as twins:
        left = {step.step_id: step.due_at for step in twins.state.live_steps if step.due_at is not None}
        late = {step.step_id for step in twins.state.live_steps if overdue(step, False, twins.long.now)}
        await say(twins, Report.PAUSED)
        rungs = sum(event.body.kind == "step_escalated" for event in twins.journal)
        await twins.wait(10 * DAY)
        assert sum(event.body.kind == "step_escalated" for event in twins.journal) == rungs
        await say(twins, Report.RESUMED)
        now = {step.step_id for step in twins.state.live_steps if overdue(step, False, twins.long.now)}
        assert now & left.keys() <= late


@pytest.mark.parametrize("track", WHERE)
async def test_another_hospital_goes_on_with_it(track: str) -> None:
    """Handed over, the journey goes on as it stands: nobody there has a step yet, and somebody has to take it over."""
    there = CATALOGUE.model_copy(update={"version": "of_SKLIF"})
    async with standing_in(track) as twins:
        before = names(twins.state)
        assert await twins.tell(command(c.Transfer(hospital="SKLIF", ward="z1", catalogue=there), OLGA)) == [None]
        assert (twins.state.hospital, twins.state.ward, twins.state.moved_from) == ("SKLIF", "z1", ("GKB29",))
        assert {step.assignee for step in twins.state.live_steps} <= {None}
        assert not before - names(twins.state)
        new = names(twins.state) - before
        assert new <= Counter({"contact.take_over": 1})
        assert "transferred" in {notice.occasion for notice in twins.state.notices.values()}


def still(state: CaseState) -> dict[str, str]:
    return {f"{item.kind}.{item.name}": item.status for item in state.items.values() if item.from_case == OTHER}


@pytest.mark.parametrize("track", WHERE)
async def test_what_another_case_had_goes_on_here_until_they_part(track: str) -> None:
    """The other case's needs and relatives are this one's; parted again, nothing of them is pursued."""
    async with Twins() as other:
        await other.tell(command(admission(), HIS))
        for kind, name in ((ItemKind.NEED, "aids"), (ItemKind.RELATIVE, "sister"), (ItemKind.DOCUMENT, "oms")):
            await other.tell(command(c.AddItem(kind=kind, name=name), OLGA))
        items = tuple(
            item.but(item_id=item.item_id.replace("case.", f"{OTHER}.", 1)) for item in other.state.items.values()
        )
    assert len(items) == 3
    async with standing_in(track) as twins:
        absorb = c.Absorb(other=OTHER, flags=(Flag.LIVES_ALONE,), items=items)
        assert await twins.tell(command(absorb, MARSHRUT)) == [None]
        assert (twins.state.absorbed, Flag.LIVES_ALONE in twins.state.flags) == ((OTHER,), True)
        assert {"relative.sister"} <= still(twins.state).keys()
        assert await twins.tell(command(c.Part(other=OTHER), MARSHRUT)) == [None]
        assert twins.state.absorbed == ()
        assert not {"sought", "proposed", "needed", "requested"} & set(still(twins.state).values())


async def do(twins: Twins, name: str, result: str) -> None:
    (step,) = (each for each in twins.state.live_steps if each.name == name)
    assert await twins.tell(command(c.Complete(step_id=step.step_id, outcome={"result": result}), OLGA)) == [None]


async def test_whoever_refuses_may_change_their_mind() -> None:
    """Given somebody whom a senior let go, when they want help after all, then they are spoken to anew."""
    async with Twins() as twins:
        await twins.tell(command(admission(), HIS))
        await do(twins, "first_contact", "refused")
        await do(twins, "case_close", "closed")
        assert twins.state.ending is Ending.REFUSED_HELP
        await twins.wait(DAY)
        await say(twins, Report.HELP_ACCEPTED)
        assert names(twins.state)["contact.first_contact"] == 1
        await do(twins, "first_contact", "contacted")
        assert names(twins.state)["contact.consent_record"] == 1
