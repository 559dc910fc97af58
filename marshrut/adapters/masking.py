"""Every format masked, each by what is known of it (port `Masker`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, get_args

from pydantic import BaseModel

from marshrut.adapters import masks
from marshrut.adapters.documents import BOM, MODELS
from marshrut.adapters.fhir.masks import FhirMasks
from marshrut.adapters.hl7v2.header import glance
from marshrut.adapters.hl7v2.masks import Hl7Masks
from marshrut.domain.words import Channel, Flag, Topic
from marshrut.ports import Format, Masked, MaskedLine, Part

_SEXES = frozenset({"male", "female", "other", "unknown"})
_FLAGS = frozenset(Flag)
# Of a mail the headers that each one has; what stands in them names people.
_HEADERS = masks.codes(
    "from to cc subject date message-id content-type mime-version received reply-to in-reply-to references"
)


class Masks:
    """`ports.Masker`. `hospitals`: the codes that the catalogue knows; `codes`: theirs for emergencies and deaths."""

    def __init__(self, hospitals: Collection[str], codes: Collection[str]) -> None:
        self._hospitals = frozenset(hospitals)
        self._hl7 = Hl7Masks(self._hospitals, frozenset(codes))
        self._fhir = FhirMasks(self._hospitals)

    def masked(self, raw: bytes, written_in: Format, received_at: datetime) -> Masked:
        """The message without anything that may name a person; never fails."""
        match written_in:
            case Format.HL7V2:
                return self._hl7.masked(raw, received_at)
            case Format.FHIR:
                return self._fhir.masked(raw, received_at)
            case Format.MAIL:
                return masks.message(_mail(raw))
            case _:
                return self._document(raw, MODELS[written_in], received_at)

    def text(self, raw: bytes, written_in: Format) -> str:
        """All of it, as its own character set reads it."""
        codec = glance(raw).codec if written_in is Format.HL7V2 else None
        return raw.decode(codec or "utf-8", errors="replace")

    def _document(self, raw: bytes, model: type[BaseModel], received_at: datetime) -> Masked:
        content = masks.json_of(raw.removeprefix(BOM))
        if content is None:
            return masks.message(masks.unread(raw.decode(errors="replace")))
        fields, rules = _fields(model), self._rules(received_at)

        def value(text: str, path: tuple[str, ...], place: str) -> Part:
            return rules.get(path, masks.mask)(text, place)

        def known(path: tuple[str, ...]) -> bool:
            return path in fields

        return masks.message(masks.of_json(content, known, value))

    def _rules(self, received_at: datetime) -> Mapping[tuple[str, ...], Callable[[str, str], Part]]:
        def time(text: str, place: str) -> Part:
            return masks.instant(text, received_at, place)

        def among(codes: Collection[str]) -> Callable[[str, str], Part]:
            return lambda text, place: masks.one_of(text, codes, place)

        return {
            ("facility",): among(self._hospitals),
            ("visit",): masks.ending,
            **{(name,): time for name in ("admitted_at", "occurred_at", "planned_for")},
            ("flags", "*"): among(_FLAGS),
            ("patient", "sex"): among(_SEXES),
            ("channel",): among(get_args(Channel)),
            ("topic",): among(get_args(Topic)),
        }


def _fields(model: type[BaseModel], at: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Every place that a document of ours has; `*`: in a list."""
    found: set[tuple[str, ...]] = set()
    for name, field in model.model_fields.items():
        here = (*at, name)
        found.add(here)
        for kind, many in _models(field.annotation):
            found |= _fields(kind, (*here, "*") if many else here)
    return found


def _models(kind: Any, *, many: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind, many
    listed = many or getattr(kind, "__origin__", None) in {tuple, list}
    for each in get_args(kind):
        yield from _models(each, many=listed)


def _mail(raw: bytes) -> Iterator[MaskedLine]:
    """The headers' names, and how the rest is written."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    for line in head.decode("latin-1").split("\n"):
        name, colon, value = line.partition(":")
        if colon and name.lower() in _HEADERS:
            yield MaskedLine((name,), 0, (masks.built(f"{name}: "), masks.mask(value.strip())))
        elif line.strip():
            yield MaskedLine((), 1, (masks.mask(line.strip()),))
    yield from masks.unread(body.decode(errors="replace"))
