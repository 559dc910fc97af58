"""Signing in through a city's identity provider: OpenID Connect, authorisation code with PKCE (RFC 7636).

What has to be remembered while somebody is away there (state, nonce, the code's proof, where they were going) travels
sealed with their own browser, so that the answer is taken from that browser alone, and by any process.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus, urlencode

import httpx
import structlog

from marshrut.adapters.identity.external import ExternalTokens
from marshrut.adapters.identity.local import LocalIdentity
from marshrut.adapters.identity.provider import FAULTS, WITHIN_S, Metadata, Provider, answered, client
from marshrut.adapters.identity.tokens import InvalidTokenError
from marshrut.ports import Browser, Clock, NotVouched, SentAway, SignedIn, Unavailable, Vault

# So long somebody may take to sign in there.
AWAY = timedelta(minutes=10)
ABOUT = "sign-in/provider"
log = structlog.get_logger()


class ProviderFlow:
    """Sends people to the provider and takes them back (port `SingleSignOn`)."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        provider: Provider,
        tokens: ExternalTokens,
        identity: LocalIdentity,
        vault: Vault,
        *,
        client_id: str,
        client_secret: str | None,
        scopes: str,
        here: str,
        now: Clock,
    ) -> None:
        self._provider = provider
        self._tokens = tokens
        self._identity = identity
        self._vault = vault
        self._client_id = client_id
        self._client_secret = client_secret
        self._scopes = scopes
        self._here = here
        self._now = now

    async def begin(self, way: str) -> SentAway:
        """Where to send somebody, and what their browser keeps meanwhile; afterwards they go that way.

        Raises:
            Unavailable: the provider does not answer.
        """
        metadata = await self._provider.metadata()
        state, nonce, proof = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(hashlib.sha256(proof.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._back,
            "scope": self._scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = with_query(metadata.authorization, asked)
        kept = {"state": state, "nonce": nonce, "proof": proof, "way": way, "at": self._now().isoformat()}
        return SentAway(address, urlsafe_b64encode(self._vault.seal(kept, about=ABOUT)).decode())

    async def back(
        self, answer: dict[str, str], kept: str | None, browser: Browser
    ) -> tuple[SignedIn, str] | NotVouched:
        """Take somebody back with the provider's answer; who they are, and which way they were going.

        Raises:
            Unavailable: the provider does not answer.
        """
        known = self._opened(kept)
        if known is None or not secrets.compare_digest(known["state"].encode(), answer.get("state", "").encode()):
            return NotVouched("again")
        metadata = await self._provider.metadata()
        said = answer.get("iss")
        if (said is not None or metadata.names_itself) and said != self._provider.issuer:
            return NotVouched("again")
        if "error" in answer or not answer.get("code"):
            return NotVouched("refused")
        id_token = await self._redeemed(metadata, answer["code"], known["proof"])
        if id_token is None:
            return NotVouched("again")
        try:
            mapped = await self._tokens.signed_in(id_token, self._client_id, known["nonce"])
        except InvalidTokenError as fault:
            log.warning("identity.bad_id_token", why=str(fault))
            return NotVouched("again")
        entered = None
        if mapped is not None:
            entered = await self._identity.sign_in_as(mapped, self._provider.issuer, browser, id_token)
        return NotVouched("nobody") if entered is None else (entered, known["way"])

    async def end_session(self, hint: str) -> str | None:
        """Where somebody ends the provider's own session, whose computer others use too; None: nowhere."""
        try:
            metadata = await self._provider.metadata()
        except Unavailable:
            return None
        if metadata.end_session is None:
            return None
        after = {"id_token_hint": hint, "client_id": self._client_id, "post_logout_redirect_uri": self._out}
        return with_query(metadata.end_session, after)

    async def _redeemed(self, metadata: Metadata, code: str, proof: str) -> str | None:
        """The ID token that the provider gives for its code and our proof; None: it gives none.

        Raises:
            Unavailable: it does not answer.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._back, "code_verifier": proof}
        headers = {"Accept": "application/json"}
        if self._client_secret is None:
            form["client_id"] = self._client_id
        elif metadata.basic:
            # Each part is form-encoded before it is put together (RFC 6749, 2.3.1).
            said = f"{quote_plus(self._client_id)}:{quote_plus(self._client_secret)}"
            headers["Authorization"] = f"Basic {b64encode(said.encode()).decode()}"
        else:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        try:
            async with asyncio.timeout(WITHIN_S), client() as http:
                answer = await answered(http, "POST", metadata.token, headers, form)
            given = answer.json() if answer.status_code == httpx.codes.OK else {}
        except FAULTS as fault:
            raise Unavailable("identity") from fault
        if answer.is_server_error:
            raise Unavailable("identity")
        found = given.get("id_token") if isinstance(given, dict) else None
        if not isinstance(found, str):
            log.warning("identity.code_refused", status=answer.status_code)
            return None
        return found

    @property
    def _back(self) -> str:
        return f"{self._here}/desk/signin/provider/back"

    @property
    def _out(self) -> str:
        return f"{self._here}/desk/signin"

    def _opened(self, kept: str | None) -> dict[str, str] | None:
        try:
            known = self._vault.open(urlsafe_b64decode(kept or ""), about=ABOUT)
        except ValueError:
            return None
        at = datetime.fromisoformat(known["at"]).astimezone(UTC)
        return known if timedelta() <= self._now() - at < AWAY else None


def with_query(address: str, more: dict[str, str]) -> str:
    """The address with these asked for besides what it asks for itself."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(more)}"
