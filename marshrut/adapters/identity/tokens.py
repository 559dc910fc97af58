"""Bearer tokens of the embedded identity provider: signed, expiring, with role and hospital scope."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from marshrut.adapters.keys import ServiceKeys
from marshrut.domain.words import Role
from marshrut.ports import Caller, Clock

ALGORITHM = "HS256"
ISSUER = "marshrut"
TYPE = "at+jwt"
# A user is known to the journeys by a code: letters, digits, a few marks, no spaces.
USER = re.compile(r"[\w.@+\-]{1,80}")
# Roles that serve the whole city unless a token names hospitals (domain facts, "Roles").
CITY_WIDE = frozenset({Role.HEAD, Role.PLACEMENT, Role.HOTLINE, Role.AUDITOR, Role.ADMIN})


class InvalidTokenError(Exception):
    """The token is not ours, altered, expired or says what no token of ours says."""


class Tokens:
    """Issues and verifies tokens with the installation's key."""

    def __init__(self, keys: ServiceKeys, now: Clock) -> None:
        self._key = OctKey.import_key(keys.tokens)
        self._now = now
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(now().timestamp()),
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": ISSUER},
            exp={"essential": True},
            sub={"essential": True},
        )

    def issue(self, user: str, role: Role, hospitals: tuple[str, ...], *, valid: timedelta) -> str:
        """A token; hospitals none means the whole city for roles that serve it, else no hospital at all."""
        now: datetime = self._now()
        claims = {
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": user,
            "role": role.value,
            "hospitals": list(hospitals),
            "iat": int(now.timestamp()),
            "exp": int((now + valid).timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, self._key, algorithms=[ALGORITHM])

    def verify(self, token: str) -> Caller:
        """Who calls.

        Raises:
            InvalidTokenError: whatever is wrong with the token.
        """
        return self.read(token)[0]

    def read(self, token: str) -> tuple[Caller, datetime]:
        """Who calls, and until when the token is good.

        Raises:
            InvalidTokenError: whatever is wrong with the token.
        """
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            self._claims.validate(decoded.claims)
            if decoded.header.get("typ") != TYPE:
                raise InvalidTokenError("type")
            role = Role(decoded.claims["role"])
            hospitals = frozenset(str(hospital) for hospital in decoded.claims["hospitals"])
            until = datetime.fromtimestamp(decoded.claims["exp"], UTC)
        except (JoseError, ValueError, KeyError, TypeError, OverflowError, OSError) as fault:
            raise InvalidTokenError(type(fault).__name__) from None
        if not USER.fullmatch(str(decoded.claims["sub"])):
            raise InvalidTokenError("sub")
        everywhere = not hospitals and role in CITY_WIDE
        return Caller(str(decoded.claims["sub"]), role, None if everywhere else hospitals), until
