"""The measures of both variants of a picture: wide for a desk and for paper, narrow for a phone."""

from __future__ import annotations

from dataclasses import dataclass

from api.web.picture.window import NARROW, WIDE


@dataclass(frozen=True, slots=True)
class Frame:
    """In pixels. `left`: where the days begin; `beside`: lanes are named beside their rows, else above them."""

    name: str
    width: float
    left: float
    days: int
    beside: bool
    margin: float = 2
    row: float = 24
    bar: float = 18
    most_rows: int = 6
    rows_of_the_past: int = 3

    @property
    def right(self) -> float:
        """Where the days end."""
        return self.width - self.margin

    @property
    def day(self) -> float:
        """How wide a day is."""
        return (self.right - self.left) / self.days

    @property
    def above(self) -> float:
        """The room in a lane above its first row."""
        return 7 if self.beside else 25

    @property
    def room(self) -> float:
        """How much room there is beside the rows."""
        return self.left - 8

    def lane(self, rows: int, lines: int = 1) -> float:
        """How high a lane with so many rows is whose name takes so many lines."""
        return max(26.0 + 16 * lines, self.row * rows + 8) if self.beside else self.row * rows + 28


FRAMES = (Frame("w", 1358, 196, WIDE, beside=True), Frame("n", 352, 2, NARROW, beside=False))
