"""A database's schema as commands meet it: made, brought up to date, or refused in one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic.util import CommandError

from marshrut.cli.exits import Exit, Stop
from marshrut.key_fit import check_fit
from marshrut.settings import Settings
from marshrut.store.database import Database
from marshrut.store.migrate import OldCases, current, head, upgrade


async def upgraded(settings: Settings) -> tuple[str | None, str]:
    """Bring the schema up to date; the revision it had, and the one it has.

    Raises:
        Stop: the database is of a newer version, holds cases that this one cannot go on with, or is none of ours.
        KeyFileError: the keys are not those by which it is sealed, or the persons' are gone.
        Unavailable: it does not answer.
    """
    with _explained(settings):
        if (file := _file(settings.database)) is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        before = await current(settings.database)
        await upgrade(settings.database)
    await check_fit(settings)
    return before, head()


def there(settings: Settings) -> bool:
    """Whether there is a database to ask: SQLite's file, or an address of a server."""
    with _explained(settings):
        file = _file(settings.database)
        return file is None or file.exists()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """A database whose schema is the one that this version needs.

    Raises:
        Stop: there is none, or its schema is older or newer.
        Unavailable: it does not answer.
    """
    with _explained(settings):
        if (file := _file(settings.database)) is not None and not file.exists():
            raise Stop(Exit.DATABASE, f"{file}: there is no database")
        revision = await current(settings.database)
        if revision != head():
            raise Stop(
                Exit.DATABASE, f"the schema is at {revision}, not at {head()}: `marshrut db upgrade` mends an older"
            )
        db = Database(settings.database)
        try:
            yield db
        finally:
            await db.close()


@contextmanager
def _explained(settings: Settings) -> Iterator[None]:
    try:
        yield
    except CommandError:
        raise Stop(Exit.DATABASE, "the database is of a newer version of Marshrut than this one") from None
    except OldCases as old:
        why = f"the database holds {old.count} cases of an earlier form, which this version cannot go on with"
        raise Stop(Exit.DATABASE, f"{why}: begin with an empty database, and keep this one with its version") from None
    except OSError as fault:
        raise Stop(Exit.FOLDER, f"{_file(settings.database)}: {fault.strerror}") from None
    except (sa.exc.ArgumentError, ValueError):
        raise Stop(Exit.USAGE, "setting database_url: no address of a database that is supported") from None
    except sa.exc.DatabaseError as fault:
        name = _file(settings.database) or "the server"
        raise Stop(Exit.DATABASE, f"{name}: not a database of ours ({type(fault.orig).__name__})") from None


def _file(address: str) -> Path | None:
    """SQLite's file; None for a server."""
    url = sa.make_url(address)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
