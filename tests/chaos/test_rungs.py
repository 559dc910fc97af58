from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from marshrut.adapters.directory import YamlDirectory
from marshrut.adapters.mail.smtp import SmtpMailer
from marshrut.dispatch.letter import Letters, Place
from marshrut.dispatch.postman import Delivery, Postman
from marshrut.domain import events as e
from marshrut.domain.words import Role
from marshrut.ports import MailState
from marshrut.store.codec import event_of
from marshrut.store.outbox import SqlOutbox
from marshrut.store.queries import SqlQueries
from marshrut.store.tables import journal, notifications, outbox
from tests.chaos.callers import Caller, Deed, Told, ad_hoc, admit
from tests.chaos.checker import faults
from tests.chaos.installation import HOSPITAL, ROUNDS, Installation, now
from tests.chaos.kill_points import Point
from tests.fixtures.post import PostOffice, titles
from tests.fixtures.processes import Program, eventually
from tests.fixtures.shipped import shipped

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300 * ROUNDS)]

CASES, STEPS = 3, 5 * ROUNDS
SENDER = "marshrut@example.org"
TOLD = (Role.COORDINATOR, Role.SUPERVISOR, Role.HEAD, Role.PLACEMENT)
LADDER = ("amber", "breach", "grave", "centre")


async def test_worker_and_postman_die_while_rungs_fall_due(whole: Installation, office: PostOffice) -> None:
    """However often workers die, each rung that is climbed is told once and mailed at most once, and none is lost.

    A postman lives in each worker. One worker dies with a mail marked and not sent, the other with one sent and not
    written down, and both of them at any moment.
    """
    people = whole.folder / "people.yaml"
    entries = "".join(f"  - {{ user: {role}, role: {role}, mail: {role}@example.org }}\n" for role in TOLD)
    people.write_text(f"people:\n{entries}", encoding="utf-8")
    mail = {
        "MARSHRUT_SMTP_URL": f"smtp://127.0.0.1:{office.port}",
        "MARSHRUT_MAIL_FROM": SENDER,
        "MARSHRUT_DIRECTORY": str(people),
    }
    await whole.start_api()
    workers = [await whole.start_worker(point, lives=3, **mail) for point in (Point.BEGUN, Point.MAILED)]
    admitted = [await admit(whole, f"visit-{number}") for number in range(CASES)]
    steps, ends = await _steps_due_soon(whole, [case for case, _ in admitted])
    await _kill_until(ends, workers)

    async def all_at_the_top() -> bool:
        return len(await _escalated(whole, "centre")) == len(steps)

    await eventually("every step is at the top of its ladder", all_at_the_top, within_s=120, every_s=0.5)
    found, evidence = await faults(whole, [*steps, *(deed for _, deed in admitted)])
    assert not found, f"{found}\n{evidence}"
    assert [await worker.end() for worker in workers] == [0, 0], whole.logs()
    assert min(worker.kills for worker in workers) >= 2
    await _each_rung_is_told_once(whole)
    await _each_mail_goes_at_most_once(whole, office, people)


async def _steps_due_soon(whole: Installation, cases: Sequence[str]) -> tuple[list[Deed], datetime]:
    """Steps of people's own, due within seconds, and when the last rung of the last of them is reached."""
    chance = random.Random(STEPS)
    deeds, ends = [], now()
    async with whole.http("coordinator") as http:
        for number in range(STEPS):
            for case in cases:
                deed, due_at = await _due_soon(http, f"due-{case}-{number}", case, chance)
                deeds.append(deed)
                ends = max(ends, now() + 2 * (due_at - now()))
    return deeds, ends


async def _due_soon(http: httpx.AsyncClient, name: str, case: str, chance: random.Random) -> tuple[Deed, datetime]:
    """A step, and when it is due: later, where the machine was so busy that it was due before it was there."""
    for attempt in range(3):
        due_at = now() + timedelta(seconds=chance.uniform(2, 6) * 2**attempt)
        deed = await Caller(http).carry(ad_hoc(f"{name}-{attempt}", case, due_at=due_at.isoformat()))
        if deed.told is Told.DONE:
            return deed, due_at
    raise AssertionError(f"{name}: refused three times")


async def _kill_until(ends: datetime, workers: Sequence[Program]) -> None:
    chance = random.Random(len(workers))
    while now() < ends:
        await asyncio.sleep(chance.uniform(0.5, 1.5))
        await chance.choice(workers).kill()


async def _events(whole: Installation) -> list[e.Event]:
    rows = await whole.rows(sa.select(journal).order_by(journal.c.case_id, journal.c.seq))
    return [event_of(row) for row in rows]


async def _escalated(whole: Installation, rung: str) -> list[e.StepEscalated]:
    bodies = [event.body for event in await _events(whole)]
    return [body for body in bodies if isinstance(body, e.StepEscalated) and body.rung == rung]


async def _each_rung_is_told_once(whole: Installation) -> None:
    """Of each step each rung once and upwards, each with one notice in the journal, in SQL and in the outbox."""
    bodies = [event.body for event in await _events(whole)]
    climbed = [body for body in bodies if isinstance(body, e.StepEscalated)]
    told = [body for body in bodies if isinstance(body, e.PeopleTold)]
    for step in {body.step_id for body in climbed}:
        numbers = [body.climbed for body in climbed if body.step_id == step]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] == len(LADDER)
    whom = dict(zip(LADDER, ("owner", *TOLD[1:]), strict=True))
    keys = Counter(f"rung/{body.step_id}/{body.rung}.0/{whom[body.rung]}" for body in climbed)
    assert Counter(body.key for body in told) == keys
    assert set(keys.values()) == {1}
    notices = await whole.rows(sa.select(notifications.c.id, notifications.c.key))
    assert Counter(row.key for row in notices) == keys
    mails = await whole.rows(sa.select(outbox.c.id))
    assert {row.id for row in mails} == {row.id for row in notices}


async def _each_mail_goes_at_most_once(whole: Installation, office: PostOffice, people: Path) -> None:
    """What was sent came once, what is uncertain once or never; another postman ends what the dead ones left."""
    await _an_hour_later(whole, office, people)
    states = Counter(row.state for row in await whole.rows(sa.select(outbox.c.state)))
    assert set(states) <= {MailState.SENT, MailState.UNCERTAIN}
    assert states[MailState.SENT] > 0
    came = [one.message["Message-ID"] for one in office.received]
    assert len(came) == len(set(came))
    assert states[MailState.SENT] <= len(came) <= states.total()


async def _an_hour_later(whole: Installation, office: PostOffice, people: Path) -> None:
    """Have a postman see to everything whose lease has ended by then."""

    def later() -> datetime:
        return now() + timedelta(hours=1)

    title = {"ru": HOSPITAL, "en": HOSPITAL}
    letters = Letters(titles(shipped().title), lambda _code: Place(title, "Europe/Moscow"), None)
    mailer = SmtpMailer(office.server, SENDER, now=later)
    delivery = Delivery(YamlDirectory.read(people, {HOSPITAL}), letters, SqlQueries(whole.db).case, mailer)
    postman = Postman(SqlOutbox(whole.db, clock=later), delivery, now=later, poll_s=0.1)
    while await postman.round():
        pass
