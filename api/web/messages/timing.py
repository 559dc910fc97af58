"""How long something took, in words: tenths where they matter, and no more than two units."""

from __future__ import annotations

from datetime import timedelta

from api.web.desk import Desk

NOTHING_S, TENTHS_S, SECONDS_S = 0.1, 10.0, 120.0


def lasting(desk: Desk, seconds: float) -> str:
    """`меньше 0,1 с`, `2,4 с`, `48 с`, `3 ч 10 мин`."""
    if seconds < NOTHING_S:
        return desk.t("messages.under")
    if seconds < SECONDS_S:
        return desk.t("messages.seconds", n=desk.f.number(seconds, 1 if seconds < TENTHS_S else 0))
    return desk.f.lasting(timedelta(seconds=seconds), desk.t)
