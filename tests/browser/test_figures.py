"""A head of service asks what costs days, and takes the figures along."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from marshrut.domain.words import Role
from tests.adapters.mining.rules import complaints
from tests.fixtures.browser import PHONE, Site, reads, said, shows
from tests.fixtures.past import fill

# Hospitals that no other test of the pages uses.
THEIRS = ("VLADIM", "SPERAN")
PERIOD = "12m"


@pytest.fixture(scope="session")
async def past(shared_site: Site) -> None:
    """Two hospitals that have worked for fourteen weeks."""
    parts = shared_site.system.parts
    await fill(parts.db, parts.api.now(), hospitals=THEIRS, cases=40)


async def head(site: Site, **how: object) -> Page:
    """A head of both hospitals."""
    return await site.signed_in(Role.HEAD, "vorontsova", *THEIRS, **how)


async def downloaded(page: Page, selector: str) -> str:
    """The file that a click brings."""
    async with page.expect_download() as waiting:
        await page.click(selector)
    path = await (await waiting.value).path()
    return await asyncio.to_thread(Path(path).read_text, "utf-8-sig")


async def test_a_head_finds_what_costs_days_and_takes_it_along(site: Site, past: None) -> None:
    """Given three months of work; when the head looks; then causes add up to the days, and the table says the same."""
    page = await head(site)
    await page.goto("/desk/")
    await page.click("nav.nav >> text=Показатели")
    await page.wait_for_url("**/desk/figures")
    await reads(page, "h1", "Показатели службы")
    await page.select_option("#period", PERIOD)
    await page.wait_for_url(re.compile(rf"period={PERIOD}"))
    await page.wait_for_selector("text=последние 12 месяцев")
    view = await site.system.http.get(
        "/api/v1/kpi", params=await _days(page), headers=site.system.token(Role.HEAD, None, *THEIRS)
    )
    total = view.json()["total"]
    await reads(page, "h2#h-delay", f"Дни задержки выписки: {total['delay']['days']}")
    shown = [int(text.replace("\u202f", "")) for text in await page.locator(".c-tbl--delay .v").all_text_contents()]
    assert sum(shown) == total["delay"]["days"]
    assert (await said(page, "[data-figure=people]")).replace(" ", "") == str(total["people"])
    await page.click("details:has(> summary:text-is('CSV')) > summary")
    rows = list(csv.DictReader(io.StringIO(await downloaded(page, "text=По больницам >> nth=0")), delimiter=";"))
    assert [row["hospital"] for row in rows if row["cases_opened"] != "0"][1:] == sorted(THEIRS)
    (everybody,) = [row for row in rows if row["hospital"] == "all"]
    assert everybody["delayed_days"] == str(total["delay"]["days"])
    await site.looked_at(page, "figures")


async def _days(page: Page) -> dict[str, str]:
    """The first and the last day of the last twelve months, by the hospitals' clock."""
    today = await page.evaluate("new Date().toLocaleDateString('sv', {timeZone: 'Europe/Moscow'})")
    year, month = int(today[:4]), today[5:7]
    return {"from": f"{year - 1}-{month}-01", "until": f"{year}-{month}-01"}


async def test_a_definition_is_one_click_away(site: Site, past: None) -> None:
    """Beside each figure stands what it counts, when, and what it leaves out."""
    page = await head(site, language="en-GB")
    await page.goto(f"/desk/figures?period={PERIOD}")
    await page.click("#h-delay + .def > summary")
    text = await said(page, "#h-delay + .def .def__b")
    assert "a day with two reasons is shared between them evenly" in text
    await expect(page.locator(".def")).to_have_count(4 + 2 + 3 + 1)
    await site.looked_at(page, "figures-definition")


async def test_what_is_stuck_now_is_what_the_board_counts(site: Site, past: None) -> None:
    """A hospital's number is the length of the list behind it."""
    page = await head(site)
    await page.goto(f"/desk/figures?period={PERIOD}")
    for hospital in THEIRS:
        shown = (await page.locator(f"[data-stuck={hospital}]").inner_text()).split(":")[-1].strip()
        answer = await site.system.http.get(
            "/api/v1/stuck",
            params={"hospital": hospital, "limit": 1},
            headers=site.system.token(Role.HEAD, None, hospital),
        )
        assert shown == str(answer.json()["total"])


async def test_a_table_stands_beside_each_picture(site: Site, past: None) -> None:
    """Whoever sees no picture reads the same: every week of a course, every step and what it reached."""
    page = await head(site)
    await page.goto(f"/desk/figures?period={PERIOD}")
    weeks = page.locator("section:has(#h-trend-delay) table tbody tr")
    assert await weeks.count() >= 12
    row = page.locator(".c-tbl--sla tbody tr", has_text="Первичный контакт").first
    text = " ".join((await row.inner_text()).split())
    assert "цель 95 %" in text
    assert "не хуже цели" in text or "хуже цели" in text


async def test_the_log_for_process_mining_is_a_click_away(site: Site, past: None) -> None:
    """OCEL 2.0 and XES come as files, by the rules, of the period that is shown."""
    page = await head(site)
    await page.goto(f"/desk/figures?period={PERIOD}&hospital={THEIRS[0]}")
    log = json.loads(await downloaded(page, "text=OCEL 2.0"))
    assert complaints(log) == []
    assert {thing["id"] for thing in log["objects"] if thing["type"] == "hospital"} == {f"hospital-{THEIRS[0]}"}
    assert "<trace>" in await downloaded(page, "text=XES")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("path", [f"period={PERIOD}", "period=2020-01"], ids=["busy", "empty"])
async def test_it_reads_on_a_phone_and_in_the_dark(site: Site, past: None, dark: bool, path: str) -> None:
    """Nothing is wider than the screen; a period without anything says so and what to do."""
    page = await head(site, size=PHONE, dark=dark)
    await page.goto(f"/desk/figures?{path}")
    if path == "period=2020-01":
        await shows(page, "main", "За этот период ничего не произошло")
    await site.looked_at(page, f"figures-phone-{path[-3:]}{'-dark' if dark else ''}")


async def test_only_who_answers_for_a_team_sees_figures(site: Site) -> None:
    """A coordinator has no such section, and is told so; an administrator sees them and takes nothing out."""
    page = await site.signed_in(Role.COORDINATOR)
    await page.goto("/desk/")
    await expect(page.locator("nav.nav >> text=Показатели")).to_have_count(0)
    answer = await page.goto("/desk/figures")
    assert answer is not None
    assert answer.status == 403
    page = await site.signed_in(Role.ADMIN, "admin", *THEIRS)
    await page.goto("/desk/figures")
    await expect(page.locator("text=OCEL 2.0")).to_have_count(0)


async def test_without_scripts_the_period_is_chosen_by_a_button(site: Site, past: None) -> None:
    """The page works where scripts do not run."""
    page = await head(site, script=False)
    await page.goto("/desk/figures")
    await page.select_option("#period", PERIOD)
    await page.click("form.choose button")
    await shows(page, ".head", "последние 12 месяцев")
