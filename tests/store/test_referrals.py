"""What partners were asked for, as lists hold it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from marshrut.domain import events as e
from marshrut.domain.ids import alias
from marshrut.domain.words import ItemKind
from marshrut.ports import ReferralFilter
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.partners import SqlPartnerBook
from marshrut.store.rebuild import verify
from marshrut.store.tables import referrals
from tests.store.stories import NOON, event, opened


def asked(case: str, name: str, partner: str = "school") -> e.ItemAdded:
    """A partner is asked."""
    item = f"{case}.referral.{name}"
    facts: dict[str, Any] = {"partner": partner}
    return e.ItemAdded(item_id=item, item=ItemKind.REFERRAL, name=name, status="requested", facts=facts)


async def written(db: Database, case: str, bodies: Sequence[e.Body], *, minutes: float = 0) -> None:
    """A case, an event a minute."""
    told = [event(seq, body, minutes=minutes + seq) for seq, body in enumerate(bodies, start=1)]
    await SqlJournal(db).write(case, told)


async def listed(db: Database, **which: Any) -> list[str]:
    """The items that a list holds, page by page of two."""
    book, found, cursor = SqlPartnerBook(db), list[str](), None
    wanted = ReferralFilter(**{"hospitals": None, "who": None, **which})
    while True:
        page = await book.referrals(wanted, limit=2, cursor=cursor)
        found += [each.item_id for each in page.items]
        cursor = page.next
        if cursor is None:
            assert await book.count_referrals(wanted) == len(found)
            return found


async def test_lists_choose_by_each_of_what_is_asked(db: Database) -> None:
    """Scope, partner, standing, case, person, id and both times choose, alone and together."""
    hold = e.ItemMoved(item_id="c.referral.a", status="requested", facts={"on_hold": "requested", "reason": "other"})
    await written(db, "c", [opened("h1", "p1"), asked("c", "a"), asked("c", "b", "clinic"), hold])
    await written(db, "d", [opened("h2", "p2"), asked("d", "a")], minutes=60)
    a, b, d = "c.referral.a", "c.referral.b", "d.referral.a"
    at = NOON + timedelta(minutes=3)
    for which, there in (
        ({}, [d, b, a]),
        ({"hospitals": frozenset({"h1"})}, [b, a]),
        ({"hospitals": frozenset({"h1", "h2"})}, [d, b, a]),
        ({"hospitals": frozenset({"h3"})}, []),
        ({"partners": frozenset({"school"})}, [d, a]),
        ({"partners": frozenset({"school"}), "hospitals": frozenset({"h1"})}, [a]),
        ({"stands": frozenset({"on_hold"})}, [a]),
        ({"stands": frozenset({"requested"})}, [d, b]),
        ({"stands": frozenset({"done", "requested"})}, [d, b]),
        ({"case_ids": frozenset({"c"})}, [b, a]),
        ({"persons": frozenset({"p2"})}, [d]),
        ({"aliases": frozenset({alias(a), alias(d)})}, [d, a]),
        ({"aliases": frozenset({alias(a)}), "case_ids": frozenset({"d"})}, []),
        ({"asked_from": at}, [d, b]),
        ({"asked_before": at}, [a]),
        ({"moved_from": at}, [b, a, d]),  # by when they moved, the oldest first
        ({"moved_from": at, "moved_before": at + timedelta(seconds=1)}, [b]),
    ):
        assert await listed(db, **which) == there, which


async def test_a_referral_goes_with_its_case(db: Database) -> None:
    """Given a case that another hospital goes on with, and of another person, then its referrals are found there."""
    moved = e.CaseTransferred(hospital="h2")
    await written(db, "c", [opened("h1", "p1"), asked("c", "a"), moved, e.PersonChanged(person="p2")])
    assert await listed(db, hospitals=frozenset({"h1"})) == []
    assert await listed(db, hospitals=frozenset({"h2"}), persons=frozenset({"p2"})) == ["c.referral.a"]
    assert [each async for each in verify(db)] == []


async def test_what_an_enquiry_asked_for_is_of_no_stay(db: Database) -> None:
    """A partner's own list has it; lists of stays do not."""
    await written(db, "c", [opened().model_copy(update={"via": "enquiry"}), asked("c", "a")])
    assert await listed(db) == []
    page = await SqlPartnerBook(db).asked("school", statuses=(), limit=5, cursor=None)
    assert [each.item_id for each in page.items] == ["c.referral.a"]
    async with db.read() as conn:
        assert await conn.scalar(sa.select(referrals.c.hospital)) is None
