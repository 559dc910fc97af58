"""Who signs in to the pages, and whoever vouches for people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.signing_in import Stage
from marshrut.domain.words import Role
from marshrut.ports.identity import Caller
from marshrut.ports.mail import Language


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. `name`: how colleagues are shown them; `hospitals`: None means all.

    `origin`: the issuer that vouches for them, with no password here; `must_change`: somebody else knows the password.
    """

    user: str
    name: str
    role: Role
    hospitals: frozenset[str] | None
    language: Language | None = None
    active: bool = True
    origin: str | None = None
    must_change: bool = False

    @property
    def caller(self) -> Caller:
        """As the API knows them."""
        return Caller(self.user, self.role, self.hospitals)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. `name` is theirs to show, `until` when they have to sign in again at the latest."""

    id: str
    caller: Caller
    name: str
    language: Language | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Browser:
    """With what somebody signs in: from where, what kind of browser, and by what it is known as theirs.

    `secret`: under which they are signed in with it, or halfway.
    """

    address: str = ""
    agent: str = ""
    known: str | None = None
    secret: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The session that has begun, and the secret that the browser keeps; it is stored nowhere.

    `known`: by what the browser is known as theirs from now on.
    """

    secret: str
    session: Session
    known: str | None = None


@dataclass(frozen=True, slots=True)
class Halfway:
    """The password was right, and something more is asked for, under this secret."""

    secret: str
    user: str
    stage: Stage
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """A session as its owner, or an administrator, sees it. `handle` names it and opens nothing."""

    handle: str
    started_at: datetime
    seen_at: datetime
    until: datetime
    agent: str


@dataclass(frozen=True, slots=True)
class FactorOffer:
    """A second factor that waits for its first code: the secret to type in, its picture as SVG, and itself, sealed."""

    secret: str
    picture: str
    sealed: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A password or a code that will not do; why, in codes that pages have words for."""

    why: str


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """It was wrong; it never says what. `left` more tries, or none before `until`."""

    left: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SentAway:
    """Somebody is sent to the provider's `address`; their browser keeps what `kept` seals."""

    address: str
    kept: str


@dataclass(frozen=True, slots=True)
class NotVouched:
    """The provider vouched for nobody. `why`: it was not asked like this (again), refused, or they are nobody here."""

    why: str


class SingleSignOn(Protocol):
    """Signing in through a city's identity provider. Raises Unavailable when it does not answer."""

    async def begin(self, way: str) -> SentAway:
        """Where to send somebody, and what their browser keeps meanwhile; afterwards they go that way."""
        ...

    async def back(
        self, answer: dict[str, str], kept: str | None, browser: Browser
    ) -> tuple[SignedIn, str] | NotVouched:
        """Take somebody back with the provider's answer; who they are, and which way they were going."""
        ...

    async def end_session(self, hint: str) -> str | None:
        """Where somebody ends the provider's own session; None: nowhere."""
        ...


class Identity(Protocol):
    """Vouches for people. Raises Unavailable when SQL does not answer."""

    async def sign_in(
        self, user: str, password: str, address: str, browser: Browser | None = None
    ) -> SignedIn | Halfway | NotSignedIn:
        """Begin a session. Takes as long, and says the same, whether there is such a user or not."""
        ...

    async def sign_in_with_token(self, token: str, address: str, agent: str = "") -> SignedIn | NotSignedIn:
        """Begin a session by an access token; it ends with the token."""
        ...

    async def halfway(self, secret: str) -> Halfway | None:
        """Whoever holds the secret and has something still to do."""
        ...

    async def give_code(self, code: str, browser: Browser) -> SignedIn | Halfway | NotSignedIn | None:
        """Go on by the code of a second factor, or one in reserve; None: nobody is halfway there."""
        ...

    async def choose(self, password: str, browser: Browser) -> SignedIn | Halfway | NotTaken | None:
        """Go on by a password of one's own."""
        ...

    async def enrol(self, sealed: str, code: str, browser: Browser) -> tuple[SignedIn, Sequence[str]] | NotTaken | None:
        """Go on by a second factor that was offered, proved by its first code; the codes in reserve."""
        ...

    def offer(self, user: str, sealed: str | None = None) -> FactorOffer:
        """A second factor for them, or the one of before; it is none until its first code was given."""
        ...

    async def session(self, secret: str, *, used: bool = True) -> Session | None:
        """Who holds the secret, if they are still signed in. Not `used`: looking does not make it last."""
        ...

    async def sign_out(self, secret: str) -> str | None:
        """End the session; by what the provider that vouched for them knows theirs."""
        ...

    async def speak(self, user: str, language: Language) -> None:
        """From now on this is their language; of who has no account nothing is kept."""
        ...

    async def names(self) -> Mapping[str, str]:
        """The names of all who have an account, by user; a little old at times."""
        ...

    async def account(self, user: str) -> Account | None:
        """One account."""
        ...

    async def sessions_of(self, user: str) -> Sequence[SessionSeen]:
        """Where they are signed in, the one used last first."""
        ...

    async def end_session(self, user: str, handle: str) -> bool:
        """End one of theirs; whether there was one."""
        ...

    async def end_sessions(self, user: str, but: str | None = None) -> int:
        """End all of theirs but the one of this secret; how many there were."""
        ...


class KeptAccounts(Protocol):
    """What an administrator does with the accounts of others. Raises as `Identity`."""

    async def all(self) -> Sequence[Account]:
        """All of them, by user."""
        ...

    async def with_factor(self, users: Collection[str]) -> Collection[str]:
        """Which of them have a second factor."""
        ...

    async def let_in(self, account: Account, *, active: bool) -> None:
        """Whether they may sign in; whoever may not is signed out everywhere."""
        ...

    async def drop_factor(self, user: str) -> bool:
        """Take their second factor away, and sign them out everywhere; whether there was one."""
        ...


class OwnAccount(Protocol):
    """What somebody does with the account that is theirs. Raises as `Identity`."""

    async def factor(self, user: str) -> int | None:
        """How many codes in reserve there are; None: they have no second factor."""
        ...

    async def change_password(self, user: str, known: str, new: str, browser: Browser) -> SignedIn | NotTaken:
        """Have another password: every session of theirs is over, and this one goes on under another secret."""
        ...

    async def add_factor(
        self, user: str, password: str, sealed: str, code: str, browser: Browser
    ) -> tuple[SignedIn, Sequence[str]] | NotTaken:
        """Have a second factor from now on, instead of one that there was."""
        ...

    async def drop_factor(self, user: str, password: str, browser: Browser) -> SignedIn | NotTaken:
        """Have none any more, where it is not asked of them."""
        ...
