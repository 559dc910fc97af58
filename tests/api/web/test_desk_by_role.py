"""The desk's pages for each role: shown, led elsewhere or refused in words, and never broken."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.web.session import BY_ITSELF, COOKIE
from marshrut.adapters.identity import lasting
from marshrut.domain.moves import CARE
from marshrut.domain.words import Role
from marshrut.ports import SignedIn
from tests.fixtures.system import System

PAGES = (
    "/desk/",
    "/desk/?taken=nothing",
    "/desk/inbox?whose=group",
    "/desk/cases",
    "/desk/cases?state=all&ready=true",
    "/desk/admit",
)
SENT_FROM_HERE = {"Sec-Fetch-Site": "same-origin"}


async def cookie_of(system: System, role: Role, *hospitals: str) -> dict[str, str]:
    """The browser of somebody who has signed in."""
    token = system.token(role, f"{role.value}-desk", *hospitals)["Authorization"].removeprefix("Bearer ")
    entered = await system.parts.identity.sign_in_with_token(token, "10.9.9.9")
    assert isinstance(entered, SignedIn)
    return {"Cookie": f"{COOKIE}={entered.secret}", **SENT_FROM_HERE}


def plain(text: str) -> str:
    """The page with plain spaces: the typesetter's do not break."""
    return " ".join(text.split())


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM}))
async def test_every_role_is_shown_a_page_or_told_why_not(system: System, role: Role) -> None:
    """Whoever cares for patients sees the day; others are led to their own page or refused; nobody meets a fault."""
    case_id = await system.admit()
    headers = await cookie_of(system, role)
    for path in PAGES:
        answer = await system.http.get(path, headers=headers)
        assert answer.status_code in {200, 303, 403}, (path, answer.text)
    if role in CARE:
        assert (await system.http.get("/desk/", headers=headers)).status_code == 200
    found = await system.http.post("/desk/cases", data={"q": "Соколова"}, headers=headers)
    sees = role in CARE - {Role.HEAD}
    assert found.status_code == (200 if sees else 403)
    assert (case_id in found.text) is sees


async def test_a_role_that_sees_no_persons_reads_no_name(system: System) -> None:
    """The head of service works with the lists and is told in place of each name that it is hidden."""
    patient = {"identified": True, "mrn": "hidden-1", "family": "Невидимова", "given": "Анна"}
    await system.admit(patient=patient)
    headers = await cookie_of(system, Role.HEAD)
    for path in ("/desk/", "/desk/inbox?whose=unclaimed", "/desk/cases"):
        page = plain((await system.http.get(path, headers=headers)).text)
        assert "не виден вашей роли" in page
        assert "Невидимова" not in page


async def test_the_lists_hold_ones_own_hospitals_alone(system: System) -> None:
    """A coordinator of another hospital sees none of this one's steps, cases or patients, whatever the filter says."""
    patient = {"identified": True, "mrn": "own-1", "family": "Домашнева", "given": "Анна"}
    await system.admit(patient=patient)
    headers = await cookie_of(system, Role.COORDINATOR, "VLADIM")
    for path in (*PAGES, "/desk/cases?hospital=GKB29", "/desk/inbox?whose=group&hospital=GKB29"):
        assert "Домашнева" not in (await system.http.get(path, headers=headers)).text
    found = await system.http.post("/desk/cases", data={"q": "Домашнева Анна"}, headers=headers)
    assert "не найден" in plain(found.text)
    beside = await system.http.post("/desk/admit/beside", data={"family": "Домашнева"}, headers=headers)
    assert "own-1" not in beside.text
    assert "Похожие люди" in plain(beside.text)


async def test_a_step_is_taken_once_however_often_the_form_is_sent(system: System) -> None:
    """The same form again changes nothing; a step that somebody else took says so in words."""
    case_id = await system.admit()
    step_id = await system.step(case_id, "first_contact")
    headers = await cookie_of(system, Role.COORDINATOR)
    form = {"step": step_id, "key": "claim-1", "back": "/desk/inbox?whose=group"}
    for _ in range(2):
        answer = await system.http.post("/desk/claim", data=form, headers=headers)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].startswith("/desk/inbox?whose=group&taken=")
        assert "taken=claim-1" in answer.headers["set-cookie"]
    other = system.token(Role.COORDINATOR, "other")["Authorization"].removeprefix("Bearer ")
    entered = await system.parts.identity.sign_in_with_token(other, "10.9.9.9")
    assert isinstance(entered, SignedIn)
    cookie = {"Cookie": f"{COOKIE}={entered.secret}", **SENT_FROM_HERE}
    refused = await system.http.post("/desk/claim", data={**form, "key": "claim-2"}, headers=cookie)
    assert (refused.status_code, "Шаг уже взят" in refused.text) == (409, True)


async def test_a_referral_that_is_sent_twice_opens_one_case(system: System) -> None:
    """The form's key makes it happen once; a hospital outside one's own is refused, and the form is shown again."""
    headers = await cookie_of(system, Role.COORDINATOR)
    form = {"facility": "GKB29", "sentence": "идти некуда", "key": "referral-1", "asking": "ward"}
    places = {(await system.http.post("/desk/admit", data=form, headers=headers)).headers["location"] for _ in "12"}
    assert len(places) == 1
    elsewhere = {**form, "facility": "SKLIF", "key": "referral-2"}
    refused = await system.http.post("/desk/admit", data=elsewhere, headers=headers)
    assert refused.status_code == 403
    assert "идти некуда" in refused.text


async def test_looking_by_itself_does_not_keep_a_session_alive(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page asks for on its own is no sign that somebody is there; what a person asks for is."""
    monkeypatch.setattr(lasting, "SEEN_EVERY", timedelta(0))
    headers = await cookie_of(system, Role.COORDINATOR)
    secret = headers["Cookie"].partition("=")[2]

    async def until() -> datetime:
        known = await system.parts.identity.session(secret, used=False)
        assert known is not None
        return known.until

    before = await until()
    await system.http.get("/desk/", headers={**headers, BY_ITSELF: "1"})
    assert await until() == before
    await system.http.get("/desk/", headers=headers)
    assert await until() > before


def test_what_looks_by_itself_says_so() -> None:
    """The script that follows what happens names its questions as the server knows them."""
    script = Path("api/web/static/live/regions.js").read_text("utf-8")
    assert f'"{BY_ITSELF}"' in script.lower()


async def test_a_step_that_went_elsewhere_leaves_the_list_as_it_is(system: System) -> None:
    """Whoever reloads the page on which they took a step, after the case has left, sees their list and no fault."""
    headers = await cookie_of(system, Role.COORDINATOR)
    for path in ("/desk/?taken=gone", "/desk/inbox?whose=mine&taken=gone"):
        assert (await system.http.get(path, headers=headers)).status_code == 200


async def test_the_figures_of_no_hospital_are_empty(system: System) -> None:
    """Whose hospital is counted no more is shown a page without figures."""
    headers = await cookie_of(system, Role.HEAD, "GONE")
    answer = await system.http.get("/desk/figures", headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "form", [{"role": "a b", "name": "моё"}, {"ward": "x" * 300}, {"whose": "mine", "name": "ключ", "key": "a b/" * 90}]
)
async def test_a_view_that_no_page_would_keep_is_no_fault(system: System, form: dict[str, str]) -> None:
    """A filter that cannot be is refused in words; a key that is none is replaced."""
    headers = await cookie_of(system, Role.COORDINATOR)
    answer = await system.http.post("/desk/views", data=form, headers=headers)
    system.http.cookies.clear()  # the other tests share this client
    assert answer.status_code in {303, 422}, answer.text
