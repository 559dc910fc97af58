"""Notices as the read model gives them back, each with its step as that stands now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from marshrut.domain.handover import BY_HANDOVER
from marshrut.domain.words import Role
from marshrut.ports import NoticeFilter, Notification
from marshrut.store.filters import here
from marshrut.store.guarding import seen
from marshrut.store.rows import step_of
from marshrut.store.tables import cases, notifications, steps

NOTICES = (
    sa.select(notifications, steps.c.body, cases.c.state, cases.c.catalogue, cases.c.variants, cases.c.paused_since)
    .outerjoin(steps, steps.c.step_id == notifications.c.step_id)
    .outerjoin(cases, cases.c.case_id == notifications.c.case_id)
)


def notice_of(row: Any) -> Notification:
    """The notice of a row of `NOTICES`."""
    return Notification(
        id=row.id,
        case_id=row.case_id,
        key=row.key,
        hospital=row.hospital,
        role=Role(row.role),
        user=row.user,
        occasion=row.occasion,
        urgent=row.urgent,
        created_at=row.created_at,
        tell_at=row.tell_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        step_id=row.step_id,
        step=None if row.body is None else step_of(row),
    )


def notice_conditions(which: NoticeFilter) -> Sequence[list[sa.ColumnElement[bool]]]:
    """What a filter asks for: what is for the one person, and what is for everybody in the role."""
    told = notifications.c
    # What is for one person is no concern of the others in the role.
    to_them, to_all = [told.user == which.user], [told.user.is_(None), told.role == which.role]
    asked = [told.tell_at <= which.now]
    if which.case_id is not None:
        asked.append(told.case_id == which.case_id)
    if which.acknowledged is not None:
        asked.append(told.acknowledged_by.is_not(None) if which.acknowledged else told.acknowledged_by.is_(None))
    if which.urgent is not None:
        asked.append(told.urgent if which.urgent else ~told.urgent)
    if which.since is not None:
        asked.append(told.tell_at >= which.since)
    # Of a handover people hear through one of its cases, before that is theirs.
    guarded = [sa.or_(told.key.startswith(BY_HANDOVER), each) for each in seen(told.case_id, which.who)]
    return [
        [*whose, *here(told.hospital, which.hospital, which.hospitals, leads=whose is to_all), *guarded, *asked]
        for whose in (to_them, to_all)
    ]
