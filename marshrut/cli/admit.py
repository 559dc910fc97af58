"""`marshrut admit FILE...`: admissions from files to a running system, one line a message."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import httpx
import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.messages import Kind, Message, messages
from marshrut.cli.options import Data, KeyFile, settings_with
from marshrut.cli.tokens import everywhere
from marshrut.domain.words import Role
from marshrut.settings import Settings

LIMIT_S = 30
ER7 = "x-application/hl7-v2+er7"
TAKEN = "AA"


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message, in words, and what that means for the exit code."""

    said: str
    code: Exit = Exit.OK


def admit(
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
) -> Exit:
    """Feed HL7 v2 messages or JSON admissions, one or several a file, to a running system.

    JSON may be an object, an array, or an object a line. Prints one line a message: AA, AE or AR for HL7 v2; created, attached, screened or refused for JSON.
    """
    settings = settings_with(data=data, key_file=key_file)
    taken = [message for file in files for message in messages(*_read(file))]
    address = httpx.URL(url or f"http://127.0.0.1:{settings.api_port}")
    if address.scheme not in {"http", "https"} or not address.host:
        raise typer.BadParameter(f"{url}: an address begins with http:// or https://", param_hint="--url")
    headers = {"Authorization": f"Bearer {token or _own_token(settings)}"}
    # Between programs of one machine nothing goes by way of a proxy.
    with httpx.Client(base_url=address, headers=headers, timeout=LIMIT_S, trust_env=not _local(address.host)) as client:
        return max((_told(client, message) for message in taken), default=Exit.OK)


def _read(file: str) -> tuple[str, bytes]:
    try:
        return file, sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as fault:
        raise Stop(Exit.USAGE, f"{file}: {fault.strerror}") from None


def _own_token(settings: Settings) -> str:
    from marshrut.adapters.keys import Keys

    return everywhere(Keys.read(settings.keys), "admit", Role.INTEGRATOR, timedelta(hours=1))


def _local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _told(client: httpx.Client, message: Message) -> Exit:
    try:
        fate = _fate(client, message)
    except httpx.HTTPError:
        raise Stop(Exit.UNREACHABLE, f"{client.base_url} does not answer; {message.name} was not taken") from None
    typer.echo(f"{message.name} {fate.said}")
    return fate.code


def _fate(client: httpx.Client, message: Message) -> Fate:
    match message.kind:
        case Kind.ER7:
            return _answer(client.post("/hl7v2", content=message.content, headers={"Content-Type": ER7}))
        case Kind.JSON:
            json = {"Content-Type": "application/json"}
            return _answer(client.post("/api/v1/admissions", content=message.content, headers=json))
        case Kind.FHIR:
            return Fate("FHIR is not supported in this version", Exit.UNSUPPORTED)
        case Kind.UNKNOWN:
            return Fate("refused: neither HL7 v2 nor JSON", Exit.FINDINGS)


def _answer(response: httpx.Response) -> Fate:
    match response.status_code:
        case 200 | 201 | 202 if response.headers.get("content-type", "").startswith(ER7):
            return _acknowledged(response.text)
        case 200 | 201:
            body = response.json()
            if body["case_id"] is None:
                return Fate(f"screened {body.get('reason')}")
            return Fate(f"{'created' if body['created'] else 'attached'} {body['case_id']}")
        case 202:
            return Fate(f"stored {response.json()['command_id']}")
        case status:
            code = Exit.UNREACHABLE if status >= httpx.codes.INTERNAL_SERVER_ERROR else Exit.FINDINGS
            return Fate(_refusal(response), code)


def _refusal(response: httpx.Response) -> str:
    try:
        problem = response.json()
        fields = ", ".join(f"{error['field']}: {error['message']}" for error in problem.get("errors", ()))
        return f"refused {problem['code']}" + (f" ({fields})" if fields else "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"refused with HTTP status {response.status_code}"


def _acknowledged(ack: str) -> Fate:
    """AA; or AE and AR with our stable code (ERR-5) and the place (ERR-2)."""
    separator, component = ack[3], ack[4]
    segments = {fields[0]: fields for line in ack.split("\r") if (fields := line.split(separator))}
    said = segments["MSA"][1]
    if said == TAKEN:
        return Fate(said)
    _, _, place, _, _, code, *_ = segments["ERR"]
    segment, *rest = place.split(component)
    at = "-".join([segment, *rest[1:2]])
    return Fate(" ".join(filter(None, [said, code, at])), Exit.FINDINGS)
