"""A graph as a picture that any browser shows: layered, calm, light on paper as on the screen."""

from __future__ import annotations

from xml.sax.saxutils import escape

from workflows.map.cards import CARDS, cards
from workflows.map.flow import Flow
from workflows.map.layers import MIDDLE, Link, layers
from workflows.map.look import BADGE, ICON, PAD, SMALL_LINE, TAB_PAD, TITLE_LINE, Card, Column, card
from workflows.map.placing import Point, placed
from workflows.map.raw import Kind
from workflows.map.words import Words

MARGIN, HEADING, RADIUS = 24.0, 44.0, 7.0

STYLE = """
text{font-family:"Segoe UI",Roboto,"Noto Sans","PT Astra Sans","Liberation Sans",Arial,sans-serif}
text{font-size:12px;fill:#43505B}
.h{font-size:20px;font-weight:700;fill:#16202A}.t{font-size:14px;font-weight:700;fill:#16202A}.m{fill:#5B6771}
.a{fill:#16202A}.s{fill:#5B6771}.e{fill:#1C6A4D;font-weight:700}.n{font-weight:700;fill:#0B5A7A;text-anchor:middle}
.step{fill:#FFF;stroke:#75818B}.decision{fill:#F7F9FA;stroke:#75818B;stroke-dasharray:4 3}
.track{fill:#E2EFF5;stroke:#0B5A7A}.end{fill:#DDEFE6;stroke:#1C6A4D}.report{fill:#E6EAED;stroke:#43505B}
.bar{fill:#E9EDEF;stroke:#E9EDEF}.aside{fill:#F7F9FA;stroke:#DCE1E5}.start{fill:#16202A;stroke:#16202A}
.w{fill:#FFF}.c{text-anchor:middle}.r{stroke:#DCE1E5}.b{fill:#E2EFF5}
.l{fill:none;stroke:#75818B;stroke-width:1.4}.o{stroke-dasharray:5 4}.i{fill:none;stroke:#5B6771;stroke-width:1.3}
""".strip()

ICONS = {
    "notice": "M1 2.5h11v8H1zM1 3l5.5 4.5L12 3",
    "wait": "M2.5 1h8M2.5 12h8M3.5 1v2.5l3 3 3-3V1M3.5 12V9.5l3-3 3 3V12",
    "again": "M10.5 4A4.5 4.5 0 1 0 11 8M11 1v3.2H7.8",
    "report": "M2 1v11M2 1.5h8l-2 2.5 2 2.5H2",
}

SHADES = {"answer": "a", "aside": "s", "end": "e"}
CLASSES = {
    Kind.STEP: "step",
    Kind.DECISION: "decision",
    Kind.TRACK: "track",
    Kind.END: "end",
    Kind.REPORT: "report",
    Kind.START: "start",
    Kind.WAIT: "aside",
    Kind.NOTICE: "aside",
}


def svg(flow: Flow, words: Words) -> str:
    """The picture of a track, or of the whole procedure, in one language."""
    shown = cards(flow)
    links = {
        Link(name, target, (number + 0.5) / len(tabs) if shown.nodes[name].kind in CARDS else MIDDLE): tab.optional
        for name, tabs in shown.tabs.items()
        for number, tab in enumerate(tabs)
        for target in tab.targets
    }
    order = layers(list(shown.nodes), list(links))
    numbers = shown.numbered(order.rows)
    looks = {name: card(name, shown, words, numbers, flow.name) for name in shown.nodes}

    def port(name: str, about: float) -> float:
        columns, wide = looks[name].columns, looks[name].size[0]
        if not columns:
            return MIDDLE
        column = columns[int(about * len(columns))]
        return (column.x + column.width / 2) / wide

    place = placed(order, {name: look.size for name, look in looks.items()}, port)
    dashed = {link for link, optional in links.items() if optional}
    title = words.track(flow.name)
    wide = max(place.size[0], 360) + 2 * MARGIN
    high = place.size[1] + 2 * MARGIN + HEADING
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(wide)} {_n(high)}" width="{_n(wide)}" '
            f'height="{_n(high)}" role="img" aria-labelledby="title" lang="{words.lang}">'
        ),
        f'<title id="title">{escape(title)}</title>',
        f"<style>{STYLE}</style>",
        (
            '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto-start-reverse"><path d="M0 .5 7.5 4 0 7.5z" fill="#75818B"/></marker></defs>'
        ),
        f'<rect class="w" width="{_n(wide)}" height="{_n(high)}"/>',
        f'<text class="h" x="{_n(MARGIN)}" y="{_n(MARGIN + 16)}">{escape(title)}</text>',
        f'<g transform="translate({_n(MARGIN)} {_n(MARGIN + HEADING)})">',
    ]
    for link, points in place.lines.items():
        optional = " o" if link in dashed else ""
        parts.append(f'<path class="l{optional}" marker-end="url(#to)" d="{_path(points)}"/>')
    for name, look in looks.items():
        parts += _drawn(look, place.corners[name])
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _drawn(look: Card, corner: Point) -> list[str]:
    x, y = corner
    wide, high = look.size
    kind = CLASSES.get(look.node.kind, "bar")
    if look.number is None:
        return _pill(look, x, y, kind)
    parts = [f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}" rx="8"/>']
    left = x + PAD
    parts.append(f'<rect class="b" x="{_n(left)}" y="{_n(y + 10)}" width="22" height="18" rx="4"/>')
    parts.append(f'<text class="n" x="{_n(left + 11)}" y="{_n(y + 23)}">{look.number}</text>')
    left += BADGE
    line = y + 24
    for text in look.title:
        parts.append(f'<text class="t" x="{_n(left)}" y="{_n(line)}">{escape(text)}</text>')
        line += TITLE_LINE
    for text in look.meta:
        parts.append(f'<text class="m" x="{_n(x + PAD)}" y="{_n(line)}">{escape(text)}</text>')
        line += SMALL_LINE
    if look.columns:
        parts.append(f'<path class="r" d="M{_n(x)} {_n(y + look.head)}h{_n(wide)}"/>')
    for number, column in enumerate(look.columns):
        if number:
            parts.append(f'<path class="r" d="M{_n(x + column.x)} {_n(y + look.head)}V{_n(y + high)}"/>')
        parts += _column(column, x + column.x, y + look.head + 18)
    return parts


def _column(column: Column, x: float, y: float) -> list[str]:
    parts = []
    for line in column.lines:
        left = x + TAB_PAD
        if line.icon:
            if line.icon in ICONS:
                parts.append(f'<path class="i" transform="translate({_n(left)} {_n(y - 10)})" d="{ICONS[line.icon]}"/>')
            left += ICON
        parts.append(f'<text class="{SHADES[line.kind]}" x="{_n(left)}" y="{_n(y)}">{escape(line.text)}</text>')
        y += SMALL_LINE
    return parts


def _pill(look: Card, x: float, y: float, kind: str) -> list[str]:
    wide, high = look.size
    radius = min(14.0, high / 2)
    parts = [f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}" rx="{_n(radius)}"/>']
    icon = {Kind.WAIT: "wait", Kind.DECISION: "wait", Kind.NOTICE: "notice", Kind.REPORT: "report"}.get(look.node.kind)
    middle = x + wide / 2
    if icon:
        parts.append(
            f'<path class="i" transform="translate({_n(x + 10)} {_n(y + high / 2 - 6.5)})" d="{ICONS[icon]}"/>'
        )
        middle += ICON / 2
    line = y + high / 2 + 4 - (len(look.title) - 1) * SMALL_LINE / 2
    shade = {Kind.END: "e c", Kind.START: "c"}.get(look.node.kind, "a c")
    colour = ' style="fill:#FFF"' if look.node.kind is Kind.START else ""
    for text in look.title:
        parts.append(f'<text class="{shade}" x="{_n(middle)}" y="{_n(line)}"{colour}>{escape(text)}</text>')
        line += SMALL_LINE
    return parts


def _path(points: list[Point]) -> str:
    """A line with round corners."""
    (x, y), *_ = points
    parts = [f"M{_n(x)} {_n(y)}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        one, other = _towards(at, before), _towards(at, after)
        parts.append(f"L{_n(one[0])} {_n(one[1])}Q{_n(at[0])} {_n(at[1])} {_n(other[0])} {_n(other[1])}")
    x, y = points[-1]
    return "".join([*parts, f"L{_n(x)} {_n(y)}"])


def _towards(at: Point, other: Point) -> Point:
    far = abs(other[0] - at[0]) + abs(other[1] - at[1])
    part = min(RADIUS, far / 2) / far if far else 0
    return at[0] + (other[0] - at[0]) * part, at[1] + (other[1] - at[1]) * part


def _n(number: float) -> str:
    """A number as short as it can be."""
    return f"{number:.1f}".rstrip("0").rstrip(".")
