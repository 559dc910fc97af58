import pytest

from marshrut.domain.state import CaseState
from tests.domain.clocks.world import at, pause, slice_of

CATALOGUE = slice_of()


@pytest.mark.parametrize(
    ("wait", "since", "until"),
    [
        ("papers.half_a_day", "2025-10-31 20:00", "2025-11-01 08:00"),  # a night of the calendar
        (
            "papers.five_hours",
            "2025-10-31 16:00",
            "2025-11-01 13:15",
        ),  # Saturday 1 November is worked
        ("papers.five_hours", "2025-11-02 03:00", "2025-11-05 14:00"),  # Sunday to Tuesday are off
        ("papers.two_days", "2025-10-31 16:00", "2025-11-05 18:00"),
    ],
)
def test_a_wait_counts_what_its_term_says(wait: str, since: str, until: str) -> None:
    """Hours and days of the calendar run on, working ones are the team's."""
    assert CATALOGUE.wait_ends(CaseState(case_id="case"), wait, at(since)) == at(until)


@pytest.mark.parametrize("wait", CATALOGUE.waits)
def test_no_pause_puts_a_wait_off(wait: str) -> None:
    """A wait is no deadline: what stops the clocks of steps does not stop it."""
    state = CaseState(case_id="case")
    paused = state.but(pauses=(pause("2025-10-30 10:00", "2025-11-01 10:00"),))
    since = at("2025-10-30 09:00")
    assert CATALOGUE.wait_ends(paused, wait, since) == CATALOGUE.wait_ends(state, wait, since)
