"""Two hundred rungs that were put off to one opening hour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from zlib import crc32

import pytest
import sqlalchemy as sa
from temporalio.testing import WorkflowEnvironment

from marshrut.domain import events as e
from marshrut.domain.calendar import Offset, Shift, Timetable
from marshrut.domain.ladder import SPREAD_S
from marshrut.domain.slice import STANDARD, TEAM, Slice, StepRule
from marshrut.domain.words import Role
from marshrut.ports import MailState
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.rebuild import verify
from marshrut.store.tables import journal, notifications, outbox, steps
from tests.fixtures.cases import CATALOGUE, DAY, HIS, HOUR, admission, command
from tests.fixtures.engine import Patient, Shelf, Ward, eventually
from workflows.contact import FirstContact
from workflows.expected import ExpectedDate

PATIENTS = 200
AT_ONCE = 20
OPENS = 9 * HOUR
# The server that skips time may go a little too far.
TOO_FAR = timedelta(minutes=1)


class Books(Shelf):
    """What a journey tells is put into SQL as well."""

    def __init__(self, sql: SqlJournal) -> None:
        super().__init__()
        self._sql = sql

    async def write(self, case_id: str, events: Sequence[e.Event]) -> int:
        held = await super().write(case_id, events)
        assert await self._sql.write(case_id, events) >= held
        return held


@pytest.fixture
async def booked_ward(calm_engine: WorkflowEnvironment, db: Database) -> AsyncIterator[Ward]:
    """A ward whose journal is a real one; its worker remembers half of the patients at a time."""
    ward = Ward(calm_engine, Books(SqlJournal(db)))
    await ward.work()
    yield ward
    await ward.stop_working()


def open_only(on: datetime) -> Slice:
    """The first contact and its ladder, and a team that is there on this day of the week, by UTC, and on no other.

    When the patient will leave is asked too, as it is of everybody from the first morning on, but without a clock.
    """
    shift = Shift(opens=OPENS // timedelta(minutes=1), closes=18 * 60)
    week = tuple(shift if day == on.weekday() else None for day in range(7))
    team = Timetable(zone="UTC", offsets=(Offset(since=datetime(2000, 1, 1, tzinfo=UTC), minutes=0),), week=week)
    return Slice(
        version="one-opening",
        steps={
            FirstContact.name(): CATALOGUE.steps[FirstContact.name()],
            ExpectedDate.name(): StepRule(role=Role.DOCTOR, clock=None),
        },
        reasons={},
        timetables={TEAM: team},
        calendars={},
        ladders={STANDARD: CATALOGUE.ladders[STANDARD]},
        waits=CATALOGUE.waits,
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_two_hundred_rungs_at_one_opening(booked_ward: Ward, db: Database) -> None:
    """Of 200 cases whose rungs wait for one opening each tells people once, within the minute after, and none is lost.

    All four rungs of a first contact are reached before the team is there; of these the highest is climbed.
    """
    admitted_at = datetime.now(UTC).replace(microsecond=0)
    opening = (admitted_at + 4 * DAY).replace(hour=0, minute=0, second=0) + OPENS
    catalogue = open_only(opening)
    patients = [booked_ward.patient(catalogue) for _ in range(PATIENTS)]
    await everybody_waits(patients, admitted_at, opening + timedelta(seconds=SPREAD_S))

    async with db.read() as conn:
        climbed = (await conn.execute(sa.select(journal.c.case_id).where(journal.c.kind == "step_escalated"))).all()
        told = (await conn.execute(sa.select(notifications))).all()
        mails = (await conn.execute(sa.select(outbox))).all()
        due = set((await conn.execute(sa.select(steps.c.due_at))).scalars())
    everybody = sorted(patient.case_id for patient in patients)
    assert sorted(row.case_id for row in climbed) == everybody
    assert sorted(row.case_id for row in told) == everybody
    assert {(row.occasion, row.role) for row in told} == {("rung.centre", "placement")}
    assert sorted((row.id, row.due_at) for row in mails) == sorted((row.id, row.tell_at) for row in told)
    assert {row.state for row in mails} == {MailState.PENDING}
    assert due == {admitted_at + 24 * HOUR, None}
    after = {row.case_id: row.tell_at - opening for row in told}
    for case_id, late in after.items():
        planned = timedelta(seconds=crc32(case_id.encode()) % SPREAD_S)
        assert planned <= late < planned + TOO_FAR
    assert len({late // timedelta(seconds=1) for late in after.values()}) > SPREAD_S / 2
    assert [finding async for finding in verify(db, engine=booked_ward.journeys)] == []


async def everybody_waits(patients: Sequence[Patient], admitted_at: datetime, until: datetime) -> None:
    """Have everybody come in, and only then time pass for each."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def comes(patient: Patient) -> None:
        async with turn:
            await patient.admit(command(admission(admitted_at=admitted_at), HIS))

    async def waits(patient: Patient) -> None:
        async def climbed() -> bool:
            return "step_escalated" in patient.kinds

        async with turn:
            assert await patient.forward(until - datetime.now(UTC))
            await eventually(climbed)
            await patient.settled()

    await asyncio.gather(*map(comes, patients))
    await asyncio.gather(*map(waits, patients))
