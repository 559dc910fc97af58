"""Parts of the way that stories of placement, discharge and follow-up have in common."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marshrut.domain.words import Role
from tests.fixtures.ahead import Ahead

LATER = timedelta(days=500)
# No team is away for longer than around the New Year.
HOLIDAYS = timedelta(days=14)


async def met(today: Ahead, **admission: Any) -> str:
    """Somebody was admitted, spoken to, and agreed to be helped."""
    case = await today.admit(**admission)
    await today.do(case, "first_contact", result="contacted")
    await today.do(case, "consent_record", result="given")
    await today.do(case, "home_safety", result="safe")
    return case


async def assessed(today: Ahead, case: str, *needs: str, lives_with: str = "alone", score: int = 45) -> None:
    """What they need is agreed; without needs nothing is."""
    await today.do(case, "life_survey", result="complete", lives_with=lives_with)
    await today.do(case, "function_scale", result="scored", score=score)
    await today.do(case, "documents_check", result="complete")
    await today.do(case, "needs_agree", **({"result": "agreed", "needs": needs} if needs else {"result": "none"}))


async def planned(today: Ahead, case: str) -> None:
    """A route is drafted, looked at by another senior where it must be, and accepted."""
    await today.do(case, "route_draft", result="drafted")
    if "route_approve" in await today.live(case):
        await today.do(case, "route_approve", result="approved")
    await today.do(case, "route_offer", result="accepted")


async def ready_later(today: Ahead, case: str) -> None:
    """The doctor expects the discharge long after the story: nobody is asked about that day any more."""
    await today.sleep(case, hours=1)
    await today.do(case, "expected_date", result="set", expected_at=(today.clock() + LATER).isoformat())


async def at_home(today: Ahead, case: str, received_by: str = "nobody") -> None:
    """The hospital reports the discharge, and somebody that the person has arrived."""
    await reported(today, case, "discharged")
    await today.do(case, "arrival_confirm", result="confirmed", received_by=received_by)


async def reported(today: Ahead, case: str, what: str, at: datetime | None = None) -> None:
    """The hospital's system says something."""
    body = {"type": what, "occurred_at": (at or today.clock()).isoformat()}
    answer = await today.post(f"/api/v1/cases/{case}/events", body, role=Role.INTEGRATOR)
    assert answer.status_code == 200, answer.text


async def items(today: Ahead, case: str, kind: str) -> dict[str, dict[str, Any]]:
    """The items of a kind by name; of several of a name the last."""
    listing = await today.get(f"/api/v1/cases/{case}/items", kind=kind)
    return {item["name"]: item for item in listing["items"]}


async def statuses(today: Ahead, case: str, kind: str) -> dict[str, str]:
    """How they stand."""
    return {name: item["status"] for name, item in (await items(today, case, kind)).items()}


async def move(today: Ahead, item: Mapping[str, Any], status: str, role: Role = Role.COORDINATOR, **more: Any) -> None:
    """Somebody says how an item stands now."""
    answer = await today.post(f"/api/v1/items/{item['item_id']}/move", {"status": status, **more}, role=role)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == status


async def noticed(today: Ahead, case: str) -> set[str]:
    """Of what people were told about the case, or will be once their team is there again: the occasions."""
    ahead, today.clock.ahead = today.clock.ahead, today.clock.ahead + HOLIDAYS
    listing = await today.get("/api/v1/notifications", case=case, limit=200)
    today.clock.ahead = ahead
    return {notice["occasion"].split(".")[0] for notice in listing["items"]}
