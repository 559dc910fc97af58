"""Messages on the wire: signed, to the address that was judged, once, and never for long."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from marshrut.adapters.webhooks.sender import HttpSender
from marshrut.adapters.webhooks.targets import Targets
from marshrut.dispatch.parcel import Address, fresh_secret
from marshrut.ports import SendFault, Sent
from tests.adapters.hl7v2.certificates import Authority
from tests.fixtures.receiver import Received, Receiver

ONE, TWO = fresh_secret().value, fresh_secret().value
BODY = '{"specversion":"1.0","data":{"имя":"нет"}}'.encode()


def now() -> datetime:
    return datetime.now(UTC)


def sender(receiver: Receiver, whole_s: float) -> HttpSender:
    return HttpSender(Targets((f"127.0.0.1:{receiver.port}",)), now=now, whole_s=whole_s)


async def send(receiver: Receiver, secrets: Sequence[str] = (ONE,), whole_s: float = 15.0) -> Sent:
    return await sender(receiver, whole_s).send(receiver.url, secrets, "c1-1-0", BODY)


async def test_a_message_is_known_by_its_signature(receiver: Receiver) -> None:
    """The Standard Webhooks library takes what was sent, with the secret that signed it, and nothing altered."""
    sent = await send(receiver)
    assert (sent.status, sent.fault) == (204, None)
    (message,) = receiver.received
    assert message.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert message.headers["host"] == f"127.0.0.1:{receiver.port}"
    Webhook(ONE).verify(message.body, message.headers)
    for secret, body, headers in (
        (TWO, message.body, message.headers),
        (ONE, message.body + b" ", message.headers),
        (ONE, message.body, {**message.headers, "webhook-id": "c1-2-0"}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)


async def test_while_two_secrets_hold_either_opens(receiver: Receiver) -> None:
    """A subscriber may change over at any moment of the overlap; after it the old secret is no use."""
    moment = now()
    address = Address("x", receiver.url, (fresh_secret(),)).with_new(moment, timedelta(hours=1))
    old, new = address.secrets[1].value, address.secrets[0].value
    await send(receiver, [each.value for each in address.holding(moment)])
    await send(receiver, [each.value for each in address.holding(moment + timedelta(hours=1))])
    both, one = receiver.received
    for secret in (old, new):
        Webhook(secret).verify(both.body, both.headers)
    Webhook(new).verify(one.body, one.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(one.body, one.headers)


@pytest.mark.parametrize(
    ("said", "fault", "patience"),
    [
        ("200 OK", None, None),
        ("302 Found\r\nLocation: http://127.0.0.1:1/", SendFault.REDIRECT, None),
        ("307 Temporary Redirect\r\nLocation: /other", SendFault.REDIRECT, None),
        ("304 Not Modified", SendFault.REDIRECT, None),
        ("400 Bad Request", SendFault.REFUSED, None),
        ("410 Gone", SendFault.GONE, None),
        ("429 Too Many Requests\r\nRetry-After: 120", SendFault.REFUSED, 120.0),
        ("503 Service Unavailable\r\nRetry-After: 999999999", SendFault.REFUSED, 3600.0),
        ("503 Service Unavailable\r\nRetry-After: Thu, 01 Jan 1970 00:00:00 GMT", SendFault.REFUSED, 0.0),
        ("503 Service Unavailable\r\nRetry-After: soon", SendFault.REFUSED, None),
        ("", SendFault.UNREACHABLE, None),
    ],
)
async def test_what_a_subscriber_answers_is_told_apart(
    receiver: Receiver, said: str, fault: SendFault | None, patience: float | None
) -> None:
    """Only 2xx is a yes; nobody is led to another place, and a message is sent once for one call."""

    async def answer(_message: Received) -> str:
        return said

    receiver.answer = answer
    sent = await send(receiver)
    assert (sent.fault, sent.again_after_s, len(receiver.received)) == (fault, patience, 1)


async def test_who_says_nothing_is_not_waited_for(receiver: Receiver) -> None:
    """Neither a silent subscriber nor one that dribbles its answer takes longer than is allowed."""

    async def silent(_message: Received) -> str:
        await asyncio.sleep(60)
        return "200 OK"

    receiver.answer = silent
    sent = await send(receiver, whole_s=0.3)
    assert sent.fault is SendFault.TIMEOUT
    assert sent.took_ms < 5000


async def test_an_endless_answer_is_not_read() -> None:
    """What a subscriber says beyond its status costs nothing, and one that never ends its head is left."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        try:
            while not writer.is_closing():
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        speaks = HttpSender(Targets((f"127.0.0.1:{port}",)), now=now)
        sent = await speaks.send(f"http://127.0.0.1:{port}/", [ONE], "c1-1-0", BODY)
    assert (sent.fault, sent.took_ms < 5000) == (None, True)


async def test_who_is_away_is_unreachable(receiver: Receiver) -> None:
    """A closed port is a fault like any other, told at once."""
    await receiver.close()
    assert (await send(receiver)).fault is SendFault.UNREACHABLE


async def test_what_may_not_be_spoken_to_hears_nothing(receiver: Receiver) -> None:
    """Loopback without the operator's word: not one connection, neither for a message nor when it is asked about."""
    speaks = HttpSender(Targets(), now=now)
    sent = await speaks.send(f"https://127.0.0.1:{receiver.port}/hook", [ONE], "c1-1-0", BODY)
    assert (sent.fault, sent.status) == (SendFault.NOT_ALLOWED, None)
    assert await speaks.refusal(receiver.url) is SendFault.NOT_ALLOWED
    assert receiver.connections == 0


async def test_tls_is_spoken_to_the_judged_address_by_its_name(tmp_path: Path) -> None:
    """The name stands in SNI and Host, and the certificate has to be for it; the address is the judged one."""
    authority = Authority(tmp_path)
    signed, receiver = authority.signs("hooks.example.org", "hooks.example.org"), Receiver()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(signed.certificate, signed.key)
    await receiver.open(context)
    believed = ssl.create_default_context(cafile=str(authority.certificate))
    hosts = [f"{name}:{receiver.port}" for name in ("hooks.example.org", "other.example.org")]
    speaks = HttpSender(Targets(hosts, lambda _host, _port: ["127.0.0.1"]), now=now, verify=believed)
    sent = await speaks.send(f"https://hooks.example.org:{receiver.port}/hook", [ONE], "c1-1-0", BODY)
    assert (sent.fault, receiver.names) == (None, ["hooks.example.org"])
    assert receiver.received[0].headers["host"] == f"hooks.example.org:{receiver.port}"
    wrong = await speaks.send(f"https://other.example.org:{receiver.port}/hook", [ONE], "c1-1-0", BODY)
    stranger = await HttpSender(Targets(hosts, lambda _host, _port: ["127.0.0.1"]), now=now).send(
        f"https://hooks.example.org:{receiver.port}/hook", [ONE], "c1-1-0", BODY
    )
    assert (wrong.fault, stranger.fault, len(receiver.received)) == (SendFault.TLS, SendFault.TLS, 1)
    await receiver.close()


async def test_of_several_addresses_one_that_answers_is_enough(receiver: Receiver) -> None:
    """An address on which nobody listens is passed over, within the same time."""
    targets = Targets((f"hooks.example.org:{receiver.port}",), lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
    url = f"http://hooks.example.org:{receiver.port}/hook"
    assert (await HttpSender(targets, now=now).send(url, [ONE], "c1-1-0", BODY)).fault is None
