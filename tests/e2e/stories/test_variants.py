"""Kinds of cases: a flagship's minutes, a call instead of a visit, a child's words, a wrong kind corrected."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from marshrut.domain.words import Role
from tests.e2e.stories.places import There
from tests.fixtures.ahead import Ahead


def minutes(told: dict[str, Any]) -> float:
    """From the start of an explained clock to its due time."""
    start = datetime.fromisoformat(told["clock"]["start"]["occurred_at"])
    return (datetime.fromisoformat(told["clock"]["due_at"]) - start) / timedelta(minutes=1)


async def test_a_flagship_counts_in_minutes(today: Ahead) -> None:
    """Given a nameless man in a flagship, when nobody comes for an hour, then the head knows; police had minutes."""
    sklif = There(today, "SKLIF")
    case = await sklif.admit(patient={"identified": False, "mrn": secrets.token_hex(4)})
    assert minutes(await sklif.clock(case, "first_contact")) == 30
    assert "domain 1" in (await sklif.clock(case, "first_contact"))["clock"]["figure"]["source"]
    await today.sleep(case, hours=1)
    told = [line["data"] for line in await lines(sklif, case) if line["kind"] == "people_told"]
    assert {"supervisor", "head"} <= {each["role"] for each in told if each["urgent"]}
    await sklif.do(case, "first_contact", result="unconscious")
    assert minutes(await sklif.clock(case, "police_notice")) == 15
    assert minutes(await sklif.clock(case, "bureau_notice")) == 60

    usual = There(today, "GKB29")
    other = await usual.admit(patient={"identified": False, "mrn": secrets.token_hex(4)})
    assert minutes(await usual.clock(other, "first_contact")) == 120


async def test_a_flagship_looks_at_its_routes_every_day(today: Ahead) -> None:
    """Given a route that was agreed in a flagship, when a day has passed, then it is reviewed, and not after a week."""
    sklif, usual = There(today, "SKLIF"), There(today, "GKB29")
    for place, days in ((sklif, 1.2), (usual, 1.2)):
        case = await place.agreed("psychology")
        await place.do(case, "route_draft", result="drafted")
        await place.do(case, "route_offer", result="accepted")
        await today.sleep(case, days=days)
        assert ("route_review" in await place.live(case)) is (place is sklif)


async def test_in_isolation_people_are_called(today: Ahead) -> None:
    """Given an infectious hospital, when somebody comes in, then they are called, and no officer comes to the bed."""
    hospital = There(today, "IKB1")
    case = await hospital.admit()
    step = await hospital.step(case, "first_contact")
    assert step["title"]["ru"] == "Первичный контакт по телефону"
    reasons = [(each["variant"], each["because"][0]["en"]) for each in (await hospital.card(case))["variants"]]
    assert ("isolation", "the hospital treats infectious diseases") in reasons
    await hospital.do(case, "first_contact", result="contacted")
    assert (await hospital.step(case, "consent_record"))["title"]["en"] == "Record consent by voice before a witness"

    await hospital.do(case, "consent_record", result="given")
    await hospital.do(case, "home_safety", result="safe")
    await hospital.do(case, "life_survey", result="complete", lives_with="relatives")
    await hospital.do(case, "function_scale", result="scored", score=90)
    await hospital.do(case, "documents_check", result="missing", missing=["passport"], passport="lost")
    await hospital.do(case, "needs_agree", result="agreed", needs=["documents"])
    await hospital.do(case, "route_draft", result="drafted")
    await hospital.do(case, "route_offer", result="accepted")
    await hospital.do(case, "loss_statement", result="stub")
    live = await hospital.live(case)
    assert "passport_receive" in live
    assert "passport_visit" not in live


async def test_in_a_general_hospital_an_officer_comes_to_the_bed(today: Ahead) -> None:
    """Given the same man in a general hospital, when his lost passport was reported, then an officer is called."""
    hospital = There(today, "GKB29")
    case = await hospital.admit()
    await hospital.do(case, "first_contact", result="contacted")
    await hospital.do(case, "consent_record", result="given")
    await hospital.do(case, "home_safety", result="safe")
    await hospital.do(case, "life_survey", result="complete", lives_with="relatives")
    await hospital.do(case, "function_scale", result="scored", score=90)
    await hospital.do(case, "documents_check", result="missing", missing=["passport"], passport="lost")
    await hospital.do(case, "needs_agree", result="agreed", needs=["documents"])
    await hospital.do(case, "route_draft", result="drafted")
    await hospital.do(case, "route_offer", result="accepted")
    await hospital.do(case, "loss_statement", result="stub")
    assert "passport_visit" in await hospital.live(case)


async def test_of_a_child_the_adult_is_spoken_to(today: Ahead) -> None:
    """Given a girl of ten in a children's hospital, when she comes in, then it is her parent who is spoken to."""
    hospital = There(today, "MOROZ")
    born = (today.clock() - timedelta(days=3700)).date().isoformat()
    case = await hospital.admit(patient={"identified": True, "mrn": secrets.token_hex(4), "birth_date": born})
    view = await hospital.card(case)
    assert view["flags"] == ["child"]
    assert [each["code"] for each in view["variants"][0]["because"]] == ["under_18", "childrens_hospital"]
    step = await hospital.step(case, "first_contact")
    assert step["title"]["ru"] == "Первичный контакт с родителем или законным представителем"


async def test_oncology_offers_a_psychologist_to_everybody(today: Ahead) -> None:
    """Given somebody in an oncology centre who asks for nothing, then a psychologist, the family's too, is proposed."""
    hospital = There(today, "MKNC")
    case = await hospital.admit()
    await hospital.do(case, "first_contact", result="contacted")
    await hospital.do(case, "consent_record", result="given")
    await hospital.do(case, "home_safety", result="safe")
    await hospital.do(case, "life_survey", result="complete", lives_with="relatives")
    await hospital.do(case, "function_scale", result="scored", score=100)
    await hospital.do(case, "documents_check", result="complete")
    need = (await hospital.items(case, "need"))["psychology"]
    assert [(each["code"], each["title"]["en"]) for each in need["because"]] == [
        ("oncology_patient", "Every oncology patient is offered a psychologist")
    ]
    await hospital.do(case, "needs_agree", result="agreed", needs=["psychology"])
    entries = await hospital.items(case, "entry")
    assert {"psychology", "psychology.family_support", "oncology_psychology"} <= entries.keys()


async def test_a_wrong_kind_is_corrected_on_the_way(today: Ahead) -> None:
    """Given a boy taken for an adult, when his age turns out, then a senior is asked, and a person's word counts."""
    hospital = There(today, "GKB29")
    case = await hospital.admit()
    await hospital.do(case, "first_contact", result="contacted")
    await hospital.post(f"/api/v1/cases/{case}/flags", {"add": ["child", "child_without_carer"]})
    assert [each["variant"] for each in (await hospital.card(case))["variants"]] == ["adult"]
    told = [line["data"] for line in await lines(hospital, case) if line["kind"] == "people_told"]
    assert [(each["occasion"], each["role"]) for each in told] == [("variant_proposed.child", "supervisor")]

    body = {"variants": ["child"], "reason": "age_known", "note": "Свидетельство принесла тётя"}
    view = await hospital.post(f"/api/v1/cases/{case}/variants", body)
    assert [(each["variant"], each["by"]) for each in view["variants"]] == [("child", "coordinator-GKB29")]
    assert view["variants"][0]["because"][0]["ru"] == "возраст установлен"
    consent = await hospital.step(case, "consent_record")
    assert consent["title"]["ru"] == "Записать согласие законного представителя"
    assert minutes(await hospital.clock(case, "home_safety")) == 120  # a lone child's, counted from when it opened
    done = [step for step in (await hospital.card(case))["steps"] if step["name"] == "first_contact"]
    assert [step["state"] for step in done] == ["done"]

    await today.sleep(case, hours=3)
    late = await hospital.ask("GET", "/api/v1/steps", role=Role.SUPERVISOR, case=case, overdue="true")
    assert "home_safety" in {step["name"] for step in late.json()["items"]}
    changed = [line for line in await lines(hospital, case) if line["kind"] == "variants_changed"]
    assert [(line["actor"], line["data"]["reason"], line["text"]["note"]) for line in changed] == [
        ("coordinator-GKB29", "age_known", "Свидетельство принесла тётя")
    ]


async def lines(place: There, case: str) -> list[dict[str, Any]]:
    """What happened, from the start."""
    await place.today.settled(case)
    found: list[dict[str, Any]] = (await place.get(f"/api/v1/cases/{case}/events", limit=500))["items"]
    return found
