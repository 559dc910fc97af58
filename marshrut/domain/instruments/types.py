"""An instrument as rules, without wording, and what came of its answers.

Both hold codes and numbers only, so they may travel anywhere; answers themselves are the person's and stay sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from marshrut.domain.base import Code, Wire


class Need(StrEnum):
    """What an instrument may propose; a person agrees the needs, not a score."""

    URGENT_HELP = "urgent_help"
    HOME_CARE = "home_care"
    DOCUMENTS = "documents"
    RELATIVES = "relatives"
    PSYCHOLOGY = "psychology"
    PLACEMENT = "placement"
    AIDS = "aids"
    DISABILITY = "disability"


Kind = Literal["choice", "boolean", "integer"]
Value = Code | bool | int
# What was answered, by linkId: the code of an option, yes or no, or a number; several only where an item repeats.
Answers = Mapping[str, tuple[Value, ...]]


class Option(Wire):
    """An answer of a choice; `ordinal` is what it adds to a sum."""

    code: Code
    ordinal: int | None = None
    needs: tuple[Need, ...] = ()


class Condition(Wire):
    """What has been answered to an item; exactly one of the three is said.

    `equals`: that answer is among those given. `exists`: there is an answer, or there is none. `at_least`: the ordinal
    of an answer, or the number given, is no lower.
    """

    item: Code
    equals: Value | None = None
    exists: bool | None = None
    at_least: int | None = None


class Item(Wire):
    """A question. It is asked only while `enabled` holds, which looks at an item before it.

    `minimum` and `maximum` bound an integer. `group` is the linkId of the group that it stands in.
    """

    link_id: Code
    kind: Kind
    required: bool
    repeats: bool = False
    options: tuple[Option, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    enabled: Condition | None = None
    group: Code | None = None

    def option(self, value: Value) -> Option | None:
        """The option that an answer names."""
        return next((option for option in self.options if option.code == value), None)

    def ordinal(self, value: Value) -> int | None:
        """What an answer counts: its option's ordinal, or the number itself."""
        if self.kind == "integer":
            return int(value)
        option = self.option(value)
        return None if option is None else option.ordinal


class Band(Wire):
    """Scores that mean the same, from the first to the last."""

    code: Code
    first: int
    last: int
    needs: tuple[Need, ...] = ()


class Rule(Wire):
    """An answer that says something by itself, whatever the score."""

    code: Code
    when: Condition
    urgent: bool = False
    needs: tuple[Need, ...] = ()


class Instrument(Wire):
    """A questionnaire and its scoring. Its bands cover every sum of the items in `total` exactly once."""

    code: Code
    url: Code
    version: Code
    items: tuple[Item, ...]
    total: tuple[Code, ...] = ()
    bands: tuple[Band, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def options_system(self) -> str:
        """The code system of its options, as its Questionnaire names it."""
        return f"{self.url}/options"

    def item(self, link_id: object) -> Item | None:
        """The item of that linkId."""
        return next((item for item in self.items if item.link_id == link_id), None)

    @property
    def bounds(self) -> tuple[int, int]:
        """The lowest and the highest sum that answers can have; (0, 0) of an instrument without a sum."""
        scales = [[option.ordinal or 0 for option in item.options] for item in self.items if item.link_id in self.total]
        return sum(map(min, scales)), sum(map(max, scales))


class Finding(Wire):
    """What an answer said by itself; an urgent one is for today."""

    code: Code
    item: Code
    urgent: bool


class Because(Wire):
    """Why a need is proposed: by a band, a finding, or an answer, whose `code` is `item.option`."""

    instrument: Code
    by: Literal["band", "finding", "answer"]
    code: Code


class Proposed(Wire):
    """A need that the answers speak for, and every reason; urgent when one of its findings is."""

    need: Need
    urgent: bool
    reasons: tuple[Because, ...]


class Scored(Wire):
    """What came of the answers. Without a sum there is neither score nor band."""

    instrument: Code
    version: Code
    score: int | None
    band: Code | None
    findings: tuple[Finding, ...]
    needs: tuple[Proposed, ...]
