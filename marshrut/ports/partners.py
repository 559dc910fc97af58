"""What partner organisations were asked for, and the links by which they answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.guarding import Onlooker
from marshrut.ports.reading import Page


@dataclass(frozen=True, slots=True)
class PartnerLink:
    """A link to one referral. `id`: a keyed hash of the code, which is kept nowhere.

    `command_id`: the command that answered, begun at `claimed_at`; `withdrawn_at`: a newer link took its place.
    """

    id: str
    item_id: str
    case_id: str
    partner: str
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None = None
    command_id: str | None = None
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskedOf:
    """A referral as a list finds it."""

    item_id: str
    case_id: str


@dataclass(frozen=True, slots=True)
class ReferralFilter:
    """Which referrals; None means any. `hospitals` is the caller's scope, `who` looks, as of cases.

    `aliases` are ids as `ids.alias` makes them.
    `stands`: how they stand (`facts.stands`). `asked_from`, `asked_before`: those asked from that instant on and before
    the other one; `moved_from`, `moved_before`: those that were moved last then, listed by when that was.
    """

    hospitals: frozenset[str] | None
    who: Onlooker | None
    partners: frozenset[str] | None = None
    stands: frozenset[str] | None = None
    aliases: frozenset[str] | None = None
    case_ids: frozenset[str] | None = None
    persons: frozenset[str] | None = None
    asked_from: datetime | None = None
    asked_before: datetime | None = None
    moved_from: datetime | None = None
    moved_before: datetime | None = None


class PartnerBook(Protocol):
    """Referrals by partner, and links. Reading raises Unavailable, writing Unavailable or Uncertain."""

    async def referrals(self, which: ReferralFilter, *, limit: int, cursor: str | None) -> Page[AskedOf]:
        """Referrals of stays, the newest first; by when they were moved, the oldest first. ValueError for a cursor.

        Either way a page follows the one before: what is asked for meanwhile stands before the first one, and what is
        moved meanwhile comes after the last.
        """
        ...

    async def count_referrals(self, which: ReferralFilter) -> int:
        """How many `referrals` would list in all its pages."""
        ...

    async def asked(self, partner: str, *, statuses: Collection[str], limit: int, cursor: str | None) -> Page[AskedOf]:
        """What a partner was asked for, the newest first; no `statuses` means any. Raises ValueError for a cursor."""
        ...

    async def issue(self, link: PartnerLink) -> PartnerLink:
        """Keep a link; earlier ones of the referral are withdrawn. The same again stays as it is."""
        ...

    async def link(self, link_id: str) -> PartnerLink | None:
        """One of them."""
        ...

    async def newest(self, case_id: str) -> dict[str, PartnerLink]:
        """Of each referral of a case the newest link; one whose answer was refused counts as not answered."""
        ...

    async def claim(self, link: PartnerLink, command_id: str, now: datetime) -> bool:
        """Have the link stand for this command, if it still stands for what it stood for; whether it does now."""
        ...
