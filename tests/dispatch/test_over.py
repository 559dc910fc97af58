"""What a hospital tells of a case that left the engine long ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

from marshrut.dispatch.owners import Owners
from marshrut.dispatch.write_path import WritePath
from marshrut.domain import events as e
from marshrut.domain.commands import Command, JourneyStart, Limits
from marshrut.domain.variants import Opening
from marshrut.domain.words import Ending
from marshrut.ports import Format, JourneyGone
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.queries import SqlQueries
from marshrut.store.staff import SqlStaff
from marshrut.store.types import utc_now
from tests.fixtures.cases import CATALOGUE
from tests.store.stories import event, fresh_id, message, opened


class Gone:
    """An engine from which every journey has gone."""

    async def open(self, start: JourneyStart, command: Command) -> NoReturn:  # noqa: ARG002 - a port's method
        """It ran and is over."""
        raise JourneyGone

    async def send(self, case_id: str, command: Command) -> NoReturn:  # noqa: ARG002 - a port's method
        """It ran and is over."""
        raise JourneyGone

    async def state(self, case_id: str) -> NoReturn:  # noqa: ARG002 - a port's method
        """It ran and is over."""
        raise JourneyGone

    async def ready(self) -> bool:
        """It answers."""
        return True


async def test_news_of_an_archived_case_is_done_and_a_persons_word_is_refused(db: Database) -> None:
    """Its sender has done its part: done, with the reason. Whoever calls is told that it is too late."""
    commands, queries = SqlCommands(db), SqlQueries(db)
    path = WritePath(
        commands,
        queries,
        Gone(),
        catalogue=lambda _: Opening(CATALOGUE, {}),
        readmitted_within=lambda _: timedelta(days=30),
        owners=Owners(SqlStaff(db), now=utc_now),
        limits=Limits(),
        now=utc_now,
        answer_within_s=5,
        lease_s=20,
    )
    await SqlJournal(db).write("c", [event(1, opened()), event(2, e.CaseClosed(ending=Ending.DIED))])
    news = replace(message("c"), format=Format.HL7V2, fingerprint=fresh_id("body"))
    said = replace(message("c"), fingerprint=fresh_id("body"))
    found = {intent.id: await path.submit(intent) for intent in (news, said)}
    assert [(found[each.id].state, found[each.id].code) for each in (news, said)] == [
        ("done", "case_archived"),
        ("rejected", "case_archived"),
    ]
