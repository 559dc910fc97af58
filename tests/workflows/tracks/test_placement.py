from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from marshrut.domain import commands as c
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import ItemKind, Report, Stage
from tests.fixtures.cases import DAY, HIS, NOON, OLGA, admission, command, live
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Gathers, Moves, Row, Story, act, standing, tell
from workflows.package import LONGEST
from workflows.placement import (
    BedConfirm,
    InstitutionChoose,
    MedicalPackage,
    PackageSubmit,
    Placement,
    ProfileChoose,
    PsychiatricCommission,
    RefusalReview,
    TransferArrival,
    VoucherDecision,
    VoucherRenew,
    find_place,
    given_up,
    in_force,
    taken_in,
)
from workflows.services import IppsuReceive, NeedApplication, NeedDecision

GENERAL = ProfileChoose(result="general")
PSYCHO = ProfileChoose(result="psychoneurological")
TEMPORARY = ProfileChoose(result="temporary")
ALL = Gathers()
# What is good for days only is made when the person travels: the doctor says so.
LASTING = Gathers(not_needed=("contacts",))
COMPLETE = MedicalPackage(result="complete")
HOME = InstitutionChoose(result="chosen", institutions=("general_home",))
TWO = InstitutionChoose(result="chosen", institutions=("general_home", "izmailovo"))
ACCEPTED = PackageSubmit(result="accepted")
ISSUED = VoucherDecision(result="issued")
BED = BedConfirm(result="confirmed")
NO_BED = BedConfirm(result="withdrawn", reason="no_places")
IPPSU = (IppsuReceive(result="issued"),)

READY: tuple[Row, ...] = (
    ("profile_choose", GENERAL),
    ("medical_package", LASTING),
    ("medical_package", COMPLETE),
)
APPLIED: tuple[Row, ...] = (*READY, ("institution_choose", TWO), ("package_submit", ACCEPTED))


def story(name: str, told: tuple[Row, ...], result: str | None, **more: object) -> Story:
    """A story of a person who has an ИППСУ."""
    return replace(Story(name, Placement, told, result, given=IPPSU), **more)  # type: ignore[arg-type]  # its fields


PACKAGE = (
    story(
        "what_lacks_is_asked_for_again",
        (
            ("profile_choose", GENERAL),
            ("medical_package", COMPLETE),
            ("medical_package", LASTING),
            ("medical_package", Moves(ItemKind.PAPER, "hiv", "rejected")),
            ("medical_package", COMPLETE),
            ("medical_package", Moves(ItemKind.PAPER, "hiv", "received")),
            ("medical_package", COMPLETE),
            ("institution_choose", HOME),
        ),
        None,
        left_open="package_submit",
        informed=("papers_missing",),
    ),
    story(
        "an_electronic_paper_with_a_bad_signature_is_none",
        (
            ("profile_choose", TEMPORARY),
            ("medical_package", Moves(ItemKind.PAPER, "hiv", "received", {"signature": "invalid"})),
            ("medical_package", ALL),
            ("medical_package", COMPLETE),
        ),
        None,
        left_open="medical_package",
        items={ItemKind.PAPER: {"hiv": "received", "contacts": "received"}},
    ),
    story(
        "a_paper_expires_by_itself_and_is_made_again",
        (
            ("profile_choose", GENERAL),
            ("medical_package", ALL),
            ("medical_package", 4 * DAY),
            ("medical_package", COMPLETE),
            ("medical_package", MedicalPackage(result="expired")),
            ("medical_package", ALL),
            ("medical_package", COMPLETE),
        ),
        None,
        left_open="institution_choose",
        items={ItemKind.PAPER: {"contacts": "received"}},
    ),
    story(
        "one_that_runs_out_before_the_package_is_handed_in_opens_collection_again",
        (
            ("profile_choose", GENERAL),
            ("medical_package", ALL),
            ("medical_package", COMPLETE),
            ("institution_choose", HOME),
            ("package_submit", 4 * DAY),
            ("medical_package", ALL),
            ("medical_package", COMPLETE),
            ("package_submit", ACCEPTED),
        ),
        None,
        left_open="voucher_decision",
        informed=("papers_expired",),
    ),
    story(
        "one_that_runs_out_while_a_decision_is_awaited_is_made_again_beside_it",
        (
            *APPLIED,
            ("voucher_decision", 15 * DAY),
            ("medical_package voucher_decision", COMPLETE),
            ("medical_package voucher_decision", ALL),
            ("medical_package voucher_decision", COMPLETE),
            ("voucher_decision", ISSUED),
            ("bed_confirm", BED),
        ),
        "bed",
        informed=("papers_expired", "papers_missing"),
        items={ItemKind.PAPER: {"stool": "received"}, ItemKind.APPLICATION: {"placement": "granted"}},
    ),
    story(
        "seniors_do_without_a_renewal",
        (
            *APPLIED,
            ("voucher_decision", 15 * DAY),
            ("medical_package voucher_decision", MedicalPackage),
            ("voucher_decision", ISSUED),
        ),
        None,
        left_open="bed_confirm",
    ),
    story(
        "what_passes_is_treated_first",
        (
            ("profile_choose", GENERAL),
            (
                "medical_package",
                MedicalPackage(
                    result="contraindicated",
                    ground="dangerous_infection",
                    lasts="temporary",
                    again_at=NOON + timedelta(days=20),
                ),
            ),
            ("", 21 * DAY),
            ("medical_package", MedicalPackage(result="contraindicated", ground="tuberculosis", lasts="temporary")),
            ("", 30 * DAY),
            ("medical_package", LASTING),
            ("medical_package", COMPLETE),
        ),
        None,
        left_open="institution_choose",
        informed=("contraindicated",),
    ),
    story(
        "contraindicated_here_and_there",
        (
            ("profile_choose", GENERAL),
            ("medical_package", MedicalPackage(result="contraindicated", then="other_profile")),
            ("profile_choose", TEMPORARY),
            ("medical_package", MedicalPackage(result="contraindicated", lasts="permanent", then="home")),
        ),
        "no_bed",
        informed=("contraindicated",),
    ),
    story(
        "not_indicated_and_the_package_is_kept",
        (
            ("profile_choose", PSYCHO),
            ("medical_package", LASTING),
            ("medical_package", COMPLETE),
            ("psychiatric_commission", PsychiatricCommission(result="not")),
            ("profile_choose", GENERAL),
            ("medical_package", COMPLETE),
        ),
        None,
        left_open="institution_choose",
        informed=("not_indicated",),
        items={ItemKind.PAPER: {"own_statement": "received", "court_decision": "received"}},
    ),
)

APPLICATION = (
    story(
        "a_bed",
        (*APPLIED, ("voucher_decision", ISSUED), ("bed_confirm", BED)),
        "bed",
        items={
            ItemKind.INSTITUTION: {"general_home": "reserved", "izmailovo": "withdrawn"},
            ItemKind.VOUCHER: {"voucher": "issued"},
            ItemKind.APPLICATION: {"placement": "granted"},
        },
    ),
    story(
        "returned_and_completed",
        (
            *READY,
            ("institution_choose", HOME),
            ("package_submit", PackageSubmit(result="returned")),
            ("medical_package", Moves(ItemKind.PAPER, "surgeon", "rejected")),
            ("medical_package", COMPLETE),
            ("medical_package", ALL),
            ("medical_package", COMPLETE),
            ("package_submit", ACCEPTED),
        ),
        None,
        left_open="voucher_decision",
        items={ItemKind.APPLICATION: {"placement": "filed"}},
    ),
    story(
        "returned_and_then_contraindicated",
        (
            *READY,
            ("institution_choose", HOME),
            ("package_submit", PackageSubmit(result="returned")),
            ("medical_package", MedicalPackage(result="contraindicated", then="home")),
        ),
        "no_bed",
        items={ItemKind.APPLICATION: {"placement": "withdrawn"}},
    ),
    story(
        "queued_in_turn",
        (
            *APPLIED,
            ("voucher_decision", VoucherDecision(result="queued", position=14)),
            ("", 7 * DAY),
            ("voucher_decision", VoucherDecision(result="queued", position=9)),
            ("", 7 * DAY),
            ("medical_package voucher_decision", ISSUED),
            ("medical_package bed_confirm", BED),
        ),
        "bed",
        items={ItemKind.INSTITUTION: {"general_home": "reserved"}},
    ),
    story(
        "queued_out_of_turn_is_told_and_asked_sooner",
        (
            *READY,
            ("institution_choose", HOME),
            ("package_submit", PackageSubmit(result="accepted", priority="siege_resident")),
            ("voucher_decision", VoucherDecision(result="queued", position=1)),
            ("", 2 * DAY),
        ),
        None,
        left_open="voucher_decision",
        informed=("queued_out_of_turn",),
        items={ItemKind.INSTITUTION: {"general_home": "queued"}, ItemKind.APPLICATION: {"placement": "registered"}},
    ),
    story(
        "a_refused_voucher_keeps_the_package",
        (
            *APPLIED,
            ("voucher_decision", VoucherDecision(result="refused", reason="no_need")),
            ("profile_choose", TEMPORARY),
            ("institution_choose", HOME),
            ("package_submit", ACCEPTED),
            ("voucher_decision", ISSUED),
            ("bed_confirm", BED),
        ),
        "bed",
        informed=("voucher_refused",),
    ),
    story(
        "a_refused_voucher_and_home",
        (*APPLIED, ("voucher_decision", VoucherDecision(result="refused", then="home"))),
        "no_bed",
        items={
            ItemKind.APPLICATION: {"placement": "denied"},
            ItemKind.VOUCHER: {"voucher": "refused"},
            ItemKind.INSTITUTION: {"general_home": "withdrawn"},
        },
    ),
)

INSTITUTIONS = (
    story(
        "one_refuses_and_the_next_is_asked_with_the_same_voucher",
        (
            *APPLIED,
            ("voucher_decision", ISSUED),
            ("bed_confirm", NO_BED),
            ("", DAY),
            ("bed_confirm", BED),
        ),
        "bed",
        informed=("bed_withdrawn",),
        items={
            ItemKind.INSTITUTION: {"general_home": "refused", "izmailovo": "reserved"},
            ItemKind.VOUCHER: {"voucher": "issued"},
        },
    ),
    story(
        "all_refuse_and_others_are_asked",
        (
            *READY,
            ("institution_choose", HOME),
            ("package_submit", ACCEPTED),
            ("voucher_decision", ISSUED),
            ("bed_confirm", NO_BED),
            ("", DAY),
            ("refusal_review", RefusalReview(result="other_institutions")),
            ("institution_choose", InstitutionChoose(result="chosen", wanted="izmailovo")),
            ("bed_confirm", BED),
        ),
        "bed",
        informed=("all_refused",),
        items={ItemKind.INSTITUTION: {"general_home": "refused", "izmailovo": "reserved"}},
    ),
    story(
        "all_refuse_and_another_profile_is_tried",
        (
            *READY,
            ("institution_choose", HOME),
            ("package_submit", ACCEPTED),
            ("voucher_decision", ISSUED),
            ("bed_confirm", NO_BED),
            ("", DAY),
            ("refusal_review", RefusalReview(result="other_profile")),
            ("profile_choose", TEMPORARY),
        ),
        None,
        left_open="institution_choose",
        items={ItemKind.VOUCHER: {"voucher": "returned"}},
    ),
    story(
        "all_refuse_and_home",
        (
            *READY,
            ("institution_choose", HOME),
            ("package_submit", ACCEPTED),
            ("voucher_decision", ISSUED),
            ("bed_confirm", NO_BED),
            ("", DAY),
            ("refusal_review", RefusalReview(result="home")),
        ),
        "no_bed",
    ),
    story(
        "the_wish_goes_first",
        (
            *READY,
            ("institution_choose", TWO.model_copy(update={"wanted": "general_home_second"})),
            ("package_submit", ACCEPTED),
        ),
        None,
        left_open="voucher_decision",
        items={
            ItemKind.INSTITUTION: {
                "general_home_second": "asked",
                "general_home": "chosen",
                "izmailovo": "chosen",
            }
        },
    ),
    story(
        "none_that_takes_the_profile",
        (
            *READY,
            ("institution_choose", InstitutionChoose(result="chosen", institutions=("psychoneurological_home",))),
            ("institution_choose", InstitutionChoose(result="home")),
        ),
        "no_bed",
        informed=("none_fits",),
    ),
    story(
        "none_wanted_but_of_another_profile",
        (*READY, ("institution_choose", InstitutionChoose(result="other_profile"))),
        None,
        left_open="profile_choose",
    ),
    story(
        "a_voucher_that_runs_out_is_asked_for_again",
        (
            *READY,
            ("institution_choose", HOME),
            ("package_submit", ACCEPTED),
            ("voucher_decision", ISSUED),
            ("bed_confirm", 31 * DAY),
            ("medical_package voucher_renew", VoucherRenew(result="issued")),
            ("bed_confirm medical_package", BED),
        ),
        "bed",
        informed=("voucher_expired",),
        items={ItemKind.VOUCHER: {"voucher": "issued"}},
    ),
    story(
        "a_voucher_that_is_not_renewed",
        (
            *READY,
            ("institution_choose", HOME),
            ("package_submit", ACCEPTED),
            ("voucher_decision", ISSUED),
            ("bed_confirm", 31 * DAY),
            ("medical_package voucher_renew", VoucherRenew(result="refused", then="home")),
        ),
        "no_bed",
        items={ItemKind.VOUCHER: {"voucher": "returned"}, ItemKind.INSTITUTION: {"general_home": "withdrawn"}},
    ),
    story(
        "home_after_all",
        (*APPLIED, ("voucher_decision", ISSUED), ("bed_confirm", BedConfirm(result="withdrawn", then="home"))),
        "no_bed",
    ),
)

RECOGNITION = (
    Story(
        "need_is_recognised_beside_the_package",
        Placement,
        (
            ("profile_choose", TEMPORARY),
            ("medical_package need_application", ALL),
            ("medical_package need_application", COMPLETE),
            ("need_application", NeedApplication(result="filed")),
            ("need_decision", NeedDecision(result="recognised")),
            ("ippsu_receive", IppsuReceive(result="issued")),
        ),
        None,
        left_open="institution_choose",
        items={ItemKind.DOCUMENT: {"ippsu": "issued"}},
    ),
    Story(
        "an_ippsu_that_somebody_enters",
        Placement,
        (
            ("profile_choose", TEMPORARY),
            ("medical_package need_application", Moves(ItemKind.DOCUMENT, "ippsu", "issued")),
            ("medical_package", ALL),
            ("medical_package", COMPLETE),
        ),
        None,
        left_open="institution_choose",
    ),
    Story(
        "no_need_recognised_no_place",
        Placement,
        (
            ("profile_choose", TEMPORARY),
            ("medical_package need_application", NeedApplication(result="filed")),
            ("medical_package need_decision", NeedDecision(result="denied", then="given_up")),
            ("medical_package", ALL),
            ("medical_package", COMPLETE),
        ),
        "no_bed",
        informed=("need_not_recognised",),
        items={ItemKind.DOCUMENT: {"ippsu": "given_up"}},
    ),
    Story(
        "an_application_that_is_refused",
        Placement,
        (
            ("profile_choose", TEMPORARY),
            ("medical_package need_application", NeedApplication(result="refused", then="given_up")),
            ("medical_package", MedicalPackage),
        ),
        "no_bed",
        informed=("need_not_recognised",),
    ),
    Story(
        "a_contraindication_ends_the_application",
        Placement,
        (
            ("profile_choose", TEMPORARY),
            ("medical_package need_application", MedicalPackage(result="contraindicated", then="home")),
        ),
        "no_bed",
    ),
)

LEFT_OUT = (
    story("left_out", (("profile_choose", ProfileChoose),), "no_bed"),
    story(
        "all_but_the_bed_left_out",
        (
            ("profile_choose", PSYCHO),
            ("medical_package", MedicalPackage),
            ("psychiatric_commission", PsychiatricCommission),
            ("institution_choose", InstitutionChoose),
            ("package_submit", PackageSubmit),
            ("voucher_decision", VoucherDecision),
            ("bed_confirm", NO_BED),
            ("", DAY),
            ("bed_confirm", BED),
        ),
        "bed",
    ),
    story(
        "a_bed_that_nobody_confirmed_is_none",
        (*APPLIED, ("voucher_decision", ISSUED), ("bed_confirm", BedConfirm)),
        "no_bed",
    ),
    story(
        "a_voucher_that_nobody_wants_renewed",
        (
            *READY,
            ("institution_choose", HOME),
            ("package_submit", ACCEPTED),
            ("voucher_decision", ISSUED),
            ("bed_confirm", 31 * DAY),
            ("medical_package voucher_renew", VoucherRenew),
            ("bed_confirm medical_package", BED),
        ),
        "bed",
    ),
    story("left_before", (("profile_choose", Report.DISCHARGED),), "left"),
)


class Brought:
    """What a transition does with a bed: the voucher holds, the person travels, and arrives or not."""

    name: ClassVar[str] = "brought"
    stage: ClassVar[Stage] = Stage.TRANSITION
    steps: ClassVar[tuple[type[Outcome], ...]] = (TransferArrival,)

    async def run(self, case: Case) -> str:
        await find_place(case, "main")
        await case.reported(Report.MEDICALLY_READY)
        if not await in_force(case, "main"):
            return "no_voucher"
        arrival = await case.step(TransferArrival)
        if arrival is None or arrival.result == "arrived":
            await taken_in(case, "main")
            return "arrived"
        await given_up(case, "main")
        return "not_arrived"


A_BED: tuple[Row, ...] = (
    *READY,
    ("institution_choose", HOME),
    ("package_submit", ACCEPTED),
    ("voucher_decision", ISSUED),
    ("bed_confirm", BED),
)
ARRIVALS = (
    Story(
        "arrived",
        Brought,
        (*A_BED, ("", Report.MEDICALLY_READY), ("transfer_arrival", TransferArrival(result="arrived"))),
        "arrived",
        given=IPPSU,
        items={ItemKind.INSTITUTION: {"general_home": "arrived"}, ItemKind.VOUCHER: {"voucher": "used"}},
    ),
    Story(
        "not_arrived",
        Brought,
        (*A_BED, ("", Report.MEDICALLY_READY), ("transfer_arrival", TransferArrival(result="not_arrived"))),
        "not_arrived",
        given=IPPSU,
        items={ItemKind.INSTITUTION: {"general_home": "withdrawn"}, ItemKind.VOUCHER: {"voucher": "returned"}},
    ),
    Story(
        "a_voucher_that_ran_out_in_the_ward",
        Brought,
        (*A_BED, ("", 31 * DAY), ("", Report.MEDICALLY_READY), ("voucher_renew", VoucherRenew(result="issued"))),
        None,
        given=IPPSU,
        left_open="transfer_arrival",
        items={ItemKind.VOUCHER: {"voucher": "issued"}},
    ),
    Story(
        "a_voucher_that_is_not_renewed_before_the_way",
        Brought,
        (*A_BED, ("", 31 * DAY), ("", Report.MEDICALLY_READY), ("voucher_renew", VoucherRenew(result="refused"))),
        "no_voucher",
        given=IPPSU,
    ),
)
STORIES = (*PACKAGE, *APPLICATION, *INSTITUTIONS, *RECOGNITION, *LEFT_OUT)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_placement(story: Story) -> None:
    """A place is looked for until a bed is kept or home is chosen; what was collected once is not collected again."""
    await tell(story)


@pytest.mark.parametrize("story", ARRIVALS, ids=str)
async def test_what_a_transition_tells_of_a_placement(story: Story) -> None:
    """Place and voucher are used by who arrives and given back by who does not; a voucher that ran out is renewed."""
    await tell(story)


async def test_an_institution_that_the_catalogue_does_not_know_is_refused() -> None:
    """A choice of what there is not is refused as a wrong outcome; the step stays open."""
    async with Twins(STORIES[0].procedure()) as twins:
        await twins.tell(command(admission(), HIS))
        await act(twins, IPPSU[0])
        for _, happens in READY:
            await act(twins, happens)
        step = live(twins.state)["placement.institution_choose"]
        for field, value in (("institutions", ("general_home", "nowhere")), ("wanted", "nowhere")):
            said = c.Complete(step_id=step, outcome={"result": "chosen", field: value})
            assert await twins.tell(command(said, OLGA)) == ["wrong_outcome"]
        assert live(twins.state)["placement.institution_choose"] == step


async def test_a_voucher_holds_from_the_day_of_its_issue() -> None:
    """Told two days late it runs out two days sooner, for it counts from when the decision was made."""
    async with Twins(STORIES[0].procedure()) as twins:
        await twins.tell(command(admission(), HIS))
        await act(twins, IPPSU[0])
        for _, happens in APPLIED:
            await act(twins, happens)
        await twins.wait(2 * DAY)
        decided = command(
            c.Complete(step_id=live(twins.state)["placement.voucher_decision"], outcome={"result": "issued"}),
            OLGA,
            occurred_at=NOON + timedelta(hours=1),
        )
        assert await twins.tell(decided) == [None]
        (voucher,) = twins.state.items_of(ItemKind.VOUCHER)
        assert voucher.expires_at == NOON + timedelta(hours=1, days=30)
        assert standing(twins, ItemKind.VOUCHER) == {"voucher": "issued"}


async def test_what_lacks_is_named() -> None:
    """The journal names the papers that lack, as many as one code holds; it says so if there are more."""
    twins = await tell(PACKAGE[0])
    named = [value for key, value in twins.state.decisions.items() if "/lacks." in key]
    assert named[0].startswith("therapist+surgeon+")
    assert named[0].endswith("+more")
    assert len(named[0]) <= LONGEST + len("+more")
    assert named[1:] == ["hiv", "nothing"]
