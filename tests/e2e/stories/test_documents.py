"""Story 3: papers: one after another where one needs another, side by side where not, refused, brought, lapsed."""

from tests.e2e.stories.bedside import clock, counted, history, items, moved, routed, statuses, told_of
from tests.fixtures.ahead import Ahead


async def test_a_lost_passport_is_reported_first_and_the_rest_waits_for_it(today: Ahead) -> None:
    """Given a lost passport, when papers are sought, then the police come first, and each says what it waits on."""
    case = await routed(today, "documents", missing=["passport", "snils", "oms", "disability"], passport="lost")
    # What stands alone is asked for at once, beside the passport.
    assert {"loss_statement", "disability_duplicate"} <= set(await today.live(case))
    papers = await items(today, case, "document")
    assert (papers["passport"]["facts"]["gone"], papers["passport"]["facts"]["office"]) == ("lost", "police")
    assert papers["snils"]["facts"]["waits_on"] == ["passport"]
    assert papers["oms"]["facts"]["waits_on"] == ["passport", "snils"]
    assert {name: paper["status"] for name, paper in papers.items()} == {
        "passport": "needed",
        "snils": "needed",
        "oms": "needed",
        "disability_certificate": "requested",
    }

    # The police refuse: a senior hears of it, and the day after they are asked again.
    await today.do(case, "loss_statement", result="refused")
    assert "loss_statement" in await told_of(today, case)
    assert (await statuses(today, case, "document"))["passport"] == "needed"
    assert "loss_statement" not in await today.live(case)
    await today.sleep(case, days=1)
    await today.do(case, "loss_statement", result="stub", number="КУСП-7741")
    passport = (await items(today, case, "document"))["passport"]
    assert (passport["status"], passport["facts"]["office"]) == ("requested", "migration_police")
    assert {"passport_visit", "temporary_id"} <= set(await today.live(case))

    # The temporary card is good for a passport: the fund is asked before that is there.
    await today.do(case, "temporary_id", result="issued")
    assert "snils_restore" in await today.live(case)
    await today.do(case, "snils_restore", result="issued", form="electronic", record="АДИ-РЕГ 77", signature="invalid")
    assert (await statuses(today, case, "document"))["snils"] == "rejected"
    await today.sleep(case, days=1)
    await today.do(case, "snils_restore", result="issued", form="electronic", record="АДИ-РЕГ 78")
    assert (await statuses(today, case, "document"))["snils"] == "submitted"
    assert "oms_restore" not in await today.live(case)
    await today.do(case, "signature_check", result="valid")
    snils = (await items(today, case, "document"))["snils"]
    assert (snils["status"], snils["facts"]["form"], snils["facts"]["signature"]) == ("issued", "electronic", "valid")
    assert "oms_restore" in await today.live(case)


async def test_the_term_of_an_office_runs_by_its_calendar(today: Ahead) -> None:
    """Given papers brought to the migration unit, when somebody asks why, then five days of the unit are told."""
    case = await routed(today, "documents", missing=["passport"], passport="stolen")
    await today.do(case, "loss_statement", result="stub")
    await today.do(case, "passport_visit", result="held")
    told = await clock(today, case, "passport_receive")
    assert (told["timetable"]["name"], told["figure"]["mark"]) == ("migration_police", "S")
    assert (told["term"]["amount"], told["term"]["unit"], len(counted(told["days"]))) == (5, "wd", 5)
    off = [day for day in told["days"] if day["kind"] in ("weekend", "day_off")]
    assert off, "five working days hold a weekend"
    assert all((day["counted_s"], day["number"]) == (0, None) for day in off)
    assert all(day["text"]["ru"] for day in told["days"])
    assert counted(told["days"])[-1]["date"] == told["due_at"][:10]


async def test_a_temporary_card_lapses_by_itself(today: Ahead) -> None:
    """Given a temporary card and no passport, when its two months pass, then it is asked for again, and told why."""
    case = await routed(today, "documents", missing=["passport"], passport="expired")
    await today.do(case, "temporary_id", result="issued")
    card = (await items(today, case, "document"))["temporary_id"]
    assert (card["status"], card["expires_at"] > card["moved_at"]) == ("issued", True)
    assert "temporary_id" not in await today.live(case)
    await today.sleep(case, days=59)
    assert (await statuses(today, case, "document"))["temporary_id"] == "issued"
    await today.sleep(case, days=2)
    assert "temporary_id" in await today.live(case)
    lapsed = [line for line in await history(today, case, "item_moved") if line["data"]["status"] == "expired"]
    assert [(line["actor"], line["data"]["item_id"]) for line in lapsed] == [("marshrut", card["item_id"])]
    # The passport comes first: nobody needs another card.
    await today.do(case, "passport_visit", result="held")
    await today.do(case, "passport_receive", result="issued", form="paper", number="4520 000001")
    assert (await statuses(today, case, "document"))["temporary_id"] == "given_up"
    assert "temporary_id" not in await today.live(case)


async def test_a_paper_that_a_relative_brings_is_asked_for_no_more(today: Ahead) -> None:
    """Given a passport on its way, when the daughter brings it, then its steps go and what waited goes on."""
    case = await routed(today, "documents", missing=["passport", "snils"], passport="lost")
    await today.do(case, "loss_statement", result="stub")
    assert {"passport_visit", "temporary_id"} <= set(await today.live(case))
    passport = (await items(today, case, "document"))["passport"]
    facts = {"form": "paper", "number": "4520 000002", "note": "нашла дочь"}
    brought = await moved(today, passport, "issued", facts=facts)
    assert (brought["facts"]["number"], brought["moved_by"]) == ("4520 000002", "coordinator-1")
    live = await today.live(case)
    assert "snils_restore" in live
    assert not {"passport_visit", "passport_receive", "temporary_id"} & set(live)
    assert (await items(today, case, "document"))["snils"]["facts"]["waits_on"] == []

    await today.do(case, "snils_restore", result="issued", form="paper")
    await today.do(case, "hand_over", result="handed_over", to="relative")
    papers = await items(today, case, "document")
    assert {name: (papers[name]["status"], papers[name]["facts"]["holder"]) for name in ("passport", "snils")} == {
        "passport": ("handed_over", "relative"),
        "snils": ("handed_over", "relative"),
    }
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["tracks"]["documents"] == "complete"
    needs = {need["name"]: need["status"] for need in (await today.get(f"/api/v1/cases/{case}/route"))["needs"]}
    assert needs == {"documents": "met"}


async def test_what_no_office_gives_is_given_up_and_the_need_stays_open(today: Ahead) -> None:
    """Given a fund that finds nothing, when people give up, then the need is unmet and the case says so to the end."""
    case = await routed(today, "documents", missing=["snils"])
    await today.do(case, "snils_restore", result="not_found")
    await today.sleep(case, days=1)
    await today.do(case, "snils_restore", result="not_found", then="given_up")
    assert await statuses(today, case, "document") == {"snils": "given_up"}
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["tracks"]["documents"] == "partial"
    assert await statuses(today, case, "need") == {"documents": "unmet"}
