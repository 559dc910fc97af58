"""Story 4: those near to the patient are searched for as far as the patient wants, and people decide who they are."""

from __future__ import annotations

from typing import Any

import httpx

from marshrut.domain.words import Role
from tests.e2e.stories.planned import moved, planned, refused, reported, told
from tests.fixtures.ahead import Ahead

NATALIA = {"identified": True, "mrn": "MRN-S4", "given": "Наталия", "patronymic": "Петровна", "sex": "female"}


async def searching(today: Ahead, answer: str, family: str = "Семёнова", **more: Any) -> str:
    """A case in which relatives are looked for, once the patient has said whether they may know."""
    patient = {**NATALIA, "mrn": f"MRN-{family}", "family": family, **more}
    case = await planned(today, "relatives", patient=patient)
    await today.do(case, "found_consent", result=answer)
    return case


async def tried(today: Ahead, case: str, channel: str, result: str = "no_answer", **facts: Any) -> httpx.Response:
    """One try to reach somebody."""
    facts = {"channel": channel, "result": result, **facts}
    return await today.post(f"/api/v1/cases/{case}/items", {"kind": "attempt", "name": "try", "facts": facts})


async def proposed(today: Ahead, case: str, **who: Any) -> dict[str, Any]:
    """A candidate, with the score and its reasons."""
    answer = await today.post(f"/api/v1/cases/{case}/candidates", {"source": "neighbours", **who})
    assert answer.status_code == 201, answer.text
    candidate: dict[str, Any] = answer.json()
    return candidate


async def standing(today: Ahead, case: str) -> dict[str, str]:
    """How each of those near stands, by name."""
    view = await today.get(f"/api/v1/cases/{case}/relatives")
    return {relative["name"]: relative["status"] for relative in view["relatives"]}


async def ring(today: Ahead, **who: Any) -> dict[str, Any]:
    """What whoever answers the telephone sees of the likeliest patient."""
    answer = await today.post("/api/v1/relatives/search", who)
    assert answer.status_code == 200, answer.text
    hit: dict[str, Any] = answer.json()["items"][0]
    return hit


async def test_a_search_by_many_ways_ends_with_somebody_who_cares(today: Ahead) -> None:
    """Given a full match, when days pass, then nobody is found until a person says so; then they are talked to."""
    case = await searching(today, "yes", "Беляева")
    daughter = await today.item(case, "relative", "daughter", facts={"name": "Беляева Ольга Ивановна"})
    ways = ["phone", "letter", "neighbours", "registry", "social_media", "consulate"]
    for way in ways:
        assert (await tried(today, case, way)).status_code == 201
    await today.do(case, "relatives_search", result="continue")
    assert {"registry_request", "volunteers_request"} <= set(await today.live(case))
    view = await today.get(f"/api/v1/cases/{case}/relatives")
    assert [attempt["facts"]["channel"] for attempt in view["attempts"]] == ways[::-1]

    alike = await proposed(today, case, family="Беляева", given="Ольга", patronymic="Ивановна", relative=daughter)
    namesake = await proposed(today, case, family="Беляева", given="Ольга", relative=daughter)
    assert (alike["score"], alike["status"]) == (100, "proposed")
    await today.sleep(case, days=3)
    assert await standing(today, case) == {"daughter": "sought", "anybody": "sought"}
    assert "relatives_search" in await today.live(case)

    await moved(today, namesake["item_id"], "rejected")
    await moved(today, alike["item_id"], "confirmed")
    assert await standing(today, case) == {"daughter": "found", "anybody": "not_needed"}
    assert "relatives_search" not in await today.live(case)
    await today.do(case, "relative_talk", result="cares")
    await today.do(case, "carer_assess", result="able")
    assert (await standing(today, case))["daughter"] == "willing"
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["tracks"]["relatives"] == "cares"
    await today.sleep(case, days=15)
    assert "relatives_search" not in await today.live(case)


async def test_one_relative_refuses_and_another_one_is_asked(today: Ahead) -> None:
    """Given a son who will not help, when he says so, then a senior hears of it and the next one is talked to."""
    case = await searching(today, "yes", "Громова")
    await moved(today, await today.item(case, "relative", "son"), "found")
    await today.do(case, "relative_talk", result="refuses", others="yes")
    assert (await standing(today, case))["son"] == "refuses"
    assert (Role.SUPERVISOR, "relatives_refuse") in await told(today, case)
    await today.do(case, "relative_talk", result="refuses", others="no")
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["tracks"]["relatives"] == "refuses"
    people = (await today.get(f"/api/v1/cases/{case}/relatives"))["relatives"]
    assert {person["facts"].get("reason") for person in people if person["status"] == "refuses"} == {"relatives_refuse"}


async def test_nobody_is_given_up_untried_or_unanswered(today: Ahead) -> None:
    """Given no try and a candidate without a yes or a no, when "nobody" is said, then it is refused until both are."""
    case = await searching(today, "yes", "Тихонова")
    done = f"/api/v1/steps/{await today.step(case, 'relatives_search')}/complete"
    assert await refused(today, done, {"outcome": "none"}) == "attempt_needed"
    await tried(today, case, "phone", "wrong_person")
    candidate = await proposed(today, case, family="Козлов", given="Иван")
    assert await refused(today, done, {"outcome": "none"}) == "candidates_unanswered"
    await moved(today, candidate["item_id"], "rejected")
    assert (await today.post(done, {"outcome": "none"})).status_code == 200
    assert await standing(today, case) == {"anybody": "not_found"}
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["tracks"]["relatives"] == "not_found"


async def test_a_patient_who_wants_nobody_to_know_is_not_searched_for_until_they_do(today: Ahead) -> None:
    """Given a no, when somebody rings, then nobody is told; given a yes later, the search begins by itself."""
    case = await searching(today, "no", "Молчанова")
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["tracks"]["relatives"] == "not_wished"
    assert "relatives_search" not in await today.live(case)
    hit = await ring(today, family="Молчанова", given="Наталия")
    assert (hit["case"]["case_id"], hit["may_be_told"], hit["because"]["code"]) == (case, False, "nobody")
    assert (await tried(today, case, "phone")).json()["code"] == "contact_not_wished"

    (consent,) = (await today.get(f"/api/v1/cases/{case}/relatives"))["consent"]
    await moved(today, consent["item_id"], "given")
    assert (await ring(today, family="Молчанова", given="Наталия"))["may_be_told"]
    await today.sleep(case, days=8)
    assert "relatives_search" in await today.live(case)


async def test_only_whom_the_patient_named_is_reached(today: Ahead) -> None:
    """Given leave for some only, then nobody else is rung up and no volunteer asked; the one who was named is."""
    case = await searching(today, "only_some", "Выборова")
    sister = await today.item(case, "relative", "sister", facts={"wished": True})
    stranger = await today.item(case, "relative", "nephew")
    assert (await tried(today, case, "phone", relative=stranger)).json()["code"] == "contact_not_wished"
    assert (await tried(today, case, "volunteers", relative=sister)).json()["code"] == "contact_not_wished"
    assert (await tried(today, case, "phone", "answered", relative=sister)).status_code == 201
    await moved(today, stranger, "found")
    assert "relative_talk" not in await today.live(case)
    await moved(today, sister, "found")
    assert "relative_talk" in await today.live(case)


async def test_whoever_cannot_say_is_asked_again_and_others_wait_for_the_answer(today: Ahead) -> None:
    """Given a patient who cannot answer, when they can, then volunteers may be asked, and not before."""
    case = await searching(today, "incapable", "Тумановская")
    await today.do(case, "relatives_search", result="continue")
    assert "volunteers_request" not in await today.live(case)
    await today.sleep(case, days=2)
    assert "found_consent" in await today.live(case)
    await today.do(case, "found_consent", result="yes")
    assert "volunteers_request" in await today.live(case)


# How people write the name of one woman, Семёнова (in her youth Коваль) Наталия Петровна, and what it is told as.
WRITTEN = (
    ({"family": "Семенова", "given": "Наталия", "patronymic": "Петровна"}, "yo"),
    ({"family": "Семёнова", "given": "Наталья", "patronymic": "Петровна"}, "variant"),
    ({"family": "Семёнова", "given": "Наталия"}, "no_patronymic"),
    ({"family": "Semyonova", "given": "Natalia"}, "transliterated"),
    ({"family": "Коваль", "given": "Наталия", "patronymic": "Петровна"}, "maiden_name"),
    ({"family": "Наталия", "given": "Семёнова", "patronymic": "Петровна"}, "transposed"),
    ({"family": "Семёновой", "given": "Наталии", "patronymic": "Петровны"}, "declined"),
)


async def test_one_name_in_seven_writings_is_one_person_and_another_name_is_not(today: Ahead) -> None:
    """Given a name as people write it, then both a candidate and whoever rings find her, each with the reason."""
    aliases = [{"family": "Коваль", "given": "Наталия", "patronymic": "Петровна"}]
    case = await searching(today, "yes", birth_date="1941-03-09", aliases=aliases)
    aunt = await today.item(
        case, "relative", "other", facts={"name": "Семёнова Наталия Петровна (урожд. Коваль)", "relation": "other"}
    )
    for written, reason in WRITTEN:
        candidate = await proposed(today, case, relative=aunt, **written)
        assert candidate["score"] >= 80, (written, candidate["score"])
        assert reason in [why["code"] for why in candidate["why"]], (written, candidate["why"])
        hit = await ring(today, **written, birth_date="1941-03-09")
        assert (hit["case"]["case_id"], hit["score"] >= 80) == (case, True), (written, hit)
    other = {"family": "Сомова", "given": "Надежда", "patronymic": "Павловна"}
    assert (await proposed(today, case, relative=aunt, **other))["score"] < 50
    found = await today.post("/api/v1/relatives/search", other)
    assert case not in [hit["case"]["case_id"] for hit in found.json()["items"]]
    assert (await standing(today, case))["other"] == "sought"


async def test_a_search_outlives_the_stay_and_a_late_find_is_talked_to(today: Ahead) -> None:
    """Given a patient who left unfound, when a candidate is confirmed later, then a senior hears and they talk."""
    case = await searching(today, "yes", "Поздняева")
    brother = await today.item(case, "relative", "brother", facts={"name": "Поздняев Олег Петрович"})
    await reported(today, case, type="discharged")
    await today.do(case, "arrival_confirm", result="confirmed", received_by="nobody")
    assert (await today.get(f"/api/v1/cases/{case}"))["tracks"]["relatives"] == "searching"
    await today.sleep(case, days=8)
    assert "relatives_search" in await today.live(case)
    await today.do(case, "relatives_search", result="continue")

    candidate = await proposed(today, case, family="Поздняева", given="Олега", relative=brother)
    assert "relative_talk" not in await today.live(case)
    await moved(today, candidate["item_id"], "confirmed")
    assert (await standing(today, case))["brother"] == "found"
    assert (Role.SUPERVISOR, "found_late") in await told(today, case)
    await today.do(case, "relative_talk", result="partly")
    await today.do(case, "carer_assess", result="able")
    assert (await standing(today, case))["brother"] == "willing"


async def pfif(today: Ahead, case: str, content: bytes) -> list[dict[str, Any]]:
    """The candidates whom a document tells of."""
    headers = {**today.token(Role.COORDINATOR), "Content-Type": "application/xml"}
    answer = await today.http.post(f"/api/v1/cases/{case}/pfif", content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    candidates: list[dict[str, Any]] = answer.json()["items"]
    return candidates


async def test_two_services_find_each_other_by_pfif(today: Ahead) -> None:
    """Given a couple in two cases, when one's record is sent to the other, then a person brings them together."""
    wife = await searching(today, "yes", "Встречина", birth_date="1950-05-01")
    husband = await searching(today, "yes", "Встречин", given="Пётр", patronymic="Ильич", sex="male")
    sought = await today.item(husband, "relative", "spouse", facts={"name": "Встречина Наталья Петровна"})
    told_of = await today.http.get(f"/api/v1/cases/{wife}/pfif", headers=today.token(Role.COORDINATOR))
    assert told_of.status_code == 200, told_of.text

    (candidate,) = await pfif(today, husband, told_of.content)
    assert (candidate["facts"]["relative"], candidate["status"]) == (sought, "proposed")
    assert candidate["score"] >= 90
    assert (await pfif(today, husband, told_of.content))[0]["item_id"] == candidate["item_id"]
    await moved(today, candidate["item_id"], "confirmed")
    assert (await standing(today, husband))["spouse"] == "found"
    assert "relative_talk" in await today.live(husband)

    (consent,) = (await today.get(f"/api/v1/cases/{wife}/relatives"))["consent"]
    await moved(today, consent["item_id"], "refused")
    again = await today.http.get(f"/api/v1/cases/{wife}/pfif", headers=today.token(Role.COORDINATOR))
    assert (again.status_code, again.json()["code"]) == (409, "contact_not_wished")
