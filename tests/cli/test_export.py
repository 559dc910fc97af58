"""`marshrut export`, as an operator runs it: beside a running system or without one."""

import csv
import io
import json
import os
from pathlib import Path

import pytest
from defusedxml import ElementTree

from marshrut.adapters.keys import Keys
from marshrut.cli.exits import Exit
from marshrut.settings import Settings
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.migrate import upgrade
from tests.adapters.mining.rules import complaints, of_xml
from tests.cli.processes import marshrut
from tests.store.stories import opened, short_story

EVENTS = 5


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A data folder with a case of GKB29 in it."""
    Keys.fresh().write(tmp_path / "keys.json")
    url = Settings(data=tmp_path).database
    await upgrade(url)
    told = short_story("case-1", EVENTS)
    told[0] = told[0].model_copy(update={"body": opened("GKB29")})
    db = Database(url)
    await SqlJournal(db).write("case-1", told)
    await db.close()
    return tmp_path


async def test_every_format_is_written(folder: Path) -> None:
    """OCEL as JSON and XML, XES and CSV, to a file or to standard output, without Temporal."""
    out = folder / "log.json"
    done = marshrut("export", "--format", "ocel2", "--out", out, "--data", folder)
    assert (done.returncode, done.stdout) == (Exit.OK, ""), done.stderr
    log = json.loads(out.read_text("utf-8"))
    assert complaints(log) == []
    assert len(log["events"]) == EVENTS
    xml = marshrut("export", "--format", "ocel2", "--syntax", "xml", "--data", folder).stdout
    assert of_xml(ElementTree.fromstring(xml)) == log
    assert marshrut("export", "--format", "xes", "--data", folder).stdout.count("<event>") == EVENTS
    table = marshrut("export", "--format", "csv", "--table", "hospitals", "--hospital", "GKB29", "--data", folder)
    assert [row["cases_opened"] for row in csv.DictReader(io.StringIO(table.stdout))] == ["1", "1"]


async def test_days_and_hospital_choose(folder: Path) -> None:
    """Only cases that were opened from the first day on and before the other one, of that hospital."""
    for more, count in (
        (("--from", "2026-03-02", "--until", "2026-03-03"), EVENTS),
        (("--from", "2026-03-03"), 0),
        (("--hospital", "SKLIF"), 0),
    ):
        assert marshrut("export", "--format", "xes", *more, "--data", folder).stdout.count("<event>") == count, more


async def test_what_cannot_be_done_is_said_in_a_line(folder: Path) -> None:
    """A wrong period, an unknown hospital, no database, a folder that is none: a code and a line; no half file."""
    for more, code in (
        (("--from", "2026-03-03", "--until", "2026-03-03"), Exit.USAGE),
        (("--hospital", "MOON"), Exit.USAGE),
        (("--out", folder / "nowhere" / "log.xes"), Exit.FOLDER),
        (("--database-url", f"sqlite+aiosqlite:///{folder / 'none.db'}"), Exit.DATABASE),
    ):
        done = marshrut("export", "--format", "xes", *more, "--data", folder)
        assert done.returncode == code, (more, done.stderr)
        assert done.stderr.startswith("marshrut: ")
        assert len(done.stderr.splitlines()) == 1
    assert not any(name.endswith(".part") for name in os.listdir(folder))  # noqa: PTH208 - a test of its own, alone
