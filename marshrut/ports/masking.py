"""A message as it may be shown to whoever mends it: how it is built, and of its values those that name nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from marshrut.ports.intake import Format


class PartKind(StrEnum):
    """What a part of a line is: how the message is built, a value that names nobody, the end of a number, or a mask."""

    BUILT = "built"
    SHOWN = "shown"
    ENDING = "ending"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line. `place`: of which field it is, as faults name it."""

    kind: PartKind
    text: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class MaskedLine:
    """A segment, or a line of JSON. `places`: as what a fault may name it; `depth`: how far it stands in."""

    places: tuple[str, ...]
    depth: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Masked:
    """The message. `cut`: there is more of it than is shown."""

    lines: tuple[MaskedLine, ...]
    cut: bool = False


class Masker(Protocol):
    """Masks messages."""

    def masked(self, raw: bytes, written_in: Format, received_at: datetime) -> Masked:
        """The message without anything that may name a person; never fails."""
        ...

    def text(self, raw: bytes, written_in: Format) -> str:
        """All of it, as its own character set reads it: for those who may see persons."""
        ...
