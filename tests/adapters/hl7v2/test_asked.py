"""Original and enhanced acknowledgement: which answers a sender is given, in which order, for each of its wishes."""

from __future__ import annotations

from datetime import UTC, datetime

import hl7  # type: ignore[import-untyped]  # it ships no types
import pytest

from marshrut.adapters.hl7v2 import Fault, FaultCode, acknowledgements, glance, parse
from tests.adapters.hl7v2.messages import adt

NOW = datetime(2026, 3, 12, 6, tzinfo=UTC)
TAKEN = None
CONTENT = Fault(FaultCode.MISSING_FIELD, "PID", 3)
HEADER = Fault(FaultCode.TOO_LONG, "MSH", 10)
KIND = Fault(FaultCode.UNSUPPORTED_EVENT, "MSH", 9)


def codes(accept: str, application: str, fault: Fault | None) -> list[str]:
    """MSA-1 of each answer to a message with these wishes."""
    header = glance(adt(header={15: accept, 16: application}))
    return [parse(answer).only("MSA").text(1) for answer in acknowledgements(header, fault, now=NOW)]


WISHES = [
    # MSH-15, MSH-16: taken; its content, its header at fault; not of our kind
    ("", "", ["AA"], ["AE"], ["AE"], ["AR"]),
    ('""', '""', ["AA"], ["AE"], ["AE"], ["AR"]),
    ("AL", "AL", ["CA", "AA"], ["CA", "AE"], ["CE"], ["CR"]),
    ("AL", "NE", ["CA"], ["CE"], ["CE"], ["CR"]),
    ("AL", "", ["CA"], ["CE"], ["CE"], ["CR"]),
    ("AL", "ER", ["CA"], ["CA", "AE"], ["CE"], ["CR"]),
    ("AL", "SU", ["CA", "AA"], ["CE"], ["CE"], ["CR"]),
    ("NE", "AL", ["AA"], ["AE"], ["AE"], ["AR"]),
    ("", "AL", ["AA"], ["AE"], ["AE"], ["AR"]),
    ("NE", "ER", [], ["AE"], ["AE"], ["AR"]),
    ("NE", "SU", ["AA"], [], [], []),
    ("NE", "NE", [], [], [], []),
    ("ER", "AL", ["AA"], ["AE"], ["CE"], ["CR"]),
    ("ER", "NE", [], ["CE"], ["CE"], ["CR"]),
    ("ER", "ER", [], ["AE"], ["CE"], ["CR"]),
    ("SU", "AL", ["CA", "AA"], ["CA", "AE"], ["AE"], ["AR"]),
    ("SU", "SU", ["CA", "AA"], [], [], []),
    ("SU", "ER", ["CA"], ["CA", "AE"], ["AE"], ["AR"]),
    ("al", "ne", ["CA"], ["CE"], ["CE"], ["CR"]),
    ("YES", "NE", ["CA"], ["CE"], ["CE"], ["CR"]),
]


@pytest.mark.parametrize(("accept", "application", "taken", "content", "header", "kind"), WISHES)
def test_each_sender_is_answered_as_it_wishes(
    accept: str, application: str, taken: list[str], content: list[str], header: list[str], kind: list[str]
) -> None:
    """Each pair of MSH-15 and MSH-16, for a message that is taken and for each sort of fault."""
    found = [codes(accept, application, fault) for fault in (TAKEN, CONTENT, HEADER, KIND)]
    assert found == [taken, content, header, kind]


@pytest.mark.parametrize("version", ["2.3", "2.4", "2.5.1", "2.8.2"])
def test_both_answers_name_the_message_in_its_version(version: str) -> None:
    """MSA-2, version and parties stand in either; each is a message of its own, and wants no answer itself."""
    header = glance(adt(header={12: version, 15: "AL", 16: "AL"}))
    first, second = (hl7.parse(answer) for answer in acknowledgements(header, CONTENT, now=NOW))
    for ack in (first, second):
        msh = ack.segment("MSH")
        assert str(ack.segment("MSA")[2]) == "MSG-1"
        assert [str(msh[number]) for number in (5, 6, 12, 15, 16)] == ["HIS", "GKB29", version, "NE", "NE"]
    assert str(first.segment("MSH")[10]) != str(second.segment("MSH")[10])
    assert len(first) == 2
    assert "missing_field" in str(second.segment("ERR"))


def test_the_accept_answer_tells_what_nobody_else_will() -> None:
    """Where no application acknowledgement tells of it, CE carries segment, field and our code."""
    header = glance(adt(header={15: "AL", 16: "NE", 3: "МИС", 18: "CP1251"}).decode().encode("cp1251"))
    (answer,) = acknowledgements(header, CONTENT, now=NOW)
    ack = parse(answer)
    assert (ack.only("MSA").text(1), ack.only("ERR").text(2), ack.only("ERR").text(5)) == ("CE", "PID", "missing_field")
    assert (ack.first("MSH").text(5), ack.first("MSH").text(18)) == ("МИС", "CP1251")


def test_an_acknowledgement_is_not_acknowledged() -> None:
    """Whatever it wishes: two systems that answer each other's answers never end."""
    for wishes in ({}, {15: "AL", 16: "AL"}):
        header = glance(adt(header={9: "ACK^A01^ACK"} | wishes))
        assert acknowledgements(header, Fault(FaultCode.NOT_ADT, "MSH", 9), now=NOW) == ()
