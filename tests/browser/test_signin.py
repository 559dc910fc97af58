"""Signing in, in a real browser: by password and code, the limit on wrong ones, the end of a session."""

from __future__ import annotations

import re
from dataclasses import replace

import pyotp
from playwright.async_api import expect

from tests.browser.people import PASSWORD, entered, sign_in, taken_on
from tests.fixtures.browser import PHONE, Site, said


async def test_a_coordinator_signs_in_is_called_by_name_and_signs_out(site: Site) -> None:
    """Given an account; when she signs in on her way to a page, she gets there under her name; out is out."""
    user = await taken_on(site)
    page = await site.window()
    await page.goto("/desk/cases")
    await page.wait_for_url(re.compile("/desk/signin.next=/desk/cases"))
    await sign_in(page, user)
    await page.wait_for_url("**/desk/cases")
    assert (await said(page, ".who")).startswith("Орлова Е. В. координатор · ГКБ № 29")
    (cookie,) = [each for each in await page.context.cookies() if each["name"] == "marshrut"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/desk")
    await page.click(".who")
    await page.click("text=Выйти")
    await page.wait_for_url("**/desk/signin")
    await page.goto("/desk/")
    assert "/desk/signin" in page.url
    # The secret that the browser had is worth nothing now, even to whoever has copied it.
    await page.context.add_cookies(
        [{"name": "marshrut", "value": cookie["value"], "domain": cookie["domain"], "path": "/desk"}]
    )
    await page.goto("/desk/")
    assert "/desk/signin" in page.url


async def test_wrong_passwords_are_counted_aloud_and_then_the_door_is_shut(site: Site) -> None:
    """Given somebody who mistypes; each time they read how many tries are left, and in the end until when to wait."""
    user = await taken_on(site)
    page = await site.window(size=PHONE)
    await page.goto("/desk/signin")
    for left in ("Осталось 4 попытки", "Осталось 3 попытки", "Осталось 2 попытки", "Осталась 1 попытка"):
        await page.fill("#user", user)
        await page.fill("#password", "wrong")
        await page.press("#password", "Enter")
        await page.wait_for_selector(f"text={left}")
        await expect(page.locator("#user")).to_have_value(user)
        await expect(page.locator("#password")).to_be_focused()
    await site.looked_at(page, "signin-wrong-phone", faults=False)  # the browser reports the 401s
    await page.fill("#password", "wrong")
    await page.press("#password", "Enter")
    await page.wait_for_selector("text=Слишком много неудачных попыток")
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    assert re.search(r"Войти можно после \d\d:\d\d", await said(page, ".err"))
    await site.looked_at(page, "signin-shut-phone", faults=False)


async def test_a_form_of_another_site_does_nothing(site: Site) -> None:
    """Given a signed-in browser; a form that another site has it send is refused, and the session stays."""
    page = await site.signed_in()
    answer = await page.context.request.post(
        "/desk/signout", headers={"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status == 403
    await page.goto("/desk/")
    assert "/desk/signin" not in page.url


async def test_nobody_is_sent_to_a_foreign_address_after_signing_in(site: Site) -> None:
    """An address that is not ours is no way back: the day is shown."""
    user = await taken_on(site)
    page = await site.window()
    for way in ("https://elsewhere.example/", "//elsewhere.example", "/desk/%2e%2e//x", "/api/v1/cases"):
        await page.context.clear_cookies()
        await page.goto(f"/desk/signin?next={way}")
        await expect(page.locator("form:first-of-type input[name=next]").first).to_have_value("/desk/")
        await sign_in(page, user)
        await page.wait_for_url(f"{site.url}/desk/")


async def test_a_language_that_was_chosen_is_there_on_the_next_computer(site: Site) -> None:
    """Given a coordinator who chose English; at another computer with a Russian browser she reads English."""
    user = await taken_on(site, "Orlova E.")

    async def enter() -> str:
        page = await site.window(language="ru-RU")
        await page.goto("/desk/signin")
        await sign_in(page, user)
        await page.wait_for_url("**/desk/")
        heading = await said(page, "h1")
        if heading == "Мой день":
            await page.click(".top .lang a")
            await page.wait_for_selector("h1:has-text('My day')")
        return heading

    assert await enter() == "Мой день"
    assert await enter() == "My day"


async def test_a_first_password_is_changed_on_the_way_in(site: Site) -> None:
    """Given a password that somebody else made; she chooses one of her own, told what will not do, and comes in."""
    user = await taken_on(site)
    account = await site.system.parts.identity.account(user)
    assert account is not None
    await site.system.parts.identity.put(replace(account, must_change=True), PASSWORD)
    page = await site.window(size=PHONE)
    await page.goto("/desk/cases")
    await sign_in(page, user)
    await page.wait_for_selector("text=Придумайте свой пароль")
    await site.looked_at(page, "signin-first-phone")
    await page.fill("#new", "password123")
    await page.fill("#again", "password123")
    await page.press("#again", "Enter")
    await page.wait_for_selector("text=подбирают первым делом")
    await site.looked_at(page, "signin-first-wrong-phone", faults=False)  # the browser reports the 422
    for field in ("#new", "#again"):
        await page.fill(field, "жёлтая-тачка-у-пруда")
    await page.press("#again", "Enter")
    await page.wait_for_url("**/desk/cases")


async def test_a_second_step_is_set_up_on_ones_own_page_and_asked_for_next_time(site: Site) -> None:
    """Given an app on the telephone; she switches the step on, writes the codes down, and enters by the next code."""
    page = await entered(site, await taken_on(site, "Orlova E."), language="en-GB")
    await page.goto("/desk/account")
    await site.looked_at(page, "account")
    await page.click("text=Switch it on")
    await page.click("text=Type the key in")
    secret = (await said(page, ".steps-l .mono")).replace(" ", "")
    await site.looked_at(page, "account-factor")
    await page.fill("#code", pyotp.TOTP(secret).now())
    await page.fill("#password-factor", PASSWORD)
    await page.press("#password-factor", "Enter")
    await page.wait_for_selector("text=Codes in reserve")
    codes = await page.locator(".reserve li").all_inner_texts()
    assert len(set(codes)) == 10
    await site.looked_at(page, "account-reserve")
    user = await page.get_attribute("body", "data-user")
    assert user is not None
    elsewhere = await site.window(size=PHONE, dark=True, language="en-GB")
    await elsewhere.goto("/desk/cases")
    await sign_in(elsewhere, user)
    await elsewhere.wait_for_selector("text=Code from your app")
    await site.looked_at(elsewhere, "signin-code-phone-dark")
    await elsewhere.fill("#code", codes[0])
    await elsewhere.press("#code", "Enter")
    await elsewhere.wait_for_url("**/desk/cases")
    # Where she was before she sees the other place, and ends it.
    await page.goto("/desk/account")
    await expect(page.locator("#sessions .li")).to_have_count(2)
    await page.click("#sessions .li button")
    await page.wait_for_url("**/desk/account")
    await expect(page.locator("#sessions .li")).to_have_count(1)
    await elsewhere.goto("/desk/cases")
    assert "/desk/signin" in elsewhere.url
