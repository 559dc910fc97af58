"""Referring somebody to the psychologist, over HTTP."""

from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.fixtures.system import System

CARE = (Role.COORDINATOR, Role.PSYCHOLOGIST, Role.DOCTOR, Role.PLACEMENT, Role.SUPERVISOR, Role.HEAD)


async def refers(system: System, case: str, body: dict[str, Any], **how: Any) -> tuple[int, dict[str, Any]]:
    """The answer to a referral."""
    answer = await system.post(f"/api/v1/cases/{case}/psychology", body, **how)
    view: dict[str, Any] = answer.json()
    return answer.status_code, view


@pytest.mark.parametrize("role", CARE)
async def test_whoever_cares_may_refer_at_any_moment(system: System, role: Role) -> None:
    """Before anything else has happened: the first talk is open, and the card tells of the request."""
    case = await system.admit()
    status, told = await refers(system, case, {"reason": "grief"}, role=role)
    assert (status, told["created"], told["request"]["status"]) == (201, True, "requested")
    assert told["request"]["can"] == []
    assert await system.step(case, "psy_talk")
    card = await system.get(f"/api/v1/cases/{case}")
    (client,) = card["psychology"]["clients"]
    assert (client["item_id"], client["client"], client["status_title"]["en"]) == (
        told["request"]["item_id"],
        "patient",
        "Requested",
    )
    assert (card["psychology"]["crisis"], card["psychology"]["keeps_here"]) == ("none", False)


async def test_a_referral_that_is_repeated_happens_once(system: System) -> None:
    """The same call with the same key is the same referral; another one joins the request that is open."""
    case = await system.admit()
    first = await refers(system, case, {"reason": "fear"}, **{"Idempotency-Key": f"{case}-a"})
    assert first[0] == 201
    again = await refers(system, case, {"reason": "fear"}, **{"Idempotency-Key": f"{case}-a"})
    assert again == first
    status, joined = await refers(system, case, {"reason": "fear"}, **{"Idempotency-Key": f"{case}-b"})
    assert (status, joined["created"]) == (200, False)
    assert joined["request"]["item_id"] == first[1]["request"]["item_id"]
    assert len((await system.get(f"/api/v1/cases/{case}/items", kind="support_request"))["items"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"reason": "boredom"}, "unknown_name"),
        ({"reason": "fear", "client": "nobody"}, "unknown_client"),
        ({"reason": "fear", "urgency": "soon"}, "invalid"),
        ({"reason": "fear", "colour": "red"}, "invalid"),
        ({}, "invalid"),
    ],
    ids=range(5),
)
async def test_what_is_no_referral_is_refused_in_words(system: System, body: dict[str, str], code: str) -> None:
    """With its code and its words, and nothing happens."""
    case = await system.admit()
    status, problem = await refers(system, case, body)
    assert (status, problem["code"]) == (422, code)
    assert problem["title"]
    assert (await system.get(f"/api/v1/cases/{case}"))["psychology"]["clients"] == []


async def test_the_tables_of_families_are_shown_with_their_sources(system: System) -> None:
    """Whoever asks why something was proposed for a family finds the rule, its words, its mark and its source."""
    tables = await system.get("/api/v1/catalogue/route")
    (strained,) = [rule for rule in tables["family"] if rule["code"] == "carer_strained"]
    assert (strained["table"], strained["then"]) == ("family", {"family_need": ["carer_support", "line_051"]})
    assert strained["mark"] == "A"
    lists = {each["code"]: each for each in (await system.get("/api/v1/catalogue/lists"))["items"]}
    assert {each["code"] for each in lists["family_needs"]["entries"]} >= {"talk", "my_family_center"}
    assert all(each["source"] for each in lists["support_reasons"]["entries"])
