"""Whether two people write of the same person: Russian names as they are really written, compared and explained.

    found = match(Name(family="Иванова", given="Наталия"), Name.of("ищу Иванову Наташу"))
    found.score        # 0 to 100
    found.reasons      # why, as stable codes (`Reason`), for the person who has to confirm

What is taken into account, with which result and with which known misses: docs/names.md.

There is no automatic merge, and nothing here says that two records are one person. `LIKELY` and `POSSIBLE` are only
the marks above which a pair is worth showing to somebody who confirms or refuses it; namesakes exist. Nothing here does
I/O apart from reading its own table of given names, once.
"""

from marshrut.names.index import Found, NameIndex, other_forms
from marshrut.names.matching import LIKELY, POSSIBLE, match
from marshrut.names.name import Match, Name, Reason, Sex
from marshrut.names.reading import Normalised, normalised

__all__ = [
    "LIKELY",
    "POSSIBLE",
    "Found",
    "Match",
    "Name",
    "NameIndex",
    "Normalised",
    "Reason",
    "Sex",
    "match",
    "normalised",
    "other_forms",
]
