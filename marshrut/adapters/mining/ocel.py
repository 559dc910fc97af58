"""OCEL 2.0, as JSON and as XML: first all things, then all events, both streamed.

The journals are read twice, so nothing but names is kept meanwhile; what happened in between is left for the next time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from xml.sax.saxutils import escape, quoteattr

import orjson

from marshrut.adapters.mining.telling import Relation, Telling, Thing, Told
from marshrut.adapters.mining.vocabulary import COMMON, EVENTS, THINGS, Cover, Sort, iso, written
from marshrut.ports import History

# Reads the journals anew, batch by batch.
Journals = Callable[[], AsyncIterator[Iterable[History]]]
Writer = Callable[[Thing], bytes]


async def ocel_json(journals: Journals, cover: Cover) -> AsyncIterator[bytes]:
    """The log as JSON."""
    yield b'{"objectTypes":' + _types_json(THINGS) + b',"eventTypes":' + _types_json(_events()) + b',"objects":['
    ends: dict[str, int] = {}
    first = True
    async for things in _all_things(journals, cover, ends):
        rows = [orjson.dumps(_object_json(thing)) for thing in things]
        if rows:
            yield (b"\n" if first else b",\n") + b",\n".join(rows)
            first = False
    yield b'],"events":['
    first = True
    async for events in _all_events(journals, cover, ends):
        rows = [orjson.dumps(_event_json(event)) for event in events]
        if rows:
            yield (b"\n" if first else b",\n") + b",\n".join(rows)
            first = False
    yield b"]}\n"


async def ocel_xml(journals: Journals, cover: Cover) -> AsyncIterator[bytes]:
    """The log as XML."""
    types = [_types_xml("object", THINGS), _types_xml("event", _events())]
    yield ('<?xml version="1.0" encoding="UTF-8"?>\n<log>' + "".join(types) + "<objects>\n").encode()
    ends: dict[str, int] = {}
    async for things in _all_things(journals, cover, ends):
        yield "".join(map(_object_xml, things)).encode()
    yield b"</objects><events>\n"
    async for events in _all_events(journals, cover, ends):
        yield "".join(map(_event_xml, events)).encode()
    yield b"</events></log>\n"


async def _all_things(journals: Journals, cover: Cover, ends: dict[str, int]) -> AsyncIterator[list[Thing]]:
    """Every thing once. `ends` keeps how far each journal was told."""
    shared: set[str] = set()
    async for batch in journals():
        things: list[Thing] = []
        for history in batch:
            telling = Telling(history, cover)
            ends[history.case_id] = len(history.events)
            things.extend(telling.things.values())
            things.extend(thing for name, thing in telling.shared.items() if name not in shared)
            shared.update(telling.shared)
        yield things


async def _all_events(journals: Journals, cover: Cover, ends: Mapping[str, int]) -> AsyncIterator[list[Told]]:
    async for batch in journals():
        events: list[Told] = []
        for history in batch:
            told = history._replace(events=history.events[: ends.get(history.case_id, 0)])
            events.extend(Telling(told, cover).events)
        yield events


def _events() -> dict[str, Mapping[str, Sort]]:
    return {kind: {**COMMON, **own} for kind, own in EVENTS.items()}


def _types_json(types: Mapping[str, Mapping[str, Sort]]) -> bytes:
    return orjson.dumps(
        [
            {"name": name, "attributes": [{"name": each, "type": sort.value} for each, sort in known.items()]}
            for name, known in types.items()
        ]
    )


def _object_json(thing: Thing) -> dict[str, object]:
    known = [{"name": name, "time": iso(at), "value": written(value)} for name, value, at in thing.known]
    return {"id": thing.id, "type": thing.type, "attributes": known, "relationships": _related(thing.belongs)}


def _event_json(event: Told) -> dict[str, object]:
    said = [{"name": name, "value": written(value)} for name, value in event.attributes.items()]
    related = _related(event.about)
    return {"id": event.id, "type": event.kind, "time": iso(event.at), "attributes": said, "relationships": related}


def _related(relations: Iterable[Relation]) -> list[dict[str, str]]:
    return [{"objectId": thing, "qualifier": how} for thing, how in relations]


def _types_xml(what: str, types: Mapping[str, Mapping[str, Sort]]) -> str:
    rows = "".join(
        f"<{what}-type name={quoteattr(name)}><attributes>"
        + "".join(f"<attribute name={quoteattr(each)} type={quoteattr(sort.value)}/>" for each, sort in known.items())
        + f"</attributes></{what}-type>"
        for name, known in types.items()
    )
    return f"<{what}-types>{rows}</{what}-types>"


def _object_xml(thing: Thing) -> str:
    known = "".join(
        f"<attribute name={quoteattr(name)} time={quoteattr(iso(at))}>{escape(written(value))}</attribute>"
        for name, value, at in thing.known
    )
    head = f"<object id={quoteattr(thing.id)} type={quoteattr(thing.type)}>"
    return f"{head}<attributes>{known}</attributes>{_related_xml(thing.belongs)}</object>\n"


def _event_xml(event: Told) -> str:
    said = "".join(
        f"<attribute name={quoteattr(name)}>{escape(written(value))}</attribute>"
        for name, value in event.attributes.items()
    )
    head = f"<event id={quoteattr(event.id)} type={quoteattr(event.kind)} time={quoteattr(iso(event.at))}>"
    return f"{head}<attributes>{said}</attributes>{_related_xml(event.about)}</event>\n"


def _related_xml(relations: Iterable[Relation]) -> str:
    rows = "".join(
        f"<relationship object-id={quoteattr(thing)} qualifier={quoteattr(how)}/>" for thing, how in relations
    )
    return f"<objects>{rows}</objects>"
