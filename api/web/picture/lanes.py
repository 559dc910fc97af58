"""Lanes: a direction of work each, with one line that says where it stands."""

from __future__ import annotations

from collections.abc import Mapping

from api.web.naming import Voice
from api.web.picture.model import Bar, Lane, Look
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind

# The way to the plan is one lane; the rest go side by side, in this order.
START = ("planned", "contact", "identification", "assessment", "route")
ORDER = (
    "start",
    "enquiry",
    "documents",
    "relatives",
    "guardians",
    "psychology",
    "services",
    "disability",
    "placement",
    "discharge",
    "followup",
    "adhoc",
)
OUT = frozenset({"left_out", "withdrawn"})

Bars = Mapping[str, tuple[str, Bar]]


def lanes(state: CaseState, steps: Bars, items: Bars, future: Bars, voice: Voice) -> tuple[Lane, ...]:
    """Every direction that the journey has or was asked about, each bar in one."""
    placed: dict[str, list[Bar]] = {}
    for track, bar in (*steps.values(), *items.values(), *future.values()):
        placed.setdefault("start" if track in START else track, []).append(bar)
    directions = {item.name: item for item in state.items_of(ItemKind.ENTRY) if item.facts.get("sort") == "direction"}
    known = [*ORDER, *(name for name in placed if name not in ORDER)]
    found: list[Lane] = []
    for key in known:
        bars = tuple(sorted(placed.get(key, ()), key=lambda bar: (bar.begins, bar.key)))
        item = directions.get(key)
        if not bars and item is None:
            continue
        closed = _closed(key, state, item, bars, voice)
        title = voice.words("picture.start") if key == "start" else voice.names.track(key)
        found.append(Lane(key, title, voice.words("picture.closed") if closed else _caption(bars, voice), bars, closed))
    return tuple(found)


def _closed(key: str, state: CaseState, item: Item | None, bars: tuple[Bar, ...], voice: Voice) -> str | None:
    """Why nothing is done in a direction: it is not part of the plan, or it came to an end."""
    if any(bar.open or bar.look is Look.AHEAD for bar in bars):
        return None
    if item is not None and item.status in OUT:
        return voice.words(f"picture.{item.status}", day=voice.formats.day(item.moved_at))
    tracks = [track for name, track in state.tracks.items() if name.split(".", 1)[0] == key]
    if not tracks or tracks[-1].result is None:
        return None
    return voice.words("picture.ended", result=voice.names.came_of(key, tracks[-1].result).lower())


def _caption(bars: tuple[Bar, ...], voice: Voice) -> str:
    """The most urgent thing of the lane."""
    late = [bar for bar in bars if bar.late is not None and bar.open]
    blocked = [bar for bar in bars if bar.look is Look.BLOCKED]
    due = sorted((bar for bar in bars if bar.open and bar.due is not None), key=lambda bar: bar.due or bar.ends)
    if late:
        return voice.words("picture.lane_late", n=len(late))
    if blocked:
        return voice.words("picture.lane_blocked", n=len(blocked))
    if due:
        return voice.words("picture.lane_due", day=voice.formats.when(due[0].due or due[0].ends))
    if any(bar.open for bar in bars):
        return voice.words("picture.lane_open")
    if any(bar.look is Look.AHEAD for bar in bars):
        return voice.words("picture.lane_ahead")
    return voice.words("picture.lane_done", n=len(bars)) if bars else voice.words("picture.lane_waits")
