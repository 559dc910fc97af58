"""How wide a text is, and where it breaks, without a font at hand: Arial's widths, with room for wider fonts."""

from __future__ import annotations

# In thousandths of the type size, by letters that are as wide.
_WIDTHS = {
    240: "ijl.,:;'|!fI ",
    340: "-()/rt\u00a0«»",
    460: "гзкт",
    520: "JcksvxyzсухчьэТ",
    570: "abdeghnopqu?0123456789аеибйвнопряцL+–—",
    640: "дълАБВГЕЗКРУЬЧХFTZ",
    700: "ABEKPSVXYСИЙНПЭЯЛ№",
    770: "CDHNRUжыДЦ",
    830: "GMOQmшщфюОМЪЫ%",
    960: "WwЖШЩФЮ→",
}
_WIDTH = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
# The widest font that may stand in (DejaVu) is an eighth wider; bold is a tenth.
ROOM, BOLD = 1.12, 1.08


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The most that a text takes, in the unit of the type size."""
    return sum(_WIDTH.get(letter, 640) for letter in text) / 1000 * size * ROOM * (BOLD if bold else 1)


def wrapped(text: str, size: float, room: float, *, bold: bool = False) -> tuple[str, ...]:
    """The lines of a text that has so much room; a word that is longer stands alone."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)
