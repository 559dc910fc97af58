"""What fits together inside an instrument: items, options, conditions, groups, scoring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise

from marshrut.catalogue.instruments import FindingEntry, InstrumentEntry, ItemEntry, ScoringEntry, WhenEntry, instrument
from marshrut.catalogue.layers import Tree
from marshrut.yamlfile import Fault, Place

# Where, what, and perhaps the place of what is missing: where an overlay deleted it, that line is to blame.
Complaint = tuple[Place, str] | tuple[Place, str, Place]
TOP = "instrument"


def instrument_faults(found: Mapping[str, tuple[Tree, InstrumentEntry]]) -> Iterator[Fault]:
    """What is wrong inside each of the instruments, and between them; by code, each with its file's tree."""
    versions: dict[tuple[str, str], str] = {}
    for code, (tree, entry) in found.items():
        for place, what, *gone in _complaints(entry):
            at = next((each for each in gone if (TOP, *each) in tree.spots), place)
            yield tree.fault((TOP, *at), what)
        other = versions.setdefault((entry.url, entry.version), code)
        if other != code:
            yield tree.fault((TOP, "url"), f"url: {other} has the same url and version")


def _complaints(entry: InstrumentEntry) -> Iterator[Complaint]:
    yield from _groups(entry)
    for link_id, item in entry.items.items():
        place = ("items", link_id)
        yield from _item(entry, place, item)
        if item.enable_when is not None:
            yield from _when(entry, (*place, "enable_when"), item.enable_when, before=link_id)
    if entry.scoring is not None:
        wrong = list(_total(entry, entry.scoring.total))
        # Without all of its items and their options nobody can say which scores there are.
        yield from wrong or _bands(entry, entry.scoring)
    for code, finding in entry.findings.items():
        yield from _finding(entry, ("findings", code), finding)


def _groups(entry: InstrumentEntry) -> Iterator[Complaint]:
    for code in entry.groups:
        if code in entry.items:
            yield ("items", code), f"{code}: a group has this linkId already"
        if all(item.group != code for item in entry.items.values()):
            yield ("groups", code), f"{code}: no item stands in this group"
    seen: set[str] = set()
    for group, items in groupby(entry.items.items(), key=lambda each: each[1].group):
        first = next(items)[0]
        if group is not None and group not in entry.groups:
            yield ("items", first, "group"), f"there is no group {group}", ("groups", group)
        elif group in seen:
            yield ("items", first, "group"), f"{first}: the items of {group} do not stand together"
        seen |= {group} if group else set()


def _item(entry: InstrumentEntry, place: Place, item: ItemEntry) -> Iterator[Complaint]:
    name = place[-1]
    if item.scale is not None and item.scale not in entry.scales:
        yield (*place, "scale"), f"there is no scale {item.scale}", ("scales", item.scale)
    elif item.type == "choice" and bool(item.options) == (item.scale is not None):
        yield place, f"{name}: a choice has either options or a scale"
    if item.type != "choice" and (item.options or item.scale or item.repeats):
        yield place, f"{name}: only a choice has options, and repeats"
    limits = [each for each in (item.minimum, item.maximum) if each is not None]
    if limits and (item.type != "integer" or limits != sorted(limits)):
        yield place, f"{name}: minimum and maximum bound an integer, the lower one first"
    if item.loinc is not None and entry.loinc is None:
        yield (*place, "loinc"), f"{name}: the instrument's loinc tells how sure its codes are"


def _when(entry: InstrumentEntry, place: Place, when: WhenEntry, before: str | None = None) -> Iterator[Complaint]:
    path = ".".join(map(str, place))
    if when.item not in entry.items:
        yield (*place, "item"), f"{path}: there is no item {when.item}", ("items", when.item)
        return
    order = list(entry.items)
    if before is not None and order.index(when.item) >= order.index(before):
        yield (*place, "item"), f"{path}: {when.item} does not stand before it"
    at_least = when.at_least if isinstance(when, FindingEntry) else None
    if sum(each is not None for each in (when.equals, when.exists, at_least)) != 1:
        said = "equals, exists or at_least" if isinstance(when, FindingEntry) else "equals or exists"
        yield place, f"{path}: says one of {said}"
    item = entry.items[when.item]
    if when.equals is not None and not _possible(entry, item, when.equals):
        gone = (*_options(when.item, item), str(when.equals))
        yield (*place, "equals"), f"{path}: {when.item} has no such answer", gone


def _possible(entry: InstrumentEntry, item: ItemEntry, value: str | bool | int) -> bool:  # noqa: FBT001 - an answer
    if item.type == "choice":
        return value in entry.options(item)
    return type(value) is (bool if item.type == "boolean" else int)


def _finding(entry: InstrumentEntry, place: Place, finding: FindingEntry) -> Iterator[Complaint]:
    yield from _when(entry, place, finding)
    item = entry.items.get(finding.item)
    if finding.at_least is None or item is None:
        return
    if item.type == "boolean":
        yield (*place, "at_least"), f"{place[-1]}: {finding.item} has no numbers"
    elif item.type == "choice":
        yield from _ordinals(entry, finding.item, item)


def _total(entry: InstrumentEntry, total: tuple[str, ...]) -> Iterator[Complaint]:
    for number, link_id in enumerate(total):
        place = ("scoring", "total", number)
        item = entry.items.get(link_id)
        if item is None:
            yield place, f"scoring.total: there is no item {link_id}", ("items", link_id)
        elif link_id in total[:number]:
            yield place, f"scoring.total: {link_id} is counted twice"
        elif item.type != "choice" or item.repeats:
            yield place, f"scoring.total: {link_id} is no choice of one answer"
        elif not item.required or item.enable_when is not None:
            yield place, f"scoring.total: {link_id} may be left out, so there would be no score"
        else:
            yield from _ordinals(entry, link_id, item)


def _ordinals(entry: InstrumentEntry, link_id: str, item: ItemEntry) -> Iterator[Complaint]:
    where = _options(link_id, item)
    for code, option in entry.options(item).items():
        if option.ordinal is None:
            yield (*where, code), f"{link_id}: the option {code} has no ordinal, though it is counted"


def _options(link_id: str, item: ItemEntry) -> Place:
    return ("items", link_id, "options") if item.scale is None else ("scales", item.scale)


def _bands(entry: InstrumentEntry, scoring: ScoringEntry) -> Iterator[Complaint]:
    """The bands, in their order, cover every score that the answers can have, each once."""
    if not all(entry.options(entry.items[link_id]) for link_id in scoring.total):
        return
    lowest, highest = instrument(TOP, entry).bounds
    bands = list(scoring.bands.items())
    for code, band in bands:
        if band.last < band.first:
            yield ("scoring", "bands", code), f"{code}: ends before it begins"
    (first, begin), (last, end) = bands[0], bands[-1]
    if begin.first != lowest:
        yield ("scoring", "bands", first, "from"), f"{first}: the lowest score is {lowest}"
    if end.last != highest:
        yield ("scoring", "bands", last, "to"), f"{last}: the highest score is {highest}"
    for (_, below), (code, band) in pairwise(bands):
        if band.first != below.last + 1:
            how = "leaves a gap after" if band.first > below.last else "overlaps with"
            yield ("scoring", "bands", code, "from"), f"{code}: {how} the band before it"
