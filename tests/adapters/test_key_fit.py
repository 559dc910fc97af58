"""Keys that are lost, or another installation's, are told before anything starts with them."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from marshrut.adapters.key_sources import KeyFile, live_keys
from marshrut.adapters.keys import KeyFileError, Keys, ServiceKey
from marshrut.adapters.person_keys import PersonKeys
from marshrut.adapters.temporal.runs import TemporalRuns
from marshrut.adapters.vault import EnvelopeVault
from marshrut.cli import keys as command
from marshrut.cli.exits import Exit, Stop
from marshrut.composition import compose
from marshrut.key_fit import check_fit
from marshrut.settings import PERSON_KEYS, Settings
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.person_keys import SqlPersonKeys
from tests.store.stories import NOON, intent


@pytest_asyncio.fixture
async def settings(tmp_path: Path, sqlite_template: Path) -> Settings:
    """A data folder with a database, in which one record is the service key's and another a person's."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "marshrut.sqlite")
    made = Settings(data=data)
    KeyFile(made.keys).create(Keys.fresh())
    db, key_db, keys = Database(made.database), Database(made.person_keys), live_keys(made)
    vault = EnvelopeVault(keys, PersonKeys(SqlPersonKeys(key_db), keys))
    for bound in (False, True):
        told = intent("case")
        sealed = vault.seal({"family": "Тайнова"}, about=f"command/{told.id}")
        if bound:
            place = ("command", told.id)
            sealed = (await vault.bound({place: (sealed, "anna")}))[place]
        told = intent("case", id=told.id, private=sealed)
        await SqlCommands(db, clock=lambda: NOON).intend(told, owner="a", lease_s=30)
    await db.close()
    await key_db.close()
    return made


async def test_keys_that_fit_are_let_pass(settings: Settings) -> None:
    """Also after a rotation, whether or not everything was wrapped anew; and of an empty folder nothing is asked."""
    await check_fit(settings)
    made = ServiceKey.fresh(datetime.now(UTC))
    KeyFile(settings.keys).change(lambda keys: keys.knowing(made).written_by(made.key_id, datetime.now(UTC)))
    await check_fit(settings)


async def test_persons_keys_that_are_gone_keep_everything_from_starting(settings: Settings) -> None:
    """Nobody is given a new key in their stead; an empty book that somebody put there is no other."""
    book = settings.data / PERSON_KEYS
    kept = book.read_bytes()
    book.unlink()
    for _ in range(2):
        with pytest.raises(KeyFileError, match=rf"{PERSON_KEYS}: the persons' keys .* are not there"):
            async with compose(settings, lazy=True, keep=False):
                pass
        book.write_bytes(b"")
    book.write_bytes(kept)
    await check_fit(settings)


@pytest.mark.parametrize("which", ["another", "before"])
async def test_a_key_file_that_is_not_the_databases_keeps_everything_from_starting(
    settings: Settings, which: str
) -> None:
    """Another installation's, or a copy of before a rotation: which key is lacking is told, and where."""
    old, lacking = settings.keys.read_bytes(), Keys.read(settings.keys).key_id
    settings.keys.unlink()
    KeyFile(settings.keys).create(Keys.fresh())
    if which == "before":
        lacking = Keys.read(settings.keys).key_id
        await sealed_anew(settings)
        settings.keys.write_bytes(old)
    with pytest.raises(KeyFileError, match=rf"keys\.json: does not hold key {lacking}"):
        await check_fit(settings)


async def sealed_anew(settings: Settings) -> None:
    """A record by the keys of now."""
    db, told = Database(settings.database), intent("case")
    private = EnvelopeVault(live_keys(settings)).seal({}, about=f"command/{told.id}")
    told = intent("case", id=told.id, private=private)
    await SqlCommands(db, clock=lambda: NOON).intend(told, owner="a", lease_s=30)
    await db.close()


async def test_a_key_is_not_destroyed_while_some_process_may_still_write_by_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing needs the old key any more, but a minute has not gone by since another one writes: it is kept."""

    async def none(_runs: TemporalRuns, _moment: datetime) -> int:
        return 0

    monkeypatch.setattr(TemporalRuns, "begun_before", none)
    old, made = Keys.read(settings.keys).key_id, ServiceKey.fresh(datetime.now(UTC))
    file = KeyFile(settings.keys)
    file.change(lambda keys: keys.knowing(made).written_by(made.key_id, datetime.now(UTC)))
    assert await asyncio.to_thread(command.rewrap, settings.data) is Exit.OK
    with pytest.raises(Stop, match="less than a minute"):
        await asyncio.to_thread(command.retire, old, settings.data)
    assert file.read().reading(old) is not None
    file.change(lambda keys: replace(keys, writes_since=datetime.now(UTC) - timedelta(minutes=2)))
    assert await asyncio.to_thread(command.retire, old, settings.data) is Exit.OK
    assert file.read().reading(old) is None


async def test_a_database_that_is_away_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Whether the keys fit is said once it is there; until then nothing is known against them."""
    KeyFile(tmp_path / "keys.json").create(Keys.fresh())
    await check_fit(Settings(data=tmp_path, database_url=SecretStr("postgresql://nobody@127.0.0.1:1/none")))
