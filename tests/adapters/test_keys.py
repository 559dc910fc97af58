"""The installation's keys: where they come from, what seals them, and how they change under a running process."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from marshrut.adapters.key_management import KeyManagement, KeyProgram, MasterKeyFile
from marshrut.adapters.key_sources import LOOKS_EVERY_S, KeyFile, LiveKeys, keys_now
from marshrut.adapters.keys import KeyFileError, Keys, ServiceKey
from marshrut.settings import Settings

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
PROGRAM = f"""#!{sys.executable}
# A key management system as small as can be: it turns the bytes round, and says on which errand it was.
import sys
content = sys.stdin.buffer.read()
sys.stdout.buffer.write(b"kms:" + content[::-1] if sys.argv[1] == "wrap" else content.removeprefix(b"kms:")[::-1])
"""


@pytest.fixture(params=["plain", "master", "program"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> KeyFile:
    """A key file that nothing, a master key or a program seals."""
    return KeyFile(tmp_path / "keys.json", sealed_by(request.param, tmp_path))


def sealed_by(kind: str, folder: Path) -> KeyManagement | None:
    if kind == "master":
        (folder / "master.key").write_bytes(bytes(range(32)))
        return MasterKeyFile(folder / "master.key")
    if kind == "program":
        program = folder / "kms"
        program.write_text(PROGRAM)
        program.chmod(0o700)
        return KeyProgram(program)
    return None


class Watch:
    """A clock to be set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def rotated(keys: Keys) -> Keys:
    made = ServiceKey.fresh(NOW)
    return keys.knowing(made).written_by(made.key_id, NOW)


def test_keys_come_back_as_they_were_written(file: KeyFile, tmp_path: Path) -> None:
    """Whatever seals the file: the keys are read again, all of them, and only their owner may read the file."""
    first = Keys.fresh(NOW)
    file.create(first)
    assert file.read() == first
    second = file.change(rotated)
    assert file.read() == second
    assert (second.key_id, second.reading(first.key_id)) != (first.key_id, None)
    assert (second.ids, second.tokens) == (first.ids, first.tokens)
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyFileError, match="never overwritten"):
        file.create(first)


@pytest.mark.parametrize("kind", ["master", "program"])
def test_a_sealed_file_tells_nothing_without_what_seals_it(kind: str, tmp_path: Path) -> None:
    """Neither the keys nor their ids stand in a sealed file, and it is refused without its key management."""
    keys, path = Keys.fresh(), tmp_path / "keys.json"
    KeyFile(path, sealed_by(kind, tmp_path)).create(keys)
    assert keys.key_id not in path.read_text()
    with pytest.raises(KeyFileError, match="no `kms` is set"):
        KeyFile(path).read()
    KeyFile(tmp_path / "open.json").create(keys)
    with pytest.raises(KeyFileError, match="is not sealed"):
        KeyFile(tmp_path / "open.json", sealed_by(kind, tmp_path)).read()


def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    """With another master key, or one of another length, the file is refused in one line."""
    file = KeyFile(tmp_path / "keys.json", sealed_by("master", tmp_path))
    file.create(Keys.fresh())
    for other in (bytes(32), bytes(16)):
        (tmp_path / "master.key").write_bytes(other)
        with pytest.raises(KeyFileError, match=r"master\.key"):
            file.read()


def test_a_program_that_fails_is_told(tmp_path: Path) -> None:
    """A program that is not there, or ends badly, is a fault of the keys."""
    file = KeyFile(tmp_path / "keys.json", KeyProgram(tmp_path / "kms"))
    with pytest.raises(KeyFileError, match="does not answer"):
        file.create(Keys.fresh())
    (tmp_path / "kms").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "kms").chmod(0o700)
    with pytest.raises(KeyFileError, match="code 3"):
        file.create(Keys.fresh())


def test_a_rotation_by_root_keeps_the_file_the_services(file: KeyFile, tmp_path: Path) -> None:
    """Given a file of the service's user that a group may read, when root rotates, both may read what is there then."""
    file.create(Keys.fresh(NOW))
    path = tmp_path / "keys.json"
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 10001, 10002)
    was = path.stat()
    file.change(rotated)
    now = path.stat()
    assert (now.st_uid, now.st_gid, now.st_mode) == (was.st_uid, was.st_gid, was.st_mode)
    assert now.st_ino != was.st_ino


def test_a_file_that_cannot_stay_its_owners_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given somebody who may not give the file back to its owner, nothing changes, and no second file of keys stays."""
    file = KeyFile(tmp_path / "keys.json")
    file.create(first := Keys.fresh(NOW))

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refused)
    with pytest.raises(KeyFileError, match="cannot be changed"):
        file.change(rotated)
    assert file.read() == first
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


def test_a_running_process_follows_its_key_file(tmp_path: Path) -> None:
    """Rotated by another process: the new key is read by at once when it is met, and writes within seconds."""
    file, watch = KeyFile(tmp_path / "keys.json"), Watch()
    file.create(Keys.fresh())
    live = LiveKeys(file, watch)
    first, second = live.writer, file.change(rotated)
    assert live.writer == first
    watch.now += 1
    assert live.reading(second.key_id) == second.writer
    assert live.reading(first.key_id) == first
    assert live.writer == second.writer


def test_a_key_of_the_same_moment_is_read_by(tmp_path: Path) -> None:
    """However short a while ago a process looked: what another one has just sealed is opened."""
    file, watch = KeyFile(tmp_path / "keys.json"), Watch()
    file.create(Keys.fresh())
    live = LiveKeys(file, watch)
    for _ in range(2):
        made = file.change(rotated)
        assert live.reading(made.key_id) == made.writer


def test_a_changed_file_can_be_read_by_who_could_before(tmp_path: Path) -> None:
    """Where a group may read the keys, it may read them after a rotation too: the service is not who rotates."""
    file = KeyFile(tmp_path / "keys.json")
    file.create(Keys.fresh())
    (tmp_path / "keys.json").chmod(0o640)
    file.change(rotated)
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o640


def test_a_process_that_meets_no_new_key_takes_it_up_too(tmp_path: Path) -> None:
    """Within seconds, without having been told; a file that is broken for a while leaves what was known."""
    path, watch = tmp_path / "keys.json", Watch()
    file = KeyFile(path)
    file.create(Keys.fresh())
    live = LiveKeys(file, watch)
    first = live.writer
    path.with_name("spoilt").write_text("{")
    path.with_name("spoilt").replace(path)
    watch.now += LOOKS_EVERY_S
    assert live.writer == first
    path.unlink()
    file.create(second := Keys.fresh())
    watch.now += LOOKS_EVERY_S
    assert live.writer == second.writer
    assert live.reading("none") is None


def test_keys_may_come_from_a_setting(tmp_path: Path) -> None:
    """Keys in a setting are the keys, sealed or not; nobody changes them from here."""
    keys = Keys.fresh()
    settings = Settings(data=tmp_path, key_material=SecretStr(keys.text))
    assert keys_now(settings) == keys
    (tmp_path / "master.key").write_bytes(bytes(32))
    with pytest.raises(KeyFileError, match="base64"):
        keys_now(Settings(data=tmp_path, key_material=SecretStr("?"), kms=f"file:{tmp_path / 'master.key'}"))
    with pytest.raises(KeyFileError, match="not a key file"):
        keys_now(Settings(data=tmp_path, key_material=SecretStr("{}")))


def test_the_key_that_writes_cannot_go() -> None:
    """Only a key that no longer writes is taken away, and only one that there is."""
    keys = Keys.fresh()
    with pytest.raises(KeyFileError, match="rotate first"):
        keys.without(keys.key_id)
    with pytest.raises(KeyFileError, match="no key"):
        keys.without("none")
    after = rotated(keys)
    assert after.without(keys.key_id).reading(keys.key_id) is None


@pytest.mark.parametrize("spoilt", ["", "{}", '{"key_id": "x"}', "[]", '{"key_id":"x","ids":"AA==","records":"AA=="}'])
def test_a_file_that_is_none_of_ours_is_refused(spoilt: str, tmp_path: Path) -> None:
    """Whatever else a key file holds, it is told in one line that repeats nothing of it."""
    (tmp_path / "keys.json").write_text(spoilt)
    with pytest.raises(KeyFileError, match="not a key file of ours"):
        KeyFile(tmp_path / "keys.json").read()
