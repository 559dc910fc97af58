"""How odd values are shared out: not each of them to each place, but of each kind one, and the next place the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Value = TypeVar("Value")


def turned(odd: Sequence[Sequence[Value]], turn: int) -> list[Value]:
    """One of each line; at the next turn the next one."""
    return [line[turn % len(line)] for line in odd]
