"""Story 6: a disability group: referred and decided in days, appealed, carried out, not lost on the way home."""

from typing import Any

from tests.e2e.stories.bedside import clock, counted, items, reported, routed, statuses, told_of
from tests.fixtures.ahead import Ahead

# Saturday to Monday, 7 to 9 March 2026, are off.
ADMITTED = "2026-03-02T09:00:00+03:00"
OPERATED = "2026-03-05T12:00:00+03:00"
REGISTERED = "2026-03-06T12:00:00+03:00"


async def did(today: Ahead, case: str, name: str, at: str, **outcome: Any) -> None:
    """A step that is recorded later than it was done."""
    path = f"/api/v1/steps/{await today.step(case, name)}/complete"
    answer = await today.post(path, {"outcome": outcome, "occurred_at": at})
    assert answer.status_code == 200, answer.text


async def test_an_amputees_terms_run_from_the_surgery_and_over_a_holiday(today: Ahead) -> None:
    """Given a surgery before a holiday, when it is told, then referral and decision are due three working days on."""
    case = await routed(today, "disability", flags=["amputation"], admitted_at=ADMITTED)
    await reported(today, case, "operated", occurred_at=OPERATED)
    commission = await clock(today, case, "mse_commission")
    assert commission["start"]["counts_from"] == "operated"
    await did(today, case, "mse_commission", REGISTERED, result="refer")
    referral = await clock(today, case, "mse_send")
    # Thursday's surgery: Friday, and after the holiday Tuesday and Wednesday.
    assert [day["date"] for day in counted(referral["days"])] == ["2026-03-06", "2026-03-10", "2026-03-11"]
    kinds = {day["date"]: day["kind"] for day in referral["days"]}
    assert (kinds["2026-03-07"], kinds["2026-03-09"]) == ("weekend", "day_off")
    await did(today, case, "mse_send", REGISTERED, result="registered", held="absent")

    bureau = await clock(today, case, "mse_result")
    assert (bureau["timetable"]["name"], bureau["start"]["counts_from"]) == ("mse_bureau", "disability.mse_send")
    assert (bureau["figure"]["mark"], bureau["due_at"][:10]) == ("S", "2026-03-12")
    assert [day["date"] for day in counted(bureau["days"])] == ["2026-03-10", "2026-03-11", "2026-03-12"]


async def test_a_group_brings_the_certificate_and_the_programme(today: Ahead) -> None:
    """Given a referral that waits for papers, when the bureau gives a group, then what follows is done."""
    case = await routed(today, "documents", "disability", missing=["snils"], flags=["amputation"])
    await today.do(case, "mse_commission", result="more_tests")
    assert "mse_commission" not in await today.live(case)
    await today.sleep(case, days=5)
    await today.do(case, "mse_commission", result="refer")
    # Without the insurance number nobody is referred: the application says what it waits on.
    application = (await items(today, case, "application"))["mse"]
    assert (application["status"], application["facts"]["waits_on"]) == ("needed", ["snils"])
    assert "mse_send" not in await today.live(case)
    await today.do(case, "snils_restore", result="issued")

    await today.do(case, "mse_send", result="returned")
    assert (await statuses(today, case, "application"))["mse"] == "returned"
    assert "mse_send" in await told_of(today, case)
    await today.sleep(case, days=1)
    await today.do(case, "mse_send", result="registered", held="at_the_bed")
    # The bureau comes to the bed, and that does not hold its decision up.
    assert {"mse_examination", "mse_result"} <= set(await today.live(case))
    await today.do(case, "mse_examination", result="held")
    await today.do(case, "mse_result", result="group", group="II", form="electronic", record="МСЭ-2026 7")
    papers = await statuses(today, case, "document")
    assert (papers["disability_certificate"], papers["ipra"]) == ("submitted", "needed")
    await today.do(case, "signature_check", result="valid")
    await today.do(case, "ipra_actions", result="partial")
    assert "ipra_actions" not in await today.live(case)
    await today.sleep(case, days=7)
    await today.do(case, "ipra_actions", result="done")
    while "hand_over" in await today.live(case):
        await today.do(case, "hand_over", result="handed_over", to="patient")
    assert set((await statuses(today, case, "document")).values()) == {"handed_over"}
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["tracks"]["disability"] == "group"
    needs = await statuses(today, case, "need")
    assert (needs["documents"], needs["disability"]) == ("met", "met")


async def test_a_refusal_is_appealed_to_the_next_bureau(today: Ahead) -> None:
    """Given no group, when the patient appeals, then the main bureau decides, and after it the federal one."""
    case = await routed(today, "disability")
    await today.do(case, "mse_commission", result="refer")
    await today.do(case, "mse_send", result="registered")
    await today.do(case, "mse_result", result="none")
    assert (await statuses(today, case, "application"))["mse"] == "denied"
    await today.do(case, "mse_appeal", result="filed", number="ЖБ-1")
    asked = (await items(today, case, "application"))["mse"]
    assert (asked["status"], asked["facts"]["office"]) == ("filed", "mse_main_bureau")
    await today.do(case, "appeal_result", result="none")
    await today.do(case, "mse_appeal", result="filed")
    assert (await items(today, case, "application"))["mse"]["facts"]["office"] == "mse_federal_bureau"
    await today.do(case, "appeal_result", result="none")
    # After the last bureau only a court decides: the need stays open for all to see.
    assert (await today.get(f"/api/v1/cases/{case}"))["tracks"]["disability"] == "none"
    assert await statuses(today, case, "need") == {"disability": "unmet"}


async def test_whom_the_commission_refuses_may_apply_alone(today: Ahead) -> None:
    """Given a commission that refuses, when the patient applies without it, then the bureau decides."""
    case = await routed(today, "disability")
    await today.do(case, "mse_commission", result="refuse")
    assert "mse_refused" in await told_of(today, case)
    await today.do(case, "mse_appeal", result="filed")
    assert "mse_result" in await today.live(case)
    await today.do(case, "mse_result", result="group", group="III", form="paper")
    assert (await statuses(today, case, "document"))["disability_certificate"] == "issued"


async def test_a_decision_that_comes_when_the_patient_is_home_is_not_lost(today: Ahead) -> None:
    """Given a registered referral, when the patient goes home first, then the decision is awaited and seen through."""
    case = await routed(today, "disability")
    await today.do(case, "mse_commission", result="refer")
    await today.do(case, "mse_send", result="registered", held="absent")
    before = await clock(today, case, "mse_result")
    await reported(today, case, "discharged")
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["tracks"]["disability"] == "awaited"
    # The term goes on from the registration; nobody starts it anew.
    after = await clock(today, case, "mse_result")
    assert (after["start"], after["due_at"]) == (before["start"], before["due_at"])
    await today.do(case, "arrival_confirm", result="confirmed", received_by="relatives")
    await today.sleep(case, days=3)
    assert "call_72h" in await today.live(case)
    await today.do(case, "mse_result", result="group", group="II", form="paper")
    assert "ipra_actions" in await today.live(case)
    await today.do(case, "ipra_actions", result="done")
    await today.do(case, "hand_over", result="handed_over", to="patient")
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["tracks"]["disability_later"] == "group"
    assert "call_72h" in await today.live(case)
