"""What a search asks: parameters read, those that nobody knows set aside, and nothing of a person in an address."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from api.fhir.kinds import COMMON, Kind
from api.problems import Problem
from marshrut.domain.base import FIRST_YEAR, LAST_YEAR
from marshrut.domain.text import MAX_NAME

MOST, USUAL = 200, 50
# They say how to answer, and nothing of what.
FORMAL = frozenset({"_format", "_pretty", "_count", "_page"})
PREFIXES = ("eq", "ge", "gt", "le", "lt", "sa", "eb")
TIME = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII)


@dataclass(slots=True)
class Asked:
    """A search. `said`: the parameters that were understood, as they go into links; `unknown`: those that were not."""

    count: int = USUAL
    page: str | None = None
    ids: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
    identifiers: tuple[str, ...] | None = None
    references: dict[str, frozenset[str]] = field(default_factory=dict)
    changed_from: datetime | None = None
    changed_before: datetime | None = None
    said: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def link(self, page: str | None = None) -> str:
        """The query of a link. A number of a patient or a visit is never in one."""
        paged = [("_page", page)] if page else []
        return urlencode([*self.said, ("_count", str(self.count)), *paged], safe="/:|,")


def asked(pairs: Iterable[tuple[str, str]], kind: Kind) -> Asked:
    """The search that these parameters ask for.

    Raises:
        Problem: `bad_search`: a value that cannot be, or a modifier or prefix that is not supported.
    """
    search = Asked()
    for name, value in pairs:
        base, _, modifier = name.partition(":")
        if base not in FORMAL and base not in COMMON and base not in kind.params:
            search.unknown.append(name[:MAX_NAME])
            continue
        if modifier:
            raise _bad(name, "this modifier is not supported")
        if value:  # a parameter without a value asks for nothing
            _take(search, base, value)
    return search


def _take(search: Asked, name: str, value: str) -> None:
    values = frozenset(part for part in value.split(",") if part)
    match name:
        case "_count":
            search.count = _count(value)
        case "_page":
            search.page = value
        case "_format" | "_pretty":
            return
        case "_id":
            search.ids = values if search.ids is None else search.ids & values
        case "_lastUpdated":
            _changed(search, value)
        case "status":
            known = frozenset(each.rpartition("|")[2] for each in values)
            search.statuses = known if search.statuses is None else search.statuses & known
        case "identifier":
            if search.identifiers is not None:
                raise _bad(name, "it may stand once")
            search.identifiers = tuple(sorted(values))
            return  # not into a link
        case _:
            ids = frozenset(_referred(name, each) for each in values)
            key = "patient" if name == "subject" else name
            search.references[key] = search.references[key] & ids if key in search.references else ids
    if name not in FORMAL:
        search.said.append((name, value))


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9 or int(value) == 0:  # noqa: PLR2004 - 32 bits
        raise _bad("_count", "a whole number from 1")
    return min(int(value), MOST)


def _referred(name: str, value: str) -> str:
    """The id or code that a reference names: `Patient/x`, an address that ends so, or `x` alone."""
    found = value.split("/_history", maxsplit=1)[0].rpartition("/")[2].rpartition("|")[2]
    if not found:
        raise _bad(name, "this refers to nothing")
    return found


def _changed(search: Asked, value: str) -> None:
    prefix, text = (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)
    first, after = _span(text)
    lower = {"eq": first, "ge": first, "gt": after, "sa": after}.get(prefix)
    upper = {"eq": after, "le": after, "lt": first, "eb": first}.get(prefix)
    if lower is not None:
        search.changed_from = max(filter(None, (search.changed_from, lower)))
    if upper is not None:
        search.changed_before = min(filter(None, (search.changed_before, upper)))


def _span(text: str) -> tuple[datetime, datetime]:
    """From when until before when a time lasts that is told as exactly as it is told; a day is one of UTC."""
    found = TIME.fullmatch(text.replace(" ", "+"))
    if found is None:
        raise _bad("_lastUpdated", "this is no time")
    told = found[0]
    try:
        if found[3]:
            first = datetime.fromisoformat(told)
            length = timedelta(microseconds=1) if found[5] else timedelta(seconds=1 if found[4] else 60)
        else:
            year, month, day = (int(part) for part in (told + "-01-01")[: len("2026-01-01")].split("-"))
            first = datetime.combine(date(year, month, day), datetime.min.time(), UTC)
            days = 1 if found[2] else calendar.monthrange(year, month)[1] if found[1] else 365 + calendar.isleap(year)
            length = timedelta(days=days)
    except ValueError:
        raise _bad("_lastUpdated", "this is no time") from None
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        raise _bad("_lastUpdated", "this is no time of ours")
    return first, first + length


def _bad(name: str, words: str) -> Problem:
    return Problem("bad_search", errors=({"field": name[:MAX_NAME], "message": words},))
