from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from marshrut.domain.words import Role
from marshrut.ports import new_id
from tests.fixtures.system import System

READERS = (Role.COORDINATOR, Role.PSYCHOLOGIST, Role.SUPERVISOR, Role.HEAD, Role.DOCTOR, Role.PLACEMENT, Role.AUDITOR)
OURS = {"Sec-Fetch-Site": "same-origin"}  # as a browser says of our own forms


async def session(system: System, role: Role, token: str | None = None) -> dict[str, str]:
    """The headers of a browser in which somebody has signed in."""
    token = token or system.token(role)["Authorization"].removeprefix("Bearer ")
    answer = await system.http.post("/desk/signin", data={"token": token}, headers=OURS)
    assert answer.status_code == 303, answer.text
    kept = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
    system.http.cookies.clear()
    return {"Cookie": kept, **OURS}


async def page(
    system: System, path: str, role: Role = Role.COORDINATOR, language: str = "ru", token: str | None = None
) -> httpx.Response:
    headers = {**await session(system, role, token), "Accept-Language": language}
    answer = await system.http.get(path, headers=headers)
    system.http.cookies.clear()  # the other tests share this client
    return answer


async def send(system: System, path: str, form: Mapping[str, Any], role: Role = Role.COORDINATOR) -> httpx.Response:
    answer = await system.http.post(path, data=form, headers=await session(system, role))
    system.http.cookies.clear()  # the other tests share this client
    return answer


def plain(text: str) -> str:
    """The page with plain spaces: the typesetter's do not break."""
    return " ".join(text.split())


async def told(system: System, case_id: str, report: str, **more: Any) -> None:
    answer = await system.post(f"/api/v1/cases/{case_id}/events", {"type": report, **more}, role=Role.INTEGRATOR)
    assert answer.status_code == 200, answer.text


async def new(system: System) -> str:
    return await system.admit()


async def unknown(system: System) -> str:
    return await system.admit(patient={"identified": False, "mrn": "x"}, flags=["unidentified", "crisis"])


async def child(system: System) -> str:
    return await system.admit(flags=["child_without_carer"])


async def dead(system: System) -> str:
    case_id = await system.admit()
    await told(system, case_id, "died", note="ночью")
    return case_id


async def gone(system: System) -> str:
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="contacted")
    await told(system, case_id, "discharged")
    return case_id


async def paused(system: System) -> str:
    case_id = await system.admit()
    await told(system, case_id, "paused", occurred_at=(datetime.now(UTC) - timedelta(hours=2)).isoformat())
    return case_id


async def merged(system: System) -> str:
    one, other = await system.admit(), await system.admit()
    answer = await system.post(f"/api/v1/cases/{one}/merge", {"other": other}, role=Role.SUPERVISOR)
    assert answer.status_code == 200, answer.text
    return other


async def ahead(system: System) -> str:
    day = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    body = {"facility": "GKB29", "sentence": "Плановая операция", "planned_for": day, "patient": {"family": "Ильина"}}
    answer = await system.post("/api/v1/referrals", body)
    assert answer.status_code == 201, answer.text
    case_id: str = answer.json()["case_id"]
    return case_id


@pytest.mark.parametrize("story", [ahead, new, unknown, child, dead, gone, paused, merged])
async def test_every_kind_of_case_is_a_page_for_whoever_may_read_it(system: System, story: Any) -> None:
    """However a case stands, each role that may read it gets its page, in both languages."""
    case_id = await story(system)
    # A child's case is shown to whoever needs to know of it.
    for role in (Role.SUPERVISOR, Role.HEAD, Role.AUDITOR) if story is child else READERS:
        for language in ("ru", "en"):
            answer = await page(system, f"/desk/cases/{case_id}?all=1", role, language)
            assert answer.status_code == 200, (role, answer.text[:300])
            assert "<svg" in answer.text
    card = await system.get(f"/api/v1/cases/{case_id}")
    for step in card["steps"]:
        answer = await page(system, f"/desk/steps/{step['step_id']}/clock")
        assert answer.status_code == 200, answer.text[:300]


async def test_an_enquiry_is_a_page_at_the_centre(system: System) -> None:
    """A question to the Coordination Centre has a route, too."""
    centre = {who: system.token(who, "irina", "CENTRE") for who in (Role.HOTLINE, Role.PLACEMENT)}
    asker = {"name": "Петров Сергей", "phone": "+7 900 000-00-00"}
    body = {"facility": "CENTRE", "channel": "phone", "topic": "status", "sentence": "Как отец?", "asker": asker}
    asked = await system.http.post("/api/v1/enquiries", json=body, headers=centre[Role.HOTLINE])
    assert asked.status_code == 201, asked.text
    token = centre[Role.PLACEMENT]["Authorization"].removeprefix("Bearer ")
    answer = await page(system, f"/desk/cases/{asked.json()['case_id']}", Role.PLACEMENT, token=token)
    assert answer.status_code == 200, answer.text[:300]
    assert "Как отец?" in answer.text


async def test_a_case_of_another_hospital_is_not_there(system: System) -> None:
    """The page says no more than the API does."""
    case_id = await new(system)
    elsewhere = system.token(Role.COORDINATOR, "anna", "SKLIF")["Authorization"].removeprefix("Bearer ")
    answer = await page(system, f"/desk/cases/{case_id}", token=elsewhere)
    assert answer.status_code == 404
    assert "Соколова" not in answer.text


async def test_an_action_that_the_case_refuses_is_told_at_its_form(system: System) -> None:
    """Nothing is a page without a way on: the form stands there with what was typed."""
    case_id = await system.admit()
    step_id = await system.step(case_id, "first_contact")
    block = {"reason": "passport", "note": "ждём участкового", "key": "k1"}
    assert (await send(system, f"/desk/steps/{step_id}/block", block)).status_code == 303
    again = await send(system, f"/desk/steps/{step_id}/block", {**block, "key": "k2"})
    assert again.status_code == 409
    assert "ждём участкового" in again.text
    soon = {"due_at": "когда-нибудь", "reason": "agreed", "note": "просили", "key": "k3"}
    wrong = await send(system, f"/desk/steps/{step_id}/extend", soon, Role.SUPERVISOR)
    assert wrong.status_code == 422
    assert "просили" in wrong.text


async def test_a_form_that_is_sent_twice_happens_once(system: System) -> None:
    """The key that was made with the form makes a second sending harmless."""
    case_id = await system.admit()
    form = {"title": "Найти очки", "role": "coordinator", "key": "the-same"}
    for _ in range(2):
        assert (await send(system, f"/desk/cases/{case_id}/steps", form)).status_code == 303
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert [step["track"] for step in card["steps"]].count("adhoc") == 1


async def test_a_form_that_was_sent_and_changed_since_leads_on(system: System) -> None:
    """Whoever goes back, changes a form that was taken and sends it again is told what is recorded and how to go on."""
    case_id = await system.admit()
    form = {"title": "Найти очки", "role": "coordinator", "key": new_id()}
    assert (await send(system, f"/desk/cases/{case_id}/steps", form)).status_code == 303
    again = await send(system, f"/desk/cases/{case_id}/steps", {**form, "title": "Найти трость"})
    assert again.status_code == 422
    assert "Откройте страницу заново" in plain(again.text)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("events", {"type": "nonsense"}),
        ("events", {}),
        ("events", {"type": "moved", "occurred_at": "вчера"}),
        ("events", {"type": "moved", "occurred_at": "0001-01-01T00:00"}),
        ("steps", {"title": "", "role": "coordinator"}),
        ("flags", {"flag": ["nonsense"]}),
        ("variants", {"variant": [], "reason": "mistaken"}),
        ("owner", {"owner": "u.nobody here"}),
        ("owner", {}),
        ("transfer", {"hospital": "NOWHERE", "note": "x"}),
        ("psychology", {"reason": "nonsense"}),
        ("contacts", {"named": "77"}),
        ("contacts", {"relation": "nonsense", "name": "Кто-то"}),
    ],
)
async def test_whatever_is_sent_gets_an_answer_in_words(system: System, path: str, form: dict[str, Any]) -> None:
    """Forms that no page of ours would send are refused, and never a fault of the server."""
    case_id = await system.admit()
    answer = await send(system, f"/desk/cases/{case_id}/{path}", {**form, "key": "k"})
    assert answer.status_code in {404, 409, 422}, (path, form, answer.status_code)


async def test_a_refused_form_of_the_case_names_its_field_and_keeps_every_tick(system: System) -> None:
    """What is wrong is said in words and not in codes; boxes stand as they were ticked, a form with its note."""
    case_id = await system.admit()
    wrong = {"type": "moved", "occurred_at": "вчера", "key": new_id()}
    told_ = plain((await send(system, f"/desk/cases/{case_id}/events", wrong)).text)
    assert "Запрос заполнен неверно (когда произошло)" in told_
    ticked = {"flag": ["palliative"], "was": ["palliative"], "note": "со слов врача", "key": new_id()}
    flags = await send(system, f"/desk/cases/{case_id}/flags", ticked)
    assert flags.status_code == 422
    assert 'name="flag" value="palliative" checked' in flags.text
    assert "со слов врача" in flags.text
    need = await system.item(case_id, "need", "documents")
    moved = {"status": "nonsense", "note": "уже был в МФЦ", "key": new_id()}
    refused = await send(system, f"/desk/items/{need}/move", moved)
    assert refused.status_code in {409, 422}
    assert "уже был в МФЦ" in refused.text


async def test_what_is_said_of_a_woman_is_said_of_a_woman(system: System) -> None:
    """Circumstances are worded for anybody, and what bends with the person does."""
    patient = {"identified": True, "mrn": "w-1", "family": "Орлова", "given": "Нина", "sex": "female"}
    case_id = await system.admit(patient=patient, flags=["lives_alone", "low_mobility"])
    shown = plain((await page(system, f"/desk/cases/{case_id}")).text)
    for said in ("одинокое проживание", "малая подвижность", "Поступила", "Готова по медицине"):
        assert said in shown
    for said in ("живёт один", "маломобильный"):
        assert said not in shown


async def test_a_case_without_an_owner_is_the_seniors(system: System) -> None:
    """Only a senior gives a case back and is offered to; then it is the senior coordinator's, as the history says."""
    case_id = await system.admit()
    taken = await send(system, f"/desk/cases/{case_id}/owner", {"owner": "me", "key": new_id()})
    assert taken.status_code == 303, taken.text
    offer = 'name="owner" value="none"'
    assert offer not in (await page(system, f"/desk/cases/{case_id}")).text
    assert offer in (await page(system, f"/desk/cases/{case_id}", Role.SUPERVISOR)).text
    given = await send(system, f"/desk/cases/{case_id}/owner", {"owner": "none", "key": new_id()}, Role.SUPERVISOR)
    assert given.status_code == 303, given.text
    assert "Случай ведёт старший координатор" in plain((await page(system, f"/desk/cases/{case_id}")).text)


@pytest.mark.parametrize("query", ["from=1", "older=nonsense", "step=nowhere", "from=0001-01-01", "from=9999-12-31"])
async def test_an_address_that_was_typed_by_hand_is_no_fault(system: System, query: str) -> None:
    """A day far away shows the nearest that there is; what is no day is refused in words."""
    answer = await page(system, f"/desk/cases/{await system.admit()}?{query}")
    assert answer.status_code in {200, 422, 400}
