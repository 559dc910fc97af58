"""Whom commands told about, and by what numbers they are found."""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.store.tables.base import metadata
from marshrut.store.types import Number, UtcTime

# Which commands told about whom, and when that was so. What a referral says is `hearsay`: a hospital knows better.
persons = sa.Table(
    "persons",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("number", Number, sa.ForeignKey("commands.number"), primary_key=True, autoincrement=False),
    sa.Column("told_at", UtcTime, nullable=False),
    sa.Column("hearsay", sa.Boolean, nullable=False),
)

# By what numbers persons are found, under a keyed hash of field and number: equal numbers can be seen, and no more.
person_marks = sa.Table(
    "person_marks",
    metadata,
    sa.Column("mark", sa.LargeBinary, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    # It proved wrong: kept, so that a record with it that comes later finds nobody by it either.
    sa.Column("wrong", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("person_marks_person", "person_id"),
)
