"""`marshrut enquire FILE...`: mail to the Coordination Centre, from files or, as a pipe for a mail server, one message.

A mail server asks for one thing only: whether it may forget the message. It may when it is kept here, whatever came of
it; when nobody answers it is to try again later (75, as `sysexits.h` has it), and never to send it back.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Catalogue, Data, KeyFile, settings_with
from marshrut.cli.tokens import issue
from marshrut.domain.words import Role

if TYPE_CHECKING:
    import httpx

PATH = "/api/v1/enquiries/mail"


def enquire(  # noqa: PLR0913, PLR0917 - its options
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="A mail each; - is standard input.")],
    url: Annotated[
        str | None,
        typer.Option(help="The running system.", show_default="http://127.0.0.1:8080, or its port's setting"),
    ] = None,
    centre: Annotated[str, typer.Option(help="The centre that is written to.")] = "CENTRE",
    data: Data = None,
    token: Annotated[
        str | None, typer.Option(help="A bearer token for the centre.", show_default="made with the data folder's keys")
    ] = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
) -> Exit:
    """Feed mail (RFC 5322) to a running system: each becomes an enquiry with a clock, once.

    Prints a line a mail: created, attached (it was there), screened (no person wrote it) or kept (it cannot be taken as
    it is; `marshrut messages list` shows it). 0: all are kept. 75: nobody answered, try again later.
    """
    from marshrut.adapters.key_sources import keys_now
    from marshrut.cli.sending import client_of

    settings = settings_with(data=data, key_file=key_file, catalogue=catalogue)
    mails = [(file, _read(file)) for file in files]
    address = url or f"http://127.0.0.1:{settings.api_port}"
    known = token or issue(keys_now(settings), "mail", Role.INTEGRATOR, [centre], timedelta(hours=1))
    with client_of(address, known) as client:
        return max([_sent(client, *mail) for mail in mails], default=Exit.OK)


def _sent(client: httpx.Client, name: str, raw: bytes) -> Exit:
    import httpx

    from api.http.too_large import MAX_BODY
    from marshrut.cli.sending import said

    try:
        # Of what is larger the beginning is enough, and the system sees that it is one.
        answer = client.post(PATH, content=raw[: MAX_BODY + 1], headers={"Content-Type": "message/rfc822"})
    except httpx.HTTPError:
        raise Stop(Exit.LATER, f"{client.base_url} does not answer; {name} was not taken") from None
    if not _kept(answer.status_code):
        raise Stop(Exit.LATER, f"{name} was not taken: {said(answer).said}")
    fate = said(answer)
    typer.echo(f"{name} {fate.said.replace('refused', 'kept') if fate.code is Exit.FINDINGS else fate.said}")
    return Exit.OK


def _kept(status: int) -> bool:
    """Whether the system has it: taken, or kept because it cannot be. Who may not send or asks too often keeps it."""
    return status < 400 or status in {413, 422}  # noqa: PLR2004 - HTTP's own numbers


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as fault:
        raise Stop(Exit.USAGE, f"{file}: {fault.strerror}") from None
