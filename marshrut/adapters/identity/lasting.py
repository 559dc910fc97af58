"""Sessions: begun under a new secret each time, ended by themselves or by hand; the secret itself is kept nowhere."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from marshrut.adapters.identity.people import People
from marshrut.domain.signing_in import HALFWAY, LONGEST, Stage, stays_until
from marshrut.ports import (
    Browser,
    Caller,
    Clock,
    Halfway,
    KeptSession,
    Session,
    Sessions,
    SessionSeen,
    Unavailable,
    Uncertain,
    Vault,
)

# Each page would else write that it was seen.
SEEN_EVERY = timedelta(minutes=1)
# By so much of its id a session is named; nobody makes a secret of it.
HANDLE = 16


class Lasting:
    """Begins, reads and ends them."""

    def __init__(self, sessions: Sessions, people: People, vault: Vault, now: Clock) -> None:
        self._sessions = sessions
        self._people = people
        self._vault = vault
        self._now = now

    async def begin(
        self,
        user: str,
        browser: Browser,
        *,
        caller: Caller | None = None,
        until: datetime | None = None,
        hint: str | None = None,
    ) -> tuple[str, Session | None]:
        """A session, and its secret; None for an account that was shut meanwhile."""
        kept, secret = self._made(user, browser, until)
        if hint is not None:
            kept = replace(kept, hint=self._vault.seal({"hint": hint}, about=f"session/{kept.id}"))
        kept = replace(kept, caller=caller)
        await self._sessions.begin(kept)
        return secret, await self._shown(kept)

    async def begin_halfway(self, user: str, browser: Browser, stage: Stage) -> str:
        """The secret of somebody of whom something is still asked."""
        kept, secret = self._made(user, browser, self._now() + HALFWAY)
        await self._sessions.begin(replace(kept, stage=stage))
        return secret

    def _made(self, user: str, browser: Browser, until: datetime | None) -> tuple[KeptSession, str]:
        secret, now = secrets.token_urlsafe(32), self._now()
        ends_at = now + LONGEST if until is None else min(until, now + LONGEST)
        return KeptSession(_id(secret), user, None, now, now, ends_at, agent=browser.agent), secret

    async def session(self, secret: str, *, used: bool) -> Session | None:
        """Who holds the secret, if they are still signed in."""
        kept = await self._lasts(secret)
        if kept is None or kept.stage is not None:
            return None
        now = self._now()
        if used and now - kept.seen_at >= SEEN_EVERY:
            # Where nothing can be written now, what can be read is shown all the same; the next page writes it.
            with suppress(Unavailable, Uncertain):
                await self._sessions.seen(kept.id, now)
                kept = replace(kept, seen_at=now)
        return await self._shown(kept)

    async def halfway(self, secret: str) -> Halfway | None:
        """Who holds the secret, and what is still asked of them."""
        kept = await self._lasts(secret)
        known = None if kept is None else await self._people.sealed(kept.user)
        if kept is None or kept.stage is None or known is None or not known.active:
            return None
        return Halfway(secret, kept.user, kept.stage, known.language)

    async def end(self, secret: str) -> str | None:
        """It is over; by what the provider that vouched for its owner knows theirs."""
        kept = await self._sessions.session(_id(secret))
        if kept is None:
            return None
        await self._sessions.end(kept.id)
        if kept.hint is None:
            return None
        try:
            return str(self._vault.open(kept.hint, about=f"session/{kept.id}")["hint"])
        except ValueError:  # sealed under a key that is gone
            return None

    async def of(self, user: str) -> Sequence[SessionSeen]:
        """Where they are signed in, the one used last first."""
        return [
            SessionSeen(each.id[:HANDLE], each.started_at, each.seen_at, _until(each), each.agent)
            for each in await self._sessions.of(user)
            if each.stage is None and _until(each) > self._now()
        ]

    async def end_one(self, user: str, handle: str) -> bool:
        """End one of theirs; whether there was one."""
        found = [each.id for each in await self._sessions.of(user) if each.id[:HANDLE] == handle]
        for each in found:
            await self._sessions.end(each)
        return bool(found)

    async def end_all(self, user: str, but: str | None = None) -> int:
        """End all of theirs but the one of this secret; how many there were."""
        return await self._sessions.end_all(user, None if but is None else _id(but))

    async def _lasts(self, secret: str) -> KeptSession | None:
        kept = await self._sessions.session(_id(secret))
        return None if kept is None or _until(kept) <= self._now() else kept

    async def _shown(self, kept: KeptSession) -> Session | None:
        """The session as its account stands now: who was shut out, or has another role, is so at once."""
        known = await self._people.account(kept.user)
        if known is not None and not known.active:
            return None
        if kept.caller is not None:
            name = kept.user if known is None else known.name
            language = None if known is None else known.language
            return Session(kept.id[:HANDLE], kept.caller, name, language, _until(kept))
        if known is None:
            return None
        return Session(kept.id[:HANDLE], known.caller, known.name, known.language, _until(kept))


def _until(kept: KeptSession) -> datetime:
    return stays_until(kept.started_at, kept.seen_at, kept.ends_at)


def _id(secret: str) -> str:
    """What is kept of a browser's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
