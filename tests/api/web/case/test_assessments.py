"""Questionnaires on the page of a case: filled in, scored, refused with everything kept."""

from __future__ import annotations

from typing import Any

import pytest

from marshrut.catalogue import load
from marshrut.domain.words import Role
from marshrut.ports import new_id
from tests.api.web.case.test_page import page, plain, send
from tests.fixtures.system import System

PHQ9 = ("interest", "mood", "sleep", "energy", "appetite", "self_worth", "concentration", "pace", "self_harm")


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_questionnaire_of_the_catalogue_is_a_form(system: System, language: str) -> None:
    """Each that is in force is on the case's page and asks each of its questions in the reader's language."""
    case_id = await system.admit()
    card = (await page(system, f"/desk/cases/{case_id}", language=language)).text
    for code, entry in load().instruments.items():
        path = f"/desk/cases/{case_id}/assessments/{code}"
        assert (path in card) is (entry.status == "active")
        shown = plain((await page(system, path, language=language)).text)
        for item in entry.items.values():
            assert plain(getattr(item.title, language)) in shown.replace("&#34;", '"').replace("&#39;", "'")


async def test_a_questionnaire_is_scored_and_what_it_found_stands_in_the_case(system: System) -> None:
    """Sent twice it is recorded once; points, what they mean and what cannot wait are on the page."""
    case_id = await system.admit()
    path = f"/desk/cases/{case_id}/assessments/phq9"
    form = {f"o.{name}": "over_half" for name in PHQ9} | {"note": "говорит тихо", "key": new_id()}
    for _ in range(2):
        answer = await send(system, path, form, Role.PSYCHOLOGIST)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/cases/{case_id}#a-scores")
    shown = plain((await page(system, f"/desk/cases/{case_id}")).text)
    assert "18 баллов · выше умеренной" in shown
    assert "сегодня же к психологу и врачу" in shown
    assert "говорит тихо" not in shown
    kept = (await system.get(f"/api/v1/cases/{case_id}/assessments"))["items"]
    assert [each["score"] for each in kept] == [18]


async def test_what_is_missing_is_named_at_its_question_and_nothing_is_lost(system: System) -> None:
    """Each question without an answer says so; what was chosen and written stands there again."""
    case_id = await system.admit()
    form = {"o.interest": "several_days", "o.mood": "nonsense", "note": "начали, устала", "key": new_id()}
    answer = await send(system, f"/desk/cases/{case_id}/assessments/phq9", form)
    assert answer.status_code == 422
    assert answer.text.count('class="err"') == len(PHQ9) - 1
    assert 'name="o.interest" value="several_days" checked' in answer.text
    assert "начали, устала" in answer.text
    assert (await system.get(f"/api/v1/cases/{case_id}/assessments"))["items"] == []


async def test_what_is_not_asked_after_the_other_answers_is_left_out(system: System) -> None:
    """Without script every question is shown: an answer that does not belong is no reason to refuse the rest."""
    case_id = await system.admit()
    form: dict[str, Any] = {
        "o.housing": "own",
        "o.documents": "with_me",
        "o.missing_documents": ["passport"],
        "o.at_home": ["nobody"],
        "o.psychologist": "yes",
        "key": new_id(),
    }
    answer = await send(system, f"/desk/cases/{case_id}/assessments/social_screen", form)
    assert answer.status_code == 303, answer.text
    (kept,) = (await system.get(f"/api/v1/cases/{case_id}/assessments"))["items"]
    assert kept["answers"] == {"housing": "own", "documents": "with_me", "at_home": ["nobody"], "psychologist": True}
    assert kept["findings"] == ["wants_psychologist"]


async def test_only_who_cares_fills_one_in_and_only_one_that_there_is(system: System) -> None:
    """An auditor reads what it gave and is led nowhere; a name that the catalogue lacks is said not to be there."""
    case_id = await system.admit()
    assert "/assessments/" not in (await page(system, f"/desk/cases/{case_id}", Role.AUDITOR)).text
    assert (await page(system, f"/desk/cases/{case_id}/assessments/phq9", Role.AUDITOR)).status_code == 403
    assert (await page(system, f"/desk/cases/{case_id}/assessments/horoscope")).status_code == 404
