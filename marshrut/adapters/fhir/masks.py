"""A FHIR message masked: the names of the standard's elements, and of their values the codes that it is bound to."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshrut.adapters import masks
from marshrut.adapters.fhir.definitions import Element, r4
from marshrut.adapters.fhir.references import FLAGS
from marshrut.domain.words import Flag
from marshrut.ports import Masked, MaskedLine, Part, PartKind

# Codes of the value sets that the standard only recommends, as far as a stay is told by them.
CODES = masks.codes(
    "EMER IMP AMB ACUTE NONACUTE OBSENC PRENC SS VR FLD HH EM UR R EL MR PI VN AN emd outp born nursing psych "
    "rehab home alt-home other-hcf hosp long aadvice exp psy snf oth wa ro bd wi bu"
)
SYSTEMS = frozenset(
    {
        FLAGS,
        "http://terminology.hl7.org/CodeSystem/v2-0203",
        "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        "http://terminology.hl7.org/CodeSystem/v3-ActPriority",
        "http://terminology.hl7.org/CodeSystem/admit-source",
        "http://terminology.hl7.org/CodeSystem/discharge-disposition",
        "http://terminology.hl7.org/CodeSystem/location-physical-type",
        "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
        "http://terminology.hl7.org/CodeSystem/v2-0131",
        "http://hl7.org/fhir/sid/icd-10",
        "http://snomed.info/sct",
        "http://loinc.org",
    }
)
# Times of a person, and not of a stay.
PERSONAL = frozenset({"birthDate", "deceasedDateTime", "onsetDateTime", "abatementDateTime"})
# Whose own number is that of a stay or of the message.
NUMBERED = frozenset({"Encounter", "Bundle"})
TIMES = frozenset({"instant", "dateTime", "date"})
_FLAGS = frozenset(Flag)
# What stands beside a primitive value, under its name with a `_`.
BESIDE = Element("Element", needed=False, many=False, group=None, codes=None)


@dataclass(frozen=True, slots=True)
class _Where:
    """Where a value stands: of which type that is, in which resource, as it is told and as faults name it."""

    kind: str | None
    resource: str
    path: tuple[str, ...]
    inner: tuple[str, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """From the whole message, and from the innermost resource."""
        return tuple(dict.fromkeys((".".join(self.path), ".".join((self.resource, *self.inner)))))


class FhirMasks:
    """Masks FHIR R4. `hospitals`: the codes that the catalogue knows."""

    def __init__(self, hospitals: Collection[str]) -> None:
        self._hospitals = hospitals

    def masked(self, raw: bytes, received_at: datetime) -> Masked:
        """The message without anything that may name a person."""
        content = masks.json_of(raw)
        if not isinstance(content, dict):
            return masks.message(masks.unread(raw.decode(errors="replace")))
        return masks.message(_Writing(self._hospitals, received_at).resource(content, (), 0, (), ""))


@dataclass(frozen=True, slots=True)
class _Writing:
    """One message as it is written down."""

    hospitals: Collection[str]
    received_at: datetime

    def resource(
        self, value: Mapping[str, Any], path: tuple[str, ...], depth: int, before: tuple[Part, ...], after: str
    ) -> Iterator[MaskedLine]:
        """A resource; one of a type that the standard does not know is masked whole."""
        kind = value.get("resourceType")
        known = isinstance(kind, str) and kind in r4().resources
        name = kind if known and isinstance(kind, str) else "Resource"
        where = _Where(name if name in r4().types else None, name, path or (name,), ())
        yield from self._object(value, where, depth, before, after)

    def _object(
        self, value: Mapping[str, Any], where: _Where, depth: int, before: tuple[Part, ...], after: str
    ) -> Iterator[MaskedLine]:
        yield MaskedLine(where.places, depth, (*before, masks.built("{" if value else "{}" + after)))
        if not value:
            return
        elements = {} if where.kind is None else r4().types[where.kind]
        for number, (name, found) in enumerate(value.items(), 1):
            comma = "," if number < len(value) else ""
            base = name.removeprefix("_")
            element = elements.get(base)
            if name == "resourceType":
                text = masks.one_of(str(found), r4().resources)
                parts = (masks.built('"resourceType": "'), text, masks.built(f'"{comma}'))
                yield MaskedLine((), depth + 1, parts)
            elif element is None:
                yield MaskedLine((), depth + 1, (masks.built('"'), masks.mask(name), masks.built(f'": …{comma}')))
            else:
                at = _Where(element.kind, where.resource, (*where.path, name), (*where.inner, name))
                key = (masks.built(f'"{name}": '),)
                yield from self._any(found, BESIDE if base != name else element, at, depth + 1, key, comma, value)
        yield MaskedLine((), depth, (masks.built("}" + after),))

    def _any(  # noqa: PLR0913, PLR0917 - where a value stands
        self,
        value: Any,
        element: Element,
        where: _Where,
        depth: int,
        before: tuple[Part, ...],
        after: str,
        owner: Mapping[str, Any],
    ) -> Iterator[MaskedLine]:
        if depth > masks.DEEPEST:
            yield MaskedLine(where.places, depth, (*before, masks.built("…" + after)))
        elif isinstance(value, list) and value:
            yield MaskedLine(where.places, depth, (*before, masks.built("[")))
            for number, each in enumerate(value, 1):
                comma = "," if number < len(value) else ""
                yield from self._any(each, element, where, depth + 1, (), comma, owner)
            yield MaskedLine((), depth, (masks.built("]" + after),))
        elif isinstance(value, dict) and element.kind == "Resource":
            yield from self.resource(value, where.path, depth, before, after)
        elif isinstance(value, dict):
            kind = element.kind if element.kind in r4().types else None
            inside = _Where(kind, where.resource, where.path, where.inner)
            yield from self._object(value, inside, depth, before, after)
        else:
            leaf = self._leaf(value, element, where, owner)
            yield MaskedLine(where.places, depth, (*before, *leaf, *((masks.built(after),) if after else ())))

    def _leaf(self, value: Any, element: Element, where: _Where, owner: Mapping[str, Any]) -> tuple[Part, ...]:
        if value is None or isinstance(value, bool) or value == []:
            return (masks.built(json.dumps(value)),)
        if not isinstance(value, str):
            return (masks.mask(str(value)),)
        return (masks.built('"'), self._text(value, element, where, owner), masks.built('"'))

    def _text(self, text: str, element: Element, where: _Where, owner: Mapping[str, Any]) -> Part:
        """A code that it is bound to, a hospital, a time of the stay, the end of a visit's number; or a mask."""
        name, place = where.path[-1], where.places[0]
        if text in self.hospitals or (element.codes is not None and text in element.codes):
            return masks.shown(text, place)
        if (name, element.kind) in {("code", "code"), ("system", "uri")}:
            codes = _FLAGS if owner.get("system") == FLAGS else CODES
            return masks.one_of(text, codes if name == "code" else SYSTEMS, place)
        if element.kind in TIMES and not PERSONAL.intersection(where.path):
            return masks.instant(text, self.received_at, place)
        if where.inner == ("identifier", "value") and where.resource in NUMBERED:
            return masks.ending(text, place)
        kind, slash, rest = text.partition("/")
        if name in {"reference", "url"} and kind in r4().resources:
            return Part(PartKind.ENDING, kind + slash + masks.shape(rest), place)
        return masks.mask(text, place)
