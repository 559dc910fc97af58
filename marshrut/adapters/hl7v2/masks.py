"""An HL7 v2 message masked: its segments, fields and separators, and of its values the codes and times named here.

What stands in no line of the table below is masked, in every event, version and Z segment; and a value that is in none
of the closed sets is masked too, wherever it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from marshrut.adapters import masks
from marshrut.adapters.hl7v2 import charsets
from marshrut.adapters.hl7v2.header import NULL, Header, Separators, glance, unframe
from marshrut.adapters.hl7v2.message import MAX_SEGMENTS
from marshrut.ports import Masked, MaskedLine, Part

# The segments of an ADT message and what hospitals put beside them; a line that begins otherwise may begin with a name.
SEGMENTS = masks.codes(
    "MSH SFT UAC EVN PID PD1 ARV ROL PRT NK1 PV1 PV2 DB1 OBX AL1 DG1 DRG PR1 GT1 IN1 IN2 IN3 ACC UB1 UB2 PDA MRG "
    "NTE BHS BTS FHS FTS MSA ERR ORC OBR DSC TXA IAM CON AUT RF1 PRD CTD SCH AIS AIG AIL AIP RGS FT1"
)
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(?:\.\d{1,4})?)?)?(?:[+-]\d{4})?", re.ASCII)
_LINE_END = re.compile(r"\r\n|\r|\n")
_MOST_CHARSET = 40

_TYPES = masks.codes("ADT ACK ORU ORM OMG OML ORL OUL SIU SRM MDM DFT BAR VXU QRY QBP RSP MFN RDE RDS PPR REF")
_YES = frozenset({"Y", "N"})
_WAYS = masks.codes("AL NE ER SU")
_IDS = masks.codes("MR PI VN AN NI SS PPN PN DL SR XX U")
_NAMES = masks.codes("L A D M N B C T U S P I K R")
_KIN = masks.codes(
    "SEL SPO DOM CHD GCH NCH SCH FCH DEP WRD PAR MTH FTH CGV GRD GRP EXF SIB BRO SIS FND OAD EME EMR ASC EMC OWN "
    "TRA MGR NON UNK OTH EMP"
)
_USES = masks.codes("PRN ORN WPN VHN ASN EMR NET BPN PRS")
_DEVICES = masks.codes("PH FX MD CP SAT BP Internet X.400 TDD TTY")
_VALUES = masks.codes(
    "AD CE CF CK CN CP CWE CX DT ED FT ID IS MO NM PN RP SI SN ST TM TN TS DTM TX XAD XCN XON XPN XTN"
)
_SEXES = masks.codes("M F U O A N")
_CLASSES = masks.codes("E I O P R B C N U")
_ADMISSIONS = masks.codes("A C E L N R U")
_OURS = frozenset({"MARSHRUT"})


@dataclass(frozen=True, slots=True)
class _Known:
    """What is asked of a value: the hospitals' codes, their own codes of emergency and death, when it came."""

    hospitals: Collection[str]
    codes: Collection[str]
    received_at: datetime


Rule = Callable[[str, str, _Known], Part]


def _among(codes: Collection[str]) -> Rule:
    return lambda text, place, _: masks.one_of(text, codes, place)


def _like(pattern: str) -> Rule:
    written = re.compile(pattern, re.ASCII)
    return lambda text, place, _: masks.shown(text, place) if written.fullmatch(text) else masks.mask(text, place)


def _time(text: str, place: str, known: _Known) -> Part:
    found = _TIME.fullmatch(text)
    about = found is not None and masks.about(known.received_at, found.groups())
    return masks.shown(text, place) if about else masks.mask(text, place)


def _hospital(text: str, place: str, known: _Known) -> Part:
    return masks.shown(text, place) if text in known.hospitals or text in _OURS else masks.mask(text, place)


def _coded(codes: Collection[str]) -> Rule:
    """A code of the standard, or one that our catalogue lists for the hospital."""
    return lambda text, place, known: (
        masks.shown(text, place) if text in codes or text in known.codes else masks.mask(text, place)
    )


def _charset(text: str, place: str, _: _Known) -> Part:
    known = len(text) <= _MOST_CHARSET and charsets.codec([text]) is not None
    return masks.shown(text, place) if known else masks.mask(text, place)


def _ending(text: str, place: str, _: _Known) -> Part:
    return masks.ending(text, place)


_NUMBER = _like(r"\d{1,3}")
# By segment, field and component; a component that is not named is masked.
RULES: dict[tuple[str, int, int], Rule] = {
    ("MSH", 3, 1): _hospital,
    ("MSH", 4, 1): _hospital,
    ("MSH", 5, 1): _hospital,
    ("MSH", 6, 1): _hospital,
    ("MSH", 7, 1): _time,
    ("MSH", 9, 1): _among(_TYPES),
    ("MSH", 9, 2): _like(r"[A-Z]\d\d"),
    ("MSH", 9, 3): _like(r"(?:ADT|ORU|ACK)(?:_[A-Z]\d\d)?"),
    ("MSH", 10, 1): _ending,
    ("MSH", 11, 1): _among({"P", "T", "D"}),
    ("MSH", 12, 1): _like(r"2\.\d(?:\.\d)?"),
    ("MSH", 15, 1): _among(_WAYS),
    ("MSH", 16, 1): _among(_WAYS),
    ("MSH", 17, 1): _among({"RUS", "RU", "USA"}),
    ("MSH", 18, 1): _charset,
    ("EVN", 1, 1): _like(r"[A-Z]\d\d"),
    **{("EVN", field, 1): _time for field in (2, 3, 6)},
    ("EVN", 4, 1): _like(r"0[1-9]|[A-Z]"),
    **{(name, 1, 1): _NUMBER for name in ["PID", "PV1", "NK1", "OBX", "NTE", "DG1", "AL1", "PR1", "GT1", "IN1"]},
    ("PID", 3, 4): _hospital,
    ("PID", 3, 5): _among(_IDS),
    ("PID", 5, 7): _among(_NAMES),
    ("PID", 8, 1): _among(_SEXES),
    ("PID", 13, 2): _among(_USES),
    ("PID", 13, 3): _among(_DEVICES),
    ("PID", 14, 2): _among(_USES),
    ("PID", 14, 3): _among(_DEVICES),
    ("PID", 30, 1): _among(_YES),
    ("PV1", 2, 1): _coded(_CLASSES),
    ("PV1", 3, 4): _hospital,
    ("PV1", 4, 1): _coded(_ADMISSIONS),
    ("PV1", 18, 1): _coded(()),
    ("PV1", 19, 1): _ending,
    ("PV1", 36, 1): _like(r"\d{1,2}"),
    ("PV1", 44, 1): _time,
    ("PV1", 45, 1): _time,
    ("PV2", 8, 1): _time,
    ("PV2", 9, 1): _time,
    ("NK1", 3, 1): _among(_KIN),
    ("NK1", 5, 2): _among(_USES),
    ("NK1", 5, 3): _among(_DEVICES),
    ("MRG", 1, 4): _hospital,
    ("MRG", 1, 5): _among(_IDS),
    ("MRG", 5, 1): _ending,
    ("OBX", 2, 1): _among(_VALUES),
    ("OBX", 11, 1): _among(masks.codes("C D F I N O P R S U W X")),
}


class Hl7Masks:
    """Masks HL7 v2. `hospitals`: the codes that the catalogue knows; `codes`: theirs for emergencies and deaths."""

    def __init__(self, hospitals: Collection[str], codes: Collection[str]) -> None:
        self._hospitals = hospitals
        self._codes = codes

    def masked(self, raw: bytes, received_at: datetime) -> Masked:
        """The message without anything that may name a person."""
        header = glance(raw)
        text = unframe(raw).decode(header.codec or "utf-8", errors="replace")
        if not header.readable:
            return masks.message(masks.unread(text))
        known = _Known(self._hospitals, self._codes, received_at)
        return masks.message(_lines(text, header, known))


def _lines(text: str, header: Header, known: _Known) -> Iterator[MaskedLine]:
    ordinals: Counter[str] = Counter()
    for line in _LINE_END.split(text, maxsplit=4 * MAX_SEGMENTS):
        clear = line.lstrip(" \t")
        if not clear:
            continue
        name, after = clear[:3], clear[3:4]
        ours = name in SEGMENTS or (name.startswith("Z") and _NAME.fullmatch(name) is not None)
        if not ours or after not in {"", header.separators.field}:
            yield MaskedLine((), 0, (masks.mask(clear),))
            continue
        ordinals[name] += 1
        place = name if ordinals[name] == 1 else f"{name}[{ordinals[name]}]"
        yield MaskedLine((place,), 0, tuple(_segment(clear, name, place, header.separators, known)))


def _segment(line: str, name: str, place: str, separators: Separators, known: _Known) -> Iterator[Part]:
    fields, first = line.split(separators.field), 1
    yield masks.built(name, place)
    if name == "MSH":
        # MSH-1 is the separator itself, and MSH-2 was read as such: it is made of no letters.
        yield masks.built(separators.field + separators.encoding, f"{place}-2")
        fields, first = fields[1:], 3
    for number, field in enumerate(fields[1:], first):
        at = f"{place}-{number}"
        yield masks.built(separators.field, at)
        for repetition, each in enumerate(field.split(separators.repetition)):
            if repetition:
                yield masks.built(separators.repetition, at)
            yield from _repetition(each, name, number, at, separators, known)


def _repetition(  # noqa: PLR0913, PLR0917 - where it stands
    text: str, name: str, number: int, at: str, separators: Separators, known: _Known
) -> Iterator[Part]:
    for component, whole in enumerate(text.split(separators.component), 1):
        if component > 1:
            yield masks.built(separators.component, at)
        rule = RULES.get((name, number, component))
        for sub, leaf in enumerate(whole.split(separators.sub), 1):
            if sub > 1:
                yield masks.built(separators.sub, at)
            if leaf == NULL:
                yield masks.built(leaf, at)
            elif leaf:
                yield masks.mask(leaf, at) if rule is None or sub > 1 else rule(leaf, at, known)
