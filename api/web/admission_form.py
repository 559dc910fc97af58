"""The form that takes in a referral: what was typed, what of it is wrong, and the referral that it makes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from api.web.forms import Form
from api.web.words import Words
from marshrut.domain.words import Flag
from marshrut.names import Name
from marshrut.ports import Unfit

# What changes the first hours, and so is asked at once; everything else can be written later.
FLAGS = (
    Flag.LIVES_ALONE,
    Flag.NO_DOCUMENTS,
    Flag.NO_FIXED_ABODE,
    Flag.CHILD_WITHOUT_CARER,
    Flag.LOW_MOBILITY,
    Flag.CRISIS,
)
ASKING = ("ward", "patient", "relative")
SENTENCE, TEXT, CODE = 1000, 250, 100
# As the fields stand on the page, so that a summary of faults reads from top to bottom.
ORDER = ("facility", "ward", "at", "sentence", "family", "given", "born", "visit")
MONTHS, OLDEST = 12, 130
AT = "%d.%m.%Y %H:%M"
_DATE = re.compile(r"(\d{1,2})[.\-/ ](\d{1,2})[.\-/ ](\d{4})")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields, as it was typed."""

    facility: str
    ward: str = ""
    visit: str = ""
    at: str = ""
    sentence: str = ""
    asking: str = ASKING[0]
    family: str = ""
    given: str = ""
    born: str = ""
    unknown: bool = False
    flags: frozenset[Flag] = frozenset()

    @classmethod
    def of(cls, form: Form, facility: str) -> Typed:
        """The fields of a form; where none was chosen, `facility`."""
        chosen = frozenset(form.texts("flag"))
        return cls(
            facility=form.text("facility") or facility,
            ward=form.text("ward") or "",
            visit=form.text("visit") or "",
            at=form.text("at") or "",
            sentence=form.text("sentence") or "",
            asking=form.text("asking") or ASKING[0],
            family=form.text("family") or "",
            given=form.text("given") or "",
            born=form.text("born") or "",
            unknown=form.text("unknown") is not None,
            flags=frozenset(flag for flag in FLAGS if flag.value in chosen),
        )

    @property
    def names_somebody(self) -> bool:
        """Whether enough of a name is there to look for the same person."""
        return len(self.family) > 1 or len(self.given) > 1

    def name(self) -> Name:
        """The name as it is compared; a date that is none counts for nothing."""
        given, _, patronymic = self.given.partition(" ")
        born = birth_date(self.born)
        return Name(self.family, given, patronymic.strip(), birth_date=born if isinstance(born, date) else None)

    def all_flags(self) -> tuple[Flag, ...]:
        """Those that were ticked, and what follows from the form."""
        more = {Flag.UNIDENTIFIED} if self.unknown else set()
        return tuple(flag for flag in Flag if flag in self.flags | more)


def birth_date(text: str) -> date | str | None:
    """The day; None where nothing stands; what is wrong with it as a key of the form's words."""
    if not text:
        return None
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return "born_form"
    day, month, year = map(int, found.groups())
    if not 1 <= month <= MONTHS:
        return "born_month"
    try:
        return date(year, month, day)
    except ValueError:
        return "born_day"


def moment(text: str, zone: tzinfo) -> datetime | None:
    """The time as the hospital's clock on the wall shows it, "06.11.2025 09:40"; None where it says none."""
    try:
        return datetime.strptime(text.strip(), AT).replace(tzinfo=zone)
    except ValueError:
        return None


def place(text: str) -> tuple[str | None, str | None]:
    """Ward and bed as codes: "Хирургия, 311"."""
    ward, _, bed = text.partition(",")
    return _code(ward), _code(bed)


def _code(text: str) -> str | None:
    fitting = "".join(char if _fits(char) else "-" for char in unicodedata.normalize("NFC", text.strip()))
    return re.sub("-+", "-", fitting).strip("-")[:CODE] or None


def _fits(char: str) -> bool:
    return char in "_.:/@+" or unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}


def checked(typed: Typed, zone: tzinfo, now: datetime, t: Words) -> tuple[dict[str, Any], dict[str, str]]:
    """The referral's JSON, and what is wrong by field. With anything wrong the JSON is worth nothing."""
    wrong: dict[str, str] = {}
    born, at = birth_date(typed.born), None
    if isinstance(born, str):
        wrong["born"] = t(f"admit.{born}", text=typed.born)
    elif born is not None and not now.year - OLDEST <= born.year <= now.year:
        wrong["born"] = t("admit.born_year", text=typed.born)
    if not typed.sentence:
        wrong["sentence"] = t("admit.sentence_missing")
    for field, most in (("sentence", SENTENCE), ("family", TEXT), ("given", TEXT), ("visit", TEXT)):
        if len(getattr(typed, field)) > most:
            wrong[field] = t("admit.too_long", most=most)
    if typed.at:
        at = moment(typed.at, zone)
        if at is None:
            wrong["at"] = t("admit.at_form", text=typed.at)
    if at is not None and at > now:
        wrong["at"] = t("admit.at_future")
    ward, bed = place(typed.ward)
    given, _, patronymic = typed.given.partition(" ")
    patient = {"family": typed.family, "given": given, "patronymic": patronymic.strip()}
    content = {
        "facility": typed.facility,
        "sentence": typed.sentence,
        "visit": typed.visit or None,
        "ward": ward,
        "bed": bed,
        "occurred_at": None if at is None else at.isoformat(),
        "flags": [flag.value for flag in typed.all_flags()],
        "referred_by": {"role": t(f"admit.asking_{typed.asking}")} if typed.asking in ASKING else None,
        "patient": {
            "identified": not typed.unknown,
            "birth_date": born.isoformat() if isinstance(born, date) else None,
            **{part: text or None for part, text in patient.items()},
        },
    }
    return content, {field: wrong[field] for field in ORDER if field in wrong}


FIELDS: Mapping[str, str] = {
    "facility": "facility",
    "occurred_at": "at",
    "visit": "visit",
    "sentence": "sentence",
    "birth_date": "born",
    "patient.birth_date": "born",
    "patient.family": "family",
    "patient.given": "given",
    "ward": "ward",
    "bed": "ward",
}


def refused(fault: Unfit, told: str) -> dict[str, str]:
    """What the intake says is wrong, by field of the form; what belongs to no field stands at the sentence."""
    named = [each.get("field", "") for each in fault.errors] or [fault.details.get("field", "")]
    return {FIELDS.get(name.removeprefix("body."), "sentence"): told for name in named}
