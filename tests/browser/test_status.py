"""The applicant's page, in a real browser: on a telephone, without signing in."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.test_case import kovalev
from tests.fixtures.browser import PHONE, Site, shows


async def test_a_sister_looks_where_the_matter_stands(site: Site) -> None:
    """Given the slip with the code, when she types it as she reads it, then she sees what is done and what is left."""
    case_id = await kovalev(site)
    code = (await site.system.get(f"/api/v1/cases/{case_id}"))["inquiry"]
    page = await site.window(size=PHONE)
    await page.goto("/status")
    await site.looked_at(page, "status-code")
    russian = code.replace("-", " ").lower().replace("a", "а").replace("0", "о")
    await page.fill("#code", f" {russian} ")
    await page.press("#code", "Enter")
    await page.wait_for_url(f"**/status/{code}")
    await shows(page, "#status", code)
    assert await page.locator(".way li").count() >= 6
    await shows(page, ".way", "Сделано")
    assert "Ковалёв" not in await page.content()
    assert case_id not in await page.content()
    await site.looked_at(page, "status-phone")
    await page.click('text="EN"')
    await expect(page.locator("h2").first).to_have_text("Done and still to do")
    assert page.url.endswith(f"/status/{code}")
    await site.looked_at(page, "status-phone-en")
    wide = await site.window(language="ru-RU")
    await wide.goto(f"/status/{code}")
    await site.looked_at(wide, "status-wide")


async def test_a_code_that_nobody_has_is_no_dead_end(site: Site) -> None:
    """What was typed stays, what is wrong is said, and so is how to go on."""
    page = await site.window(size=PHONE, dark=True)
    await page.goto("/status")
    await page.fill("#code", "1234")
    await page.press("#code", "Enter")
    await expect(page.locator(".err")).to_contain_text("двенадцать букв и цифр")
    await expect(page.locator("#code")).to_have_value("1234")
    await page.fill("#code", "0000-0000-0000")
    await page.press("#code", "Enter")
    await expect(page.locator(".err")).to_contain_text("ничего нет")
    await shows(page, "main", "горячую линию")
    await site.looked_at(page, "status-unknown", faults=False)  # the browser reports the 422 and the 404


async def test_it_reads_without_a_script(site: Site) -> None:
    """Form, page and language need none."""
    case_id = await site.system.admit()
    code = (await site.system.get(f"/api/v1/cases/{case_id}"))["inquiry"]
    page = await site.window(script=False, language="en-GB")
    await page.goto("/status")
    await page.fill("#code", code)
    await page.press("#code", "Enter")
    await shows(page, "h1", "We are getting to know")
    await page.click('text="RU"')
    await shows(page, "h1", "Знакомимся")
    assert page.url.endswith(f"/status/{code}")


async def test_the_page_refreshes_by_itself_where_it_stands(site: Site) -> None:
    """When the matter moves on, the open page follows and says so."""
    case_id = await site.system.admit()
    code = (await site.system.get(f"/api/v1/cases/{case_id}"))["inquiry"]
    page = await site.window(kept=False)
    await page.clock.install()
    await page.goto(f"/status/{code}")
    assert (await site.system.post(f"/api/v1/cases/{case_id}/events", {"type": "died"})).status_code == 200
    await page.clock.fast_forward(61_000)
    await expect(page.locator("h1")).to_have_text("Дело закрыто")
    await expect(page.locator("#refreshed")).to_have_text("Страница обновилась")
