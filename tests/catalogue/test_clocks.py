from datetime import UTC, datetime

import pytest

from marshrut.catalogue import Catalogue
from marshrut.domain.clock import Basis, compute
from marshrut.domain.slice import ClockRule, Slice
from marshrut.domain.words import Flag


def due(taken: Slice, rule: ClockRule, start: datetime, flag: Flag | None = None) -> datetime:
    """When a clock of the catalogue is due."""
    table = taken.timetables[rule.timetable]
    calendar = taken.calendars[table.calendar] if table.calendar else None
    pace = rule.pace_if[flag] if flag else rule.pace
    return compute(pace.term, None, start, Basis(table, calendar)).due_at


@pytest.mark.parametrize(
    ("hospital", "step", "flag", "start", "expected"),
    [
        # Thursday 30 October 2025: Saturday 1 November is worked, Monday 3 and Tuesday 4 are off.
        ("GKB29", "services.need_decision", None, "2025-10-30T12:00", "2025-11-07T13:45"),  # Friday 16:45
        ("KKB1", "services.need_decision", None, "2025-10-30T02:00", "2025-11-07T07:00"),  # the same in Vladivostok
        ("GKB29", "services.ippsu_receive", None, "2025-12-29T09:00", "2026-01-22T15:00"),  # over the New Year
        ("GKB29", "disability.mse_result", Flag.PALLIATIVE, "2026-05-07T09:00", "2026-05-13T15:00"),  # 9 to 11 May off
        ("GKB29", "contact.first_contact", Flag.CHILD_WITHOUT_CARER, "2026-01-01T00:00", "2026-01-01T02:00"),
        ("GKB29", "route.route_approve", None, "2026-01-01T09:00", "2026-01-12T15:00"),
        ("SKLIF", "route.route_approve", None, "2026-01-01T09:00", "2026-01-02T17:00"),  # a team that is always there
        ("GKB29", "documents.snils_restore", None, "2026-01-01T09:00", "2026-01-06T09:00"),  # days, not working days
    ],
)
def test_terms_end_when_the_office_closes(
    base: Catalogue, hospital: str, step: str, flag: Flag | None, start: str, expected: str
) -> None:
    """A term of the catalogue counts the days and hours of whoever has to answer, in their zone."""
    taken = base.slice(hospital)
    rule = taken.steps[step].clock
    assert rule is not None
    started = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert due(taken, rule, started, flag) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_every_clock_of_every_hospital_can_be_counted(base: Catalogue) -> None:
    """No shipped clock meets a timetable that never opens, whenever it begins."""
    starts = [datetime(year, 12, 31, 20, tzinfo=UTC) for year in (2025, 2030, 2035)]
    for hospital in base.hospitals:
        taken = base.slice(hospital)
        for step in taken.steps.values():
            for start in starts:
                assert step.clock is None or due(taken, step.clock, start) > start
