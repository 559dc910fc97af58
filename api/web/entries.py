"""The catalogue as entries that people look up: a name, what it says, and every number with its mark and source.

Each part is made of what the API shows of it (`api.views.catalogue`), so page and API cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from api.views import catalogue as views
from api.views.titles import Title
from api.web.desk import Desk
from api.web.figures_cards import term
from marshrut.catalogue import Fault
from marshrut.catalogue.content import Content
from marshrut.catalogue.model import Catalogue
from marshrut.domain.clock import ADMISSION, OPENING, PLANNED_DAY
from marshrut.domain.slice import TEAM
from marshrut.domain.words import STAGES, Stage

VERIFIED = "S"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Number:
    """A number, or something else that is known more or less surely: what it is, its mark and its source."""

    text: str
    mark: str
    source: str
    note: str = ""

    @property
    def verified(self) -> bool:
        """Whether somebody has seen it in a source."""
        return self.mark == VERIFIED


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be looked up. `warning`: what has to be known first, and a `note` on what that means.

    `more`: days of a calendar, by year.
    """

    code: str
    title: str
    says: tuple[str, ...]
    numbers: tuple[Number, ...] = ()
    group: str = ""
    warning: str = ""
    note: str = ""
    more: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def words(self) -> str:
        """All that it says, to be searched."""
        numbers = (f"{each.text} {each.note} {each.source}" for each in self.numbers)
        return " ".join((self.code, self.title, self.group, self.warning, self.note, *self.says, *numbers))


@dataclass(frozen=True, slots=True)
class Book:
    """Whose catalogue is looked into, for whom."""

    desk: Desk
    catalogue: Catalogue
    content: Content
    faulty: Mapping[str, Sequence[Fault]]

    def number(self, text: str, known: views.Known, note: str = "") -> Number:
        """A number with all that is known of it."""
        source = self.desk.t("catalogue.ours") if known.source == "ours" else known.source
        return Number(text, known.mark, source, note)

    def said(self, title: Title | None) -> str:
        """In the reader's language."""
        return "" if title is None else self.desk.said(title)

    def term(self, text: str) -> str:
        """`24h` as people say it; an end at a time of day stays as it is written."""
        length, _, at = text.partition("@")
        said = term(self.desk, length, length.lstrip("0123456789"))
        return f"{said}, {at}" if at else said


def steps(book: Book) -> Iterator[Entry]:
    """Every step of every track, with its clock."""
    desk, t = book.desk, book.desk.t
    numbers = {name: list(each) for name, each in groupby(views.clocks(book.content), lambda each: each.name)}
    tracks = sorted(views.pathways(book.content), key=lambda track: STAGES.index(Stage(track.stage)))
    for track in tracks:
        for step in track.steps:
            clock, says = step.clock, [desk.role(step.role)]
            says.append(t("catalogue.mandatory") if step.mandatory else t("catalogue.optional"))
            found: list[Number] = []
            if clock is None:
                says.append(t("catalogue.no_clock"))
            else:
                says += [_since(book, clock.counts_from), *_whose(book, clock)]
                found.append(book.number(book.term(clock.term), clock, t("catalogue.term")))
                for flag, pace in clock.under.items():
                    note = t("catalogue.under", flag=t(f"terms.flag_{flag.value}"))
                    found.append(book.number(book.term(pace.term), pace, note))
            prefix = f"{step.code}."
            for name, each in numbers.items():
                if name.startswith(prefix):
                    note = t("catalogue.figure", name=name.removeprefix(prefix))
                    found += [book.number(book.term(one.value), one, note) for one in each]
            outcomes = ", ".join(book.said(outcome.title) for outcome in step.outcomes)
            says.append(t("catalogue.outcomes", outcomes=outcomes))
            yield Entry(step.code, book.said(step.title), tuple(says), tuple(found), book.said(track.title))


def _since(book: Book, counts_from: str) -> str:
    t, content = book.desk.t, book.content
    if counts_from in (OPENING, ADMISSION, PLANNED_DAY):
        return t(f"catalogue.from_{counts_from}")
    step = content.steps.get(counts_from)
    report = {report.value: title for report, title in book.catalogue.reports.items()}.get(counts_from)
    title = report if step is None else step.title
    return t("catalogue.from_event", what=counts_from if title is None else book.desk.said(title))


def _whose(book: Book, clock: views.StepClock) -> Iterator[str]:
    t, content = book.desk.t, book.content
    if clock.term.endswith(("wd", "wh")):
        party = content.parties.get(clock.timetable)
        name = clock.timetable if party is None else book.desk.said(party.title)
        yield t("catalogue.by_team") if clock.timetable == TEAM else t("catalogue.by_party", party=name)
    if clock.emergency:
        yield t("catalogue.emergency")
    yield t("catalogue.ladder", ladder=book.desk.said(content.ladders[clock.ladder].title).lower())


def reasons(book: Book) -> Iterator[Entry]:
    """Why steps are blocked."""
    t = book.desk.t
    for each in views.reasons(book.content):
        letters = ", ".join(each.delay)
        says = [t("catalogue.letters", letters=letters) if letters else t("catalogue.no_letter")]
        says.append(t("catalogue.responsible", party=book.said(each.responsible.title)))
        says += [t("catalogue.pauses")] if each.pauses else []
        mapping = book.number(letters or "–", each, t("catalogue.mapping"))
        yield Entry(each.code, book.said(each.title), tuple(says), (mapping,))


def services(book: Book) -> Iterator[Entry]:
    """Programmes."""
    t = book.desk.t
    for each in views.services(book.content):
        told = {
            "who": book.said(each.who),
            "where": book.said(each.where),
            "documents": ", ".join(map(book.said, each.documents)),
            "result": book.said(each.result),
            "hours": "" if each.hours is None else book.said(each.hours.title),
            "asked_partners": ", ".join(book.said(partner.title) for partner in each.partners),
        }
        says = [t(f"catalogue.{name}", text=text) for name, text in told.items() if text]
        says += [t("catalogue.one_consultant")] if each.one_consultant else []
        says += [t("catalogue.goes_on")] if each.goes_on else []
        numbers = [book.number(t("catalogue.programme"), each)]
        if each.deadline is not None:
            numbers.append(book.number(book.term(each.deadline.term), each.deadline, t("catalogue.deadline")))
        if each.units is not None:
            numbers.append(book.number(str(each.units.value), each.units, t("catalogue.units")))
        for level, hours in each.weekly_hours.items():
            note = t("catalogue.level", n=level.removeprefix("level_"))
            numbers.append(book.number(str(hours.value), hours, note))
        numbers += [
            book.number(one.value, one, book.said(one.note) or t(f"catalogue.{one.kind}")) for one in each.contacts
        ]
        yield Entry(each.code, book.said(each.title), tuple(says), tuple(numbers))


def partners(book: Book) -> Iterator[Entry]:
    """Who answers referrals."""
    t = book.desk.t
    for each in views.partners(book.content):
        says = [t("catalogue.programmes", text=", ".join(book.said(one.title) for one in each.programmes))]
        says += [] if each.party is None else [t("catalogue.responsible", party=book.said(each.party.title))]
        yield Entry(each.code, book.said(each.title), tuple(says), (book.number(t("catalogue.partner"), each),))


def hospitals(book: Book) -> Iterator[Entry]:
    """Hospitals, and when their teams are there."""
    t = book.desk.t
    for each in views.hospitals(book.catalogue, book.faulty):
        says = (t("catalogue.region", text=book.said(each.region.title)), t(f"catalogue.profile_{each.profile}"))
        hours = book.number(_week(book, each.hours.week), each.hours, t("catalogue.team_hours"))
        warning = t("catalogue.faulty", version=each.opens_by) if each.faulty else ""
        zone = t("catalogue.zone", zone=each.zone)
        yield Entry(each.code, book.said(each.title), (*says, zone), (hours,), warning=warning)


def _week(book: Book, week: Mapping[str, str]) -> str:
    """`пн–пт: 09:00–18:00, сб: 10:00–15:00`."""
    t, parts = book.desk.t, []
    for hours, days in groupby(WEEK, lambda day: week.get(day, "")):
        named = list(days)
        if hours:
            first, last = t(f"catalogue.{named[0]}"), t(f"catalogue.{named[-1]}")
            span = first if first == last else f"{first}–{last}"
            parts.append(t("catalogue.week", days=span, hours=hours.replace("-", "–")))
    return ", ".join(parts)


def instruments(book: Book) -> Iterator[Entry]:
    """Assessment instruments."""
    t = book.desk.t
    for each in views.instruments(book.content):
        says = (
            t("catalogue.version", version=each.version),
            t(f"catalogue.{each.status}"),
            t("catalogue.scored") if each.scored else t("catalogue.not_scored"),
        )
        number = book.number(t("catalogue.instrument", day=book.desk.f.full_day(each.date)), each)
        yield Entry(each.code, book.said(each.title), says, (number,))


def causes(book: Book) -> Iterator[Entry]:
    """Why something is stuck, from when, and how much it weighs."""
    desk, stuck = book.desk, book.content.stuck
    after = {"silent": stuck.silent_after, "blocked": stuck.blocked_too_long}
    for why, title in book.catalogue.causes.items():
        weight = stuck.weights[why]
        numbers = [Number(str(weight.value), weight.mark, _source(book, weight.source), desk.t("catalogue.weight"))]
        if (span := after.get(why.value)) is not None:
            text = book.term(span.term)
            numbers.append(Number(text, span.mark, _source(book, span.source), desk.t("catalogue.after")))
        yield Entry(why.value, desk.said(title), (), tuple(numbers))


def _source(book: Book, source: str) -> str:
    return book.desk.t("catalogue.ours") if source == "ours" else source


def calendars(book: Book) -> Iterator[Entry]:
    """Days off and worked weekends; what has not been declared yet is provisional, and says so."""
    desk, t = book.desk, book.desk.t
    for each in views.calendars(book.content):
        until = desk.f.full_day(each.official_until)
        says = [t("catalogue.span", first=desk.f.full_day(each.first), last=desk.f.full_day(each.last))]
        says.append(t("catalogue.official", day=until))
        says += [t("catalogue.days_off", n=len(each.days_off)), t("catalogue.worked", n=len(each.worked))]
        provisional = each.last > each.official_until
        warning = t("catalogue.provisional", day=until) if provisional else ""
        note = t("catalogue.provisional_said") if provisional else ""
        number = book.number(t("catalogue.version", version=each.version), each, t("catalogue.calendar"))
        title, years = book.said(each.title), _years(book, each)
        yield Entry(each.code, title, tuple(says), (number,), warning=warning, note=note, more=years)


def _years(book: Book, calendar: views.CalendarView) -> tuple[tuple[str, tuple[str, ...]], ...]:
    desk, t = book.desk, book.desk.t
    days = [(off.date, t("catalogue.day_off", day=desk.f.full_day(off.date), reason=book.said(off.reason.title)))
            for off in calendar.days_off]  # fmt: skip
    days += [(day, t("catalogue.worked_day", day=desk.f.full_day(day))) for day in calendar.worked]
    return tuple(
        (t("catalogue.days_of", year=year), tuple(text for _, text in each))
        for year, each in groupby(sorted(days), lambda one: one[0].year)
    )
