from __future__ import annotations

import asyncio
import logging
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
import structlog

from marshrut.adapters.directory import YamlDirectory
from marshrut.adapters.mail.smtp import SmtpMailer
from marshrut.dispatch.letter import Letters, Place
from marshrut.dispatch.postman import ATTEMPTS, LEASE_S, Delivery, Postman
from marshrut.domain import events as e
from marshrut.ports import MailState, Outbox
from marshrut.settings import SmtpServer
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.outbox import SqlOutbox
from marshrut.store.queries import SqlQueries
from marshrut.store.tables import outbox
from tests.fixtures.post import PostOffice, titles
from tests.store.stories import NOON, notice, opened, step_opened, story

ROOT = Path(__file__).parents[2]
OLGA, PAVEL, JOHN = "olga@example.org", "pavel@example.org", "john@example.org"
PEOPLE = f"""\
people:
  - {{ user: olga, role: supervisor, hospitals: [h1], mail: {OLGA} }}
  - {{ user: vera, role: supervisor, hospitals: [h2], mail: vera@example.org }}
  - {{ user: pavel, role: head, mail: {PAVEL} }}
  - {{ user: john, role: head, mail: {JOHN}, language: en }}
"""


class Hour:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def hour() -> Hour:
    """It is noon."""
    return Hour()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """The directory's file."""
    file = tmp_path / "people.yaml"
    file.write_text(PEOPLE)
    return file


def delivery(db: Database, server: SmtpServer, people: Path, hour: Hour) -> Delivery:
    """Mail as it is really sent."""

    def title(name: str) -> dict[str, str]:
        return {"ru": f"Шаг {name}", "en": f"Step {name}"}

    letters = Letters(titles(title), lambda code: Place(title(code), "Europe/Moscow"), "https://marshrut.example.org")
    mailer = SmtpMailer(server, "Marshrut <marshrut@example.org>", now=hour)
    return Delivery(YamlDirectory.read(people, {"h1", "h2"}), letters, SqlQueries(db).case, mailer)


@pytest.fixture
def postman(db: Database, office: PostOffice, people: Path, hour: Hour) -> Postman:
    """A postman who looks when he is asked to."""
    return Postman(SqlOutbox(db, clock=hour), delivery(db, office.server, people, hour), now=hour, poll_s=0.01)


async def write(db: Database, *bodies: e.Body, case_id: str = "c") -> None:
    """A case of the first hospital with these events."""
    await SqlJournal(db).write(case_id, story([opened("h1"), *bodies]))


async def states(db: Database) -> dict[str, str]:
    """How each notice's mail stands."""
    async with db.read() as conn:
        return {row.id: row.state for row in await conn.execute(sa.select(outbox.c.id, outbox.c.state))}


async def test_a_notice_is_mailed_once_to_everybody_it_is_for(
    db: Database, office: PostOffice, postman: Postman, hour: Hour
) -> None:
    """Not before its time, to the role's people in the hospital, and however often the postman looks, once."""
    await write(db, notice("k", tell_at=NOON + timedelta(minutes=1)))
    assert not await postman.round()
    hour.move(minutes=1)
    assert await postman.round()
    for _ in range(3):
        hour.move(hours=9)
        assert not await postman.round()
    assert office.addressed == [(OLGA,)]
    assert await states(db) == {"c/k": "sent"}


async def test_the_same_notice_has_the_same_message_id(
    db: Database, office: PostOffice, postman: Postman, hour: Hour
) -> None:
    """Should a server ever get a notice twice, its Message-ID tells; another notice has another."""
    await write(db, notice("k"), notice("k2"))
    await postman.round()
    async with db.write() as conn:
        await conn.execute(outbox.update().where(outbox.c.id == "c/k").values(state="pending", told=""))
    hour.move(hours=1)
    await postman.round()
    ids = sorted(one.message["Message-ID"] for one in office.received)
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert all(one.endswith("@example.org>") for one in ids)


async def test_no_fault_ends_the_postman(db: Database, postman: Postman, office: PostOffice) -> None:
    """Whatever the outbox stumbles over once, the next look sends what is due."""
    await write(db, notice("k"))
    outbox_of, faults = postman._outbox, [RuntimeError("no word of ours")]

    class Stumbles:
        async def lease_due(self, **how: Any) -> Any:
            if faults:
                raise faults.pop()
            return await outbox_of.lease_due(**how)

        def __getattr__(self, name: str) -> Any:
            return getattr(outbox_of, name)

    postman._outbox = cast("Outbox", Stumbles())
    assert not await postman.round()
    assert await postman.round()
    assert office.addressed == [(OLGA,)]


async def test_a_server_that_is_away_is_asked_again_later(
    db: Database, office: PostOffice, postman: Postman, hour: Hour
) -> None:
    """Refused connections cost nothing: a minute later, then two, it is tried again, and goes out once."""
    await write(db, notice("k"))
    await office.close()
    for minutes in (1, 2):
        assert await postman.round()
        assert await states(db) == {"c/k": "pending"}
        hour.move(minutes=minutes, seconds=-1)
        assert not await postman.round()
        hour.move(seconds=1)
    await office.open()
    assert await postman.round()
    assert (office.addressed, await states(db)) == ([(OLGA,)], {"c/k": "sent"})


@pytest.mark.parametrize("fault", ["refuses", "closed"])
async def test_a_server_that_says_no_is_asked_again(
    db: Database, office: PostOffice, postman: Postman, hour: Hour, fault: str
) -> None:
    """Neither a refused recipient nor a refused message is lost or doubled: it goes out once it is taken."""
    await write(db, notice("k"))
    office.refuses, office.closed = ({OLGA}, False) if fault == "refuses" else (set(), True)
    assert await postman.round()
    assert (office.received, await states(db)) == ([], {"c/k": "pending"})
    office.refuses, office.closed = set(), False
    hour.move(minutes=1)
    assert await postman.round()
    assert (office.addressed, await states(db)) == ([(OLGA,)], {"c/k": "sent"})


async def test_after_a_day_of_refusals_it_is_given_up(
    db: Database, office: PostOffice, postman: Postman, hour: Hour
) -> None:
    """The pauses grow to an hour; after a day the mail has failed, for good."""
    await write(db, notice("k"))
    office.refuses = {OLGA}
    rounds = 0
    while (await states(db))["c/k"] == "pending":
        async with db.read() as conn:
            due_at = (await conn.execute(sa.select(outbox.c.due_at))).scalar_one()
        if rounds:
            hour.now = due_at - timedelta(seconds=1)
            assert not await postman.round()
        hour.now = due_at
        assert await postman.round()
        rounds += 1
    assert rounds == ATTEMPTS
    assert timedelta(hours=24) < hour.now - NOON < timedelta(hours=25)
    assert await states(db) == {"c/k": "failed"}
    hour.move(days=2)
    assert not await postman.round()


@pytest.mark.parametrize("keeping", [True, False])
async def test_a_server_that_dies_in_the_message_is_never_sent_it_again(
    db: Database, office: PostOffice, postman: Postman, hour: Hour, keeping: bool
) -> None:
    """Whether it kept the message or not nobody knows, so the mail is uncertain and stays so."""
    await write(db, notice("k"))
    office.dies, office.keeping = True, keeping
    assert await postman.round()
    assert await states(db) == {"c/k": "uncertain"}
    office.dies = False
    hour.move(days=1)
    assert not await postman.round()
    assert len(office.received) == int(keeping)


# Everything that a worker's postman has, but for the rest of the worker.
ALONE = """
import asyncio, sys
from pathlib import Path
from marshrut.dispatch.postman import Postman
from marshrut.settings import SmtpServer
from marshrut.store.database import Database
from marshrut.store.outbox import SqlOutbox
from tests.dispatch.test_postman import Hour, delivery
url, port, people = sys.argv[1:]
hour = Hour()
db = Database(url)
mail = delivery(db, SmtpServer.of(f"smtp://127.0.0.1:{port}"), Path(people), hour)
asyncio.run(Postman(SqlOutbox(db, clock=hour), mail, now=hour, poll_s=0.1).run())
"""


async def test_a_process_that_is_killed_on_the_wire_leaves_an_uncertain_mail(
    db: Database, database_url: str, office: PostOffice, people: Path, postman: Postman, hour: Hour
) -> None:
    """Killed between DATA and the answer: nobody sends it again, before or after the lease, and nobody else waits."""
    await write(db, notice("k"))
    office.hangs = True
    command = [sys.executable, "-c", ALONE, database_url, str(office.port), str(people)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    await asyncio.wait_for(office.asked.wait(), 30)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    office.hangs = False
    assert await states(db) == {"c/k": "sending"}
    await write(db, notice("k"), notice("k2"))
    assert await postman.round()
    assert await states(db) == {"c/k": "sending", "c/k2": "sent"}
    hour.move(seconds=LEASE_S)
    assert not await postman.round()
    assert await states(db) == {"c/k": "uncertain", "c/k2": "sent"}
    assert office.addressed == [(OLGA,)]


async def test_a_postman_who_is_told_to_stop_ends_what_is_on_the_wire(
    db: Database, office: PostOffice, postman: Postman
) -> None:
    """A worker that is stopped in good order leaves no uncertain mail behind."""
    await write(db, notice("k"))
    running = asyncio.create_task(postman.run())
    await asyncio.wait_for(office.asked.wait(), 30)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (office.addressed, await states(db)) == ([(OLGA,)], {"c/k": "sent"})


async def test_postmen_do_not_get_in_each_others_way(
    db: Database, office: PostOffice, people: Path, hour: Hour
) -> None:
    """Three at once, twenty notices: each is mailed once."""
    await write(db, *(notice(f"k{number:02}") for number in range(20)))
    mail = delivery(db, office.server, people, hour)
    postmen = [Postman(SqlOutbox(db, clock=hour), mail, now=hour, poll_s=0.01) for _ in range(3)]
    while any(await asyncio.gather(*(each.round() for each in postmen))):
        pass
    assert set((await states(db)).values()) == {"sent"}
    assert len(office.received) == len({one.message["Message-ID"] for one in office.received}) == 20


async def test_what_is_seen_to_already_is_not_mailed(db: Database, office: PostOffice, postman: Postman) -> None:
    """A notice that was acknowledged, or whose step has ended, is dropped; one whose step goes on is not."""
    await write(
        db,
        step_opened("c.a"),
        step_opened("c.b"),
        notice("seen"),
        notice("ended", "c.a"),
        notice("goes_on", "c.b"),
        e.NoticeAcknowledged(key="seen"),
        e.StepCompleted(step_id="c.a", outcome={}),
    )
    assert await postman.round()
    assert await states(db) == {"c/seen": "dropped", "c/ended": "dropped", "c/goes_on": "sent"}
    assert len(office.received) == 1


async def test_an_acknowledgement_at_the_last_moment_still_counts(db: Database, hour: Hour) -> None:
    """Acknowledged after the mail was taken up and before it is on the wire: nothing is sent."""
    letters = SqlOutbox(db, clock=hour)
    await write(db, notice("k"))
    assert [due.id for due in await letters.lease_due(owner="a", lease_s=9, limit=9)] == ["c/k"]
    await write(db, notice("k"), e.NoticeAcknowledged(key="k"))
    assert not await letters.begin("c/k", owner="a", lease_s=9)
    assert await states(db) == {"c/k": "dropped"}


async def test_only_whoever_holds_the_lease_may_begin(db: Database, hour: Hour) -> None:
    """A postman whose lease has ended sends nothing, whether or not another has taken the notice up."""
    letters = SqlOutbox(db, clock=hour)
    await write(db, notice("k"))
    await letters.lease_due(owner="slow", lease_s=9, limit=9)
    hour.move(seconds=9)
    assert not await letters.begin("c/k", owner="slow", lease_s=9)
    assert len(await letters.lease_due(owner="quick", lease_s=9, limit=9)) == 1
    assert not await letters.begin("c/k", owner="slow", lease_s=9)
    await letters.close("c/k", owner="slow", state=MailState.FAILED)
    assert await letters.begin("c/k", owner="quick", lease_s=9)


async def test_nobody_and_no_server_are_said_so(db: Database, office: PostOffice, postman: Postman, hour: Hour) -> None:
    """A role without people, and an installation without mail, leave a word and no heap of rows to try again."""
    await write(db, notice("k", role="doctor"))
    assert await postman.round()
    assert await states(db) == {"c/k": "nobody"}
    await write(db, notice("k", role="doctor"), notice("k2"))
    assert await Postman(SqlOutbox(db, clock=hour), None, now=hour, poll_s=1).round()
    assert await states(db) == {"c/k": "nobody", "c/k2": "off"}
    hour.move(days=1)
    assert not await postman.round()
    assert office.connections == 0


async def test_a_notice_for_one_person_goes_to_that_person(db: Database, office: PostOffice, postman: Postman) -> None:
    """Addressed to a user, it is not mailed to the rest of the role."""
    await write(db, notice("k", role="head", user="pavel"))
    assert await postman.round()
    assert office.addressed == [(PAVEL,)]


async def test_people_read_their_own_language_and_each_gets_one_mail(
    db: Database, office: PostOffice, postman: Postman, hour: Hour
) -> None:
    """Two languages are two mails; when one of them is refused, only that one is sent again."""
    await write(db, step_opened("c.a"), notice("k", "c.a", role="head"))
    office.refuses = {PAVEL}
    assert await postman.round()
    assert (office.addressed, await states(db)) == ([(JOHN,)], {"c/k": "pending"})
    office.refuses = set()
    hour.move(minutes=1)
    assert await postman.round()
    assert (office.addressed, await states(db)) == ([(JOHN,), (PAVEL,)], {"c/k": "sent"})
    english, russian = office.received
    assert english.subject == "A step is overdue: Step contact.first_contact"
    assert russian.subject == "Срок шага вышел: Шаг contact.first_contact"
    assert english.message["Message-ID"] != russian.message["Message-ID"]
    assert "https://marshrut.example.org/desk/cases/c" in russian.text


async def test_addresses_are_in_no_log(
    db: Database, office: PostOffice, postman: Postman, hour: Hour, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong, and however much is logged, nobody's address is in it."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as said:
        await write(db, notice("k1"), notice("k2", role="head"))
        office.refuses = {OLGA, JOHN}
        await postman.round()
        office.refuses = set()
        office.closed = True
        hour.move(minutes=2)
        await postman.round()
        office.closed, office.dies = False, True
        hour.move(minutes=5)
        await postman.round()
    assert {each["event"] for each in said} >= {"mail.recipient_refused", "mail.not_sent", "mail.uncertain"}
    # The post office tells all it hears, in a log of its own.
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    assert "@example" not in "".join([*map(repr, said), *ours])
