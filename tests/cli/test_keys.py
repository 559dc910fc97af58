"""`marshrut keys`: the drill at the command line, each refusal in one line with its code."""

from __future__ import annotations

from pathlib import Path

import pytest

from marshrut.adapters.keys import Keys
from marshrut.cli.exits import Exit
from tests.cli.processes import marshrut

pytestmark = pytest.mark.xdist_group("cli_keys")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with keys and an empty database."""
    assert marshrut("keys", "new", tmp_path / "keys.json").returncode == Exit.OK
    assert marshrut("db", "upgrade", "--data", tmp_path).returncode == Exit.OK
    return tmp_path


def test_a_rotation_from_beginning_to_end(folder: Path) -> None:
    """Rotate, list, rewrap; the old key is not destroyed while nobody can say that Temporal does without it."""
    first = Keys.read(folder / "keys.json")
    told = marshrut("keys", "rotate", "--data", folder)
    assert (told.returncode, told.stderr) == (Exit.OK, "")
    second = Keys.read(folder / "keys.json")
    assert told.stdout == f"{second.key_id} writes\n"
    listed = marshrut("keys", "list", "--data", folder).stdout.split()
    assert [listed[0], listed[2], listed[3], listed[5]] == [second.key_id, "writes", first.key_id, "reads"]
    done = marshrut("keys", "rewrap", "--data", folder)
    assert (done.returncode, done.stdout) == (Exit.OK, "0 records rewrapped\n")
    away = marshrut("keys", "retire", first.key_id, "--data", folder, "--temporal-address", "127.0.0.1:1")
    assert (away.returncode, away.stderr) == (Exit.UNREACHABLE, "marshrut: Temporal does not answer\n")
    assert Keys.read(folder / "keys.json").reading(first.key_id) is not None


def test_keys_that_are_not_the_databases_end_a_command_at_its_beginning(folder: Path) -> None:
    """A line and the code of keys, whichever command it is; with the right ones again it goes."""
    about = ("Anna", "--name", "Ан На", "--role", "coordinator", "--hospital", "GKB29")
    assert marshrut("account", "add", *about, "--data", folder).returncode == Exit.OK
    (folder / "keys.json").rename(folder / "kept.json")
    assert marshrut("keys", "new", folder / "keys.json").returncode == Exit.OK
    for line in (("retention", "show"), ("keys", "rewrap"), ("api",), ("worker",)):
        told = marshrut(*line, "--data", folder)
        assert (told.returncode, told.stderr.count("\n")) == (Exit.KEYS, 1), told.stderr
        assert "keys.json: does not hold key" in told.stderr
    (folder / "kept.json").replace(folder / "keys.json")
    assert marshrut("retention", "show", "--data", folder).returncode == Exit.OK


def test_announced_first_it_writes_later(folder: Path) -> None:
    """Where processes are started anew for keys: one that is only read by, then one that writes."""
    first = Keys.read(folder / "keys.json")
    told = marshrut("keys", "rotate", "--announce", "--data", folder)
    announced = told.stdout.split()[0]
    assert told.stdout == f"{announced} can be read by\n"
    assert Keys.read(folder / "keys.json").key_id == first.key_id
    assert marshrut("keys", "use", announced, "--data", folder).stdout == f"{announced} writes\n"
    assert Keys.read(folder / "keys.json").key_id == announced


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["retire", "{key}"], "rotate first"),
        (["retire", "none"], "there is no key none"),
        (["use", "none"], "there is no key none"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(folder: Path, line: list[str], says: str) -> None:
    """A key that writes, or that there is not."""
    key = Keys.read(folder / "keys.json").key_id
    told = marshrut("keys", *(part.format(key=key) for part in line), "--data", folder)
    assert (told.returncode, told.stderr.count("\n")) == (Exit.KEYS, 1)
    assert says in told.stderr


def test_keys_in_a_setting_are_changed_elsewhere(folder: Path) -> None:
    """Whoever holds the keys in a setting is told to change the file that it is made of."""
    text = (folder / "keys.json").read_text()
    told = marshrut("keys", "rotate", "--data", folder, MARSHRUT_KEY_MATERIAL=text)
    assert told.returncode == Exit.KEYS
    assert "MARSHRUT_KEY_MATERIAL" in told.stderr


def test_a_master_key_seals_the_file(tmp_path: Path) -> None:
    """With a master key the file is sealed from its first byte, rotated as ever, and nothing without it."""
    (tmp_path / "master").write_bytes(bytes(range(32)))
    kms = f"file:{tmp_path / 'master'}"
    assert marshrut("keys", "new", tmp_path / "keys.json", MARSHRUT_KMS=kms).returncode == Exit.OK
    assert marshrut("keys", "rotate", "--data", tmp_path, MARSHRUT_KMS=kms).returncode == Exit.OK
    assert len(marshrut("keys", "list", "--data", tmp_path, MARSHRUT_KMS=kms).stdout.splitlines()) == 2
    without = marshrut("keys", "list", "--data", tmp_path)
    assert (without.returncode, without.stdout) == (Exit.KEYS, "")
