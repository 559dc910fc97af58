"""Decision tables, lists and institutions of the catalogue as the API shows them, each entry with mark and source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel

from api.views.catalogue import Known, Named
from api.views.titles import Title
from marshrut.catalogue import entries
from marshrut.catalogue.content import Content
from marshrut.domain.rules import Condition
from marshrut.domain.words import ItemKind, Variant

Table = Literal["proposal", "route", "family", "approval"]


class RuleView(Known):
    """A row of a decision table.

    `table`: `proposal` (of needs), `route` (of its parts), `family` (what those near may need) or `approval` (parts
    that a senior looks at first). `when` is what has to be so, part by part, and nothing but what is asked for; `then`
    by sort: `need`, `direction`, `programme`, `step`, `family_need`, or `entry` of an approval.
    """

    table: Table
    code: str
    because: Title
    when: dict[str, Any]
    then: dict[str, list[str]]


class VariantRuleView(BaseModel):
    """A rule that says that a case is of a kind; `when`: part by part, and nothing but what is asked for."""

    code: str
    because: Title
    when: dict[str, Any]


class VariantTable(Named, Known):
    """A kind of case, and the rules that say that a case is one."""

    rules: list[VariantRuleView]


class RouteTables(BaseModel):
    """What people may need, and the tables from what is known to a route."""

    version: str
    needs: list[Named]
    proposals: list[RuleView]
    route: list[RuleView]
    family: list[RuleView]
    approvals: list[RuleView]


class ValidityView(Known):
    """For how long an entry is good once it is there."""

    term: str


class ListedView(Named, Known):
    """What a list asks for; `validity` is null for what does not expire."""

    validity: ValidityView | None


class ListView(Named):
    """A package or a checklist, and of which kind of items it is."""

    kind: ItemKind
    entries: list[ListedView]


class InstitutionView(Named, Known):
    """A social institution; `places` is null where nobody knows how many it has."""

    profiles: list[str]
    places: int | None


def variants(content: Content) -> Iterator[VariantTable]:
    """Kinds of cases, in the order in which their overlays are laid."""
    for variant in Variant:
        entry = content.variants.get(variant)
        if entry is not None:
            yield VariantTable(
                code=variant,
                title=_title(entry.title),
                rules=[
                    VariantRuleView(
                        code=code,
                        because=_title(rule.because),
                        when=rule.when.model_dump(mode="json", exclude_defaults=True),
                    )
                    for code, rule in entry.rules.items()
                ],
                **_known(entry),
            )


def corrections(content: Content) -> Iterator[Named]:
    """Why people may say that a case is of another kind."""
    for code, title in content.corrections.items():
        yield Named(code=code, title=_title(title))


def route(version: str, content: Content) -> RouteTables:
    """Needs and the decision tables."""
    return RouteTables(
        version=version,
        needs=[Named(code=code, title=_title(title)) for code, title in content.needs.items()],
        proposals=[_rule("proposal", code, each, need=each.needs) for code, each in content.proposals.items()],
        route=[
            _rule("route", code, each, direction=each.directions, programme=each.programmes, step=each.steps)
            for code, each in content.route.items()
        ],
        family=[_rule("family", code, each, family_need=each.family_needs) for code, each in content.family.items()],
        approvals=[_rule("approval", code, each, entry=each.entries) for code, each in content.approvals.items()],
    )


def lists(content: Content) -> Iterator[ListView]:
    """Packages and checklists with their entries."""
    for code, each in content.lists.items():
        yield ListView(code=code, title=_title(each.title), kind=each.kind, entries=list(_listed(each.entries)))


def institutions(content: Content) -> Iterator[InstitutionView]:
    """Where people may live."""
    for code, each in content.institutions.items():
        profiles = list(each.profiles)
        yield InstitutionView(
            code=code, title=_title(each.title), profiles=profiles, places=each.places, **_known(each)
        )


def _listed(listed: Mapping[str, entries.ListedEntry]) -> Iterator[ListedView]:
    for code, each in listed.items():
        validity = None if each.validity is None else ValidityView(term=each.validity.term, **_known(each.validity))
        yield ListedView(code=code, title=_title(each.title), validity=validity, **_known(each))


def _rule(
    table: Literal["proposal", "route", "family", "approval"],
    code: str,
    row: entries.RuleEntry,
    **then: tuple[str, ...],
) -> RuleView:
    return RuleView(
        table=table,
        code=code,
        because=_title(row.because),
        when=_asked(row.when),
        then={sort: list(names) for sort, names in then.items() if names},
        **_known(row),
    )


def _asked(when: Condition) -> dict[str, Any]:
    """The parts of a condition that ask for something."""
    return {part: value for part, value in when.model_dump(mode="json", exclude_none=True).items() if value}


def _known(entry: entries.Sourced) -> dict[str, Any]:
    return {"mark": entry.mark, "source": entry.source, "verified": not entry.unverified}


def _title(title: entries.Title) -> Title:
    return Title(ru=title.ru, en=title.en)
