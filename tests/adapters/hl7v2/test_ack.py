import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import hl7  # type: ignore[import-untyped]  # it ships no types
import pytest

from marshrut.adapters.hl7v2 import Fault, FaultCode, accepted, glance, parse, refused
from marshrut.adapters.hl7v2.fault import ERROR_NAMES, MEANINGS
from tests.adapters.hl7v2.messages import adt

NOW = datetime(2026, 3, 12, 9, 13, 5, tzinfo=timezone(timedelta(hours=3)))


def test_accepting_names_the_message_and_swaps_the_parties() -> None:
    """An AA reads, with somebody else's parser, as the answer to that message from the one it was sent to."""
    raw = accepted(parse(adt()).header, now=NOW)
    ack = hl7.parse(raw)
    msh = ack.segment("MSH")
    assert [str(msh[number]) for number in (3, 4, 5, 6)] == ["MARSHRUT", "CITY", "HIS", "GKB29"]
    assert [str(msh[number]) for number in (7, 9, 11, 12)] == ["20260312091305+0300", "ACK^A01^ACK", "P", "2.5"]
    assert str(ack.segment("MSA")) == "MSA|AA|MSG-1"
    assert len(ack) == 2
    assert raw.endswith(b"\r")


def test_every_answer_has_its_own_control_id() -> None:
    """Two answers to one message are two messages."""
    ids = {parse(accepted(glance(adt()), now=NOW)).control_id for _ in range(100)}
    assert len(ids) == 100


@pytest.mark.parametrize("code", FaultCode)
def test_each_fault_is_answered(code: FaultCode) -> None:
    """Each fault becomes AE or AR with place, error of table 0357 and our stable code."""
    fault = Fault(code, "PV1", 19)
    ack = parse(refused(glance(adt()), fault, now=NOW))
    err = ack.only("ERR")
    assert ack.only("MSA").text(1) == MEANINGS[code].ack == fault.ack
    assert ack.only("MSA").text(2) == "MSG-1"
    assert [err.text(2, part) for part in (1, 2, 3)] == ["PV1", "1", "19"]
    assert [err.text(3, part) for part in (1, 2, 3)] == [str(fault.error), ERROR_NAMES[fault.error], "HL70357"]
    assert (err.text(4), err.text(5), err.text(8)) == ("E", code.value, str(fault))


@pytest.mark.parametrize("raw", [b"", b"MSH|", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100])
def test_what_has_no_header_is_answered_with_what_is_known(raw: bytes) -> None:
    """Even bytes without a readable header get a well-formed refusal."""
    ack = parse(refused(glance(raw), Fault(FaultCode.UNPARSABLE), now=NOW))
    assert (ack.type, ack.only("MSA").text(1), ack.only("MSA").text(2)) == ("ACK", "AR", "")
    assert ack.only("ERR").text(2) == ""


def test_cyrillic_in_the_header_declares_utf_8() -> None:
    """An answer that is not plain ASCII says which character set it is in; a plain one says nothing."""
    ack = parse(accepted(glance(adt(header={3: "МИС"})), now=NOW))
    assert (ack.first("MSH").text(5), ack.first("MSH").text(18)) == ("МИС", "UNICODE UTF-8")
    assert parse(accepted(glance(adt()), now=NOW)).first("MSH").text(18) == ""


@pytest.mark.parametrize("version", ["2.2", "2.3", "2.3.1", "2.4", "2.4^RUS"])
def test_old_versions_get_the_err_that_they_know(version: str) -> None:
    """Until 2.4 ERR has one field: place and error; the words stand in MSA-3, our code as the alternate one."""
    fault = Fault(FaultCode.MISSING_FIELD, "NK1", 3, ordinal=2, repetition=1, component=2)
    answer = refused(glance(adt(header={12: version})), fault, now=NOW).decode().split("\r")
    assert answer[1:] == [
        "MSA|AE|MSG-1|NK1[2]-3 is missing",
        "ERR|NK1^2^3^101&Required field missing&HL70357&missing_field",
        "",
    ]
    assert refused(glance(adt(header={12: version})), Fault(FaultCode.OVERSIZE), now=NOW).decode().split("\r")[2] == (
        "ERR|^^^104&Value too long&HL70357&oversize"
    )


@pytest.mark.parametrize("version", ["", "2.5", "2.7.1", "2.8.2", "2.9", "2.10", "3"])
def test_later_versions_are_told_repetition_and_component(version: str) -> None:
    """Since 2.5 ERR-2 goes down to the component, as far as it is known."""
    header = glance(adt(header={12: version}))
    for fault, place in [
        (Fault(FaultCode.BAD_ENCODING, "PID", 13, repetition=2, component=4), "PID^1^13^2^4"),
        (Fault(FaultCode.UNKNOWN_FACILITY, "PV1", 3, component=4), "PV1^1^3^1^4"),
        (Fault(FaultCode.REPEATED_SEGMENT, "PID", ordinal=2), "PID^2"),
        (Fault(FaultCode.UNPARSABLE), ""),
    ]:
        assert refused(header, fault, now=NOW).decode().split("\r")[2].split("|")[2] == place


@pytest.mark.parametrize(
    ("charset", "codec"), [("8859/5", "iso8859-5"), ("cp1251", "cp1251"), ("KOI8-R", "koi8-r"), ("UTF-8", "utf-8")]
)
def test_the_answer_is_in_the_senders_character_set(charset: str, codec: str) -> None:
    """Whoever writes in one character set reads the answer in it, and is told so in their own spelling."""
    raw = adt(header={3: "МИС", 10: "№1", 18: charset}).decode().replace("№", "N" if codec == "koi8-r" else "№")
    ack = accepted(glance(raw.encode(codec)), now=NOW)
    assert (parse(ack).first("MSH").text(5), parse(ack).first("MSH").text(18)) == ("МИС", charset)
    assert "МИС" in ack.decode(codec)


def test_what_cannot_be_read_of_the_header_is_answered_without_replacement_characters() -> None:
    """A header in no known set still gets its control id back, the rest as question marks."""
    raw = adt(header={3: "МИС", 18: "EBCDIC"}).decode().encode("cp1251")
    ack = parse(refused(glance(raw), Fault(FaultCode.UNSUPPORTED_CHARSET, "MSH", 18), now=NOW))
    assert (ack.only("MSA").text(2), ack.first("MSH").text(5)) == ("MSG-1", "???")


def test_the_senders_separators_are_used() -> None:
    """An answer is written with the separators of the message, its own texts escaped."""
    raw = b"MSH#*:!%#HIS#GKB29#M#C#20260312091200+0300##ADT*A01#A*1#P#2.5\r"
    answer = refused(glance(raw), Fault(FaultCode.MISSING_SEGMENT, "PID"), now=NOW)
    assert answer.startswith(b"MSH#*:!%#M#C#HIS#GKB29#")
    assert parse(answer).control_id
    assert b"\rMSA#AE#A*1\rERR##PID*1#100*Segment sequence error*HL70357#E#missing_segment###PID is missing\r" in answer


def test_integrators_are_told_every_code_as_it_is_answered() -> None:
    """docs/integration.md lists each fault with its acknowledgement and its error of table 0357."""
    told: dict[str, tuple[str, int]] = {}
    for line in (Path(__file__).parents[3] / "docs" / "integration.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[1] in {"AE", "AR"}:
            codes, errors = re.findall(r"`(\w+)`", cells[0]), [int(error) for error in cells[2].split(", ")]
            told |= {code: (cells[1], error) for code, error in zip(codes, errors * len(codes), strict=False)}
    assert told == {code.value: (meaning.ack, meaning.error) for code, meaning in MEANINGS.items()}
