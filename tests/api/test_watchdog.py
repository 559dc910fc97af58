"""What people are told of the machine itself."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from api.views.watch import FOUND, MENDED
from marshrut.domain.watching import Ill, Mended
from marshrut.domain.words import Role
from marshrut.store.commands import SqlCommands
from marshrut.store.tables import commands, findings
from tests.fixtures.system import HOSPITAL, System
from tests.store.stories import intent


def test_everything_that_can_be_found_or_mended_has_words() -> None:
    """In both languages, and of what is found also what it means: a sentence at least."""
    assert FOUND.keys() == {*Ill}
    assert MENDED.keys() == {*Mended}
    for words in (*FOUND.values(), *MENDED.values()):
        assert words.ru
        assert words.en
        assert words.ru != words.en
    assert all(words.ru.endswith(".") and words.en.endswith(".") for words in FOUND.values())


async def test_how_fresh_the_lists_are_is_told_of_ones_own_hospitals(system: System) -> None:
    """A command that waits in another hospital is no lag of mine; of mine it is one, by its age."""
    now = system.parts.api.now()
    since = now - timedelta(days=3650)  # before whatever else waits in the system that all tests share
    told = intent("nobody", id=secrets.token_hex(8), hospital="NIIDHT")
    await SqlCommands(system.parts.db, clock=lambda: since).intend(told, owner="a", lease_s=600)
    try:
        mine = await system.get("/api/v1/freshness", Role.COORDINATOR)
        assert datetime.fromisoformat(mine["data_on"]) > since + timedelta(days=3600)
        headers = system.token(Role.COORDINATOR, "there", "NIIDHT")
        theirs = (await system.http.get("/api/v1/freshness", headers=headers)).json()
        assert datetime.fromisoformat(theirs["data_on"]) == since
        age_s = timedelta(days=3650).total_seconds()
        assert theirs["pending"] >= 1
        assert age_s <= theirs["lag_s"] < age_s + 60
    finally:
        async with system.parts.db.write() as conn:
            await conn.execute(commands.delete().where(commands.c.id == told.id))


async def test_what_stands_is_paged_and_told_to_whoever_may_see_the_hospital(system: System) -> None:
    """Oldest first, in pages; nothing of it to another hospital; a cursor of another list is none."""
    now = system.parts.api.now()
    ages_ago = now - timedelta(days=3650)  # before whatever else stands in the system that all tests share
    rows = [
        {
            "case_id": f"ill{number}",
            "hospital": HOSPITAL,
            "code": Ill.NO_WORKER,
            "since": ages_ago - timedelta(days=number),
        }
        for number in range(3)
    ]
    async with system.parts.db.write() as conn:
        await conn.execute(findings.insert(), [row | {"last_seen": now} for row in rows])
    try:
        first = await system.get("/api/v1/watchdog", Role.AUDITOR, limit=2)
        rest = await system.get("/api/v1/watchdog", Role.AUDITOR, limit=2, cursor=first["next"])
        shown = [each["case_id"] for each in (*first["items"], *rest["items"])]
        assert shown[:3] == ["ill2", "ill1", "ill0"]
        assert first["items"][0]["title"] == FOUND[Ill.NO_WORKER].model_dump()
        headers = system.token(Role.SUPERVISOR, "there", "NIIDHT")
        theirs = (await system.http.get("/api/v1/watchdog", headers=headers)).json()["items"]
        assert {each["hospital"] for each in theirs} <= {"NIIDHT", None}  # what is of no hospital is everybody's
        headers = system.token(Role.SUPERVISOR)
        answer = await system.http.get("/api/v1/watchdog", params={"cursor": "c3RlcHM6MQ=="}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
    finally:
        async with system.parts.db.write() as conn:
            await conn.execute(findings.delete().where(findings.c.case_id.in_([row["case_id"] for row in rows])))
