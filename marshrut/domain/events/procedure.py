"""How far the procedure has come, as it says itself."""

from __future__ import annotations

from typing import Literal

from marshrut.domain.base import Code, Instant, Key, Wire
from marshrut.domain.words import Stage


class TrackStarted(Wire):
    """A track of the journey began."""

    kind: Literal["track_started"] = "track_started"
    track: Code
    stage: Stage


class TrackFinished(Wire):
    """A track ended; it never opens a step again."""

    kind: Literal["track_finished"] = "track_finished"
    track: Code
    result: Code


class Decided(Wire):
    """A track asked a question of the case and keeps the answer for good."""

    kind: Literal["decided"] = "decided"
    key: Key
    value: Code


class RaceWon(Wire):
    """Of several branches this one came first; the others were withdrawn."""

    kind: Literal["race_won"] = "race_won"
    key: Key
    winner: Code


class InstantSet(Wire):
    """A track waits until this instant, which follows from the catalogue's `wait`."""

    kind: Literal["instant_set"] = "instant_set"
    key: Key
    wait: Code
    at: Instant


class InstantReached(Wire):
    """The instant came."""

    kind: Literal["instant_reached"] = "instant_reached"
    key: Key


class InstantWithdrawn(Wire):
    """Nobody waits for the instant any more: its branch lost a race."""

    kind: Literal["instant_withdrawn"] = "instant_withdrawn"
    key: Key
