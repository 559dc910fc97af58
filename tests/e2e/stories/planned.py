"""A patient whose route is agreed, as stories of relatives and of services find them."""

from __future__ import annotations

from typing import Any

from marshrut.domain.words import Role
from tests.fixtures.ahead import Ahead


async def planned(today: Ahead, *needs: str, lives_with: str = "alone", **admission: Any) -> str:
    """A case with these needs, told from the first contact to the agreed route; its id."""
    case = await today.admit(**admission)
    await today.do(case, "first_contact", result="contacted")
    await today.do(case, "consent_record", result="given")
    await today.do(case, "home_safety", result="safe")
    await today.do(case, "life_survey", result="complete", lives_with=lives_with)
    await today.do(case, "function_scale", result="scored", score=80)
    await today.do(case, "documents_check", result="complete")
    await today.do(case, "needs_agree", result="agreed", needs=list(needs))
    await today.do(case, "route_draft", result="drafted")
    if "route_approve" in await today.live(case):
        await today.do(case, "route_approve", result="approved")
    await today.do(case, "route_offer", result="accepted")
    return case


async def reported(today: Ahead, case: str, **said: str) -> None:
    """The hospital says something of the patient."""
    answer = await today.post(f"/api/v1/cases/{case}/events", said, role=Role.INTEGRATOR)
    assert answer.status_code == 200, answer.text


async def moved(today: Ahead, item: str, status: str, **facts: Any) -> dict[str, Any]:
    """A coordinator says how an item stands; the item as it is then."""
    answer = await today.post(f"/api/v1/items/{item}/move", {"status": status, "facts": facts})
    assert answer.status_code == 200, answer.text
    now: dict[str, Any] = answer.json()
    return now


async def refused(today: Ahead, path: str, body: dict[str, Any], **how: Any) -> str:
    """Why this is not possible, as a code."""
    answer = await today.post(path, body, **how)
    assert answer.status_code == 409, answer.text
    code: str = answer.json()["code"]
    return code


async def told(today: Ahead, case: str) -> list[tuple[Role, str]]:
    """Whom the case told what, in its order; in whose hours it reaches them is another matter."""
    return notices((await today.get(f"/api/v1/cases/{case}/events", limit=500))["items"])


def notices(events: list[dict[str, Any]]) -> list[tuple[Role, str]]:
    """Who was told what, by a case's history: the role and the beginning of the occasion."""
    said = (event["data"] for event in events if event["kind"] == "people_told")
    return [(Role(data["role"]), data["occasion"].split(".")[0]) for data in said]
