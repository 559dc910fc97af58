"""What kind of case it is, as the API shows it: each variant with its title, who says so and why."""

from __future__ import annotations

from pydantic import BaseModel

from api.parts import ApiParts
from api.views.titles import Title
from marshrut.catalogue.content import Content
from marshrut.domain.state import CaseState
from marshrut.domain.words import Variant

# Who says what a case is until a person does.
RULES = "rules"


class Because(Title):
    """A reason, in words that go on after "because"; `code`: the rule's, or the one that a person gave."""

    code: str


class VariantView(BaseModel):
    """A kind of case. `by`: `rules` of the catalogue, or the user who said so."""

    variant: Variant
    title: Title
    because: list[Because]
    by: str


async def variant_views(case: CaseState, parts: ApiParts) -> list[VariantView]:
    """What kind of case it is, in the words of its own catalogue."""
    if not case.variants:
        return []
    tables = await parts.catalogues.at(case.catalogue, case.hospital or "", case.variants)
    return [
        VariantView(
            variant=variant,
            title=_title(variant, tables),
            because=[_because(variant, code, tables) for code in codes],
            by=case.corrected.get(variant, RULES),
        )
        for variant, codes in case.variants.items()
    ]


def _title(variant: Variant, tables: Content) -> Title:
    entry = tables.variants.get(variant)
    return Title(ru=variant, en=variant) if entry is None else Title(ru=entry.title.ru, en=entry.title.en)


def _because(variant: Variant, code: str, tables: Content) -> Because:
    entry = tables.variants.get(variant)
    rule = None if entry is None else entry.rules.get(code)
    words = tables.corrections.get(code) if rule is None else rule.because
    return Because(code=code, ru=code, en=code) if words is None else Because(code=code, ru=words.ru, en=words.en)
