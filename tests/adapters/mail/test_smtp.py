from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from pydantic import SecretStr, ValidationError

from marshrut.adapters.mail import smtp
from marshrut.adapters.mail.smtp import SmtpMailer
from marshrut.ports import Language, Mail, Unavailable, Uncertain
from marshrut.settings import Settings, SmtpServer
from tests.fixtures.post import PostOffice

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MAIL = Mail("0a1b", ("anna@example.org", "boris@example.org"), Language.RU, "Срок шага вышел", "Срок.\nВторая строка\n")


def mailer(server: SmtpServer) -> SmtpMailer:
    return SmtpMailer(server, "Маршрут <marshrut@example.org>", now=lambda: NOON)


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def test_a_mail_arrives_as_it_was_written(office: PostOffice) -> None:
    """One message to everybody, with subject and text in full, marked so that no absence answers it."""
    assert await mailer(office.server).send(MAIL, yes)
    assert office.addressed == [MAIL.to]
    came = office.received[0]
    assert (came.subject, came.text.replace("\r\n", "\n")) == (MAIL.subject, MAIL.text)
    assert came.message["From"] == "Маршрут <marshrut@example.org>"
    assert came.message["Message-ID"] == "<0a1b@example.org>"
    assert came.message["Date"] == "Mon, 02 Mar 2026 12:00:00 +0000"
    assert came.message["Auto-Submitted"] == "auto-generated"
    assert came.message["Content-Language"] == "ru"
    assert came.message["Importance"] is None


async def test_nothing_is_sent_when_it_is_not_to_begin(office: PostOffice) -> None:
    """Who asks at the last moment and is told no leaves without DATA."""
    assert not await mailer(office.server).send(MAIL, no)
    assert not office.asked.is_set()


async def test_one_refused_recipient_does_not_stop_the_others(office: PostOffice) -> None:
    """Those whom the server takes are told; only when it takes nobody was nothing sent."""
    office.refuses = {"anna@example.org"}
    assert await mailer(office.server).send(MAIL, yes)
    assert office.addressed == [("boris@example.org",)]
    office.refuses = set(MAIL.to)
    with pytest.raises(Unavailable):
        await mailer(office.server).send(MAIL, yes)


async def test_it_is_not_begun_before_the_server_takes_the_recipients(office: PostOffice) -> None:
    """Whatever fails before DATA fails before anybody was asked to begin."""
    asked = []

    async def begin() -> bool:
        asked.append(True)
        return True

    office.refuses = set(MAIL.to)
    with pytest.raises(Unavailable):
        await mailer(office.server).send(MAIL, begin)
    await office.close()
    with pytest.raises(Unavailable):
        await mailer(office.server).send(MAIL, begin)
    assert asked == []


async def test_silence_after_data_is_uncertain(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the message and says nothing is waited for a while, and then nobody knows."""
    monkeypatch.setattr(smtp, "DATA_S", 0.2)
    office.hangs = True
    with pytest.raises(Uncertain):
        await mailer(office.server).send(MAIL, yes)


async def test_a_password_is_not_told_in_clear_to_another_machine() -> None:
    """A server elsewhere that offers no TLS is not given the password, and no mail."""
    heard: list[bytes] = []

    class Ears(SMTP):
        def data_received(self, data: bytes) -> None:
            heard.append(data)
            super().data_received(data)

    loop = asyncio.get_running_loop()
    # To us, every address but the usual one is another machine.
    server = await loop.create_server(lambda: Ears(PostOffice(), hostname="localhost", loop=loop), "127.0.0.2", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(Unavailable):
        await mailer(SmtpServer("127.0.0.2", port, tls=False, user="me", password="secret")).send(MAIL, yes)
    server.close()
    await server.wait_closed()
    assert heard
    assert not any(b"AUTH" in each or b"MAIL" in each for each in heard)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 25, tls=False)),
        ("smtps://mail.example.org", SmtpServer("mail.example.org", 465, tls=True)),
        ("smtp://me:p%40ss%2F@mail.example.org:587", SmtpServer("mail.example.org", 587, False, "me", "p@ss/")),
        ("smtp://[::1]:2525/", SmtpServer("::1", 2525, tls=False)),
    ],
)
def test_an_address_names_server_and_secrets(url: str, server: SmtpServer) -> None:
    """Scheme, host, port and, percent-encoded, user and password; the password is in no repr."""
    assert SmtpServer.of(url) == server
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url", ["mail:25", "http://mail", "smtp://", "smtp://me:pa/ss@mail:25", "smtp://mail:secret", "smtp://mail/x"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    """The setting is named, and no part of what stood there."""
    with pytest.raises(ValidationError) as fault:
        Settings(smtp_url=SecretStr(url), mail_from="m@example.org", directory=Path("people.yaml"), _env_file=None)
    said = fault.value.errors(include_input=False, include_url=False)
    assert [(each["loc"], each["msg"]) for each in said] == [
        (("smtp_url",), "Value error, no smtp://host:port or smtps://host:port")
    ]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"smtp_url": "smtp://mail", "directory": "p.yaml"}, "mail_from"),
        ({"smtp_url": "smtp://mail", "mail_from": "m@example.org"}, "directory"),
        ({"smtp_url": "smtp://mail", "directory": "p.yaml", "mail_from": "nobody"}, "mail_from"),
        ({"public_url": "marshrut.example.org"}, "public_url"),
    ],
)
def test_settings_of_mail_belong_together(given: dict[str, Any], named: str) -> None:
    """A server without a sender or without people, or a sender that is no address, is said so at the start."""
    with pytest.raises(ValidationError) as fault:
        Settings(**given, _env_file=None)
    assert [each["loc"] for each in fault.value.errors()] == [(named,)]


def test_without_a_server_nothing_else_is_needed() -> None:
    """An installation without mail starts as before."""
    assert Settings(_env_file=None).smtp is None
