from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from marshrut.domain import commands as c
from marshrut.domain import crisis
from marshrut.domain.case import Case
from marshrut.domain.decide import ADULT
from marshrut.domain.moves import Actor
from marshrut.domain.outcomes import Outcome
from marshrut.domain.support import talks
from marshrut.domain.words import Ending, Flag, ItemKind, Report, Role, Stage
from tests.fixtures.cases import ANNA, DAY, HIS, NINA, NOON, OLGA, VERA, admission, command, every
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Adds, Row, Story, act, follow, opened, tell
from workflows.contact import FirstContact
from workflows.crisis import Crisis, CrisisHandoff, CrisisProtocol, PsychiatristCall, kept_safe
from workflows.family import Family, families
from workflows.psychology import Psychology
from workflows.stay import beside, for_good
from workflows.talks import (
    KinCrisis,
    KinSession,
    KinTalk,
    PsyTalk,
    Session,
    SessionCall,
    Support,
    TalksEnd,
    requests,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SAFE = CrisisProtocol(result="safe")
CALL = CrisisProtocol(result="psychiatrist")
CONTINUE = PsyTalk(result="continue")
REACHED = CrisisHandoff(result="reached", card="given")
AUNT = "case.relative.aunt.main"
ROUTE = ("psychology",)
# Whoever is asked by the route has one by then.
ROUTED = (FirstContact(result="contacted"),)
# Monday, three in the afternoon by the hospital's clock: the psychologists leave at six.
NIGHT = 4 * HOUR


class Requests:
    """What the pathway has beside everything else: whoever is referred is talked to."""

    name: ClassVar[str] = "beside"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (*Support.steps, *Family.steps)

    async def run(self, case: Case) -> str:
        """As long as the case is open."""
        await case.all(requests(case), families(case), case.reported(Report.READMITTED))
        return "never"


class KeptSafe:
    """What the pathway has beside help: until that ends, and as long as a crisis is open."""

    name: ClassVar[str] = "kept_safe"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = Crisis.steps

    async def run(self, case: Case) -> str:
        """Help ends when the patient is readmitted elsewhere."""
        await case.all(
            beside(case, "help", lambda inner: inner.reported(Report.READMITTED), for_good), kept_safe(case, "help")
        )
        return "over"


def talked(name: str, *told: Row, result: str | None = "helped", left_open: str = "", **more: Any) -> Story:
    """A story of the route's direction, with what follows requests beside it."""
    return Story(
        name,
        Psychology,
        told,
        result,
        beside=(Requests,),
        left_open=left_open,
        route=("psychology",),
        given=ROUTED,
        **more,
    )


STORIES = (
    talked("one_talk_helps", ("psy_talk", PsyTalk(result="helped"))),
    talked("nobody_wants_to_talk", ("psy_talk", PsyTalk(result="refused")), result="refused"),
    talked("left_out", ("psy_talk", PsyTalk), result="open"),
    talked(
        "talk_after_talk_until_both_agree",
        ("psy_talk", PsyTalk(result="continue", sessions=2)),
        ("", 3 * DAY - timedelta(seconds=1)),
        ("", timedelta(seconds=1)),
        ("session", Session(result="attended", next_at=NOON + 5 * DAY)),
        ("", 2 * DAY),
        ("", HOUR),
        ("session", Session(result="attended")),
        ("talks_end", TalksEnd(result="continue", sessions=1, next_at=NOON + 6 * DAY)),
        ("", DAY),
        ("session", Session(result="attended")),
        ("talks_end", TalksEnd(result="helped")),
        items={ItemKind.SUPPORT_REQUEST: {"route": "helped"}, ItemKind.SESSION: {"hospital_psychology": "attended"}},
    ),
    talked(
        "an_end_before_all_were_held",
        ("psy_talk", PsyTalk(result="continue", sessions=5)),
        ("", 3 * DAY),
        ("session", Session(result="attended", then="end")),
        ("talks_end", TalksEnd(result="refused")),
        result="refused",
    ),
    talked(
        "an_end_that_nobody_wants_to_talk_about",
        ("psy_talk", CONTINUE),
        ("", 3 * DAY),
        ("session", Session(result="attended", then="end")),
        ("talks_end", TalksEnd),
        result="helped",
    ),
    talked(
        "whoever_misses_a_talk_is_rung_up",
        ("psy_talk", CONTINUE),
        ("", 3 * DAY),
        ("session", Session(result="missed")),
        ("session_call", SessionCall(result="unreached")),
        ("", DAY),
        ("session_call", SessionCall(result="new_date", next_at=NOON + 6 * DAY)),
        ("", 2 * DAY + HOUR),
        ("session", Session(result="cancelled")),
        ("", 3 * DAY),
        ("session", Session),
        ("", 3 * DAY),
        ("session", Session(result="missed")),
        ("session_call", SessionCall(result="refused")),
        result="refused",
    ),
    talked(
        "nobody_answers_and_somebody_gives_up",
        ("psy_talk", CONTINUE),
        ("", 3 * DAY),
        ("session", Session(result="missed")),
        ("session_call", SessionCall(result="given_up")),
        result="open",
        items={ItemKind.SUPPORT_REQUEST: {"route": "unfinished"}},
    ),
    talked(
        "left_meanwhile",
        ("psy_talk", CONTINUE),
        ("", Report.DISCHARGED),
        result="open",
        items={
            ItemKind.SUPPORT_REQUEST: {"route": "unfinished"},
            ItemKind.SESSION: {"hospital_psychology": "cancelled"},
        },
    ),
    talked("left_before_anybody_came", ("psy_talk", Report.DISCHARGED), result="open"),
)
CRISES = (
    Story("safe_at_once", Crisis, (("crisis_protocol", SAFE),), "safe"),
    Story("transferred", Crisis, (("crisis_protocol", CrisisProtocol(result="transferred")),), "transferred"),
    Story(
        "seen_and_seen_again",
        Crisis,
        (
            ("crisis_protocol", CALL),
            ("psychiatrist_call", PsychiatristCall(result="seen")),
            ("crisis_protocol", CALL),
            ("psychiatrist_call", PsychiatristCall(result="hospitalised")),
        ),
        "transferred",
        informed=("crisis",),
    ),
    Story(
        "the_psychiatrist_says_that_it_is_over",
        Crisis,
        (("crisis_protocol", CALL), ("psychiatrist_call", PsychiatristCall(result="seen", safe="yes"))),
        "safe",
    ),
    Story(
        "a_call_left_out_is_no_safety",
        Crisis,
        (("crisis_protocol", CALL), ("psychiatrist_call", PsychiatristCall), ("crisis_protocol", CrisisProtocol)),
        "open",
    ),
    Story("left_in_crisis", Crisis, (("crisis_protocol", Report.DISCHARGED),), "open", informed=("left_in_crisis",)),
    Story(
        "nobody_takes_it_and_those_on_duty_begin",
        Crisis,
        (
            ("crisis_protocol", 15 * MINUTE - timedelta(seconds=1)),
            ("crisis_protocol", timedelta(seconds=1)),
            ("crisis_protocol crisis_handoff psychiatrist_call", REACHED),
            ("crisis_protocol psychiatrist_call", PsychiatristCall(result="seen", safe="yes")),
        ),
        "safe",
        informed=("crisis_shift", "crisis"),
    ),
    Story(
        "the_psychologist_comes_after_all",
        Crisis,
        (
            ("crisis_protocol", 15 * MINUTE),
            ("crisis_protocol crisis_handoff psychiatrist_call", SAFE),
        ),
        "safe",
    ),
    Story(
        "those_on_duty_look_again_while_it_is_not_safe",
        Crisis,
        (
            ("crisis_protocol", 15 * MINUTE),
            ("crisis_protocol crisis_handoff psychiatrist_call", PsychiatristCall(result="seen", safe="no")),
            ("crisis_protocol crisis_handoff", CrisisHandoff(result="no_answer")),
            ("crisis_protocol", 15 * MINUTE),
            ("crisis_protocol crisis_handoff", REACHED),
            ("", HOUR),
            ("crisis_protocol", SAFE),
        ),
        "safe",
        informed=("line_silent",),
    ),
    Story(
        "an_ambulance_takes_over",
        Crisis,
        (
            ("crisis_protocol", 15 * MINUTE),
            ("crisis_protocol crisis_handoff psychiatrist_call", CrisisHandoff(result="ambulance")),
        ),
        "transferred",
    ),
)


# Somebody near with a need of their own: a relative whose crisis is not the patient's.
KIN = (
    Story(
        "talks_with_somebody_near",
        Requests,
        (
            ("", Adds(ItemKind.RELATIVE, "aunt", "found", key="main")),
            ("", Adds(ItemKind.FAMILY_NEED, "talk", "agreed", {"client": AUNT})),
            ("kin_talk", KinTalk(result="continue", found="crisis")),
            ("kin_crisis", KinCrisis(result="no_answer")),
            ("", 15 * MINUTE),
            ("kin_crisis", KinCrisis(result="reached")),
            ("", 3 * DAY),
            ("kin_session", KinSession(result="attended", then="end")),
            ("talks_end", TalksEnd(result="helped")),
        ),
        None,
        items={ItemKind.FAMILY_NEED: {"talk": "met"}},
    ),
)


@pytest.mark.parametrize("story", [*STORIES, *CRISES, *KIN], ids=str)
async def test_psychology(story: Story) -> None:
    """Talks go on as long as they help; nobody in crisis is left until they are safe or in a psychiatrist's hands."""
    await tell(story)


async def _beside(case: Case) -> Ending:
    await case.all(case.track(Requests()), case.track(KeptSafe()))
    return Ending.HOME_ALONE


@pytest.fixture
async def twins() -> AsyncIterator[Twins]:
    """A case that has what the pathway has beside everything."""
    async with Twins({ADULT: _beside}) as twins:
        await twins.tell(command(admission(), HIS))
        yield twins


async def refers(twins: Twins, actor: Actor = ANNA, reason: str = "fear", **more: Any) -> str | None:
    """Somebody refers the patient or somebody near; the refusal, if it was one."""
    (refused,) = await twins.tell(command(c.Refer(reason=reason, **more), actor))
    return refused


def told_by_name(twins: Twins) -> list[tuple[str, str]]:
    """Who was told what, of those who were told in person."""
    return [(each.user or "", each.occasion.split(".")[1]) for each in twins.state.notices.values() if each.user]


async def test_anybody_who_cares_may_refer_and_hears_what_came_of_it(twins: Twins) -> None:
    """Without any route the first talk opens; who refers later attaches, and each is told the outcome, in codes."""
    assert await refers(twins, VERA) is None
    assert opened(twins) == ["psy_talk"]
    assert await refers(twins, ANNA, "grief") is None
    assert opened(twins) == ["psy_talk"]
    (request,) = twins.state.items_of(ItemKind.SUPPORT_REQUEST)
    assert request.facts["reasons"] == ("fear", "grief")
    assert request.facts["by"] == ("doctor+vera", "coordinator+anna")
    assert [notice.role for notice in twins.state.notices.values()] == [Role.PSYCHOLOGIST]
    await follow(twins, (("psy_talk", PsyTalk(result="continue", note="не для чужих")), ("", 3 * DAY)))
    assert told_by_name(twins) == [("vera", "continues"), ("anna", "continues")]
    await follow(twins, (("session", Session(result="attended", then="end")), ("talks_end", TalksEnd(result="helped"))))
    assert told_by_name(twins)[2:] == [("vera", "helped"), ("anna", "helped")]
    # What ended was an answer to those reasons: another one is another request.
    assert await refers(twins, OLGA, "conflict") is None
    assert opened(twins) == ["psy_talk"]
    assert len(twins.state.items_of(ItemKind.SUPPORT_REQUEST)) == 2


async def test_the_route_joins_the_talks_that_somebody_asked_for() -> None:
    """A direction of psychology opens no second talk; what nobody but the route asked for ends with the direction."""

    async def follows(case: Case) -> Ending:
        await case.all(case.track(Requests()), case.track(Psychology()))
        return Ending.HOME_ALONE

    async with Twins({ADULT: follows}) as twins:
        # The route has no such direction (any more): its own request is withdrawn at once, a person's is not.
        await twins.tell(command(admission(), HIS))
        (of_route,) = twins.state.items_of(ItemKind.SUPPORT_REQUEST)
        assert (of_route.name, of_route.status, opened(twins)) == ("route", "withdrawn", [])
        assert twins.state.tracks["psychology"].result == "open"
        await refers(twins)
        assert opened(twins) == ["psy_talk"]

    async def joins(case: Case) -> Ending:
        await case.all(case.track(Requests()), _after_contact(case))
        return Ending.HOME_ALONE

    async with Twins({ADULT: joins}) as twins:
        await twins.tell(command(admission(), HIS))
        await refers(twins)
        await follow(twins, (("first_contact psy_talk", ROUTED[0]), ("psy_talk", PsyTalk(result="helped"))))
        assert [item.name for item in twins.state.items_of(ItemKind.SUPPORT_REQUEST)] == ["fear"]
        assert twins.state.tracks["psychology"].result == "helped"


async def _after_contact(case: Case) -> None:
    await case.step(FirstContact)
    await case.track(Psychology())


@pytest.mark.parametrize(
    ("actor", "body", "code"),
    [
        (HIS, {}, "role_not_allowed"),
        (ANNA, {"reason": "boredom"}, "unknown_name"),
        (ANNA, {"client": "case.relative.nobody.main"}, "unknown_client"),
        (ANNA, {"client": "case.need.psychology.main"}, "unknown_client"),
    ],
    ids=range(4),
)
async def test_what_is_no_referral_is_refused(twins: Twins, actor: Actor, body: dict[str, str], code: str) -> None:
    """Machines refer nobody, reasons are the catalogue's, and a client is the patient or somebody near."""
    await act(twins, Adds(ItemKind.NEED, "psychology", "agreed"))
    assert await refers(twins, actor, **{"reason": "fear"} | body) == code
    assert twins.state.items_of(ItemKind.SUPPORT_REQUEST) == ()


async def test_a_users_code_that_is_too_long_is_refused_and_wedges_nothing(twins: Twins) -> None:
    """Neither the first referral nor one that would join it; the case goes on."""
    long = Actor(user="u" * 195, role=Role.COORDINATOR)
    assert await refers(twins, long) == "wrong_facts"
    assert await refers(twins) is None
    assert await refers(twins, long, "grief") == "wrong_facts"
    await follow(twins, (("psy_talk", PsyTalk(result="helped")),))


async def test_nobody_moves_a_request_by_hand(twins: Twins) -> None:
    """What comes of the talks is said by the talks."""
    await refers(twins)
    (request,) = twins.state.items_of(ItemKind.SUPPORT_REQUEST)
    for actor in (NINA, OLGA):
        told = command(c.MoveItem(item_id=request.item_id, status="helped"), actor)
        assert await twins.tell(told) == ["role_not_allowed"]
    added = c.AddItem(kind=ItemKind.SUPPORT_REQUEST, name="fear")
    assert await twins.tell(command(added, NINA)) == ["role_not_allowed"]


async def test_a_referral_in_crisis_flags_the_patient_and_opens_the_protocol(twins: Twins) -> None:
    """The flag stands, the protocol and the talk are open, the talk within two hours."""
    await refers(twins, urgency="crisis", reason="self_harm")
    assert twins.state.flags == (Flag.CRISIS,)
    assert opened(twins) == ["crisis_protocol", "psy_talk"]
    due = twins.state.steps[every(twins.state)["psychology.psy_talk"]].due_at
    assert due == NOON + 2 * HOUR


async def test_every_new_alarm_is_a_crisis_of_its_own(twins: Twins) -> None:
    """By flag, talk, score and referral: what is told while people are at it is the same crisis, later another."""
    await act(twins, Flag.CRISIS)
    await follow(twins, (("crisis_protocol", SAFE),))
    await refers(twins)
    shows = PsyTalk(result="continue", found="crisis")
    await follow(twins, (("psy_talk", shows), ("crisis_protocol", MINUTE)))
    await refers(twins, VERA, urgency="crisis")
    await follow(twins, (("crisis_protocol", SAFE),))
    assert opened(twins) == []
    await twins.wait(HOUR)
    scored = c.RecordScore(instrument="phq9", version="1", score=3, findings=("self_harm",))
    await twins.tell(command(scored, ANNA, occurred_at=None))
    await follow(twins, (("crisis_protocol", SAFE),))
    await twins.wait(HOUR)
    await refers(twins, VERA, urgency="crisis")
    await follow(twins, (("crisis_protocol", SAFE),))
    assert [name for name in twins.state.tracks if name.startswith("crisis")] == [
        "crisis",
        "crisis.again",
        "crisis.again.again",
        "crisis.again.again.again",
    ]
    assert crisis.standing(twins.state) == "safe"


async def test_at_night_the_emergency_line_and_the_psychiatrist_are_called(twins: Twins) -> None:
    """After the psychologists' hours nobody waits for them: those on duty are told and hand over at once."""
    await twins.wait(NIGHT)
    await act(twins, Flag.CRISIS)
    assert opened(twins) == ["crisis_handoff", "psychiatrist_call"]
    told = {(notice.role, notice.urgent, notice.tell_at) for notice in twins.state.notices.values()}
    at_once = NOON + NIGHT
    assert told == {(role, True, at_once) for role in (Role.DOCTOR, Role.COORDINATOR, Role.SUPERVISOR)}
    assert {twins.state.steps[step].role for step in every(twins.state).values()} == {Role.DOCTOR}
    # It is not over, so somebody looks again in an hour; in the morning that is the psychologist.
    seen = PsychiatristCall(result="seen")
    await follow(twins, (("crisis_handoff psychiatrist_call", REACHED), ("psychiatrist_call", seen), ("", HOUR)))
    await follow(twins, (("crisis_handoff psychiatrist_call", seen), ("crisis_handoff", 13 * HOUR)))
    await follow(twins, (("crisis_handoff", REACHED), ("", HOUR), ("crisis_protocol", SAFE)))
    assert crisis.standing(twins.state) == "safe"


@pytest.mark.parametrize(
    ("night", "standing"),
    [
        ((("crisis_handoff psychiatrist_call", PsychiatristCall(result="hospitalised")),), "transferred"),
        ((("crisis_handoff psychiatrist_call", CrisisHandoff(result="ambulance")),), "transferred"),
        (
            (
                ("crisis_handoff psychiatrist_call", CrisisHandoff),
                ("psychiatrist_call", PsychiatristCall(result="seen", safe="yes")),
            ),
            "safe",
        ),
    ],
    ids=range(3),
)
async def test_a_night_ends_a_crisis_as_a_day_does(twins: Twins, night: tuple[Row, ...], standing: str) -> None:
    """Whoever takes the patient over, or a psychiatrist who says that they are safe, ends it."""
    await twins.wait(NIGHT)
    await act(twins, Flag.CRISIS)
    await follow(twins, night)
    assert (opened(twins), crisis.standing(twins.state)) == ([], standing)


async def test_whom_a_psychiatrist_takes_over_nobody_talks_to_here(twins: Twins) -> None:
    """The request ends so, its planned talk is cancelled, and the referrer is told."""
    await refers(twins)
    await follow(twins, (("psy_talk", CONTINUE),))
    await act(twins, Flag.CRISIS)
    await follow(twins, (("crisis_protocol", CrisisProtocol(result="transferred")),))
    ((request, session),) = [
        (request.status, session.status)
        for request in twins.state.items_of(ItemKind.SUPPORT_REQUEST)
        for session in twins.state.items_of(ItemKind.SESSION)
    ]
    assert (request, session) == ("transferred", "cancelled")
    assert told_by_name(twins)[-1] == ("anna", "transferred")


async def test_what_people_say_of_a_talk_by_hand_has_the_first_word(twins: Twins) -> None:
    """A planned talk that somebody marks as held, missed or cancelled is not asked about, and it goes on from there."""
    await refers(twins)
    await follow(twins, (("psy_talk", PsyTalk(result="continue", next_at=NOON + 2 * DAY)),))
    (standing,) = talks(twins.state)
    assert (standing.planned, standing.attended, standing.next_at) == (1, 0, "2026-03-04T12:00:00Z")
    for status, follows in (("attended", []), ("cancelled", []), ("missed", ["session_call"])):
        session = [each for each in twins.state.items_of(ItemKind.SESSION) if each.status == "planned"][-1]
        await twins.tell(command(c.MoveItem(item_id=session.item_id, status=status), NINA))
        assert opened(twins) == follows
    (standing,) = talks(twins.state)
    assert (standing.planned, standing.attended, standing.missed) == (0, 1, 1)


async def test_a_discharge_that_was_none_breaks_no_talks_off(twins: Twins) -> None:
    """The talk that was asked for is asked for again, and what it brings is told to whoever referred the patient."""
    await refers(twins)
    await act(twins, Report.DISCHARGED)
    assert (opened(twins), told_by_name(twins)) == ([], [("anna", "unfinished")])
    await act(twins, Report.DISCHARGE_CANCELLED)
    assert opened(twins) == ["psy_talk"]
    assert [each.status for each in twins.state.items_of(ItemKind.SUPPORT_REQUEST)] == ["requested"]
    await follow(twins, (("psy_talk", PsyTalk(result="helped")),))
    assert [each.status for each in twins.state.items_of(ItemKind.SUPPORT_REQUEST)] == ["helped"]
    assert told_by_name(twins) == [("anna", "unfinished"), ("anna", "helped")]


async def test_somebody_near_in_crisis_speaks_to_the_line(twins: Twins) -> None:
    """A relative's crisis is not the patient's: the line is called for them, and the talk opens then."""
    await act(twins, Adds(ItemKind.RELATIVE, "aunt", "found", key="main"))
    await refers(twins, client=AUNT, urgency="crisis")
    assert (twins.state.flags, opened(twins)) == ((), ["kin_crisis"])
    await follow(
        twins,
        (
            ("kin_crisis", KinCrisis(result="no_answer")),
            ("", 15 * MINUTE),
            ("kin_crisis", KinCrisis(result="reached")),
            ("kin_talk", KinTalk(result="continue", found="crisis")),
            ("kin_crisis", KinCrisis(result="ambulance")),
            ("", 3 * DAY),
            ("kin_session", KinSession(result="attended", found="crisis")),
            ("kin_crisis", KinCrisis(result="reached")),
            ("", 3 * DAY),
            ("kin_session", KinSession(result="attended", then="end")),
            ("talks_end", TalksEnd(result="helped")),
        ),
    )
    assert crisis.standing(twins.state) == "none"
