from datetime import datetime

from api.explanation.telling import explanation
from api.views.titles import Title
from api.web.case.deadline import ClockPage, clock_page
from api.web.chips import Chip
from api.web.words import LANGUAGES, Language
from marshrut.domain.clock import Pause
from marshrut.domain.overdue import ClockState
from marshrut.domain.state import CaseState, Step
from tests.api.web.picture.kovalev import CATALOGUE, NOW, at, kovalev, step, told

RULES = CATALOGUE.slice("GKB29")
OPENED = at(29, 14, 10, 10)
PAUSE = Pause(since=at(30, 19, 20, 10), until=at(1, 8, 10))


def passport(case: CaseState, *pauses: Pause) -> Step:
    """The passport is asked for on 29 October: five working days of the migration unit."""
    rule = RULES.steps["documents.passport_receive"].clock
    assert rule is not None
    opened = step("documents", "passport_receive", OPENED, clock=RULES.armed(rule, case, OPENED), pauses=pauses)
    assert opened.clock is not None
    return opened.but(clock=opened.clock.model_copy(update={"times": RULES.times(case, opened, opened.clock)}))


def shown(one: Step, case: CaseState, unpaused: datetime | None = None, language: Language = "ru") -> ClockPage:
    case = case.but(steps={one.step_id: one})
    title = Title(ru="Получить паспорт", en="Receive passport")
    tables = CATALOGUE.at("GKB29")
    why = explanation(case, one, title, NOW, rules=RULES, catalogue=CATALOGUE, tables=tables, journal=())
    chip = Chip(ClockState.GREEN, "ещё 2 раб. дня", 62, None)
    voice = told(case, language=language).voice
    return clock_page(why, case, voice, chip=chip, unpaused=unpaused, who="Ковалёв И. С.", back="/desk/cases/case")


def plain(text: str) -> str:
    return " ".join(text.split())


def test_each_day_says_whether_it_counted_and_why_not() -> None:
    """The start counts nothing, a worked Saturday counts, days off and the pause do not, today and the due day show."""
    case = kovalev()
    days = {day.day: day for day in shown(passport(case, PAUSE), case).days}
    assert (days["ср 29.10"].number, days["чт 30.10"].kind) == ("0", "ct")
    assert days["пт 31.10"].kind == "ps"
    assert "пауза" in days["пт 31.10"].text
    assert days["сб 01.11"].kind == "ct"
    assert "перенос" in days["сб 01.11"].text
    assert [days[name].kind for name in ("вс 02.11", "пн 03.11", "вт 04.11")] == ["sk"] * 3
    assert days["чт 06.11"].kind == "td"
    assert [day.kind for day in days.values()][-1] == "du"


def test_a_page_tells_the_term_its_source_and_what_would_be_without_the_pause() -> None:
    """What the clock is made of stands in words, the ladder with who is told and when."""
    case = kovalev()
    one = passport(case, PAUSE)
    never = RULES.times(case, one.but(pauses=()), one.clock).due_at if one.clock else None
    page = shown(one, case, never)
    assert one.due_at is not None
    assert never is not None
    assert never < one.due_at
    rows = dict(page.rows)
    assert rows["Норма"].startswith("5 рабочих дней; procedures 1 S4 [S]")
    assert plain(rows["Если снять паузу"]).startswith("срок был бы")
    assert "случай" not in rows["Пауза"]
    assert [rung.kind for rung in page.rungs][:2] == ["nx", ""]
    assert plain(page.figures) == "засчитано 3 из 5 · прошло 63 % · пропущено 3 выходных · пауза 1 день"
    assert page.next
    assert page.counted


def test_an_emergency_does_not_wait_for_the_teams_hours() -> None:
    """The page says when people are told: in their hours, or at any hour where it is urgent."""
    case = kovalev()
    one = passport(case)
    assert one.clock is not None
    assert "в рабочие часы" in plain(shown(one, case).hours)
    urgent = one.but(clock=one.clock.model_copy(update={"emergency": True}))
    assert "в любой час" in plain(shown(urgent, case).hours)


def test_a_step_without_a_clock_says_so_in_both_languages() -> None:
    """No deadline is an answer, too."""
    case = kovalev()
    for language in LANGUAGES:
        page = shown(step("adhoc", "adhoc", OPENED), case, language=language)
        assert page.days == ()
        assert page.title
        assert page.lead
