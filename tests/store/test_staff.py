"""The roster in SQL, on both kinds of database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marshrut.domain.events import (
    Body,
    CaseClosed,
    OwnerChanged,
    Reported,
    StepAssigned,
    StepCancelled,
    StepClaimed,
    StepCommented,
    StepCompleted,
    TakenBack,
)
from marshrut.domain.staffing import Absence, Away, Colleague, Load
from marshrut.domain.words import Ending, Mark, Report, Role
from marshrut.ports import CaseFilter, HeldCase
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.queries import SqlQueries
from marshrut.store.staff import SqlStaff
from tests.store.stories import NOON, event, opened, step_opened, story

HOUR = timedelta(hours=1)
ANNA = Colleague("anna", Role.COORDINATOR, frozenset({"h1", "h2"}))
BORIS = Colleague("boris", Role.COORDINATOR, frozenset({"h1"}))
PAVEL = Colleague("pavel", Role.HEAD, None)


def absence(name: str, user: str = "anna", *, starts: float = -1, ends: float | None = 7, **more: str) -> Absence:
    """Somebody is away for these hours, counted from noon."""
    ends_at = None if ends is None else NOON + ends * HOUR
    return Absence(name, user, NOON + starts * HOUR, ends_at, Away.VACATION, more.get("deputy"), "olga", NOON)


@pytest.fixture
def staff(db: Database) -> SqlStaff:
    """The roster."""
    return SqlStaff(db)


async def write(db: Database, case_id: str, *bodies: Body) -> None:
    """A case of h1 to which this happened."""
    await SqlJournal(db).write(case_id, story([opened(), *bodies]))


async def test_people_are_found_by_hospital_and_by_name(staff: SqlStaff) -> None:
    """Who works in a hospital, those of all hospitals among them; by name with whoever stands in for them."""
    for each in (ANNA, BORIS, PAVEL):
        await staff.put(each, NOON)
    away = await staff.record(absence("a1", deputy="boris"))
    assert list(await staff.people(NOON, hospital="h2")) == ["anna", "pavel"]
    assert list(await staff.people(NOON, hospital="h")) == ["pavel"]
    known = await staff.people(NOON, users=["anna", "nobody"])
    assert set(known) == {"anna", "boris"}
    assert (known["anna"].absences, known["anna"].hospitals) == ((away,), ANNA.hospitals)
    assert not known["anna"].present(NOON)
    assert (await staff.people(NOON + 8 * HOUR, users=["anna"]))["anna"].absences == ()


async def test_an_absence_is_kept_once(staff: SqlStaff) -> None:
    """Whoever repeats it is answered what was kept first."""
    first = await staff.record(absence("a1"))
    assert await staff.record(absence("a1", ends=20)) == first
    assert await staff.absence("a1") == first
    assert await staff.absence("a2") is None


@pytest.mark.parametrize(("starts", "ends", "at"), [(-1, 7, 0), (-1, None, 0), (2, 7, 2), (2, None, 2)])
async def test_an_absence_ends_once(staff: SqlStaff, starts: float, ends: float | None, at: float) -> None:
    """It ends now, or where it would have begun; a second end changes nothing."""
    await staff.put(ANNA, NOON)
    await staff.record(absence("a1", starts=starts, ends=ends))
    assert await staff.end("a1", NOON, by="anna")
    assert not await staff.end("a1", NOON + HOUR, by="anna")
    ended = await staff.absence("a1")
    assert ended is not None
    assert ended.ends_at == NOON + at * HOUR
    for hours in range(10):
        assert (await staff.people(NOON, users=["anna"]))["anna"].present(NOON + hours * HOUR)


async def test_who_leaves_is_away_and_who_comes_back_is_there(staff: SqlStaff) -> None:
    """Leaving is an absence without an end, told once; being put on the roster again ends it."""
    await staff.put(ANNA, NOON)
    for name in ("l1", "l2"):
        await staff.leave(Absence(name, "anna", NOON, None, Away.LEFT, None, "olga", NOON))
    gone = (await staff.people(NOON, users=["anna"]))["anna"]
    assert (gone.active, [each.id for each in gone.absences]) == (False, ["l1"])
    await staff.put(ANNA, NOON + HOUR)
    assert (await staff.people(NOON + HOUR, users=["anna"]))["anna"].present(NOON + HOUR)


async def test_loads_count_what_is_open(db: Database, staff: SqlStaff) -> None:
    """Live steps of open cases, those of them that are late, and open cases, but for those left out."""
    steps = [f"c1.contact.first_contact.{number}" for number in range(3)]
    claims = [StepClaimed(step_id=step, assignee="anna") for step in steps]
    late = step_opened(steps[0], due_at=NOON + HOUR)
    done = StepCompleted(step_id=steps[2], outcome={"result": "contacted"})
    owned = OwnerChanged(owner="anna", reason="agreed")
    await write(db, "c1", late, *map(step_opened, steps[1:]), *claims, done, owned)
    await write(db, "c2", owned)
    await write(db, "c3", owned, CaseClosed(ending=Ending.DIED))
    assert await staff.loads(["anna", "boris"], NOON + 2 * HOUR) == {"anna": Load(steps=2, overdue=1, cases=2)}
    assert await staff.loads(["anna"], NOON, without=["c2"]) == {"anna": Load(steps=2, overdue=0, cases=1)}
    await SqlJournal(db).write(
        "c1",
        story([opened(), late, *map(step_opened, steps[1:]), *claims, done, owned, Reported(report=Report.PAUSED)]),
    )
    assert (await staff.loads(["anna"], NOON + 2 * HOUR))["anna"].overdue == 0


async def test_what_somebody_has_is_what_is_open(db: Database, staff: SqlStaff) -> None:
    """Live steps and open cases; what is done, closed or another's is not theirs to hand over."""
    step = "c1.contact.first_contact.main"
    owned = OwnerChanged(owner="anna", reason="agreed")
    await write(db, "c1", step_opened(step), StepClaimed(step_id=step, assignee="anna"))
    await write(db, "c2", owned)
    await write(db, "c3", owned, CaseClosed(ending=Ending.DIED))
    steps, cases = await staff.held("anna")
    assert [(each.step_id, each.case_id, each.hospital, each.role) for each in steps] == [
        (step, "c1", "h1", Role.COORDINATOR)
    ]
    assert cases == [HeldCase("c2", "h1")]
    assert await staff.held("boris") == ([], [])


async def test_absences_begin_and_are_finished_once(staff: SqlStaff) -> None:
    """Those to come, those over and those that were seen to are not told; the oldest comes first."""
    for each in (
        absence("over", starts=-9, ends=-1),
        absence("to_come", starts=1),
        absence("second", starts=-1, ends=None),
        absence("first", starts=-2),
    ):
        await staff.record(each)
    assert [each.id for each in await staff.begun(NOON, 9)] == ["first", "second"]
    assert [each.id for each in await staff.begun(NOON, 1)] == ["first"]
    await staff.finished(absence("first"), (), NOON)
    assert [each.id for each in await staff.begun(NOON + HOUR, 9)] == ["second", "to_come"]


async def test_an_absence_is_finished_once_nothing_is_left_unseen(db: Database, staff: SqlStaff) -> None:
    """What reached somebody while their things were handed over was not seen to: it is looked again."""
    step = "c1.contact.first_contact.main"
    owned = OwnerChanged(owner="anna", reason="agreed")
    away = await staff.record(absence("a1"))
    await write(db, "c1", step_opened(step), StepClaimed(step_id=step, assignee="anna"), owned)
    for seen_to in ((), (step,), ("c1",), ("another",)):
        await staff.finished(away, seen_to, NOON)
        assert await staff.leaving("anna", NOON)
    await staff.finished(away, (step, "c1"), NOON)
    assert not await staff.leaving("anna", NOON)


FIRST, SECOND = (f"c1.contact.first_contact.{number}" for number in "12")
TO_ANNA = StepAssigned(step_id=FIRST, assignee="anna")
TO_BORIS = StepAssigned(step_id=FIRST, assignee="boris")


@pytest.mark.parametrize(
    ("later", "by", "again"),
    [
        ([TO_ANNA], "boris", True),
        ([TO_ANNA, TO_BORIS], "boris", True),
        ([StepClaimed(step_id=FIRST, assignee="anna")], "anna", False),
        ([step_opened(SECOND, assignee="anna")], "boris", True),
        ([step_opened(SECOND, assignee="anna")], "anna", False),
        ([OwnerChanged(owner="anna", reason="agreed")], "boris", True),
        ([OwnerChanged(owner="anna", reason="agreed")], "anna", False),
        ([StepCompleted(step_id=FIRST, outcome={"result": "contacted"})], "boris", False),
        ([StepCommented(step_id=FIRST)], "boris", False),
    ],
)
async def test_what_somebody_is_given_while_away_has_their_absence_seen_to_again(
    db: Database, staff: SqlStaff, later: list[Body], by: str, *, again: bool
) -> None:
    """By whoever, and as late as can be; what they take themselves they keep."""
    told = story([opened(), step_opened(FIRST)])
    await SqlJournal(db).write("c1", told)
    await staff.finished(await staff.record(absence("a1")), (), NOON)
    await staff.finished(await staff.record(absence("over", ends=0)), (), NOON - HOUR / 2)
    more = [event(len(told) + number, body).model_copy(update={"actor": by}) for number, body in enumerate(later, 1)]
    await SqlJournal(db).write("c1", [*told, *more])
    begun = [each.id for each in await staff.begun(NOON, 9)]
    assert begun == (["a1"] if again else [])


async def test_a_case_that_is_open_again_is_nobodys_who_has_gone(db: Database, staff: SqlStaff) -> None:
    """An ending that is taken back has what was somebody's theirs again: if they are away, that is seen to."""
    step = StepClaimed(step_id=FIRST, assignee="anna")
    died = Reported(report=Report.DIED)
    ends: list[Body] = [StepCancelled(step_id=FIRST, reason="case_closed"), CaseClosed(ending=Ending.DIED)]
    told = story([opened(), step_opened(FIRST), step, OwnerChanged(owner="boris", reason="agreed"), died, *ends])
    await SqlJournal(db).write("c1", told)
    for user in ("anna", "boris"):
        await staff.finished(await staff.record(absence(f"a-{user}", user)), (), NOON)
    assert await staff.begun(NOON, 9) == []
    back = event(len(told) + 1, TakenBack(mark=Mark.ENDED)).model_copy(update={"actor": "olga"})
    await SqlJournal(db).write("c1", [*told, back])
    assert [each.user for each in await staff.begun(NOON, 9)] == ["anna", "boris"]
    steps, cases = await staff.held("anna")
    assert ([each.step_id for each in steps], cases) == ([FIRST], [])


async def test_cases_are_found_by_who_answers_for_them(db: Database) -> None:
    """A user's cases, and those that nobody but the senior coordinator answers for."""
    queries = SqlQueries(db)
    await write(db, "c1", OwnerChanged(owner="anna", reason="agreed"))
    await write(db, "c2")
    for owner, expected in (("anna", ["c1"]), ("none", ["c2"]), ("boris", []), (None, ["c1", "c2"])):
        page = await queries.cases(CaseFilter(hospitals=None, who=None, owner=owner), limit=9, cursor=None)
        assert sorted(case.case_id for case in page.items) == expected
