"""A PFIF document to records; whoever sends it is not trusted."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, TypeVar
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import ValidationError

from marshrut.adapters.pfif.fault import PfifCode, PfifFault
from marshrut.adapters.pfif.records import NoteRecord, PersonRecord

LIMIT = 8 * 2**20  # bytes; some ten thousand records
_ROOT = re.compile(r"\{http://zesty\.ca/pfif/(?P<version>[\d.]+)\}pfif")
_VERSIONS = {"1.2", "1.3", "1.4"}
_DATES = ("entry_date", "expiry_date", "source_date")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z", re.ASCII)
_TRUTH = {"true": True, "false": False, "": None}

# What 1.4 renamed.
_OLD_NAMES = {
    "first_name": "given_name",
    "last_name": "family_name",
    "other": "description",
    "found": "author_made_contact",
}
Record = TypeVar("Record", PersonRecord, NoteRecord)
Fields = dict[str, Any]


def read(raw: bytes, *, limit: int = LIMIT) -> tuple[PersonRecord, ...]:
    """The persons of a document with their notes, also those that stand beside them; unknown elements are ignored.

    A 1.2 record without full name gets one from its parts, and its entry date stands in for a missing source date.

    Raises:
        PfifFault: with a code and the place; a document is read whole or not at all.
    """
    root = _root(raw, limit)
    found = _ROOT.fullmatch(root.tag)
    if not found:
        raise PfifFault(PfifCode.NOT_PFIF)
    if found["version"] not in _VERSIONS:
        raise PfifFault(PfifCode.UNSUPPORTED_VERSION)
    return _Document(root, found["version"]).persons()


def _root(raw: bytes, limit: int) -> Element:
    if len(raw) > limit:
        raise PfifFault(PfifCode.OVERSIZE)
    try:
        root: Element = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException:
        raise PfifFault(PfifCode.FORBIDDEN_XML) from None
    except (ParseError, LookupError, ValueError):  # the latter two of an encoding that nobody knows
        raise PfifFault(PfifCode.NO_XML) from None
    return root


class _Document:
    """One document being read."""

    def __init__(self, root: Element, version: str) -> None:
        self._root = root
        self._old = version != "1.4"
        self._space = f"{{http://zesty.ca/pfif/{version}}}"
        self._seen: set[str] = set()

    def persons(self) -> tuple[PersonRecord, ...]:
        persons = [self._person(element, place) for element, place in self._inside(self._root, "person", "")]
        known = {person.person_record_id: number for number, person in enumerate(persons)}
        beside: dict[int, list[NoteRecord]] = {}
        for element, place in self._inside(self._root, "note", ""):
            note = self._note(element, place, None)
            if note.person_record_id not in known:
                raise PfifFault(PfifCode.NOTE_OF_ANOTHER, place)
            beside.setdefault(known[note.person_record_id], []).append(note)
        for number, notes in beside.items():
            persons[number] = _with(persons[number], notes, f"person[{number + 1}]")
        return tuple(persons)

    def _inside(self, parent: Element, name: str, place: str) -> list[tuple[Element, str]]:
        found = parent.findall(f"{self._space}{name}")
        return [(element, f"{place}{name}[{number}]") for number, element in enumerate(found, start=1)]

    def _person(self, element: Element, place: str) -> PersonRecord:
        fields = self._fields(element, place, PersonRecord)
        if self._old:
            parts = (fields.get("given_name", ""), fields.get("family_name", ""))
            fields.setdefault("full_name", " ".join(part for part in parts if part))
            if "source_date" not in fields and "entry_date" in fields:
                fields["source_date"] = fields["entry_date"]
        person = _made(PersonRecord, fields, place)
        self._once(person.person_record_id, f"{place}/person_record_id")
        notes = self._inside(element, "note", f"{place}/")
        inside = [self._note(note, where, person.person_record_id) for note, where in notes]
        return _with(person, inside, place)

    def _note(self, element: Element, place: str, person_id: str | None) -> NoteRecord:
        fields = self._fields(element, place, NoteRecord)
        if person_id is not None and fields.setdefault("person_record_id", person_id) != person_id:
            raise PfifFault(PfifCode.NOTE_OF_ANOTHER, place)
        note = _made(NoteRecord, fields, place)
        self._once(f"note {note.note_record_id}", f"{place}/note_record_id")
        return note

    def _once(self, record_id: str, place: str) -> None:
        if record_id in self._seen:
            raise PfifFault(PfifCode.DUPLICATE_ID, place)
        self._seen.add(record_id)

    def _fields(self, element: Element, place: str, record: type[PersonRecord | NoteRecord]) -> Fields:
        found: Fields = {}
        for child in element:
            if not child.tag.startswith(self._space):
                continue
            name = child.tag.removeprefix(self._space)
            name = _OLD_NAMES.get(name, name) if self._old else name
            if name not in record.model_fields or name == "notes":
                continue
            where = f"{place}/{name}"
            text = (child.text or "").strip()
            if name in found:
                raise PfifFault(PfifCode.REPEATED_FIELD, where)
            if len(child):
                raise PfifFault(PfifCode.BAD_VALUE, where)
            if text:
                found[name] = _value(name, text, where)
        return found


def _with(person: PersonRecord, notes: list[NoteRecord], place: str) -> PersonRecord:
    return _made(PersonRecord, {**dict(person), "notes": (*person.notes, *notes)}, place)


def _value(name: str, text: str, where: str) -> str | bool | datetime | None:
    try:
        if name in _DATES:
            if not _DATE.fullmatch(text):
                raise PfifFault(PfifCode.BAD_VALUE, where)
            return datetime.fromisoformat(text[:19] + "+00:00")
        return _TRUTH[text] if name == "author_made_contact" else text
    except (KeyError, ValueError):
        raise PfifFault(PfifCode.BAD_VALUE, where) from None


def _made(kind: type[Record], fields: Fields, place: str) -> Record:
    try:
        return kind(**fields)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_context=False, include_input=False)[0]
        if not first["loc"]:  # the record as a whole: it lacks the name, its notes come later
            raise PfifFault(PfifCode.MISSING_FIELD, f"{place}/full_name") from None
        code = PfifCode.MISSING_FIELD if first["type"] == "missing" else PfifCode.BAD_VALUE
        raise PfifFault(code, f"{place}/{first['loc'][0]}") from None
