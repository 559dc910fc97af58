"""The frame of every page, in a real browser."""

from __future__ import annotations

from tests.fixtures.browser import PHONE, Site, reads, shows


async def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_in_their_language(site: Site) -> None:
    """The browser says which language; Russian is spoken else."""
    for language, title in (("ru-RU", "Вход для сотрудников"), ("en-GB", "Staff sign-in"), ("de-DE", "Вход")):
        page = await site.window(language=language)
        await page.goto("/")
        assert "/desk/signin" in page.url
        await shows(page, "h1", title)
        await site.looked_at(page, f"signin-{language}")


async def test_the_switch_of_languages_outlives_the_page_and_the_browser_s_wish(site: Site) -> None:
    """Who chose a language keeps it."""
    page = await site.window(language="ru-RU", size=PHONE)
    await page.goto("/desk/signin")
    await page.click("text=EN")
    await reads(page, "h1", "Staff sign-in")
    await page.reload()
    await reads(page, "h1", "Staff sign-in")
    await site.looked_at(page, "signin-phone")


async def test_a_wrong_access_code_is_refused_in_words(site: Site) -> None:
    """The form comes back and says what was wrong."""
    page = await site.window()
    await page.goto("/desk/signin")
    await page.click(".bycode summary")
    await page.fill("#token", "nonsense")
    await page.press("#token", "Enter")
    await shows(page, ".err", "Код не подошёл")
    await site.looked_at(page, "signin-refused", faults=False)  # the browser reports the 401


async def test_a_page_that_is_not_there_says_how_to_go_on(site: Site) -> None:
    """A wrong address is no dead end."""
    page = await site.signed_in()
    await page.goto("/desk/nowhere")
    await shows(page, "h1", "Такой страницы нет")
    await site.looked_at(page, "not-found", faults=False)  # the browser reports the 404
