"""How people hear of a notice outside the system: who they are, what is sent, and what has become of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from marshrut.domain.words import Role
from marshrut.ports.reading import Notification


class Language(StrEnum):
    """What people read."""

    RU = "ru"
    EN = "en"


class MailState(StrEnum):
    """What has become of a notice's mail. Only the first two go on; `sending`: the message may be on the wire.

    `uncertain`: whether it went is unknown, so it is not sent again. `dropped`: the notice was acknowledged, or its
    step ended, before. `nobody`: the directory knows no one to send it to. `off`: no mail was set up.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DROPPED = "dropped"
    NOBODY = "nobody"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where somebody gets mail, and in which language. The address is personal: it is in no `repr`."""

    address: str = field(repr=False)
    language: Language


class Directory(Protocol):
    """The people of the installation."""

    def find(self, *, hospital: str, role: Role, user: str | None) -> Sequence[Recipient]:
        """Those of a role in a hospital, or the one user; each address once, nobody when none is known."""
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    """One message. `id` is the same whenever the same message is made."""

    id: str
    to: tuple[str, ...] = field(repr=False)
    language: Language
    subject: str
    text: str


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, mail: Mail, begin: Callable[[], Awaitable[bool]]) -> bool:
        """Send it, at most once; whether it was sent.

        `begin` is asked at the last moment at which nothing has been sent: when it says no, nothing is.

        Raises:
            Unavailable: nothing was sent.
            Uncertain: it may have been sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class DueMail:
    """A notice whose mail the leaseholder alone may send now; `told`: the languages in which it went already.

    Without a `notice` there is nothing to tell any more.
    """

    id: str
    notice: Notification | None
    attempts: int
    told: frozenset[Language]


class Outbox(Protocol):
    """The mail that is to be sent. Each method raises Unavailable or Uncertain when SQL does not answer."""

    async def lease_due(self, *, owner: str, lease_s: float, limit: int) -> Sequence[DueMail]:
        """Take over what is due and nobody holds; what was being sent when its holder's lease ended is uncertain."""
        ...

    async def begin(self, notice_id: str, *, owner: str, lease_s: float) -> bool:
        """Say durably that the message is about to be on the wire; no when somebody else has it.

        No, too, when its notice does not stand any more: it is dropped by that. The lease begins anew.
        """
        ...

    async def gone(self, notice_id: str, *, owner: str, told: frozenset[Language], state: MailState) -> None:
        """Say that it went in these languages, and whether it is `sent` by that or still `pending` for others."""
        ...

    async def close(self, notice_id: str, *, owner: str, state: MailState) -> None:
        """Say that it will not be sent, or that nobody knows."""
        ...

    async def put_back(self, notice_id: str, *, owner: str, delay_s: float) -> None:
        """Nothing was sent: it is due again after the delay."""
        ...
