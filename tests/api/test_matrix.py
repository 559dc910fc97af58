"""The matrix: each endpoint of API, FHIR and pages × each role × one's own and another hospital, as declared."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import Route

from api.access import Planner
from api.app import create_app
from api.gates import EVERYBODY, Declared, Open, Undeclared, declared, insist, open_to
from api.matrix import COLUMNS, PAGE, Whose, page, whose
from marshrut.domain.guarding import ASKED
from marshrut.domain.moves import SENIOR
from marshrut.domain.words import Role
from marshrut.ports import SignedIn
from marshrut.settings import Settings
from tests.api.fhir import FHIR
from tests.api.test_access import ALLOWED, BODIES, OPEN, at_hand
from tests.api.test_fhir_access import ALLOWED as FHIR_ALLOWED
from tests.api.web.test_desk_by_role import cookie_of
from tests.fixtures.system import System

ALL = list(declared(create_app(Settings(codec_origin="http://localhost"))))
GUARDED = [each for each in ALL if each.open is None]
CODEC = "/desk/codec/decode"
# What is named in a page's address beside what there is at hand.
WORDS = {
    "what": "csv",
    "action": "claim",
    "answer": "acknowledge",
    "kind": "Encounter",
    "instrument": "gad7",
    "code": "gad7",
    "event_type": "none",
    "absence_id": "none",
}
# What belongs to hospitals: the caller is of another one.
BY_HOSPITAL = {Whose.HOSPITAL, Whose.WHOLE, Whose.TEAM}
# Of what is put under `/fhir` the body has to be read first: test_fhir_tasks.py and test_fhir_intake.py.
OF_A_CASE = [
    each
    for each in GUARDED
    if whose(each) in BY_HOSPITAL
    and each.roles != {Role.PARTNER}
    and not (each.method == "PUT" and each.path.startswith("/fhir"))
]
# What names a case or a thing in one: the caller works in its hospital, and not on it.
IN_A_CASE = {"case_id", "step_id", "item_id", "name"}
OF_A_GUARDED_CASE = [each for each in OF_A_CASE if IN_A_CASE & set(each.parameters) and each.roles & ASKED]
# What belongs to a person: the caller is another one of the same hospital.
OF_A_PERSON = [each for each in GUARDED if whose(each) in {Whose.OWN, Whose.AUTHOR}]
SOMEWHERE_ELSE = "MOROZ"


def called(each: Declared) -> str:
    """How a test of an endpoint is called."""
    return f"{each.method} {each.path}"


def placed(each: Declared, there: Mapping[str, str]) -> str:
    """The endpoint's address, of what there is."""
    path = each.path.replace(":path", "")
    if path.startswith("/fhir/"):
        there = {**there, "name": there["item_id" if path == "/fhir/Task/{name}" else "case_id"]}
    return path.format(**{**WORDS, **there})


class Asking:
    """Calls endpoints as somebody in a role; of pages by a session."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._cookies: dict[tuple[Role, tuple[str, ...]], dict[str, str]] = {}

    async def ask(self, each: Declared, role: Role | None, there: Mapping[str, str], *hospitals: str) -> httpx.Response:
        """What is answered; without a role nobody is signed in."""
        where = placed(each, there)
        if each.path.startswith("/desk"):
            sent: dict[str, Any] = {} if each.method == "GET" else {"data": {"key": "k"}}
            if where == CODEC:
                sent = {"json": {"payloads": []}}
            headers = {"Sec-Fetch-Site": "same-origin"} if role is None else await self._session(role, hospitals)
        else:
            body = BODIES.get(each.path, BODIES.get(each.path.rsplit("/", 1)[-1]))
            sent = {} if each.method == "GET" or body is None else {"json": body}
            headers = {} if role is None else self._system.token(role, f"{role.value}-asks", *hospitals)
            if each.path.startswith("/fhir"):
                form = "application/x-www-form-urlencoded" if where.endswith("_search") else FHIR
                headers, sent = {**headers, "Content-Type": form}, {}
        return await self._system.http.request(each.method, where, headers=headers, **sent)

    async def ask_all(
        self, each: Declared, roles: Collection[Role], there: Mapping[str, str], *hospitals: str
    ) -> list[tuple[Role, httpx.Response]]:
        """What is answered in each of these roles; all ask at once."""
        wanted = sorted(roles)
        if each.path.startswith("/desk"):
            for role in wanted:  # one after another: whoever tries at once is taken for somebody who guesses
                await self._session(role, hospitals)
        answers = await asyncio.gather(*(self.ask(each, role, there, *hospitals) for role in wanted))
        return list(zip(wanted, answers, strict=True))

    async def _session(self, role: Role, hospitals: tuple[str, ...]) -> dict[str, str]:
        if (role, hospitals) not in self._cookies:
            self._cookies[role, hospitals] = await cookie_of(self._system, role, *hospitals)
        return self._cookies[role, hospitals]


async def standing(system: System, there: Mapping[str, str]) -> int:
    """The number of the last event of the case."""
    case = await system.parts.api.queries.case(there["case_id"])
    assert case is not None
    return case.seq


@pytest.fixture(scope="module")
def asking(system: System) -> Asking:
    """One for all, so that each signs in once."""
    return Asking(system)


@pytest.fixture(scope="module")
async def there(system: System) -> dict[str, str]:
    """What a case has at hand."""
    return await at_hand(system, await system.admit())


@pytest.fixture(scope="module")
async def guarded(system: System, there: dict[str, str]) -> dict[str, str]:
    """What a child's case has at hand, on which one person works."""
    case_id = await system.admit(flags=["child"])
    step_id, item_id = await system.step(case_id, "first_contact"), await system.item(case_id)
    senior = {"role": Role.SUPERVISOR}
    assert (await system.post(f"/api/v1/cases/{case_id}/owner", {"owner": "alone"}, **senior)).is_success
    for step in (await system.get(f"/api/v1/cases/{case_id}"))["steps"]:
        given = await system.post(f"/api/v1/steps/{step['step_id']}/assign", {"assignee": "alone"}, **senior)
        assert given.is_success, given.text
    return {**there, "case_id": case_id, "step_id": step_id, "item_id": item_id}


def test_the_page_says_what_the_endpoints_declare() -> None:
    """docs/access.md is what `make access` writes."""
    assert PAGE.read_text(encoding="utf-8") == page(ALL)


def test_what_is_declared_is_what_was_decided() -> None:
    """The tables of the tests, written by hand, and the types of the endpoints say the same of API and FHIR."""
    said = {(each.method, each.path): set(each.roles) for each in GUARDED}
    api = {at: roles for at, roles in said.items() if not at[1].startswith(("/desk", "/fhir"))}
    fhir = {(method, path.removeprefix("/fhir")): roles for (method, path), roles in said.items() if "/fhir" in path}
    assert api == {
        (method, path.replace("{notice_id}", "{notice_id:path}")): set(roles)
        for (method, path), roles in ALLOWED.items()
    }
    assert {each.path for each in ALL if each.open and "/desk" not in each.path} == OPEN | {
        "/", "/status", "/partner/{code}"
    }  # fmt: skip
    reading = {at for at in fhir if at[0] == "GET" or at[1].endswith("_search")}
    assert fhir == {at: roles | {Role.PARTNER} if at in reading else roles for at, roles in FHIR_ALLOWED.items()}


def test_every_endpoint_says_whose_things_it_reaches() -> None:
    """A parameter of which nobody has said that, or a role without a column, is found here."""
    assert {whose(each) for each in ALL} == set(Whose)
    assert set(COLUMNS) == EVERYBODY


def test_what_declares_nothing_is_not_served() -> None:
    """Neither an endpoint without a word, nor one that says both, nor what is no endpoint of the framework."""

    async def bare() -> None: ...

    async def guarded(caller: Planner) -> None: ...

    for router in (APIRouter(), APIRouter(dependencies=[Depends(bare)])):
        router.add_api_route("/x", bare)
        app = FastAPI(openapi_url=None)
        app.include_router(router)
        with pytest.raises(Undeclared, match="/x"):
            insist(app)
    both = FastAPI(openapi_url=None)
    both.add_api_route("/x", guarded, dependencies=[open_to(Open.PROBE)])
    strange = FastAPI(openapi_url=None, routes=[Route("/y", bare)])
    mounted = FastAPI(openapi_url=None)
    mounted.mount("/in", strange)
    for app in (both, strange, mounted):
        with pytest.raises(Undeclared):
            insist(app)
    fine = FastAPI(openapi_url=None)
    fine.add_api_route("/x", guarded)
    assert [each.roles for each in declared(fine)] == [{Role.SUPERVISOR, Role.HEAD, Role.ADMIN}]


@pytest.mark.parametrize("each", GUARDED, ids=called)
async def test_a_role_without_a_mark_is_refused_and_nobody_is_let_in_unknown(
    asking: Asking, there: dict[str, str], each: Declared
) -> None:
    """Without a token 401, pages lead to the sign-in; in a role that is not declared 403, whatever else is asked."""
    if each.path == CODEC:
        pytest.skip("switched on by a setting; tests/api/test_codec_endpoint.py")
    nobody = await asking.ask(each, None, there)
    led = nobody.status_code == 303 and nobody.headers["location"].startswith("/desk/signin")
    assert led or nobody.status_code == 401, nobody.status_code
    others = EVERYBODY - each.roles - ({Role.PARTNER} if "/desk" in each.path else set())
    for role, answer in await asking.ask_all(each, others, there):
        assert answer.status_code in ({401} if each.path == "/desk/live" else {403}), (role, answer.text)


@pytest.mark.parametrize("each", [each for each in GUARDED if each.method == "GET"], ids=called)
async def test_a_role_with_a_mark_is_not_refused_by_it(asking: Asking, there: dict[str, str], each: Declared) -> None:
    """Whoever has a mark reads, or hears that there is no such thing."""
    if each.path.endswith("/raw") or each.path == "/desk/live":
        pytest.skip("has tests of its own")
    for role, answer in await asking.ask_all(each, each.roles - {Role.PARTNER}, there):
        assert answer.status_code not in {401, 403}, (role, answer.text)
        assert answer.status_code < 500, (role, answer.text)


@pytest.mark.parametrize("each", OF_A_CASE, ids=called)
async def test_what_is_another_hospitals_is_not_there(
    system: System, asking: Asking, there: dict[str, str], each: Declared
) -> None:
    """In every role that has a mark: 404, as of an id that nobody has, and nothing happens to the case."""
    before = await standing(system, there)
    for role, answer in await asking.ask_all(each, each.roles - {Role.PARTNER}, there, SOMEWHERE_ELSE):
        assert answer.status_code == 404, (role, answer.status_code, answer.text[:600])
        assert "Соколова" not in answer.text
    assert await standing(system, there) == before


@pytest.mark.parametrize("each", OF_A_GUARDED_CASE, ids=called)
async def test_what_nobody_need_know_of_is_not_there(
    system: System, asking: Asking, guarded: dict[str, str], each: Declared
) -> None:
    """For each role of whom it is asked, in the case's own hospital: 404, and nothing happens to the case."""
    before = await standing(system, guarded)
    for role, answer in await asking.ask_all(each, each.roles & ASKED, guarded):
        assert answer.status_code == 404, (role, answer.status_code, answer.text[:600])
        assert "Соколова" not in answer.text
    assert await standing(system, guarded) == before


@pytest.mark.parametrize("each", OF_A_PERSON, ids=called)
async def test_what_is_another_persons_is_not_there(
    system: System, asking: Asking, there: dict[str, str], each: Declared
) -> None:
    """In every role that has a mark and answers for no team: 404, and it stays as it was."""
    case = await system.admit()
    step = await system.step(case, "first_contact")
    assert (await system.post(f"/api/v1/steps/{step}/claim", user="anna")).is_success
    events = (await system.get(f"/api/v1/cases/{case}/events"))["items"]
    looking = system.token(Role.COORDINATOR, "boris", SOMEWHERE_ELSE)
    opened = await system.http.post(f"/api/v1/cases/{case}/break-glass", json=BODIES["break-glass"], headers=looking)
    token = system.token(Role.DOCTOR, "vera")["Authorization"].removeprefix("Bearer ")
    entered = await system.parts.identity.sign_in_with_token(token, "10.9.9.8")
    assert isinstance(entered, SignedIn)
    (session,) = await system.parts.identity.sessions_of("vera")
    mine = {
        **there,
        "command_id": events[-1]["command_id"],
        "opening_id": opened.json()["id"],
        "session_id": session.handle,
    }
    for role, answer in await asking.ask_all(each, each.roles - SENIOR - {Role.PARTNER}, mine):
        assert answer.status_code == 404, (role, answer.status_code, answer.text[:600])
    assert (await system.http.get(f"/api/v1/cases/{case}", headers=looking)).status_code == 200
    assert len(await system.parts.identity.sessions_of("vera")) == 1
    await system.parts.identity.end_sessions("vera")
    views = await system.http.get("/api/v1/views", headers=system.token(Role.DOCTOR, f"viewer-{there['case_id']}"))
    assert [view["id"] for view in views.json()["items"]] == [there["view_id"]]
