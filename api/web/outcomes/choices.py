"""What may be chosen where a field holds a code: partners of the programme, institutions, papers, people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from api.web.naming import Names
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item, Step
from marshrut.domain.words import ItemKind

Options = list[tuple[str, str]]


def choices(
    case: CaseState, step: Step, names: Names, rules: Slice | None, people: Mapping[str, str]
) -> Mapping[str, Sequence[tuple[str, str]]]:
    """By field what may be chosen. `people`: how relatives of the case are called for whoever looks, by item."""
    asked = [item for item in case.items_of(ItemKind.REFERRAL) if item.status == "requested"]
    relatives = case.items_of(ItemKind.RELATIVE)
    return {
        "partners": _partners(case, step, names, rules),
        "partner": _named(names.partner, _facts(asked, "partner")) or _named(names.partner, names.tables.partners),
        "documents": _named(
            lambda code: names.listed("documents", code),
            [item.name for item in case.items_of(ItemKind.DOCUMENT) if item.status in {"issued", "handed_over"}],
        ),
        "reason": _named(names.reason, names.tables.reasons),
        "institutions": _institutions(case, names, rules),
        "wanted": _institutions(case, names, rules),
        "relative": [(each.item_id, people.get(each.item_id, names.item(each))) for each in relatives],
    }


def programme_of(case: CaseState, step: Step) -> str | None:
    """For which programme partners are asked by this step: its scope goes through the track of that programme."""
    pieces = step.scope.split("/")
    parts = {*pieces, *(piece.partition(".")[0] for piece in pieces), *(piece.partition(".")[2] for piece in pieces)}
    entries = [item.name for item in case.items_of(ItemKind.ENTRY) if item.facts.get("sort") == "programme"]
    return next((name for name in entries if name in parts), None)


def _partners(case: CaseState, step: Step, names: Names, rules: Slice | None) -> Options:
    programme = programme_of(case, step)
    rule = rules.programmes.get(programme or "") if rules is not None else None
    if rule is None or not rule.partners:
        return _named(names.partner, names.tables.partners)
    return _named(names.partner, rule.partners)


def _institutions(case: CaseState, names: Names, rules: Slice | None) -> Options:
    """Those that take somebody of the profile that was chosen; all of them while none was."""
    profiles = [
        str(step.outcome["result"])
        for step in case.counted_steps
        if (step.track, step.name) == ("placement", "profile_choose") and step.outcome
    ]
    known = {} if rules is None else rules.institutions
    fitting = [code for code, rule in known.items() if not profiles or profiles[-1] in rule.profiles]
    return _named(names.institution, fitting or names.tables.institutions)


def _facts(items: Iterable[Item], name: str) -> list[str]:
    return list(dict.fromkeys(str(item.facts[name]) for item in items if name in item.facts))


def _named(title: Callable[[str], str], codes: Iterable[str]) -> Options:
    return [(code, title(code)) for code in codes]
