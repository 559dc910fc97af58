"""`marshrut enquire` as a mail server pipes to it: kept is 0, nobody there is "try again later", nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from marshrut.cli.exits import Exit
from tests.cli.processes import free_ports, marshrut, system

MAIL = "From: a@example.org\nMessage-ID: <cli-1@example.org>\nSubject: Question\n\nWhere is my brother?\n"


@pytest.mark.slow
def test_a_pipe_takes_mail_and_never_sends_it_back(tmp_path: Path) -> None:
    """Created, delivered again, screened and unreadable are all kept; a file is read like standard input."""
    data, file = tmp_path / "data", tmp_path / "mail.eml"
    file.write_text(MAIL)
    with system(data) as up:
        up.start("--no-samples")
        how = ("enquire", "--url", up.url, "--data", data)
        first = marshrut(*how, "-", stdin=MAIL)
        assert (first.returncode, first.stdout.split()[1]) == (Exit.OK, "created"), first.stderr
        again = marshrut(*how, file)
        assert (again.returncode, again.stdout.split()[1:]) == (Exit.OK, ["attached", first.stdout.split()[2]])
        screened = marshrut(*how, "-", stdin="Auto-Submitted: auto-replied\n" + MAIL.replace("cli-1", "cli-2"))
        assert (screened.returncode, screened.stdout.split()[1:]) == (Exit.OK, ["screened", "auto_reply"])
        kept = marshrut(*how, "-", stdin="nothing that is mail")
        assert (kept.returncode, kept.stdout.split()[1:]) == (Exit.OK, ["kept", "not_mail"])
        large = marshrut(*how, "-", stdin=MAIL.replace("cli-1", "cli-3") + "x" * 3_000_000)
        assert (large.returncode, large.stdout.split()[1]) == (Exit.OK, "created"), large.stderr
        stranger = marshrut(*how, "--token", "nonsense", "-", stdin=MAIL)
        assert (stranger.returncode, stranger.stdout) == (Exit.LATER, "")


def test_nobody_there_is_a_reason_to_try_again(tmp_path: Path) -> None:
    """75 is what a mail server understands; a file that is not there is a mistake of whoever called."""
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    away = marshrut("enquire", "--url", url, "--token", "t", "-", stdin=MAIL)
    assert (away.returncode, "does not answer" in away.stderr) == (Exit.LATER, True)
    assert marshrut("enquire", "--url", url, "--token", "t", tmp_path / "none.eml").returncode == Exit.USAGE
