"""Signing in through a real OpenID provider that is not ours (oidc-provider), in a real browser."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.architecture.tree import ROOT
from tests.fixtures.browser import Site, faults_of, said, served, shows
from tests.fixtures.npm import modules
from tests.fixtures.system import running

FOLDER = ROOT / "tests" / "provider"
CLIENT, SECRET, AUDIENCE = "marshrut-desk", "a secret of the tests", "https://marshrut.test/api"
MAPPING = """
user: sub
roles:
  claim: groups
  values: { seniors: supervisor, coordinators: coordinator, machines: integrator }
hospitals:
  claim: hospitals
  values: { gkb29: GKB29 }
  all: [city]
"""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass
class City:
    """The pages, and the provider through which people come to them."""

    site: Site
    issuer: str
    port: int

    async def token(self) -> str:
        """An access token that a machine gets from the provider."""
        async with httpx.AsyncClient() as http:
            form = {"grant_type": "client_credentials", "scope": "marshrut"}
            answer = await http.post(f"{self.issuer}/token", data=form, auth=("his", SECRET))
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    async def rotate(self) -> None:
        """The provider signs by another key from now on."""
        async with httpx.AsyncClient() as http:
            await http.post(f"http://127.0.0.1:{self.port + 1}/rotate")


def free(count: int) -> int:
    """A port, with as many beside it that nobody uses."""
    for start in range(42_000, 60_000, 7):
        try:
            with socket.create_server(("127.0.0.1", start)), socket.create_server(("127.0.0.1", start + count)):
                return start
        except OSError:
            continue
    raise AssertionError("no port is free")


@asynccontextmanager
async def provider(**told: object) -> AsyncIterator[None]:
    """The provider's process."""
    installed = modules(FOLDER, "the tests of signing in")
    process = await asyncio.create_subprocess_exec(
        "node", str(FOLDER / "serve.mjs"), str(installed), json.dumps(told), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert (await process.stdout.readline()).strip() == b"ready"
        yield
    finally:
        process.kill()
        await process.wait()


@pytest.fixture(scope="module")
async def shared_city(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> AsyncIterator[City]:
    """A city whose people sign in at its own provider."""
    data = tmp_path_factory.mktemp("city")
    port = free(2)
    issuer, here = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 2}"
    mapping = data / "who.yaml"
    mapping.write_text(MAPPING)
    back, out = f"{here}/desk/signin/provider/back", f"{here}/desk/signin"
    settings: dict[str, Any] = {
        "public_url": here,
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_audience": AUDIENCE,
        "oidc_mapping": mapping,
        "local_accounts": False,
    }
    running_provider = provider(
        issuer=issuer, port=port, client=CLIENT, secret=SECRET, back=back, out=out, audience=AUDIENCE
    )
    async with running_provider, running(data, **settings) as system, served(system, port + 2) as url:
        yield City(Site(system, url, chromium), issuer, port)


@pytest.fixture
async def city(shared_city: City) -> AsyncIterator[City]:
    """The city; the windows that a test had are emptied after it."""
    yield shared_city
    await shared_city.site.given_back()


async def signs_in(page: Page, user: str, way: str = "/desk/") -> None:
    """Through the provider's own pages."""
    await page.goto(way)
    await page.wait_for_url(re.compile("/desk/signin"))
    await page.click("text=единый вход")
    await page.fill("input[name=login]", user)
    await page.fill("input[name=password]", "any that the provider likes")
    await page.click("button[type=submit]")
    await page.wait_for_load_state()
    if "/interaction/" in page.url:  # whether the pages may know who it is
        await page.click("button[type=submit]")


async def test_a_coordinator_comes_through_the_citys_provider_and_leaves_it_too(city: City) -> None:
    """Given no account here; when she signs in there on her way to a page, she gets there under her name and role.

    When she signs out she is signed out there as well, so that the next person at the computer is asked who they are.
    """
    page = await city.site.window()
    await page.goto("/desk/signin")
    await city.site.looked_at(page, "signin-provider")
    await expect(page.locator("#password")).to_have_count(0)
    await signs_in(page, "orlova", "/desk/cases")
    await page.wait_for_url("**/desk/cases")
    assert (await said(page, ".who")).startswith("Орлова Е. В. координатор · ГКБ № 29")
    cookies = {each["name"]: each for each in await page.context.cookies(city.site.url + "/desk/signin/provider")}
    assert "marshrut-away" not in cookies
    assert cookies["marshrut"]["httpOnly"]
    await page.goto("/desk/account")
    await city.site.looked_at(page, "account-provider", faults=False)  # the provider's pages ask for fonts of others
    await shows(page, "aside", "в едином входе")
    await page.click(".who")
    await page.click(".menu >> text=Выйти")
    await page.click("text=Sign out there too")
    await page.wait_for_url(re.compile("/desk/signin"))
    await page.click("text=единый вход")
    await page.wait_for_selector("input[name=login]")
    assert await city.site.system.parts.identity.sessions_of("orlova") == []


async def test_whoever_the_mapping_does_not_know_is_not_let_in(city: City) -> None:
    """Given somebody of the city without a role here; they are told so, and see no page."""
    page = await city.site.window()
    await signs_in(page, "stranger")
    await page.wait_for_selector("text=роли и больницы")
    await city.site.looked_at(page, "signin-nobody", faults=False)
    await page.goto("/desk/cases")
    assert "/desk/signin" in page.url


async def test_a_key_that_is_rotated_in_the_middle_keeps_nobody_out(city: City) -> None:
    """Given tokens of one key; when the provider signs by another, its next tokens are taken and the old ones are not.

    People who sign in afterwards come in as well.
    """
    http = city.site.system.http
    before = {"Authorization": f"Bearer {await city.token()}"}
    assert (await http.get("/api/v1/cases", headers=before)).status_code == 200
    provider_of = city.site.system.parts.api.authenticate.__self__._external._provider  # type: ignore[attr-defined]  # its clock is set
    begun = provider_of._now
    await city.rotate()
    provider_of._now = lambda: begun() + 31
    after = {"Authorization": f"Bearer {await city.token()}"}
    assert (await http.get("/api/v1/cases", headers=after)).status_code == 200
    assert (await http.get("/api/v1/cases", headers=before)).status_code == 401
    assert (await http.get("/api/v1/staff", headers=after)).json()["code"] == "role_not_allowed"
    page = await city.site.window(language="en-GB")
    await page.goto("/desk/board")
    await page.click("text=single sign-on")
    await page.fill("input[name=login]", "kim")
    await page.fill("input[name=password]", "x")
    await page.click("button[type=submit]")
    await page.wait_for_load_state()
    if "/interaction/" in page.url:
        await page.click("button[type=submit]")
    await page.wait_for_url("**/desk/board")
    assert (await said(page, ".who")).startswith("Kim O. S. senior coordinator")
    assert not [fault for fault in faults_of(page) if "127.0.0.1" in fault and "desk" in fault]


async def test_an_answer_is_taken_once_and_from_the_browser_that_asked(city: City) -> None:
    """Given somebody's answer from the provider; in another browser, again, or changed, it opens nothing."""
    page = await city.site.window()
    answers: list[str] = []
    page.on("request", lambda request: answers.append(request.url) if "/provider/back?" in request.url else None)
    await signs_in(page, "orlova")
    await page.wait_for_url("**/desk/")
    (answer,) = answers
    other = await city.site.window()
    await other.goto(answer)
    await other.wait_for_selector("text=Начните ещё раз")
    await page.goto(answer)
    await page.wait_for_selector("text=Начните ещё раз")
    fresh = await city.site.window()
    await fresh.goto("/desk/signin/provider", wait_until="commit")
    state = parse_qs(urlsplit(answer).query)["state"][0]
    for forged in (f"?code=x&state={state}", "?code=x&state=y", "?error=access_denied", "?code=x&state=", ""):
        await fresh.goto(f"/desk/signin/provider/back{forged}")
        await fresh.wait_for_selector("text=Начните ещё раз")
    await fresh.goto("/desk/cases")
    assert "/desk/signin" in fresh.url
    assert Path(urlsplit(answer).path).name == "back"
