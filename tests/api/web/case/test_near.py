"""People near to the patient on the page of a case: added, tried, compared, confirmed; and never to whom it is not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from marshrut.domain.words import Role
from marshrut.ports import new_id
from tests.api.test_relatives import searching
from tests.api.web.case.test_page import page, plain, send
from tests.fixtures.system import System

FOUND = {"family": "Семёнов", "given": "Пётр", "source": "registry", "phone": "+7 900 000-00-44", "note": "из справки"}


async def test_a_search_that_is_given_up_goes_on_from_the_page(system: System) -> None:
    """`nobody` wants an attempt first: it is recorded beside, shown in words, and then the step takes the answer."""
    case_id = await searching(system)
    step_id = await system.step(case_id, "relatives_search")
    refused = await send(system, f"/desk/steps/{step_id}/complete", {"o.result": "none", "key": new_id()})
    assert (refused.status_code, "Сначала запишите хотя бы одну попытку" in plain(refused.text)) == (409, True)
    tried = {"channel": "neighbours", "result": "no_answer", "note": "дверь закрыта", "key": new_id()}
    for _ in range(2):
        assert (await send(system, f"/desk/cases/{case_id}/attempts", tried)).status_code == 303
    shown = plain((await page(system, f"/desk/cases/{case_id}")).text)
    assert shown.count("Соседи: не ответили") == 1
    assert "дверь закрыта" in shown
    done = await send(system, f"/desk/steps/{step_id}/complete", {"o.result": "none", "key": new_id()})
    assert done.status_code == 303, done.text


async def test_who_may_be_the_one_is_shown_with_the_likeness_and_confirmed_by_hand(system: System) -> None:
    """The name is compared with the brother's who is looked for; whether it is he a person says."""
    case_id = await searching(system)
    facts = {"name": "Семенов Пётр Петрович", "relation": "brother"}
    brother = await system.item(case_id, "relative", "brother", facts=facts)
    added = await send(system, f"/desk/cases/{case_id}/candidates", {**FOUND, "relative": brother, "key": new_id()})
    assert added.status_code == 303, added.text
    shown = plain((await page(system, f"/desk/cases/{case_id}")).text)
    assert "Семёнов Пётр" in shown
    assert "сходство" in shown
    assert "может быть: Семенов Пётр Петрович, брат" in shown
    (candidate,) = (await system.get(f"/api/v1/cases/{case_id}/relatives"))["candidates"]
    said = await send(system, f"/desk/items/{candidate['item_id']}/move", {"status": "confirmed", "key": new_id()})
    assert said.status_code == 303, said.text
    (found,) = (await system.get(f"/api/v1/cases/{case_id}/relatives"))["candidates"]
    assert found["status"] == "confirmed"


async def test_a_way_that_the_patient_did_not_agree_to_is_refused_with_the_form_kept(system: System) -> None:
    """Volunteers spread the word: without consent that is refused, and what was typed stands there again."""
    case_id = await searching(system, "incapable")
    tried = {"channel": "volunteers", "result": "no_answer", "note": "лист на столбе", "key": new_id()}
    refused = await send(system, f"/desk/cases/{case_id}/attempts", tried)
    assert refused.status_code == 409
    assert "лист на столбе" in refused.text
    assert '<option value="volunteers" selected>' in refused.text


async def test_every_field_of_the_page_has_an_id_of_its_own(system: System) -> None:
    """A label leads to its field: no two of the page's many forms share an id."""
    case_id = await searching(system)
    ids = re.findall(r'\sid="([^"]+)"', (await page(system, f"/desk/cases/{case_id}", Role.SUPERVISOR)).text)
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("candidates", {}),
        ("candidates", {"family": "Ы", "source": "не код"}),
        ("candidates", {"family": "Ы", "source": "registry", "birth_date": "вчера"}),
        ("candidates", {"family": "Ы", "source": "registry", "phone": "1"}),
        ("candidates", {"family": "Ы", "source": "registry", "relative": "nobody"}),
        ("attempts", {}),
        ("attempts", {"channel": "smoke", "result": "answered"}),
        ("attempts", {"channel": "phone", "result": "answered", "occurred_at": "0001-01-01T00:00"}),
        ("attempts", {"channel": "phone", "result": "answered", "relative": "не код"}),
        ("contacts", {"named": "²"}),
    ],
)
async def test_whatever_is_sent_gets_an_answer_in_words(system: System, path: str, form: dict[str, Any]) -> None:
    """Forms that no page of ours would send are refused, and never a fault of the server."""
    case_id = await system.admit()
    answer = await send(system, f"/desk/cases/{case_id}/{path}", {**form, "key": new_id()})
    assert answer.status_code in {404, 409, 422}, answer.text
    assert "Input should be" not in answer.text


async def test_who_sees_no_persons_adds_none(system: System) -> None:
    """The head of service finds neither names nor forms, and a form of theirs is refused."""
    case_id = await searching(system)
    await send(system, f"/desk/cases/{case_id}/candidates", {**FOUND, "key": new_id()})
    shown = (await page(system, f"/desk/cases/{case_id}", Role.HEAD)).text
    assert "Семёнов Пётр" not in plain(shown)
    assert f"/desk/cases/{case_id}/candidates" not in shown
    refused = await send(system, f"/desk/cases/{case_id}/candidates", {**FOUND, "key": new_id()}, Role.HEAD)
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("relation", "shown"),
    [
        ("sister", "Орлова Нина, сестра"),
        ("SIS", "Орлова Нина, сестра"),
        ("Сестра", "Орлова Нина, сестра"),
        ("крёстная", "по записи больницы: «крёстная»"),
    ],
)
async def test_a_relation_is_said_in_words(system: System, relation: str, shown: str) -> None:
    """The hospital's code or word is understood as far as it is known; anything else is told as theirs."""
    contact = {"family": "Орлова", "given": "Нина", "relation": relation, "phones": ["+7 900 000-00-31"]}
    case_id = await system.admit(contacts=[contact])
    assert shown in plain((await page(system, f"/desk/cases/{case_id}")).text)
    assert (await send(system, f"/desk/cases/{case_id}/contacts", {"named": "0", "key": new_id()})).status_code == 303
    again = plain((await page(system, f"/desk/cases/{case_id}")).text)
    assert "Орлова Нина" in again
    assert "записано при поступлении" not in again
    assert ("Орлова Нина, сестра" in again) is (relation != "крёстная")
