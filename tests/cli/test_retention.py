"""`marshrut retention`: what is kept how long, what would go and what goes, on an installation of its own."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from marshrut.cli.exits import Exit
from marshrut.domain.retention import FATES, Kept
from tests.cli.processes import marshrut

pytestmark = pytest.mark.xdist_group("cli_keys")


def test_what_is_due_is_counted_first_and_goes_when_asked(tmp_path: Path) -> None:
    """Show tells each kind; a dry run changes nothing; a run removes it, and show tells how much that was."""
    assert marshrut("keys", "new", tmp_path / "keys.json").returncode == Exit.OK
    assert marshrut("db", "upgrade", "--data", tmp_path).returncode == Exit.OK
    _old_mail(tmp_path)
    shown = marshrut("retention", "show", "--data", tmp_path)
    assert shown.returncode == Exit.OK, shown.stderr
    lines = shown.stdout.splitlines()
    assert [(line.split()[0], line.split()[2]) for line in lines] == [(kind.value, FATES[kind].value) for kind in Kept]
    assert "mail 90d forgotten due=1 went=0 [A]" in lines
    for _ in range(2):
        tried = marshrut("retention", "run", "--dry-run", "--data", tmp_path)
        assert tried.stdout.splitlines() == ["mail 1 would go", "1 would go"]
    done = marshrut("retention", "run", "--data", tmp_path)
    assert done.stdout.splitlines() == ["mail 1 forgotten", "1 went"]
    assert "mail 90d forgotten due=0 went=1 [A]" in marshrut("retention", "show", "--data", tmp_path).stdout
    with sqlite3.connect(tmp_path / "marshrut.sqlite") as db:
        told = db.execute("SELECT what, act, outcome FROM audit").fetchall()
    assert told == [("marshrut retention run", "change", "pending")]


def test_without_a_schema_nothing_goes(tmp_path: Path) -> None:
    """It says what is missing, by the code for that."""
    assert marshrut("keys", "new", tmp_path / "keys.json").returncode == Exit.OK
    told = marshrut("retention", "run", "--data", tmp_path)
    assert (told.returncode, told.stdout) == (Exit.UNREACHABLE, "")


def _old_mail(data: Path) -> None:
    row = ("c/n", "sent", "2020-01-01T00:00:00.000000+00:00", 1, "", "2020-01-01T00:00:00.000000+00:00")
    with sqlite3.connect(data / "marshrut.sqlite") as conn:
        conn.execute("INSERT INTO outbox (id, state, due_at, attempts, told, finished_at) VALUES (?,?,?,?,?,?)", row)
