"""Who needs to know of a guarded case, said to SQL: `marshrut.domain.guarding.hidden`; a test holds the two together.

And which cases a machine sent something of: those of its commands that were done.

One condition for all lists, by the id of the case: of the few cases that are guarded an index is asked, and what is
not among them costs nothing more.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from marshrut.domain.guarding import OF_THE_OWNER, SENDER, Onlooker
from marshrut.domain.handover import BY_HANDOVER
from marshrut.domain.words import Role
from marshrut.store.tables import cases, commands, notifications, steps

Condition = sa.ColumnElement[bool]
# To make a condition takes longer than SQL takes to answer it: those of so many lists and lookers are kept.
KEPT = 1024


def seen(
    case_id: sa.ColumnElement[Any], who: Onlooker | None, user: sa.ColumnElement[str] | None = None
) -> list[Condition]:
    """What is to hold of a case, so that it is there for them; nothing, if nobody asks whether they need to know.

    `user`: who they are, where a statement is built before that is known.
    """
    if who is None:
        return []
    return [_kept(case_id, who) if user is None else _there(case_id, user, who.role)]


@lru_cache(maxsize=KEPT)
def _kept(case_id: sa.ColumnElement[Any], who: Onlooker) -> Condition:
    return _there(case_id, sa.literal(who.user, sa.Text), who.role)


def _there(case_id: sa.ColumnElement[Any], user: sa.ColumnElement[str], role: Role) -> Condition:
    if role is SENDER:
        return _sent(case_id, user)
    # PostgreSQL would look at every guarded case there ever was to join them: each row asks for itself instead.
    return sa.func.coalesce(sa.not_(_hidden(case_id, user, role)), sa.true())


def _sent(case_id: sa.ColumnElement[Any], user: sa.ColumnElement[str]) -> Condition:
    theirs = commands.alias("sent_command")
    return sa.exists().where(
        theirs.c.case_id == case_id,
        theirs.c.actor == user,
        # As the index has it.
        theirs.c.role == sa.literal_column("'integrator'"),
        theirs.c.state == sa.literal_column("'done'"),
    )


def _hidden(case_id: sa.ColumnElement[Any], user: sa.ColumnElement[str], role: Role) -> Condition:
    guarded, theirs = cases.alias("guarded_case"), steps.alias("their_step")
    live = theirs.c.state.in_([sa.literal_column("'open'"), sa.literal_column("'claimed'")])
    goes_on = guarded.c.state != sa.literal_column("'closed'")
    works = sa.and_(
        sa.or_(sa.func.coalesce(theirs.c.assignee, "") == user, sa.func.coalesce(theirs.c.done_by, "") == user),
        sa.or_(live, goes_on),
    )
    owned = [guarded.c.owner.is_(None)] if role is OF_THE_OWNER else []
    may_take = sa.and_(live, theirs.c.assignee.is_(None), theirs.c.role == role, *owned)
    works_on_it = sa.exists().where(theirs.c.case_id == guarded.c.case_id, sa.or_(works, may_take))
    return sa.exists().where(
        guarded.c.case_id == case_id,
        guarded.c.guarded.is_not(None),
        sa.func.coalesce(guarded.c.owner, "") != user,
        sa.not_(works_on_it.correlate(guarded)),
        sa.not_(sa.and_(goes_on, _asked(guarded, user, role))),
    )


def _asked(guarded: sa.FromClause, user: sa.ColumnElement[str], role: Role) -> Condition:
    """Whether they see to what was told in the case, or their whole role was told and nobody sees to it yet."""
    notice, about = notifications.alias("their_notice"), steps.alias("their_step")
    over = about.c.state.not_in([sa.literal_column("'open'"), sa.literal_column("'claimed'")])
    told = [
        notice.c.acknowledged_by.is_(None),
        sa.func.coalesce(notice.c.user, "") == "",
        notice.c.role == role,
        sa.not_(sa.exists().where(about.c.step_id == notice.c.step_id, over).correlate(notice)),
    ]
    if role is OF_THE_OWNER:
        told.append(sa.or_(guarded.c.owner.is_(None), notice.c.urgent))
    sees_to_it = sa.func.coalesce(notice.c.acknowledged_by, "") == user
    theirs = sa.exists().where(
        notice.c.case_id == guarded.c.case_id,
        sa.not_(notice.c.key.startswith(BY_HANDOVER)),
        sa.or_(sees_to_it, sa.and_(*told)),
    )
    return theirs.correlate(guarded)
