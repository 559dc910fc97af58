"""Story 5: services are asked for in a closed loop: every request gets an answer, and no case ends with one open."""

from __future__ import annotations

from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.e2e.stories.planned import moved, planned, refused, reported, told
from tests.fixtures.ahead import Ahead

LIMB, SCHOOL, SHELTER = "new_opportunities", "related_care", "glinka_centre"
SERVICE, FACTORY = "limb_loss_service", "prosthetics_enterprise"
CENTRE, CHARITY = "shelter_centre", "shelter_charity"


async def amputated(today: Ahead, **more: Any) -> str:
    """A patient who lost a limb, with an agreed route."""
    return await planned(today, "psychology", flags=["amputation"], **more)


async def homeless(today: Ahead) -> str:
    """A patient who has nowhere to live, with an agreed route."""
    return await planned(today, "psychology", flags=["no_fixed_abode"], lives_with="nowhere")


async def referrals(today: Ahead, case: str, *statuses: str) -> dict[str, dict[str, Any]]:
    """The referrals that stand so (all, without a status), by partner, of one asked twice the last."""
    items = (await today.get(f"/api/v1/cases/{case}/items", kind="referral"))["items"]
    return {item["facts"]["partner"]: item for item in items if not statuses or item["status"] in statuses}


async def stands(today: Ahead, case: str) -> dict[str, str]:
    """How each partner's referral stands."""
    return {partner: item["status"] for partner, item in (await referrals(today, case)).items()}


async def test_new_opportunities_is_one_consultant_from_the_ward_to_the_home(today: Ahead) -> None:
    """Given an amputation, when two partners are asked, then one wins, and its one consultant stays, also at home."""
    case = await amputated(today)
    programmes = (await today.get(f"/api/v1/cases/{case}/route"))["programmes"]
    (limb,) = [each for each in programmes if each["name"] == LIMB]
    assert (limb["status"], [why["code"] for why in limb["because"]]) == ("planned", ["limb_lost"])

    await today.do(case, "referral_send", result="sent", partners=[SERVICE, FACTORY])
    assert await stands(today, case) == {SERVICE: "requested", FACTORY: "requested"}
    await today.do(case, "referral_answer", result="accepted", partner=SERVICE)
    assert await stands(today, case) == {SERVICE: "accepted", FACTORY: "recalled"}
    assert (Role.COORDINATOR, "referral_recalled") in await told(today, case)
    both = await referrals(today, case)
    late = f"/api/v1/items/{both[FACTORY]['item_id']}/move"
    assert (await today.post(late, {"status": "accepted"})).status_code == 409

    await today.do(case, "consultant_name", result="named", consultant="Ирина Ветрова", phone="89160001122")
    await today.do(case, "referral_start", result="started")
    ours = both[SERVICE]["item_id"]
    move = f"/api/v1/items/{ours}/move"
    another = {"consultant": "Пётр Новый", "phone": "89160003344"}
    first = {"status": "in_progress", "facts": {"consultant_named": "first", **another}}
    assert await refused(today, move, first) == "consultant_named"
    silent = {"status": "in_progress", "facts": {"consultant_named": "changed", **another}}
    unsaid = await today.post(move, silent)
    assert (unsaid.status_code, unsaid.json()["code"]) == (422, "wrong_facts")
    kept = await today.get(f"/api/v1/items/{ours}")
    assert "Пётр" not in str(kept)
    changed = await moved(today, ours, "in_progress", consultant_named="changed", reason="patient_wish", **another)
    assert changed["facts"]["consultant"] == "Пётр Новый"

    await reported(today, case, type="discharged")
    await today.do(case, "consultant_call", result="unreached")
    assert (Role.SUPERVISOR, "consultant_silent") in await told(today, case)
    await today.sleep(case, days=2)
    await today.do(case, "consultant_call", result="reached")
    assert (await stands(today, case))[SERVICE] == "in_progress"


async def test_after_every_no_others_are_asked_until_one_has_delivered(today: Ahead) -> None:
    """Given a no, a silence, a recall and a failure, when each comes, then others are to be asked, until it is done."""
    case = await homeless(today)
    await today.do(case, "referral_send", result="sent", partners=[CENTRE, CHARITY])
    await today.do(case, "referral_answer", result="declined", partner=CENTRE, reason="no_place")
    assert "referral_send" not in await today.live(case)
    await today.sleep(case, days=6)
    assert await stands(today, case) == {CENTRE: "declined", CHARITY: "declined"}
    assert (Role.SUPERVISOR, "nobody_accepts") in await told(today, case)

    await today.do(case, "referral_send", result="sent", partners=[CENTRE])
    await moved(today, (await referrals(today, case, "requested"))[CENTRE]["item_id"], "recalled")
    await today.do(case, "referral_send", result="sent", partners=[CHARITY])
    await today.do(case, "referral_answer", result="accepted", partner=CHARITY)
    await today.do(case, "referral_start", result="failed", reason="no_place")
    assert (Role.SUPERVISOR, "referral_failed") in await told(today, case)

    await today.do(case, "referral_send", result="sent", partners=[CENTRE])
    await today.do(case, "referral_answer", result="accepted", partner=CENTRE)
    await today.do(case, "referral_start", result="started")
    await today.sleep(case, days=15)
    await today.do(case, "referral_result", result="goes_on")
    await today.sleep(case, days=15)
    await today.do(case, "referral_result", result="done", units=30)
    assert await referrals(today, case, "requested", "accepted", "in_progress") == {}
    assert "referral_send" not in await today.live(case)
    said = [item["status"] for item in (await today.get(f"/api/v1/cases/{case}/items", kind="referral"))["items"]]
    assert said == ["declined", "declined", "recalled", "failed", "done"]


async def test_the_school_is_done_when_its_lessons_are(today: Ahead) -> None:
    """Given a daughter who must learn to care, when she has missed two lessons, then she is rung up; sixteen are it."""
    case = await planned(today, "relatives", lives_with="relatives")
    await today.do(case, "found_consent", result="yes")
    await today.do(case, "relative_talk", result="cares")
    await today.do(case, "carer_assess", result="train")
    await today.do(case, "carer_school", result="enrolled")
    ((school, item),) = (await referrals(today, case)).items()
    assert (school, item["name"], item["status"]) == ("care_school", SCHOOL, "in_progress")

    for status in ("attended", "missed", "missed"):
        await today.item(case, "session", SCHOOL, status=status, facts={"units": 4})
    assert (Role.COORDINATOR, "sessions_missed") in await told(today, case)
    for units in (4, 4, 3):
        await today.item(case, "session", SCHOOL, status="attended", facts={"units": units})
    assert (await stands(today, case))[school] == "in_progress"
    await today.item(case, "session", SCHOOL, status="attended", facts={"units": 1})
    done = (await referrals(today, case))[school]
    assert (done["status"], done["facts"]["units"]) == ("done", 16)
    await today.do(case, "course_end", result="certified", strain="heavy")
    assert (Role.PSYCHOLOGIST, "carer_strained") in await told(today, case)


async def test_who_has_no_home_is_helped_before_anything_is_planned(today: Ahead) -> None:
    """Given nowhere to live, when the case opens, then urgent help is to do at once, and late within the day."""
    case = await today.admit(flags=["no_fixed_abode"])
    assert "urgent_services" in await today.live(case)
    assert "route" not in (await today.get(f"/api/v1/cases/{case}"))["tracks"]
    await today.sleep(case, days=2)
    late = (await today.get("/api/v1/stuck", hospital="GKB29", track="services"))["items"]
    assert "urgent_services" in [row["name"] for row in late if row["case_id"] == case]
    await today.do(case, "urgent_services", result="act_signed", given=["hot_food", "clothing"])
    assert "urgent_services" not in await today.live(case)


@pytest.mark.parametrize("report", ["died", "left", "refused_help", "admission_cancelled"])
async def test_no_ending_leaves_a_referral_open(today: Ahead, report: str) -> None:
    """Given one partner at work and two who were asked, when the case ends, then each is to be told of it."""
    case = await planned(today, "psychology", flags=["amputation", "no_fixed_abode"], lives_with="nowhere")
    card = await today.get(f"/api/v1/cases/{case}")
    for step in [step["step_id"] for step in card["steps"] if step["name"] == "referral_send"]:
        limb = f".{LIMB}." in step
        partners = [SERVICE] if limb else [CENTRE, CHARITY]
        sent = {"outcome": {"result": "sent", "partners": partners}}
        assert (await today.post(f"/api/v1/steps/{step}/complete", sent)).status_code == 200
    await moved(today, (await referrals(today, case))[SERVICE]["item_id"], "accepted")
    await moved(today, (await referrals(today, case))[SERVICE]["item_id"], "in_progress")

    await reported(today, case, type=report)
    assert await referrals(today, case, "requested", "accepted", "in_progress") == {}
    over = report in ("died", "admission_cancelled")
    assert await stands(today, case) == {
        SERVICE: "recalled" if over else "handed_over",
        CENTRE: "recalled",
        CHARITY: "recalled",
    }
    said = [occasion for role, occasion in await told(today, case) if role is Role.COORDINATOR]
    assert said.count("referral_recalled") == (3 if over else 2)
    assert said.count("referral_handed_over") == (0 if over else 1)
    late = f"/api/v1/items/{(await referrals(today, case))[CENTRE]['item_id']}/move"
    assert (await today.post(late, {"status": "accepted"})).status_code == 409


async def test_a_programme_that_outlives_the_stay_is_handed_over_when_the_case_closes(today: Ahead) -> None:
    """Given a consultant who goes on, when the follow-up ends, then the partner is told to go on without us."""
    case = await amputated(today)
    await today.do(case, "referral_send", result="sent", partners=[SERVICE, FACTORY])
    await today.do(case, "referral_answer", result="accepted", partner=FACTORY)
    await reported(today, case, type="discharged")
    await today.do(case, "arrival_confirm", result="confirmed", received_by="relatives")
    await today.sleep(case, days=4)
    await today.do(case, "call_72h", result="well")
    await today.sleep(case, days=4)
    await today.do(case, "check_7d", result="well")
    await today.sleep(case, days=24)
    await today.do(case, "check_30d", result="stable")
    assert await stands(today, case) == {SERVICE: "recalled", FACTORY: "accepted"}
    await today.do(case, "case_close", result="closed")
    await today.do(case, "close_confirm", result="agreed")
    assert (await today.get(f"/api/v1/cases/{case}"))["state"] == "closed"
    assert await stands(today, case) == {SERVICE: "recalled", FACTORY: "handed_over"}
    assert (Role.COORDINATOR, "referral_handed_over") in await told(today, case)
