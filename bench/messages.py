"""Admissions as a hospital's system sends them: A01, no two alike, in the character sets that the parser takes."""

from __future__ import annotations

from collections.abc import Callable
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


def message(charset: str, event: str = "A01", visit: int | None = None) -> tuple[str, bytes]:
    """The next admission, or another event of a visit: its control id and its bytes."""
    number, now = next(_numbers), f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
    control, about = f"BENCH{number}", visit or number
    segments = (
        f"MSH|^~\\&|HIS|{HOSPITAL}|MARSHRUT|CITY|{now}||ADT^{event}^ADT_A01|{control}|P|2.5||||||{charset}",
        f"EVN|{event}|{now}||||{now}",
        f"PID|1||9{about:06}^^^{HOSPITAL}^MR||Лебедева^Валентина^Сергеевна||19390517|F|||ул. Примерная, д. 7^^Москва",
        "NK1|1|Крылова^Зинаида^Петровна|NBR^соседка||^PRN^PH^^7^495^0000102",
        f"PV1|1|I|ТРАВМ^308^3^{HOSPITAL}|E||||||||||||||EMR|HL7-{about}|||||||||||||||||||||||||{now}",
        "DG1|1||S72.1^Чрезвертельный перелом^I10|||A",
    )
    return control, "".join(f"{segment}\r" for segment in segments).encode(CHARSETS[charset])


def visits() -> Callable[[str], tuple[str, bytes]]:
    """Writes A01 and A08 by turns, each pair about one visit."""
    admitted: list[str] = []

    def write(charset: str) -> tuple[str, bytes]:
        if admitted:
            return message(charset, "A08", int(admitted.pop().removeprefix("BENCH")))
        control, raw = message(charset)
        admitted.append(control)
        return control, raw

    return write


def taken() -> tuple[str, ...]:
    """The character sets of ours that the parser takes."""
    return tuple(charset for charset in CHARSETS if _reads(message(charset)[1]))


def _reads(raw: bytes) -> bool:
    try:
        parse(raw)
    except Fault:
        return False
    return True
