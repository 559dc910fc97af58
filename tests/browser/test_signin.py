"""Signing in, in a real browser: by password and code, the limit on wrong ones, the end of a session."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.people import PASSWORD, sign_in, taken_on
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
        assert await page.input_value("#user") == user
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
        assert await page.input_value("form:first-of-type input[name=next]") == "/desk/"
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
