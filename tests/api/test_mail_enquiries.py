"""Mail to the Coordination Centre: an item with a clock, once, and answered by mail if somebody wants that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.http.too_large import MAX_BODY
from marshrut.domain.words import Role
from marshrut.store.tables import commands, journal, outbox
from tests.fixtures.post import PostOffice
from tests.fixtures.system import System, running

PATH = "/api/v1/enquiries/mail"
NUMBERS = iter(range(1000))


def mail(text: str = "Где документы моего брата Сидорова?", *headers: str, message_id: str | None = None) -> bytes:
    named = message_id or f"<{next(NUMBERS)}@mail.example.org>"
    lines = ["From: Анна <anna.p@example.org>", f"Message-ID: {named}", "Subject: Брат в больнице", *headers, "", text]
    return "\r\n".join(lines).encode()


async def send(system: System, raw: bytes, *hospitals: str, role: Role = Role.INTEGRATOR) -> httpx.Response:
    headers = system.token(role, "mta", *(hospitals or ("CENTRE",)))
    return await system.http.post(PATH, content=raw, headers={**headers, "Content-Type": "message/rfc822"})


async def shown(system: System, case_id: str) -> Any:
    answer = await system.http.get(
        f"/api/v1/enquiries/{case_id}", headers=system.token(Role.HOTLINE, "irina", "CENTRE")
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_mail_becomes_an_enquiry_with_a_clock_once(system: System) -> None:
    """Sender and text are there for the hotline, sealed; delivered again, also by another way, it is the same one."""
    raw = mail(message_id="<once@mail.example.org>")
    taken = await send(system, raw)
    assert (taken.status_code, taken.json()["created"]) == (201, True), taken.text
    case_id = taken.json()["case_id"]
    for again in (raw, b"Received: by another way\r\n" + raw, raw.replace(b"\r\n", b"\n")):
        repeated = await send(system, again)
        assert (repeated.status_code, repeated.json()["case_id"]) == (200, case_id)
    told = await shown(system, case_id)
    assert (told["channel"], told["step"], told["clock"]["state"]) == ("mail", "answer", "green")
    assert told["asker"] == {"name": "Анна", "phone": None, "email": "anna.p@example.org", "relation": None}
    assert told["letter"]["text"] == "Где документы моего брата Сидорова?"
    assert told["sentence"].startswith("Брат в больнице. Где документы")
    async with system.parts.db.read() as conn:
        rows = [repr(tuple(row)) for row in await conn.execute(sa.select(commands).where(commands.c.source == "mail"))]
        rows += [repr(tuple(row)) for row in await conn.execute(sa.select(journal).where(journal.c.case_id == case_id))]
    assert [word for word in ("Сидоров", "anna.p", "once@", "Брат") if word in "".join(rows)] == []


@pytest.mark.parametrize(
    ("header", "reason"), [("Auto-Submitted: auto-replied", "auto_reply"), ("Return-Path: <>", "bounce")]
)
async def test_what_no_person_wrote_opens_nothing(system: System, header: str, reason: str) -> None:
    """It is answered with the reason, kept, and listed in the inbox."""
    taken = await send(system, mail("x", header))
    assert (taken.status_code, taken.json()) == (200, {"case_id": None, "created": False, "reason": reason})
    listed = await system.http.get(
        "/api/v1/messages", params={"code": reason}, headers=system.token(Role.SUPERVISOR, "olga", "CENTRE")
    )
    assert listed.json()["items"][0]["format"] == "mail"


async def test_what_cannot_be_read_is_kept_and_can_be_replayed(system: System) -> None:
    """No mail, no centre of the sender's, or only a beginning without text: refused in words, and kept."""
    for raw, hospitals, code in (
        (b"\x00\xff", ("CENTRE",), "not_mail"),
        (mail(), ("GKB29",), "no_centre"),
        (b"From: a@example.org\r\nContent-Type: image/png\r\n\r\n" + b"x" * MAX_BODY, ("CENTRE",), "too_large"),
    ):
        refused = await send(system, raw, *hospitals)
        assert refused.json()["code"] == code
        assert 400 <= refused.status_code < 500
    headers = system.token(Role.INTEGRATOR, "mta", "CENTRE", "GKB29")
    kept = (await system.http.get("/api/v1/messages", params={"code": "no_centre"}, headers=headers)).json()["items"]
    replayed = await system.http.post(f"/api/v1/messages/{kept[0]['id']}/replay", headers=headers)
    assert (replayed.status_code, replayed.json()["case_id"] is None) == (200, False), replayed.text


async def test_a_mail_with_large_attachments_is_taken_by_its_text(system: System) -> None:
    """A scan that is larger than the limit does not lose the question; that something is missing is said."""
    body = (
        "From: b@example.org\r\nMessage-ID: <large@x.org>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nПосылаю паспорт\r\n"
        "--b\r\nContent-Type: image/png; name=scan.png\r\n\r\n"
    ).encode() + b"x" * (2 * MAX_BODY)
    taken = await send(system, body)
    assert taken.status_code == 201, taken.text
    letter = (await shown(system, taken.json()["case_id"]))["letter"]
    assert (letter["text"], letter["attachments"], letter["cut"]) == ("Посылаю паспорт", ["scan.png"], True)


async def test_the_hotline_may_hand_in_a_mail_and_a_hospital_may_not(system: System) -> None:
    """Whoever answers at the Centre may; a coordinator of a hospital may not."""
    assert (await send(system, mail(), role=Role.HOTLINE)).status_code == 201
    assert (await send(system, mail(), "GKB29", role=Role.COORDINATOR)).status_code == 403


@pytest.fixture
async def writing(tmp_path: Path, office: PostOffice) -> AsyncIterator[System]:
    """A system that sends mail."""
    people = tmp_path / "people.yaml"
    people.write_text("people: []\n")
    smtp: dict[str, Any] = {"smtp_url": f"smtp://127.0.0.1:{office.port}", "mail_from": "Маршрут <centre@example.org>"}
    async with running(tmp_path, **smtp, directory=people) as system:
        yield system


async def test_an_answer_goes_back_by_mail_once(writing: System, office: PostOffice) -> None:
    """Under the subject of the question and as an answer to it; without `by_mail`, or an address, nothing is sent."""
    headers = writing.token(Role.HOTLINE, "irina", "CENTRE")

    async def answered(raw: bytes, **more: Any) -> str:
        case_id: str = (await send(writing, raw)).json()["case_id"]
        step_id = (await shown(writing, case_id))["step_id"]
        body = {"result": "answered", "answer": "Паспорт готов\nпридите за ним", "step_id": step_id, **more}
        path = f"/api/v1/enquiries/{case_id}/answer"
        for _ in range(2):
            told = await writing.http.post(path, json=body, headers={**headers, "Idempotency-Key": case_id})
            assert told.status_code == 200, told.text
        return case_id

    await answered(mail(message_id="<q@mail.example.org>"), by_mail=True)
    await answered(mail())
    await answered(mail().replace(b"anna.p@example.org", b"not an address"), by_mail=True)
    while await writing.parts.postman.round():
        pass
    (received,) = office.received
    assert received.to == ("anna.p@example.org",)
    assert received.subject == "Re: Брат в больнице"
    assert received.text.splitlines()[:2] == ["Паспорт готов", "придите за ним"]
    assert received.message["In-Reply-To"] == "<q@mail.example.org>"
    assert received.message["Auto-Submitted"] is None
    async with writing.parts.db.read() as conn:
        states = sorted(await conn.scalars(sa.select(outbox.c.state).where(outbox.c.errand == "answer")))
    assert states == ["dropped", "nobody", "sent"]
    # Our own answer that comes back, by whatever way, is no enquiry.
    looped = await send(writing, mail("x", "Reply-To: centre@example.org"))
    assert looped.json()["reason"] == "loop"


async def test_an_answer_that_cannot_go_yet_is_tried_again(writing: System, office: PostOffice) -> None:
    """While the mail server is away it stays in the outbox, and the answer itself stands."""
    await office.close()
    case_id = (await send(writing, mail())).json()["case_id"]
    body = {"result": "answered", "answer": "Ждём", "by_mail": True}
    headers = writing.token(Role.HOTLINE, "irina", "CENTRE")
    await writing.http.post(f"/api/v1/enquiries/{case_id}/answer", json=body, headers=headers)
    while await writing.parts.postman.round():
        pass
    async with writing.parts.db.write() as conn:
        row = (await conn.execute(sa.select(outbox).where(outbox.c.errand == "answer"))).one()
        assert (row.state, row.attempts) == ("pending", 1)
        await conn.execute(outbox.update().values(due_at=row.due_at - timedelta(hours=1)))
    await office.open()
    while await writing.parts.postman.round():
        pass
    assert [each.to for each in office.received] == [("anna.p@example.org",)]
