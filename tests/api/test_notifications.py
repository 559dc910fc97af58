"""What people must know, from the rung that falls due to the person who sees to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from marshrut.adapters.directory import YamlDirectory
from marshrut.adapters.mail.smtp import SmtpMailer
from marshrut.dispatch.letter import Letters, Place
from marshrut.dispatch.postman import Delivery, Postman
from marshrut.domain.words import Role
from marshrut.store.outbox import SqlOutbox
from tests.fixtures.post import PostOffice
from tests.fixtures.processes import eventually
from tests.fixtures.system import System

NOTICES = "/api/v1/notifications"
OLGA = "olga@example.org"
# Two hours are given to whoever meets a child without a carer, at any hour of any day.
LATE: dict[str, Any] = {"flags": ["child_without_carer"]}


def listing(system: System, case_id: str, role: Role = Role.SUPERVISOR, **params: Any) -> Callable[[], Awaitable[Any]]:
    """What the role is told about the case."""

    async def ask() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await system.get(NOTICES, role, case=case_id, limit=500, **params))["items"]
        return found

    return ask


async def late_case(system: System) -> tuple[str, dict[str, Any]]:
    """A case whose first contact is late, and what the supervisors are told of that."""
    case_id = await system.admit(**LATE, admitted_at=(datetime.now(UTC) - timedelta(minutes=150)).isoformat())
    found = await eventually("a notice", listing(system, case_id), within_s=20)
    return case_id, found[0]


async def test_a_rung_falls_due_people_are_told_and_one_of_them_sees_to_it(system: System) -> None:
    """A late step is told to its supervisors, once, in words; one acknowledges it; it stays, and stays theirs."""
    case_id, notice = await late_case(system)
    step = await system.get(f"/api/v1/steps/{await system.step(case_id, 'first_contact')}")
    assert notice["title"] == {"ru": "Срок шага вышел", "en": "A step is overdue"}
    assert (notice["occasion"], notice["role"], notice["user"]) == ("rung.breach", "supervisor", None)
    assert (notice["step_id"], notice["step_title"]) == (step["step_id"], step["title"])
    assert (notice["due_at"], notice["urgent"]) == (step["clock"]["due_at"], True)
    assert (notice["case_id"], notice["hospital"], notice["acknowledged_by"]) == (case_id, "GKB29", None)

    path = f"{NOTICES}/{notice['id']}/acknowledge"
    taken = await system.post(path, role=Role.SUPERVISOR, user="olga", **{"Idempotency-Key": notice["id"]})
    assert (taken.status_code, taken.json()["acknowledged_by"]) == (200, "olga")
    assert taken.json()["acknowledged_at"] is not None
    again = await system.post(path, role=Role.SUPERVISOR, user="olga", **{"Idempotency-Key": notice["id"]})
    assert again.status_code == 200
    other = await system.post(path, role=Role.SUPERVISOR, user="pavel")
    assert (other.status_code, other.json()["code"]) == (409, "already_acknowledged")
    assert other.json()["details"] == {"by": "olga"}

    assert await listing(system, case_id)() == [taken.json()]
    assert await listing(system, case_id, acknowledged=False)() == []
    assert await listing(system, case_id, acknowledged=True)() == [taken.json()]
    events = (await system.get(f"/api/v1/cases/{case_id}/events"))["items"]
    kinds = [event["kind"] for event in events]
    assert [kinds.count(kind) for kind in ("step_escalated", "people_told", "notice_acknowledged")] == [1, 1, 1]


async def test_a_notice_is_seen_and_acknowledged_by_whom_it_is_for(system: System) -> None:
    """Another role neither sees nor acknowledges it, a senior may, another hospital does not know of it."""
    case_id, notice = await late_case(system)
    path = f"{NOTICES}/{notice['id']}/acknowledge"
    assert await listing(system, case_id, Role.COORDINATOR)() == []
    refused = await system.post(path, role=Role.COORDINATOR)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    foreign = await system.http.post(path, headers=system.token(Role.SUPERVISOR, "stranger", "SKLIF"))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "notice_not_found")
    assert (await system.post(path, role=Role.HEAD)).status_code == 200


async def test_a_notice_for_one_person_is_theirs(system: System) -> None:
    """Whoever took the step is told in person; colleagues in the role are not."""
    case_id = await system.admit(**LATE, admitted_at=(datetime.now(UTC) - timedelta(minutes=96)).isoformat())
    found = await eventually("a notice", listing(system, case_id, Role.COORDINATOR), within_s=20)
    assert (found[0]["occasion"], found[0]["user"]) == ("rung.amber", None)

    case_id = await system.admit(**LATE, admitted_at=(datetime.now(UTC) - timedelta(seconds=5755)).isoformat())
    await system.post(f"/api/v1/steps/{await system.step(case_id, 'first_contact')}/claim", user="anna")

    async def hers() -> list[dict[str, Any]]:
        headers = system.token(Role.COORDINATOR, "anna")
        answer = await system.http.get(NOTICES, headers=headers, params={"case": case_id})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    theirs = await eventually("a notice for one", hers, within_s=40)
    assert (theirs[0]["occasion"], theirs[0]["user"]) == ("rung.amber", "anna")
    assert await listing(system, case_id, Role.COORDINATOR)() == []


@pytest.mark.parametrize("notice_id", ["none", "a/b/c", "0a1b2c3d-4e5f-5a6b-8c7d-9e0f1a2b3c4d/rung", "%D1%8F", "%00"])
async def test_a_notice_that_is_not_there(system: System, notice_id: str) -> None:
    """Whatever stands in its place, an unknown notice is answered 404."""
    answer = await system.post(f"{NOTICES}/{notice_id}/acknowledge", role=Role.SUPERVISOR)
    assert (answer.status_code, answer.json()["code"]) == (404, "notice_not_found")


async def test_notices_come_in_pages_and_filters_narrow_them(system: System) -> None:
    """Page by page each notice once, the newest told first; what came earlier than asked for is left out."""
    for _ in range(3):
        await late_case(system)
    everything = (await system.get(NOTICES, limit=500))["items"]
    seen: list[str] = []
    page = await system.get(NOTICES, limit=2)
    while True:
        seen += [notice["id"] for notice in page["items"]]
        if page["next"] is None:
            break
        page = await system.get(NOTICES, limit=2, cursor=page["next"])
    assert seen == [notice["id"] for notice in everything]
    told = [notice["tell_at"] for notice in everything]
    assert told == sorted(told, reverse=True)
    since = (await system.get(NOTICES, limit=500, since=told[1]))["items"]
    assert since == everything[: len(since)]
    assert len(since) >= 2
    assert (await system.get(NOTICES, urgent=False, since=told[1]))["items"] == []
    assert (await system.get(NOTICES, hospital="SKLIF"))["items"] == []


async def test_a_late_step_is_mailed_and_the_mail_tells_no_person(
    system: System, office: PostOffice, tmp_path: Path
) -> None:
    """From admission to the supervisor's mailbox, once, without a name, number, diagnosis or phone of the patient's."""
    people = tmp_path / "people.yaml"
    people.write_text(f"people:\n  - {{ user: olga, role: supervisor, hospitals: [GKB29], mail: {OLGA} }}\n")
    catalogue, now = system.parts.catalogue, system.parts.api.now
    hospital = catalogue.hospitals["GKB29"]
    place = Place({"ru": hospital.title.ru, "en": hospital.title.en}, hospital.zone)
    delivery = Delivery(
        YamlDirectory.read(people, catalogue.hospitals),
        Letters(system.parts.api.catalogues.title, lambda _: place, "https://marshrut.example.org"),
        system.parts.api.queries.case,
        SmtpMailer(office.server, "marshrut@example.org", now=now),
    )
    postman = Postman(SqlOutbox(system.parts.db), delivery, now=now, poll_s=0.1)
    patient = {
        "identified": True, "mrn": "MRN-7731", "family": "Тайнова", "given": "Секретина", "address": "ул. Незримая",
        "phones": ["79990001122"],
    }  # fmt: skip
    admitted_at = (datetime.now(UTC) - timedelta(minutes=150)).isoformat()
    case_id = await system.admit(**LATE, admitted_at=admitted_at, patient=patient, visit="V-4419", diagnosis="S99.9")
    await eventually("a notice", listing(system, case_id), within_s=20)
    while await postman.round():
        pass
    ours = [one for one in office.received if case_id in one.text]
    assert [one.to for one in ours] == [(OLGA,)]
    assert ours[0].subject == "Срочно: Срок шага вышел: Первичный контакт с родителем или законным представителем"
    whole = ours[0].text + str(ours[0].message["Subject"])
    marks = ["Тайнова", "Секретина", "Незримая", "79990001122", "MRN-7731", "V-4419", "S99.9"]
    assert [mark for mark in marks if mark in whole] == []
