"""Absence and shift handover, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from marshrut.domain.words import Role
from tests.fixtures.browser import PHONE, Site, said
from tests.fixtures.roster import Team

# No other test of the pages uses it.
HOSPITAL = "LOKB"


@pytest.fixture
async def team(site: Site) -> AsyncIterator[Team]:
    """Oksana leads Anna and Boris in a hospital of their own."""
    team = Team(site.system, HOSPITAL)
    await team.put("oksana", Role.SUPERVISOR)
    for user in ("anya", "boris"):
        await team.put(user)
    yield team
    await team.clear()


async def work(team: Team, user: str, family: str) -> tuple[str, str]:
    """A case that they answer for, and its first contact, which they have."""
    patient = {"identified": True, "mrn": f"m-{family}", "family": family, "given": "Ольга"}
    case_id = await team.admit(patient=patient, ward="ЛОР", bed="4")
    step_id = await team.step(case_id)
    await team.call("POST", f"/api/v1/cases/{case_id}/owner", {"owner": user})
    answer = await team.call("POST", f"/api/v1/steps/{step_id}/assign", {"assignee": user})
    assert answer.status_code == 200, answer.text
    return case_id, step_id


async def test_the_night_hands_over_and_the_morning_takes_all_but_one(site: Site, team: Team) -> None:
    """Notes travel with each thing; what is not taken stays, with its reason, and both sides see what became of it."""
    # Given Anna at the end of her night, with two patients
    taken, left = await work(team, "anya", "Ильина"), await work(team, "anya", "Комаров")
    anna = await site.signed_in(Role.COORDINATOR, "anya", HOSPITAL)
    await anna.goto("/desk/shift")
    await expect(anna.locator("#give .li")).to_have_count(4)
    # When she notes what has to be known and hands over to Boris
    await anna.fill(f'[name="note.{taken[1]}"]', "сестра звонит после 18")
    await anna.fill("#shift-note", "тихая ночь")
    await anna.select_option("#to", "boris")
    await site.looked_at(anna, "shift-give")
    await anna.click("#give button.btn--p")
    # Then it waits for him, and everything is hers until he answers
    await expect(anna.locator("main")).to_contain_text("Смена передана и ждёт ответа")
    assert (await team.get(f"/api/v1/steps/{taken[1]}"))["assignee"] == "anya"
    await site.looked_at(anna, "shift-waits")

    # When Boris comes, on his phone, and takes all but one step
    boris = await site.signed_in(Role.COORDINATOR, "boris", HOSPITAL, size=PHONE)
    await boris.goto("/desk/shift")
    card = boris.locator("section[id^=handover]")
    await expect(card).to_contain_text("сестра звонит после 18")
    await expect(card).to_contain_text("тихая ночь")
    await boris.select_option(f'[name="left.{left[1]}"]', "too_much")
    await site.looked_at(boris, "shift-take")
    await card.locator("text=Принять смену").click()
    # Then what he took is his, what he left is hers, and the page of the night tells both
    await expect(boris.locator("main")).to_contain_text("Смена принята")
    assert (await team.get(f"/api/v1/steps/{taken[1]}"))["assignee"] == "boris"
    assert (await team.get(f"/api/v1/steps/{left[1]}"))["assignee"] == "anya"
    oksana = await site.signed_in(Role.SUPERVISOR, "oksana", HOSPITAL)
    await oksana.goto("/desk/shift")
    text = await said(oksana, "main")
    assert "anya → boris" in text
    assert "принято: boris" in text
    assert "Не справлюсь со всем сразу" in text
    await site.looked_at(oksana, "shift-night")


async def test_a_senior_records_an_absence_and_ends_it(site: Site, team: Team) -> None:
    """A form that does not fit comes back as it was typed; then the deputy is named, until somebody is back."""
    # Given a senior coordinator who hears that Anna is ill
    page = await site.signed_in(Role.SUPERVISOR, "oksana", HOSPITAL)
    await page.goto("/desk/shift")
    now = datetime.now(UTC) + timedelta(hours=3)
    # When she writes an end before the beginning
    await page.select_option("#user", "anya")
    await page.select_option("#kind", "sick")
    await page.select_option("#deputy", "boris")
    await page.fill("#from", f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}")
    await page.fill("#until", f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M}")
    await page.click("text=Записать отсутствие >> nth=-1")
    # Then she is told, and everything she chose stands there still
    await expect(page.locator(".banner--late")).to_contain_text("Конец раньше начала")
    await expect(page.locator("#user")).to_have_value("anya")
    await expect(page.locator("#deputy")).to_have_value("boris")
    await site.looked_at(page, "shift-refused", faults=False)  # the browser reports the 422
    # When she leaves the end open
    await page.fill("#until", "")
    await page.click("text=Записать отсутствие >> nth=-1")
    # Then everybody sees who covers, and with one click Anna is back
    await expect(page.locator("main")).to_contain_text("Отсутствие записано.")
    aside = page.locator("aside")
    await expect(aside).to_contain_text("болеет с")
    await expect(aside).to_contain_text("замещает boris")
    await site.looked_at(page, "shift-away", faults=False)
    await page.get_by_role("button", name="Снова на месте: anya").click()
    await expect(page.locator("main")).to_contain_text("Отсутствие снято.")
    (anna,) = [each for each in (await team.get("/api/v1/staff"))["items"] if each["user"] == "anya"]
    assert anna["present"]
