"""What somebody does with the account that is theirs (port `OwnAccount`): each time they give their password again.

Whatever changes by which they sign in has every session of theirs over, and this one goes on under another secret.
"""

from __future__ import annotations

from collections.abc import Sequence

from marshrut.adapters.identity.local import LocalIdentity
from marshrut.domain.signing_in import LONGEST_PASSWORD
from marshrut.ports import Account, Browser, NotSignedIn, NotTaken, SignedIn


class OwnAccounts:
    """Changes passwords and second factors for those whose they are."""

    def __init__(self, identity: LocalIdentity) -> None:
        self._identity = identity

    async def factor(self, user: str) -> int | None:
        """How many codes in reserve there are; None: they have no second factor."""
        known = await self._identity.factors.of(user)
        return None if known is None else len(known.codes)

    async def change_password(self, user: str, known: str, new: str, browser: Browser) -> SignedIn | NotTaken:
        """Have another password."""
        account = await self._proved(user, known, browser)
        if isinstance(account, NotTaken):
            return account
        if (why := await self._identity.why_not(account, new)) is not None:
            return NotTaken(why)
        if not await self._identity.people.choose(user, new):
            return NotTaken("password")
        return await self._anew(account, browser)

    async def add_factor(
        self, user: str, password: str, sealed: str, code: str, browser: Browser
    ) -> tuple[SignedIn, Sequence[str]] | NotTaken:
        """Have a second factor from now on, instead of one that there was."""
        account = await self._proved(user, password, browser)
        if isinstance(account, NotTaken):
            return account
        codes = await self._identity.factors.take(user, sealed, code)
        if codes is None:
            return NotTaken("code")
        entered = await self._anew(account, browser)
        return entered if isinstance(entered, NotTaken) else (entered, codes)

    async def drop_factor(self, user: str, password: str, browser: Browser) -> SignedIn | NotTaken:
        """Have none any more, where it is not asked of them."""
        account = await self._proved(user, password, browser)
        if isinstance(account, NotTaken):
            return account
        if account.role in self._identity.required:
            return NotTaken("required")
        await self._identity.factors.remove(user)
        return await self._anew(account, browser)

    async def _proved(self, user: str, password: str, browser: Browser) -> Account | NotTaken:
        """Whose password this is. It is counted like one at the door: an open desk is no place to guess at."""
        door = self._identity.doorkeeper
        by = door.guards(f"{user}\x1fown", Browser(browser.address))
        tries = await door.trying(by)
        if isinstance(tries, NotSignedIn):
            return NotTaken("shut")
        known = await self._identity.people.sealed(user)
        right = None if known is None or not known.active else known.password
        if not await self._identity.passwords.fits(password[:LONGEST_PASSWORD], right) or known is None:
            return NotTaken("password")
        await door.right(by)
        return self._identity.people.opened(known)

    async def _anew(self, account: Account, browser: Browser) -> SignedIn | NotTaken:
        await self._identity.lasting.end_all(account.user)
        secret, session = await self._identity.lasting.begin(account.user, browser)
        return NotTaken("password") if session is None else SignedIn(secret, session, browser.known)
