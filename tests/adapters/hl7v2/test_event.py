"""What hospitals tell of a visit after its admission, field by field."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from marshrut.adapters.hl7v2 import DeathRule, EmergencyRule, Fault, FaultCode, Site, parse, to_event, to_merge
from marshrut.domain.hospital_event import Happening, HospitalEvent, TimeFrom
from marshrut.domain.patient_merge import PatientMerge
from marshrut.domain.words import Report
from tests.adapters.hl7v2.messages import OMIT, SITES, adt

NIGHT = datetime.fromisoformat("2026-03-12T08:40:00+03:00")


def event(name: str, **fields: Any) -> HospitalEvent:
    """What the intake makes of a message of that event."""
    return to_event(parse(adt(header={9: f"ADT^{name}"}, **fields)), SITES)


MEANT = [
    ("A02", Happening.MOVED, Report.MOVED, ("ТРАВМ", "308-3")),
    ("A12", Happening.MOVE_CANCELLED, Report.MOVED, ("ТРАВМ", "308-3")),
    ("A03", Happening.DISCHARGED, Report.DISCHARGED, (None, None)),
    ("A07", Happening.BECAME_OUTPATIENT, Report.DISCHARGED, (None, None)),
    ("A08", Happening.UPDATED, Report.UPDATED, (None, None)),
    ("A31", Happening.UPDATED, Report.UPDATED, (None, None)),
    ("A11", Happening.ADMISSION_CANCELLED, Report.ADMISSION_CANCELLED, (None, None)),
    ("A13", Happening.DISCHARGE_CANCELLED, Report.DISCHARGE_CANCELLED, (None, None)),
    ("A38", Happening.PREADMISSION_CANCELLED, Report.ADMISSION_CANCELLED, (None, None)),
]


@pytest.mark.parametrize(("name", "kind", "report", "place"), MEANT, ids=[row[0] for row in MEANT])
def test_each_event_is_the_report_that_it_means(
    name: str, kind: Happening, report: Report, place: tuple[str | None, str | None]
) -> None:
    """Whose visit, what happened, when; a place only of who moves."""
    found = event(name)
    assert (found.kind, found.report, (found.ward, found.bed)) == (kind, report, place)
    assert found.planned is (name == "A38")
    assert (found.facility, found.visit) == ("GKB29", None if name == "A31" else "26-1")
    assert (found.occurred_at, found.time_from, found.died) == (NIGHT, TimeFrom.OCCURRED, False)
    assert (found.patient.mrn, found.patient.family) == ("900101", "Лебедева")


def test_what_is_personal_stays_apart() -> None:
    """Visit, patient and contacts are sealed; what travels is codes and times."""
    found = event("A08", more=("NK1|1|Крылова^Зинаида|NBR",))
    assert found.personal().keys() == {"visit", "patient", "contacts"}
    assert found.personal()["contacts"][0]["family"] == "Крылова"
    merged = to_merge(parse(adt(header={9: "ADT^A40"}, more=("MRG|77^^^GKB29^MR",), pv1=OMIT)), SITES)
    assert merged.personal() == {"survivor": "900101", "prior": "77", "prior_visit": None}


TIMES = [
    ({6: "20260312084000+0300", 2: "20260312091130+0300"}, "2026-03-12T08:40:00+03:00", TimeFrom.OCCURRED),
    ({6: "", 2: "20260312091130+0300"}, "2026-03-12T09:11:30+03:00", TimeFrom.RECORDED),
    ({6: "", 2: ""}, "2026-03-12T09:12:00+03:00", TimeFrom.SENT),
    ({6: "20260312"}, "2026-03-12T00:00:00+03:00", TimeFrom.OCCURRED),
]


@pytest.mark.parametrize(("evn", "at", "source"), TIMES)
def test_it_counts_from_the_first_time_that_is_told(evn: dict[int, str], at: str, source: TimeFrom) -> None:
    """When it happened, else when it was entered, else when it was sent; whatever PV1-44 says of the admission."""
    found = event("A02", evn=evn)
    assert (found.occurred_at, found.time_from) == (datetime.fromisoformat(at), source)


DEATHS = [
    ("A03", {}, {36: "20"}, True),
    ("A03", {}, {36: "42^^HL70112"}, True),
    ("A03", {}, {36: "умер^^^41"}, True),
    ("A03", {}, {36: "01"}, False),
    ("A03", {30: "Y"}, {36: "01"}, True),
    ("A03", {29: "20260312070000", 30: "N"}, {36: ""}, False),
    ("A08", {30: "Y"}, {}, True),
    ("A08", {}, {36: "20"}, False),  # the disposition of an update is the last one, or the one to come
    ("A31", {30: "Y"}, {36: "20"}, True),
    ("A02", {30: "Y"}, {}, False),
    ("A13", {30: "Y"}, {36: "20"}, False),
    ("A11", {30: "Y"}, {}, False),
]


@pytest.mark.parametrize(("name", "pid", "pv1", "died"), DEATHS)
def test_who_has_died_is_not_discharged(name: str, pid: dict[int, str], pv1: dict[int, str], died: bool) -> None:
    """By the disposition of a discharge or by PID-30; no move or cancellation tells of a death."""
    found = event(name, pid=pid, pv1=pv1)
    assert (found.died, found.report is Report.DIED) == (died, died)


WHEN = [
    ("20260312071500", "2026-03-12T07:15:00+03:00", TimeFrom.DEATH),
    ("20260312071500+1000", "2026-03-12T07:15:00+10:00", TimeFrom.DEATH),
    ("20260311", "2026-03-11T23:59:59+03:00", TimeFrom.DEATH),
    ("20260312", "2026-03-12T08:40:00+03:00", TimeFrom.DEATH),  # the day of the event: no later than that
    ("20260313", "2026-03-13T00:00:00+03:00", TimeFrom.DEATH),
    ("2026", "2026-03-12T08:40:00+03:00", TimeFrom.OCCURRED),
    ("", "2026-03-12T08:40:00+03:00", TimeFrom.OCCURRED),
]


@pytest.mark.parametrize(("pid_29", "at", "source"), WHEN)
def test_when_somebody_died(pid_29: str, at: str, source: TimeFrom) -> None:
    """PID-29; of a day alone its end, so that nobody dies before they came; else the time of the event."""
    found = event("A08", pid={29: pid_29, 30: "Y"})
    assert (found.occurred_at, found.time_from) == (datetime.fromisoformat(at), source)


def test_a_hospitals_own_codes_say_who_died() -> None:
    """The catalogue's codes decide, in capitals or not; without any nobody dies of a disposition."""
    message = parse(adt(header={9: "ADT^A03"}, pv1={36: "леталь"}))
    own = {"GKB29": Site("Europe/Moscow", EmergencyRule(), DeathRule(frozenset({"ЛЕТАЛЬ"})))}
    assert to_event(message, own).died
    assert not to_event(message, SITES).died


REFUSED = [
    ("A02", {"pv1": {3: ""}}, FaultCode.MISSING_FIELD, "PV1", 3),
    ("A03", {"pv1": {19: ""}}, FaultCode.MISSING_FIELD, "PV1", 19),
    ("A08", {"pid": {3: ""}}, FaultCode.MISSING_FIELD, "PID", 3),
    ("A08", {"pid": {7: "20270101"}}, FaultCode.BAD_TIME, "PID", 7),
    ("A11", {"evn": {6: "soon"}}, FaultCode.BAD_TIME, "EVN", 6),
    ("A13", {"evn": OMIT, "header": {9: "ADT^A13", 7: ""}}, FaultCode.MISSING_FIELD, "EVN", 2),
    ("A31", {"pv1": {3: "A^1^1^NOWHERE"}}, FaultCode.UNKNOWN_FACILITY, "PV1", 3),
    ("A31", {"pid": {29: "в мае", 30: "Y"}}, FaultCode.BAD_TIME, "PID", 29),
    ("A31", {"pid": {29: "20270101", 30: "Y"}}, FaultCode.BAD_TIME, "PID", 29),
    ("A01", {}, FaultCode.UNSUPPORTED_EVENT, "MSH", 9),
    ("A05", {}, FaultCode.UNSUPPORTED_EVENT, "MSH", 9),
]


@pytest.mark.parametrize(("name", "fields", "code", "segment", "field"), REFUSED, ids=range(len(REFUSED)))
def test_an_event_that_cannot_be_taken_says_why_and_where(
    name: str, fields: dict[str, Any], code: FaultCode, segment: str, field: int
) -> None:
    """Each fault has its code and its place."""
    with pytest.raises(Fault) as caught:
        to_event(parse(adt(**{"header": {9: f"ADT^{name}"}} | fields)), SITES)
    assert (caught.value.code, caught.value.segment, caught.value.field) == (code, segment, field)


def test_nothing_happens_in_the_future() -> None:
    """More than a day after now, or after it was sent; clocks may differ by less."""
    ahead = parse(adt(header={9: "ADT^A03"}, evn={6: "20260314"}))
    with pytest.raises(Fault) as caught:
        to_event(ahead, SITES)
    assert (caught.value.code, caught.value.place) == (FaultCode.BAD_TIME, "EVN-6")
    assert to_event(ahead, SITES, now=NIGHT + timedelta(days=1)).kind is Happening.DISCHARGED


def test_a_merge_names_two_records_of_one_hospital() -> None:
    """PID-3 goes on, MRG-1 is given up, in each the hospital's own number before others; MRG-5 if it is there."""
    mrg = "MRG|1^^^FUND^NI~SK-5^^^SKLIF^MR~5577310^^^GKB29^MR||||26-200"
    found = to_merge(parse(adt(header={9: "ADT^A40^ADT_A39"}, more=(mrg,), pv1=OMIT)), SITES)
    assert found == PatientMerge(
        facility="GKB29", survivor="900101", prior="5577310", prior_visit="26-200", occurred_at=NIGHT
    )
