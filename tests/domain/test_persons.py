"""What is known of a person, whoever told it and in whatever order it is asked."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from marshrut.domain.persons import known

ADMITTED: dict[str, Any] = {
    "visit": "26-1",
    "patient": {
        "identified": True,
        "mrn": "900101",
        "family": "Ёлкина",
        "given": "Вера",
        "patronymic": "Ильинична",
        "aliases": [{"family": "Мухина", "given": None, "patronymic": None}],
        "birth_date": "1941-03-09",
        "sex": "female",
        "address": "ул. Учебная, д. 5",
        "phones": ["+7 495 0000201"],
    },
    "contacts": [
        {"family": "Ёлкин", "given": "Пётр", "relation": "brother", "kin": "brother", "phones": ["+7 916 5550144"]}
    ],
}


def told(patient: dict[str, Any] | None = None, contacts: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """A later word that says only this."""
    empty = dict.fromkeys(("family", "given", "patronymic", "birth_date", "sex", "address"))
    silent: dict[str, Any] = {**empty, "identified": True, "mrn": "900101", "aliases": [], "phones": []}
    return {"patient": {**silent, **(patient or {})}, "contacts": list(contacts)}


def test_of_nobody_nothing_is_known() -> None:
    """And a record without a person adds nothing."""
    assert known([]) == known([{"visit": "26-1"}]) == {}


def test_one_word_stands_as_it_is() -> None:
    """Nothing is added to the only record that there is."""
    assert known([ADMITTED]) == ADMITTED


def test_the_newer_word_counts_and_what_it_leaves_out_stays() -> None:
    """A new address and telephone; name, birth date and sex are as they were."""
    news = told({"address": "ул. Новая, д. 1", "phones": ["+7 900 1"], "sex": "unknown"})
    expected = ADMITTED["patient"] | {"address": "ул. Новая, д. 1", "phones": ["+7 900 1"]}
    assert known([news, ADMITTED])["patient"] == expected


def test_a_name_with_less_of_it_is_no_other_name() -> None:
    """Without its patronymic it is the same; with another family name nothing of the old one is mixed in."""
    short = told({"family": "Елкина", "given": "Вера"})
    assert known([short, ADMITTED])["patient"]["patronymic"] == "Ильинична"
    other = told({"family": "Соколова", "given": "Анна"})
    found = known([other, ADMITTED])["patient"]
    assert (found["family"], found["given"], found["patronymic"]) == ("Соколова", "Анна", None)


def test_who_was_named_is_not_unknown_again() -> None:
    """An update without a name keeps the name; an unknown who is named has it from then on."""
    nobody = told({"identified": False})
    assert known([nobody, ADMITTED])["patient"] == ADMITTED["patient"]
    assert known([ADMITTED, nobody])["patient"] == ADMITTED["patient"]
    assert known([nobody, nobody])["patient"]["identified"] is False


def test_everybody_whom_anybody_named_is_kept_once() -> None:
    """A new relative beside the old ones; one who is named again has what was told of them before."""
    son = {"family": None, "given": None, "relation": "сын", "kin": "son", "phones": ["+7 916 1"]}
    brother = {"family": "Елкин", "given": "Петр", "relation": "брат", "kin": "brother", "phones": []}
    found = known([told(contacts=(son, brother)), told(contacts=(son,)), ADMITTED])["contacts"]
    assert found == [son, brother | {"phones": ["+7 916 5550144"]}]


def test_aliases_add_up() -> None:
    """Whatever somebody was called once, they may be looked for under."""
    maiden = {"family": "Орлова", "given": None, "patronymic": None}
    found = known([told({"aliases": [maiden]}), ADMITTED])["patient"]["aliases"]
    assert found == [maiden, *ADMITTED["patient"]["aliases"]]


def test_words_about_different_things_say_the_same_in_any_order() -> None:
    """What does not contradict one another needs no order."""
    words = [ADMITTED, told({"phones": ["+7 495 0000201"]}), told({"address": "ул. Учебная, д. 5"})]
    assert all(known(order)["patient"] == ADMITTED["patient"] for order in permutations(words))
