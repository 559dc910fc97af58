"""In an emergency a coordinator opens another hospital's case; its senior coordinator sees it, and ends it."""

from __future__ import annotations

from playwright.async_api import expect

from marshrut.domain.words import Role
from tests.fixtures.browser import PHONE, Site, faults_of, shows

THEIRS = "BASHL"


async def test_a_closed_case_is_opened_in_need_and_the_hospital_ends_it(site: Site) -> None:
    """Given a case of another hospital, when it is opened with a reason, then it is read and its hospital is told."""
    case = await site.system.admit()
    page = await site.signed_in(Role.COORDINATOR, "glass-coordinator", THEIRS)
    await page.goto(f"/desk/cases/{case}")
    await shows(page, "main", "Этот случай вам не виден")
    await site.looked_at(page, "glass-closed", faults=False)
    await page.fill("#note", "коротко")
    await page.click("main button")
    await shows(page, "[role=alert]", "Выберите причину")
    await expect(page.locator("#note")).to_have_value("коротко")
    await page.check('input[value="brought_here"]')
    await page.fill("#note", "Пациента привезли к нам, без сознания")
    await page.click("main button")
    await expect(page.locator("#case")).to_be_visible()
    await shows(page, "main", "чужой случай")
    # It is there to be read: nothing on the page can be done to it.
    await expect(page.locator("main form:not([action$='/end'])")).to_have_count(0)
    await site.looked_at(page, "glass-open", faults=False)
    senior = await site.signed_in(Role.SUPERVISOR, "glass-senior", size=PHONE)
    await senior.goto("/desk/break-glass")
    await shows(senior, "main", "Пациента привезли к нам")
    await site.looked_at(senior, "glass-list-phone")
    wide = await site.signed_in(Role.SUPERVISOR, "glass-senior", dark=True)
    await wide.goto("/desk/break-glass")
    await site.looked_at(wide, "glass-list-dark")
    await wide.click("main >> text=Закрыть доступ >> nth=0")
    await expect(wide.locator("main >> text=Закрыть доступ")).to_have_count(0)
    await page.goto(f"/desk/cases/{case}")
    await shows(page, "main", "Этот случай вам не виден")
    # A page that says 404 is told of by the browser; nothing else went wrong.
    assert all("404" in each or "422" in each for each in faults_of(page)), faults_of(page)
