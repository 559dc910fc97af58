"""Which addresses may be spoken to: public ones by HTTPS, and what the operator names.

A name is looked up once for each message; every address that it has must be public, and one of exactly these is
connected to. So a name that leads elsewhere at a second look leads nowhere.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from marshrut.ports import SendFault

PORTS = {"https": 443, "http": 80}
LAST_PORT = 65535
# A name or an address, as the resolver is given it.
HOST = re.compile(rb"[\w.:\-]+")
MOST_ADDRESSES = 3
# All IPv6 addresses that are anybody's: outside stand those of a site, and those that have an IPv4 one inside.
GLOBAL = IPv6Network("2000::/3")
# Of these, those that have an IPv4 one inside and may lead to it (6to4, Teredo), and those of documents.
EMBEDDING = tuple(IPv6Network(net) for net in ("2002::/16", "2001::/32", "3fff::/20"))
# A name server that is silent holds a thread for half a minute. A name has one at a time, and there are more of them
# than subscriptions, so it holds nobody else up.
RESOLVERS = 64

Address = IPv4Address | IPv6Address
LookUp = Callable[[str, int], list[str]]


class TargetError(Exception):
    """Nothing is sent there."""

    def __init__(self, fault: SendFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: the addresses to connect to, and what is said there of host and path."""

    url: httpx.URL
    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def named(self) -> str:
        """What stands in `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.url.scheme] else f"{host}:{self.port}"

    def at(self, address: str) -> httpx.URL:
        """The same by one of its addresses."""
        return self.url.copy_with(host=address, port=self.port)


class Targets:
    """Looks up and judges. `allowed`: hosts (with their port: `host:port`) that may be private, and need no TLS."""

    def __init__(self, allowed: Collection[str] = (), look_up: LookUp | None = None) -> None:
        self._allowed = frozenset(each.lower() for each in allowed)
        self._look_up = look_up or _look_up
        self._asked: dict[tuple[str, int], asyncio.Future[list[str]]] = {}
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="webhook-resolver")

    async def find(self, text: str) -> Target:
        """Where the address leads.

        Raises:
            TargetError: it may not be spoken to, or its name leads nowhere.
        """
        url = _read(text)
        host, port = url.host, url.port or PORTS[url.scheme]
        trusted = not self._allowed.isdisjoint({host, f"{host}:{port}"})
        if url.scheme != "https" and not trusted:
            raise TargetError(SendFault.NOT_ALLOWED)
        addresses = await self._resolve(url.raw_host.decode("ascii"), port)
        if not (trusted or all(map(public, addresses))):
            raise TargetError(SendFault.NOT_ALLOWED)
        return Target(url, url.raw_host.decode("ascii"), port, tuple(map(str, addresses[:MOST_ADDRESSES])))

    async def _resolve(self, host: str, port: int) -> list[Address]:
        try:
            # Whoever gives up waiting leaves it to the others who wait for the same name.
            found = await asyncio.shield(self._asking(host, port))
        except (OSError, UnicodeError):
            raise TargetError(SendFault.UNRESOLVED) from None
        addresses = [ip_address(each.split("%", 1)[0]) for each in dict.fromkeys(found)]
        if not addresses:
            raise TargetError(SendFault.UNRESOLVED)
        return addresses

    def _asking(self, host: str, port: int) -> asyncio.Future[list[str]]:
        """What looks the name up: what already does, or another one."""
        which = host, port
        if which not in self._asked:
            loop = asyncio.get_running_loop()
            asked = self._asked[which] = loop.run_in_executor(self._threads, self._look_up, host, port)
            asked.add_done_callback(lambda done: self._answered(which, done))
        return self._asked[which]

    def _answered(self, which: tuple[str, int], done: asyncio.Future[list[str]]) -> None:
        del self._asked[which]
        if not done.cancelled():
            done.exception()  # seen, also when nobody waits any more


def _look_up(host: str, port: int) -> list[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _read(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError, TypeError):
        raise TargetError(SendFault.NOT_ALLOWED) from None
    sound = url.scheme in PORTS and HOST.fullmatch(url.raw_host) and port != 0 and (port or 1) <= LAST_PORT
    if not sound or url.userinfo or url.fragment:
        raise TargetError(SendFault.NOT_ALLOWED)
    return url


def public(address: Address) -> bool:
    """Whether an address is everybody's: not of this machine, its network, nor one that leads to such by a detour."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return public(address.ipv4_mapped)
        if address not in GLOBAL or any(address in net for net in EMBEDDING):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
