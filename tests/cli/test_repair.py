"""Cases that run go on by a newer calendar; the real system, in one process."""

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from marshrut.cli import repair as command
from marshrut.cli.calendars import Due, Moved, NotRepairedError, foreseen, outdated, replaced, unless_needless
from marshrut.cli.exits import Exit, Stop
from marshrut.composition import Composition
from marshrut.ports import AuditFilter
from marshrut.settings import Settings
from tests.fixtures.system import System

MOSCOW = timedelta(hours=3)


async def case_with_a_working_day(system: System) -> tuple[str, str, datetime]:
    """A case with a step that is due at the end of the next working day."""
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="contacted", citizenship="foreign")
    step_id = await system.step(case_id, "migration_notice")
    return case_id, step_id, await due_at(system, step_id)


async def due_at(system: System, step_id: str) -> datetime:
    return datetime.fromisoformat((await system.get(f"/api/v1/steps/{step_id}"))["clock"]["due_at"])


def newer(parts: Composition, version: str, day_off: date) -> Composition:
    """The same system under a catalogue whose calendar has one more day off."""
    russia = parts.catalogue.calendars["russia"]
    days_off = {**russia.days_off, day_off: "transfer"}
    calendars = {"russia": russia.model_copy(update={"version": version, "days_off": days_off})}
    return replace(parts, catalogue=parts.catalogue.model_copy(update={"calendars": calendars}))


async def of_case(parts: Composition, case_id: str) -> list[Due]:
    return [each async for each in outdated(parts, "russia") if each.case_id == case_id]


async def test_what_is_foreseen_is_what_happens(system: System) -> None:
    """A dry run tells each due time that moves and moves none; the repair moves exactly these; then nothing is left."""
    case_id, step_id, before = await case_with_a_working_day(system)
    parts = newer(system.parts, "test-1", (before + MOSCOW).date())
    (due,) = await of_case(parts, case_id)
    expected = await foreseen(parts, due)
    assert [(each.case_id, each.step_id, each.before) for each in expected] == [(case_id, step_id, before)]
    assert await due_at(system, step_id) == before
    seq = (await system.get(f"/api/v1/cases/{case_id}"))["seq"]
    assert await replaced(parts, due) == expected
    assert await due_at(system, step_id) == expected[0].after > before
    assert (await system.get(f"/api/v1/cases/{case_id}"))["seq"] == seq + 2
    told = (await system.get(f"/api/v1/steps/{step_id}/clock"))["clock"]
    assert told["timetable"]["calendar_version"] == "test-1"
    assert sum(day["counted_s"] for day in told["days"]) == told["budget_s"]
    assert await of_case(parts, case_id) == []
    assert await replaced(parts, due) == await foreseen(parts, due) == ()


async def test_a_calendar_that_moves_nothing_is_taken_all_the_same(system: System) -> None:
    """A case whose due times stay goes on by the newer calendar without a line in the report."""
    case_id, step_id, before = await case_with_a_working_day(system)
    parts = newer(system.parts, "test-2", date(2030, 7, 1))
    (due,) = await of_case(parts, case_id)
    assert await foreseen(parts, due) == await replaced(parts, due) == ()
    assert await due_at(system, step_id) == before
    assert await of_case(parts, case_id) == []


async def test_closed_cases_are_left_alone(system: System) -> None:
    """A case that ended is not in the list, and one that ends on the way is no fault; a paused one is repaired."""
    case_id, _, before = await case_with_a_working_day(system)
    parts = newer(system.parts, "test-3", (before + MOSCOW).date())
    await system.post(f"/api/v1/cases/{case_id}/events", {"type": "paused"})
    (due,) = await of_case(parts, case_id)
    await system.post(f"/api/v1/cases/{case_id}/events", {"type": "died"})
    assert await of_case(parts, case_id) == []
    assert await replaced(parts, due) == await foreseen(parts, due) == ()
    gone = replace(due, case_id="nobody")
    assert await replaced(parts, gone) == await foreseen(parts, gone) == ()


async def test_a_refusal_is_told(system: System) -> None:
    """That a case has no such calendar is no fault; what it refuses for another reason is told by its code."""
    case_id, _, _ = await case_with_a_working_day(system)
    (due,) = await of_case(newer(system.parts, "test-4", date(2030, 7, 1)), case_id)
    renamed = replace(due, calendar=due.calendar.model_copy(update={"name": "other"}))
    assert await replaced(system.parts, renamed) == await foreseen(system.parts, renamed) == ()
    with pytest.raises(NotRepairedError, match="role_not_allowed"):
        unless_needless("role_not_allowed")


async def test_a_calendar_that_nobody_has(system: System) -> None:
    """An unknown name is told with those that there are."""
    with pytest.raises(Stop, match="no hospital's hours go by a calendar france; there is russia") as stop:
        [each async for each in outdated(system.parts, "france")]
    assert stop.value.code is Exit.USAGE


async def test_the_command_reports(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    """The command tells a line for each due time that moves and how many cases; run again, there is nothing to do."""
    began = system.parts.api.now()
    case_id, step_id, before = await case_with_a_working_day(system)
    parts = newer(system.parts, "test-5", (before + MOSCOW).date())
    (due,) = await of_case(parts, case_id)
    (moved,) = await replaced(parts, due)
    back = str(Moved(case_id, step_id, moved.after, before))
    for dry_run in (True, False):
        assert await command._repaired(system.parts.settings, None, dry_run=dry_run) is Exit.OK
        told = capsys.readouterr().out.splitlines()
        assert back in told
        assert ("would go on" in told[-1]) is dry_run
        assert await due_at(system, step_id) == (moved.after if dry_run else before)
    await command._repaired(system.parts.settings, "russia", dry_run=False)
    assert capsys.readouterr().out == "0 cases went on by a newer calendar, 0 due times moved, 0 not repaired\n"
    since = AuditFilter(user=f"os:{os.getuid()}", since=began)
    done = (await system.parts.api.audit_book.find(since, limit=9, cursor=None)).items
    assert [(each.entry.what, each.entry.thing) for each in done] == [
        ("marshrut catalogue repair", "russia"),
        ("marshrut catalogue repair", None),
    ]


async def test_without_a_database_nothing_is_begun(system: System, tmp_path: Path) -> None:
    """A database without a schema is told as one line."""
    settings = Settings(data=tmp_path, key_file=system.parts.settings.keys)
    with pytest.raises(Stop) as stop:
        await command._repaired(settings, None, dry_run=True)
    assert stop.value.code is Exit.UNREACHABLE
