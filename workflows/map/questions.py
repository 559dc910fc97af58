"""What a question to the state looks at, read off the code that asks it: earlier outcomes, flags, tracks, items."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, get_args

from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Flag, ItemKind, Report
from workflows.registry import STEPS

# The code that may be asked for what a question looks at: tracks, and what the domain knows by itself.
ASKING = ("workflows", "marshrut.domain", "tests")
# What of a case a question may look at without naming more than the field.
FIELDS = frozenset({"via", "topic", "earlier", "items", "scores", "moved_from", "variants", "child"})
# The domain knows a step by its name alone.
BY_NAME = {outcome.step: outcome for outcome in STEPS}


@dataclass
class Interest:
    """What a question may depend on; what it never names it cannot depend on."""

    outcomes: dict[type[Outcome], None] = field(default_factory=dict)
    flags: dict[Flag, None] = field(default_factory=dict)
    reports: dict[Report, None] = field(default_factory=dict)
    kinds: dict[ItemKind, None] = field(default_factory=dict)
    words: dict[str, None] = field(default_factory=dict)
    fields: dict[str, None] = field(default_factory=dict)

    def add(self, other: Interest) -> None:
        """Be interested in that as well."""
        self.outcomes |= other.outcomes
        self.flags |= other.flags
        self.reports |= other.reports
        self.kinds |= other.kinds
        self.words |= other.words
        self.fields |= other.fields


def interest(question: Callable[..., object]) -> Interest:
    """What the question, and every function of ours that it calls, names."""
    found = Interest()
    _ask(question, found)
    return found


def _ask(thing: Any, found: Interest) -> None:
    """As `_look`; what a function's code names is always the same and looked for once."""
    match thing:
        case partial():
            for each in (thing.func, *thing.args, *thing.keywords.values()):
                _ask(each, found)
        case types.FunctionType() if thing.__module__.startswith(ASKING):
            if thing.__code__ not in _KNOWN:
                known = _KNOWN[thing.__code__] = Interest()
                _all(_named(thing.__code__, thing.__globals__, known), known, set())
            found.add(_KNOWN[thing.__code__])
            for cell in thing.__closure__ or ():
                _ask(cell.cell_contents, found)
        case _:
            _look(thing, found, set())


_KNOWN: dict[types.CodeType, Interest] = {}


def _look(thing: Any, found: Interest, seen: set[int]) -> None:  # noqa: C901, PLR0912 - one `match` over every kind
    if id(thing) in seen:
        return
    seen.add(id(thing))
    match thing:
        case partial():
            _look(thing.func, found, seen)
            _all((*thing.args, *thing.keywords.values()), found, seen)
        case types.MethodType():
            _look(thing.__func__, found, seen)
        case types.FunctionType() if thing.__module__.startswith(ASKING):
            cells = [cell.cell_contents for cell in thing.__closure__ or ()]
            _all((*_named(thing.__code__, thing.__globals__, found), *cells), found, seen)
        case Flag():
            found.flags[thing] = None
        case Report():
            found.reports[thing] = None
        case ItemKind():
            found.kinds[thing] = None
        case str():
            found.words[thing] = None
            if thing in BY_NAME:
                found.outcomes[BY_NAME[thing]] = None
        case type() if issubclass(thing, Outcome) and thing is not Outcome:
            found.outcomes[thing] = None
        case type() if hasattr(thing, "steps") and hasattr(thing, "run"):
            _all(thing.steps, found, seen)
        case dict():
            _all((*thing.keys(), *thing.values()), found, seen)
        case tuple() | list() | set() | frozenset():
            _all(sorted(thing, key=str), found, seen)
        case _ if get_args(thing):
            _all(get_args(thing), found, seen)
        case _:
            return


def _all(things: Iterable[Any], found: Interest, seen: set[int]) -> None:
    for thing in things:
        _look(thing, found, seen)


def _named(code: types.CodeType, known: dict[str, Any], found: Interest) -> Iterator[Any]:
    for name in code.co_names:
        if name in FIELDS:
            found.fields[name] = None
        if name in known:
            yield known[name]
        for words in (ItemKind, Flag, Report):
            # A module may have a name of its own that is spelt like a member.
            if words.__name__ in code.co_names and name in words.__members__:
                yield words[name]
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _named(constant, known, found)
        elif isinstance(constant, str | tuple | frozenset):
            yield constant
