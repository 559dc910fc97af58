"""The same admission in Moscow and in a region: hours, offices, programmes and words are the region's own."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.stories.places import There
from tests.fixtures.ahead import Ahead

MOSCOW = "GKB29"
SATURDAY = 5
REGIONS = {
    "KKB1": ("remote_escort", "МФЦ Хабаровского края", "Министерство социальной защиты Хабаровского края"),
    "SKKB": (
        "spa_rehabilitation",
        "МФЦ Ставропольского края",
        "Министерство труда и социальной защиты населения Ставропольского края",
    ),
    "LOKB": ("aids_rental_region", "МФЦ Липецкой области", "Управление социальной политики Липецкой области"),
}


async def listed(place: There, part: str) -> dict[str, dict[str, Any]]:
    """A part of the catalogue as it holds in the hospital, by code."""
    found = await place.get(f"/api/v1/catalogue/{part}", hospital=place.hospital)
    return {each["code"]: each for each in found["items"]}


def due(told: dict[str, Any]) -> datetime:
    """The due time of an explained clock."""
    return datetime.fromisoformat(told["clock"]["due_at"])


@pytest.mark.parametrize("hospital", list(REGIONS))
async def test_a_route_offers_what_the_region_has(today: Ahead, hospital: str) -> None:
    """Given the same patient who hardly moves, then the region's own programme is proposed, and none of Moscow's."""
    programme, one_stop, authority = REGIONS[hospital]
    there, moscow = There(today, hospital), There(today, MOSCOW)
    routes = {}
    for place in (there, moscow):
        case = await place.agreed("aids", flags=["low_mobility"])
        routes[place.hospital] = await place.items(case, "entry")
    assert programme in routes[hospital]
    assert programme not in routes[MOSCOW]
    services = await listed(there, "services")
    assert services[programme]["verified"] is False
    assert services["one_stop"]["title"]["ru"] == one_stop
    assert (await listed(moscow, "services"))["one_stop"]["title"]["ru"] == "«Мои Документы»"
    assert "glinka_centre" not in services
    assert services["residential_care"]["where"]["ru"] == authority


@pytest.mark.parametrize("hospital", list(REGIONS))
async def test_the_office_that_is_asked_is_the_regions(today: Ahead, hospital: str) -> None:
    """Given a nameless man, when he was found, then the region's police desk is told, for there is no БРНС."""
    there, moscow = There(today, hospital), There(today, MOSCOW)
    titles = {}
    for place in (there, moscow):
        case = await place.admit(flags=["unidentified"])
        await place.do(case, "first_contact", result="unconscious")
        titles[place.hospital] = (await place.step(case, "bureau_notice"))["title"]["ru"]
    assert titles == {MOSCOW: "Сообщить БРНС", hospital: "Сообщить в дежурную часть полиции"}


def next_working_day(after: date, calendar: dict[str, Any]) -> date:
    """The first day after that one which the calendar has people work on."""
    off, worked = {day["date"] for day in calendar["days_off"]}, {*calendar["worked"]}
    days = (after + timedelta(days=number) for number in range(1, 30))
    return next(day for day in days if f"{day}" in worked or (day.weekday() < SATURDAY and f"{day}" not in off))


async def test_khabarovsk_counts_by_its_own_sun(today: Ahead) -> None:
    """Given a route that a senior looks at within a working day, then that day ends at 18:00 in Vladivostok's zone.

    It is the working day after the one that it is there: late in Moscow's day the next one has begun there already.
    """
    found, begun = {}, {}
    for place, zone in ((There(today, "KKB1"), "Asia/Vladivostok"), (There(today, MOSCOW), "Europe/Moscow")):
        case = await place.agreed("urgent_help", flags=["no_fixed_abode"])
        await place.do(case, "route_draft", result="drafted")
        told = await place.clock(case, "route_approve")
        assert told["clock"]["timetable"]["zone"] == zone
        start = datetime.fromisoformat(told["clock"]["start"]["occurred_at"]).astimezone(ZoneInfo(zone))
        day = next_working_day(start.date(), (await listed(place, "calendars"))["russia"])
        assert due(told) == datetime.combine(day, time(18), ZoneInfo(zone))
        found[place.hospital], begun[place.hospital] = due(told), start.date()
    if begun["KKB1"] == begun[MOSCOW]:
        assert found["KKB1"] < found[MOSCOW]


async def test_khabarovsk_takes_its_time_for_the_way_home(today: Ahead) -> None:
    """Given a patient who left, then word of the arrival is awaited for twelve hours there and for four in Moscow."""
    for hospital, hours in (("KKB1", 12), (MOSCOW, 4)):
        place = There(today, hospital)
        case = await place.admit()
        await place.post(f"/api/v1/cases/{case}/events", {"type": "discharged"})
        told = await place.clock(case, "arrival_confirm")
        start = datetime.fromisoformat(told["clock"]["start"]["occurred_at"])
        assert due(told) - start == timedelta(hours=hours)


async def test_lipetsk_decides_sooner_for_palliative_patients(today: Ahead) -> None:
    """Given a palliative patient, then need is decided within two working days there, in the hours of that office."""
    found = {}
    for hospital in ("LOKB", MOSCOW):
        place = There(today, hospital)
        case = await place.agreed("home_care", flags=["palliative"])
        await place.do(case, "route_draft", result="drafted")
        await place.do(case, "route_approve", result="approved")
        await place.do(case, "route_offer", result="accepted")
        await place.do(case, "need_application", result="filed")
        found[hospital] = await place.clock(case, "need_decision")
    term = {hospital: told["clock"]["term"]["amount"] for hospital, told in found.items()}
    assert term == {"LOKB": 2, MOSCOW: 5}
    assert due(found["LOKB"]) < due(found[MOSCOW])
    closes = due(found["LOKB"]).astimezone(ZoneInfo("Europe/Moscow")).strftime("%H:%M")
    assert closes in {"17:30", "16:30"}
    # That one region has it is known; which one is not, and the clock says so.
    assert found["LOKB"]["clock"]["figure"]["verified"] is False
    assert "one region" in found["LOKB"]["clock"]["figure"]["source"]
    assert found["LOKB"]["clock"]["timetable"] != found[MOSCOW]["clock"]["timetable"]


async def test_stavropol_has_a_day_off_of_its_own(today: Ahead) -> None:
    """Given the calendar of the territory, then Радоница is a day off there, and no day off in Moscow."""
    there, moscow = There(today, "SKKB"), There(today, MOSCOW)
    own, usual = (await listed(there, "calendars"))["russia"], (await listed(moscow, "calendars"))["russia"]
    days = {day["date"]: day["reason"]["code"] for day in own["days_off"]}
    assert days["2026-04-21"] == "radonitsa"
    assert {day["date"] for day in own["days_off"]} - {day["date"] for day in usual["days_off"]} == {"2026-04-21"}
    assert (own["verified"], usual["verified"]) == (False, True)
    case = await there.agreed("home_care")
    taken = await today.parts.api.queries.case(case)
    assert taken is not None
    rules = await today.parts.api.catalogues.slice_of(taken.catalogue, "SKKB", taken.variants)
    assert rules is not None
    assert rules.calendars["russia"].version.endswith("stavropol")
