"""What is noted of a request while it is answered: who calls, about which cases, what was searched and found.

Any function on the way may note something (`noted()`); the witness around the application writes it down.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

from marshrut.domain.auditing import CASE_ID, Purpose, fields_of
from marshrut.ports import Caller


@dataclass(slots=True)
class Noted:
    """What is known so far. `code`: why it was refused; `purpose`, `thing`: where they are not the endpoint's."""

    caller: Caller | None = None
    user: str | None = None
    cases: set[str] = field(default_factory=set)
    hospital: str | None = None
    code: str | None = None
    purpose: Purpose | None = None
    thing: str | None = None
    fields: tuple[str, ...] = ()
    found: int | None = None

    def about(self, *names: str | None) -> None:
        """Of which cases it is: their ids, or ids of what is theirs, which begin so. What is no id is left out."""
        self.cases.update(found.group() for name in names if name and (found := CASE_ID.match(name)))

    def searched(self, fields: Iterable[str], found: int | None) -> None:
        """By which fields something was looked for, and how many were found; never what stood in them."""
        self.fields, self.found = fields_of(fields), found

    def searched_by(self, given: Mapping[str, object], found: Collection[object]) -> None:
        """The same, of a form: the fields that were filled in."""
        self.searched((name for name, value in given.items() if value not in (None, "")), len(found))


_NOTED: ContextVar[Noted] = ContextVar("noted")


def noted() -> Noted:
    """What is noted of the request that is being answered; outside of one, something that nobody reads."""
    return _NOTED.get(None) or Noted()


def begun() -> Noted:
    """Begin to note."""
    fresh = Noted()
    _NOTED.set(fresh)
    return fresh
