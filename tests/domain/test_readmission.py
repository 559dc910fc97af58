"""Who comes back, and to which case the new one is linked."""

from datetime import datetime, timedelta

import pytest

from marshrut.domain import events as e
from marshrut.domain.evolve import fold
from marshrut.domain.readmission import case_after, case_before
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Report
from tests.fixtures.cases import DAY, NOON, admission, event

SOON = 30 * DAY
MOMENT = timedelta(seconds=1)


def case(name: str, left: datetime | None, *bodies: e.Body, **changes: object) -> CaseState:
    """A case of the person that was left then."""
    opened = e.CaseOpened(procedure=2, catalogue="t", **admission(**changes).model_dump(exclude={"type", "unstaffed"}))
    events = [event(1, opened)]
    if left is not None:
        events.append(event(2, e.Reported(report=Report.DISCHARGED), left))
    later = [event(number, body) for number, body in enumerate(bodies, start=len(events) + 1)]
    return fold(name, [*events, *later])


def before(*known: CaseState, after: timedelta = DAY, **changes: object) -> str | None:
    """The case that an admission so long after noon comes back from."""
    admit = admission(admitted_at=NOON + after, **changes)
    return case_before(admit, "new", known, SOON)


@pytest.mark.parametrize(
    ("after", "linked"),
    [(-MOMENT, None), (timedelta(0), "old"), (SOON, "old"), (SOON + MOMENT, None), (31 * DAY, None)],
)
def test_thirty_days_after_leaving_are_soon(after: timedelta, linked: str | None) -> None:
    """From the moment of leaving to the end of the thirtieth day, and neither sooner nor later."""
    assert before(case("old", NOON), after=after) == linked


def test_of_several_cases_the_last_one_that_was_left_counts() -> None:
    """Whatever their order."""
    known = case("first", NOON - 9 * DAY, admitted_at=NOON - 10 * DAY), case("second", NOON - DAY)
    assert (before(*known), before(*reversed(known))) == ("second", "second")


def test_nobody_elses_case_and_no_other_kind_of_case() -> None:
    """Not another person's, not the same visit's, none of whom is still here, no enquiry and nobody who died."""
    assert before(case("old", NOON, person="somebody")) is None
    assert before(case("new", NOON)) is None
    assert before(case("old", None)) is None
    assert before(case("old", NOON, via="enquiry")) is None
    assert before(case("old", NOON), via="enquiry") is None
    assert before(case("old", NOON, e.CaseClosed(ending=Ending.DIED))) is None
    assert before(case("old", NOON, e.CaseClosed(ending=Ending.HOME_ALONE))) == "old"
    assert before(case("old", NOON), via="referral") == "old"


def test_the_case_before_knows_the_case_after() -> None:
    """The link is kept once, in the new case, and read both ways."""
    back = case("back", None, earlier="old", admitted_at=NOON + DAY)
    again = case("again", None, earlier="old", admitted_at=NOON + 2 * DAY)
    assert case_after("old", (again, case("old", NOON), back)) == "back"
    assert case_after("back", (again, back)) is None
