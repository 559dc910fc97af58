"""Whom a row is about, in short."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from api.web.people import who
from api.web.words import Words
from marshrut.domain.words import Role
from marshrut.ports import Caller
from tests.fixtures.system import System


async def test_a_birthday_begins_at_the_hospitals_midnight(system: System) -> None:
    """Somebody is a year older from the midnight of the hospital on, not three hours later."""
    patient = {"identified": True, "mrn": "born-1", "family": "Годова", "given": "Ольга", "birth_date": "1958-04-17"}
    case = await system.parts.api.queries.case(await system.admit(patient=patient))
    assert case is not None
    caller = Caller("anna", Role.COORDINATOR, frozenset({"GKB29"}))
    for at, years in ((datetime(2026, 4, 16, 20, 59, tzinfo=UTC), 67), (datetime(2026, 4, 16, 21, 1, tzinfo=UTC), 68)):
        parts = replace(system.parts.api, now=partial(datetime.astimezone, at, UTC))
        assert (await who([case], parts, caller, Words("en")))[case.case_id].name.endswith(f", {years}")
