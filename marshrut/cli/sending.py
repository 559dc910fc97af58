"""Sending admissions to a running system, and what it makes of each of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Self

import httpx
import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.messages import Kind, Message

LIMIT_S = 30
ER7, FHIR_JSON = "x-application/hl7-v2+er7", "application/fhir+json"
TAKEN = "AA"
# What a status says of a stay.
_WORDS = {200: "attached", 201: "created"}


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message, in words, and what that means for the exit code."""

    said: str
    code: Exit = Exit.OK


def client_of(url: str, token: str) -> httpx.Client:
    """A client of a running system.

    Raises:
        BadParameter: the address is none.
    """
    address = httpx.URL(url)
    if address.scheme not in {"http", "https"} or not address.host:
        raise typer.BadParameter(f"{url}: an address begins with http:// or https://", param_hint="--url")
    # Between programs of one machine nothing goes by way of a proxy.
    return httpx.Client(
        base_url=address,
        headers={"Authorization": f"Bearer {token}"},
        timeout=LIMIT_S,
        trust_env=not _local(address.host),
    )


class Sender:
    """Sends messages, and prints a line for each."""

    def __init__(self, url: str, token: str) -> None:
        self._client = client_of(url, token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def send(self, message: Message) -> Exit:
        """Send one and tell what became of it.

        Raises:
            Stop: nobody answers.
        """
        try:
            fate = _fate(self._client, message)
        except httpx.HTTPError:
            where = self._client.base_url
            raise Stop(Exit.UNREACHABLE, f"{where} does not answer; {message.name} was not taken") from None
        typer.echo(f"{message.name} {fate.said}")
        return fate.code


def _local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fate(client: httpx.Client, message: Message) -> Fate:
    match message.kind:
        case Kind.ER7:
            return said(client.post("/hl7v2", content=message.content, headers={"Content-Type": ER7}))
        case Kind.JSON | Kind.REFERRAL:
            path = "/api/v1/admissions" if message.kind is Kind.JSON else "/api/v1/referrals"
            return said(client.post(path, content=message.content, headers={"Content-Type": "application/json"}))
        case Kind.FHIR:
            kind = json.loads(message.content)["resourceType"]
            path = "/fhir" if kind == "Bundle" else f"/fhir/{kind}"
            return of_resource(client.post(path, content=message.content, headers={"Content-Type": FHIR_JSON}))
        case Kind.UNKNOWN:
            return Fate("refused: neither HL7 v2 nor JSON", Exit.FINDINGS)


def of_resource(response: httpx.Response) -> Fate:  # noqa: PLR0911 - a line for each answer
    """What an answer of `/fhir` says: of a stay its case, of anything else that it was taken."""
    try:
        answer = response.json()
        match response.status_code, answer:
            case 200 | 201, {"resourceType": "OperationOutcome", "issue": [{"diagnostics": str() as reason}]}:
                return Fate(f"screened {reason}")
            case 200 | 201, {"resourceType": "Encounter", "id": str() as case}:
                return Fate(f"{_WORDS[response.status_code]} {case}")
            case 200, {"resourceType": "Bundle", "type": "transaction-response", "entry": list() as entries}:
                told = [each["response"] for each in entries]
                return Fate(next((_entry(each) for each in told if "/Encounter/" in each.get("location", "")), "taken"))
            case 200 | 201, _:
                return Fate("taken")
            case 202, _:
                return Fate("stored")
            case status, {"issue": [{"details": {"coding": [{"code": str() as code}]}}, *_]}:
                issue: dict[str, Any] = answer["issue"][0]
                fault = ": ".join(filter(None, [*issue.get("expression", []), issue.get("diagnostics")]))
                exits = Exit.UNREACHABLE if status >= httpx.codes.INTERNAL_SERVER_ERROR else Exit.FINDINGS
                return Fate(f"refused {code}" + (f" ({fault})" if fault else ""), exits)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # whoever answered so is not us
    return Fate(f"refused with HTTP status {response.status_code}", Exit.FINDINGS)


def _entry(told: dict[str, Any]) -> str:
    word = _WORDS.get(int(told["status"][:3]), "stored")
    return f"{word} {told['location'].rpartition('/')[2]}"


def said(response: httpx.Response) -> Fate:
    """What an answer of the intake says."""
    match response.status_code:
        case 200 | 201 | 202 if response.headers.get("content-type", "").startswith(ER7):
            return _acknowledged(response.text)
        case 200 | 201:
            return Fate(_became(response.json()))
        case 202:
            return Fate(f"stored {response.json()['command_id']}")
        case status:
            code = Exit.UNREACHABLE if status >= httpx.codes.INTERNAL_SERVER_ERROR else Exit.FINDINGS
            return Fate(_refusal(response), code)


def _became(taken: dict[str, Any]) -> str:
    match taken:
        case {"state": "held"}:
            return "held"
        case {"state": "pending", "case_id": case_id}:
            return f"taken {case_id}"
        case {"case_id": None}:
            return f"screened {taken.get('reason')}"
        case _:
            return f"{'created' if taken['created'] else 'attached'} {taken['case_id']}"


def _refusal(response: httpx.Response) -> str:
    try:
        problem = response.json()
        fields = ", ".join(f"{error['field']}: {error['message']}" for error in problem.get("errors", ()))
        place = problem.get("details", {}).get("place", "")  # of a fault of HL7
        return " ".join(filter(None, ["refused", problem["code"], place, f"({fields})" if fields else ""]))
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
