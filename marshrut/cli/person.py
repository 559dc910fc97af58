"""`marshrut person export`: everything that is held on a person, for the person, through the running system."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import orjson
import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Data, KeyFile

app = typer.Typer(help="What a person may ask for.")

CHECKED = ("passport", "other_document", "representative")
LONG_S = 120.0


@app.callback()
def _person() -> None:
    pass


@app.command()
def export(  # noqa: PLR0913, PLR0917 - its options
    case: Annotated[str, typer.Argument(metavar="CASE", help="A case of theirs.")],
    user: Annotated[str, typer.Option(help="In whose name: who saw who asks.")],
    checked: Annotated[str, typer.Option(help=f"By what that was seen: {', '.join(CHECKED)}.")],
    request: Annotated[str, typer.Option(help="The number of what they wrote; nobody's name.")],
    to: Annotated[Path, typer.Option(help="The file to write, for nobody else to read; it must not be there.")],
    data: Data = None,
    url: Annotated[str | None, typer.Option(help="The API's address.", show_default="http://127.0.0.1:8080")] = None,
    token: Annotated[
        str | None,
        typer.Option(help="A bearer token.", show_default="a supervisor's of all hospitals, by the data folder's keys"),
    ] = None,
    key_file: KeyFile = None,
) -> Exit:
    """Write everything that is held on somebody, as JSON. That it was made is audited."""
    from marshrut.cli.asking import client, granted
    from marshrut.domain.words import Role

    if checked not in CHECKED:
        raise typer.BadParameter(f"{checked}: there are {', '.join(CHECKED)}", param_hint="--checked")
    given = {"checked": checked, "request": request}
    with client(url, token, user, Role.SUPERVISOR, data=data, key_file=key_file) as by:
        answer = granted(by, "POST", f"/api/v1/cases/{case}/disclosure", json=given, timeout=LONG_S)
    told = answer.json()
    _written(to, orjson.dumps(told, option=orjson.OPT_INDENT_2))
    whole = "" if told["whole"] else "; not whole: other hospitals hold more"
    typer.echo(f"{to}: {len(told['cases'])} cases, {len(told['sources'])} sources{whole}")
    return Exit.OK


def _written(to: Path, content: bytes) -> None:
    try:
        handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise Stop(Exit.USAGE, f"{to} cannot be written: {fault.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)
