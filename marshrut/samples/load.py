"""The sample messages, moved in time so that every one of them was admitted within the last hours."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from importlib.resources import files

# How long ago each sample was sent. So its first clocks stand differently: just begun, amber, nearly over.
SENT_BEFORE = {
    "elderly_alone": timedelta(hours=20, minutes=15),
    "homeless_man": timedelta(hours=9, minutes=40),
    "khabarovsk_stroke": timedelta(hours=6, minutes=5),
    "large_family": timedelta(hours=3, minutes=30),
    "planned_surgery": timedelta(hours=2, minutes=20),
    "unidentified_man": timedelta(hours=1, minutes=10),
    "widower_walk_in": timedelta(minutes=45),
    "lone_child": timedelta(minutes=20),
}

_TIMES = {"MSH": (7,), "EVN": (2, 6), "PV1": (44,)}
_TIME = re.compile(r"(?P<local>\d{14})(?P<offset>[+-]\d{4})?", re.ASCII)
_FORMAT = "%Y%m%d%H%M%S"


def shifted(now: datetime) -> list[tuple[str, bytes]]:
    """Every sample as (name, ER7 bytes), the oldest first.

    All times of a message move by the same span; an offset that a time names stays, and a time that names none stays
    local to its hospital. The same `now` gives the same bytes.

    Args:
        now: with its zone.
    """
    folder = files("marshrut.samples")
    return [
        (name, _shift(folder.joinpath(f"{name}.hl7").read_bytes().decode(), now - before).encode())
        for name, before in SENT_BEFORE.items()
    ]


def _shift(message: str, sent_at: datetime) -> str:
    sent = datetime.strptime(message.split("|")[6], f"{_FORMAT}%z")
    delta = timedelta(seconds=int((sent_at - sent).total_seconds()))
    return "\r".join(_shift_segment(segment, delta) for segment in message.split("\r"))


def _shift_segment(segment: str, delta: timedelta) -> str:
    fields = segment.split("|")
    first = 1 if fields[0] == "MSH" else 0  # MSH-1 is the separator itself
    for field in _TIMES.get(fields[0], ()):
        place = field - first
        if place < len(fields) and (found := _TIME.fullmatch(fields[place])):
            local = datetime.strptime(found["local"], _FORMAT) + delta  # noqa: DTZ007 - its offset is kept as text
            fields[place] = local.strftime(_FORMAT) + (found["offset"] or "")
    return "|".join(fields)
