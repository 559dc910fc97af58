from dataclasses import replace
from typing import get_args

import pytest
from pydantic import ValidationError

from marshrut.domain.events import OutcomeValue
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, ItemKind, Report
from tests.fixtures.cases import CATALOGUE, DAY, HOUR
from tests.workflows.tracks.stories import Adds, Moves, Row, Story, tell
from workflows.assessment import DocumentsCheck
from workflows.contact import FirstContact
from workflows.documents import Documents, document, have, missing
from workflows.identification import (
    BureauNotice,
    DescriptionCard,
    Identification,
    IdentityConfirm,
    PoliceNotice,
)
from workflows.papers import (
    STEPS,
    BirthCertificate,
    ConsularRequest,
    DisabilityDuplicate,
    HandOver,
    LossStatement,
    OmsRestore,
    Paper,
    PassportReceive,
    PassportVisit,
    ProxyCertify,
    SignatureCheck,
    SnilsRestore,
    TemporaryId,
)

DOC = ItemKind.DOCUMENT
STOLEN = DocumentsCheck(result="missing", missing=("passport", "snils", "oms"), passport="stolen")
EXPIRED = (DocumentsCheck(result="missing", missing=("passport",), passport="expired"),)
FIRST_ONE = (DocumentsCheck(result="missing", missing=("passport", "birth_certificate"), passport="never_had"),)
ISSUED = PassportReceive(result="issued", form="paper")
SNILS = (DocumentsCheck(result="missing", missing=("snils",)),)
GIVEN: Row = ("hand_over", HandOver(result="handed_over", to="patient"))
RECORD = SnilsRestore(result="issued", form="electronic", signature="valid")
UNCHECKED = SnilsRestore(result="issued", form="electronic")

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
            ("temporary_id passport_receive", TemporaryId(result="refused", then="given_up")),
            ("passport_receive", PassportReceive(result="refused", then="again")),
            ("", 23 * HOUR),
            ("", HOUR),
            ("passport_receive", ISSUED),
            ("snils_restore", SnilsRestore(result="issued")),
            ("oms_restore", OmsRestore(result="found")),
            ("hand_over", HandOver(result="handed_over", to="patient", kept=("passport",))),
        ),
        "complete",
        given=(STOLEN,),
        informed=("loss_statement", "passport_visit", "temporary_id", "passport_receive"),
        items={
            DOC: {"passport": "issued", "temporary_id": "given_up", "snils": "handed_over", "oms": "handed_over"},
        },
    ),
    Story(
        "a_temporary_card_opens_the_next_doors",
        Documents,
        (
            ("loss_statement", LossStatement(result="stub")),
            ("passport_visit temporary_id", TemporaryId(result="issued")),
            ("passport_visit snils_restore", PassportVisit(result="held")),
            ("passport_receive snils_restore", SnilsRestore(result="issued")),
            ("passport_receive oms_restore", OmsRestore(result="issued")),
            ("passport_receive", ISSUED),
            ("hand_over", HandOver(result="kept")),
        ),
        "complete",
        given=(STOLEN,),
        items={DOC: {"passport": "issued", "temporary_id": "issued", "snils": "issued", "oms": "issued"}},
    ),
    Story(
        "an_expired_passport_was_not_lost",
        Documents,
        (
            ("passport_visit temporary_id", TemporaryId(result="refused", then="given_up")),
            ("passport_visit", PassportVisit(result="held")),
            ("passport_receive", ISSUED),
            GIVEN,
        ),
        "complete",
        given=EXPIRED,
    ),
    Story(
        "nobody_asks_for_a_card_once_the_passport_is_there",
        Documents,
        (
            ("passport_visit temporary_id", PassportVisit(result="held")),
            ("temporary_id passport_receive", ISSUED),
            GIVEN,
        ),
        "complete",
        given=EXPIRED,
        items={DOC: {"passport": "handed_over", "temporary_id": "given_up"}},
    ),
    Story(
        "a_card_that_lapses_is_asked_for_again_while_there_is_no_passport",
        Documents,
        (
            ("passport_visit temporary_id", TemporaryId(result="issued")),
            ("passport_visit", 59 * DAY),
            ("passport_visit", DAY),
            ("passport_visit temporary_id", TemporaryId(result="issued")),
            ("passport_visit", PassportVisit(result="held")),
            ("passport_receive", ISSUED),
            GIVEN,
        ),
        "complete",
        given=EXPIRED,
        items={DOC: {"passport": "handed_over", "temporary_id": "handed_over"}},
    ),
    Story(
        "a_birth_certificate_comes_before_the_first_passport",
        Documents,
        (
            ("birth_certificate", BirthCertificate(result="issued")),
            ("passport_visit temporary_id", TemporaryId(result="refused", then="given_up")),
            ("passport_visit", PassportVisit(result="held")),
            ("passport_receive", ISSUED),
            GIVEN,
        ),
        "complete",
        given=FIRST_ONE,
    ),
    Story(
        "what_is_given_up_holds_nothing_up",
        Documents,
        (
            ("birth_certificate", BirthCertificate(result="record_lost", then="given_up")),
            ("passport_visit temporary_id", PassportVisit),
            ("temporary_id passport_receive", PassportReceive(result="refused", then="given_up")),
            ("temporary_id", TemporaryId(result="issued")),
            GIVEN,
        ),
        "partial",
        given=FIRST_ONE,
        items={DOC: {"birth_certificate": "given_up", "passport": "given_up", "temporary_id": "handed_over"}},
    ),
    Story(
        "a_childs_number_asks_for_the_birth_certificate",
        Documents,
        (
            ("birth_certificate", BirthCertificate(result="issued")),
            ("snils_restore", SnilsRestore(result="issued")),
            ("hand_over", HandOver(result="handed_over", to="guardian")),
        ),
        "complete",
        given=(DocumentsCheck(result="missing", missing=("snils", "birth_certificate")),),
        flags=(Flag.CHILD_WITHOUT_CARER,),
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
            GIVEN,
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
        informed=("birth_certificate", "oms_restore", "proxy_certify"),
        items={DOC: {"oms": "given_up", "birth_certificate": "given_up", "proxy": "given_up"}},
    ),
    Story(
        "the_route_asks_for_a_proxy",
        Documents,
        (("proxy_certify", ProxyCertify(result="certified")), GIVEN),
        "complete",
        given=(DocumentsCheck(result="complete"),),
        route=("documents.proxy_certify",),
    ),
    Story(
        "a_foreigner_asks_police_and_consulate",
        Documents,
        (
            ("loss_statement", LossStatement(result="stub")),
            ("consular_request", ConsularRequest(result="declined")),
            ("", DAY),
            ("consular_request", ConsularRequest(result="certificate")),
            GIVEN,
        ),
        "complete",
        given=(
            FirstContact(result="contacted", citizenship="foreign"),
            DocumentsCheck(result="missing", missing=("passport",), passport="lost"),
        ),
        items={DOC: {"return_certificate": "handed_over"}},
    ),
    Story(
        "a_foreigners_passport_is_found",
        Documents,
        (("consular_request", Adds(DOC, "passport", "issued")), GIVEN),
        "complete",
        given=(FirstContact(result="contacted", citizenship="foreign"), *EXPIRED),
        items={DOC: {"passport": "handed_over", "return_certificate": "given_up"}},
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
            GIVEN,
        ),
        "complete",
        given=SNILS,
        flags=(Flag.UNIDENTIFIED,),
        beside=(Identification,),
    ),
    Story(
        "whoever_leaves_unknown_has_no_papers",
        Documents,
        (
            ("police_notice bureau_notice description_card", Report.DISCHARGED),
            ("", DAY),
        ),
        "partial",
        given=SNILS,
        flags=(Flag.UNIDENTIFIED,),
        beside=(Identification,),
        items={DOC: {"snils": "needed"}},
    ),
    Story("a_signed_record", Documents, (("snils_restore", RECORD), GIVEN), "complete", given=SNILS),
    Story(
        "a_record_with_a_bad_signature_is_not_there",
        Documents,
        (
            ("snils_restore", SnilsRestore(result="issued", form="electronic", signature="invalid")),
            ("", DAY),
            ("snils_restore", UNCHECKED),
            ("signature_check", SignatureCheck(result="invalid")),
            ("", DAY),
            ("snils_restore", UNCHECKED),
            ("signature_check", SignatureCheck(result="valid")),
            GIVEN,
        ),
        "complete",
        given=SNILS,
        informed=("signature_invalid", "snils_restore"),
    ),
    Story(
        "nobody_checks_the_signature",
        Documents,
        (("snils_restore", UNCHECKED), ("signature_check", SignatureCheck), GIVEN),
        "complete",
        given=SNILS,
    ),
    Story(
        "a_relative_brings_the_passport",
        Documents,
        (
            ("loss_statement", Moves(DOC, "passport", "issued", {"form": "paper"})),
            ("snils_restore", Moves(DOC, "snils", "submitted")),
            ("snils_restore", SnilsRestore(result="issued")),
            ("oms_restore", Moves(DOC, "oms", "given_up")),
            ("hand_over", Moves(DOC, "passport", "handed_over")),
            ("hand_over", Moves(DOC, "snils", "handed_over", {"holder": "patient"})),
        ),
        "partial",
        given=(STOLEN,),
        items={DOC: {"passport": "handed_over", "snils": "handed_over", "oms": "given_up"}},
    ),
    Story(
        "what_proves_useless_or_is_missed_later_is_asked_for_too",
        Documents,
        (
            ("oms_restore birth_certificate", OmsRestore(result="found")),
            ("birth_certificate", Moves(DOC, "oms", "rejected")),
            ("birth_certificate oms_restore", Adds(DOC, "snils")),
            ("birth_certificate oms_restore snils_restore", SnilsRestore(result="issued")),
            ("birth_certificate oms_restore", BirthCertificate(result="issued")),
            ("oms_restore", OmsRestore(result="issued")),
            GIVEN,
        ),
        "complete",
        given=(DocumentsCheck(result="missing", missing=("oms", "birth_certificate")),),
    ),
    Story(
        "what_was_given_up_may_be_wanted_again",
        Documents,
        (
            ("oms_restore birth_certificate", OmsRestore),
            ("birth_certificate", Moves(DOC, "oms", "needed")),
            ("birth_certificate oms_restore", OmsRestore(result="found")),
            ("birth_certificate", BirthCertificate(result="issued")),
            GIVEN,
        ),
        "complete",
        given=(DocumentsCheck(result="missing", missing=("oms", "birth_certificate")),),
    ),
    Story("left_out", Documents, (("snils_restore", SnilsRestore),), "partial", given=SNILS),
    Story(
        "left_before",
        Documents,
        (("snils_restore", Report.DISCHARGED), ("", 3 * DAY)),
        "partial",
        given=SNILS,
        items={DOC: {"snils": "requested"}},
    ),
    Story(
        "left_and_forgot_the_papers",
        Documents,
        (("snils_restore", SnilsRestore(result="issued")), ("hand_over", Report.DISCHARGED)),
        "complete",
        given=SNILS,
        informed=("papers_left_behind",),
        items={DOC: {"snils": "issued"}},
    ),
    Story(
        "nobody_gives_them",
        Documents,
        (("snils_restore", SnilsRestore(result="issued")), ("hand_over", HandOver)),
        "complete",
        given=SNILS,
        items={DOC: {"snils": "issued"}},
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_documents(story: Story) -> None:
    """Each missing paper is had after those it needs; a no is told and tried again; a person's hand counts as well."""
    await tell(story)


async def begun(name: str, rows: int) -> CaseState:
    """The case after the first rows of a story."""
    story = next(story for story in STORIES if story.name == name)
    told = replace(story, told=story.told[:rows], result=None, informed=(), items={}, left_open=story.told[rows][0])
    return (await tell(told)).state


def facts(state: CaseState, name: str, fact: str) -> OutcomeValue:
    """What is known of a paper."""
    item = document(state, name)
    assert item is not None
    return item.facts.get(fact)


async def test_what_waits_says_on_what() -> None:
    """A paper names those before it, one by one less as they are there; the first of them has nothing before it."""
    waits = {
        rows: {name: facts(state, name, "waits_on") for name in ("passport", "snils", "oms")}
        for rows in (0, 4, 6, 8)
        for state in [await begun("a_temporary_card_opens_the_next_doors", rows // 2)]
    }
    assert waits == {
        0: {"passport": (), "snils": ("passport",), "oms": ("passport", "snils")},
        4: {"passport": (), "snils": (), "oms": ("snils",)},
        6: {"passport": (), "snils": (), "oms": ("snils",)},
        8: {"passport": (), "snils": (), "oms": ()},
    }


async def test_papers_of_whom_nobody_can_name_wait_for_the_name() -> None:
    """A paper of an unknown person is listed at once, and says that the identity is what it waits for."""
    assert facts(await begun("papers_wait_for_a_name", 3), "snils", "waits_on") == ("identification",)
    assert facts(await begun("papers_wait_for_a_name", 5), "snils", "waits_on") == ()


async def test_the_right_office_follows_from_the_circumstance() -> None:
    """A lost passport is the police's first and then the migration unit's, never the one-stop centre's."""
    offices = [
        facts(await begun(story, rows), name, "office")
        for story, rows, name in (
            ("one_after_another", 0, "passport"),
            ("a_temporary_card_opens_the_next_doors", 1, "passport"),
            ("a_temporary_card_opens_the_next_doors", 1, "temporary_id"),
            ("an_expired_passport_was_not_lost", 0, "passport"),
            ("a_foreigner_asks_police_and_consulate", 0, "return_certificate"),
            ("a_foreigner_asks_police_and_consulate", 1, "return_certificate"),
            ("side_by_side", 0, "birth_certificate"),
            ("side_by_side", 0, "snils"),
        )
    ]
    assert offices == [
        "police",
        "migration_police",
        "migration_police",
        "one_stop",
        "police",
        "consulate",
        "registry_office",
        "one_stop",
    ]


async def test_each_answer_moves_the_paper_on() -> None:
    """Needed, requested with the stub, submitted by the visit, rejected by a no, and issued in the end."""
    states = [await begun("one_after_another", rows) for rows in (2, 3, 4, 6, 8, 9)]
    stands = [item.status for state in states if (item := document(state, "passport"))]
    assert stands == ["needed", "requested", "requested", "rejected", "requested", "issued"]
    visited = document(await begun("a_temporary_card_opens_the_next_doors", 3), "passport")
    assert visited is not None
    assert visited.status == "submitted"


async def test_a_record_keeps_the_state_of_its_signature() -> None:
    """A record is there with a valid signature, lies unchecked with the office, and with a bad one is rejected."""
    story, name = "a_record_with_a_bad_signature_is_not_there", "snils"
    stands = [
        (item.status, item.facts.get("form"), item.facts.get("signature"))
        for rows in (1, 3, 4, 7)
        if (item := document(await begun(story, rows), name))
    ]
    assert stands == [
        ("rejected", "electronic", "invalid"),
        ("submitted", "electronic", "unchecked"),
        ("rejected", "electronic", "invalid"),
        ("issued", "electronic", "valid"),
    ]
    brought_by = facts(await begun(story, 7), name, "brought_by")
    assert str(brought_by).startswith("case.documents.snils_restore.")


async def test_others_may_ask_which_papers_are_there() -> None:
    """A card is as good as the passport; what nobody missed is there; what is sought is missing until it is had."""
    names = ("passport", "snils", "oms", "birth_certificate")
    state = await begun("a_temporary_card_opens_the_next_doors", 2)
    assert [have(state, name) for name in names] == [True, False, False, True]
    assert missing(state, names) == ("snils", "oms")
    over = (await tell(next(story for story in STORIES if story.name == "given_up_is_partial"))).state
    assert [have(over, name) for name in names] == [True, True, False, False]
    assert missing(over, names) == ()


def test_only_a_record_has_a_signature() -> None:
    """Paper is not signed electronically: such an answer is refused."""
    with pytest.raises(ValidationError, match="only an electronic record"):
        SnilsRestore(result="issued", form="paper", signature="valid")


def test_the_list_of_documents_knows_each_paper() -> None:
    """Every paper that the track restores, or hands over, has its office in the catalogue."""
    listed = {entry.name: entry for entry in CATALOGUE.lists["documents"]}
    assert listed.keys() == set(get_args(Paper))
    assert all(entry.office(()) for entry in listed.values())
    assert STEPS.keys() | {"ipra"} == set(get_args(Paper))
