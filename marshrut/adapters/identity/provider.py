"""What a city's identity provider says of itself: its addresses (OpenID Connect Discovery) and its keys (JWKS).

Keys are kept for a while. A token signed by one that is not known has them asked for anew, but never more than twice a
minute, however many such tokens come: so a key that is rotated in is known soon, and nobody has us flood the provider.
"""

from __future__ import annotations

import asyncio
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from marshrut.ports import Unavailable

FRESH_S = 600.0
# While the provider is away its keys of before are good; not for ever, since one may have been withdrawn.
STALE_S = 24 * 3600.0
COOLDOWN_S = 30.0
WITHIN_S = 5.0
MOST_BYTES = 256 * 1024
SHORTEST_RSA = 2048
# Which keys make which signatures. Whatever is not here is never believed: not `none`, and no secret that is shared.
KINDS = {
    **{f"{family}{bits}": "RSA" for family in ("RS", "PS") for bits in (256, 384, 512)},
    **{f"ES{bits}": "EC" for bits in (256, 384, 512)},
    "Ed25519": "OKP",
}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

# What a provider's answer may fail by, whatever it holds.
FAULTS = (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, RecursionError, TimeoutError)

PublicKey = RSAKey | ECKey | OKPKey
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Metadata:
    """What discovery says. `names_itself`: its answers say who gave them (RFC 9207)."""

    authorization: str
    token: str
    jwks: str
    end_session: str | None
    basic: bool
    names_itself: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A key of the provider."""

    kid: str | None
    kind: str
    algorithm: str | None
    key: PublicKey


def safe(url: object) -> bool:
    """Whether an address may be the provider's: by TLS, or on this machine."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        )
    except ValueError:
        return False


class Provider:
    """One provider, by its issuer."""

    def __init__(self, issuer: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self.issuer = issuer
        self._now = now
        self._turn = asyncio.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, tuple[Known, ...]] | None = None
        self._asked_at: float | None = None

    async def metadata(self) -> Metadata:
        """Its addresses.

        Raises:
            Unavailable: it does not say.
        """
        known = self._metadata
        if known is None or self._now() - known[0] > STALE_S:
            async with self._turn:
                await self._refresh(FRESH_S)
            known = self._metadata
        if known is None:
            raise Unavailable("identity")
        return known[1]

    async def key(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key of that name, for that algorithm; without a name the only one there is.

        Raises:
            Unavailable: the provider's keys are not known.
        """
        if self._age() > FRESH_S:
            async with self._turn:
                await self._refresh(FRESH_S)
        if self._keys is None or self._age() > STALE_S:
            raise Unavailable("identity")
        found = self._find(kid, algorithm)
        if found is None:
            async with self._turn:
                found = self._find(kid, algorithm)
                if found is None:
                    await self._refresh(COOLDOWN_S)
            found = found or self._find(kid, algorithm)
        return found

    def _age(self) -> float:
        return float("inf") if self._keys is None else self._now() - self._keys[0]

    def _find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        fitting = [
            each
            for each in (() if self._keys is None else self._keys[1])
            if each.kind == KINDS[algorithm]
            and each.algorithm in {None, algorithm}
            and (kid is None or each.kid == kid)
        ]
        return fitting[0].key if len(fitting) == 1 else None

    async def _refresh(self, older_than_s: float) -> None:
        """Ask again, unless that is known which is young enough, or was asked for a moment ago."""
        now = self._now()
        if self._age() < older_than_s and self._metadata is not None:
            return
        if self._asked_at is not None and now - self._asked_at < (COOLDOWN_S if self._keys else 1.0):
            return
        try:
            async with asyncio.timeout(WITHIN_S), client() as http:
                metadata = _metadata(await _json(http, _discovery(self.issuer)), self.issuer)
                keys = _keys(await _json(http, metadata.jwks))
        except (*FAULTS, OSError) as fault:
            log.warning("identity.provider_away", why=type(fault).__name__)
            return
        finally:
            # Whoever waited for this answer meanwhile is told it, and does not wait for another one.
            self._asked_at = self._now()
        self._metadata, self._keys = (now, metadata), (now, keys)


def client() -> AbstractAsyncContextManager[httpx.AsyncClient]:
    """How the provider is spoken to: not for long, by no proxy, and following it nowhere else."""
    return httpx.AsyncClient(timeout=WITHIN_S, follow_redirects=False, trust_env=False)


def _discovery(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


async def answered(
    http: httpx.AsyncClient, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None
) -> httpx.Response:
    """What the provider answers, as long as it is no larger than an answer may be.

    Raises:
        httpx.HTTPError, ValueError: there is none.
    """
    async with http.stream(method, url, headers=headers, data=form) as answer:
        body = b""
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > MOST_BYTES:
                raise ValueError("too large")
        return httpx.Response(answer.status_code, content=body, request=answer.request)


async def _json(http: httpx.AsyncClient, url: str) -> Mapping[str, Any]:
    """A JSON object of the provider's, as long as it is no larger than one may be.

    Raises:
        httpx.HTTPError, ValueError: there is none.
    """
    answer = await answered(http, "GET", url, {"Accept": "application/json"})
    answer.raise_for_status()
    if answer.status_code != httpx.codes.OK:
        raise ValueError("an answer that leads elsewhere")
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - what was read, not how it was called
    return found


def _metadata(said: Mapping[str, Any], issuer: str) -> Metadata:
    if said.get("issuer") != issuer:
        raise ValueError("another issuer")
    ways = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    end = said.get("end_session_endpoint")
    if not all(map(safe, ways)) or not (end is None or safe(end)):
        raise ValueError("an address that is not safe")
    authorization, token, jwks = map(str, ways)
    methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Metadata(
        authorization,
        token,
        jwks,
        end,
        "client_secret_basic" in methods,
        said.get("authorization_response_iss_parameter_supported") is True,
    )


def _keys(said: Mapping[str, Any]) -> tuple[Known, ...]:
    """The keys that verify signatures; what is no such key is passed over."""
    found = []
    for each in said.get("keys") or ():
        if not isinstance(each, dict):
            continue
        try:
            if each["kty"] not in set(KINDS.values()) or each.get("alg") not in {None, *KINDS}:
                continue
            if each.get("use", "sig") != "sig" or "verify" not in each.get("key_ops", ["verify"]):
                continue
            if each["kty"] == "RSA" and 8 * len(urlsafe_b64decode(f"{each['n']}==")) < SHORTEST_RSA:
                continue
            key = JWKRegistry.import_key({name: each[name] for name in each if name in PUBLIC})
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, PublicKey):
            kid, algorithm = each.get("kid"), each.get("alg")
            found.append(Known(kid if isinstance(kid, str) else None, each["kty"], algorithm, key))
    return tuple(found)


# What a public key is made of; whatever else the provider says of it, its private part above all, is not taken.
PUBLIC = frozenset({"kty", "n", "e", "crv", "x", "y"})
