"""A visit's true sequence of events, however it arrives, ends in the same case: through the real intake.

Messages of dozens of visits are shuffled, repeated and delayed, by HTTP and over sockets, with a seed. What hospitals
said, how the case stands and what there is to do is then what it is where everything came in order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from marshrut.domain.ids import case_id
from marshrut.domain.planned import planned_day
from marshrut.domain.state import CaseState
from tests.e2e.hospital import Hospital, hospital
from tests.e2e.visits import Visit
from tests.fixtures.engine import eventually
from tests.fixtures.system import System, running

SEED = 20261130
SHUFFLINGS = 6  # of each sequence
WAVES = 3
DAY = 24 * 60


@dataclass(frozen=True)
class Event:
    """What happened, so many minutes after the admission."""

    name: str
    minutes: int
    told: dict[str, Any]


def event(name: str, minutes: int, **told: Any) -> Event:
    """An event of a true sequence."""
    return Event(name, minutes, told)


def planned(minutes: int, days: int) -> Event:
    """A stay that lies ahead is announced, or moved to another day."""
    day = f"{datetime.now(UTC) + timedelta(days=days):%Y%m%d100000+0000}"
    return event("A05", minutes, pv1={2: "P", 4: "R", 18: "", 44: ""}, more=(f"PV2||||||||{day}",))


MOVES = (
    event("A02", 60, place="НЕВРО^214^1"),
    event("A08", 90, pid={11: "ул. Первая^^Москва", 13: "+7 495 0000777"}),
    event("A02", 120, place="РЕАН^1^4"),
)
MOVED_HOME = event("A08", 200, pid={11: "ул. Вторая^^Москва", 13: ""}, more=("NK1|1|Крылова^Зинаида|NBR",))
SEQUENCES: dict[str, Sequence[Event]] = {
    "left, came back, left": (
        event("A01", 0), *MOVES, event("A03", DAY), event("A13", DAY + 30), event("A03", DAY + 90, pv1={36: "01"}),
    ),
    "left and came back": (event("A01", 0), event("A03", DAY), MOVED_HOME, MOVES[1], event("A13", DAY + 30)),
    "cancelled by mistake": (
        event("A01", 0), MOVES[0], event("A11", 120), event("A01", 180), MOVED_HOME,
        event("A02", 240, place="ТЕР^5^1"),
    ),
    "admitted anew": (
        event("A01", 0), MOVES[0], event("A11", 120), event("A01", 180, since=180),
        event("A02", 240, place="ТЕР^5^1", since=180), event("A08", 260, since=180),
    ),
    "cancelled": (event("A01", 0), MOVES[0], event("A08", 90), event("A11", 120)),
    "moved back": (event("A01", 0), *MOVES, event("A12", 150, place="НЕВРО^214^1"), event("A31", 160)),
    "to the ward and back": (
        event("A04", 0, pv1={2: "E"}), event("A06", 60, place="НЕВРО^214^1"), event("A02", 120, place="РЕАН^1^4"),
        event("A07", 900, pv1={2: "O", 4: "R", 18: ""}), event("A06", 1020, place="ТЕР^5^1", pv1={4: "R", 18: ""}),
        event("A03", DAY),
    ),
    "an outpatient after all": (
        event("A04", 0, pv1={2: "E"}), event("A06", 60), MOVES[2], event("A07", DAY), MOVED_HOME,
    ),
    "planned, and on another day": (planned(0, 9), event("A08", 20), planned(30, 12), planned(60, 10)),
    "planned and called off": (planned(0, 9), event("A38", 30)),
    "planned, called off, planned anew": (planned(0, 9), event("A38", 30), planned(60, 12)),
    "planned, and came": (planned(0, 9), planned(30, 12), event("A01", 60, since=60), MOVES[2], event("A03", DAY)),
    "called off, and came after all": (
        planned(0, 9), event("A38", 30), event("A01", 60, since=60), event("A02", 120, place="ТЕР^5^1", since=60),
    ),
    "died": (event("A01", 0), *MOVES, event("A03", DAY, pv1={36: "20"})),
    "died, and told twice": (
        event("A01", 0), MOVES[0], event("A08", DAY, pid={30: "Y"}), event("A03", DAY, pv1={36: "41"}),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system of its own: nobody else has anything on its way."""
    async with running(tmp_path_factory.mktemp("shuffled")) as system:
        yield system


class Deliveries:
    """Sends messages and looks at what became of them."""

    def __init__(self, system: System, sender: Hospital) -> None:
        self._system = system
        self._sender = sender

    def visit(self) -> Visit:
        """A visit of its own."""
        return Visit(self._sender)

    async def send(self, raw: bytes, turn: int) -> None:
        """By HTTP and by a socket in turn; acknowledged."""
        answer = await self._sender.send(raw, turn)
        assert answer.code == "AA", answer.raw

    async def carried(self, *, all_of_it: bool = True) -> None:
        """Once nothing is on its way any more; with all of it, nothing waits for its case either."""

        async def at_rest() -> bool:
            waiting = ["held", "pending"] if all_of_it else ["pending"]
            return not [row for state in waiting for row in await self._sender.inbox.all(state=state)]

        assert await eventually(at_rest)

    async def stands(self, visit: Visit) -> dict[str, Any]:
        """How the visit's case stands, and what is known of its patient."""
        keys = self._system.parts.keys
        found = await self._system.parts.api.queries.case(case_id(keys.ids, visit.facility, visit.number))
        assert found is not None
        card = await self._sender.card(found.case_id)
        known = {name: value for name, value in card["patient"].items() if name != "mrn"}
        return stands(found, visit) | {"known": known, "near": card["contacts"]}


def stands(case: CaseState, visit: Visit) -> dict[str, Any]:
    """What hospitals said of the patient, with its times, how the case stands, and what there is to do."""
    said = {report.value: (at - visit.began).total_seconds() / 60 for report, at in case.reports.items()}
    return {
        "said": said,
        "place": (case.ward, case.bed),
        "day": planned_day(case) if case.awaited else None,
        "ending": case.ending,
        "closed": case.closed,
        "to_do": sorted(f"{step.track}.{step.name}" for step in case.live_steps),
        "items": sorted((item.kind, item.name, item.status) for item in case.items.values()),
    }


async def test_however_it_arrives_it_ends_in_the_same_case(city: System) -> None:
    """Shuffled, repeated and delayed in dozens of ways: the same as in order."""
    draw = Random(SEED)
    async with hospital(city) as sender:
        deliveries = Deliveries(city, sender)
        expected = {name: await in_order(deliveries, events) for name, events in SEQUENCES.items()}
        visits = [(name, deliveries.visit()) for name in SEQUENCES for _ in range(SHUFFLINGS)]
        waves: list[list[bytes]] = [[] for _ in range(WAVES)]
        for name, visit in visits:
            for told in SEQUENCES[name]:
                raw = visit.message(told.name, told.minutes, **told.told)
                for _ in range(draw.choice((1, 1, 2, 3))):
                    draw.choice(waves).append(raw)
        for wave in waves:
            draw.shuffle(wave)
            for turn, raw in enumerate(wave):
                await deliveries.send(raw, turn)
            await deliveries.carried(all_of_it=False)
        await deliveries.carried()
        wrong = {
            f"{name} ({number})": found
            for number, (name, visit) in enumerate(visits)
            if (found := await deliveries.stands(visit)) != expected[name]
        }
        assert wrong == {}, expected


async def in_order(deliveries: Deliveries, events: Sequence[Event]) -> dict[str, Any]:
    """How a case stands whose events came as they happened, one after the other."""
    visit = deliveries.visit()
    for told in events:
        await deliveries.send(visit.message(told.name, told.minutes, **told.told), told.minutes)
        await deliveries.carried()
    return await deliveries.stands(visit)
