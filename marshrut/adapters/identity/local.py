"""The embedded identity provider: accounts and sessions of this installation (port `Identity`)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from marshrut.adapters.identity.passwords import Passwords, hashed
from marshrut.adapters.identity.tokens import USER, InvalidTokenError, Tokens
from marshrut.adapters.keys import ServiceKeys
from marshrut.domain.signing_in import LONGEST, LONGEST_PASSWORD, Guard, Tries, shut_until, stays_until
from marshrut.ports import (
    Account,
    Accounts,
    Caller,
    Clock,
    KeptSession,
    Language,
    NotSignedIn,
    SealedAccount,
    Session,
    Sessions,
    SignedIn,
    Unavailable,
    Uncertain,
    Vault,
)

# Each page would else write that it was seen.
SEEN_EVERY = timedelta(minutes=1)
# Names change seldom; every list shows dozens.
NAMES_FOR = timedelta(seconds=20)


class LocalIdentity:
    """Vouches for whoever has an account here, or an access token of this installation."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it is made of
        self, accounts: Accounts, sessions: Sessions, tokens: Tokens, vault: Vault, keys: ServiceKeys, now: Clock
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._tokens = tokens
        self._vault = vault
        self._key = keys.ids
        self._now = now
        self._passwords = Passwords()
        self._names: tuple[datetime | None, Mapping[str, str]] = (None, {})

    async def sign_in(self, user: str, password: str, address: str) -> SignedIn | NotSignedIn:
        """Begin a session. Takes as long, and says the same, whether there is such a user or not."""
        user = user.strip().lower()
        by = self._guards(user, address)
        tries = await self._sessions.trying(by, self._now())
        if isinstance(tries, datetime):
            return NotSignedIn(0, tries)
        known = await self._accounts.account(user) if USER.fullmatch(user) else None
        password = password[:LONGEST_PASSWORD]
        if not await self._passwords.fits(password, None if known is None or not known.active else known.password):
            return self._wrong(tries)
        await self._sessions.right(by)
        return await self._begun(user, None, self._now() + LONGEST)

    async def sign_in_with_token(self, token: str, address: str) -> SignedIn | NotSignedIn:
        """Begin a session by an access token; it ends with the token."""
        by = self._guards("access token", address)
        tries = await self._sessions.trying(by, self._now())
        if isinstance(tries, datetime):
            return NotSignedIn(0, tries)
        try:
            caller, until = self._tokens.read(token.strip())
        except InvalidTokenError:
            return self._wrong(tries)
        await self._sessions.right(by)
        return await self._begun(caller.user, caller, until)

    async def session(self, secret: str, *, used: bool = True) -> Session | None:
        """Who holds the secret, if they are still signed in. Not `used`: looking does not make it last."""
        now, kept = self._now(), await self._sessions.session(_id(secret))
        if kept is None or stays_until(kept.started_at, kept.seen_at, kept.ends_at) <= now:
            return None
        if used and now - kept.seen_at >= SEEN_EVERY:
            # Where nothing can be written now, what can be read is shown all the same; the next page writes it.
            with suppress(Unavailable, Uncertain):
                await self._sessions.seen(kept.id, now)
                kept = replace(kept, seen_at=now)
        return await self._session(kept)

    async def sign_out(self, secret: str) -> None:
        """End the session."""
        await self._sessions.end(_id(secret))

    async def speak(self, user: str, language: Language) -> None:
        """From now on this is their language; of who has no account nothing is kept."""
        known = await self._accounts.account(user)
        if known is not None and known.language is not language:
            await self._accounts.put(replace(known, language=language), self._now())

    async def names(self) -> Mapping[str, str]:
        """The names of all who have an account, by user; a little old at times."""
        read_at, known = self._names
        now = self._now()
        if read_at is None or not timedelta() <= now - read_at < NAMES_FOR:
            known = {each.user: self._name(each) for each in await self._accounts.all()}
            self._names = (now, known)
        return known

    async def put(self, account: Account, password: str | None) -> None:
        """Keep an account; without a password the one that it has. Who is shut out is signed out.

        Raises:
            KeyError: it is new, and has no password.
        """
        known = await self._accounts.account(account.user)
        if password is None and known is None:
            raise KeyError(account.user)
        sealed = SealedAccount(
            user=account.user,
            name=self._vault.seal({"name": account.name}, about=f"account/{account.user}"),
            role=account.role,
            hospitals=account.hospitals,
            language=account.language,
            active=account.active,
            password=known.password if password is None and known is not None else hashed(password or ""),
        )
        await self._accounts.put(sealed, self._now())
        if not account.active or password is not None:
            await self._sessions.end_all(account.user)

    async def account(self, user: str) -> Account | None:
        """One of them, opened."""
        known = await self._accounts.account(user)
        return None if known is None else self._opened(known)

    async def all(self) -> list[Account]:
        """All of them, opened."""
        return [self._opened(each) for each in await self._accounts.all()]

    def _opened(self, known: SealedAccount) -> Account:
        return Account(known.user, self._name(known), known.role, known.hospitals, known.language, known.active)

    def _name(self, known: SealedAccount) -> str:
        return str(self._vault.open(known.name, about=f"account/{known.user}")["name"])

    async def _begun(self, user: str, caller: Caller | None, until: datetime) -> SignedIn | NotSignedIn:
        secret, now = secrets.token_urlsafe(32), self._now()
        kept = KeptSession(_id(secret), user, caller, now, now, min(until, now + LONGEST))
        await self._sessions.begin(kept)
        session = await self._session(kept)
        # An account that was shut while its password was checked.
        return NotSignedIn(0) if session is None else SignedIn(secret, session)

    async def _session(self, kept: KeptSession) -> Session | None:
        """The session as its account stands now: who was shut out, or has another role, is so at once."""
        until = stays_until(kept.started_at, kept.seen_at, kept.ends_at)
        known = await self._accounts.account(kept.user)
        if kept.caller is not None:
            name = kept.user if known is None else self._name(known)
            return Session(kept.id, kept.caller, name, None if known is None else known.language, until)
        if known is None or not known.active:
            return None
        account = self._opened(known)
        return Session(kept.id, account.caller, account.name, account.language, until)

    def _wrong(self, tries: Mapping[Guard, Tries]) -> NotSignedIn:
        return NotSignedIn(min(each.left(guard) for guard, each in tries.items()), shut_until(tries, self._now()))

    def _guards(self, user: str, address: str) -> dict[Guard, str]:
        said = {Guard.PAIR: f"{user}\x1f{address}", Guard.USER: user, Guard.ADDRESS: address}
        return {
            guard: hmac.new(self._key, f"try\x1f{guard}\x1f{text}".encode(), hashlib.sha256).hexdigest()
            for guard, text in said.items()
        }


def _id(secret: str) -> str:
    """What is kept of a browser's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
