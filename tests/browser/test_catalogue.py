"""Looking something up in the catalogue: a term, a reason, a telephone number, and how sure it is."""

from __future__ import annotations

import pytest

from marshrut.domain.words import Role
from tests.fixtures.browser import PHONE, Site, said, shows

PARTS = (
    "steps", "reasons", "services", "partners", "hospitals", "instruments", "causes", "calendars", "rules"
)  # fmt: skip


async def test_a_coordinator_looks_up_a_term_and_sees_that_nobody_has_verified_it(site: Site) -> None:
    """Given the catalogue; when words are typed; then only what fits is shown, with mark and source."""
    page = await site.signed_in()
    await page.goto("/desk/")
    await page.click("nav.nav >> text=Справочник")
    await page.wait_for_load_state()  # what is typed before the page's script runs is sent by Enter only
    await page.fill("#q", "ПЕРВИЧНЫЙ контакт")
    await page.wait_for_selector("text=по запросу")
    row = " ".join((await page.locator("tr", has_text="contact.first_contact").inner_text()).split())
    assert "24 ч срок" in row
    assert "2 ч если личность неизвестна" in row
    assert "A · не подтверждено: предположение" in row
    assert "источник: domain 3" in row
    assert "q=" not in page.url
    assert "ПЕРВИЧНЫЙ" not in page.url
    await site.looked_at(page, "catalogue-found")


@pytest.mark.parametrize("part", PARTS)
async def test_every_part_is_there_and_reads(site: Site, part: str) -> None:
    """Each part has entries, each number a mark and a source, in both languages."""
    page = await site.signed_in(language="en-GB")
    await page.goto(f"/desk/catalogue?part={part}")
    numbers = page.locator(".c-num")
    assert await numbers.count() > 0
    assert await numbers.count() == await page.locator(".c-num .tag").count()
    assert await numbers.count() == await page.locator(".c-num .sub:has-text('source:')").count()
    await site.looked_at(page, f"catalogue-{part}")


async def test_only_what_is_not_verified_can_be_shown(site: Site) -> None:
    """Nothing that is seen in a source alone remains, and every part says how much it has."""
    page = await site.signed_in()
    await page.goto("/desk/catalogue?part=reasons")
    before = int(await page.locator(".tabs [aria-current] .cnt").inner_text())
    await page.check("#unverified")
    await page.wait_for_selector(".c-num .tag--done", state="detached")
    assert 0 < int(await page.locator(".tabs [aria-current] .cnt").inner_text()) < before


async def test_a_region_has_its_own(site: Site) -> None:
    """As it holds in Khabarovsk: the region's numbers, and what nobody confirmed marked so."""
    page = await site.signed_in()
    await page.goto("/desk/catalogue?part=partners")
    everywhere = await said(page, "#found")
    async with page.expect_response("**/desk/catalogue"):
        await page.select_option("#hospital", "KKB1")
    await page.goto("/desk/catalogue?part=partners&hospital=KKB1")
    assert await said(page, "#found") != everywhere
    assert await page.locator(".c-num .tag--amber").count() > 0


async def test_a_calendar_says_from_when_it_is_provisional(site: Site) -> None:
    """Years whose days off are not declared yet are no promise."""
    page = await site.signed_in(size=PHONE)
    await page.goto("/desk/catalogue?part=calendars")
    await shows(page, "#found", "предварительный после 31.12.")
    await page.click("text=Дни 2026 года")
    await shows(page, "#found", "09.03.2026 — ")
    await site.looked_at(page, "catalogue-phone")


async def test_what_is_not_found_says_how_to_go_on(site: Site) -> None:
    """No dead end: everything can be shown again."""
    page = await site.signed_in()
    await page.goto("/desk/catalogue")
    await page.fill("#q", "соколова антонина")
    await page.wait_for_selector("text=Ничего не нашлось")
    await site.looked_at(page, "catalogue-nothing")
    await page.click("text=Показать всё")
    assert await page.locator("tr .mono").count() > 100


async def test_without_scripts_the_words_are_sent_by_the_button(site: Site) -> None:
    """The search is a form."""
    page = await site.signed_in(Role.AUDITOR, script=False)
    await page.goto("/desk/catalogue?part=services")
    await page.fill("#q", "051")
    await page.click("button:text-is('Найти')")
    await shows(page, "#found", "line_051")
