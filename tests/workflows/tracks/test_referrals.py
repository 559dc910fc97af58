from datetime import timedelta
from typing import ClassVar

import pytest

from marshrut.domain import commands as c
from marshrut.domain.case import Case
from marshrut.domain.decide import ADULT
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Ending, ItemKind, Report, Stage
from tests.fixtures.cases import DAY, HIS, OLGA, admission, command
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Act, Adds, Moves, Row, Story, act, opened, tell
from workflows.closing import CaseClose
from workflows.delivery import ConsultantCall, ConsultantName, CourseEnd, ReferralResult, ReferralStart
from workflows.partners import consultant
from workflows.referrals import Referral, ReferralAnswer, ReferralSend, programmes
from workflows.relatives import CarerSchool
from workflows.stay import beside


class Beside:
    """What the pathway has beside everything else, which goes on."""

    name: ClassVar[str] = "beside"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = Referral.steps

    async def run(self, case: Case) -> str:
        await case.all(programmes(case), case.reported(Report.READMITTED))
        return "never"


LIMB, SCHOOL, GLINKA, AIDS = "new_opportunities", "related_care", "glinka_centre", "aids_certificate"
SERVICE, FACTORY = "limb_loss_service", "prosthetics_enterprise"
SHELTER, CHARITY = "shelter_centre", "shelter_charity"
TO_BOTH = ReferralSend(result="sent", partners=(SHELTER, CHARITY))
TO_ONE = ReferralSend(result="sent", partners=(CHARITY,))
GIVEN_UP = ReferralSend(result="given_up")
STARTED = ReferralStart(result="started")
DONE = ReferralResult(result="done", units=3)
SEND = ("referral_send", TO_BOTH)
REFERRAL, SESSION = ItemKind.REFERRAL, ItemKind.SESSION


def says(partner: str, result: str, **more: str) -> ReferralAnswer:
    return ReferralAnswer.model_validate({"result": result, "partner": partner} | more)


def moves(programme: str, status: str, key: str | None = None, **facts: str) -> Moves:
    return Moves(REFERRAL, programme, status, facts, key)


def lesson(key: str, status: str = "attended", units: int = 4) -> Adds:
    return Adds(SESSION, SCHOOL, status, {"units": units}, key)


ACCEPTED: tuple[Row, ...] = (SEND, ("referral_answer", says(CHARITY, "accepted")))
ENROLLED = (CarerSchool(result="enrolled"),)
WITH_CONSULTANT: tuple[Row, ...] = (
    ("referral_send", ReferralSend(result="sent", partners=(SERVICE, FACTORY), documents=("passport",))),
    ("referral_answer", says(SERVICE, "accepted")),
    ("consultant_name referral_start", STARTED),
)

STORIES = (
    Story(
        "the_loop_is_closed",
        Beside,
        (
            *ACCEPTED,
            ("referral_start", ReferralStart(result="waiting")),
            ("", DAY),
            ("referral_start", STARTED),
            ("", 14 * DAY),
            ("referral_result", ReferralResult(result="goes_on")),
            ("", 14 * DAY),
            ("referral_result", DONE),
        ),
        None,
        route=(GLINKA,),
        informed=("referral_recalled",),
        items={REFERRAL: {GLINKA: "done"}},
    ),
    Story(
        "partners_move_what_is_theirs",
        Beside,
        (
            SEND,
            ("referral_answer", moves(GLINKA, "accepted", f"{SHELTER}.r1")),
            ("referral_start", moves(GLINKA, "in_progress", f"{SHELTER}.r1")),
            ("", moves(GLINKA, "done", f"{SHELTER}.r1")),
        ),
        None,
        route=(GLINKA,),
        informed=("referral_recalled",),
    ),
    Story(
        "one_no_is_not_every_no",
        Beside,
        (
            SEND,
            ("referral_answer", says(SHELTER, "declined", reason="no_place")),
            ("referral_answer", says(CHARITY, "accepted")),
            ("referral_start", moves(GLINKA, "done")),
        ),
        None,
        route=(GLINKA,),
    ),
    Story(
        "silence_is_a_no_and_others_are_asked",
        Beside,
        (
            SEND,
            ("referral_answer", moves(GLINKA, "declined", f"{SHELTER}.r1", reason="no_place")),
            ("referral_answer", 4 * DAY),
            ("referral_send", TO_ONE),
            ("referral_answer", 7 * DAY),
            ("referral_send", GIVEN_UP),
        ),
        None,
        route=(GLINKA,),
        informed=("nobody_accepts",),
        items={REFERRAL: {GLINKA: "declined"}},
    ),
    Story(
        "nobody_has_to_record_an_answer",
        Beside,
        (SEND, ("referral_answer", ReferralAnswer), ("", moves(GLINKA, "accepted", f"{CHARITY}.r1"))),
        None,
        route=(GLINKA,),
        left_open="referral_start",
    ),
    Story(
        "an_answer_of_somebody_else",
        Beside,
        (SEND, ("referral_answer", says("aids_store", "accepted")), ("referral_answer", says(SHELTER, "accepted"))),
        None,
        route=(GLINKA,),
        informed=("partner_unknown",),
        left_open="referral_start",
    ),
    Story(
        "somebody_else_cannot_be_asked",
        Beside,
        (("referral_send", ReferralSend(result="sent", partners=("aids_store",))), SEND),
        None,
        route=(GLINKA,),
        informed=("partner_unknown",),
        left_open="referral_answer",
    ),
    Story(
        "not_sent_at_all",
        Beside,
        (("referral_send", ReferralSend),),
        None,
        route=(GLINKA,),
    ),
    Story(
        "failed_and_asked_again",
        Beside,
        (
            *ACCEPTED,
            ("referral_start", ReferralStart(result="failed", reason="no_place")),
            SEND,
            ("referral_answer", says(SHELTER, "accepted")),
            ("referral_start", STARTED),
            ("", 14 * DAY),
            ("referral_result", ReferralResult(result="failed")),
            ("referral_send", GIVEN_UP),
        ),
        None,
        route=(GLINKA,),
        informed=("referral_failed",),
    ),
    Story(
        "recalled_and_asked_anew",
        Beside,
        (
            *ACCEPTED,
            ("referral_start", moves(GLINKA, "recalled", f"{CHARITY}.r1")),
            SEND,
            ("referral_answer", moves(GLINKA, "recalled", f"{CHARITY}.r2")),
            ("referral_answer", moves(GLINKA, "recalled", f"{SHELTER}.r2")),
        ),
        None,
        route=(GLINKA,),
        left_open="referral_send",
    ),
    Story(
        "withdrawn_from_the_route_and_planned_again",
        Beside,
        (
            *ACCEPTED,
            ("referral_start", Moves(ItemKind.ENTRY, GLINKA, "withdrawn")),
            ("", Moves(ItemKind.ENTRY, GLINKA, "planned")),
            SEND,
            ("referral_answer", says(CHARITY, "accepted")),
            ("referral_start", moves(GLINKA, "done")),
        ),
        None,
        route=(GLINKA,),
        informed=("referral_recalled",),
    ),
    Story(
        "whoever_leaves_takes_back_what_has_not_begun",
        Beside,
        (*ACCEPTED, ("referral_start", Report.DISCHARGED)),
        None,
        route=(GLINKA,),
        items={REFERRAL: {GLINKA: "recalled"}},
        informed=("referral_recalled",),
    ),
    Story(
        "what_has_begun_goes_on_after_leaving",
        Beside,
        (
            *ACCEPTED,
            ("referral_start", STARTED),
            ("", Report.DISCHARGED),
            ("", 14 * DAY),
            ("referral_result", ReferralResult(result="failed")),
        ),
        None,
        route=(GLINKA,),
        items={REFERRAL: {GLINKA: "failed"}},
    ),
    Story(
        "a_discharge_that_is_cancelled",
        Beside,
        (SEND, ("referral_answer", Report.DISCHARGED), ("", Report.DISCHARGE_CANCELLED), SEND),
        None,
        route=(GLINKA,),
        left_open="referral_answer",
    ),
    Story(
        "asked_by_hand",
        Beside,
        (
            ("", Adds(REFERRAL, AIDS, facts={"partner": "aids_store"}, key="by_hand")),
            ("referral_answer", says("aids_store", "accepted")),
        ),
        None,
        left_open="referral_start",
    ),
    Story("a_line_to_call_is_no_referral", Beside, (("", DAY),), None, route=("line_051",)),
    Story(
        "one_consultant_in_hospital_and_at_home",
        Beside,
        (
            *WITH_CONSULTANT,
            ("consultant_name", ConsultantName(result="not_named")),
            ("", DAY),
            ("consultant_name", ConsultantName(result="named")),
            ("", Report.DISCHARGED),
            ("consultant_call", ConsultantCall(result="unreached")),
            ("", DAY),
            ("consultant_call", ConsultantCall(result="reached")),
            ("", moves(LIMB, "in_progress", f"{SERVICE}.r1", consultant_named="changed", reason="left_the_service")),
        ),
        None,
        route=(LIMB,),
        informed=("consultant_not_named", "consultant_silent"),
    ),
    Story(
        "the_partner_names_the_consultant",
        Beside,
        (
            *WITH_CONSULTANT[:1],
            ("referral_answer", moves(LIMB, "accepted", f"{SERVICE}.r1", consultant_named="first")),
        ),
        None,
        route=(LIMB,),
        left_open="referral_start",
    ),
    Story(
        "the_school_has_whom_relatives_enrolled",
        Beside,
        (
            ("", lesson("1")),
            ("", lesson("2", "missed")),
            ("", lesson("3")),
            ("", Report.DISCHARGED),
            ("", lesson("4", "missed")),
            ("", lesson("5", "missed")),
            ("", lesson("6")),
            ("", lesson("7", units=5)),
            ("course_end", CourseEnd(result="certified", strain="heavy")),
        ),
        None,
        given=ENROLLED,
        items={REFERRAL: {SCHOOL: "done"}},
        informed=("sessions_missed", "carer_strained"),
    ),
    Story(
        "whoever_attends_has_begun",
        Beside,
        (
            ("referral_send", ReferralSend(result="sent", partners=("care_school",))),
            ("referral_answer", says("care_school", "accepted")),
            ("referral_start", lesson("1", units=1)),
            ("", lesson("2", units=15)),
        ),
        None,
        route=(SCHOOL,),
        left_open="course_end",
        items={REFERRAL: {SCHOOL: "done"}},
    ),
    Story(
        "declined_school",
        Beside,
        (("", DAY),),
        None,
        given=(CarerSchool(result="declined"),),
    ),
    Story(
        "two_programmes_side_by_side",
        Beside,
        (
            ("referral_send", TO_ONE),
            ("referral_answer", Adds(ItemKind.ENTRY, LIMB, "wanted", {"sort": "programme"})),
            ("referral_answer", Moves(ItemKind.ENTRY, LIMB, "planned")),
            ("referral_answer referral_send", says(CHARITY, "accepted")),
        ),
        None,
        route=(GLINKA,),
        left_open="referral_send referral_start",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_referrals(story: Story) -> None:
    """A request to partners is followed to its end: one of them wins, silence is a no, and a no is not the end."""
    await tell(story)


async def test_the_first_who_accepts_wins() -> None:
    """The others are recalled, their late yes is refused, and no second referral is made while the service runs."""
    story = Story("accepted", Beside, ACCEPTED, None, route=(GLINKA,), left_open="referral_start")
    twins = await tell(story)
    standing = {str(item.facts["partner"]): item for item in twins.state.items_of(REFERRAL)}
    assert {name: item.status for name, item in standing.items()} == {SHELTER: "recalled", CHARITY: "accepted"}
    late = c.MoveItem(item_id=standing[SHELTER].item_id, status="accepted")
    second = c.AddItem(kind=REFERRAL, name=GLINKA, facts={"partner": SHELTER})
    async with Twins(story.procedure()) as again:
        for known in twins.accepted:
            await again.tell(known)
        assert await again.tell(command(late, OLGA)) == ["wrong_move"]
        assert await again.tell(command(second, OLGA)) == ["another_accepted"]


async def test_two_accept_at_once() -> None:
    """Of two that arrive before anybody has heard of the first, the first stands and the other is refused."""
    async with Twins(Story("", Beside, (), None).procedure()) as twins:
        await twins.tell(command(admission(), HIS))
        await act(twins, Adds(ItemKind.ENTRY, GLINKA, "wanted", {"sort": "programme"}))
        await act(twins, Moves(ItemKind.ENTRY, GLINKA, "planned"))
        await act(twins, TO_BOTH)
        ids = [item.item_id for item in twins.state.items_of(REFERRAL)]
        both = [command(c.MoveItem(item_id=each, status="accepted"), OLGA) for each in ids]
        assert await twins.tell(*both) == [None, "another_accepted"]
        assert [twins.state.items[each].status for each in ids] == ["accepted", "recalled"]


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({}, "nothing_changes"),
        ({"consultant_named": "first"}, "consultant_named"),
        ({"consultant_named": "changed"}, "missing_field"),
        ({"consultant_named": "changed", "reason": "left_the_service"}, None),
    ],
)
async def test_the_consultant_stays(facts: dict[str, str], refusal: str | None) -> None:
    """The person keeps the named consultant; another one is a decision with a reason and never an accident."""
    told = (*WITH_CONSULTANT, ("consultant_name", ConsultantName(result="named")))
    story = Story("named", Beside, told, None, route=(LIMB,))
    twins = await tell(story)
    running = consultant(twins.state)
    assert running is not None
    told_in = twins.state.items[running].facts["told_in"]
    assert str(told_in).startswith("case.services.consultant_name.")
    async with Twins(story.procedure()) as again:
        for known in twins.accepted:
            await again.tell(known)
        assert consultant(again.state) == running
        moved = c.MoveItem(item_id=running, status="in_progress", facts=dict(facts))
        assert await again.tell(command(moved, OLGA)) == [refusal]


async def closed(told: tuple[Act, ...], route: tuple[str, ...]) -> Twins:
    """A case that a senior closes while programmes run beside."""

    async def close(case: Case) -> None:
        await case.step(CaseClose)

    async def tell(case: Case) -> Ending:
        await beside(case, "help", close, programmes)
        return Ending.HOME_ALONE

    async with Twins({ADULT: tell}) as twins:
        await twins.tell(command(admission(), HIS))
        for name in route:
            await act(twins, Adds(ItemKind.ENTRY, name, "wanted", {"sort": "programme"}))
            await act(twins, Moves(ItemKind.ENTRY, name, "planned"))
        for happens in told:
            await act(twins, happens)
        return twins


CLOSE = CaseClose(result="closed")
TO_SERVICE = ReferralSend(result="sent", partners=(SERVICE,))


@pytest.mark.parametrize(
    ("route", "told", "stands"),
    [
        (GLINKA, (TO_ONE, CLOSE), "recalled"),
        (GLINKA, (TO_ONE, says(CHARITY, "accepted"), STARTED, CLOSE), "recalled"),
        (LIMB, (TO_SERVICE, CLOSE), "recalled"),
        (LIMB, (TO_SERVICE, says(SERVICE, "accepted"), CLOSE), "handed_over"),
        (LIMB, (TO_SERVICE, says(SERVICE, "accepted"), STARTED, CLOSE), "handed_over"),
        (LIMB, (TO_SERVICE, says(SERVICE, "accepted"), STARTED, Report.DIED), "recalled"),
        (LIMB, (TO_SERVICE, says(SERVICE, "accepted"), Report.ADMISSION_CANCELLED), "recalled"),
        (LIMB, (TO_SERVICE, says(SERVICE, "accepted"), STARTED, Report.MERGED), "in_progress"),
        (LIMB, (TO_SERVICE, Report.REFUSED_HELP), "recalled"),
        (LIMB, (TO_SERVICE, says(SERVICE, "declined"), Report.LEFT), "declined"),
    ],
)
async def test_no_referral_outlives_its_case(route: str, told: tuple[Act, ...], stands: str) -> None:
    """When a case ends partners are told: the request is recalled, or what goes on at home is theirs from now on."""
    twins = await closed(told, (route,))
    assert twins.state.closed
    assert [item.status for item in twins.state.items_of(REFERRAL)] == [stands]
    said = {notice.occasion.split(".")[0] for notice in twins.state.notices.values()}
    # Of a case that goes on in another one nobody is told that it ended.
    assert (f"referral_{stands}" in said) == (stands in {"recalled", "handed_over"})


async def test_planned_lessons_are_cancelled_with_the_case() -> None:
    """Nobody waits for a carer whose patient has died."""
    lessons = (Adds(SESSION, SCHOOL, status, {}, status) for status in ("planned", "attended"))
    twins = await closed((*lessons, Report.DIED), ())
    assert [item.status for item in twins.state.items_of(SESSION)] == ["cancelled", "attended"]


async def test_partners_have_no_longer_than_the_catalogue_says() -> None:
    """A request lapses after two of the team's days, and not before."""
    story = Story("sent", Beside, (SEND,), None, route=(GLINKA,), left_open="referral_answer")
    twins = await tell(story)
    ends = {item.expires_at for item in twins.state.items_of(REFERRAL)}
    assert len(ends) == 1
    async with Twins(story.procedure()) as again:
        for known in twins.accepted:
            await again.tell(known)
        (end,) = ends
        assert end is not None
        await again.wait(end - again.long.now - timedelta(seconds=1))
        assert opened(again) == ["referral_answer"]
        await again.wait(timedelta(seconds=1))
        assert opened(again) == ["referral_send"]
