"""What those near to a patient need for themselves, from the word that shows it to what became of it."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from marshrut.domain import commands as c
from marshrut.domain.case import Case
from marshrut.domain.decide import ADULT
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import Item
from marshrut.domain.support import CARER_SUPPORT, TALK
from marshrut.domain.words import Ending, ItemKind, Report, Stage, Variant
from tests.fixtures.cases import ANNA, DAY, HIS, NINA, admission, command
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Adds, Moves, Row, Story, act, follow, opened, standing, tell
from tests.workflows.tracks.test_psychology import Requests
from workflows.delivery import CourseEnd, ReferralResult, ReferralStart
from workflows.family import LINE, CarerSupport, FamilyOffer, FamilySupport, LineCard
from workflows.referrals import ReferralAnswer, ReferralSend, programmes
from workflows.relatives import CarerAssess
from workflows.talks import KinSession, KinTalk, PsyTalk, TalksEnd

NEED = ItemKind.FAMILY_NEED
AUNT = "case.relative.aunt.main"
CENTER = "my_family_center"
AGREED = FamilyOffer(result="agreed")
DONE = FamilySupport(result="done")


def works_on(name: str, need: str, step: str, outcome: Outcome | type[Outcome], becomes: str) -> Story:
    """A need that somebody has agreed to by hand, the step that works on it, and what becomes of it."""
    told: tuple[Row, ...] = (("", Adds(NEED, need, "agreed")), (step, outcome))
    return Story(name, Requests, told, None, items={NEED: {need: becomes}})


STORIES = (
    works_on("a_talk_with_the_family", TALK, "family_support", DONE, "met"),
    works_on("the_family_wants_none", TALK, "family_support", FamilySupport(result="refused"), "declined"),
    works_on("nobody_talked_to_them", TALK, "family_support", FamilySupport, "unmet"),
    works_on("the_card_is_given", LINE, "line_card", LineCard(result="given"), "met"),
    works_on("nobody_takes_the_card", LINE, "line_card", LineCard(result="declined"), "declined"),
    works_on("the_carer_is_relieved", CARER_SUPPORT, "carer_support", CarerSupport(result="done", by="sitter"), "met"),
    works_on("the_carer_wants_no_relief", CARER_SUPPORT, "carer_support", CarerSupport(result="refused"), "declined"),
    works_on("there_is_no_relief", CARER_SUPPORT, "carer_support", CarerSupport(result="not_possible"), "unmet"),
    Story(
        "what_is_proposed_is_offered_first",
        Requests,
        (("", Adds(NEED, LINE, "proposed")), ("family_offer", AGREED), ("line_card", LineCard(result="given"))),
        None,
        items={NEED: {LINE: "met"}},
    ),
    Story(
        "an_offer_that_nobody_wants",
        Requests,
        (("", Adds(NEED, LINE, "proposed")), ("family_offer", FamilyOffer(result="declined"))),
        None,
        items={NEED: {LINE: "declined"}},
    ),
    Story(
        "an_offer_that_was_left_out",
        Requests,
        (("", Adds(NEED, LINE, "proposed")), ("family_offer", FamilyOffer)),
        None,
        items={NEED: {LINE: "declined"}},
    ),
    Story(
        "who_agrees_by_hand_has_the_first_word",
        Requests,
        (("", Adds(NEED, LINE, "proposed")), ("family_offer", Moves(NEED, LINE, "agreed")), ("line_card", DAY)),
        None,
        left_open="line_card",
        items={NEED: {LINE: "agreed"}},
    ),
    Story(
        "who_says_by_hand_what_came_of_it_ends_the_work",
        Requests,
        (("", Adds(NEED, TALK, "agreed")), ("family_support", Moves(NEED, TALK, "met"))),
        None,
        items={NEED: {TALK: "met"}},
    ),
    Story(
        "what_is_taken_up_again_is_worked_on_again",
        Requests,
        (
            ("", Adds(NEED, CARER_SUPPORT, "agreed")),
            ("carer_support", CarerSupport(result="not_possible")),
            ("", Moves(NEED, CARER_SUPPORT, "agreed")),
            ("carer_support", CarerSupport(result="done", by="respite")),
        ),
        None,
        items={NEED: {CARER_SUPPORT: "met"}},
    ),
    Story(
        "it_goes_on_after_the_discharge",
        Requests,
        (("", Adds(NEED, TALK, "agreed")), ("family_support", Report.DISCHARGED), ("family_support", DONE)),
        None,
        items={NEED: {TALK: "met"}},
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_what_is_agreed_is_worked_on(story: Story) -> None:
    """Every need has its own step, and every answer to it says what became of the need."""
    await tell(story)


class Carer:
    """Whoever cares is looked at, and learns it."""

    name: ClassVar[str] = "carer"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (CarerAssess, CourseEnd)

    async def run(self, case: Case) -> str:
        """One after the other."""
        await case.step(CarerAssess)
        await case.step(CourseEnd)
        return "looked_at"


async def _pathway(case: Case) -> Ending:
    await case.all(case.track(Requests()), case.track(Carer()), programmes(case))
    return Ending.HOME_ALONE


@pytest.fixture
async def twins() -> AsyncIterator[Twins]:
    """A case with somebody near, and what the pathway has beside everything."""
    async with Twins({ADULT: _pathway}) as twins:
        await twins.tell(command(admission(), HIS))
        await act(twins, Adds(ItemKind.RELATIVE, "aunt", "found", key="main"))
        await act(twins, Moves(ItemKind.RELATIVE, "aunt", "willing"))
        yield twins


def needs(twins: Twins) -> list[Item]:
    """What those near need."""
    return list(twins.state.items_of(NEED))


async def test_what_a_talk_shows_is_proposed_and_offered(twins: Twins) -> None:
    """A family in need gets a need of its own, with the rule that says so."""
    await twins.tell(command(c.Refer(reason="fear"), ANNA))
    await follow(twins, (("carer_assess psy_talk", PsyTalk(result="helped", found="family_in_need")),))
    ((need,), status) = needs(twins), standing(twins, NEED)
    assert (need.facts["client"], need.facts["because"], status) == ("family", ("talk_showed_it",), {TALK: "proposed"})
    await follow(twins, (("carer_assess family_offer", AGREED), ("carer_assess family_support", DONE)))
    assert standing(twins, NEED) == {TALK: "met"}


@pytest.mark.parametrize(
    ("carer", "course", "proposed"),
    [
        (CarerAssess(result="able", strain="none"), CourseEnd(result="certified", strain="some"), set()),
        (CarerAssess(result="able", strain="some"), None, {CARER_SUPPORT, LINE}),
        (CarerAssess(result="train", strain="heavy"), None, {CARER_SUPPORT, LINE}),
        (CarerAssess(result="unable"), None, {CARER_SUPPORT}),
        (CarerAssess(result="able"), CourseEnd(result="certified", strain="heavy"), {CARER_SUPPORT}),
    ],
    ids=range(5),
)
async def test_a_strained_carer_has_needs_of_their_own(
    twins: Twins, carer: CarerAssess, course: CourseEnd | None, proposed: set[str]
) -> None:
    """By the assessment or after the course: support is proposed, for the one who cares."""
    await act(twins, carer)
    if course is not None:
        await act(twins, course)
    found = {need.name: need.facts["client"] for need in needs(twins)}
    assert found.keys() == proposed
    assert found.get(CARER_SUPPORT, AUNT) == AUNT


async def test_somebody_near_is_referred_and_has_talks_of_their_own(twins: Twins) -> None:
    """A mother's need is agreed with the referral; talks meet it, also after the discharge."""
    await twins.tell(command(c.Refer(reason="exhaustion", client=AUNT), ANNA))
    assert opened(twins) == ["carer_assess", "kin_talk"]
    (need,) = needs(twins)
    assert (need.name, need.status, need.facts["client"], need.facts["because"]) == (
        TALK,
        "agreed",
        AUNT,
        ("exhaustion",),
    )
    await act(twins, Report.DISCHARGED)
    await follow(
        twins,
        (
            ("carer_assess kin_talk", KinTalk(result="continue", sessions=1)),
            ("carer_assess", 3 * DAY),
            ("carer_assess kin_session", KinSession(result="attended")),
            ("carer_assess talks_end", TalksEnd(result="helped")),
        ),
    )
    assert standing(twins, NEED) == {TALK: "met"}
    # Referred once more, she is another request, and has the need again.
    await twins.tell(command(c.Refer(reason="grief", client=AUNT), ANNA))
    await follow(twins, (("carer_assess kin_talk", KinTalk(result="refused")),))
    assert [need.status for need in needs(twins)] == ["met", "declined"]


async def test_a_need_of_one_person_that_a_person_added_is_talked_about(twins: Twins) -> None:
    """A talk that is agreed for somebody near by hand is theirs; what they say to it by hand withdraws it."""
    await act(twins, Adds(NEED, TALK, "agreed", {"client": AUNT}))
    assert opened(twins) == ["carer_assess", "kin_talk"]
    # A referral joins what there is.
    await twins.tell(command(c.Refer(reason="grief", client=AUNT), ANNA))
    assert len(twins.state.items_of(ItemKind.SUPPORT_REQUEST)) == len(needs(twins)) == 1
    await act(twins, Moves(NEED, TALK, "declined"))
    assert opened(twins) == ["carer_assess"]
    assert [each.status for each in twins.state.items_of(ItemKind.SUPPORT_REQUEST)] == ["withdrawn"]


async def test_what_a_relative_tells_of_the_family_leads_to_the_family_center(twins: Twins) -> None:
    """A programme of the table is offered, asked for with its partners, and met when they have delivered."""
    await twins.tell(command(c.Refer(reason="conflict", client=AUNT), ANNA))
    await follow(twins, (("carer_assess kin_talk", KinTalk(result="helped", found="family_in_need")),))
    assert standing(twins, NEED) == {TALK: "proposed", CENTER: "proposed"}
    talks, center = ([need for need in needs(twins) if need.name == name][-1] for name in (TALK, CENTER))
    await twins.tell(command(c.MoveItem(item_id=talks.item_id, status="declined"), NINA))
    await twins.tell(command(c.MoveItem(item_id=center.item_id, status="agreed"), NINA))
    (entry,) = twins.state.items_of(ItemKind.ENTRY)
    assert (entry.name, entry.status, entry.facts["sort"]) == (CENTER, "planned", "programme")
    await follow(
        twins,
        (
            ("carer_assess referral_send", ReferralSend(result="sent", partners=("family_center",))),
            ("carer_assess referral_answer", ReferralAnswer(result="accepted", partner="family_center")),
            ("carer_assess referral_start", ReferralStart(result="started")),
            ("carer_assess", Report.DISCHARGED),
            ("carer_assess", 14 * DAY),
            ("carer_assess referral_result", ReferralResult(result="done")),
        ),
    )
    assert standing(twins, NEED)[CENTER] == "met"


@pytest.mark.parametrize("said", [ReferralSend(result="given_up"), Moves(ItemKind.ENTRY, CENTER, "withdrawn")])
async def test_a_programme_that_nobody_delivers_leaves_the_need_unmet(twins: Twins, said: ReferralSend | Moves) -> None:
    """Given up or taken out of the route: the need says so."""
    await act(twins, Adds(NEED, CENTER, "agreed"))
    await follow(twins, (("carer_assess referral_send", said),))
    assert standing(twins, NEED) == {CENTER: "unmet"}


async def test_a_programme_that_a_senior_looks_at_waits_for_that() -> None:
    """Where the catalogue asks for four eyes, the programme is wanted first; left out, the need is unmet."""

    async def follows(case: Case) -> Ending:
        await case.all(case.track(Requests()), programmes(case))
        return Ending.HOME_ALONE

    async with Twins({ADULT: follows}) as twins:
        await twins.tell(command(admission(flags=("palliative",)), HIS))
        await act(twins, Adds(NEED, CENTER, "agreed"))
        assert (standing(twins, ItemKind.ENTRY), opened(twins)) == ({CENTER: "wanted"}, [])
        await act(twins, Moves(ItemKind.ENTRY, CENTER, "left_out"))
        assert standing(twins, NEED) == {CENTER: "unmet"}


@pytest.mark.parametrize(
    ("variant", "proposed"),
    [
        (Variant.ADULT, set()),
        (Variant.CHILD, {TALK}),
        (Variant.ONCOLOGY, {TALK, "oncology_psychology"}),
    ],
)
async def test_some_families_are_offered_help_without_a_sign(variant: Variant, proposed: set[str]) -> None:
    """A child's family, and whoever is near to a patient of an oncology centre, from the first day."""
    async with Twins({ADULT: _pathway}) as twins:
        await twins.tell(command(admission(variants={variant: ("test",)}), HIS))
        assert standing(twins, NEED) == dict.fromkeys(proposed, "proposed")


async def test_what_is_agreed_ends_with_the_case(twins: Twins) -> None:
    """Nothing of it stays open; an end that is taken back has it go on from where it stood."""
    await act(twins, Adds(NEED, TALK, "agreed", {"client": AUNT}))
    await follow(twins, (("carer_assess kin_talk", KinTalk(result="continue")),))
    await act(twins, Report.REFUSED_HELP)
    assert opened(twins) == []
    assert [each.status for each in twins.state.items_of(ItemKind.SUPPORT_REQUEST)] == ["unfinished"]
    await act(twins, Report.HELP_ACCEPTED)
    assert [each.status for each in twins.state.items_of(ItemKind.SUPPORT_REQUEST)] == ["in_progress"]
    await follow(
        twins,
        (
            ("carer_assess", 3 * DAY),
            ("carer_assess kin_session", KinSession(result="attended", then="end")),
            ("carer_assess talks_end", TalksEnd(result="helped")),
        ),
    )
    assert standing(twins, NEED) == {TALK: "met"}
