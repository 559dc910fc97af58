"""Break-glass: a case of another hospital, looked at in need."""

from __future__ import annotations

import re
from datetime import timedelta
from secrets import token_hex

import pytest

from marshrut.domain.breaking_glass import LASTS, MAY, Need, ended, opening
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.words import Role
from tests.api.test_relatives import searching
from tests.api.web.test_desk_by_role import cookie_of, plain
from tests.fixtures.cases import NOON
from tests.fixtures.system import System

WHY = {"need": "brought_here", "note": "привезли к нам без сознания"}
STRANGER = ("boris", "SKLIF")


async def test_in_need_a_case_of_another_hospital_is_looked_at_and_not_changed(system: System) -> None:
    """Refused before; then read with its names by its address, in no list, and written by nobody from outside."""
    case = await system.admit()
    step = await system.step(case, "first_contact")
    headers, path = system.token(Role.COORDINATOR, *STRANGER), f"/api/v1/cases/{case}"
    assert (await system.http.get(path, headers=headers)).status_code == 404
    made = await system.http.post(f"{path}/break-glass", json=WHY, headers=headers)
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["hospital"], told["user"], told["need"], told["stands"]) == ("GKB29", "boris", "brought_here", True)
    again = await system.http.post(f"{path}/break-glass", json=WHY, headers=headers)
    assert (again.status_code, again.json()["id"]) == (200, told["id"])
    card = await system.http.get(path, headers=headers)
    assert (card.status_code, "Соколова" in card.text) == (200, True)
    for more in ("/events", "/relatives", "/items"):
        assert (await system.http.get(path + more, headers=headers)).status_code == 200
    assert (await system.http.get(f"/api/v1/steps/{step}", headers=headers)).status_code == 200
    listed = await system.http.get("/api/v1/cases", headers=headers)
    assert case not in listed.text
    for at, body in (
        (f"/api/v1/steps/{step}/claim", None),
        (f"/api/v1/steps/{step}/comment", {"text": "x"}),
        (f"{path}/events", {"type": "paused"}),
        (f"{path}/flags", {"add": ["palliative"]}),
    ):
        answer = await system.http.post(at, json=body, headers=headers)
        assert answer.status_code == 404, (at, answer.text)
    # Nobody else is let in by it, and it opens no other case.
    other = system.token(Role.COORDINATOR, "vera", "SKLIF")
    assert (await system.http.get(path, headers=other)).status_code == 404
    beside = await system.admit()
    assert (await system.http.get(f"/api/v1/cases/{beside}", headers=headers)).status_code == 404


async def test_the_cases_hospital_sees_who_looked_and_why_and_ends_it(system: System) -> None:
    """Its supervisor reads all of it; an auditor and a head no words; another hospital's supervisor nothing."""
    case = await system.admit()
    headers, path = system.token(Role.DOCTOR, *STRANGER), f"/api/v1/cases/{case}"
    made = await system.http.post(f"{path}/break-glass", json=WHY, headers=headers)
    opening_id = made.json()["id"]
    shown: dict[str, tuple[int, bool]] = {}
    for name, role, hospital in (
        ("supervisor", Role.SUPERVISOR, "GKB29"),
        ("head", Role.HEAD, "GKB29"),
        ("auditor", Role.AUDITOR, "GKB29"),
        ("stranger", Role.SUPERVISOR, "SKLIF"),
        ("colleague", Role.COORDINATOR, "GKB29"),
    ):
        answer = await system.http.get(
            "/api/v1/break-glass", params={"case": case}, headers=system.token(role, f"{name}-looks", hospital)
        )
        shown[name] = len(answer.json()["items"]), WHY["note"] in answer.text
    assert shown == {
        "supervisor": (1, True),
        "head": (1, False),
        "auditor": (1, False),
        "stranger": (0, False),
        "colleague": (0, False),
    }
    end = f"/api/v1/break-glass/{opening_id}/end"
    for role, user, hospital in ((Role.COORDINATOR, "anna", "GKB29"), (Role.SUPERVISOR, "igor", "SKLIF")):
        assert (await system.http.post(end, headers=system.token(role, user, hospital))).status_code == 404
    assert (await system.http.get(path, headers=headers)).status_code == 200
    over = await system.http.post(end, headers=system.token(Role.SUPERVISOR, "olga"))
    assert (over.status_code, over.json()["ended_by"], over.json()["stands"]) == (200, "olga", False)
    assert (await system.http.get(path, headers=headers)).status_code == 404
    # Said once more it is as it was.
    assert (await system.http.post(end, headers=headers)).json()["ended_by"] == "olga"


async def test_who_may_not_does_not(system: System) -> None:
    """Not without a reason in words, not in another role or need, not where nothing is in the way."""
    case = await system.admit()
    path = f"/api/v1/cases/{case}/break-glass"
    for body in ({}, {"need": "life"}, {"need": "life", "note": "x"}, {"need": "curious", "note": "x" * 20}):
        sent = await system.http.post(path, json=body, headers=system.token(Role.COORDINATOR, *STRANGER))
        assert sent.status_code == 422, sent.text
    for role, code in (
        (Role.HEAD, "role_not_allowed"),
        (Role.AUDITOR, "role_not_allowed"),
        (Role.INTEGRATOR, "role_not_allowed"),
    ):
        sent = await system.http.post(path, json=WHY, headers=system.token(role, *STRANGER))
        assert (sent.status_code, sent.json()["code"]) == (403, code)
    sent = await system.http.post(
        path, json={**WHY, "need": "nobody_reached"}, headers=system.token(Role.DOCTOR, *STRANGER)
    )
    assert (sent.status_code, sent.json()["code"]) == (403, "need_not_allowed")
    own = await system.http.post(path, json=WHY, headers=system.token(Role.COORDINATOR))
    assert (own.status_code, own.json()["code"]) == (409, "case_in_scope")
    none = await system.http.post(
        "/api/v1/cases/none/break-glass", json=WHY, headers=system.token(Role.COORDINATOR, *STRANGER)
    )
    assert (none.status_code, none.json()["code"]) == (404, "case_not_found")


@pytest.mark.parametrize("role", sorted(Role))
@pytest.mark.parametrize("need", sorted(Need))
def test_it_ends_by_itself_or_earlier_and_only_the_named_begin_it(role: Role, need: Need) -> None:
    """After three hours nothing is open; what was ended stays as it was ended."""

    def begun() -> object:
        return opening(
            name="o", case_id="c", hospital="GKB29", actor=Actor(user="u", role=role), need=need, note=b"", now=NOON
        )

    if need not in MAY.get(role, ()):
        with pytest.raises(Refused):
            begun()
        return
    known = opening(
        name="o", case_id="c", hospital="GKB29", actor=Actor(user="u", role=role), need=need, note=b"", now=NOON
    )
    assert known.ends_at - known.opened_at == LASTS == timedelta(hours=3)
    assert known.stands(known.ends_at - timedelta(seconds=1))
    assert not known.stands(known.ends_at)
    early = ended(known, "olga", NOON + timedelta(hours=1))
    assert (early.stands(NOON + timedelta(hours=1)), early.ended_by) == (False, "olga")
    assert ended(early, "igor", NOON + timedelta(hours=2)) is early
    assert ended(known, "olga", known.ends_at) is known


async def test_at_the_desk_a_closed_case_says_how_it_is_opened_in_need(system: System) -> None:
    """The page of a case that is not there is the form; done, it shows the case to read, and its hospital is told."""
    case = await system.admit()
    path = f"/desk/cases/{case}"
    browser = await cookie_of(system, Role.COORDINATOR, "BASHL")
    shut = await system.http.get(path, headers=browser)
    assert (shut.status_code, "Соколова" in shut.text) == (404, False)
    assert "Этот случай вам не виден" in plain(shut.text)
    assert plain((await system.http.get("/desk/cases/none", headers=browser)).text).count("break-glass") == 1
    half = await system.http.post(f"{path}/break-glass", data={"need": "life"}, headers=browser)
    assert half.status_code == 422
    assert "Выберите причину" in plain(half.text)
    assert 'value="life" checked' in half.text
    done = await system.http.post(f"{path}/break-glass", data={**WHY, "key": "k1"}, headers=browser)
    assert (done.status_code, done.headers["location"]) == (303, path)
    page = await system.http.get(path, headers=browser)
    assert (page.status_code, "Соколова" in page.text) == (200, True)
    assert "только чтение" in plain(page.text)
    senior = await cookie_of(system, Role.SUPERVISOR)
    told = plain((await system.http.get("/desk/break-glass", headers=senior)).text)
    assert WHY["note"] in told
    assert 'data-count="glass"' in told
    theirs = plain((await system.http.get(path, headers=senior)).text)
    assert "Случай экстренно открыт" in theirs
    colleague = await cookie_of(system, Role.PSYCHOLOGIST)
    assert "Случай экстренно открыт" not in plain((await system.http.get(path, headers=colleague)).text)
    own = (await system.http.get("/desk/break-glass", headers=browser)).text
    (opening_id,) = re.findall(r"/desk/break-glass/(\w+)/end", own)
    over = await system.http.post(f"/desk/break-glass/{opening_id}/end", headers=senior)
    assert over.status_code == 303
    assert (await system.http.get(path, headers=browser)).status_code == 404


async def test_nobody_else_is_offered_it(system: System) -> None:
    """A head of service, who sees figures, and an auditor hear that there is no such case."""
    case = await system.admit()
    for role in (Role.HEAD, Role.AUDITOR):
        shut = await system.http.get(f"/desk/cases/{case}", headers=await cookie_of(system, role, "BASHL"))
        assert (shut.status_code, "break-glass" in shut.text.split("<main")[-1]) == (404, False)


async def test_what_is_opened_in_need_is_not_found_elsewhere(system: System) -> None:
    """Nor by a search, in a list, by `/fhir`, in what colleagues did; a psychologist's words stay her hospital's."""
    patient = {"identified": True, "mrn": token_hex(4), "family": "Стеклова", "given": "Вера"}
    case = await system.admit(patient=patient)
    path = f"/api/v1/cases/{case}"
    nina = await system.post(f"{path}/psychology", {"reason": "fear", "note": "слова-нины"}, role=Role.PSYCHOLOGIST)
    assert nina.is_success
    for role in sorted(MAY):
        headers = system.token(role, f"glass-{role}", "FILAT")
        why = {**WHY, "need": "life"}
        assert (await system.http.post(f"{path}/break-glass", json=why, headers=headers)).status_code == 201
        seen = {more: await system.http.get(path + more, headers=headers) for more in ("", "/events", "/items")}
        assert {each.status_code for each in seen.values()} == {200}
        assert "Стеклова" in seen[""].text
        assert "слова-нины" not in "".join(each.text for each in seen.values()), role
        for at in (
            "/api/v1/cases",
            f"/api/v1/steps?case={case}",
            "/api/v1/stuck",
            f"/api/v1/notifications?case={case}",
            "/fhir/Encounter",
            f"/fhir/Encounter/{case}",
            f"/fhir/EpisodeOfCare/{case}",
        ):
            answer = await system.http.get(at, headers=headers)
            assert answer.status_code in {200, 404}, answer.text
            assert case not in answer.text.replace(at, ""), (role, at)
        found = await system.http.post("/api/v1/cases/search", json={"q": "Стеклова"}, headers=headers)
        assert case not in found.text
    at_home = await system.http.get(f"{path}/items", headers=system.token(Role.PSYCHOLOGIST, "rita"))
    assert "слова-нины" in at_home.text


async def test_an_opening_ends_where_the_case_goes_to_another_hospital(system: System) -> None:
    """That one was told nothing: it is opened there anew, with a reason, and who answers there hears of it."""
    case = await system.admit()
    headers, path = system.token(Role.COORDINATOR, "stepan", "FILAT"), f"/api/v1/cases/{case}"
    first = await system.http.post(f"{path}/break-glass", json=WHY, headers=headers)
    assert (first.status_code, (await system.http.get(path, headers=headers)).status_code) == (201, 200)
    moved = await system.post(f"{path}/transfer", {"hospital": "SKLIF", "note": "x"}, role=Role.SUPERVISOR)
    assert moved.status_code == 200, moved.text
    for each in (path, f"{path}/events", f"{path}/items"):
        assert (await system.http.get(each, headers=headers)).status_code == 404, each
    there = system.token(Role.SUPERVISOR, "sklif-leads", "SKLIF")
    listed = await system.http.get("/api/v1/break-glass", params={"case": case}, headers=there)
    assert listed.json()["items"] == []
    again = await system.http.post(f"{path}/break-glass", json=WHY, headers=headers)
    assert (again.status_code, again.json()["hospital"]) == (201, "SKLIF")
    assert (await system.http.get(path, headers=headers)).status_code == 200
    listed = await system.http.get("/api/v1/break-glass", params={"case": case}, headers=there)
    assert [each["user"] for each in listed.json()["items"]] == ["stepan"]


async def test_what_is_opened_in_need_is_taken_nowhere(system: System) -> None:
    """The patient wants to be found: their own hospital tells other searchers, and whoever looks in need does not."""
    case = await searching(system)
    path = f"/api/v1/cases/{case}"
    headers = system.token(Role.COORDINATOR, *STRANGER)
    assert (await system.http.post(f"{path}/break-glass", json=WHY, headers=headers)).status_code == 201
    assert (await system.http.get(path, headers=headers)).status_code == 200
    taken = await system.http.get(f"{path}/pfif", headers=headers)
    assert (taken.status_code, taken.json()["code"]) == (404, "case_not_found")
    assert (await system.http.get(f"{path}/pfif", headers=system.token(Role.COORDINATOR))).status_code == 200
