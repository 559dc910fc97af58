import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from marshrut.catalogue import Catalogue, CatalogueError, load
from marshrut.catalogue.loader import BASE
from marshrut.domain.clock import Term, Unit
from marshrut.domain.stuck import Why
from marshrut.domain.words import Flag, ItemKind, Variant
from tests.catalogue.conftest import Write

DECISION = """\
steps:
  need_decision:
    clock:
      term: 3wd
      mark: S
      source: the region's order 1
      if:
        palliative: { term: 2wd, mark: S, source: the region's order 2 }
"""


def fault_of(folder: Path) -> tuple[Path, str, str]:
    """The file, the line's text and the fault of a catalogue with one fault."""
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    (fault,) = caught.value.faults
    return fault.file, fault.file.read_text(encoding="utf-8").splitlines()[fault.line - 1].strip(), fault.what


def test_an_overlay_holds_only_what_differs(base: Catalogue, overlay: Write) -> None:
    """What an overlay does not say stays the base's: the rest of the clock, the step, the file."""
    own = load(overlay({"steps/services.yaml": DECISION}))
    changed, before = own.steps["services.need_decision"], base.steps["services.need_decision"]
    assert changed.clock is not None
    assert before.clock is not None
    assert (changed.clock.term, changed.clock.source) == ("3wd", "the region's order 1")
    assert changed.clock.pace_if[Flag.PALLIATIVE].term == "2wd"
    assert changed.clock.counts_from == before.clock.counts_from
    assert changed.model_copy(update={"clock": None}) == before.model_copy(update={"clock": None})
    assert {name for name, step in own.steps.items() if step != base.steps[name]} == {"services.need_decision"}


def test_a_region_has_its_own_rules(base: Catalogue, overlay: Write) -> None:
    """An overlay under regions/ holds in the hospitals of that region and nowhere else."""
    own = load(overlay({"regions/lipetsk/steps/services.yaml": DECISION}))
    name = "services.need_decision"
    lipetsk, moscow = own.slice("LOKB").steps[name].clock, own.slice("GKB29").steps[name].clock
    assert lipetsk is not None
    assert lipetsk.pace.term.amount == 3
    assert lipetsk.pace_if[Flag.PALLIATIVE].term.amount == 2
    assert moscow == base.slice("GKB29").steps[name].clock
    figure = own.figure(name, hospital="LOKB")
    assert figure is not None
    assert figure.source == "the region's order 1"


def test_the_shipped_regions_have_tables_of_their_own(base: Catalogue) -> None:
    """Moscow's programmes and its Coordination Centre are not offered elsewhere; offices name who has to confirm."""
    assert set(base.local) == {"khabarovsk", "stavropol", "lipetsk"}
    for hospital in ("KKB1", "SKKB", "LOKB"):
        local = base.at(hospital)
        assert "glinka_centre" not in local.services
        assert "home_care" in local.services
        assert local.parties["coordination_centre"].title != base.parties["coordination_centre"].title
        assert local.hours["office"].unverified
        assert {*local.steps} == {*base.steps}
        assert local.steps["identification.bureau_notice"].title != base.steps["identification.bureau_notice"].title
    assert base.at("GKB29") == base


def test_the_installations_word_comes_after_the_shipped_regions(overlay: Write) -> None:
    """Base, shipped region, installation, its own region: the later one wins."""
    title = "parties: {{coordination_centre: {{title: {{ru: {ru}}}}}}}"
    own = load(
        overlay({"parties.yaml": title.format(ru="Наш"), "regions/lipetsk/parties.yaml": title.format(ru="Липецк")})
    )
    names = {code: own.at(code).parties["coordination_centre"].title.ru for code in ("GKB29", "KKB1", "LOKB")}
    assert names == {"GKB29": "Наш", "KKB1": "Наш", "LOKB": "Липецк"}


def test_lists_are_replaced_whole(overlay: Write) -> None:
    """A list in an overlay is the list; nothing is added to it."""
    reason = "reasons: {institution_place: {delay: [A], mark: A, source: ours}}"
    assert load(overlay({"reasons.yaml": reason})).reasons["institution_place"].delay == ("A",)


def test_null_deletes_what_can_be_missing(base: Catalogue, overlay: Write) -> None:
    """An entry, a flag's term or a clock can be taken away."""
    own = load(
        overlay(
            {
                "reasons.yaml": "reasons: {dispute: null}",
                "steps/contact.yaml": "steps: {first_contact: {clock: {if: {unidentified: null}}}}",
                "steps/route.yaml": "steps: {route_review: {clock: null}}",
                "hours.yaml": "hours: {team: {week: {fri: null}, mark: S, source: order 3}}",
            }
        )
    )
    assert base.reasons.keys() - own.reasons.keys() == {"dispute"}
    clock = own.steps["contact.first_contact"].clock
    assert clock is not None
    assert set(clock.pace_if) == {Flag.CHILD_WITHOUT_CARER}
    assert own.slice("GKB29").steps["route.route_review"].clock is None
    assert own.slice("GKB29").timetables["team"].week[4] is None


def test_an_overlay_may_add_hospitals_and_regions(overlay: Write) -> None:
    """A region that nobody thought of brings its hospital, its zone and its rules."""
    hospitals = """\
regions: { tomsk: { ru: Томская область, en: Tomsk region } }
hospitals:
  OKB:
    title: { ru: Томская областная больница, en: Tomsk Regional Hospital }
    region: tomsk
    zone: Asia/Tomsk
    profile: general
    hours: team
"""
    own = load(overlay({"hospitals.yaml": hospitals, "regions/tomsk/steps/services.yaml": DECISION}))
    taken = own.slice("OKB")
    assert {offset.minutes for offset in taken.timetables["team"].offsets} == {420}
    clock = taken.steps["services.need_decision"].clock
    assert clock is not None
    assert clock.pace.term.amount == 3


def test_a_region_waits_as_long_as_it_says(base: Catalogue, overlay: Write) -> None:
    """A wait is changed like any other number, in one region only, and may count working days."""
    longer = "waits: {contact.asked_again: {term: 1wd, mark: S, source: the region's order 3}}"
    own = load(overlay({"regions/lipetsk/waits.yaml": longer}))
    assert own.slice("LOKB").waits["contact.asked_again"] == Term(amount=1, unit=Unit.WORKING_DAYS)
    assert own.slice("GKB29").waits == base.slice("GKB29").waits
    assert own.at("LOKB").waits["contact.asked_again"].title == base.waits["contact.asked_again"].title


RULES = """\
needs: { pets: { ru: Питомцы, en: Pets } }
proposals:
  pet_at_home:
    because: { ru: Дома остался питомец, en: A pet is left at home }
    when: { outcomes: { contact.home_safety.result: [pet] } }
    needs: [pets]
    mark: A
    source: the region's
  lives_nowhere: null
route:
  pets_looked_after:
    because: { ru: Есть питомец, en: There is a pet }
    when: { needs: [pets] }
    programmes: [missing_people_volunteers]
    mark: A
    source: the region's
"""


def test_a_region_has_rules_lists_and_institutions_of_its_own(base: Catalogue, overlay: Write) -> None:
    """Needs, rules, lists, partners and institutions are added, changed and taken away there, and nowhere else."""
    own = load(
        overlay(
            {
                "regions/lipetsk/route.yaml": RULES,
                "regions/lipetsk/lists.yaml": "lists: { home_checklist: { entries: { keys: null, "
                "cat: { title: { ru: Кот, en: Cat }, mark: A, source: ours, "
                "validity: { term: 5wd, mark: A, source: ours } } } } }",
                "regions/lipetsk/partners.yaml": "partners: { shelter: { title: { ru: Приют, en: Shelter }, "
                "mark: S, source: ours } }",
                "regions/lipetsk/institutions.yaml": "institutions: { general_home: { places: 40 } }",
            }
        )
    )
    there, here = own.slice("LOKB"), own.slice("GKB29")
    assert "pets" in there.known[ItemKind.NEED]
    assert "pets" not in here.known[ItemKind.NEED]
    assert there.needs["pet_at_home"].then == (("need", "pets"),)
    assert there.route["pets_looked_after"].then == (("programme", "missing_people_volunteers"),)
    assert ("lives_nowhere" in there.needs, "lives_nowhere" in here.needs) == (False, True)
    listed = {entry.name: entry.validity for entry in there.lists["home_checklist"]}
    assert listed["cat"] == Term(amount=5, unit=Unit.WORKING_DAYS)
    assert "keys" not in listed
    assert own.at("LOKB").partners.keys() - base.at("LOKB").partners.keys() == {"shelter"}
    assert (own.at("LOKB").institutions["general_home"].places, own.institutions["general_home"].places) == (40, None)
    assert own.institutions == base.institutions
    assert here == base.slice("GKB29").model_copy(update={"version": own.version})


VISITED = "services: { home_care: { partners: [home_care_provider] } }"
SEEN = "approvals: { seen: { because: { ru: Да, en: Seen }, entries: [work], mark: A, source: ours } }"
DELETED = {
    "need": ({"route.yaml": "needs:\n  placement: null"}, "route.yaml", "there is no placement in needs"),
    "programme": (
        {"services.yaml": "services:\n  missing_people_volunteers: null", "route.yaml": RULES},
        "services.yaml",
        "there is no missing_people_volunteers in services",
    ),
    "approved": (
        {"services.yaml": "services:\n  mse: null", "route.yaml": SEEN.replace("work", "mse")},
        "services.yaml",
        "there is no mse",
    ),
    "partner": (
        {"partners.yaml": "partners:\n  home_care_provider: null", "services.yaml": VISITED},
        "partners.yaml",
        "there is no home_care_provider in partners",
    ),
}


@pytest.mark.parametrize(("files", "file", "what"), DELETED.values(), ids=DELETED)
def test_a_region_cannot_delete_what_a_rule_names(overlay: Write, files: dict[str, str], file: str, what: str) -> None:
    """A deletion that leaves a rule or a programme without what it names is a fault of the line that deletes."""
    folder = overlay({f"regions/lipetsk/{name}": text for name, text in files.items()})
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    path = folder / "regions/lipetsk" / file
    lines = path.read_text(encoding="utf-8").splitlines()
    assert {fault.file for fault in caught.value.faults} == {path}
    assert all(lines[fault.line - 1].endswith(": null") and what in fault.what for fault in caught.value.faults)


def test_a_region_cannot_delete_an_instrument_that_a_rule_reads(overlay: Write) -> None:
    """Without the questionnaire nobody would ever find the self-harm that a rule waits for: the rule is named."""
    files = {"regions/lipetsk/instruments/phq9.yaml": "instrument: null"}
    with pytest.raises(CatalogueError) as caught:
        load(overlay(files))
    assert [fault.what for fault in caught.value.faults] == [
        "proposals.spoke_of_harm.when.findings.0: there is no self_harm in findings"
    ]
    without = {"regions/lipetsk/route.yaml": "proposals: { spoke_of_harm: null }"}
    assert "phq9" not in load(overlay({**files, **without})).at("LOKB").instruments


CLOSED = "{mon: null, tue: null, wed: null, thu: null, fri: null}"
FAULTY = [
    ("steps/contact.yaml", "steps:\n  first_contact: null", "first_contact: null", "the journey cannot do without it"),
    ("steps/contact.yaml", "steps:\n  first_contact:\n    role: null", "role: null", "role: Field required"),
    ("steps/contact.yaml", "steps:\n  first_contract: null", "first_contract: null", "there is nothing to delete"),
    (
        "steps/contact.yaml",
        "steps:\n  home_safety:\n    clock:\n      term: 5h",
        "term: 5h",
        "names mark and source anew",
    ),
    ("steps/contact.yaml", "steps:\n  home_safety:\n    clack: {}", "clack: {}", "Extra inputs are not permitted"),
    ("steps/contact.yaml", "steps:\n  new_step:\n    role: doctor", "new_step:", "title: Field required"),
    ("hours.yaml", f"hours:\n  team: {{mark: A, source: ours, week: {CLOSED}}}", "team: {", "at least 1 item"),
    ("ladders.yaml", "ladders:\n  emergency: null", "emergency: null", "there is no emergency in ladders"),
    ("waits.yaml", "waits:\n  route.review: null", "route.review: null", "the journey cannot do without it"),
    ("waits.yaml", "waits:\n  route.review: {term: 5d}", "route.review: {", "names mark and source anew"),
    (
        "waits.yaml",
        "waits:\n  route.revue: {title: {ru: Да, en: Yes}, term: 5d, mark: A, source: ours}",
        "route.revue: {",
        "nothing in the journey waits so",
    ),
    ("route.yaml", "needs:\n  placement: null", "placement: null", "there is no placement in needs"),
    (
        "route.yaml",
        "proposals:\n  lives_alone:\n    needs: [company]",
        "needs: [company]",
        "there is no company in needs",
    ),
    ("parties.yaml", "parties:\n  care_provider: null", "care_provider: null", "there is no care_provider in parties"),
    ("lists.yaml", "lists:\n  documents: { entries: { flute: { mark: A } } }", "flute", "flute.title: Field required"),
    (
        "lists.yaml",
        "lists:\n  package_general: { entries: { therapist: { validity: { term: 90d } } } }",
        "term: 90d",
        "names mark and source anew",
    ),
    ("institutions.yaml", "institutions:\n  villa: null", "villa: null", "there is nothing to delete"),
    ("words.yaml", "flags:\n  crisis: null", "crisis: null", "crisis has no title"),
    ("hospitals.yaml", "hospitals:\n  LOKB:\n    zone: Moscow", "zone: Moscow", "there is no time zone Moscow"),
]


@pytest.mark.parametrize(("file", "text", "line", "what"), FAULTY, ids=range(len(FAULTY)))
def test_a_fault_of_an_overlay_names_the_overlays_line(
    overlay: Write, file: str, text: str, line: str, what: str
) -> None:
    """Whoever wrote the overlay is told where in the overlay the fault is, be it what they deleted."""
    folder = overlay({file: f"# ours\n{text}\n"})
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    assert {fault.file for fault in caught.value.faults} == {folder / file}
    assert all(line in lines[fault.line - 1] for fault in caught.value.faults)
    assert any(what in fault.what for fault in caught.value.faults)


def test_a_fault_in_a_regions_overlay_is_found(overlay: Write) -> None:
    """A region's faults are told like any other, once."""
    name = "regions/lipetsk/steps/contact.yaml"
    folder = overlay({name: "steps: {home_safety: {clock: {ladder: none}}}"})
    assert fault_of(folder)[0] == folder / name


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("regions/tula/hours.yaml", "the region tula is not declared in hospitals.yaml"),
        ("regions/lipetsk/hospitals.yaml", "is one for all regions"),
    ],
)
def test_a_regions_overlay_stays_inside_its_region(overlay: Write, name: str, what: str) -> None:
    """A region that does not exist, or what is one for the whole installation, is refused."""
    folder = overlay({name: "hours: {office: {title: {ru: Тула}}}"})
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    assert any(what in fault.what for fault in caught.value.faults)


def test_the_base_is_left_alone(overlay: Write, base: Catalogue) -> None:
    """Loading an overlay changes nothing of the shipped catalogue."""
    load(overlay({"steps/services.yaml": DECISION}))
    assert load(base=BASE) == base


def test_the_examples_of_the_docs_are_sound(overlay: Write) -> None:
    """The overlay that docs/catalogue.md shows can be copied: it loads, and does what is said of it."""
    page = (Path(__file__).parents[2] / "docs/catalogue.md").read_text(encoding="utf-8")
    blocks = [block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if block.startswith("# ")]
    files = {re.split(r"[ :\n]", block.removeprefix("# "))[0]: block for block in blocks}
    assert len(files) == 5
    whole = load(overlay(files))
    assert whole.stuck_rules()["OKB"].weights[Why.BLOCKED] == 45
    taken = whole.slice("OKB")
    friday = taken.timetables["social_protection"].week[4]
    assert friday is not None
    assert friday.closes == 13 * 60
    clock = taken.steps["services.need_decision"].clock
    assert clock is not None
    assert clock.pace_if[Flag.PALLIATIVE].term.amount == 2
    flagship = whole.slice("OKB", (Variant.ADULT, Variant.FLAGSHIP))
    assert (flagship.waits["route.review"].amount, taken.waits["route.review"].amount) == (12, 7)


def test_an_empty_folder_is_no_overlay(overlay: Write) -> None:
    """A folder without a single file of a catalogue is a mistake, not an overlay that changes nothing."""
    folder = overlay({"README.md": "Ours."})
    with pytest.raises(CatalogueError, match="holds no file of a catalogue"):
        load(folder)


def test_a_region_judges_what_is_stuck_by_rules_of_its_own(base: Catalogue, overlay: Write) -> None:
    """Its hospitals go by its numbers, all others by the base's; what it does not say stays as it is."""
    usual = base.stuck_rules()
    assert usual.own == {}
    rules = """\
stuck:
  silent_after: { term: 36h, mark: A, source: the region's }
  weights: { blocked: { value: 45, mark: A, source: the region's } }
"""
    own = load(overlay({"regions/lipetsk/rules.yaml": rules})).stuck_rules()
    assert own.common == own["GKB29"] == own[None] == usual.common
    weights = {**usual.common.weights, Why.BLOCKED: 45}
    assert own["LOKB"] == replace(usual.common, silent_after=timedelta(hours=36), weights=weights)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("silent_after: { term: 2wd, mark: A, source: ours }", "2wd is no time around the clock"),
        ("silent_after: { term: 2d }", "whoever changes it names mark and source anew"),
        ("weights: { blocked: { value: 45 } }", "whoever changes it names mark and source anew"),
        ("weights: { blocked: { value: -1, mark: A, source: ours } }", "greater than or equal to 0"),
        ("weights: { blocked: null }", "blocked has no weight"),
        ("weights: { lost: { value: 1, mark: A, source: ours } }", "stuck.weights.lost: Input should be"),
    ],
)
def test_a_rule_that_does_not_fit_is_told_with_its_line(overlay: Write, text: str, what: str) -> None:
    """Working days, negative weights, causes that there are not, and numbers without a source are faults."""
    _, line, told = fault_of(overlay({"rules.yaml": f"stuck:\n  {text}\n"}))
    assert (line, what in told) == (text, True), told


def test_a_region_has_its_own_offices(overlay: Write) -> None:
    """A region names another office for a paper in one circumstance; the others stay those of the base."""
    office = "{ party: migration_police, mark: A, source: ours }"
    text = f"lists: {{ documents: {{ entries: {{ passport: {{ offices: {{ expired: {office} }} }} }} }} }}\n"
    entry = load(overlay({"regions/lipetsk/lists.yaml": text})).slice("LOKB").entry("documents", "passport")
    assert entry is not None
    assert [entry.office((gone,)) for gone in ("expired", "lost", "never_had")] == [
        "migration_police",
        "migration_police",
        "one_stop",
    ]
