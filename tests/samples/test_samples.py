from datetime import UTC, datetime, timedelta, timezone

import pytest

from marshrut.adapters.hl7v2 import Message, parse, to_admission
from marshrut.composition import sites
from marshrut.domain.words import Flag
from marshrut.samples import shifted
from tests.fixtures.shipped import shipped

NOWS = [
    datetime(2026, 11, 22, 0, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=10))),
    datetime(2030, 1, 1, 0, 0, 1, tzinfo=timezone(timedelta(hours=-5))),
]


@pytest.mark.parametrize("now", NOWS)
def test_every_sample_was_admitted_within_the_last_day(now: datetime) -> None:
    """Whenever an installation starts, its samples are fresh admissions that nobody sent from the future."""
    known = sites(shipped())
    for name, raw in shifted(now):
        message = parse(raw)
        admission = to_admission(message, known)
        assert now - timedelta(hours=24) < admission.admitted_at < now, name
        sent = datetime.strptime(message.first("MSH").text(7), "%Y%m%d%H%M%S%z")
        assert admission.admitted_at <= sent <= now, name


def test_the_samples_show_what_the_service_is_for() -> None:
    """Among them are a lone child, an unidentified patient, an admission that opens no case, and another zone."""
    catalogue = shipped()
    admissions = [to_admission(parse(raw), sites(catalogue)) for _, raw in shifted(NOWS[0])]
    flags = {flag for admission in admissions for flag in admission.flags}
    assert flags == {Flag.CHILD, Flag.CHILD_WITHOUT_CARER, Flag.UNIDENTIFIED}
    assert [catalogue.screen(admission) for admission in admissions].count("not_emergency") == 1
    assert {catalogue.hospitals[admission.facility].zone for admission in admissions} >= {"Asia/Vladivostok"}
    assert max(len(admission.contacts) for admission in admissions) == 3
    assert len({(admission.facility, admission.visit) for admission in admissions}) == len(admissions)


def test_moving_a_sample_keeps_its_inner_spans() -> None:
    """All times of a message move by one span, whether or not they name an offset."""

    def times(message: Message) -> list[datetime]:
        raw = [message.first("MSH").text(7), message.first("EVN").text(2), message.only("PV1").text(44)]
        return [datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC) for text in raw]

    for (name, one), (_, other) in zip(shifted(NOWS[0]), shifted(NOWS[1]), strict=True):
        spans = {later - earlier for earlier, later in zip(times(parse(one)), times(parse(other)), strict=True)}
        assert len(spans) == 1, name


def test_the_same_now_gives_the_same_bytes() -> None:
    """Loading the samples is repeatable."""
    assert shifted(NOWS[0]) == shifted(NOWS[0])
