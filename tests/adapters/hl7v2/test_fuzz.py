"""Whatever arrives, the answer is what the message says or a `Fault`, and soon.

`pytest tests/adapters/hl7v2/test_fuzz.py --hypothesis-profile=thorough --timeout=0` tries tens of thousands.
"""

import time
import tracemalloc
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import hl7  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marshrut.adapters.hl7v2 import (
    Fault,
    FaultCode,
    accepted,
    acknowledgements,
    glance,
    parse,
    refused,
    to_admission,
    understood,
)
from marshrut.adapters.hl7v2.adt import Understood
from marshrut.adapters.hl7v2.message import MAX_MESSAGE
from marshrut.domain.admission import EXTENSIONS_LIMIT, Admission
from tests.adapters.hl7v2.messages import SITES, adt

NOW = datetime(2026, 3, 12, tzinfo=UTC)
SOON_S = 4  # of the processor: quadratic work takes minutes, a shared machine at times half as long again
USUALLY = 300
SETTINGS = settings(deadline=None, max_examples=max(USUALLY, settings().max_examples))
SEEDS = [file.read_bytes() for file in sorted((Path(__file__).parent / "corpus").glob("*/*.hl7"))]
SPECIAL = [b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"\x0b", b"\x1c", b"\xff", b"\x00", b'""', b"MSH", b"\xd0"]
SPECIAL += [b"\\X", b"\\C2842\\", b"\\M2442\\", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x98", b"99991231"]

_pieces = st.one_of(st.sampled_from(SPECIAL), st.binary(max_size=8), st.text(max_size=8).map(str.encode))
_edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), _pieces), min_size=1, max_size=6)
_seeds = st.sampled_from([seed for seed in SEEDS if len(seed) < 5000])


def edited(raw: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    for where, dropped, put in edits:
        at = int(where * len(raw))
        raw = raw[:at] + put + raw[at + dropped :]
    return raw


def take(raw: bytes) -> Understood | Fault:
    """What an intake does: what it says or the fault, in either case soon an answer that others can read."""
    started = time.process_time()
    header = glance(raw)
    result: Understood | Fault
    try:
        result = understood(parse(raw), SITES, now=NOW)
        answer = accepted(header, now=NOW)
    except Fault as fault:
        result = fault
        answer = refused(header, fault, now=NOW)
    wished = acknowledgements(header, result if isinstance(result, Fault) else None, now=NOW)
    codes = [str(hl7.parse(each.decode(header.codec or "utf-8")).segment("MSA")[1]) for each in wished]
    assert [code[0] for code in codes] in ([], ["A"], ["C"], ["C", "A"])
    assert time.process_time() - started < SOON_S
    if not isinstance(result, Fault):
        assert type(result).model_validate_json(result.model_dump_json()) == result
        assert "\ufffd" not in result.model_dump_json() or "\ufffd".encode() in raw
    text = answer.decode(header.codec or "utf-8")
    ack = hl7.parse(text)
    assert str(ack.segment("MSH")[9]).startswith("ACK")
    assert str(ack.segment("MSA")[1]) in {"AA", "AE", "AR"}
    assert "\ufffd" not in text or "\ufffd".encode() in raw
    return result


@given(st.binary(max_size=400))
@example(b"MSH|^~\\&|" + b"|" * 20)
@example("MSH|^~\\&|".encode("utf-16"))
@example("MSH|^~\\&|".encode("utf-32-be"))
@SETTINGS
def test_random_bytes_never_break_the_intake(raw: bytes) -> None:
    """Random bytes, bare or behind a header's beginning, end in a well-formed answer."""
    take(raw)
    take(b"MSH|^~\\&|" + raw)


@given(_seeds, _edits)
@SETTINGS
def test_mutated_messages_never_break_the_intake(seed: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    """A message of the corpus with bytes lost, changed or added ends in a well-formed answer."""
    take(edited(seed, edits))


@given(_seeds, st.floats(0, 1), st.floats(0, 1))
@SETTINGS
def test_torn_messages_never_break_the_intake(seed: bytes, begin: float, end: float) -> None:
    """Any piece of a message ends in a well-formed answer."""
    take(seed[int(begin * len(seed)) :])
    take(seed[: int(end * len(seed))])


_SEPARATORS = "!#$%&'()*,/:;<=>?@[\\]^_`{|}~"


@given(st.permutations(_SEPARATORS), st.sampled_from(["", "#"]))
@SETTINGS
def test_any_separators_mean_the_same(chosen: list[str], truncation: str) -> None:
    """A message says the same with whatever separators it is written, or is refused; it is never misread."""
    usual = adt(pid={5: "Лебедева^Валентина^Сергеевна~Мухина^Валентина"}, more=("ZPI|1^2~3&4|\\F\\",))
    free = set(usual.decode()) - set("|^~\\&")
    raw = usual.decode().translate(str.maketrans("|^~\\&", "".join(chosen[:5])))
    if truncation and truncation not in chosen[:5]:
        raw = raw.replace(chosen[4], chosen[4] + truncation, 1)
    result = take(raw.encode())
    if free.isdisjoint(chosen[:5]):
        expected = to_admission(parse(usual), SITES)
        assert isinstance(result, Admission)
        assert result.model_copy(update={"extensions": ()}) == expected.model_copy(update={"extensions": ()})
        assert result.extensions == expected.extensions


_FIELD = st.text(alphabet=st.characters(exclude_characters="\r\n\x0b\x1c", codec="utf-8"), max_size=300)


@given(st.sampled_from(["header", "evn", "pid", "pv1"]), st.integers(3, 50), _FIELD)
@SETTINGS
def test_any_text_in_any_field_never_breaks_the_intake(segment: str, field: int, text: str) -> None:
    """Any text of Unicode in any field ends in a well-formed answer."""
    take(adt(**{segment: {field: text}}))  # type: ignore[arg-type]  # any segment


@given(st.sampled_from(["NK1", "GT1", "IN1", "DG1", "ZZZ"]), st.integers(1, 45), _FIELD)
@SETTINGS
def test_any_text_about_others_turns_nobody_away(name: str, field: int, text: str) -> None:
    """What is said of relatives, payers and diagnoses, or by the sender to itself, never refuses the patient."""
    result = take(adt(more=(f"{name}{'|' * field}{text}",)))
    drawn = isinstance(result, Fault) and result.code is FaultCode.UNSUPPORTED_CHARSET  # a switch was drawn
    assert drawn or isinstance(result, Admission)


@given(st.text(alphabet="0123456789+-.^ S", max_size=30), st.sampled_from([7, 44]))
@SETTINGS
def test_any_figures_for_a_time_are_a_time_or_a_fault(text: str, field: int) -> None:
    """Figures in the place of a time never overflow anything."""
    take(adt(pv1={44: text}) if field == 44 else adt(pid={7: text}))


@given(
    st.sampled_from(
        ["|", "^", "~", "&", "\\", "\\X", "\\X41", "\\X41\\", "\\F\\", "\\C2842\\", "~^", "ё", "0", "\x00"]
    ),
    st.integers(1, 200_000),
    st.sampled_from(["PID|", "NK1|1|", "PV1|", "ZZZ|", "MSH|^~\\&|", "", "NK1|1|||||"]),
)
@settings(SETTINGS, max_examples=max(60, settings().max_examples // 20))
def test_huge_repetitions_are_answered_soon(piece: str, times: int, before: str) -> None:
    """Any separator, escape or letter in any number is answered within a second and in little memory."""
    result = take(adt(more=(before + piece * times,)))
    assert not isinstance(result, Admission) or sum(map(len, result.extensions)) <= EXTENSIONS_LIMIT


def _slow(kind: str) -> bytes:
    made = {
        "escapes": partial(adt, more=("NTE|1||" + "\\X41" * 15_000,) * 3),
        "hex": partial(adt, more=("NTE|1||\\X" + "41" * 30_000,) * 10),
        "runs": partial(adt, pid={11: "\\XD0\\\\X9F\\" * 4_000}),
        "contacts": partial(adt, more=("NK1|1|А^Б~В^Г|MTH||1234567~7654321",) * 900),
        "names": partial(adt, pid={5: "~".join(f"А{number}" for number in range(9_000))}),
        "phones": partial(adt, pid={13: "~".join(str(number) for number in range(100, 9_000))}),
        "blank lines": partial(adt, end="\r" * 200_000),
        "blanks": partial(adt, end="\r" + " " * 200_000),
        "text": partial(adt, more=("NTE|1||" + "ё" * 30_000,) * 16),
    }
    return made[kind]()


@pytest.mark.parametrize(
    "kind", ["escapes", "hex", "runs", "contacts", "names", "phones", "blank lines", "blanks", "text"]
)
def test_the_worst_messages_within_the_limits_are_answered_soon(kind: str) -> None:
    """Nothing in a message of permitted size costs more than its length."""
    raw = _slow(kind)
    assert len(raw) <= MAX_MESSAGE
    take(raw)


def test_memory_stays_a_small_multiple_of_the_message() -> None:
    """The largest message that is taken needs no more than some tens of megabytes."""
    raw = adt(more=("ZZZ|" + "|".join("x" * 50 for _ in range(1_200)),) * 15)
    tracemalloc.start()
    try:
        assert isinstance(take(raw), Admission)
        assert tracemalloc.get_traced_memory()[1] < 40 * MAX_MESSAGE
    finally:
        tracemalloc.stop()
