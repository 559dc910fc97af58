"""What two versions of the catalogue say otherwise: told to people before a case goes on by the other one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from marshrut.domain.clock import Term
from marshrut.domain.ladder import Rung
from marshrut.domain.rules import Rule
from marshrut.domain.slice import ClockRule, ListEntry, Pace, ProgrammeRule, Slice, StepRule

Entry = TypeVar("Entry")
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry of a table that the versions have otherwise; None: the version has no such entry.

    `part` names the table, `what` the part of the entry; `before` and `after` are short words such as `24h` or `head`.
    """

    part: str
    name: str
    what: str
    before: str | None
    after: str | None


def differences(before: Slice, after: Slice) -> tuple[Difference, ...]:
    """All that opens, waits or is proposed otherwise by the other version, table by table, each in order of its names.

    Hours and calendars are named when they differ, not told: their effect on what is open stands in the due times.
    """
    return (
        *_table("step", before.steps, after.steps, _step),
        *_table("wait", before.waits, after.waits, _whole(term)),
        *_table("ladder", before.ladders, after.ladders, _whole(_rungs)),
        *_table("hours", before.timetables, after.timetables, _changed),
        *_table("calendar", before.calendars, after.calendars, _whole(lambda each: each.version)),
        *_table("reason", before.reasons, after.reasons, _whole(lambda each: "pauses" if each.pauses else "counts")),
        *_table("list", before.lists, after.lists, _list),
        *_table("programme", before.programmes, after.programmes, _programme),
        *_table("need_rule", before.needs, after.needs, _rule),
        *_table("route_rule", before.route, after.route, _rule),
        *_table("family_rule", before.family, after.family, _rule),
        *_table("approval", before.approvals, after.approvals, _rule),
        *_table("known", _by_name(before), _by_name(after), _names),
    )


def term(amount: Term) -> str:
    """A term as the catalogue's files write it: `24h`, `5wd`."""
    return f"{amount.amount}{amount.unit}"


# What two entries of one name have otherwise: the part of the entry, before, after.
Parts = Iterator[tuple[str, str | None, str | None]]


def _table(
    part: str, before: Mapping[str, Entry], after: Mapping[str, Entry], told: Callable[[Entry, Entry], Parts]
) -> Iterator[Difference]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            yield Difference(part, name, "entry", None if old is None else "there", None if new is None else "there")
        elif old != new:
            yield from (Difference(part, name, *each) for each in told(old, new))


def _by_name(catalogue: Slice) -> Mapping[str, tuple[str, ...]]:
    return {str(kind): names for kind, names in catalogue.known.items()}


def _whole(word: Callable[[Entry], str]) -> Callable[[Entry, Entry], Parts]:
    """Entries of one value."""

    def told(old: Entry, new: Entry) -> Parts:
        was, is_ = word(old), word(new)
        # Two contents under one word: a calendar that was edited without a new version.
        yield ("value", was, is_) if was != is_ else ("content", None, None)

    return told


def _changed(_old: object, _new: object) -> Parts:
    yield "content", None, None


def _step(old: StepRule, new: StepRule) -> Parts:
    yield from _unless_same("role", old.role, new.role)
    yield from _unless_same("mandatory", _yes(old.mandatory), _yes(new.mandatory))
    yield from _unless_same("other_than", _joined(old.other_than), _joined(new.other_than))
    if old.clock is None or new.clock is None:
        yield from _unless_same("term", _paced(old.clock), _paced(new.clock))
    else:
        yield from _clock(old.clock, new.clock)


def _clock(old: ClockRule, new: ClockRule) -> Parts:
    yield from _unless_same("term", _pace(old.pace), _pace(new.pace))
    yield from _unless_same("mark", old.pace.mark, new.pace.mark)
    for flag in sorted({*old.pace_if, *new.pace_if}):
        yield from _unless_same(f"term_if_{flag}", _pace(old.pace_if.get(flag)), _pace(new.pace_if.get(flag)))
    for what in ("counts_from", "timetable", "ladder"):
        yield from _unless_same(what, getattr(old, what), getattr(new, what))


def _list(old: Sequence[ListEntry], new: Sequence[ListEntry]) -> Parts:
    was, is_ = ({entry.name: entry for entry in each} for each in (old, new))
    for name in sorted({*was, *is_}):
        yield from _unless_same(name, _validity(was.get(name)), _validity(is_.get(name)))
    if was == is_:
        yield "order", _joined(tuple(was)), _joined(tuple(is_))


def _programme(old: ProgrammeRule, new: ProgrammeRule) -> Parts:
    yield from _unless_same("partners", _joined(old.partners), _joined(new.partners))
    yield from _unless_same("one_consultant", _yes(old.one_consultant), _yes(new.one_consultant))
    yield from _unless_same("units", *(None if each.units is None else str(each.units) for each in (old, new)))


def _rule(old: Rule, new: Rule) -> Parts:
    yield from _unless_same("when", old.when.model_dump_json(), new.when.model_dump_json(), told=False)
    yield from _unless_same("then", *(_joined(tuple(name for _, name in each.then)) for each in (old, new)))


def _names(old: Sequence[str], new: Sequence[str]) -> Parts:
    gone, more = sorted({*old} - {*new}), sorted({*new} - {*old})
    yield from _unless_same("names", _joined(tuple(gone)) if gone else None, _joined(tuple(more)) if more else None)


def _unless_same(what: str, old: str | None, new: str | None, *, told: bool = True) -> Parts:
    if old != new:
        yield (what, old, new) if told else (what, None, None)


def _paced(clock: ClockRule | None) -> str | None:
    return None if clock is None else _pace(clock.pace)


def _pace(pace: Pace | None) -> str | None:
    if pace is None:
        return None
    return f"{term(pace.term)}, at any hour" if pace.emergency else term(pace.term)


def _validity(entry: ListEntry | None) -> str | None:
    if entry is None:
        return None
    return "for good" if entry.validity is None else term(entry.validity)


def _rungs(rungs: Sequence[Rung]) -> str:
    return ", ".join(f"{rung.name} {rung.percent}% {' '.join(rung.to)}" for rung in rungs)


def _joined(names: Sequence[str]) -> str:
    return " ".join(names) or NOTHING


def _yes(value: bool) -> str:  # noqa: FBT001 - it is the value that is told
    return "yes" if value else "no"
