"""The hotline's page: whatever became of an enquiry, the list stands; whatever is sent, the answer is in words."""

from __future__ import annotations

from typing import Any

import pytest

from marshrut.domain.words import Role
from marshrut.ports import new_id
from tests.api.web.test_desk_by_role import cookie_of, plain
from tests.fixtures.system import System

CALL = {"sentence": "Когда будет ответ?", "topic": "complaint", "name": "Ольга"}


async def called(system: System, headers: dict[str, str], **more: str) -> str:
    """A call that was written down; the way to it."""
    taken = await system.http.post("/desk/hotline", data={**CALL, "key": new_id(), **more}, headers=headers)
    system.http.cookies.clear()  # the other tests share this client
    assert taken.status_code == 303, taken.text
    return str(taken.headers["location"])


async def test_a_step_that_somebody_added_breaks_no_list(system: System) -> None:
    """The placement office adds a step of its own to an enquiry: after the answer the hotline's list still stands."""
    headers = await cookie_of(system, Role.HOTLINE, "CENTRE")
    way = await called(system, headers, sentence="Почему не звонят из учреждения?")
    office = await cookie_of(system, Role.PLACEMENT, "CENTRE")
    case_id = way.rsplit("/", maxsplit=1)[1]
    step = {"title": "Съездить туда", "role": "placement", "key": new_id()}
    added = await system.http.post(f"/desk/cases/{case_id}/steps", data=step, headers=office)
    system.http.cookies.clear()
    assert added.status_code == 303, added.text
    answered = {"result": "answered", "answer": "Позвонят завтра", "key": new_id()}
    assert (await system.http.post(f"{way}/answer", data=answered, headers=headers)).status_code == 303
    system.http.cookies.clear()
    for path in ("/desk/hotline", way):
        shown = await system.http.get(path, headers=headers)
        assert shown.status_code == 200, shown.text


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"result": "nonsense"},
        {"result": "passed_on", "to": "nowhere"},
        {"result": "answered", "answer": "слово " * 1000},
        {"result": "answered", "answer": "мой ответ", "step": "не код"},
        {"result": "answered", "by_mail": "1"},
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_in_words(system: System, form: dict[str, Any]) -> None:
    """Never a fault of the server, and what was typed stands there again."""
    headers = await cookie_of(system, Role.HOTLINE, "CENTRE")
    way = await called(system, headers)
    refused = await system.http.post(f"{way}/answer", data={**form, "key": new_id()}, headers=headers)
    assert refused.status_code == 422
    assert str(form.get("answer", "")).strip()[:40] in plain(refused.text)


async def test_the_head_of_service_reads_topics_and_clocks_and_nobodys_words(system: System) -> None:
    """In the list and on the enquiry's own page; where a name would stand it says that it is not shown."""
    way = await called(
        system, await cookie_of(system, Role.HOTLINE, "CENTRE"), sentence="Почему так долго?", name="Ева"
    )
    head = await cookie_of(system, Role.HEAD, "CENTRE")
    for path in ("/desk/hotline", way):
        shown = plain((await system.http.get(path, headers=head)).text)
        assert ("Почему так долго?" in shown, "Ева" in shown, "не виден вашей роли" in shown) == (False, False, True)
        assert "Жалоба" in shown, path
    asked = await system.http.post("/desk/hotline/find", data={"q": "Ева"}, headers=head)
    system.http.cookies.clear()
    assert (asked.status_code, way in asked.text) == (403, False)
