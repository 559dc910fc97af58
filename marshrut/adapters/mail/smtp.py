"""Mail by SMTP, one connection a message.

Everything that can go wrong before the DATA command means that nothing was sent, and so does a server that says no to
it. A connection that breaks in between leaves it open whether the message went. What servers say is never repeated: it
quotes addresses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

import aiosmtplib
import structlog

from marshrut.ports import Clock, Mail, Unavailable, Uncertain
from marshrut.settings import SmtpServer

log = structlog.get_logger()

# Both together are well within the postman's lease.
BEFORE_S, DATA_S, QUIT_S = 45.0, 45.0, 2.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
FAULTS = (aiosmtplib.SMTPException, OSError, TimeoutError)


class SmtpMailer:
    """Sends mail through one server (port `Mailer`). `sender` is what stands in From."""

    def __init__(self, server: SmtpServer, sender: str, *, now: Clock) -> None:
        self._server = server
        self._sender = sender
        self._address = parseaddr(sender)[1]
        self._now = now

    async def send(self, mail: Mail, begin: Callable[[], Awaitable[bool]]) -> bool:
        """Send it, at most once; whether it was sent. `begin` is asked after RCPT and before DATA.

        Raises:
            Unavailable: nothing was sent.
            Uncertain: it may have been sent.
        """
        client = self._client()
        content = self._message(mail).as_bytes()
        try:
            await self._prepare(client, mail)
            if not await begin():
                return False
            await self._data(client, mail, content)
            with suppress(*FAULTS):
                async with asyncio.timeout(QUIT_S):
                    await client.quit()
        finally:
            client.close()
        return True

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        # A password travels in clear to this machine at most; without one, TLS is used where the server offers it.
        start_tls = True if server.user is not None and not server.tls and server.host not in LOOPBACK else None
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            start_tls=None if server.tls else start_tls,
            timeout=BEFORE_S,
        )

    async def _prepare(self, client: aiosmtplib.SMTP, mail: Mail) -> None:
        """Everything before DATA; at least one recipient is taken."""
        refused = 0
        try:
            async with asyncio.timeout(BEFORE_S):
                await client.connect()
                await client.mail(self._address)
                for address in mail.to:
                    try:
                        await client.rcpt(address)
                    except aiosmtplib.SMTPRecipientRefused as no:
                        refused += 1
                        log.warning("mail.recipient_refused", mail=mail.id, smtp=no.code)
        except FAULTS as fault:
            raise _nothing_sent(mail, fault) from None
        if refused == len(mail.to):
            raise Unavailable("mail")

    async def _data(self, client: aiosmtplib.SMTP, mail: Mail, content: bytes) -> None:
        try:
            async with asyncio.timeout(DATA_S):
                await client.data(content)
        except aiosmtplib.SMTPDataError as no:
            raise _nothing_sent(mail, no) from None
        except FAULTS as fault:
            log.warning("mail.uncertain", mail=mail.id, error=type(fault).__name__)
            raise Uncertain("mail") from None

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = ", ".join(mail.to)
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = f"<{mail.id}@{self._address.rsplit('@', 1)[-1]}>"
        if mail.answers is None:
            message["Auto-Submitted"] = "auto-generated"  # nobody's absence is to answer
        elif mail.answers:
            message["In-Reply-To"] = message["References"] = mail.answers
        if mail.urgent:
            message["Importance"] = "high"
        message.set_content(mail.text)
        message["Content-Language"] = mail.language
        return message


def _nothing_sent(mail: Mail, fault: BaseException) -> Unavailable:
    log.warning("mail.not_sent", mail=mail.id, error=type(fault).__name__, smtp=getattr(fault, "code", None))
    return Unavailable("mail")
