"""Subscriptions by the API: who may have them, what is told, and what can be seen and done when it goes wrong."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from marshrut.domain.outward.types import SUBSCRIBED, TYPES
from marshrut.domain.words import Role
from tests.architecture.tree import ROOT
from tests.fixtures.npm import modules
from tests.fixtures.receiver import Received, Receiver
from tests.fixtures.system import HOSPITAL, System

PATH = "/api/v1/webhooks"
FOLDER = ROOT / "tests" / "hooks"


class Hook:
    """A subscription of this test, and the administrator who has it."""

    def __init__(self, system: System, made: dict[str, Any]) -> None:
        self.system = system
        self.id = made["id"]
        self.secret = made["secret"]
        self.made = made
        self.path = f"{PATH}/{self.id}"

    async def send(self, method: str, path: str = "", body: Any = None, status: int = 200) -> Any:
        answer = await self.system.http.request(
            method, self.path + path, json=body, headers=self.system.token(Role.ADMIN)
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def told(self) -> None:
        """Everything that is due is tried."""
        await self.system.parts.courier.round()
        await self.system.parts.courier.settled()


async def make(system: System, url: str, status: int = 201, **more: Any) -> httpx.Response:
    body = {"name": "Регистр соцуслуг", "url": url, "hospitals": [HOSPITAL], **more}
    answer = await system.http.post(PATH, json=body, headers=system.token(Role.ADMIN))
    assert answer.status_code == status, answer.text
    return answer


@pytest.fixture
async def hook(system: System, receiver: Receiver) -> AsyncIterator[Hook]:
    """A subscription to a few types, which ends with the test."""
    types = [f"marshrut.{name}.v1" for name in ("case.opened", "step.opened", "step.completed")]
    hook = Hook(system, (await make(system, receiver.url, types=types)).json())
    yield hook
    await system.http.delete(hook.path, headers=system.token(Role.ADMIN))


async def test_a_subscriber_is_told_what_happens_to_a_patient(system: System, receiver: Receiver, hook: Hook) -> None:
    """From the admission on, in order, as CloudEvents that the SDK reads, signed; nothing in them names anybody."""
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="contacted")
    await hook.told()
    messages = [each for each in receiver.taken if each.event["partitionkey"] == case_id]
    events = [JSONFormat().read(CloudEvent, each.body) for each in messages]
    assert events[0].get_type() == "marshrut.case.opened.v1"
    done = next(each for each in events if each.get_type() == "marshrut.step.completed.v1")
    assert done.get_source() == f"urn:marshrut:hospital:{HOSPITAL}"
    data = done.get_data()
    assert isinstance(data, dict)
    assert (data["step"], data["result"], data["case_id"]) == ("first_contact", "contacted", case_id)
    sequence = [str(each.get_extension("sequence")) for each in events]
    assert sequence == sorted(sequence)
    for each in messages:
        Webhook(hook.secret).verify(each.body, each.headers)
        text = each.body.decode()
        assert "Соколова" not in text
        assert "supervisor-1" not in text
        assert set(each.event["data"]) <= {name for one in TYPES for name in one.data.model_fields}


@pytest.mark.slow
async def test_the_verifier_that_subscribers_use_in_javascript_takes_what_is_sent(
    system: System, receiver: Receiver, hook: Hook
) -> None:
    """Real deliveries, before and during a rotation, by either secret; nothing that was altered, no other secret."""
    installed = modules(FOLDER, "the tests of webhooks")
    await system.admit()
    await hook.told()
    rotated = await hook.send("POST", "/secret", {"overlap_hours": 1})
    await hook.send("POST", "/test")
    first, last = receiver.taken[0], receiver.taken[-1]
    looked_at = [
        (hook.secret, first.headers, first.body),
        (hook.secret, last.headers, last.body),
        (rotated["secret"], last.headers, last.body),
        (rotated["secret"], first.headers, first.body),
        (hook.secret, first.headers, first.body + b" "),
        (hook.secret, {**first.headers, "webhook-id": last.id}, first.body),
        (hook.secret, {**first.headers, "webhook-timestamp": "1000000000"}, first.body),
    ]
    told = [{"secret": s, "headers": h, "body": b64encode(body).decode()} for s, h, body in looked_at]
    node = await asyncio.create_subprocess_exec(
        *("node", str(FOLDER / "verify.mjs"), str(installed / "node_modules"), json.dumps(told)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(node.communicate(), 60)
    assert node.returncode == 0, err.decode()
    assert json.loads(out) == [
        *("marshrut.case.opened.v1", "marshrut.webhook.tested.v1", "marshrut.webhook.tested.v1"),
        *("No matching signature found",) * 3,
        "Message timestamp too old",
    ]


async def test_what_was_sent_can_be_seen_replayed_and_let_go(system: System, receiver: Receiver, hook: Hook) -> None:
    """The log tells each sending and its fault in words; nothing but what is parked is sent again or let go."""

    async def refuses(_message: Received) -> str:
        return "500 No"

    receiver.answer = refuses
    case_id = await system.admit()
    await hook.told()
    listed = await hook.send("GET", f"/deliveries?case={case_id}&state=pending")
    first = listed["items"][-1]
    assert (first["type"], first["fault"], first["attempts"]) == ("marshrut.case.opened.v1", "refused", 1)
    card = await hook.send("GET", f"/deliveries/{first['id']}")
    assert card["event"]["id"] == first["id"]
    assert (card["log"][0]["status"], card["log"][0]["reason"]) == (500, "It answered that it does not take this")
    standing = (await hook.send("GET"))["standing"]
    assert standing["failing_since"] is not None
    assert (standing["fault"], standing["parked"]) == ("refused", 0)
    assert standing["waiting"] == len(listed["items"])
    for action in ("replay", "discard"):
        refused = await hook.send("POST", f"/deliveries/{first['id']}/{action}", status=409)
        assert refused["code"] == "delivery_not_parked"
    deliveries = system.parts.api.deliveries
    (held,) = await _held(system, hook)
    await deliveries.park(held, await system.parts.api.parcels.test(await _kept(system, hook)), owner="test")
    assert (await hook.send("GET"))["standing"]["parked"] == 1
    await hook.send("POST", f"/deliveries/{first['id']}/replay")
    (held,) = await _held(system, hook)
    await deliveries.park(held, await system.parts.api.parcels.test(await _kept(system, hook)), owner="test")
    assert (await hook.send("POST", f"/deliveries/{first['id']}/discard"))["state"] == "discarded"
    assert await hook.send("POST", "/replay") == {"replayed": 0}
    assert (await hook.send("GET", "/deliveries/none", status=404))["code"] == "delivery_not_found"


async def _held(system: System, hook: Hook) -> Any:
    await hook.send("POST", "/replay")
    return await system.parts.api.deliveries.lease(hook.id, owner="test", lease_s=60, limit=1)


async def _kept(system: System, hook: Hook) -> Any:
    return await system.parts.api.webhooks.get(hook.id)


async def test_a_secret_is_told_once_and_changed_over(system: System, receiver: Receiver, hook: Hook) -> None:
    """During the overlap either opens a message; no other answer and no row ever shows one."""
    rotated = await hook.send("POST", "/secret", {"overlap_hours": 1})
    assert rotated["secret"] != hook.secret
    assert [each is None for each in rotated["secrets"]] == [True, False]
    assert (await hook.send("POST", "/test")) | {"took_ms": 0} == {
        "delivered": True, "status": 204, "fault": None, "reason": None, "took_ms": 0,
    }  # fmt: skip
    message = receiver.taken[-1]
    assert message.type == "marshrut.webhook.tested.v1"
    for secret in (hook.secret, rotated["secret"]):
        Webhook(secret).verify(message.body, message.headers)
    last = await hook.send("POST", "/secret", {"overlap_hours": 0})
    await hook.send("POST", "/test")
    Webhook(last["secret"]).verify(receiver.taken[-1].body, receiver.taken[-1].headers)
    for secret in (hook.secret, rotated["secret"]):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(receiver.taken[-1].body, receiver.taken[-1].headers)
    shown = str([await hook.send("GET"), (await system.http.get(PATH, headers=system.token(Role.ADMIN))).json()])
    kept = await _kept(system, hook)
    for secret in (hook.secret, rotated["secret"], last["secret"]):
        assert secret not in shown
        assert secret.removeprefix("whsec_").encode() not in kept.target
    assert receiver.url.encode() not in kept.target
    for _ in range(4):
        await hook.send("POST", "/secret")
    assert (await hook.send("POST", "/secret", status=409))["code"] == "too_many_secrets"


async def test_one_that_is_paused_is_told_later(receiver: Receiver, system: System, hook: Hook) -> None:
    """What happens meanwhile waits; a new address gets it."""
    change = {"name": "x", "url": receiver.url, "hospitals": [HOSPITAL], "types": ["marshrut.case.opened.v1"]}
    assert (await hook.send("PUT", body={**change, "paused": True}))["paused"] == "by_hand"
    await system.admit()
    await hook.told()
    assert receiver.received == []
    changed = await hook.send("PUT", body={**change, "url": receiver.url + "2"})
    assert (changed["paused"], changed["name"]) == (None, "x")
    await hook.told()
    assert [(each.path, each.type) for each in receiver.taken] == [("/hook2", "marshrut.case.opened.v1")]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"url": "https://127.0.0.2/hook"}, "target_not_allowed", "url"),
        ({"url": "https://169.254.169.254/latest"}, "target_not_allowed", "url"),
        ({"url": "http://93.184.216.34/"}, "target_not_allowed", "url"),
        ({"url": "https://[::ffff:127.0.0.3]/"}, "target_not_allowed", "url"),
        ({"url": "https://nowhere.invalid/"}, "target_unresolved", "url"),
        ({"url": "x"}, "target_not_allowed", "url"),
        ({"types": ["marshrut.case.opened.v2"]}, "invalid", "types.0"),
        ({"types": ["marshrut.webhook.tested.v1"]}, "invalid", "types.0"),
        ({"types": []}, "invalid", "types"),
        ({"hospitals": ["NOWHERE"]}, "unknown_facility", "hospitals"),
        ({"name": " "}, "invalid", "name"),
        ({"secret": "x"}, "invalid", "secret"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(
    system: System, receiver: Receiver, change: dict[str, Any], code: str, field: str
) -> None:
    """Private addresses, unknown types, foreign hospitals: nothing is kept, and the field is named."""
    body = {"name": "x", "url": receiver.url, "hospitals": [HOSPITAL], **change}
    answer = await system.http.post(PATH, json=body, headers=system.token(Role.ADMIN))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["field"] == field
    assert (receiver.connections, "127.0.0" in answer.text) == (0, False)


async def test_a_subscription_reaches_no_further_than_its_administrator(system: System, receiver: Receiver) -> None:
    """All hospitals only for whoever may see all; what tells of another hospital is not there."""
    answer = await make(system, receiver.url, 403, hospitals=None)
    assert answer.json()["code"] == "hospital_not_allowed"
    made = (await make(system, receiver.url)).json()
    elsewhere = system.token(Role.ADMIN, "stranger", "SKLIF")
    assert (await system.http.get(f"{PATH}/{made['id']}", headers=elsewhere)).status_code == 404
    assert (await system.http.get(PATH, headers=elsewhere)).json()["items"] == []
    gone = await system.http.delete(f"{PATH}/{made['id']}", headers=system.token(Role.ADMIN))
    assert gone.status_code == 204
    assert (await system.http.get(f"{PATH}/{made['id']}", headers=system.token(Role.ADMIN))).status_code == 404


async def test_the_same_call_makes_one_subscription(system: System, receiver: Receiver) -> None:
    """Repeated with its key it answers the same, secret and all; with another body it is refused."""
    headers = {**system.token(Role.ADMIN), "Idempotency-Key": "once"}
    body = {"name": "x", "url": receiver.url, "hospitals": [HOSPITAL]}
    first, again = [await system.http.post(PATH, json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json())
    other = await system.http.post(PATH, json={**body, "name": "y"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    path = f"{PATH}/{first.json()['id']}"
    await system.http.post(f"{path}/secret", headers=system.token(Role.ADMIN))
    late = await system.http.post(PATH, json=body, headers=headers)
    assert (late.status_code, late.json()["code"]) == (422, "idempotency_key_reused")  # else it told the newer secret
    await system.http.delete(f"{PATH}/{first.json()['id']}", headers=system.token(Role.ADMIN))


async def test_the_catalogue_of_events_is_served(system: System) -> None:
    """Each type with its schema, which is also the one that `dataschema` names."""
    listed = await system.get("/api/v1/event-types", Role.INTEGRATOR)
    assert {each["type"] for each in listed["items"]} > set(SUBSCRIBED)
    one = await system.get("/api/v1/event-types/marshrut.step.opened.v1", Role.INTEGRATOR)
    assert one["data_schema"]["$id"] == "urn:marshrut:event:marshrut.step.opened.v1"
    nothing = await system.http.get("/api/v1/event-types/x", headers=system.token(Role.ADMIN))
    assert (nothing.status_code, nothing.json()["code"]) == (404, "event_type_not_found")
