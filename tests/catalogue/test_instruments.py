from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from marshrut.catalogue import Catalogue, CatalogueError, load
from marshrut.catalogue.questionnaire import HL7, LOINC, OWN, questionnaire
from marshrut.domain.instruments import answer
from tests.catalogue.conftest import Edit, Write

PAGE = Path(__file__).parents[2] / "docs/instruments.md"
FALLS = next(
    block.removeprefix("# instruments/falls.yaml\n")
    for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if block.startswith("# instruments/falls.yaml")
)
BARTHEL, SCREEN, CARE = "barthel.yaml", "social_screen.yaml", "long_term_care.yaml"

# File, what is replaced by what, a part of the line that is named, a part of what is said of it.
WRONG = [
    (BARTHEL, "    bathing:", "    feeding:", "    feeding:", "the key feeding is given twice"),
    (BARTHEL, "ru: Еда, en: Eating", "ru: Еда", "ru: Еда", "items.feeding.title.en: Field required"),
    (BARTHEL, "ordinal: 15", "ordinal: fifteen", "ordinal: fifteen", "ordinal: Input should be a valid integer"),
    (BARTHEL, "Кормят, en: Has to be fed }, ordinal: 0", "Кормят, en: Fed }", "en: Fed", "unable has no ordinal"),
    (BARTHEL, "to: 20", "to: 19", "from: 21", "severe: leaves a gap after the band before it"),
    (BARTHEL, "to: 20", "to: 21", "from: 21", "severe: overlaps with the band before it"),
    (BARTHEL, "from: 0, to: 20", "from: 5, to: 20", "from: 5", "total: the lowest score is 0"),
    (BARTHEL, "from: 100, to: 100", "from: 100, to: 105", "to: 105", "independent: the highest score is 100"),
    (BARTHEL, "from: 100, to: 100", "from: 100, to: 99", "from: 100", "independent: ends before it begins"),
    (BARTHEL, "[home_care, aids]", "[home_care, cure]", "cure", "needs.1: Input should be 'urgent_help'"),
    (BARTHEL, "total: [feeding,", "total: [eating,", "total: [eating,", "scoring.total: there is no item eating"),
    (BARTHEL, "total: [feeding,", "total: [stairs,", "total: [stairs,", "scoring.total: stairs is counted twice"),
    (BARTHEL, "total: 96761-2", "total: 96761-3", "96761-3", "its check digit does not fit"),
    (BARTHEL, 'date: "2026-11-22"', "date: 2026-11-22", "date: 2026", "a date is not used here"),
    (BARTHEL, "url: https://marshrut", "url: marshrut", "url: marshrut", "instrument.url: String should match pattern"),
    (BARTHEL, "Questionnaire/barthel", "Questionnaire/gad7", "Questionnaire/gad7", "barthel has the same url"),
    (BARTHEL, "status: active", "status: good", "status: good", "instrument.status: Input should be 'draft'"),
    (BARTHEL, "  mark: M", "  marks: M", "  marks: M", "Extra inputs are not permitted"),
    (BARTHEL, "    grooming:", "    grooming:\n      required: false", "total: [", "grooming may be left out"),
    (BARTHEL, "    grooming:", "    grooming:\n      repeats: true", "total: [", "grooming is no choice of one answer"),
    (BARTHEL, "    grooming:", "    grooming:\n      type: boolean", "grooming:", "only a choice"),
    (SCREEN, "type: boolean", "type: boolean\n      loinc: 44250-9", "loinc: 44250-9", "tells how sure its codes are"),
    (SCREEN, "type: boolean", "type: integer\n      maximum: 1", "equals: true", "psychologist has no such answer"),
    (SCREEN, "type: boolean", "type: boolean\n      maximum: 1", "psychologist:", "bound an integer"),
    (SCREEN, "type: boolean", "type: integer\n      minimum: 2\n      maximum: 1", "psychologist:", "lower one first"),
    (SCREEN, "type: boolean", "type: choice", "psychologist:", "a choice has either options or a scale"),
    (SCREEN, "type: boolean", "type: text", "type: text", "Input should be 'choice', 'boolean' or 'integer'"),
    (SCREEN, "equals: missing }", "equals: lost }", "equals: lost", "documents has no such answer"),
    (SCREEN, "{ item: documents,", "{ item: papers,", "item: papers", "enable_when: there is no item papers"),
    (SCREEN, "{ item: documents,", "{ item: mood,", "item: mood", "enable_when: mood does not stand before it"),
    (SCREEN, "exists: true }", "exists: true, equals: child }", "exists: true", "says one of equals or exists"),
    (SCREEN, "      equals: unsafe\n", "", "    unsafe_home:", "unsafe_home: says one of equals, exists or at_least"),
    (SCREEN, "      item: safety", "      item: danger", "item: danger", "unsafe_home: there is no item danger"),
    (SCREEN, "equals: unsafe", "at_least: 1", 'en: "Yes" }', "safety: the option safe has no ordinal"),
    (SCREEN, "equals: unsafe", "equals: true", "equals: true", "safety has no such answer"),
    (SCREEN, "      group: living", "      group: life", "group: life", "there is no group life"),
    (SCREEN, "can_return:\n      group: living", "can_return:\n      group: ahead", "group: ", "do not stand together"),
    (SCREEN, "    ahead:", "    behind: { ru: Потом, en: Later }\n    ahead:", "behind:", "no item stands in"),
    (SCREEN, "    ahead: {", "    food: {", "    food:", "food: a group has this linkId already"),
    (CARE, "scale: help", "scale: hope", "scale: hope", "there is no scale hope"),
    (CARE, "equals: true", "at_least: 1", "at_least: 1", "carer_strained: carer_strained has no numbers"),
    (CARE, "      mark: A\n      source: ours\n", "", "never_alone:", "findings.never_alone.mark: Field required"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "line", "what"), WRONG, ids=range(len(WRONG)))
def test_a_fault_names_file_line_and_what_is_wrong(
    edited: Edit, file: str, old: str, new: str, line: str, what: str
) -> None:
    """Whoever edits an instrument is told the file, the line and the fault."""
    base = edited(f"instruments/{file}", old, new)
    with pytest.raises(CatalogueError) as caught:
        load(base=base)
    told = [
        fault
        for fault in caught.value.faults
        if line in fault.file.read_text(encoding="utf-8").splitlines()[fault.line - 1] and what in fault.what
    ]
    assert told, "\n".join(map(str, caught.value.faults))


def changed(what: str) -> str:
    """An overlay that changes this of an instrument, and says so."""
    return f"instrument:\n  version: '2'\n  mark: S\n  source: the region's order\n  {what}\n"


def by_url(found: list[dict[str, Any]], url: str) -> list[dict[str, Any]]:
    """The extensions of that name."""
    return [each for each in found if each["url"] == url]


def test_five_instruments_ship_and_say_how_sure_they_are(base: Catalogue) -> None:
    """Each has url, version, date, mark, source and copyright; nothing is marked as seen that nobody has seen."""
    assert set(base.instruments) == {"social_screen", "barthel", "long_term_care", "gad7", "phq9"}
    assert len({entry.url for entry in base.instruments.values()}) == len(base.instruments)
    assert {code: entry.mark for code, entry in base.instruments.items()} == {
        **dict.fromkeys(("barthel", "long_term_care", "gad7", "phq9"), "M"),
        "social_screen": "A",
    }
    assert all(entry.date <= date(2026, 11, 22) and entry.source for entry in base.instruments.values())
    for code in ("barthel", "gad7", "phq9", "long_term_care"):
        assert "официальн" in base.instruments[code].copyright.ru.lower()
    assert {code: (found := base.instrument(code)) and found.bounds for code in base.instruments} == {
        "social_screen": (0, 0),
        "barthel": (0, 100),
        "long_term_care": (0, 24),
        "gad7": (0, 21),
        "phq9": (0, 27),
    }
    barthel = base.instrument("barthel")
    assert barthel is not None
    assert all((option.ordinal or 0) % 5 == 0 for item in barthel.items for option in item.options)


def test_a_questionnaire_holds_the_scoring_and_both_languages(base: Catalogue) -> None:
    """Ordinals, bands, findings, LOINC, mark, source and translations stand where docs/instruments.md says."""
    found = questionnaire("phq9", base.instruments["phq9"])
    assert (found["id"], found["name"], found["language"], found["version"]) == ("phq9", "Phq9", "ru", "1")
    assert found["code"] == [{"system": LOINC, "code": "44249-1"}]
    assert found["_title"]["extension"] == [
        {
            "url": f"{HL7}/translation",
            "extension": [
                {"url": "lang", "valueCode": "en"},
                {"url": "content", "valueString": "PHQ-9: low mood over two weeks"},
            ],
        }
    ]
    last = found["item"][-1]
    assert (last["linkId"], last["code"], last["required"]) == (
        "self_harm",
        [{"system": LOINC, "code": "44260-8"}],
        True,
    )
    assert [option["extension"][0] for option in last["answerOption"]] == [
        {"url": f"{HL7}/ordinalValue", "valueDecimal": ordinal} for ordinal in range(4)
    ]
    (scoring,) = by_url(found["extension"], f"{OWN}/scoring")
    bands = by_url(scoring["extension"], "band")
    assert [each["extension"][1]["valueInteger"] for each in bands] == [0, 5, 10, 15, 20]
    assert by_url(bands[-1]["extension"], "need") == [{"url": "need", "valueCode": "psychology"}]
    (finding,) = by_url(found["extension"], f"{OWN}/finding")
    assert {"url": "urgent", "valueBoolean": True} in finding["extension"]
    assert {"url": "at-least", "valueInteger": 1} in finding["extension"]
    (provenance,) = by_url(found["extension"], f"{OWN}/provenance")
    assert provenance["extension"][0] == {"url": "mark", "valueCode": "M"}
    screen = questionnaire("social_screen", base.instruments["social_screen"])
    assert screen["id"] == "social-screen"
    papers = next(item for group in screen["item"] for item in group["item"] if item["linkId"] == "missing_documents")
    (when,) = papers["enableWhen"]
    assert (when["question"], when["operator"], when["answerCoding"]["code"]) == ("documents", "=", "missing")
    assert papers["repeats"]


def test_a_region_adds_an_instrument_without_code(overlay: Write, base: Catalogue) -> None:
    """The example of docs/instruments.md can be copied: it loads, scores and proposes."""
    own = load(overlay({"instruments/falls.yaml": FALLS}))
    assert set(own.instruments) == {*base.instruments, "falls"}
    falls = own.instrument("falls", "GKB29")
    assert falls is not None
    scored = answer(falls, {"fell": "often", "alone_at_night": "always"})
    assert (scored.score, scored.band) == (4, "high")
    assert [each.need.value for each in scored.needs] == ["home_care", "aids"]
    assert own.version != base.version


def test_a_regions_instrument_is_the_regions_only(overlay: Write, base: Catalogue) -> None:
    """Under regions/ an instrument is added, changed or removed for that region's hospitals and nobody else."""
    folder = "regions/lipetsk/instruments"
    own = load(
        overlay(
            {
                f"{folder}/falls.yaml": FALLS,
                f"{folder}/barthel.yaml": changed("items: {feeding: {title: {ru: Приём пищи}}}"),
                f"{folder}/gad7.yaml": "instrument: null",
            }
        )
    )
    assert own.instruments == base.instruments
    there = own.at("LOKB").instruments
    assert set(there) == (set(base.instruments) | {"falls"}) - {"gad7"}
    assert (there["barthel"].version, there["barthel"].items["feeding"].title.ru) == ("2", "Приём пищи")
    assert own.instrument("falls", "GKB29") is own.instrument("gad7", "LOKB") is None
    assert Catalogue.model_validate_json(own.model_dump_json()) == own


def test_an_installation_removes_one_and_its_region_has_it_again(overlay: Write, base: Catalogue) -> None:
    """A null deletes an instrument; a later layer may bring one of that name anew."""
    own = load(overlay({"instruments/phq9.yaml": "instrument: null", "regions/lipetsk/instruments/phq9.yaml": FALLS}))
    assert set(own.instruments) == set(base.instruments) - {"phq9"}
    assert own.at("LOKB").instruments["phq9"].title.en == "Risk of falls"


@pytest.mark.parametrize(
    ("name", "text", "line", "what"),
    [
        ("barthel", 'instrument: {version: "2"}', "instrument:", "names version, mark and source anew"),
        ("barthel", changed("status: draft").replace("'2'", "'1'"), "version", "a changed instrument has a new one"),
        ("barthel", changed("items: {stairs: null}"), "stairs: null", "there is no item stairs"),
        ("social_screen", changed("items: {documents: {options: {missing: null}}}"), "missing: null", "no such answer"),
        ("long_term_care", changed("scales: {help: null}"), "help: null", "no scale help"),
        ("long_term_care", changed("groups: {mind: null}"), "mind: null", "no group mind"),
        ("Falls", FALLS, "instrument:", "is no file of a catalogue"),
        ("falls", "instrument: null", "instrument: null", "instrument: Input should be"),
    ],
)
def test_a_fault_that_an_overlay_causes_names_its_line(
    overlay: Write, name: str, text: str, line: str, what: str
) -> None:
    """Where an overlay changes or deletes what others need, its own line is named."""
    folder = overlay({f"instruments/{name}.yaml": text})
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    for fault in caught.value.faults:
        assert fault.file == folder / f"instruments/{name}.yaml"
        assert line in fault.file.read_text(encoding="utf-8").splitlines()[fault.line - 1]
        assert what in fault.what
