from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import workflows
from marshrut.dispatch.letter import Letters, Place
from marshrut.dispatch.wording import ANYTHING, OCCASIONS, REFUSED, occasion
from marshrut.domain.evolve import fold
from marshrut.domain.words import Role
from marshrut.ports import Language, Notification, StepRow
from tests.fixtures.post import titles
from tests.fixtures.shipped import shipped
from tests.store.stories import NOON, opened, step_opened, story

CASE = "0a1b2c3d-4e5f-5a6b-8c7d-9e0f1a2b3c4d"


def letters(url: str | None = "https://marshrut.example.org") -> Letters:
    catalogue = shipped()
    hospital = catalogue.hospitals["GKB29"]
    place = Place({"ru": hospital.title.ru, "en": hospital.title.en}, hospital.zone)
    return Letters(titles(catalogue.title), lambda _: place, url)


def notice(due_at: datetime | None, **changes: object) -> Notification:
    state = fold(CASE, story([opened("GKB29"), step_opened(f"{CASE}.contact.first_contact.main", due_at=due_at)]))
    step = StepRow(CASE, "GKB29", next(iter(state.steps.values())), paused=False, closed=False)
    usual: dict[str, object] = {
        "id": f"{CASE}/k", "case_id": CASE, "key": "k", "hospital": "GKB29", "role": Role.SUPERVISOR, "user": None,
        "occasion": "rung.breach", "urgent": False, "created_at": NOON, "tell_at": NOON, "acknowledged_by": None,
        "acknowledged_at": None, "step_id": step.step.step_id, "step": step,
    }  # fmt: skip
    return Notification(**(usual | changes))  # type: ignore[arg-type] # each field is of its own type


async def test_a_letter_says_what_where_and_how_late() -> None:
    """What happened, step, hospital, the case's short id, the due time in the hospital's zone, and a link; no more."""
    late = notice(NOON - timedelta(days=1, hours=2, minutes=30))
    russian = await letters().write(late, Language.RU, ("a@example.org",), NOON)
    assert russian.subject == "Срок шага вышел: Первичный контакт"
    assert russian.text == (
        "Срок шага вышел.\n"
        "\n"
        "Шаг: Первичный контакт\n"
        "Больница: ГКБ № 29 им. Н. Э. Баумана\n"
        "Случай: 0a1b2c3d\n"
        "Срок: 01.03.2026, 12:30 (UTC+03:00)\n"
        "Просрочен на: 1 д 2 ч\n"
        "\n"
        f"Открыть случай: https://marshrut.example.org/desk/cases/{CASE}\n"
        "\n"
        "Письмо отправлено автоматически, отвечать на него не нужно.\n"
    )
    english = await letters(None).write(late, Language.EN, ("a@example.org",), NOON)
    assert english.subject == "A step is overdue: First contact"
    assert english.text == (
        "A step is overdue.\n"
        "\n"
        "Step: First contact\n"
        "Hospital: Bauman City Clinical Hospital No. 29\n"
        "Case: 0a1b2c3d\n"
        "Due: 2026-03-01, 12:30 (UTC+03:00)\n"
        "Late by: 1 d 2 h\n"
        "\n"
        "This mail is automatic, do not reply.\n"
    )
    assert english.id != russian.id


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(seconds=59), "Осталось: 0 мин"),
        (timedelta(minutes=61), "Осталось: 1 ч 1 мин"),
        (timedelta(days=2, minutes=5), "Осталось: 2 д 5 мин"),
        (timedelta(0), "Осталось: 0 мин"),
        (timedelta(minutes=-90), "Просрочен на: 1 ч 30 мин"),
    ],
)
async def test_time_is_told_in_its_two_greatest_units(left: timedelta, said: str) -> None:
    """Before the due time what is left, after it how late."""
    mail = await letters().write(notice(NOON + left), Language.RU, (), NOON)
    assert said in mail.text.splitlines()


async def test_a_step_without_a_due_time_and_a_notice_without_a_step() -> None:
    """Where there is no due time none is told, and where there is no step none is named."""
    bare = await letters().write(notice(None), Language.EN, (), NOON)
    assert "Due" not in bare.text
    about_case = notice(None, step=None, step_id=None, occasion="gone_to_other_hospital", urgent=True)
    mail = await letters().write(about_case, Language.EN, (), NOON)
    assert (mail.subject, mail.urgent) == ("Urgent: The patient went to another hospital", True)
    assert "Step" not in mail.text


async def test_the_title_of_a_step_of_ones_own_is_not_mailed() -> None:
    """What a person wrote as a title is private; the mail says that it is an additional step."""
    about = notice(NOON)
    assert about.step is not None
    row = StepRow(CASE, "GKB29", about.step.step.but(track="adhoc", name="adhoc"), paused=False, closed=False)
    mail = await letters().write(notice(NOON, step=row), Language.RU, (), NOON)
    assert mail.subject == "Срок шага вышел: Дополнительный шаг"


def test_every_rung_of_the_catalogue_has_words_of_its_own() -> None:
    """A ladder's rung that nobody worded would say no more than that there is something."""
    catalogue = shipped()
    rungs = {
        rung.name for code in catalogue.hospitals for each in catalogue.slice(code).ladders.values() for rung in each
    }
    assert len(rungs) > 3
    assert {f"rung.{name}" for name in rungs} <= OCCASIONS.keys()


def informed() -> Iterator[str]:
    """What tracks inform people of, as their code spells it; what is filled in later is one word."""
    for path in Path(workflows.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "inform":
                parts = node.args[0].values if isinstance(node.args[0], ast.JoinedStr) else [node.args[0]]
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "main" for part in parts)


def test_everything_that_tracks_inform_of_has_words_of_its_own() -> None:
    """A track that tells people something says what; the general wording is for cases of other versions."""
    names = set(informed())
    assert len(names) > 15
    assert {name for name in names if occasion(name) == ANYTHING} == set()


def test_an_occasion_that_goes_on_is_worded_by_its_beginning() -> None:
    """`disputed.main.again` is what `disputed` is; a rung and an occasion that nobody knows still say something."""
    assert occasion("disputed.main.again") == OCCASIONS["disputed"]
    assert occasion("rung.new") == OCCASIONS["rung"]
    assert occasion("new") == ANYTHING
    assert occasion("ippsu_receive.no.main") == REFUSED
    assert all(words.ru and words.en and len(words.ru) <= 50 for words in OCCASIONS.values())
