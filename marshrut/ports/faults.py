"""What can go wrong outside a case.

Fault
├── Unavailable      an outside part does not answer; nothing was stored, or nothing is known yet
├── Uncertain        a commit, or a mail, was sent and its fate is unknown
├── KeyReused        an idempotency key came back with another body
├── Unfit            a message cannot be taken as it is (ports/intake.py)
├── JournalBehind    SQL lacks events that the journey has already forgotten
└── JourneyGone      the journey has left the engine
"""

from __future__ import annotations


class Fault(Exception):  # noqa: N818 - the base of this tree, drawn above
    """Something outside the case went wrong."""


class Unavailable(Fault):
    """An outside part (`sql`, `temporal`, `mail`) does not answer."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


class Uncertain(Fault):
    """A commit was sent and its fate is unknown: the command may be stored; or a mail, which may have arrived."""


class KeyReused(Fault):
    """An idempotency key came back with another body."""


class JournalBehind(Fault):
    """SQL lacks events that the journey has already forgotten; only a repair can help."""


class JourneyGone(Fault):
    """The journey has left the engine: its case was closed long ago, or the engine lost it."""
