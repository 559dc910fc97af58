"""Whatever arrives, the answer is an admission or a `Fault`, and soon."""

from datetime import UTC, datetime

import hl7  # type: ignore[import-untyped]  # it ships no types
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marshrut.adapters.hl7v2 import Fault, accepted, glance, parse, refused, to_admission
from tests.adapters.hl7v2.messages import ZONES, adt

NOW = datetime(2026, 3, 12, tzinfo=UTC)
VALID = adt(more=("NK1|1|Крылова^Зинаида|NBR||^PRN^PH^^7^495^0000102", "DG1|1||S72.1^Перелом"))
SPECIAL = [b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"\x0b", b"\x1c", b"\xff", b"\x00", b'""', b"MSH", b"\xd0"]

_pieces = st.one_of(st.sampled_from(SPECIAL), st.binary(max_size=8), st.text(max_size=8).map(str.encode))
_edits = st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 12), _pieces), min_size=1, max_size=6)


def _edited(edits: list[tuple[int, int, bytes]]) -> bytes:
    raw = VALID
    for at, dropped, put in edits:
        raw = raw[:at] + put + raw[at + dropped :]
    return raw


def _take(raw: bytes) -> None:
    try:
        message = parse(raw)
        to_admission(message, ZONES)
        answer = accepted(message.header, now=NOW)
    except Fault as fault:
        answer = refused(glance(raw), fault, now=NOW)
    ack = hl7.parse(answer)
    assert str(ack.segment("MSH")[9]).startswith("ACK")
    assert str(ack.segment("MSA")[1]) in {"AA", "AE", "AR"}


@given(st.binary(max_size=400))
@example(b"MSH|^~\\&|" + b"|" * 20)
def test_random_bytes_never_break_the_intake(raw: bytes) -> None:
    """Random bytes, bare or behind a header's beginning, end in a well-formed answer."""
    _take(raw)
    _take(b"MSH|^~\\&|" + raw)


@settings(max_examples=400, deadline=1000)
@given(_edits)
def test_mutated_messages_never_break_the_intake(edits: list[tuple[int, int, bytes]]) -> None:
    """A valid message with bytes lost, changed or added ends in a well-formed answer."""
    _take(_edited(edits))


_FIELD = st.text(alphabet=st.characters(exclude_characters="\r\n\x0b\x1c", codec="utf-8"), max_size=300)


@given(
    st.sampled_from(["header", "evn", "pid", "pv1"]),
    st.integers(3, 50),
    _FIELD,
)
def test_any_text_in_any_field_never_breaks_the_intake(segment: str, field: int, text: str) -> None:
    """Any text of Unicode in any field ends in a well-formed answer."""
    _take(adt(**{segment: {field: text}}))  # type: ignore[arg-type]  # any segment
