import pytest

from marshrut.domain.words import Flag, Report
from tests.fixtures.cases import DAY, HOUR
from tests.workflows.tracks.stories import Story, tell
from workflows.assessment import DocumentsCheck
from workflows.contact import FirstContact
from workflows.documents import (
    BirthCertificate,
    ConsularRequest,
    DisabilityDuplicate,
    Documents,
    LossStatement,
    OmsRestore,
    PassportReceive,
    PassportVisit,
    ProxyCertify,
    SnilsRestore,
    TemporaryId,
)
from workflows.identification import (
    BureauNotice,
    DescriptionCard,
    Identification,
    IdentityConfirm,
    PoliceNotice,
)

STOLEN = DocumentsCheck(result="missing", missing=("passport", "snils", "oms"), passport="stolen")
ISSUED = PassportReceive(result="issued")
SNILS = (DocumentsCheck(result="missing", missing=("snils",)),)

STORIES = (
    Story("nothing_is_missing", Documents, (), "complete", given=(DocumentsCheck(result="complete"),)),
    Story(
        "one_after_another",
        Documents,
        (
            ("loss_statement", LossStatement(result="refused")),
            ("", DAY),
            ("loss_statement", LossStatement(result="stub")),
            ("passport_visit temporary_id", PassportVisit(result="denied", then="given_up")),
            ("temporary_id passport_receive", TemporaryId(result="issued")),
            ("passport_receive", PassportReceive(result="refused", then="again")),
            ("", 23 * HOUR),
            ("", HOUR),
            ("passport_receive", ISSUED),
            ("snils_restore", SnilsRestore(result="issued")),
            ("oms_restore", OmsRestore(result="found")),
        ),
        "complete",
        given=(STOLEN,),
        informed=("loss_statement", "passport_visit", "passport_receive"),
    ),
    Story(
        "an_expired_passport_was_not_lost",
        Documents,
        (
            ("passport_visit temporary_id", TemporaryId(result="refused", then="given_up")),
            ("passport_visit", PassportVisit(result="held")),
            ("passport_receive", ISSUED),
        ),
        "complete",
        given=(DocumentsCheck(result="missing", missing=("passport",), passport="expired"),),
    ),
    Story(
        "side_by_side",
        Documents,
        (
            (
                "snils_restore birth_certificate disability_duplicate proxy_certify",
                DisabilityDuplicate(result="issued"),
            ),
            ("snils_restore birth_certificate proxy_certify", ProxyCertify(result="certified")),
            ("snils_restore birth_certificate", BirthCertificate(result="issued")),
            ("snils_restore", SnilsRestore(result="not_found", then="again")),
            ("", DAY),
            ("snils_restore", SnilsRestore(result="issued")),
        ),
        "complete",
        given=(DocumentsCheck(result="missing", missing=("snils", "birth_certificate", "disability", "proxy")),),
    ),
    Story(
        "given_up_is_partial",
        Documents,
        (
            ("oms_restore birth_certificate proxy_certify", ProxyCertify(result="incapable")),
            ("oms_restore birth_certificate", BirthCertificate(result="record_lost", then="given_up")),
            ("oms_restore", OmsRestore(result="ineligible", then="given_up")),
        ),
        "partial",
        given=(DocumentsCheck(result="missing", missing=("oms", "birth_certificate", "proxy")),),
        informed=("birth_certificate", "oms_restore"),
    ),
    Story(
        "a_foreigner_asks_the_consulate",
        Documents,
        (
            ("consular_request", ConsularRequest(result="declined")),
            ("", DAY),
            ("consular_request", ConsularRequest(result="certificate")),
        ),
        "complete",
        given=(
            FirstContact(result="contacted", citizenship="foreign"),
            DocumentsCheck(result="missing", missing=("passport",), passport="lost"),
        ),
    ),
    Story(
        "papers_wait_for_a_name",
        Documents,
        (
            ("police_notice bureau_notice description_card", PoliceNotice(result="written")),
            ("bureau_notice description_card", BureauNotice(result="matched")),
            ("description_card", DescriptionCard(result="complete")),
            ("identity_confirm", DAY),
            ("identity_confirm", IdentityConfirm(result="confirmed")),
            ("snils_restore", SnilsRestore(result="issued")),
        ),
        "complete",
        given=SNILS,
        flags=(Flag.UNIDENTIFIED,),
        beside=(Identification,),
    ),
    Story("left_out", Documents, (("snils_restore", SnilsRestore),), "partial", given=SNILS),
    Story("left_before", Documents, (("snils_restore", Report.DISCHARGED), ("", 3 * DAY)), "partial", given=SNILS),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_documents(story: Story) -> None:
    """Each missing paper is restored after the one it needs; a no is told to a senior and tried again or given up."""
    await tell(story)
