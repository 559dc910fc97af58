"""How far a long command is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

EVERY = 500  # things between two lines


class Told:
    """What was told so far."""

    def __init__(self, what: str, total: int, console: Console, things: str) -> None:
        self.done = 0
        self._what = what
        self._total = total
        self._console = console
        self._things = things
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self.bar.add_task(what, total=total)

    def tell(self, done: int) -> None:
        """So many are done."""
        before, self.done = self.done, done
        self.bar.update(self._task, completed=done)
        if not self._console.is_terminal and done // EVERY > before // EVERY:
            self._console.print(f"{self._what}: {done} of {self._total} {self._things}")


@contextmanager
def progress(what: str, total: int, things: str = "cases") -> Iterator[Told]:
    """Show progress on standard error while the block runs."""
    told = Told(what, total, Console(stderr=True, highlight=False), things)
    with told.bar:
        yield told
