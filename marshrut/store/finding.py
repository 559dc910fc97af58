"""What a search for people asks: of whom something was told, and which cases are theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marshrut.domain.erasing import ErasureStep
from marshrut.domain.state import CaseState
from marshrut.ports import CaseFilter, CaseRef
from marshrut.store.database import Database
from marshrut.store.filters import of_cases
from marshrut.store.projection import Standing
from marshrut.store.tables import ALIVE_CASES, cases, erasures, person_marks, persons

_REF = sa.select(
    cases.c.case_id, cases.c.person_id, cases.c.ward, cases.c.bed, cases.c.opened_at, cases.c.state
).order_by(cases.c.opened_at.desc(), cases.c.case_id)
# SQLite takes so many parameters at once, and a plan does not get better by more.
AT_ONCE = 500
SEVERED = (ErasureStep.SEVERED, ErasureStep.KEYS_DESTROYED)


class SqlCaseFinder:
    """The finder in SQL (port `CaseFinder`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def told_of(self, after: int, *, alive_from: datetime | None, limit: int) -> Sequence[tuple[int, str]]:
        """Numbers of what was told after this one, and of whom: the oldest first."""
        query = sa.select(persons.c.number, persons.c.person_id).where(persons.c.number > after)
        if alive_from is not None:
            alive = sa.or_(cases.c.closed_at.is_(None), cases.c.closed_at >= alive_from)
            query = query.where(sa.exists().where(cases.c.person_id == persons.c.person_id, alive))
        async with self._db.read() as conn:
            rows = await conn.execute(query.order_by(persons.c.number).limit(limit))
            return [(row.number, row.person_id) for row in rows]

    async def of_persons(self, wanted: Collection[str], which: CaseFilter) -> Sequence[CaseRef]:
        """Their cases among these."""
        names, found = list(wanted), list[CaseRef]()
        async with self._db.read() as conn:
            for start in range(0, len(names), AT_ONCE):
                theirs = cases.c.person_id.in_(names[start : start + AT_ONCE])
                found += map(_ref, await conn.execute(_REF.where(theirs, *of_cases(which))))
        return found

    async def marked(self, marks: Collection[bytes]) -> Sequence[str]:
        """Persons who have a number with one of these marks."""
        holds = sa.and_(person_marks.c.mark.in_(marks), sa.not_(person_marks.c.wrong))
        query = sa.select(person_marks.c.person_id).distinct().where(holds)
        async with self._db.read() as conn:
            return list(await conn.scalars(query))

    async def erased(self) -> int:
        """How many erasures have been done: whoever remembers persons has to forget some when there are more."""
        done = sa.select(sa.func.count()).select_from(erasures).where(erasures.c.step.in_(SEVERED))
        async with self._db.read() as conn:
            return int(await conn.scalar(done) or 0)

    async def in_wards(self, wards: Collection[str], which: CaseFilter, *, limit: int) -> Sequence[CaseRef]:
        """The newest of these cases whose patient lies in one of the wards."""
        there = cases.c.ward.in_(wards)
        async with self._db.read() as conn:
            rows = await conn.execute(_REF.where(there, *of_cases(which)).limit(limit))
            return list(map(_ref, rows))

    async def wards(self, hospitals: Collection[str] | None) -> Sequence[str]:
        """The wards of open cases, by name."""
        query = sa.select(cases.c.ward).distinct().where(ALIVE_CASES, cases.c.ward.is_not(None))
        if hospitals is not None:
            query = query.where(cases.c.hospital.in_(hospitals))
        async with self._db.read() as conn:
            return sorted(await conn.scalars(query))

    async def cases(self, case_ids: Collection[str]) -> Sequence[CaseState]:
        """These cases, in any order."""
        query = sa.select(cases.c.snapshot).where(cases.c.case_id.in_(case_ids))
        async with self._db.read() as conn:
            return [CaseState.model_validate_json(each) for each in await conn.scalars(query)]


def _ref(row: Any) -> CaseRef:
    return CaseRef(row.case_id, row.person_id, row.ward, row.bed, row.opened_at, row.state == Standing.CLOSED)
