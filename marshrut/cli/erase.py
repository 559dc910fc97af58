"""`marshrut erase ask | confirm | show | act`: a person is erased, by two people, through the running system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from marshrut.cli.exits import Exit
from marshrut.cli.options import Data, KeyFile

if TYPE_CHECKING:
    import httpx

app = typer.Typer(help="Erase a person: two people, a closed case, a certificate.")

Url = Annotated[str | None, typer.Option(help="The API's address.", show_default="http://127.0.0.1:8080")]
Token = Annotated[
    str | None,
    typer.Option(help="A bearer token.", show_default="an administrator's, made with the data folder's keys"),
]
User = Annotated[str, typer.Option(help="In whose name; whoever confirms is another person.")]
Erasure = Annotated[str, typer.Argument(metavar="ERASURE", help="Its number, as `erase ask` prints it.")]
BASES = ("consent_withdrawn", "purpose_reached", "unlawful", "not_needed")


@app.callback()
def _erase() -> None:
    pass


@app.command()
def ask(  # noqa: PLR0913, PLR0917 - its options
    case: Annotated[str, typer.Argument(metavar="CASE", help="A closed case of theirs.")],
    user: User,
    basis: Annotated[str, typer.Option(help=f"By which rule: {', '.join(BASES)}.")],
    data: Data = None,
    url: Url = None,
    token: Token = None,
    key_file: KeyFile = None,
) -> Exit:
    """Ask that somebody be erased, with all their cases; nothing happens until another person confirms it."""
    if basis not in BASES:
        raise typer.BadParameter(f"{basis}: there are {', '.join(BASES)}", param_hint="--basis")
    with _client(user, url, token, data=data, key_file=key_file) as client:
        told = _asked(client, "POST", f"/api/v1/cases/{case}/erasure", json={"basis": basis})
    typer.echo(f"{told['id']} asked for; another person confirms it: marshrut erase confirm {told['id']} --user NAME")
    return Exit.OK


@app.command()
def confirm(  # noqa: PLR0913, PLR0917 - its options
    erasure: Erasure,
    user: User,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
    key_file: KeyFile = None,
) -> Exit:
    """Have it done. Nothing brings back what it destroys."""
    if not yes:
        typer.confirm("Everything that says who this person is will be destroyed for good. Go on?", abort=True)
    with _client(user, url, token, data=data, key_file=key_file) as client:
        told = _asked(client, "POST", f"/api/v1/erasures/{erasure}/confirm")
    typer.echo(f"{told['id']} {told['state']} {told['step'] or ''}".strip())
    return Exit.OK


@app.command()
def show(erasure: Erasure, data: Data = None, url: Url = None, token: Token = None, key_file: KeyFile = None) -> Exit:
    """Print how far one is."""
    with _client("erase", url, token, data=data, key_file=key_file) as client:
        told = _asked(client, "GET", f"/api/v1/erasures/{erasure}")
    typer.echo(" ".join(filter(None, (told["id"], told["state"], told["step"], told["fault"]))))
    return Exit.OK


@app.command()
def act(erasure: Erasure, data: Data = None, url: Url = None, token: Token = None, key_file: KeyFile = None) -> Exit:
    """Print the act of destruction and the extract from the log, to be signed and kept for three years."""
    from marshrut.cli.asking import granted

    with _client("erase", url, token, data=data, key_file=key_file) as client:
        typer.echo(granted(client, "GET", f"/api/v1/erasures/{erasure}/act").text)
    return Exit.OK


def _client(user: str, url: str | None, token: str | None, **flags: Any) -> httpx.Client:
    from marshrut.cli.asking import client
    from marshrut.domain.words import Role

    return client(url, token, user, Role.ADMIN, **flags)


def _asked(client: httpx.Client, method: str, path: str, **more: Any) -> dict[str, Any]:
    from marshrut.cli.asking import granted

    told: dict[str, Any] = granted(client, method, path, **more).json()
    return told
