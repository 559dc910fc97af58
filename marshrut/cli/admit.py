"""`marshrut admit FILE...`: admissions from files to a running system, one line a message."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Catalogue, Data, KeyFile, settings_with
from marshrut.cli.tokens import everywhere
from marshrut.domain.words import Role


def admit(  # noqa: PLR0913, PLR0917 - its options
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files of messages; - is standard input.")],
    url: Annotated[
        str | None,
        typer.Option(help="The running system.", show_default="http://127.0.0.1:8080, or its port's setting"),
    ] = None,
    data: Data = None,
    token: Annotated[
        str | None, typer.Option(help="An integrator's bearer token.", show_default="made with the data folder's keys")
    ] = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
) -> Exit:
    """Feed HL7 v2 messages, FHIR, JSON admissions or JSON referrals (they have a sentence) to a running system.

    A file holds one or several; JSON may be an object, an array, or an object a line. Prints one line a message: AA, AE
    or AR for HL7 v2; created, attached, screened, taken or refused for JSON and FHIR.
    """
    from marshrut.cli.messages import messages
    from marshrut.cli.sending import Sender

    settings = settings_with(data=data, key_file=key_file, catalogue=catalogue)
    taken = [message for file in files for message in messages(*_read(file))]
    address = url or f"http://127.0.0.1:{settings.api_port}"
    with Sender(address, token or everywhere(settings, "admit", Role.INTEGRATOR, timedelta(hours=1))) as sender:
        return max(map(sender.send, taken), default=Exit.OK)


def _read(file: str) -> tuple[str, bytes]:
    try:
        return file, sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as fault:
        raise Stop(Exit.USAGE, f"{file}: {fault.strerror}") from None
