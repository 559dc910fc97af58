"""Admissions as a hospital's system sends them: A01, no two alike, in the character sets that the parser takes."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from bench.subjects import HOSPITAL
from marshrut.adapters.hl7v2 import Fault, parse
from marshrut.domain.words import Role
from marshrut.ports import Caller

SENDER = Caller("bench", Role.INTEGRATOR, frozenset({HOSPITAL}))
# As MSH-18 names them, and Python's codec.
CHARSETS = {"UNICODE UTF-8": "utf-8", "WINDOWS-1251": "cp1251", "8859/5": "iso8859-5", "KOI8-R": "koi8-r"}

_numbers = count(1)


def message(charset: str) -> tuple[str, bytes]:
    """The next admission: its control id and its bytes."""
    number, now = next(_numbers), f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
    control = f"BENCH{number}"
    segments = (
        f"MSH|^~\\&|HIS|{HOSPITAL}|MARSHRUT|CITY|{now}||ADT^A01^ADT_A01|{control}|P|2.5||||||{charset}",
        f"EVN|A01|{now}||||{now}",
        f"PID|1||9{number:06}^^^{HOSPITAL}^MR||Лебедева^Валентина^Сергеевна||19390517|F|||ул. Примерная, д. 7^^Москва",
        "NK1|1|Крылова^Зинаида^Петровна|NBR^соседка||^PRN^PH^^7^495^0000102",
        f"PV1|1|I|ТРАВМ^308^3^{HOSPITAL}|E||||||||||||||EMR|HL7-{number}|||||||||||||||||||||||||{now}",
        "DG1|1||S72.1^Чрезвертельный перелом^I10|||A",
    )
    return control, "".join(f"{segment}\r" for segment in segments).encode(CHARSETS[charset])


def taken() -> tuple[str, ...]:
    """The character sets of ours that the parser takes."""
    return tuple(charset for charset in CHARSETS if _reads(message(charset)[1]))


def _reads(raw: bytes) -> bool:
    try:
        parse(raw)
    except Fault:
        return False
    return True
