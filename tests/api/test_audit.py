"""The audit: nothing that is asked of the system escapes it, and the auditor reads it."""

from __future__ import annotations

import asyncio
import csv
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from api.audit.endpoints import OF_NOBODY, STATED, stated
from api.audit.witness import Witness
from api.gates import declared
from api.http.limits import Buckets
from marshrut.domain.auditing import Act, Entry, Outcome, Purpose
from marshrut.domain.words import Role
from marshrut.ports import Account
from marshrut.settings import Settings
from tests.fixtures.apps import application
from tests.fixtures.system import HOSPITAL, System, admission


@dataclass
class Recorder:
    """An audit that remembers."""

    entries: list[Entry] = field(default_factory=list)
    waited: list[str] = field(default_factory=list)
    full: bool = False

    async def record(self, entry: Entry, *, kept: bool = True) -> bool:
        self.entries.append(entry)
        if kept:
            self.waited.append(entry.what)
        return kept


@asynccontextmanager
async def recorded(system: System) -> AsyncIterator[tuple[httpx.AsyncClient, Recorder, FastAPI]]:
    """The application with every part it can have, over an audit that remembers."""
    settings = Settings(**{**system.parts.settings.model_dump(), "codec_origin": "http://127.0.0.1:8233"})
    audit = Recorder()
    with application(settings, replace(system.parts.api, audit=audit)) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://marshrut.test", timeout=30) as http:
            yield http, audit, app


def endpoints(app: FastAPI) -> list[tuple[str, str]]:
    """Every method and route of the application, and of those that are mounted in it."""
    return [(each.method, each.path) for each in declared(app)] + [("GET", "/openapi.json")]


async def test_no_endpoint_escapes_it(system: System) -> None:
    """Every route there is, asked by nobody whom we know: it is written down by its name, unless it tells of nobody."""
    async with recorded(system) as (http, audit, app):
        known = endpoints(app)
        assert len(known) > 250
        for method, path in known:
            audit.entries.clear()
            answer = await http.request(method, re.sub(r"\{[^}]*\}", "none", path))
            name = f"{method} {path}"
            if name in OF_NOBODY and not audit.entries:
                assert answer.status_code < 400, name
                continue
            (entry,) = audit.entries
            assert (entry.what, entry.act) == (name, stated(name).act)
            assert (entry.user, entry.case_id) == (None, None)


async def test_what_is_stated_is_there(system: System) -> None:
    """No line speaks of an endpoint that has gone, and whatever searches, exports or signs in by its name says so."""
    async with recorded(system) as (_, _, app):
        known = {f"{method} {path}" for method, path in endpoints(app)}
    assert set(STATED) | OF_NOBODY <= known
    for name in known:
        act = stated(name).act
        if re.search(r"search|/find$", name):
            assert act is Act.SEARCH, name
        if re.search(r"/export|\.csv|/raw$|/pfif$", name) and not name.endswith("POST /api/v1/cases/{case_id}/pfif"):
            assert act is Act.EXPORT, name
        if re.search(r"POST /desk/(signin|signout)|/oauth/", name):
            assert act is Act.SIGN_IN, name


async def test_who_did_what_to_which_case_is_told(system: System) -> None:
    """A case is opened, read, changed and asked for by others: each has its entry, the writes before their answer."""
    async with recorded(system) as (http, audit, _):
        integrator, anna = system.token(Role.INTEGRATOR), system.token(Role.COORDINATOR, "anna")
        made = await http.post("/api/v1/admissions", json=admission(), headers=integrator)
        case_id = made.json()["case_id"]
        await http.get(f"/api/v1/cases/{case_id}", headers=anna)
        await http.post(f"/api/v1/cases/{case_id}/flags", json={"add": ["palliative"]}, headers=anna)
        await http.get(f"/api/v1/cases/{case_id}", headers=system.token(Role.COORDINATOR, "boris", "NIKIO"))
        await http.get(f"/fhir/EpisodeOfCare/{case_id}", headers=anna)
    told = [(each.user, each.act, each.outcome, each.code, each.purpose) for each in audit.entries]
    assert told == [
        ("integrator-1", Act.CHANGE, Outcome.DONE, None, Purpose.INTEGRATION),
        ("anna", Act.READ, Outcome.DONE, None, Purpose.CARE),
        ("anna", Act.CHANGE, Outcome.DONE, None, Purpose.CARE),
        ("boris", Act.READ, Outcome.REFUSED, "case_not_found", Purpose.CARE),
        ("anna", Act.READ, Outcome.DONE, None, Purpose.CARE),
    ]
    assert {each.case_id for each in audit.entries} == {case_id}
    assert audit.waited == ["POST /api/v1/admissions", "POST /api/v1/cases/{case_id}/flags"]


async def test_of_a_search_its_fields_are_kept_and_never_its_words(system: System) -> None:
    """By which fields, and how many were found; whatever an address names beside the filters is not kept either."""
    async with recorded(system) as (http, audit, _):
        anna = system.token(Role.COORDINATOR, "anna")
        found = await http.post("/api/v1/cases/search", json={"q": "Соколова"}, headers=anna)
        await http.get("/api/v1/cases", params={"hospital": HOSPITAL, "Соколова": "x"}, headers=anna)
        await http.get("/fhir/Patient", params={"identifier": "Sokolova"}, headers=anna)
    words, filters, fhir = audit.entries
    assert (words.act, words.fields, words.found) == (Act.SEARCH, ("q",), len(found.json()["items"]))
    assert (filters.act, filters.fields) == (Act.SEARCH, ("hospital",))
    assert (fhir.act, fhir.fields, fhir.found) == (Act.SEARCH, ("identifier",), 0)
    assert "околова" not in str(audit.entries)
    assert "okolova" not in str(audit.entries)


async def test_many_cases_in_one_call_have_an_entry_each(system: System) -> None:
    """A bulk action is told of every case that it is about."""
    cases = {await system.admit() for _ in range(2)}
    steps = [await system.step(case_id, "first_contact") for case_id in cases]
    async with recorded(system) as (http, audit, _):
        asked = {"action": "remind", "steps": steps}
        answer = await http.post("/api/v1/bulk", json=asked, headers=system.token(Role.SUPERVISOR))
        assert answer.status_code == 200, answer.text
    assert {each.case_id for each in audit.entries} == cases
    assert audit.waited == ["POST /api/v1/bulk"]


async def test_who_could_not_sign_in_is_told_if_there_is_such_an_account(system: System) -> None:
    """What was typed as a name may be a password: only the name of an account is kept."""
    async with recorded(system) as (http, audit, _):
        await http.post("/desk/signin", data={"user": "my-secret-password", "password": "x"})
        await http.post("/oauth/token", data={"grant_type": "client_credentials", "client_id": "x"})
        await http.get("/desk/")
    told = [(each.act, each.outcome, each.code, each.user) for each in audit.entries]
    assert told[0] == (Act.SIGN_IN, Outcome.REFUSED, "wrong_credentials", None)
    assert told[1][:2] == (Act.SIGN_IN, Outcome.REFUSED)
    assert told[2] == (Act.READ, Outcome.REFUSED, "unauthenticated", None)
    assert "my-secret-password" not in str(audit.entries)


async def test_nothing_is_done_that_cannot_be_written_down(system: System) -> None:
    """While the queue is full whoever asks is told that nothing happened, and nothing did."""
    async with recorded(system) as (http, audit, _):
        audit.full = True
        answer = await http.post("/api/v1/admissions", json=admission(), headers=system.token(Role.INTEGRATOR))
        alive, ready = await http.get("/healthz"), await http.get("/readyz")
    assert (answer.status_code, answer.json()["code"], audit.entries) == (503, "unavailable", [])
    # Whoever restarted it for that would lose what waits to be written.
    assert (alive.status_code, ready.status_code) == (200, 503)


async def test_a_scanner_fills_no_disk(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusals of nobody whom we know are kept up to a limit; somebody whom we know is always told of."""
    monkeypatch.setattr("api.audit.witness.Buckets", lambda per_minute: Buckets(per_minute, now=lambda: 0.0))
    async with recorded(system) as (http, audit, _):
        for _ in range(620):
            await http.get("/api/v1/cases")
        assert len(audit.entries) == 600
        audit.entries.clear()
        await http.post("/desk/signin", data={"user": "nobody", "password": "x"})
        await http.get("/api/v1/audit", headers=system.token(Role.COORDINATOR))
    # Nor does it hide what others try.
    assert [each.code for each in audit.entries] == ["wrong_credentials", "role_not_allowed"]


async def test_who_asks_too_much_is_told_of(system: System) -> None:
    """An address that was told to wait was refused, and that is written down by its code."""
    async with recorded(system) as (http, audit, app):
        app.state.parts = replace(app.state.parts, requests=Buckets(1))
        told = [(await http.get("/api/v1/cases")).status_code for _ in range(2)]
    assert told == [401, 429]
    assert [(each.what, each.code) for each in audit.entries] == [
        ("GET /api/v1/cases", "unauthenticated"),
        ("GET /*", "too_many_requests"),
    ]


async def test_what_is_broken_off_when_the_process_ends_is_told_of(system: System) -> None:
    """Nobody knows whether it was done: it was taken. It waits for nothing, for the process has no time."""
    audit, begun = Recorder(), asyncio.Event()

    async def endless(scope: Scope, _receive: Receive, _send: Send) -> None:
        scope["route"] = SimpleNamespace(path="/api/v1/slow")
        begun.set()
        await asyncio.Event().wait()

    async def nothing(*_: object) -> Message:
        return {}

    state = SimpleNamespace(parts=replace(system.parts.api, audit=audit))
    scope = {"type": "http", "method": "POST", "path": "/", "app": SimpleNamespace(state=state)}
    asked = asyncio.create_task(Witness(endless)(scope, nothing, nothing))  # type: ignore[arg-type]  # sends nothing
    await begun.wait()
    asked.cancel()
    await asyncio.wait({asked})
    assert asked.cancelled()
    assert [(each.what, each.outcome) for each in audit.entries] == [("POST /api/v1/slow", Outcome.PENDING)]
    assert audit.waited == []


async def test_each_case_of_an_import_is_told_of(system: System) -> None:
    """That it began, and then each case as it comes to be known, before its line is answered."""
    lines = [json.dumps(admission()) for _ in range(3)]
    async with recorded(system) as (http, audit, _):
        sent = {**system.token(Role.INTEGRATOR), "Content-Type": "application/x-ndjson"}
        answer = await http.post("/api/v1/admissions/import", content="\n".join(lines), headers=sent)
        cases = {json.loads(line)["case_id"] for line in answer.text.splitlines()}
    assert len(cases) == 3
    first, *others = audit.entries
    assert (first.case_id, first.outcome) == (None, Outcome.DONE)
    assert sorted(str(each.case_id) for each in others) == sorted(cases)
    assert {each.what for each in audit.entries} == {"POST /api/v1/admissions/import"}


async def test_all_cases_that_a_person_is_told_of_are_named(system: System) -> None:
    """Not only the one that was asked by: of the others as much is taken out."""
    first, second = admission(), admission()
    second["patient"] = first["patient"]
    cases = {await system.admit(**first), await system.admit(**second)}
    assert len(cases) == 2
    async with recorded(system) as (http, audit, _):
        asked = {"checked": "passport", "request": "2026-17"}
        supervisor = system.token(Role.SUPERVISOR)
        answer = await http.post(f"/api/v1/cases/{min(cases)}/disclosure", json=asked, headers=supervisor)
    assert answer.status_code == 200, answer.text
    assert {each["case"]["case_id"] for each in answer.json()["cases"]} == cases
    assert {each.case_id for each in audit.entries} == cases


async def test_lists_say_how_many_were_found_and_pages_by_which_fields(system: System) -> None:
    """Over HTTP as on pages, also where the auditor looks; a page's own filters are named and nothing else."""
    await system.admit()
    auditor, anna = system.token(Role.AUDITOR, "dpo"), system.token(Role.COORDINATOR, "anna")
    async with recorded(system) as (http, audit, _):
        listed = (await http.get("/api/v1/cases", headers=anna)).json()["items"]
        await http.get("/api/v1/audit/export", params={"user": "anna"}, headers=auditor)
        code = auditor["Authorization"].removeprefix("Bearer ")
        await http.post("/desk/signin", data={"token": code})
        await http.get("/desk/audit", params={"user": "anna", "Соколова": "x"})
        shown = await http.get("/desk/cases", params={"state": "open", "Sokolova": "x"})
    assert shown.status_code == 200
    cases, export, _, looked, page = audit.entries
    assert len(listed) > 0
    assert (cases.found, export.fields) == (len(listed), ("user",))
    assert looked.fields == ("user",)
    assert looked.found is not None
    assert page.fields == ("state",)
    assert page.found is not None


async def test_the_auditor_searches_and_takes_out_and_is_told_of_too(system: System) -> None:
    """What happened to a case, as JSON in pages, NDJSON and CSV; and the next page shows that the auditor looked."""
    case_id = await system.admit()
    auditor = system.token(Role.AUDITOR, "dpo")
    await system.get(f"/api/v1/cases/{case_id}")
    await system.post(f"/api/v1/cases/{case_id}/flags", {"add": ["palliative"]})
    asked: dict[str, str | int] = {"case": case_id, "limit": 2}
    page = (await system.http.get("/api/v1/audit", params=asked, headers=auditor)).json()
    rest = (await system.http.get("/api/v1/audit", params={**asked, "cursor": page["next"]}, headers=auditor)).json()
    told = [(each["act"], each["what"]) for each in [*page["items"], *rest["items"]]]
    assert told == [
        ("change", "POST /api/v1/cases/{case_id}/flags"),
        ("read", "GET /api/v1/cases/{case_id}"),
        ("change", "POST /api/v1/admissions"),
    ]
    ndjson = await system.http.get("/api/v1/audit/export", params={"case": case_id}, headers=auditor)
    assert [json.loads(line)["act"] for line in ndjson.text.splitlines()] == ["change", "read", "change"]
    sheet = await system.http.get("/api/v1/audit/export", params={"case": case_id, "format": "csv"}, headers=auditor)
    assert [row["case_id"] for row in csv.DictReader(sheet.text.splitlines())] == [case_id] * 3
    mine = (await system.http.get("/api/v1/audit", params={"user": "dpo"}, headers=auditor)).json()["items"]
    assert [(each["act"], each["found"]) for each in mine][:4] == [
        ("export", None), ("export", None), ("search", 1), ("search", 2),
    ]  # fmt: skip


async def test_what_fits_nothing_is_taken_out_as_an_empty_file(system: System) -> None:
    """Nobody of that name did anything: no line of NDJSON, and of CSV its first row alone."""
    auditor = system.token(Role.AUDITOR, "dpo")
    found = [
        await system.http.get("/api/v1/audit/export", params={"user": "nobody", "format": syntax}, headers=auditor)
        for syntax in ("ndjson", "csv")
    ]
    assert [(each.status_code, len(each.text.splitlines())) for each in found] == [(200, 0), (200, 1)]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"from": "2026-01-01T00:00:00"}, "invalid"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "invalid"),
        ({"from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "ends_before_it_starts"),
        ({"cursor": "x"}, "bad_cursor"),
        ({"act": "x"}, "invalid"),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_words(system: System, asked: dict[str, str], code: str) -> None:
    """A time without an offset, a period that ends before it begins, somebody else's cursor."""
    answer = await system.http.get("/api/v1/audit", params=asked, headers=system.token(Role.AUDITOR))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_an_auditor_of_one_hospital_sees_what_is_of_that_one(system: System) -> None:
    """What is of another hospital's cases is not shown."""
    case_id = await system.admit()
    elsewhere = system.token(Role.AUDITOR, "other", "NIKIO")
    for asked in ({"case": case_id}, {"case": case_id, "hospital": HOSPITAL}):
        answer = await system.http.get("/api/v1/audit", params=asked, headers=elsewhere)
        assert answer.json()["items"] == []


async def test_the_page_shows_what_was_done_and_by_whom(system: System) -> None:
    """An auditor at the desk reads acts, outcomes and both times in words, filters them, and takes out the same."""
    case_id = await system.admit()
    await system.get(f"/api/v1/cases/{case_id}")
    transport = httpx.ASGITransport(system.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://marshrut.test", timeout=30) as desk:
        code = system.token(Role.AUDITOR, "dpo")["Authorization"].removeprefix("Bearer ")
        await desk.post("/desk/signin", data={"token": code})
        shown = await desk.get("/desk/audit", params={"case": case_id, "act": "change"})
        assert shown.status_code == 200, shown.text
        assert "POST /api/v1/admissions" in shown.text
        assert "GET /api/v1/cases" not in shown.text
        wrong = await desk.get("/desk/audit", params={"case": "Иванов"})
        assert (wrong.status_code, "POST /api/v1" in wrong.text) == (422, False)
        backwards = await desk.get("/desk/audit", params={"from": "2026-02-01", "until": "2026-01-01"})
        assert backwards.status_code == 422
        sheet = await desk.get("/desk/audit/export", params={"case": case_id, "format": "csv"})
        assert [row["act"] for row in csv.DictReader(sheet.text.splitlines())] == ["change", "read"]


async def test_a_wrong_password_is_told_of_whose_it_is_however_the_name_was_typed(system: System) -> None:
    """Who guesses hides behind no capital letter and no space."""
    await system.parts.identity.put(Account("audited", "А.", Role.DOCTOR, frozenset({HOSPITAL})), "семь-чайников-тут")
    async with recorded(system) as (http, audit, _):
        await http.post("/desk/signin", data={"user": " Audited ", "password": "wrong"})
    assert [(each.user, each.code) for each in audit.entries] == [("audited", "wrong_credentials")]
