"""What is ready, line by line, each with the time it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from rich.console import Console

WIDTH = 13


class Step:
    """A step on its way."""

    def __init__(self) -> None:
        self.said = ""

    def says(self, text: object) -> None:
        """What is worth knowing about it once it is done."""
        self.said = str(text)


class Steps:
    """Tells on standard output how far the start is, and what happens later."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """A line, or several."""
        self._console.print(text)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """One step: a tick once the block has ended, a cross when it failed."""
        began, step = time.monotonic(), Step()
        try:
            with self._console.status(name) if self._console.is_terminal else nullcontext():
                yield step
        except Exception:  # whatever it was, the step failed; raised again
            self._tell("✗", "red", name, "", began)
            raise
        self._tell("✓", "green", name, step.said, began)

    def _tell(self, mark: str, style: str, name: str, said: str, began: float) -> None:
        self._console.print(f"  {mark}", style=style, end=" ")
        self._console.print(f"{name:<{WIDTH}} {time.monotonic() - began:6.2f} s  {said}".rstrip())
