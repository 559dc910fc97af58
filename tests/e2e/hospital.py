"""A hospital's system that sends the corpus to the running system, and the corpus with identities of its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from typing import Any

import yaml

from marshrut.adapters.hl7v2.header import END, START
from marshrut.adapters.hl7v2.mllp import MllpServer
from marshrut.domain.words import Role
from tests.api.inboxes import Reader, integrator, mllp, reader, relaying
from tests.fixtures.system import System

CORPUS = Path(__file__).parents[1] / "adapters" / "hl7v2" / "corpus"
# Most messages of the corpus share a control id, a visit and a record number: in a running system they would be one.
CONTROL_ID, VISIT, RECORD = b"C-1", b"26-201", b"900201"


@dataclass(frozen=True)
class Sample:
    """A message, and what is said beside it of what should become of it."""

    name: str
    raw: bytes
    expected: dict[str, Any]

    @property
    def valid(self) -> bool:
        """Whether it is taken."""
        return "ack" not in self.expected

    @property
    def opens(self) -> bool:
        """Whether it opens a case: news of a visit waits for one."""
        model, emergency = self.expected.get("model", "Admission"), self.expected.get("emergency", True)
        return self.valid and (model == "Admission" or (model == "InpatientAdmission" and emergency))

    @property
    def passed(self) -> bool:
        """Whether it is of a stay whose day has passed by now, so that no case is opened for it."""
        return self.expected.get("model") == "Preadmission"

    @property
    def state(self) -> str:
        """How it stands in the inbox, when it is all that was told of its visit."""
        return ("done" if self.opens or self.passed else "held") if self.valid else "parked"

    @property
    def code(self) -> str | None:
        """Why it is so, if it is not taken as it came."""
        return "planned_in_the_past" if self.passed else self.expected.get("code")


def corpus(token: str) -> list[Sample]:
    """Every message of the corpus, each about a visit and a patient of its own."""
    files = sorted(CORPUS.glob("*/*.hl7"))
    return [_sample(file, f"{token}{number:03}") for number, file in enumerate(files)]


def _sample(file: Path, identity: str) -> Sample:
    raw, told = file.read_bytes(), file.with_suffix(".yaml").read_bytes()
    # The corpus is read as of the day on which it was sent; the running system knows today only.
    soon = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y%m%d").encode()
    raw = raw.replace(b"20260314100000", soon + b"100000")
    return Sample(file.stem, own(raw, identity), yaml.safe_load(own(told, identity)))


def own(text: bytes, identity: str) -> bytes:
    """The same with a control id, a visit and a record number of its own."""
    for usual in (CONTROL_ID, VISIT, RECORD):
        text = text.replace(usual, usual + identity.encode())
    return text


@dataclass(frozen=True)
class Answer:
    """An acknowledgement: its code (MSA-1), as the original mode has it, and all that it says of the error."""

    raw: bytes

    @property
    def code(self) -> str:
        """AA, AE or AR; an accept acknowledgement says the same of a message whose sender wants no other."""
        return "A" + self._segment(b"MSA")[5:6].decode("ascii")

    @property
    def error(self) -> list[str]:
        """The words of ERR, among them our code."""
        return re.findall(r"\w+", self._segment(b"ERR").decode("latin-1"))

    def _segment(self, name: bytes) -> bytes:
        return next((line for line in self.raw.strip(START + END + b"\r").split(b"\r") if line.startswith(name)), b"")


class Hospital:
    """Sends messages over HTTP and over a socket, both in one name, and reads its own inbox."""

    def __init__(self, system: System, user: str, server: MllpServer) -> None:
        self.system = system
        self.inbox: Reader = reader(system, Role.INTEGRATOR, user, *system.parts.catalogue.hospitals)
        self._server = server

    async def post(self, raw: bytes) -> Answer:
        """By HTTP."""
        headers = {**self.inbox.headers, "Content-Type": "x-application/hl7-v2+er7"}
        answer = await self.system.http.post("/hl7v2", content=raw, headers=headers)
        while answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:  # nothing happened: a busy machine; senders repeat
            await asyncio.sleep(0.5)
            answer = await self.system.http.post("/hl7v2", content=raw, headers=headers)
        assert answer.status_code == 200, answer.text
        return Answer(answer.content)

    async def write(self, raw: bytes) -> Answer:
        """By MLLP, in a connection of its own."""
        reading, writing = await asyncio.open_connection("127.0.0.1", self._server.port)
        writing.write(START + raw + END + b"\r")
        await writing.drain()
        answer = await asyncio.wait_for(reading.readuntil(END + b"\r"), 10)
        writing.close()
        return Answer(answer)

    async def send(self, raw: bytes, turn: int) -> Answer:
        """By either in turn; what holds a frame's own bytes fits into no frame."""
        framed = START in raw or END in raw
        return await (self.post(raw) if framed or turn % 2 else self.write(raw))

    async def kept(self) -> dict[bytes, dict[str, Any]]:
        """The rows of the inbox by the bytes that arrived, once nothing is on its way any more."""
        rows = [await self.inbox.settled(row["id"]) for row in await self.inbox.all()]
        found = {await self.inbox.raw(row["id"]): row for row in rows}
        assert len(found) == len(rows)
        return found

    async def card(self, case_id: str) -> dict[str, Any]:
        """The case as somebody sees it who may see persons."""
        answer = await self.system.http.get(f"/api/v1/cases/{case_id}", headers=reader(self.system).headers)
        assert answer.status_code == 200, answer.text
        card: dict[str, Any] = answer.json()
        return card

    async def kinds(self, case_id: str) -> list[str]:
        """What happened in a case, as far as it was told from outside."""
        told = ("case_opened", "admission_repeated")
        return [event["kind"] for event in await self.events(case_id) if event["kind"] in told]

    async def events(self, case_id: str) -> list[dict[str, Any]]:
        """What happened in a case, from its start."""
        path, limit = f"/api/v1/cases/{case_id}/events", {"limit": 200}
        answer = await self.system.http.get(path, headers=reader(self.system).headers, params=limit)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


@asynccontextmanager
async def hospital(system: System) -> AsyncIterator[Hospital]:
    """A hospital's system of a name of its own, and a relay at work."""
    user = f"his-{token_hex(4)}"
    async with relaying(system.parts), mllp(system, integrator(user, *system.parts.catalogue.hospitals)) as server:
        yield Hospital(system, user, server)
