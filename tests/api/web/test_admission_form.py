"""The form that takes in a referral, as rules without a browser."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.admission_form import ORDER, Typed, birth_date, checked, place
from api.web.words import Words
from marshrut.domain.referral import Referral
from marshrut.domain.words import Flag

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2025, 11, 6, 6, 42, tzinfo=UTC)
RU = Words("ru")


def test_a_sentence_is_enough_for_a_referral() -> None:
    """Everything else may be missing, and a time is the hospital's own."""
    content, wrong = checked(Typed("GKB29", sentence="просит помощи", at="06.11.2025 09:40"), MOSCOW, NOW, RU)
    made = Referral.model_validate(content)
    assert wrong == {}
    assert (made.facility, made.occurred_at) == ("GKB29", datetime(2025, 11, 6, 6, 40, tzinfo=UTC))


def test_whatever_is_wrong_is_told_in_the_order_of_the_fields() -> None:
    """Each field by its own words, from top to bottom."""
    typed = Typed("GKB29", at="06.11.2025 09:50", born="12.16.1980")
    _, wrong = checked(typed, MOSCOW, NOW, RU)
    assert list(wrong) == [field for field in ORDER if field in wrong] == ["at", "sentence", "born"]
    assert wrong["born"] == RU("admit.born_month", text="12.16.1980")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", None),
        ("12.06.1980", date(1980, 6, 12)),
        ("1/2/1980", date(1980, 2, 1)),
        ("12.16.1980", "born_month"),
        ("31.02.1980", "born_day"),
        ("1980-06-12", "born_form"),
        ("вчера", "born_form"),
    ],
)
def test_a_birth_date_is_read_as_people_write_it(written: str, read: date | str | None) -> None:
    """Day, month, year; what is none says what is wrong with it."""
    assert birth_date(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [("Хирургия, 311", ("Хирургия", "311")), ("2 хир. отд", ("2-хир.-отд", None)), (" ", (None, None))],
)
def test_a_ward_becomes_a_code(written: str, read: tuple[str | None, str | None]) -> None:
    """Ward and room as they are said; what a code cannot hold becomes a hyphen."""
    assert place(written) == read


def test_marks_and_an_unknown_identity_become_flags() -> None:
    """What was ticked, and what follows from it."""
    typed = Typed("GKB29", unknown=True, flags=frozenset({Flag.CRISIS}))
    assert set(typed.all_flags()) == {Flag.UNIDENTIFIED, Flag.CRISIS}


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_text_breaks_the_form(sentence: str, ward: str, born: str, at: str) -> None:
    """Whatever is typed is taken, or refused by the name of its field."""
    content, wrong = checked(Typed("GKB29", sentence=sentence.strip(), ward=ward, born=born, at=at), MOSCOW, NOW, RU)
    assert set(wrong) <= set(ORDER)
    if not wrong:
        made: Any = Referral.model_validate(content)
        assert made.sentence == sentence.strip()
