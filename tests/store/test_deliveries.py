"""Deliveries: written with what they tell, and held by one at a time, of a case one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marshrut.domain import events as e
from marshrut.domain.retention import Kept
from marshrut.ports import Delivery, DeliveryState, SendFault, Sent, Webhook
from marshrut.store.database import Database
from marshrut.store.deliveries import AT_ONCE, SqlDeliveries
from marshrut.store.journal import SqlJournal
from marshrut.store.rebuild import rebuild
from marshrut.store.retention import SqlRetention
from marshrut.store.tables import webhook_deliveries, webhook_events
from marshrut.store.webhooks import SqlWebhooks
from tests.store.stories import NOON, event, opened, short_story, step_opened, story

TAKEN = Sent(NOON, 5, 204)
REFUSED = Sent(NOON, 5, 500, SendFault.REFUSED)
LATER = NOON + timedelta(hours=1)


class Hour:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = LATER

    def __call__(self) -> datetime:
        return self.now


def hook(name: str = "w", **changes: Any) -> Webhook:
    given: dict[str, Any] = {"types": None, "hospitals": None, "paused": None, "created_by": "root", **changes}
    return Webhook(id=name, target=b"sealed", created_at=NOON, changed_at=NOON, **given)


async def subscribed(db: Database, *hooks: Webhook) -> SqlWebhooks:
    webhooks = SqlWebhooks(db, clock=Hour())
    for each in hooks or (hook(),):
        assert await webhooks.add(each)
    return webhooks


async def write(db: Database, case_id: str, *bodies: e.Body) -> None:
    await SqlJournal(db).write(case_id, story([opened(), *bodies]))


async def lease(deliveries: SqlDeliveries, owner: str = "a", limit: int = 10, hook: str = "w") -> list[Delivery]:
    return list(await deliveries.lease(hook, owner=owner, lease_s=60, limit=limit))


async def done(deliveries: SqlDeliveries, delivery: Delivery, owner: str = "a") -> Delivery | None:
    return await deliveries.delivered(delivery, TAKEN, owner=owner, lease_s=60, go_on=True)


def ids(found: Sequence[Delivery]) -> list[str]:
    return [each.event.id for each in found]


async def test_what_happens_is_told_from_the_subscription_on(db: Database) -> None:
    """Nothing of before it, all of after it, in the order of the journal, each once however often it is written."""
    deliveries = SqlDeliveries(db, clock=Hour())
    journal = short_story("c1", 4)
    await SqlJournal(db).write("c1", journal[:1])
    await subscribed(db)
    await SqlJournal(db).write("c1", journal[:3])
    await SqlJournal(db).write("c1", journal)
    page = await deliveries.log("w", None, None, limit=10, cursor=None)
    assert ids(page.items) == ["c1-3-0", "c1-2-0"]
    assert page.items[0].event.type == "marshrut.step.opened.v1"


async def test_what_was_not_committed_is_told_to_nobody(db: Database) -> None:
    """A journal whose transaction fails, or that has a gap, leaves no delivery; nor does a rebuild make any."""
    await subscribed(db)
    with pytest.raises(Exception, match="was told"):
        await SqlJournal(db).write("c1", [event(1, opened()), event(3, step_opened("c1.s"))])
    await write(db, "c2")
    await rebuild(db)
    async with db.read() as conn:
        assert await conn.scalar(sa.select(sa.func.count()).select_from(webhook_deliveries)) == 1


async def test_a_subscriber_is_told_its_types_and_hospitals_alone(db: Database) -> None:
    """A limit holds; a case that goes elsewhere is told to both hospitals, and then to the new one."""
    closed = frozenset({"marshrut.step.opened.v1"})
    await subscribed(
        db,
        hook("steps", types=closed),
        hook("h1", hospitals=frozenset({"h1", "h3"})),
        hook("h2", hospitals=frozenset({"h2"})),
    )
    await write(db, "c1", step_opened("c1.s"), e.CaseTransferred(hospital="h2"), step_opened("c1.t"))
    deliveries = SqlDeliveries(db, clock=Hour())
    told = {
        name: ids((await deliveries.log(name, None, None, limit=10, cursor=None)).items)
        for name in ("steps", "h1", "h2")
    }
    assert told == {"steps": ["c1-4-0", "c1-2-0"], "h1": ["c1-3-0", "c1-2-0", "c1-1-0"], "h2": ["c1-4-0", "c1-3-0"]}


async def test_of_a_case_one_is_told_after_the_other(db: Database) -> None:
    """Only the first may be held, by one at a time; other cases go on; what is taken hands over to the next."""
    await subscribed(db)
    deliveries = SqlDeliveries(db, clock=Hour())
    await write(db, "c1", step_opened("c1.s"), step_opened("c1.t"))
    await write(db, "c2")
    assert list(await deliveries.due()) == ["w"]
    held = await lease(deliveries)
    assert ids(held) == ["c1-1-0", "c2-1-0"]
    assert await lease(deliveries, "b") == []
    second = await done(deliveries, held[0])
    assert second is not None
    assert (second.event.id, second.attempts) == ("c1-2-0", 1)
    assert await lease(deliveries, "b") == []
    third = await done(deliveries, second)
    assert third is not None
    assert await done(deliveries, third) is None
    assert await done(deliveries, held[1]) is None
    assert list(await deliveries.due()) == []


async def test_what_is_held_by_somebody_who_died_is_sent_again(db: Database) -> None:
    """After the lease another one has it, as its second attempt; what the first one still says is heard rightly."""
    await subscribed(db)
    hour = Hour()
    deliveries = SqlDeliveries(db, clock=hour)
    await write(db, "c1", step_opened("c1.s"))
    (held,) = await lease(deliveries)
    hour.now += timedelta(seconds=61)
    (again,) = await lease(deliveries, "b")
    assert (again.event.id, again.attempts) == ("c1-1-0", 2)
    await deliveries.put_back(held, REFUSED, owner="a", due_at=hour.now + timedelta(days=1))
    await deliveries.park(held, REFUSED, owner="a")
    following = await done(deliveries, again, "b")
    assert following is not None
    assert following.event.id == "c1-2-0"
    assert await done(deliveries, held) is None  # it was taken twice, and the case goes on once
    assert [each.status for each in await deliveries.attempts(held)] == [500, 204]


async def test_what_is_put_back_holds_up_its_case_alone(db: Database) -> None:
    """Until it is due again nothing of its case is sent, and nobody looks at what stands behind it all the time."""
    await subscribed(db)
    hour = Hour()
    deliveries = SqlDeliveries(db, clock=hour)
    await write(db, "c1", step_opened("c1.s"))
    (held,) = await lease(deliveries)
    await deliveries.put_back(held, REFUSED, owner="a", due_at=hour.now + timedelta(minutes=5))
    assert await lease(deliveries) == []
    assert list(await deliveries.due()) == []
    hour.now += timedelta(minutes=4)
    assert await lease(deliveries) == []
    hour.now += timedelta(minutes=1)
    (again,) = await lease(deliveries)
    assert (again.event.id, again.fault, again.tries) == ("c1-1-0", SendFault.REFUSED, 2)


async def test_what_stands_behind_is_looked_at_once_an_hour_and_never_waits_for_that(db: Database) -> None:
    """A long line costs nothing from minute to minute; whoever dies with the next one of it leaves that due."""
    await subscribed(db)
    hour = Hour()
    deliveries = SqlDeliveries(db, clock=hour)
    await write(db, "c1", step_opened("c1.s"))
    (held,) = await lease(deliveries)
    await deliveries.put_back(held, REFUSED, owner="a", due_at=hour.now + timedelta(days=1))
    assert await lease(deliveries) == []
    hour.now += timedelta(minutes=30)
    assert list(await deliveries.due()) == []
    assert await deliveries.replay("w") == 0
    (held,) = await lease(deliveries)
    following = await done(deliveries, held)
    assert following is not None
    hour.now += timedelta(seconds=61)
    (again,) = await lease(deliveries, "b")
    assert (again.event.id, again.attempts) == ("c1-2-0", 2)


async def test_what_stands_behind_one_that_a_stopping_process_ends_is_due(db: Database) -> None:
    """Nothing more is begun by it, and nothing waits for the hour."""
    await subscribed(db)
    deliveries = SqlDeliveries(db, clock=Hour())
    await write(db, "c1", step_opened("c1.s"))
    (held,) = await lease(deliveries)
    assert await lease(deliveries) == []
    assert await deliveries.delivered(held, TAKEN, owner="a", lease_s=60, go_on=False) is None
    assert ids(await lease(deliveries, "b")) == ["c1-2-0"]


async def test_a_long_line_is_passed_over_in_several_turns(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """So much at a time and no more: meanwhile the others have their turn."""
    monkeypatch.setattr("marshrut.store.deliveries.MOST_LOOKS", 1)
    await subscribed(db)
    hour = Hour()
    deliveries = SqlDeliveries(db, clock=hour)
    steps = (step_opened(f"c1.s{number}") for number in range(2 * AT_ONCE))
    await SqlJournal(db).write("c1", story([opened(), *steps], every=0.01))
    (held,) = await lease(deliveries)
    await deliveries.put_back(held, REFUSED, owner="a", due_at=hour.now + timedelta(days=1))
    await SqlJournal(db).write("c2", [event(1, opened(), minutes=30)])
    turns = 0
    while not (found := await lease(deliveries)):
        turns += 1
        assert list(await deliveries.due()) == ["w"]
    assert (turns, ids(found)) == (1, ["c2-1-0"])


async def test_time_for_which_it_was_paused_is_no_time_for_which_it_was_tried(db: Database) -> None:
    """Who goes on after a week has three days anew for what was tried before."""
    webhooks = await subscribed(db)
    hour = Hour()
    deliveries = SqlDeliveries(db, clock=hour)
    await write(db, "c1")
    (held,) = await lease(deliveries)
    await deliveries.put_back(held, REFUSED, owner="a", due_at=hour.now + timedelta(minutes=1))
    failing = (await webhooks.standings(["w"]))["w"]
    assert (failing.failing_since, failing.fault) == (hour.now, SendFault.REFUSED)
    assert await webhooks.change(hook(paused="by_hand"), known=NOON)
    hour.now += timedelta(days=7)
    assert await webhooks.change(hook(), known=NOON)
    (again,) = await lease(deliveries)
    assert (again.begun_at, again.tries, again.attempts) == (hour.now, 1, 2)


async def test_a_subscription_that_is_narrowed_hears_nothing_more_of_other_hospitals(db: Database) -> None:
    """Neither what waits nor the log tells of them; a case that left the hospital is told of to the end."""
    webhooks = await subscribed(db)
    deliveries = SqlDeliveries(db, clock=Hour())
    await write(db, "c1", step_opened("c1.s"), e.CaseTransferred(hospital="h2"), step_opened("c1.t"))
    (held,) = await lease(deliveries)
    await deliveries.put_back(held, REFUSED, owner="a", due_at=NOON)
    assert await webhooks.change(hook(hospitals=frozenset({"h1"})), known=NOON)
    kept = await deliveries.log("w", None, None, limit=10, cursor=None)
    assert ids(kept.items) == ["c1-3-0", "c1-2-0", "c1-1-0"]
    assert await webhooks.change(hook(hospitals=frozenset({"h2"})), known=NOON)
    kept = await deliveries.log("w", None, None, limit=10, cursor=None)
    assert ids(kept.items) == ["c1-3-0"]
    assert await deliveries.attempts(held) == []


async def test_behind_a_parked_one_its_case_waits(db: Database) -> None:
    """Whatever time passes; replayed, it goes first and begins anew; let go, the rest goes without it."""
    webhooks = await subscribed(db)
    hour = Hour()
    deliveries = SqlDeliveries(db, clock=hour)
    await write(db, "c1", step_opened("c1.s"), step_opened("c1.t"))
    (held,) = await lease(deliveries)
    await deliveries.park(held, REFUSED, owner="a")
    hour.now += timedelta(days=9)
    assert await lease(deliveries) == []
    standing = (await webhooks.standings(["w"]))["w"]
    assert (standing.waiting, standing.parked, standing.fault) == (2, 1, SendFault.REFUSED)
    assert await deliveries.replay("w") == 1
    (again,) = await lease(deliveries)
    assert (again.event.id, again.tries, again.attempts, again.begun_at) == ("c1-1-0", 1, 2, hour.now)
    await deliveries.park(again, REFUSED, owner="a")
    assert not await deliveries.discard("w", "c1-2-0")
    assert await deliveries.discard("w", "c1-1-0")
    assert not await deliveries.discard("w", "c1-1-0")
    assert ids(await lease(deliveries)) == ["c1-2-0"]


async def test_one_that_is_paused_gets_nothing_and_misses_nothing(db: Database) -> None:
    """What happens meanwhile waits, and is due at once when it goes on; a removed one leaves nothing behind."""
    webhooks = await subscribed(db)
    hour = Hour()
    deliveries = SqlDeliveries(db, clock=hour)
    await webhooks.pause("w", "gone")
    await write(db, "c1", step_opened("c1.s"))
    assert list(await deliveries.due()) == []
    paused = await webhooks.get("w")
    assert paused is not None
    assert paused.paused == "gone"
    assert not await webhooks.change(hook(), known=NOON)  # somebody else changed it meanwhile
    assert await webhooks.change(hook(), known=paused.changed_at)
    assert list(await deliveries.due()) == ["w"]
    await webhooks.remove("w")
    assert (await webhooks.every(), await deliveries.due()) == ([], [])
    await swept(db, Kept.DELIVERIES, datetime.now(UTC))
    async with db.read() as conn:
        for table in (webhook_deliveries, webhook_events):
            assert await conn.scalar(sa.select(sa.func.count()).select_from(table)) == 0


async def swept(db: Database, kind: Kept, before: datetime, now: datetime = NOON) -> int:
    """What goes of these at one go."""
    return await SqlRetention(db, b"key").sweep(kind, before, now)


async def test_what_is_over_is_forgotten_and_what_is_parked_is_not(db: Database) -> None:
    """With its attempts and, once nobody is told it, its event; what waits or is parked stays."""
    await subscribed(db, hook("w"), hook("v"))
    hour = Hour()
    deliveries = SqlDeliveries(db, clock=hour)
    await write(db, "c1")
    (held,), (parked,) = await lease(deliveries), await lease(deliveries, hook="v")
    await done(deliveries, held)
    await deliveries.park(parked, REFUSED, owner="a")
    assert await swept(db, Kept.DELIVERIES, hour.now) == 0
    assert await swept(db, Kept.DELIVERIES, hour.now + timedelta(days=1)) == 1
    assert await deliveries.get("w", "c1-1-0") is None
    assert await deliveries.attempts(held) == []
    kept = await deliveries.get("v", "c1-1-0")
    assert kept is not None
    assert kept.state is DeliveryState.PARKED
    await deliveries.discard("v", "c1-1-0")
    assert await swept(db, Kept.DELIVERIES, hour.now + timedelta(days=1)) == 2


async def test_what_nobody_takes_is_let_go_in_the_end(db: Database) -> None:
    """Parked or waiting, but not what is just being sent; what stands behind it goes on. Nothing is kept for ever."""
    await subscribed(db, hook("w"), hook("v"))
    hour = Hour()
    deliveries = SqlDeliveries(db, clock=hour)
    await SqlJournal(db).write("c1", [event(1, opened()), event(2, step_opened("c1.s"), minutes=90)])
    (parked,), (held,) = await lease(deliveries), await lease(deliveries, hook="v")
    await deliveries.park(parked, REFUSED, owner="a")
    assert await swept(db, Kept.UNTOLD, NOON, hour.now) == 0
    assert await swept(db, Kept.UNTOLD, NOON + timedelta(minutes=30), hour.now) == 1
    assert ids(await lease(deliveries)) == ["c1-2-0"]
    gone = await deliveries.get("w", "c1-1-0")
    assert gone is not None
    assert (gone.state, gone.finished_at) == (DeliveryState.DISCARDED, hour.now)
    assert await done(deliveries, held) is not None


async def test_what_was_written_for_a_subscription_that_is_gone_is_forgotten(db: Database) -> None:
    """A commit that had read it before it was removed leaves something that nobody would ever send."""
    webhooks = await subscribed(db)
    deliveries = SqlDeliveries(db, clock=Hour())
    await write(db, "c1")
    await webhooks.remove("w")
    row = {"webhook_id": "w", "event_id": "c1-1-0", "case_id": "c1", "state": "pending", "due_at": NOON}
    async with db.write() as conn:
        await conn.execute(webhook_deliveries.insert(), [{**row, "attempts": 0, "tries": 0}])
    assert await swept(db, Kept.DELIVERIES, datetime.now(UTC)) == 2
    assert (await deliveries.log("w", None, None, limit=10, cursor=None)).items == []


async def test_a_thousand_behind_one_are_passed_over(db: Database) -> None:
    """However many wait behind a case's first one, what stands after them is found, and they are left in peace."""
    await subscribed(db)
    hour = Hour()
    deliveries = SqlDeliveries(db, clock=hour)
    await write(db, "c1", *(step_opened(f"c1.s{number}") for number in range(450)))
    (held,) = await lease(deliveries)
    await deliveries.put_back(held, REFUSED, owner="a", due_at=hour.now + timedelta(days=1))
    await write(db, "c2")
    assert ids(await lease(deliveries)) == ["c2-1-0"]
    assert await lease(deliveries) == []
    assert list(await deliveries.due()) == []


async def test_the_log_comes_in_pages(db: Database) -> None:
    """The newest first, by state and case, and a cursor of another list is none."""
    await subscribed(db)
    deliveries = SqlDeliveries(db, clock=Hour())
    for number in range(5):
        await write(db, f"c{number}")
    first = await deliveries.log("w", DeliveryState.PENDING, None, limit=3, cursor=None)
    rest = await deliveries.log("w", DeliveryState.PENDING, None, limit=3, cursor=first.next)
    assert ids([*first.items, *rest.items]) == [f"c{number}-1-0" for number in (4, 3, 2, 1, 0)]
    assert rest.next is None
    assert ids((await deliveries.log("w", None, "c3", limit=3, cursor=None)).items) == ["c3-1-0"]
    assert (await deliveries.log("w", DeliveryState.PARKED, None, limit=3, cursor=None)).items == []
    with pytest.raises(ValueError, match="cursor"):
        await deliveries.log("w", None, None, limit=3, cursor="bm9uZTo=")


async def test_of_many_couriers_at_once_each_event_is_held_by_one(db: Database) -> None:
    """Eight take, note and take again, while cases go on: every event is held once, and of a case in its order."""
    await subscribed(db)
    deliveries = SqlDeliveries(db, clock=Hour())
    for number in range(6):
        await write(db, f"c{number}", step_opened(f"c{number}.s0"))
    heard: list[str] = []

    async def courier(owner: str) -> None:
        idle = 0
        while idle < 3:
            held = await lease(deliveries, owner, limit=2)
            idle = 0 if held else idle + 1
            for each in held:
                following: Delivery | None = each
                while following is not None:
                    heard.append(following.event.id)
                    await asyncio.sleep(0)
                    following = await done(deliveries, following, owner)

    async def hospital() -> None:
        for turn in range(1, 5):
            for number in range(6):
                more = event(2 + turn, step_opened(f"c{number}.s{turn}"), minutes=turn)
                await SqlJournal(db).write(f"c{number}", [more])

    await asyncio.gather(hospital(), *(courier(f"o{number}") for number in range(8)))
    await courier("last")
    assert len(heard) == len(set(heard)) == 6 * 6
    for number in range(6):
        of_case = [each for each in heard if each.startswith(f"c{number}-")]
        assert of_case == [f"c{number}-{seq}-0" for seq in range(1, 7)]
