"""What an explained clock says in words, Russian and English: short, plain, in the wall time of whoever must answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from api.views.titles import Title
from marshrut.domain.calendar import DayKind
from marshrut.domain.clock import Term, Unit
from marshrut.domain.explain import DayCount, Explanation, Mark, RungCount, RungState, Stop
from marshrut.domain.overdue import ClockState

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
WEEKDAYS = Title(ru="пн вт ср чт пт сб вс", en="Mon Tue Wed Thu Fri Sat Sun")
MONTHS = Title(
    ru="января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    en="Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
)
# One, two to four, five and more; English: one, more.
UNITS = {
    Unit.MINUTES: (("минута", "минуты", "минут"), ("minute", "minutes")),
    Unit.HOURS: (("час", "часа", "часов"), ("hour", "hours")),
    Unit.DAYS: (("день", "дня", "дней"), ("day", "days")),
    Unit.WORKING_HOURS: (("рабочий час", "рабочих часа", "рабочих часов"), ("working hour", "working hours")),
    Unit.WORKING_DAYS: (("рабочий день", "рабочих дня", "рабочих дней"), ("working day", "working days")),
}
UNVERIFIED = Title(
    ru="срок не подтверждён официальным источником", en="the term is not confirmed by an official source"
)
NO_CLOCK = Title(ru="у шага нет срока", en="the step has no deadline")
_RUNGS = {
    RungState.PASSED: Title(ru="сказано", en="told"),
    RungState.NEXT: Title(ru="следующая", en="next"),
    RungState.AHEAD: Title(ru="впереди", en="ahead"),
    RungState.VOID: Title(ru="не понадобилась", en="not needed"),
}


def both(ru: str, en: str) -> Title:
    """The same in both languages."""
    return Title(ru=ru, en=en)


def joined(parts: Iterable[Title | None], by: str = ", ") -> Title:
    """Several wordings as one; None is left out."""
    known = [part for part in parts if part is not None]
    return both(by.join(part.ru for part in known), by.join(part.en for part in known))


def day_of(day: date) -> Title:
    """`чт 30 апреля`, `Thu 30 Apr`."""
    weekday, month = day.weekday(), day.month - 1
    return both(
        f"{WEEKDAYS.ru.split()[weekday]} {day.day} {MONTHS.ru.split()[month]}",
        f"{WEEKDAYS.en.split()[weekday]} {day.day} {MONTHS.en.split()[month]}",
    )


def lasting(length: timedelta) -> Title:
    """`8 ч 15 мин`, `8 h 15 min`; seconds are left out."""
    hours, minutes = divmod(length // MINUTE, 60)
    if not hours and not minutes:
        return both("меньше минуты", "less than a minute") if length else both("0 ч", "0 h")
    ru = [f"{hours} ч"] * bool(hours) + [f"{minutes} мин"] * bool(minutes)
    en = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return both(" ".join(ru), " ".join(en))


def share(day: DayCount, budget: timedelta, unit: timedelta) -> tuple[timedelta, timedelta]:
    """What counted on the day until the due time and after it, in whole units such that the days add up to the total.

    Rounded day by day they would not: 20 h 15 min and 3 h 44 min of 24 h.
    """
    counted = min(day.total, budget)
    over = day.total - counted
    return (
        (counted // unit - (counted - day.counted) // unit) * unit,
        (over // unit - (over - day.over) // unit) * unit,
    )


def term_in_words(term: Term) -> Title:
    """`5 рабочих дней`, `5 working days`; `1 день, до 10:00`."""
    russian, english = UNITS[term.unit]
    last, tens = term.amount % 10, term.amount % 100
    form = 2 if 11 <= tens <= 14 or last == 0 or last > 4 else 0 if last == 1 else 1  # noqa: PLR2004 - Russian plurals
    by = None if term.at is None else f"{term.at // 60:02}:{term.at % 60:02}"
    ru, en = ("", "") if by is None else (f", до {by}", f", by {by}")
    return both(f"{term.amount} {russian[form]}{ru}", f"{term.amount} {english[term.amount != 1]}{en}")


@dataclass(frozen=True, slots=True)
class Wording:
    """An explanation in words. `reasons` names days off, `stops` what stops a step, `roles` people."""

    told: Explanation
    today: date
    reasons: dict[str, Title]
    stops: dict[str, Title]
    roles: dict[str, Title]

    def at(self, moment: datetime) -> Title:
        """`чт 30 апреля, 14:10`; the year only when it differs from this one."""
        table = self.told.schedule.timetable
        there, day = table.local(moment), table.local_date(moment)
        name, year = day_of(day), "" if day.year == self.today.year else f" {day.year}"
        return both(f"{name.ru}{year}, {there:%H:%M}", f"{name.en}{year}, {there:%H:%M}")

    def clock_time(self, moment: datetime) -> str:
        """`18:00`."""
        return f"{self.told.schedule.timetable.local(moment):%H:%M}"

    def headline(self, title: Title) -> Title:
        """What is due when, and how it stands."""
        told, due = self.told, self.at(self.told.due_at)
        if told.state is ClockState.PAUSED:
            moved = self.at(told.reached_at)
            return both(
                f"{title.ru}: часы стоят; если бы они пошли сейчас, срок — {moved.ru} (был {due.ru})",
                f"{title.en}: the clock stands still; if it went on now, due {moved.en} (was {due.en})",
            )
        if told.state is ClockState.RED:
            late = lasting(told.over)
            return both(
                f"{title.ru}: срок — {due.ru}; просрочен, сверх срока {late.ru}",
                f"{title.en}: due {due.en}; overdue by {late.en}",
            )
        return both(f"{title.ru}: срок — {due.ru}", f"{title.en}: due {due.en}")

    def summary(self) -> Title:
        """How much of how much."""
        told = self.told
        used, budget, left = lasting(min(told.used, told.budget)), lasting(told.budget), lasting(told.left)
        return both(
            f"засчитано {used.ru} из {budget.ru}, осталось {left.ru}", f"{used.en} of {budget.en} used, {left.en} left"
        )

    def day(self, day: DayCount) -> Title:
        """`чт 30 апреля — 8 ч 15 мин засчитано, всего 8 ч 15 мин из 45 ч`."""
        parts = [*self._counted(day), *self._marks(day)]
        return joined((day_of(day.date), joined(parts)), " — ")

    def _counted(self, day: DayCount) -> Iterable[Title]:
        counted, over = map(lasting, share(day, self.told.budget, MINUTE))
        paused = lasting(day.paused)
        if day.counted:
            total, budget = lasting(day.total - day.over), lasting(self.told.budget)
            will, be = ("", "") if day.date <= self.today else ("будет ", "will be ")
            yield both(
                f"{counted.ru} {will}засчитано, всего {total.ru} из {budget.ru}",
                f"{counted.en} {be}counted, {total.en} of {budget.en} in all",
            )
            if day.kind is DayKind.WORKED:
                yield both("рабочий выходной, перенос", "a weekend day that is worked")
        if day.over:
            yield both(f"{over.ru} сверх срока", f"{over.en} over")
        if day.paused:
            yield both(f"пауза {paused.ru}", f"paused for {paused.en}")
        if not day.counted and not day.over and not day.paused:
            why = self._why_not(day)
            yield both(f"не считается: {why.ru}", f"not counted: {why.en}")

    def _why_not(self, day: DayCount) -> Title:
        if Mark.NOT_COUNTED in day.marks:
            return both("день начала, счёт со следующего", "the day of the start; counting begins on the next")
        if day.kind is DayKind.DAY_OFF and day.hours is None:
            reason = self.reasons.get(day.reason or "", both("выходной", "day off"))
            return both(reason.ru[:1].lower() + reason.ru[1:].replace(": ", " "), reason.en.replace(": ", " — "))
        if day.hours is not None:
            return both("вне рабочих часов", "outside the opening hours")
        if day.kind is DayKind.WEEKEND:
            return both("выходной", "weekend")
        return both("закрыто", "closed")

    def _marks(self, day: DayCount) -> Iterable[Title]:
        told = self.told
        if Mark.TODAY in day.marks:
            yield both("сегодня", "today")
        if Mark.DUE in day.marks:
            when = self.clock_time(told.reached_at)
            yield both(f"срок {when}", f"due {when}")
        if Mark.END in day.marks:
            when = self.clock_time(told.end)
            yield both(f"шаг закончен в {when}", f"the step ended at {when}")
        if Mark.PROVISIONAL in day.marks:
            yield both("календарь ещё не утверждён", "the calendar is not declared yet")

    def stop(self, stop: Stop) -> Title:
        """From when to when the clock stood still, and why."""
        known = self.stops.get(stop.reason or "", both("шаг остановлен", "the step was stopped"))
        what = both("случай на паузе", "the case was paused") if stop.case else known
        since = self.at(stop.since)
        until = both("сейчас", "now") if stop.until is None else self.at(stop.until)
        return both(f"пауза {since.ru} – {until.ru}: {what.ru}", f"paused {since.en} – {until.en}: {what.en}")

    def rung(self, rung: RungCount) -> Title:
        """Who is told when."""
        climb, state = rung.climb, _RUNGS[rung.state]
        owner = both("владельцу шага", "the step's owner")
        who = joined(owner if to == "owner" else self.roles.get(to, both(to, to)) for to in climb.rung.to)
        when = self.at(climb.tell_at)
        percent = climb.rung.percent
        return both(
            f"{percent} % — {when.ru}: {who.ru} ({state.ru})", f"{percent} % — {when.en}: {who.en} ({state.en})"
        )
