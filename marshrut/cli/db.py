"""`marshrut db upgrade | rebuild | verify`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Data, DatabaseUrl, KeyFile, TemporalAddress, settings_with
from marshrut.cli.running import run
from marshrut.settings import Settings

if TYPE_CHECKING:
    from marshrut.ports import Journeys
    from marshrut.store.database import Database
    from marshrut.store.rebuild import Finding

app = typer.Typer(help="The database: its schema, and its read model, which follows from the journal.")


@app.command()
def upgrade(data: Data = None, database_url: DatabaseUrl = None) -> Exit:
    """Bring the schema to what this version needs; a new database gets all of it."""
    settings = settings_with(data=data, database_url=database_url)
    typer.echo(run(_upgraded(settings)))
    return Exit.OK


@app.command()
def rebuild(data: Data = None, database_url: DatabaseUrl = None, key_file: KeyFile = None) -> Exit:
    """Make the read model anew from the journal, beside a running system or without one."""
    return run(_rebuilt(settings_with(data=data, database_url=database_url, key_file=key_file)))


@app.command()
def verify(
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    temporal_address: TemporalAddress = None,
    engine: Annotated[bool, typer.Option("--engine", help="Ask the running journeys too.")] = False,
) -> Exit:
    """Compare the read model with the journal; one line a finding."""
    settings = settings_with(data=data, database_url=database_url, key_file=key_file, temporal_address=temporal_address)
    return run(_verified(settings, engine=engine))


async def _upgraded(settings: Settings) -> str:
    from marshrut.cli.schema import upgraded

    before, after = await upgraded(settings)
    return f"schema at {after}" + ("" if before == after else f", before that {before or 'none'}")


async def _rebuilt(settings: Settings) -> Exit:
    from marshrut.cli.audited import begins
    from marshrut.cli.progress import progress
    from marshrut.cli.schema import opened
    from marshrut.store.rebuild import rebuild as rebuild_all

    async with opened(settings) as db:
        await begins(settings, db, "db rebuild")
        with progress("rebuild", await _cases(db)) as told:
            findings = await rebuild_all(db, told.tell)
    for finding in findings:
        typer.echo(_line(finding))
    typer.echo(f"{told.done - len(findings)} cases rebuilt, {len(findings)} left as they were")
    return Exit.FINDINGS if findings else Exit.OK


async def _verified(settings: Settings, *, engine: bool) -> Exit:
    from marshrut.cli.progress import progress
    from marshrut.cli.schema import opened
    from marshrut.store.rebuild import verify as verify_all

    found = 0
    async with opened(settings) as db, _journeys(settings, wanted=engine) as journeys:
        with progress("verify", await _cases(db)) as told:
            async for finding in verify_all(db, told.tell, journeys):
                found += 1
                typer.echo(_line(finding))
    typer.echo(f"{told.done} cases verified, {found} findings")
    return Exit.FINDINGS if found else Exit.OK


@asynccontextmanager
async def _journeys(settings: Settings, *, wanted: bool) -> AsyncIterator[Journeys | None]:
    """The engine's journeys, only when they are wanted: Temporal costs half a second to load."""
    if not wanted:
        yield None
        return
    from marshrut.cli.logs import core_speaks
    from marshrut.composition import compose

    core_speaks(aloud=False)
    async with compose(settings, lazy=True) as parts:
        if not await parts.api.journeys.ready():
            raise Stop(Exit.UNREACHABLE, f"no Temporal with a worker answers at {settings.temporal_address}")
        yield parts.api.journeys


async def _cases(db: Database) -> int:
    import sqlalchemy as sa

    from marshrut.store.tables import journal

    async with db.read() as conn:
        return int(await conn.scalar(sa.select(sa.func.count(sa.distinct(journal.c.case_id)))) or 0)


def _line(finding: Finding) -> str:
    return " ".join(filter(None, [finding.trouble, finding.case_id, finding.part]))
