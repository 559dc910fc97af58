"""Second factors: codes that an app makes anew every thirty seconds (TOTP, RFC 6238), and codes in reserve on paper."""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime

import pyotp
import segno

from marshrut.adapters.identity.passwords import READABLE
from marshrut.adapters.keys import ServiceKeys
from marshrut.ports import Clock, FactorOffer, Factors, SealedFactor, Vault

ISSUER = "Marshrut"
# A telephone's clock may be off by as many steps, either way.
DRIFT = 1
CODES, CODE_LETTERS = 10, 10


class SecondFactors:
    """Offers, takes and checks them."""

    def __init__(self, book: Factors, vault: Vault, keys: ServiceKeys, now: Clock) -> None:
        self._book = book
        self._vault = vault
        self._key = keys.ids
        self._now = now

    async def of(self, user: str) -> SealedFactor | None:
        """Theirs."""
        return await self._book.factor(user)

    def offer(self, user: str, sealed: str | None = None) -> FactorOffer:
        """A secret for them, sealed so that nobody else can take it up; nothing is kept. `sealed`: one of before."""
        secret = self._offered(user, sealed) or pyotp.random_base32()
        way = pyotp.TOTP(secret).provisioning_uri(name=user, issuer_name=ISSUER)
        drawn = io.BytesIO()
        segno.make(way, error="m").save(drawn, kind="svg", scale=5, border=3, light="#fff", xmldecl=False, nl=False)
        sealed = urlsafe_b64encode(self._vault.seal({"secret": secret}, about=f"factor-offer/{user}")).decode()
        shown = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        return FactorOffer(shown, drawn.getvalue().decode(), sealed)

    async def take(self, user: str, sealed: str, code: str) -> Sequence[str] | None:
        """Take up an offer, proved by its first code; the codes in reserve. None: the code, or the offer, is wrong."""
        secret = self._offered(user, sealed)
        step = None if secret is None else _step(secret, code, self._now())
        if step is None:
            return None
        codes = ["".join(secrets.choice(READABLE) for _ in range(CODE_LETTERS)) for _ in range(CODES)]
        kept = self._vault.seal({"secret": secret}, about=f"factor/{user}")
        hashes = frozenset(self._hash(user, each) for each in codes)
        await self._book.put(SealedFactor(user, kept, step, hashes, self._now()))
        return [f"{each[:5]}-{each[5:]}" for each in codes]

    async def fits(self, known: SealedFactor, code: str) -> bool:
        """Whether it is the code of now, or one in reserve; each is taken once."""
        plain = "".join(letter for letter in code.lower() if letter.isalnum())
        if len(plain) == CODE_LETTERS:
            return await self._book.spend_code(known.user, self._hash(known.user, plain))
        secret = str(self._vault.open(known.secret, about=f"factor/{known.user}")["secret"])
        step = _step(secret, plain, self._now())
        return step is not None and await self._book.spend(known.user, step)

    async def remove(self, user: str) -> None:
        """They have none any more."""
        await self._book.remove(user)

    def _offered(self, user: str, sealed: str | None) -> str | None:
        try:
            return str(self._vault.open(urlsafe_b64decode(sealed or ""), about=f"factor-offer/{user}")["secret"])
        except ValueError:
            return None

    def _hash(self, user: str, code: str) -> str:
        return hmac.new(self._key, f"reserve\x1f{user}\x1f{code}".encode(), hashlib.sha256).hexdigest()


def _step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code it is."""
    made, plain = pyotp.TOTP(secret), "".join(code.split())
    step = int(now.timestamp()) // made.interval
    near = (step, *(step + way * off for off in range(1, DRIFT + 1) for way in (-1, 1)))
    right = (each for each in near if plain.isascii() and hmac.compare_digest(made.generate_otp(each), plain))
    return next(right, None)
