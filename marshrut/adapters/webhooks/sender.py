"""Sends a message to a subscriber by HTTP: once, to an address that was checked, within a bounded time.

What the subscriber answers is read no further than its status, and repeated nowhere. A connection serves one message:
another subscriber's, behind the same address, must not be taken for this one's.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from marshrut import __version__
from marshrut.adapters.webhooks.signing import signed
from marshrut.adapters.webhooks.targets import Target, TargetError, Targets
from marshrut.ports import Clock, SendFault, Sent

CONNECT_S, WHOLE_S = 5.0, 15.0
# A subscriber may ask for patience, but not for ever.
MOST_PATIENCE_S = 3600.0
MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"


class HttpSender:
    """Speaks to subscribers (port `Sender`). `verify`: whose certificates are believed."""

    def __init__(
        self, targets: Targets, *, now: Clock, verify: ssl.SSLContext | None = None, whole_s: float = WHOLE_S
    ) -> None:
        self._targets = targets
        self._now = now
        self._whole_s = whole_s
        self._verify = verify or ssl.create_default_context()

    async def refusal(self, url: str) -> SendFault | None:
        """Why nothing would be sent to this address."""
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._targets.find(url)
        except TargetError as fault:
            return fault.fault
        except TimeoutError:
            return SendFault.UNRESOLVED
        return None

    async def send(self, url: str, secrets: Sequence[str], message_id: str, body: bytes) -> Sent:
        """Send a message, signed by each secret; faults are told, not raised."""
        at, begun = self._now(), time.monotonic()
        status, fault, patience = None, None, None
        try:
            async with asyncio.timeout(self._whole_s):
                target = await self._targets.find(url)
                answer = await self._post(target, {**signed(secrets, message_id, at, body)}, body)
                status, fault, patience = answer.status_code, _fault(answer), self._patience(answer)
        except TargetError as refused:
            fault = refused.fault
        except (TimeoutError, httpx.TimeoutException):
            fault = SendFault.TIMEOUT
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as broken:
            fault = SendFault.TLS if _is_tls(broken) else SendFault.UNREACHABLE
        took_ms = int((time.monotonic() - begun) * 1000)
        return Sent(at, took_ms, status, fault, patience)

    async def _post(self, target: Target, headers: dict[str, str], body: bytes) -> httpx.Response:
        """The answer of the first address to which there is a way; its body is not read."""
        headers |= {"Host": target.named, "Content-Type": MEDIA_TYPE, "User-Agent": f"marshrut/{__version__}"}
        for last, address in ((each == target.addresses[-1], each) for each in target.addresses):
            # No proxy, no redirect, no cookie: the transport alone knows none of these.
            async with httpx.AsyncHTTPTransport(verify=self._verify, trust_env=False, http2=False) as transport:
                request = httpx.Request(
                    "POST",
                    target.at(address),
                    headers=headers,
                    content=body,
                    extensions={"sni_hostname": target.host, "timeout": _timeouts()},
                )
                try:
                    return await transport.handle_async_request(request)
                except (httpx.ConnectError, httpx.ConnectTimeout) as away:
                    if last or _is_tls(away):
                        raise
        raise TargetError(SendFault.UNRESOLVED)

    def _patience(self, answer: httpx.Response) -> float | None:
        """For how long the subscriber asks to be left alone."""
        said = answer.headers.get("retry-after", "")
        try:
            seconds = float(said) if said.isdecimal() else (parsedate_to_datetime(said) - self._now()).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
        return min(max(seconds, 0.0), MOST_PATIENCE_S)


def _timeouts() -> dict[str, float]:
    return {"connect": CONNECT_S, "read": WHOLE_S, "write": WHOLE_S, "pool": WHOLE_S}


def _fault(answer: httpx.Response) -> SendFault | None:
    if answer.is_success:
        return None
    if answer.is_redirect or answer.status_code // 100 == 3:  # noqa: PLR2004 - the class of redirections
        return SendFault.REDIRECT
    return SendFault.GONE if answer.status_code == HTTPStatus.GONE else SendFault.REFUSED


def _is_tls(fault: BaseException) -> bool:
    """Whether the other side could not show who it is."""
    found: BaseException | None = fault
    while found is not None:
        if isinstance(found, ssl.SSLError):
            return True
        found = found.__cause__ or found.__context__
    return False
