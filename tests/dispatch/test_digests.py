"""Everybody who wants it has their day in counts: once, in the morning where they work, on days on which they work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.web.words import Words
from marshrut.adapters.directory import DirectoryError, YamlDirectory
from marshrut.adapters.mail.smtp import SmtpMailer
from marshrut.dispatch.digest_words import COUNTS
from marshrut.dispatch.digests import Counted, Counts, Digests, DigestWriter, counted
from marshrut.dispatch.letter import Letters, Place
from marshrut.dispatch.postman import Delivery, Postman
from marshrut.domain.digest import LASTS, Part, day_ends, parts_of, sending
from marshrut.domain.events import Event
from marshrut.domain.staffing import Absence, Away, Colleague
from marshrut.domain.words import Role
from marshrut.mailing import hours_of
from marshrut.ports import DueMail, Errand, Language, Mail, MailState, Recipient, Subscriber
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.outbox import SqlOutbox
from marshrut.store.queries import SqlQueries
from marshrut.store.staff import SqlStaff
from marshrut.store.stuck import SqlStuck
from marshrut.store.tables import outbox
from tests.api.test_stuck import POPULATION, served
from tests.fixtures.post import PostOffice, titles
from tests.fixtures.shipped import shipped
from tests.fixtures.stuck import HOUR, NOON, RULES, ZONES, journal, opened, step_opened
from tests.fixtures.system import System
from tests.store.test_journal import empty

CATALOGUE = shipped()
HOURS = hours_of(CATALOGUE)
URL = "https://marshrut.example.org"
PEOPLE = """\
people:
  - { user: anna, role: coordinator, hospitals: [GKB29], mail: anna@example.org, digest: "08:30" }
  - { user: olga, role: supervisor, hospitals: [GKB29, KKB1], mail: olga@example.org, language: en, digest: 9:00 }
  - { user: vlad, role: coordinator, hospitals: [KKB1], mail: vlad@example.org, digest: "08:30" }
  - { user: sasha, role: coordinator, hospitals: [GKB29], mail: sasha@example.org }
"""
# A Monday that is worked; in Moscow it is three hours later, in Vladivostok ten.
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


class Post:
    """A postman and a planner of digests over one database, at a time that stands until it is moved."""

    def __init__(self, db: Database, office: PostOffice, people: Path) -> None:
        self.db, self.now = db, MONDAY
        self.directory = YamlDirectory.read(people, CATALOGUE.hospitals)
        self.staff = SqlStaff(db)
        self.box = SqlOutbox(db, clock=self.clock)
        counts = Counts(SqlQueries(db), SqlStuck(db, ZONES, RULES))
        writer = DigestWriter(self.directory, counts, HOURS, URL)
        letters = Letters(titles(lambda name: {"ru": name, "en": name}), lambda _code: Place({}, "UTC"), URL)
        mailer = SmtpMailer(office.server, "Marshrut <marshrut@example.org>", now=self.clock)
        delivery = Delivery(self.directory, letters, SqlQueries(db).case, mailer, {Errand.DIGEST: writer})
        self.postman = Postman(self.box, delivery, now=self.clock, poll_s=0.01)

    def clock(self) -> datetime:
        return self.now

    def planner(self) -> Digests:
        """One more process that plans."""
        return Digests(self.directory, self.box, self.staff, HOURS, now=self.clock)

    async def morning(self, at: str) -> None:
        """It is that time in Moscow; who plans and who carries have their turn."""
        hour, minute = map(int, at.split(":"))
        day = self.now.astimezone(ZONES["GKB29"]).date()
        self.now = datetime.combine(day, time(hour, minute), ZONES["GKB29"]).astimezone(UTC)
        await self.planner().round()
        while await self.postman.round():
            pass


@pytest.fixture
async def post(db: Database, office: PostOffice, tmp_path: Path) -> Post:
    """Anna has a step that is overdue since yesterday, and one that is due this evening."""
    people = tmp_path / "people.yaml"
    people.write_text(PEOPLE)
    yesterday, evening = MONDAY - 6 * HOUR, MONDAY + 15 * HOUR
    steps = [
        step_opened(f"c.contact.first_contact.{number}", due, assignee="anna")
        for number, due in enumerate((yesterday, evening))
    ]
    await SqlJournal(db).write("c", journal(opened(), *steps, at=MONDAY - 30 * HOUR))
    return Post(db, office, people)


async def test_a_morning_s_counts_are_mailed_once(post: Post, office: PostOffice) -> None:
    """At the hour of each, by any number of processes and after any restart, each person has one mail that day."""
    await post.morning("08:00")
    assert office.addressed == []
    await post.morning("08:30")
    for _ in range(3):
        await asyncio.gather(*(post.planner().round() for _ in range(3)))
        await post.morning("08:31")
    await post.morning("09:00")
    await post.morning("12:00")
    assert office.addressed == [("anna@example.org",), ("olga@example.org",)]
    anna, olga = office.received
    assert anna.subject == "Ваш день: просрочено 1, сегодня 2"
    assert "Посчитано на 02.03.2026, 08:30 (UTC+03:00)" in anna.text
    assert f"Просрочено шагов: 1\r\n{URL}/desk/inbox?whose=mine&overdue=true" in anna.text
    assert olga.subject == "Your day: stuck 1"
    assert f"Stuck: 1\r\n{URL}/desk/board\r\n" in olga.text
    assert anna.message["Auto-Submitted"] == "auto-generated"
    post.now += timedelta(days=1)
    await post.morning("08:30")
    assert office.addressed[2:] == [("anna@example.org",)]


async def test_nothing_is_said_where_there_is_nothing_to_say(post: Post, office: PostOffice) -> None:
    """Whoever has nothing gets no mail; who is away, or never asked for one, neither."""
    await post.staff.put(Colleague("anna", Role.COORDINATOR, frozenset({"GKB29"})), MONDAY)
    away = Absence("a1", "anna", MONDAY - HOUR, MONDAY + 50 * HOUR, Away.OFF_SHIFT, None, "olga", MONDAY)
    await post.staff.record(away)
    post.now = datetime(2026, 3, 1, 23, tzinfo=UTC)  # 09:00 in Vladivostok, where Vlad has nothing
    await post.planner().round()
    while await post.postman.round():
        pass
    await post.morning("08:30")
    assert office.addressed == []
    async with post.db.read() as conn:
        states = (await conn.execute(sa.select(outbox.c.id, outbox.c.state))).all()
    assert [tuple(row) for row in states] == [("digest/2026-03-02/vlad", "dropped")]


@pytest.mark.parametrize(
    ("day", "at", "sent"),
    [
        ("2026-03-06", "08:30", True),  # a Friday
        ("2026-03-07", "08:30", False),  # a Saturday
        ("2026-03-09", "08:30", False),  # the Monday off for 8 March
        ("2026-03-06", "08:29", False),
        ("2026-03-06", "12:29", True),
        ("2026-03-06", "12:30", False),
        ("2026-03-06", "03:00", False),
    ],
)
def test_digests_keep_to_working_days_and_mornings(day: str, at: str, sent: bool) -> None:
    """By the official calendar, in the reader's zone; a process that was down for hours sends no morning's counts."""
    for hospital, zone in ZONES.items():
        reader = _reader(hospitals=(hospital,))
        hours = HOURS(reader)
        now = datetime.fromisoformat(f"{day}T{at}:00").replace(tzinfo=zone)
        assert (sending(time(8, 30), hours.zone, hours.schedule, now) is not None) is sent


@given(st.integers(0, 3 * 366 * 24 * 60), st.times(time(6), time(20)))
def test_nobody_is_written_to_at_night_or_for_another_day(minutes: int, at: time) -> None:
    """Whatever the hour asked for: between six and nine in the evening there, within four hours of it, on that day."""
    now, zone = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), ZONES["KKB1"]
    found = sending(at, zone, HOURS(_reader(hospitals=("SKLIF",))).schedule, now)
    if found is not None:
        local = now.astimezone(zone)
        assert (local.date(), 6 <= local.hour < 21) == (found.day, True)
        assert found.until - found.since <= LASTS


def _reader(**changes: object) -> Subscriber:
    base = Subscriber(
        "anna", Role.COORDINATOR, ("GKB29",), time(8, 30), None, Recipient("anna@example.org", Language.RU)
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # of a test's own making


PROPERTY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANY = given(population=POPULATION, hours=st.integers(-20, 400), role=st.sampled_from([Role.COORDINATOR, Role.HEAD]))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(PROPERTY, max_examples=8)
@ANY
async def test_each_count_is_the_length_of_the_list_that_its_link_shows(
    system: System, db: Database, population: tuple[list[Event], ...], hours: int, role: Role
) -> None:
    """Over random cases and at any instant: as many rows as the mail says, by the very filters of its link."""
    await agreed(system, db, population, hours, role)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@settings(PROPERTY, max_examples=3)
@ANY
async def test_each_count_is_the_length_of_its_list_on_postgresql(
    system: System, db: Database, population: tuple[list[Event], ...], hours: int, role: Role
) -> None:
    """The same on the other database."""
    await agreed(system, db, population, hours, role)


async def agreed(system: System, db: Database, population: tuple[list[Event], ...], hours: int, role: Role) -> None:
    """The mail over that population says what the lists behind its links show."""
    await empty(db)
    for number, events in enumerate(population):
        await SqlJournal(db).write(f"c{number}", events)
    now = NOON + hours * HOUR
    reader = _reader(role=role, hospitals=tuple(ZONES))
    written = await _written(db, reader, now)
    text = "" if isinstance(written, MailState) else written[Language.RU].text
    lists = {"/desk/inbox": "/api/v1/steps", "/desk/board": "/api/v1/stuck"}
    told = 0
    async with served(system, db, now) as http:
        token = system.token(role, reader.user, *ZONES)
        for part in parts_of(role):
            what = counted(part, reader, now, HOURS(reader).page)
            params = {**what.query, "limit": "500", "state": "live"} if what.path == "/desk/inbox" else {**what.query}
            if params.pop("due", None) == "today":  # as the page says it to the API
                params["due_before"] = day_ends(now, HOURS(reader).page).isoformat()
            answer = await http.get(lists[what.path], params=params, headers=token)
            assert answer.status_code == 200, answer.text
            rows = len(answer.json()["items"])
            if what.path == "/desk/inbox":
                said = " ".join(Words("ru")("inbox.told", n=rows).split())
                assert f">{said}<" in " ".join((await _page(http, system, role, link_of(what))).split())
            link = f"{URL}{link_of(what)}"
            assert (f"{COUNTS[part].ru}: {rows}\n{link}\n" in text) is (rows > 0), (part, rows, text)
            told += rows
    assert (written is MailState.DROPPED) is (told == 0)


async def test_what_is_due_today_is_counted_by_the_clock_of_the_page(post: Post) -> None:
    """Whoever works from another zone, or in hospitals of two, is told as many as the page shows that they open."""
    moscow, reader = ZONES["GKB29"], _reader(zone="Asia/Vladivostok", hospitals=("SKLIF", "KKB1", "GKB29"))
    assert HOURS(reader).page == HOURS(_reader(hospitals=("GKB29", "SKLIF"))).page == moscow
    assert HOURS(_reader(hospitals=("SKLIF", "KKB1"))).page == ZONES["KKB1"]
    late = datetime.combine(MONDAY.date(), time(23), moscow)  # Tuesday has begun in Vladivostok
    steps = [step_opened("d.contact.first_contact.0", late, assignee="anna")]
    await SqlJournal(post.db).write("d", journal(opened(), *steps, at=MONDAY - 30 * HOUR))
    written = await _written(post.db, reader, MONDAY)
    assert not isinstance(written, MailState)
    assert f"{COUNTS[Part.TODAY].ru}: 3\n" in written[Language.RU].text


def link_of(what: Counted) -> str:
    """Where a count leads."""
    return what.path + (f"?{urlencode(what.query)}" if what.query else "")


async def _page(http: httpx.AsyncClient, system: System, role: Role, path: str) -> str:
    """The page behind a link, for whoever has signed in as the reader."""
    token = system.token(role, "anna", *ZONES)["Authorization"].removeprefix("Bearer ")
    await http.post("/desk/signin", data={"token": token}, headers={"Sec-Fetch-Site": "same-origin"})
    page = await http.get(path)
    assert page.status_code == 200, (page.status_code, page.text[:500])
    return page.text


async def _written(db: Database, reader: Subscriber, now: datetime) -> Mapping[Language, Mail] | MailState:
    class One(YamlDirectory):
        def subscribers(self) -> list[Subscriber]:
            return [reader]

    writer = DigestWriter(One([]), Counts(SqlQueries(db), SqlStuck(db, ZONES, RULES)), HOURS, URL)
    about = {"user": reader.user, "until": (now + HOUR).isoformat()}
    return await writer.write(DueMail("d", None, 0, frozenset(), Errand.DIGEST, about), now)


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('digest: "23:30"', "between 06:00 and 20:00"),
        ("digest: 8.30", "digest"),
        ('digest: "08:30+03:00"', "without an offset"),
        ("digest: true", "digest"),
        ('digest: "08:30", zone: Asia/Khabarovsk', "no IANA zone"),
    ],
)
def test_the_directory_says_what_is_wrong_with_a_digest(tmp_path: Path, entry: str, fault: str) -> None:
    """An hour at night, something that is no hour, and a zone that does not exist are told by line."""
    file = tmp_path / "people.yaml"
    file.write_text(f"people:\n  - {{ user: a, role: coordinator, mail: a@example.org, {entry} }}\n")
    with pytest.raises(DirectoryError, match=fault) as told:
        YamlDirectory.read(file, CATALOGUE.hospitals)
    assert "people.yaml:2" in str(told.value)
