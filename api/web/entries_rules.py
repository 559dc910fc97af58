"""Waits, ladders and the rules of the whole service, as entries of the catalogue's page."""

from __future__ import annotations

from collections.abc import Iterator

from api.views import catalogue as views
from api.web.entries import Book, Entry
from marshrut.domain.ladder import OWNER


def rules(book: Book) -> Iterator[Entry]:
    """Waits, ladders, and the rules of the whole service."""
    desk, t, content = book.desk, book.desk.t, book.content
    for each in views.clocks(content):
        match each.kind:
            case "wait":
                number = book.number(book.term(each.value), each)
                yield Entry(each.name, desk.said(content.waits[each.name].title), (), (number,), t("catalogue.wait"))
            case "rung":
                yield _rung(book, each)
            case "rule" if not each.name.startswith("stuck.weights."):
                value = _value(book, each)
                yield Entry(each.name, _rule(book, each.name), (), (book.number(value, each),), t("catalogue.rule"))


def _rung(book: Book, each: views.Number) -> Entry:
    desk, t = book.desk, book.desk.t
    code, _, name = each.name.partition(".")
    ladder = book.content.ladders[code]
    rung = next(rung for rung in ladder.rungs if rung.name == name)
    roles = ", ".join(t("catalogue.owner") if to == OWNER else t(f"terms.role_{to}") for to in rung.to)
    number = book.number(t("catalogue.used", percent=each.value.replace("%", "\u00a0%")), each)
    says = (t("catalogue.tells", roles=roles),)
    return Entry(each.name, desk.said(ladder.title), says, (number,), t("catalogue.rung"))


def _value(book: Book, each: views.Number) -> str:
    if each.value in ("yes", "no"):
        return book.desk.t(f"catalogue.value_{each.value}")
    if each.value.isdecimal():
        return each.value
    return each.value.replace("%", "\u00a0%") if each.value.endswith("%") else book.term(each.value)


def _rule(book: Book, name: str) -> str:
    t, known = book.desk.t, f"catalogue.rule_{name.replace('.', '_')}"
    if t.knows(known):
        return t(known)
    kind, _, what = name.partition(".")
    if kind == "goals" and what in book.content.steps:
        return t("catalogue.rule_goal_of", step=book.desk.said(book.content.steps[what].title))
    if kind == "suggestions" and what in book.content.suggestions:
        return t("catalogue.rule_merit", merit=book.desk.said(book.content.suggestions[what].title).lower())
    return name
