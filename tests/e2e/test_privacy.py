"""Invariant 3, on what really lies on disk, is sent, and is answered to whoever may not see persons."""

import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from marshrut.domain.words import Role
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
from tests.fixtures.engine import eventually
from tests.fixtures.post import PostOffice
from tests.fixtures.system import System, running

OLGA = "olga@example.org"
FORMS = ("application/json", "text/plain", "text/html")


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


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
    engine, sql, people = tmp_path / "engine", tmp_path / "sql", tmp_path / "people.yaml"
    engine.mkdir()
    sql.mkdir()
    people.write_text(f"people:\n  - {{ user: olga, role: supervisor, mail: {OLGA} }}\n")
    mail: dict[str, Any] = {
        "smtp_url": SecretStr(f"smtp://127.0.0.1:{office.port}"),
        "mail_from": "m@example.org",
        "directory": people,
    }
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
