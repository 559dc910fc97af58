from collections import Counter
from pathlib import Path

import pytest

from marshrut.names import LIKELY, POSSIBLE
from tests.architecture.tree import text
from tests.names.measure import SPLITS, Figures, kinds, pairs, right, scored, tables

# A little under what was measured (docs/names.md): LIKELY precision and recall, POSSIBLE precision and recall.
FLOORS = {"dev": (0.98, 0.90, 0.92, 0.97), "held": (0.96, 0.91, 0.90, 0.96)}

# By kind, over both halves, the same: the share that is right at LIKELY and at POSSIBLE.
KINDS: dict[str, tuple[float, float]] = {
    "yo": (0.96, 0.96),
    "variant": (0.96, 0.96),
    "diminutive": (0.93, 0.96),
    "no_patronymic": (0.96, 0.96),
    "patronymic_form": (0.91, 0.91),
    "transliterated": (0.89, 0.91),
    "maiden_name": (0.86, 0.96),
    "transposed": (0.96, 0.96),
    "declined": (0.89, 0.96),
    "typo": (0.84, 0.87),
    "initials": (0.79, 0.96),
    "double_name": (0.96, 0.96),
    "keyboard_layout": (0.96, 0.96),
    "no_russian_form": (0.81, 0.96),
    "father_and_son": (0.91, 0.91),
    "siblings": (0.96, 0.96),
    "brother_and_sister": (0.96, 0.72),
    "spouses": (0.96, 0.96),
    "namesake_born_otherwise": (0.96, 0.96),
    "near_family_name": (0.88, 0.48),
    "same_family_and_given": (0.96, 0.96),
    "same_given_and_patronymic": (0.96, 0.96),
    "near_given_name": (0.93, 0.87),
    "strangers": (0.96, 0.90),
    "birth_date_slip": (0.26, 0.96),
    "several_at_once": (0.82, 0.91),
}


def test_the_set_is_large_and_evenly_halved() -> None:
    """At least 600 different pairs; of each kind half is held back."""
    halves = [pairs(split) for split in SPLITS]
    every = [pair for half in halves for pair in half]
    assert len({(pair.one, pair.other) for pair in every}) == len(every) >= 600
    counts = [Counter(pair.kind for pair in half) for half in halves]
    assert all(abs(counts[0][kind] - counts[1][kind]) <= 1 for kind in counts[0] | counts[1])


@pytest.mark.parametrize("split", SPLITS)
def test_precision_and_recall_hold(split: str) -> None:
    """What is shown as likely or possible is right as often as docs/names.md says, and finds as much."""
    of = scored(split)
    likely, possible = Figures.of(of, LIKELY), Figures.of(of, POSSIBLE)
    measured = (likely.precision, likely.recall, possible.precision, possible.recall)
    assert all(share >= floor for share, floor in zip(measured, FLOORS[split], strict=True)), measured


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_holds(kind: str) -> None:
    """No kind of pair gets worse while the others hide it."""
    of = [pair for split in SPLITS for pair in kinds(scored(split))[kind]]
    assert right(Figures.of(of, LIKELY)) >= KINDS[kind][0]
    assert right(Figures.of(of, POSSIBLE)) >= KINDS[kind][1]


def test_every_kind_has_a_floor() -> None:
    """A kind of pair that is added is measured too."""
    assert set(KINDS) == {pair.kind for split in SPLITS for pair in pairs(split)}


def test_the_figures_of_the_docs_are_those_measured() -> None:
    """docs/names.md shows what `python -m tests.names.measure` prints."""
    assert tables() in text(Path("docs/names.md"))
