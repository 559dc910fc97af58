from __future__ import annotations

import pytest

from marshrut.adapters.identity.passwords import made_up
from marshrut.adapters.identity.rules import wrong_with
from marshrut.domain.signing_in import LONGEST_PASSWORD

ABOUT = ("orlova", "Орлова Елена")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("семь77", "short"),
        ("x" * (LONGEST_PASSWORD + 1), "long"),
        ("password123", "common"),
        ("1234567890", "common"),
        ("qwertyuiop", "common"),
        ("йцукенгшщз", "common"),
        ("пароль12345", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("orlova-2026", "about_you"),
        ("Елена12345", "about_you"),
        ("marshrut2026", "about_you"),
    ],
)
def test_what_is_guessed_first_will_not_do(password: str, why: str) -> None:
    """Too short, in everybody's lists (in either keyboard), or about whoever chose it."""
    assert wrong_with(password, ABOUT) == why


@pytest.mark.parametrize(
    "password", ["семь-синих-чайников", "correct horse battery", "жёлтая тачка у пруда", "орлова-ест-тачку-у-пруда"]
)
def test_words_at_random_will_do_without_digits_or_capitals(password: str) -> None:
    """No rule asks for kinds of letters; a long phrase may even have one's name in it."""
    assert wrong_with(password, ABOUT) is None


def test_what_we_make_up_will_do() -> None:
    """A password that the system makes passes its own rules."""
    assert all(wrong_with(made_up(), ABOUT) is None for _ in range(20))
