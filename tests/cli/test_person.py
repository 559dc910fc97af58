"""`marshrut person`: what is wrong is told in one line, and nothing is written by that."""

from __future__ import annotations

from pathlib import Path

import pytest

from marshrut.cli.exits import Exit
from tests.cli.processes import marshrut

pytestmark = pytest.mark.xdist_group("cli_keys")

AWAY = ("--user", "sova", "--request", "2026-17", "--url", "http://127.0.0.1:9", "--token", "x")


def test_without_a_running_system_nothing_is_written(tmp_path: Path) -> None:
    """It says that the system does not answer, by the code for that."""
    to = tmp_path / "person.json"
    told = marshrut("person", "export", "case", "--checked", "passport", "--to", to, *AWAY, "--data", tmp_path)
    assert (told.returncode, told.stdout, to.exists()) == (Exit.UNREACHABLE, "", False)
    assert told.stderr.count("\n") == 1


def test_somebody_has_to_have_seen_who_asks(tmp_path: Path) -> None:
    """By what that was seen is one of the ways that the audit knows."""
    told = marshrut("person", "export", "case", "--checked", "voice", "--to", tmp_path / "x", *AWAY)
    assert told.returncode == Exit.USAGE
    assert "passport" in told.stderr
