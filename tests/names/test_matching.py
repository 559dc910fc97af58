import time
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marshrut.names import LIKELY, POSSIBLE, Match, Name, match, normalised
from marshrut.names.given import table
from marshrut.yamlfile import YamlFile
from tests.architecture.tree import ROOT

FAMILIES = [
    "Иванов",
    "Петрова",
    "Соловьёва",
    "Мельник",
    "Щербакова",
    "Островский",
    "Тер-Петросян",
    "Shcherbakov",
    "Ким",
]
GIVEN = ["Анна", "Пётр", "Наталья", "Саша", "Илья", "Фёдор", "Yulia", "Алёна", "Густав"]
PATRONYMICS = ["", "Петрович", "Семёновна", "Ильич", "Иваныч", "Petrovich", "Никитична"]
complete = st.tuples(st.sampled_from(FAMILIES), st.sampled_from(GIVEN), st.sampled_from(PATRONYMICS))
anything = st.text(max_size=30) | st.sampled_from([*FAMILIES, *GIVEN, *PATRONYMICS, "оглы", "И.", "(урожд. ", "-", "'"])
born = st.none() | st.sampled_from([date(1950, 3, 1), date(1950, 1, 3), date(1983, 7, 7)])
sexes = st.sampled_from([None, "male", "female"])
names = st.builds(Name, anything, anything, anything, st.tuples() | st.tuples(anything), born, sexes)
likely_names = st.builds(
    Name, st.sampled_from(FAMILIES), st.sampled_from(GIVEN), st.sampled_from(PATRONYMICS), st.tuples(), born, sexes
)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (Name.of("Королёв Пётр"), Name.of("Королев Петр"), "yo"),
        (Name.of("Белова Наталия"), Name.of("Белова Наталья"), "variant"),
        (Name.of("Белов Саша"), Name.of("Белов Александр"), "diminutive"),
        (Name.of("Petrova Yulia"), Name.of("Петрова Юлия"), "transliterated"),
        (Name.of("Gtnhjdf Fyyf"), Name.of("Петрова Анна"), "keyboard_layout"),
        (Name.of("ищу Петрову Анну"), Name.of("Петрова Анна"), "declined"),
        (Name.of("Петров Иван Иваныч"), Name.of("Петров Иван Иванович"), "colloquial"),
        (Name.of("Филипова Анна"), Name.of("Филиппова Анна"), "sounds_alike"),
        (Name.of("Кузнецов Алексадр"), Name.of("Кузнецов Александр"), "typo"),
        (Name.of("Иванов И. И."), Name.of("Иванов Иван Иванович"), "initial"),
        (Name.of("Петрова-Шульц Анна"), Name.of("Шульц Анна"), "double_name"),
        (Name.of("Сидорова Анна (Петрова)"), Name.of("Петрова Анна"), "maiden_name"),
        (Name("Анна", "Петрова"), Name("Петрова", "Анна"), "transposed"),
        (Name.of("Анна Ивановна"), Name.of("Петрова Анна Ивановна"), "no_family"),
        (Name(family="Петров"), Name.of("Петров Иван"), "no_given"),
        (Name.of("Петров Иван"), Name.of("Петров Иван Ильич"), "no_patronymic"),
        (Name.of("Петров Иван"), Name.of("Мельник Иван"), "family_differs"),
        (Name.of("Петров Иван"), Name.of("Петров Олег"), "given_differs"),
        (Name.of("Петров Иван Ильич"), Name.of("Петров Иван Олегович"), "patronymic_differs"),
        (Name.of("Петров Евгений"), Name.of("Петрова Евгения Ильинична"), "sex_differs"),
        (Name("Ким", birth_date=date(1950, 3, 1)), Name("Ким", birth_date=date(1950, 3, 1)), "birth_date_equal"),
        (Name("Ким", birth_date=date(1950, 3, 1)), Name("Ким", birth_date=date(1950, 1, 3)), "birth_date_close"),
        (Name("Ким", birth_date=date(1950, 3, 1)), Name("Ким", birth_date=date(1971, 9, 9)), "birth_date_differs"),
    ],
)
def test_each_reason_is_told(one: Name, other: Name, reason: str) -> None:
    """Whoever confirms a match sees what was taken into account."""
    assert reason in match(one, other).reasons


@given(names | likely_names, names | likely_names)
def test_the_order_of_the_two_does_not_matter(one: Name, other: Name) -> None:
    """Matching is symmetric, reasons included, and stays within 0 to 100 whatever the text."""
    found = match(one, other)
    assert found == match(other, one)
    assert 0 <= found.score <= 100
    assert list(found.reasons) == sorted(set(found.reasons))


@given(likely_names)
def test_a_whole_name_is_itself(name: Name) -> None:
    """A name with a family and a given name agrees with itself completely."""
    assert match(name, name).score == 100


@given(names)
def test_nothing_is_more_than_possible_on_one_word(name: Name) -> None:
    """One word is nobody's whole name, not even compared with itself."""
    lone = Name(family="Анна", birth_date=name.birth_date)
    assert match(lone, name).score < LIKELY
    assert match(lone, lone).score < LIKELY


@given(likely_names, likely_names)
def test_yo_makes_no_difference(one: Name, other: Name) -> None:
    """ё and е are the same letter to the score."""
    family, given_name, patronymic = (part.replace("ё", "е") for part in (one.family, one.given, one.patronymic))
    plain = Name(family, given_name, patronymic, (), one.birth_date, one.sex)
    assert match(plain, other).score == match(one, other).score


@given(complete, complete, st.randoms(use_true_random=False))
def test_the_order_of_words_makes_no_difference(
    words: tuple[str, str, str], other: tuple[str, str, str], chance: Random
) -> None:
    """A name in one string means the same in any order."""
    mixed = list(words)
    chance.shuffle(mixed)
    reference = Name.of(" ".join(other))
    assert match(Name.of(" ".join(mixed)), reference) == match(Name.of(" ".join(words)), reference)


@given(complete, complete)
def test_case_and_spaces_make_no_difference(words: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    """Capitals and spaces carry nothing."""
    reference = Name(*other)
    family, given_name, patronymic = (f"  {word.upper()}\t" for word in words)
    loud = Name(family, given_name, patronymic)
    assert match(loud, reference) == match(Name(*words), reference)


@given(st.text(), st.text())
def test_any_text_is_compared(one: str, other: str) -> None:
    """Nothing that somebody may type raises."""
    assert isinstance(match(Name.of(one), Name(given=other, maiden=(one, other))), Match)


@pytest.mark.parametrize("letter", ["i", "и", "(", "а ", "-", "'", "ё.", "ранее "])
def test_a_pasted_page_costs_no_minutes(letter: str) -> None:
    """A text of any length is compared at once."""
    began = time.thread_time()
    match(Name.of(letter * 200_000), Name("Петрова", letter * 200_000, maiden=(letter,) * 1000))
    assert time.thread_time() - began < 2


def test_a_double_given_name_is_no_patronymic() -> None:
    """Анна-Мария has two given names and no father."""
    (reading, *_) = normalised(Name("Лютц", "Анна-Мария")).readings
    assert reading.patronymic is None
    assert match(Name("Лютц", "Анна-Мария"), Name.of("Лютц Анна Мария")).score >= LIKELY


def test_the_table_of_given_names_is_well_formed() -> None:
    """No name stands twice, and the table has no fault that would be passed over in silence."""
    assert YamlFile(ROOT / "marshrut/names/data/given.yaml").faults == []
    assert len(table().texts) > 2000


def test_without_a_letter_nothing_agrees() -> None:
    """Two names that say nothing are no match."""
    assert match(Name(), Name(family="123")) == Match(0, ())


def test_a_name_never_prints_itself() -> None:
    """Names are personal data: neither they nor what is made of them show up in logs and tracebacks."""
    name = Name.of("Петрова Анна Ивановна")
    said = repr((name, normalised(name), normalised(name).readings, match(name, name)))
    assert "етров" not in said.lower()


def test_one_is_compared_with_thousands_in_a_moment() -> None:
    """5,000 others take about a second; here five are allowed, for a busy machine."""
    others = [
        Name(f"{family}{ending}", given, patronymic)
        for family in FAMILIES
        for ending in ("", "а", "ский", "ко", "ин", "ич", "ева", "ян", "дзе")
        for given in GIVEN
        for patronymic in PATRONYMICS
    ][:5000]
    one = normalised(Name("Иванова", "Анна", "Петровна"))
    began = time.thread_time()
    found = [match(one, other) for other in others]
    assert time.thread_time() - began < 5
    assert any(result.score >= POSSIBLE for result in found)
