import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marshrut.catalogue import Catalogue, CatalogueError, load
from marshrut.catalogue.entries import Sourced, Title
from marshrut.domain.admission import Admission, Patient
from marshrut.domain.base import Model
from marshrut.domain.slice import Slice
from marshrut.domain.words import Flag, Role
from tests.catalogue.conftest import Edit, Write

CHILDREN = ("MOROZ", "BASHL", "SPERAN", "VLADIM", "FILAT", "NIIDHT")
ADULTS = ("GKB29", "SKLIF", "IKB1", "IKB2", "MKNC", "NIKIO", "MNPC", "SKKB", "LOKB")


def admission(*, emergency: bool, facility: str = "GKB29") -> Admission:
    """Somebody's admission."""
    return Admission(
        facility=facility,
        visit="1",
        admitted_at=datetime(2026, 3, 12, tzinfo=UTC),
        emergency=emergency,
        patient=Patient(mrn="1"),
    )


def inside(value: Any) -> Iterator[Model]:
    """Every entry anywhere inside a catalogue."""
    if isinstance(value, Model):
        yield value
        value = dict(value)
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple):
        for each in value:
            yield from inside(each)


def test_the_hospitals_of_the_service_are_there(base: Catalogue) -> None:
    """Every hospital of the service, and the centre that answers enquiries, has its code and its zone."""
    assert base.zones() == dict.fromkeys((*CHILDREN, *ADULTS, "CENTRE"), "Europe/Moscow") | {"KKB1": "Asia/Vladivostok"}
    assert {code for code, hospital in base.hospitals.items() if hospital.profile == "children"} == set(CHILDREN)


def test_what_people_read_is_there_in_both_languages(base: Catalogue) -> None:
    """Whatever people read has a Russian and an English wording, and the Russian one is Russian."""
    titles = [each for each in inside(base) if isinstance(each, Title)]
    assert len(titles) > 500
    assert [title for title in titles if not re.search("[а-яё]|МСЭ|ОМС|СНИЛС|ИППСУ", title.ru, re.IGNORECASE)] == []
    assert [title for title in titles if not re.search("[A-Za-z]", title.en) and title.en != title.ru] == []


def test_every_number_names_its_mark_and_source(base: Catalogue) -> None:
    """No number stands in the catalogue without telling whether it is known or assumed, and from where."""
    figures = [each for each in inside(base) if isinstance(each, Sourced)]
    assert len(figures) > 150
    assert all(figure.mark in {"S", "M", "A"} and figure.source for figure in figures)
    seen = [figure for figure in figures if not figure.unverified]
    assert all(re.match(r"(procedures|domain) \d|the yearly decrees", figure.source) for figure in seen)


def test_every_hospital_has_a_slice(base: Catalogue) -> None:
    """A case takes along its hospital's rules: all steps, the team's and the offices' hours, calendars and ladders."""
    for code, hospital in base.hospitals.items():
        taken = base.slice(code)
        assert taken.version == base.version
        assert taken.steps.keys() == base.steps.keys()
        assert {table.zone for table in taken.timetables.values()} == {hospital.zone}
        assert taken.ladders.keys() == {"standard", "statutory", "emergency"}
        assert taken.calendars.keys() == {"russia"}
        assert [reason for reason, rule in taken.reasons.items() if rule.pauses] == ["medical"]
        assert Slice.model_validate_json(taken.model_dump_json()) == taken


def test_a_slice_is_small(base: Catalogue) -> None:
    """A slice travels with every journey: it leaves out titles, services and whatever else only people read."""
    assert len(base.slice("GKB29").model_dump_json()) < 64_000


def test_a_hospital_that_is_not_there_has_no_slice(base: Catalogue) -> None:
    """Nobody gets rules for an unknown hospital."""
    with pytest.raises(KeyError):
        base.slice("GKB1")


def test_the_team_of_a_hospital_has_its_own_hours(base: Catalogue) -> None:
    """A flagship's team is there every day, another's on working days; offices close earlier on Friday."""
    ordinary, flagship = base.slice("GKB29").timetables, base.slice("SKLIF").timetables["team"]
    assert [shift and (shift.opens, shift.closes) for shift in ordinary["team"].week] == [(540, 1080)] * 5 + [None] * 2
    assert [shift and (shift.opens, shift.closes) for shift in flagship.week] == [(480, 1200)] * 7
    assert (ordinary["team"].calendar, flagship.calendar) == ("russia", None)
    friday = ordinary["social_protection"].week[4]
    assert friday is not None
    assert friday.closes == 16 * 60 + 45


def test_ladders_end_where_the_facts_say(base: Catalogue) -> None:
    """Owner, senior coordinator, head of service; a statutory breach goes to the Coordination Centre at once."""
    told = {name: [(rung.percent, rung.to) for rung in entry.rungs] for name, entry in base.ladders.items()}
    standard = [(80, ("owner",)), (100, (Role.SUPERVISOR,)), (150, (Role.HEAD,)), (200, (Role.PLACEMENT,))]
    statutory = [(80, ("owner",)), (100, (Role.SUPERVISOR, Role.PLACEMENT)), (150, (Role.HEAD,))]
    assert told == {"standard": standard, "emergency": standard, "statutory": statutory}


def test_titles_are_found_by_step_name(base: Catalogue) -> None:
    """A step's title is found by its name; a step of an older catalogue still has something to show."""
    assert base.title("contact.first_contact") == {"ru": "Первичный контакт", "en": "First contact"}
    assert base.title("adhoc.adhoc") == {"ru": "Дополнительный шаг", "en": "Additional step"}
    assert base.title("old.step") == {"ru": "old.step", "en": "old.step"}


def test_a_term_tells_how_sure_it_is(base: Catalogue) -> None:
    """The explanation of a clock finds the mark and the source of its term, and of a flag's term."""
    decision = base.figure("services.need_decision")
    assert decision is not None
    assert (decision.term, decision.mark, decision.source, decision.unverified) == ("5wd", "S", "domain 3", False)
    child = base.figure("contact.first_contact", Flag.CHILD_WITHOUT_CARER, "KKB1")
    assert child is not None
    assert (child.term, child.unverified, child.emergency) == ("2h", True, True)
    assert base.figure("contact.first_contact", Flag.PALLIATIVE) is None
    assert base.figure("adhoc.adhoc") is None
    assert base.figure("old.step") is None


def test_only_emergencies_open_a_case(base: Catalogue, overlay: Write) -> None:
    """By default every emergency opens a case; the rule is data, by emergency and by the hospital's profile."""
    assert base.screen(admission(emergency=True)) is None
    assert base.screen(admission(emergency=False)) == "not_emergency"
    rules = "screened_out: {not_emergency: null, ours_not: {title: {ru: Не наш, en: Not ours}, profiles: [children]}}"
    own = load(overlay({"screening.yaml": rules}))
    assert own.screen(admission(emergency=False)) is None
    assert own.screen(admission(emergency=True, facility="MOROZ")) == "ours_not"


def test_what_makes_an_emergency_is_data(base: Catalogue, overlay: Write) -> None:
    """The codes of an emergency are the base's, a region's or a hospital's; whoever changes them says from where."""
    usual = {"patient_class": {"E"}, "admission_type": {"E"}, "patient_type": {"EMR"}}
    assert base.emergency_codes("GKB29") == base.emergency_codes("LOKB") == usual
    sourced = "mark: S, source: the hospital's own list"
    region = f"emergency: {{admission_type: {{codes: [СП, '1'], {sourced}}}, patient_class: null}}"
    hospital = f"emergency: {{patient_type: {{at: {{KKB1: {{codes: [ЭКСТР], {sourced}}}}}}}}}"
    own = load(overlay({"regions/lipetsk/screening.yaml": region, "screening.yaml": hospital}))
    assert own.emergency_codes("LOKB") == {"admission_type": {"СП", "1"}, "patient_type": {"EMR"}}
    assert own.emergency_codes("KKB1") == usual | {"patient_type": {"ЭКСТР"}}
    assert own.emergency_codes("GKB29") == usual
    with pytest.raises(CatalogueError, match="whoever changes it names mark and source anew"):
        load(overlay({"screening.yaml": "emergency: {patient_class: {codes: [X]}}"}))


def test_what_a_death_is_and_how_long_news_waits_is_data(base: Catalogue, overlay: Write) -> None:
    """The codes of a death are the base's or a hospital's own; a region may wait longer for its admissions."""
    usual = {"discharge_disposition": frozenset({"20", "40", "41", "42"})}
    assert base.death_codes("GKB29") == usual
    assert base.news_held_for("LOKB") == timedelta(days=7)
    sourced = "mark: S, source: their own list"
    hospital = f"deaths: {{discharge_disposition: {{at: {{KKB1: {{codes: [УМЕР], {sourced}}}}}}}}}"
    region = f"held_for: {{term: 48h, {sourced}}}"
    own = load(overlay({"screening.yaml": hospital, "regions/lipetsk/screening.yaml": region}))
    assert (own.death_codes("KKB1"), own.death_codes("LOKB")) == ({"discharge_disposition": frozenset({"УМЕР"})}, usual)
    assert (own.news_held_for("LOKB"), own.news_held_for("KKB1")) == (timedelta(hours=48), timedelta(days=7))
    with pytest.raises(CatalogueError, match="whoever changes it names mark and source anew"):
        load(overlay({"screening.yaml": "held_for: {term: 3d}"}))


def test_a_catalogue_that_was_kept_before_it_had_such_codes_can_still_be_read(base: Catalogue) -> None:
    """A running case explains itself by its own version, so what was added since may be missing there."""
    kept = base.model_dump(mode="json", exclude={"emergency"})
    for local in kept["local"].values():
        del local["emergency"]
    assert Catalogue.model_validate_json(json.dumps(kept)).model_copy(update={"emergency": base.emergency}) == base


def test_the_version_follows_the_content_and_nothing_else(base: Catalogue, edited: Edit, overlay: Write) -> None:
    """A comment leaves the version alone, a number changes it; the name tells whose catalogue it is."""
    assert re.fullmatch(r"base-[0-9a-f]{12}", base.version)
    assert load(base=edited("steps/contact.yaml", "steps:", "# a remark\nsteps:")).version == base.version
    digest = base.version.removeprefix("base-")
    assert load(overlay({"reasons.yaml": "reasons: {dispute: {pauses: false}}"})).version == f"region-77-{digest}"
    changed = "steps: {needs_agree: {clock: {term: 47h, mark: A, source: ours}}}"
    version = load(overlay({"steps/assessment.yaml": changed, "catalogue.yaml": "name: tula"})).version
    assert re.fullmatch(r"tula-[0-9a-f]{12}", version)
    assert not version.endswith(digest)


def test_a_catalogue_can_be_kept_as_json(base: Catalogue) -> None:
    """A kept catalogue is the same one: a running case explains itself by the version that it started with."""
    kept = Catalogue.model_validate_json(base.model_dump_json())
    assert kept == base
    assert kept.slice("KKB1") == base.slice("KKB1")
    assert kept.figure("psychology.psy_talk", Flag.CRISIS) == base.figure("psychology.psy_talk", Flag.CRISIS)


def test_programmes_lead_to_parties_and_hours(base: Catalogue) -> None:
    """The programmes of the service can be looked up; a telephone number says how sure it is."""
    assert {"home_care", "urgent_services", "mse", "glinka_centre", "unified_line", "line_051"} <= base.services.keys()
    assert {code for each in base.services.values() for code in each.partners} == base.partners.keys()
    line = base.services["line_051"]
    assert line.hours == "round_the_clock"
    assert [(contact.value, contact.mark) for contact in line.contacts] == [("051", "S"), ("8-495-051", "S")]
