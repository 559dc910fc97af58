"""What decision tables and the tables behind them name must be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from marshrut.catalogue.files import InstitutionsFile, ListsFile, PartnersFile, RouteFile
from marshrut.catalogue.names import DIRECTIONS, ON_REQUEST, Complaint, Names, known
from marshrut.domain.facts import Gone
from marshrut.domain.rules import Condition
from marshrut.domain.slice import ALWAYS, ANYTHING, OTHERWISE, STATEMENT
from marshrut.domain.words import Flag
from marshrut.yamlfile import Place

# By what the office of a paper, and what it waits for, may differ.
CIRCUMSTANCES = (*get_args(Gone), *Flag, STATEMENT, OTHERWISE, ALWAYS)
PROFILES = ("general", "psychoneurological", "temporary")


def route(file: RouteFile, names: Names) -> Iterator[Complaint]:
    """Rules propose what there is, for reasons that there are."""
    for code, proposal in file.proposals.items():
        place: Place = ("proposals", code)
        yield from _all((*place, "needs"), proposal.needs, "needs", names)
        yield from _when(place, proposal.when, names)
    for code, rule in file.route.items():
        place = ("route", code)
        yield from _one_of((*place, "directions"), rule.directions, DIRECTIONS, names)
        yield from _all((*place, "programmes"), rule.programmes, "services", names)
        yield from _one_of((*place, "steps"), rule.steps, ON_REQUEST, names)
        yield from _when(place, rule.when, names)
        if not (rule.directions or rule.programmes or rule.steps):
            yield place, f"{code}: proposes nothing"
    for code, need in file.family.items():
        place = ("family", code)
        yield from _all((*place, "family_needs"), need.family_needs, "family_needs", names)
        yield from _when(place, need.when, names)
    for code, approval in file.approvals.items():
        place = ("approvals", code)
        yield from _one_of((*place, "entries"), approval.entries, (*_parts(names), ANYTHING), names)
        yield from _when(place, approval.when, names)


def partners(file: PartnersFile, names: Names) -> Iterator[Complaint]:
    """A partner answers in the hours of a party that there is."""
    for code, partner in file.partners.items():
        yield from known(("partners", code, "party"), partner.party, "parties", names)


def institutions(file: InstitutionsFile, names: Names) -> Iterator[Complaint]:
    """An institution has profiles that the journey knows."""
    for code, each in file.institutions.items():
        yield from _one_of(("institutions", code, "profiles"), each.profiles, PROFILES, names)


def lists(file: ListsFile, names: Names) -> Iterator[Complaint]:
    """What an entry waits for is in its list and does not wait for it in turn; its offices are parties."""
    for code, each in file.lists.items():
        after = {name: {one for names in entry.after.values() for one in names} for name, entry in each.entries.items()}
        for name, entry in each.entries.items():
            place: Place = ("lists", code, "entries", name)
            for when, office in entry.offices.items():
                yield from _one_of((*place, "offices"), (when,), CIRCUMSTANCES, names)
                yield from known((*place, "offices", when, "party"), office.party, "parties", names)
            for when, others in entry.after.items():
                yield from _one_of((*place, "after"), (when,), CIRCUMSTANCES, names)
                yield from _one_of((*place, "after", when), others, tuple(each.entries), names)
            if _waits_for_itself(name, after):
                yield (*place, "after"), f"{name}: would wait for itself"


def _waits_for_itself(name: str, after: Mapping[str, set[str]]) -> bool:
    """Whether an entry, in the end, cannot be had without itself, whatever the circumstances."""
    seen: set[str] = set()
    ahead = set(after[name])
    while ahead:
        one = ahead.pop()
        seen.add(one)
        ahead |= after.get(one, set()) - seen
    return name in seen


def _when(place: Place, when: Condition, names: Names) -> Iterator[Complaint]:
    yield from _all((*place, "when", "needs"), when.needs, "needs", names)
    yield from _all((*place, "when", "findings"), when.findings, "findings", names)
    yield from _one_of((*place, "when", "entries"), when.entries, _parts(names), names)
    for part, table in (("scores", "scores"), ("bands", "instruments")):
        for name in getattr(when, part):
            yield from known((*place, "when", part, name), name, table, names)
    for part in ("outcomes", "numbers"):
        for name in getattr(when, part):
            step = name.rpartition(".")[0]
            if step not in names.steps:
                yield (*place, "when", part, name), f"{name}: there is no step {step}; write track.step.field"


def _all(place: Place, given: tuple[str, ...], table: str, names: Names) -> Iterator[Complaint]:
    for number, name in enumerate(given):
        yield from known((*place, number), name, table, names)


def _parts(names: Names) -> tuple[str, ...]:
    """What a route may have."""
    return (*DIRECTIONS, *names.services, *ON_REQUEST)


def _one_of(place: Place, given: tuple[str, ...], there: tuple[str, ...], names: Names) -> Iterator[Complaint]:
    for number, name in enumerate(given):
        if name not in there:
            yield names.deletion(name) or (*place, number), f"{'.'.join(map(str, place))}: there is no {name}"
