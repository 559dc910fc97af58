"""From the page of a case: what the patient agrees to and withdraws, and what is put right at their request."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.async_api import expect

from marshrut.domain.words import Role
from tests.api.test_disclosure import patient
from tests.fixtures.browser import PHONE, Site, said, shows


async def test_a_consent_is_recorded_and_withdrawn_on_the_page(site: Site) -> None:
    """Given nobody has asked, when a consent is recorded and withdrawn, then the table says so with who and how."""
    case_id = await site.system.admit()
    page = await site.signed_in()
    await page.goto(f"/desk/cases/{case_id}")
    row = page.locator("tr[data-purpose=followup]")
    await expect(row).to_contain_text("Не спрашивали")
    await page.click("summary:has-text('Записать согласие или отказ…')")
    await page.select_option("#g-what", "followup")
    await page.select_option("#g-said", "given")
    await page.select_option("#g-how", "witnessed")
    await page.fill("#g-until", "2098-05-01")
    await site.looked_at(page, "case-consent-form")
    await page.click("form[action$='/consents'] button.btn--p")
    await expect(row).to_contain_text("Согласен")
    await shows(page, "tr[data-purpose=followup]", "устно при свидетеле")
    await shows(page, "tr[data-purpose=followup]", "до 01.05.2098")
    await page.click("summary:has-text('Записать согласие или отказ…')")
    await page.select_option("#g-what", "followup")
    await page.select_option("#g-said", "withdrawn")
    await expect(page.locator("#g-until")).to_be_hidden()
    await expect(page.locator("form[action$='/consents'] .hint.lt")).to_be_visible()
    await page.click("form[action$='/consents'] button.btn--p")
    await expect(row).to_contain_text("Отозвано")
    await shows(page, "tr[data-purpose=followup]", "И без согласия продолжается")
    await site.looked_at(page, "case-consents")
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await site.looked_at(page, "case-consents-phone")


async def test_a_withdrawal_of_what_nobody_gave_is_shown_again(site: Site) -> None:
    """A refused form stands there as it was typed, with what is wrong."""
    case_id = await site.system.admit()
    page = await site.signed_in()
    await page.goto(f"/desk/cases/{case_id}")
    await page.click("summary:has-text('Записать согласие или отказ…')")
    await page.select_option("#g-what", "publication")
    await page.select_option("#g-said", "withdrawn")
    await page.fill("#g-note", "звонила дочь")
    await page.click("form[action$='/consents'] button.btn--p")
    await expect(page.locator(".banner--late")).to_be_visible()
    await expect(page.locator("#g-note")).to_have_value("звонила дочь")
    await expect(page.locator("#g-what")).to_have_value("publication")


async def test_a_name_is_put_right_and_the_hospital_does_not_put_it_back(site: Site) -> None:
    """Given a wrong name, when it is put right and the hospital sends the old one, then a person decides."""
    who = patient(family="Голубева")
    case_id = await site.system.admit(patient=who)
    page = await site.signed_in(Role.SUPERVISOR, "olga")
    await page.goto(f"/desk/cases/{case_id}")
    await page.click("summary:has-text('Исправить…')")
    await page.select_option("#r-field", "family")
    await expect(page.locator("#r-born")).to_be_hidden()
    await page.fill("#r-text", "Голубова")
    await page.select_option("#r-why", "document_seen")
    await page.select_option("#r-seen", "passport")
    await page.fill("#r-number", "2026-17")
    await site.looked_at(page, "case-correct-form")
    await page.click("form[action$='/corrections'] button.btn--p")
    await expect(page.locator("h1")).to_contain_text("Голубова")
    await page.locator("#corrections").evaluate("each => { each.open = true }")
    history = await said(page, "#corrections")
    assert "Исправлено: Фамилия" in history
    assert "было: Голубева; стало: Голубова" in history
    await site.looked_at(page, "case-corrected")
    await site.system.admit(patient=who, admitted_at=datetime.now(UTC).isoformat())
    await page.goto(f"/desk/cases/{case_id}")
    await expect(page.locator("h1")).to_contain_text("Голубова")
    dispute = page.locator("[data-dispute=family]")
    await expect(dispute).to_contain_text("прислала «Голубева»")
    await site.looked_at(page, "case-disputed")
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await site.looked_at(page, "case-disputed-phone")
    await dispute.locator("button", has_text="Оставить исправленное").click()
    await expect(page.locator("[data-dispute=family]")).to_have_count(0)
    await expect(page.locator("h1")).to_contain_text("Голубова")
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.click("summary:has-text('Отказать в исправлении…')")
    await page.select_option("#f-field", "birth_date")
    await page.fill("#f-asked", "03.02.1949")
    await page.select_option("#f-why", "not_shown")
    await page.select_option("#f-seen", "own_word")
    await page.fill("#f-number", "2026-18")
    await page.click("form[action$='/refusals'] button.btn--p")
    await expect(page.locator("#corrections")).to_contain_text("Не исправлено")
    await page.locator("#corrections").evaluate("each => { each.open = true }")
    await shows(page, "#corrections", "Не исправлено: Дата рождения")
    coordinator = await site.signed_in(Role.COORDINATOR, "rights-anna")
    await coordinator.goto(f"/desk/cases/{case_id}")
    await coordinator.locator("#corrections").evaluate("each => { each.open = true }")
    assert "Голубева" not in await said(coordinator, "#corrections")
    await expect(coordinator.locator("text=Отказать в исправлении…").first).to_be_hidden()
