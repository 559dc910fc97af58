"""Tokens of a city's identity provider: believed when it signed them, for us, lately, by an algorithm that we allow.

Only the provider's own published keys are looked at: where a token says that its key is (`jku`, `x5u`), or which it
brings along (`jwk`, `x5c`), counts for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from marshrut.adapters.identity.mapping import ClaimMapping, Mapped
from marshrut.adapters.identity.provider import Provider
from marshrut.adapters.identity.tokens import InvalidTokenError
from marshrut.ports import Clock

LONGEST_TOKEN = 16 * 1024
# RFC 9068 names access tokens so; many providers still say no more than that it is a JWT.
ACCESS_TYPES = frozenset({"at+jwt", "application/at+jwt", "JWT", None})
ID_TYPES = frozenset({"JWT", None})


class ExternalTokens:
    """Reads what the provider has signed."""

    def __init__(  # noqa: PLR0913 - what a token is held against
        self,
        provider: Provider,
        mapping: ClaimMapping,
        *,
        audience: str | None,
        algorithms: Collection[str],
        skew_s: int,
        now: Clock,
    ) -> None:
        self._provider = provider
        self._mapping = mapping
        self._audience = audience
        self._algorithms = list(algorithms)
        self._skew_s = skew_s
        self._now = now

    async def caller(self, token: str) -> Mapped | None:
        """Whom an access token speaks for; None when that is nobody here.

        Raises:
            InvalidTokenError: whatever is wrong with the token.
            Unavailable: the provider's keys are not known.
        """
        if self._audience is None:
            raise InvalidTokenError("audience")
        return self._mapping.mapped(await self._read(token, self._audience, ACCESS_TYPES))

    async def signed_in(self, token: str, client_id: str, nonce: str) -> Mapped | None:
        """Whom an ID token speaks for, that answers the question with this nonce; None when that is nobody here.

        Raises:
            InvalidTokenError: whatever is wrong with the token.
            Unavailable: the provider's keys are not known.
        """
        claims = await self._read(token, client_id, ID_TYPES)
        if claims.get("nonce") != nonce:
            raise InvalidTokenError("nonce")
        audience = claims["aud"]
        if claims.get("azp", client_id) != client_id or (isinstance(audience, list) and len(audience) > 1):
            raise InvalidTokenError("azp")
        return self._mapping.mapped(claims)

    async def _read(self, token: str, audience: str, types: Collection[str | None]) -> Mapping[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise InvalidTokenError("length")
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError, TypeError, AttributeError) as fault:
            raise InvalidTokenError(type(fault).__name__) from None
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in self._algorithms or not (kid is None or isinstance(kid, str)):
            raise InvalidTokenError("alg")
        if header.get("typ") not in types or "crit" in header:
            raise InvalidTokenError("typ")
        key = await self._provider.key(kid, algorithm)
        if key is None:
            raise InvalidTokenError("kid")
        try:
            decoded = jwt.decode(token, key, algorithms=[algorithm])
            self._claims(audience).validate(decoded.claims)
        except (JoseError, ValueError, TypeError, OverflowError) as fault:
            raise InvalidTokenError(type(fault).__name__) from None
        return decoded.claims

    def _claims(self, audience: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=lambda: int(self._now().timestamp()),
            leeway=self._skew_s,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
