"""A front door whose clock is set by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp

from marshrut.adapters.identity.clients import LocalClients
from marshrut.adapters.keys import Keys
from marshrut.domain.words import Role
from marshrut.identifying import identify
from marshrut.ports import Account, Browser, FactorOffer, Halfway, NotSignedIn, SignedIn
from marshrut.settings import Settings
from marshrut.store.database import Database

ORLOVA = Account("orlova", "Орлова Е. В.", Role.COORDINATOR, frozenset({"GKB29"}))
PASSWORD, WARD = "синий-чайник-17", "10.0.0.7"


class Front:
    """The embedded provider over a real database."""

    def __init__(self, db: Database, keys: Keys | None = None, **settings: object) -> None:
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self.db = db
        made = Settings(**settings)  # type: ignore[arg-type]  # handed on as they were given
        known = identify(made, keys or Keys.fresh(), db, None, now=lambda: self.now)
        self.tokens, self.identity, self.own, self.bearers = known.tokens, known.identity, known.own, known.bearers
        self.clients: LocalClients = known.clients
        self.kept = known.kept

    async def enter(
        self, user: str = "orlova", password: str = PASSWORD, address: str = WARD, known: str | None = None
    ) -> SignedIn:
        found = await self.identity.sign_in(user, password, address, Browser(address, known=known))
        assert isinstance(found, SignedIn)
        return found

    async def refused(
        self, user: str = "orlova", password: str = "wrong", address: str = WARD, known: str | None = None
    ) -> NotSignedIn:
        found = await self.identity.sign_in(user, password, address, Browser(address, known=known))
        assert isinstance(found, NotSignedIn)
        return found

    async def halfway(self, user: str = "orlova", password: str = PASSWORD) -> Halfway:
        found = await self.identity.sign_in(user, password, WARD)
        assert isinstance(found, Halfway)
        return found

    def code(self, offer: FactorOffer, off_s: int = 0) -> str:
        """What the app would show for it now, on a clock that is off by so much."""
        return pyotp.TOTP(offer.secret.replace(" ", "")).at(self.now + timedelta(seconds=off_s))
