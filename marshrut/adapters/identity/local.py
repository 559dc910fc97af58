"""The embedded identity provider: accounts and sessions of this installation (port `Identity`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from marshrut.adapters.identity.doorkeeper import Doorkeeper
from marshrut.adapters.identity.factors import SecondFactors
from marshrut.adapters.identity.lasting import Lasting
from marshrut.adapters.identity.mapping import Mapped
from marshrut.adapters.identity.passwords import Passwords
from marshrut.adapters.identity.people import People
from marshrut.adapters.identity.rules import wrong_with
from marshrut.adapters.identity.tokens import USER, InvalidTokenError, Tokens
from marshrut.domain.signing_in import LONGEST_PASSWORD, Stage
from marshrut.domain.words import Role
from marshrut.ports import (
    Account,
    Browser,
    FactorOffer,
    Halfway,
    Language,
    NotSignedIn,
    NotTaken,
    Session,
    SessionSeen,
    SignedIn,
)

# In this order somebody whose password was right is asked for more.
STAGES = tuple(Stage)
Welcome = Callable[[Account], Awaitable[None]]


class LocalIdentity:
    """Vouches for whoever has an account here, or an access token of this installation.

    `required`: who has to have a second factor; `by_password`: whether anybody signs in by one; `welcome` is told of
    people whom a provider vouches for when they are new here, or do something else now.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        people: People,
        lasting: Lasting,
        doorkeeper: Doorkeeper,
        factors: SecondFactors,
        tokens: Tokens,
        *,
        required: frozenset[Role] = frozenset(),
        by_password: bool = True,
        welcome: Welcome | None = None,
    ) -> None:
        self.people = people
        self.lasting = lasting
        self.doorkeeper = doorkeeper
        self.factors = factors
        self.passwords = Passwords()
        self.required = required
        self._tokens = tokens
        self._by_password = by_password
        self._welcome = welcome

    async def sign_in(
        self, user: str, password: str, address: str, browser: Browser | None = None
    ) -> SignedIn | Halfway | NotSignedIn:
        """Begin a session. Takes as long, and says the same, whether there is such a user or not."""
        user, browser = user.strip().lower(), browser or Browser(address)
        by = self.doorkeeper.guards(user, browser)
        tries = await self.doorkeeper.trying(by)
        if isinstance(tries, NotSignedIn):
            return tries
        known = await self.people.sealed(user) if USER.fullmatch(user) and self._by_password else None
        right = None if known is None or not known.active else known.password
        if not await self.passwords.fits(password[:LONGEST_PASSWORD], right) or known is None:
            return self.doorkeeper.wrong(tries)
        await self.doorkeeper.right(by)
        return await self.go_on(self.people.opened(known), browser)

    async def sign_in_with_token(self, token: str, address: str, agent: str = "") -> SignedIn | NotSignedIn:
        """Begin a session by an access token; it ends with the token."""
        by = self.doorkeeper.by_address("access token", address)
        tries = await self.doorkeeper.trying(by)
        if isinstance(tries, NotSignedIn):
            return tries
        try:
            read = self._tokens.read(token.strip())
        except InvalidTokenError:
            return self.doorkeeper.wrong(tries)
        if read.client is not None:  # a machine sits at no desk
            return self.doorkeeper.wrong(tries)
        await self.doorkeeper.right(by)
        browser = Browser(address, agent)
        secret, session = await self.lasting.begin(read.caller.user, browser, caller=read.caller, until=read.until)
        return NotSignedIn(0) if session is None else SignedIn(secret, session)

    async def sign_in_as(self, mapped: Mapped, origin: str, browser: Browser, hint: str | None) -> SignedIn | None:
        """Begin a session for whom a provider vouches; None: that user is somebody else here, or shut out."""
        known = await self.people.account(mapped.caller.user)
        if known is not None and (known.origin != origin or not known.active):
            return None
        who = mapped.caller
        language = mapped.language if known is None else known.language
        account = Account(who.user, mapped.name or who.user, who.role, who.hospitals, language, origin=origin)
        if account != known and not await self.people.vouched(account, known):
            return None
        if self._welcome is not None and (known is None or known.caller != account.caller):
            await self._welcome(account)
        await self.lasting.end(browser.secret)
        secret, session = await self.lasting.begin(account.user, browser, hint=hint)
        return None if session is None else SignedIn(secret, session)

    async def go_on(
        self, account: Account, browser: Browser, after: Stage | None = None
    ) -> SignedIn | Halfway | NotSignedIn:
        """What is asked next, else the session; in either case under a new secret, and the one of before is over."""
        await self.lasting.end(browser.secret)
        for stage in STAGES[0 if after is None else STAGES.index(after) + 1 :]:
            if await self._asked(stage, account):
                secret = await self.lasting.begin_halfway(account.user, browser, stage)
                return Halfway(secret, account.user, stage, account.language)
        secret, session = await self.lasting.begin(account.user, browser)
        known = self.doorkeeper.known_as(account.user, browser.known)
        # An account that was shut while its password was checked.
        return NotSignedIn(0) if session is None else SignedIn(secret, session, known)

    async def _asked(self, stage: Stage, account: Account) -> bool:
        match stage:
            case Stage.CODE:
                return await self.factors.of(account.user) is not None
            case Stage.PASSWORD:
                return account.must_change
            case Stage.ENROL:
                return account.role in self.required and await self.factors.of(account.user) is None

    async def halfway(self, secret: str) -> Halfway | None:
        """Whoever holds the secret and has something still to do."""
        return await self.lasting.halfway(secret)

    async def give_code(self, code: str, browser: Browser) -> SignedIn | Halfway | NotSignedIn | None:
        """Go on by the code of a second factor, or one in reserve; None: nobody is halfway there."""
        account = await self._at(Stage.CODE, browser)
        factor = None if account is None else await self.factors.of(account.user)
        if account is None or factor is None:
            return None
        # By the user alone: whoever comes as far as here knows the password, from wherever they come.
        by = self.doorkeeper.by_user(account.user, "code")
        tries = await self.doorkeeper.trying(by)
        if isinstance(tries, NotSignedIn):
            return tries
        if not await self.factors.fits(factor, code):
            return self.doorkeeper.wrong(tries)
        await self.doorkeeper.right(by)
        return await self.go_on(account, browser, Stage.CODE)

    async def choose(self, password: str, browser: Browser) -> SignedIn | Halfway | NotTaken | None:
        """Go on by a password of one's own."""
        account = await self._at(Stage.PASSWORD, browser)
        if account is None:
            return None
        if (why := await self.why_not(account, password)) is not None:
            return NotTaken(why)
        if not await self.people.choose(account.user, password):
            return None
        came = await self.go_on(replace(account, must_change=False), browser, Stage.PASSWORD)
        return None if isinstance(came, NotSignedIn) else came

    async def enrol(self, sealed: str, code: str, browser: Browser) -> tuple[SignedIn, Sequence[str]] | NotTaken | None:
        """Go on by a second factor that was offered, proved by its first code; the codes in reserve."""
        account = await self._at(Stage.ENROL, browser)
        if account is None:
            return None
        codes = await self.factors.take(account.user, sealed, code)
        if codes is None:
            return NotTaken("code")
        came = await self.go_on(account, browser, Stage.ENROL)
        return (came, codes) if isinstance(came, SignedIn) else None

    async def _at(self, stage: Stage, browser: Browser) -> Account | None:
        found = await self.lasting.halfway(browser.secret)
        return None if found is None or found.stage is not stage else await self.people.account(found.user)

    async def why_not(self, account: Account, password: str) -> str | None:
        """Why a password will not do for them, in a code."""
        why = await asyncio.to_thread(wrong_with, password, (account.user, account.name))
        if why is not None:
            return why
        known = await self.people.sealed(account.user)
        same = known is not None and await self.passwords.fits(password, known.password)
        return "same" if same else None

    def offer(self, user: str, sealed: str | None = None) -> FactorOffer:
        """A second factor for them, or the one of before; it is none until its first code was given."""
        return self.factors.offer(user, sealed)

    async def session(self, secret: str, *, used: bool = True) -> Session | None:
        """Who holds the secret, if they are still signed in. Not `used`: looking does not make it last."""
        return await self.lasting.session(secret, used=used)

    async def sign_out(self, secret: str) -> str | None:
        """End the session; by what the provider that vouched for them knows theirs."""
        return await self.lasting.end(secret)

    async def speak(self, user: str, language: Language) -> None:
        """From now on this is their language; of who has no account nothing is kept."""
        await self.people.speak(user, language)

    async def names(self) -> Mapping[str, str]:
        """The names of all who have an account, by user; a little old at times."""
        return {user: each.name for user, each in (await self.people.lately()).items()}

    async def put(self, account: Account, password: str | None) -> None:
        """Keep an account, as `People.put`."""
        await self.people.put(account, password)

    async def account(self, user: str) -> Account | None:
        """One account, opened."""
        return await self.people.account(user)

    async def all(self) -> list[Account]:
        """All accounts, opened."""
        return await self.people.all()

    async def sessions_of(self, user: str) -> Sequence[SessionSeen]:
        """Where they are signed in, the one used last first."""
        return await self.lasting.of(user)

    async def end_session(self, user: str, handle: str) -> bool:
        """End one of theirs; whether there was one."""
        return await self.lasting.end_one(user, handle)

    async def end_sessions(self, user: str, but: str | None = None) -> int:
        """End all of theirs but the one of this secret; how many there were."""
        return await self.lasting.end_all(user, but)
