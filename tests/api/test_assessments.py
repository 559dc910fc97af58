"""Assessments over HTTP: answers are checked and scored, needs are proposed, and what is urgent opens at once."""

from typing import Any

from marshrut.domain.words import Role
from tests.fixtures.system import System

PHQ9 = ("interest", "mood", "sleep", "energy", "appetite", "self_worth", "concentration", "pace", "self_harm")


async def _questionnaire(system: System, code: str) -> dict[str, Any]:
    answer = await system.http.get(f"/api/v1/catalogue/instruments/{code}", headers=system.token(Role.COORDINATOR))
    assert answer.headers["content-type"].startswith("application/fhir+json")
    form: dict[str, Any] = answer.json()
    return form


def _options(form: dict[str, Any]) -> list[str]:
    """The codes of the form's answers, the least first."""
    first = next(item for item in form["item"] if "answerOption" in item)
    return [option["valueCoding"]["code"] for option in first["answerOption"]]


async def test_a_filled_form_proposes_needs(system: System) -> None:
    """A FHIR response to a form of the catalogue is scored; the needs that it speaks for are proposed, with why."""
    case_id = await system.admit()
    form = await _questionnaire(system, "phq9")
    least, *_, most = _options(form)
    answers = {item: most if item in ("interest", "mood", "sleep", "energy") else least for item in PHQ9}
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{form['url']}|{form['version']}",
        "item": [{"linkId": name, "answer": [{"valueCoding": {"code": code}}]} for name, code in answers.items()],
    }
    path = f"/api/v1/cases/{case_id}/assessments"
    told = await system.post(path, {"instrument": "phq9", "answers": response, "note": "тихо"})
    assert told.status_code == 201, told.text
    scored = told.json()
    assert (scored["score"], scored["band"], scored["findings"]) == (12, "moderate", [])
    (need,) = scored["needs"]
    assert (need["name"], need["status"], need["because"][0]["code"]) == (
        "psychology",
        "proposed",
        "phq9.band.moderate",
    )
    kept = (await system.get(path))["items"]
    assert [(each["instrument"], each["answers"]["resourceType"]) for each in kept] == [
        ("phq9", "QuestionnaireResponse")
    ]
    hidden = (await system.get(path, role=Role.HEAD))["items"]
    assert (hidden[0]["score"], hidden[0]["answers"], hidden[0]["note"]) == (12, None, None)
    assert (scored["note"], kept[0]["note"]) == ("тихо", "тихо")


async def test_what_cannot_wait_does_not(system: System) -> None:
    """Whoever speaks of harming themselves is not left: the crisis protocol opens at once, whatever the score."""
    case_id = await system.admit()
    least, second, *_ = _options(await _questionnaire(system, "phq9"))
    answers = dict.fromkeys(PHQ9, least) | {"self_harm": second}
    told = await system.post(f"/api/v1/cases/{case_id}/assessments", {"instrument": "phq9", "answers": answers})
    assert (told.json()["score"], told.json()["findings"]) == (1, ["self_harm"])
    opened = {step["name"] for step in (await system.get(f"/api/v1/cases/{case_id}"))["steps"]}
    assert opened & {"crisis_protocol", "crisis_handoff"}  # by day, or by night


async def test_answers_that_do_not_fit_are_named(system: System) -> None:
    """Every fault is told by its place, what stood there is not repeated, and nothing is recorded."""
    case_id = await system.admit()
    path = f"/api/v1/cases/{case_id}/assessments"
    wrong = await system.post(path, {"instrument": "gad7", "answers": {"worry": "Очень волнуюсь", "нет такого": 1}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_answers")
    assert {error["message"] for error in wrong.json()["errors"]} >= {"missing", "unknown_item"}
    assert "волнуюсь" not in wrong.text
    unknown = await system.post(path, {"instrument": "horoscope", "answers": {}})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_instrument")
    assert (await system.get(path))["items"] == []
