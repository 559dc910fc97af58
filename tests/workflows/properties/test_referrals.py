"""Whatever partners, coordinators and time do to referrals, in any order: one winner, and nothing left open."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from marshrut.domain import commands as c
from marshrut.domain.case import Case
from marshrut.domain.decide import ADULT
from marshrut.domain.items import DELIVERED
from marshrut.domain.kinds import KINDS
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import Ending, ItemKind, Report
from tests.fixtures.cases import DAY, HIS, HOUR, OLGA, admission, command, sayings
from tests.workflows.properties.twins import Twins
from workflows.closing import CaseClose
from workflows.referrals import programmes
from workflows.registry import OUTCOMES
from workflows.stay import beside

PROGRAMME = "new_opportunities"
REFERRAL = KINDS[ItemKind.REFERRAL]
STATUSES = REFERRAL.statuses
PAUSES = (HOUR, DAY, 3 * DAY, 15 * DAY)
REPORTS = (Report.DISCHARGED, Report.DISCHARGE_CANCELLED, Report.DISCHARGED, Report.MOVED)
NAMED: tuple[dict[str, str], ...] = ({"consultant_named": "first"}, {"consultant_named": "changed", "reason": "left"})
FACTS = ({}, {}, *NAMED)


class Move(NamedTuple):
    """Something that happens; the numbers choose what, among what there is."""

    kind: str
    which: int
    what: int


moves = st.builds(
    Move,
    st.sampled_from(
        ("step", "step", "step", "move", "move", "both", "wait", "add", "entry", "lesson", "report", "end")
    ),
    st.integers(0, 11),
    st.integers(0, 11),
)


async def _tell(case: Case) -> Ending:
    async def close(case: Case) -> None:
        await case.step(CaseClose)

    await beside(case, "help", close, programmes)
    return Ending.HOME_ALONE


def _body(state: CaseState, move: Move) -> c.CommandBody:  # noqa: PLR0911 - a line a kind
    """What was drawn, as a command to the case as it stands."""
    referrals = state.items_of(ItemKind.REFERRAL)
    match move.kind:
        case "move" if referrals:
            item = referrals[move.which % len(referrals)]
            allowed = REFERRAL.moves[item.status] or STATUSES
            to = allowed[move.what % len(allowed)]
            return c.MoveItem(item_id=item.item_id, status=to, facts=dict(FACTS[move.what % len(FACTS)]))
        case "add":
            return c.AddItem(kind=ItemKind.REFERRAL, name=PROGRAMME, facts={"partner": "limb_loss_service"})
        case "lesson":
            return c.AddItem(kind=ItemKind.SESSION, name=PROGRAMME, status="attended")
        case "entry":
            (entry,) = state.items_of(ItemKind.ENTRY)
            return c.MoveItem(item_id=entry.item_id, status="withdrawn" if entry.status == "planned" else "planned")
        case "report":
            return c.ReportFact(report=REPORTS[move.what % len(REPORTS)], ward="w2")
        case "end":
            # Rarely: most cases should get far.
            return c.ReportFact(report=Report.DIED if move.what == move.which == 0 else Report.OPERATED)
        case _:
            steps = [step for step in state.live_steps if step.name != CaseClose.step] or state.live_steps
            step = steps[move.which % len(steps)]
            said = sayings(OUTCOMES[f"{step.track}.{step.name}"])
            return c.Complete(step_id=step.step_id, outcome=said[move.what % len(said)])


def _one_wins(items: tuple[Item, ...]) -> None:
    """At most one referral of a programme runs, and of a round at most one runs or has been delivered."""
    running = [item for item in items if item.status in REFERRAL.sole]
    assert len(running) <= 1
    rounds = [item.facts["round"] for item in items if item.status in REFERRAL.sole | DELIVERED]
    assert len(rounds) == len(set(rounds)), rounds


@given(st.lists(moves, max_size=30), st.booleans())
@settings(deadline=None)
async def test_whatever_is_done_to_referrals(script: list[Move], closes: bool) -> None:
    """Of those asked in one round one wins; and when the case ends nobody is asked for anything any more."""
    async with Twins({ADULT: _tell}) as twins:
        await twins.tell(command(admission(), HIS))
        wanted = c.AddItem(kind=ItemKind.ENTRY, name=PROGRAMME, status="wanted", facts={"sort": "programme"})
        await twins.tell(command(wanted, OLGA))
        entry = twins.state.items_of(ItemKind.ENTRY)[0].item_id
        await twins.tell(command(c.MoveItem(item_id=entry, status="planned"), OLGA))
        for move in script:
            if twins.state.closed:
                break
            if move.kind == "wait":
                await twins.wait(PAUSES[move.what % len(PAUSES)])
            elif move.kind == "both":
                pair = (move._replace(kind="move"), move._replace(kind="move", which=move.what, what=0))
                await twins.tell(*(command(_body(twins.state, each), OLGA) for each in pair))
            else:
                await twins.tell(command(_body(twins.state, move), OLGA))
            _one_wins(twins.state.items_of(ItemKind.REFERRAL))
        if closes and not twins.state.closed:
            await twins.wait(timedelta(minutes=1))
            step = next(step for step in twins.state.live_steps if step.name == CaseClose.step)
            await twins.tell(command(c.Complete(step_id=step.step_id, outcome={"result": "closed"}), OLGA))
        if twins.state.closed:
            assert all(REFERRAL.final(item.status) for item in twins.state.items_of(ItemKind.REFERRAL))
