"""Erasing a person: when it may be done, what is put in the place of ids, and what is written down of it.

Whatever says who somebody is, is destroyed; what happened stays, under ids that lead nowhere, so that figures stay.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from marshrut.domain.ids import person_of
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState


class Basis(StrEnum):
    """By which rule of Federal Law 152-FZ [M] it is done."""

    CONSENT_WITHDRAWN = "consent_withdrawn"  # article 21, part 5
    PURPOSE_REACHED = "purpose_reached"  # article 21, part 4
    UNLAWFUL = "unlawful"  # article 21, part 3
    NOT_NEEDED = "not_needed"  # article 20, part 3


ARTICLES: Mapping[Basis, str] = {
    Basis.CONSENT_WITHDRAWN: "152-ФЗ, ст. 21, ч. 5",
    Basis.PURPOSE_REACHED: "152-ФЗ, ст. 21, ч. 4",
    Basis.UNLAWFUL: "152-ФЗ, ст. 21, ч. 3",
    Basis.NOT_NEEDED: "152-ФЗ, ст. 20, ч. 3",
}


class ErasureState(StrEnum):
    """How an erasure stands."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class ErasureStep(StrEnum):
    """How far one is; each can be done again without harm."""

    PLANNED = "planned"
    RUNS_DELETED = "runs_deleted"
    SEVERED = "severed"
    KEYS_DESTROYED = "keys_destroyed"


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes, and what comes in its place: ids of cases and persons. It goes itself when all is done.

    `runs`, `keys`: how many there were of them when it was made.
    """

    cases: Mapping[str, str]
    persons: Mapping[str, str]
    runs: int = 0
    keys: int = 0

    @classmethod
    def of(cls, states: Iterable[CaseState]) -> Plan:
        """For these cases, all of one person."""
        known = list(states)
        # Also whom a case was about while nobody had told a record number.
        persons = [each.person for each in known if each.person is not None]
        persons += [person_of(each.case_id) for each in known]
        # Whoever came back is one person still, so that people are counted as before.
        anew = str(uuid4())
        return cls({each.case_id: str(uuid4()) for each in known}, dict.fromkeys(persons, anew))

    def grown(self, states: Iterable[CaseState]) -> Plan | None:
        """The plan with cases of theirs that were not there when it was made; None: there are none."""
        now = Plan.of(states)
        if now.cases.keys() <= self.cases.keys():
            return None
        anew = next(iter(self.persons.values()))
        cases, persons = {**now.cases, **self.cases}, {**dict.fromkeys(now.persons, anew), **self.persons}
        first = next(iter(self.cases))  # by which it was asked for
        return replace(self, cases={first: cases.pop(first), **cases}, persons=persons)

    @property
    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Plan:
        """As it was kept."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the extract from the log: when what was destroyed, and how many of it."""

    at: datetime
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure that somebody asked for. `case_id`: of which case, until it is done."""

    id: str
    state: ErasureState
    hospital: str
    basis: Basis
    asked_by: Actor
    asked_at: datetime
    case_id: str | None = None
    confirmed_by: Actor | None = None
    confirmed_at: datetime | None = None
    step: ErasureStep | None = None
    plan: Plan | None = field(default=None, repr=False)
    fault: str | None = None
    finished_at: datetime | None = None
    certificate: str | None = None
    signature: str | None = None


def check(states: Iterable[CaseState], held: Iterable[str]) -> None:
    """Let pass cases that may be erased.

    Raises:
        Refused: `case_open`: one of the person's is; `legal_hold`: something is kept by order of somebody.
    """
    if any(not each.closed for each in states):
        raise Refused("case_open")
    if any(held):
        raise Refused("legal_hold")


def confirmed(erasure: Erasure, by: Actor, at: datetime) -> Erasure:
    """Confirmed by a second person.

    Raises:
        Refused: `own_request`, or `erasure_settled`: it does not wait for that.
    """
    if erasure.state is not ErasureState.ASKED:
        raise Refused("erasure_settled", state=erasure.state)
    if erasure.asked_by.user == by.user:
        raise Refused("own_request")
    return replace(erasure, state=ErasureState.CONFIRMED, confirmed_by=by, confirmed_at=at)


# An inquiry code leads to the case, and a bed at a time to the patient.
_LEADS = re.compile(r'"(inquiry|bed)":"[^"]*"')


def severed(text: str, names: Mapping[str, str]) -> str:
    """The text with other ids in the place of these."""
    return _LEADS.sub(r'"\1":null', renamed(text, names))


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The same of somebody else's text, of which all other things stay."""
    for old, new in names.items():
        if old in text:
            text = text.replace(old, new)
    return text


# What is destroyed of a person, as an act has to name it.
CATEGORIES: Sequence[tuple[str, str]] = (
    ("фамилия, имя, отчество, пол, дата рождения", "name, sex, date of birth"),
    ("адрес, телефоны", "address, telephones"),
    ("номера истории болезни и случая госпитализации", "numbers of record and visit"),
    ("реквизиты и номера документов", "numbers of documents"),
    ("сведения о родственниках и других близких", "data of relatives and others who are near"),
    ("сведения о состоянии и обстоятельствах жизни", "data of health and circumstances"),
    ("записи и заметки сотрудников", "notes of those who worked on the case"),
)
SYSTEM = "Маршрут (Marshrut)"
METHOD = (
    "уничтожение ключей шифрования, стирание зашифрованных записей, удаление историй процессов, обезличивание журнала"
)


def certificate(erasure: Erasure, log: Sequence[Logged], operator: str | None, at: datetime) -> str:
    """What Roskomnadzor's order 179 of 28.10.2022 asks of an act and of an extract from the log, as JSON.

    The person is named by the erasure's number, which stands on the paper that asked for it; nothing here leads there.
    """
    content: dict[str, Any] = {
        "number": erasure.id,
        "operator": operator,
        "subject": erasure.id,
        "hospital": erasure.hospital,
        "asked": _who(erasure.asked_by, erasure.asked_at),
        "confirmed": None
        if erasure.confirmed_by is None or erasure.confirmed_at is None
        else _who(erasure.confirmed_by, erasure.confirmed_at),
        "categories": [{"ru": ru, "en": en} for ru, en in CATEGORIES],
        "system": SYSTEM,
        "method": METHOD,
        "basis": erasure.basis.value,
        "article": ARTICLES[erasure.basis],
        "destroyed_at": at.isoformat(),
        "log": [{"at": line.at.isoformat(), "what": line.what, "count": line.count} for line in log],
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def signed(key: bytes, text: str) -> str:
    """By which it is seen that nobody has changed a certificate since."""
    return hmac.new(key, b"erasure\x1f" + text.encode(), hashlib.sha256).hexdigest()


def genuine(key: bytes, text: str, signature: str) -> bool:
    """Whether nobody has."""
    return hmac.compare_digest(signed(key, text), signature)


def _who(actor: Actor, at: datetime) -> dict[str, str]:
    return {"user": actor.user, "role": actor.role.value, "at": at.isoformat()}
