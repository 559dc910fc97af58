"""Erasure: nothing yields the person any more, whatever happened keeps its figures, and somebody signs for it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from temporalio.service import RPCError

from marshrut.adapters.key_sources import live_keys
from marshrut.adapters.person_keys import PersonKeys
from marshrut.adapters.vault import EnvelopeVault
from marshrut.domain.ids import workflow_id
from marshrut.domain.words import Role
from marshrut.ports import Unavailable
from marshrut.store.database import Database
from marshrut.store.person_keys import SqlPersonKeys
from marshrut.store.rebuild import verify
from marshrut.store.tables import commands, journal, metadata
from tests.e2e.planted import MARKS, PATIENT
from tests.fixtures.system import System, admission, running

CONTACTS = [{"family": "Невидимкин", "relation": "son", "phones": ["79990001122"]}]
SPAN = "hospital=GKB29&from=2026-01-01&to=2027-12-31"
OF_THE_MOMENT = {"as_of", "data_on", "lag_seconds", "freshness"}


@pytest_asyncio.fixture(scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[System, Path]]:
    """A system of one's own: what is erased here is nobody else's."""
    data = tmp_path_factory.mktemp("erasure")
    async with running(data, operator="ГБУ «Пример», Москва, ул. Примерная, 1") as system:
        yield system, data


async def closed(system: System, mrn: str, *, visits: int = 1, close: bool = True) -> list[str]:
    """Cases of one person, with words of every kind, that are over."""
    found = []
    for number in range(visits):
        came = (datetime.now(UTC) - timedelta(days=60 - 20 * number)).isoformat()
        sent = admission(visit=f"VIZIT-{mrn}-{number}", admitted_at=came, contacts=CONTACTS)
        sent["patient"] = {**PATIENT, "mrn": mrn}
        answer = await system.post("/api/v1/admissions", sent, role=Role.INTEGRATOR)
        assert answer.status_code == 201, answer.text
        case_id = answer.json()["case_id"]
        await system.post(f"/api/v1/cases/{case_id}/steps", {"title": "шаг-про-тётю"})
        await system.item(case_id, "need", "disability", facts={"note": "нужна-по-секрету"})
        if close:
            ended = await system.post(
                f"/api/v1/cases/{case_id}/events", {"type": "admission_cancelled"}, role=Role.INTEGRATOR
            )
            assert ended.status_code in (200, 201), ended.text
        found.append(case_id)
    await bound(system)
    return found


async def bound(system: System) -> None:
    """Whatever is sealed is under the key of whom it is about."""
    await system.parts.background.round()


async def asked(system: System, case_id: str, basis: str = "consent_withdrawn") -> Any:
    return await system.post(f"/api/v1/cases/{case_id}/erasure", {"basis": basis}, role=Role.AUDITOR, user="dpo")


async def erased(system: System, case_id: str) -> dict[str, Any]:
    """Asked for by one, confirmed by another, and done."""
    one = await asked(system, case_id)
    assert one.status_code == 201, one.text
    path = f"/api/v1/erasures/{one.json()['id']}"
    answer = await system.post(f"{path}/confirm", role=Role.ADMIN, user="boris")
    assert (answer.status_code, answer.json()["state"]) == (200, "done"), answer.text
    told: dict[str, Any] = await system.get(path, Role.ADMIN)
    return told


async def figures(system: System) -> Any:
    found = (await system.http.get(f"/api/v1/kpi?{SPAN}", headers=system.token(Role.SUPERVISOR))).json()
    return {name: value for name, value in found.items() if name not in OF_THE_MOMENT}


async def dumped(system: System) -> str:
    """Every row of SQL."""
    async with system.parts.db.read() as conn:
        tables = [(await conn.execute(sa.select(table))).all() for table in metadata.sorted_tables]
    return repr(tables)


async def test_after_an_erasure_nothing_yields_the_person(home: tuple[System, Path], tmp_path: Path) -> None:
    """Neither SQL, Temporal, search nor a backup of before with all keys of today; figures are what they were."""
    system, data = home
    mine, other = await closed(system, "MRN-E1", visits=2), await closed(system, "MRN-E2")
    await system.get("/api/v1/freshness")
    before, backup = await figures(system), tmp_path / "backup.sqlite"
    with closing(sqlite3.connect(data / "marshrut.sqlite")) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)
    history = system.parts.client.get_workflow_handle(workflow_id(mine[0]))
    assert (await history.describe()).id

    view = await erased(system, mine[0])

    assert view["case_id"] is None
    for case_id in mine:
        gone = await system.http.get(f"/api/v1/cases/{case_id}", headers=system.token(Role.SUPERVISOR))
        assert gone.status_code == 404
        with pytest.raises(RPCError, match="not found"):
            await system.parts.client.get_workflow_handle(workflow_id(case_id)).describe()
    rows = await dumped(system)
    assert [case_id for case_id in mine if case_id in rows] == []
    assert other[0] in rows
    assert await figures(system) == before
    found = [finding async for finding in verify(system.parts.db)]
    assert found == []
    for text, hits in (("Тайнова", other), ("VIZIT-MRN-E1-0", []), ("79990001122", other)):
        listed = await system.post("/api/v1/cases/search", {"q": text}, role=Role.SUPERVISOR)
        assert [each["case_id"] for each in listed.json()["items"] if each["case_id"] in (*mine, *other)] == hits
    assert await opened(backup, data, system, mine) == []
    assert "Тайнова" in str(await opened(backup, data, system, other))


async def opened(backup: Path, data: Path, system: System, cases: list[str]) -> list[dict[str, Any]]:
    """What a copy of SQL from before yields of these cases to somebody who has every key that there is today."""
    keys = live_keys(system.parts.settings)
    copy, book = Database(f"sqlite:///{backup}"), Database(system.parts.settings.person_keys)
    assert (data / "person-keys.sqlite").exists()
    vault = EnvelopeVault(keys, PersonKeys(SqlPersonKeys(book), keys))
    async with copy.read() as conn:
        rows = (await conn.execute(sa.select(commands).where(commands.c.case_id.in_(cases)))).all()
    assert len(rows) > 2
    private = await vault.opened({row.id: row.private for row in rows if row.private is not None})
    raw = await vault.opened({row.id: row.raw for row in rows if row.raw is not None}, kind="raw")
    await copy.close()
    await book.close()
    return [content for content in (*private.values(), *raw.values()) if content]


async def test_a_certificate_says_who_did_what_by_which_rule(home: tuple[System, Path]) -> None:
    """Two people, the rule, what was destroyed and how much of it; signed, printable, and naming nobody."""
    system, _ = home
    (case_id,) = await closed(system, "MRN-E3")
    view = await erased(system, case_id)
    path = f"/api/v1/erasures/{view['id']}"
    shown = await system.get(f"{path}/certificate", Role.AUDITOR)
    assert (shown["asked"]["user"], shown["confirmed"]["user"]) == ("dpo", "boris")
    assert (shown["basis"], shown["article"]) == ("consent_withdrawn", "152-ФЗ, ст. 21, ч. 5")
    counts = {line["what"]: line["count"] for line in shown["log"]}
    assert counts["runs"] >= 1
    assert counts["keys"] == 1
    assert counts["records"] >= 3
    assert counts["events"] > 5
    assert shown["genuine"] is True
    act = await system.http.get(f"{path}/act", headers=system.token(Role.AUDITOR))
    for needed in ("ГБУ «Пример»", "152-ФЗ, ст. 21, ч. 5", "Ключи лица уничтожены: 1", "ВЫГРУЗКА", "хранятся три года"):
        assert needed in act.text
    assert [mark for mark in (*MARKS, case_id) if mark in act.text + str(shown)] == []
    async with system.parts.db.write() as conn:
        await conn.execute(sa.text("UPDATE erasures SET certificate = replace(certificate, 'boris', 'igor')"))
    assert (await system.get(f"{path}/certificate", Role.AUDITOR))["genuine"] is False


async def test_nobody_is_erased_whose_case_is_open_or_held(home: tuple[System, Path]) -> None:
    """An open case refuses, so does a legal hold until it is lifted; nothing happened by that."""
    system, _ = home
    (alive,) = await closed(system, "MRN-E4", close=False)
    assert ((answer := await asked(system, alive)).status_code, answer.json()["code"]) == (409, "case_open")
    (over,) = await closed(system, "MRN-E5")
    hold, headers = f"/api/v1/cases/{over}/legal-hold", system.token(Role.AUDITOR)
    assert (await system.http.put(hold, json={"reason": "court-17"}, headers=headers)).status_code == 200
    assert ((answer := await asked(system, over)).status_code, answer.json()["code"]) == (409, "legal_hold")
    listed = (await system.http.get("/api/v1/legal-holds", headers=headers)).json()["items"]
    assert [(each["case_id"], each["reason"]) for each in listed] == [(over, "court-17")]
    elsewhere = await system.http.get("/api/v1/legal-holds", headers=system.token(Role.AUDITOR, None, "SKLIF"))
    assert elsewhere.json()["items"] == []
    assert (await system.http.delete(hold, headers=headers)).status_code == 204
    name = (await asked(system, over)).json()["id"]
    # Held between the two people: the second is refused.
    assert (await system.http.put(hold, json={"reason": "court-18"}, headers=headers)).status_code == 200
    assert (await system.get(f"/api/v1/erasures/{name}/extent", Role.HEAD))["against"] == ["legal_hold"]
    late = await system.post(f"/api/v1/erasures/{name}/confirm", role=Role.ADMIN)
    assert (late.status_code, late.json()["code"]) == (409, "legal_hold")
    assert (await system.get(f"/api/v1/cases/{over}"))["case_id"] == over


async def test_what_goes_and_what_stays_is_told_before_somebody_confirms(home: tuple[System, Path]) -> None:
    """All cases of the person, what of them is destroyed and what is kept; settled, there is nothing to tell."""
    system, _ = home
    mine = await closed(system, "MRN-E7", visits=2)
    path = f"/api/v1/erasures/{(await asked(system, mine[0])).json()['id']}"
    told = await system.get(f"{path}/extent", Role.HEAD)
    assert {each["case_id"] for each in told["cases"]} == set(mine)
    assert (told["elsewhere"], told["against"]) == (0, [])
    assert "address, telephones" in [each["en"] for each in told["goes"]]
    assert told["stays"]
    assert (await system.post(f"{path}/withdraw", role=Role.ADMIN)).is_success
    settled = await system.http.get(f"{path}/extent", headers=system.token(Role.HEAD))
    assert (settled.status_code, settled.json()["code"]) == (409, "erasure_settled")


async def test_it_takes_two_people(home: tuple[System, Path]) -> None:
    """Whoever asked does not confirm; asked twice it is one; withdrawn it cannot be confirmed any more."""
    system, _ = home
    (case_id,) = await closed(system, "MRN-E6")
    first, again = await asked(system, case_id), await asked(system, case_id, "unlawful")
    assert first.json()["id"] == again.json()["id"]
    path = f"/api/v1/erasures/{first.json()['id']}"
    own = await system.post(f"{path}/confirm", role=Role.AUDITOR, user="dpo")
    assert (own.status_code, own.json()["code"]) == (409, "own_request")
    assert (await system.post(f"{path}/withdraw", role=Role.ADMIN)).json()["state"] == "withdrawn"
    settled = await system.post(f"{path}/confirm", role=Role.ADMIN)
    assert (settled.status_code, settled.json()["code"]) == (409, "erasure_settled")
    unfinished = await system.http.get(f"{path}/certificate", headers=system.token(Role.ADMIN))
    assert (unfinished.status_code, unfinished.json()["code"]) == (409, "erasure_not_done")


class Dying:
    """A part that dies before, or after, it has done what it was asked for."""

    def __init__(self, part: Any, name: str, *, after: bool) -> None:
        self._part, self._name, self._after, self.died = part, name, after, False

    def __getattr__(self, name: str) -> Any:
        doing = getattr(self._part, name)
        if name != self._name or self.died:
            return doing

        async def dies(*args: Any, **more: Any) -> Any:
            self.died = True
            if self._after:
                await doing(*args, **more)
            raise Unavailable("sql")

        return dies


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("part", "name"),
    [("_book", "plan"), ("_runs", "delete"), ("_sql", "sever"), ("_keys", "destroy"), ("_book", "finish")],
)
async def test_whoever_dies_in_the_middle_leaves_the_rest_to_the_next(
    home: tuple[System, Path], part: str, name: str, *, after: bool
) -> None:
    """Broken off before or after each step, an erasure is finished by the next round, and counts nothing twice."""
    system, _ = home
    (case_id,) = await closed(system, f"MRN-{part}{name}{after}")
    erasing = system.parts.api.erasing
    whole = getattr(erasing, part)
    setattr(erasing, part, Dying(whole, name, after=after))
    try:
        asked_for = (await asked(system, case_id)).json()["id"]
        path = f"/api/v1/erasures/{asked_for}"
        broken = await system.post(f"{path}/confirm", role=Role.ADMIN, user="boris")
        assert broken.json()["state"] == ("done" if (name, after) == ("finish", True) else "confirmed")
    finally:
        setattr(erasing, part, whole)
    await erasing.round()
    assert (await system.get(path, Role.ADMIN))["state"] == "done"
    log = (await system.get(f"{path}/certificate", Role.ADMIN))["log"]
    counts = {line["what"]: line["count"] for line in log}
    assert len(log) == len(counts)
    assert (counts["keys"], counts["runs"] >= 1, counts["records"] >= 3) == (1, True, True)


async def test_an_erasure_of_another_hospital_does_not_exist(home: tuple[System, Path]) -> None:
    """Neither it nor its certificate is shown to somebody of another hospital, and the list is empty."""
    system, _ = home
    (case_id,) = await closed(system, "MRN-E9")
    name = (await erased(system, case_id))["id"]
    stranger = system.token(Role.AUDITOR, "stranger", "SKLIF")
    for what in ("", "/certificate", "/act"):
        assert (await system.http.get(f"/api/v1/erasures/{name}{what}", headers=stranger)).status_code == 404
    assert (await system.http.get("/api/v1/erasures", headers=stranger)).json()["items"] == []
    assert name in {each["id"] for each in (await system.get("/api/v1/erasures", Role.AUDITOR))["items"]}


async def test_what_happened_stays_under_ids_that_lead_nowhere(home: tuple[System, Path]) -> None:
    """The journal has as many events as before, of the same kinds in the same order, and none names case or person."""
    system, _ = home
    (case_id,) = await closed(system, "MRN-E8")
    kinds = sa.select(journal.c.kind, journal.c.recorded_at).order_by(journal.c.recorded_at, journal.c.seq)
    async with system.parts.db.read() as conn:
        before = (await conn.execute(kinds)).all()
        person = await conn.scalar(sa.text("SELECT person_id FROM cases WHERE case_id = :c"), {"c": case_id})
    await erased(system, case_id)
    async with system.parts.db.read() as conn:
        assert (await conn.execute(kinds)).all() == before
    rows = await dumped(system)
    assert case_id not in rows
    assert person not in rows
