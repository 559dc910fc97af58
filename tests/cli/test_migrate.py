"""Running cases go on by another version of the catalogue; the real system, in one process."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from marshrut.cli import cases as command
from marshrut.cli.exits import Exit, Stop
from marshrut.cli.migrations import Fate, Told, Wishes, done, foreseen
from marshrut.composition import Composition, compose
from marshrut.domain.differences import Difference
from marshrut.domain.evolve import fold
from marshrut.domain.words import Role
from marshrut.settings import Settings
from marshrut.store.rebuild import verify
from marshrut.store.versions import SqlVersions
from tests.fixtures.apps import application
from tests.fixtures.system import HOSPITAL, System, admission

HOUR = timedelta(hours=1)
# A first contact in 30 hours, and no deadline for what needs one in the catalogue that ships.
OLDER = """\
steps:
  first_contact: { clock: { term: 30h, mark: A, source: ours } }
  home_safety: { clock: null }
"""
# Due an hour after the admission: behind everybody's back when the case comes to it.
HURRIED = "steps: { first_contact: { clock: { term: 1h, counts_from: admission, mark: A, source: ours } } }"

Overlay = Callable[[str, dict[str, str]], Path]


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    """A folder of an installation with these files."""

    def write(name: str, files: dict[str, str]) -> Path:
        folder = tmp_path / name
        for file, text in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
        return folder

    return write


def under(system: System, folder: Path) -> Settings:
    """The installation's settings with another catalogue."""
    return system.parts.settings.model_copy(update={"catalogue": folder})


@asynccontextmanager
async def another(system: System, folder: Path) -> AsyncIterator[Composition]:
    """A second process of the same installation, with another catalogue in force."""
    async with compose(under(system, folder)) as parts:
        yield parts


async def admitted(system: System, folder: Path, **changes: Any) -> tuple[str, str]:
    """A case that began by the folder's catalogue, and that version."""
    async with another(system, folder) as parts:
        with application(parts.settings, parts.api) as app:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://marshrut.test") as http:
                hospital = changes.get("facility", HOSPITAL)
                headers = system.token(Role.INTEGRATOR, None, hospital)
                answer = await http.post("/api/v1/admissions", json=admission(**changes), headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()["case_id"], parts.catalogue.version


async def clock_of(system: System, case_id: str, name: str) -> dict[str, Any]:
    told: dict[str, Any] = await system.get(f"/api/v1/steps/{await system.step(case_id, name)}/clock")
    return {**told["clock"], "state": told["state"], "catalogue": told["catalogue"]}


async def due_at(system: System, case_id: str, name: str = "first_contact") -> datetime | None:
    due: str | None = (await system.get(f"/api/v1/steps/{await system.step(case_id, name)}"))["clock"]["due_at"]
    return None if due is None else datetime.fromisoformat(due)


async def migrated(system: System, wishes: Wishes, *, dry_run: bool = False, as_json: bool = True) -> Exit:
    return await command._migrated(system.parts.settings, wishes, dry_run=dry_run, as_json=as_json)


def moves(told: Told) -> dict[str, tuple[datetime | None, datetime | None]]:
    return {step.step: (step.before, step.after) for step in told.steps}


async def test_what_is_foreseen_is_what_happens(system: System, overlay: Overlay) -> None:
    """A dry run tells which due times move and moves none; the migration moves exactly these, and says so once."""
    case_id, older = await admitted(system, overlay("older", {"steps/contact.yaml": OLDER}))
    parts, target = system.parts, system.parts.catalogue
    before = await due_at(system, case_id)
    assert before is not None
    seq = (await system.get(f"/api/v1/cases/{case_id}"))["seq"]
    expected = await foreseen(parts, case_id, target)
    assert (expected.fate, expected.before, expected.after) == (Fate.MOVES, older, target.version)
    assert expected.zone == "Europe/Moscow"
    assert moves(expected) == {"contact.first_contact": (before, before - 6 * HOUR)}
    assert await due_at(system, case_id) == before
    assert (await system.get(f"/api/v1/cases/{case_id}"))["seq"] == seq
    assert await done(parts, case_id, target) == expected
    assert await due_at(system, case_id) == before - 6 * HOUR
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert card["seq"] == seq + 1
    for look in (foreseen, done):
        again = await look(parts, case_id, target)
        assert (again.fate, again.steps, again.differences) == (Fate.THERE, (), ())
    assert (await system.get(f"/api/v1/cases/{case_id}"))["seq"] == seq + 1


async def test_the_clock_explains_itself_by_the_new_version(system: System, overlay: Overlay) -> None:
    """What a clock tells after a migration is the new version's: its name, its term, its days that add up."""
    case_id, older = await admitted(system, overlay("older", {"steps/contact.yaml": OLDER}))
    told = await clock_of(system, case_id, "first_contact")
    assert (told["catalogue"], told["budget_s"]) == (older, 30 * 3600)
    await done(system.parts, case_id, system.parts.catalogue)
    told = await clock_of(system, case_id, "first_contact")
    assert (told["catalogue"], told["budget_s"]) == (system.parts.catalogue.version, 24 * 3600)
    assert sum(day["counted_s"] for day in told["days"]) == told["budget_s"]


async def test_the_report_says_what_comes_otherwise(system: System, overlay: Overlay) -> None:
    """Terms, lists and programmes that the versions have otherwise are told, short, in words of the files."""
    listed = "lists: { home_checklist: { entries: { cat: { title: { ru: Кот, en: Cat }, mark: A, source: ours } } } }"
    folder = overlay("older", {"steps/contact.yaml": OLDER, "lists.yaml": listed})
    case_id, _ = await admitted(system, folder)
    told = await foreseen(system.parts, case_id, system.parts.catalogue)
    assert set(told.differences) == {
        Difference("step", "contact.first_contact", "term", "30h", "24h"),
        Difference("step", "contact.home_safety", "term", None, "4h"),
        Difference("list", "home_checklist", "cat", "for good", None),
        Difference("known", "arrangement", "names", "cat", None),
    }


async def test_a_step_may_gain_or_lose_its_deadline(system: System, overlay: Overlay) -> None:
    """An open step without a deadline gets the new version's, and loses it again by the version before."""
    case_id, older = await admitted(system, overlay("older", {"steps/contact.yaml": OLDER}))
    await system.do(case_id, "first_contact", result="contacted", citizenship="foreign")
    assert await due_at(system, case_id, "home_safety") is None
    told = await done(system.parts, case_id, system.parts.catalogue)
    gained = await due_at(system, case_id, "home_safety")
    assert gained is not None
    assert moves(told) == {"contact.home_safety": (None, gained)}
    before = await system.parts.api.catalogues.kept(older)
    assert before is not None
    assert moves(await done(system.parts, case_id, before)) == {"contact.home_safety": (gained, None)}
    assert await due_at(system, case_id, "home_safety") is None
    # And forth once more: the first command does not answer for the third.
    assert (await done(system.parts, case_id, system.parts.catalogue)).fate is Fate.MOVES
    assert await due_at(system, case_id, "home_safety") == gained


async def test_a_rung_that_lies_behind_is_not_told(system: System, overlay: Overlay) -> None:
    """A step that is late by the new version from its first moment on tells nobody of rungs long passed."""
    case_id = await system.admit(admitted_at=(datetime.now(UTC) - 3 * HOUR).isoformat())
    folder = overlay("hurried", {"steps/contact.yaml": HURRIED})
    async with another(system, folder) as parts:
        told = await done(parts, case_id, parts.catalogue)
    assert [step.step for step in told.steps] == ["contact.first_contact"]
    clock = await clock_of(system, case_id, "first_contact")
    assert clock["state"] == "red"
    assert {rung["state"] for rung in clock["rungs"]} == {"passed"}
    events = (await system.get(f"/api/v1/cases/{case_id}/events", limit=200))["items"]
    assert not {event["kind"] for event in events} & {"step_escalated", "people_told"}


async def test_a_promise_and_a_step_of_ones_own_stand(system: System, overlay: Overlay) -> None:
    """What a senior promised stays, and a step that people added by themselves keeps nobody from going on."""
    case_id, _ = await admitted(system, overlay("older", {"steps/contact.yaml": OLDER}))
    promised = (datetime.now(UTC) + 100 * HOUR).replace(microsecond=0)
    step_id = await system.step(case_id, "first_contact")
    given = {"due_at": promised.isoformat(), "reason": "patient_asleep"}
    assert (await system.post(f"/api/v1/steps/{step_id}/extend", given, role=Role.SUPERVISOR)).is_success
    own = {"title": "Накормить кота", "role": "coordinator", "due_at": promised.isoformat()}
    assert (await system.post(f"/api/v1/cases/{case_id}/steps", own)).is_success
    told = await done(system.parts, case_id, system.parts.catalogue)
    assert (told.fate, told.steps) == (Fate.MOVES, ())
    assert await due_at(system, case_id) == promised


async def test_a_case_that_cannot_move_says_why(system: System, overlay: Overlay) -> None:
    """Closed, unknown, of a hospital that the version does not have: refused in words, in a dry run and for real."""
    folder = overlay("smaller", {"hospitals.yaml": "hospitals: { SKLIF: null }"})
    stranger, _ = await admitted(system, overlay("older", {"steps/contact.yaml": OLDER}), facility="SKLIF")
    closed = await system.admit()
    await system.post(f"/api/v1/cases/{closed}/events", {"type": "died"})
    async with another(system, folder) as parts:
        for look in (foreseen, done):
            told = [await look(parts, name, parts.catalogue) for name in (stranger, closed, "nobody")]
            assert [(each.fate, each.why) for each in told] == [
                (Fate.REFUSED, "the version knows no hospital SKLIF"),
                (Fate.REFUSED, "the case is closed"),
                (Fate.REFUSED, "there is no such case"),
            ]


async def test_an_open_step_that_the_version_lacks_is_named(system: System, overlay: Overlay) -> None:
    """A case whose open step the other version does not know stays where it is, and says which step that is."""
    case_id = await system.admit()
    seq = (await system.get(f"/api/v1/cases/{case_id}"))["seq"]
    steps = {name: step for name, step in system.parts.catalogue.steps.items() if name != "contact.first_contact"}
    lacking = system.parts.catalogue.model_copy(update={"steps": steps, "version": "lacking-1"})
    await SqlVersions(system.parts.db).remember(lacking.version, lacking.model_dump_json())
    for look in (foreseen, done):
        told = await look(system.parts, case_id, lacking)
        assert told.fate is Fate.REFUSED
        assert told.why == "the version does not know the step contact.first_contact, which is open"
    assert (await system.get(f"/api/v1/cases/{case_id}"))["seq"] == seq


async def test_the_command_reports_to_machines(
    system: System, overlay: Overlay, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json each case is a line; a dry run and a run tell the same; run again, the case is already there."""
    case_id, older = await admitted(system, overlay("older", {"steps/contact.yaml": OLDER}))
    wishes = Wishes(cases=[case_id])
    before = await due_at(system, case_id)
    assert await migrated(system, wishes, dry_run=True) is Exit.OK
    foretold = capsys.readouterr()
    assert await due_at(system, case_id) == before
    assert await migrated(system, wishes) is Exit.OK
    told = capsys.readouterr()
    assert told.out == foretold.out
    (line,) = map(json.loads, told.out.splitlines())
    assert (line["case_id"], line["from"], line["to"]) == (case_id, older, system.parts.catalogue.version)
    (step,) = line["steps"]
    assert datetime.fromisoformat(step["before"]) - datetime.fromisoformat(step["after"]) == 6 * HOUR
    assert (step["zone"], step["before"][-6:]) == ("Europe/Moscow", "+03:00")
    assert ("1 cases would go on by" in foretold.err, "1 cases went on by" in told.err) == (True, True)
    assert await migrated(system, wishes) is Exit.OK
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["fate"], line["steps"]) == ("already_there", [])


async def test_the_command_reports_to_people(
    system: System, overlay: Overlay, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --json tables tell each case with its due times, and once what comes otherwise; a refusal leaves 1."""
    folder = overlay("oldest", {"steps/contact.yaml": OLDER.replace("30h", "33h")})
    first, older = await admitted(system, folder)
    second, _ = await admitted(system, folder)
    wishes = Wishes(cases=[first, second, "nobody"])
    assert await migrated(system, wishes, dry_run=True, as_json=False) is Exit.FINDINGS
    told = capsys.readouterr().out
    assert all(part in told for part in (first, second, older, "there is no such case", "Europe/Moscow"))
    assert told.count("33h") == 1
    assert told.splitlines()[-1].startswith("2 cases would go on by")
    assert await migrated(system, Wishes(before=older), as_json=False) is Exit.OK
    assert capsys.readouterr().out.splitlines()[-1].startswith("2 cases went on by")
    assert await migrated(system, Wishes(before=older), as_json=False) is Exit.OK
    assert capsys.readouterr().out.startswith("0 cases went on by")


async def test_cases_are_chosen_by_hospital(system: System, overlay: Overlay) -> None:
    """With a hospital only its cases go on."""
    folder = overlay("older-still", {"steps/contact.yaml": OLDER.replace("30h", "31h")})
    here, older = await admitted(system, folder)
    there, _ = await admitted(system, folder, facility="KKB1")
    assert await migrated(system, Wishes(hospital="KKB1", before=older)) is Exit.OK
    versions = [(await system.parts.api.queries.case(name)) for name in (here, there)]
    assert [each and each.catalogue for each in versions] == [older, system.parts.catalogue.version]


async def test_a_dry_run_keeps_nothing(system: System, overlay: Overlay, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even the version that a dry run is about is kept; only one that was in force can be a target."""
    case_id = await system.admit()
    folder = overlay("never", {"steps/contact.yaml": OLDER.replace("30h", "32h")})
    settings = under(system, folder)
    assert await command._migrated(settings, Wishes([case_id]), dry_run=True, as_json=True) is Exit.OK
    version = json.loads(capsys.readouterr().out)["to"]
    assert version.startswith("never-")
    assert await SqlVersions(system.parts.db).content(version) is None
    with pytest.raises(Stop, match=f"no catalogue {version} is kept here") as stop:
        await migrated(system, Wishes([case_id], after=version))
    assert stop.value.code is Exit.USAGE


@pytest.mark.parametrize(
    ("wishes", "what"),
    [
        (Wishes(after="moon-1"), "no catalogue moon-1 is kept here"),
        (Wishes(before="moon-1"), "no catalogue moon-1 is kept here"),
        (Wishes(hospital="MOON"), "there is no hospital MOON"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_told_in_a_line(system: System, wishes: Wishes, what: str) -> None:
    """A version or a hospital that is not there ends the command before it begins, with 2."""
    with pytest.raises(Stop, match=what) as stop:
        await migrated(system, wishes)
    assert stop.value.code is Exit.USAGE


async def test_without_a_database_nothing_is_begun(system: System, tmp_path: Path) -> None:
    """A database without a schema is told as one line."""
    settings = Settings(data=tmp_path, key_file=system.parts.settings.keys)
    with pytest.raises(Stop) as stop:
        await command._migrated(settings, Wishes(), dry_run=True, as_json=False)
    assert stop.value.code is Exit.UNREACHABLE


async def test_journal_read_model_and_engine_agree_afterwards(system: System, overlay: Overlay) -> None:
    """After a migration, and work after it, the fold of the journal is the state, and `db verify --engine` is clean."""
    case_id, _ = await admitted(system, overlay("older", {"steps/contact.yaml": OLDER}))
    await done(system.parts, case_id, system.parts.catalogue)
    await system.do(case_id, "first_contact", result="contacted", citizenship="foreign")
    queries = system.parts.api.queries
    page = await queries.events(case_id, limit=1000, cursor=None)
    assert page.next is None
    case = await queries.case(case_id)
    assert fold(case_id, page.items) == case
    assert case is not None
    assert case.catalogue == system.parts.catalogue.version
    assert await due_at(system, case_id, "home_safety") is not None
    found = [finding async for finding in verify(system.parts.db, engine=system.parts.api.journeys)]
    assert [finding for finding in found if finding.case_id == case_id] == []


async def test_a_pending_migration_is_told(system: System, overlay: Overlay) -> None:
    """While no worker takes the command it is stored; the report says that it is pending, not that it happened."""
    case_id, _ = await admitted(system, overlay("older", {"steps/contact.yaml": OLDER}))
    settings = system.parts.settings.model_copy(update={"temporal_address": "127.0.0.1:1", "answer_within_s": 0.3})
    async with compose(settings, lazy=True) as parts:
        told = await done(replace(parts), case_id, parts.catalogue)
    assert (told.fate, told.why) == (Fate.PENDING, "stored; a relay carries it out when Temporal answers")
