"""Whether the keys open what SQL holds: keys that are lost, or another installation's, are told before anything starts.

Otherwise everybody would be given a new key without a word, and nothing of before could be opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import structlog

from marshrut.adapters.envelope import Sealed, Wrapping
from marshrut.adapters.key_sources import live_keys
from marshrut.adapters.keys import KeyFileError, ServiceKeys
from marshrut.adapters.person_keys import wrapped_by
from marshrut.ports import StoredKey, Unavailable
from marshrut.settings import Settings
from marshrut.store.database import Database
from marshrut.store.person_keys import SqlPersonKeys
from marshrut.store.queries import SqlQueries
from marshrut.store.sealed import SqlSealedValues

log = structlog.get_logger()

# Nobody's start waits longer for a database that does not answer.
LOOKS_WITHIN_S = 2.0


async def check_fit(settings: Settings) -> None:
    """The same as `fit`, for who has opened nothing yet."""
    db, key_db = Database(settings.database, pool_size=1), Database(settings.person_keys, pool_size=1)
    try:
        await fit(settings, live_keys(settings), db, key_db)
    finally:
        await db.close()
        await key_db.close()


async def fit(settings: Settings, keys: ServiceKeys, db: Database, key_db: Database) -> None:
    """See by a few records, the oldest and the newest, that the keys are theirs; a database that is away says nothing.

    Raises:
        KeyFileError: the service keys, or the persons', are not those by which SQL is sealed.
    """
    with suppress(Unavailable, TimeoutError):
        async with asyncio.timeout(LOOKS_WITHIN_S):
            if await SqlQueries(db).ready():
                await _fit(settings, keys, db, key_db)


async def _fit(settings: Settings, keys: ServiceKeys, db: Database, key_db: Database) -> None:
    needed: dict[Wrapping, set[str]] = {each: set() for each in Wrapping}
    for sealed in await SqlSealedValues(db).some():
        with suppress(ValueError):  # one that is broken says nothing of the keys
            record = Sealed.read(sealed)
            needed[record.by].add(record.key_id)
    persons = needed[Wrapping.PERSON]
    known = await _known(key_db, persons)
    services = needed[Wrapping.SERVICE] | {wrapped_by(each) for each in known if each.wrapped is not None}
    if foreign := sorted(each for each in services if keys.reading(each) is None):
        named = "MARSHRUT_KEY_MATERIAL" if settings.key_material is not None else settings.keys
        raise KeyFileError(f"{named}: does not hold key {foreign[0]}, by which {_named(db)} is sealed; {_BACK}")
    if persons and not known:
        raise KeyFileError(f"{_named(key_db)}: the persons' keys of {_named(db)} are not there; {_BACK}")
    if lacking := len(persons) - len(known):
        log.error("keys.persons_lacking", of=len(persons), lacking=lacking)


_BACK = "bring them back from a copy: without them nothing of anybody can be opened"


async def _known(key_db: Database, key_ids: Collection[str]) -> Collection[StoredKey]:
    """Those that the book knows; one that is not there is not made for that."""
    if not key_ids or _no_file(key_db):
        return ()
    return (await SqlPersonKeys(key_db).get(key_ids)).values()


def _no_file(db: Database) -> bool:
    url = db.engine.url
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _named(db: Database) -> str:
    """A file, or the name of a server's database: addresses hold passwords."""
    return db.engine.url.database or "the database"
