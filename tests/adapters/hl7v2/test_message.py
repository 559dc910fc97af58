import time

import pytest

from marshrut.adapters.hl7v2 import Fault, FaultCode, parse
from tests.adapters.hl7v2.messages import adt


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n"])
def test_any_line_end_separates_segments(end: str) -> None:
    """A message is never taken for a single segment, whatever ends its lines."""
    message = parse(adt(end=end))
    assert [len(message.segments(name)) for name in ("MSH", "EVN", "PID", "PV1")] == [1, 1, 1, 1]
    assert message.only("PV1").text(19) == "26-1"


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\x0b", b"\x1c\r"), (b"\xef\xbb\xbf", b""), (b"\x0b\xef\xbb\xbf", b"\x1c"), (b"\r\n \x0b", b"\x1c\r\r\n")],
)
def test_frame_and_byte_order_mark_are_stripped(before: bytes, after: bytes) -> None:
    """A frame or a byte order mark left on by a file or a sender does no harm."""
    message = parse(before + adt() + after)
    assert (message.type, message.event, message.control_id, message.version) == ("ADT", "A01", "MSG-1", "2.5")
    assert message.only("PV1").text(44) == "20260312084500+0300"


@pytest.mark.parametrize(
    "version", ["2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2"]
)
def test_versions_2_3_to_2_8_are_read(version: str) -> None:
    """Every version of the promised range is read."""
    assert parse(adt(header={12: version})).version == version.split("^", maxsplit=1)[0]


@pytest.mark.parametrize("charset", ["", "UNICODE UTF-8", "UNICODE", "unicode utf-8", "UNICODE UTF-8~ASCII"])
def test_names_of_utf_8_are_understood(charset: str) -> None:
    """UTF-8 is read under each of its names in MSH-18, and when none is given."""
    assert parse(adt(header={18: charset})).only("PID").text(5) == "Лебедева"


def test_other_separators_are_honoured() -> None:
    """The separators of MSH-1 and MSH-2 hold, not the usual ones."""
    raw = b"MSH#*:!%#HIS#GKB29#M#C#20260312091200+0300##ADT*A01#1#P#2.5\rPID#1##a|b*c%d:e*f\r"
    values = parse(raw).only("PID").values(3)
    assert [(value.text(1), value.text(2), value.text(2, 2)) for value in values] == [("a|b", "c", "d"), ("e", "f", "")]


def test_reading_what_is_absent_gives_nothing() -> None:
    """No field, component, repetition or segment that is absent makes reading fail."""
    message = parse(adt(more=("ZZZ",)))
    assert message.first("NK1").text(2) == ""
    assert message.first("ZZZ").text(7, 8, 9) == ""
    assert message.only("PV1").text(4000) == message.only("PV1").text(3, 50) == message.only("PV1").text(3, 1, 5) == ""
    assert message.only("PV1").values(0) == ()


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (r"A\F\B\S\C\T\D\R\E\E\F", "A|B^C&D~E\\F"),
        (r"one\.br\two", "one\ntwo"),
        (r"\H\bold\N\ text", "bold text"),
        ("\\XD09F\\\\XD180\\", "Пр"),
        ("\\XD0\\\\X9FD1\\\\X80\\, \\X0d\\", "Пр,"),
        ("\\XFF\\ и \\XD0\\", "\\XFF\\ и \\XD0\\"),
        (r"\C2842\Latin", "Latin"),
        (r"\\srv\CAFE\x", r"\\srv\CAFE\x"),
        (r"\.sp99999999\x", r"\.sp99999999\x"),
        (r"open \F end", r"open \F end"),
        (r"дом\3, к\Q\1", r"дом\3, к\Q\1"),
        (r"\X00\tail", "tail"),
        ('""', ""),
    ],
)
def test_escapes_are_undone_once(sent: str, meant: str) -> None:
    """An HL7 escape reads as what it stands for; what is none stays as it was sent."""
    assert parse(adt(more=(f"NTE|1||{sent}",))).only("NTE").text(3) == meant


BROKEN = [
    (b"", FaultCode.UNPARSABLE, "MSH", None),
    (b"hello", FaultCode.UNPARSABLE, "MSH", None),
    (b"MSH|", FaultCode.UNPARSABLE, "MSH", None),
    (b"MSH|^~\\&", FaultCode.MISSING_FIELD, "MSH", 9),
    (b"MSH|^^\\&|A", FaultCode.UNPARSABLE, "MSH", None),
    (b"MSHA^~\\&AxA", FaultCode.UNPARSABLE, "MSH", None),
    (b"PID|1\r" + adt(), FaultCode.UNPARSABLE, "MSH", None),
    (b"FHS|^~\\&|A\r" + adt(), FaultCode.UNPARSABLE, "MSH", None),
    (adt() + adt(), FaultCode.UNPARSABLE, None, None),
    (adt(more=("BHS",)), FaultCode.UNPARSABLE, None, None),
    (adt(more=("NTE|1||one\nand a second line",)), FaultCode.UNPARSABLE, None, None),
    (adt(more=("NTE|1||cut \x1c\x0b MSH|",)), FaultCode.UNPARSABLE, None, None),
    (adt(header={9: ""}), FaultCode.MISSING_FIELD, "MSH", 9),
    (adt(header={10: ""}), FaultCode.MISSING_FIELD, "MSH", 10),
    (adt(header={10: '""'}), FaultCode.MISSING_FIELD, "MSH", 10),
    (adt(header={10: "x" * 200}), FaultCode.TOO_LONG, "MSH", 10),
    (adt(header={12: ""}), FaultCode.MISSING_FIELD, "MSH", 12),
    (adt(header={12: "2.2"}), FaultCode.UNSUPPORTED_VERSION, "MSH", 12),
    (adt(header={12: "2.9"}), FaultCode.UNSUPPORTED_VERSION, "MSH", 12),
    (adt(header={12: "2.4.1"}), FaultCode.UNSUPPORTED_VERSION, "MSH", 12),
    (adt(header={12: "3"}), FaultCode.UNSUPPORTED_VERSION, "MSH", 12),
    (adt(header={18: "8859/1"}), FaultCode.UNSUPPORTED_CHARSET, "MSH", 18),
    (adt(header={18: "UNICODE UTF-16"}), FaultCode.UNSUPPORTED_CHARSET, "MSH", 18),
    (adt(header={18: "ASCII"}), FaultCode.BAD_ENCODING, "PID", 5),
    (adt(header={18: "8859/5"}), FaultCode.BAD_ENCODING, "PID", 5),
    (adt(header={18: "CP1251"}), FaultCode.BAD_ENCODING, "PID", 5),
    (adt(header={18: "KOI8-R"}), FaultCode.BAD_ENCODING, "PID", 5),
    (adt().replace("Сергеевна".encode(), "Сергеевна".encode("cp1251")), FaultCode.BAD_ENCODING, "PID", 5),
    (adt().decode().encode("utf-16"), FaultCode.UNSUPPORTED_CHARSET, "MSH", 18),
    (adt().decode().encode("utf-16-le"), FaultCode.UNSUPPORTED_CHARSET, "MSH", 18),
    (adt().decode().encode("utf-16-be"), FaultCode.UNSUPPORTED_CHARSET, "MSH", 18),
    (adt().decode().encode("utf-32"), FaultCode.UNSUPPORTED_CHARSET, "MSH", 18),
    (adt(more=("NTE|1||" + "x" * 70_000,)), FaultCode.OVERSIZE, "NTE", None),
    (adt(more=("NTE|1",) * 1000), FaultCode.OVERSIZE, None, None),
    (adt(more=("NTE|1||" + "x" * 60_000,) * 20), FaultCode.OVERSIZE, None, None),
]


@pytest.mark.parametrize(("raw", "code", "segment", "field"), BROKEN, ids=range(len(BROKEN)))
def test_broken_messages_fail_with_code_and_place(
    raw: bytes, code: FaultCode, segment: str | None, field: int | None
) -> None:
    """Each way in which a message can be broken has its code and names its place."""
    with pytest.raises(Fault) as caught:
        parse(raw)
    assert (caught.value.code, caught.value.segment, caught.value.field) == (code, segment, field)


def test_control_id_is_kept_whole() -> None:
    """Two ids that differ after a separator stay two ids, or a second message would be lost as a repetition."""
    assert parse(adt(header={10: "A^1"})).control_id != parse(adt(header={10: "A^2"})).control_id


@pytest.mark.parametrize("separator", ["|", "^", "~", "&", "|~^&", "\r", "\n", "\\", "|\r"])
def test_separators_in_bulk_are_refused_quickly(separator: str) -> None:
    """400 KB of separators are answered within a second."""
    raw = adt() + b"NTE|" + (separator * (400_000 // len(separator))).encode()
    started = time.thread_time()
    try:
        parse(raw)
    except Fault as fault:
        assert fault.code in {FaultCode.OVERSIZE, FaultCode.UNPARSABLE}  # noqa: PT017 - blank lines alone are allowed
    assert time.thread_time() - started < 1


def test_many_segments_of_separators_are_refused_quickly() -> None:
    """The same, spread over segments that each stay within the limit."""
    started = time.thread_time()
    with pytest.raises(Fault):
        parse(adt(more=("NTE|" + "|~^&" * 15_000,) * 7))
    assert time.thread_time() - started < 1
