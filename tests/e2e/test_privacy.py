"""Invariant 3, on what really lies on disk, is sent, and is answered to whoever may not see persons."""

import json
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload

from marshrut.domain.words import Role
from marshrut.store.tables import commands
from tests.e2e.planted import (
    MARKS,
    SHOWN,
    TO_THE_SENDER,
    Overheard,
    comes_in,
    has_a_route,
    has_items,
    is_asked_after,
    is_cared_for,
    read,
)
from tests.e2e.sown import Sower, sow
from tests.fixtures.engine import eventually
from tests.fixtures.post import PostOffice
from tests.fixtures.receiver import Receiver
from tests.fixtures.system import System, running

OLGA = "olga@example.org"
# So many fields are kept when they are told; others are refused, or ask something.
ENOUGH = 60
FORMS = ("application/json", "text/plain", "text/html")


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def laid_out(folder: Path, office: PostOffice) -> tuple[Path, Path, dict[str, Any]]:
    """A folder for Temporal's file, one for SQL, and the settings by which a supervisor gets mail."""
    engine, sql, people = folder / "engine", folder / "sql", folder / "people.yaml"
    engine.mkdir()
    sql.mkdir()
    people.write_text(f"people:\n  - {{ user: olga, role: supervisor, mail: {OLGA} }}\n")
    smtp = SecretStr(f"smtp://127.0.0.1:{office.port}")
    return engine, sql, {"smtp_url": smtp, "mail_from": "m@example.org", "directory": people}


def readable(content: bytes) -> list[str]:
    """The marks that can be read in it."""
    return [mark for mark in MARKS if mark.encode() in content or mark.encode("utf-16-le") in content]


async def shown_by_code(system: System, case_id: str) -> str:
    """What whoever holds the case's code is shown, in every form and language."""
    code = (await system.get(f"/api/v1/cases/{case_id}"))["inquiry"]
    answers = [
        await system.http.get(f"/status/{code}", headers={"Accept": form, "Accept-Language": language})
        for form in FORMS
        for language in ("ru", "en")
    ]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.text for answer in answers)


async def shown_to_machines(system: System, case_id: str) -> str:
    """What roles are shown that see codes and no persons."""
    case = f"/api/v1/cases/{case_id}"
    paths = [case, *(f"{case}/{part}" for part in ("events", "items", "route", "relatives", "assessments", "delay"))]
    paths += [f"/fhir/{kind}/{case_id}" for kind in ("Encounter", "EpisodeOfCare", "CarePlan")]
    paths += [f"/fhir/{kind}?encounter={case_id}" for kind in ("ServiceRequest", "Task")]
    paths += ["/fhir/Patient?_count=200"]
    roles = (Role.HEAD, Role.AUDITOR, Role.INTEGRATOR, Role.ADMIN)
    answers = [await system.http.get(path, headers=system.token(role)) for path in paths for role in roles]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.text for answer in answers)


async def test_no_personal_datum_is_readable_where_it_must_not_be(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], office: PostOffice
) -> None:
    """Names, numbers and notes are shown to whoever cares, and in no file, log, address, fault, mail or status page."""
    caplog.set_level(logging.DEBUG)
    engine, sql, mail = laid_out(tmp_path, office)
    overheard = Overheard()
    async with running(sql, db_filename=engine / "temporal.sqlite", **mail) as system:
        system.http.event_hooks["response"].append(overheard.listen)
        case_id = await comes_in(system)
        await is_cared_for(system, case_id)
        await has_a_route(system, case_id)
        await has_items(system, case_id)
        shown = await read(system, case_id, await is_asked_after(system))
        by_code, to_machines = await shown_by_code(system, case_id), await shown_to_machines(system, case_id)

        async def mailed() -> bool:
            return await system.parts.postman.round() and bool(office.received)

        await eventually(mailed)
    said = "".join((caplog.text, *capfd.readouterr()))
    # The search works: what may be read is found, where it may be.
    assert [mark for mark in SHOWN if mark not in shown] == []
    stored, held = on_disk(engine), on_disk(sql)
    assert case_id.encode() in stored
    assert case_id.encode() in held
    assert len(overheard.faults) > 20
    assert any(case_id in url for url in overheard.urls)
    mails = "".join(f"{one.subject}\n{one.text}" for one in office.received)
    found = {
        "temporal": readable(stored),
        "sql": readable(held),
        "log": readable(said.encode()),
        "urls": readable("\n".join(overheard.urls).encode()),
        "faults": [mark for mark in readable("\n".join(overheard.faults).encode()) if mark not in TO_THE_SENDER],
        "mails": readable(mails.encode()),
        "status pages": readable(by_code.encode()),
        "machines": readable(to_machines.encode()),
    }
    assert {place: marks for place, marks in found.items() if marks} == {}


async def histories(system: System, *, opened: bool) -> bytes:
    """Every history that the engine keeps, as it is stored or as our own workers read it."""
    converter, told = system.parts.client.data_converter, b""
    async for run in system.parts.client.list_workflows():
        handle = system.parts.client.get_workflow_handle(run.id, run_id=run.run_id)
        history = await handle.fetch_history()
        for event in history.events:
            told += event.SerializeToString()
            for payload in _payloads(event) if opened else ():
                told += (await converter.payload_codec.decode([payload]))[0].SerializeToString()  # type: ignore[union-attr]  # ours has one
    return told


def _payloads(message: Any) -> Iterator[Payload]:
    """Every payload anywhere in a message."""
    if isinstance(message, Payload):
        yield message
        return
    for _, value in message.ListFields():
        if hasattr(value, "ListFields"):
            yield from _payloads(value)
        elif hasattr(value, "values") and hasattr(value, "items"):
            for each in value.values():
                if hasattr(each, "ListFields"):
                    yield from _payloads(each)
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
            for each in value:
                if hasattr(each, "ListFields"):
                    yield from _payloads(each)


def dump(file: Path) -> bytes:
    """SQL as its own tools write it out."""
    with closing(sqlite3.connect(file)) as database:
        return "\n".join(database.iterdump()).encode()


async def everything_sealed(system: System) -> bytes:
    """What SQL holds of commands, opened as only the service can."""
    async with system.parts.db.read() as conn:
        rows = (await conn.execute(sa.select(commands.c.id, commands.c.private, commands.c.raw))).all()
    vault = system.parts.api.vault
    private = await vault.opened({row.id: row.private for row in rows if row.private is not None})
    raw = await vault.opened({row.id: row.raw for row in rows if row.raw is not None}, kind="raw")
    originals = "".join(content["raw"] for content in raw.values()).encode("latin-1")
    return json.dumps(list(private.values()), ensure_ascii=False).encode() + originals


def sown_in(sower: Sower, content: bytes) -> list[str]:
    """The fields whose mark can be read in it; in a dump, bytes are written as hexadecimal digits."""
    lowered = content.lower()

    def can_be_read(mark: str) -> bool:
        text = mark.encode()
        return text in content or mark.encode("utf-16-le") in content or text.hex().encode() in lowered

    return sorted({where for mark, where in sower.marks.items() if can_be_read(mark)})


async def test_no_field_that_takes_text_leaks(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    office: PostOffice,
    receiver: Receiver,
) -> None:
    """A mark in each field of text of each call: in no history (opened neither), file, dump, log, mail or webhook."""
    caplog.set_level(logging.DEBUG)
    engine, sql, mail = laid_out(tmp_path, office)
    overheard = Overheard()
    async with running(sql, db_filename=engine / "temporal.sqlite", **mail) as system:
        hook = {"name": "x", "url": receiver.url, "hospitals": ["GKB29"]}
        subscribed = await system.post("/api/v1/webhooks", hook, role=Role.ADMIN)
        assert subscribed.status_code == 201, subscribed.text
        system.http.event_hooks["response"].append(overheard.listen)
        sower = await sow(system)
        await system.parts.background.round()
        for _ in range(20):
            await system.parts.courier.round()
            await system.parts.postman.round()
        metrics = (await system.http.get("/metrics", headers=system.token(Role.ADMIN))).text
        exported = [
            (await system.http.get(f"/api/v1/export/{kind}", headers=system.token(Role.AUDITOR))).text
            for kind in ("ocel2", "xes", "csv")
        ]
        stored, opened = await histories(system, opened=False), await histories(system, opened=True)
        kept = sown_in(sower, await everything_sealed(system))
    said = "".join((caplog.text, *capfd.readouterr()))
    # They did get in: it is not for want of words that nothing is found below.
    assert len(kept) > ENOUGH
    told = b"".join(each.body + str(each.headers).encode() for each in receiver.received)
    assert len(sower.marks) > 300
    assert len(receiver.received) > 10
    assert b"first_contact" in opened
    held = on_disk(sql)
    found = {
        "temporal": sown_in(sower, on_disk(engine)),
        "histories": sown_in(sower, stored),
        "histories, opened": sown_in(sower, opened),
        "sql": sown_in(sower, held),
        "sql, dumped": sown_in(sower, dump(sql / "marshrut.sqlite") + dump(sql / "person-keys.sqlite")),
        "log": sown_in(sower, said.encode()),
        "urls": sown_in(sower, "\n".join(overheard.urls).encode()),
        "faults": sown_in(sower, "\n".join(overheard.faults).encode()),
        "mails": sown_in(sower, "".join(f"{one.subject}\n{one.text}" for one in office.received).encode()),
        "webhooks": sown_in(sower, told),
        "metrics": sown_in(sower, metrics.encode()),
        "exports": sown_in(sower, "".join(exported).encode()),
    }
    assert {place: fields for place, fields in found.items() if fields} == {}
