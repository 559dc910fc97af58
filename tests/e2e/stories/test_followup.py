"""Story 9: after the arrival, until somebody has looked at how it ended."""

import secrets
from datetime import timedelta
from functools import partial

import pytest

from tests.api.inboxes import relaying
from tests.e2e.stories.ways import assessed, at_home, met, noticed, reported
from tests.fixtures.ahead import Ahead
from tests.fixtures.engine import eventually
from tests.fixtures.system import admission


async def went_home(today: Ahead, **sent: object) -> str:
    """Somebody who needed nothing more is at home since now."""
    case = await met(today, **sent)
    await assessed(today, case)
    await at_home(today, case)
    return case


async def ending(today: Ahead, case: str) -> str:
    """How the case ended."""
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["state"] == "closed"
    return str(card["ending"])


async def untold(today: Ahead, case: str) -> str | None:
    """`told` once nothing is left to tell the case before this one."""
    command = await today.parts.api.commands.get(f"readmitted.{case}")
    return None if command is not None and command.state == "pending" else "told"


async def test_a_month_of_calls(today: Ahead) -> None:
    """Given somebody at home, they are asked after 72 hours, a week and a month; a problem is somebody's step."""
    case = await went_home(today)
    await today.sleep(case, hours=71)
    assert await today.live(case) == []
    await today.sleep(case, hours=1, minutes=5)
    assert await today.live(case) == ["call_72h"]
    await today.do(case, "call_72h", result="problem", about="money")
    assert await today.live(case) == ["problem_solve"]
    await today.do(case, "problem_solve", result="unsolved")
    await today.sleep(case, days=1, minutes=5)
    assert {"problem", "unsolved"} <= await noticed(today, case)
    await today.do(case, "call_72h", result="well")
    await today.sleep(case, days=3)
    await today.do(case, "check_7d", result="well")
    await today.sleep(case, days=23)
    await today.do(case, "check_30d", result="stable")
    await today.do(case, "case_close", result="reopened")
    await today.sleep(case, days=7, minutes=5)
    await today.do(case, "check_30d", result="stable")
    await today.do(case, "case_close", result="closed")
    assert await ending(today, case) == "home_alone"


async def test_whoever_withdraws_the_consent_is_called_no_more(today: Ahead) -> None:
    """Given a call that is due, when the person wants none, then it ends with the reason, and no later one begins."""
    case = await went_home(today)
    await today.sleep(case, hours=72, minutes=5)
    assert await today.live(case) == ["call_72h"]
    said = {"purpose": "followup", "answer": "refused", "by": "patient", "note": "звонить не надо"}
    answer = await today.post(f"/api/v1/cases/{case}/consents", said)
    assert (answer.status_code, answer.json()["said"]) == (200, "refused")
    assert await today.live(case) == []
    await today.sleep(case, days=5)
    assert await today.live(case) == []
    events = (await today.get(f"/api/v1/cases/{case}/events", limit=500))["items"]
    ended = [each["data"] for each in events if each["kind"] == "step_cancelled"]
    withdrawn = {each["step_id"].split(".")[2] for each in ended if each["reason"] == "consent_withdrawn"}
    assert withdrawn == {"call_72h", "check_7d"}
    await today.sleep(case, days=23)
    await today.do(case, "case_close", result="closed")
    assert await ending(today, case) == "home_alone"


async def test_nobody_answers_until_the_police_have_looked(today: Ahead) -> None:
    """Given nobody who answers, then calls end with their window, and a senior sends the police to look.

    Until then they are repeated daily; who is found well is asked after a week as everybody is.
    """
    case = await went_home(today)
    await today.sleep(case, days=3, minutes=5)
    calls = 0
    while "unreachable_decide" not in (live := await today.live(case)):
        if "call_72h" in live:
            await today.do(case, "call_72h", result="unreachable")
            calls += 1
        await today.sleep(case, days=1, minutes=1)
    assert calls == 3  # on the third, the fourth and the fifth day
    assert "unreachable" in await noticed(today, case)
    await today.do(case, "unreachable_decide", result="police")
    await today.do(case, "welfare_visit", result="not_found")
    await today.do(case, "unreachable_decide", result="police")
    await today.do(case, "welfare_visit", result="found_problem")
    await today.do(case, "problem_solve", result="solved")
    await today.sleep(case, days=1)
    assert "check_7d" in await today.live(case)


async def test_a_search_ends_when_a_senior_says_so(today: Ahead) -> None:
    """Given nobody who answers and a senior who has them sought no more, then no other call comes."""
    case = await went_home(today)
    await today.sleep(case, days=3, minutes=5)
    await today.do(case, "call_72h", result="unreachable")
    await today.sleep(case, days=1, minutes=5)
    await today.do(case, "call_72h", result="unreachable")
    await today.sleep(case, days=2)
    live = await today.live(case)
    if "call_72h" in live:
        await today.do(case, "call_72h", result="unreachable")
        await today.sleep(case, hours=1)
    await today.do(case, "unreachable_decide", result="close")
    assert await today.live(case) == ["case_close"]
    await today.do(case, "case_close", result="closed")
    assert await ending(today, case) == "home_alone"


@pytest.mark.parametrize(("days", "linked"), [(29, True), (31, False)])
async def test_who_comes_back_within_a_month_is_the_same_story(today: Ahead, days: int, linked: bool) -> None:
    """Given somebody who left, an admission within 30 days is linked on both cards and ends the calls; later, not."""
    person = {"identified": True, "mrn": secrets.token_hex(4), "family": "Соколова", "given": "Антонина"}
    case = await went_home(today, patient=person)
    await today.sleep(case, days=days)
    at = today.clock() - timedelta(hours=1)
    again = await today.admit(patient=person, admitted_at=at.isoformat(), visit=admission()["visit"])
    async with relaying(today.parts):
        await eventually(partial(untold, today, again))
    earlier, later = [await today.get(f"/api/v1/cases/{each}") for each in (case, again)]
    assert (later["earlier"], earlier["later"]) == ((case, again) if linked else (None, None))
    assert later["stage"] == "first_contact"
    steps = {step["name"] for step in earlier["steps"] if step["state"] in ("open", "claimed")}
    if linked:
        assert steps == set()
        assert (earlier["state"], earlier["tracks"]["followup"]) == ("closed", "home_alone")
        assert "readmitted" in await noticed(today, case)
    else:
        assert {"call_72h", "check_7d", "check_30d"} & steps


async def test_a_reported_readmission_ends_the_calls(today: Ahead) -> None:
    """Given a call that learns that a hospital has the person, then no check of a month follows."""
    case = await went_home(today)
    await today.sleep(case, days=7, minutes=5)
    await today.do(case, "check_7d", result="readmitted")
    assert await today.live(case) == ["case_close"]
    await reported(today, case, "readmitted")
    assert await ending(today, case) == "home_alone"
