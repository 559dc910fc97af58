"""What an explained clock says, read as a coordinator reads it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.explanation.form import ClockExplanation
from api.explanation.telling import explanation, needs_journal
from api.explanation.words import lasting, term_in_words
from api.views.titles import Title
from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.calendar import Shift
from marshrut.domain.clock import Term, Unit
from marshrut.domain.slice import Slice
from marshrut.domain.words import Report
from tests.domain.clocks.world import OLGA, RU, SAME_HOURS, STEP, Story, at, slice_of, timetable
from tests.fixtures.shipped import shipped

CATALOGUE = shipped()
TITLE = Title(ru="Паспорт", en="Passport")
WHO = {"unity_day": "unity_day", "moved": "transfer", "labour_day": "labour_day"}


def as_shipped(length: str, *, counts_from: str = "opening", week: tuple[Shift | None, ...] = SAME_HOURS) -> Slice:
    """The small world's catalogue with the reasons of days off, and the calendar, named as those that ship."""
    days = {day: WHO.get(reason, reason) for day, reason in RU.days_off.items()}
    table = timetable(week=week, calendar="russia")
    rules = slice_of(length, counts_from=counts_from).model_copy(update={"timetables": {"team": table}})
    return rules.model_copy(
        update={"calendars": {"russia": RU.model_copy(update={"name": "russia", "days_off": days})}}
    )


def told(story: Story, now: datetime) -> ClockExplanation:
    return explanation(
        story.state,
        story.step,
        TITLE,
        now,
        rules=story.catalogue,
        catalogue=CATALOGUE,
        tables=CATALOGUE,
        journal=story.said,
    )


def days(shown: ClockExplanation, language: str = "ru") -> list[str]:
    assert shown.clock is not None
    return [getattr(day.text, language) for day in shown.clock.days]


def page() -> Story:
    story = Story(as_shipped("5 wd"), at("2025-10-27 10:00"))
    story.open(at("2025-10-29 14:10"))
    story.pause(at("2025-10-30 19:20"), at("2025-11-01 08:10"))
    return story


def test_the_page_in_russian() -> None:
    """The page's example, each line as people read it."""
    shown = told(page(), at("2025-11-06 12:00"))
    assert shown.lines("ru").splitlines() == [
        "Паспорт: срок — пт 7 ноября, 18:00",
        "5 рабочих дней; начало — ср 29 октября, 14:10: шаг открыт",
        "рабочие часы: команда, Europe/Moscow; Производственный календарь России, 2026",
        "засчитано 30 ч из 45 ч, осталось 15 ч",
        "ср 29 октября — не считается: день начала, счёт со следующего",
        "чт 30 октября — 9 ч засчитано, всего 9 ч из 45 ч",
        "пт 31 октября — пауза 9 ч",
        "сб 1 ноября — 9 ч засчитано, всего 18 ч из 45 ч, рабочий выходной, перенос",
        "вс 2 ноября — не считается: выходной",
        "пн 3 ноября — не считается: перенос выходного",
        "вт 4 ноября — не считается: праздник День народного единства",
        "ср 5 ноября — 9 ч засчитано, всего 27 ч из 45 ч",
        "чт 6 ноября — 9 ч засчитано, всего 36 ч из 45 ч, сегодня",
        "пт 7 ноября — 9 ч будет засчитано, всего 45 ч из 45 ч, срок 18:00",
        "пауза чт 30 октября, 19:20 – сб 1 ноября, 08:10: случай на паузе",
        "80 % — чт 6 ноября, 18:00: владельцу шага (следующая)",
        "100 % — пт 7 ноября, 18:00: Старший координатор (впереди)",
        "150 % — ср 12 ноября, 13:30: Руководитель службы (впереди)",
        "200 % — пт 14 ноября, 18:00: Руководитель службы (впереди)",
    ]


def test_the_page_in_english() -> None:
    """The same in English."""
    lines = told(page(), at("2025-11-06 12:00")).lines("en").splitlines()
    assert lines[:6] == [
        "Passport: due Fri 7 Nov, 18:00",
        "5 working days; from Wed 29 Oct, 14:10: the step was opened",
        "opening hours: the team, Europe/Moscow; Russia's working-day calendar, 2026",
        "30 h of 45 h used, 15 h left",
        "Wed 29 Oct — not counted: the day of the start; counting begins on the next",
        "Thu 30 Oct — 9 h counted, 9 h of 45 h in all",
    ]
    assert lines[10] == "Tue 4 Nov — not counted: public holiday — Unity Day"


def test_hours_before_the_may_holidays() -> None:
    """A few working hours before a holiday: what counted, what did not, and why."""
    story = Story(as_shipped("10 wh"), at("2025-04-28 10:00"))
    story.open(at("2025-04-30 09:45"))
    assert days(told(story, at("2025-04-30 12:00"))) == [
        "ср 30 апреля — 8 ч 15 мин засчитано, всего 8 ч 15 мин из 10 ч, сегодня",
        "чт 1 мая — не считается: праздник Весны и Труда",
        "пт 2 мая — не считается: перенос выходного",
        "сб 3 мая — не считается: выходной",
        "вс 4 мая — не считается: выходной",
        "пн 5 мая — 1 ч 45 мин будет засчитано, всего 10 ч из 10 ч, срок 10:45",
    ]


def test_an_overdue_step() -> None:
    """What counted after the due time is said apart, in the headline too."""
    shown = told(page(), at("2025-11-10 10:30"))
    assert shown.text.ru == "Паспорт: срок — пт 7 ноября, 18:00; просрочен, сверх срока 1 ч 30 мин"
    assert days(shown)[-1] == "пн 10 ноября — 1 ч 30 мин сверх срока, сегодня"
    assert days(shown, "en")[-1] == "Mon 10 Nov — 1 h 30 min over, today"


def test_a_clock_that_stands_still() -> None:
    """Which reason stops it, since when, and when it would be due."""
    story = page()
    story.tell(c.AddBlock(step_id=STEP, reason="legal", responsible="patient"), at("2025-11-05 12:00"))
    shown = told(story, at("2025-11-06 12:00"))
    assert shown.text.ru == (
        "Паспорт: часы стоят; если бы они пошли сейчас, срок — пн 10 ноября, 18:00 (был пт 7 ноября, 18:00)"
    )
    assert shown.clock is not None
    assert [pause.text.ru for pause in shown.clock.pauses][1] == "пауза ср 5 ноября, 12:00 – сейчас: шаг остановлен"
    assert "пауза 6 ч" in days(shown)[7]


def test_a_reason_of_the_catalogue_is_named() -> None:
    """A pause by a reason says which one, in the catalogue's words."""
    code, reason = next((code, each) for code, each in CATALOGUE.reasons.items() if each.pauses)
    story = page()
    rules = story.catalogue
    story.catalogue = rules.model_copy(update={"reasons": {**rules.reasons, code: rules.reasons["legal"]}})
    story.block(at("2025-11-05 12:00"), at("2025-11-05 13:00"), reason=code)
    shown = told(story, at("2025-11-06 12:00"))
    assert shown.clock is not None
    assert shown.clock.pauses[-1].text.ru.endswith(f"13:00: {reason.title.ru}")


def test_what_happened_outside_the_hours() -> None:
    """A day that was open, but only when the clock did not run yet, says so; a closed weekday says closed."""
    story = Story(as_shipped("1 wh", week=(None, *SAME_HOURS[1:])), at("2025-03-02 10:00"))
    story.open(at("2025-03-07 19:00"))
    assert days(told(story, at("2025-03-07 20:00"))) == [
        "пт 7 марта — не считается: вне рабочих часов, сегодня",
        "сб 8 марта — не считается: выходной",
        "вс 9 марта — не считается: выходной",
        "пн 10 марта — не считается: закрыто",
        "вт 11 марта — 1 ч будет засчитано, всего 1 ч из 1 ч, срок 10:00",
    ]


def test_next_year_is_named_and_provisional() -> None:
    """A time in another year says which; a day that nobody has declared says so."""
    story = Story(as_shipped("2 wd"), at("2026-12-29 10:00"))
    story.open(at("2026-12-30 10:00"))
    shown = told(story, at("2026-12-30 11:00"))
    assert shown.text.ru == "Паспорт: срок — пн 4 января 2027, 18:00"
    assert days(shown)[-1].endswith("срок 18:00, календарь ещё не утверждён")
    assert shown.clock is not None
    assert shown.clock.provisional


def test_a_report_names_itself_and_when_it_was_recorded() -> None:
    """A clock that counts from a report tells when it was so, and from the journal when it was recorded."""
    story = Story(as_shipped("2 wd", counts_from="medically_ready"), at("2025-10-27 10:00"))
    story.report(Report.MEDICALLY_READY, at("2025-10-29 12:00"), at("2025-10-28 12:00"))
    story.open(at("2025-10-29 12:00"))
    shown = told(story, at("2025-10-29 13:00"))
    assert shown.clock is not None
    assert shown.clock.start.text.ru == (
        "2 рабочих дня; начало — вт 28 октября, 12:00: Готов к выписке по состоянию здоровья"
    )
    assert shown.clock.start.recorded_at == at("2025-10-29 12:00")
    assert needs_journal(story.step)


@pytest.mark.parametrize(
    ("counts_from", "what"),
    [("admission", "поступление"), ("disability.mse_send", None), ("papers.passport", "papers.passport")],
)
def test_where_a_clock_counts_from_has_a_name(counts_from: str, what: str | None) -> None:
    """The admission and a step of the catalogue go by their names, an unknown step by its code."""
    story = Story(as_shipped("2 wd", counts_from=counts_from), at("2025-10-27 10:00"))
    story.open(at("2025-10-29 12:00"))
    shown = told(story, at("2025-10-29 13:00"))
    assert shown.clock is not None
    assert shown.clock.start.text.ru.endswith(what or CATALOGUE.steps[counts_from].title.ru)
    assert not needs_journal(story.step)


def test_who_extended_and_until_when() -> None:
    """An extension tells when it was said, by whom and for when."""
    story = page()
    story.extend(at("2025-11-14 12:00"), at("2025-11-06 11:00"))
    shown = told(story, at("2025-11-06 12:00"))
    assert shown.clock is not None
    assert shown.clock.extension is not None
    assert shown.clock.extension.by == OLGA.user
    assert shown.clock.extension.text.ru == "чт 6 ноября, 11:00 назначен срок пт 14 ноября, 12:00"
    assert shown.text.ru == "Паспорт: срок — пт 14 ноября, 12:00"


def test_a_term_of_the_catalogue_tells_its_source_and_whether_it_is_sure() -> None:
    """Mark and source are those of the number that counts: the general one, or that of one of the case's flags."""
    for name, entry in CATALOGUE.steps.items():
        if entry.clock is None:
            continue
        story = page()
        track, step = name.split(".")
        clock = story.step.clock
        assert clock is not None
        clock = clock.model_copy(update={"term": entry.clock.amount, "mark": entry.clock.mark})
        story.state = story.state.but(
            steps={STEP: story.step.but(track=track, name=step, clock=clock)}, flags=tuple(entry.clock.pace_if)
        )
        shown = told(story, at("2025-11-06 12:00"))
        assert shown.clock is not None
        figure = shown.clock.figure
        assert (figure.source, figure.mark) == (entry.clock.source, entry.clock.mark)
        assert figure.verified == (figure.text is None) == (entry.clock.mark == "S")
        assert ("не подтверждён официальным источником" in shown.lines("ru")) is not figure.verified


def test_a_step_without_a_deadline_says_so() -> None:
    """One line, and no clock."""
    story = page()
    story.state = story.state.but(steps={STEP: story.step.but(clock=None)})
    shown = told(story, at("2025-11-06 12:00"))
    assert (shown.clock, shown.lines("ru"), shown.lines("en")) == (
        None,
        "Паспорт: у шага нет срока\n",
        "Passport: the step has no deadline\n",
    )


def test_a_step_that_ended_says_when() -> None:
    """The day of the end is named, and rungs that were not needed."""
    story = page()
    story.say(e.StepCompleted(step_id=STEP, outcome={"result": "done"}), at("2025-11-05 12:00"))
    shown = told(story, at("2025-12-05 12:00"))
    assert days(shown)[7].endswith("шаг закончен в 12:00")
    assert shown.clock is not None
    assert shown.clock.rungs[-1].text.ru.endswith("(не понадобилась)")


COUNTS = {1: "день", 2: "дня", 5: "дней", 11: "дней", 12: "дней", 21: "день", 30: "дней", 104: "дня"}


@pytest.mark.parametrize(("amount", "day"), COUNTS.items())
def test_russian_counts(amount: int, day: str) -> None:
    """One, two to four, five and more."""
    assert (
        term_in_words(Term(amount=amount, unit=Unit.WORKING_DAYS)).ru
        == f"{amount} {'рабочий' if day == 'день' else 'рабочих'} {day}"
    )


@pytest.mark.parametrize(
    ("length", "ru", "en"),
    [
        (timedelta(hours=8, minutes=15, seconds=59), "8 ч 15 мин", "8 h 15 min"),
        (timedelta(hours=45), "45 ч", "45 h"),
        (timedelta(minutes=7), "7 мин", "7 min"),
        (timedelta(seconds=7), "меньше минуты", "less than a minute"),
        (timedelta(0), "0 ч", "0 h"),
    ],
)
def test_lengths(length: timedelta, ru: str, en: str) -> None:
    """Hours and minutes, whichever there are."""
    assert lasting(length) == Title(ru=ru, en=en)


def test_the_days_add_up_in_minutes_too() -> None:
    """A start between two minutes loses none: what the lines say adds up to the term."""
    story = Story(as_shipped("24 h"), at("2025-10-27 10:00"))
    start = at("2025-10-29 14:10") + timedelta(seconds=37, microseconds=5)
    story.open(start)
    shown = told(story, start + timedelta(hours=30))
    assert [line.split(" — ")[1] for line in days(shown)] == [
        "9 ч 49 мин засчитано, всего 9 ч 49 мин из 24 ч",
        "14 ч 11 мин засчитано, всего 24 ч из 24 ч, 6 ч сверх срока, сегодня, срок 14:10",
    ]
    assert shown.clock is not None
    assert sum(day.counted_s for day in shown.clock.days) == shown.clock.budget_s == 24 * 3600
    assert sum(day.over_s for day in shown.clock.days) == shown.clock.over_s == 6 * 3600


def test_a_time_said_in_another_zone_is_told_in_the_hospitals() -> None:
    """An instant that came with an offset of its own is told as the clocks of the hospital show it."""
    story = Story(as_shipped("5 wd"), at("2025-10-27 10:00"))
    story.open(at("2025-10-29 14:10"))
    due = at("2025-11-20 20:00").astimezone(ZoneInfo("Asia/Vladivostok"))
    story.extend(due, at("2025-10-29 15:00"))
    assert "20 ноября, 20:00" in told(story, at("2025-10-30 10:00")).text.ru
