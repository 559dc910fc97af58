"""A process as BPMN 2.0 XML with its diagram, from left to right, as modellers of any make read it."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from marshrut.domain.clock import Unit
from workflows.map.flow import Flow
from workflows.map.layers import Link, layers
from workflows.map.placing import Point, placed, straight
from workflows.map.process import Element, Process, Shape, process
from workflows.map.raw import Kind
from workflows.map.text import wrapped
from workflows.map.words import Words

SPACES = {
    "xmlns": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "xmlns:bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "xmlns:dc": "http://www.omg.org/spec/DD/20100524/DC",
    "xmlns:di": "http://www.omg.org/spec/DD/20100524/DI",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
NAMESPACE = "urn:marshrut:pathways"
TASK, EVENT, GATEWAY = (150.0, 80.0), (36.0, 36.0), (50.0, 50.0)
NOTE, ROOM = 46.0, 8.0
GAP, LABEL = 24.0, 118.0
EVENTS = (Shape.START, Shape.END, Shape.TERMINATE, Shape.TIMER, Shape.MESSAGE, Shape.CONDITION)
GATEWAYS = (Shape.EXCLUSIVE, Shape.PARALLEL)
TAGS = {
    Shape.TERMINATE: "endEvent",
    Shape.TIMER: "intermediateCatchEvent",
    Shape.MESSAGE: "intermediateCatchEvent",
    Shape.CONDITION: "intermediateCatchEvent",
}
# ISO 8601 knows no working time: those durations are the same number of plain hours and days, and say so in words.
ISO = {
    Unit.MINUTES: "PT{}M",
    Unit.HOURS: "PT{}H",
    Unit.DAYS: "P{}D",
    Unit.WORKING_HOURS: "PT{}H",
    Unit.WORKING_DAYS: "P{}D",
}


def bpmn(flow: Flow, words: Words, english: Words) -> str:
    """The XML of a track, named in one language and documented in English."""
    made = process(flow, words)
    head = " ".join(f'{name}="{value}"' for name, value in SPACES.items())
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<definitions {head} id="definitions_{flow.name}" targetNamespace="{NAMESPACE}">',
        f'  <process id="{flow.name}" name={quoteattr(words.track(flow.name))} isExecutable="false">',
        f"    <documentation>{escape(english.track(flow.name))}</documentation>",
    ]
    for element in made.elements.values():
        lines += _element(element, made, words, english)
    for (source, target), name in made.flows.items():
        named = f" name={quoteattr(name)}" if name else ""
        lines.append(
            f'    <sequenceFlow id="{_flow(source, target)}"{named} sourceRef="{source}" targetRef="{target}"/>'
        )
    for element in made.elements.values():
        lines += _note(element, words)
    return "\n".join([*lines, "  </process>", *_diagram(flow.name, made, words), "</definitions>", ""])


def _flow(source: str, target: str) -> str:
    return f"flow_{source}__{target}"


def _element(element: Element, made: Process, words: Words, english: Words) -> list[str]:
    tag = TAGS.get(element.shape, element.shape.value)
    named = f" name={quoteattr(element.name)}" if element.name else ""
    called = ""
    if element.about is not None and element.about.kind is Kind.TRACK:
        called = f' calledElement="{element.about.what}"'
    inner = [f"<documentation>{escape(text)}</documentation>" for text in _told(element, english)]
    inner += [f"<incoming>{_flow(*way)}</incoming>" for way in made.flows if way[1] == element.id]
    inner += [f"<outgoing>{_flow(*way)}</outgoing>" for way in made.flows if way[0] == element.id]
    inner += _definition(element, words)
    if not inner:
        return [f'    <{tag} id="{element.id}"{named}{called}/>']
    return [f'    <{tag} id="{element.id}"{named}{called}>', *(f"      {line}" for line in inner), f"    </{tag}>"]


def _told(element: Element, english: Words) -> list[str]:
    """What the English name is, and for whom and how fast a step is."""
    node = element.about
    if node is None or node.kind not in {Kind.STEP, Kind.WAIT, Kind.TRACK, Kind.DECISION, Kind.NOTICE}:
        return []
    if node.kind is Kind.WAIT and (wait := english.waits(node.what)) is not None:
        return [f"{english.title(node)}: {english.term(wait)}"]
    if node.kind is not Kind.STEP or (entry := english.entry(node.what)) is None:
        return [english.title(node)]
    optional = [] if entry.mandatory else [english.common("optional")]
    return ["; ".join([english.title(node), english.role(entry.role), english.clock(node.what), *optional])]


def _definition(element: Element, words: Words) -> list[str]:  # noqa: PLR0911 - one case per kind of event
    node = element.about
    match element.shape:
        case Shape.TIMER if node is not None and (wait := words.waits(node.what)) is not None:
            duration = ISO[wait.amount.unit].format(wait.amount.amount)
            return [
                f'<timerEventDefinition id="{element.id}_timer">',
                f'  <timeDuration xsi:type="tFormalExpression">{duration}</timeDuration>',
                "</timerEventDefinition>",
            ]
        case Shape.TIMER:
            return [f'<timerEventDefinition id="{element.id}_timer"/>']
        case Shape.MESSAGE:
            return [f'<messageEventDefinition id="{element.id}_message"/>']
        case Shape.CONDITION:
            return [
                f'<conditionalEventDefinition id="{element.id}_condition">',
                f'  <condition xsi:type="tFormalExpression">{escape(element.name)}</condition>',
                "</conditionalEventDefinition>",
            ]
        case Shape.TERMINATE:
            return [f'<terminateEventDefinition id="{element.id}_all"/>']
        case Shape.USER if node is not None and (entry := words.entry(node.what)) is not None:
            return [
                f'<potentialOwner id="{element.id}_owner">',
                "  <resourceAssignmentExpression>",
                f'    <formalExpression xsi:type="tFormalExpression">{entry.role}</formalExpression>',
                "  </resourceAssignmentExpression>",
                "</potentialOwner>",
            ]
        case _:
            return []


def _note(element: Element, words: Words) -> list[str]:
    """Who does a step and how fast, where a reader of the diagram sees it."""
    if (text := _clock(element, words)) is None:
        return []
    return [
        f'    <textAnnotation id="{element.id}_note">',
        f"      <text>{escape(text)}</text>",
        "    </textAnnotation>",
        f'    <association id="{element.id}_noted" sourceRef="{element.id}" targetRef="{element.id}_note"/>',
    ]


def _clock(element: Element, words: Words) -> str | None:
    node = element.about
    if node is None or node.kind is not Kind.STEP or (entry := words.entry(node.what)) is None:
        return None
    return f"{words.role(entry.role)} · {words.clock(node.what)}"


def _diagram(name: str, made: Process, words: Words) -> list[str]:
    backward = _backward(made)
    # A flow's name has a place of its own on the way, so that nothing else lies there.
    links: dict[tuple[str, str], list[Link]] = {}
    for way, text in made.flows.items():
        stops = [way[0], *([_flow(*way)] if text else []), way[1]]
        stops = stops[::-1] if way in backward else stops
        links[way] = [Link(source, target) for source, target in pairwise(stops)]
    rooms = {element.id: _room(element) for element in made.elements.values()}
    rooms |= {_flow(*way): _label_room(text) for way, text in made.flows.items() if text}
    order = layers(list(rooms), [link for path in links.values() for link in path])
    # The layers run from left to right here: what is high there is wide here.
    place = placed(order, rooms, gap=GAP)
    lines = [
        f'  <bpmndi:BPMNDiagram id="{name}_diagram">',
        f'    <bpmndi:BPMNPlane id="{name}_plane" bpmnElement="{name}">',
    ]
    for element in made.elements.values():
        y, x = place.corners[element.id]
        lines += _shape(element, x, y, words)
    for way, path in links.items():
        points = [(x, y) for link in path for y, x in place.lines[link]]
        if way in backward:
            points.reverse()
        points[0] = _edge(made.elements[way[0]], points[0], leaves=way not in backward)
        points[-1] = _edge(made.elements[way[1]], points[-1], leaves=way in backward)
        lines += _line(way, straight(points), made.flows[way], place.corners.get(_flow(*way)))
    return [*lines, "    </bpmndi:BPMNPlane>", "  </bpmndi:BPMNDiagram>"]


def _label_room(text: str) -> tuple[float, float]:
    return 2 * (14 * len(wrapped(text, 11, LABEL)) + 4), LABEL


def _backward(made: Process) -> set[tuple[str, str]]:
    """Flows that lead back to where one came from."""
    done, on_path = set[str](), set[str]()
    backward = set[tuple[str, str]]()
    out: dict[str, list[str]] = {name: [] for name in made.elements}
    for source, target in made.flows:
        out[source].append(target)
    for start in made.elements:
        path = [] if start in done else [(start, list(out[start]))]
        on_path |= {name for name, _ in path}
        while path:
            name, targets = path[-1]
            if not targets:
                path.pop()
                on_path.discard(name)
                done.add(name)
                continue
            target = targets.pop(0)
            if target in on_path:
                backward.add((name, target))
            elif target not in done:
                path.append((target, list(out[target])))
                on_path.add(target)
    return backward


def _own(element: Element) -> tuple[float, float]:
    """Width and height of a shape."""
    if element.shape in EVENTS:
        return EVENT
    return GATEWAY if element.shape in GATEWAYS else TASK


def _room(element: Element) -> tuple[float, float]:
    """Height and width of the place that it takes, with what is written around it."""
    wide, high = _own(element)
    if element.shape in EVENTS or element.shape in GATEWAYS:
        lines = len(wrapped(element.name, 11, LABEL)) if element.name else 0
        return high + 2 * (lines * 14 + 4), max(wide, LABEL if lines else wide)
    noted = 2 * (NOTE + ROOM) if element.shape is Shape.USER else 0
    return high + noted, wide


def _edge(element: Element, point: Point, *, leaves: bool) -> Point:
    """Where a line touches the shape itself, which may be narrower than its place."""
    wide, place = _own(element)[0], _room(element)[1]
    inset = (place - wide) / 2
    return point[0] + (-inset if leaves else inset), point[1]


def _shape(element: Element, x: float, y: float, words: Words) -> list[str]:
    wide, high = _own(element)
    room_high, room_wide = _room(element)
    left, top = x + (room_wide - wide) / 2, y + (room_high - high) / 2
    marker = ' isMarkerVisible="true"' if element.shape is Shape.EXCLUSIVE else ""
    lines = [
        f'      <bpmndi:BPMNShape id="{element.id}_di" bpmnElement="{element.id}"{marker}>',
        _bounds(left, top, wide, high),
    ]
    if element.name and (element.shape in EVENTS or element.shape in GATEWAYS):
        text = wrapped(element.name, 11, LABEL)
        lines += ["        <bpmndi:BPMNLabel>"]
        lines += [_bounds(x + (room_wide - LABEL) / 2, top + high + 4, LABEL, 14 * len(text))]
        lines += ["        </bpmndi:BPMNLabel>"]
    lines.append("      </bpmndi:BPMNShape>")
    if _clock(element, words) is not None:
        lines += [
            f'      <bpmndi:BPMNShape id="{element.id}_note_di" bpmnElement="{element.id}_note">',
            _bounds(left, top - NOTE - ROOM, wide, NOTE),
            "      </bpmndi:BPMNShape>",
            f'      <bpmndi:BPMNEdge id="{element.id}_noted_di" bpmnElement="{element.id}_noted">',
            *_points([(left + 20, top), (left + 20, top - ROOM)]),
            "      </bpmndi:BPMNEdge>",
        ]
    return lines


def _bounds(x: float, y: float, wide: float, high: float) -> str:
    return f'        <dc:Bounds x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{high:.0f}"/>'


def _points(points: list[Point]) -> list[str]:
    return [f'        <di:waypoint x="{x:.0f}" y="{y:.0f}"/>' for x, y in points]


def _line(way: tuple[str, str], points: list[Point], name: str, label: Point | None) -> list[str]:
    lines = [f'      <bpmndi:BPMNEdge id="{_flow(*way)}_di" bpmnElement="{_flow(*way)}">', *_points(points)]
    if label is not None:
        high, wide = _label_room(name)
        lines += ["        <bpmndi:BPMNLabel>", _bounds(label[1], label[0], wide, high / 2 - 4)]
        lines += ["        </bpmndi:BPMNLabel>"]
    return [*lines, "      </bpmndi:BPMNEdge>"]
