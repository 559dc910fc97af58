from datetime import datetime, timedelta

import pytest

from marshrut.domain import commands as c
from marshrut.domain.words import Report
from tests.fixtures.cases import CATALOGUE, DAY, HIS, HOUR, NOON, OLGA, admission, command, every
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Story, opened, tell
from workflows.answers import answers
from workflows.discharge import BarrierReview
from workflows.expected import Expectation, ExpectedDate
from workflows.transition import EscortHome, HomePrepare, Transition, TransportBook

IN_TWO_DAYS = ExpectedDate(result="set", expected_at=NOON + 2 * DAY)
NOT_YET = ExpectedDate(result="not_yet")
ASKED = "expected_date"

STORIES = (
    Story(
        "asked_on_every_round_until_there_is_a_date",
        Expectation,
        (
            (ASKED, NOT_YET),
            ("", DAY),
            (ASKED, IN_TWO_DAYS),
            ("", DAY + HOUR),
            (ASKED, ExpectedDate(result="set", expected_at=NOON + 4 * DAY)),
            ("", 2 * DAY - HOUR),
            ("", Report.DISCHARGED),
        ),
        "left",
    ),
    Story(
        "the_same_date_again_is_asked_about_again",
        Expectation,
        ((ASKED, IN_TWO_DAYS), ("", 2 * DAY + HOUR), (ASKED, IN_TWO_DAYS), ("", DAY)),
        None,
        left_open=ASKED,
    ),
    Story("left_out", Expectation, ((ASKED, ExpectedDate), ("", 9 * DAY)), "left_out"),
    Story("left_before_the_round", Expectation, ((ASKED, Report.DISCHARGED), ("", 9 * DAY)), "left"),
    Story(
        "who_was_brought_home_is_expected_no_more",
        Expectation,
        (
            (f"{ASKED} home_prepare", HomePrepare),
            (f"{ASKED} barrier_review", BarrierReview),
            (f"{ASKED} transport_book", TransportBook(result="taxi")),
            (f"{ASKED} escort_home", EscortHome(result="delivered")),
        ),
        "left",
        beside=(Transition,),
        left_open="arrival_confirm",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_expected_date(story: Story) -> None:
    """There is a date from the first round on; one that passed is asked about, until the patient has left."""
    twins = await tell(story)
    said = [answer.expected_at for answer in answers(twins.state, ExpectedDate) if answer.result == "set"]
    assert twins.state.expected_discharge_at == (said[-1] if said else None)


async def test_the_hospital_may_say_the_date_and_move_it() -> None:
    """A date that the hospital's system reports answers the step, and moved in time it is not asked about."""
    async with Twins(Story("reported", Expectation, (), None).procedure()) as twins:
        await twins.tell(command(admission(), HIS))
        assert opened(twins) == [ASKED]
        for days in (1, 3):
            told = c.ReportFact(report=Report.EXPECTED_DISCHARGE, expected_at=NOON + days * DAY)
            assert await twins.tell(command(told, HIS)) == [None]
            assert opened(twins) == []
        await twins.wait(3 * DAY + HOUR - timedelta(seconds=1))
        assert (opened(twins), twins.state.expected_discharge_at) == ([], NOON + 3 * DAY)
        await twins.wait(timedelta(seconds=1))
        assert opened(twins) == [ASKED]


async def test_the_date_is_due_by_the_round_of_the_next_morning() -> None:
    """Whoever comes at noon or at night: at ten on the morning after, by the hospital's clock."""
    async with Twins(Story("due", Expectation, (), None).procedure()) as twins:
        await twins.tell(command(admission(), HIS))
        due_at = twins.state.steps[every(twins.state)["discharge.expected_date"]].due_at
        assert due_at == datetime.fromisoformat("2026-03-03T10:00+03:00")
    rule = CATALOGUE.steps["discharge.expected_date"].clock
    assert rule is not None
    at_night = datetime.fromisoformat("2026-03-02T23:59+03:00")
    after_midnight = at_night + timedelta(minutes=2)
    state = twins.state
    due = [CATALOGUE.armed(rule, state, at).times.due_at for at in (at_night, after_midnight)]
    assert due == [datetime.fromisoformat(f"2026-03-0{day}T10:00+03:00") for day in (3, 4)]


async def test_a_date_is_named_when_one_is_set() -> None:
    """Neither "set" without a date nor "not yet" with one is taken."""
    async with Twins(Story("wrong", Expectation, (), None).procedure()) as twins:
        await twins.tell(command(admission(), HIS))
        step = every(twins.state)["discharge.expected_date"]
        for outcome in ({"result": "set"}, {"result": "not_yet", "expected_at": NOON.isoformat()}):
            told = c.Complete(step_id=step, outcome=dict(outcome))
            assert await twins.tell(command(told, OLGA)) == ["wrong_outcome"]
