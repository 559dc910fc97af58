"""An instrument as its file says it: the questions in words, the scoring, and whose it is; and as the domain's rules.

Each key has its element in a FHIR R4 Questionnaire (questionnaire.py), under FHIR's word or a shorter one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from marshrut.catalogue.entries import Key, Sourced, Title
from marshrut.domain.base import Code, Model
from marshrut.domain.instruments.types import Band, Condition, Instrument, Item, Kind, Need, Option, Rule


def _is_loinc(text: str) -> str:
    """The last digit of a LOINC code checks the others (Luhn, mod 10)."""
    digits = [int(digit) for digit in text if digit.isdigit()]
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    if sum(doubled) % 10:
        raise ValueError(f"{text} is no LOINC code: its check digit does not fit")
    return text


Loinc = Annotated[str, StringConstraints(pattern=r"^\d{1,7}-\d$"), AfterValidator(_is_loinc)]
Url = Annotated[str, StringConstraints(pattern=r"^(https?://|urn:)[\w.:/\-]+$", max_length=150)]
Points = Annotated[int, Field(ge=0, le=1000)]
Number = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


class LoincEntry(Sourced):
    """What LOINC calls the instrument and its score; mark and source are of all LOINC codes in the file."""

    panel: Loinc | None = None
    total: Loinc | None = None


class OptionEntry(Model):
    """An answer: what it adds to a sum (`ordinal`), and the needs that it speaks for."""

    title: Title
    ordinal: Points | None = None
    needs: tuple[Need, ...] = ()


class WhenEntry(Model):
    """An item is asked when another, before it, has this answer (`equals`), or has any or none (`exists`)."""

    item: Key
    equals: Key | bool | int | None = None
    exists: bool | None = None


class ItemEntry(Model):
    """A question; its key is the linkId. A choice has its own `options` or a `scale` that several items share."""

    title: Title
    type: Kind = "choice"
    group: Key | None = None
    required: bool = True
    repeats: bool = False
    loinc: Loinc | None = None
    scale: Key | None = None
    options: Mapping[Key, OptionEntry] = Field(default_factory=dict)
    minimum: Number | None = None
    maximum: Number | None = None
    enable_when: WhenEntry | None = None


class BandEntry(Model):
    """Scores that mean the same, from the first to the last, and the needs that they speak for."""

    model_config = ConfigDict(serialize_by_alias=True)

    title: Title
    first: Points = Field(alias="from")
    last: Points = Field(alias="to")
    needs: tuple[Need, ...] = ()


class ScoringEntry(Sourced):
    """The score is the sum of the ordinals of these items; the bands cover it without gap or overlap."""

    total: Annotated[tuple[Key, ...], Field(min_length=1)]
    bands: Annotated[Mapping[Key, BandEntry], Field(min_length=1)]


class FindingEntry(WhenEntry, Sourced):
    """An answer that says something by itself, whatever the score; an urgent one is for today."""

    title: Title
    at_least: Number | None = None
    urgent: bool = False
    needs: tuple[Need, ...] = ()


class InstrumentEntry(Sourced):
    """A questionnaire with its scoring. Mark and source are of what it asks and of its answers."""

    title: Title
    url: Url
    version: Code
    status: Literal["draft", "active", "retired"]
    date: date
    description: Title
    copyright: Title
    loinc: LoincEntry | None = None
    groups: Mapping[Key, Title] = Field(default_factory=dict)
    scales: Mapping[Key, Annotated[Mapping[Key, OptionEntry], Field(min_length=1)]] = Field(default_factory=dict)
    items: Annotated[Mapping[Key, ItemEntry], Field(min_length=1)]
    scoring: ScoringEntry | None = None
    findings: Mapping[Key, FindingEntry] = Field(default_factory=dict)

    def options(self, item: ItemEntry) -> Mapping[str, OptionEntry]:
        """The answers of a choice, its own or its scale's."""
        return item.options if item.scale is None else self.scales.get(item.scale, {})


def instrument(code: str, entry: InstrumentEntry) -> Instrument:
    """The rules of a checked entry, without wording."""
    scoring = entry.scoring
    return Instrument(
        code=code,
        url=entry.url,
        version=entry.version,
        items=tuple(_item(entry, link_id, item) for link_id, item in entry.items.items()),
        total=() if scoring is None else scoring.total,
        bands=()
        if scoring is None
        else tuple(
            Band(code=name, first=band.first, last=band.last, needs=band.needs) for name, band in scoring.bands.items()
        ),
        rules=tuple(
            Rule(code=name, when=_when(finding, finding.at_least), urgent=finding.urgent, needs=finding.needs)
            for name, finding in entry.findings.items()
        ),
    )


def _item(entry: InstrumentEntry, link_id: str, item: ItemEntry) -> Item:
    options = entry.options(item)
    return Item(
        link_id=link_id,
        kind=item.type,
        required=item.required,
        repeats=item.repeats,
        options=tuple(Option(code=code, ordinal=each.ordinal, needs=each.needs) for code, each in options.items()),
        minimum=item.minimum,
        maximum=item.maximum,
        enabled=None if item.enable_when is None else _when(item.enable_when),
        group=item.group,
    )


def _when(when: WhenEntry, at_least: int | None = None) -> Condition:
    return Condition(item=when.item, equals=when.equals, exists=when.exists, at_least=at_least)
