"""How long lists are (port `Counts`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from marshrut.ports import CaseFilter, CommandState, StepFilter
from marshrut.store.database import Database
from marshrut.store.filters import of_cases, of_steps
from marshrut.store.tables import HELD, PARKED, PENDING, cases, commands, steps

# Of these there are few, each found by an index of its own.
COUNTED = {CommandState.PENDING: PENDING, CommandState.HELD: HELD, CommandState.PARKED: PARKED}


class SqlCounts:
    """Counted by the conditions of the lists."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def cases(self, which: CaseFilter) -> Mapping[str, int]:
        """How many cases `Queries.cases` would list."""
        return await self._by(cases.c.hospital, sa.select(sa.func.count()).where(*of_cases(which)))

    async def steps(self, which: StepFilter) -> Mapping[str, int]:
        """How many steps `Queries.steps` would list."""
        listed = sa.select(sa.func.count()).select_from(steps.join(cases, cases.c.case_id == steps.c.case_id))
        return await self._by(steps.c.hospital, listed.where(*of_steps(which)))

    async def commands(self, state: CommandState, hospitals: Collection[str] | None) -> Mapping[str, int]:
        """How many commands and messages stand so: pending, held or parked."""
        counted = sa.select(sa.func.count()).where(COUNTED[state])
        if hospitals is not None:
            counted = counted.where(commands.c.hospital.in_(hospitals))
        return await self._by(commands.c.hospital, counted)

    async def _by(self, hospital: sa.Column[Any], counted: sa.Select[Any]) -> Mapping[str, int]:
        async with self._db.read() as conn:
            rows = await conn.execute(counted.add_columns(hospital).group_by(hospital))
            return {code: count for count, code in rows}
