"""A machine sees what it sent: the cases that it told of, by address, in lists, by FHIR and as they change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Any

import pytest

from api.app import create_app
from marshrut.domain.words import Role
from marshrut.ports import Caller
from tests.api.fhir import Client
from tests.api.inboxes import er7, relaying
from tests.fixtures.engine import eventually
from tests.fixtures.lines import line, served
from tests.fixtures.system import HOSPITAL, System, admission, running

LISTS = ("/api/v1/cases", "/api/v1/steps", "/api/v1/stuck", "/api/v1/notifications")


class Machine:
    """A hospital's system, by the name that it signs in with."""

    def __init__(self, system: System) -> None:
        self._system, self.user = system, f"his-{token_hex(4)}"
        self.caller = Caller(self.user, Role.INTEGRATOR, frozenset({HOSPITAL}))

    async def call(self, method: str, path: str, body: Any = None, **params: Any) -> tuple[int, Any]:
        """Status and answer."""
        headers = self._system.token(Role.INTEGRATOR, self.user)
        answer = await self._system.http.request(method, path, json=body, headers=headers, params=params)
        return answer.status_code, answer.json()

    async def admit(self, **changes: Any) -> str:
        """A patient whom it tells of; the case's id."""
        status, told = await self.call("POST", "/api/v1/admissions", admission(**changes))
        assert status == 201, told
        case_id: str = told["case_id"]
        return case_id

    async def sees(self, case_id: str) -> bool:
        """Whether the case is there: by its address and whatever it has, in each list, by FHIR; never by some alone."""
        path = f"/api/v1/cases/{case_id}"
        parts = ("", "/events", "/items", "/route", "/relatives", "/consents", "/assessments", "/delay")
        found = {(await self.call("GET", f"{path}{part}"))[0] == 200 for part in parts}
        for each in LISTS:
            status, told = await self.call("GET", each, limit=500)
            assert status == 200, told
            if each in LISTS[:2]:  # an open case has a step; whether somebody is told, or it is stuck, is another thing
                found.add(case_id in str(told["items"]))
            else:
                assert case_id not in str(told["items"]) or found == {True}
        fhir = Client(self._system, Role.INTEGRATOR, self.user)
        found.add((await fhir.call("GET", f"/Encounter/{case_id}")).status_code == 200)
        found.add(case_id in {each["id"] for each in await fhir.all("/Encounter?_count=100")})
        assert len(found) == 1, (case_id, found)
        return found == {True}


async def there(machine: Machine, path: str) -> bool:
    """Whether it is answered by now."""
    return (await machine.call("GET", path))[0] == 200


async def test_what_another_system_sent_is_not_there(system: System) -> None:
    """Two systems of one hospital: each finds its own patient, and nothing of the other's anywhere."""
    ours, theirs = Machine(system), Machine(system)
    mine, foreign = await ours.admit(), await theirs.admit()
    assert [await ours.sees(mine), await ours.sees(foreign)] == [True, False]
    assert [await theirs.sees(mine), await theirs.sees(foreign)] == [False, True]
    step = await system.step(foreign, "first_contact")
    for path in (f"/api/v1/steps/{step}", f"/api/v1/steps/{step}/clock"):
        assert ((await theirs.call("GET", path))[0], (await ours.call("GET", path))[0]) == (200, 404)
    item = await system.item(foreign)
    assert [(await each.call("GET", f"/api/v1/items/{item}"))[0] for each in (theirs, ours)] == [200, 404]
    _, stay = await theirs.call("GET", f"/fhir/Encounter/{foreign}")
    person = stay["subject"]["reference"]
    assert [(await each.call("GET", f"/fhir/{person}"))[0] for each in (theirs, ours)] == [200, 404]
    for each, there_are in ((theirs, 1), (ours, 0)):
        _, found = await each.call("GET", "/fhir/Patient", _id=person.removeprefix("Patient/"))
        assert len(found.get("entry", ())) == there_are


async def test_whoever_tells_of_a_case_sees_it_from_then_on(system: System) -> None:
    """What people opened a machine does not see, and may tell of all the same; then it is there for it too."""
    answer = await system.post("/api/v1/admissions", admission(), role=Role.SUPERVISOR)
    case_id, ours, beside = answer.json()["case_id"], Machine(system), Machine(system)
    assert not await ours.sees(case_id)
    status, told = await ours.call("POST", f"/api/v1/cases/{case_id}/events", {"type": "operated"})
    assert (status, told["case_id"]) == (200, case_id)
    assert [await ours.sees(case_id), await beside.sees(case_id)] == [True, False]


async def test_by_which_way_it_was_sent_makes_no_difference(system: System) -> None:
    """An HL7 v2 message of a visit that people had opened by hand shows its sender the case, and nobody else."""
    visit = f"V-{token_hex(4)}"
    answer = await system.post("/api/v1/admissions", admission(visit=visit), role=Role.SUPERVISOR)
    case_id, ours = answer.json()["case_id"], Machine(system)
    assert not await ours.sees(case_id)
    async with relaying(system.parts):
        await system.parts.api.receiver.receive(er7(pv1={19: visit}), ours.caller)
        assert await eventually(lambda: there(ours, f"/api/v1/cases/{case_id}"))
    assert await ours.sees(case_id)


async def test_what_was_refused_was_not_sent(system: System) -> None:
    """A report that the case does not take opens nothing to whoever sent it."""
    answer = await system.post("/api/v1/admissions", admission(), role=Role.SUPERVISOR)
    case_id, ours = answer.json()["case_id"], Machine(system)
    path, old = f"/api/v1/cases/{case_id}", {"If-Match": '"1"'}
    told = await system.post(f"{path}/events", {"type": "operated"}, role=Role.INTEGRATOR, user=ours.user, **old)
    assert told.status_code == 412, told.text
    assert not await there(ours, path)


@pytest.fixture(scope="module")
async def listening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system whose lines stay open."""
    async with running(tmp_path_factory.mktemp("sent"), stream_s=60.0) as system:
        yield system


async def test_of_other_cases_it_hears_nothing_as_they_change(listening: System) -> None:
    """Two cases change; the system that told of the second hears of that one alone."""
    ours = Machine(listening)
    foreign, mine = await Machine(listening).admit(), await ours.admit()
    async with (
        served(create_app(listening.parts.settings, listening.parts)) as url,
        line(url, listening.token(Role.INTEGRATOR, ours.user)) as told,
    ):
        await told.until("beat")
        for case_id in (foreign, mine):
            answer = await listening.post(f"/api/v1/cases/{case_id}/flags", {"add": ["palliative"]})
            assert answer.status_code == 200, answer.text
        assert (await told.until("change")).data["case_id"] == mine
