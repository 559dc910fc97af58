"""A coordinator opens a case, reads where it stands and works on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.async_api import Page, expect

from marshrut.domain.words import Role
from tests.fixtures.browser import PHONE, SCREENS, Site, faults_of, reads, said, shows

ZONE = ZoneInfo("Europe/Moscow")
DAUGHTER = {"family": "Ковалёва", "given": "Вера", "relation": "дочь", "phones": ["+7 900 000-00-12"]}


async def kovalev(site: Site) -> str:
    """Days of work: a plan with three directions, a passport that was lost, a daughter whom nobody has rung yet."""
    system = site.system
    case_id = await system.admit(
        admitted_at=(datetime.now(UTC) - timedelta(days=4)).isoformat(),
        ward="неврология",
        bed="412-3",
        diagnosis="I63.9",
        patient={
            "identified": True,
            "mrn": "48213",
            "family": "Ковалёв",
            "given": "Игорь",
            "patronymic": "Степанович",
            "birth_date": "1958-03-14",
            "sex": "male",
        },
        contacts=[DAUGHTER],
        flags=["lives_alone", "low_mobility"],
    )
    await system.do(case_id, "first_contact", result="contacted", identity="known", citizenship="ru")
    await system.do(case_id, "consent_record", result="given", by="patient")
    await system.do(case_id, "home_safety", result="safe")
    await system.do(case_id, "life_survey", result="complete", lives_with="alone")
    await system.do(case_id, "function_scale", result="scored", score=35, moves="lies")
    await system.do(case_id, "documents_check", result="missing", missing=["passport", "snils"], passport="lost")
    await system.do(case_id, "needs_agree", result="agreed", needs=["documents", "home_care", "relatives"])
    await system.do(case_id, "route_draft", result="drafted", directions=["documents", "services", "relatives"])
    await system.do(case_id, "route_offer", result="accepted")
    return case_id


async def step_of(site: Site, case_id: str, name: str) -> str:
    return await site.system.step(case_id, name)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%dT%H:%M}"


async def opened(page: Page, site: Site, case_id: str, name: str) -> str:
    """Go to a step's form; the selector of its card."""
    step_id = await step_of(site, case_id, name)
    await page.goto(f"/desk/steps/{step_id}")
    return "#step-" + step_id.partition(".")[2].replace(".", "-")


# Pairs of words of a picture that meet as the browser sets them, and words that stick out of it.
COLLIDING = """svg => {
  const whole = svg.getBoundingClientRect(), found = [];
  const texts = [...svg.querySelectorAll("text")].map((each) => [each.textContent, each.getBoundingClientRect()]);
  texts.forEach(([one, a], place) => {
    if (a.left < whole.left - 1 || a.right > whole.right + 1) found.push(one);
    for (const [other, b] of texts.slice(place + 1))
      if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4)
        found.push(`${one} × ${other}`);
  });
  return found;
}"""


async def collisions(page: Page) -> list[str]:
    """What collides in the picture that is shown."""
    shown = ".route--w svg" if await page.is_visible(".route--w") else ".route--n svg"
    found: list[str] = await page.eval_on_selector(shown, COLLIDING)
    return found


async def test_a_coordinator_reads_where_a_case_stands_and_goes_on_with_it(site: Site) -> None:
    """Given a case in the middle of its route, when its coordinator opens it, then page and picture say where it is."""
    case_id = await kovalev(site)
    page = await site.signed_in()
    await page.goto(f"/desk/cases/{case_id}")
    assert (await said(page, "h1")).startswith("Ковалёв Игорь Степанович, 6")
    await shows(page, ".facts", "неврология, 412-3")
    await reads(page, ".rail [aria-current] b", "Направления")
    assert await page.locator(".route--w svg text.lane").all_inner_texts()
    await site.looked_at(page, "case")
    await page.click("text=Показать таблицей")
    assert await page.locator("#table tbody tr").count() >= await page.locator(".route--w svg g[data-key]").count() > 0

    # when: an answer of this morning is recorded
    card = await opened(page, site, case_id, "loss_statement")
    await page.click(f"{card} label:has-text('Талон получен')")
    await page.fill(f"{card} [name='o.number']", "КУСП 4410")
    earlier = datetime.now(UTC) - timedelta(hours=6)
    await page.fill(f"{card} [name='occurred_at']", local(earlier))
    await site.looked_at(page, "case-form")
    await page.click(f"{card} >> text=Завершить шаг")
    await page.wait_for_url("**/desk/cases/**")
    line = page.locator(".tl li", has_text="Заявить об утрате паспорта: талон получен").first
    assert "записано" in await line.inner_text()
    assert await line.locator(".rec--late").count() == 1
    assert "задним числом" in await line.inner_text()
    assert "КУСП 4410" in await line.inner_text()

    # when: the next step is blocked
    card = await opened(page, site, case_id, "passport_visit")
    await page.click(f"{card} >> text=Заблокировать…")
    await page.select_option(f"{card} [name=reason]", "passport")
    await page.fill(f"{card} [name=until]", local(datetime.now(UTC) + timedelta(days=3)))
    await page.fill(f"{card} form[action$='/block'] [name=note]", "сотрудник МВД будет в четверг")
    await page.click(f"{card} >> text=Заблокировать шаг")
    await page.wait_for_selector("aside .tag--block")
    await shows(page, "aside .tag--block", "Нет паспорта")
    await expect(page.locator(".route--w svg .g-blk")).to_have_count(1)
    await shows(page, ".tl", "Блокировка: нет паспорта")
    await site.looked_at(page, "case-blocked")

    # when: it is freed again
    await page.click("aside button:has-text('Снять')")
    await page.wait_for_load_state()
    await expect(page.locator("aside .tag--block")).to_have_count(0)


async def test_a_form_that_does_not_fit_comes_back_with_everything_typed(site: Site) -> None:
    """Nothing that was typed is lost, and each error leads to its field."""
    case_id = await site.system.admit()
    page = await site.signed_in()
    card = await opened(page, site, case_id, "first_contact")
    await page.fill(f"{card} [name='o.note']", "лежит лицом к стене")
    await page.click(f"{card} label:has-text('Переведён')")
    await page.click(f"{card} >> text=Завершить шаг")
    await page.wait_for_selector(".errsum")
    await expect(page.locator(".errsum")).to_be_focused()
    await shows(page, ".errsum", "При таком итоге это нужно указать")
    await expect(page.locator(f"{card} [name='o.note']").first).to_have_value("лежит лицом к стене")
    await expect(page.locator(f"{card} [name='o.result'][value=moved]").first).to_be_checked()
    await site.looked_at(page, "case-errors", faults=False)  # the browser reports the 422
    await page.click(".errsum a")
    await page.click(f"{card} label:has-text('В другое отделение')")
    await page.click(f"{card} >> text=Завершить шаг")
    await page.wait_for_selector("text=Первичный контакт:")
    await shows(page, ".tl", "лежит лицом к стене")


async def test_what_belongs_to_another_answer_is_not_asked(site: Site) -> None:
    """Fields follow the result that is chosen; without script all are there and the rest is left out."""
    case_id = await site.system.admit()
    page = await site.signed_in()
    card = await opened(page, site, case_id, "first_contact")
    await expect(page.locator(f"{card} legend:has-text('Куда переведён')").first).to_be_hidden()
    await page.click(f"{card} label:has-text('Переведён')")
    await expect(page.locator(f"{card} legend:has-text('Куда переведён')").first).to_be_visible()
    plain = await site.signed_in(script=False)
    await opened(plain, site, case_id, "first_contact")
    await plain.check(f"{card} [name='o.result'][value=contacted]")
    await plain.check(f"{card} [name='o.moved_to'][value=ward]")
    await plain.click(f"{card} >> text=Завершить шаг")
    await shows(plain, ".tl", "Первичный контакт: состоялся")


async def test_a_step_that_changed_meanwhile_shows_both_and_loses_nothing(site: Site) -> None:
    """Given two people at one step, when the second sends theirs, then both answers stand side by side."""
    case_id = await site.system.admit()
    page = await site.signed_in()
    card = await opened(page, site, case_id, "first_contact")
    await page.click(f"{card} label:has-text('Состоялся')")
    await page.fill(f"{card} [name='o.note']", "говорили с дочерью, приедет завтра")
    await site.system.do(case_id, "first_contact", result="unconscious")
    await page.click(f"{card} >> text=Завершить шаг")
    await page.wait_for_selector("h1:has-text('Шаг изменился, пока вы писали')")
    table = await said(page, ".tbl")
    assert "Без сознания" in table
    assert "Состоялся" in table
    assert "приедет завтра" in await page.input_value("[name=text]")
    await site.looked_at(page, "case-conflict", faults=False)  # the browser reports the 409
    await page.click("text=Дописать комментарием")
    await page.wait_for_url("**/desk/cases/**")
    await shows(page, ".tl", "говорили с дочерью, приедет завтра")


async def test_each_role_sees_what_it_may(site: Site) -> None:
    """The head of service and the auditor see no person; a psychologist's words stay with psychologists."""
    case_id = await site.system.admit(contacts=[DAUGHTER])
    asked = await site.system.post(
        f"/api/v1/cases/{case_id}/psychology", {"reason": "grief", "note": "потеря"}, role=Role.COORDINATOR
    )
    assert asked.status_code == 201, asked.text
    talk = await step_of(site, case_id, "psy_talk")
    told = {"outcome": {"result": "continue", "note": "слова для психологов"}}
    done = await site.system.post(f"/api/v1/steps/{talk}/complete", told, role=Role.PSYCHOLOGIST)
    assert done.status_code == 200, done.text
    seen: dict[Role, str] = {}
    for role in (Role.COORDINATOR, Role.PSYCHOLOGIST, Role.HEAD, Role.AUDITOR):
        page = await site.signed_in(role)
        await page.goto(f"/desk/cases/{case_id}")
        seen[role] = await said(page, "main")
        await site.looked_at(page, f"case-{role}")
    for role in (Role.HEAD, Role.AUDITOR):
        assert "Соколова" not in seen[role]
        assert "Ковалёва" not in seen[role]
        assert "не виден вашей роли" in seen[role]
    assert "слова для психологов" in seen[Role.PSYCHOLOGIST]
    assert "слова для психологов" not in seen[Role.COORDINATOR]
    assert "Соколова Антонина" in seen[Role.COORDINATOR]


async def test_danger_from_somebody_near_leaves_no_number_to_call(site: Site) -> None:
    """Where somebody near is a danger the page says so, and offers no call."""
    safe = await site.system.admit(contacts=[DAUGHTER])
    danger = await site.system.admit(contacts=[DAUGHTER], flags=["violence"])
    page = await site.signed_in()
    await page.goto(f"/desk/cases/{safe}")
    await expect(page.locator("a[href^='tel:+79000000012']")).to_have_count(1)
    await page.goto(f"/desk/cases/{danger}")
    await expect(page.locator("a[href^='tel:']")).to_have_count(0)
    assert await page.locator("aside .lt").count() >= 1


async def test_a_clock_explains_itself_in_place_and_on_a_page(site: Site) -> None:
    """Focus goes into the popover, Esc brings it back; the page tells it day by day."""
    case_id = await kovalev(site)
    page = await site.signed_in()
    card = await opened(page, site, case_id, "loss_statement")
    link = page.locator(f"{card} [data-clock]")
    await link.click()
    await page.wait_for_selector(".pop")
    assert await page.evaluate("document.activeElement.closest('.pop') !== null")
    await site.looked_at(page, "case-popover")
    await page.keyboard.press("Escape")
    await expect(page.locator(".pop")).to_have_count(0)
    assert await link.evaluate("each => each === document.activeElement")
    await link.click()
    await page.click(".pop >> text=Подробно")
    await page.wait_for_selector("h1:has-text('Почему срок')")
    assert await page.locator(".days li").count() >= 2
    assert await page.locator(".ladder li").count() >= 2
    await site.looked_at(page, "case-clock")


async def test_events_steps_and_people_are_added_from_the_page(site: Site) -> None:
    """Medically ready, a step of one's own, a contact and a flag: each shows at once."""
    case_id = await kovalev(site)
    page = await site.signed_in()
    await page.goto(f"/desk/cases/{case_id}")
    await page.click("summary:has-text('Событие…')")
    await page.select_option("#e-type", "moved")
    await expect(page.locator("#e-ward")).to_be_visible()
    await page.select_option("#e-type", "medically_ready")
    await expect(page.locator("#e-ward")).to_be_hidden()
    await page.fill("#e-when", local(datetime.now(UTC) - timedelta(days=2)))
    await page.click("text=Записать событие")
    await page.wait_for_selector(".delay .hot")
    await shows(page, ".delay .hot", "идёт")
    await expect(page.locator(".route--w svg .g-delay")).to_have_count(1)
    await page.click("summary:has-text('Добавить шаг…')")
    await page.fill("#s-title", "Найти очки")
    await page.click("button:has-text('Добавить шаг')")
    await page.wait_for_selector("#steps")
    await shows(page, "main", "Найти очки")
    await page.click("summary:has-text('Добавить…')")
    await page.fill("#k-name", "Орлов Пётр Ильич")
    await page.select_option("#k-kin", "neighbour")
    await page.fill("#k-phone", "+7 900 000-00-77")
    await page.click("text=Добавить контакт")
    await page.wait_for_selector("text=Орлов Пётр Ильич, сосед")
    await page.click("summary:has-text('Ещё…')")
    await page.check("[name=flag][value=palliative]")
    await page.click("text=Сохранить обстоятельства")
    await page.wait_for_selector(".tags >> text=паллиативная помощь")
    await site.looked_at(page, "case-worked-on")
    assert await collisions(page) == []
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert await collisions(page) == []


async def test_a_case_fits_a_phone_and_a_sheet_of_paper_and_the_dark(site: Site) -> None:
    """At 390 px the picture is the narrow one; on paper forms are gone and who printed it stands below."""
    case_id = await kovalev(site)
    phone = await site.signed_in(size=PHONE)
    await phone.goto(f"/desk/cases/{case_id}")
    await expect(phone.locator(".route--n").first).to_be_visible()
    await expect(phone.locator(".route--w").first).to_be_hidden()
    await site.looked_at(phone, "case-phone")
    page = await site.signed_in()
    await page.goto(f"/desk/cases/{case_id}")
    await page.emulate_media(media="print")
    await expect(page.locator(".printfoot").first).to_be_visible()
    await expect(page.locator(".acts").first).to_be_hidden()
    await page.set_viewport_size({"width": 760, "height": 1000})
    await page.screenshot(path=SCREENS / "case-print.png", full_page=True)
    dark = await site.signed_in(dark=True)
    await dark.goto(f"/desk/cases/{case_id}")
    await site.looked_at(dark, "case-dark")


async def test_the_page_speaks_english(site: Site) -> None:
    """Labels, picture and history in English by the browser's wish."""
    case_id = await kovalev(site)
    page = await site.signed_in(language="en-GB")
    await page.goto(f"/desk/cases/{case_id}")
    await shows(page, "main", "Open steps")
    assert "The route by directions" in " ".join((await page.text_content(".route--w svg title") or "").split())
    await site.looked_at(page, "case-en")


async def test_a_clock_asked_for_after_the_session_leads_to_the_sign_in(site: Site) -> None:
    """Given a case whose address ends oddly, when the session has ended, then a clock leads to the sign-in page."""
    case_id = await site.system.admit()
    page = await site.signed_in(Role.COORDINATOR)
    await page.goto(f"/desk/cases/{case_id}#%")
    assert not faults_of(page)
    await page.context.clear_cookies()
    await page.locator("details.step").first.evaluate("step => { step.open = true; }")
    await page.locator("[data-clock]").first.click()
    await page.wait_for_url("**/desk/signin?next=**")
