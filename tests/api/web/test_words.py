"""What the pages say: both languages, every form, nothing missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.web.typesetting import typeset
from api.web.words import Words, keys

WEB = Path("api/web")
# A key that is put together from parts is checked by the tests of its page.
ASKED = re.compile(r"""\b(?:desk\.|self\.)?(?:t|words)\(\s*f?["']([a-z0-9_]+\.[a-z0-9_]+)["']\s*[,)]""")


def _files() -> list[Path]:
    return [*WEB.rglob("*.py"), *WEB.rglob("*.html")]


@pytest.mark.parametrize("file", _files(), ids=str)
def test_every_word_that_a_page_asks_for_is_there(file: Path) -> None:
    """A key that a template or a presenter names is in a file of words."""
    missing = set(ASKED.findall(file.read_text("utf-8"))) - keys()
    assert not missing


@pytest.mark.parametrize("n", [0, 1, 2, 5, 11, 21, 104])
def test_numbers_choose_their_form(n: int) -> None:
    """One day, two days, five days: by the rules of the language."""
    russian = {0: "дней", 1: "день", 2: "дня", 5: "дней", 11: "дней", 21: "день", 104: "дня"}
    assert Words("ru")("shell.working_days", n=n).endswith(russian[n])
    assert Words("en")("shell.working_days", n=n).endswith("day" if n == 1 else "days")


def test_a_line_never_ends_with_a_preposition_nor_breaks_before_a_unit_or_a_dash() -> None:
    """Spaces that must not break do not."""
    said = typeset("ждём в отделении — ещё 2 ч из 24 ч, Орлова Е. В. и ГКБ № 29", "ru")
    assert "в отделении" not in said
    assert "в\u00a0отделении\u00a0— ещё 2\u00a0ч из\u00a024\u00a0ч" in said
    assert "Е.\u00a0В." in said
    assert "№\u00a029" in said


def test_no_word_of_a_page_holds_markup() -> None:
    """Words are words; what they look like is said by templates."""
    for file in WEB.rglob("words/*.yaml"):
        lines = [line for line in file.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
        assert "<" not in "".join(lines), file
