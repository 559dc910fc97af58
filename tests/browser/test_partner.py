"""A coordinator hands a partner a link, and the partner answers on a telephone without signing in."""

from __future__ import annotations

from playwright.async_api import expect

from marshrut.domain.words import Role
from tests.fixtures.asked import FACTORY, FAMILY, SERVICE, asked, of_partner, status
from tests.fixtures.browser import PHONE, Site, shows


async def test_a_partner_answers_by_the_link_that_a_coordinator_issued(site: Site) -> None:
    """Given a link from the case's page, when the partner accepts on a telephone, then the case goes on by its word."""
    case_id, items = await asked(site.system)
    desk = await site.signed_in(Role.COORDINATOR, "anna")
    await desk.goto(f"/desk/cases/{case_id}#a-refs")
    form = f'form[action="/desk/items/{items[SERVICE]}/partner-link"]'
    await desk.locator(f"details:has({form}) > summary").click()
    await desk.locator(f"{form} select").select_option("yes")
    await site.looked_at(desk, "partner-link-form")
    await desk.locator(f"{form} button").click()
    url = await desk.input_value("#link input")
    assert url.startswith(f"{site.url}/partner/")
    assert case_id not in url
    await shows(desk, "#link", "Показана один раз")
    await site.looked_at(desk, "partner-link-issued")

    page = await site.window(size=PHONE)
    await page.goto(url)
    await site.looked_at(page, "partner-phone")
    await shows(page, "main", "Психологическая поддержка")
    for secret in (FAMILY, case_id):
        assert secret not in await page.content()
    await page.check('input[value="declined"]')
    await page.press("#note", "Tab")
    await page.click("main form button")
    await expect(page.locator("#reason-e")).to_contain_text("Выберите причину")
    await expect(page.locator('input[value="declined"]').first).to_be_checked()
    await site.looked_at(page, "partner-phone-refused", faults=False)  # the browser reports the 422
    await page.check('input[value="accepted"]')
    await page.fill("#note", "Позвоним завтра утром")
    await page.click("main form button")
    await expect(page.locator(".banner")).to_contain_text("Ответ записан")
    await expect(page.locator("main form")).to_have_count(0)
    await site.looked_at(page, "partner-phone-done", faults=False)

    assert await status(site.system, items[SERVICE]) == "accepted"
    assert await status(site.system, items[FACTORY]) == "recalled"
    await desk.goto(f"/desk/cases/{case_id}")
    await shows(desk, '[data-row="a-refs"]', "по ссылке ответили")
    await shows(desk, "main", "Позвоним завтра утром")


async def test_the_page_reads_in_english_in_the_dark_and_without_a_script(site: Site) -> None:
    """Given a browser without scripts in English, when the partner puts it aside until a day, then that is recorded."""
    _, items = await asked(site.system, SERVICE)
    made = await site.system.post(f"/api/v1/items/{items[SERVICE]}/partner-link")
    page = await site.window(script=False, language="en-GB", dark=True, size=PHONE)
    await page.goto(made.json()["path"])
    await shows(page, "main", "Your answer")
    await shows(page, "main", "has not agreed")
    await page.check('input[value="on_hold"]')
    await page.select_option("#reason", "no_capacity")
    await page.click("main form button")
    await shows(page, "main", "The answer is recorded")
    await shows(page, "main", "put aside")
    told = await site.system.http.get(
        f"/api/v1/partner/referrals/{items[SERVICE]}", headers=of_partner(site.system, SERVICE)
    )
    assert told.json()["on_hold"]


async def test_a_link_that_leads_nowhere_says_how_to_go_on(site: Site) -> None:
    """A code that nobody has, and a used link in another language, are no dead ends."""
    page = await site.window(size=PHONE)
    await page.goto("/partner/0000-0000-0000-0000")
    await shows(page, "main", "попросите координатора")
    await site.looked_at(page, "partner-unknown", faults=False)  # the browser reports the 404
    await page.click('text="EN"')
    await shows(page, "main", "leads to nothing")
