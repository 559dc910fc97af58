"""Whatever a signed-in caller sends is a row of the inbox, whatever became of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

import httpx
import pytest

from api.problems import KINDS
from marshrut.adapters.hl7v2.fault import FaultCode
from marshrut.domain.words import Role
from tests.adapters.hl7v2.messages import OMIT
from tests.api.inboxes import ADMISSIONS, MESSAGES, REFERRALS, ahead, er7, integrator, mllp, reader, relaying, send
from tests.fixtures.system import System, admission

LIMIT = 1024 * 1024


@pytest.fixture
async def relayed(system: System) -> AsyncIterator[System]:
    """The system with its relay at work."""
    async with relaying(system.parts):
        yield system


def broken_er7() -> dict[str, bytes]:
    """A message for each fault that the content of one can have, by the code it is answered."""
    return {
        "unparsable": b"hello " + token_hex(4).encode(),
        "oversize": er7(more=("NTE|1||" + "x" * LIMIT,)),
        "unsupported_charset": er7(header={18: "KLINGON"}),
        "bad_encoding": er7().replace("Лебедева".encode(), b"\xff\xfe"),
        "unsupported_version": er7(header={12: "2.1"}),
        "not_adt": er7(header={9: "ORU^R01"}),
        "unsupported_event": er7(header={9: "ADT^A99"}),
        "missing_segment": er7(pid=OMIT),
        "missing_field": er7(pv1={19: ""}),
        "repeated_segment": er7(more=("PID|2||1^^^GKB29^MR",)),
        "too_long": er7(pv1={19: "9" * 300}),
        "bad_time": er7(pv1={44: "yesterday"}),
        "unknown_facility": er7(facility="NOWHERE"),
        "facility_not_allowed": er7(facility="SKLIF"),
    }


def broken_json() -> dict[str, tuple[str, bytes, int]]:
    """Code → where it is sent, the body, the status of the answer."""

    def written(**changes: Any) -> bytes:
        return json.dumps(admission(**changes), ensure_ascii=False).encode()

    return {
        "malformed": (ADMISSIONS, b'{"facility": "GKB29", ' + token_hex(4).encode(), 400),
        "invalid": (ADMISSIONS, written(emergency="perhaps"), 422),
        "unknown_facility": (ADMISSIONS, written(facility="NOWHERE"), 422),
        "hospital_not_allowed": (REFERRALS, json.dumps({"facility": "SKLIF", "sentence": "x"}).encode(), 403),
        "in_the_future": (ADMISSIONS, written(admitted_at=ahead(days=2)), 422),
        "too_large": (ADMISSIONS, b" " * (LIMIT + 1), 413),
    }


class Batch:
    """Sends messages in a hospital's name, and keeps what has to become of each."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.user = f"his-{token_hex(4)}"
        self.expected: dict[bytes, tuple[str, str | None]] = {}

    async def post(self, path: str, raw: bytes, times: int = 1, **headers: Any) -> httpx.Response:
        """Send it, perhaps several times; the last answer."""
        sent = {**self.system.token(Role.INTEGRATOR, self.user), "Content-Type": "text/plain", **headers}
        answers = [await self.system.http.post(path, content=raw, headers=sent) for _ in range(times)]
        return answers[-1]

    def parked(self, raw: bytes, code: str) -> None:
        """It is kept with this fault, as far as the limit goes."""
        self.expected[raw[:LIMIT]] = ("parked", code)

    def done(self, raw: bytes, code: str | None = None) -> None:
        """It opened a case, or the catalogue says why not."""
        self.expected[raw] = ("done", code)


async def send_hl7(batch: Batch) -> None:
    """Taken, screened, repeated, broken in each way, with a control id used twice, in another media type."""
    for raw, code in ((er7(), None), (er7(), None), (er7(pv1={2: "I", 4: "R", 18: ""}), "not_emergency")):
        assert "MSA|AA|" in (await batch.post("/hl7v2", raw, times=3)).text
        batch.done(raw, code)
    for code, raw in broken_er7().items():
        assert code in (await batch.post("/hl7v2", raw, times=2)).text
        batch.parked(raw, code)
    first = er7()
    second = first.replace("Лебедева".encode(), "Гусева".encode())
    assert "MSA|AA|" in (await batch.post("/hl7v2", first)).text
    assert "|control_id_reused|" in (await batch.post("/hl7v2", second, times=2)).text
    batch.done(first)
    batch.parked(second, "control_id_reused")
    picture = er7()
    assert (await batch.post("/hl7v2", picture, 1, **{"Content-Type": "image/png"})).status_code == 415
    batch.parked(picture, "unsupported_media_type")


async def send_mllp(batch: Batch) -> None:
    """Taken, broken, and much larger than what is read."""
    taken, refused, large = er7(), er7(pid=OMIT), er7(more=("NTE|1||" + "y" * 3 * LIMIT,))
    async with mllp(batch.system, integrator(batch.user)) as server:
        assert "MSA|AA|" in await send(server, taken)
        assert "|missing_segment|" in await send(server, refused)
        assert "|oversize|" in await send(server, large)
    batch.done(taken)
    batch.parked(refused, "missing_segment")
    batch.parked(large, "oversize")


async def send_json(batch: Batch) -> None:
    """Taken, screened, referred, repeated with a key, the key used for another, a bad key, broken in each way."""
    key: dict[str, Any] = {"Idempotency-Key": token_hex(4)}
    taken, other, planned = (json.dumps(admission(emergency=sudden)).encode() for sudden in (True, True, False))
    assert (await batch.post(ADMISSIONS, taken, times=3, **key)).status_code == 200
    assert (await batch.post(ADMISSIONS, other, times=2, **key)).json()["code"] == "idempotency_key_reused"
    assert (await batch.post(ADMISSIONS, planned)).json()["reason"] == "not_emergency"
    batch.done(taken)
    batch.parked(other, "idempotency_key_reused")
    batch.done(planned, "not_emergency")
    walk_up = json.dumps({"facility": "GKB29", "sentence": f"просит помощи {token_hex(4)}"}).encode()
    assert (await batch.post(REFERRALS, walk_up)).status_code == 201
    batch.done(walk_up)
    for code, (path, raw, status) in broken_json().items():
        answer = await batch.post(path, raw, times=2)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        batch.parked(raw, code)
    keyed = json.dumps(admission()).encode()
    answer = await batch.post(ADMISSIONS, keyed, **(key | {"Idempotency-Key": "k" * 201}))
    assert answer.json()["errors"][0]["field"] == "header.Idempotency-Key"
    batch.parked(keyed, "invalid")


async def test_a_mixed_batch_is_accounted_for_to_the_last_message(relayed: System) -> None:
    """Valid, broken in each way, repeated; JSON, HL7 by HTTP and MLLP: each is one row, with its bytes and its end."""
    since, batch = datetime.now(UTC).isoformat(), Batch(relayed)
    for sending in (send_hl7, send_mllp, send_json):
        await sending(batch)
    # Nobody who is not signed in leaves a trace.
    for path in ("/hl7v2", ADMISSIONS, REFERRALS):
        assert (await relayed.http.post(path, content=b"{")).status_code == 401
    inbox = reader(relayed)
    rows = [await inbox.settled(row["id"]) for row in await inbox.all(since=since)]
    found = {await inbox.raw(row["id"]): (row["state"], row["code"]) for row in rows}
    assert found == batch.expected
    assert len(rows) == len(batch.expected) > 30
    theirs = (await relayed.http.get(MESSAGES, headers=relayed.token(Role.INTEGRATOR, batch.user))).json()["parked"]
    assert theirs == sum(state == "parked" for state, _ in batch.expected.values())
    assert all(row["reason"] for row in rows if row["code"])
    assert all(bool(row["case_id"]) == (row["state"] == "done" and row["code"] is None) for row in rows)


def test_every_fault_of_a_message_can_be_told_in_words() -> None:
    """Each code of an HL7 fault has its wording, or the inbox could not say what is wrong."""
    assert {code.value for code in FaultCode} <= set(KINDS)


async def test_what_is_listed_follows_filters_role_and_scope(system: System) -> None:
    """An integrator sees their own, a supervisor their hospitals'; what names no hospital is for who sees all."""
    his, code = f"his-{token_hex(4)}", {"state": "parked", "since": datetime.now(UTC).isoformat()}
    headers = {**system.token(Role.INTEGRATOR, his, "GKB29", "SKLIF"), "Content-Type": "text/plain"}
    ours, theirs, nobodys = er7(pid=OMIT), er7(header={4: "SKLIF"}, pid=OMIT), b"nonsense " + token_hex(4).encode()
    for raw in (ours, theirs, nobodys):
        await system.http.post("/hl7v2", content=raw, headers=headers)

    async def seen(role: Role, user: str, *hospitals: str, **params: str) -> set[str]:
        everywhere = hospitals == ("*",)
        who = reader(system, role, user, *(() if everywhere else hospitals))
        return {row["hospital"] for row in await who.all(**code, **params)}

    assert await seen(Role.INTEGRATOR, his, "GKB29") == {"GKB29", "SKLIF", "unknown"}
    assert await seen(Role.INTEGRATOR, "another", "GKB29", "SKLIF") == set()
    assert await seen(Role.SUPERVISOR, "olga", "GKB29") == {"GKB29"}
    assert await seen(Role.SUPERVISOR, his, "GKB29") == {"GKB29"}  # the name of a sender in another role
    for role in (Role.SUPERVISOR, Role.HEAD, Role.ADMIN):
        assert await seen(role, "chief", "*") == {"GKB29", "SKLIF", "unknown"}
        assert await seen(role, "chief", "*", hospital="SKLIF") == {"SKLIF"}
        assert await seen(role, "chief", "*", code="unparsable") == {"unknown"}
        assert await seen(role, "chief", "*", source="hl7/SKLIF/HIS") == {"SKLIF"}
        assert await seen(role, "chief", "*", source="nobody") == set()


async def test_the_bytes_are_for_the_sender_and_the_hospitals_supervisor(system: System) -> None:
    """They name persons: to anybody else the message is not there, and the roles without persons get none."""
    raw, his = er7(pid=OMIT), f"his-{token_hex(4)}"
    headers = {**system.token(Role.INTEGRATOR, his), "Content-Type": "text/plain"}
    since = datetime.now(UTC).isoformat()
    await system.http.post("/hl7v2", content=raw, headers=headers)
    name = (await reader(system).one(since=since))["id"]
    path = f"{MESSAGES}/{name}/raw"
    answers = {
        (role, user, hospital): await system.http.get(path, headers=system.token(role, user, hospital))
        for role, user, hospital in (
            (Role.INTEGRATOR, his, "GKB29"), (Role.SUPERVISOR, "olga", "GKB29"),
            (Role.INTEGRATOR, "another", "GKB29"), (Role.SUPERVISOR, "olga", "SKLIF"),
            (Role.HEAD, "pavel", "GKB29"), (Role.ADMIN, "root", "GKB29"),
        )
    }  # fmt: skip
    assert [answer.status_code for answer in answers.values()] == [200, 200, 404, 404, 403, 403]
    assert {answer.content for answer in answers.values() if answer.status_code == 200} == {raw}
    shown = await system.http.get(f"{MESSAGES}/{name}", headers=system.token(Role.ADMIN))
    assert shown.json()["details"] == {"place": "PID"}
    assert "Лебедева" not in shown.text


async def test_reasons_are_told_in_the_readers_language(system: System) -> None:
    """The fault stands in words, Russian for who reads it."""
    since = datetime.now(UTC).isoformat()
    await system.post(ADMISSIONS, admission(emergency=False), role=Role.INTEGRATOR)
    await system.post(ADMISSIONS, admission(facility="NOWHERE"), role=Role.INTEGRATOR)
    chief = reader(system)
    english = {row["code"]: row["reason"] for row in await chief.all(since=since)}
    chief.headers["Accept-Language"] = "ru"
    russian = {row["code"]: row["reason"] for row in await chief.all(since=since)}
    assert english == {
        "not_emergency": "Not an emergency admission", "unknown_facility": "This hospital is not in the catalogue"
    }  # fmt: skip
    assert russian == {
        "not_emergency": "Плановая госпитализация", "unknown_facility": "Этой больницы нет в справочнике"
    }  # fmt: skip


async def test_a_fields_name_that_is_none_of_ours_is_told_to_its_sender_only(system: System) -> None:
    """The answer names the unknown field; the inbox, which others read, only where it stood."""
    since = datetime.now(UTC).isoformat()
    sent = admission()
    sent["patient"]["Тайнова-1941"] = "x"
    del sent["visit"]
    answer = await system.post(ADMISSIONS, sent, role=Role.INTEGRATOR)
    assert [error["field"] for error in answer.json()["errors"]] == ["visit", "patient.Тайнова-1941"]
    row = await reader(system).one(since=since)
    assert row["details"] == {"fields": "visit,patient.?"}
