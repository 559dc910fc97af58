"""Somebody who connects a system looks at the page that says how, copies from it, and uses nothing but keys."""

from __future__ import annotations

from playwright.async_api import expect

from api.connect.ways import examples
from marshrut.domain.words import Role
from tests.fixtures.browser import PHONE, Site, shows


async def test_an_integrator_copies_an_example_by_keyboard(site: Site) -> None:
    """Given the page, when its button is pressed by a key, then what stands there is copied, with our host."""
    page = await site.signed_in(Role.INTEGRATOR, "his")
    await page.goto("/desk/")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.click("nav.nav >> text=Подключение")
    assert site.url in await page.inner_text("#x-rest")
    assert "--port 2575 127.0.0.1" in await page.inner_text("#x-mllp")
    await site.looked_at(page, "connect")
    await page.focus('[data-copy="x-rest"]')
    await page.keyboard.press("Enter")
    await expect(page.locator("#x-rest-said")).to_have_text("Скопировано")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == await page.locator("#x-rest").text_content()
    assert '"facility": "GKB29"' in copied
    await page.click("main >> text=Принятые сообщения")
    await page.wait_for_url("**/desk/messages")


async def test_it_reads_in_english_in_the_dark_and_on_a_telephone(site: Site) -> None:
    """Given a telephone, when a supervisor looks, then all examples are there and nothing is wider than the window."""
    page = await site.signed_in(Role.SUPERVISOR, size=PHONE, dark=True, language="en-GB")
    await page.goto("/desk/connect")
    assert await page.locator("pre").count() == len(list(examples()))
    await shows(page, "main", "A sandbox")
    await site.looked_at(page, "connect-phone-dark")


async def test_without_scripts_nothing_offers_to_copy(site: Site) -> None:
    """Given a browser without scripts, when somebody looks, then examples are there and no button that does nothing."""
    page = await site.signed_in(Role.ADMIN, script=False)
    await page.goto("/desk/connect")
    await expect(page.locator("[data-copy]:visible")).to_have_count(0)
    assert "MSH|^~" in await page.inner_text("#x-message")
