"""A child's case as a whole: consent, the parent's stay, the handover, and a case that proves to be another's."""

import pytest

from marshrut.domain import commands as c
from marshrut.domain.case import Case
from marshrut.domain.decide import ADULT
from marshrut.domain.words import Ending, Flag, ItemKind, Report, Variant
from tests.fixtures.cases import ANNA, CATALOGUE, DAY, HIS, OLGA, PAVEL, admission, command, every
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Adds, Moves, Row, Story, act, follow, journey, opened, tell
from tests.workflows.tracks.test_discharge import CLEAR, FAMILY
from tests.workflows.tracks.test_followup import CLOSED, MONTH, STABLE
from tests.workflows.tracks.test_guardians import (
    ACT,
    ALONE,
    BODY,
    CALLED,
    CHILD,
    FOSTER,
    GUARDIAN,
    INSTITUTION,
    NO_CARE,
    NOBODY,
    NONE,
    NOTICE,
    PARENT,
    SURVEY,
)
from workflows.assessment import DocumentsCheck, FunctionScale, LifeSurvey, NeedsAgree
from workflows.child_consent import ChildConsent, ConsentNotice
from workflows.child_handover import ChildHandover
from workflows.contact import ConsentRecord, FirstContact, HomeSafety
from workflows.followup import Call72h
from workflows.guardians import FamilyDecision
from workflows.parent_stay import ParentStay, ParentStayArrange
from workflows.registry import PROCEDURES
from workflows.route import RouteApprove

MOTHER_IS_HERE = FirstContact(result="contacted", carer="parent")
BY_PARENT = ConsentRecord(result="given", by="parent")
BY_DOCTORS = ConsentRecord(result="given", by="consilium")
STAYS = ParentStayArrange(result="arranged", bed="free", ground="under_4")
DECLINES = ParentStayArrange(result="declined")
TOLD = ConsentNotice(result="told", whom="guardianship_body")

STORIES = (
    Story(
        "a_mother_stays_with_her_child",
        ParentStay,
        (("parent_stay", STAYS), ("", Report.DISCHARGED)),
        "arranged",
        given=(MOTHER_IS_HERE,),
        variants=CHILD,
    ),
    Story(
        "who_does_not_stay_is_not_asked_twice",
        ParentStay,
        (("parent_stay", DECLINES), ("", 7 * DAY), ("", Report.DISCHARGED)),
        "declined",
        given=(MOTHER_IS_HERE,),
        variants=CHILD,
    ),
    Story(
        "where_nobody_is_there_nobody_is_asked",
        ParentStay,
        (("", Report.DISCHARGED),),
        "not_asked",
        given=(FirstContact(result="contacted", carer="nobody"),),
        variants=CHILD,
    ),
    Story(
        "a_danger_ends_the_stay",
        ParentStay,
        (("parent_stay", STAYS), ("", Flag.VIOLENCE)),
        None,
        given=(MOTHER_IS_HERE,),
        informed=("parent_stay_over",),
        variants=CHILD,
    ),
    Story(
        "who_is_a_danger_is_not_asked",
        ParentStay,
        (("", 7 * DAY),),
        None,
        given=(FirstContact(result="contacted", carer="guardian"),),
        flags=(Flag.VIOLENCE,),
        variants=CHILD,
    ),
    Story(
        "doctors_decide_and_a_parent_is_told_and_asked",
        ChildConsent,
        (
            ("consent_notice consent_record", ConsentNotice(result="nobody")),
            ("consent_record", DAY),
            ("consent_notice consent_record", ConsentNotice(result="told", whom="parent")),
            ("consent_record", ConsentRecord(result="partial", by="parent")),
        ),
        "given",
        given=(FirstContact(result="contacted", carer="parent"), BY_DOCTORS),
        variants=CHILD,
    ),
    Story(
        "a_parent_may_refuse_what_doctors_decided",
        ChildConsent,
        (
            ("consent_notice consent_record", ConsentRecord(result="refused", by="parent")),
            ("consent_notice", ConsentNotice),
        ),
        "refused",
        given=(FirstContact(result="contacted", carer="parent"), BY_DOCTORS),
        informed=("consent_refused",),
        variants=CHILD,
    ),
    Story(
        "whom_nobody_came_for_nobody_is_asked_for",
        ChildConsent,
        (("consent_notice", TOLD), ("", 7 * DAY), ("", Report.DISCHARGED)),
        "not_asked",
        given=(ConsentRecord(result="given", by="doctor"),),
        variants=CHILD,
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_beside_the_stages(story: Story) -> None:
    """A parent beside the bed, and the word of whoever may decide: every answer leads where it should."""
    await tell(story)


@pytest.mark.parametrize(
    ("flags", "variants", "by", "refused"),
    [
        ((), CHILD, None, "adult_decides"),
        ((), CHILD, "patient", "adult_decides"),
        ((), CHILD, "guardianship_body", "body_not_told"),
        ((), {}, "parent", "decides_alone"),
        ((), CHILD, "parent", None),
        ((), CHILD, "guardian", None),
        ((), CHILD, "consilium", None),
        ((), CHILD, "doctor", None),
        ((Flag.OF_CONSENT_AGE,), CHILD, "patient", None),
        ((Flag.OF_CONSENT_AGE,), CHILD, None, None),
        ((), {}, None, None),
        ((), {}, "guardian", None),
    ],
)
async def test_who_may_consent(
    flags: tuple[Flag, ...], variants: dict[Variant, tuple[str, ...]], by: str | None, refused: str | None
) -> None:
    """Under fifteen an adult or, when it cannot wait, doctors decide; nobody decides as a parent for an adult."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(admission(flags=flags, variants=variants), HIS))
        await act(twins, MOTHER_IS_HERE)
        step = every(twins.state)[ConsentRecord.name()]
        said = c.Complete(step_id=step, outcome={"result": "given", "by": by})
        assert await twins.tell(command(said, ANNA)) == [refused]


async def test_the_body_that_knows_of_a_child_may_consent() -> None:
    """Until a lone child is placed the guardianship body decides for it, once it was told."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(admission(flags=ALONE, variants=CHILD), HIS))
        await act(twins, NOTICE)
        await act(twins, FirstContact(result="contacted", carer="nobody"))
        await act(twins, ConsentRecord(result="given", by="guardianship_body"))
        assert "consent_notice" not in opened(twins)


SEEN: tuple[Row, ...] = (
    ("life_survey function_scale documents_check", LifeSurvey(result="complete")),
    ("function_scale documents_check", FunctionScale(result="unable")),
    ("documents_check", DocumentsCheck(result="complete")),
    ("needs_agree", NeedsAgree(result="none")),
    ("ready_date", Report.MEDICALLY_READY),
    ("barrier_review", CLEAR),
)
CLOSES: tuple[Row, ...] = (*MONTH, ("check_30d", STABLE), ("case_close", CLOSED))
WITH_A_MOTHER: tuple[Row, ...] = (
    ("first_contact", MOTHER_IS_HERE),
    ("consent_record home_safety parent_stay", STAYS),
    ("consent_record home_safety", BY_PARENT),
    ("home_safety", HomeSafety(result="safe")),
    *SEEN,
    ("transport_book", FAMILY),
)


async def test_a_child_goes_home_with_its_mother() -> None:
    """Whom a mother came with nobody reports: she decides, stays, and takes the child; a month later all is well."""
    twins, ended = await journey((*WITH_A_MOTHER, ("child_handover", PARENT), *CLOSES), variants=CHILD)
    assert ended is Ending.CHILD_TO_PARENT
    assert {name: track.result for name, track in twins.state.tracks.items()} == {
        "admission": "opened",
        "contact": "contacted",
        "expectation": "left",
        "parent_stay": "arranged",
        "assessment": "no_needs",
        "discharge": "home",
        "transition": "child_to_parent",
        "followup": "child_to_parent",
    }


@pytest.mark.parametrize(
    ("taken", "ending"),
    [
        (GUARDIAN, Ending.CHILD_TO_PARENT),
        (INSTITUTION, Ending.CHILD_TO_INSTITUTION),
        (FOSTER, Ending.CHILD_TO_FOSTER_FAMILY),
    ],
)
async def test_where_a_child_may_go_of_whom_nobody_was_told(taken: ChildHandover, ending: Ending) -> None:
    """A guardian by law stands in a parent's place; who came from a home or a foster family returns to it."""
    _, ended = await journey((*WITH_A_MOTHER, ("child_handover", taken), *CLOSES), variants=CHILD)
    assert ended is ending


async def test_no_handover_is_left_out() -> None:
    """Nobody sends a child home alone: where two seniors leave the handover out, it is asked for again at once."""
    told = (*WITH_A_MOTHER, ("child_handover", ChildHandover), ("transport_book", FAMILY), ("child_handover", PARENT))
    twins, _ = await journey(told, variants=CHILD)
    assert any(key.split("/")[-1].startswith("handover_failed") for key in twins.state.notices)


async def test_of_a_child_the_adult_is_called() -> None:
    """After the handover whoever has the child is asked how it is, and not the child."""

    async def ask(case: Case) -> Ending:
        await case.step(Call72h)
        return Ending.CHILD_TO_PARENT

    async with Twins({ADULT: ask}) as twins:
        await twins.tell(command(admission(variants=CHILD), HIS))
        step = every(twins.state)[Call72h.name()]
        for spoken_with, refused in (("patient", "adult_is_called"), ("adult", None)):
            said = c.Complete(step_id=step, outcome={"result": "well", "spoken_with": spoken_with})
            assert await twins.tell(command(said, ANNA)) == [refused]


LONE: tuple[Row, ...] = (
    (f"first_contact {BODY}", NOTICE),
    (f"first_contact {SURVEY} parents_search", CALLED),
    (f"first_contact {SURVEY} parents_search", NONE),
    (f"first_contact {SURVEY} temporary_guardian", FirstContact(result="contacted", carer="nobody")),
    (f"consent_record home_safety {SURVEY} temporary_guardian", BY_DOCTORS),
    (f"consent_notice consent_record home_safety {SURVEY} temporary_guardian", TOLD),
    (
        f"consent_record home_safety {SURVEY} temporary_guardian",
        ConsentRecord(result="given", by="guardianship_body"),
    ),
    (f"home_safety {SURVEY} temporary_guardian", NO_CARE),
    ("home_safety temporary_guardian", HomeSafety(result="safe")),
)
SEEN_ALONE: tuple[Row, ...] = tuple((f"{rest} temporary_guardian", told) for rest, told in SEEN)


async def test_a_lone_child_waits_for_whom_the_body_names() -> None:
    """A child whom nobody came with leaves when the body has agreed to whom, though it could have left before."""
    told = (
        *LONE,
        *SEEN_ALONE,
        ("temporary_guardian", ACT),
        ("transport_book", FAMILY),
        ("child_handover", GUARDIAN),
        *CLOSES,
    )
    twins, ended = await journey(told, flags=ALONE, variants=CHILD)
    assert ended is Ending.CHILD_TO_TEMPORARY_GUARDIAN
    came_of = {name: twins.state.tracks[name].result for name in ("guardians", "child_consent", "parent_stay")}
    assert came_of == {"guardians": "guardian", "child_consent": "given", "parent_stay": "not_asked"}


async def test_a_child_who_is_gone_before_the_body_agreed() -> None:
    """Where the hospital lets a child go before anybody agreed, a senior hears at once, and who has it is asked."""
    told = (
        *LONE,
        *SEEN_ALONE,
        ("temporary_guardian", Report.DISCHARGED),
        ("child_handover temporary_guardian", PARENT),
    )
    twins, _ = await journey(told, flags=ALONE, variants=CHILD)
    told_of = [notice for key, notice in twins.state.notices.items() if "child_gone_unagreed" in key]
    assert [notice.urgent for notice in told_of] == [True]
    assert twins.state.tracks["guardians"].result == "parent"


async def test_a_child_whom_the_hospital_has_again_is_handed_to_nobody() -> None:
    """Before anybody took the child the hospital has it again: the case ends there, with no home that it never saw."""
    told = (
        *LONE,
        *SEEN_ALONE,
        ("temporary_guardian", Report.DISCHARGED),
        ("child_handover temporary_guardian", Report.READMITTED),
    )
    _, ended = await journey(told, flags=ALONE, variants=CHILD)
    assert ended is Ending.OTHER_HOSPITAL


async def test_an_institution_is_reached_by_the_body_and_by_no_voucher() -> None:
    """A senior who wants a place for a child opens no search for an adult's."""
    told = (
        *LONE,
        *SEEN_ALONE[:-1],
        ("barrier_review temporary_guardian", CLEAR.model_copy(update={"way": "institution"})),
        ("temporary_guardian", NOBODY),
        ("family_decision", FamilyDecision(result="institution")),
        ("transport_book", FAMILY),
        ("child_handover", INSTITUTION),
    )
    twins, _ = await journey(told, flags=ALONE, variants=CHILD)
    assert twins.state.tracks["transition"].result == Ending.CHILD_TO_INSTITUTION


def corrected(*variants: Variant) -> c.ChangeVariants:
    """A person says whose case it is after all."""
    catalogue = CATALOGUE.model_copy(update={"variants": variants})
    return c.ChangeVariants(variants=variants, reason="wrong_age", catalogue=catalogue, instead_of=CATALOGUE.version)


async def correct(twins: Twins, *variants: Variant) -> None:
    assert await twins.tell(command(corrected(*variants), OLGA)) == [None]


@pytest.mark.parametrize(("variants", "found"), [(CHILD, []), ({}, ["found_consent", "profile_choose"])])
async def test_directions_of_adults_are_not_followed_for_a_child(
    variants: dict[Variant, tuple[str, ...]], found: list[str]
) -> None:
    """Whoever puts an adult's place or relatives into a child's route has nothing opened by that."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(admission(variants=variants), HIS))
        before = {*opened(twins)}
        for direction in ("relatives", "placement"):
            await act(twins, Adds(ItemKind.ENTRY, direction, "wanted", {"sort": "direction"}))
            approved = c.MoveItem(item_id=f"case.entry.{direction}.main", status="planned")
            assert await twins.tell(command(approved, PAVEL)) == [None]
        assert sorted({*opened(twins)} - before - {"route_approve"}) == found


async def test_a_child_who_proves_to_be_an_adult() -> None:
    """What only a child has is withdrawn at once, and what the route asks for an adult begins; and back again."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(admission(flags=ALONE, variants=CHILD), HIS))
        await act(twins, Adds(ItemKind.ENTRY, "relatives", "wanted", {"sort": "direction"}))
        await act(twins, Moves(ItemKind.ENTRY, "relatives", "planned"))
        await act(twins, RouteApprove(result="approved"))
        assert {*opened(twins)} == {"expected_date", "first_contact", *BODY.split()}
        await correct(twins, Variant.ADULT)
        assert {*opened(twins)} == {"expected_date", "first_contact", "found_consent"}
        assert twins.state.tracks["guardians"].result == "withdrawn"
        await correct(twins, Variant.CHILD)
        assert {*opened(twins)} == {"expected_date", "first_contact", *BODY.split()}
        assert twins.state.tracks["relatives"].result == "withdrawn"
        assert twins.state.tracks["guardians.again"].result is None


async def test_an_adult_on_the_way_home_who_proves_to_be_a_child() -> None:
    """Whoever was to be sent home alone and is a child is handed over to an adult; and the other way about."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(admission(), HIS))
        told: tuple[Row, ...] = (
            ("first_contact", FirstContact(result="contacted")),
            ("consent_record home_safety", ConsentRecord(result="given")),
            ("home_safety", HomeSafety(result="safe")),
            *SEEN,
        )
        for rest, happens in told:
            await follow(twins, ((f"expected_date {rest}", happens),))
        assert {*opened(twins)} == {"expected_date", "home_prepare"}
        await correct(twins, Variant.CHILD)
        assert {*opened(twins)} == {"expected_date", "transport_book"}
        await act(twins, FAMILY)
        assert {*opened(twins)} == {"expected_date", "child_handover"}
        await correct(twins, Variant.ADULT)
        assert {*opened(twins)} == {"expected_date", "home_prepare"}
