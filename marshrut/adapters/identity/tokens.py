"""Bearer tokens of the embedded identity provider: signed, expiring, with role and hospital scope."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Read:
    """What a token says: who calls, until when it is good, and which machine got it for its key."""

    caller: Caller
    until: datetime
    client: str | None = None


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
        return self._issue({"sub": user, "role": role.value, "hospitals": list(hospitals)}, valid)

    def issue_for(self, client_id: str, caller: Caller, *, valid: timedelta) -> str:
        """A token of a machine, which says for which key it was given, and what it is good for."""
        hospitals = None if caller.hospitals is None else sorted(caller.hospitals)
        scope = " ".join(sorted(caller.scopes or ()))
        about = {"sub": caller.user, "role": caller.role.value, "hospitals": hospitals}
        return self._issue({**about, "client_id": client_id, "scope": scope}, valid)

    def _issue(self, about: dict[str, Any], valid: timedelta) -> str:
        now: datetime = self._now()
        claims = {
            "iss": ISSUER,
            "aud": ISSUER,
            **about,
            "iat": int(now.timestamp()),
            "exp": int((now + valid).timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, self._key, algorithms=[ALGORITHM])

    def verify(self, token: str) -> Caller:
        """Who calls.

        Raises:
            InvalidTokenError: whatever is wrong with the token.
        """
        return self.read(token).caller

    def read(self, token: str) -> Read:
        """What it says.

        Raises:
            InvalidTokenError: whatever is wrong with the token.
        """
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            self._claims.validate(decoded.claims)
            if decoded.header.get("typ") != TYPE:
                raise InvalidTokenError("type")
            return _read(decoded.claims)
        except (JoseError, ValueError, KeyError, TypeError, OverflowError, OSError) as fault:
            raise InvalidTokenError(type(fault).__name__) from None


def _read(claims: dict[str, Any]) -> Read:
    user, role, given, client = str(claims["sub"]), Role(claims["role"]), claims["hospitals"], claims.get("client_id")
    until = datetime.fromtimestamp(claims["exp"], UTC)
    if not USER.fullmatch(user):
        raise InvalidTokenError("sub")
    if client is not None:
        scopes = frozenset(str(claims["scope"]).split())
        hospitals = None if given is None else frozenset(map(str, given))
        return Read(Caller(user, role, hospitals, scopes), until, str(client))
    hospitals = frozenset(map(str, given))
    everywhere = not hospitals and role in CITY_WIDE
    return Read(Caller(user, role, None if everywhere else hospitals), until)
