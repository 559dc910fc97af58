"""An instrument as a FHIR R4 Questionnaire: Russian with English translations, the scoring in extensions.

Standard extensions: `translation`, `ordinalValue`, `minValue`, `maxValue` of FHIR R4. What R4 has no element for (mark
and source, the needs an option speaks for, sum, bands, findings) stands in extensions of ours, under `OWN`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from marshrut.catalogue.entries import Sourced, Title
from marshrut.catalogue.instruments import InstrumentEntry, ItemEntry, OptionEntry, WhenEntry, instrument
from marshrut.domain.instruments.types import Need

HL7 = "http://hl7.org/fhir/StructureDefinition"
OWN = "https://marshrut.example/fhir/StructureDefinition"  # a reserved domain: nothing is to be fetched there
LOINC = "http://loinc.org"

Json = dict[str, Any]


def questionnaire(code: str, entry: InstrumentEntry) -> Json:
    """A FHIR R4 Questionnaire; its id is the code with hyphens, since ids have no underscores."""
    panel = None if entry.loinc is None else entry.loinc.panel
    return {
        "resourceType": "Questionnaire",
        "id": code.replace("_", "-"),
        "language": "ru",
        "extension": list(_extensions(entry)),
        "url": entry.url,
        "version": entry.version,
        "name": "".join(part.capitalize() for part in code.split("_")),
        **_text("title", entry.title),
        "status": entry.status,
        "subjectType": ["Patient"],
        "date": entry.date.isoformat(),
        **_text("description", entry.description),
        **_text("copyright", entry.copyright),
        **({"code": [_loinc(panel)]} if panel else {}),
        "item": list(_items(code, entry)),
    }


def _extensions(entry: InstrumentEntry) -> Iterator[Json]:
    yield _extension("provenance", list(_provenance(entry)))
    loinc = entry.loinc
    if loinc is not None:
        score = [] if loinc.total is None else [{"url": "score", "valueCoding": _loinc(loinc.total)}]
        yield _extension("loinc", [*_provenance(loinc), *score])
    scoring = entry.scoring
    if scoring is not None:
        parts = [_part("item", "String", each) for each in scoring.total]
        for code, band in scoring.bands.items():
            inner = [
                _part("code", "Code", code),
                _part("from", "Integer", band.first),
                _part("to", "Integer", band.last),
            ]
            parts.append({"url": "band", "extension": [*inner, _titled(band.title), *_needs(band.needs)]})
        yield _extension("scoring", [*_provenance(scoring), *parts])
    for code, finding in entry.findings.items():
        inner = [_part("code", "Code", code), _part("item", "String", finding.item)]
        if isinstance(finding.equals, bool):
            inner.append(_part("equals", "Boolean", finding.equals))
        elif finding.equals is not None:
            inner.append(_part("equals", "Integer" if isinstance(finding.equals, int) else "Code", finding.equals))
        inner += [] if finding.exists is None else [_part("exists", "Boolean", finding.exists)]
        inner += [] if finding.at_least is None else [_part("at-least", "Integer", finding.at_least)]
        inner += [_part("urgent", "Boolean", finding.urgent), _titled(finding.title), *_needs(finding.needs)]
        yield _extension("finding", [*_provenance(finding), *inner])


def _items(code: str, entry: InstrumentEntry) -> Iterator[Json]:
    system = instrument(code, entry).options_system
    for group, items in groupby(entry.items.items(), key=lambda each: each[1].group):
        inner = [_item(entry, system, link_id, item) for link_id, item in items]
        if group is None:
            yield from inner
        else:
            yield {"linkId": group, **_text("text", entry.groups[group]), "type": "group", "item": inner}


def _item(entry: InstrumentEntry, system: str, link_id: str, item: ItemEntry) -> Json:
    limits = {"minValue": item.minimum, "maxValue": item.maximum}
    bounds = [{"url": f"{HL7}/{name}", "valueInteger": value} for name, value in limits.items() if value is not None]
    return {
        **({"extension": bounds} if bounds else {}),
        "linkId": link_id,
        **({"code": [_loinc(item.loinc)]} if item.loinc else {}),
        **_text("text", item.title),
        "type": item.type,
        **({"enableWhen": [_enable(system, item.enable_when)]} if item.enable_when else {}),
        "required": item.required,
        "repeats": item.repeats,
        **({"answerOption": list(_options(system, entry.options(item)))} if item.type == "choice" else {}),
    }


def _options(system: str, options: Mapping[str, OptionEntry]) -> Iterator[Json]:
    for code, option in options.items():
        ordinal = [] if option.ordinal is None else [_ordinal(option.ordinal)]
        extensions = [*ordinal, *({"url": f"{OWN}/need", "valueCode": need.value} for need in option.needs)]
        coding = {"system": system, "code": code, **_text("display", option.title)}
        yield {**({"extension": extensions} if extensions else {}), "valueCoding": coding}


def _enable(system: str, when: WhenEntry) -> Json:
    if when.exists is not None:
        return {"question": when.item, "operator": "exists", "answerBoolean": when.exists}
    if isinstance(when.equals, bool):
        answer: Json = {"answerBoolean": when.equals}
    elif isinstance(when.equals, int):
        answer = {"answerInteger": when.equals}
    else:
        answer = {"answerCoding": {"system": system, "code": when.equals}}
    return {"question": when.item, "operator": "=", **answer}


def _loinc(code: str) -> Json:
    return {"system": LOINC, "code": code}


def _ordinal(value: int) -> Json:
    return {"url": f"{HL7}/ordinalValue", "valueDecimal": value}


def _text(element: str, title: Title) -> Json:
    """A text in Russian, and beside it its translation."""
    parts = [_part("lang", "Code", "en"), _part("content", "String", title.en)]
    return {element: title.ru, f"_{element}": {"extension": [{"url": f"{HL7}/translation", "extension": parts}]}}


def _titled(title: Title) -> Json:
    """Both languages side by side: readers of FHIR that know no extension of an extension's value can have it."""
    return {"url": "title", "extension": [_part("ru", "String", title.ru), _part("en", "String", title.en)]}


def _provenance(entry: Sourced) -> Iterator[Json]:
    yield _part("mark", "Code", entry.mark)
    yield _part("source", "String", entry.source)


def _needs(needs: Iterable[Need]) -> Iterator[Json]:
    return (_part("need", "Code", need.value) for need in needs)


def _extension(name: str, parts: list[Json]) -> Json:
    return {"url": f"{OWN}/{name}", "extension": parts}


def _part(url: str, kind: str, value: str | bool | int) -> Json:  # noqa: FBT001 - an extension's value
    return {"url": url, f"value{kind}": value}
