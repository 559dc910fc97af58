"""The supervisor's board, in a real browser: what is stuck is found and freed, and everybody sees the same."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from marshrut.domain.words import Role
from tests.fixtures.browser import PHONE, Site, reads, said, shows
from tests.fixtures.roster import Team

# No other test of the pages uses them. In the first, one test alone: it counts all that is stuck there.
COUNTED, HOSPITAL = "MKNC", "FILAT"
FAMILIES = ("Авдеев", "Белова", "Воронов", "Гордеева", "Денисов", "Егорова", "Жуков", "Зайцева", "Исаев")


@pytest.fixture
async def team(site: Site) -> AsyncIterator[Team]:
    """Oksana leads Anna and Boris in a hospital of their own."""
    async with working(site, HOSPITAL) as team:
        yield team


@pytest.fixture
async def counted_team(site: Site) -> AsyncIterator[Team]:
    """The same three in a hospital where nothing stands but what one test put there."""
    async with working(site, COUNTED) as team:
        yield team


@asynccontextmanager
async def working(site: Site, hospital: str) -> AsyncIterator[Team]:
    team = Team(site.system, hospital)
    await team.put("oksana", Role.SUPERVISOR)
    for user in ("anya", "boris"):
        await team.put(user)
    yield team
    await team.clear()


def ago(**before: float) -> str:
    return (datetime.now(UTC) - timedelta(**before)).isoformat()


async def ten_stuck_cases(team: Team) -> tuple[list[str], str, str]:
    """Eight first contacts that are late, one of somebody unknown, one that waits for doctors past the date."""
    ordinary = []
    for family in FAMILIES:
        patient = {"identified": True, "mrn": f"m-{family}", "family": family, "given": "Ольга"}
        ordinary.append(await team.admit(admitted_at=ago(hours=30), ward="Терапия", bed="7", patient=patient))
    unknown = await team.admit(
        admitted_at=ago(hours=30), flags=["unidentified"], patient={"identified": False, "mrn": "m-0", "sex": "male"}
    )
    blocked = ordinary.pop()
    body = {"reason": "medical", "since": ago(hours=29), "until": ago(hours=2)}
    answer = await team.call("POST", f"/api/v1/steps/{await team.step(blocked)}/block", body)
    assert answer.status_code == 200, answer.text
    return ordinary, unknown, blocked


async def counted(page: Page, team: Team) -> int:
    """How many cases are stuck; heading, menu, list and API agree."""
    overview = await team.get("/api/v1/stuck/overview")
    listed = await team.get("/api/v1/stuck", limit=500)
    heading = await said(page, "h1")
    found = re.search(r"Застряло: (\d+) случа\w+ из (\d+) открытых", heading)
    assert found, heading
    assert [int(number) for number in found.groups()] == [overview["stuck"]["cases"], overview["open_cases"]]
    badge = page.locator('.nav [data-count="board"]')
    assert (await badge.inner_text() if await badge.count() else "0") == str(listed["total"] or 0)
    await expect(page.locator("tr[data-row]")).to_have_count(listed["total"])
    for cause in overview["causes"]:
        assert await said(page, f'[data-why="{cause["code"]}"]') == str(cause["cases"])
    return int(found[1])


async def fresh(page: Page, before: int = 0) -> None:
    """The list was fetched again after something was done."""
    await expect(page.locator(f'body[data-board-fresh="{before + 1}"]')).to_be_attached(timeout=15_000)


def row(page: Page, case_id: str) -> Any:
    return page.locator(f'tr[data-row^="{case_id}."]').filter(has=page.locator("input[name=step]"))


async def test_a_supervisor_finds_and_frees_ten_stuck_cases(site: Site, counted_team: Team) -> None:
    """Dry run, two refusals with their reasons, done read back; counts fall equally on board, badge and API."""
    # Given ten cases that do not move
    team = counted_team
    ordinary, unknown, blocked = await ten_stuck_cases(team)
    page = await site.signed_in(Role.SUPERVISOR, "oksana", COUNTED)
    await page.goto("/desk/board")
    assert await counted(page, team) == 10
    await site.looked_at(page, "board")

    # When she drills from the heat map to the overdue steps and back, she finds those very cases
    await page.click(".heat td.ov a")
    await expect(page.locator(".clk--red")).to_have_count(9)
    await shows(page, ".by h2", "Первичный контакт, только просроченные — 9")
    await page.click("text=К застрявшим")

    # When she chooses the ten and looks what two working days more would do
    for case_id in (*ordinary, unknown, blocked):
        await row(page, case_id).locator("input[name=step]").first.check()
    await reads(page, ".bulk b", "Выбрано 10")
    await page.click(".bulk button[value=extend]")
    panel = page.locator("#dry")
    await expect(panel.locator("h2")).to_have_text("Пробный прогон: продлить на 2 раб. дня — можно 8, отказано 2")
    # Then two are refused with their reasons, and nothing has changed
    texts = " ".join((await panel.inner_text()).split())
    assert "экстренный срок не продлевают: назначьте другого или примите эскалацию" in texts
    assert "срок на паузе: сначала снимите то, что его остановило" in texts
    assert "ничего ещё не изменено" in texts
    assert (await team.get("/api/v1/stuck/overview"))["stuck"]["cases"] == 10
    await site.looked_at(page, "board-dry-run")

    # When she says why and runs it
    await page.fill("#note", "Ответ обещан письменно")
    await panel.locator("button", has_text="Продлить 8 шагов").click()
    # Then each is done and read back, and every count has fallen by eight
    await expect(panel.locator("h2")).to_have_text(
        "Готово: продлить на 2 раб. дня — сделано 8, отказано 0, ещё не известно 0", timeout=30_000
    )
    assert await panel.locator(".tag--done").count() == 8
    await fresh(page)
    assert await counted(page, team) == 2
    for case_id in ordinary:
        assert len(await team.events(case_id, "step_extended")) == 1
    await site.looked_at(page, "board-done")

    # When she takes over the unknown patient's step and gives it a new time by herself
    await row(page, unknown).locator("[data-act]").first.click()
    await panel.locator("form[action$='take-over'] button").click()
    await expect(panel.locator(".banner")).to_contain_text("Шаг и случай ваши")
    await fresh(page, 1)
    await site.looked_at(page, "board-step")
    await panel.locator("form[action$='extend'] button").click()
    await expect(panel.locator(".banner")).to_contain_text("Продлено")
    await fresh(page, 2)
    # And the doctor has ended what stood in the way of the last
    step_id = await team.step(blocked)
    await team.call("POST", f"/api/v1/steps/{step_id}/unblock", {}, Role.DOCTOR, "doctor")
    await team.call("POST", f"/api/v1/steps/{step_id}/extend", {"by": {"amount": 3, "unit": "wd"}})
    await page.goto("/desk/board")
    # Then nothing of the ten is stuck, and the board says so
    assert await counted(page, team) == 0
    await shows(page, "main", "Ничего не застряло")
    await site.looked_at(page, "board-empty")
    card = await team.card(unknown)
    assert card["owner"] == "oksana"


async def test_the_board_is_worked_by_keyboard_alone(site: Site, team: Team) -> None:
    """From a row to the dry run, to the run, and back to where one was; Escape closes."""
    case_id = await team.admit(admitted_at=ago(hours=30))
    page = await site.signed_in(Role.SUPERVISOR, "oksana", HOSPITAL)
    await page.goto("/desk/board")

    async def tab_to(selector: str) -> None:
        for _ in range(120):
            await page.keyboard.press("Tab")
            if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"no way to {selector} by the keyboard")

    await tab_to(".heat td a")
    await tab_to(f'tr[data-row^="{case_id}."] input[name=step]')
    await page.keyboard.press("Space")
    await tab_to(".bulk button[value=remind]")
    await page.keyboard.press("Enter")
    await expect(page.locator("#dry-h")).to_be_focused()
    await tab_to("#dry button.btn--p")
    await page.keyboard.press("Enter")
    await expect(page.locator("#dry-h")).to_contain_text("Готово: напомнить — сделано 1")
    await expect(page.locator("#dry-h")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#dry > *")).to_have_count(0)
    assert len(await team.events(case_id, "people_told")) >= 1
    # And by the keys that every list has: from row to row, chosen, and what can be done
    await page.reload()
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await reads(page, ".bulk b", "Выбрано 1")
    await page.keyboard.press(".")
    await expect(page.locator("#dry-h")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("tr[data-row] [data-act]").first).to_be_focused()


async def test_the_board_fits_a_phone_and_the_dark(site: Site, team: Team) -> None:
    """Nothing is cut off or hard to read at 390 pixels, in the dark, and in English."""
    await ten_stuck_cases(team)
    for name, how in (
        ("board-phone", {"size": PHONE}),
        ("board-dark", {"dark": True, "language": "en-GB"}),
    ):
        page = await site.signed_in(Role.SUPERVISOR, "oksana", HOSPITAL, **how)
        await page.goto("/desk/board")
        await page.locator("input[name=step]").first.check()
        await page.click(".bulk button[value=escalate]")
        await expect(page.locator("#dry .li")).to_have_count(1)
        await site.looked_at(page, name)
        assert "Dry run" in await said(page, "#dry-h") or name == "board-phone"


async def test_a_lost_connection_says_so_and_loses_nothing(site: Site, team: Team) -> None:
    """A run that cannot be sent leaves the panel with its text as it was."""
    case_id = await team.admit(admitted_at=ago(hours=30))
    page = await site.signed_in(Role.SUPERVISOR, "oksana", HOSPITAL)
    await page.goto("/desk/board")
    await row(page, case_id).locator("input[name=step]").first.check()
    await page.click(".bulk button[value=extend]")
    await page.fill("#note", "Ответ обещан письменно")
    await page.context.set_offline(True)
    async with page.expect_event("requestfailed"):
        await page.locator("#dry button.btn--p").click()
    await page.wait_for_timeout(500)  # whatever the page does about it, it has done
    await expect(page.locator("#note")).to_have_value("Ответ обещан письменно")
    await page.context.set_offline(False)
    await page.locator("#dry button.btn--p").click()
    await expect(page.locator("#dry-h")).to_contain_text("сделано 1")
