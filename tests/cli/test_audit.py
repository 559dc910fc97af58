"""`marshrut audit`: the chain is checked, its head is noted, and acts at the server itself stand in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from marshrut.cli.exits import Exit
from tests.cli.processes import marshrut


def test_acts_at_the_server_stand_in_a_chain_that_is_checked(tmp_path: Path) -> None:
    """An account that was made is told of; what somebody cuts off afterwards is found by the head that was noted."""

    def said(*words: object, code: Exit = Exit.OK) -> str:
        done = marshrut(*words, "--data", tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout

    assert marshrut("keys", "new", tmp_path / "keys.json").returncode == Exit.OK
    said("db", "upgrade")
    assert said("audit", "verify").startswith("0 rows up to 0:000")
    said("account", "add", "anna", "--name", "A", "--role", "coordinator", "--hospital", "GKB29")
    said("account", "disable", "anna")
    head = said("audit", "head").strip()
    assert said("audit", "verify", "--head", head) == f"2 rows up to {head}, 0 findings\n"
    with sqlite3.connect(tmp_path / "marshrut.sqlite") as db:
        told = db.execute("SELECT what, thing, substr(user, 1, 3) FROM audit ORDER BY seq").fetchall()
        assert told == [("marshrut account add", "anna", "os:"), ("marshrut account disable", "anna", "os:")]
    said("db", "rebuild")
    said("export", "--format", "csv", "--hospital", "GKB29")
    with sqlite3.connect(tmp_path / "marshrut.sqlite") as db:
        query = "SELECT what, act, outcome, hospital FROM audit WHERE seq > 2 ORDER BY seq"
        assert db.execute(query).fetchall() == [
            ("marshrut db rebuild", "change", "pending", None),
            ("marshrut export csv", "export", "done", "GKB29"),
        ]
        db.execute("DROP TRIGGER audit_stays")
        db.execute("DELETE FROM audit")
        db.execute("DELETE FROM audit_head")
    assert said("audit", "verify").startswith("0 rows")
    noted = tmp_path / "heads"
    noted.write_text(f"{head}\n")
    assert said("audit", "verify", "--heads", noted, code=Exit.FINDINGS).startswith("cut 1\n")


def test_keys_and_tokens_that_were_changed_or_made_stand_in_it_too(tmp_path: Path) -> None:
    """By which key, for whom and in which role; and what cannot be written down is not done."""

    def said(*words: object) -> str:
        done = marshrut(*words, "--data", tmp_path)
        assert done.returncode == Exit.OK, done.stderr
        return done.stdout

    assert marshrut("keys", "new", tmp_path / "keys.json").returncode == Exit.OK
    said("db", "upgrade")
    first = said("keys", "list").split()[0]
    second = said("keys", "rotate").split()[0]
    third = said("keys", "rotate", "--announce").split()[0]
    said("keys", "use", third)
    said("keys", "rewrap")
    said("token", "--user", "olga", "--role", "supervisor", "--hospital", "GKB29")
    with sqlite3.connect(tmp_path / "marshrut.sqlite") as db:
        told = db.execute("SELECT what, thing, substr(user, 1, 3) FROM audit ORDER BY seq").fetchall()
        db.execute("UPDATE alembic_version SET version_num = 'nowhere'")
    assert told == [
        ("marshrut keys rotate", second, "os:"),
        ("marshrut keys rotate", third, "os:"),
        ("marshrut keys use", third, "os:"),
        ("marshrut keys rewrap", None, "os:"),
        ("marshrut token supervisor", "olga", "os:"),
    ]
    before = (tmp_path / "keys.json").read_bytes()
    for words in (("keys", "use", first), ("keys", "rotate"), ("token", "--user", "olga", "--role", "head")):
        done = marshrut(*words, "--data", tmp_path)
        assert (done.returncode, done.stdout) == (Exit.DATABASE, "")
    assert (tmp_path / "keys.json").read_bytes() == before


def test_what_is_no_head_is_refused_in_a_line(tmp_path: Path) -> None:
    """Wrong use, told in one line."""
    done = marshrut("audit", "verify", "--head", "x", "--data", tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (Exit.USAGE, 1)
