"""A picture as SVG: lines first, bars over them, words last. Classes and colours are the stylesheet's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from markupsafe import Markup, escape

from api.web.formats import Formats
from api.web.picture.frame import Frame
from api.web.picture.head import DAYS_Y, Head, day_name, head
from api.web.picture.measure import fitted, in_two, width
from api.web.picture.model import Arrow, Look, Route, Stretch
from api.web.picture.placing import NAME, Layout, Placed, PlacedLane, laid_out, x_of
from api.web.picture.window import Window
from api.web.words import Words

FOOT = 20.0
NOW_WIDTH = 94.0
TICK = 3.0


def svg(  # noqa: PLR0913, PLR0917 - what is shown, where, and in which words
    route: Route, frame: Frame, window: Window, formats: Formats, words: Words, about: str
) -> Markup:
    """One variant of the picture; `about` is what it says to whom it is read out."""
    top = head(route, frame, window)
    layout = laid_out(route, frame, window, top.bottom)
    height = layout.bottom + FOOT
    parts = [
        _opening(frame, height, words("picture.title"), about),
        *_days(route, layout, top, formats, words),
        *_lines(route, layout, top),
        *_marks(top),
        *_now(route, layout, formats, words),
    ]
    for lane in layout.lanes:
        parts += _lane_head(lane, layout, words)
    for arrow in route.arrows:
        parts += _arrow(arrow, layout)
    for lane in layout.lanes:
        for placed in lane.bars:
            parts += _bar(placed, layout)
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every text in it was escaped


def _opening(frame: Frame, height: float, title: str, about: str) -> str:
    name = frame.name
    named = f'role="img" aria-labelledby="pt-{name} pd-{name}"'
    told = f'<title id="pt-{name}">{escape(title)}</title><desc id="pd-{name}">{escape(about)}</desc>'
    return f'<svg viewBox="0 0 {_n(frame.width)} {_n(height)}" {named}>{told}'


def _days(route: Route, layout: Layout, top: Head, formats: Formats, words: Words) -> Iterator[str]:
    frame, window = layout.frame, layout.window
    today = formats.local(route.now).date() if route.running else None
    for number, day in enumerate(window.dates):
        x = frame.left + number * frame.day
        if day in route.off:
            yield _rect("off", x, 22, frame.day, layout.bottom - 22)
    for number, day in enumerate(window.dates):
        x, middle = frame.left + number * frame.day, frame.left + (number + 0.5) * frame.day
        yield f'<line class="grid" x1="{_n(x)}" x2="{_n(x)}" y1="22" y2="{_n(layout.bottom)}"/>'
        if day == today:
            yield _rect("g-nowlab", x + 2, 1, frame.day - 4, 19, round_by=3)
        of_day = "g-nowt" if day == today else "day dayoff" if day in route.off else "day"
        yield _text(of_day, middle, DAYS_Y, day_name(formats, frame, day), middle=True)
        if day in route.worked and top.worked_y is not None:
            yield _text("cap", middle, top.worked_y - 4, words("picture.worked") if frame.beside else "+", middle=True)
    if frame.beside:
        span = words("picture.span", first=formats.prose_day(window.first), last=formats.prose_day(window.last))
        yield _text("cap", 0, DAYS_Y, fitted(span, frame.left - 6))


def _lines(route: Route, layout: Layout, top: Head) -> Iterator[str]:
    frame, window = layout.frame, layout.window
    if route.delay is not None and "delay" in top.lines:
        x, right = (x_of(frame, window, window.at(at)) for at in (route.delay.begins, route.delay.ends))
        yield _rect("g-delay", x, layout.top - 4, right - x, layout.bottom - layout.top + 4)
        yield _rect("g-delay-b", x, layout.top - 4, right - x, 4)
    for sort, css in (("ready", "g-ready"), ("plan", "g-plan")):
        x_line = top.lines.get("ready" if sort == "ready" else "plan")
        if x_line is not None:
            down = f'y1="{_n(top.signs_y + 3)}" y2="{_n(layout.bottom)}"'
            yield f'<line class="{css}" x1="{_n(x_line)}" x2="{_n(x_line)}" {down}/>'


def _marks(top: Head) -> Iterator[str]:
    if "ready" in top.lines:
        yield (
            f'<g transform="translate({_n(top.lines["ready"])} {_n(top.signs_y - 13)})">'
            '<rect x="-8" y="0" width="16" height="16" rx="3" class="g-done"/>'
            '<path d="M0 3.5v9M-4.5 8h9" style="stroke:var(--surface)" stroke-width="2.4"/></g>'
        )
    if "plan" in top.lines:
        x, y = top.lines["plan"], top.signs_y
        yield (
            f'<path d="M{_n(x)} {_n(y + 5)}V{_n(y - 12)}h13l-3 4.5l3 4.5h-13"'
            ' style="fill:var(--surface);stroke:var(--ink2)" stroke-width="1.5"/>'
        )
    for said in top.said:
        css = {"ready": "g-ready-t", "delay": "g-delay-t", "plan": "g-plan-t"}[said.sort]
        yield _text(f"{css} halo", said.x, said.y, said.text, bold=said.sort == "plan")


def _now(route: Route, layout: Layout, formats: Formats, words: Words) -> Iterator[str]:
    frame, window = layout.frame, layout.window
    if not route.running or not window.shows(route.now, route.now):
        return
    x = x_of(frame, window, window.at(route.now))
    left = max(0.0, min(x - NOW_WIDTH / 2, frame.width - NOW_WIDTH))
    yield f'<line class="g-now" x1="{_n(x)}" x2="{_n(x)}" y1="20" y2="{_n(layout.bottom)}"/>'
    yield _rect("g-nowlab", left, layout.bottom - 1, NOW_WIDTH, 19, round_by=3)
    said = words("picture.now", time=formats.clock(route.now))
    yield _text("g-nowt", left + NOW_WIDTH / 2, layout.bottom + 13, said, middle=True)


def _lane_head(placed: PlacedLane, layout: Layout, words: Words) -> Iterator[str]:
    frame, lane, y = layout.frame, placed.lane, placed.top
    yield f'<line class="grid" x1="0" x2="{_n(frame.width)}" y1="{_n(y)}" y2="{_n(y)}"/>'
    caption = lane.caption if frame.beside or lane.closed is None else lane.closed
    hidden = words("picture.more_done", n=placed.hidden) if placed.hidden else ""
    if frame.beside:
        names = in_two(lane.title, frame.room, size=NAME, bold=True)
        for number, name in enumerate(names):
            yield _text("lane", 0, y + 16 + 16 * number, name)
        for number, line in enumerate(each for each in (caption, hidden) if each):
            yield _text("cap", 0, y + 15 + 16 * (len(names) + number), fitted(line, frame.room))
        if lane.closed is not None and not placed.bars:
            yield _text("cap", frame.left + 8, y + 23, f"— {lane.closed}", halo=True)
        return
    title = fitted(lane.title, frame.width * 0.62, size=NAME, bold=True)
    yield _text("lane", 2, y + 16, title, halo=True)
    x = 2 + width(title, size=NAME, bold=True) + 8
    caption = ", ".join(each for each in (caption, hidden) if each)
    yield _text("cap", x, y + 16, fitted(caption, frame.right - x), halo=True)


def _bar(placed: Placed, layout: Layout) -> Iterator[str]:
    bar, box = placed.bar, placed.box
    yield f'<g data-key="{escape(bar.key)}"><title>{escape(bar.label)}. {escape(bar.says)}</title>'
    match bar.look:
        case Look.DONE:
            yield _rect("g-done", box.x, box.y, box.width, box.height, round_by=3)
            inside = placed.label is not None and placed.label.inside
            at = box.x + 6 if inside else box.x + box.width / 2 - 4.5
            yield _stroke("M0 4l3 3L9 0", at, box.y + 6, "surface", 2)
        case Look.REFUSED:
            yield _rect("g-rej", box.x, box.y, box.width, box.height, round_by=3)
            yield _stroke("M0 0l7 7M7 0l-7 7", box.x + 5, box.y + 5.5, "ink2", 1.8)
        case Look.AHEAD:
            yield _rect("g-fut", box.x, box.y, box.width, box.height, round_by=3)
        case Look.OPEN | Look.AMBER | Look.BLOCKED:
            yield from _open(placed, layout)
    if placed.goes_on:
        tone = "ink2" if bar.look is not Look.DONE else "surface"
        yield _stroke("M0 0l5 5l-5 5", box.right - 8, box.y + 4, tone, 1.6)
    yield "</g>"
    if placed.label is not None:
        yield _text(
            _label_class(placed), placed.label.box.x, box.y + 13, placed.label.text, halo=not placed.label.inside
        )


def _open(placed: Placed, layout: Layout) -> Iterator[str]:
    bar, box = placed.bar, placed.box
    amber = bar.look is Look.AMBER
    yield _rect("g-amber" if amber else "g-open", box.x, box.y, box.width, box.height, round_by=3)
    for stretch in bar.used:
        x, right = _within(placed, stretch, layout)
        yield _rect("g-amber-used" if amber else "g-used", x, box.y + 14, right - x, 3)
    for stretch in bar.gaps:
        x, right = _within(placed, stretch, layout)
        if right - x > 1:
            line = f'<path d="M{_n(x)} {_n(box.y + 15.5)}H{_n(right)}"'
            yield f'{line} style="stroke:var(--ink3)" stroke-dasharray="2 2" stroke-width="2"/>'
    if bar.blocked is not None and layout.window.shows(*bar.blocked):
        yield from _hatched(placed, bar.blocked, layout)
    if bar.late is not None:
        x, right = _within(placed, bar.late, layout)
        yield _rect("g-late", x, box.y, max(3.0, right - x), box.height)
    if bar.due is not None and layout.window.shows(bar.due, bar.due):
        x = x_of(layout.frame, layout.window, layout.window.at(bar.due))
        yield f'<path class="g-due" d="M{_n(x)} {_n(box.y - TICK)}v{_n(box.height + 2 * TICK)}"/>'


def _hatched(placed: Placed, blocked: Stretch, layout: Layout) -> Iterator[str]:
    box, label = placed.box, placed.label
    x, right = _within(placed, blocked, layout)
    right = max(right, x + 12)
    hatched = _rect("g-blk", x, box.y, min(right, layout.frame.right) - x, box.height, round_by=3)
    yield hatched.replace("/>", ' fill="url(#hatch)"/>')
    if label is not None and label.inside:
        place = f'x="{_n(label.box.x - 17)}" y="{_n(box.y + 2)}" width="{_n(label.box.width + 21)}"'
        yield f'<rect {place} height="14" rx="2" style="fill:var(--surface)"/>'
    at = label.box.x - 13 if label is not None and label.inside else min(x + 2, box.right - 11)
    place = f'transform="translate({_n(at)} {_n(box.y + 4)})" fill="none"'
    yield (
        f'<g {place} style="stroke:var(--block)" stroke-width="1.8">'
        '<circle cx="5" cy="5" r="4.6"/><path d="M1.8 8.2l6.4-6.4"/></g>'
    )
    if not placed.goes_on:
        yield f'<path d="M{_n(right)} {_n(box.y - 2)}v22" style="stroke:var(--block)" stroke-width="2"/>'


def _arrow(arrow: Arrow, layout: Layout) -> Iterator[str]:
    """From the first one's end to the second one's beginning, round its words if they stand there."""
    before, after = layout.by_key.get(arrow.before), layout.by_key.get(arrow.after)
    if before is None or after is None or after.came:
        return
    y, into = before.box.y + before.box.height / 2, after.box.y + after.box.height / 2
    x, to = before.box.right, after.box.x - 2
    beside = before.label is not None and not before.label.inside and before.label.box.x > x
    if beside or before.goes_on:
        down = before.box.y + before.box.height if into > y else before.box.y
        at = min(x - 4, to - 10)
        path = f"M{_n(at)} {_n(down)}V{_n(into)}H{_n(to)}"
    else:
        turn = min(x + 9, to - 6)
        path = f"M{_n(x + 1)} {_n(y)}H{_n(turn)}V{_n(into)}H{_n(to)}"
    yield f'<path class="g-dep" d="{path}m-5 -3.5l5 3.5l-5 3.5"/>'


def _within(placed: Placed, stretch: Stretch, layout: Layout) -> tuple[float, float]:
    """A part of a bar, as far as it is shown."""
    x, right = (_x(at, layout) for at in stretch)
    box = placed.box
    return max(box.x, min(x, box.right)), max(box.x, min(right, box.right))


def _x(at: datetime, layout: Layout) -> float:
    return x_of(layout.frame, layout.window, layout.window.at(at))


def _label_class(placed: Placed) -> str:
    label = placed.label
    if label is None or not label.inside:
        return {Look.AMBER: "g-amber-t", Look.BLOCKED: "g-blk-t"}.get(placed.bar.look, "g-txt")
    return {Look.DONE: "g-done-t", Look.AMBER: "g-amber-t", Look.BLOCKED: "g-blk-t"}.get(placed.bar.look, "g-txt")


def _rect(  # noqa: PLR0913 - what a rectangle is
    css: str, x: float, y: float, wide: float, high: float, *, round_by: float = 0
) -> str:
    corners = f' rx="{_n(round_by)}"' if round_by else ""
    return f'<rect class="{css}" x="{_n(x)}" y="{_n(y)}" width="{_n(max(0.0, wide))}" height="{_n(high)}"{corners}/>'


def _stroke(path: str, x: float, y: float, tone: str, thick: float) -> str:
    place = f'transform="translate({_n(x)} {_n(y)})" fill="none"'
    return f'<path d="{path}" {place} style="stroke:var(--{tone})" stroke-width="{_n(thick)}"/>'


def _text(  # noqa: PLR0913 - what a text is
    css: str, x: float, y: float, text: str, *, middle: bool = False, halo: bool = False, bold: bool = False
) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    weight = ' font-weight="700"' if bold else ""
    css = f"{css} halo" if halo else css
    return f'<text class="{css}" x="{_n(x)}" y="{_n(y)}"{anchor}{weight}>{escape(text)}</text>'


def _n(value: float) -> str:
    """A number as SVG has it: a tenth of a pixel is enough."""
    return f"{value:.1f}".removesuffix(".0")
