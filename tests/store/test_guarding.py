"""Who needs to know of a guarded case: the domain and SQL say the same, and every list asks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marshrut.domain import events as e
from marshrut.domain.events import Event
from marshrut.domain.evolve import evolve, fold
from marshrut.domain.guarding import ASKED, Guard, Onlooker, guard, hidden, onlooker
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Flag, ItemKind, Role, Variant
from marshrut.ports import Area, CaseFilter, NoticeFilter, ReferralFilter, StepFilter, StuckFilter
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.overview import SqlOverview
from marshrut.store.partners import SqlPartnerBook
from marshrut.store.queries import SqlQueries
from marshrut.store.rebuild import verify
from marshrut.store.stuck import SqlStuck
from marshrut.store.tables import commands
from tests.fixtures.stuck import DAY, NOON, RULES, ZONES, opened, step_opened, told
from tests.store.test_journal import empty

PROPERTY = settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
PEOPLE = ("anna", "olga", "vera")
ROLES = (Role.COORDINATOR, Role.PSYCHOLOGIST, Role.DOCTOR)
EVERYBODY = [Onlooker(user, role) for user in PEOPLE for role in sorted(ASKED)]


@st.composite
def notices(draw: st.DrawFn, step: str, number: int, doer: str) -> list[tuple[e.Body, str]]:
    """Perhaps somebody or a whole role is told of the step or case, and perhaps somebody saw to it."""
    if draw(st.booleans()):
        return []
    key = f"{draw(st.sampled_from(['k', 'shift/h/']))}{number}"
    told: list[tuple[e.Body, str]] = [
        (
            e.PeopleTold(
                key=key,
                occasion="o",
                role=draw(st.sampled_from(ROLES)),
                user=draw(st.sampled_from([None, "vera"])),
                about=draw(st.sampled_from([None, step])),
                urgent=draw(st.booleans()),
                tell_at=NOON,
            ),
            "anna",
        )
    ]
    return [*told, (e.NoticeAcknowledged(key=key), doer)] if draw(st.booleans()) else told


@st.composite
def guarded(draw: st.DrawFn, case_id: str) -> list[Event]:
    """Any case: a child's, a protected patient's or neither, with steps that somebody has, did or may take."""
    flags = draw(st.sampled_from([(), (Flag.PROTECTED,), (Flag.CHILD,), (Flag.CRISIS, Flag.PROTECTED)]))
    start = opened(flags=flags)
    if draw(st.booleans()):
        start = start.model_copy(update={"variants": {Variant.CHILD: ("ours",)}})
    bodies: list[tuple[e.Body, str]] = [(start, "anna")]
    if draw(st.booleans()):
        bodies.append((e.OwnerChanged(owner=draw(st.sampled_from([None, *PEOPLE])), reason="r"), "anna"))
    for number in range(draw(st.integers(0, 3))):
        name, doer = f"{case_id}.contact.first_contact.{number}", draw(st.sampled_from(PEOPLE))
        assignee = draw(st.sampled_from([None, *PEOPLE]))
        bodies.append((step_opened(name, NOON, role=draw(st.sampled_from(ROLES)), assignee=assignee), "anna"))
        ending = draw(st.sampled_from(["open", "done", "cancelled", "released"]))
        if ending == "done":
            bodies.append((e.StepCompleted(step_id=name, outcome={"result": "contacted"}), doer))
        elif ending == "cancelled":
            bodies.append((e.StepCancelled(step_id=name, reason="r"), doer))
        elif ending == "released" and assignee is not None:
            bodies.append((e.StepReleased(step_id=name), assignee))
        bodies += draw(notices(name, number, doer))
    if draw(st.booleans()):
        bodies.append((draw(st.sampled_from(CHANGES)), "olga"))
    state, events = CaseState(case_id=case_id), list[Event]()
    over = draw(st.booleans())
    for body, actor in bodies:
        events.append(_event(state, body, actor))
        state = evolve(state, events[-1])
    for step in state.live_steps if over else ():
        events.append(_event(state, e.StepCancelled(step_id=step.step_id, reason="case_closed"), "anna"))
        state = evolve(state, events[-1])
    return [*events, _event(state, e.CaseClosed(ending=Ending.DIED), "anna")] if over else events


CHANGES: list[e.Body] = [e.FlagsChanged(added=(Flag.PROTECTED,)), e.FlagsChanged(removed=(Flag.PROTECTED,))]


def _event(state: CaseState, body: e.Body, actor: str) -> Event:
    return Event(seq=state.seq + 1, recorded_at=NOON, occurred_at=NOON, actor=actor, role=Role.COORDINATOR, body=body)


@PROPERTY
@given(population=st.tuples(*(guarded(f"c{number}") for number in range(4))))
async def test_sql_hides_what_the_domain_hides(db: Database, population: tuple[list[Event], ...]) -> None:
    """Of any cases, for anybody in each role that is asked: the same are there, in question and list."""
    await empty(db)
    for number, events in enumerate(population):
        for one in events:  # one by one, as rows are brought up to date and not made anew
            await SqlJournal(db).write(f"c{number}", [one])
    states = [fold(f"c{number}", events) for number, events in enumerate(population)]
    names, queries = [state.case_id for state in states], SqlQueries(db)
    assert [finding async for finding in verify(db)] == []
    for who in EVERYBODY:
        kept = {state.case_id for state in states if hidden(state, who)}
        assert await queries.hidden(names, who) == kept, who
        page = await queries.cases(CaseFilter(None, who), limit=9, cursor=None)
        assert {case.case_id for case in page.items} == set(names) - kept
    assert await queries.hidden(names, None) == frozenset()


async def test_every_list_asks(db: Database) -> None:
    """Given a protected patient and another, who is not in it, or sent nothing of it, finds the other's alone."""
    for name, flags in (("c0", (Flag.PROTECTED,)), ("c1", ())):
        state, events = CaseState(case_id=name), list[Event]()
        owner = e.OwnerChanged(owner="olga", reason="r")
        step = step_opened(f"{name}.s", NOON - DAY)
        for body in (opened(flags=flags), owner, step, told(f"{name}.s", role=Role.COORDINATOR), _asked(name)):
            events.append(_event(state, body, "anna"))
            state = evolve(state, events[-1])
        await SqlJournal(db).write(name, events)
    async with db.write() as conn:
        # Of c0 another user's, one that was refused and one of somebody in another role who is called so too.
        sent = [("his", "c1", "integrator", "done"), ("other", "c0", "integrator", "done")]
        sent += [("his", "c0", "integrator", "rejected"), ("his", "c0", "supervisor", "done")]
        await conn.execute(commands.insert(), [_sent(*each) for each in sent])
    queries, stuck, partners = SqlQueries(db), SqlStuck(db, ZONES, RULES), SqlPartnerBook(db)
    overview, now = SqlOverview(db, ZONES, RULES), NOON + 30 * DAY
    page: dict[str, Any] = {"limit": 9, "cursor": None}

    async def found(who: Onlooker | None) -> dict[str, Any]:
        told_to = NoticeFilter(None, who, Role.COORDINATOR, "vera", now)
        items = await stuck.stuck(StuckFilter(None, who), now, limit=9, cursor=None)
        work = await overview.workload(Area(None, who), now)
        picture = await overview.picture(Area(None, who), now)
        referrals = await partners.referrals(ReferralFilter(None, who), limit=9, cursor=None)
        return {
            "cases": {each.case_id for each in (await queries.cases(CaseFilter(None, who), **page)).items},
            "steps": {each.case_id for each in (await queries.steps(StepFilter(None, who), **page)).items},
            "notices": {each.case_id for each in (await queries.notifications(told_to, **page)).items},
            "stuck": {row.case.case_id for row in items.items},
            "referrals": {each.case_id for each in referrals.items},
            "stuck as counted": sum(each.items for each in (await stuck.counts(StuckFilter(None, who), now)).values())
            == items.total,
            "counted": [
                await queries.count_cases(CaseFilter(None, who)),
                await queries.count_steps(StepFilter(None, who)),
                await partners.count_referrals(ReferralFilter(None, who)),
                picture.open_cases,
                sum(each.all.steps for each in picture.tracks),
                sum(each.steps for each in work.values()),
                len({row.case.case_id for row in items.items}),
            ],
        }

    lists = ("cases", "steps", "notices", "stuck", "referrals")
    outside, senior = await found(Onlooker("vera", Role.COORDINATOR)), await found(None)
    assert {name: outside[name] for name in lists} == {name: {"c1"} for name in lists}
    assert {name: senior[name] for name in lists} == {name: {"c0", "c1"} for name in lists}
    assert (outside["counted"], senior["counted"]) == ([1, 1, 1, 1, 1, 1, 1], [2, 2, 2, 2, 2, 2, 2])
    assert (outside["stuck as counted"], senior["stuck as counted"]) == (True, True)
    machine, others = await found(Onlooker("his", Role.INTEGRATOR)), await found(Onlooker("third", Role.INTEGRATOR))
    assert {name: machine[name] for name in lists} == {name: {"c1"} for name in lists}
    assert {name: others[name] for name in lists} == {name: set() for name in lists}
    assert (machine["counted"], others["counted"]) == ([1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0])
    assert await queries.hidden(["c0", "c1"], Onlooker("his", Role.INTEGRATOR)) == {"c0"}
    # Whoever answers for it finds both.
    assert await found(Onlooker("olga", Role.COORDINATOR)) == {**senior, "notices": {"c0", "c1"}}


def _sent(user: str, case_id: str, role: str, state: str) -> dict[str, Any]:
    return {
        "id": f"{user}.{case_id}.{role}.{state}",
        "kind": "c",
        "source": f"user/{user}",
        "fingerprint": "f",
        "actor": user,
        "role": role,
        "hospital": "GKB29",
        "case_id": case_id,
        "received_at": NOON,
        "state": state,
        "details": "{}",
        "attempts": 1,
    }


def _asked(name: str) -> e.Body:
    return e.ItemAdded(
        item_id=f"{name}.referral.home_care.1",
        item=ItemKind.REFERRAL,
        name="home_care",
        status="requested",
        facts={"partner": "sobes"},
    )


@pytest.mark.parametrize(
    ("flags", "variants", "via", "expected"),
    [
        ((), {}, "admission", None),
        ((Flag.CHILD,), {Variant.ADULT: ()}, "admission", None),
        ((), {Variant.CHILD: ()}, "admission", Guard.CHILD),
        ((Flag.PROTECTED,), {Variant.CHILD: ()}, "admission", Guard.PROTECTED),
        ((Flag.PROTECTED,), {Variant.CHILD: ()}, "enquiry", None),
    ],
)
def test_what_is_guarded(flags: tuple[Flag, ...], variants: dict[Variant, Any], via: Any, expected: Guard) -> None:
    """A child's case by its kind and a protected patient's by the flag; what somebody asks is no stay."""
    assert guard(CaseState(case_id="c", flags=flags, variants=variants, via=via)) is expected


@pytest.mark.parametrize("role", sorted(Role))
def test_of_whom_it_is_asked(role: Role) -> None:
    """Of those who do steps and see persons, and of machines; who leads, and of people who reads codes, sees all."""
    asked = {Role.COORDINATOR, Role.PSYCHOLOGIST, Role.DOCTOR, Role.PLACEMENT, Role.INTEGRATOR}
    assert onlooker("vera", role) == (Onlooker("vera", role) if role in asked else None)
