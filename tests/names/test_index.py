"""An index of names finds whom `match` would call possible, at once, and nobody whom it would not."""

from __future__ import annotations

import time
from random import Random

import pytest

from marshrut.names import POSSIBLE, Name, NameIndex, match, other_forms
from tests.names.measure import name_of, pairs

SYLLABLES = tuple("бавегодикулемонипорасатуфехачишощуэряг"[at : at + 2] for at in range(0, 36, 2))
ENDINGS = ("ова", "ина", "ская", "енко")


def strangers(count: int) -> list[Name]:
    """People whom nobody looks for; the same at every run."""
    chance = Random(7)
    given, fathers = ["Анна", "Мария", "Елена", "Ольга", "Ирина"], ["Ивановна", "Петровна", "Сергеевна"]
    return [
        Name(
            "".join(chance.choice(SYLLABLES) for _ in range(3)).capitalize() + chance.choice(ENDINGS),
            chance.choice(given),
            chance.choice(fathers),
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="module")
def many() -> NameIndex[str]:
    """Twenty thousand people, and those of the labelled pairs."""
    index: NameIndex[str] = NameIndex()
    for number, name in enumerate(strangers(20_000)):
        index.put(f"stranger-{number}", [name])
    for pair in pairs("dev"):
        index.put(pair.one, [name_of(pair.one)])
    return index


def test_it_finds_nearly_all_that_the_matcher_calls_possible(many: NameIndex[str]) -> None:
    """Of one person's pairs that `match` shows, the index among 20,000 others shows 97 of 100."""
    wanted = [pair for pair in pairs("dev") if pair.same and pair.match().score >= POSSIBLE]
    missed = [pair for pair in wanted if pair.one not in {hit.key for hit in many.find(name_of(pair.other))}]
    assert len(wanted) > 150
    assert len(missed) / len(wanted) <= 0.03, [(pair.kind, pair.one, pair.other) for pair in missed]


def test_what_it_finds_is_what_the_matcher_says(many: NameIndex[str]) -> None:
    """Score and reasons are those of `match`, the best first."""
    for pair in pairs("dev")[:60]:
        hits = many.find(name_of(pair.other))
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        for hit in hits:
            if hit.key == pair.one and hit.reasons:
                assert (hit.score, hit.reasons) == (pair.match().score, pair.match().reasons)


def test_a_search_among_twenty_thousand_takes_no_time(many: NameIndex[str]) -> None:
    """A name with all its forms and slips is found in a fraction of a second."""
    for written in ("Веснина Наталия", "Анна", "Сокол", "dtcybyf yfnfkbz", "Ивановская Мария Петровна"):
        began = time.thread_time()
        many.find(Name.of(written))
        assert time.thread_time() - began < 1.5, written


def test_who_gets_another_name_is_found_by_that_one_alone() -> None:
    """Put again, a key is known by its new names; dropped, by none."""
    index: NameIndex[int] = NameIndex()
    index.put(1, [Name("Соколова", "Анна")])
    index.put(1, [Name("Веснина", "Анна"), Name("Достоевская", "Анна")])
    assert [hit.key for hit in index.find(Name.of("Достоевская Анна"))] == [1]
    assert index.find(Name.of("Соколова")) == []
    index.drop(1)
    assert (len(index), index.find(Name.of("Веснина"))) == (0, [])
    index.put(2, [])
    assert len(index) == 0


@pytest.mark.parametrize(
    ("written", "found"),
    [("Вес", True), ("Весн На", True), ("На Весн", True), ("Весн Пётр", False), ("В", False), ("Веснина Мария", False)],
)
def test_beginnings_of_words_are_enough(written: str, found: bool) -> None:
    """Whoever types sees the person after a few letters, and not for a letter or another given name."""
    index: NameIndex[int] = NameIndex()
    index.put(1, [Name("Веснина", "Наталия", "Петровна")])
    assert bool(index.find(Name.of(written))) is found


def test_it_tells_which_other_forms_were_looked_for() -> None:
    """Each kind of form once: another full one, a diminutive, one in Latin letters."""
    assert other_forms(Name.of("Наталья Веснина")) == ("Наталия", "Наташа", "Nataly")
    assert other_forms(Name.of("Веснина")) == ()
    assert match(Name.of("Наталья Веснина"), Name.of("Наталия Веснина")).score >= POSSIBLE
