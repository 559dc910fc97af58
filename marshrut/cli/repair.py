"""`marshrut catalogue repair`: running cases go on by the calendars of the catalogue in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Catalogue, Data, DatabaseUrl, KeyFile, TemporalAddress, settings_with
from marshrut.cli.running import run

if TYPE_CHECKING:
    from marshrut.settings import Settings


def repair(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    calendar: Annotated[str | None, typer.Option(metavar="NAME", help="This one only.", show_default="all")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would move.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
    temporal_address: TemporalAddress = None,
) -> Exit:
    """Have open cases count by the calendars of the catalogue in force; one line a step whose due time moves."""
    from marshrut.cli.logs import core_speaks

    core_speaks(aloud=False)  # what is away is told below
    settings = settings_with(
        data=data,
        database_url=database_url,
        key_file=key_file,
        catalogue=catalogue,
        temporal_address=temporal_address,
    )
    return run(_repaired(settings, calendar, dry_run=dry_run))


async def _repaired(settings: Settings, name: str | None, *, dry_run: bool) -> Exit:
    from marshrut.cli.audited import begins
    from marshrut.cli.calendars import NotRepairedError, foreseen, outdated, replaced
    from marshrut.cli.progress import progress
    from marshrut.composition import compose

    async with compose(settings, lazy=True) as parts:
        if not await parts.api.queries.ready():
            raise Stop(Exit.UNREACHABLE, "the database does not answer or has no schema yet")
        if not dry_run and not await parts.api.journeys.ready():
            raise Stop(Exit.UNREACHABLE, f"no Temporal with a worker answers at {settings.temporal_address}")
        if not dry_run:
            await begins(settings, parts.db, "catalogue repair", name)
        due = [each async for each in outdated(parts, name)]
        moved, failed = 0, 0
        with progress("repair", len(due)) as told:
            for number, each in enumerate(due, start=1):
                try:
                    lines = await (foreseen if dry_run else replaced)(parts, each)
                except NotRepairedError as fault:
                    failed += 1
                    typer.echo(f"{each.case_id} {fault}", err=True)
                    continue
                finally:
                    told.tell(number)
                moved += len(lines)
                for line in lines:
                    typer.echo(line)
    cases = "would go on" if dry_run else "went on"
    typer.echo(f"{len(due) - failed} cases {cases} by a newer calendar, {moved} due times moved, {failed} not repaired")
    return Exit.FINDINGS if failed else Exit.OK
