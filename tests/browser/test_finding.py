"""Finding people on the pages: whatever the spelling, and what is offered when nobody is found."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.people import admitted, entered, taken_on
from tests.fixtures.browser import PHONE, Site, reads, said, shows

HOSPITAL = "MNPC"


async def test_a_person_is_found_by_another_form_of_the_name(site: Site) -> None:
    """Given Наталия Веснина in the ward, who asks for Наталья finds her, reads why, and no address holds the name."""
    user = await taken_on(site, hospital=HOSPITAL)
    patient = {"identified": True, "mrn": "F-1", "family": "Веснина", "given": "Наталия", "birth_date": "1958-04-17"}
    await admitted(site.system, HOSPITAL, "", ago_h=1, patient=patient, ward="ТЕР", bed="214")
    page = await entered(site, user)
    await page.goto("/desk/")
    await page.fill("#find", "веснина наталья")
    await page.press("#find", "Enter")
    await page.wait_for_selector("text=Веснина Н.")
    await shows(page, "tr[data-row]", "другая форма имени")
    assert "наталья" not in page.url
    await site.looked_at(page, "found")


async def test_when_nobody_is_found_the_unknown_patients_are_offered(site: Site) -> None:
    """Given an unknown patient, a search in vain says what else was tried, and leads to who lies there unknown."""
    user = await taken_on(site, hospital=HOSPITAL)
    await admitted(site.system, HOSPITAL, "", ago_h=1, patient={"identified": False, "mrn": "F-2"})
    page = await entered(site, user, size=PHONE)
    await page.goto("/desk/cases")
    await site.looked_at(page, "cases-phone")
    await page.fill(".only-phone input", "Наталья Небывалова")
    await page.press(".only-phone input", "Enter")
    await page.wait_for_selector("h1:has-text('Поиск')")
    text = await said(page, "main")
    assert "не найден" in text
    assert "Наталия, Наташа" in text
    await site.looked_at(page, "found-nobody-phone")
    await page.click("text=Неизвестные пациенты")
    await page.wait_for_url("**/desk/cases?flag=unidentified")
    await shows(page, "main", "Неизвестный")


async def test_cases_are_listed_by_filters(site: Site) -> None:
    """Given cases of two wards, the filters leave those of one, and the count says how many."""
    user = await taken_on(site, hospital=HOSPITAL)
    await admitted(site.system, HOSPITAL, "Гинеколог", ago_h=1, ward="ГИНЕК")
    page = await entered(site, user)
    await page.goto("/desk/cases")
    await site.looked_at(page, "cases")
    await page.select_option("select[name=ward]", "ГИНЕК")
    await page.click("text=Показать")
    await expect(page.locator("tr[data-row]")).to_have_count(1)
    await reads(page, ".head .muted", "1 случай")
