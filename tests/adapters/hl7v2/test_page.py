"""What integrators are told of HL7 v2 (docs/integration.md) is what the code does: each table is read and compared."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from marshrut.adapters.hl7v2 import Fault, charsets, glance, parse, refused, understood
from marshrut.adapters.hl7v2 import message as reading
from marshrut.adapters.hl7v2.admission import EVENTS
from marshrut.adapters.hl7v2.event import HAPPENINGS
from marshrut.adapters.hl7v2.fault import MEANINGS
from marshrut.adapters.hl7v2.header import MAX_SEGMENT
from marshrut.adapters.hl7v2.merge import EVENTS as MERGES
from tests.adapters.hl7v2.messages import SITES, adt
from tests.architecture.tree import text

PAGE = text(Path("docs/integration.md"))
SECTION = PAGE[PAGE.index("\n## HL7 v2\n") : PAGE.index("\n## Admissions as JSON\n")]
NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)
EVERY = sorted({*EVENTS, *HAPPENINGS, *MERGES})
# Read before the event is known: `header`, `charsets` and `asked` have them.
OF_THE_HEADER = {("MSH", field) for field in (1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 15, 16, 18)}
OTHERS = (
    "NK1|1|А^Б|MTH",
    "NK1|2||SIS",
    "GT1|1||В^Г",
    "IN1|1|||||||||||||||Д^Е",
    "DG1|1|||перелом",
    "MRG|5^^^GKB29^MR||||26-0",
    "ZPI|1",
)
# In which other ways a message may say the same, so that every field that is an alternative is asked.
WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"header": {12: "2.4"}, "pid": {3: "", 2: "77"}, "evn": {6: ""}, "pv1": {3: "Т^1^1", 44: ""}},
    {"header": {12: "2.3"}, "pid": {3: "", 4: "77", 29: "20260311", 30: "Y"}, "evn": {2: "", 6: ""}, "pv1": {44: ""}},
    {"pid": {30: "N"}, "pv1": {2: "O", 4: "R", 18: "", 36: "20", 44: "20260312"}},
)


def rows(heading: str) -> list[list[str]]:
    """The first table that begins with this heading, cell by cell, without the heading."""
    table = SECTION[SECTION.index(f"\n| {heading} |") + 1 :].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[2:]]


def events_of(told: str) -> set[str]:
    """The events that a cell names."""
    named: set[str] = set()
    for part in told.split(", "):
        first, _, last = part.partition(" to ")
        if part in {"all", "tells", "admits"}:
            named |= {"all": {*EVERY}, "tells": {*EVERY} - MERGES, "admits": {*EVENTS}}[part]
        else:
            named |= {event for event in EVERY if first <= event <= (last or first)}
    return named


def documented() -> dict[str, set[tuple[str, int]]]:
    """By event the fields that the page says are read."""
    told: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for fields, _, where in rows("field | becomes | read in"):
        places = [(segment, int(field)) for segment, field in re.findall(r"\b([A-Z][A-Z0-9]{2})-(\d+)", fields)]
        assert places or fields == "Z segments"
        for event in events_of(where):
            told[event] |= set(places)
    return told


def messages(event: str) -> Iterator[bytes]:
    """A message of that event, said in each of these ways."""
    days = ("PV2||||||||20260401", "PV2|") if event == "A05" else ("PV2|",)
    for number, way in enumerate(WAYS):
        said = {name: dict(fields) for name, fields in way.items()}
        said.setdefault("header", {})[9] = f"ADT^{event}"
        said.setdefault("evn", {})[1] = event
        if event == "A05" and number == 1:
            said["evn"][3] = "20260401"
        yield adt(**said, more=(*OTHERS, days[number % len(days)]))  # type: ignore[arg-type]  # of `WAYS`


@pytest.mark.parametrize("event", EVERY)
def test_the_page_names_every_field_that_is_read_and_no_other(event: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given messages of an event in many ways, then the fields that are asked for are those that the page names."""
    asked: set[tuple[str, int]] = set()
    values = reading.Segment.values

    def noted(self: reading.Segment, field: int) -> tuple[reading.Value, ...]:
        asked.add((self.name, field))
        return values(self, field)

    monkeypatch.setattr(reading.Segment, "values", noted)
    faults = []
    for raw in messages(event):
        try:
            understood(parse(raw), SITES, now=NOW)
        except Fault as fault:
            faults.append((event, fault.place))
    assert set(faults) <= {("A05", "PV2-8")}  # of a stay that lies ahead no day was told
    assert asked | OF_THE_HEADER == documented()[event] | {("MSH", 7)}


def test_the_page_names_every_event() -> None:
    """Each event that is taken has its row, in order; whatever else is named there is not taken."""
    named = [event for first, *_ in rows("event | means | its own") for event in first.split(", ")]
    assert sorted(named) == EVERY


def test_the_page_names_every_fault_as_it_is_answered() -> None:
    """Each code has its row, with the acknowledgement and the error number that the sender is told."""
    told: dict[str, tuple[str, str]] = {}
    for codes, ack, errors, _ in rows("code | answer | ERR | meaning"):
        names, numbers = re.findall(r"`(\w+)`", codes), errors.split(", ")
        told |= {name: (ack, numbers[at % len(numbers)]) for at, name in enumerate(names)}
    assert told == {code: (meaning.ack, str(meaning.error)) for code, meaning in MEANINGS.items()}


def test_the_page_shows_errors_as_they_are_answered() -> None:
    """The two ERR of the page are those of a message without a visit number, in 2.5 and in 2.4."""
    shown = re.findall(r"^ERR\|.*$", SECTION, re.MULTILINE)
    answered = []
    for version in ("2.5", "2.4"):
        raw = adt(header={12: version}, pv1={19: ""})
        with pytest.raises(Fault) as caught:
            understood(parse(raw), SITES, now=NOW)
        segments = refused(glance(raw), caught.value, now=NOW).decode().split("\r")
        answered += [segment for segment in segments if segment.startswith("ERR")]
    assert shown == answered


def test_the_page_names_versions_limits_and_character_sets() -> None:
    """The versions, the limits and the names of character sets on the page are those of the code."""
    versions = re.search(r"^Versions ([\d., ]+) \(MSH-12", SECTION, re.MULTILINE)
    assert versions
    assert set(versions[1].split(", ")) == reading.VERSIONS
    size, segment = reading.MAX_MESSAGE // 2**20, MAX_SEGMENT // 2**10
    limits = f"{size} MiB, {segment} KiB a segment, {reading.MAX_SEGMENTS} segments, {reading.MAX_SEPARATORS:,} sep"
    assert limits in SECTION
    named = {
        charsets.codec([name])
        for first, _ in rows("MSH-18 (case, spaces, `-`, `_`, `/` do not matter) | character set")
        for name in (*re.findall(r"`([^`]+)`", first), *([""] if "absent" in first else []))
    }
    assert named == charsets.CODECS
