"""What a search asks: parameters read, those that nobody knows set aside, and nothing of a person in an address."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from api.fhir.kinds import COMMON, KINDS, Kind, Param
from api.problems import Problem
from marshrut.domain.base import FIRST_YEAR, LAST_YEAR
from marshrut.domain.text import MAX_NAME, UNKEEPABLE, keepable

MOST, USUAL = 200, 50
# So many values of a parameter are looked for; each number is one number in every hospital of the caller's.
MOST_VALUES, MOST_NUMBERS, MOST_LETTERS = 500, 10, 200
# They say how to answer, and nothing of what.
FORMAL = frozenset({"_format", "_pretty", "_count", "_page"})
SHAPING = frozenset({"_include", "_summary", "_total"})
# They choose, and left out they would let through what was not asked for.
CHOOSING = frozenset({"_content", "_filter", "_has", "_list", "_query", "_text"})
# By these somebody is looked for by who they are, and here nobody is.
PERSONAL = frozenset(
    {
        *("name", "family", "given", "phonetic", "birthdate", "death-date", "telecom", "phone", "email", "gender"),
        *("address", "address-city", "address-country", "address-postalcode", "address-state", "address-use"),
    }
)
PREFIXES = ("eq", "ge", "gt", "le", "lt", "sa", "eb")
TIME = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII)
# Names under which a resource keeps what several parameters ask for.
SAME = {"subject": "patient", "modified": "_lastUpdated", "authored-on": "authored"}


@dataclass(slots=True)
class Between:
    """From an instant on, and before another one; None: no bound."""

    first: datetime | None = None
    before: datetime | None = None


@dataclass(slots=True)
class Asked:
    """A search. `said`: the parameters that were understood, as they go into links; `unknown`: those that were not.

    `counted`: how many there are is asked for, and `listed`: which. `words`, `born`: whom a form looks for.
    """

    count: int = USUAL
    page: str | None = None
    ids: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
    identifiers: tuple[str, ...] | None = None
    references: dict[str, frozenset[str]] = field(default_factory=dict)
    times: dict[str, Between] = field(default_factory=dict)
    includes: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    born: date | None = None
    counted: bool = False
    listed: bool = True
    said: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def link(self, page: str | None = None) -> str:
        """The query of a link. A number of a patient or a visit is never in one."""
        paged = [("_page", page)] if page else []
        counted = [("_count", str(self.count))] if self.listed else []
        return urlencode([*self.said, *counted, *paged], safe="/:|,")

    def within(self, name: str) -> Between:
        """When something was."""
        return self.times.get(name, Between())


Pairs = Iterable[tuple[str, str]]


def asked(pairs: Pairs, kind: str, form: Pairs = ()) -> Asked:
    """The search that these parameters ask for: those of an address, and those of a form, where no log keeps them.

    Raises:
        Problem: `bad_search`: a value that cannot be, or what is not supported and would choose; `invalid`: a text that
            no database can keep.
    """
    search, sort = Asked(), KINDS[kind]
    for name, value, sealed in (*((*pair, False) for pair in pairs), *((*pair, True) for pair in form)):
        if not (keepable(name) and keepable(value)):
            raise Problem("invalid", errors=({"field": "request", "message": UNKEEPABLE},))
        base, _, modifier = name.partition(":")
        param = COMMON.get(base) or sort.params.get(base)
        if param is None and base not in FORMAL | SHAPING:
            _set_aside(search, name, sort)
        elif modifier and not _modified(param, modifier):
            raise _bad(name, "this modifier is not supported")
        elif param is not None and param.personal and not sealed:
            raise _bad(name, f"this stands in no address: POST {kind}/_search")
        elif value:  # a parameter without a value asks for nothing
            _take(search, kind, base, value)
    return search


def _set_aside(search: Asked, name: str, sort: Kind) -> None:
    """A parameter that nobody knows is left out, and said so; but not one by which more would be found than asked for.

    Raises:
        Problem: `bad_search`.
    """
    base = name.partition(":")[0]
    if base in PERSONAL:
        raise _bad(name, "nobody is found by this here")
    if base in CHOOSING or base.partition(".")[0] in {*sort.params, *COMMON}:
        raise _bad(name, "this is not searched by here")
    search.unknown.append(name[:MAX_NAME])


def _modified(param: Param | None, modifier: str) -> bool:
    """Whether a modifier says what is so anyway: which type a reference leads to, or that it has a number alone."""
    if param is None or param.type != "reference":
        return False
    return modifier in ({param.target} if param.target else {"identifier", "Organization"})


def _take(search: Asked, kind: str, name: str, value: str) -> None:
    param = COMMON.get(name) or KINDS[kind].params.get(name)
    if name in FORMAL | SHAPING:
        _shape(search, kind, name, value)
        return
    if param is None:
        return
    if param.personal:
        _sought(search, name, param, value)
        return  # not into a link
    values = frozenset(part for part in value.split(",") if part)
    if len(values) > MOST_VALUES:
        raise _bad(name, f"at most {MOST_VALUES} values")
    if name == "identifier":
        _number(search, values)
        return  # not into a link
    if name == "_id":
        search.ids = values if search.ids is None else search.ids & values
    elif param.type == "date":
        _when(search.times.setdefault(SAME.get(name, name), Between()), name, value)
    elif param.type == "token":
        known = frozenset(_code(each, param.system) for each in values)
        search.statuses = known if search.statuses is None else search.statuses & known
    else:
        ids, key = frozenset(_referred(name, each, param) for each in values), SAME.get(name, name)
        search.references[key] = search.references[key] & ids if key in search.references else ids
    search.said.append((name, value))


def _shape(search: Asked, kind: str, name: str, value: str) -> None:
    """How to answer."""
    match name, value:
        case "_count", _:
            search.count = _count(value)
            if search.count == 0:  # as `_summary=count`
                search.counted, search.listed = True, False
                search.said.append((name, value))
        case "_page", _:
            search.page = value
        case "_include", _:
            search.includes += _includes(kind, value)
        case "_summary", "count":
            search.counted, search.listed = True, False
        case "_total", "accurate":
            search.counted = True
        case ("_summary", "false") | ("_total", "none" | "estimate") | ("_format" | "_pretty", _):
            return
        case _:
            search.unknown.append(name)
            return
    if name in SHAPING:
        search.said.append((name, value))


def _includes(kind: str, value: str) -> list[str]:
    """The parameter whose resources come along."""
    source, _, rest = value.partition(":")
    name, _, target = rest.partition(":")
    param = KINDS[kind].params.get(name)
    if source != kind or param is None or param.target is None or target not in {"", param.target}:
        known = ", ".join(f"{kind}:{each}" for each in KINDS[kind].includes()) or "nothing"
        raise _bad("_include", f"here {known} may come along")
    return [name]


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9:  # noqa: PLR2004 - 32 bits
        raise _bad("_count", "a whole number from 0")
    return min(int(value), MOST)


def _number(search: Asked, values: frozenset[str]) -> None:
    if search.identifiers is not None:
        raise _bad("identifier", "it may stand once")
    if len(values) > MOST_NUMBERS:
        raise _bad("identifier", f"at most {MOST_NUMBERS} numbers")
    search.identifiers = tuple(sorted(values))


def _sought(search: Asked, name: str, param: Param, value: str) -> None:
    """Who is looked for: all that is said has to fit."""
    if param.type == "string":
        search.words += value.replace(",", " ").split()
        if sum(map(len, search.words)) > MOST_LETTERS:
            raise _bad(name, f"at most {MOST_LETTERS} letters")
        return
    try:
        search.born = date.fromisoformat(value.removeprefix("eq"))
    except ValueError:
        raise _bad(name, "a whole day is needed") from None


def _code(token: str, system: str | None) -> str:
    """The code that a token asks for; one of another system is none that anything here has."""
    told, bar, code = token.rpartition("|")
    return code if not bar or told in {"", system} else f"{told}|{code}"


def _referred(name: str, value: str, param: Param) -> str:
    """The id or code that a reference names: `Patient/x`, an address that ends so, `system|x`, or `x` alone."""
    told, bar, rest = value.rpartition("|")
    kind, slash, found = rest.split("/_history", maxsplit=1)[0].rpartition("/")
    if not found:
        raise _bad(name, "this refers to nothing")
    if bar and told not in {"", param.system}:
        return f"{told}|{found}"
    if slash and param.target is not None and kind.rpartition("/")[2] != param.target:
        raise _bad(name, f"this is no {param.target}")
    return found


def _when(between: Between, name: str, value: str) -> None:
    prefix, text = (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)
    first, after = _span(name, text)
    lower = {"eq": first, "ge": first, "gt": after, "sa": after}.get(prefix)
    upper = {"eq": after, "le": after, "lt": first, "eb": first}.get(prefix)
    if lower is not None:
        between.first = max(filter(None, (between.first, lower)))
    if upper is not None:
        between.before = min(filter(None, (between.before, upper)))


def _span(name: str, text: str) -> tuple[datetime, datetime]:
    """From when until before when a time lasts that is told as exactly as it is told; a day is one of UTC."""
    found = TIME.fullmatch(text.replace(" ", "+"))
    if found is None:
        raise _bad(name, "this is no time")
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
        raise _bad(name, "this is no time") from None
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        raise _bad(name, "this is no time of ours")
    return first, first + length


def _bad(name: str, words: str) -> Problem:
    return Problem("bad_search", errors=({"field": name[:MAX_NAME], "message": words},))
