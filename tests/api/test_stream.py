"""What changes is told over HTTP: codes only, in the caller's scope, at once, for as long as they may listen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from time import monotonic, time

import pytest

from api import stream as module
from api.app import create_app
from marshrut.dispatch.feed import MOST_OF_A_USER
from marshrut.domain.words import Role
from marshrut.ports import Caller, Change, Unavailable
from tests.fixtures.cases import NOON
from tests.fixtures.lines import line, served
from tests.fixtures.patience import least
from tests.fixtures.system import System, running


@pytest.fixture(scope="module")
async def listening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system whose lines stay open."""
    async with running(tmp_path_factory.mktemp("stream"), stream_s=60.0) as system:
        yield system


@pytest.fixture(scope="module")
async def url(listening: System) -> AsyncIterator[str]:
    """It, behind a real server."""
    async with served(create_app(listening.parts.settings, listening.parts)) as url:
        yield url


async def test_a_change_is_told_in_codes_to_whom_it_concerns(listening: System, url: str) -> None:
    """A step that is done is told at once, without a word of the patient; another hospital hears nothing of it."""
    case_id = await listening.admit()
    step_id = await listening.step(case_id, "first_contact")
    stranger = listening.token(Role.SUPERVISOR, "stranger", "SKLIF")
    async with line(url, listening.token(Role.SUPERVISOR)) as ours, line(url, stranger) as theirs:
        await ours.until("beat")
        assert ours.answer.headers["content-type"].startswith("text/event-stream")
        soon: list[bool] = []
        for action in ("claim", "release", "claim"):  # a machine that stands still does so once
            begun = monotonic()
            assert (await listening.post(f"/api/v1/steps/{step_id}/{action}")).status_code == 200
            told = (await ours.until("change")).data
            soon.append(monotonic() - begun < 2)
            assert (told["case_id"], told["hospital"], told["kinds"]) == (case_id, "GKB29", ["steps"])
            card = await listening.get(f"/api/v1/cases/{case_id}")
            assert told["seq"] == card["seq"]
            assert "Соколова" not in json.dumps(told, ensure_ascii=False)
        assert any(soon)
        with pytest.raises(TimeoutError):
            await theirs.until("change", within_s=0.5)


async def test_whoever_comes_back_goes_on(listening: System, url: str) -> None:
    """By `Last-Event-ID` or `after` what was missed is told first; what nobody knows any more is a `resync`."""
    headers = listening.token(Role.COORDINATOR)
    async with line(url, headers) as first:
        mark = (await first.until("beat")).mark
    assert mark is not None
    case_id = await listening.admit()
    async with line(url, headers | {"Last-Event-ID": str(mark)}) as again:
        assert (await again.until("change", "resync")).data["case_id"] == case_id
    async with line(url, headers, after=mark) as again:
        assert (await again.until("change", "resync")).data["case_id"] == case_id
    async with line(url, headers, after=2**60) as lost:
        assert (await lost.until("change", "resync")).event == "resync"
    for nonsense in ("x", "-1", "9" * 400, ""):
        async with line(url, headers | {"Last-Event-ID": nonsense}) as fresh:
            assert (await fresh.until("beat", "resync")).event == "beat"


async def test_the_hotline_hears_of_enquiries_alone(listening: System, url: str) -> None:
    """Of a stay in hospital it hears nothing, though its token names the hospital."""
    body = {"facility": "CENTRE", "channel": "phone", "topic": "status", "sentence": "где пакет"}
    headers = listening.token(Role.HOTLINE, "irina", "CENTRE", "GKB29")
    async with line(url, headers) as heard:
        await heard.until("beat")
        await listening.admit()
        asked = await listening.http.post("/api/v1/enquiries", json=body, headers=headers)
        told = (await heard.until("change")).data
        assert told["case_id"] == asked.json()["case_id"]
        assert "enquiry" in told["kinds"]


async def test_a_line_ends_with_its_token(listening: System, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour later the token is good no more: the line says so and is over, before anything else is told."""
    monkeypatch.setattr(module, "BEAT_S", 0.05)
    async with line(url, listening.token(Role.SUPERVISOR, "anna")) as heard:
        await heard.until("beat")
        an_hour_later = time() + 3600
        monkeypatch.setattr(listening.parts.tokens._claims, "_now", lambda: int(an_hour_later))
        ended = await heard.until("end")
        assert ended.data == {"code": "unauthenticated"}
        assert await heard.next() is None


async def test_a_user_has_so_many_lines_and_gets_them_back(listening: System, url: str) -> None:
    """One more is refused in words; whoever hangs up can listen again."""
    headers = listening.token(Role.SUPERVISOR, "many")
    async with AsyncExitStack() as lines:
        heard = [await lines.enter_async_context(line(url, headers)) for _ in range(MOST_OF_A_USER)]
        for each in heard:
            await each.until("beat")
        one_more = await lines.enter_async_context(line(url, headers))
        assert (one_more.answer.status_code, one_more.answer.json()["code"]) == (429, "too_many_streams")
    for _ in range(50):
        async with line(url, headers) as free:
            if free.answer.status_code == 200:
                return
        await asyncio.sleep(0.1)
    raise AssertionError("lines that are over still count")


async def test_a_line_ends_by_itself_and_for_whom_it_should(system: System) -> None:
    """A stream is not for ever; it says that it may be asked for again. Nobody unknown hears anything."""
    assert (await system.http.get("/api/v1/stream")).status_code == 401
    unknown = await system.http.get("/api/v1/stream", params={"hospital": "x"}, headers=_anna(system))
    assert unknown.status_code == 422
    heard = await system.http.get("/api/v1/stream", headers=_anna(system))
    assert heard.text.rstrip().endswith('data: {"code":"again"}')


def _anna(system: System) -> dict[str, str]:
    return system.token(Role.SUPERVISOR, "anna")


async def test_the_server_stops_at_once_though_somebody_listens(listening: System) -> None:
    """An open line holds nothing up: it is told `end`, and the server is gone within a second or two."""
    app = create_app(listening.parts.settings, listening.parts)
    feed = listening.parts.api.feed

    async def stopped() -> None:
        try:
            async with served(app) as url, line(url, _anna(listening)) as heard:
                await heard.until("beat")
                asyncio.get_running_loop().call_later(0.05, feed.close)
                assert (await heard.until("end")).data == {"code": "restart"}
        finally:
            feed._over = False

    assert await least(stopped, enough_s=3) < 3


def test_concerns() -> None:
    """A caller of the whole city hears of every hospital, unless they asked for one."""
    change = Change(1, "SKLIF", "c", 1, frozenset(), NOON, guarded=False)
    head = Caller("pavel", Role.HEAD, None)
    assert module.concerns(head, change)
    assert not module.concerns(head, change, "GKB29")
    assert not module.concerns(Caller("anna", Role.COORDINATOR, frozenset({"GKB29"})), change)


async def test_a_line_outlasts_a_database_that_is_away(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody can say who they are the line stays; whoever is signed out meanwhile hears so afterwards."""
    monkeypatch.setattr(module, "BEAT_S", 0.02)
    caller = Caller("anna", Role.SUPERVISOR, frozenset({"GKB29"}))
    known = iter([Unavailable("sql"), Unavailable("sql"), caller, None])

    async def still() -> Caller | None:
        if isinstance(said := next(known), Unavailable):
            raise said
        return said

    heard = await module.listening(replace(system.parts.api, stream_s=5.0), caller, still, after=None)
    frames = [frame async for frame in heard._frames]
    assert [frame.startswith(b": beat") for frame in frames] == [True, True, False]
    assert b'"unauthenticated"' in frames[-1]
