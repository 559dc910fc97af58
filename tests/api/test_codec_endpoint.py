"""The codec endpoint: what Temporal holds, for the eyes of signed-in administrators, each look audited."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from marshrut.domain.auditing import Act, Entry
from marshrut.domain.words import Role
from marshrut.ports import Account, AuditFilter
from marshrut.settings import Settings
from tests.fixtures.apps import application
from tests.fixtures.system import System

UI = "http://127.0.0.1:8233"
DECODE = "/desk/codec/decode"
CODE = b'{"step": "contact.first_contact"}'


@pytest_asyncio.fixture
async def ui(system: System, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """What a browser with Temporal's UI speaks to."""
    settings = Settings(**{**system.parts.settings.model_dump(), "codec_origin": UI})
    with application(settings, system.parts.api) as app:
        transport = httpx.ASGITransport(app)
        headers = {"Origin": UI}
        async with httpx.AsyncClient(transport=transport, base_url="http://marshrut.test", headers=headers) as http:
            yield http


async def sealed(system: System) -> dict[str, Any]:
    """A payload as Temporal holds it and its UI sends it."""
    clear = Payload(metadata={"encoding": b"json/plain"}, data=CODE)
    codec = system.parts.client.data_converter.payload_codec
    assert codec is not None
    told: dict[str, Any] = json_format.MessageToDict(Payloads(payloads=await codec.encode([clear])))
    return told


async def last(system: System) -> Entry:
    """What was written down last; it was before the answer."""
    (row,) = (await system.parts.api.audit_book.find(AuditFilter(), limit=1, cursor=None)).items
    return row.entry


def everywhere(system: System, role: Role) -> dict[str, str]:
    token = system.parts.tokens.issue("olga", role, (), valid=timedelta(hours=1))
    return {"Authorization": f"Bearer {token}", "X-Namespace": "default"}


async def test_an_administrator_reads_what_temporal_holds(system: System, ui: httpx.AsyncClient) -> None:
    """What was sealed is answered in clear, to the origin of the UI, and the audit says who looked at how much."""
    answer = await ui.post(DECODE, json=await sealed(system), headers=everywhere(system, Role.ADMIN))
    assert answer.status_code == 200, answer.text
    (payload,) = answer.json()["payloads"]
    assert base64.b64decode(payload["data"]) == CODE
    assert answer.headers["access-control-allow-origin"] == UI
    told = await last(system)
    assert (told.what, told.act, told.user, told.found) == ("POST /desk/codec/decode", Act.EXPORT, "olga", 1)
    assert "first_contact" not in str(told)


async def test_the_pages_session_is_as_good_as_a_token(system: System, ui: httpx.AsyncClient) -> None:
    """Signed in at the desk, an administrator's browser brings its cookie along."""
    await system.parts.identity.put(Account("codec-admin", "Ольга", Role.ADMIN, None, None), "a long password")
    entered = await ui.post(
        "/desk/signin",
        data={"user": "codec-admin", "password": "a long password"},
        headers={"Origin": "http://marshrut.test"},
    )
    assert entered.status_code in (200, 303), entered.text
    assert (await ui.post(DECODE, json=await sealed(system))).status_code == 200


@pytest.mark.parametrize("role", [each for each in Role if each not in {Role.ADMIN, Role.SYSTEM}])
async def test_nobody_else_does(system: System, ui: httpx.AsyncClient, role: Role) -> None:
    """Any other role is refused, and that it tried is written down."""
    answer = await ui.post(DECODE, json=await sealed(system), headers=everywhere(system, role))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    told = await last(system)
    assert (told.what, told.role, told.code) == ("POST /desk/codec/decode", role, "role_not_allowed")


async def test_without_a_sign_in_nothing_is_opened(system: System, ui: httpx.AsyncClient) -> None:
    """No token and no session, a token that is none, and an administrator of one hospital only."""
    body = await sealed(system)
    assert (await ui.post(DECODE, json=body)).status_code == 401
    assert (await ui.post(DECODE, json=body, headers={"Authorization": "Bearer x"})).status_code == 401
    assert (await ui.post(DECODE, json=body, headers=system.token(Role.ADMIN))).status_code == 403


async def test_only_the_uis_origin_may_ask_in_a_browser(ui: httpx.AsyncClient) -> None:
    """A browser's question before the question is answered yes for the UI alone."""
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-namespace"}
    allowed = await ui.options(DECODE, headers=asks)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, UI)
    other = await ui.options(DECODE, headers={**asks, "Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    "body",
    [
        {"payloads": [{"data": 7}]},
        {"payloads": [{"no": "payload"}]},
        {"payloads": [{"metadata": {"encoding": base64.b64encode(b"binary/marshrut-aes256gcm").decode()}}]},
        {"payloads": "x"},
        [],
    ],
)
async def test_what_is_no_payload_of_ours_is_a_fault(system: System, ui: httpx.AsyncClient, body: Any) -> None:
    """Nonsense is refused as such, never as a fault of ours."""
    answer = await ui.post(DECODE, json=body, headers=everywhere(system, Role.ADMIN))
    assert answer.status_code == 422, answer.text


async def test_unless_the_settings_name_the_ui_there_is_no_such_place(system: System) -> None:
    """An installation that says nothing of Temporal's UI opens nothing to it."""
    answer = await system.http.post(DECODE, json={"payloads": []}, headers=everywhere(system, Role.ADMIN))
    assert answer.status_code in (403, 404)
