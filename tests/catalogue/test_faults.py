from pathlib import Path

import pytest
import yaml

from marshrut.catalogue import CatalogueError, load
from marshrut.catalogue.loader import BASE
from tests.catalogue.conftest import Edit, Write

# File, what is replaced by what, a part of the line that is named, a part of what is said of it.
WRONG = [
    ("catalogue.yaml", "format: 2", "format: 3", "format: 3", "format: Input should be 2"),
    ("hospitals.yaml", "Asia/Vladivostok", "Asia/Khabarovsk", "zone: ", "there is no time zone Asia/Khabarovsk"),
    ("hospitals.yaml", "region: lipetsk", "region: tula", "region: tula", "there is no tula in regions"),
    ("hospitals.yaml", "  SKLIF:", "  GKB29:", "  GKB29:", "the key GKB29 is given twice"),
    ("hospitals.yaml", "  LOKB:", "  NO:", "  NO:", "the key NO has to be text"),
    ("hospitals.yaml", "profile: flagship", "profile: best", "profile: best", "Input should be 'general'"),
    ("hospitals.yaml", "hours: team_every_day", "hours: nights", "hours: nights", "there is no nights in hours"),
    ("hospitals.yaml", ", en: Lipetsk region }", " }", "  lipetsk:", "regions.lipetsk.en: Field required"),
    ("parties.yaml", "hours: office", "hours: offices", "hours: offices", "there is no offices in hours"),
    ("hours.yaml", "calendar: russia", "calendar: moon", "calendar: moon", "there is no moon in calendars"),
    ("hours.yaml", "calendar: russia", "zone: Mars/Base", "zone: Mars", "there is no time zone Mars/Base"),
    ("hours.yaml", '"09:00-18:00"', '"18:00-09:00"', "18:00-09:00", "18:00-09:00: closes before it opens"),
    ("hours.yaml", '"09:00-18:00"', '"9-18"', '"9-18"', "9-18 are no hours: write them as 09:00-18:00"),
    ("hours.yaml", "    week:\n", "    week: {}\n    weak:\n", "week: {}", "at least 1 item"),
    ("hours.yaml", "      mon:", "      monday:", "monday:", "Input should be 'mon'"),
    ("ladders.yaml", "to: [head]", "to: [boss]", "to: [boss]", "to.0"),
    ("ladders.yaml", "percent: 150", "percent: 90", "rungs:", "each rung is higher than the one before it"),
    ("reasons.yaml", "responsible: court", "responsible: nobody", "responsible: nobody", "no nobody in parties"),
    ("reasons.yaml", "delay: [H]", "delay: [Z]", "delay: [Z]", "Input should be"),
    ("reasons.yaml", "mark: S", "mark: 2026-01-01", "mark: 2026-01-01", "a date is not used here"),
    ("reasons.yaml", "delay: [G]", "delay: &g [G]\n    more: *g", "more: *g", "aliases are not used here"),
    ("screening.yaml", "screened_out:", "screened:", "screened:", "Extra inputs are not permitted"),
    ("screening.yaml", "codes: [E]", "codes: []", "codes: []", "emergency.patient_class.codes: Tuple should have at l"),
    ("screening.yaml", "codes: [E]", "codes: [E^F]", "codes: [E^F]", "emergency.patient_class.codes.0: String should"),
    ("screening.yaml", "codes: [E]", "codes: ['']", "codes: ['']", "emergency.patient_class.codes.0: String should"),
    ("screening.yaml", "codes: [E]", "codes: [1]", "codes: [1]", "emergency.patient_class.codes.0: Input should be"),
    ("screening.yaml", "codes: [E]", "codes: [E, e]", "codes: [E, e]", "e is given twice; capitals make no difference"),
    ("screening.yaml", "  admission_type:", "  admission:", "  admission:", "Input should be 'patient_class'"),
    ("screening.yaml", "    mark: A\n", "", "patient_type:", "emergency.patient_type.mark: Field required"),
    (
        "screening.yaml",
        "[EMR]\n",
        "[EMR]\n    at: {GKB30: {codes: [X], mark: A, source: ours}}\n",
        "GKB30",
        "no GKB30 in hosp",
    ),
    (
        "screening.yaml",
        "[EMR]\n",
        "[EMR]\n    at: {GKB29: {codes: [X, x], mark: A, source: ours}}\n",
        "GKB29",
        "emergency.patient_type.at.GKB29.codes: x is given twice",
    ),
    (
        "rules.yaml",
        "    wrong_role:",
        "    not_mine:",
        "reasons:",
        "reasons: wrong_role has no title",
    ),
    ("rules.yaml", "head_after: { term: 2h", "head_after: { term: 5m", "term: 5m", "the head is told after the senior"),
    ("rules.yaml", "head_after: { term: 30m", "head_after: { term: 9m", "term: 9m", "the head is told after the sen"),
    ("rules.yaml", "    flagship:", "    best:", "    best:", "Input should be 'general'"),
    ("services.yaml", "party: one_stop", "party: nobody", "party: nobody", "there is no nobody in parties"),
    ("services.yaml", "hours: one_stop", "hours: never", "hours: never", "there is no never in hours"),
    ("route.yaml", "needs: [urgent_help]", "needs: [help]", "needs: [help]", "there is no help in needs"),
    ("route.yaml", "needs: [urgent_help]", "needs: []", "needs: []", "at least 1 item"),
    ("route.yaml", "when: { needs: [documents] }", "when: { needs: [papers] }", "[papers]", "no papers in needs"),
    ("route.yaml", "directions: [documents]", "directions: [paper]", "directions: [paper]", "there is no paper"),
    ("route.yaml", "directions: [documents]", "programmes: [papers]", "[papers]", "there is no papers in services"),
    ("route.yaml", "steps: [services.aids_supply]", "steps: [services.aids]", "steps: [", "there is no services.aids"),
    ("route.yaml", "    steps: [services.aids_supply]\n", "", "aids_needed:", "aids_needed: proposes nothing"),
    ("route.yaml", "entries: [placement]", "entries: [flight]", "entries: [flight]", "there is no flight"),
    (
        "route.yaml",
        "contact.home_safety.result",
        "contact.home.result",
        "contact.home.result",
        "is no step contact.home",
    ),
    ("route.yaml", "flags: [lives_alone]", "flags: [alone]", "flags: [alone]", "Input should be 'lives_alone'"),
    ("route.yaml", "flags: [lives_alone]", "flag: [lives_alone]", "flag: [", "Extra inputs are not permitted"),
    ("route.yaml", "    mark: A\n", "", "nowhere_to_go:", "proposals.nowhere_to_go.mark: Field required"),
    (
        "route.yaml",
        "because: { ru: Нет жилья",
        "becomes: { ru: Нет жилья",
        "becomes:",
        "Extra inputs are not permitted",
    ),
    (
        "lists.yaml",
        'en: "Clothes and shoes" }, mark: A, source: procedures 8 }',
        'en: "Clothes and shoes" } }',
        "clothes:",
        "clothes.mark: Field",
    ),
    ("lists.yaml", "kind: paper", "kind: sheet", "kind: sheet", "Input should be 'need'"),
    ("lists.yaml", "term: 180d", "term: half a year", "term: half a year", "half a year is no term"),
    ("lists.yaml", "{ term: 180d, mark: A,", "{ term: 180d,", "validity: {", "validity.mark: Field required"),
    ("partners.yaml", "party: care_provider", "party: nobody", "party: nobody", "there is no nobody in parties"),
    ("partners.yaml", "    mark: A\n", "", "home_care_provider:", "partners.home_care_provider.mark: Field required"),
    (
        "services.yaml",
        "    hours: one_stop\n",
        "    hours: one_stop\n    partners: [nobody]\n",
        "partners: [nobody]",
        "no nobody in partners",
    ),
    (
        "route.yaml",
        "scores: { barthel: { below: 60 } }",
        "scores: { bartel: { below: 60 } }",
        "bartel",
        "no bartel in sc",
    ),
    ("route.yaml", "findings: [self_harm]", "bands: { phq8: [high] }", "phq8", "there is no phq8 in instruments"),
    ("route.yaml", "findings: [self_harm]", "findings: [harm]", "[harm]", "there is no harm in findings"),
    ("route.yaml", "when: { needs: [documents] }", "when: { entries: [flight] }", "[flight]", "there is no flight"),
    (
        "institutions.yaml",
        "[general, temporary]",
        "[general, luxury]",
        "luxury",
        "institutions.general_home.profiles: ",
    ),
    ("institutions.yaml", "[general, temporary]", "[]", "profiles: []", "at least 1 item"),
    ("institutions.yaml", "    mark: A\n", "", "general_home:", "institutions.general_home.mark: Field required"),
    ("institutions.yaml", "    mark: A\n", "    mark: A\n    places: -1\n", "places: -1", "greater than or equal to 0"),
    ("waits.yaml", "term: 12h", "term: half a day", "term: half", "half a day is no term"),
    ("waits.yaml", "contact.asked_again:", "asked_again:", "  asked_again:", "String should match pattern"),
    ("waits.yaml", "    mark: A\n", "", "contact.asked_again:", "waits.contact.asked_again.mark: Field required"),
    ("words.yaml", "  crisis:", "  crises:", "crises:", "Input should be 'lives_alone'"),
    ("words.yaml", "  crisis: {", "  #", "flags:", "flags: crisis has no title"),
    ("steps/contact.yaml", "stage: first_contact", "stage: last", "stage: last", "stage: Input should be 'admission'"),
    ("steps/contact.yaml", "role: coordinator", "rôle: coordinator", "rôle:", "Extra inputs are not permitted"),
    ("steps/contact.yaml", "role: coordinator", "role: nurse", "role: nurse", "Input should be 'coordinator'"),
    ("steps/contact.yaml", "    role: coordinator\n", "", "case_open:", "steps.case_open.role: Field required"),
    ("steps/contact.yaml", "mandatory: true", "mandatory: 1", "mandatory: 1", "valid boolean"),
    ("steps/contact.yaml", "term: 4h", "term: 4 hours", "term: 4 hours", "4 hours is no term: a number and m, h, d"),
    ("steps/contact.yaml", "term: 4h", "term: 0h", "term: 0h", "0h is no term"),
    ("steps/contact.yaml", "term: 4h", "term: 4", "term: 4", "valid string"),
    ("steps/contact.yaml", "      mark: A\n", "", "clock:", "steps.case_open.clock.mark: Field required"),
    ("steps/contact.yaml", "      source: procedures 11\n", "", "clock:", "clock.source: Field required"),
    ("steps/contact.yaml", "unidentified: {", "lonely: {", "lonely: {", "Input should be 'lives_alone'"),
    ("steps/contact.yaml", "ladder: statutory", "ladder: step", "ladder: step", "there is no step in ladders"),
    ("steps/contact.yaml", "timetable: migration_police", "timetable: court", "timetable:", "neither the team nor a"),
    ("steps/contact.yaml", "counts_from: admission", "counts_from: birth", "counts_from:", "no start event birth"),
    ("steps/contact.yaml", "counts_from: admission", "counts_from: contact.case_open", "counts_from:", "own outcome"),
    ("steps/contact.yaml", "steps:", "steps: [", "title: {", "expected"),
    ("lists.yaml", "party: migration_police", "party: nobody", "party: nobody", "there is no nobody in parties"),
    ("lists.yaml", "{ never_had: [birth_certificate]", "{ never_had: [birth]", "never_had:", "there is no birth"),
    ("lists.yaml", "{ never_had: [birth", "{ sundays: [birth", "sundays:", "there is no sundays"),
    ("lists.yaml", "always: [passport, snils]", "always: [passport, oms]", "always:", "oms: would wait for itself"),
    ("steps/disability.yaml", "from: operated", "from: disability.mse_send", "2wd", "is no report"),
    ("steps/disability.yaml", "ladder: statutory }", "ladder: steep }", "steep", "there is no steep in ladders"),
    ("rights.yaml", "  followup:", "  telemarketing:", "telemarketing:", "Input should be 'to_be_found'"),
    ("rights.yaml", "  confirmed:", "  sure:", "amended_because:", "confirmed has no title"),
    ("calendars.yaml", '"2027-12-31"', '"2031-01-01"', "official_until:", "official_until lies outside"),
    ("calendars.yaml", "christmas\n", "xmas\n", "xmas", "there is no xmas in day_reasons"),
    ("calendars.yaml", '      "2024-01-01"', '      "2023-12-29"', "2023-12-29", "2023-12-29 lies outside"),
    ("calendars.yaml", '- "2024-04-27"', '- "2024-04-26"', "2024-04-26", "is no weekend day that could be worked"),
]


def faults_of(base: Path = BASE, folder: Path | None = None) -> tuple[list[str], CatalogueError]:
    """The lines that are named, and the error."""
    with pytest.raises(CatalogueError) as caught:
        load(folder, base=base)
    lines = [fault.file.read_text(encoding="utf-8").splitlines()[fault.line - 1] for fault in caught.value.faults]
    return lines, caught.value


@pytest.mark.parametrize(("file", "old", "new", "line", "what"), WRONG, ids=range(len(WRONG)))
def test_a_fault_names_file_line_and_what_is_wrong(
    edited: Edit, file: str, old: str, new: str, line: str, what: str
) -> None:
    """Whoever edits the catalogue is told the file, the line and the fault."""
    base = edited(file, old, new)
    lines, error = faults_of(base)
    told = [
        fault
        for fault, named in zip(error.faults, lines, strict=True)
        if fault.file == base / file and line in named and what in fault.what
    ]
    assert told, "\n".join(map(str, error.faults))
    assert str(told[0]).startswith(f"{base / file}:{told[0].line}: ")


def test_a_circle_of_clocks_is_found(edited: Edit) -> None:
    """Two clocks that each count from the other's outcome would never begin; both are named."""
    file, term = "steps/services.yaml", "      term: 1wd\n"
    lines, error = faults_of(edited(file, term, f"{term}      counts_from: services.need_decision\n"))
    assert all("its clock would count from its own outcome" in fault.what for fault in error.faults)
    assert [line.strip() for line in lines] == [
        "counts_from: services.need_decision",
        "counts_from: services.need_application",
    ]


def test_all_faults_are_told_at_once(edited: Edit) -> None:
    """Faults in several files, of form and of names, come in one list, in order; the error's text tells the first."""
    folder = edited("hours.yaml", "calendar: russia", "calendar: moon")
    for file, old, new in (
        ("steps/contact.yaml", "term: 4h", "term: 4 hours"),
        ("steps/contact.yaml", "ladder: statutory", "ladder: step"),
        ("reasons.yaml", "delay: [H]", "delay: [Z]"),
    ):
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    _, error = faults_of(folder)
    names = [fault.file.relative_to(folder).as_posix() for fault in error.faults]
    assert names == sorted(names)
    assert {"hours.yaml", "reasons.yaml", "steps/contact.yaml"} == set(names)
    assert str(error) == f"{error.faults[0]} (and {len(error.faults) - 1} more)"


@pytest.mark.parametrize("content", [None, "", "# nothing\n", "- a list\n", "\x00", "text", "a: {"])
def test_a_file_that_is_none_is_a_fault(edited: Edit, content: str | None) -> None:
    """A missing, empty or shapeless file is a fault of the catalogue like any other."""
    base = edited("screening.yaml", "screened_out", "screened_out")
    path = base / "screening.yaml"
    if content is None:
        path.unlink()
    else:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load(base=base)
    assert {fault.file for fault in caught.value.faults} == {path}


@pytest.mark.parametrize(
    "name", ["hospital.yaml", "steps.yaml", "steps/contact.yml", "notes.txt", "region/tula/x.yaml"]
)
def test_a_file_of_no_catalogue_is_a_fault(overlay: Write, name: str) -> None:
    """A misspelt name does not leave a file unread in silence."""
    folder = overlay({name: "steps: {}"})
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    assert [fault.file for fault in caught.value.faults] == [folder / name.partition("/tula")[0]]


def test_the_files_are_plain_yaml() -> None:
    """Any YAML reader reads the shipped files."""
    paths = list(BASE.rglob("*.yaml"))
    assert len(paths) > 30
    assert all(yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths)
