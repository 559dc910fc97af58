"""`marshrut erase`: what is wrong is told in one line, and nothing is asked of anybody by that."""

from __future__ import annotations

from pathlib import Path

import pytest

from marshrut.cli.exits import Exit
from tests.cli.processes import marshrut

pytestmark = pytest.mark.xdist_group("cli_keys")

AWAY = ("--url", "http://127.0.0.1:9", "--token", "x")


@pytest.mark.parametrize(
    "line",
    [
        ["ask", "case", "--user", "anna", "--basis", "consent_withdrawn"],
        ["confirm", "number", "--user", "boris", "--yes"],
        ["show", "number"],
        ["act", "number"],
    ],
)
def test_without_a_running_system_nothing_happens(line: list[str], tmp_path: Path) -> None:
    """Each says that the system does not answer, by the code for that."""
    told = marshrut("erase", *line, *AWAY, "--data", tmp_path)
    assert (told.returncode, told.stdout) == (Exit.UNREACHABLE, "")
    assert told.stderr.count("\n") == 1


def test_a_rule_has_to_be_one_of_the_law(tmp_path: Path) -> None:
    """By which rule somebody is erased is one of those that the certificate knows."""
    told = marshrut("erase", "ask", "case", "--user", "anna", "--basis", "tidy", *AWAY, "--data", tmp_path)
    assert told.returncode == Exit.USAGE
    assert "consent_withdrawn" in told.stderr


def test_nobody_is_erased_by_a_slip_of_the_finger(tmp_path: Path) -> None:
    """Without `--yes` it asks, and no answer is no."""
    told = marshrut("erase", "confirm", "number", "--user", "boris", *AWAY, "--data", tmp_path)
    assert told.returncode != Exit.OK
    assert "for good" in told.stdout + told.stderr
