"""Records to a PFIF 1.4 document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from marshrut.adapters.pfif.records import NoteRecord, PersonRecord

NAMESPACE = "http://zesty.ca/pfif/1.4"


def write(records: Iterable[PersonRecord]) -> bytes:
    """The records as UTF-8 XML, each person's notes inside it and last, fields in the order of the specification."""
    root = Element("pfif:pfif", {"xmlns:pfif": NAMESPACE})
    for record in records:
        person = SubElement(root, "pfif:person")
        _fields(person, record)
        for note in record.notes:
            _fields(SubElement(person, "pfif:note"), note)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _fields(into: Element, record: PersonRecord | NoteRecord) -> None:
    for name in type(record).model_fields:
        value = getattr(record, name)
        if value is not None and name != "notes":
            SubElement(into, f"pfif:{name}").text = _written(value)


def _written(value: str | bool | datetime) -> str:  # noqa: FBT001 - a field of either record
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)
