"""What decision tables and the tables behind them name must be there."""

from __future__ import annotations

from collections.abc import Iterator

from marshrut.catalogue.files import InstitutionsFile, PartnersFile, RouteFile
from marshrut.catalogue.names import DIRECTIONS, ON_REQUEST, Complaint, Names, known
from marshrut.domain.rules import Condition
from marshrut.domain.slice import ANYTHING
from marshrut.yamlfile import Place

PROFILES = ("general", "psychoneurological", "temporary")


def route(file: RouteFile, names: Names) -> Iterator[Complaint]:
    """Rules propose what there is, for reasons that there are."""
    for code, proposal in file.proposals.items():
        place: Place = ("proposals", code)
        yield from _all((*place, "needs"), proposal.needs, "needs", names)
        yield from _when(place, proposal.when, names)
    for code, rule in file.route.items():
        place = ("route", code)
        yield from _one_of((*place, "directions"), rule.directions, DIRECTIONS)
        yield from _all((*place, "programmes"), rule.programmes, "services", names)
        yield from _one_of((*place, "steps"), rule.steps, ON_REQUEST)
        yield from _when(place, rule.when, names)
        if not (rule.directions or rule.programmes or rule.steps):
            yield place, f"{code}: proposes nothing"
    for code, approval in file.approvals.items():
        place = ("approvals", code)
        parts = (*DIRECTIONS, *names.services, *ON_REQUEST, ANYTHING)
        yield from _one_of((*place, "entries"), approval.entries, parts)
        yield from _when(place, approval.when, names)


def partners(file: PartnersFile, names: Names) -> Iterator[Complaint]:
    """A partner answers in the hours of a party that there is."""
    for code, partner in file.partners.items():
        yield from known(("partners", code, "party"), partner.party, "parties", names)


def institutions(file: InstitutionsFile, _names: Names) -> Iterator[Complaint]:
    """An institution has profiles that the journey knows."""
    for code, each in file.institutions.items():
        yield from _one_of(("institutions", code, "profiles"), each.profiles, PROFILES)


def _when(place: Place, when: Condition, names: Names) -> Iterator[Complaint]:
    yield from _all((*place, "when", "needs"), when.needs, "needs", names)
    for part in ("outcomes", "numbers"):
        for name in getattr(when, part):
            step = name.rpartition(".")[0]
            if step not in names.steps:
                yield (*place, "when", part, name), f"{name}: there is no step {step}; write track.step.field"


def _all(place: Place, given: tuple[str, ...], table: str, names: Names) -> Iterator[Complaint]:
    for number, name in enumerate(given):
        yield from known((*place, number), name, table, names)


def _one_of(place: Place, given: tuple[str, ...], there: tuple[str, ...]) -> Iterator[Complaint]:
    for number, name in enumerate(given):
        if name not in there:
            yield (*place, number), f"{'.'.join(map(str, place))}: there is no {name}"
