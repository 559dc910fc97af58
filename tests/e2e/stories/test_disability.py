"""Story 6: a disability group: referred and decided in days, refused and appealed, done, and not lost on the way home."""

from typing import Any

from tests.e2e.stories.bedside import clock, counted, reported, routed
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
    assert {day["date"] for day in referral["days"] if day["kind"] == "day_off"} == {"2026-03-09"}
    await did(today, case, "mse_send", REGISTERED, result="registered", held="absent")

    bureau = await clock(today, case, "mse_result")
    assert (bureau["timetable"]["name"], bureau["start"]["counts_from"]) == ("mse_bureau", "disability.mse_send")
    assert (bureau["figure"]["mark"], bureau["due_at"][:10]) == ("S", "2026-03-12")
    assert [day["date"] for day in counted(bureau["days"])] == ["2026-03-10", "2026-03-11", "2026-03-12"]


async def test_a_group_brings_the_certificate_and_the_programme(today: Ahead) -> None:
    """Given a referral, when the bureau gives a group, then certificate and programme come, and the need is met."""
    case = await routed(today, "disability", missing=["snils"], flags=["amputation"])
    await today.do(case, "mse_commission", result="more_tests")
    assert "mse_commission" not in await today.live(case)
    await today.sleep(case, days=5)
    await today.do(case, "mse_commission", result="refer")
    # Without the insurance number nobody is referred: the application says what it waits on.
    assert "mse_send" not in await today.live(case)
    assert "snils_restore" not in await today.live(case), "papers are no part of this route"
