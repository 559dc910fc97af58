"""What the matcher gets right of the labelled pairs (pairs.tsv), by kind and in all.

    python -m tests.names.measure          # the tables of docs/names.md
    python -m tests.names.measure misses   # every pair of the dev half that it gets wrong

A pair is two names and whether one person or two are meant. A name is one string, or its fields with `|` between
them: family, given, patronymic, earlier family names with commas. After `;` follow the birth date, after another the
sex. The matcher was tuned by the misses of `dev`; of `held` only the totals were seen meanwhile.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from marshrut.names import LIKELY, POSSIBLE, Match, Name, Sex, match

PAIRS = Path(__file__).parent / "pairs.tsv"
Split = Literal["dev", "held"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True)
class Pair:
    split: str
    kind: str
    same: bool
    one: str
    other: str

    def match(self) -> Match:
        return match(name_of(self.one), name_of(self.other))


def name_of(text: str) -> Name:
    written, born, sex = ([part.strip() for part in text.split(";")] + ["", ""])[:3]
    told: Sex | None = "male" if sex == "male" else "female" if sex == "female" else None
    birth_date = date.fromisoformat(born) if born else None
    if "|" not in written:
        return Name.of(written, birth_date=birth_date, sex=told)
    family, given, patronymic, earlier = ([*written.split("|"), "", ""])[:4]
    maiden = tuple(name for name in earlier.split(",") if name)
    return Name(family, given, patronymic, maiden, birth_date, told)


def pairs(split: str) -> list[Pair]:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        found = [Pair(row["split"], row["kind"], row["people"] == "same", row["one"], row["other"]) for row in rows]
    return [pair for pair in found if pair.split == split]


@dataclass(frozen=True)
class Figures:
    """Of how many pairs; how many of them the same person's; and which shares were right."""

    pairs: int
    same: int
    found: int
    shown: int

    @classmethod
    def of(cls, scored: Sequence[tuple[Pair, int]], threshold: int) -> Figures:
        shown = [pair for pair, score in scored if score >= threshold]
        found = sum(pair.same for pair in shown)
        return cls(len(scored), sum(pair.same for pair, _ in scored), found, len(shown))

    @property
    def recall(self) -> float:
        """Of the pairs of one person, the share that is shown."""
        return self.found / self.same if self.same else 1.0

    @property
    def precision(self) -> float:
        """Of the pairs shown, the share that is one person's."""
        return self.found / self.shown if self.shown else 1.0

    @property
    def apart(self) -> float:
        """Of the pairs of two people, the share that is not shown."""
        others = self.pairs - self.same
        return 1 - (self.shown - self.found) / others if others else 1.0


Scored = list[tuple[Pair, int]]


def scored(split: str) -> Scored:
    return [(pair, pair.match().score) for pair in pairs(split)]


def kinds(of: Scored) -> dict[str, Scored]:
    found: dict[str, Scored] = {}
    for pair, score in of:
        found.setdefault(pair.kind, []).append((pair, score))
    return found


def tables() -> str:
    """The two tables of docs/names.md."""
    by_split = {split: scored(split) for split in SPLITS}
    lines = ["| half | pairs | one person | LIKELY precision | recall | POSSIBLE precision | recall |"]
    lines.append("|---|---|---|---|---|---|---|")
    for split, of in by_split.items():
        likely, possible = Figures.of(of, LIKELY), Figures.of(of, POSSIBLE)
        shares = (likely.precision, likely.recall, possible.precision, possible.recall)
        lines.append(f"| {split} | {likely.pairs} | {likely.same} | {' | '.join(f'{share:.3f}' for share in shares)} |")
    lines += ["", "| kind | people | dev pairs | LIKELY | POSSIBLE | held pairs | LIKELY | POSSIBLE |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    by_kind = {split: kinds(of) for split, of in by_split.items()}
    for kind, first in by_kind["dev"].items():
        cells = [kind, "one" if first[0][0].same else "two"]
        for split in SPLITS:
            of = by_kind[split][kind]
            cells += [str(len(of)), *(f"{right(Figures.of(of, mark)):.2f}" for mark in (LIKELY, POSSIBLE))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def right(figures: Figures) -> float:
    """Recall of a kind of one person's pairs; of two people's, the share kept apart."""
    return figures.recall if figures.same else figures.apart


def main() -> None:
    if sys.argv[1:] != ["misses"]:
        sys.stdout.write(tables() + "\n")
        return
    for pair in pairs("dev"):
        found = pair.match()
        if (found.score >= LIKELY) != pair.same:
            sys.stdout.write(f"{pair.kind} {pair.same} {found.score} {pair.one} = {pair.other} {found.reasons}\n")


if __name__ == "__main__":
    main()
