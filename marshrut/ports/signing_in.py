"""Who signs in to the pages: accounts, sessions, and whoever vouches for people.

A city's own identity provider can take the place of the embedded one behind `Identity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.signing_in import Guard, Tries
from marshrut.domain.words import Role
from marshrut.ports.identity import Caller
from marshrut.ports.mail import Language


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. `name`: how colleagues are shown them; `hospitals`: None means all."""

    user: str
    name: str
    role: Role
    hospitals: frozenset[str] | None
    language: Language | None = None
    active: bool = True

    @property
    def caller(self) -> Caller:
        """As the API knows them."""
        return Caller(self.user, self.role, self.hospitals)


@dataclass(frozen=True, slots=True)
class SealedAccount:
    """An account as it is kept: its name sealed, its password as a hash that nobody can turn back."""

    user: str
    name: bytes
    role: Role
    hospitals: frozenset[str] | None
    language: Language | None
    active: bool
    password: str


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session as it is kept. `caller`: whom an access token spoke for; None: the account of `user` says it."""

    id: str
    user: str
    caller: Caller | None
    started_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. `name` is theirs to show, `until` when they have to sign in again at the latest."""

    id: str
    caller: Caller
    name: str
    language: Language | None
    until: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The session that has begun, and the secret that the browser keeps; it is stored nowhere."""

    secret: str
    session: Session


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """It was wrong; it never says what. `left` more tries, or none before `until`."""

    left: int
    until: datetime | None = None


class Accounts(Protocol):
    """Where accounts are kept. Raises Unavailable when SQL does not answer, in writing also Uncertain."""

    async def account(self, user: str) -> SealedAccount | None:
        """One of them, also when it is shut."""
        ...

    async def all(self) -> Sequence[SealedAccount]:
        """All of them, by user."""
        ...

    async def put(self, account: SealedAccount, now: datetime) -> None:
        """Keep it, over what there was of it."""
        ...


class Sessions(Protocol):
    """Where sessions and wrong tries are kept. Raises as `Accounts`."""

    async def begin(self, session: KeptSession) -> None:
        """Keep a new one; those that are over are forgotten."""
        ...

    async def session(self, session_id: str) -> KeptSession | None:
        """One that nobody has ended."""
        ...

    async def seen(self, session_id: str, at: datetime) -> None:
        """It is used."""
        ...

    async def end(self, session_id: str) -> None:
        """It is over."""
        ...

    async def end_all(self, user: str) -> int:
        """All of a user's are over; how many there were."""
        ...

    async def trying(self, by: Mapping[Guard, str], now: datetime) -> Mapping[Guard, Tries] | datetime:
        """Count one more try, and how things stand with it; or until when nobody may try.

        It is counted before anything is looked at, so that a thousand tries at once are a thousand.
        """
        ...

    async def right(self, by: Mapping[Guard, str]) -> None:
        """It was right: the pair begins anew, the others take this one back."""
        ...


class Identity(Protocol):
    """Vouches for people. Raises Unavailable when SQL does not answer."""

    async def sign_in(self, user: str, password: str, address: str) -> SignedIn | NotSignedIn:
        """Begin a session. Takes as long, and says the same, whether there is such a user or not."""
        ...

    async def sign_in_with_token(self, token: str, address: str) -> SignedIn | NotSignedIn:
        """Begin a session by an access token; it ends with the token."""
        ...

    async def session(self, secret: str, *, used: bool = True) -> Session | None:
        """Who holds the secret, if they are still signed in. Not `used`: looking does not make it last."""
        ...

    async def sign_out(self, secret: str) -> None:
        """End the session."""
        ...

    async def speak(self, user: str, language: Language) -> None:
        """From now on this is their language; of who has no account nothing is kept."""
        ...

    async def names(self) -> Mapping[str, str]:
        """The names of all who have an account, by user; a little old at times."""
        ...
