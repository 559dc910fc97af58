"""A shift changes hands: once, to whoever acknowledged it, and with nobody's work ever without an owner."""

from __future__ import annotations

import asyncio

import pytest

from marshrut.domain import commands as c
from marshrut.domain.handover import WRONG_ROLE, HandoverState
from marshrut.domain.moves import Actor
from marshrut.domain.words import Report, Role
from marshrut.ports import CommandState
from marshrut.store.database import Database
from tests.fixtures.cases import HIS
from tests.fixtures.databases import BOTH, chosen
from tests.fixtures.office import HOSPITAL, Killed, Office


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, and the other one where several work at once; what SQL is asked is asked of both in tests/store."""
    return chosen(request)


@pytest.fixture
async def office(db: Database) -> Office:
    """Anna, Boris and Vera coordinate, Olga leads them."""
    office = Office(db)
    for user in ("anna", "boris", "vera"):
        await office.put(user)
    await office.put("olga", Role.SUPERVISOR)
    return office


async def shift_of(office: Office, user: str, cases: int = 2, steps: int = 3) -> tuple[list[str], list[str]]:
    """Cases that they answer for, and steps that they have, some in each."""
    owned = [await office.case(user) for _ in range(cases)]
    return owned, [await office.step(owned[number % cases], user) for number in range(steps)]


@BOTH
async def test_everything_stays_until_it_is_acknowledged_and_then_changes_hands_once(office: Office) -> None:
    """Whom it is for is told once; after the acknowledgement each thing is the receiver's by one command of its own."""
    cases, steps = await shift_of(office, "anna")
    handover = await office.offer("anna", "boris")
    for _ in range(3):
        await office.settle()
        assert [await office.holder(each) for each in (*cases, *steps)] == ["anna"] * 5
    assert await office.told(*cases) == [("handover_offered", "coordinator", "boris")]
    assert await office.acknowledge(handover, "boris")
    assert not await office.acknowledge(handover, "vera")
    for _ in range(3):
        await office.settle()
    assert await office.stands(handover) == dict.fromkeys((*cases, *steps), ("taken", "boris"))
    assert [await office.holder(each) for each in (*cases, *steps)] == ["boris"] * 5
    done = await office.state(handover)
    assert (done.state, done.answered_by, done.finished_at) == (HandoverState.DONE, "boris", office.now())
    for case_id in cases:
        page = await office.queries.events(case_id, limit=99, cursor=None)
        changed = [each.body for each in page.items if each.body.kind in {"step_assigned", "owner_changed"}]
        reasons = [each.reason for each in changed if each.reason != "agreed"]
        assert set(reasons) == {handover.because}
        assert len(reasons) == 1 + sum(step.startswith(case_id) for step in steps)
        told = [notice.occasion for notice in (await office.held(case_id)).notices.values()]
        assert "handed_over" not in told  # whoever acknowledged it knows


async def test_what_came_since_is_in_it_and_what_comes_after_is_not(office: Office) -> None:
    """It takes all that the giver has when it is acknowledged; what they get later stays with them, and is seen."""
    [case_id], _ = await shift_of(office, "anna", 1, 0)
    handover = await office.offer("anna")
    came = await office.step(case_id, "anna")
    assert await office.acknowledge(handover, "boris")
    after = await office.step(case_id, "anna")
    await office.settle()
    assert await office.stands(handover) == dict.fromkeys((came, case_id), ("taken", "boris"))
    assert await office.holder(after) == "anna"
    assert [item.item_id for item in await office.book.preview("anna", HOSPITAL)] == [after]


async def test_what_changed_hands_or_ended_meanwhile_is_said_and_left_alone(office: Office) -> None:
    """A step that somebody else has, one that is done, one that goes in the very moment, and a case that has closed."""
    [case_id, closes], [taken, ends, last] = await shift_of(office, "anna", 2, 3)
    assert taken.startswith(case_id)
    handover = await office.offer("anna", "boris")
    await office.tell(case_id, c.Assign(step_id=taken, assignee="vera"))
    await office.tell(closes, c.Cancel(step_id=ends, reason="error"), Actor(user="anna", role=Role.COORDINATOR))
    assert await office.acknowledge(handover, "boris")
    await office.tell(case_id, c.Assign(step_id=last, assignee="vera"))
    await office.tell(closes, c.ReportFact(report=Report.DIED), HIS)
    await office.settle()
    assert await office.stands(handover) == {
        taken: ("elsewhere", "vera"),
        ends: ("over", None),
        last: ("elsewhere", "vera"),
        case_id: ("taken", "boris"),
        closes: ("over", None),
    }
    assert [await office.holder(each) for each in (taken, last)] == ["vera", "vera"]


@BOTH
@pytest.mark.parametrize("commands", [0, 1, 3, 5, 6])
async def test_killed_in_the_middle_it_is_finished_once(office: Office, commands: int) -> None:
    """However many things had changed hands when the process died, the next one finishes, and repeats none of them."""
    cases, steps = await shift_of(office, "anna", 2, 4)
    handover = await office.offer("anna", "boris")
    await office.settle()
    assert await office.acknowledge(handover, "boris")
    acknowledged = await office.state(handover)
    office.desk.dies_after = commands
    try:
        await office.change.see_to(acknowledged)
    except Killed:
        assert (await office.state(handover)).state is HandoverState.ACKNOWLEDGED
    await asyncio.sleep(0.1)  # all that the process did at once dies with it
    office.desk.dies_after = None
    holders = {await office.holder(each) for each in (*cases, *steps)}
    assert holders <= {"anna", "boris"}
    office.later(seconds=30)  # the lease of the dead process runs out
    await asyncio.gather(office.change.round(), office.change.round())
    await office.relay()
    await office.change.round()
    assert await office.stands(handover) == dict.fromkeys((*cases, *steps), ("taken", "boris"))
    assert (await office.state(handover)).state is HandoverState.DONE
    changes = [
        event
        for case_id in cases
        for event in (await office.queries.events(case_id, limit=99, cursor=None)).items
        if event.body.kind in {"step_assigned", "owner_changed"} and event.role is Role.SYSTEM
    ]
    assert len(changes) == 6


async def test_while_the_engine_is_away_it_is_not_said_to_be_done(office: Office) -> None:
    """Nothing is done until it is read back; once the engine answers, it is."""
    [case_id], [step_id] = await shift_of(office, "anna", 1, 1)
    handover = await office.offer("anna", "boris")
    await office.settle()
    office.desk.away = True
    assert await office.acknowledge(handover, "boris")
    await office.settle()
    assert (await office.state(handover)).state is HandoverState.ACKNOWLEDGED
    assert await office.stands(handover) == dict.fromkeys((case_id, step_id), ("held", None))
    assert [await office.holder(each) for each in (case_id, step_id)] == ["anna", "anna"]
    office.desk.away = False
    office.later(seconds=5)
    await office.settle()
    assert await office.stands(handover) == dict.fromkeys((case_id, step_id), ("taken", "boris"))


async def test_what_is_not_taken_stays_with_who_is_on_shift(office: Office) -> None:
    """But for what is excepted, and for what is not their work, all is taken; the giver is told once."""
    [case_id], [mine, other] = await shift_of(office, "anna", 1, 2)
    talk = await office.step(case_id, "anna", Role.PSYCHOLOGIST)
    handover = await office.offer("anna", "boris")
    await office.settle()
    assert await office.acknowledge(handover, "boris", {other: "conflict"})
    await office.settle()
    assert await office.stands(handover) == {
        mine: ("taken", "boris"),
        other: ("not_taken", "anna"),
        talk: ("not_taken", "anna"),
        case_id: ("taken", "boris"),
    }
    reasons = {item.item_id: item.reason for item in await office.book.items(handover.id)}
    assert (reasons[other], reasons[talk]) == ("conflict", WRONG_ROLE)
    assert (await office.told(case_id))[1:] == [("handover_not_taken", "coordinator", "anna")]
    assert (await office.state(handover)).state is HandoverState.DONE


async def test_what_is_declined_stays_with_who_is_there(office: Office) -> None:
    """The giver keeps all of it, and is told."""
    cases, steps = await shift_of(office, "anna", 1, 1)
    handover = await office.offer("anna", "boris")
    await office.settle()
    assert await office.book.decline(handover.id, office.says("boris", reason="too_much"))
    await office.settle()
    assert await office.stands(handover) == dict.fromkeys((*cases, *steps), ("not_taken", "anna"))
    assert (await office.told(*cases))[1:] == [("handover_declined", "coordinator", "anna")]
    declined = await office.state(handover)
    assert (declined.state, declined.finished_at) == (HandoverState.DECLINED, office.now())


async def test_what_nobody_takes_of_who_has_gone_is_the_pools_and_the_senior_is_told(office: Office) -> None:
    """Somebody stayed on after their shift, handed over and was declined: the steps are anybody's, the case Olga's."""
    await office.away("anna")
    await office.settle()
    office.later(minutes=2)
    await office.settle()
    cases = [await office.case()]
    steps = [await office.step(cases[0])]
    herself = Actor(user="anna", role=Role.COORDINATOR)
    await office.tell(cases[0], c.Claim(step_id=steps[0]), herself)
    await office.tell(cases[0], c.SetOwner(owner="anna", reason="agreed"), herself)
    await office.settle()
    assert [await office.holder(each) for each in (*steps, *cases)] == ["anna", "anna"]  # what she takes she keeps
    handover = await office.offer("anna", "boris")
    await office.settle()
    assert await office.book.decline(handover.id, office.says("boris", reason="too_much"))
    await office.settle()
    assert await office.stands(handover) == dict.fromkeys((*cases, *steps), ("not_taken", None))
    assert [await office.holder(each) for each in (*cases, *steps)] == [None, None]
    assert (await office.told(*cases))[1:] == [("handover_to_pool", "supervisor", None)]


async def test_who_is_not_answered_in_time_has_seniors_told(office: Office) -> None:
    """After half an hour the senior coordinator, after two the head; each once, and all stays with the giver."""
    cases, steps = await shift_of(office, "anna", 1, 1)
    handover = await office.offer("anna")
    told = [("handover_offered", "coordinator", None)]
    for minutes, more in (
        (29, []),
        (1, [("handover_waits", "supervisor", None)]),
        (60, []),
        (30, [("handover_waits_long", "head", None)]),
        (600, []),
    ):
        office.later(minutes=minutes)
        await office.settle()
        told += more
        assert await office.told(*cases) == told
    stands = await office.state(handover)
    assert stands.state is HandoverState.OFFERED
    assert None not in {stands.told_at, stands.senior_told_at, stands.head_told_at}
    assert {await office.holder(each) for each in (*cases, *steps)} == {"anna"}


async def test_seniors_are_told_though_the_case_that_was_told_first_has_closed(office: Office) -> None:
    """A word goes by a case that is open, and one that came later will do."""
    [first], _ = await shift_of(office, "anna", 1, 0)
    await office.offer("anna")
    await office.settle()
    second = await office.case("anna")
    await office.tell(first, c.ReportFact(report=Report.DIED), HIS)
    office.later(minutes=40)
    await office.settle()
    assert await office.told(second) == [("handover_waits", "supervisor", None)]


async def test_when_the_giver_goes_the_absence_has_its_way(office: Office) -> None:
    """Nobody acknowledged it: the deputy has all, the handover says so, and nobody can take it any more."""
    cases, steps = await shift_of(office, "anna", 1, 2)
    handover = await office.offer("anna", "boris")
    await office.settle()
    came = await office.step(cases[0], "anna")
    await office.away("anna", "vera", starts=5)
    office.later(minutes=6)
    await office.settle()
    assert (await office.state(handover)).state is HandoverState.LAPSED
    assert not await office.acknowledge(handover, "boris")
    assert await office.stands(handover) == dict.fromkeys((*cases, *steps, came), ("elsewhere", "vera"))
    assert (await office.state(handover)).finished_at == office.now()


async def test_who_acknowledged_it_gets_it_though_the_giver_goes_at_once(office: Office) -> None:
    """The standby leaves alone what is on its way to somebody, and is not finished before that has arrived."""
    [case_id], steps = await shift_of(office, "anna", 1, 2)
    handover = await office.offer("anna", "boris")
    await office.settle()
    assert await office.acknowledge(handover, "boris")
    await office.away("anna", "vera")
    office.later(minutes=2)
    await office.standby.round()
    assert {await office.holder(each) for each in (case_id, *steps)} == {"anna"}
    assert await office.staff.leaving("anna", office.now())
    await office.settle()
    assert await office.stands(handover) == dict.fromkeys((case_id, *steps), ("taken", "boris"))
    assert not await office.staff.leaving("anna", office.now())


async def test_withdrawn_it_changes_nothing(office: Office) -> None:
    """Everything is the giver's as before, and another handover may be made."""
    cases, steps = await shift_of(office, "anna", 1, 1)
    handover = await office.offer("anna", "boris")
    assert await office.book.withdraw(handover.id, office.says("anna"))
    assert not await office.acknowledge(handover, "boris")
    await office.settle()
    assert await office.stands(handover) == dict.fromkeys((*cases, *steps), ("kept", "anna"))
    again = await office.offer("anna", "boris")
    assert again.id != handover.id


async def test_what_went_elsewhere_is_the_next_handovers(office: Office) -> None:
    """Whoever has it by then hands it over with what is theirs; the first handover is done without it."""
    [case_id], [step_id] = await shift_of(office, "anna", 1, 1)
    handover = await office.offer("anna", "boris")
    assert await office.acknowledge(handover, "boris")
    await office.tell(case_id, c.Assign(step_id=step_id, assignee="vera"))
    await office.settle()
    other = await office.case("vera")
    theirs = await office.offer("vera", "boris")
    assert await office.acknowledge(theirs, "boris")
    await office.settle()
    assert await office.stands(handover) == {step_id: ("elsewhere", "vera"), case_id: ("taken", "boris")}
    assert await office.stands(theirs) == {step_id: ("taken", "boris"), other: ("taken", "boris")}


async def test_a_person_may_take_a_step_while_the_shift_waits(office: Office) -> None:
    """A handover holds nothing back: what is claimed, done or given in the meantime goes on as ever."""
    [case_id], [step_id] = await shift_of(office, "anna", 1, 1)
    await office.offer("anna", "boris")
    given = await office.tell(case_id, c.Assign(step_id=step_id, assignee="vera"))
    assert given.state is CommandState.DONE
    assert await office.holder(step_id) == "vera"
