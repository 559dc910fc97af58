"""Counts wrong tries, and knows a browser again that its user has signed in with."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from marshrut.adapters.keys import ServiceKeys
from marshrut.domain.addresses import household
from marshrut.domain.signing_in import KNOWN_BROWSER, Guard, Tries, shut_until
from marshrut.ports import Browser, Clock, NotSignedIn, Sessions

# A ward's computer is several people's; a cookie holds no more of them than this.
MOST_KNOWN, APART = 10, "~"


class Doorkeeper:
    """Lets nobody try too often. What is tried is kept as a keyed hash only."""

    def __init__(self, sessions: Sessions, keys: ServiceKeys, now: Clock) -> None:
        self._sessions = sessions
        self._key = keys.ids
        self._now = now

    def guards(self, what: str, browser: Browser) -> dict[Guard, str]:
        """What a try is counted by. Of a browser that is known as this user's nothing else counts."""
        known = self._known(what, browser.known)
        if known is not None:
            return {Guard.PAIR: self._mac(f"try\x1fknown\x1f{what}\x1f{known}")}
        address = household(browser.address)
        return self._named({Guard.PAIR: f"{what}\x1f{address}", Guard.USER: what, Guard.ADDRESS: address})

    def by_user(self, user: str, what: str) -> dict[Guard, str]:
        """What a try is counted by to which nobody comes without the password: by them alone, wherever they are."""
        said = f"{user}\x1f{what}"
        return self._named({Guard.PAIR: said, Guard.USER: said})

    def by_address(self, what: str, address: str) -> dict[Guard, str]:
        """What a try is counted by that names no user: what others do elsewhere shuts no door here."""
        known = household(address)
        return self._named({Guard.PAIR: f"{what}\x1f{known}", Guard.ADDRESS: known})

    def _named(self, said: Mapping[Guard, str]) -> dict[Guard, str]:
        return {guard: self._mac(f"try\x1f{guard}\x1f{text}") for guard, text in said.items()}

    async def trying(self, by: Mapping[Guard, str]) -> Mapping[Guard, Tries] | NotSignedIn:
        """Count one more; or until when nobody may try."""
        tries = await self._sessions.trying(by, self._now())
        return NotSignedIn(0, tries) if isinstance(tries, datetime) else tries

    async def right(self, by: Mapping[Guard, str]) -> None:
        """It was right."""
        await self._sessions.right(by)

    def wrong(self, tries: Mapping[Guard, Tries]) -> NotSignedIn:
        """It was wrong: how many more there may be."""
        return NotSignedIn(min(each.left(guard) for guard, each in tries.items()), shut_until(tries, self._now()))

    def known_as(self, user: str, before: str | None = None) -> str:
        """By what a browser is known as this user's from now on, and as those of others who sit at it too."""
        others = [each for each in (before or "").split(APART) if each and self._known_one(user, each) is None]
        name, until = secrets.token_urlsafe(12), int((self._now() + KNOWN_BROWSER).timestamp())
        token = f"{name}.{until}.{self._mac(_known_by(user, name, until))}"
        return APART.join([token, *others[: MOST_KNOWN - 1]])

    def _known(self, user: str, tokens: str | None) -> str | None:
        """The browser's name, if it is the user's."""
        each = (self._known_one(user, token) for token in (tokens or "").split(APART)[:MOST_KNOWN])
        return next((name for name in each if name is not None), None)

    def _known_one(self, user: str, token: str) -> str | None:
        name, _, rest = token.partition(".")
        until, _, mac = rest.partition(".")
        if not (until.isascii() and until.isdigit() and len(until) < len("99999999999")):
            return None
        right = hmac.compare_digest(self._mac(_known_by(user, name, until)).encode(), mac.encode())
        return name if right and self._now() < datetime.fromtimestamp(int(until), UTC) else None

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def _known_by(user: str, name: str, until: object) -> str:
    return f"browser\x1f{user}\x1f{name}\x1f{until}"
