"""An administrator takes a machine on, revokes its key, and sees to the accounts of people."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from marshrut.domain.words import Role
from tests.browser.people import PASSWORD, entered, sign_in, taken_on
from tests.fixtures.browser import PHONE, Site, said, shows

# Of nobody else's tests.
THEIRS = "LOKB"


@pytest.fixture
async def admin(site: Site) -> Page:
    """An administrator of the hospital."""
    return await entered(site, await taken_on(site, "Юдина К. С.", Role.ADMIN, THEIRS))


async def asked(site: Site, key: str) -> int:
    """What the API answers a machine with that key."""
    headers = {"Authorization": f"Bearer {key}"}
    return (await site.system.http.get("/api/v1/cases", headers=headers)).status_code


async def test_a_machine_is_taken_on_and_its_key_is_shown_once_and_revoked(site: Site, admin: Page) -> None:
    """Given no machines, when one is made, its key works and is shown once; revoked, it works no more."""
    await admin.goto("/desk/machines")
    await shows(admin, "main", "Ни одной системы ещё нет")
    await site.looked_at(admin, "machines-empty")
    await admin.click("main >> text=Новая система >> nth=0")
    await site.looked_at(admin, "machines-new")
    await admin.fill("#name", "МИС Липецк")
    await admin.fill("#user", "две системы")
    await admin.check("[name=scope][value=read]")
    await admin.click("text=Завести и показать ключ")
    await expect(admin.locator(".errsum")).to_contain_text("без пробелов")
    await expect(admin.locator("[name=scope][value=read]").first).to_be_checked()
    await site.looked_at(admin, "machines-refused", faults=False)
    await admin.fill("#user", "his-lokb")
    await admin.select_option("#days", "30")
    await admin.click("text=Завести и показать ключ")
    key = await said(admin, "#key")
    assert key.startswith("mrk_")
    assert await asked(site, key) == 200
    await site.looked_at(admin, "machines-key", faults=False)
    await admin.goto("/desk/machines")
    assert key not in await admin.content()
    await shows(admin, "main", "МИС Липецк")
    await site.looked_at(admin, "machines", faults=False)
    small = await site.signed_in(Role.ADMIN, "root-lokb", THEIRS, size=PHONE, dark=True, language="en-GB")
    await small.goto("/desk/machines")
    await site.looked_at(small, "machines-phone-dark")
    await admin.click("summary:has-text('Отозвать ключ')")
    await admin.check("[name=sure]")
    await admin.click("details[open] >> role=button[name='Отозвать ключ']")
    await expect(admin.locator(".banner")).to_contain_text("Ключ отозван")
    assert await asked(site, key) == 401


async def test_an_administrator_signs_somebody_out_and_locks_them_out(site: Site, admin: Page) -> None:
    """Given somebody at work, when their session is ended they have to sign in; when they are locked they cannot."""
    user = await taken_on(site, "Сидорчук П. А.", Role.COORDINATOR, THEIRS)
    page = await entered(site, user)
    await admin.goto("/desk/accounts")
    await site.looked_at(admin, "accounts")
    await admin.click("text=Сидорчук П. А.")
    await site.looked_at(admin, "accounts-one")
    await admin.click("main >> role=button[name^='Завершить']")
    await expect(admin.locator(".banner")).to_contain_text("Сеанс завершён")
    await page.goto("/desk/")
    assert "/desk/signin" in page.url
    await sign_in(page, user)
    await page.wait_for_url(re.compile("/desk/(?!signin)"))
    await admin.click("text=Закрыть доступ")
    await expect(admin.locator(".banner")).to_contain_text("Доступ закрыт")
    await site.looked_at(admin, "accounts-locked")
    await page.goto("/desk/")
    assert "/desk/signin" in page.url
    await sign_in(page, user, PASSWORD)
    await page.wait_for_selector(".err")
    await admin.click("text=Открыть доступ")
    await expect(admin.locator(".banner")).to_contain_text("Доступ открыт")
    small = await site.signed_in(Role.ADMIN, "root-lokb", THEIRS, size=PHONE, language="en-GB")
    await small.goto("/desk/accounts")
    await site.looked_at(small, "accounts-phone")
    await small.click(f"a[href$='{user}']")
    await site.looked_at(small, "accounts-one-phone")
