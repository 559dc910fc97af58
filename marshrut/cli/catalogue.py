"""`marshrut catalogue check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit
from marshrut.cli.options import settings_with

if TYPE_CHECKING:
    from marshrut.catalogue import Catalogue

app = typer.Typer(help="The catalogue: what a region may change without touching code.")

Folder = Annotated[
    Path | None,
    typer.Argument(
        metavar="[DIR]",
        help="Folder with what differs; without one, the installation's, or the catalogue that ships.",
        exists=True,
        file_okay=False,
        show_default=False,
    ),
]


@app.command()
def check(folder: Folder = None) -> Exit:
    """Read a catalogue and say all that is wrong with it, one line a fault: file, line, what.

    Variants are tried alone over the base and each region, and then every combination of them.
    """
    from marshrut.catalogue import CatalogueError, load
    from marshrut.catalogue.combinations import clashes

    try:
        catalogue = load(folder or settings_with().catalogue)
    except CatalogueError as error:
        for fault in error.faults:
            typer.echo(fault)
        return Exit.FINDINGS
    if found := list(clashes(catalogue)):
        for clash in found:
            typer.echo(clash)
        return Exit.FINDINGS
    typer.echo(f"OK {catalogue.version}: {_counted(catalogue)}")
    return Exit.OK


def _counted(catalogue: Catalogue) -> str:
    tables = ("hospitals", "tracks", "steps", "reasons", "services", "calendars")
    counts = ", ".join(f"{len(getattr(catalogue, table))} {table}" for table in tables)
    return f"{counts}; {len(catalogue.local)} regions of {len(catalogue.regions)} with tables of their own"
