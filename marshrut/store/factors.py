"""Second factors of the embedded identity provider. Each code is used once, whoever asks at the same moment."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from marshrut.ports import SealedFactor
from marshrut.store.database import Database
from marshrut.store.locks import lock
from marshrut.store.statements import upsert
from marshrut.store.tables import second_factors


class SqlFactors:
    """Second factors in SQL (port `Factors`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def factor(self, user: str) -> SealedFactor | None:
        """Theirs."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(second_factors).where(second_factors.c.user == user))).one_or_none()
        return None if row is None else SealedFactor(row.user, row.secret, row.step, _codes(row.codes), row.since)

    async def of(self, users: Collection[str]) -> Collection[str]:
        """Which of them have one."""
        query = sa.select(second_factors.c.user).where(second_factors.c.user.in_(users))
        async with self._db.read() as conn:
            return frozenset((await conn.execute(query)).scalars())

    async def put(self, factor: SealedFactor) -> None:
        """Keep it, over what there was of it."""
        row = {
            "user": factor.user,
            "secret": factor.secret,
            "step": factor.step,
            "codes": " ".join(sorted(factor.codes)),
            "since": factor.since,
        }
        async with self._db.write() as conn:
            await conn.execute(upsert(conn, second_factors), row)

    async def remove(self, user: str) -> None:
        """They have none any more."""
        async with self._db.write() as conn:
            await conn.execute(second_factors.delete().where(second_factors.c.user == user))

    async def spend(self, user: str, step: int) -> bool:
        """Whether this step is later than every one that was used; then it is used."""
        later = second_factors.update().where(second_factors.c.user == user, second_factors.c.step < step)
        async with self._db.write() as conn:
            return (await conn.execute(later.values(step=step))).rowcount == 1

    async def spend_code(self, user: str, code: str) -> bool:
        """Whether this is a code in reserve; then it is one no more."""
        async with self._db.write() as conn:
            await lock(conn, f"second-factor/{user}")
            theirs = sa.select(second_factors.c.codes).where(second_factors.c.user == user)
            left = _codes((await conn.execute(theirs)).scalar_one_or_none() or "")
            if code not in left:
                return False
            rest = " ".join(sorted(left - {code}))
            await conn.execute(second_factors.update().where(second_factors.c.user == user).values(codes=rest))
        return True


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())
