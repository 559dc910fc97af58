"""Enquiries over HTTP: asked, passed on, answered, and told to nobody else."""

from collections import Counter
from dataclasses import replace
from typing import Any

from api.routes.enquiries import Looking, search
from marshrut.domain.words import Role
from marshrut.ports import Caller
from tests.fixtures.system import System


async def _ask(system: System, topic: str, **more: Any) -> str:
    body = {
        "facility": "CENTRE",
        "channel": "phone",
        "topic": topic,
        "sentence": "Где документы моей матери?",
        "asker": {"name": "Петров Сергей", "phone": "+7 900 000-00-00", "relation": "сын"},
        **more,
    }
    answer = await system.http.post("/api/v1/enquiries", json=body, headers=_hotline(system))
    assert answer.status_code == 201, answer.text
    case_id: str = answer.json()["case_id"]
    return case_id


def _hotline(system: System, role: Role = Role.HOTLINE, user: str = "irina") -> dict[str, str]:
    return system.token(role, user, "CENTRE")


async def _answer(system: System, case_id: str, role: Role = Role.HOTLINE, **said: Any) -> Any:
    path = f"/api/v1/enquiries/{case_id}/answer"
    answer = await system.http.post(path, json=said, headers=_hotline(system, role))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_enquiry_has_a_clock_and_an_answer(system: System) -> None:
    """What is asked on the telephone is an item with a clock; once answered it is closed, and the answer is kept."""
    case_id = await _ask(system, "status")
    path = f"/api/v1/enquiries/{case_id}"
    asked = (await system.http.get(path, headers=_hotline(system))).json()
    assert (asked["state"], asked["step"], asked["clock"]["state"]) == ("open", "answer", "green")
    assert asked["asker"]["name"] == "Петров Сергей"
    told = await _answer(system, case_id, result="answered", answer="Пакет собран, ждём решения")
    assert (told["state"], told["answers"]) == (
        "closed",
        [{"result": "answered", "answer": "Пакет собран, ждём решения"}],
    )
    again = await system.http.post(f"{path}/answer", json={"result": "answered"}, headers=_hotline(system))
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_answer")


async def test_what_another_party_must_answer_is_followed_until_it_does(system: System) -> None:
    """An enquiry that is passed on stays open, with a clock of its own, until the reply was passed back."""
    case_id = await _ask(system, "complaint", channel="mail")
    passed = await _answer(system, case_id, result="passed_on", to="institution")
    assert (passed["state"], passed["step"]) == ("open", "reply")
    done = await _answer(system, case_id, Role.PLACEMENT, result="answered", answer="Проверили, исправили")
    assert done["state"] == "closed"


async def test_whoever_lives_in_an_institution_is_asked_before_they_are_reached(system: System) -> None:
    """A relative who looks for a resident is answered after the resident has been asked."""
    case_id = await _ask(system, "reach_resident")
    path = f"/api/v1/enquiries/{case_id}"
    assert (await system.http.get(path, headers=_hotline(system))).json()["step"] == "reach_resident"
    early = await system.http.post(f"{path}/answer", json={"result": "answered"}, headers=_hotline(system))
    assert early.json()["code"] == "nothing_to_answer"
    officer = system.token(Role.PLACEMENT, "maria", "CENTRE")
    card = (await system.http.get(f"/api/v1/cases/{case_id}", headers=officer)).json()
    (step,) = [each["step_id"] for each in card["steps"] if each["state"] == "open"]
    declines = {"outcome": {"result": "declines"}}
    assert (await system.http.post(f"/api/v1/steps/{step}/complete", json=declines, headers=officer)).status_code == 200
    assert (await _answer(system, case_id, result="answered"))["state"] == "closed"


async def test_help_to_move_in_from_home(system: System) -> None:
    """Who cannot live at home any more is visited, and a place is looked for as for a patient."""
    case_id = await _ask(system, "placement_from_home")
    assert (await _answer(system, case_id, result="help"))["step"] == "home_visit"
    officer = system.token(Role.PLACEMENT, "maria", "CENTRE")
    card = (await system.http.get(f"/api/v1/cases/{case_id}", headers=officer)).json()
    (step,) = [each["step_id"] for each in card["steps"] if each["state"] == "open"]
    wants = {"outcome": {"result": "wants_place"}}
    assert (await system.http.post(f"/api/v1/steps/{step}/complete", json=wants, headers=officer)).status_code == 200
    card = (await system.http.get(f"/api/v1/cases/{case_id}", headers=officer)).json()
    assert "placement" in card["tracks"]


async def test_a_ward_answers_no_enquiries_and_a_ward_reads_none(system: System) -> None:
    """An enquiry is put to a centre, and whoever works in a hospital alone does not see it."""
    body = {"facility": "GKB29", "channel": "phone", "topic": "status", "sentence": "?"}
    refused = await system.http.post("/api/v1/enquiries", json=body, headers=system.token(Role.HOTLINE, "irina"))
    assert (refused.status_code, refused.json()["code"]) == (422, "no_centre")
    case_id = await _ask(system, "status")
    for path in (f"/api/v1/enquiries/{case_id}", f"/api/v1/cases/{case_id}"):
        assert (await system.http.get(path, headers=system.token(Role.SUPERVISOR))).status_code == 404


async def test_whoever_asked_before_is_found_by_words_that_stand_in_no_address(system: System) -> None:
    """By name, part of a telephone, the person asked about or the text, without case and ё; in one's own centre."""
    about = {"family": "Семёнова", "given": "Рая"}
    asker = {"name": "Пётр Ильич", "phone": "+7 (912) 345-67-89"}
    case_id = await _ask(system, "status", asker=asker, about=about, sentence="Когда переведут тётю?")

    async def found(q: str, headers: dict[str, str] | None = None) -> list[str]:
        path = "/api/v1/enquiries/search"
        answer = await system.http.post(path, json={"q": q}, headers=headers or _hotline(system))
        assert answer.status_code == 200, answer.text
        return [each["case_id"] for each in answer.json()["items"]]

    for q in ("петр ильич", "9123456789", "912 345-67-89", "СЕМЕНОВА", "тётю переведут"):
        assert case_id in await found(q), q
    assert case_id not in await found("Пётр Кузьмич")
    assert await found("петр", system.token(Role.HOTLINE, "irina", "GKB29")) == []


async def test_an_enquiry_can_be_reminded_of_but_not_time_and_again(system: System) -> None:
    """Whoever has it is told that it waits; at once again is refused with when it may be; a closed one not at all."""
    case_id = await _ask(system, "complaint")
    path = f"/api/v1/enquiries/{case_id}/remind"
    first = await system.http.post(path, headers=_hotline(system))
    assert first.status_code == 200, first.text
    again = await system.http.post(path, headers=_hotline(system))
    assert (again.status_code, again.json()["code"]) == (409, "reminded_lately")
    await _answer(system, case_id, result="answered")
    closed = await system.http.post(path, headers=_hotline(system))
    assert (closed.status_code, closed.json()["code"]) == (409, "nothing_to_answer")


async def test_an_answer_names_its_step_and_may_be_repeated(system: System) -> None:
    """With the step named the same call happens once; another's answer to it is refused."""
    case_id = await _ask(system, "status")
    path = f"/api/v1/enquiries/{case_id}"
    step_id = (await system.http.get(path, headers=_hotline(system))).json()["step_id"]
    body = {"result": "answered", "answer": "Ждём", "step_id": step_id}
    headers = {**_hotline(system), "Idempotency-Key": f"k-{case_id}"}
    answers = [await system.http.post(f"{path}/answer", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    other = await system.http.post(f"{path}/answer", json=body, headers=_hotline(system, user="oleg"))
    assert other.status_code == 409


class Counting:
    """Counts what is asked of a port."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self.asked = Counter[str]()

    def __getattr__(self, name: str) -> Any:
        self.asked[name] += 1
        return getattr(self._port, name)


async def test_what_was_written_in_many_enquiries_is_read_at_once(system: System) -> None:
    """However many are looked through, SQL is asked for the list and for the texts: not for each."""
    for _ in range(3):
        await _ask(system, "status")
    counting = Counting(system.parts.api.queries)
    parts = replace(system.parts.api, queries=counting)
    caller = Caller("irina", Role.HOTLINE, frozenset({"CENTRE"}))
    found = await search(Looking(q="Петров"), caller, parts)
    assert len(found.items) >= 3
    assert counting.asked == {"cases": 1, "private": 1}


async def test_the_head_of_service_sees_that_an_enquiry_waits_and_nobodys_words(system: System) -> None:
    """Topic, channel and clock, by address and in the list; neither who asks nor about whom, and no search by words."""
    about = {"identified": True, "family": "Головина", "given": "Ева"}
    case_id = await _ask(system, "complaint", about=about)
    head = _hotline(system, Role.HEAD, "vorontsova")
    one = await system.http.get(f"/api/v1/enquiries/{case_id}", headers=head)
    listed = await system.http.get("/api/v1/enquiries", params={"state": "open"}, headers=head)
    (row,) = [each for each in listed.json()["items"] if each["case_id"] == case_id]
    for shown in (one.json(), row):
        assert (shown["topic"], shown["clock"]["state"]) == ("complaint", "green")
        assert [shown[name] for name in ("asker", "about", "sentence", "letter")] == [None] * 4
    for words in ("Головина", "Петров", "документы"):
        assert words not in one.text + listed.text
    found = await system.http.post("/api/v1/enquiries/search", json={"q": "Головина"}, headers=head)
    assert (found.status_code, found.json()["code"]) == (403, "role_not_allowed")
    assert (await system.http.get(f"/api/v1/enquiries/{case_id}", headers=_hotline(system))).json()["asker"]
