"""What cases go by while they are explored: the catalogue in force, as some of its sites have it."""

from __future__ import annotations

from functools import cache

from marshrut.catalogue import load
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.slice import Slice
from marshrut.domain.words import ItemKind
from workflows.map.raw import JUST_SO, SOMETHING, Exit
from workflows.map.sayings import NOON, UNKNOWN

# Of these kinds a name is a word that tracks branch on, not one thing among others.
WORDS = frozenset({ItemKind.NEED, ItemKind.ENTRY})


@cache
def slices() -> tuple[Slice, ...]:
    """The catalogue's slice of one site in each region, and of a centre."""
    catalogue = load()
    hospitals = reversed(list(catalogue.hospitals.items()))
    sites = {(site.region, site.profile == "centre"): name for name, site in hospitals}
    return tuple(catalogue.slice(name) for name in sites.values())


@cache
def names() -> frozenset[str]:
    """Names of single things: papers, institutions, partners, offices."""
    found = {UNKNOWN, NOON.isoformat(), NOON.isoformat().replace("+00:00", "Z")}
    for each in slices():
        found |= {name for kind, known in each.known.items() if kind not in WORDS for name in known}
        found |= {entry.name for entries in each.lists.values() for entry in entries}
        found |= {office for entries in each.lists.values() for entry in entries for office in entry.offices.values()}
        found |= {partner for rule in each.programmes.values() for partner in rule.partners}
    return frozenset(found)


def plain(value: object) -> str:
    """A code as pictures tell it: which of several things it names makes no difference to them."""
    # What follows the first word is told of it: why, which time, or instead of what.
    said = str(value).split(".", maxsplit=1)[0]
    return SOMETHING if said in names() or "+" in said or said.isdigit() else said


def exit_of(step: str, codes: OutcomeCodes | None) -> Exit:
    """An outcome as a way out, `of` its step; a cancelled step has no codes."""
    if not codes:
        return JUST_SO
    said = ((name, str(value) if name == "result" else plain(value)) for name, value in codes.items())
    return (("of", step), *sorted(said))
