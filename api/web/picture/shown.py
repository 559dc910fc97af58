"""Both variants of a picture with its table twin: what a page is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from api.web.formats import Formats
from api.web.picture.drawing import svg
from api.web.picture.frame import FRAMES
from api.web.picture.model import Bar, Look, Route
from api.web.picture.window import WEEK, choose
from api.web.words import Words

MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A bar as a line of the table twin; `until` of one that goes on is not known."""

    key: str
    lane: str
    what: str
    how: str
    look: Look
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The picture as a page places it. `earlier`, `later`: from which day on a week before or after is shown."""

    wide: Markup
    narrow: Markup
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    looks: tuple[str, ...]
    span: str
    whole: bool
    earlier: date | None
    later: date | None
    today: bool


def shown(route: Route, formats: Formats, words: Words, first: date | None = None) -> Shown:
    """The route on both axes, from a day on, and as a table."""
    wide, narrow = (choose(route, frame.days, formats.zone, first) for frame in FRAMES)
    about = _about(route, formats, words)
    bars = [bar for lane in route.lanes for bar in lane.bars]
    labels = {bar.key: bar.label for bar in bars}
    whole = wide.first <= route.first and wide.last >= route.last
    return Shown(
        wide=svg(route, FRAMES[0], wide, formats, words, about),
        narrow=svg(route, FRAMES[1], narrow, formats, words, about),
        rows=tuple(_row(bar, lane.title, formats, words) for lane in route.lanes for bar in lane.bars),
        notes=tuple(
            words("picture.arrow", before=labels[arrow.before], after=labels[arrow.after]) for arrow in route.arrows
        ),
        looks=_looks(route, bars),
        span=words(
            "picture.shown_days",
            first=formats.day(wide.first),
            last=formats.day(wide.last),
            whole=f"{formats.day(route.first)} – {formats.day(route.last)}",
        ),
        whole=whole,
        earlier=wide.first - WEEK if route.first < wide.first else None,
        later=wide.first + WEEK if route.last > wide.last else None,
        today=first is not None,
    )


def _row(bar: Bar, lane: str, formats: Formats, words: Words) -> Row:
    until = words("picture.unknown") if bar.goes_on else formats.when(bar.ends)
    if bar.open and bar.due is not None:
        until = formats.when(bar.due)
    elif bar.blocked is not None and not bar.goes_on:
        until = formats.when(bar.blocked[1])
    return Row(bar.key, lane, bar.label, bar.says, bar.look, formats.when(bar.begins), until)


def _about(route: Route, formats: Formats, words: Words) -> str:
    """What a picture says to whom it is read out."""
    open_bars = [bar.label for lane in route.lanes for bar in lane.bars if bar.open]
    said = words("picture.about_nothing")
    if open_bars:
        what = ", ".join(open_bars[:MOST_NAMED]) + (" …" if len(open_bars) > MOST_NAMED else "")
        said = words("picture.about_open", n=len(open_bars), what=what)
    return words(
        "picture.about",
        lanes=words("picture.about_lanes", n=len(route.lanes)),
        first=formats.prose_day(route.first),
        last=formats.prose_day(route.last),
        open=said,
    )


def _looks(route: Route, bars: list[Bar]) -> tuple[str, ...]:
    """What the legend has to explain of this picture."""
    there = {str(bar.look) for bar in bars} | ({"late"} if any(bar.late for bar in bars) else set())
    there |= {"off"} | ({"delay"} if route.delay is not None else set())
    return tuple(
        look
        for look in ("done", "open", "amber", "late", "blocked", "ahead", "refused", "off", "delay")
        if look in there
    )
