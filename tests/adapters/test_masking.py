"""What a masked message shows: how it is built, and never whom it is about."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marshrut.adapters.fhir.definitions import r4
from marshrut.adapters.hl7v2.admission import EVENTS
from marshrut.adapters.hl7v2.event import HAPPENINGS
from marshrut.adapters.hl7v2.masks import RULES
from marshrut.adapters.hl7v2.merge import EVENTS as MERGES
from marshrut.adapters.hl7v2.message import VERSIONS
from marshrut.adapters.masking import Masks
from marshrut.adapters.masks import MOST_LINES
from marshrut.ports import Format, Masked, PartKind
from tests.adapters.fhir.resources import contained, encounter, message, patient, transaction
from tests.adapters.hl7v2.messages import adt
from tests.fixtures.system import admission

NOW = datetime(2026, 3, 12, 7, tzinfo=UTC)
MASKS = Masks({"GKB29", "SKLIF"}, {"EMR", "20"})
SETTINGS = settings(deadline=None, max_examples=max(200, settings().max_examples))
CORPUS = sorted((Path(__file__).parent / "hl7v2" / "corpus").glob("*/*.hl7"))

_LETTERS = {"ru": "абвгдежзиклмнопрстуфхцчшыэюя", "en": "abcdefghijklmnoprstuvwxyz"}


@st.composite
def planted(draw: st.DrawFn) -> str:
    """A name, a telephone, an address, a birth date or a document's number, as people and systems write them."""
    language = draw(st.sampled_from(["ru", "en"]))
    letters = _LETTERS[language]
    # None that is a word of the formats themselves, as `name` or `Mars` in MARSHRUT would be.
    name = ("qz" if language == "en" else "") + draw(st.text(letters, min_size=4, max_size=12))
    digits = draw(st.text("0123456789", min_size=10, max_size=10))
    old = NOW - timedelta(days=draw(st.integers(3 * 366, 100 * 365)))
    return draw(
        st.sampled_from(
            [
                name.capitalize(),
                name.upper(),
                f"{name.capitalize()} Qz{draw(st.text(letters, min_size=4, max_size=9))}",
                f"+7 (9{digits[:2]}) {digits[2:5]}-{digits[5:7]}-{digits[7:9]}",
                f"79{digits[:9]}",
                f"ул. {name.capitalize()}, д. {digits[0]}, кв. {digits[1:3]}",
                f"{name}@mail.example",
                f"45 1{digits[0]} {digits[1:7]}",
                f"451{digits[:7]}",
                f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[:2]}",
                f"77{digits}{digits[:4]}",
                f"{old:%Y%m%d}",
                f"{old:%Y-%m-%d}",
                f"{old:%d.%m.%Y}",
            ]
        )
    )


def text(masked: Masked) -> str:
    """All that is told of it: its lines, and the places that it names."""
    return "\n".join(
        " ".join((*line.places, "".join(part.text for part in line.parts), *(part.place for part in line.parts)))
        for line in masked.lines
    )


def hidden(raw: bytes, written_in: Format, *names: str) -> str:
    """The message as it is shown; of what was planted nothing is."""
    found = text(MASKS.masked(raw, written_in, NOW))
    for name in names:
        assert name not in found, (name, found)
        for word in name.replace("|", " ").split():
            assert len(word) < 4 or word not in found.split(), (word, found)
    return found


# ---- HL7 v2 --------------------------------------------------------------------------------------------------------

# Every field of every segment up to here, also of those that no rule names.
SEGMENTS = (
    *("MSH", "EVN", "PID", "PD1", "PV1", "PV2", "NK1", "MRG"),
    *("OBX", "NTE", "DG1", "GT1", "IN1", "AL1", "ROL", "ZPI"),
)
ALL_EVENTS = sorted({*EVENTS, *HAPPENINGS, *MERGES, "A99"})


@SETTINGS
@given(
    data=st.data(),
    event=st.sampled_from(ALL_EVENTS),
    version=st.sampled_from(sorted(VERSIONS)),
    name=planted(),
    segment=st.sampled_from(SEGMENTS),
)
def test_no_field_of_hl7_shows_what_is_planted_in_it(
    data: st.DataObject, event: str, version: str, name: str, segment: str
) -> None:
    """Whatever event and version: in any field, repetition, component and sub-component, Z segments among them."""
    number = data.draw(st.integers(3 if segment == "MSH" else 1, 50))
    component, sub = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 3))
    value = "^" * (component - 1) + "&" * (sub - 1) + name
    field = data.draw(st.sampled_from([value, f"x~{value}", f"{value}~{value}"]))
    more = () if segment in {"MSH", "EVN", "PID", "PV1"} else (f"{segment}|{'|' * (number - 1)}{field}",)
    own = {segment.lower() if segment != "MSH" else "header": {number: field}} if not more else {}
    header = {9: f"ADT^{event}", 12: version} | own.pop("header", {})
    raw = adt(header=header, more=more, **own)  # type: ignore[arg-type]  # by its segment
    hidden(raw, Format.HL7V2, name)


@pytest.mark.parametrize(("segment", "number", "component"), sorted(RULES), ids=str)
@settings(SETTINGS, max_examples=40)
@given(name=planted())
def test_no_field_that_may_be_shown_shows_a_person(segment: str, number: int, component: int, name: str) -> None:
    """Where codes, times and numbers are told, a name, a telephone or a document in their place is not."""
    field = "^" * (component - 1) + name
    if segment == "MSH":
        hidden(adt(header={number: field}), Format.HL7V2, name)
    else:
        hidden(adt(more=(f"{segment}|{'|' * (number - 1)}{field}",)), Format.HL7V2, name)


@SETTINGS
@given(
    name=planted(),
    separators=st.sampled_from(["|^~\\&", "#@%?$", "*:~\\;"]),
    end=st.sampled_from(["\r", "\n", "\r\n"]),
    codec=st.sampled_from(["utf-8", "cp1251", "koi8-r", "iso8859-5", "utf-16"]),
    charset=st.sampled_from(["UNICODE UTF-8", "WINDOWS-1251", "KOI8-R", "KLINGON", ""]),
    at=st.sampled_from(["line", "field", "segment", "before"]),
)
def test_a_broken_message_shows_no_more(
    name: str, separators: str, end: str, codec: str, charset: str, at: str
) -> None:
    """Other separators, line ends, a wrong character set, a line that is no segment, text before the header."""
    usual = adt(header={18: charset}, pid={5: name if at == "field" else "x"}, end=end).decode()
    told = usual.translate(str.maketrans("|^~\\&", separators))
    broken = {
        "line": told + name + end,
        "field": told,
        "segment": told + f"{name[:3].upper()}{separators[0]}{name}{end}",
        "before": name + told,
    }[at]
    hidden(broken.encode(codec, errors="ignore"), Format.HL7V2, name)


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_of_the_corpus_only_what_the_table_names_is_shown(file: Path) -> None:
    """Of each message of the corpus, broken ones too, no name, address, birth date or telephone is told."""
    raw = file.read_bytes()
    found = MASKS.masked(raw, Format.HL7V2, NOW)
    for line in found.lines:
        for part in line.parts:
            if part.kind in {PartKind.SHOWN, PartKind.ENDING}:
                segment, _, number = part.place.partition("-")
                known = {(name, field) for name, field, _ in RULES}
                assert (segment.partition("[")[0], int(number)) in known, part


def test_what_an_engineer_looks_for_is_shown() -> None:
    """Structure, event, version, hospital, times of the stay, the end of ids; a name is dots, a date has its dashes."""
    raw = adt(header={10: "GKB29-000123"}, pid={7: "1939-05-17"}, pv1={44: "20260312084500+0300", 19: ""})
    found = text(MASKS.masked(raw, Format.HL7V2, NOW))
    for part in ("ADT^A01^ADT_A01", "|2.5|", "20260312084500+0300", "GKB29", "•••▫▫-▫▫0123", "▫▫▫▫-▫▫-▫▫", "EMR"):
        assert part in found, found
    assert "Лебедева" not in found
    lines = [line.places for line in MASKS.masked(adt(more=("NK1|1", "NK1|2")), Format.HL7V2, NOW).lines]
    assert lines[-2:] == [("NK1",), ("NK1[2]",)]


# ---- JSON and FHIR ---------------------------------------------------------------------------------------------------

ZOO = {
    "contacts": [{"family": "Ф", "relation": "сын", "phones": ["1"], "birth_date": "1970-01-01"}],
    "flags": ["lives_alone"],
    "ward": "ТРАВМ",
    "bed": "1",
    "diagnosis": "x",
    "extensions": ["ZPI|1"],
}
REFERRAL = {"facility": "GKB29", "sentence": "просит", "referred_by": {"name": "x"}, "patient": {"phones": ["1"]}}
ENQUIRY = {"facility": "CENTRE", "channel": "phone", "topic": "status", "sentence": "x", "asker": {"email": "x"}}
DOCUMENTS = [
    (Format.ADMISSION, admission(**ZOO)),
    (Format.REFERRAL, REFERRAL),
    (Format.ENQUIRY, ENQUIRY),
    (Format.FHIR, contained(patient())),
    (Format.FHIR, transaction(patient(), encounter({"reference": "urn:uuid:patient"}))),
    (Format.FHIR, message(patient(), encounter({"reference": "urn:uuid:patient"}))),
    (Format.FHIR, {"resourceType": "Flag", "status": "active", "code": {"coding": [{"system": "s", "code": "c"}]}}),
    (Format.FHIR, {"resourceType": "Observation", "valueString": "x", "component": [{"valueDateTime": "2026-01-01"}]}),
]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a document at which something could stand."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield from places(each, (*path, name))


def put(document: Any, path: tuple[str | int, ...], value: Any, *, key: bool) -> Any:
    """The document with the value there, or as the name of a field."""
    told = copy.deepcopy(document)
    at = told
    for name in path[:-1]:
        at = at[name]
    if not path:
        return value
    if key and isinstance(at, dict):
        at[str(value)] = at.pop(path[-1])
    else:
        at[path[-1]] = value
    return told


@SETTINGS
@given(data=st.data(), which=st.sampled_from(DOCUMENTS), name=planted())
def test_no_field_of_json_shows_what_is_planted_in_it(
    data: st.DataObject, which: tuple[Format, Any], name: str
) -> None:
    """In any field of a JSON admission, referral, enquiry or of FHIR, as a text, a list or a field's name."""
    written_in, document = which
    path = data.draw(st.sampled_from(list(places(document))))
    value = data.draw(st.sampled_from([name, [name], {"value": name}, {name: "x"}, [[name]]]))
    told = put(document, path, value, key=isinstance(value, str) and data.draw(st.booleans()))
    hidden(json.dumps(told, ensure_ascii=False).encode(), written_in, name)


@SETTINGS
@given(which=st.sampled_from(DOCUMENTS), name=planted(), cut=st.integers(1, 400))
def test_json_that_is_none_shows_no_more(which: tuple[Format, Any], name: str, cut: int) -> None:
    """Cut off in the middle, or with text beside it: marks and masks."""
    written_in, document = which
    raw = json.dumps(document, ensure_ascii=False)
    for broken in (raw[:cut] + name, name + raw, f'{raw[:-1]}, "note": {name}', name):
        hidden(broken.encode(), written_in, name)


@SETTINGS
@given(data=st.data(), name=planted())
def test_no_element_of_fhir_shows_what_is_planted_in_it(data: st.DataObject, name: str) -> None:
    """In every element that the standard knows of the types that are taken, at whatever depth, extensions too."""
    kind = data.draw(st.sampled_from(["Encounter", "Patient", "RelatedPerson", "Flag", "Bundle", "Condition"]))
    told: Any = {"resourceType": kind}
    at, of = told, kind
    for _ in range(4):
        element = data.draw(st.sampled_from(sorted(r4().types[of])))
        of = r4().types[of][element].kind
        if of not in r4().types:
            at[element] = [name] if r4().types.get(of) else name
            break
        inner: dict[str, Any] = {"display": name, name: "x"}
        at[element] = [inner] if data.draw(st.booleans()) else inner
        at = inner
    hidden(json.dumps(told, ensure_ascii=False).encode(), Format.FHIR, name)


def test_fhir_and_json_are_shown_as_they_are_built() -> None:
    """Elements, bound codes, the hospital, times of the stay and the end of its number; of a person only the shape."""
    stay = encounter({"reference": "Patient/123"}, visit="26-000777")
    raw = json.dumps(transaction(patient(), stay)).encode()
    found = text(MASKS.masked(raw, Format.FHIR, NOW))
    for part in ('"status": "in-progress"', '"code": "EMER"', "2026-03-12T08:45:00+03:00", '"GKB29"', "0777"):
        assert part in found, found
    assert '"birthDate": "▫▫▫▫-▫▫-▫▫"' in found
    assert "Лебедева" not in found
    assert "Encounter.period.start" in found
    shown = text(
        MASKS.masked(json.dumps(admission(emergency=True, flags=["palliative"])).encode(), Format.ADMISSION, NOW)
    )
    for part in ('"facility": "GKB29"', '"emergency": true', '"palliative"', '"family": "•••'):
        assert part in shown, shown


def test_a_mail_shows_its_headers_by_name() -> None:
    """Which headers a mail has, and how long its text is; neither its sender nor a word of it."""
    raw = "From: Анна <anna@example.org>\r\nSubject: о брате\r\nX-Secret-Anna: 1\r\n\r\nГде мой брат Пётр?".encode()
    found = hidden(raw, Format.MAIL, "Анна", "anna@example.org", "о брате", "Пётр", "X-Secret-Anna")
    assert "From: " in found


@pytest.mark.parametrize("written_in", list(Format))
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 100,
        b"MSH|",
        b"[" * 20_000,
        b'{"a":' * 3000,
        b"\n" * 50_000,
        b"|" * 50_000,
        b"1",
        b'"x"',
        b"{}",
    ],
    ids=lambda raw: f"{raw[:4]!r}-{len(raw)}",
)
def test_whatever_came_is_masked(written_in: Format, raw: bytes) -> None:
    """No bytes are too broken, and of many lines some are shown."""
    found = MASKS.masked(raw, written_in, NOW)
    assert len(found.lines) <= MOST_LINES
    MASKS.text(raw, written_in)
