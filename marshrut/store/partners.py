"""What partners were asked for, and the links by which they answer, in SQL. Links follow from no journal."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marshrut.domain.base import Instant
from marshrut.ports import NEVER_HAPPENED, AskedOf, Page, PartnerLink, ReferralFilter
from marshrut.store.cursors import Cursor
from marshrut.store.database import Database
from marshrut.store.projection import MERGED
from marshrut.store.referrals import counted, listed, page_of
from marshrut.store.statements import insert_new
from marshrut.store.tables import commands, partner_links, referrals

_NEWEST: Cursor[tuple[Instant, str]] = Cursor("asked", tuple[Instant, str])


class SqlPartnerBook:
    """Port `PartnerBook`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def asked(self, partner: str, *, statuses: Collection[str], limit: int, cursor: str | None) -> Page[AskedOf]:
        """What a partner was asked for, the newest first.

        Raises:
            ValueError: the cursor is none of this list's.
        """
        at, name = referrals.c.added_at, referrals.c.item_id
        query = sa.select(referrals).where(referrals.c.partner == partner, referrals.c.status != MERGED)
        if statuses:
            query = query.where(referrals.c.status.in_(statuses))
        if (after := _NEWEST.read(cursor)) is not None:
            query = query.where(sa.or_(at < after[0], sa.and_(at == after[0], name > after[1])))
        async with self._db.read() as conn:
            rows = (await conn.execute(query.order_by(at.desc(), name).limit(limit + 1))).all()
        return _NEWEST.page(rows, limit, _asked, lambda row: (row.added_at, row.item_id))

    async def referrals(self, which: ReferralFilter, *, limit: int, cursor: str | None) -> Page[AskedOf]:
        """Referrals of stays, the newest first; by when they were moved, the oldest first.

        Raises:
            ValueError: the cursor is none of this list's.
        """
        async with self._db.read() as conn:
            rows = (await conn.execute(listed(which, limit=limit, cursor=cursor))).all()
        return page_of(which, rows, limit, _asked)

    async def count_referrals(self, which: ReferralFilter) -> int:
        """How many `referrals` would list in all its pages."""
        async with self._db.read() as conn:
            return int(await conn.scalar(counted(which)) or 0)

    async def issue(self, link: PartnerLink) -> PartnerLink:
        """Keep a link; earlier ones of the referral are withdrawn. The same again stays as it is.

        Also those that an answer was sent by: it may have been refused, or be so yet.
        """
        earlier = sa.and_(
            partner_links.c.item_id == link.item_id,
            partner_links.c.id != link.id,
            partner_links.c.withdrawn_at.is_(None),
        )
        async with self._db.write() as conn:
            made = await conn.execute(insert_new(conn, partner_links).returning(partner_links.c.id), asdict(link))
            if made.one_or_none() is not None:
                await conn.execute(partner_links.update().where(earlier).values(withdrawn_at=link.issued_at))
            row = (await conn.execute(sa.select(partner_links).where(partner_links.c.id == link.id))).one()
        return _link(row)

    async def link(self, link_id: str) -> PartnerLink | None:
        """One of them."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(partner_links).where(partner_links.c.id == link_id))).one_or_none()
        return None if row is None else _link(row)

    async def newest(self, case_id: str) -> dict[str, PartnerLink]:
        """Of each referral of a case the newest link; one whose answer was refused counts as not answered."""
        answer = partner_links.outerjoin(commands, commands.c.id == partner_links.c.command_id)
        query = sa.select(partner_links, commands.c.state.in_(NEVER_HAPPENED).label("refused")).select_from(answer)
        query = query.where(partner_links.c.case_id == case_id).order_by(partner_links.c.issued_at)
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).all()
        links = {row.item_id: (PartnerLink(*row[:-1]), row.refused) for row in rows}
        return {
            item: replace(link, command_id=None, claimed_at=None) if refused else link
            for item, (link, refused) in links.items()
        }

    async def claim(self, link: PartnerLink, command_id: str, now: datetime) -> bool:
        """Have the link stand for this command, if it still stands for what it stood for; whether it does now."""
        as_known = (
            partner_links.c.command_id.is_(None)
            if link.command_id is None
            else partner_links.c.command_id == link.command_id
        )
        claimed = (
            partner_links.update()
            .where(partner_links.c.id == link.id, partner_links.c.withdrawn_at.is_(None), as_known)
            .values(command_id=command_id, claimed_at=now)
            .returning(partner_links.c.id)
        )
        async with self._db.write() as conn:
            return (await conn.execute(claimed)).one_or_none() is not None


def _asked(row: Any) -> AskedOf:
    return AskedOf(row.item_id, row.case_id)


def _link(row: Any) -> PartnerLink:
    return PartnerLink(**row._mapping)  # noqa: SLF001 - what SQLAlchemy calls a row as a mapping
