"""Where accounts, sessions, second factors and wrong tries are kept, and in which form."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.signing_in import Guard, Stage, Tries
from marshrut.domain.words import Role
from marshrut.ports.identity import Caller
from marshrut.ports.mail import Language


@dataclass(frozen=True, slots=True)
class SealedAccount:
    """An account as it is kept: its name sealed, its password as a hash that nobody can turn back (or none)."""

    user: str
    name: bytes
    role: Role
    hospitals: frozenset[str] | None
    language: Language | None
    active: bool
    password: str | None
    origin: str | None = None
    must_change: bool = False


@dataclass(frozen=True, slots=True)
class SealedFactor:
    """A second factor as it is kept: its secret sealed, the last step that was used, hashes of the codes in reserve."""

    user: str
    secret: bytes
    step: int
    codes: frozenset[str]
    since: datetime


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session as it is kept. `caller`: whom an access token spoke for; None: the account of `user` says it.

    `stage`: what is still asked for before it is one; `agent`: by which kind of browser; `hint`: by what the provider
    that vouched for them knows the session of theirs, sealed.
    """

    id: str
    user: str
    caller: Caller | None
    started_at: datetime
    seen_at: datetime
    ends_at: datetime
    stage: Stage | None = None
    agent: str = ""
    hint: bytes | None = None


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

    async def vouched(self, account: SealedAccount, now: datetime) -> bool:
        """Keep name, role and hospitals of one that its origin vouches for; False: it is another's, or shut."""
        ...

    async def choose(self, user: str, password: str, now: datetime) -> bool:
        """They have this password of their own, as a hash; False: they may not sign in."""
        ...

    async def let_in(self, user: str, now: datetime, *, active: bool) -> None:
        """Whether they may sign in, and nothing else of theirs."""
        ...

    async def speak(self, user: str, language: Language, now: datetime) -> None:
        """Their language, and nothing else of theirs."""
        ...


class Factors(Protocol):
    """Where second factors are kept. Raises as `Accounts`."""

    async def factor(self, user: str) -> SealedFactor | None:
        """Theirs."""
        ...

    async def of(self, users: Collection[str]) -> Collection[str]:
        """Which of them have one."""
        ...

    async def put(self, factor: SealedFactor) -> None:
        """Keep it, over what there was of it."""
        ...

    async def remove(self, user: str) -> None:
        """They have none any more."""
        ...

    async def spend(self, user: str, step: int) -> bool:
        """Whether this step is later than every one that was used; then it is used."""
        ...

    async def spend_code(self, user: str, code: str) -> bool:
        """Whether this is a code in reserve; then it is one no more."""
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

    async def end_all(self, user: str, but: str | None = None) -> int:
        """All of a user's are over, but for one; how many there were."""
        ...

    async def of(self, user: str) -> Sequence[KeptSession]:
        """All of a user's, the one used last first."""
        ...

    async def trying(self, by: Mapping[Guard, str], now: datetime) -> Mapping[Guard, Tries] | datetime:
        """Count one more try, and how things stand with it; or until when nobody may try.

        It is counted before anything is looked at, so that a thousand tries at once are a thousand.
        """
        ...

    async def right(self, by: Mapping[Guard, str]) -> None:
        """It was right: the pair begins anew, the others take this one back."""
        ...
