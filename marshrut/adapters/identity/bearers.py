"""Whom a bearer stands for: a token of ours, a machine's key, or a token of the city's identity provider.

Each is read by its own key and its own algorithm alone, so that none can pass for another.
"""

from __future__ import annotations

from marshrut.adapters.identity.clients import LocalClients
from marshrut.adapters.identity.external import ExternalTokens
from marshrut.adapters.identity.people import People
from marshrut.adapters.identity.tokens import InvalidTokenError, Tokens
from marshrut.ports import KEY_PREFIX, Caller, Unavailable


class Bearers:
    """Reads them. `issuer` and `external`: of the provider, where there is one."""

    def __init__(
        self,
        tokens: Tokens,
        clients: LocalClients,
        people: People,
        issuer: str | None = None,
        external: ExternalTokens | None = None,
    ) -> None:
        self._tokens = tokens
        self._clients = clients
        self._people = people
        self._issuer = issuer
        self._external = external

    async def caller(self, bearer: str) -> Caller | None:
        """Who calls; None: nobody whom we know.

        Raises:
            Unavailable: nobody can say.
        """
        if bearer.startswith(KEY_PREFIX):
            return await self._clients.caller(bearer)
        try:
            read = self._tokens.read(bearer)
        except InvalidTokenError:
            return None if self._external is None else await self._of_provider(bearer, self._external)
        if read.client is not None:
            return await self._clients.still(read)
        return None if await self._shut(read.caller.user) else read.caller

    async def _shut(self, user: str) -> bool:
        """Whether an account here, of whose name a token of ours is, may not sign in (as of some seconds ago)."""
        try:
            known = (await self._people.lately()).get(user)
        except Unavailable:  # whatever needs SQL says so itself, and a monitor is told what can be told without
            return False
        return known is not None and not known.active

    async def _of_provider(self, bearer: str, external: ExternalTokens) -> Caller | None:
        try:
            mapped = await external.caller(bearer)
        except InvalidTokenError:
            return None
        if mapped is None:
            return None
        # Nobody is somebody else's account by bearing its name, and who is shut out here stays out.
        known = (await self._people.lately()).get(mapped.caller.user)
        if known is not None and (known.origin != self._issuer or not known.active):
            return None
        return mapped.caller
