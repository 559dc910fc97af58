"""Story 2: the route follows from needs, flags and scores, with reasons; people edit, approve, and change it later."""

from typing import Any

from marshrut.domain.words import Role
from tests.e2e.stories.bedside import agreed, codes, history, moved, routed
from tests.fixtures.ahead import Ahead


async def route(today: Ahead, case: str) -> dict[str, dict[str, Any]]:
    """The parts of the route, by name."""
    told = await today.get(f"/api/v1/cases/{case}/route")
    return {entry["name"]: entry for sort in ("directions", "programmes", "steps") for entry in told[sort]}


async def changed_by(today: Ahead, case: str, item: str) -> list[tuple[str, str]]:
    """Into what an item was moved, and by whom."""
    lines = await history(today, case, "item_moved")
    return [(line["data"]["status"], line["actor"]) for line in lines if line["data"]["item_id"] == item]


async def test_needs_flags_and_scores_propose_a_route_with_reasons(today: Ahead) -> None:
    """Given an amputee who cannot cope, when needs are agreed, then tracks, programmes and steps say why."""
    case = await agreed(
        today, "home_care", "aids", "disability", score=40, lives_with="alone", flags=["amputation", "low_mobility"]
    )
    told = await today.get(f"/api/v1/cases/{case}/route")
    assert {entry["name"]: codes(entry) for entry in told["directions"]} == {
        "services": ["services_needed"],
        "disability": ["disability_needed"],
    }
    assert {entry["name"]: codes(entry) for entry in told["programmes"]} == {
        "new_opportunities": ["limb_lost"],
        "home_care": ["cannot_move_at_home"],
        "long_term_care": ["depends_at_home"],
        "aids_certificate": ["aids_wanted"],
    }
    assert {entry["name"]: codes(entry) for entry in told["steps"]} == {"services.aids_supply": ["aids_needed"]}
    assert all(reason["title"]["ru"] for entry in (await route(today, case)).values() for reason in entry["because"])

    # The coordinator leaves out what the patient does not want and adds what no table proposes.
    parts = await route(today, case)
    await moved(today, parts["aids_certificate"], "left_out", facts={"note": "коляска уже есть"})
    await today.item(case, "entry", "psychology", facts={"sort": "direction"})
    await today.do(case, "route_draft", result="drafted")
    await today.do(case, "route_offer", result="accepted")
    parts = await route(today, case)
    assert (parts["aids_certificate"]["status"], parts["psychology"]["because"]) == ("left_out", [])
    assert {name for name, part in parts.items() if part["status"] == "planned"} == {
        *("services", "disability", "psychology"),
        *("new_opportunities", "home_care", "long_term_care", "services.aids_supply"),
    }
    begun = {"mse_commission", "need_application", "aids_supply", "psy_talk", "referral_send"}
    assert begun <= set(await today.live(case))


async def test_a_place_is_planned_by_four_eyes(today: Ahead) -> None:
    """Given a route into an institution, when it is drafted, then another senior approves it, or it comes back."""
    case = await agreed(today, "placement", score=10, lives_with="alone")
    # A table has no eyes: what it proposes no senior plans alone.
    proposed = (await route(today, case))["placement"]
    alone = await today.post(f"/api/v1/items/{proposed['item_id']}/move", {"status": "planned"}, role=Role.SUPERVISOR)
    assert (alone.status_code, alone.json()["code"]) == (409, "approval_needed")
    assert proposed["can"] == ["wanted", "left_out"]
    await today.do(case, "route_draft", result="drafted")
    place = (await route(today, case))["placement"]
    assert place["status"] == "wanted"
    assert "route_offer" not in await today.live(case)
    # Neither as a step nor as a part of the route: whose plan it is sees no such button either.
    by_hand = await today.post(f"/api/v1/items/{place['item_id']}/move", {"status": "planned"}, role=Role.SUPERVISOR)
    assert (by_hand.status_code, by_hand.json()["code"]) == (409, "own_request")
    assert place["can"] == ["left_out"]
    path = f"/api/v1/steps/{await today.step(case, 'route_approve')}/complete"
    own = await today.post(path, {"outcome": "approved"}, role=Role.SUPERVISOR)
    assert (own.status_code, own.json()["code"]) == (409, "own_request")
    other = await today.post(path, {"outcome": "returned"}, role=Role.SUPERVISOR, user="pavel")
    assert other.status_code == 200, other.text

    await today.do(case, "route_draft", result="drafted", directions=["placement", "relatives"])
    await today.do(case, "route_approve", result="approved")
    await today.do(case, "route_offer", result="changed")
    await today.do(case, "route_draft", result="drafted", directions=["relatives"])
    # What needs approval is gone from the plan: nobody has to look at the rest.
    await today.do(case, "route_offer", result="accepted")
    assert {name: part["status"] for name, part in (await route(today, case)).items()} == {
        "placement": "withdrawn",
        "relatives": "planned",
    }
    assert "profile_choose" not in await today.live(case)


async def test_the_weekly_review_adds_and_drops(today: Ahead) -> None:
    """Given a route, when a week's review drops a direction and adds one, then its steps end, and others begin."""
    case = await routed(today, "documents", "psychology", missing=["snils"])
    assert {"snils_restore", "psy_talk"} <= set(await today.live(case))
    # Something became known on the third day; the table speaks at the next review.
    told = await today.post(f"/api/v1/cases/{case}/flags", {"add": ["amputation"], "note": "после операции"})
    assert told.status_code == 200, told.text
    assert "new_opportunities" not in await route(today, case)

    await today.sleep(case, days=7, minutes=5)
    assert "route_review" in await today.live(case)
    parts = await route(today, case)
    assert (parts["new_opportunities"]["status"], codes(parts["new_opportunities"])) == ("proposed", ["limb_lost"])
    await moved(today, parts["new_opportunities"], "planned")
    await today.do(case, "route_review", result="changed", adds=["disability"], drops=["psychology"])
    live = await today.live(case)
    assert "mse_commission" in live
    assert "psy_talk" not in live
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["tracks"]["psychology"] == "withdrawn"
    assert "referral_send" in live

    # A week later the direction is taken up again, from its beginning; the needs say what became of them.
    await today.sleep(case, days=7, minutes=5)
    await today.do(case, "route_review", result="changed", adds=["psychology"])
    await today.do(case, "psy_talk", result="helped")
    card = await today.get(f"/api/v1/cases/{case}")
    assert (card["tracks"]["psychology"], card["tracks"]["psychology.again"]) == ("withdrawn", "helped")
    needs = {need["name"]: need["status"] for need in (await today.get(f"/api/v1/cases/{case}/route"))["needs"]}
    assert (needs["psychology"], needs["documents"]) == ("met", "agreed")

    # Who changed what, and when, stands in the history.
    psychology = parts["psychology"]["item_id"]
    assert [status for status, _ in await changed_by(today, case, psychology)] == ["planned", "withdrawn", "planned"]
    reviews = [
        (line["actor"], line["data"]["outcome"])
        for line in await history(today, case, "step_completed")
        if "route_review" in line["data"]["step_id"]
    ]
    assert reviews == [
        ("supervisor-1", {"result": "changed", "adds": ["disability"], "drops": ["psychology"]}),
        ("supervisor-1", {"result": "changed", "adds": ["psychology"], "drops": []}),
    ]
    assert await changed_by(today, case, parts["new_opportunities"]["item_id"]) == [("planned", "coordinator-1")]


async def test_what_is_added_between_reviews_is_looked_at_first(today: Ahead) -> None:
    """Given a route that is followed, when a review adds a place, then it begins once another senior approves."""
    case = await routed(today, "relatives")
    await today.sleep(case, days=7, minutes=5)
    step = await today.step(case, "route_review")
    added = await today.post(
        f"/api/v1/steps/{step}/complete", {"outcome": {"result": "changed", "adds": ["placement"]}}, user="vera"
    )
    assert added.status_code == 200, added.text
    assert "profile_choose" not in await today.live(case)
    await today.do(case, "route_approve", result="approved")
    assert "profile_choose" in await today.live(case)
    part = (await route(today, case))["placement"]
    assert part["status"] == "planned"
