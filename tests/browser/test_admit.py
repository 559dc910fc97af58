"""Taking in a referral, and a form that never loses what was typed, in a real browser."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser, Page, Route, expect

from marshrut.domain.words import Role
from marshrut.store.tables import sessions
from tests.browser.people import admitted, entered, sign_in, taken_on
from tests.fixtures.browser import PHONE, Site, served, shows
from tests.fixtures.patience import STANDS_STILL_S
from tests.fixtures.system import running

HOSPITAL = "NIKIO"
SENTENCE = "Пациент без документов, завтра выписка, идти некуда"
CASE = re.compile("/desk/cases/[0-9a-f-]{36}")


async def test_one_sentence_opens_a_case_and_says_before_what_follows(site: Site) -> None:
    """Given nothing but a sentence and a mark; what the mark brings is told, and the case is opened."""
    page = await entered(site, await taken_on(site, hospital=HOSPITAL), size=PHONE)
    await page.goto("/desk/admit")
    await page.fill("#sentence", SENTENCE)
    await page.check("text=нет документов")
    await page.wait_for_selector("#beside:has-text('паспорт → СНИЛС → полис')")
    await page.check("text=Личность неизвестна")
    await page.wait_for_selector("#beside:has-text('полиции и бюро')")
    await site.looked_at(page, "admit-phone")
    await page.click("text=Открыть случай")
    await page.wait_for_url(CASE)


async def test_a_refused_form_names_each_fault_and_keeps_every_word(site: Site) -> None:
    """Given no sentence and a date that there is not; the summary has the focus and leads to the fields."""
    user = await taken_on(site, hospital=HOSPITAL)
    known = {"identified": True, "mrn": "A-1", "family": "Пак", "given": "Сергий"}
    await admitted(site.system, HOSPITAL, "", ago_h=1, patient=known)
    page = await entered(site, user)
    await page.goto("/desk/admit")
    await page.fill("#family", "Пак")
    await page.fill("#given", "Сергей")
    await page.fill("#born", "12.16.1980")
    await page.wait_for_selector("#beside:has-text('Пак Сергий')")
    await page.click("text=Открыть случай")
    await expect(page.locator(".errsum")).to_be_focused()
    await shows(page, ".errsum", "исправьте 2 поля")
    assert (await page.input_value("#family"), await page.input_value("#born")) == ("Пак", "12.16.1980")
    await site.looked_at(page, "admit-error", faults=False)  # the browser reports the 422
    await page.click("text=Дата рождения: 12.16.1980 не бывает")
    await expect(page.locator("#born")).to_be_focused()
    await page.fill("#born", "12.06.1980")
    await page.fill("#sentence", SENTENCE)
    await page.click("text=Открыть случай")
    await page.wait_for_url(CASE)
    # What the server has taken is no draft any more.
    await page.goto("/desk/admit")
    await expect(page.locator("#family")).to_have_value("")


async def half_filled(site: Site, page: Page) -> None:
    await page.goto("/desk/admit")
    await page.fill("#sentence", SENTENCE)
    await page.fill("#family", "Черновикова")
    await page.check("text=нет жилья")
    await page.wait_for_selector("text=черновик сохранён")


async def later(route: Route) -> None:
    await asyncio.sleep(0.8)
    await route.continue_()


async def test_a_form_outlives_a_reload_and_is_gone_after_signing_out(site: Site) -> None:
    """Given a form half filled in; after a reload it is as it was, or is discarded; signed out it is gone."""
    user = await taken_on(site, hospital=HOSPITAL)
    page = await entered(site, user)
    await half_filled(site, page)
    await page.reload()
    await page.wait_for_selector("text=возвращён черновик")
    await expect(page.locator("#sentence")).to_have_value(SENTENCE)
    await expect(page.locator("input[value=no_fixed_abode]").first).to_be_checked()
    await site.looked_at(page, "draft")
    await page.click("text=Отбросить")
    await expect(page.locator("#sentence")).to_have_value("")
    await page.reload()
    await expect(page.locator("#sentence")).to_have_value("")
    await half_filled(site, page)
    # What was typed a moment ago waits to be kept, and the server takes its time.
    await page.route("**/desk/signout", later)
    await page.focus("#sentence")
    await page.keyboard.type(" ещё")
    await page.evaluate("document.querySelector('form[action=\"/desk/signout\"]').requestSubmit()")
    await page.wait_for_url("**/desk/signin")
    assert not await page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))")


async def test_a_session_that_ends_in_the_middle_of_a_form_costs_nothing(site: Site) -> None:
    """Given a session that ran out; the form leads to the sign-in, and from there back to itself with all its words."""
    user = await taken_on(site, hospital=HOSPITAL)
    page = await entered(site, user)
    await half_filled(site, page)
    db, now = site.system.parts.db, site.system.parts.api.now()
    async with db.write() as conn:
        await conn.execute(sessions.update().where(sessions.c.user == user).values(seen_at=now - timedelta(hours=1)))
    await page.click("text=Открыть случай")
    await page.wait_for_url(re.compile("/desk/signin"))
    await sign_in(page, user)
    await page.wait_for_url("**/desk/admit")
    await page.wait_for_selector("text=возвращён черновик")
    await expect(page.locator("#family")).to_have_value("Черновикова")
    await page.click("text=Открыть случай")
    await page.wait_for_url(CASE)


async def test_a_lost_connection_in_the_middle_of_a_form(site: Site) -> None:
    """Given a network that goes; the form says so and keeps its words, and sent again it happens once."""
    user = await taken_on(site, hospital=HOSPITAL)
    page = await entered(site, user)
    await half_filled(site, page)
    await page.fill("#family", "Обрывова")
    await page.context.set_offline(offline=True)
    await page.click("text=Открыть случай")
    await page.wait_for_selector("text=Форма не отправлена")
    await expect(page.locator("#sentence")).to_have_value(SENTENCE)
    await page.screenshot(path=".cache/screens/lost-connection.png")
    await page.context.set_offline(offline=False)
    await page.click("text=Отправить ещё раз")
    await page.wait_for_url(CASE)
    assert await cases_of(site, "Обрывова", user) == 1


async def test_a_server_that_is_gone_while_the_form_is_sent(site: Site) -> None:
    """Given a server that took the form and was gone before it answered; sent again after a reload it happens once."""
    user = await taken_on(site, hospital=HOSPITAL)
    page = await entered(site, user)
    await half_filled(site, page)
    await page.fill("#family", "Однократнова")

    lost = asyncio.Event()

    async def taken_and_lost(route: Route) -> None:
        await route.fetch(max_redirects=0)
        await page.context.clear_cookies(name="taken")  # the answer never came to the browser
        await route.abort()
        lost.set()

    await page.route("**/desk/admit", taken_and_lost, times=1)
    await page.click("text=Открыть случай")
    await asyncio.wait_for(lost.wait(), STANDS_STILL_S)
    await page.wait_for_timeout(1500)
    await page.goto("/desk/admit")
    await page.wait_for_selector("text=возвращён черновик")
    await expect(page.locator("#family")).to_have_value("Однократнова")
    await page.click("text=Открыть случай")
    await page.wait_for_url(CASE)
    assert await cases_of(site, "Однократнова", user) == 1


async def test_a_stopped_server_is_told_and_the_form_goes_on_when_it_is_back(chromium: Browser, tmp_path: Path) -> None:
    """Given a server that stops and starts again under the same address; nothing that was typed is typed again."""
    async with running(tmp_path) as system:
        async with served(system) as url:
            site = Site(system, url, chromium)
            user = await taken_on(site, hospital=HOSPITAL)
            page = await entered(site, user)
            await half_filled(site, page)
        await page.click("text=Открыть случай")
        await page.wait_for_selector("text=Форма не отправлена")
        await expect(page.locator("#sentence")).to_have_value(SENTENCE)
        async with served(system, int(url.rsplit(":", 1)[1])):
            await page.click("text=Отправить ещё раз")
            await page.wait_for_url(CASE)
            assert await cases_of(site, "Черновикова", user) == 1
            await page.context.close()


async def cases_of(site: Site, family: str, user: str) -> int:
    """How many cases there are of somebody of that name."""
    headers = site.system.token(Role.COORDINATOR, user, HOSPITAL)
    answer = await site.system.http.post("/api/v1/cases/search", json={"q": family}, headers=headers)
    return len(answer.json()["items"])
