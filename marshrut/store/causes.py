"""What is stuck and how much it weighs, said to SQL: `marshrut.domain.stuck`; a test holds the two together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import reduce
from operator import add
from typing import Any, TypeVar

import sqlalchemy as sa

from marshrut.domain.stuck import CAUSES_OF_A_CASE, HOUR, RulesOf, StuckRules, Why
from marshrut.ports import StuckFilter
from marshrut.store import days
from marshrut.store.faults import FAILING
from marshrut.store.filters import assigned, equal
from marshrut.store.tables import ALIVE_CASES, cases, steps
from marshrut.store.types import tick, ticks

Number = sa.ColumnElement[Any]
Flag = sa.ColumnElement[bool]
Value = TypeVar("Value", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Judge:
    """The rules in force and each hospital's zone, said by the hospital of a row."""

    rules: RulesOf
    zones: Mapping[str, tzinfo]

    def span(self, term: Callable[[StuckRules], timedelta]) -> Number:
        """A term of the rules."""
        return self._by(lambda code: ticks(term(self.rules[code])), number)

    def weight(self, weight: Callable[[StuckRules], int]) -> Number:
        """A number of the rules."""
        return self._by(lambda code: weight(self.rules[code]), number)

    def day_ends(self, moment: Number) -> Number:
        """The midnight that ends the day of an instant."""
        return self._by(lambda code: self.zones.get(code, UTC), lambda zone: days.day_ends(moment, zone))

    def shortest(self, term: Callable[[StuckRules], timedelta]) -> timedelta:
        """The shortest that any hospital has of a term."""
        return min(term(rules) for rules in (self.rules.common, *self.rules.own.values()))

    def _by(self, value: Callable[[str], Value], said: Callable[[Value], Number]) -> Number:
        """What holds for a row's hospital; most often that is one thing for all of them."""
        known: dict[Value, list[str]] = defaultdict(list)
        for code in sorted({*self.zones, *self.rules.own}):
            known[value(code)].append(code)
        others = value("")  # of a hospital that the catalogue does not know
        own = [(cases.c.hospital.in_(codes), said(each)) for each, codes in known.items() if each != others]
        return sa.case(*own, else_=said(others)) if own else said(others)


def number(value: int) -> Number:
    """A bound number."""
    return sa.literal(value, sa.BigInteger)


def _blocked_from(judge: Judge) -> Number:
    until, too_long = _ticks(steps.c.blocked_until), judge.span(lambda rules: rules.blocked_too_long)
    end = _ticks(steps.c.blocked_since) + too_long
    return sa.case((until < end, until), else_=end)


# From when each cause holds, by what the read model keeps of a step and of its case; whether the process fails it does
# not know.
ONSETS: Mapping[Why, Callable[[Judge], Number]] = {
    Why.OVERDUE: lambda _: _ticks(steps.c.late_at),
    Why.BLOCKED: _blocked_from,
    Why.ESCALATED: lambda _: _ticks(steps.c.escalated_at),
    Why.UNOWNED: lambda _: _ticks(steps.c.unowned_at),
    Why.MEDICALLY_READY: lambda judge: judge.day_ends(_ticks(cases.c.ready_at)),
    Why.SILENT: lambda judge: _ticks(cases.c.quiet_since) + judge.span(lambda rules: rules.silent_after),
}
# Those that have somebody wait: each full hour of it counts.
LATE = (Why.OVERDUE, Why.MEDICALLY_READY)


def items(judge: Judge, which: StuckFilter, now: datetime, *, failing: bool) -> sa.CTE:
    """Everything that a filter finds: `name`, `case_id`, `is_step`, `rank`, and of each cause whether it holds.

    `failing`: whether the watchdog has found anything of any case (faults.py); if not, it is not looked for.
    """
    look = _Look(judge, which, now, failing)
    found = [look.step(where) for where in look.held_up()]
    if which.track is None and which.role is None and which.assignee is None:
        found += [look.case(where) for where in look.at_a_stand()]
    return sa.union_all(*found).cte("items")


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at one instant by one filter."""

    judge: Judge
    which: StuckFilter
    now: datetime
    failing: bool

    def held_up(self) -> Sequence[Flag]:
        """Where steps are looked for: each by an index of its own, and none finds what another one finds."""
        known = steps.c.stuck_at < self.now
        long_ago = self.now - self.judge.shortest(lambda rules: rules.blocked_too_long)
        return known, sa.and_(steps.c.blocked_since < long_ago, _not(known, steps.c.stuck_at))

    def at_a_stand(self) -> Sequence[Flag]:
        """The same for cases."""
        ready = cases.c.ready_at < self.now
        long_ago = self.now - self.judge.shortest(lambda rules: rules.silent_after)
        quiet = cases.c.quiet_since < long_ago
        looks = [ready, sa.and_(quiet, _not(ready, cases.c.ready_at))]
        if self.failing:
            ill = cases.c.case_id.in_(sa.select(FAILING.c.case_id))
            looks.append(sa.and_(ill, _not(ready, cases.c.ready_at), _not(quiet, cases.c.quiet_since)))
        return looks

    def step(self, where: Flag) -> sa.Select[Any]:
        """The steps there that are stuck."""
        which, weight = self.which, self.judge.weight
        onsets = self._onsets(tuple(Why))
        extra = (
            _if(steps.c.statutory, weight(lambda rules: rules.by_law)),
            _if(steps.c.mandatory, weight(lambda rules: rules.mandatory)),
        )
        wanted = equal({steps.c.track: which.track, steps.c.role: which.role})
        if which.assignee is not None:
            wanted.append(assigned(which.assignee))
        own = onsets.keys() - CAUSES_OF_A_CASE
        query = self._item(steps, steps.c.step_id, onsets, own, extra).where(where, *wanted)
        return query.select_from(self._with_failing(steps.join(cases, cases.c.case_id == steps.c.case_id)))

    def case(self, where: Flag) -> sa.Select[Any]:
        """The cases there that are."""
        onsets = self._onsets(CAUSES_OF_A_CASE)
        query = self._item(cases, cases.c.case_id, onsets, onsets.keys(), ()).where(where)
        return query.select_from(self._with_failing(cases))

    def _onsets(self, among: Collection[Why]) -> dict[Why, Number]:
        found = {why: onset(self.judge) for why, onset in ONSETS.items() if why in among}
        return {**found, Why.TECHNICAL: FAILING.c.since} if self.failing else found

    def _with_failing(self, table: sa.FromClause) -> sa.FromClause:
        return table.outerjoin(FAILING, FAILING.c.case_id == cases.c.case_id) if self.failing else table

    def _item(
        self,
        table: sa.Table,
        name: sa.Column[str],
        onsets: Mapping[Why, Number],
        own: Collection[Why],
        extra: Sequence[Number],
    ) -> sa.Select[Any]:
        which, now = self.which, number(tick(self.now))
        holds = {why: onsets[why] < now if why in onsets else sa.false() for why in Why}
        weights = [_if(holds[why], self._weight(why)) for why in onsets]
        since: list[Number] = [sa.case((holds[why], onsets[why]), else_=now) for why in LATE if why in onsets]
        hours = (now - reduce(_earlier, since)) // ticks(HOUR) * self.judge.weight(lambda rules: rules.late_hour)
        wanted = equal({table.c.hospital: which.hospital, cases.c.ward: which.ward})
        if which.hospitals is not None:
            wanted.append(table.c.hospital.in_(which.hospitals))
        wanted += [holds[why] for why in which.why]
        return sa.select(
            name.label("name"),
            cases.c.case_id,
            sa.literal(int(table is steps)).label("is_step"),
            reduce(add, (*extra, *weights, hours)).label("rank"),
            *(_if(flag, number(1)).label(why) for why, flag in holds.items()),
            # A case that is over has nothing stuck; said, so that it need not be looked at.
        ).where(
            ALIVE_CASES, sa.or_(*(holds[why] for why in Why if why in own)), *wanted, *(holds[why] for why in which.why)
        )

    def _weight(self, why: Why) -> Number:
        return self.judge.weight(lambda rules: rules.weights[why])


def _not(condition: Flag, column: sa.Column[Any]) -> Flag:
    return sa.or_(column.is_(None), ~condition)


def _if(condition: Flag, value: Number) -> Number:
    return sa.case((condition, value), else_=0)


def _earlier(one: Number, other: Number) -> Number:
    return sa.case((one < other, one), else_=other)


def _ticks(column: sa.Column[Any]) -> Number:
    return sa.type_coerce(column, sa.BigInteger)
