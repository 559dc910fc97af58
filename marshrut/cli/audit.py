"""`marshrut audit verify | head`: whether anybody touched what was written down of who read and did what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit
from marshrut.cli.options import Data, DatabaseUrl, KeyFile, settings_with
from marshrut.cli.running import run
from marshrut.settings import Settings

if TYPE_CHECKING:
    from marshrut.domain.auditing import Head

app = typer.Typer(help="The audit: a chain of rows, which nobody can change unseen.")

Noted = Annotated[
    list[str] | None,
    typer.Option("--head", metavar="SEQ:HASH", help="A head that was noted elsewhere: its row has to be there still."),
]
Heads = Annotated[
    Path | None,
    typer.Option("--heads", metavar="FILE", exists=True, dir_okay=False, help="A file of such heads, one a line."),
]


@app.command()
def verify(
    noted: Noted = None,
    heads: Heads = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
) -> Exit:
    """Walk the whole chain; a line for each row that was altered, is missing or was cut off, with its place."""
    settings = settings_with(data=data, database_url=database_url, key_file=key_file)
    lines = [*(noted or ()), *(() if heads is None else heads.read_text().splitlines())]
    return run(_verified(settings, _read(lines)))


@app.command()
def head(data: Data = None, database_url: DatabaseUrl = None) -> Exit:
    """Print how far the chain goes, to be noted elsewhere: by it a cut end is found."""
    return run(_head(settings_with(data=data, database_url=database_url)))


def _read(lines: list[str]) -> list[Head]:
    from marshrut.domain.auditing import Head

    try:
        return [Head.read(line) for line in lines if line.strip()]
    except ValueError:
        raise typer.BadParameter(
            "a head is SEQ:HASH, as `marshrut audit head` prints it", param_hint="--head"
        ) from None


async def _verified(settings: Settings, noted: list[Head]) -> Exit:
    from marshrut.adapters.key_sources import keys_now
    from marshrut.cli.schema import opened
    from marshrut.domain.auditing import chain_key
    from marshrut.store.audit_chain import Walked, verify

    key, walked, found = chain_key(keys_now(settings).ids), Walked(), 0
    async with opened(settings) as db:
        async for broken in verify(db, key, walked, noted):
            found += 1
            typer.echo(f"{broken.trouble} {broken.seq}")
    typer.echo(f"{walked.rows} rows up to {walked.head.text}, {found} findings")
    return Exit.FINDINGS if found else Exit.OK


async def _head(settings: Settings) -> Exit:
    from marshrut.cli.schema import opened
    from marshrut.domain.auditing import START
    from marshrut.store.audit import SqlAudit

    async with opened(settings) as db:
        typer.echo((await SqlAudit(db, START.hash.encode()).head()).text)
    return Exit.OK
