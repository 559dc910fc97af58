"""How far a sequence is known whose numbers may turn up out of their order."""

from __future__ import annotations

from collections.abc import Iterable

# Of more gaps than this only the newest are waited for: a sequence jumps when its server was restarted.
MOST_GAPS = 1000


class Window:
    """The highest number that was seen, and the gaps below it that may still be filled.

    A gap is waited for `waits_s`, longer than any transaction takes; then nobody will ever fill it.
    """

    def __init__(self, high: int, *, waits_s: float) -> None:
        self.high = high
        self._waits_s = waits_s
        self._gaps: dict[int, float] = {}

    @property
    def gaps(self) -> tuple[int, ...]:
        """The numbers that are waited for, the lowest first."""
        return tuple(self._gaps)

    @property
    def mark(self) -> int:
        """Up to here everything has been seen that there will ever be."""
        return next(iter(self._gaps), self.high + 1) - 1

    def take(self, numbers: Iterable[int], now: float) -> None:
        """These have been seen, in their order; `now` in seconds of a clock that never goes back."""
        for number in numbers:
            if number > self.high:
                first = max(self.high + 1, number - MOST_GAPS)
                self._gaps |= dict.fromkeys(range(first, number), now + self._waits_s)
                self.high = number
            else:
                self._gaps.pop(number, None)
        self._gaps = {gap: until for gap, until in self._gaps.items() if until > now}
