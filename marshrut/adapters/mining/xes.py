"""XES (IEEE 1849) with the standard extensions concept, time, lifecycle and org: a trace a case, its events in time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from xml.sax.saxutils import quoteattr

from marshrut.adapters.mining.ocel import Journals
from marshrut.adapters.mining.telling import Telling, Told
from marshrut.adapters.mining.vocabulary import COMMON, EVENTS, Cover, Sort, written

# What an event about a step is to the standard lifecycle; `unknown` is the standard's word for what it has none for.
TRANSITIONS: Mapping[str, str] = {
    "step_opened": "schedule",
    "step_claimed": "start",
    "step_assigned": "assign",
    "step_released": "reassign",
    "step_blocked": "suspend",
    "step_unblocked": "resume",
    "step_completed": "complete",
    "step_cancelled": "withdraw",
    "step_extended": "unknown",
    "step_commented": "unknown",
    "step_escalated": "unknown",
    "cancel_requested": "unknown",
    "cancel_denied": "unknown",
    "track_started": "start",
    "track_finished": "complete",
}
_TAGS = {Sort.STRING: "string", Sort.TIME: "date", Sort.INTEGER: "int", Sort.BOOLEAN: "boolean"}
_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace"><string key="concept:name" value="unknown"/></global>
<global scope="event"><string key="concept:name" value="unknown"/>\
<string key="lifecycle:transition" value="complete"/>\
<date key="time:timestamp" value="1970-01-01T00:00:00.000Z"/></global>
<classifier name="Activity" keys="concept:name"/>
<classifier name="Activity and transition" keys="concept:name lifecycle:transition"/>
<string key="concept:name" value="Marshrut"/>
<string key="lifecycle:model" value="standard"/>
"""


async def xes(journals: Journals, cover: Cover) -> AsyncIterator[bytes]:
    """The log."""
    yield _HEAD.encode()
    async for batch in journals():
        yield "".join(_trace(Telling(history, cover)) for history in batch).encode()
    yield b"</log>\n"


def _trace(telling: Telling) -> str:
    case = next(thing for thing in telling.things.values() if thing.type == "case")
    # The last word counts; what changes on the way stands in the events.
    known = {name: written(value) for name, value, _ in case.known if name in ("via", "ending")}
    rows = [_pair("string", "concept:name", case.id), _pair("string", "hospital", telling.hospital)]
    rows += [_pair("string", name, value) for name, value in known.items()]
    ordered = sorted(enumerate(telling.events), key=lambda each: (each[1].at, each[0]))
    rows += [_event(event, telling.hospital) for _, event in ordered]
    return f"<trace>{''.join(rows)}</trace>\n"


def _event(event: Told, hospital: str) -> str:
    attributes = event.attributes
    rows = [
        _pair("string", "concept:name", activity(event)),
        _pair("string", "lifecycle:transition", TRANSITIONS.get(event.kind, "complete")),
        _pair("date", "time:timestamp", written(event.at)),
        _pair("string", "org:resource", written(attributes["actor"])),
        _pair("string", "org:role", written(attributes["role"])),
        _pair("string", "org:group", hospital),
        _pair("string", "event", event.kind),
    ]
    sorts = {**COMMON, **EVENTS[event.kind]}
    rows += [
        _pair(_TAGS[sorts[name]], name, written(value))
        for name, value in attributes.items()
        if name not in ("actor", "role", "step")
    ]
    return f"<event>{''.join(rows)}</event>"


def activity(event: Told) -> str:
    """What was done, as a name that stands for the same in every case."""
    said = event.attributes
    if "step" in said:
        return str(said["step"])
    match event.kind:
        case "item_added" | "item_moved":
            return f"{said.get('item', 'item')}.{said['status']}"
        case "reported":
            return f"reported.{said['report']}"
        case "track_started" | "track_finished":
            return f"track.{said['track']}"
        case _:
            return event.kind


def _pair(tag: str, key: str, value: str) -> str:
    return f"<{tag} key={quoteattr(key)} value={quoteattr(value)}/>"
