from pathlib import Path

import pytest

from marshrut.cli import main
from marshrut.cli.exits import Exit


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """The exit code and the lines of `marshrut catalogue check`."""
    with pytest.raises(SystemExit) as left:
        main(["catalogue", "check", *arguments])
    return int(str(left.value.code)), capsys.readouterr().out.splitlines()


def test_the_shipped_catalogue_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a folder the shipped catalogue is checked, and counted."""
    code, (line,) = told(capsys)
    assert code == Exit.OK
    assert line.startswith("OK base-")
    assert "17 hospitals, 16 tracks, 131 steps, 22 reasons" in line
    assert line.endswith("3 regions of 4 with tables of their own")


def test_every_fault_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A region sees all that is wrong with its overlay at once, each with file and line."""
    (tmp_path / "reasons.yaml").write_text("reasons:\n  dispute:\n    responsible: nobody\n", encoding="utf-8")
    (tmp_path / "hours.yaml").write_text("hours:\n  office:\n    zone: Moscow\n", encoding="utf-8")
    code, lines = told(capsys, str(tmp_path))
    assert code == Exit.FINDINGS
    assert lines == [
        f"{tmp_path / 'hours.yaml'}:3: hours.office.zone: there is no time zone Moscow",
        f"{tmp_path / 'reasons.yaml'}:3: reasons.dispute.responsible: there is no nobody in parties",
    ]


def test_a_sound_overlay_goes_by_its_own_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An overlay without faults is told by its name."""
    (tmp_path / "catalogue.yaml").write_text("name: tula\n", encoding="utf-8")
    code, (line,) = told(capsys, str(tmp_path))
    assert (code, line.partition("-")[0]) == (Exit.OK, "OK tula")


def test_a_folder_that_is_not_there_is_a_wrong_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt folder is not taken for an empty overlay."""
    assert told(capsys, str(tmp_path / "nowhere"))[0] == Exit.USAGE
