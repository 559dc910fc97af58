"""Of the official definitions of FHIR R4 the part that messages of ours are made of, as one small table.

`make fhir` reads them from the package of the standard's authors and writes definitions.json; a test compares both.
What a StructureDefinition says in its snapshot is kept: which elements there are, how often, of which types, and of
required bindings the codes. Its invariants (FHIRPath) are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

# What is taken, what is given, and what is read beside it.
RESOURCES = (
    *("Patient", "Encounter", "RelatedPerson", "Flag", "EpisodeOfCare", "CarePlan", "ServiceRequest", "Task"),
    *("Bundle", "MessageHeader", "OperationOutcome", "CapabilityStatement", "Parameters"),
    *("Organization", "Location", "Condition"),
)
ROOTS = ("Element", "Extension", "Narrative", *RESOURCES)
SYSTEM_TYPE = "http://hl7.org/fhirpath/System."
REGEX = "http://hl7.org/fhir/StructureDefinition/regex"
# A value set of more codes is one of the world's (currencies, units): it is never bound to what we read.
MOST_CODES = 2000

Resource = Mapping[str, Any]


class Package(NamedTuple):
    """The definitions, each by its name or address."""

    structures: Mapping[str, Resource]
    value_sets: Mapping[str, Resource]
    code_systems: Mapping[str, Resource]


def compiled(package: Package) -> dict[str, Any]:
    """The table."""
    types: dict[str, Any] = {}
    primitives: dict[str, str | None] = {}
    bound: set[str] = set()
    todo = list(ROOTS)
    while todo:
        name = todo.pop()
        if name in types or name in primitives or name not in package.structures:
            continue
        structure = package.structures[name]
        if structure["kind"] == "primitive-type":
            primitives[name] = _regex(structure)
            continue
        made = dict(_composites(structure, bound))
        types |= made
        todo += [kind for each in made.values() for element in each.values() for kind in element["types"]]
    named = {url: codes for url in sorted(bound) if (codes := _codes(package, url)) is not None}
    return {
        "version": "4.0.1",
        "resources": sorted(name for name, each in package.structures.items() if _is_resource(each)),
        "primitives": dict(sorted(primitives.items())),
        "codes": named,
        "types": dict(sorted(types.items())),
    }


def _is_resource(structure: Resource) -> bool:
    return structure["kind"] == "resource" and not structure["abstract"] and structure.get("derivation") != "constraint"


def _regex(structure: Resource) -> str | None:
    """How the value of a primitive is written."""
    for element in structure["snapshot"]["element"]:
        if element["path"].endswith(".value"):
            for kind in element["type"]:
                for extension in kind.get("extension", ()):
                    if extension["url"] == REGEX:
                        return str(extension["valueString"])
    return None


def _composites(structure: Resource, bound: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The type itself and each of its backbones, by path: what elements it has."""
    elements = [each for each in structure["snapshot"]["element"] if "." in each["path"] and "sliceName" not in each]
    parents = {each["path"].rpartition(".")[0] for each in elements}
    for parent in sorted(parents | {structure["name"]}):
        children = [each for each in elements if each["path"].rpartition(".")[0] == parent]
        yield (
            parent,
            {name: element for child in children for name, element in _named(child, parents, structure, bound)},
        )


def _named(
    child: Resource, parents: set[str], structure: Resource, bound: set[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The element under each name by which it may be written: one of several types has several."""
    path = child["path"]
    name = path.rpartition(".")[2]
    made: dict[str, Any] = {"min": child["min"], "many": child["max"] != "1"}
    if child["max"] == "0":
        return
    binding = child.get("binding", {})
    if binding.get("strength") == "required" and "valueSet" in binding:
        made["codes"] = binding["valueSet"].partition("|")[0]
        bound.add(made["codes"])
    if "contentReference" in child:
        yield name, {**made, "types": [child["contentReference"].removeprefix("#")]}
        return
    kinds = [_kind(each["code"], path, structure) for each in child["type"]]
    if name.endswith("[x]"):
        group = name.removesuffix("[x]")
        for kind in dict.fromkeys(kinds):
            yield group + kind[0].upper() + kind[1:], {**made, "types": [kind], "group": group}
        return
    yield name, {**made, "types": [path if path in parents else kinds[0]]}


def _kind(code: str, path: str, structure: Resource) -> str:
    if not code.startswith(SYSTEM_TYPE):
        return code
    if path == "Extension.url":
        return "uri"
    return "id" if structure["kind"] == "resource" and path.count(".") == 1 else "string"


def _codes(package: Package, url: str) -> list[str] | None:
    """The codes of a value set; None when they are not in the package, or too many."""
    found = _expanded(package, url)
    return None if found is None or len(found) > MOST_CODES else sorted(set(found))


def _expanded(package: Package, url: str) -> list[str] | None:
    value_set = package.value_sets.get(url.partition("|")[0])
    if value_set is None or "compose" not in value_set or "exclude" in value_set["compose"]:
        return None
    found: list[str] = []
    for include in value_set["compose"]["include"]:
        if "filter" in include:
            return None
        for other in include.get("valueSet", ()):
            more = _expanded(package, other)
            if more is None:
                return None
            found += more
        if "concept" in include:
            found += [each["code"] for each in include["concept"]]
        elif "system" in include:
            system = package.code_systems.get(include["system"])
            if system is None or system.get("content") != "complete":
                return None
            found += _all(system.get("concept", ()))
    return found


def _all(concepts: Any) -> list[str]:
    return [code for each in concepts for code in (each["code"], *_all(each.get("concept", ())))]
