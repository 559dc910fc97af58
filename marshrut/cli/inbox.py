"""`marshrut messages`: what arrived at a running system, and another try for what could not be taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from marshrut.cli.exits import Exit
from marshrut.cli.options import Data, KeyFile

if TYPE_CHECKING:
    import httpx

MESSAGES = "/api/v1/messages"
PAGE = 200

app = typer.Typer(help="What arrived at a running system, and what became of it.", no_args_is_help=True)

Url = Annotated[
    str | None, typer.Option(help="The running system.", show_default="http://127.0.0.1:8080, or its port's setting")
]
Token = Annotated[
    str | None,
    typer.Option(help="A bearer token.", show_default="an administrator's, made with the data folder's keys"),
]
Code = Annotated[str | None, typer.Option(help="Only messages with this fault.")]


@app.command("list")
def list_(  # noqa: PLR0913, PLR0917 - its options
    state: Annotated[
        str | None,
        typer.Option(help="pending, held, done, rejected, expired, parked or discarded.", show_default="all"),
    ] = None,
    code: Code = None,
    most: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 50,
    url: Url = None,
    data: Data = None,
    token: Token = None,
    key_file: KeyFile = None,
) -> Exit:
    """Print messages, newest first, a line each: id, time, format, hospital, state, fault, place, case."""
    with _client(url, token, data=data, key_file=key_file) as client:
        for number, message in enumerate(_messages(client, state=state, code=code)):
            if number == most:
                break
            typer.echo(_line(message))
    return Exit.OK


@app.command()
def replay(  # noqa: PLR0913, PLR0917 - its options
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Messages by their ids.")] = None,
    code: Code = None,
    every: Annotated[bool, typer.Option("--all", help="Every parked message.")] = False,
    url: Url = None,
    data: Data = None,
    token: Token = None,
    key_file: KeyFile = None,
) -> Exit:
    """Try parked messages again, the oldest first, and print a line for each: its case, or what is wrong now."""
    from marshrut.cli.asking import asked
    from marshrut.cli.sending import said

    if not (ids or code or every):
        raise typer.BadParameter("name messages, a --code, or --all")
    codes = [Exit.OK]
    with _client(url, token, data=data, key_file=key_file) as client:
        found = ids or [message["id"] for message in _messages(client, state="parked", code=code)][::-1]
        for name in found:
            fate = said(asked(client, "POST", f"{MESSAGES}/{name}/replay"))
            typer.echo(f"{name} {fate.said}")
            codes.append(fate.code)
    return max(codes)


def _client(url: str | None, token: str | None, **flags: Any) -> httpx.Client:
    from marshrut.cli.asking import client
    from marshrut.domain.words import Role

    return client(url, token, "messages", Role.ADMIN, **flags)


def _messages(client: httpx.Client, **filters: str | None) -> Iterator[dict[str, Any]]:
    """Page by page, newest first."""
    from marshrut.cli.asking import granted

    given = {name: value for name, value in filters.items() if value is not None}
    cursor: dict[str, str] = {}
    while True:
        answer = granted(client, "GET", MESSAGES, params={"limit": PAGE, **given, **cursor})
        page = answer.json()
        yield from page["items"]
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


def _line(message: dict[str, Any]) -> str:
    place = " ".join(message["details"].get(name, "") for name in ("place", "field", "fields")).strip()
    parts = [message[name] for name in ("id", "received_at", "format", "hospital", "state", "code")]
    return " ".join(part.replace(" ", "-") for part in (*parts, place, message["case_id"]) if part)
