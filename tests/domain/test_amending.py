"""What is put right at the person's request stands, whatever a hospital's system tells later; people decide."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from marshrut.domain.amending import Field, conflicts, fitting, numbers_amended, put_right
from marshrut.domain.marks import Mark
from marshrut.domain.persons import known

TODAY = date(2026, 7, 15)


def record(**patient: Any) -> dict[str, Any]:
    return {"patient": {"mrn": "7", "identified": True, "aliases": [], **patient}, "contacts": []}


OLD = record(family="Голубева", given="Зоя", birth_date="1948-02-03", phones=["+7 900 111-22-33"])
AGAIN = record(family="Голубева", given="Зоя")


def righted(records: list[dict[str, Any]], field: Field, value: Any) -> dict[str, Any]:
    made = put_right(records, known(records), field, value)
    assert made is not None
    return made


def family(records: list[dict[str, Any]]) -> str:
    told: str = known(records)["patient"]["family"]
    return told


def test_a_correction_stands_and_keeps_what_was() -> None:
    """What is known is the new value; the old one stays in the correction."""
    made = righted([OLD], Field.FAMILY, "Голубова")
    assert made == {"amends": {"family": {"was": "Голубева", "now": "Голубова"}}}
    assert family([made, OLD]) == "Голубова"
    assert known([made, OLD])["patient"]["given"] == "Зоя"
    assert conflicts([made, OLD]) == []


def test_a_system_that_tells_the_old_value_again_makes_a_conflict_and_changes_nothing() -> None:
    """The corrected value stands until somebody decides; news without that field is none."""
    records = [AGAIN, righted([OLD], Field.FAMILY, "Голубова"), OLD]
    assert family(records) == "Голубова"
    (conflict,) = conflicts(records)
    assert (conflict.field, conflict.held, conflict.told, conflict.by) == (Field.FAMILY, "Голубова", "Голубева", 0)
    assert conflicts([record(given="Зоя"), *records[1:]]) == []
    assert conflicts([record(family="Голубова"), *records]) == []


def test_a_conflict_is_decided_for_good() -> None:
    """Kept: the same value told again is no conflict any more, another one is. Taken over: the system's value holds."""
    records = [AGAIN, righted([OLD], Field.FAMILY, "Голубова"), OLD]
    kept = [righted(records, Field.FAMILY, "Голубова"), *records]
    assert family([AGAIN, *kept]) == "Голубова"
    assert conflicts([AGAIN, *kept]) == []
    assert [each.told for each in conflicts([record(family="Голубкина"), *kept])] == ["Голубкина"]
    taken = [righted(records, Field.FAMILY, "Голубева"), *records]
    assert family(taken) == "Голубева"
    assert conflicts([AGAIN, *taken]) == []


def test_what_is_so_already_is_no_correction() -> None:
    """Nothing changes, and nothing is recorded; telephones are the same in any spelling and order."""
    assert put_right([OLD], known([OLD]), Field.FAMILY, "Голубева") is None
    assert put_right([OLD], known([OLD]), Field.PHONES, ["8 (900) 111 22 33"]) is None


def test_a_refused_request_changes_nothing() -> None:
    """What was asked for is kept beside, and what is known is as before."""
    refused = {"amends": {"family": {"was": "Голубева", "asked": "Иванова"}}}
    assert family([refused, OLD]) == "Голубева"
    assert conflicts([refused, OLD]) == []


def test_a_number_that_was_wrong_finds_nobody_unless_somebody_near_has_it() -> None:
    """The person is found by the new number; of the old ones those are lost that no contact has."""
    near = {**OLD, "contacts": [{"relation": "сын", "phones": ["8 900 111 22 33"]}]}
    made = righted([OLD], Field.PHONES, ["+7 911 000-00-01"])
    assert numbers_amended(made) == ([(Mark.PHONE, "9001112233")], [(Mark.PHONE, "9110000001")])
    assert numbers_amended(righted([near], Field.PHONES, ["+7 911 000-00-01"]))[0] == []
    assert numbers_amended(OLD) == ([], [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field.FAMILY, None),
        (Field.FAMILY, ""),
        (Field.BIRTH_DATE, "вчера"),
        (Field.BIRTH_DATE, "2026-07-16"),
        (Field.SEX, "м"),
        (Field.PHONES, "+7 900"),
        (Field.PHONES, ["+7 900 000 00 00"] * 11),
        (Field.ADDRESS, ["Тихая, 4"]),
    ],
)
def test_what_does_not_fit_the_field_is_refused(field: Field, value: Any) -> None:
    """A name is not empty, a birth date lies behind, telephones are a list of a few."""
    with pytest.raises(ValueError, match=r"."):
        fitting(field, value, TODAY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field.PATRONYMIC, None),
        (Field.ADDRESS, None),
        (Field.BIRTH_DATE, "1948-02-03"),
        (Field.PHONES, []),
        (Field.SEX, "female"),
    ],
)
def test_what_fits_is_taken_as_records_hold_it(field: Field, value: Any) -> None:
    """That there is none of it can be said too."""
    assert fitting(field, value, TODAY) == value
