"""Which commands are due. Those of people go one by one; the messages about one case form a lane and keep its order."""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.ports import CommandKind
from marshrut.store.statements import held_seq
from marshrut.store.tables import commands
from marshrut.store.types import UtcTime

_now = sa.bindparam("now", type_=UtcTime)
_other = commands.alias("other")
# While one message of a lane is held, or an older one waits (if only for its next attempt), none is given out.
_lane_busy = sa.exists().where(
    _other.c.case_id == commands.c.case_id,
    sa.text("other.state = 'pending'"),
    _other.c.kind == CommandKind.MESSAGE,
    _other.c.number != commands.c.number,
    sa.or_(_other.c.number < commands.c.number, _other.c.lease_until > _now),
)

# Parameters: `now`, `most`.
DUE = (
    sa.select(commands, held_seq(commands.c.case_id).label("held"))
    .where(
        sa.text("commands.state = 'pending'"),
        sa.func.coalesce(commands.c.lease_until, _now) <= _now,
        sa.func.coalesce(commands.c.due_at, _now) <= _now,
        sa.or_(commands.c.kind == CommandKind.PERSON, ~_lane_busy),
    )
    .order_by(commands.c.number)
    .limit(sa.bindparam("most", type_=sa.Integer))
    # A row that is being finished at this moment is not waited for.
    .with_for_update(of=commands, skip_locked=True)
)
