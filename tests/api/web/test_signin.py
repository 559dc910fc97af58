"""Signing in over HTTP: cookies, fixation, guessing, ways back, second steps."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

import httpx
import pyotp
import pytest

from api.web.session import COOKIE
from marshrut.domain.words import Role
from marshrut.ports import Account
from tests.fixtures.system import HOSPITAL, System

PASSWORD = "семь-синих-чайников"


async def taken_on(system: System, *, must_change: bool = False) -> Account:
    """Somebody new, who may sign in."""
    user = f"web-{secrets.token_hex(4)}"
    account = Account(user, "Орлова Е. В.", Role.COORDINATOR, frozenset({HOSPITAL}), must_change=must_change)
    await system.parts.identity.put(account, PASSWORD)
    return account


class Window:
    """A browser without a window: it keeps its own cookies."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.cookies: dict[str, str] = {}

    async def get(self, path: str) -> httpx.Response:
        return await self._ask("GET", path)

    async def post(self, path: str, **form: str) -> httpx.Response:
        return await self._ask("POST", path, form)

    async def sign_in(self, user: str, password: str = PASSWORD, way: str = "/desk/") -> httpx.Response:
        return await self.post("/desk/signin", user=user, password=password, next=way)

    async def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx.Response:
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": told, "Sec-Fetch-Site": "same-origin"} if told else {"Sec-Fetch-Site": "same-origin"}
        answer = await self._system.http.request(method, path, data=form, headers=headers)
        self._system.http.cookies.clear()
        for said in answer.headers.get_list("set-cookie"):
            name, _, value = said.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer


@pytest.fixture
def window(system: System) -> Window:
    """A browser."""
    return Window(system)


async def test_a_session_that_was_planted_is_none_after_signing_in(system: System, window: Window) -> None:
    """Whatever secret a browser had, the one after signing in is new, and the one before opens nothing."""
    account = await taken_on(system)
    await window.sign_in(account.user)
    before = window.cookies[COOKIE]
    await window.sign_in(account.user)
    after = window.cookies[COOKIE]
    assert after != before
    window.cookies[COOKIE] = before
    assert (await window.get("/desk/")).status_code == 303
    window.cookies[COOKIE] = after
    assert (await window.get("/desk/")).status_code == 200


async def test_a_session_halfway_opens_no_page_and_changes_nothing(system: System, window: Window) -> None:
    """With the right password and no more, every page leads back to signing in."""
    account = await taken_on(system, must_change=True)
    answer = await window.sign_in(account.user, way="/desk/cases")
    assert answer.headers["location"] == "/desk/signin/more?next=/desk/cases"
    for path in ("/desk/", "/desk/cases", "/desk/account"):
        assert (await window.get(path)).headers["location"].startswith("/desk/signin")
    assert (await window.post("/desk/account/sessions/end")).headers["location"].startswith("/desk/signin")
    assert (await window.get("/desk/live")).status_code == 401
    shown = await window.get("/desk/signin/more?next=/desk/cases")
    assert "Придумайте свой пароль" in shown.text
    refused = await window.post("/desk/signin/password", new="password123", again="password123", next="/desk/cases")
    assert (refused.status_code, "первым делом" in refused.text) == (422, True)
    halfway = window.cookies[COOKIE]
    done = await window.post(
        "/desk/signin/password", new="жёлтая-тачка-у-пруда", again="жёлтая-тачка-у-пруда", next="/desk/cases"
    )
    assert (done.status_code, done.headers["location"]) == (303, "/desk/cases")
    assert window.cookies[COOKIE] != halfway
    assert (await window.get("/desk/cases")).status_code == 200


async def test_the_second_step_is_asked_for_by_the_page(system: System, window: Window) -> None:
    """Set up on one's own page, then asked for; a wrong code is counted aloud and a right one leads on."""
    account = await taken_on(system)
    await window.sign_in(account.user)
    page = (await window.get("/desk/account/factor")).text
    sealed = re.search(r'name="offer" value="([^"]+)"', page)
    secret = re.search(r'class="mono" translate="no">([A-Z2-7 ]+)<', page)
    assert sealed is not None
    assert secret is not None
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    added = await window.post("/desk/account/factor", offer=sealed[1], code=app.now(), password=PASSWORD)
    assert added.status_code == 200, added.text
    codes = re.findall(r"<li>(\w{5}-\w{5})</li>", added.text)
    assert len(codes) == 10
    await window.post("/desk/signout")
    answer = await window.sign_in(account.user, way="/desk/cases")
    assert answer.headers["location"] == "/desk/signin/more?next=/desk/cases"
    wrong = await window.post("/desk/signin/code", code="000000", next="/desk/cases")
    assert wrong.status_code == 401
    right = await window.post("/desk/signin/code", code=codes[0], next="https://elsewhere.example/")
    assert right.headers["location"] == "/desk/"
    assert (await window.get("/desk/")).status_code == 200


async def test_guessing_is_answered_alike_and_stopped(system: System, window: Window) -> None:
    """A name that is there and one that is not get the same page, and after five the same refusal."""
    account = await taken_on(system)
    pages = {}
    for user in (account.user, f"nobody-{secrets.token_hex(4)}"):
        said = []
        for _ in range(6):
            answer = await window.sign_in(user, "wrong-password")
            text = answer.text.replace(user, "user")
            said.append((answer.status_code, re.sub(r"\d\d:\d\d", "", text)))
        pages[user] = said
    first, second = pages.values()
    assert first == second
    assert [status for status, _ in first] == [401] * 4 + [429] * 2


@pytest.mark.parametrize(
    "way", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "/desk/..//x"]
)
async def test_no_way_back_leads_elsewhere(system: System, window: Window, way: str) -> None:
    """After the password, after the second step and on the way to the provider only pages of ours are gone to."""
    account = await taken_on(system)
    assert (await window.sign_in(account.user, way=way)).headers["location"] == "/desk/"
    await system.parts.identity.put(replace(account, must_change=True), PASSWORD)
    assert (await window.sign_in(account.user, way=way)).headers["location"] == "/desk/signin/more?next=/desk/"
    done = await window.post(
        "/desk/signin/password", new="жёлтая-тачка-у-пруда", again="жёлтая-тачка-у-пруда", next=way
    )
    assert done.headers["location"] == "/desk/"


@pytest.mark.parametrize(
    "path",
    [
        "/desk/signin",
        "/desk/signin/code",
        "/desk/signin/password",
        "/desk/signin/factor",
        "/desk/account/password",
        "/desk/account/factor",
        "/desk/account/factor/drop",
        "/desk/account/sessions/end",
        "/desk/account/sessions/x/end",
    ],
)
async def test_no_other_site_signs_in_or_changes_anything(system: System, path: str) -> None:
    """Each of these forms is taken from our own pages alone."""
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example", "Cookie": "marshrut=x"}):
        assert (await system.http.post(path, headers=headers)).status_code == 403


async def test_by_tls_the_cookies_say_so_in_their_names(system: System) -> None:
    """A page without TLS can set no cookie of that name, and one without the name is not looked at."""
    account = await taken_on(system)
    tls = {"X-Forwarded-Proto": "https", "Sec-Fetch-Site": "same-origin"}
    answer = await system.http.post("/desk/signin", data={"user": account.user, "password": PASSWORD}, headers=tls)
    system.http.cookies.clear()
    kept = [each for each in answer.headers.get_list("set-cookie") if "Max-Age=0" not in each]
    (session,) = [each for each in kept if each.startswith("__Secure-marshrut=")]
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/desk"} <= set(session.split("; "))
    secret = session.partition(";")[0].partition("=")[2]
    shown = await system.http.get("/desk/", headers={**tls, "Cookie": f"__Secure-marshrut={secret}"})
    assert shown.status_code == 200
    assert (await system.http.get("/desk/", headers={**tls, "Cookie": f"marshrut={secret}"})).status_code == 303


async def test_there_is_no_way_through_a_provider_where_there_is_none(system: System) -> None:
    """Its addresses are pages that do not exist."""
    for path in ("/desk/signin/provider", "/desk/signin/provider/back?code=x&state=y"):
        assert (await system.http.get(path)).status_code == 404


async def test_ones_own_page_shows_sessions_and_ends_them(system: System, window: Window) -> None:
    """Where one is signed in, one of them ended, then all others; nobody else's can be named."""
    account, other = await taken_on(system), Window(system)
    await window.sign_in(account.user)
    await other.sign_in(account.user)
    page = (await window.get("/desk/account")).text
    (handle,) = re.findall(r"/desk/account/sessions/(\w+)/end", page)
    assert (await window.post(f"/desk/account/sessions/{handle}/end")).headers["location"] == "/desk/account"
    assert (await other.get("/desk/")).status_code == 303
    assert (await window.post(f"/desk/account/sessions/{handle}/end")).status_code == 404
    assert (await window.get("/desk/")).status_code == 200
