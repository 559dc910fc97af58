"""Effects that SQL itself can bring about: a notice for those who should look."""

from __future__ import annotations

from marshrut.domain.state import Effect
from marshrut.ports import Clock
from marshrut.store.database import Database
from marshrut.store.statements import insert_new
from marshrut.store.tables import notifications
from marshrut.store.types import utc_now

NOTIFY = "notify"


class SqlEffects:
    """Notices in SQL (port `Effects`). The notice's id follows from the effect's key, so it is left once."""

    def __init__(self, db: Database, *, clock: Clock = utc_now) -> None:
        self._db = db
        self._clock = clock

    async def perform(self, case_id: str, hospital: str, effect: Effect) -> str:
        """Leave the notice, or find it left: `sent`. `unknown_effect` when nobody here can do what is asked."""
        if effect.effect != NOTIFY:
            return "unknown_effect"
        row = {
            "id": f"{case_id}/{effect.key}",
            "case_id": case_id,
            "step_id": effect.about,
            "hospital": hospital,
            "role": effect.role,
            "effect": effect.effect,
            "created_at": self._clock(),
        }
        async with self._db.write() as conn:
            await conn.execute(insert_new(conn, notifications), row)
        return "sent"
