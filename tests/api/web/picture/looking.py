"""What must hold of every picture, however much stands on it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import combinations

from defusedxml import ElementTree

from api.web.picture.frame import FRAMES, Frame
from api.web.picture.head import head
from api.web.picture.model import Route
from api.web.picture.placing import Box, Layout, PlacedLane, laid_out
from api.web.picture.reading import Told, route
from api.web.picture.shown import shown
from api.web.picture.window import choose

ALMOST = 0.05


def look(told: Told, first: date | None = None) -> Route:
    """Draw a case on both axes and hold the promises of the grammar."""
    seen = route(told)
    formats, words = told.voice.formats, told.voice.words
    whole = shown(seen, formats, words, first)
    for variant in (whole.wide, whole.narrow):
        ElementTree.fromstring(str(variant))
    bars = Counter(bar.key for lane in seen.lanes for bar in lane.bars)
    assert set(bars.values()) <= {1}, "a bar is in two lanes"
    assert Counter(row.key for row in whole.rows) == bars, "the twin tells another story"
    for frame in FRAMES:
        window = choose(seen, frame.days, formats.zone, first)
        top = head(seen, frame, window)
        layout = laid_out(seen, frame, window, top.bottom)
        for one, other in combinations([said.box for said in top.said], 2):
            assert not one.meets(other), "words above the lines collide"
        assert all(within(said.box, frame, layout) for said in top.said)
        for lane in layout.lanes:
            apart(lane, frame, layout)
        if first is None and seen.running:
            once(told, layout)
    return seen


def within(box: Box, frame: Frame, layout: Layout) -> bool:
    return box.x >= -ALMOST and box.right <= frame.width + ALMOST and box.y >= 0 and box.y + box.height <= layout.bottom


def apart(lane: PlacedLane, frame: Frame, layout: Layout) -> None:
    """No bar and no words of a lane meet others, and all of them are within it."""
    boxes = [(each.bar.key, box) for each in lane.bars for box in (each.box, each.label and each.label.box) if box]
    for (key, one), (name, other) in combinations(boxes, 2):
        assert key == name or not one.meets(other), f"{key} meets {name}"
    for each in lane.bars:
        assert each.label is None or each.label.inside or not each.label.box.meets(each.box)
        assert each.label is None or each.label.text.strip()
    for key, box in boxes:
        assert within(box, frame, layout), f"{key} is out of the picture"
        assert lane.top <= box.y, f"{key} is out of its lane"
        assert box.y + box.height <= lane.top + lane.height, f"{key} is out of its lane"


def once(told: Told, layout: Layout) -> None:
    """Each step that is to be done is drawn, once."""
    drawn = Counter(each.bar.key for lane in layout.lanes for each in lane.bars)
    for step in told.state.live_steps:
        assert drawn[step.step_id] == 1, f"{step.step_id} is drawn {drawn[step.step_id]} times"
