"""What a message holds: the resources that tell something, and those that these refer to.

One resource alone, a transaction and a message come to the same: one visit or one person, and what stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from marshrut.adapters.fhir.values import Resource, unfit
from marshrut.ports import NOTHING_SETTLED

BUNDLES = ("transaction", "message")
# What tells something by itself, and what is read where these refer to it.
TOLD = frozenset({"Patient", "Encounter", "RelatedPerson", "Flag"})
BESIDE = frozenset({"Organization", "Location", "Condition"})
WRITES = ("POST", "PUT")
# Their ids here follow from their numbers, so nobody chooses one.
DERIVED = frozenset({"Patient", "Encounter"})


@dataclass(frozen=True, slots=True)
class Told:
    """A resource that tells something. `place`: where it stands in what was sent."""

    resource: Resource
    place: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that a message holds. `at`: when it was made; `key`: by what it is known again.

    `settled`: by the addresses of entries that are there already, their ids here. `updated`: which ids entries say that
    they update, and where they say so.
    """

    told: tuple[Told, ...]
    around: Mapping[str, Resource] = field(default_factory=dict)
    at: str | None = None
    key: str | None = None
    settled: Mapping[str, str] = field(default_factory=dict)
    updated: tuple[tuple[str, str], ...] = ()

    def of(self, kind: str) -> list[Told]:
        """The resources of a type."""
        return [each for each in self.told if each.resource["resourceType"] == kind]

    def one(self, kind: str) -> Told | None:
        """The only resource of a type, if there is one.

        Raises:
            Unfit: `many_visits`.
        """
        found = self.of(kind)
        if len(found) > 1:
            words = "a message tells of one visit or one patient: send the others by themselves"
            raise unfit("many_visits", found[1].place, words, "multiple-matches")
        return found[0] if found else None

    def find(self, reference: Resource, owner: Resource) -> Resource | None:
        """The resource that is referred to, if it came along: contained in its owner, or an entry of the Bundle."""
        literal = reference.get("reference", "")
        if literal.startswith("#"):
            inside = (each for each in owner.get("contained", ()) if each.get("id") == literal[1:])
            return next(inside, None)
        return self.around.get(literal.split("/_history")[0])


def gathered(resource: Resource, settled: Mapping[int, str] = NOTHING_SETTLED) -> Gathered:
    """What it holds; of a transaction without the entries that are there already.

    Raises:
        Unfit: `unsupported_resource`, `unsupported_bundle`.
    """
    kind = resource["resourceType"]
    if kind == "Bundle":
        return _bundle(resource, settled)
    if kind not in TOLD:
        raise unfit("unsupported_resource", kind, "this kind of resource is not taken here", "not-supported")
    # When a resource was changed last is for whoever keeps it to say; told by itself it is told now.
    return Gathered((Told(resource, kind),))


def _bundle(bundle: Resource, settled: Mapping[int, str]) -> Gathered:
    if bundle["type"] not in BUNDLES:
        raise unfit("unsupported_bundle", "Bundle.type", "a transaction or a message is taken", "not-supported")
    entries = list(_entries(bundle))
    if bundle["type"] == "message":
        return _message(bundle, entries)
    told = [_written(each, entry) for each, entry in entries]
    stays = any(entries[number][0].resource["resourceType"] == "Encounter" for number in settled)
    new = tuple(
        each
        for number, each in enumerate(told)
        # A flag is told with its Encounter.
        if each is not None and number not in settled and not (stays and each.resource["resourceType"] == "Flag")
    )
    known = {
        address: settled[number]
        for number, each in enumerate(entries)
        if number in settled
        for address in _around([each])
    }
    around = _around([each for number, each in enumerate(entries) if number not in settled])
    updated = tuple(
        (f"{each.place.removesuffix('.resource')}.request.url", each.resource["id"])
        for number, (each, entry) in enumerate(entries)
        if number not in settled and each.resource["resourceType"] in DERIVED and _by_id(entry)
    )
    return Gathered(new, around, bundle.get("timestamp"), None, known, updated)


def _by_id(entry: Resource) -> bool:
    """Whether an entry updates what has an id, and not what a condition finds."""
    request = entry["request"]
    return request["method"] == "PUT" and "?" not in request["url"]


def _message(bundle: Resource, entries: list[tuple[Told, Resource]]) -> Gathered:
    """A message: its header comes first, and says by what it is known again."""
    if not entries or entries[0][0].resource["resourceType"] != "MessageHeader":
        place = "Bundle.entry[0].resource"
        raise unfit("unsupported_bundle", place, "a message begins with its MessageHeader", "structure")
    header = entries[0][0].resource
    key = bundle.get("identifier", {}).get("value") or header.get("id") or bundle.get("id")
    told = tuple(each for each, _ in entries if each.resource["resourceType"] in TOLD)
    return Gathered(told, _around(entries), bundle.get("timestamp"), key)


def _entries(bundle: Resource) -> Iterator[tuple[Told, Resource]]:
    """Each entry's resource, and the entry."""
    for number, entry in enumerate(bundle.get("entry", ())):
        place = f"Bundle.entry[{number}]"
        if "resource" not in entry:
            raise unfit("unsupported_bundle", place, "each entry has a resource", "required")
        yield Told(entry["resource"], f"{place}.resource"), entry


def _written(told: Told, entry: Resource) -> Told | None:
    """An entry of a transaction: it is created or updated, or read beside another; else nothing of all is taken.

    Raises:
        Unfit: `unsupported_bundle`, `unsupported_resource`; `wrong_id`: it is not what its address says.
    """
    kind, request = told.resource["resourceType"], entry.get("request", {})
    place = f"{told.place.removesuffix('.resource')}.request"
    if request.get("method") not in WRITES:
        raise unfit("unsupported_bundle", f"{place}.method", "POST or PUT", "not-supported")
    if "ifMatch" in request:
        words = "a version is named with an update by itself, by If-Match"
        raise unfit("unsupported_bundle", f"{place}.ifMatch", words, "not-supported")
    if kind not in TOLD | BESIDE:
        raise unfit("unsupported_resource", told.place, "this kind of resource is not taken here", "not-supported")
    if not _addressed(told.resource, request):
        raise unfit("wrong_id", f"{place}.url", "this is not where the resource belongs", "invalid")
    return told if kind in TOLD else None


def _addressed(resource: Resource, request: Resource) -> bool:
    """Whether an entry's address is that of its resource: of its type, and where one is updated of its id."""
    kind, name = resource["resourceType"], resource.get("id")
    url, _, condition = request["url"].partition("?")
    parts = url.strip("/").split("/")
    by_type = request["method"] == "POST" or condition
    return bool(parts[-1] == kind if by_type else parts[-2:] == [kind, name])


def _around(entries: list[tuple[Told, Resource]]) -> dict[str, Resource]:
    """The resources by each address under which others may refer to them; one of several is nobody's."""
    found: dict[str, Any] = {}
    several: set[str] = set()
    for told, entry in entries:
        for address in _addresses(told.resource, entry.get("fullUrl", "")):
            if found.setdefault(address, told.resource) is not told.resource:
                several.add(address)
    return {address: resource for address, resource in found.items() if address not in several}


def _addresses(resource: Resource, url: str) -> Iterator[str]:
    if url:
        yield url
    if url and not url.startswith("urn:"):
        yield "/".join(url.rsplit("/", 2)[-2:])
    if name := resource.get("id"):
        yield f"{resource['resourceType']}/{name}"
