"""`marshrut cases migrate`: running cases go on by another version of the catalogue, with a report of what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Catalogue, Data, DatabaseUrl, KeyFile, TemporalAddress, settings_with
from marshrut.cli.running import run

if TYPE_CHECKING:
    from marshrut.cli.migrations import Told, Wishes
    from marshrut.settings import Settings

app = typer.Typer(help="Running cases, all at once.", no_args_is_help=True)


@app.callback()
def _cases() -> None:
    """One command is a command of its own all the same."""


@app.command()
def migrate(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    case: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="This case; may be given again.", show_default="all open")
    ] = None,
    hospital: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only cases of this hospital.", show_default="all")
    ] = None,
    before: Annotated[
        str | None, typer.Option("--from", metavar="VERSION", help="Only cases that go by this one.")
    ] = None,
    after: Annotated[
        str, typer.Option("--to", metavar="VERSION", help="A version that was in force here, or current.")
    ] = "current",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would happen.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line, for machines.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
    temporal_address: TemporalAddress = None,
) -> Exit:
    """Have open cases go on by another version of the catalogue, and report on each: what moves, or why it cannot."""
    from marshrut.cli.logs import core_speaks
    from marshrut.cli.migrations import Wishes

    core_speaks(aloud=False)  # what is away is told below
    settings = settings_with(
        data=data,
        database_url=database_url,
        key_file=key_file,
        catalogue=catalogue,
        temporal_address=temporal_address,
    )
    wishes = Wishes(case or [], hospital, before, after)
    return run(_migrated(settings, wishes, dry_run=dry_run, as_json=as_json))


async def _migrated(settings: Settings, wishes: Wishes, *, dry_run: bool, as_json: bool) -> Exit:
    from marshrut.cli.audited import begins
    from marshrut.cli.migrations import Fate, chosen, done, foreseen, wanted
    from marshrut.cli.progress import progress
    from marshrut.cli.report import as_lines, as_tables
    from marshrut.composition import compose

    async with compose(settings, lazy=True, keep=not dry_run) as parts:
        if not await parts.api.queries.ready():
            raise Stop(Exit.UNREACHABLE, "the database does not answer or has no schema yet")
        if not dry_run and not await parts.api.journeys.ready():
            raise Stop(Exit.UNREACHABLE, f"no Temporal with a worker answers at {settings.temporal_address}")
        target = await wanted(parts, wishes)
        if not dry_run:
            await begins(settings, parts.db, "cases migrate", target.version)
        names = [name async for name in chosen(parts, wishes)]
        told: list[Told] = []
        with progress("migrate", len(names)) as shown:
            for number, name in enumerate(names, start=1):
                told.append(await (foreseen if dry_run else done)(parts, name, target))
                shown.tell(number)
    if as_json:
        as_lines(told)
    else:
        as_tables(told)
    counts = {fate: sum(each.fate is fate for each in told) for fate in Fate}
    move = "would go on" if dry_run else "went on"
    typer.echo(
        f"{counts[Fate.MOVES]} cases {move} by {target.version}, {counts[Fate.THERE]} are there already, "
        f"{counts[Fate.REFUSED]} cannot, {counts[Fate.PENDING]} are pending",
        err=as_json,
    )
    return Exit.FINDINGS if counts[Fate.REFUSED] or counts[Fate.PENDING] else Exit.OK
