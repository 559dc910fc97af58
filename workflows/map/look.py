"""What a card looks like before it has a place: its lines of text, its answers side by side, its size."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from workflows.map.cards import Cards, Tab
from workflows.map.flow import Node
from workflows.map.raw import Kind
from workflows.map.text import width, wrapped
from workflows.map.words import Words

TITLE, SMALL = 14.0, 12.0
TITLE_LINE, SMALL_LINE = 19.0, 16.0
PAD, TAB_PAD = 12.0, 9.0
NARROWEST, TITLE_ROOM, TAB_ROOM = 176.0, 210.0, 118.0
ICON, BADGE = 17.0, 28.0
PILL_HEIGHT = 28.0
# More answers than this that all lead one way are not told one by one.
MANY = 4


@dataclass(frozen=True)
class Line:
    """A line of an answer; an icon may stand before it. `kind`: answer, aside or end."""

    text: str
    kind: str = "answer"
    icon: str = ""


@dataclass(frozen=True)
class Column:
    """An answer and where it stands on the card."""

    tab: Tab
    lines: tuple[Line, ...]
    x: float
    width: float


@dataclass(frozen=True)
class Card:
    """A card, which has a number, or a pill: `title` and `meta` are lines."""

    node: Node
    title: tuple[str, ...]
    meta: tuple[str, ...]
    columns: tuple[Column, ...]
    size: tuple[float, float]
    head: float
    number: int | None = None


def card(name: str, cards: Cards, words: Words, numbers: dict[str, int], track: str) -> Card:
    """How a place of the graph is shown."""
    node = cards.nodes[name]
    if not cards.asks(name):
        return _pill(node, cards.tabs[name], words, track)
    columns, x = [], 0.0
    tabs = cards.tabs[name]
    told = Counter(answer for tab in tabs for answer in tab.answers)
    for tab in tabs:
        lines = _lines(tab, words, numbers, name, track)
        if len(tabs) == 1 and len(tab.answers) > MANY:
            lines = [Line(words.common("any")), *(line for line in lines if line.kind != "answer")]
        if len(tab.targets) > 1 or any(told[answer] > 1 for answer in tab.answers):
            lines += [Line(line, "aside") for line in wrapped(words.common("depends"), SMALL, TAB_ROOM)]
        wide = max((_wide(line) for line in lines), default=0) + 2 * TAB_PAD
        columns.append(Column(tab, tuple(lines), x, max(wide, 64.0)))
        x += columns[-1].width
    badge = BADGE
    room = max(TITLE_ROOM, x - 2 * PAD - badge)
    title = wrapped(words.title(node), TITLE, room, bold=True)
    meta = _meta(node, words, room + badge)
    needed = max(
        [NARROWEST, x, *(width(line, TITLE, bold=True) + badge + 2 * PAD for line in title)]
        + [width(line, SMALL) + 2 * PAD for line in meta]
    )
    columns = _stretched(columns, needed)
    head = 10 + len(title) * TITLE_LINE + len(meta) * SMALL_LINE + 8
    tallest = max((len(column.lines) for column in columns), default=0)
    height = head + (tallest * SMALL_LINE + 14 if tallest else 0)
    return Card(node, title, meta, tuple(columns), (needed, height), head, numbers.get(name))


def _stretched(columns: list[Column], needed: float) -> list[Column]:
    used = sum(column.width for column in columns)
    if not used:
        return columns
    more, x, found = (needed - used) / len(columns), 0.0, []
    for column in columns:
        found.append(Column(column.tab, column.lines, x, column.width + more))
        x += found[-1].width
    return found


def _pill(node: Node, tabs: tuple[Tab, ...], words: Words, track: str) -> Card:
    text = words.result(track, node.what) if node.kind is Kind.END else words.title(node)
    match node.kind:
        case Kind.FORK if any(tab.optional for tab in tabs):
            text = words.common("fork_optional")
        case Kind.DECISION:
            text = f"{words.common('waits')}: {text}"
        case Kind.WAIT if (entry := words.waits(node.what)) is not None:
            text = f"{text} · {words.term(entry)}"
        case Kind.NOTICE:
            text = f"{words.common('notice')}: {text}"
        case _:
            pass
    icon = ICON if node.kind in {Kind.WAIT, Kind.NOTICE, Kind.REPORT, Kind.DECISION} else 0
    lines = wrapped(text, SMALL, 200)
    wide = max(width(line, SMALL, bold=node.kind is Kind.END) for line in lines) + 2 * PAD + icon
    height = max(PILL_HEIGHT, len(lines) * SMALL_LINE + 12)
    return Card(node, lines, (), (), (wide, height), height)


def _meta(node: Node, words: Words, room: float) -> tuple[str, ...]:
    match node.kind:
        case Kind.STEP:
            entry = words.entry(node.what)
            parts = [words.role(entry.role)] if entry else []
            parts.append(words.clock(node.what))
            if entry is not None and not entry.mandatory:
                parts.append(words.common("optional"))
            return wrapped(" · ".join(parts), SMALL, room)
        case Kind.TRACK:
            return (words.common("track"),)
        case Kind.DECISION if node.waits:
            return (words.common("waits"),)
        case _:
            return ()


def _lines(tab: Tab, words: Words, numbers: dict[str, int], name: str, track: str) -> list[Line]:
    said = ", ".join(dict.fromkeys(words.answer(answer) for answer in tab.answers))
    lines = [Line(line) for line in wrapped(said, SMALL, TAB_ROOM)] if said else []
    for node in tab.past:
        lines += _aside(node, words)
    for back in tab.backs:
        number = numbers.get(back)
        text = f"{words.common('back')}\u00a0{number}" if number and back != name else words.common("again")
        lines += [Line(text, "aside", "again")]
    for end in tab.ends:
        lines += [Line(line, "end") for line in wrapped(words.result(track, end), SMALL, TAB_ROOM)]
    if not (tab.targets or tab.backs or tab.ends):
        lines.append(Line(words.common("rests"), "aside"))
    # A question whose answers are its results needs no line twice.
    texts = [line.text for line in lines if line.kind == "end"]
    return [line for line in lines if line.kind != "answer" or line.text not in texts]


def _aside(node: Node, words: Words) -> list[Line]:
    if node.kind is Kind.NOTICE:
        text = words.role(node.what) + (f", {words.common('urgent')}" if node.urgent else "")
        icon = "notice"
    else:
        entry = words.waits(node.what)
        text, icon = (words.term(entry) if entry else words.wait(node.what)), "wait"
    first, *rest = wrapped(text, SMALL, TAB_ROOM - ICON)
    return [Line(first, "aside", icon), *(Line(line, "aside", "none") for line in rest)]


def _wide(line: Line) -> float:
    return width(line.text, SMALL, bold=line.kind == "end") + (ICON if line.icon else 0)
