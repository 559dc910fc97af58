"""What holds for every page, whoever asks."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from marshrut.domain.words import Role
from tests.fixtures.system import System

# `dist.integrity` of the file in the package htmx.org 2.0.8.
HTMX = (
    "sha256-"
    + base64.b64encode(bytes.fromhex("22283ef68cb7545914f0a88a1bdedc7256a703d1d580c1d255217d0a50d31313")).decode()
)


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.example"}],
    ids=str,
)
async def test_a_form_of_another_site_changes_nothing(system: System, headers: dict[str, str]) -> None:
    """A form is taken from our own pages alone."""
    answer = await system.http.post("/desk/signout", headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_every_page_forbids_scripts_and_frames_of_others(system: System) -> None:
    """The policy stands on pages, faults and files alike."""
    for path in ("/desk/signin", "/desk/nowhere", "/desk/static/desk.js"):
        policy = (await system.http.get(path)).headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy


async def test_the_session_opens_no_door_of_the_api_and_a_token_none_of_the_pages(system: System) -> None:
    """Cookie and bearer token each open their own side."""
    token = system.token(Role.SUPERVISOR)["Authorization"].removeprefix("Bearer ")
    answer = await system.http.get("/api/v1/cases", headers={"Cookie": f"marshrut={token}"})
    assert answer.status_code == 401
    answer = await system.http.get("/desk/", headers=system.token(Role.SUPERVISOR))
    assert answer.status_code == 303


@pytest.mark.parametrize("given", ["https://elsewhere.example", "//elsewhere.example", "/desk\\@x", "javascript:1"])
async def test_signing_in_leads_to_our_own_pages_only(system: System, given: str) -> None:
    """Nobody is sent elsewhere by a link to our sign-in page."""
    token = system.token(Role.SUPERVISOR)["Authorization"].removeprefix("Bearer ")
    answer = await system.http.post("/desk/signin", data={"token": token, "next": given})
    system.http.cookies.clear()
    assert answer.headers["location"] == "/desk/"


def test_htmx_is_the_file_of_its_package() -> None:
    """The file that ships is the one of the package, byte for byte."""
    content = Path("api/web/static/vendor/htmx-2.0.8.min.js").read_bytes()
    assert "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode() == HTMX


async def test_whoever_came_by_tls_keeps_the_session_for_tls(system: System) -> None:
    """Several servers in a row each say what they spoke; the browser spoke with the first."""
    token = system.token(Role.SUPERVISOR)["Authorization"].removeprefix("Bearer ")
    for told, secure in (("https, http", True), ("HTTPS", True), ("http, https", False)):
        answer = await system.http.post("/desk/signin", data={"token": token}, headers={"X-Forwarded-Proto": told})
        system.http.cookies.clear()
        kept = next(
            each
            for each in answer.headers.get_list("set-cookie")
            if each.startswith(("marshrut=", "__Secure-marshrut=")) and "Max-Age=0" not in each
        )
        assert ("; Secure" in kept) is secure, kept
        assert kept.startswith("__Secure-") is secure


async def test_an_address_that_is_none_is_not_ours(system: System) -> None:
    """What cannot be read as an address comes from nowhere of ours, and leads to the first page."""
    answer = await system.http.post("/desk/signout", headers={"Origin": "http://[", "Cookie": "marshrut=x"})
    assert answer.status_code == 403
    for told in ({"Referer": "http://["}, {"HX-Current-URL": "http://["}):
        answer = await system.http.get("/desk/", headers={"HX-Request": "true", **told})
        assert answer.headers["hx-redirect"] == "/desk/signin?next=/desk/"


async def test_a_browser_keeps_our_files(system: System) -> None:
    """By its full address a file is asked for once; by its name alone, as modules are, only whether it is the same."""
    named = await system.http.get("/desk/static/desk.js?v=1")
    assert "immutable" in named.headers["cache-control"]
    module = await system.http.get("/desk/static/shell.js")
    assert module.headers["cache-control"] == "no-cache"
    again = await system.http.get("/desk/static/shell.js", headers={"If-None-Match": module.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")
