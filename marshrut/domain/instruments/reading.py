"""From what was sent to answers that fit the instrument, or to everything that does not.

What was sent is a FHIR R4 QuestionnaireResponse, or a mapping of linkIds to answers. Of a response only the
questionnaire, the status and the answers are read; whom it is about and who wrote it is for the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshrut.domain.instruments.types import Answers, Condition, Instrument, Item, Value
from marshrut.domain.text import Place, named

RESPONSE = "QuestionnaireResponse"
FINAL = frozenset({"completed", "amended"})
VALUES = {"choice": "valueCoding", "boolean": "valueBoolean", "integer": "valueInteger"}
# FHIR R4's elements; what modifies the meaning of a response (modifierExtension, implicitRules) is not understood here.
COMMON = frozenset({"id", "extension"})
TOP = COMMON | {
    *("resourceType", "meta", "language", "_language", "text", "contained", "identifier", "basedOn", "partOf"),
    *("questionnaire", "_questionnaire", "status", "_status", "subject", "encounter", "authored", "_authored"),
    *("author", "source", "item"),
}
ITEM = COMMON | {"linkId", "_linkId", "definition", "_definition", "text", "_text"}
CODING = COMMON | {"system", "_system", "version", "_version", "code", "_code", "display", "_display", "userSelected"}


@dataclass(frozen=True, order=True)
class Misfit:
    """A fault of what was sent: its place and a stable code.

    The place is a path such as `item.0.answer.0.valueCoding.code`, or the linkId of what is missing. A name that is
    none of ours is a `?`, and what stood anywhere is never repeated.
    """

    field: str
    code: str


class Faults(ValueError):  # noqa: N818 - all of them at once, which one error's name would hide
    """The answers do not fit the instrument: every fault, in the order of their places."""

    def __init__(self, faults: list[Misfit]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("; ".join(f"{fault.field}: {fault.code}" for fault in self.faults))


def read(instrument: Instrument, sent: Any) -> Answers:
    """The answers, by linkId in the instrument's order; of an item that repeats in the order of its options.

    Raises:
        Faults: with `malformed` (no object or list where one belongs), `unknown_element`, `wrong_resource`,
            `wrong_questionnaire`, `other_version`, `not_completed`, `unknown_item`, `misplaced` (not in its group),
            `given_twice`, `too_many`, `empty`, `wrong_type`, `not_an_option`, `out_of_range`, `missing` or `disabled`.
    """
    reading = _Reading(instrument)
    if not isinstance(sent, Mapping):
        reading.fault((), "malformed")
    elif "resourceType" in sent:
        reading.resource(sent)
    else:
        reading.plain(sent)
    reading.complete()
    if reading.faults:
        raise Faults(reading.faults)
    return {item.link_id: reading.answers[item.link_id] for item in instrument.items if item.link_id in reading.answers}


def response(instrument: Instrument, answers: Answers) -> dict[str, Any]:
    """The answers as a completed FHIR R4 QuestionnaireResponse, which reads back as the same answers."""
    found: list[dict[str, Any]] = []
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in instrument.items:
        if item.link_id not in answers:
            continue
        values = [_written(instrument, item, value) for value in answers[item.link_id]]
        into = found
        if item.group is not None:
            if item.group not in groups:
                groups[item.group] = []
                found.append({"linkId": item.group, "item": groups[item.group]})
            into = groups[item.group]
        into.append({"linkId": item.link_id, "answer": values})
    whole = {
        "resourceType": RESPONSE,
        "questionnaire": f"{instrument.url}|{instrument.version}",
        "status": "completed",
    }
    return {**whole, "item": found} if found else whole


def met(instrument: Instrument, condition: Condition, answers: Answers) -> bool:
    """Whether what has been answered is what the condition says."""
    given = answers.get(condition.item, ())
    if condition.exists is not None:
        return condition.exists == bool(given)
    if condition.at_least is not None:
        item = instrument.item(condition.item)
        ordinals = [] if item is None else [item.ordinal(value) for value in given]
        return any(ordinal is not None and ordinal >= condition.at_least for ordinal in ordinals)
    return condition.equals in given


class _Reading:
    """One reading: the answers that fit so far, and the faults."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.groups = {item.group for item in instrument.items} - {None}
        self.answers: dict[str, tuple[Value, ...]] = {}
        self.faults: list[Misfit] = []
        self.places: dict[str, Place] = {}

    def fault(self, place: Place, code: str) -> None:
        self.faults.append(Misfit(named(place), code))

    def plain(self, sent: Mapping[Any, Any]) -> None:
        for key, value in sent.items():
            item = self.instrument.item(key)
            if item is None:
                self.fault(("?",), "unknown_item")
                continue
            values: list[tuple[Place, Any]] = [((key,), value)]
            if item.repeats and isinstance(value, list | tuple):
                values = [((key, number), each) for number, each in enumerate(value)]
            if not values:
                self.fault((key,), "empty")
            self._take(item, (key,), values)

    def resource(self, sent: Mapping[Any, Any]) -> None:
        if sent["resourceType"] != RESPONSE:
            self.fault(("resourceType",), "wrong_resource")
            return
        self._elements(sent, (), TOP)
        self._questionnaire(sent.get("questionnaire"))
        status = sent.get("status")
        if not isinstance(status, str) or status not in FINAL:
            self.fault(("status",), "not_completed")
        self._items(sent.get("item", []), ("item",), None)

    def complete(self) -> None:
        """What is missing, and what is answered though it was not to be asked."""
        unclear: set[str] = self.places.keys() - self.answers.keys()
        for item in self.instrument.items:
            link, when = item.link_id, item.enabled
            if when is not None and when.item in unclear:
                unclear.add(link)  # whether it had to be answered cannot be told before that other answer is mended
            elif when is not None and not met(self.instrument, when, self.answers):
                if link in self.places:
                    self.fault(self.places[link], "disabled")
                    self.answers.pop(link, None)
            elif item.required and link not in self.places:
                self.fault((link,), "missing")

    def _questionnaire(self, canonical: object) -> None:
        if not isinstance(canonical, str):
            self.fault(("questionnaire",), "wrong_questionnaire")
            return
        url, _, version = canonical.partition("|")
        if url != self.instrument.url:
            self.fault(("questionnaire",), "wrong_questionnaire")
        elif version not in {"", self.instrument.version}:
            self.fault(("questionnaire",), "other_version")

    def _items(self, found: object, place: Place, group: str | None) -> None:
        for inner, each in self._objects(found, place):
            link = each.get("linkId")
            item = self.instrument.item(link) if isinstance(link, str) else None
            if item is not None:
                self._item(item, each, inner, group)
            elif isinstance(link, str) and link in self.groups and group is None:
                self._elements(each, inner, ITEM | {"item"})
                self._items(each.get("item", []), (*inner, "item"), link)
            else:
                self.fault((*inner, "linkId"), "unknown_item")

    def _item(self, item: Item, each: Mapping[Any, Any], place: Place, group: str | None) -> None:
        self._elements(each, place, ITEM | {"answer"})
        if item.group != group:
            self.fault(place, "misplaced")
        if "answer" in each:
            values = list(self._answers(item, each["answer"], (*place, "answer")))
            self._take(item, place, values)

    def _answers(self, item: Item, found: object, place: Place) -> Iterator[tuple[Place, Any]]:
        name = VALUES[item.kind]
        for inner, each in self._objects(found, place):
            self._elements(each, inner, COMMON | {name, f"_{name}"})
            value = each.get(name)
            if item.kind == "choice" and isinstance(value, Mapping):
                self._elements(value, (*inner, name), CODING)
                if value.get("system", self.instrument.options_system) != self.instrument.options_system:
                    self.fault((*inner, name, "system"), "not_an_option")
                yield (*inner, name, "code"), value.get("code")
            else:
                yield (*inner, name), (None if item.kind == "choice" else value)

    def _objects(self, found: object, place: Place) -> Iterator[tuple[Place, Mapping[Any, Any]]]:
        if not isinstance(found, list | tuple):
            self.fault(place, "malformed")
            return
        if not found:
            # FHIR has no empty lists; a response without any item leaves the list out.
            self.faults += [Misfit(named(place), "empty")] if place[-1] == "answer" else []
        for number, each in enumerate(found):
            if isinstance(each, Mapping):
                yield (*place, number), each
            else:
                self.fault((*place, number), "malformed")

    def _elements(self, found: Mapping[Any, Any], place: Place, known: frozenset[str]) -> None:
        if any(key not in known for key in found):
            self.fault((*place, "?"), "unknown_element")

    def _take(self, item: Item, place: Place, values: list[tuple[Place, Any]]) -> None:
        """The answers to an item, if all of them fit."""
        if item.link_id in self.places:
            self.fault(place, "given_twice")
            return
        self.places[item.link_id] = place
        if len(values) > 1 and not item.repeats:
            self.fault(place, "too_many")
            return
        before = len(self.faults)
        good: list[Value] = []
        for inner, value in values:
            code = _misfit(item, value)
            if code is None and value in good:
                code = "given_twice"
            if code is None:
                good.append(value)
            else:
                self.fault(inner, code)
        if good and len(self.faults) == before:
            ordered = tuple(option.code for option in item.options if option.code in good)
            self.answers[item.link_id] = ordered or tuple(good)


def _misfit(item: Item, value: object) -> str | None:
    """What is wrong with an answer, if anything."""
    if item.kind == "boolean":
        return None if isinstance(value, bool) else "wrong_type"
    if item.kind == "integer":
        if not isinstance(value, int) or isinstance(value, bool):
            return "wrong_type"
        low = item.minimum is not None and value < item.minimum
        high = item.maximum is not None and value > item.maximum
        return "out_of_range" if low or high else None
    if not isinstance(value, str):
        return "wrong_type"
    return None if item.option(value) else "not_an_option"


def _written(instrument: Instrument, item: Item, value: Value) -> dict[str, Any]:
    coded = item.kind == "choice"
    return {VALUES[item.kind]: {"system": instrument.options_system, "code": value} if coded else value}
