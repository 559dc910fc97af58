"""Whatever is sent to the pages: a page, a way elsewhere or a refusal in words, and never a fault of ours."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from fastapi.routing import APIRoute

from api.web.app import PAGES
from marshrut.domain.words import Role
from tests.api.odd import turned
from tests.api.test_access import at_hand
from tests.api.web.test_desk_by_role import cookie_of
from tests.fixtures.system import System

ROUTES = [route for page in PAGES for route in page.router.routes if isinstance(route, APIRoute)]
# What stands in a path beside ids, one that there is of each.
NAMED = {"action": "remind", "answer": "decline", "what": "kpi", "language": "ru", "code": "gad7"}
# What is odd, by what it might break. A page meets one of each line, the next page the next one of that line.
ODD_IDS = (
    ("%00", "%FF", "%ED%A0%80", "%0A"),
    ("..%2F..%2F%F0%9F%92%A5", "'%20OR%201=1--%F0%9F%92%A5", "x" * 3000),
)
ODD_QUERY = (("%00", "%FF", "%ED%A0%80", "now%0A"), ("",), ("-1", "9" * 4500), ("[%F0%9F%92%A5]",),
             ("0001-01-01", "9999-12-31"))  # fmt: skip
ODD_TYPED = (
    ("\x00", "\ud800".encode("utf-8", "surrogatepass"), b"\xff"), ("",), ("9" * 4500,), ("-1", "٣", "NaN"),
    ("[💥]\na\r\n", "💥" + "x" * 9000), ("/desk/кот",), ("//elsewhere.example",),
    ("0001-01-01T00:00", "9999-12-31T23:59:59-14:00", "01.01.0001 00:00"),
)  # fmt: skip
NO_FORMS = (b"\xff\xfe", b"{", b"a" * 5000, b"&".join([b"a=1"] * 5000), b"--x\r\n")
HEADERS: list[dict[str, str | bytes]] = [
    {"Referer": "http://["}, {"HX-Request": "true", "HX-Current-URL": "http://["}, {"Referer": b"\xff"},
    {"Origin": "http://["}, {"Origin": "null"}, {"Accept-Language": b"\xff;q=x,,,;q=nan,ru;q=1e999"},
    {"Cookie": "marshrut="}, {"Cookie": b"marshrut=\xff; language=\xff"}, {"Cookie": "marshrut=" + "x" * 5000},
    {"Content-Type": "multipart/form-data"}, {"Content-Type": "multipart/form-data; boundary="},
    {"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}, {"Content-Type": "application/json"},
    {"HX-Request": "true", "HX-Boosted": "true"}, {"X-Forwarded-Proto": "https, http"}, {"Accept": b"\xff;q=\xff"},
]  # fmt: skip


def pages(method: str) -> list[APIRoute]:
    """The pages of this method; the line of changes is no page."""
    return [route for route in ROUTES if method in (route.methods or ()) and route.path != "/live"]


def fields() -> Iterator[str]:
    """Every name that a form of ours is asked for."""
    for file in sorted(Path("api/web").rglob("*.py")):
        yield from re.findall(r"\.(?:text|raw|texts|instant)\(\"([a-z_]+)\"", file.read_text("utf-8"))


FIELDS = sorted({*fields(), "done", "o.result", "note.x", "left.x"})
# What a page asks first, so that it looks at the rest.
ACTS = {"/board/dry": {"action": "extend"}, "/board/run": {"action": "extend"}}


@pytest.fixture(scope="module")
async def ids(system: System) -> dict[str, str]:
    """The ids of what is there."""
    return await at_hand(system, await system.admit()) | NAMED


@pytest.fixture(scope="module")
async def headers(system: System) -> dict[str, str]:
    """The browser of somebody who may do much."""
    return await cookie_of(system, Role.SUPERVISOR)


@pytest.fixture(scope="module")
async def http(system: System) -> AsyncIterator[httpx.AsyncClient]:
    """A client at an address of its own: whoever signs in wrongly this often is made to wait."""
    transport = httpx.ASGITransport(app=system.app, client=("10.6.6.6", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://marshrut.test", timeout=30) as http:
        yield http


def held(answer: httpx.Response, *about: object) -> None:
    """What holds of every answer."""
    assert answer.status_code < 500, (answer.status_code, *about, answer.text[:300])
    assert "Traceback" not in answer.text, about


@pytest.mark.parametrize("page", pages("GET"), ids=lambda page: page.path)
async def test_no_address_breaks_a_page(
    http: httpx.AsyncClient, ids: dict[str, str], headers: dict[str, str], page: APIRoute
) -> None:
    """Each id and each parameter with what nothing of ours can be: a page, or a fault in words."""
    turn = pages("GET").index(page)
    for number, name in enumerate(re.findall(r"{(\w+)}", page.path)):
        for text in turned(ODD_IDS, turn + number):
            path = "/desk" + page.path.format(**{**ids, name: text})
            held(await http.get(path, headers=headers), path[:100])
    for number, each in enumerate(page.dependant.query_params):
        for value in turned(ODD_QUERY, turn + number):
            path = f"/desk{page.path.format(**ids)}?{each.alias}={value}"
            held(await http.get(path, headers=headers), path[:100])
    # Of a parameter that it does not have a page sees nothing.
    value = turned(ODD_QUERY, turn)[turn % len(ODD_QUERY)]
    held(await http.get(f"/desk{page.path.format(**ids)}?unknown={value}", headers=headers), page.path, value)


@pytest.mark.parametrize("page", pages("POST"), ids=lambda page: page.path)
async def test_no_form_breaks_a_page(
    http: httpx.AsyncClient, ids: dict[str, str], headers: dict[str, str], page: APIRoute
) -> None:
    """A form whose fields all hold what nobody should type, and one that is no form at all: refused in words."""
    if page.path in {"/signout", "/signin"}:
        headers = {"Sec-Fetch-Site": "same-origin"}
    turn = pages("POST").index(page)
    for number, name in enumerate(re.findall(r"{(\w+)}", page.path)):
        for text in turned(ODD_IDS, turn + number):
            path = "/desk" + page.path.format(**{**ids, name: text})
            held(await http.post(path, data={"key": "1"}, headers=headers), path[:100])
    path = "/desk" + page.path.format(**ids)
    # Neighbours among the fields hold neighbours of a line, so a page with some fields of a kind meets most of it.
    forms = zip(*(turned(ODD_TYPED, turn + number) for number in range(len(FIELDS))), strict=True)
    for number, values in enumerate(forms, turn):
        asks = {"HX-Request": "true"} if number % 2 else {}
        typed = dict(zip(FIELDS, values, strict=True)) | {"key": f"{page.path}{number}"} | ACTS.get(page.path, {})
        sent = headers | asks | {"Content-Type": "application/x-www-form-urlencoded"}
        held(await http.post(path, content=urlencode(typed), headers=sent), path, values[0][:40])
    # Every page reads its form by the same function: one that is none shows that it does, another on the next page.
    content = NO_FORMS[turn % len(NO_FORMS)]
    kind = ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded")[turn % 2]
    held(await http.post(path, content=content, headers=headers | {"Content-Type": kind}), path, content[:20])


@pytest.mark.parametrize("odd", HEADERS, ids=str)
async def test_no_header_breaks_a_page(
    http: httpx.AsyncClient, headers: dict[str, str], odd: dict[str, str | bytes]
) -> None:
    """Whatever a browser, a proxy or somebody at a keyboard says of itself, signed in or not."""
    for own in (headers, dict[str, str]()):
        said: dict[str, str | bytes] = {**own, **odd}
        sent = [(name.encode(), text if isinstance(text, bytes) else text.encode()) for name, text in said.items()]
        for path in ("/desk/", "/desk/signin", "/desk/language/ru", "/desk/board", "/desk/live/counts", "/status"):
            held(await http.get(path, headers=sent), path, odd)
        for path in ("/desk/claim", "/desk/signin", "/desk/cases", "/status"):
            held(await http.post(path, content=b"q=1&code=1", headers=sent), path, odd)
        http.cookies.clear()
