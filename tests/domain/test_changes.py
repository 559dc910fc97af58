from hypothesis import given
from hypothesis import strategies as st

from marshrut.domain.changes import ChangeKind, changed
from marshrut.domain.events import Event
from marshrut.domain.evolve import evolve
from marshrut.domain.state import CaseState
from marshrut.domain.window import MOST_GAPS, Window
from tests.fixtures.stuck import journals


@given(journals("c"))
def test_whatever_happens_to_a_case_is_told_by_its_kind(journal: list[Event]) -> None:
    """Of every event: opened first, closed at the end, steps when a step differs; and always something."""
    before = CaseState(case_id="c")
    for event in journal:
        after = evolve(before, event)
        kinds = changed(before, after)
        assert kinds
        assert (ChangeKind.OPENED in kinds) is (event.seq == 1)
        assert (ChangeKind.STEPS in kinds) is (before.steps != after.steps)
        assert (ChangeKind.NOTICES in kinds) is (before.notices != after.notices)
        assert (ChangeKind.CLOSED in kinds) is (after.closed and not before.closed)
        before = after


@given(st.permutations(range(1, 30)), st.integers(1, 7))
def test_nothing_is_passed_over_in_whatever_order_it_comes(order: list[int], some: int) -> None:
    """The mark never goes beyond a number that has not been seen, and reaches the end once all have been."""
    window, seen = Window(0, waits_s=10), set[int]()
    for first in range(0, len(order), some):
        numbers = sorted(order[first : first + some])
        window.take([number for number in numbers if number > window.high or number in window.gaps], 0)
        seen |= set(numbers)
        assert seen >= set(range(1, window.mark + 1))
        assert set(window.gaps) == set(range(1, window.high)) - seen
    assert window.mark == 29


def test_a_gap_is_waited_for_no_longer_than_a_transaction_takes() -> None:
    """A number that was given and never committed holds nothing up for ever; nor does a sequence that jumped."""
    window = Window(5, waits_s=10)
    window.take([7], 0)
    assert (window.mark, window.gaps) == (5, (6,))
    window.take([], 11)
    assert (window.mark, window.gaps) == (7, ())
    window.take([10_000_000], 12)
    assert len(window.gaps) == MOST_GAPS
