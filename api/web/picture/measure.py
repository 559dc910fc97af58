"""How wide words are, near enough to place them: a little wider than in the fonts that the pages ask for."""

from __future__ import annotations

SIZE = 12  # of nearly everything in a picture
# In parts of the size. What is not named here is as wide as most letters.
NARROWEST, NARROW, USUAL, WIDE, WIDEST = 0.28, 0.36, 0.57, 0.74, 0.92
_WIDTHS = {
    **dict.fromkeys("ijlI.,:;!|'`·‖", NARROWEST),
    **dict.fromkeys('ftr()[]-–/\\"№ \u00a0\u202f«»1', NARROW),
    **dict.fromkeys("mwMWЖШЩЮФЫжшщюфыДМТ@%—…→≥", WIDE),
    **dict.fromkeys("ШЩЖЮ", WIDEST),
    **dict.fromkeys("БВГЕЗИЙКЛНОПРСУХЦЧЬЭЯABCDEFGHKNOPQRSUVXYZ", 0.69),
}
BOLD = 1.06
ELLIPSIS = "…"


def width(text: str, *, size: float = SIZE, bold: bool = False) -> float:
    """How many pixels a text takes."""
    return sum(_WIDTHS.get(letter, USUAL) for letter in text) * size * (BOLD if bold else 1)


def in_two(text: str, room: float, *, size: float = SIZE, bold: bool = False) -> tuple[str, ...]:
    """A text in one line, or in two where it is too long for one and can be parted between words."""
    if width(text, size=size, bold=bold) <= room:
        return (text,)
    words = text.split(" ")
    fits = [n for n in range(1, len(words)) if width(" ".join(words[:n]), size=size, bold=bold) <= room]
    if not fits:
        return (fitted(text, room, size=size, bold=bold),)
    first, rest = " ".join(words[: fits[-1]]), " ".join(words[fits[-1] :])
    return first, fitted(rest, room, size=size, bold=bold)


def fitted(text: str, room: float, *, size: float = SIZE, bold: bool = False) -> str:
    """As much of a text as there is room for, at a word's end where that costs little; nothing if it says nothing."""
    if width(text, size=size, bold=bold) <= room:
        return text
    kept = text
    while kept and width(kept + ELLIPSIS, size=size, bold=bold) > room:
        kept = kept[:-1]
    shorter, _, rest = kept.rpartition(" ")
    if shorter and len(rest) < len(kept) / 3:
        kept = shorter
    kept = kept.rstrip(" \u00a0,:;·—-")
    return kept + ELLIPSIS if len(kept) > 2 else ""  # noqa: PLR2004 - two letters say nothing
