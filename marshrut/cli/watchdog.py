"""`marshrut watchdog`: a round of the watchdog now, over every open case, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Catalogue, Data, DatabaseUrl, KeyFile, TemporalAddress, settings_with
from marshrut.cli.running import run

if TYPE_CHECKING:
    from marshrut.ports import WatchBook
    from marshrut.settings import Settings

PAGE = 500


def watchdog(
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
    temporal_address: TemporalAddress = None,
) -> Exit:
    """Look at every open case now, mend what can be mended, and tell the rest; one line a repair or a finding.

    The system at work does so by itself every few minutes; this one looks at each case closely.
    """
    from marshrut.cli.logs import core_speaks

    core_speaks(aloud=False)  # what is away is told below
    settings = settings_with(
        data=data,
        database_url=database_url,
        key_file=key_file,
        catalogue=catalogue,
        temporal_address=temporal_address,
    )
    return run(_watched(settings))


async def _watched(settings: Settings) -> Exit:
    from marshrut.cli.audited import begins
    from marshrut.composition import compose

    async with compose(settings, lazy=True) as parts:
        if not await parts.api.queries.ready():
            raise Stop(Exit.UNREACHABLE, "the database does not answer or has no schema yet")
        if not await parts.api.journeys.ready():
            raise Stop(Exit.UNREACHABLE, f"no Temporal with a worker answers at {settings.temporal_address}")
        await begins(settings, parts.db, "watchdog")
        number = await parts.watchdog.run()
        return await _told(parts.api.watch, number)


async def _told(book: WatchBook, number: int) -> Exit:
    done = await book.round(number)
    mended = await book.repairs(None, limit=PAGE, number=number)
    for repair in mended:
        typer.echo(f"mended {repair.code} {repair.case_id}")
    found, cursor = 0, None
    while True:
        page = await book.findings(None, limit=PAGE, cursor=cursor)
        for finding in page.items:
            typer.echo(f"found {finding.code} {finding.case_id or 'installation'} since {finding.since.isoformat()}")
        found, cursor = found + len(page.items), page.next
        if cursor is None:
            break
    looked = 0 if done is None else done.looked
    repaired = 0 if done is None else sum(done.mended.values())
    typer.echo(f"{looked} open cases, {repaired} repairs, {found} findings stand")
    return Exit.FINDINGS if found else Exit.OK
