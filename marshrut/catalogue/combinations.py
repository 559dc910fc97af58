"""Whether overlays of variants that are sound alone fit together, in each combination that a case may have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations

from pydantic import ValidationError

from marshrut.catalogue.model import Catalogue
from marshrut.domain.variants import AGES
from marshrut.domain.words import Variant

BESIDE = tuple(variant for variant in Variant if variant not in AGES)


def clashes(catalogue: Catalogue) -> Iterator[str]:
    """What does not fit together, a line each: where, which variants, what."""
    beside = tuple(chain.from_iterable(combinations(BESIDE, size) for size in range(len(BESIDE) + 1)))
    for region in (None, *catalogue.regions):
        for age in (age for age in Variant if age in AGES):
            for others in beside:
                try:
                    catalogue.of_region(region, (age, *others))
                except ValidationError as fault:
                    first = fault.errors(include_url=False, include_context=False, include_input=False)[0]
                    where = ".".join(str(part) for part in first["loc"] if part != "[key]")
                    yield f"{region or 'base'}: {' + '.join((age, *others))}: {where}: {first['msg']}"
