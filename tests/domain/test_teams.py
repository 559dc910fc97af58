"""Whether a team is at work: by its own hours, by its hospital's zone, by the official calendar."""

from datetime import datetime

import pytest

from marshrut.domain.slice import PSYCHOLOGISTS, TEAM
from marshrut.domain.state import CaseState
from tests.fixtures.shipped import shipped

CATALOGUE = shipped()
CASE = CaseState(case_id="case")


@pytest.mark.parametrize(
    ("hospital", "at", "there"),
    [
        ("GKB29", "2026-03-02T08:59:59+03:00", False),
        ("GKB29", "2026-03-02T09:00:00+03:00", True),
        ("GKB29", "2026-03-02T17:59:59+03:00", True),
        ("GKB29", "2026-03-02T18:00:00+03:00", False),  # at the moment of closing they are gone
        ("GKB29", "2026-03-07T12:00:00+03:00", False),  # a Saturday
        ("GKB29", "2026-03-09T12:00:00+03:00", False),  # a Monday off
        ("GKB29", "2025-11-01T12:00:00+03:00", True),  # a worked Saturday
        ("SKLIF", "2026-03-07T12:00:00+03:00", True),  # a flagship's are there every day
        ("SKLIF", "2026-03-07T20:00:00+03:00", False),
        ("KKB1", "2026-03-02T09:00:00+10:00", True),
        ("KKB1", "2026-03-02T12:00:00+03:00", False),
    ],
)
def test_psychologists_keep_hours_of_their_own(hospital: str, at: str, *, there: bool) -> None:
    """From the moment of opening and before that of closing, on the days of their calendar."""
    assert CATALOGUE.slice(hospital).is_there(CASE, PSYCHOLOGISTS, datetime.fromisoformat(at)) is there


def test_who_has_no_hours_keeps_those_of_the_coordinators() -> None:
    """A case of an older catalogue, which knew none of theirs, goes on."""
    older = CATALOGUE.slice("SKLIF")
    older = older.model_copy(
        update={"timetables": {name: each for name, each in older.timetables.items() if name != PSYCHOLOGISTS}}
    )
    for hour in (7, 8, 19, 20):
        at = datetime.fromisoformat(f"2026-03-07T{hour:02}:00:00+03:00")
        assert older.is_there(CASE, PSYCHOLOGISTS, at) is older.is_there(CASE, TEAM, at) is (8 <= hour < 20)


def test_whose_hours_a_site_names_is_marked() -> None:
    """They are assumptions, and say so."""
    assert {CATALOGUE.hours[site.psychologists].mark for site in CATALOGUE.hospitals.values()} == {"A"}
