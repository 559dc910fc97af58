"""Pages change when the case does, in a real browser."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from api import stream
from api.web.session import COOKIE
from marshrut.adapters.identity import lasting
from marshrut.domain.words import Role
from tests.fixtures.browser import Site, faults_of, shows
from tests.fixtures.system import HOSPITAL, admission


async def test_the_counts_follow_what_happens(site: Site) -> None:
    """Given an open page, when a patient is found to be ready and still there, then the count of stuck cases grows."""
    page = await site.signed_in(Role.SUPERVISOR, "olga")
    await page.goto("/desk/")
    await expect(page.locator("#lag")).to_contain_text("отставание")
    count = page.locator("[data-count=board]").first
    before = int(await count.text_content() or 0)
    case_id = await site.system.admit(admitted_at=(datetime.now(UTC) - timedelta(days=3)).isoformat())
    ready = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    body = {"type": "medically_ready", "occurred_at": ready}
    told = await site.system.post(f"/api/v1/cases/{case_id}/events", body, role=Role.SUPERVISOR)
    assert told.status_code == 200, told.text
    await expect(count).not_to_have_text(str(before))
    assert int(await count.text_content() or 0) > before
    await site.looked_at(page, "live-counts")


async def test_a_lost_line_is_told_and_comes_back_by_itself(site: Site) -> None:
    """Given an open page, when the connection is lost, then a banner says since when; once it is back, it goes."""
    page = await site.signed_in(Role.SUPERVISOR, "olga")
    await page.goto("/desk/")
    await expect(page.locator("#lag")).to_contain_text("отставание")
    await page.context.set_offline(True)
    # When the line is back, another notice may say what changed meanwhile.
    banner = page.locator("#live .banner", has_text="Связи нет с")
    await expect(banner).to_have_count(1)
    await shows(page, "#lag", "нет связи")
    await site.looked_at(page, "live-offline", faults=False)
    await page.context.set_offline(False)
    await expect(banner).to_have_count(0, timeout=90_000)  # it waits longer after each try
    await expect(page.locator("#lag")).to_contain_text("отставание")
    assert all("ERR_INTERNET_DISCONNECTED" in fault for fault in faults_of(page))


async def test_one_line_serves_every_window_of_a_browser(site: Site) -> None:
    """However many windows somebody has open, one of them listens; when it is closed another goes on."""
    first = await site.signed_in(Role.SUPERVISOR, "windows")
    await first.goto("/desk/")
    feed = site.system.parts.api.feed
    await expect(first.locator("#lag")).to_contain_text("отставание")
    others = [await first.context.new_page() for _ in range(3)]
    for page in others:
        await page.goto("/desk/")
        await expect(page.locator("#lag")).to_contain_text("отставание")
    assert feed._users["windows"] == 1
    await first.close()
    await site.system.admit()
    for page in others:
        await expect(page.locator("#lag")).to_contain_text("отставание")
    async with asyncio.timeout(30):
        while feed._users["windows"] != 1:
            await others[0].wait_for_timeout(50)


async def test_two_people_at_one_list(site: Site) -> None:
    """Given two open inboxes, when one of them takes a step, then the other is told, and sees it when they ask."""
    hospital = "BASHL"  # of no other test of the pages
    headers = site.system.token(Role.INTEGRATOR, "his", hospital)
    taken = await site.system.http.post("/api/v1/admissions", json=admission(facility=hospital), headers=headers)
    assert taken.status_code == 201, taken.text
    olga = await site.signed_in(Role.SUPERVISOR, "olga", hospital)
    await olga.goto("/desk/inbox?whose=group")
    await expect(olga.locator("#lag")).to_contain_text("отставание")
    rows = olga.locator("#inbox tbody tr")
    before = await rows.all_inner_texts()
    anna = await site.signed_in(Role.COORDINATOR, "anna", hospital)
    await anna.goto("/desk/inbox?whose=unclaimed")
    await anna.locator("#inbox tbody button").first.click()
    await expect(anna.locator(".banner")).to_contain_text("взят")
    notice = olga.locator("[data-notice=changed]")
    await expect(notice).to_contain_text("изменил")
    assert [_still(row) for row in await rows.all_inner_texts()] == [_still(row) for row in before]
    await site.looked_at(olga, "live-two")
    await notice.locator("button").click()
    await expect(notice).to_have_count(0)
    assert [_still(row) for row in await rows.all_inner_texts()] != [_still(row) for row in before]


def _still(row: str) -> str:
    """What a row says, but for its clock."""
    return " ".join(row.split("\n")[1:])


async def test_a_page_left_alone_lets_the_session_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a page that nobody touches, when it looks for changes by itself, then the session is not prolonged."""
    monkeypatch.setattr(lasting, "SEEN_EVERY", timedelta(0))
    page = await site.signed_in(Role.COORDINATOR, "away")
    await page.goto("/desk/")
    await expect(page.locator("#lag")).to_contain_text("отставание")
    secret = next(each["value"] for each in await page.context.cookies() if each["name"] == COOKIE)
    before = await site.system.parts.identity.session(secret, used=False)
    async with page.expect_response(lambda answer: answer.url.endswith("/desk/") and answer.ok):
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert await site.system.parts.identity.session(secret, used=False) == before


async def test_whoever_signs_in_again_hears_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given two windows whose session ended, when one signs in again, then both follow what happens, and say so."""
    monkeypatch.setattr(stream, "BEAT_S", 0.2)
    first = await site.signed_in(Role.SUPERVISOR, "again")
    await first.goto("/desk/")
    await expect(first.locator("#lag")).to_contain_text("отставание")
    second = await first.context.new_page()
    await second.goto("/desk/")
    await expect(second.locator("#lag")).to_contain_text("отставание")
    await second.locator("form[action='/desk/signout']").evaluate("form => form.submit()")
    await second.wait_for_url("**/desk/signin")
    ended = first.locator("[data-notice=ended]")
    await expect(ended).to_have_count(1)
    await second.click(".bycode summary")
    token = site.system.parts.tokens.issue("again", Role.SUPERVISOR, (HOSPITAL,), valid=timedelta(hours=1))
    await second.fill("#token", token)
    await second.press("#token", "Enter")
    async with asyncio.timeout(10):
        while site.system.parts.api.feed._users["again"] != 1:
            await second.wait_for_timeout(50)
    await expect(ended).to_have_count(0)
    await expect(second.locator("[data-notice=ended]")).to_have_count(0)
    async with first.expect_request(lambda asked: asked.url.partition("?")[0].endswith("/desk/live")):
        await second.close()
