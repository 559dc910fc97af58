import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marshrut.catalogue import Catalogue, generate
from marshrut.catalogue.compiling import offsets
from marshrut.catalogue.generate import CALENDARS, GeneratorError, calendars
from marshrut.domain.calendar import Calendar, DayKind


@pytest.fixture(scope="module")
def russia(base: Catalogue) -> Calendar:
    """Russia's calendar as a case keeps it."""
    return base.slice("GKB29").calendars["russia"]


@pytest.mark.parametrize(
    ("day", "kind", "reason"),
    [
        (date(2025, 11, 1), DayKind.WORKED, None),  # a Saturday
        (date(2025, 11, 2), DayKind.WEEKEND, None),
        (date(2025, 11, 3), DayKind.DAY_OFF, "transfer"),  # a Monday
        (date(2025, 11, 4), DayKind.DAY_OFF, "unity_day"),
        (date(2025, 11, 5), DayKind.WORKING, None),
        (date(2025, 12, 31), DayKind.DAY_OFF, "transfer"),
        (date(2026, 1, 1), DayKind.DAY_OFF, "new_year"),
        (date(2026, 1, 7), DayKind.DAY_OFF, "christmas"),
        (date(2026, 1, 8), DayKind.DAY_OFF, "new_year"),
        (date(2026, 1, 9), DayKind.DAY_OFF, "transfer"),
        (date(2026, 1, 12), DayKind.WORKING, None),
        (date(2026, 5, 1), DayKind.DAY_OFF, "labour_day"),
        (date(2026, 5, 4), DayKind.WORKING, None),
        (date(2026, 5, 9), DayKind.DAY_OFF, "victory_day"),  # a Saturday
        (date(2026, 5, 11), DayKind.DAY_OFF, "transfer"),
        (date(2027, 2, 20), DayKind.WORKED, None),
        (date(2027, 2, 22), DayKind.DAY_OFF, "transfer"),
    ],
)
def test_days_are_as_declared(russia: Calendar, day: date, kind: DayKind, reason: str | None) -> None:
    """Public holidays, transfers of days off and worked Saturdays are those of the official calendar."""
    assert russia.kind(day) == kind
    assert russia.days_off.get(day) == reason


@pytest.mark.parametrize(("year", "working"), [(2024, 248), (2025, 247), (2026, 247), (2027, 247)])
def test_a_year_has_as_many_working_days_as_declared(russia: Calendar, year: int, working: int) -> None:
    """The number of working days of an official year is that of the published calendar."""
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    counted = [russia.kind(day) in {DayKind.WORKING, DayKind.WORKED} for day in days if day.year == year]
    assert sum(counted) == working


def test_years_are_official_as_far_as_transfers_are_declared(russia: Calendar) -> None:
    """Up to the last declared year a clock is sure of its days; after it, provisional."""
    assert (russia.version, russia.official_until) == ("ru-2027.1", date(2027, 12, 31))
    assert (russia.first, russia.last) == (date(2024, 1, 1), date(2030, 12, 31))
    assert russia.official(date(2027, 12, 31))
    assert not russia.official(date(2028, 1, 3))


def test_the_calendar_is_what_would_be_generated() -> None:
    """Nobody wrote into the generated file by hand, and the package that knows the decrees still says the same."""
    assert CALENDARS.read_text(encoding="utf-8") == calendars()


def test_without_the_package_the_generator_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever generates without the development tools is told which one to install."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(GeneratorError, match="the package holidays is missing"):
        calendars()
    assert generate.main(["calendars"]) == 1
    assert "holidays" in capsys.readouterr().err
    assert generate.main([]) == 2


def test_every_reason_of_a_day_off_can_be_read(base: Catalogue) -> None:
    """An explanation of a due time finds words for each day that it skipped."""
    named = {reason for calendar in base.calendars.values() for reason in calendar.days_off.values()}
    assert named == set(base.day_reasons)
    assert base.day_reasons["unity_day"].ru == "праздник: День народного единства"
    assert base.day_reasons["transfer"].ru == "перенос выходного"


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Vladivostok", "Europe/Berlin", "Australia/Lord_Howe"])
def test_a_compiled_zone_is_the_zone(zone: str) -> None:
    """Compiled offsets agree with the time-zone database before and after each change, and every summer."""
    changes = offsets(zone)
    for number, change in enumerate(changes[1:], start=1):
        before, after = change.since - timedelta(seconds=1), change.since
        assert before.astimezone(ZoneInfo(zone)).utcoffset() == timedelta(minutes=changes[number - 1].minutes)
        assert after.astimezone(ZoneInfo(zone)).utcoffset() == timedelta(minutes=change.minutes)
    for year in range(2020, 2037):
        at = datetime(year, 7, 1, tzinfo=UTC)
        known = [change.minutes for change in changes if change.since <= at]
        assert at.astimezone(ZoneInfo(zone)).utcoffset() == timedelta(minutes=known[-1])
