"""What lists are filtered by, said to SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marshrut.domain.state import LIVE as LIVE_STATES
from marshrut.domain.words import Role
from marshrut.ports import CaseFilter, StepFilter
from marshrut.store.guarding import seen
from marshrut.store.projection import Standing
from marshrut.store.statements import plain
from marshrut.store.tables import ALIVE_CASES, LIVE, cases, steps

NOBODY = "none"
NEVER = sa.literal_column("9223372036854775807", sa.BigInteger)
Condition = sa.ColumnElement[bool]
Bound = sa.BindParameter[str]


def equal(wanted: Mapping[Any, str | None]) -> list[Condition]:
    """Each column that something is wanted of has it."""
    return [column == value for column, value in wanted.items() if value is not None]


def here(
    column: sa.Column[Any], hospital: str | None, scope: Collection[str] | None, *, leads: bool
) -> list[Condition]:
    """In a hospital and in the caller's scope; `leads`: if that is one hospital, its index is the one to go by."""
    wanted = _within(hospital, scope)
    if wanted is None:
        return []
    if leads and len(wanted) == 1:
        return [column == next(iter(wanted))]
    return [plain(column).in_(sorted(wanted))]


def _within(hospital: str | None, scope: Collection[str] | None) -> set[str] | None:
    """Which hospitals a list is of; None: of all."""
    if hospital is None:
        return None if scope is None else set(scope)
    return {hospital} if scope is None else {hospital} & set(scope)


def _asked(conditions: Iterable[tuple[Any, Callable[[Any], Condition]]]) -> list[Condition]:
    """The conditions of which something is asked."""
    return [said(value) for value, said in conditions if value is not None]


def of_cases(which: CaseFilter) -> list[Condition]:
    """What a filter asks of cases."""
    table = cases.c
    return [
        *([_newest(which)] if which.newest else []),
        *here(table.hospital, which.hospital, which.hospitals, leads=which.owner is None),
        *seen(table.case_id, which.who),
        *equal({table.stage: which.stage, table.ending: which.ending, table.ward: which.ward}),
        *_asked(
            (
                (which.state, _case_stands),
                (which.flag, lambda flag: table.flags.contains(f" {flag} ", autoescape=True)),
                (which.variant, lambda variant: table.variants.contains(f" {variant} ", autoescape=True)),
                (which.medically_ready, _ready),
                (which.owner, lambda user: table.owner.is_(None) if user == NOBODY else table.owner == user),
                (which.assignee, _holds_a_step),
                (which.case_ids, table.case_id.in_),
                (which.persons, table.person_id.in_),
                (which.changed_from, lambda at: table.last_event_at >= at),
                (which.changed_before, lambda at: table.last_event_at < at),
            )
        ),
    ]


_OTHER = cases.alias("other_case")


def _newest(which: CaseFilter) -> Condition:
    """Of the cases of the same person in the scope it was admitted last: asked of each case that is shown, no other."""
    hospitals = _within(which.hospital, which.hospitals)
    scope: list[Condition] = [] if hospitals is None else [plain(_OTHER.c.hospital).in_(sorted(hospitals))]
    scope += seen(_OTHER.c.case_id, which.who)
    theirs = sa.select(_OTHER.c.case_id).where(_OTHER.c.person_id == cases.c.person_id, *scope)
    last = theirs.order_by(_OTHER.c.admitted_at.desc(), _OTHER.c.case_id.desc()).limit(1)
    # PostgreSQL takes what equals a value for a rarity, and would look at every case to find it; so it is not told.
    return sa.func.coalesce(cases.c.case_id == last.correlate(cases).scalar_subquery(), sa.false())


def of_steps(which: StepFilter) -> list[Condition]:
    """What a filter asks of steps."""
    table = steps.c
    found_by = which.case_id is not None or which.mine is not None or which.assignee not in {None, NOBODY}
    aged = which.opened_from is not None or which.opened_before is not None
    track = table.track if aged else plain(table.track)
    return [
        *here(table.hospital, which.hospital, which.hospitals, leads=not found_by),
        *seen(table.case_id, which.who),
        *equal({table.case_id: which.case_id, table.role: which.role, track: which.track}),
        *_asked(
            (
                (which.state, _step_stands),
                (which.assignee, assigned),
                (which.mine, lambda whose: table.step_id.in_(_mine(*whose, live=_asks_for_live(which)))),
                (which.overdue_at, _overdue),
                (which.soon_at, soon),
                (which.due_before, lambda at: table.due_at < at),
                (which.blocked, lambda so: table.blocked if so else sa.not_(table.blocked)),
                (which.escalated_at, lambda at: sa.and_(LIVE, table.escalated_at < at)),
                (which.opened_from, lambda at: table.opened_at >= at),
                (which.opened_before, lambda at: table.opened_at < at),
                (which.ward, in_ward),
            )
        ),
    ]


def assigned(assignee: str | Bound, column: sa.ColumnElement[Any] = steps.c.assignee) -> Condition:
    """The step is this user's; nobody's for "none"."""
    return column.is_(None) if isinstance(assignee, str) and assignee == NOBODY else column == assignee


def _asks_for_live(which: StepFilter) -> bool:
    """Whether nothing that is over can be asked for."""
    onset = (which.overdue_at, which.soon_at, which.escalated_at)
    return which.state in {"live", "blocked", *LIVE_STATES} or any(at is not None for at in onset)


def _mine(user: str, role: Role | None, *, live: bool) -> sa.CompoundSelect[tuple[str]]:
    """Two lists, each by an index of its own: what somebody has, and what nobody has of the cases they answer for."""
    own, open_case = steps.alias(), cases.alias()
    is_live = own.c.state.in_([sa.literal_column("'open'"), sa.literal_column("'claimed'")])
    has = sa.select(own.c.step_id).where(own.c.assignee == user, *([is_live] if live else []))
    theirs = sa.select(open_case.c.case_id).where(
        open_case.c.owner == user, open_case.c.state != sa.literal_column("'closed'")
    )
    # Few cases are theirs, and many steps of a city are nobody's: those are not to be walked, so they are not named.
    nobodys = sa.func.coalesce(own.c.assignee, "") == ""
    to_take = sa.select(own.c.step_id).where(own.c.case_id.in_(theirs), nobodys, is_live)
    if role is not None:
        to_take = to_take.where(own.c.role == role)
    return has.union_all(to_take)


def in_ward(ward: str | Bound) -> Condition:
    """The step's case is in that ward."""
    return sa.exists().where(cases.c.case_id == steps.c.case_id, cases.c.ward == ward)


def late(now: datetime) -> Condition:
    """`marshrut.domain.overdue.overdue`, said to SQL; a test holds the two together."""
    return sa.and_(LIVE, steps.c.late_at < now)


def _overdue(now: datetime) -> Condition:
    """The same for a list by due time. What is late was due: said too, so that it ends where nothing can be late yet.

    PostgreSQL takes what is late for a few of all the steps, which are over but for some hundredths, and would sort
    them all: `coalesce` keeps it from choosing an index by that.
    """
    return sa.and_(LIVE, sa.func.coalesce(steps.c.late_at, NEVER) < now, steps.c.due_at < now)


def soon(now: datetime) -> Condition:
    """A clock that is amber (`marshrut.domain.overdue.clock_state`), said to SQL; the same test holds the two."""
    return sa.and_(LIVE, steps.c.amber_at <= now, steps.c.late_at >= now)


def _case_stands(state: str) -> Condition:
    """How a case stands, or "live": not closed. That it is not is said beside how, so that the live indexes serve."""
    if state == "live":
        return ALIVE_CASES
    return cases.c.state == state if state == Standing.CLOSED else sa.and_(ALIVE_CASES, cases.c.state == state)


def _ready(so: bool) -> Condition:  # noqa: FBT001 - a filter's value
    # Whoever could leave the ward is in it, and their case is not over.
    return sa.and_(ALIVE_CASES, cases.c.ready_at.is_not(None)) if so else cases.c.ready_at.is_(None)


def _holds_a_step(user: str) -> Condition:
    # A case that is over has nothing to do.
    return sa.and_(ALIVE_CASES, cases.c.case_id.in_(sa.select(steps.c.case_id).where(LIVE, assigned(user))))


def _step_stands(state: str) -> Condition:
    """A step's state, or one of two that hold several: everything to do, and what of it is blocked."""
    if state == "live":
        return LIVE
    if state == "blocked":
        return sa.and_(LIVE, steps.c.blocked)
    return sa.and_(LIVE, steps.c.state == state) if state in LIVE_STATES else steps.c.state == state
