"""When commission and bureau have to answer, by the calendar of 2026: Monday 9 March is off."""

from datetime import UTC, datetime

import pytest

from marshrut.domain.clock import Clock
from marshrut.domain.words import Flag, Report
from tests.fixtures.cases import DAY, live
from tests.workflows.tracks.stories import Row, Story, tell
from workflows.disability import Disability
from workflows.mse import AppealResult, MseAppeal, MseCommission, MseResult, MseSend

REFER: Row = ("mse_commission", MseCommission(result="refer"))
SENT: Row = ("mse_send", MseSend(result="registered"))
# On Thursday 5 March.
OPERATED: tuple[Row, ...] = (("mse_commission", 3 * DAY), ("mse_commission", Report.OPERATED))


async def clock(told: tuple[Row, ...], opened: str, *flags: Flag) -> Clock:
    """The clock of what is open after this. The story begins on Monday 2 March at 15:00 in Moscow."""
    twins = await tell(Story("clocks", Disability, told, None, flags=flags, left_open=opened))
    found = twins.state.steps[live(twins.state)[f"disability.{opened}"]].clock
    assert found is not None
    return found


def closing(day: int, month: int = 3) -> datetime:
    """When team and bureau close in Moscow, Monday to Thursday."""
    return datetime(2026, month, day, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("flags", "due"),
    [
        ((), closing(14, 4)),
        ((Flag.COMBAT_VETERAN,), closing(17)),
        ((Flag.PALLIATIVE,), closing(5)),
        ((Flag.AMPUTATION,), closing(5)),
        ((Flag.COMBAT_VETERAN, Flag.PALLIATIVE), closing(5)),
    ],
    ids=str,
)
async def test_the_bureau_decides_in_its_term_from_the_registration(flags: tuple[Flag, ...], due: datetime) -> None:
    """30 working days; 10 for a veteran; 3 for a palliative patient and an amputee; of several the shortest."""
    found = await clock((REFER, SENT), "mse_result", *flags)
    assert (found.times.due_at, found.mark, found.ladder) == (due, "S", "statutory")


async def test_a_term_over_a_holiday_leaves_it_out() -> None:
    """Registered on Friday 6 March, an amputee's decision is due on Thursday 12: Monday 9 is off."""
    told = (REFER, ("mse_send", 4 * DAY), SENT)
    assert (await clock(told, "mse_result", Flag.AMPUTATION)).times.due_at == closing(12)


async def test_an_amputee_is_referred_within_three_working_days_of_the_surgery() -> None:
    """The commission has two of them, the referral ends with the third, however late the commission was."""
    assert (await clock(OPERATED, "mse_commission", Flag.AMPUTATION)).times.due_at == closing(10)
    found = await clock((*OPERATED, ("mse_commission", DAY), REFER), "mse_send", Flag.AMPUTATION)
    assert (found.times.due_at, found.mark, found.ladder) == (closing(11), "S", "statutory")


async def test_a_surgery_that_is_told_late_moves_the_referral() -> None:
    """Until the surgery is reported the term counts from the step's opening, then from the surgery."""
    before = await clock((REFER,), "mse_send", Flag.AMPUTATION)
    assert before.times.due_at == closing(5)
    after = await clock((REFER, ("mse_send", 3 * DAY), ("mse_send", Report.OPERATED)), "mse_send", Flag.AMPUTATION)
    assert after.times.due_at == closing(11)


async def test_without_an_amputation_a_surgery_moves_nothing() -> None:
    """Whoever was operated on otherwise has the ordinary terms."""
    found = await clock((*OPERATED, REFER), "mse_send")
    assert (found.times.due_at, found.counts_from, found.ladder) == (closing(11), "opening", "standard")


async def test_tests_begin_the_bureaus_term_anew() -> None:
    """What is registered again on Monday 9 March, a day off, is decided three working days on."""
    told = (REFER, SENT, ("mse_result", 2 * DAY), ("mse_result", MseResult(result="more_tests")), ("", 5 * DAY), SENT)
    assert (await clock(told, "mse_result", Flag.PALLIATIVE)).times.due_at == closing(12)


async def test_each_higher_bureau_has_its_term_from_the_appeal() -> None:
    """Nothing of the first decision's time is counted against the second one, nor of that against the third."""
    none: tuple[Row, ...] = (("mse_result", 2 * DAY), ("mse_result", MseResult(result="none")))
    appeal: Row = ("mse_appeal", MseAppeal(result="filed"))
    main = await clock((REFER, SENT, *none, appeal), "appeal_result")
    again = (("appeal_result", DAY), ("appeal_result", AppealResult(result="none")), appeal)
    federal = await clock((REFER, SENT, *none, appeal, *again), "appeal_result")
    assert (main.times.due_at, main.mark) == (closing(16, 4), "M")
    assert federal.times.due_at == datetime(2026, 4, 17, 13, 45, tzinfo=UTC)  # a Friday
