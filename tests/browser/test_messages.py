"""The inbox of integrators, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest
from playwright.async_api import Page, expect

from marshrut.domain.moves import Actor
from marshrut.domain.words import Role
from marshrut.ports import new_id
from marshrut.store.tables import commands
from tests.api.inboxes import er7, relaying
from tests.fixtures.browser import PHONE, Site, reads, said, shows

NIGHT = 12
SECRET = "Полуночникова"


@asynccontextmanager
async def at_work(site: Site) -> AsyncIterator[None]:
    """A relay carries what is stored, as it does in every process."""
    async with relaying(site.system.parts):
        yield


async def sent(site: Site, his: str, raw: bytes, *hospitals: str) -> str:
    """A message of a hospital's system over HTTP; its acknowledgement."""
    headers = {**site.system.token(Role.INTEGRATOR, his, *hospitals), "Content-Type": "text/plain"}
    return (await site.system.http.post("/hl7v2", content=raw, headers=headers)).text


async def last_night(site: Site, his: str) -> None:
    """Twelve admissions of a hospital that his token did not cover yet, some others, one of them again and again."""
    for number in range(NIGHT):
        raw = er7(facility="SKLIF", pid={5: f"{SECRET}^Анна^{number}"})
        assert "|facility_not_allowed|" in await sent(site, his, raw, "GKB29")
    for _ in range(5):
        assert "MSA|AA|" in await sent(site, his, er7(), "GKB29")
    repeated = er7()
    for _ in range(4):
        assert "MSA|AA|" in await sent(site, his, repeated, "GKB29")
    test = er7(pv1={19: ""}, pid={5: f"{SECRET}^Тест"})
    assert "|missing_field|" in await sent(site, his, test, "GKB29")


async def integrator(site: Site, his: str, *hospitals: str, **how: object) -> Page:
    """Somebody who connects hospitals' systems, where they land after signing in."""
    page = await site.signed_in(Role.INTEGRATOR, his, *(hospitals or ("GKB29",)), **how)
    await page.goto("/desk/")
    return page


async def test_an_integrator_finds_out_why_twelve_messages_of_last_night_parked(site: Site) -> None:
    """Given a night with faults, when the cause is mended, then all that were parked for it are replayed."""
    his = f"his-{token_hex(3)}"
    await last_night(site, his)
    async with at_work(site):
        page = await integrator(site, his)
        assert page.url.endswith("/desk/messages")
        await reads(page, "[data-figure=received]", "19")
        await reads(page, "[data-figure=parked]", "13")
        await reads(page, "[data-figure=repeated]", "1")
        await shows(page, ".stat", "прислано ещё 3 раза")
        row = page.locator("[data-fault=facility_not_allowed]")
        await expect(row).to_contain_text("Отправитель не вправе сообщать от этой больницы")
        await expect(row).to_contain_text("12")
        await expect(row).to_contain_text("администратор Маршрута")
        await site.looked_at(page, "messages")
        # One of them: what is wrong, where, who mends it, and no name.
        await row.locator("text=Смотреть").click()
        await page.locator("#list tbody tr a").first.click()
        await expect(page.locator("#h-why")).to_have_text("Почему отложено")
        why = await said(page, "section[aria-labelledby=h-why]")
        assert "PV1-3 (отделение, палата, больница)" in why
        assert "Если повторить сейчас, сообщение не будет принято" in why
        await expect(page.locator(".m-here")).to_contain_text("здесь")
        assert SECRET not in await page.content()
        await site.looked_at(page, "messages-one")
        # The administrator has added the hospital: the dry run says so, and all of that fault go.
        page = await integrator(site, his, "GKB29", "SKLIF")
        await page.locator("[data-fault=facility_not_allowed] >> text=Повторить все").click()
        await expect(page.locator("h1")).to_have_text("Повторить 12 сообщений")
        await expect(page.locator("main")).to_contain_text("будут приняты 12, не будут 0")
        await site.looked_at(page, "messages-dry")
        await page.click("button:has-text('Повторить 12')")
        await expect(page.locator("h1")).to_contain_text("отказано 0")
        await site.looked_at(page, "messages-ran")
        await page.click("text=К сообщениям")
        await page.goto("/desk/messages")
        await reads(page, "[data-figure=parked]", "1")
        await expect(page.locator("[data-fault=facility_not_allowed]")).to_have_count(0)


async def test_a_message_that_was_a_test_is_put_aside_and_taken_back(site: Site) -> None:
    """Given a parked test message, when it is put aside with a reason, then it counts no more and may be taken back."""
    his = f"his-{token_hex(3)}"
    await sent(site, his, er7(pv1={19: ""}), "GKB29")
    page = await integrator(site, his)
    await page.goto("/desk/messages?show=parked")
    await page.locator("#list tbody tr a").first.click()
    await page.click("summary:has-text('Отклонить')")
    await page.click("form >> text=Отклонить")
    await expect(page.locator(".errsum")).to_contain_text("Выберите причину")
    await page.check("input[value=test]")
    await page.click("form >> text=Отклонить")
    await expect(page.locator(".banner", has_text="Отклонено: Проверочное сообщение")).to_be_visible()
    await site.looked_at(page, "messages-aside", faults=False)  # the form that was refused was a 422
    await page.goto("/desk/messages")
    await reads(page, "[data-figure=parked]", "0")
    # It can be taken back.
    await page.goto("/desk/messages?show=discarded")
    await page.locator("#list tbody tr a").first.click()
    await page.click("text=Вернуть")
    await expect(page.locator("text=Сообщение снова отложено")).to_be_visible()


async def test_opening_a_message_as_it_came_is_deliberate_and_written_down(site: Site) -> None:
    """Given a parked message, when its sender opens it, then the names are there, and its history says who looked."""
    his = f"his-{token_hex(3)}"
    await sent(site, his, er7(pv1={19: ""}, pid={5: f"{SECRET}^Анна"}), "GKB29")
    page = await integrator(site, his)
    await page.locator("#list tbody tr a").first.click()
    assert SECRET not in await page.content()
    await page.click("text=Показать как пришло")
    await expect(page.locator("pre")).to_contain_text(SECRET)
    await site.looked_at(page, "messages-raw")
    await page.click("text=Закрыть")
    await expect(page.locator(".m-tl")).to_contain_text(f"{his}: открыто как пришло")
    assert SECRET not in await page.content()


async def a_day(site: Site, his: str) -> None:
    """A day of a hospital's messages: few at night, a burst of faults at two, one slow hour, some refused."""
    now, sender = datetime.now(UTC), Actor(user=his, role=Role.INTEGRATOR)
    rows = []
    for hour in range(24):
        for number in range(4 + 5 * (hour % 9)):
            at = now - timedelta(hours=hour, minutes=number % 55)
            state = "parked" if hour == 17 else "rejected" if number == 11 else "held" if hour == 0 else "done"
            done = at + timedelta(seconds=(90 if hour == 9 else 0.2) + number / 50)
            rows.append({
                "id": new_id(), "kind": "message", "source": f"hl7/GKB29/{'EMIAS' if number % 3 else 'LIS'}",
                "fingerprint": new_id(), "actor": sender.user, "role": sender.role, "hospital": "GKB29",
                "received_at": at, "state": state, "details": "{}", "attempts": 0, "format": "hl7v2",
                "finished_at": None if state == "held" else done, "repeats": int(number == 3),
                "repeated_at": done if number == 3 else None,
                "code": {"parked": "bad_time", "rejected": "case_closed"}.get(state),
            })  # fmt: skip
    async with site.system.parts.db.write() as conn:
        await conn.execute(commands.insert(), rows)


@pytest.mark.parametrize("how", [{}, {"size": PHONE}], ids=["wide", "phone"])
async def test_arrivals_and_lag_are_drawn(site: Site, how: dict[str, object]) -> None:
    """Given a day of messages, then a picture shows when they came and how long they took, and a table says so too."""
    his = f"his-{token_hex(3)}"
    await a_day(site, his)
    page = await integrator(site, his, **how)
    await expect(page.locator(".m-pic svg:visible")).to_have_count(1)
    for period in ("day", "week", "month"):
        await page.goto(f"/desk/messages?period={period}")
        await page.click(".twin summary")
        total = await said(page, "[data-figure=received]")
        rows = await page.locator(".twin tbody tr").all_inner_texts()
        assert sum(sum(map(int, row.split("\t")[1:6])) for row in rows) == int(total.replace(" ", ""))
        await site.looked_at(page, f"messages-{period}-{'phone' if how else 'wide'}")


async def test_many_messages_are_replayed_in_slices(site: Site) -> None:
    """Given more messages than a slice has, when all are replayed, then the page goes on by itself to the last one."""
    his = f"his-{token_hex(3)}"
    for _ in range(25):
        await sent(site, his, er7(facility="SKLIF"), "GKB29")
    async with at_work(site):
        page = await integrator(site, his, "GKB29", "SKLIF")
        await page.locator("[data-fault=facility_not_allowed] >> text=Повторить все").click()
        await page.click("button:has-text('Повторить 25')")
        await expect(page.locator("h1")).to_contain_text("отказано 0")
        await expect(page.locator("#ran-lines .li")).to_have_count(25)


@pytest.mark.parametrize(("name", "how"), [("phone", {"size": PHONE, "dark": True}), ("dark", {"dark": True})])
async def test_the_inbox_on_a_phone_in_english_and_in_the_dark(site: Site, name: str, how: dict[str, object]) -> None:
    """Nothing is wider than the screen: the page, one message, and an inbox in which nothing ever was."""
    his = f"his-{token_hex(3)}"
    page = await integrator(site, his, language="en-GB", **how)
    await reads(page, "h1", "Messages")
    await expect(page.locator("#list")).to_contain_text("No messages here")
    await site.looked_at(page, f"messages-empty-{name}")
    await last_night(site, his)
    await page.goto("/desk/messages")
    await site.looked_at(page, f"messages-{name}")
    await page.locator("[data-fault=missing_field] >> text=Look").click()
    await page.locator("#list tbody tr a").first.click()
    await site.looked_at(page, f"messages-one-{name}")


async def test_a_supervisor_sees_the_messages_of_the_hospital(site: Site) -> None:
    """Given messages of a hospital's system, then its supervisor finds them beside everything else there is to do."""
    his = f"his-{token_hex(3)}"
    await sent(site, his, er7(facility="MNPC", header={3: his, 4: "MNPC"}, pv1={19: ""}), "MNPC")
    page = await site.signed_in(Role.SUPERVISOR, "olga-mnpc", "MNPC")
    await page.goto("/desk/")
    await page.click("summary.who")
    await page.locator(".menu >> text=Сообщения").click()
    await expect(page.locator("#list tbody tr", has_text=his)).to_have_count(1)
    await site.looked_at(page, "messages-supervisor")
    head = await site.signed_in(Role.HEAD, "pavel-mnpc", "MNPC")
    await head.goto("/desk/messages")
    await head.locator("#list tbody tr", has_text=his).locator("a").click()
    await expect(head.locator("text=Показать как пришло")).to_have_count(0)
    await expect(head.locator("text=Повторить")).to_have_count(0)
