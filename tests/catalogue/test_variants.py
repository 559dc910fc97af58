from collections.abc import Mapping

import pytest

from marshrut.catalogue import Catalogue, CatalogueError, load
from marshrut.catalogue.combinations import clashes
from marshrut.catalogue.loader import load_what_holds, place
from marshrut.catalogue.model import Catalogue as Kept
from marshrut.domain.admission import Admission
from marshrut.domain.rules import Condition, holds
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, Variant, Via
from tests.catalogue.conftest import Edit, Write

ADULT, CHILD, FLAGSHIP, ISOLATION = Variant.ADULT, Variant.CHILD, Variant.FLAGSHIP, Variant.ISOLATION
ONCOLOGY, REHABILITATION = Variant.ONCOLOGY, Variant.REHABILITATION


def term(catalogue: Catalogue, hospital: str, step: str, *variants: Variant, flag: Flag | None = None) -> str | None:
    """A step's term for a kind of case."""
    clock = catalogue.at(hospital, variants).steps[step].clock
    assert clock is not None
    return clock.term if flag is None else clock.pace_if[flag].term


def title(catalogue: Catalogue, hospital: str, step: str, *variants: Variant) -> str:
    return catalogue.at(hospital, variants).steps[step].title.ru


class TestChoosing:
    """Which kind of case an admission opens."""

    @pytest.mark.parametrize(
        ("hospital", "flags", "expected"),
        [
            ("GKB29", (), {ADULT: ("no_child",)}),
            ("GKB29", (Flag.CHILD,), {CHILD: ("under_18",)}),
            ("GKB29", (Flag.CHILD, Flag.NEWBORN), {CHILD: ("under_18",)}),
            ("GKB29", (Flag.FOUNDLING,), {CHILD: ("without_carer",)}),
            ("MOROZ", (), {CHILD: ("childrens_hospital",)}),
            ("MOROZ", (Flag.CHILD,), {CHILD: ("under_18", "childrens_hospital")}),
            ("SKLIF", (), {ADULT: ("no_child",), FLAGSHIP: ("flagship_site",)}),
            ("SKLIF", (Flag.CHILD,), {CHILD: ("under_18",), FLAGSHIP: ("flagship_site",)}),
            ("IKB1", (), {ADULT: ("no_child",), ISOLATION: ("infectious_site",)}),
            ("MKNC", (), {ADULT: ("no_child",), ONCOLOGY: ("oncology_site",)}),
            ("MNPC", (), {ADULT: ("no_child",), REHABILITATION: ("rehabilitation_site",)}),
            ("GKB29", (Flag.AMPUTATION,), {ADULT: ("no_child",), REHABILITATION: ("limb_lost",)}),
        ],
    )
    def test_the_shipped_rules(
        self, base: Catalogue, hospital: str, flags: tuple[Flag, ...], expected: Mapping[Variant, tuple[str, ...]]
    ) -> None:
        """By flag and by the site's profile, each with every rule that says so; a child outweighs an adult."""
        assert base.variants_of(hospital, flags, "admission", emergency=True) == expected

    def test_every_admission_is_an_adults_or_a_childs(self, base: Catalogue) -> None:
        """Exactly one of the two, whatever the hospital, the flag and the way in."""
        ways: tuple[Via, ...] = ("admission", "referral", "enquiry")
        for hospital in base.hospitals:
            for flag in Flag:
                for via in ways:
                    found = base.variants_of(hospital, (flag,), via, emergency=False)
                    assert len({ADULT, CHILD} & found.keys()) == 1, (hospital, flag, via)

    def test_a_region_chooses_by_rules_of_its_own(self, overlay: Write) -> None:
        """A rule may ask for what does not stand, for the way in and for an emergency, in one region only."""
        rule = """\
variants:
  isolation:
    rules:
      came_in_a_hurry:
        because: { ru: так решил край, en: the region says so }
        when: { emergency: true, via: [admission], none: [child] }
"""
        own = load(overlay({"regions/khabarovsk/variants.yaml": rule}))
        assert own.variants_of("KKB1", (), "admission", emergency=True)[ISOLATION] == ("came_in_a_hurry",)
        assert ISOLATION not in own.variants_of("KKB1", (Flag.CHILD,), "admission", emergency=True)
        assert ISOLATION not in own.variants_of("KKB1", (), "referral", emergency=True)
        assert ISOLATION not in own.variants_of("KKB1", (), "admission", emergency=False)
        assert ISOLATION not in own.variants_of("LOKB", (), "admission", emergency=True)

    @pytest.mark.parametrize(
        ("old", "new", "line", "what"),
        [
            ("    rules:\n      no_child:", "    rules:\n      # none\n      nobody:", None, None),
            ("        because: { ru: больница детская", "        why: { ru: больница детская", "why:", "Extra inputs"),
            ("when: { profiles: [children] }", "when: { profiles: [child] }", "profiles: [child]", "Input should be"),
            ("when: { flags: [amputation] }", "when: { flag: [amputation] }", "flag: [", "Extra inputs"),
            ("  oncology:\n    title", "  cancer:\n    title", "cancer:", "Input should be 'adult'"),
        ],
    )
    def test_a_fault_names_file_and_line(
        self, edited: Edit, old: str, new: str, line: str | None, what: str | None
    ) -> None:
        """variants.yaml is checked as every other file; what its own names are called is nobody's business."""
        folder = edited("variants.yaml", old, new)
        if line is None:
            assert load(base=folder).variants[ADULT].rules.keys() == {"nobody"}
            return
        with pytest.raises(CatalogueError) as caught:
            load(base=folder)
        assert {fault.file for fault in caught.value.faults} == {folder / "variants.yaml"}
        text = (folder / "variants.yaml").read_text(encoding="utf-8").splitlines()
        assert what is not None
        assert any(line in text[fault.line - 1] and what in fault.what for fault in caught.value.faults)

    def test_somebody_has_to_be_an_adult(self, edited: Edit) -> None:
        """Without a rule that always fits a case could be neither an adult's nor a child's."""
        folder = edited("variants.yaml", "      no_child: #", "      no_child:\n        when: { none: [child] } #")
        with pytest.raises(CatalogueError, match="adult: one of its rules has to fit always"):
            load(base=folder)


class TestOverlays:
    """What differs for a kind of case."""

    @pytest.mark.parametrize(
        ("step", "usual", "flagship"),
        [
            ("contact.first_contact", "24h", "1h"),
            ("identification.police_notice", "1h", "15m"),
            ("identification.description_card", "6h", "1h"),
            ("assessment.life_survey", "24h", "4h"),
        ],
    )
    def test_a_flagship_counts_in_minutes_and_hours(
        self, base: Catalogue, step: str, usual: str, flagship: str
    ) -> None:
        """The same step, another term, marked as assumed and with its source."""
        assert (term(base, "SKLIF", step, ADULT), term(base, "SKLIF", step, ADULT, FLAGSHIP)) == (usual, flagship)
        clock = base.at("SKLIF", (ADULT, FLAGSHIP)).steps[step].clock
        assert clock is not None
        assert (clock.mark, clock.unverified) == ("A", True)
        assert clock.source.startswith("domain 1")

    def test_a_flagship_reviews_daily_and_is_there_every_day(self, base: Catalogue) -> None:
        """Also where a case of it lies in a hospital whose team has its weekends."""
        taken, usual = base.slice("GKB29", (ADULT, FLAGSHIP)), base.slice("GKB29", (ADULT,))
        assert (usual.waits["route.review"].amount, taken.waits["route.review"].amount) == (7, 1)
        assert usual.timetables["team"].week[6] is None
        assert all(taken.timetables["team"].week)
        assert taken.ladders["standard"][0].percent == 50

    def test_in_isolation_people_talk_by_phone(self, base: Catalogue) -> None:
        """Titles and the words of outcomes; what does not differ stays."""
        here = base.at("IKB1", (ADULT, ISOLATION)).steps["contact.first_contact"]
        assert here.title.ru == "Первичный контакт по телефону"
        assert here.outcomes["contacted"].ru == "Поговорили по телефону"
        assert here.outcomes["moved"] == base.steps["contact.first_contact"].outcomes["moved"]
        assert here.clock == base.steps["contact.first_contact"].clock
        assert "isolation_over" in base.at("IKB1", (ADULT, ISOLATION)).lists["home_checklist"].entries

    def test_oncology_offers_a_psychologist_to_patient_and_family(self, base: Catalogue) -> None:
        """Without any condition; and the pilot's programme by the condition `variants` of the base's own table."""
        taken = base.slice("MKNC", (ADULT, ONCOLOGY))
        state = CaseState(case_id="c", variants={ADULT: (), ONCOLOGY: ()})
        assert holds(taken.needs["oncology_patient"].when, state)
        assert taken.route["oncology_family"].then == (("step", "psychology.family_support"),)
        assert holds(taken.route["oncology_pilot"].when, state)
        assert not holds(taken.route["oncology_pilot"].when, state.but(variants={ADULT: ()}))

    def test_a_childs_papers_begin_with_the_birth_certificate(self, base: Catalogue) -> None:
        """Whatever else is known."""
        entries = {entry.name: entry for entry in base.slice("MOROZ", (CHILD,)).lists["documents"]}
        for paper in ("passport", "snils", "oms"):
            assert entries[paper].needs(()) == ("birth_certificate",)
        assert title(base, "MOROZ", "contact.first_contact", CHILD) == (
            "Первичный контакт с родителем или законным представителем"
        )

    def test_variants_are_laid_over_one_another_in_the_order_of_their_names(self, base: Catalogue) -> None:
        """A child in a flagship has the child's words and the flagship's clock; the caller's order says nothing."""
        for variants in ((CHILD, FLAGSHIP), (FLAGSHIP, CHILD)):
            step = base.at("SKLIF", variants).steps["contact.first_contact"]
            assert step.title.ru.startswith("Первичный контакт с родителем")
            assert step.clock is not None
            assert step.clock.term == "1h"
            assert step.clock.pace_if[Flag.FOUNDLING].term == "2h"
            assert base.slice("SKLIF", variants).variants == (CHILD, FLAGSHIP)

    def test_a_variant_lies_over_the_region(self, base: Catalogue) -> None:
        """What the region has of its own stays, where the variant says nothing of it."""
        here = base.at("LOKB", (ADULT, FLAGSHIP))
        decision = here.steps["services.need_decision"].clock
        assert decision is not None
        assert decision.pace_if[Flag.PALLIATIVE].term == "2wd"
        assert term(base, "LOKB", "contact.first_contact", ADULT, FLAGSHIP) == "1h"
        assert here.parties["one_stop"].title.ru == "МФЦ Липецкой области"

    def test_installation_and_region_have_variants_too(self, overlay: Write) -> None:
        """Shipped, the shipped region's, the installation's, its region's: the later one wins, in that region only."""
        review = "waits: {{route.review: {{term: {term}, mark: A, source: ours}}}}"
        own = load(
            overlay(
                {
                    "variants/flagship/waits.yaml": review.format(term="12h"),
                    "regions/lipetsk/variants/flagship/waits.yaml": review.format(term="6h"),
                }
            )
        )
        found = {code: own.slice(code, (ADULT, FLAGSHIP)).waits["route.review"].amount for code in ("SKLIF", "LOKB")}
        assert found == {"SKLIF": 12, "LOKB": 6}
        assert own.slice("LOKB", (ADULT,)).waits["route.review"].amount == 7
        # What the shipped overlay of the variant says beside that still holds.
        assert own.slice("LOKB", (ADULT, FLAGSHIP)).waits["contact.asked_again"].amount == 4

    def test_what_ships_gives_way_to_what_was_deleted(self, overlay: Write) -> None:
        """Who took away a clock, a reason or a list's entry has no fault by a shipped overlay that amends it."""
        gone = {
            "steps/contact.yaml": "steps: {home_safety: {clock: null}, first_contact: {clock: null}}",
            "reasons.yaml": "reasons: {medical: null}",
            "lists.yaml": "lists: {documents: {entries: {oms: null}}}",
        }
        own = load(overlay(gone))
        assert own.at("GKB29", (CHILD,)).steps["contact.home_safety"].clock is None
        assert own.at("GKB29", (CHILD,)).steps["contact.home_safety"].title.ru == "Безопасность дома и других детей"
        assert "medical" not in own.at("IKB1", (ADULT, ISOLATION)).reasons
        assert "oms" not in own.at("GKB29", (CHILD,)).lists["documents"].entries
        there = load(
            overlay({f"regions/lipetsk/{file}": text for file, text in gone.items()} | dict.fromkeys(gone, "{}"))
        )
        assert there.at("LOKB", (CHILD,)).steps["contact.home_safety"].clock is None
        assert there.at("GKB29", (CHILD,)).steps["contact.home_safety"].clock is not None

    def test_a_kept_version_has_its_variants(self, base: Catalogue) -> None:
        """As JSON it says the same, so titles and clocks of a running case stay explainable."""
        kept = Kept.model_validate_json(base.model_dump_json())
        assert kept == base
        assert kept.slice("SKLIF", (CHILD, FLAGSHIP)) == base.slice("SKLIF", (CHILD, FLAGSHIP))

    def test_every_slice_is_small(self, base: Catalogue) -> None:
        """A slice travels with each run of a journey."""
        for hospital in base.hospitals:
            for variants in ((ADULT,), (CHILD, FLAGSHIP), tuple(each for each in Variant if each is not ADULT)):
                assert len(base.slice(hospital, variants).model_dump_json()) < 64_000

    def test_every_shipped_combination_fits(self, base: Catalogue) -> None:
        """All that a person may say of a case there is a slice for, in each region."""
        assert list(clashes(base)) == []

    def test_a_combination_that_does_not_fit_is_found(self, overlay: Write) -> None:
        """Each is sound alone: one takes a clock away, the other changes a part of it."""
        own = load(
            overlay(
                {
                    "variants/isolation/steps/route.yaml": "steps: {route_review: {clock: null}}",
                    "variants/oncology/steps/route.yaml": "steps: {route_review: {clock: {emergency: true}}}",
                }
            )
        )
        found = list(clashes(own))
        assert found
        assert all("isolation + oncology" in clash for clash in found)
        assert "steps.route.route_review.clock" in found[0]


FAULTY = [
    ("variants/child/steps/contact.yaml", "steps:\n  first_contact:\n    rule: x", "rule: x", "Extra inputs"),
    ("variants/child/route.yaml", "needs:\n  placement: null", "placement: null", "there is no placement in needs"),
    (
        "variants/child/steps/contact.yaml",
        "steps:\n  first_contact: null",
        "first_contact: null",
        "cannot do without it",
    ),
    ("variants/child/waits.yaml", "waits:\n  route.review: { term: 5d }", "route.review", "mark and source anew"),
    ("variants/child/screening.yaml", "screened_out: {}", "screened_out", "is one for all variants"),
    ("variants/child/rules.yaml", "stuck: {}", "stuck", "is one for all variants"),
    ("variants/child/variants.yaml", "variants: {}", "variants", "is one for all variants"),
    ("variants/child/instruments/phq9.yaml", "instrument: {}", None, "is no folder of a catalogue"),
    ("variants/elder/waits.yaml", "waits: {}", None, "is no variant's folder"),
]


@pytest.mark.parametrize("where", ["", "regions/lipetsk/"])
@pytest.mark.parametrize(("file", "text", "line", "what"), FAULTY, ids=range(len(FAULTY)))
def test_a_fault_of_a_variants_overlay_names_its_line(
    overlay: Write, where: str, file: str, text: str, line: str | None, what: str
) -> None:
    """In an installation's folder, and in a region's inside it."""
    folder = overlay({where + file: text})
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    fault = caught.value.faults[0]
    assert what in fault.what
    assert fault.file.is_relative_to(folder / where)
    if line is not None:
        assert line in fault.file.read_text(encoding="utf-8").splitlines()[fault.line - 1]


class TestScreening:
    """Variants in the rule that opens no case."""

    def test_a_rule_names_variants(self, overlay: Write) -> None:
        """Of a planned stay an installation may screen out adults and keep children."""
        own = load(overlay({"screening.yaml": "screened_out: {not_emergency: {variants: [adult]}}"}))
        assert own.screen(admission("GKB29")) == "not_emergency"
        assert own.screen(admission("MOROZ")) is None
        assert own.screen(admission("GKB29", Flag.CHILD)) is None

    def test_an_unknown_variant_is_a_fault(self, overlay: Write) -> None:
        """A misspelt kind screens nobody out in silence."""
        with pytest.raises(CatalogueError, match=r"variants\.0: Input should be 'adult'"):
            load(overlay({"screening.yaml": "screened_out: {not_emergency: {variants: [elder]}}"}))

    def test_a_decision_table_may_name_an_unknown_one_neither(self, overlay: Write) -> None:
        """The condition is checked as its other parts are."""
        rule = "proposals: {lives_alone: {when: {variants: [elder]}}}"
        with pytest.raises(CatalogueError, match=r"when\.variants\.0: Input should be 'adult'"):
            load(overlay({"route.yaml": rule}))

    def test_a_condition_of_variants(self) -> None:
        """Any of those named will do."""
        state = CaseState(case_id="c", variants={ADULT: (), FLAGSHIP: ()})
        assert holds(Condition(variants=(ISOLATION, FLAGSHIP)), state)
        assert not holds(Condition(variants=(CHILD,)), state)


def admission(facility: str, *flags: Flag) -> Admission:
    """A planned stay."""
    patient = {"mrn": "1"}
    told = {"facility": facility, "visit": "1", "admitted_at": "2026-03-01T10:00:00+03:00", "emergency": False}
    return Admission.model_validate({**told, "patient": patient, "flags": flags})


class TestAFaultyRegion:
    """A region's fault never touches another's."""

    FAULT = "steps:\n  need_decision:\n    clock:\n      term: soon\n      mark: A\n      source: ours"

    def test_the_others_stay_as_they_are(self, base: Catalogue, overlay: Write) -> None:
        """The faulty region goes by the base; the others, and the base, by what they had."""
        loaded = load_what_holds(overlay({"regions/lipetsk/steps/services.yaml": self.FAULT}))
        assert loaded.catalogue.unread == ("lipetsk",)
        for hospital in ("GKB29", "KKB1", "SKKB"):
            assert loaded.catalogue.at(hospital).steps == base.at(hospital).steps
            assert loaded.catalogue.at(hospital).parties == base.at(hospital).parties
        assert loaded.catalogue.at("LOKB").parties == base.parties
        (fault,) = loaded.faulty["lipetsk"]
        assert (place(fault), fault.line) == ("regions/lipetsk/steps/services.yaml", 4)
        assert "soon is no term" in fault.what

    def test_a_strict_reading_refuses_it(self, overlay: Write) -> None:
        """`marshrut catalogue check` and whoever edits want to know."""
        with pytest.raises(CatalogueError, match="soon is no term"):
            load(overlay({"regions/lipetsk/steps/services.yaml": self.FAULT}))

    def test_a_fault_in_the_base_stops_everything(self, overlay: Write) -> None:
        """Also where a region is at fault beside; both are told."""
        folder = overlay({"steps/services.yaml": self.FAULT, "regions/lipetsk/waits.yaml": "waits: {a.b: null}"})
        with pytest.raises(CatalogueError) as caught:
            load_what_holds(folder)
        assert {fault.file.relative_to(folder).as_posix() for fault in caught.value.faults} == {
            "steps/services.yaml",
            "regions/lipetsk/waits.yaml",
        }

    @pytest.mark.parametrize(
        "files",
        [
            {"regions/lipetsk/waits.yaml": "waits: [\n"},
            {"regions/lipetsk/strange.yaml": "a: b"},
            {"regions/lipetsk/route.yaml": "needs: {placement: null}"},
            {"regions/lipetsk/variants/child/waits.yaml": "waits: {a.b: null}"},
            {"regions/lipetsk/hours.yaml": "hours: {office: {zone: Mars/Base}}"},
        ],
        ids=["no YAML", "a strange file", "a name that is missing", "a variant", "a zone"],
    )
    def test_whatever_the_fault_is(self, overlay: Write, files: Mapping[str, str]) -> None:
        """It costs that region its tables and nobody else anything."""
        loaded = load_what_holds(overlay(files))
        assert set(loaded.faulty) == {"lipetsk"}
        assert loaded.catalogue.slice("KKB1", (ADULT,)).version == loaded.catalogue.version

    def test_a_region_that_nobody_declared(self, overlay: Write) -> None:
        """It has no hospital, and nobody misses it."""
        assert set(load_what_holds(overlay({"regions/tula/waits.yaml": "waits: {}"})).faulty) == {"tula"}

    def test_an_earlier_version_takes_its_place(self, base: Catalogue, overlay: Write) -> None:
        """New cases of the region open by the version in which it was sound, all others by the one in force."""
        now = load_what_holds(overlay({"regions/lipetsk/steps/services.yaml": self.FAULT})).catalogue
        whole = now.with_instead({"lipetsk": base, "khabarovsk": base})
        assert whole.slice("LOKB", (ADULT,)).version == base.version
        assert whole.at("LOKB").parties == base.at("LOKB").parties
        assert whole.slice("GKB29", (ADULT,)).version == now.version
        assert whole.slice("KKB1", (ADULT,)).version == now.version  # sound, so nothing stands in for it

    def test_its_version_is_one_of_its_own(self, overlay: Write) -> None:
        """A catalogue without a region's overlay and one whose overlay is at fault are not the same."""
        faulty = load_what_holds(overlay({"regions/lipetsk/steps/services.yaml": self.FAULT})).catalogue
        assert Kept.model_validate_json(faulty.model_dump_json()).unread == ("lipetsk",)
        sound = load(overlay({"regions/lipetsk/steps/services.yaml": "steps: {}"}))
        assert faulty.version != sound.version
