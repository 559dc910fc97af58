import pytest

from marshrut.domain.words import Report
from tests.fixtures.cases import DAY
from tests.workflows.tracks.stories import Story, tell
from workflows.placement import (
    BedConfirm,
    MedicalPackage,
    PackageSubmit,
    Placement,
    ProfileChoose,
    PsychiatricCommission,
    VoucherDecision,
)

GENERAL = ProfileChoose(result="general")
PSYCHO = ProfileChoose(result="psychoneurological")
COMPLETE = MedicalPackage(result="complete")
ACCEPTED = PackageSubmit(result="accepted")
ISSUED = VoucherDecision(result="issued")
BED = BedConfirm(result="confirmed")

STORIES = (
    Story(
        "a_bed",
        Placement,
        (
            ("profile_choose", GENERAL),
            ("medical_package", COMPLETE),
            ("package_submit", ACCEPTED),
            ("voucher_decision", ISSUED),
            ("bed_confirm", BED),
        ),
        "bed",
    ),
    Story(
        "expired_returned_queued",
        Placement,
        (
            ("profile_choose", GENERAL),
            ("medical_package", MedicalPackage(result="expired")),
            ("medical_package", COMPLETE),
            ("package_submit", PackageSubmit(result="returned")),
            ("medical_package", COMPLETE),
            ("package_submit", ACCEPTED),
            ("voucher_decision", VoucherDecision(result="queued")),
            ("", 7 * DAY),
            ("voucher_decision", ISSUED),
            ("bed_confirm", BedConfirm(result="withdrawn")),
            ("", DAY),
            ("bed_confirm", BED),
        ),
        "bed",
        informed=("bed_withdrawn",),
    ),
    Story(
        "a_refused_placement_keeps_its_package",
        Placement,
        (
            ("profile_choose", PSYCHO),
            ("medical_package", COMPLETE),
            ("psychiatric_commission", PsychiatricCommission(result="indicated")),
            ("package_submit", ACCEPTED),
            ("voucher_decision", VoucherDecision(result="refused", reason="no_need")),
            ("profile_choose", ProfileChoose(result="temporary")),
            ("package_submit", ACCEPTED),
            ("voucher_decision", ISSUED),
            ("bed_confirm", BED),
        ),
        "bed",
        informed=("voucher_refused",),
    ),
    Story(
        "not_indicated",
        Placement,
        (
            ("profile_choose", PSYCHO),
            ("medical_package", COMPLETE),
            ("psychiatric_commission", PsychiatricCommission(result="not")),
            ("profile_choose", GENERAL),
        ),
        None,
        left_open="package_submit",
    ),
    Story(
        "contraindicated_here_and_there",
        Placement,
        (
            ("profile_choose", GENERAL),
            ("medical_package", MedicalPackage(result="contraindicated", then="other_profile")),
            ("profile_choose", ProfileChoose(result="temporary")),
            ("medical_package", MedicalPackage(result="contraindicated", then="home")),
        ),
        "no_bed",
        informed=("contraindicated",),
    ),
    Story(
        "home_after_all",
        Placement,
        (
            ("profile_choose", GENERAL),
            ("medical_package", COMPLETE),
            ("package_submit", ACCEPTED),
            ("voucher_decision", ISSUED),
            ("bed_confirm", BedConfirm(result="withdrawn", then="home")),
        ),
        "no_bed",
    ),
    Story("left_before", Placement, (("profile_choose", Report.DISCHARGED),), "left"),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_placement(story: Story) -> None:
    """A place is looked for until a bed is kept or home is chosen; what was collected once is not collected again."""
    await tell(story)
