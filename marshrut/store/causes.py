"""What is stuck and how much it weighs, said to SQL: `marshrut.domain.stuck`; a test holds the two together.

A look goes through one index that holds open work alone, and no look finds what another one does: what is over costs
nothing, and whatever else a filter asks is asked of the few rows that were found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import reduce
from operator import add
from typing import Any, TypeVar

import sqlalchemy as sa

from marshrut.domain.stuck import CAUSES_OF_A_CASE, HOUR, RulesOf, StuckRules, Why
from marshrut.ports import StuckFilter
from marshrut.store import days
from marshrut.store.faults import FAILING
from marshrut.store.filters import NOBODY, assigned, equal, here, in_ward
from marshrut.store.guarding import seen
from marshrut.store.statements import plain
from marshrut.store.tables import ALIVE_CASES, cases, steps
from marshrut.store.types import tick, ticks

Number = sa.ColumnElement[Any]
Flag = sa.ColumnElement[bool]
Value = TypeVar("Value", bound=Hashable)


# A statement is built once for all filters of a shape, which costs more than to run it: the instant that is looked at,
# the ward and the users are bound when it runs.
NOW = sa.bindparam("now", type_=sa.BigInteger)
WARD, ASSIGNEE = sa.bindparam("ward", type_=sa.Text), sa.bindparam("assignee", type_=sa.Text)
LOOKER = sa.bindparam("looker", type_=sa.Text)


def shape(which: StuckFilter) -> StuckFilter:
    """What of a filter its statement is built by."""
    user = which.assignee if which.assignee in {None, NOBODY} else ASSIGNEE.key
    who = None if which.who is None else replace(which.who, user=LOOKER.key)
    ward = None if which.ward is None else WARD.key
    return replace(which, who=who, why=frozenset(which.why), ward=ward, assignee=user)


def values(which: StuckFilter, now: datetime) -> dict[str, Any]:
    """What is bound when the statement of a filter's shape runs."""
    looker = None if which.who is None else which.who.user
    return {NOW.key: tick(now), WARD.key: which.ward, ASSIGNEE.key: which.assignee, LOOKER.key: looker}


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """The rules in force and each hospital's zone, said by the hospital of a row."""

    rules: RulesOf
    zones: Mapping[str, tzinfo]

    def span(self, hospital: Number, term: Callable[[StuckRules], timedelta]) -> Number:
        """A term of the rules."""
        return self._by(hospital, lambda code: ticks(term(self.rules[code])), number)

    def weight(self, hospital: Number, weight: Callable[[StuckRules], int]) -> Number:
        """A number of the rules."""
        return self._by(hospital, lambda code: weight(self.rules[code]), number)

    def day_ends(self, hospital: Number, moment: Number) -> Number:
        """The midnight that ends the day of an instant."""
        return self._by(hospital, lambda code: self.zones.get(code, UTC), lambda zone: days.day_ends(moment, zone))

    def shortest(self, term: Callable[[StuckRules], timedelta]) -> Number:
        """The shortest that any hospital has of a term."""
        return number(ticks(min(term(rules) for rules in (self.rules.common, *self.rules.own.values()))))

    def _by(self, hospital: Number, value: Callable[[str], Value], said: Callable[[Value], Number]) -> Number:
        """What holds for a row's hospital; most often that is one thing for all of them."""
        known: dict[Value, list[str]] = defaultdict(list)
        for code in sorted({*self.zones, *self.rules.own}):
            known[value(code)].append(code)
        others = value("")  # of a hospital that the catalogue does not know
        own = [(hospital.in_(codes), said(each)) for each, codes in known.items() if each != others]
        return sa.case(*own, else_=said(others)) if own else said(others)


def number(value: int) -> Number:
    """A bound number."""
    return sa.literal(value, sa.BigInteger)


def _ticks(column: sa.Column[Any]) -> Number:
    return sa.type_coerce(column, sa.BigInteger)


def _blocked_from(judge: Judge) -> Number:
    until = _ticks(steps.c.blocked_until)
    end = _ticks(steps.c.blocked_since) + judge.span(steps.c.hospital, lambda rules: rules.blocked_too_long)
    return sa.case((until < end, until), else_=end)


def _silent_from(judge: Judge) -> Number:
    return _ticks(cases.c.quiet_since) + judge.span(cases.c.hospital, lambda rules: rules.silent_after)


Onsets = Mapping[Why, Callable[[Judge], Number]]
# From when each cause holds, by what the read model keeps of a step, and of a case.
OF_STEPS: Onsets = {
    Why.OVERDUE: lambda _: _ticks(steps.c.late_at),
    Why.BLOCKED: _blocked_from,
    Why.ESCALATED: lambda _: _ticks(steps.c.escalated_at),
    Why.UNOWNED: lambda _: _ticks(steps.c.unowned_at),
}
OF_CASES: Onsets = {
    Why.MEDICALLY_READY: lambda judge: judge.day_ends(cases.c.hospital, _ticks(cases.c.ready_at)),
    Why.SILENT: _silent_from,
}
# Where each of them may hold: a look a condition, and a cause is found by one of them or by several.
Looks = Sequence[Callable[[Judge], Flag]]
STEPS: Looks = (
    lambda _: _ticks(steps.c.stuck_at) < NOW,
    lambda judge: _ticks(steps.c.blocked_since) < NOW - judge.shortest(lambda rules: rules.blocked_too_long),
)
CASES: Looks = (
    lambda _: _ticks(cases.c.ready_at) < NOW,
    lambda judge: _ticks(cases.c.quiet_since) < NOW - judge.shortest(lambda rules: rules.silent_after),
)


def _ill(_: Judge) -> Flag:
    """A case of which the watchdog found something."""
    return sa.and_(ALIVE_CASES, cases.c.case_id.in_(sa.select(FAILING.c.case_id)))


def ranked(judge: Judge, which: StuckFilter, *, failing: bool) -> sa.CTE:
    """Every item that a filter finds: its `name` and `case_id`, and how much it weighs (`rank`).

    `failing`: whether the watchdog has found anything of any case (faults.py); if not, it is not looked for.
    """
    look = _Look(judge, which, failing)
    still = look.cases()
    return look.union(still, lambda row: [row.name, row.case_id, row.rank().label("rank")]).cte("items")


def length(judge: Judge, which: StuckFilter, *, failing: bool) -> sa.Select[Any]:
    """How many items a filter finds."""
    if which.min_rank:
        found = ranked(judge, which, failing=failing)
        return sa.select(sa.func.count()).select_from(found).where(found.c.rank >= which.min_rank)
    look = _Look(judge, which, failing)
    # Where nothing is asked of its case a step need not be looked for among them.
    beside = not CAUSES_OF_A_CASE.isdisjoint(which.why)
    every = look.union(look.cases(), lambda _: [sa.literal(1).label("one")], beside=beside).cte("items")
    return sa.select(sa.func.count()).select_from(every)


def counted(judge: Judge, which: StuckFilter, *, failing: bool) -> sa.CTE:
    """The same with `hospital`, `is_step` and whether each cause holds; its `rank` only if one is asked for."""
    look = _Look(judge, which, failing)
    still = look.cases()

    def columns(row: _Item) -> list[Number]:
        holding = [row.holds.get(why, number(0)).label(why) for why in Why]
        rank = [row.rank().label("rank")] if which.min_rank else []
        is_step = sa.literal(int(row.is_step)).label("is_step")
        return [row.case_id, row.hospital.label("hospital"), is_step, *holding, *rank]

    return look.union(still, columns).cte("items")


@dataclass(frozen=True, slots=True)
class _Item:
    """What SQL knows of an item: its names, which causes hold (1 or 0), and how much it weighs."""

    name: Number
    case_id: Number
    hospital: Number
    is_step: bool
    holds: Mapping[Why, Number]
    rank: Callable[[], Number]


@dataclass(frozen=True, slots=True)
class _Look:
    """A look by one filter."""

    judge: Judge
    which: StuckFilter
    failing: bool

    def union(
        self, still: sa.CTE, columns: Callable[[_Item], Sequence[Number]], *, beside: bool = True
    ) -> sa.CompoundSelect[Any]:
        """Those columns of all items; each look is a part of its own. `beside`: with what holds of a step's case."""
        which, parts = self.which, []
        looks = [(self.step(still), self.steps(where, still if beside else None)) for where in self.disjoint(STEPS)]
        if which.track is None and which.role is None and which.assignee is None:
            looks.append((self.case(still), sa.select().select_from(still)))
        for item, rows in looks:
            because = (item.holds.get(why, number(0)) == 1 for why in which.why)
            parts.append(rows.add_columns(*columns(item)).where(*because))
        return sa.union_all(*parts)

    def _causes(self) -> Onsets:
        """Those of cases; that the process fails the read model does not know."""
        return {**OF_CASES, Why.TECHNICAL: lambda _: FAILING.c.since} if self.failing else OF_CASES

    def disjoint(self, looks: Looks) -> Sequence[Flag]:
        """The looks, each without what those before it find."""
        said = [look(self.judge) for look in looks]
        others = [[before.is_not(sa.true()) for before in said[:place]] for place in range(len(said))]
        return [sa.and_(each, *rest) for each, rest in zip(said, others, strict=True)]

    def cases(self) -> sa.CTE:
        """The cases that are stuck: which causes hold, their `weight`, and `since` when the patient waits."""
        onsets = [onset(self.judge).label(f"{why}_at") for why, onset in self._causes().items()]
        table = cases.outerjoin(FAILING, FAILING.c.case_id == cases.c.case_id) if self.failing else cases
        whole = sa.select(cases.c.case_id, cases.c.hospital, *onsets).select_from(table)
        looks = [whole.where(where) for where in self.disjoint([*CASES, _ill] if self.failing else CASES)]
        ward = [] if self.which.ward is None else [cases.c.ward == WARD]
        seen = sa.union_all(*(look.where(*self._here(cases), *ward) for look in looks)).subquery("seen")
        at = {why: seen.c[f"{why}_at"] for why in self._causes()}
        query = sa.select(
            seen.c.case_id,
            seen.c.hospital,
            self._weights(seen.c.hospital, at).label("weight"),
            *(flag.label(why) for why, flag in self._holding(at).items()),
            self._begun(at[Why.MEDICALLY_READY]).label("since"),
        )
        return query.where(self._any(at)).cte("still")

    def case(self, still: sa.CTE) -> _Item:
        """One of them as an item."""
        case_id, flags = still.c.case_id, {why: still.c[why] for why in self._causes()}
        return _Item(
            name=case_id.label("name"),
            case_id=case_id,
            hospital=still.c.hospital,
            is_step=False,
            holds=flags,
            rank=lambda: still.c.weight + self._hours(still.c.hospital, still.c.since),
        )

    def steps(self, where: Flag, still: sa.CTE | None) -> sa.Select[Any]:
        """The steps there that are stuck, each beside its case if that is `still` too."""
        beside = steps if still is None else steps.outerjoin(still, still.c.case_id == steps.c.case_id)
        query = sa.select().select_from(beside)
        query = query.where(where, self._any(self._of_steps()), *self._here(steps), *self._facts())
        return query if self.which.ward is None else query.where(in_ward(WARD))

    def step(self, still: sa.CTE) -> _Item:
        """One of them as an item."""
        at = self._of_steps()
        case_flags = {why: sa.func.coalesce(still.c[why], 0) for why in self._causes()}
        return _Item(
            name=steps.c.step_id.label("name"),
            case_id=steps.c.case_id,
            hospital=steps.c.hospital,
            is_step=True,
            holds={**self._holding(at), **case_flags},
            rank=lambda: self._step_rank(at, still),
        )

    def _step_rank(self, at: Mapping[Why, Number], still: sa.CTE) -> Number:
        """What holds the step up, and its case, and the hours of whichever is late longer."""
        hospital, judge = steps.c.hospital, self.judge
        late, waits = self._begun(at[Why.OVERDUE]), sa.func.coalesce(still.c.since, NOW)
        return (
            _if(steps.c.statutory, judge.weight(hospital, lambda rules: rules.by_law))
            + _if(steps.c.mandatory, judge.weight(hospital, lambda rules: rules.mandatory))
            + self._weights(hospital, at)
            + sa.func.coalesce(still.c.weight, 0)
            + self._hours(hospital, sa.case((late < waits, late), else_=waits))
        )

    def _of_steps(self) -> Mapping[Why, Number]:
        return {why: onset(self.judge) for why, onset in OF_STEPS.items()}

    def _here(self, table: sa.Table) -> list[Flag]:
        hospital = here(table.c.hospital, self.which.hospital, self.which.hospitals, leads=False)
        return [*hospital, *seen(table.c.case_id, self.which.who, LOOKER)]

    def _facts(self) -> list[Flag]:
        which = self.which
        wanted = equal({plain(steps.c.track): which.track, plain(steps.c.role): which.role})
        if which.assignee is None:
            return wanted
        user = NOBODY if which.assignee == NOBODY else ASSIGNEE
        return [*wanted, assigned(user, plain(steps.c.assignee))]

    def _holds(self, onset: Number) -> Flag:
        return onset < NOW

    def _holding(self, at: Mapping[Why, Number]) -> dict[Why, Number]:
        return {why: _if(self._holds(onset), number(1)) for why, onset in at.items()}

    def _any(self, at: Mapping[Why, Number]) -> Flag:
        return sa.or_(*map(self._holds, at.values()))

    def _weights(self, hospital: Number, at: Mapping[Why, Number]) -> Number:
        def weight(why: Why) -> Number:
            return self.judge.weight(hospital, lambda rules: rules.weights[why])

        return reduce(add, [_if(self._holds(onset), weight(why)) for why, onset in at.items()])

    def _begun(self, onset: Number) -> Number:
        """Since when, once that has begun; until then it is now that it begins."""
        return sa.case((self._holds(onset), onset), else_=NOW)

    def _hours(self, hospital: Number, since: Number) -> Number:
        """What the full hours weigh."""
        passed = (NOW - since) // ticks(HOUR)
        return passed * self.judge.weight(hospital, lambda rules: rules.late_hour)


def _if(condition: Flag, value: Number) -> Number:
    return sa.case((condition, value), else_=0)
