"""`marshrut keys new FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from marshrut.cli.exits import Exit

app = typer.Typer(help="The installation's keys.")


@app.callback()
def _keys() -> None:
    pass


@app.command()
def new(file: Annotated[Path, typer.Argument(help="Where to write them; never overwritten.")]) -> Exit:
    """Make the keys of a new installation. Without them nothing sealed can ever be read: keep a copy."""
    from marshrut.adapters.keys import Keys

    Keys.fresh().write(file)
    typer.echo(f"{file}: new keys, readable by their owner only")
    return Exit.OK
