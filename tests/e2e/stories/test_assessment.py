"""Story 1: instruments as versioned FHIR forms: answers are checked and scored, needs are proposed, people agree."""

from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.e2e.stories.bedside import codes, items, met, moved, statuses, told_of, until_team
from tests.fixtures.ahead import Ahead

# What the form of the Barthel index is filled in with: 5 of the washing, 10 of eating, 20 of bowels and bladder.
HARDLY = {"feeding": 10, "bathing": 5, "bowels": 10, "bladder": 10}
CALM = ("interest", "mood", "sleep", "energy", "appetite", "self_worth", "concentration", "pace")


async def form(today: Ahead, instrument: str) -> dict[str, Any]:
    """The FHIR Questionnaire, as a tablet fetches it before somebody goes to the bed."""
    answer = await today.http.get(f"/api/v1/catalogue/instruments/{instrument}", headers=today.token(Role.COORDINATOR))
    assert answer.headers["content-type"].startswith("application/fhir+json")
    told: dict[str, Any] = answer.json()
    assert (told["resourceType"], told["status"]) == ("Questionnaire", "active")
    return told


def rated(questionnaire: dict[str, Any], **points: int) -> dict[str, str]:
    """By linkId the option with so many points, as the form's ordinal values have them; by default with none."""
    return {
        item["linkId"]: next(
            option["valueCoding"]["code"]
            for option in item["answerOption"]
            if ordinal(option) == points.get(item["linkId"], 0)
        )
        for item in questionnaire["item"]
        if item["type"] == "choice"
    }


def ordinal(option: dict[str, Any]) -> int:
    """The points of an option."""
    extensions = [*option.get("extension", ()), *option["valueCoding"].get("extension", ())]
    return int(next(each["valueDecimal"] for each in extensions if each["url"].endswith("ordinalValue")))


def response(questionnaire: dict[str, Any], answers: dict[str, str]) -> dict[str, Any]:
    """The answers as a FHIR QuestionnaireResponse to this version of the form."""
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{questionnaire['url']}|{questionnaire['version']}",
        "item": [{"linkId": name, "answer": [{"valueCoding": {"code": code}}]} for name, code in answers.items()],
    }


async def test_a_score_proposes_needs_and_people_agree_them(today: Ahead) -> None:
    """Given somebody weak who lives alone, when the form is filled in, then needs are proposed, and people agree."""
    case = await met(today, flags=["lives_alone"])
    await today.do(case, "life_survey", result="complete", lives_with="alone")
    await today.do(case, "documents_check", result="complete")
    barthel = await form(today, "barthel")
    path = f"/api/v1/cases/{case}/assessments"
    sent = response(barthel, rated(barthel, **HARDLY))

    told = await today.post(path, {"instrument": "barthel", "answers": sent})
    assert told.status_code == 201, told.text
    scored = told.json()
    assert (scored["score"], scored["band"], scored["version"]) == (35, "severe", barthel["version"])
    assert {need["name"]: codes(need) for need in scored["needs"]} == {
        "home_care": ["barthel.band.severe"],
        "aids": ["barthel.band.severe"],
    }

    # Nobody writes the score a second time.
    await today.do(case, "function_scale", result="scored")
    needs = await items(today, case, "need")
    assert {name: need["status"] for name, need in needs.items()} == dict.fromkeys(
        ("home_care", "aids", "relatives"), "proposed"
    )
    assert set(codes(needs["home_care"])) == {"barthel.band.severe", "alone_and_weak"}
    assert needs["relatives"]["because"] == [
        {"code": "lives_alone", "title": {"ru": "Живёт один", "en": "Lives alone"}}
    ]

    # The patient disputes the list; a senior hears of it, and they talk again.
    await today.do(case, "needs_agree", result="disputed")
    assert "disputed" in await told_of(today, case)
    await today.do(case, "needs_agree", result="agreed", needs=["home_care", "psychology"])
    assert await statuses(today, case, "need") == {
        "home_care": "agreed",
        "aids": "declined",
        "relatives": "declined",
        "psychology": "agreed",
    }
    # Nobody proposed this one but the patient.
    assert (await items(today, case, "need"))["psychology"]["because"] == []

    # What was agreed, and not what was proposed, makes the route.
    route = await today.get(f"/api/v1/cases/{case}/route")
    assert {entry["name"]: codes(entry) for entry in route["directions"]} == {
        "psychology": ["support_needed"],
        "services": ["services_needed"],
    }
    assert {entry["name"]: codes(entry) for entry in route["programmes"]} == {"long_term_care": ["depends_at_home"]}


async def test_a_later_score_adds_to_a_plan_that_is_followed(today: Ahead) -> None:
    """Given a plan that is followed, when the patient fails and is rated anew, then the next review adds to it."""
    case = await met(today)
    await today.do(case, "life_survey", result="complete", lives_with="relatives")
    await today.do(case, "documents_check", result="complete")
    barthel = await form(today, "barthel")
    path = f"/api/v1/cases/{case}/assessments"
    best = {
        item["linkId"]: max(map(ordinal, item["answerOption"])) for item in barthel["item"] if "answerOption" in item
    }
    well = await today.post(path, {"instrument": "barthel", "answers": rated(barthel, **best)})
    assert (well.json()["score"], well.json()["band"], well.json()["needs"]) == (100, "independent", [])
    await today.do(case, "function_scale", result="scored")
    await today.do(case, "needs_agree", result="agreed", needs=["relatives"])
    await today.do(case, "route_draft", result="drafted")
    await today.do(case, "route_offer", result="accepted")
    assert "need_application" not in await today.live(case)

    await today.sleep(case, days=2)
    worse = await today.post(path, {"instrument": "barthel", "answers": rated(barthel, **HARDLY)})
    assert worse.json()["score"] == 35
    kept = (await today.get(path))["items"]
    assert [(each["score"], each["version"]) for each in kept] == [(35, "1"), (100, "1")]
    care = (await items(today, case, "need"))["home_care"]
    assert (care["status"], codes(care)) == ("proposed", ["barthel.band.severe"])
    await moved(today, care, "agreed")
    await today.sleep(case, days=5)
    assert "route_review" in await today.live(case)
    route = await today.get(f"/api/v1/cases/{case}/route")
    proposed = {entry["name"]: entry for entry in route["directions"] if entry["status"] == "proposed"}
    assert {name: codes(entry) for name, entry in proposed.items()} == {"services": ["services_needed"]}
    await today.do(case, "route_review", result="changed", adds=["services"])
    assert "need_application" in await today.live(case)


async def test_who_speaks_of_self_harm_is_not_left_alone(today: Ahead) -> None:
    """Given a low sum, when one answer tells of self-harm, then the crisis protocol opens at once, for minutes."""
    case = await met(today)
    await until_team(today, case, "psychologists", there=True)
    phq9 = await form(today, "phq9")
    answers = rated(phq9, **dict.fromkeys(CALM, 0), self_harm=1)
    path = f"/api/v1/cases/{case}/assessments"
    told = await today.post(path, {"instrument": "phq9", "answers": answers})
    assert (told.json()["score"], told.json()["findings"]) == (1, ["self_harm"])
    assert {need["name"]: codes(need) for need in told.json()["needs"]} == {"psychology": ["phq9.finding.self_harm"]}

    step = await today.get(f"/api/v1/steps/{await today.step(case, 'crisis_protocol')}")
    assert step["role"] == "psychologist"
    assert 0 < step["clock"]["left_s"] <= 15 * 60
    await today.do(case, "crisis_protocol", result="psychiatrist")
    await today.do(case, "psychiatrist_call", result="seen")
    # Nobody in crisis is let go of by one visit.
    await today.do(case, "crisis_protocol", result="safe")
    assert (await today.get(f"/api/v1/cases/{case}"))["tracks"]["crisis"] == "safe"


@pytest.mark.parametrize("as_fhir", [True, False])
async def test_what_does_not_fit_the_form_is_refused_by_its_place(today: Ahead, *, as_fhir: bool) -> None:
    """Given a form with a gap and an answer that it has not, when sent, then both are named, nothing is kept."""
    case = await met(today)
    barthel = await form(today, "barthel")
    answers = rated(barthel, **HARDLY) | {"feeding": "Кормит дочь Мария"}
    del answers["stairs"]
    sent: dict[str, Any] = response(barthel, answers) if as_fhir else answers
    path = f"/api/v1/cases/{case}/assessments"
    refused = await today.post(path, {"instrument": "barthel", "answers": sent})
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_answers")
    assert {error["message"] for error in refused.json()["errors"]} == {"not_an_option", "missing"}
    assert "Мария" not in refused.text
    old = {**response(barthel, rated(barthel)), "questionnaire": f"{barthel['url']}|0"}
    other = await today.post(path, {"instrument": "barthel", "answers": old})
    assert [error["message"] for error in other.json()["errors"]] == ["other_version"]
    assert (await today.get(path))["items"] == []
    assert await statuses(today, case, "need") == {}
