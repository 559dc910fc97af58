"""The hotline, in a real browser."""

from __future__ import annotations

from playwright.async_api import Page, expect

from marshrut.domain.words import Role
from tests.fixtures.browser import PHONE, Site, reads, said, shows


async def operator(site: Site, user: str = "irina", **how: object) -> Page:
    """Somebody at the hotline, on their page."""
    page = await site.signed_in(Role.HOTLINE, user, "CENTRE", **how)
    await page.goto("/desk/hotline")
    return page


async def test_a_woman_calls_about_her_brother(site: Site) -> None:
    """Given a call with a code, when it is looked up, taken and answered, then she knows, and nobody waits any more."""
    case_id = await site.system.admit()
    code = (await site.system.get(f"/api/v1/cases/{case_id}"))["inquiry"]
    page = await operator(site)
    # She reads the code as it is on her paper, and the operator types what they hear.
    await page.fill("#q", code.lower().replace("-", " ").replace("0", "o"))
    await page.press("#q", "Enter")
    told = await said(page, ".banner")
    assert code in told
    assert "Знакомимся и узнаём, что случилось" in told
    assert "Соколова" not in await page.content()
    await site.looked_at(page, "hotline-code")
    # She asks more than that: the call is written down in a sentence.
    await page.click("text=Записать звонок")
    await expect(page.locator(".errsum")).to_contain_text("одной фразой")
    await page.fill("#sentence", "Когда брату восстановят паспорт?")
    await page.fill("#name", "Ольга Сергеевна")
    await page.fill("#phone", "+7 900 000-00-11")
    await page.fill("#relation", "сестра")
    await page.fill("#family", "Соколов")
    await page.click("text=Записать звонок")
    await page.wait_for_url("**/desk/hotline/*-*")
    await shows(page, "h1", "Когда брату восстановят паспорт?")
    await expect(page.locator(".clk")).to_have_count(1)
    await site.looked_at(page, "hotline-call", faults=False)  # the form that was refused was a 422
    # She calls again: found by her telephone, however it is typed.
    await page.goto("/desk/hotline")
    await shows(page, "#enquiries", "Ольга Сергеевна")
    await page.fill("#q", "9000000011")
    await page.press("#q", "Enter")
    await page.click("table >> text=Когда брату восстановят паспорт?")
    await page.fill("#answer", "Заявление принято, паспорт будет в пятницу.")
    await page.click("text=Записать ответ")
    await expect(page.locator("text=Обращение закрыто")).to_be_visible()
    await shows(page, "main", "паспорт будет в пятницу")
    await site.looked_at(page, "hotline-answered", faults=False)
    await page.goto("/desk/hotline")
    assert "Ольга Сергеевна" not in await said(page, "#enquiries")
    # Of the patient the hotline sees nothing but what the code tells.
    refused = await page.goto(f"/desk/cases/{case_id}")
    assert refused is not None
    assert refused.status == 403


async def test_a_question_that_another_office_must_answer_is_followed(site: Site) -> None:
    """Passed on it stays in the list with a clock of its own; it can be reminded; a form with a gap keeps its words."""
    page = await operator(site)
    await page.fill("#sentence", "Почему закрыли столовую?")
    await page.select_option("#topic", "complaint")
    await page.click("text=Записать звонок")
    await page.wait_for_url("**/desk/hotline/*-*")
    await page.check("input[value=passed_on]")
    await page.fill("#answer", "Спросим учреждение")
    await page.click("text=Записать ответ")
    await expect(page.locator("#to-e")).to_contain_text("кого спросили")
    await expect(page.locator("#answer")).to_have_value("Спросим учреждение")
    await page.select_option("#to", "institution")
    await page.click("text=Записать ответ")
    await expect(page.locator("h2", has_text="Ответ ведомства")).to_be_visible()
    await shows(page, "#talk", "учреждение")
    await page.click("text=Напомнить")
    await expect(page.locator("text=Напомнили")).to_be_visible()
    await page.click("text=Напомнить")
    await expect(page.locator(".banner--late")).to_be_visible()  # not twice in a row


async def test_what_is_new_is_offered_and_moves_nothing(site: Site) -> None:
    """Given two operators, when one takes a call, then the other is told and sees it when they ask; a form stays."""
    irina, oleg = await operator(site), await operator(site, "oleg")
    await expect(irina.locator("#lag")).to_contain_text("отставание")
    await irina.fill("#sentence", "Пишу и не закончила")
    await oleg.fill("#sentence", "Где стоит дело моего отца?")
    await oleg.click("text=Записать звонок")
    await oleg.wait_for_url("**/desk/hotline/*-*")
    notice = irina.locator("[data-notice=changed]")
    await expect(notice).to_contain_text("1 строка изменилась")
    assert "моего отца" not in await said(irina, "#enquiries")
    await site.looked_at(irina, "hotline-changed", faults=False)
    await notice.locator("button").click()
    await expect(irina.locator("#enquiries")).to_contain_text("моего отца")
    await expect(notice).to_have_count(0)
    await expect(irina.locator("#sentence")).to_have_value("Пишу и не закончила")


async def test_the_hotline_on_a_phone_in_english_and_in_the_dark(site: Site) -> None:
    """Nothing is wider than the screen, and an empty list says what happens next."""
    page = await operator(site, "emma", language="en-GB", size=PHONE, dark=True)
    await reads(page, "h1", "Hotline")
    await site.looked_at(page, "hotline-phone")
