import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from marshrut.catalogue import Catalogue, CatalogueError, load
from marshrut.catalogue.loader import BASE
from marshrut.catalogue.model import Sourced
from marshrut.domain.admission import Admission, Patient
from marshrut.domain.words import Flag, Role

Edit = Callable[[str, str, str], Path]


@pytest.fixture(scope="module")
def base() -> Catalogue:
    """The catalogue that ships."""
    return load()


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the catalogue with one replacement in one file."""

    def edit(file: str, old: str, new: str) -> Path:
        folder = tmp_path / "region-77"
        shutil.copytree(BASE, folder)
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return edit


def admission(*, emergency: bool) -> Admission:
    """Somebody's admission."""
    patient = Patient(mrn="1")
    return Admission(
        facility="GKB29",
        visit="1",
        admitted_at=datetime(2026, 3, 12, tzinfo=UTC),
        emergency=emergency,
        patient=patient,
    )


def test_the_hospitals_of_the_service_are_there(base: Catalogue) -> None:
    """Every hospital of the service has its code and its zone."""
    children = ("MOROZ", "BASHL", "SPERAN", "VLADIM", "FILAT", "NIIDHT")
    adults = ("GKB29", "SKLIF", "IKB1", "IKB2", "MKNC", "NIKIO", "MNPC", "SKKB", "LOKB")
    assert base.zones() == dict.fromkeys((*children, *adults), "Europe/Moscow") | {"KKB1": "Asia/Vladivostok"}
    assert {code for code, hospital in base.hospitals.items() if hospital.profile == "children"} == set(children)


def test_everything_has_both_titles(base: Catalogue) -> None:
    """Whatever people read has a Russian and an English title, and the Russian one is Russian."""
    named = (base.hospitals, base.parties, base.reasons, base.tracks, base.steps)
    titles = [entry.title for entries in named for entry in entries.values()]
    for title in (*titles, *base.regions.values(), *(rule.title for rule in base.screened_out)):
        assert re.search("[а-яё]|МСЭ", title.ru, re.IGNORECASE), title
        assert re.search("[A-Za-z]", title.en), title


def test_the_steps_of_the_first_journey_are_there(base: Catalogue) -> None:
    """The first journey finds each of its steps, in the track it belongs to."""
    names = {
        "contact": "first_contact consent_record home_safety",
        "assessment": "life_survey function_scale documents_check needs_agree",
        "services": "urgent_services need_application need_decision ippsu_receive service_contract care_start",
        "discharge": "ready_date home_prepare transport_book escort_home arrival_confirm",
        "followup": "case_close",
        "adhoc": "adhoc",
    }
    assert set(base.steps) == {f"{track}.{step}" for track, steps in names.items() for step in steps.split()}
    assert set(base.tracks) == set(names)


def test_a_case_takes_along_the_rules_of_its_steps(base: Catalogue) -> None:
    """The slice holds each step's role, hours, start and duty, and every reason."""
    taken = base.slice()
    contact = taken.steps["contact.first_contact"]
    assert (contact.role, contact.hours, contact.counts_from) == (Role.COORDINATOR, 24, "admission")
    assert contact.hours_if == {Flag.CHILD_WITHOUT_CARER: 2, Flag.UNIDENTIFIED: 2}
    hours = {name: rule.hours for name, rule in taken.steps.items() if rule.hours != 24}
    assert hours == {
        "contact.home_safety": 4,
        "assessment.needs_agree": 48,
        "services.urgent_services": 4,
        "discharge.arrival_confirm": 4,
        "adhoc.adhoc": None,
    }
    assert taken.steps["discharge.ready_date"].role == Role.DOCTOR
    assert [name for name, rule in taken.steps.items() if not rule.mandatory] == ["adhoc.adhoc"]
    assert (taken.version, len(taken.reasons)) == (base.version, 21)


def test_titles_are_found_by_step_name(base: Catalogue) -> None:
    """A step's title is found by its name; a step of an older catalogue still has something to show."""
    assert base.title("contact.first_contact") == {"ru": "Первичный контакт", "en": "First contact"}
    assert base.title("adhoc.adhoc") == {"ru": "Дополнительный шаг", "en": "Additional step"}
    assert base.title("old.step") == {"ru": "old.step", "en": "old.step"}


def test_only_emergencies_open_a_case(base: Catalogue, edited: Edit) -> None:
    """By default every emergency opens a case; the rule is data."""
    assert base.screen(admission(emergency=True)) is None
    assert base.screen(admission(emergency=False)) == "not_emergency"
    open_to_all = load(edited("screening.yaml", "emergency: false", "emergency: true"))
    assert open_to_all.screen(admission(emergency=False)) is None


def test_the_version_follows_the_content_and_nothing_else(base: Catalogue, edited: Edit) -> None:
    """A comment leaves the version's hash alone, a number changes it; the name tells whose catalogue it is."""
    assert re.fullmatch(r"base-[0-9a-f]{12}", base.version)
    assert load().version == base.version
    folder = edited("steps.yaml", "steps:", "# a remark\nsteps:")
    assert load(folder).version == base.version.replace("base", "region-77")
    steps = folder / "steps.yaml"
    steps.write_text(steps.read_text(encoding="utf-8").replace("value: 48", "value: 47"), encoding="utf-8")
    assert load(folder).version.split("-")[-1] != base.version.split("-")[-1]


def test_every_number_names_its_mark_and_source(base: Catalogue) -> None:
    """No number stands in the catalogue without telling whether it is known or assumed, and from where."""
    for step in base.steps.values():
        figures: list[Sourced | None] = [step.hours, step.norm, *step.hours_if.values()]
        for figure in filter(None, figures):
            assert figure.mark in {"S", "M", "A"}
            assert figure.source


WRONG = [
    ("hospitals.yaml", "Asia/Vladivostok", "Asia/Khabarovsk", "zone: ", "there is no time zone Asia/Khabarovsk"),
    ("hospitals.yaml", "region: lipetsk", "region: tula", "region: tula", "the region tula is not declared"),
    ("hospitals.yaml", "  SKLIF:", "  GKB29:", "  GKB29:", "the key GKB29 is given twice"),
    ("hospitals.yaml", "  LOKB:", "  NO:", "  NO:", "the key NO has to be text"),
    ("hospitals.yaml", "profile: flagship", "profile: best", "profile: best", "Input should be 'general'"),
    ("reasons.yaml", "responsible: court", "responsible: nobody", "responsible: nobody", "nobody is not declared"),
    ("reasons.yaml", "delay: [H]", "delay: [Z]", "delay: [Z]", "Input should be"),
    ("reasons.yaml", "mark: S", "mark: 2026-01-01", "mark: 2026-01-01", "a date is not used here"),
    ("reasons.yaml", "delay: [G]", "delay: &g [G]\n    more: *g", "more: *g", "aliases are not used here"),
    ("steps.yaml", "role: doctor", "rôle: doctor", "rôle: doctor", "Extra inputs are not permitted"),
    ("steps.yaml", "role: doctor", "role: nurse", "role: nurse", "Input should be 'coordinator'"),
    ("steps.yaml", "role: doctor\n", "\n", "discharge.ready_date:", "Field required"),
    ("steps.yaml", "value: 48", "value: forty", "value: forty", "Input should be a valid number"),
    ("steps.yaml", "value: 48", "value: 0", "value: 0", "greater than 0"),
    ("steps.yaml", "mandatory: false", "mandatory: 0", "mandatory: 0", "valid boolean"),
    ("steps.yaml", "unidentified: {", "lonely: {", "lonely: {", "Input should be 'lives_alone'"),
    ("steps.yaml", "  followup.case_close:", "  ending.case_close:", "  ending.", "the track ending is not declared"),
    ("steps.yaml", "steps:", "steps: [", "title: {", "expected"),
    ("screening.yaml", "screened_out:", "screened:", "screened:", "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("file", "old", "new", "line", "fault"), WRONG, ids=range(len(WRONG)))
def test_a_fault_names_file_line_and_what_is_wrong(
    edited: Edit, file: str, old: str, new: str, line: str, fault: str
) -> None:
    """Whoever edits the catalogue is told the file, the line and the fault."""
    folder = edited(file, old, new)
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    assert caught.value.file == folder / file
    assert fault in caught.value.fault
    assert str(caught.value).startswith(f"{folder / file}:{caught.value.line}: ")
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    assert line in lines[caught.value.line - 1]


@pytest.mark.parametrize("content", [None, "", "# nothing\n", "- a list\n", "\x00", "text"])
def test_a_file_that_is_none_is_refused(edited: Edit, content: str | None) -> None:
    """A missing, empty or shapeless file is an error of the catalogue like any other."""
    folder = edited("screening.yaml", "screened_out", "screened_out")
    path = folder / "screening.yaml"
    if content is None:
        path.unlink()
    else:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    assert caught.value.file == path


def test_the_files_are_plain_yaml() -> None:
    """Any YAML reader reads the shipped files."""
    for path in BASE.glob("*.yaml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))
