"""What is held by order of somebody: conditions by which it is spared."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from marshrut.store.tables import legal_holds, outbox

_stands = legal_holds.c.lifted_at.is_(None)


def on_hold(case_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether the case of that column is."""
    return sa.exists().where(_stands, legal_holds.c.case_id == case_id)


def mailed_of_held() -> sa.ColumnElement[bool]:
    """Whether a row of the outbox is about one: its id begins with the case's, or is of an answer to an enquiry."""
    begins = (legal_holds.c.case_id + "/", "answer/" + legal_holds.c.case_id + ".")
    return sa.exists().where(_stands, sa.or_(*(outbox.c.id.startswith(each) for each in begins)))
