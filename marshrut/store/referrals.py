"""Lists of what partners were asked for, as SQL: by an index each, and in an order that new ones do not disturb."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from marshrut.domain.base import Instant
from marshrut.domain.facts import ON_HOLD
from marshrut.ports import Page, ReferralFilter
from marshrut.store.cursors import Cursor
from marshrut.store.filters import Condition, here
from marshrut.store.guarding import seen
from marshrut.store.statements import plain
from marshrut.store.tables import OF_A_STAY, UNANSWERED, referrals

# In these a partner may still have to answer or to deliver; the indexes of what is open hold them alone.
OPEN = frozenset({"requested", "accepted", "in_progress", ON_HOLD})

_ASKED: Cursor[tuple[Instant, str]] = Cursor("referrals", tuple[Instant, str])
_MOVED: Cursor[tuple[Instant, str]] = Cursor("referrals-moved", tuple[Instant, str])
Row = TypeVar("Row")


def listed(which: ReferralFilter, *, limit: int, cursor: str | None) -> sa.Select[Any]:
    """A page's rows, and one more.

    Raises:
        ValueError: the cursor is none of this list's.
    """
    name = referrals.c.item_id
    at = referrals.c.moved_at if _by_move(which) else referrals.c.added_at
    query = sa.select(name, referrals.c.case_id, at.label("at")).where(*_conditions(which))
    after = _cursor(which).read(cursor)
    if _by_move(which):
        if after is not None:
            query = query.where(sa.and_(at >= after[0], sa.or_(at > after[0], name > after[1])))
        return query.order_by(at, name).limit(limit + 1)
    if after is not None:
        query = query.where(sa.and_(at <= after[0], sa.or_(at < after[0], name < after[1])))
    return query.order_by(at.desc(), name.desc()).limit(limit + 1)


def page_of(which: ReferralFilter, rows: Sequence[Any], limit: int, value: Callable[[Any], Row]) -> Page[Row]:
    """The page that they are."""
    return _cursor(which).page(rows, limit, value, lambda row: (row.at, row.item_id))


def counted(which: ReferralFilter) -> sa.Select[Any]:
    """How many there are."""
    return sa.select(sa.func.count()).select_from(referrals).where(*_conditions(which))


def _by_move(which: ReferralFilter) -> bool:
    return which.moved_from is not None or which.moved_before is not None


def _cursor(which: ReferralFilter) -> Cursor[tuple[Instant, str]]:
    return _MOVED if _by_move(which) else _ASKED


def _conditions(which: ReferralFilter) -> list[Condition | sa.TextClause]:
    """What is asked of a referral. The narrowest condition leads to its index, the others look nothing up."""
    table, found = referrals.c, list[Condition | sa.TextClause]()
    named = ((table.alias, which.aliases), (table.case_id, which.case_ids), (table.person_id, which.persons))
    leads = True
    for column, wanted in named:
        if wanted is not None:
            found.append(_among(column, wanted, leads=leads))
            leads = False
    by_name = not leads
    if which.partners is not None:
        one = len(which.partners) == 1
        found.append(_among(table.partner, which.partners, leads=leads and one))
        leads = leads and not one
    found += here(table.hospital, None, which.hospitals, leads=leads)
    found += seen(table.case_id, which.who)
    if which.stands is not None:
        found.append(_among(table.stands, which.stands, leads=False))
        if leads and which.stands <= OPEN and not _by_move(which):
            found.append(UNANSWERED)
    found += _within(table.added_at, which.asked_from, which.asked_before, leads=not by_name and not _by_move(which))
    found += _within(table.moved_at, which.moved_from, which.moved_before, leads=not by_name)
    return [*found, OF_A_STAY]


def _among(column: sa.Column[Any], wanted: Collection[str], *, leads: bool) -> Condition:
    if leads and len(wanted) == 1:
        return column == next(iter(wanted))
    return (column if leads else plain(column)).in_(sorted(wanted))


def _within(
    column: sa.Column[datetime], first: datetime | None, before: datetime | None, *, leads: bool
) -> list[Condition]:
    shown = column if leads else plain(column)
    found: list[Condition] = []
    if first is not None:
        found.append(shown >= first)
    if before is not None:
        found.append(shown < before)
    return found
