"""`marshrut retention show | run`: how long what is kept, what went so far, and what would go now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Catalogue, Data, DatabaseUrl, KeyFile, settings_with
from marshrut.cli.running import run as running

if TYPE_CHECKING:
    from marshrut.composition import Composition
    from marshrut.settings import Settings

app = typer.Typer(help="Records whose time is over: what is kept how long, and what goes.")


@app.command()
def show(
    data: Data = None, database_url: DatabaseUrl = None, key_file: KeyFile = None, catalogue: Catalogue = None
) -> Exit:
    """Print each kind of records: how long it is kept, what becomes of it, how much is due and how much went so far."""
    return running(_shown(settings_with(data=data, database_url=database_url, key_file=key_file, catalogue=catalogue)))


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go, and change nothing.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
) -> Exit:
    """Remove now what is due; a running system does so by itself. What a legal hold keeps stays."""
    settings = settings_with(data=data, database_url=database_url, key_file=key_file, catalogue=catalogue)
    return running(_run(settings, dry_run=dry_run))


@asynccontextmanager
async def _composed(settings: Settings) -> AsyncIterator[Composition]:
    from marshrut.composition import compose

    async with compose(settings, lazy=True, keep=False) as parts:
        if not await parts.api.queries.ready():
            raise Stop(Exit.UNREACHABLE, "the database does not answer or has no schema yet")
        yield parts


async def _shown(settings: Settings) -> Exit:
    from marshrut.domain.retention import FATES

    async with _composed(settings) as parts:
        due, swept = await parts.api.retention.tried(), await parts.api.retained.swept()
        for kind, entry in parts.catalogue.retention.items():
            so_far = swept[kind].count if kind in swept else 0
            told = (kind.value, entry.term, FATES[kind].value, f"due={due[kind]}", f"went={so_far}", f"[{entry.mark}]")
            typer.echo(" ".join(told))
    return Exit.OK


async def _run(settings: Settings, *, dry_run: bool) -> Exit:
    from marshrut.cli.audited import begins
    from marshrut.cli.logs import log_to
    from marshrut.domain.retention import FATES, Fate

    log_to(None, settings.log_level)
    async with _composed(settings) as parts:
        if not dry_run:
            await begins(settings, parts.db, "retention run")
        done = await (parts.api.retention.tried() if dry_run else parts.api.retention.run())
        for kind, count in done.items():
            if count:
                what = FATES[kind].value if not dry_run or FATES[kind] is Fate.PROPOSED else "would go"
                typer.echo(f"{kind.value} {count} {what}")
        total = sum(count for kind, count in done.items() if FATES[kind] is not Fate.PROPOSED)
    typer.echo(f"{total} {'would go' if dry_run else 'went'}")
    return Exit.OK
