"""Everybody who wants it is mailed their day in counts, once, in the morning of a day on which they work.

Any number may run, in any process: the mail's id follows from the person and the day, so it is asked for once. What is
counted is counted when it goes out, by the queries of the pages that it links to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from urllib.parse import urlencode

from marshrut.dispatch import digest_words as w
from marshrut.dispatch.letter import moment
from marshrut.dispatch.wording import AUTOMATIC
from marshrut.domain.calendar import Schedule
from marshrut.domain.digest import SENIORS, Part, day_ends, parts_of, sending
from marshrut.domain.guarding import onlooker
from marshrut.domain.stuck import Why
from marshrut.ports import (
    Clock,
    Directory,
    DueMail,
    Errand,
    Language,
    Mail,
    MailState,
    Outbox,
    Queries,
    Staff,
    StepFilter,
    StuckFilter,
    StuckList,
    Subscriber,
)

INBOX, BOARD = "/desk/inbox", "/desk/board"
LOOKS_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody works: the zone of their wall clock, and which days are worked there.

    `page`: the zone in which their pages say what is due today; the two differ where somebody works from elsewhere.
    """

    zone: tzinfo
    schedule: Schedule
    page: tzinfo


HoursOf = Callable[[Subscriber], Hours]


class Digests:
    """A part of the background: asks for the digests whose hour has come."""

    def __init__(
        self, directory: Directory | None, outbox: Outbox, staff: Staff, hours: HoursOf, *, now: Clock
    ) -> None:
        self._directory = directory
        self._outbox = outbox
        self._staff = staff
        self._hours = hours
        self._now = now
        self._asked: dict[str, date] = {}

    async def round(self) -> None:
        """Ask for what is due; nobody who is away is told."""
        now = self._now()
        due = dict(self._due(now))
        people = await self._staff.people(now, users=list(due)) if due else {}
        for user, (day, until) in due.items():
            known = people.get(user)
            if known is None or known.present(now):
                about = {"user": user, "day": day.isoformat(), "until": until.isoformat()}
                await self._outbox.ask(digest_id(user, day), Errand.DIGEST, about, now)
                self._asked[user] = day

    def _due(self, now: datetime) -> Iterator[tuple[str, tuple[date, datetime]]]:
        for user, first in _first_entries(self._directory).items():
            hours = self._hours(first)
            found = sending(first.at, hours.zone, hours.schedule, now)
            if found is not None and self._asked.get(user) != found.day:
                yield user, (found.day, found.until)


def digest_id(user: str, day: date) -> str:
    """The id of the one digest that somebody gets on a day."""
    return f"digest/{day.isoformat()}/{user}"


def _first_entries(directory: Directory | None) -> Mapping[str, Subscriber]:
    """Of somebody in several roles the first entry says when and where to."""
    found: dict[str, Subscriber] = {}
    for each in () if directory is None else directory.subscribers():
        found.setdefault(each.user, each)
    return found


# ---- what is counted ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """A list that is counted: how it is asked for here, and by which filters its page shows the same."""

    part: Part
    which: StepFilter | StuckFilter
    path: str
    query: Mapping[str, str]


def counted(part: Part, reader: Subscriber, now: datetime, zone: tzinfo) -> Counted:
    """What a part of somebody's digest counts."""
    scope = None if reader.hospitals is None else frozenset(reader.hospitals)
    role = None if reader.role in SENIORS else reader.role
    who = onlooker(reader.user, reader.role)
    live = StepFilter(scope, who, state="live")
    mine = replace(live, mine=(reader.user, role))
    match part:
        case Part.OVERDUE:
            return Counted(part, replace(mine, overdue_at=now), INBOX, {"whose": "mine", "overdue": "true"})
        case Part.TODAY:
            today = replace(mine, due_before=day_ends(now, zone))
            return Counted(part, today, INBOX, {"whose": "mine", "due": "today"})
        case Part.WAITING:
            return Counted(part, replace(mine, blocked=True), INBOX, {"whose": "mine", "blocked": "true"})
        case Part.UNOWNED:
            return Counted(part, replace(live, role=role, assignee="none"), INBOX, {"whose": "unclaimed"})
        case Part.ABANDONED:
            return Counted(part, StuckFilter(scope, who, why=(Why.UNOWNED,)), BOARD, {"why": Why.UNOWNED.value})
        case Part.STUCK:
            return Counted(part, StuckFilter(scope, who), BOARD, {})


class Counts:
    """Counts lists, as their pages do."""

    def __init__(self, queries: Queries, stuck: StuckList) -> None:
        self._queries = queries
        self._stuck = stuck

    async def __call__(self, what: Counted, now: datetime) -> int:
        """How many rows it has at this instant."""
        if isinstance(what.which, StuckFilter):
            return (await self._stuck.stuck(what.which, now, limit=1, cursor=None)).total
        return await self._queries.count_steps(what.which)


# ---- the mail -------------------------------------------------------------------------------------------------------


Line = tuple[Counted, int]


class DigestWriter:
    """Writes the digests that are due (`postman.Writer`)."""

    def __init__(self, directory: Directory, counts: Counts, hours: HoursOf, url: str | None) -> None:
        self._directory = directory
        self._counts = counts
        self._hours = hours
        self._url = url

    async def write(self, due: DueMail, now: datetime) -> Mapping[Language, Mail] | MailState:
        """The mail, with what is so at this instant; `dropped` when its time is over or there is nothing to tell.

        Raises:
            Unavailable: nothing can be counted now.
        """
        if now >= datetime.fromisoformat(due.about["until"]):
            return MailState.DROPPED
        entries = [each for each in self._directory.subscribers() if each.user == due.about["user"]]
        if not entries:
            return MailState.NOBODY
        hours = self._hours(entries[0])
        told = {each: await self._lines(each, now, hours.page) for each in entries}
        if not any(told.values()):
            return MailState.DROPPED
        to = entries[0].recipient
        name = hashlib.sha256(due.id.encode()).hexdigest()[:40]
        text = "\n".join(self._text(told, to.language, now, hours.zone)) + "\n"
        return {to.language: Mail(name, (to.address,), to.language, _subject(told, to.language), text)}

    async def _lines(self, reader: Subscriber, now: datetime, zone: tzinfo) -> Sequence[Line]:
        """What there is any of."""
        asked = [counted(part, reader, now, zone) for part in parts_of(reader.role)]
        lines = [(each, await self._counts(each, now)) for each in asked]
        return [line for line in lines if line[1]]

    def _text(
        self, told: Mapping[Subscriber, Sequence[Line]], language: Language, now: datetime, zone: tzinfo
    ) -> Iterator[str]:
        yield f"{w.AS_OF[language]} {moment(now, zone, language)}"
        for reader, lines in told.items():
            if lines and len(told) > 1:
                yield from ("", f"{w.ROLES[reader.role][language]}:")
            for what, number in lines:
                yield from ("", f"{w.COUNTS[what.part][language]}: {number}")
                if self._url is not None:
                    yield f"{self._url}{what.path}" + (f"?{urlencode(what.query)}" if what.query else "")
        yield from ("", w.SAME[language]) if self._url is not None else ()
        yield from ("", w.STOP[language], AUTOMATIC[language])


def _subject(told: Mapping[Subscriber, Sequence[Line]], language: Language) -> str:
    """The counts that matter most: of a senior what is stuck, of whoever does the work what is due."""
    sums: dict[Part, int] = {}
    for reader, lines in told.items():
        for what, number in lines:
            if what.part is not Part.ABANDONED and (reader.role not in SENIORS or what.part is not Part.WAITING):
                sums[what.part] = sums.get(what.part, 0) + number
    said = ", ".join(f"{w.SHORT[part][language]} {number}" for part, number in sums.items())
    return f"{w.SUBJECT[language]}: {said}" if said else w.SUBJECT[language]
