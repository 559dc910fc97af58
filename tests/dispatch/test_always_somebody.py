"""No case without an owner at any moment: whatever people do, and whoever is away, after a round somebody is there."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marshrut.domain import commands as c
from marshrut.domain.handover import HandoverState
from marshrut.domain.staffing import Absence, Away, answers_for
from marshrut.domain.words import Report, Role
from marshrut.ports import CaseFilter, HandoverFilter, StepFilter, new_id
from marshrut.store.database import Database
from marshrut.store.tables import metadata
from tests.fixtures.cases import CATALOGUE, HIS
from tests.fixtures.office import HOSPITAL, Office

THERE = "SKLIF"
TEAM = {
    "anna": (Role.COORDINATOR, (HOSPITAL,)),
    "boris": (Role.COORDINATOR, (HOSPITAL, THERE)),
    "vera": (Role.COORDINATOR, (THERE,)),
    "nina": (Role.PSYCHOLOGIST, (HOSPITAL,)),
    "olga": (Role.SUPERVISOR, (HOSPITAL, THERE)),
}
USERS = tuple(TEAM)
ROLES = (Role.COORDINATOR, Role.PSYCHOLOGIST)

USER = st.sampled_from(USERS)
SOMEBODY = st.sampled_from((None, *USERS))
PLACE = st.sampled_from((HOSPITAL, THERE))
WHICH = st.integers(0, 20)
MOVES = st.one_of(
    st.tuples(st.just("opens"), PLACE, SOMEBODY),
    st.tuples(st.just("closes"), WHICH),
    st.tuples(st.just("opens_again"), WHICH),
    st.tuples(st.just("moves"), WHICH),
    st.tuples(st.just("step"), WHICH, SOMEBODY, st.sampled_from(ROLES)),
    st.tuples(st.just("assigns"), WHICH, USER),
    st.tuples(st.just("releases"), WHICH),
    st.tuples(st.just("owns"), WHICH, SOMEBODY),
    st.tuples(st.just("goes"), USER, SOMEBODY, st.integers(-5, 90), st.none() | st.integers(1, 200)),
    st.tuples(st.just("goes"), USER, USER, st.just(0), st.none()),
    st.tuples(st.just("returns"), WHICH),
    st.tuples(st.just("leaves"), USER),
    st.tuples(st.just("comes"), USER),
    st.tuples(st.just("offers"), USER, SOMEBODY, PLACE),
    st.tuples(st.just("takes"), USER, st.booleans()),
    st.tuples(st.just("declines"), USER),
    st.tuples(st.just("withdraws"), USER),
    st.tuples(st.just("engine"), st.booleans()),
    st.tuples(st.just("round"), st.integers(0, 90)),
    st.tuples(st.just("round"), st.integers(0, 2)),
)


class Hospital:
    """What people do, as the API lets them: nothing is given to who is away."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.absences: list[Absence] = []

    async def there(self, user: str | None, hospital: str) -> bool:
        """Whether something of that hospital may be given to them now."""
        if user is None:
            return True
        known = (await self.office.staff.people(self.office.now(), users=[user])).get(user)
        return known is not None and known.present(self.office.now()) and known.works_in(hospital)

    async def cases(self, which: int | None = None) -> list[Any]:
        """Those that are open, or one of them."""
        filtered = CaseFilter(hospitals=None, who=None)
        page = await self.office.queries.cases(filtered, limit=500, cursor=None)
        found = [case for case in page.items if not case.closed]
        return found if which is None else found[which % len(found) :][:1] if found else []

    async def steps(self, which: int | None = None) -> list[Any]:
        """Those that are to do, or one of them."""
        page = await self.office.queries.steps(
            StepFilter(hospitals=None, who=None, state="live"), limit=500, cursor=None
        )
        found = [row for row in page.items if not row.closed]
        return found if which is None else found[which % len(found) :][:1] if found else []

    async def opens(self, hospital: str, owner: str | None) -> None:
        """By whoever the roster has there and, if the engine answers at once, given to somebody."""
        if self.office.desk.away:
            await self.office.come(hospital)
        elif await self.there(owner, hospital):
            await self.office.case(owner, hospital)

    async def closes(self, which: int) -> None:
        for case in await self.cases(which):
            await self.office.tell(case.case_id, c.ReportFact(report=Report.DIED), HIS)

    async def opens_again(self, which: int) -> None:
        page = await self.office.queries.cases(CaseFilter(None, None, state="closed"), limit=500, cursor=None)
        for case in page.items[which % len(page.items) :][:1] if page.items else []:
            await self.office.tell(case.case_id, c.ReportFact(report=Report.REINSTATED))

    async def moves(self, which: int) -> None:
        for case in await self.cases(which):
            there = THERE if case.hospital == HOSPITAL else HOSPITAL
            await self.office.tell(case.case_id, c.Transfer(hospital=there, catalogue=CATALOGUE))

    async def step(self, which: int, user: str | None, role: Role) -> None:
        for case in await self.cases(which):
            if await self.there(user, case.hospital):
                await self.office.tell(case.case_id, c.AddStep(role=role, assignee=user))

    async def assigns(self, which: int, user: str) -> None:
        for row in await self.steps(which):
            if await self.there(user, row.hospital):
                await self.office.tell(row.case_id, c.Assign(step_id=row.step.step_id, assignee=user))

    async def releases(self, which: int) -> None:
        for row in await self.steps(which):
            await self.office.tell(row.case_id, c.Release(step_id=row.step.step_id))

    async def owns(self, which: int, user: str | None) -> None:
        for case in await self.cases(which):
            if await self.there(user, case.hospital):
                await self.office.tell(case.case_id, c.SetOwner(owner=user, reason="agreed"))

    async def goes(self, user: str, deputy: str | None, starts: int, lasts: int | None) -> None:
        ends = None if lasts is None else starts + lasts
        absence = await self.office.away(user, None if deputy == user else deputy, starts=starts, ends=ends)
        self.absences.append(absence)

    async def returns(self, which: int) -> None:
        for absence in self.absences[which % len(self.absences) :][:1] if self.absences else []:
            await self.office.staff.end(absence.id, self.office.now(), by="olga")

    async def leaves(self, user: str) -> None:
        now = self.office.now()
        await self.office.staff.leave(Absence(new_id(), user, now, None, Away.LEFT, None, "olga", now))

    async def comes(self, user: str) -> None:
        role, hospitals = TEAM[user]
        await self.office.put(user, role, *hospitals)

    async def offers(self, giver: str, receiver: str | None, hospital: str) -> None:
        items = await self.office.book.preview(giver, hospital)
        if items and receiver != giver:
            await self.office.offer(giver, receiver, *items[:1], hospital=hospital, role=TEAM[giver][0])

    async def takes(self, user: str, all_of_it: bool) -> None:
        for handover in await self.waiting():
            if user != handover.giver and await self.there(user, handover.hospital):
                items = await self.office.book.items(handover.id)
                said = {} if all_of_it else {items[0].item_id: "conflict"}
                answer = self.office.says(user, TEAM[user][0])
                await self.office.book.acknowledge(handover.id, answer, said)

    async def declines(self, user: str) -> None:
        for handover in await self.waiting():
            await self.office.book.decline(handover.id, self.office.says(user, reason="too_much"))

    async def withdraws(self, giver: str) -> None:
        for handover in await self.waiting():
            if handover.giver == giver:
                await self.office.book.withdraw(handover.id, self.office.says(giver))

    async def waiting(self) -> list[Any]:
        which = HandoverFilter(None, "olga", Role.SUPERVISOR, {Role.SUPERVISOR}, state=HandoverState.OFFERED)
        return list((await self.office.book.page(which, limit=500, cursor=None)).items)

    async def engine(self, answers: bool) -> None:
        self.office.desk.away = not answers

    async def round(self, minutes: int) -> None:
        """Time passes, and everything has its turn; while the engine answers, somebody is there afterwards."""
        self.office.later(minutes=minutes, seconds=1)
        await self.office.settle()
        if not self.office.desk.away:
            await self.somebody_is_there()

    async def somebody_is_there(self) -> None:
        """Who answers for a case is there, or it is the senior coordinator; who has a step is there."""
        now = self.office.now()
        roster = await self.office.staff.people(now, users=USERS)
        for case in await self.cases():
            found = answers_for(case.owner, roster, case.hospital, now)
            assert found.user is None or roster[found.user].present(now)
            assert found.user is not None or found.role is Role.SUPERVISOR
            # Beyond the rule: whoever the case itself names is there too, or nobody is named.
            assert case.owner is None or roster[case.owner].present(now)
        for row in await self.steps():
            holder = row.step.assignee
            assert holder is None or roster[holder].present(now), f"{row.step.step_id} is held by {holder}"
        # Of what nobody waits for any more it is known what became.
        assert [each for each in await self.office.book.unfinished(500) if not each.open] == []


async def live(db: Database, moves: list[tuple[Any, ...]]) -> None:
    """All that happens, from an empty database on; at the end the engine answers and everything comes to rest."""
    async with db.write() as conn:
        for table in reversed(metadata.sorted_tables):
            await conn.execute(table.delete())
    hospital = Hospital(Office(db))
    for user in USERS:
        await hospital.comes(user)
    for user, (_, hospitals) in TEAM.items():
        for place in hospitals:
            case_id = await hospital.office.case(user, place)
            await hospital.office.step(case_id, user)
    for name, *given_ in (*moves, ("engine", True), ("round", 2), ("round", 0)):
        move: Callable[..., Coroutine[Any, Any, None]] = getattr(hospital, name)
        await move(*given_)


EVERY = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(EVERY, max_examples=25)
@given(moves=st.lists(MOVES, min_size=4, max_size=40))
async def test_somebody_is_always_there(db: Database, moves: list[tuple[Any, ...]]) -> None:
    """After each round a present person or the senior coordinator answers for every case, and has every step."""
    await live(db, moves)


@pytest.mark.postgres
@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@settings(EVERY, max_examples=4)
@given(moves=st.lists(MOVES, min_size=8, max_size=30))
async def test_somebody_is_always_there_on_postgresql(db: Database, moves: list[tuple[Any, ...]]) -> None:
    """The same on the other database."""
    await live(db, moves)


@pytest.fixture
async def office(db: Database) -> Office:
    """A team at work."""
    office = Office(db)
    for user, (role, hospitals) in TEAM.items():
        await office.put(user, role, *hospitals)
    return office


async def test_of_many_who_go_at_once_all_are_seen_to_in_one_round(office: Office) -> None:
    """At the end of a shift more people go than are looked at in one go: none of them waits for another round."""
    users = [f"user-{number:02}" for number in range(20)]
    for user in users:
        await office.put(user)
    cases = {user: await office.case(user) for user in users}
    for user in users:
        await office.away(user, "boris", starts=1)
    office.later(minutes=1)
    await office.standby.round()
    assert {await office.holder(case_id) for case_id in cases.values()} == {"boris"}


async def test_whoever_stands_in_by_any_absence_has_it(office: Office) -> None:
    """Sick without a deputy, on a shift that ends with one: whichever is seen to first, the deputy has the work."""
    case_id = await office.case("anna")
    step_id = await office.step(case_id, "anna")
    await office.away("anna", starts=-2)
    await office.away("anna", "boris", starts=-1, ends=90)
    await office.settle()
    assert [await office.holder(each) for each in (case_id, step_id)] == ["boris", "boris"]


async def test_what_reaches_somebody_after_they_went_is_handed_on_too(office: Office) -> None:
    """The engine was away while something was on its way to a deputy who goes meanwhile: it does not stay theirs."""
    case_id = await office.case("anna")
    step_id = await office.step(case_id, "anna")
    await office.away("anna", "boris")
    office.desk.away = True
    await office.standby.round()  # says that it goes to Boris; nothing answers
    await office.away("boris", starts=1)
    for _ in range(5):
        office.later(minutes=2)
        await office.settle()
    assert await office.holder(step_id) == "anna"
    office.desk.away = False
    office.later(minutes=1)
    await office.settle()
    assert [await office.holder(each) for each in (case_id, step_id)] == [None, None]
    assert not await office.staff.leaving("boris", office.now())
