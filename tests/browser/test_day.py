"""A coordinator's first morning, told in a real browser: the day, the inbox, views, the shift that was handed over."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from playwright.async_api import expect

from marshrut.domain.words import Role
from tests.browser.people import admitted, entered, given, taken_on
from tests.fixtures.browser import PHONE, Site, reads, said, shows

# Each test that counts or orders has a hospital that no other test of the pages admits anybody to.
HOSPITAL = "SKKB"


def soon() -> float:
    """Hours from now to a moment that is not past, and still today there: an hour, less before midnight."""
    now = datetime.now(ZoneInfo("Europe/Moscow"))
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    return min(1.0, (midnight - now) / timedelta(hours=2))


async def test_a_coordinators_first_morning(site: Site) -> None:
    """Given a late, a near and a new case, she sees them in that order, takes the late step, and takes over a shift."""
    system, user = site.system, await taken_on(site, hospital=HOSPITAL)
    night = await taken_on(site, "Сидорчук П. А.", hospital=HOSPITAL)
    late = await admitted(system, HOSPITAL, "Громов", ago_h=30)
    near = await admitted(system, HOSPITAL, "Тихонов", ago_h=24 - soon())
    await admitted(system, HOSPITAL, "Миронов", ago_h=1, flags=["lives_alone"])
    nights = await admitted(system, HOSPITAL, "Лебедев", ago_h=2)
    for case_id, owner in ((late, user), (near, user), (nights, night)):
        await given(system, HOSPITAL, case_id, owner)
    body = {"hospital": HOSPITAL, "to": user, "note": "Лебедев ждёт дочь к 11:00."}
    headers = system.token(Role.COORDINATOR, night, HOSPITAL)
    assert (await system.http.post("/api/v1/handovers", json=body, headers=headers)).status_code == 201

    # When she signs in, the day is there, what is late first.
    page = await entered(site, user)
    await page.goto("/desk/")
    text = await said(page, "#day")
    assert (
        text.index("Просрочено · 1") < text.index("Громов И.") < text.index("Срок сегодня") < text.index("Тихонов И.")
    )
    assert text.index("Новые, без владельца") < text.index("Миронов И.")
    await reads(page, '.nav [data-count="my_day"]', "1")
    await site.looked_at(page, "my-day")

    # She takes the late step without leaving the list; the page names it and leads to its form.
    await page.click("tr:has-text('Громов') button")
    await page.wait_for_selector("text=Шаг взят:")
    await shows(page, ".banner", "Первичный контакт · Громов И.")
    await shows(page, "tr:has-text('Громов')", "взят вами")

    # In its form she is called away in the middle: the day knows of the draft, and leads back to it.
    await page.click("text=Записать итог")
    form = page.locator("form[data-draft^='step/']").first
    await form.locator("input[type=radio]").nth(1).check()
    await page.wait_for_selector("text=черновик сохранён")
    await page.goto("/desk/")
    await reads(page, "tr:has-text('Громов') [data-act]", "Продолжить")
    await page.click("tr:has-text('Громов') [data-act]")
    await page.wait_for_selector("text=возвращён черновик")
    assert await page.locator("form[data-draft^='step/'] input[type=radio]").nth(1).is_checked()
    await page.goto("/desk/")

    # The shift of the night: she reads the note, and takes it over.
    await shows(page, "aside", "Лебедев ждёт дочь")
    await page.click("text=Принять смену")
    await page.wait_for_selector("aside:not(:has-text('Передана смена'))")
    shown = await system.http.get(
        "/api/v1/cases", params={"owner": user}, headers=system.token(Role.COORDINATOR, user, HOSPITAL)
    )
    assert nights in {case["case_id"] for case in shown.json()["items"]}
    await site.looked_at(page, "my-day-taken")

    # The counts on the tabs are those of the API's lists.
    for whose in ("mine", "group", "unclaimed"):
        told = int(await said(page, f'[data-count="steps-{whose}"]'))
        params = {"whose": whose, "state": "live", "limit": "500"}
        token = system.token(Role.COORDINATOR, user, HOSPITAL)
        listed = await system.http.get("/api/v1/steps", params=params, headers=token)
        assert told == len(listed.json()["items"]), whose


async def test_who_has_nothing_today_is_told_what_to_do(site: Site) -> None:
    """Given nobody's steps only, the page says so and leads to the queue; on a phone it fits."""
    user = await taken_on(site, hospital="MOROZ")
    page = await entered(site, user, size=PHONE)
    await page.goto("/desk/")
    await shows(page, "main", "На сегодня всё сделано")
    await site.looked_at(page, "my-day-empty-phone")
    page = await entered(site, user, language="en-GB", dark=True)
    await page.goto("/desk/")
    await shows(page, "main", "All done for today")
    await site.looked_at(page, "my-day-empty-dark")


async def test_an_inbox_is_filtered_and_kept_as_a_view(site: Site) -> None:
    """Given steps of two wards, she filters by one, keeps that as her first view, and finds it at the next visit."""
    hospital = "IKB1"
    user = await taken_on(site, hospital=hospital)
    for ward in ("ХИР", "ХИР", "ТЕР"):
        await admitted(site.system, hospital, f"Из{ward.lower()}", ago_h=2, ward=ward)
    page = await entered(site, user, size=PHONE)
    await page.goto("/desk/inbox?whose=group")
    await site.looked_at(page, "inbox-phone")
    await page.set_viewport_size({"width": 1440, "height": 900})
    everything = int(await said(page, '[data-count="steps-group"]'))
    await page.select_option("select[name=ward]", "ХИР")
    await page.click("text=Показать")
    rows = await page.locator("tr[data-row]").count()
    assert 0 < rows < everything
    assert await said(page, ".head .muted") == f"{rows} шага" or str(rows) in await said(page, ".head .muted")
    await page.click("text=Сохранить вид")
    await page.fill("#view-name", "Моя хирургия")
    await page.check("text=открывать первым")
    await page.click("button:text-is('Сохранить')")
    await page.wait_for_url(re.compile("view="))
    await site.looked_at(page, "inbox-view")
    await page.goto("/desk/inbox")
    await expect(page.locator("select[name=ward]").first).to_have_value("ХИР")
    await expect(page.locator("tr[data-row]")).to_have_count(rows)
    # She needs it no more.
    await page.click("text=Удалить")
    await page.wait_for_selector("main:not(:has-text('Моя хирургия'))")
    # Filters that nothing fits say so, and how to go on.
    await page.goto("/desk/inbox?whose=group&blocked=true")
    await shows(page, "main", "Под отбор ничего не подошло")
    await site.looked_at(page, "inbox-empty")


async def test_the_keyboard_alone_is_enough(site: Site) -> None:
    """Given hands that stay on the keys: sections, rows, actions, search and help are all within reach."""
    hospital = "IKB2"
    user = await taken_on(site, hospital=hospital)
    for family in ("Первов", "Второв"):
        await admitted(site.system, hospital, family, ago_h=3)
    page = await entered(site, user)
    await page.goto("/desk/")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    second = await page.evaluate("document.activeElement.closest('[data-row]').innerText")
    await page.keyboard.press("k")
    assert await page.evaluate("document.activeElement.closest('[data-row]').innerText") != second
    await page.keyboard.press(".")
    await page.wait_for_selector("text=Шаг взят:")
    await page.wait_for_load_state()
    await page.keyboard.press("g")
    await page.keyboard.press("c")
    await page.wait_for_url("**/desk/cases")
    await page.wait_for_load_state()
    await page.keyboard.press("?")
    await shows(page, "dialog[open]", "искать человека")
    await site.looked_at(page, "keys")
    await page.uncheck("dialog input")
    await page.keyboard.press("Escape")
    await expect(page.locator("#keys")).to_be_hidden()
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.id") != "find"  # switched off
    await page.evaluate("localStorage.removeItem('keys-off')")
    await page.keyboard.press("/")
    await expect(page.locator("#find")).to_be_focused()
    await page.keyboard.type("Второв")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("h1:has-text('Поиск')")
    assert "Второв" not in page.url


async def test_the_language_follows_browser_and_setting(site: Site) -> None:
    """Given an English browser the desk speaks English; one click makes it Russian, on the same page."""
    user = await taken_on(site, hospital="NIKIO")
    page = await entered(site, user, language="en-GB")
    await page.goto("/desk/inbox?whose=group")
    await reads(page, "h1", "Inbox")
    await page.click(".lang a")
    await page.wait_for_selector("h1:has-text('Входящие')")
    assert page.url.endswith("/desk/inbox?whose=group")
    assert await page.get_attribute("html", "lang") == "ru"
