"""Need to know: a child's case, and a protected patient's, is there for whoever works on it, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Any

import httpx
import pytest

from api.app import create_app
from marshrut.domain.words import Role
from marshrut.ports import Caller, CaseFilter, StepFilter
from tests.adapters.fhir.resources import contained, patient
from tests.api.fhir import Client, code_of
from tests.fixtures.lines import line, served
from tests.fixtures.roster import Team
from tests.fixtures.system import System, running

HOSPITAL = "NIKIO"
CHILD = {"flags": ["child"]}
LISTS = ("/api/v1/cases", "/api/v1/steps", "/api/v1/stuck", "/api/v1/notifications")


@pytest.fixture
async def team(system: System) -> AsyncIterator[Team]:
    """A hospital with a supervisor and a coordinator, Anya, whom every case is given to."""
    team = Team(system, HOSPITAL)
    await team.put("oksana", Role.SUPERVISOR)
    await team.put("anya")
    yield team
    await team.clear()


async def look(team: Team, path: str, user: str, role: Role = Role.COORDINATOR, **params: Any) -> httpx.Response:
    """What somebody of the hospital is answered."""
    headers = team.system.token(role, user, HOSPITAL)
    return await team.system.http.get(path, params=params, headers=headers)


async def sees(team: Team, case_id: str, user: str, role: Role = Role.COORDINATOR) -> bool:
    """Whether the case is there for them: by its address, and among the cases; never by one of both."""
    by_address = (await look(team, f"/api/v1/cases/{case_id}", user, role)).status_code == 200
    listed = case_id in (await look(team, "/api/v1/cases", user, role, limit=500)).text
    assert by_address is listed
    return by_address


async def errand(team: Team, case_id: str, role: Role) -> str:
    """A step of the supervisor's making that nobody has; its id."""
    body = {"title": "Поговорить", "role": role}
    made = await team.call("POST", f"/api/v1/cases/{case_id}/steps", body)
    assert made.status_code == 201, made.text
    step_id: str = made.json()["step_id"]
    return step_id


async def waiting(team: Team, case_id: str, role: Role) -> list[str]:
    """The steps of the role that nobody has."""
    return [
        step["step_id"]
        for step in (await team.card(case_id))["steps"]
        if (step["role"], step["state"]) == (role, "open")
    ]


async def test_a_childs_case_is_not_there_for_a_coordinator_who_is_not_in_it(team: Team) -> None:
    """Whoever answers for it reads it; a colleague meets nothing of it anywhere, and changes nothing in it."""
    case_id = await team.admit(**CHILD)
    step_id = await team.step(case_id)
    assert (await team.card(case_id))["owner"] == "anya"
    assert (await sees(team, case_id, "anya"), await sees(team, case_id, "vera")) == (True, False)
    path, step = f"/api/v1/cases/{case_id}", f"/api/v1/steps/{step_id}"
    for each in (path, f"{path}/events", f"{path}/items", f"{path}/relatives", step, f"{step}/clock"):
        assert (await look(team, each, "anya")).status_code == 200, each
        answer = await look(team, each, "vera")
        assert (answer.status_code, answer.json()["code"]) == (404, f"{each.split('/')[3][:-1]}_not_found"), each
    for at, body in (
        (f"{step}/claim", None),
        (f"{path}/events", {"type": "paused"}),
        (f"{path}/owner", {"owner": "vera"}),
    ):
        assert (await team.call("POST", at, body, Role.COORDINATOR, "vera")).status_code == 404, at
    for listed in LISTS:
        assert case_id not in (await look(team, listed, "vera", limit=500)).text, listed
    asked = await look(team, "/api/v1/steps", "vera", case=case_id)
    assert asked.json()["items"] == []


@pytest.mark.parametrize(
    ("role", "there"),
    [
        (Role.SUPERVISOR, True),
        (Role.HEAD, True),
        (Role.AUDITOR, True),
        (Role.ADMIN, True),
        (Role.INTEGRATOR, False),
        (Role.COORDINATOR, False),
        (Role.PSYCHOLOGIST, False),
        (Role.DOCTOR, False),
        (Role.PLACEMENT, False),
    ],
)
async def test_who_leads_and_who_reads_codes_sees_that_it_is_there(team: Team, role: Role, *, there: bool) -> None:
    """Nobody works on it but its owner: seniors answer for it all the same, auditors read codes, machines theirs."""
    case_id = await team.admit(flags=["protected"])
    for step in (await team.card(case_id))["steps"]:
        await team.call("POST", f"/api/v1/steps/{step['step_id']}/assign", {"assignee": "anya"})
    assert await sees(team, case_id, "somebody", role) is there


async def test_a_step_that_waits_for_somebody_of_the_role_opens_it_until_it_is_taken(team: Team) -> None:
    """Each psychologist sees what one of them has to take; then who took it does, also when it is done."""
    case_id = await team.admit(**CHILD)
    step_id = await errand(team, case_id, Role.PSYCHOLOGIST)
    nina, elena = ("nina", Role.PSYCHOLOGIST), ("elena", Role.PSYCHOLOGIST)
    assert (await sees(team, case_id, *nina), await sees(team, case_id, *elena)) == (True, True)
    assert not await sees(team, case_id, "vera")
    for name in [step_id, *await waiting(team, case_id, Role.PSYCHOLOGIST)]:
        taken = await team.call("POST", f"/api/v1/steps/{name}/claim", None, Role.PSYCHOLOGIST, "nina")
        assert taken.status_code in {200, 409}, taken.text
    assert (await sees(team, case_id, *nina), await sees(team, case_id, *elena)) == (True, False)
    body = {"outcome": {"result": "done"}}
    done = await team.call("POST", f"/api/v1/steps/{step_id}/complete", body, Role.PSYCHOLOGIST, "nina")
    assert done.status_code == 200, done.text
    assert (await sees(team, case_id, *nina), await sees(team, case_id, *elena)) == (True, False)


async def test_what_a_coordinator_may_take_is_what_nobody_answers_for(team: Team) -> None:
    """Steps that nobody has are the owner's to do; while there is no owner any coordinator may take them."""
    case_id = await team.admit(**CHILD)
    assert not await sees(team, case_id, "vera")
    gone = await team.call("POST", f"/api/v1/cases/{case_id}/owner", {"owner": None}, Role.SUPERVISOR)
    assert gone.status_code == 200, gone.text
    assert await sees(team, case_id, "vera")
    taken = await team.call("POST", f"/api/v1/cases/{case_id}/owner", {"owner": "vera"}, Role.COORDINATOR, "vera")
    assert taken.status_code == 200, taken.text
    assert (await sees(team, case_id, "vera"), await sees(team, case_id, "boris")) == (True, False)


async def test_whoever_stands_in_sees_it_while_the_owner_is_away(team: Team) -> None:
    """A deputy gets case and steps, and with them sight; the owner who went has it no more."""
    await team.put("boris")
    case_id = await team.admit(**CHILD)
    owner = (await team.card(case_id))["owner"]
    deputy = {"anya": "boris", "boris": "anya"}[owner]
    assert not await sees(team, case_id, deputy)
    await team.away(owner, deputy)
    await team.standby().round()
    assert (await team.card(case_id))["owner"] == deputy
    assert (await sees(team, case_id, deputy), await sees(team, case_id, owner)) == (True, False)


async def test_whoever_gives_it_away_is_answered(team: Team) -> None:
    """Released, assigned or handed on: what was done is shown to whoever did it, though it is theirs no more."""
    case_id = await team.admit(**CHILD)
    step_id = await team.step(case_id)
    assert (await team.call("POST", f"/api/v1/steps/{step_id}/assign", {"assignee": "vera"})).status_code == 200
    assert await sees(team, case_id, "vera")
    released = await team.call("POST", f"/api/v1/steps/{step_id}/release", None, Role.COORDINATOR, "vera")
    assert (released.status_code, released.json()["assignee"]) == (200, None)
    assert not await sees(team, case_id, "vera")


async def test_a_supervisor_protects_a_patient_and_says_why(team: Team) -> None:
    """From then on colleagues see nothing of it, until the supervisor takes it back; nobody else may do either."""
    case_id = await team.admit()
    path = f"/api/v1/cases/{case_id}/flags"
    assert await sees(team, case_id, "vera")
    for body, role, code in (
        ({"add": ["protected"], "protection": "known"}, Role.COORDINATOR, "role_not_allowed"),
        ({"add": ["protected"], "protection": "known"}, Role.HEAD, "role_not_allowed"),
        ({"add": ["protected"]}, Role.SUPERVISOR, "why_protected"),
        ({"add": ["protected"], "protection": "over"}, Role.SUPERVISOR, "why_protected"),
    ):
        refused = await team.call("POST", path, body, role, "anya")
        assert (refused.status_code, refused.json()["code"]) == ({"why_protected": 422}.get(code, 403), code)
    said = await team.call("POST", path, {"add": ["protected"], "protection": "state"})
    assert (said.status_code, said.json()["flags"]) == (200, ["protected"])
    assert (await sees(team, case_id, "anya"), await sees(team, case_id, "vera")) == (True, False)
    refused = await team.call("POST", path, {"remove": ["protected"], "protection": "state"})
    assert (refused.status_code, refused.json()["code"]) == (422, "why_protected")
    refused = await team.call("POST", path, {"remove": ["protected"], "protection": "over"}, Role.COORDINATOR, "anya")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    back = await team.call("POST", path, {"remove": ["protected"], "protection": "over"})
    assert back.json()["flags"] == []
    assert await sees(team, case_id, "vera")
    told = [each["data"] for each in await team.events(case_id, "flags_changed")]
    assert [each["because"] for each in told] == ["state", "over"]


async def test_in_need_a_guarded_case_of_ones_own_hospital_is_opened(team: Team) -> None:
    """For looking alone, with a reason; its supervisor reads who looked."""
    case_id = await team.admit(**CHILD)
    path = f"/api/v1/cases/{case_id}"
    why = {"need": "child", "note": "плачет, спрашивает маму"}
    own = await team.call("POST", f"{path}/break-glass", why, Role.COORDINATOR, "anya")
    assert (own.status_code, own.json()["code"]) == (409, "case_in_scope")
    made = await team.call("POST", f"{path}/break-glass", why, Role.COORDINATOR, "vera")
    assert (made.status_code, made.json()["hospital"]) == (201, HOSPITAL)
    shown = await look(team, path, "vera")
    assert (shown.status_code, "Соколова" in shown.text) == (200, True)
    assert (await look(team, f"/api/v1/steps/{await team.step(case_id)}", "vera")).status_code == 200
    assert case_id not in (await look(team, "/api/v1/cases", "vera", limit=500)).text
    assert (await team.call("POST", f"{path}/flags", {"add": ["crisis"]}, Role.COORDINATOR, "vera")).status_code == 404
    assert (
        await Client(team.system, Role.COORDINATOR, "vera", HOSPITAL).call("GET", f"/Encounter/{case_id}")
    ).status_code == 404
    kept = await look(team, "/api/v1/break-glass", "oksana", Role.SUPERVISOR, case=case_id)
    assert [each["user"] for each in kept.json()["items"]] == ["vera"]


async def test_no_search_tells_of_it(team: Team) -> None:
    """By name, number, for relatives and over FHIR: found by whoever works on it, and by nobody beside."""
    family = f"Незнаева{token_hex(3)}".translate(str.maketrans("0123456789abcdef", "абвгдежзиклмнопр"))
    mrn = token_hex(4)
    case_id = await team.admit(
        **CHILD, patient={"identified": True, "mrn": mrn, "family": family, "given": "Ася"}, visit=f"26-{mrn}"
    )
    for user, found in (("anya", True), ("vera", False)):
        for at, body in (
            ("/api/v1/cases/search", {"q": family}),
            ("/api/v1/cases/search", {"q": mrn}),
            ("/api/v1/relatives/search", {"family": family, "given": "Ася"}),
        ):
            answer = await team.call("POST", at, body, Role.COORDINATOR, user)
            assert (answer.status_code, case_id in answer.text) == (200, found), (user, at)
        client = Client(team.system, Role.COORDINATOR, user, HOSPITAL)
        for kind in ("Encounter", "EpisodeOfCare", "CarePlan"):
            assert (await client.call("GET", f"/{kind}/{case_id}")).status_code == (200 if found else 404)
        stays = {each["id"] for each in await client.all("/Encounter?_count=50")}
        assert (case_id in stays) is found
    known = Client(team.system, Role.COORDINATOR, "anya", HOSPITAL)
    person = (await known.get(f"/Encounter/{case_id}"))["subject"]["reference"]
    assert (await known.call("GET", f"/{person}")).status_code == 200
    assert (await Client(team.system, Role.COORDINATOR, "vera", HOSPITAL).call("GET", f"/{person}")).status_code == 404


async def test_counts_are_those_of_the_lists(team: Team) -> None:
    """A supervisor counts a case more than a coordinator who is not in it; for each the numbers are the lists'."""
    await team.admit()
    case_id = await team.admit(**CHILD)

    async def counted(user: str, role: Role) -> tuple[int, int, int]:
        cases = (await look(team, "/api/v1/cases", user, role, state="live", limit=500)).json()["items"]
        steps = (await look(team, "/api/v1/steps", user, role, state="live", limit=500)).json()["items"]
        stuck = (await look(team, "/api/v1/stuck", user, role, limit=500)).json()
        assert sum(each["open_steps"] for each in cases) == len(steps)
        assert stuck["total"] == len(stuck["items"])
        caller = Caller(user, role, frozenset({HOSPITAL}))
        queries = team.system.parts.api.queries
        assert await queries.count_cases(CaseFilter(caller.hospitals, caller.onlooker, state="live")) == len(cases)
        assert await queries.count_steps(StepFilter(caller.hospitals, caller.onlooker, state="live")) == len(steps)
        return len(cases), len(steps), sum(step["case_id"] == case_id for step in steps)

    senior, owner = await counted("oksana", Role.SUPERVISOR), await counted("anya", Role.COORDINATOR)
    outside = await counted("vera", Role.COORDINATOR)
    assert senior[2] > 0
    assert owner[2] == senior[2]
    assert outside[2] == 0
    assert (outside[0] < senior[0], outside[1] <= senior[1] - senior[2]) == (True, True)
    board = (await look(team, "/api/v1/stuck/overview", "oksana", Role.SUPERVISOR)).json()
    assert board["open_cases"] == senior[0]


async def test_a_bulk_action_does_not_find_its_steps(team: Team) -> None:
    """A step of it is for a coordinator outside a step that is not there."""
    step_id = await team.step(await team.admit(**CHILD))
    body = {"action": "remind", "steps": [step_id], "dry_run": True}
    for user, code in (("anya", None), ("vera", "step_not_found")):
        answer = await team.call("POST", "/api/v1/bulk", body, Role.COORDINATOR, user)
        (item,) = answer.json()["items"]
        assert (item["code"] == "step_not_found") is (code is not None), item


async def test_a_shifts_handover_says_of_it_that_it_is_there(team: Team) -> None:
    """To the team: no title, no ward, no name, until somebody takes it; whoever it is handed to by name reads it."""
    await team.put("boris")
    case_id = await team.admit(**CHILD, ward="NEURO-7")
    owner = (await team.card(case_id))["owner"]
    made = await team.call("POST", "/api/v1/handovers", {"hospital": HOSPITAL}, Role.COORDINATOR, owner)
    assert made.status_code == 201, made.text
    path = f"/api/v1/handovers/{made.json()['id']}"
    seen = {
        user: next(each for each in (await look(team, path, user)).json()["items"] if each["case_id"] == case_id)
        for user in (owner, "vera")
    }
    assert (seen[owner]["hidden"], seen[owner]["ward"]) == (False, "NEURO-7")
    assert (seen["vera"]["hidden"], seen["vera"]["ward"], seen["vera"]["clock"]) == (True, None, None)
    assert (await team.call("POST", f"{path}/withdraw", {}, Role.COORDINATOR, owner)).status_code == 200


@pytest.fixture(scope="module")
async def listening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system whose lines stay open."""
    async with running(tmp_path_factory.mktemp("guarded"), stream_s=60.0) as system:
        yield system


async def test_nothing_is_told_of_it_as_it_changes(listening: System) -> None:
    """Who answers for it hears of a change; a colleague who listens as well hears of the next patient only."""
    team = Team(listening, HOSPITAL)
    await team.put("anya")
    case_id, beside = await team.admit(**CHILD), await team.admit()
    step_id, other = await team.step(case_id), await team.step(beside)
    async with (
        served(create_app(listening.parts.settings, listening.parts)) as url,
        line(url, listening.token(Role.COORDINATOR, "anya", HOSPITAL)) as ours,
        line(url, listening.token(Role.COORDINATOR, "vera", HOSPITAL)) as theirs,
    ):
        await ours.until("beat")
        await theirs.until("beat")
        for name in (step_id, other):
            claimed = await team.call("POST", f"/api/v1/steps/{name}/claim", None, Role.COORDINATOR, "anya")
            assert claimed.status_code == 200, claimed.text
        assert (await ours.until("change")).data["case_id"] == case_id
        assert (await theirs.until("change")).data["case_id"] == beside


async def test_whoever_did_not_take_it_reads_it_no_more_by_the_handover(team: Team) -> None:
    """Vera, whom it is handed to by name, reads it while she may take it; once she has declined, that it was there."""
    case_id = await team.admit(**CHILD, ward="NEURO-8")
    await team.put("vera")
    owner = (await team.card(case_id))["owner"]
    offered = await team.call(
        "POST", "/api/v1/handovers", {"hospital": HOSPITAL, "to": "vera"}, Role.COORDINATOR, owner
    )
    assert offered.status_code == 201, offered.text
    path = f"/api/v1/handovers/{offered.json()['id']}"

    async def read() -> list[tuple[bool, str | None]]:
        items = (await look(team, path, "vera")).json()["items"]
        return [(each["hidden"], each["ward"]) for each in items if each["item"] == case_id]

    assert await read() == [(False, "NEURO-8")]
    no = await team.call("POST", f"{path}/decline", {"reason": "too_much"}, Role.COORDINATOR, "vera")
    assert no.status_code == 200, no.text
    assert await read() == [(True, None)]
    assert not await sees(team, case_id, "vera")


async def test_whoever_comes_to_work_on_it_is_no_stranger_to_it_any_more(team: Team) -> None:
    """Opened in need and then given to her: Vera may do what there is to do at once, and need not wait three hours."""
    case_id = await team.admit(**CHILD)
    await team.put("vera")
    path, step_id = f"/api/v1/cases/{case_id}", await team.step(case_id)
    why = {"need": "child", "note": "плачет, спрашивает маму"}
    assert (await team.call("POST", f"{path}/break-glass", why, Role.COORDINATOR, "vera")).status_code == 201
    assert (await look(team, f"/api/v1/steps/{step_id}", "vera")).json()["can"] == []
    given = await team.call("POST", f"/api/v1/steps/{step_id}/assign", {"assignee": "vera"})
    assert given.status_code == 200, given.text
    step = (await look(team, f"/api/v1/steps/{step_id}", "vera")).json()
    assert "complete" in step["can"]
    card = (await look(team, path, "vera")).json()
    assert next(each["can"] for each in card["steps"] if each["step_id"] == step_id) == step["can"]


async def test_what_waits_for_the_next_case_names_nobody_either(system: System) -> None:
    """A child's case is over; what the hospital tells of the child since is read by name by who may know of them."""
    mrn = token_hex(4)
    case_id = await system.admit(**CHILD, patient={"identified": True, "mrn": mrn, "family": "Лебедева"})
    over = await system.post(f"/api/v1/cases/{case_id}/events", {"type": "admission_cancelled"}, role=Role.INTEGRATOR)
    assert over.status_code == 200, over.text
    told = await Client(system).post("/Patient", patient(mrn))
    assert told.is_success, told.text
    address = f"/Patient/{told.json()['id']}"
    beside = await Client(system, Role.DOCTOR, "beside").call("GET", address)
    assert (beside.status_code, "Лебедева" in beside.text) == (404, False)
    assert (await Client(system, Role.SUPERVISOR).call("GET", address)).status_code == 200


async def test_no_resource_of_it_is_written_to_by_its_address(system: System) -> None:
    """Over FHIR neither the stay nor the patient is there to be updated; the hospital's system goes on as ever."""
    mrn, visit = token_hex(4), f"26-{token_hex(4)}"
    person = {"identified": True, "mrn": mrn, "family": "Лебедева"}
    case_id = await system.admit(**CHILD, patient=person, visit=visit)
    beside, his = Client(system, Role.PLACEMENT, "beside"), Client(system)
    stay = f"/Encounter/{case_id}"
    name = (await his.get(stay))["subject"]["reference"].split("/")[1]
    moved = contained(patient(mrn), visit=visit, id=case_id, location=[{"location": {"display": "T-7"}}])
    other = patient(mrn, id=name, birthDate="1999-01-01")
    for address, body in ((stay, moved), (f"/Patient/{name}", other)):
        assert code_of(await beside.call("GET", address)) == (404, "resource_not_found")
        assert code_of(await beside.put(address, body)) == (404, "resource_not_found")
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert (card["ward"], card["patient"]["birth_date"]) == (None, None)
    assert (await his.put(stay, moved)).status_code == 200
