"""What stories tell in the same way: somebody comes in, is met and looked at, and agrees to a route."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.fixtures.ahead import Ahead

View = dict[str, Any]
TWO_WEEKS = 24 * 14


async def met(today: Ahead, **admission: Any) -> str:
    """Somebody who came in, was spoken to, wants help and left nobody alone at home; the case."""
    case = await today.admit(**admission)
    await today.do(case, "first_contact", result="contacted")
    await today.do(case, "consent_record", result="given")
    await today.do(case, "home_safety", result="safe")
    return case


async def agreed(
    today: Ahead,
    *needs: str,
    missing: Sequence[str] = (),
    passport: str | None = None,
    lives_with: str = "relatives",
    score: int = 90,
    **admission: Any,
) -> str:
    """Somebody who was met and looked at, and with whom these needs were agreed; the case."""
    case = await met(today, **admission)
    await today.do(case, "life_survey", result="complete", lives_with=lives_with)
    await today.do(case, "function_scale", result="scored", score=score)
    papers: View = {"result": "missing", "missing": list(missing), "passport": passport} if missing else {}
    await today.do(case, "documents_check", **(papers or {"result": "complete"}))
    await today.do(case, "needs_agree", result="agreed", needs=list(needs))
    return case


async def routed(today: Ahead, *needs: str, **told: Any) -> str:
    """Somebody with whom these needs, and the route that follows from them, were agreed; the case."""
    case = await agreed(today, *needs, **told)
    await today.do(case, "route_draft", result="drafted")
    if "route_approve" in await today.live(case):
        await today.do(case, "route_approve", result="approved")
    await today.do(case, "route_offer", result="accepted")
    return case


async def until_team(today: Ahead, case: str, team: str, *, there: bool) -> None:
    """Let hours pass until the team is at work, or away, and will be for an hour."""
    state = await today.settled(case)
    catalogue = today.parts.api.catalogues.current.slice(state.hospital or "")
    hours = [timedelta(hours=number) for number in range(TWO_WEEKS)]
    at_work = [catalogue.is_there(state, team, today.clock() + each) for each in hours]
    wait = next(number for number in range(TWO_WEEKS) if at_work[number : number + 2] == [there, there])
    if wait:
        await today.sleep(case, hours=wait)


async def items(today: Ahead, case: str, kind: str) -> dict[str, View]:
    """The items of a kind, by name; of several of a name the last one."""
    return {item["name"]: item for item in (await today.get(f"/api/v1/cases/{case}/items", kind=kind))["items"]}


async def statuses(today: Ahead, case: str, kind: str) -> dict[str, str]:
    """How the items of a kind stand, by name."""
    return {name: item["status"] for name, item in (await items(today, case, kind)).items()}


async def moved(today: Ahead, item: View, status: str, **more: Any) -> View:
    """An item that a coordinator moved by hand."""
    answer = await today.post(f"/api/v1/items/{item['item_id']}/move", {"status": status, **more})
    assert answer.status_code == 200, answer.text
    view: View = answer.json()
    return view


async def reported(today: Ahead, case: str, report: str, **more: Any) -> None:
    """The hospital reports something about the patient."""
    answer = await today.post(f"/api/v1/cases/{case}/events", {"type": report, **more})
    assert answer.status_code == 200, answer.text


async def clock(today: Ahead, case: str, step: str) -> View:
    """Why the live step of that name is due when it is."""
    told = await today.get(f"/api/v1/steps/{await today.step(case, step)}/clock")
    view: View = told["clock"]
    return view


def counted(days: list[View]) -> list[View]:
    """The days of an explained clock that count as one of the term."""
    return [day for day in days if day["number"] is not None]


def codes(view: View) -> list[str]:
    """The codes of the reasons for which a need or a part of a route was proposed."""
    return [reason["code"] for reason in view["because"]]


async def history(today: Ahead, case: str, kind: str) -> list[View]:
    """What happened of that kind, from the start."""
    lines = (await today.get(f"/api/v1/cases/{case}/events", limit=500))["items"]
    return [line for line in lines if line["kind"] == kind]


async def told_of(today: Ahead, case: str) -> list[str]:
    """Of what people are told, now or as soon as their team works."""
    return [line["data"]["occasion"].split(".")[0] for line in await history(today, case, "people_told")]
