"""A coordinator looks for relatives and asks questions from the page of a case; a senior steps in and out again."""

from __future__ import annotations

from playwright.async_api import expect

from marshrut.domain.words import Role
from tests.api.test_relatives import searching
from tests.browser.test_case import opened
from tests.fixtures.browser import PHONE, Site, shows


async def test_relatives_are_looked_for_from_the_page(site: Site) -> None:
    """Given nobody is found, when an attempt and then somebody alike are recorded, then a person confirms who it is."""
    case_id = await searching(site.system)
    page = await site.signed_in()
    card = await opened(page, site, case_id, "relatives_search")
    await page.check(f"{card} [name='o.result'][value=none]")
    await page.click(f"{card} >> text=Завершить шаг")
    await expect(page.locator(".banner--late")).to_contain_text("Сначала запишите хотя бы одну попытку")
    await page.click("summary:has-text('Попытка связаться…')")
    await page.select_option("#try-way", "neighbours")
    await page.select_option("#try-came", "told_something")
    await page.fill("#try-note", "сын приезжал летом")
    await site.looked_at(page, "case-attempt", faults=False)  # the browser reports the 409
    await page.click("text=Записать попытку")
    await expect(page.locator("aside")).to_contain_text("Соседи: кое-что узнали")
    await page.click("summary:has-text('Найден человек…')")
    await page.fill("#c-family", "Семёнов")
    await page.fill("#c-given", "Пётр")
    await page.fill("#c-born", "1970-05-01")
    await page.select_option("#c-source", "registry")
    await site.looked_at(page, "case-candidate", faults=False)
    await page.click("text=Записать найденного")
    candidate = page.locator("aside .li", has_text="Семёнов Пётр")
    await expect(candidate).to_contain_text("сходство")
    await candidate.locator("summary").click()
    await candidate.locator("select").select_option("confirmed")
    await candidate.locator("button").click()
    await expect(page.locator("aside .li", has_text="Семёнов Пётр")).to_contain_text("подтверждено")
    await site.looked_at(page, "case-near", faults=False)
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await site.looked_at(page, "case-near-phone", faults=False)


async def test_a_questionnaire_asks_only_what_belongs_and_shows_what_came_of_it(site: Site) -> None:
    """Given the screen of social needs, when it is filled in, then what is urgent stands on the case's page."""
    case_id = await site.system.admit()
    page = await site.signed_in()
    await page.goto(f"/desk/cases/{case_id}")
    await page.click("[aria-label='Заполнить: Скрининг социальных потребностей']")
    await expect(page.locator("legend:has-text('Чего нет?')")).to_be_hidden()
    await page.click("text=Посчитать и записать")
    await expect(page.locator(".errsum")).to_be_focused()
    await site.looked_at(page, "assessment-errors", faults=False)  # the browser reports the 422
    await page.check("[name='o.housing'][value=own]")
    await page.check("[name='o.documents'][value=missing]")
    await expect(page.locator("legend:has-text('Чего нет?')").first).to_be_visible()
    await page.check("[name='o.missing_documents'][value=passport]")
    await page.check("[name='o.safety'][value=unsafe]")
    await site.looked_at(page, "assessment", faults=False)
    await page.click("text=Посчитать и записать")
    await page.wait_for_url("**/desk/cases/*#a-scores")
    await shows(page, "section[data-row=a-scores]", "Дома небезопасно: сегодня же")


async def test_a_senior_takes_a_step_over_and_gives_it_back_on_the_page(site: Site) -> None:
    """Given a step of a coordinator's, when the senior takes it over and returns it, then it is hers again."""
    case_id = await site.system.admit()
    step_id = await site.system.step(case_id, "first_contact")
    taken = await site.system.post(f"/api/v1/steps/{step_id}/claim", {}, role=Role.COORDINATOR)
    assert taken.status_code == 200, taken.text
    before = taken.json()["assignee"]
    page = await site.signed_in(Role.SUPERVISOR, "olga")
    card = await opened(page, site, case_id, "first_contact")
    await page.click(f"{card} >> text=Взять на себя")
    await page.wait_for_selector(f"{card} >> text=Вернуть…")
    step = await site.system.get(f"/api/v1/steps/{step_id}")
    assert step["assignee"] == "olga"
    await page.click(f"{card} >> text=Вернуть…")
    await site.looked_at(page, "case-return")
    await page.click(f"{card} >> text=Вернуть шаг")
    await page.wait_for_selector(f"{card} >> text=Взять на себя")
    step = await site.system.get(f"/api/v1/steps/{step_id}")
    assert step["assignee"] == before
    coordinator = await site.signed_in(Role.COORDINATOR, before)
    card = await opened(coordinator, site, case_id, "first_contact")
    await expect(coordinator.locator(f"{card} >> text=Отпустить").first).to_be_visible()
    await expect(coordinator.locator(f"{card} >> text=Взять на себя").first).to_be_hidden()
