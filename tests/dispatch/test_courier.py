"""Subscribers are told what happened: at least once, of a case in order, whatever fails, and none waits for another."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook as Verifier

from marshrut.adapters.keys import Keys
from marshrut.adapters.vault import EnvelopeVault
from marshrut.adapters.webhooks.sender import HttpSender
from marshrut.adapters.webhooks.targets import Targets
from marshrut.dispatch.courier import AT_ONCE, LEASE_S, TRIED_FOR, Courier, due_again
from marshrut.dispatch.parcel import Address, Parcels, Secret
from marshrut.domain import events as e
from marshrut.ports import Delivery, DeliveryState, OutwardEvent, SendFault, Sent, Unavailable, Webhook
from marshrut.store.database import Database
from marshrut.store.deliveries import SqlDeliveries
from marshrut.store.journal import SqlJournal
from marshrut.store.webhooks import SqlWebhooks
from tests.fixtures.databases import BOTH, chosen
from tests.fixtures.receiver import Received, Receiver
from tests.store.stories import NOON, event, fresh_id, opened, step_opened, story

ROOT = Path(__file__).parents[2]
SECRET = "whsec_" + "A" * 43 + "="
KEYS = Keys("k", b"i" * 32, b"r" * 32, b"p" * 32, b"t" * 32)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, and the other one where several work at once; what SQL is asked is asked of both in tests/store."""
    return chosen(request)


class Hour:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Post:
    """A courier and what it works with."""

    def __init__(self, db: Database, hour: Hour, sender: HttpSender | None = None) -> None:
        self.hour = hour
        self.db = db
        self.webhooks = SqlWebhooks(db, clock=hour)
        self.deliveries = SqlDeliveries(db, clock=hour)
        self.parcels = Parcels(EnvelopeVault(KEYS), sender or HttpSender(Targets(["127.0.0.1"]), now=hour), now=hour)
        self.courier = self.another()

    def another(self) -> Courier:
        return Courier(self.webhooks, self.deliveries, self.parcels, now=self.hour, poll_s=0.01)

    async def subscribe(self, receiver: Receiver, name: str = "w") -> None:
        target = self.parcels.seal(name, Address(name, receiver.url, (Secret(SECRET),)))
        assert await self.webhooks.add(Webhook(name, target, None, None, None, "root", NOON, NOON))

    async def write(self, case_id: str, *bodies: e.Body) -> None:
        await SqlJournal(self.db).write(case_id, story([opened(), *bodies]))

    async def round(self) -> None:
        """Everything that is due now is tried."""
        await self.courier.round()
        await self.courier.settled()

    async def states(self, name: str = "w") -> dict[str, DeliveryState]:
        page = await self.deliveries.log(name, None, None, limit=100, cursor=None)
        return {each.event.id: each.state for each in page.items}


@pytest.fixture
def hour() -> Hour:
    """An hour after noon."""
    return Hour()


@pytest.fixture
def post(db: Database, hour: Hour) -> Post:
    """A courier that looks when it is asked to."""
    return Post(db, hour)


def says(*lines: str) -> Callable[[Received], Awaitable[str]]:
    """One line after the other, the last for good."""
    left = list(lines)

    async def answer(_message: Received) -> str:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


@BOTH
async def test_what_happens_is_told_in_its_order_and_can_be_verified(post: Post, receiver: Receiver) -> None:
    """One round tells a whole case, each event once, signed; the next round tells nothing."""
    await post.subscribe(receiver)
    await post.write("c1", step_opened("c1.s"), e.StepCompleted(step_id="c1.s", outcome={"result": "ok"}))
    await post.round()
    await post.round()
    assert receiver.types == [f"marshrut.{each}.v1" for each in ("case.opened", "step.opened", "step.completed")]
    for message in receiver.received:
        # The clock of this test stands; `test_sender` has the library verify by the real one.
        signature = Verifier(SECRET).sign(message.id, post.hour.now, message.body.decode())
        assert message.headers["webhook-signature"] == signature
        assert message.event["id"] == message.id
    assert set((await post.states()).values()) == {DeliveryState.DELIVERED}


@BOTH
async def test_what_is_not_taken_is_sent_again_later_and_other_cases_go_on(post: Post, receiver: Receiver) -> None:
    """The same message under the same id, after a pause that grows; what follows in its case waits for it."""
    await post.subscribe(receiver)
    await post.write("c1", step_opened("c1.s"))
    receiver.answer = says("500 No", "500 No", "200 OK")
    await post.round()
    await post.round()
    assert len(receiver.received) == 1
    post.hour.move(seconds=13)
    await post.round()
    post.hour.move(seconds=13)
    await post.round()
    assert len(receiver.received) == 2
    await post.write("c2")
    await post.round()
    assert [each.id for each in receiver.taken] == ["c2-1-0"]
    post.hour.move(seconds=20)
    await post.round()
    assert [each.id for each in receiver.received] == ["c1-1-0", "c1-1-0", "c2-1-0", "c1-1-0", "c1-2-0"]
    assert len({each.body for each in receiver.received if each.id == "c1-1-0"}) == 1


async def test_after_three_days_it_is_parked_and_can_be_replayed(post: Post, receiver: Receiver) -> None:
    """About hourly, then no more; replayed, the case goes on from there, in order."""
    await post.subscribe(receiver)
    await post.write("c1", step_opened("c1.s"))
    receiver.answer = says("500 No")
    while (await post.states())["c1-1-0"] is DeliveryState.PENDING:
        await post.round()
        post.hour.move(minutes=10)
    assert TRIED_FOR < post.hour.now - NOON - timedelta(hours=1) < TRIED_FOR + timedelta(minutes=30)
    assert 70 < len(receiver.received) < 90
    post.hour.move(days=30)
    await post.round()
    assert {each.id for each in receiver.received} == {"c1-1-0"}
    receiver.answer = says("200 OK")
    assert await post.deliveries.replay("w") == 1
    await post.round()
    assert [each.id for each in receiver.taken] == ["c1-1-0", "c1-2-0"]


async def test_who_is_gone_is_told_nothing_until_somebody_says_so(post: Post, receiver: Receiver) -> None:
    """410 pauses the subscription; what waits is kept."""
    await post.subscribe(receiver)
    await post.write("c1")
    receiver.answer = says("410 Gone")
    await post.round()
    post.hour.move(days=9)
    await post.round()
    webhook = await post.webhooks.get("w")
    assert webhook is not None
    assert (webhook.paused, len(receiver.received)) == ("gone", 1)
    receiver.answer = says("200 OK")
    await post.webhooks.change(replace(webhook, paused=None), known=webhook.changed_at)
    await post.round()
    assert [each.id for each in receiver.taken] == ["c1-1-0"]


async def test_a_subscriber_that_never_answers_keeps_nobody_waiting(
    post: Post, receiver: Receiver, other: Receiver
) -> None:
    """It has so many messages on their way and no more, while the others are told at once, also of the same cases."""
    await post.subscribe(receiver, "silent")
    await post.subscribe(other, "w")
    silence = asyncio.Event()

    async def silent(_message: Received) -> str:
        await silence.wait()
        return "200 OK"

    receiver.answer = silent
    running = asyncio.create_task(post.courier.run())
    for number in range(10):
        await post.write(f"c{number}", step_opened(f"c{number}.s"))
    async with asyncio.timeout(20):
        while len(other.taken) < 20 or len(receiver.received) < AT_ONCE:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    assert (len(receiver.received), receiver.taken) == (AT_ONCE, [])
    silence.set()
    async with asyncio.timeout(20):
        while len(receiver.taken) < 20:
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.wait([running])


async def test_what_is_on_its_way_when_the_process_stops_ends_well(post: Post, receiver: Receiver) -> None:
    """It is noted as taken, and nothing more of the case is begun."""
    await post.subscribe(receiver)
    await post.write("c1", step_opened("c1.s"))
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow(_message: Received) -> str:
        asked.set()
        await go.wait()
        return "200 OK"

    receiver.answer = slow
    running = asyncio.create_task(post.courier.run())
    await asked.wait()
    running.cancel()
    await asyncio.sleep(0.05)
    go.set()
    await asyncio.wait([running])
    assert await post.states() == {"c1-1-0": DeliveryState.DELIVERED, "c1-2-0": DeliveryState.PENDING}
    await post.round()
    assert [each.id for each in receiver.taken] == ["c1-1-0", "c1-2-0"]


# Everything that a worker's courier has, but for the rest of the worker.
ALONE = """
import asyncio, sys
from marshrut.store.database import Database
from tests.dispatch.test_courier import Hour, Post
post = Post(Database(sys.argv[1]), Hour())
asyncio.run(post.courier.run())
"""


@BOTH
async def test_a_process_that_dies_between_sending_and_noting_costs_a_second_message(
    post: Post, database_url: str, receiver: Receiver
) -> None:
    """Killed when the subscriber had taken it: another one sends it again after the lease, under the same id."""
    await post.subscribe(receiver)
    await post.write("c1", step_opened("c1.s"))
    asked = asyncio.Event()

    async def takes_and_says_nothing(message: Received) -> str:
        receiver.taken.append(message)
        asked.set()
        await asyncio.sleep(60)
        return ""

    receiver.answer = takes_and_says_nothing
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", ALONE, database_url, cwd=ROOT)
    async with asyncio.timeout(60):
        await asked.wait()
    process.send_signal(signal.SIGKILL)
    await process.wait()
    receiver.answer = says("200 OK")
    await post.round()
    assert [each.id for each in receiver.taken] == ["c1-1-0"]
    post.hour.move(seconds=LEASE_S + 1)
    await post.round()
    assert [each.id for each in receiver.taken] == ["c1-1-0", "c1-1-0", "c1-2-0"]
    first = await post.deliveries.get("w", "c1-1-0")
    assert first is not None
    assert [each.attempt for each in await post.deliveries.attempts(first)] == [2]


class Storm:
    """A sender whose messages get lost, or whose answers do; a port like any other, with nothing on a wire."""

    def __init__(self, chance: random.Random, calm: float, hour: Hour) -> None:
        self.chance = chance
        self.calm = calm
        self.hour = hour
        self.heard: dict[str, list[str]] = defaultdict(list)

    async def refusal(self, _url: str) -> SendFault | None:
        return None

    async def send(self, url: str, _secrets: Sequence[str], message_id: str, _body: bytes) -> Sent:
        await asyncio.sleep(0)
        lot = self.chance.random()
        if lot < self.calm:
            self.heard[url].append(message_id)
            return Sent(self.hour.now, 1, 200)
        if lot < (1 + self.calm) / 2:
            self.heard[url].append(message_id)  # taken, and the answer is lost
        if self.chance.random() < 0.3:
            raise Unavailable("sql")  # whoever sent it dies before it notes anything
        return Sent(self.hour.now, 1, None, SendFault.TIMEOUT)


@pytest.fixture
def fresh(db: Database) -> Callable[[], Awaitable[None]]:
    """Empties what the examples of a property leave behind."""
    webhooks = SqlWebhooks(db)

    async def emptied() -> None:
        for each in await webhooks.every():
            await webhooks.remove(each.id)

    return emptied


ANY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
STORMS = given(seed=st.integers(0, 2**32), calm=st.sampled_from([0.4, 0.6, 0.9]), couriers=st.integers(1, 3))


@settings(ANY, max_examples=5)
@STORMS
async def test_each_event_reaches_each_subscriber_in_its_cases_order(
    db: Database, fresh: Callable[[], Awaitable[None]], seed: int, calm: float, couriers: int
) -> None:
    """Whatever gets lost, whoever dies and however many couriers run: at least once, and first times in order."""
    await weathered(db, fresh, seed, calm, couriers)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@settings(ANY, max_examples=2)
@STORMS
async def test_each_event_reaches_each_subscriber_on_postgresql(
    db: Database, fresh: Callable[[], Awaitable[None]], seed: int, calm: float, couriers: int
) -> None:
    """The same on the other database."""
    await weathered(db, fresh, seed, calm, couriers)


async def weathered(db: Database, fresh: Callable[[], Awaitable[None]], seed: int, calm: float, couriers: int) -> None:
    """What a storm leaves of two subscribers' messages."""
    await fresh()
    chance, hour = random.Random(seed), Hour()
    storm = Storm(chance, calm, hour)
    post = Post(db, hour)
    post.parcels = Parcels(EnvelopeVault(KEYS), storm, now=hour)
    team = [post.another() for _ in range(couriers)]
    cases = [fresh_id("c") for _ in range(3)]  # also of an example that comes again
    told: dict[str, int] = dict.fromkeys(cases, 0)
    for name in ("w", "v"):
        target = post.parcels.seal(name, Address(name, f"https://{name}.example.org/", (Secret(SECRET),)))
        await post.webhooks.add(Webhook(name, target, None, None, None, "root", NOON, NOON))

    for turn in range(400):
        if turn < 8:  # it happens while it is told
            case = chance.choice(cases)
            bodies: list[e.Body] = [step_opened(f"{case}.s{told[case] + more}") for more in range(chance.randint(1, 3))]
            bodies = bodies if told[case] else [opened(), *bodies]
            numbered = [event(told[case] + 1 + place, body) for place, body in enumerate(bodies)]
            await SqlJournal(db).write(case, numbered)
            told[case] += len(numbered)
        for courier in chance.sample(team, len(team)):
            await courier.round()
        for courier in team:
            await courier.settled()
        hour.move(minutes=chance.choice([1, 30]))
        for name in ("w", "v"):
            await post.deliveries.replay(name)
        standing = (await post.webhooks.standings(["w", "v"])).values()
        if turn >= 8 and not any(each.waiting or each.parked for each in standing):
            break
    for name in ("w", "v"):
        heard = storm.heard[f"https://{name}.example.org/"]
        for case in cases:
            first_times = [each for each in dict.fromkeys(heard) if each.startswith(f"{case}-")]
            assert first_times == [f"{case}-{seq}-0" for seq in range(1, told[case] + 1)]
            # What comes again comes before the next one comes.
            again = [int(each.split("-")[-2]) for each in heard if each.startswith(f"{case}-")]
            assert again == sorted(again)


def test_pauses_grow_to_an_hour_and_end_after_three_days() -> None:
    """Ten seconds, twice that, ... an hour at most, some chance about it, patience that is asked for, and an end."""
    told = OutwardEvent("c-1-0", "marshrut.case.opened.v1", "c", 1, 0, "h1", "c", NOON, "{}")
    delivery = Delivery(1, "w", told, DeliveryState.PENDING, NOON, 1, 1, NOON, None, None)
    refused = Sent(NOON, 1, 500, SendFault.REFUSED)
    for tries, usual in ((1, 10), (2, 20), (5, 160), (12, 3600), (70, 3600)):
        again = due_again(replace(delivery, tries=tries), refused, NOON)
        assert again is not None
        assert 0.79 * usual < (again - NOON).total_seconds() < 1.21 * usual
    patient = due_again(delivery, replace(refused, again_after_s=600.0), NOON)
    assert patient == NOON + timedelta(minutes=10)
    assert due_again(delivery, refused, NOON + TRIED_FOR - timedelta(seconds=1)) == NOON + TRIED_FOR
    assert due_again(delivery, refused, NOON + TRIED_FOR) is None
