"""The corpus: each message stands beside what should become of it, so that a case is added without code."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from marshrut.adapters.hl7v2 import Fault, FaultCode, accepted, charsets, glance, parse, refused, understood
from marshrut.adapters.hl7v2.admission import EVENTS
from marshrut.adapters.hl7v2.event import HAPPENINGS
from marshrut.adapters.hl7v2.merge import EVENTS as MERGES
from marshrut.adapters.hl7v2.message import VERSIONS
from tests.adapters.hl7v2.messages import SITES

NOW = datetime(2026, 3, 12, 7, tzinfo=UTC)
CORPUS = Path(__file__).parent / "corpus"
OLD = ("2.2", "2.3", "2.3.1", "2.4")  # whose ERR has one field


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(file.read_bytes(), yaml.safe_load(file.with_suffix(".yaml").read_text("utf-8")), id=file.stem)
        for file in sorted((CORPUS / kind).glob("*.hl7"))
    ]


def differences(found: Any, expected: Any, path: str = "") -> Iterator[str]:
    """Where `found` does not say what `expected` says; of a mapping only the expected keys count."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            yield from differences(found.get(key, "absent"), value, f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif found != expected:
        yield f"{path}: {found!r} is not {expected!r}"


@pytest.mark.parametrize(("raw", "expected"), cases("valid"))
def test_odd_but_legal_messages_are_understood(raw: bytes, expected: dict[str, Any]) -> None:
    """Each message of the corpus becomes what stands beside it, and is answered AA in its own set."""
    message = parse(raw)
    found = understood(message, SITES)
    assert type(found).__name__ == expected.get("model", "Admission")
    said = {key: value for key, value in expected.items() if key not in {"why", "model"}}
    assert list(differences(found.model_dump(mode="json"), said)) == []
    answer = parse(accepted(message.header, now=NOW))
    assert (answer.only("MSA").text(1), answer.only("MSA").text(2)) == ("AA", message.control_id)
    assert answer.first("MSH").text(6) == message.first("MSH").text(4)
    assert answer.first("MSH").text(5) == message.first("MSH").text(3)


@pytest.mark.parametrize(("raw", "expected"), cases("broken"))
def test_broken_messages_are_refused_with_code_and_place(raw: bytes, expected: dict[str, Any]) -> None:
    """Each broken message has its acknowledgement, our code and its place, in the ERR that its version knows."""
    with pytest.raises(Fault) as caught:
        understood(parse(raw), SITES)
    fault, header = caught.value, glance(raw)
    parts = {key: getattr(fault, key) for key in ("ack", "code", "segment", "field")}
    assert parts == {key: expected[key] for key in parts}
    for key in ("ordinal", "repetition", "component"):
        assert key not in expected or getattr(fault, key) == expected[key]
    sent = refused(header, fault, now=NOW)
    assert "\ufffd" not in sent.decode(header.codec or "utf-8")
    err, msa = _read(sent)
    assert [*msa, ""][:2] == [expected["ack"], expected.get("control_id", header.component(10))]
    old = header.component(12) in OLD
    place, error, code = (err[0], err[0][3].split("&"), err[0][3].split("&")[3]) if old else (err[1], err[2], err[4][0])
    assert place[0] == (expected["segment"] or "")
    assert expected["field"] is None or place[2] == str(expected["field"])
    assert error[0] == str(fault.error)
    assert code == expected["code"]
    assert (msa[2] if old else err[7][0]) == str(fault)


def _read(answer: bytes) -> tuple[list[list[str]], list[str]]:
    """ERR by field and component, and MSA by field; an answer of an unsupported version is still an answer."""
    segments = {line.split("|")[0]: line.split("|")[1:] for line in answer.decode().split("\r")}
    return [field.split("^") for field in segments["ERR"]], segments["MSA"]


def test_the_corpus_covers_what_is_promised() -> None:
    """Every event, version and character set is read somewhere, Z segments too; every fault of a message is there."""
    valid, broken = cases("valid"), cases("broken")
    assert min(len(valid), len(broken)) >= 25
    assert {parse(case.values[0]).version for case in valid} == VERSIONS
    events = set(EVENTS) | set(HAPPENINGS) | set(MERGES)
    assert {parse(case.values[0]).event for case in valid} == events
    assert {parse(case.values[0]).codec for case in valid} == charsets.CODECS
    assert any(parse(case.values[0]).extensions() for case in valid)
    mendable = [case.values[0] for case in broken if case.values[1]["ack"] == "AE"]
    assert {glance(raw).component(9, 2) for raw in mendable} >= events - {"A04"}
    assert {glance(raw).codec for raw in mendable} >= charsets.CODECS - {"ascii"}
    outside = {FaultCode.FACILITY_NOT_ALLOWED, FaultCode.CONTROL_ID_REUSED}  # the receiver knows these
    assert {case.values[1]["code"] for case in broken} == set(FaultCode) - outside
