"""The page of absences and handovers: a refused answer stands at its handover with everything that was chosen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest_asyncio

from marshrut.domain import commands as c
from marshrut.domain.words import Role
from marshrut.store.database import Database
from tests.api.web.test_board import window
from tests.fixtures.cases import ANNA, HOUR, NOON
from tests.fixtures.counter import Counter, served
from tests.fixtures.office import HOSPITAL, Office
from tests.fixtures.system import System


@pytest_asyncio.fixture
async def counter(system: System, sqlite_url: str) -> AsyncIterator[Counter]:
    """Anna, Boris and Vera coordinate."""
    db = Database(sqlite_url)
    office = Office(db)
    for user in ("anna", "boris", "vera"):
        await office.put(user)
    async with served(system, office) as counter:
        yield counter
    await db.close()


async def test_a_refused_answer_stands_at_its_handover_with_what_was_chosen(counter: Counter) -> None:
    """Of two that wait the one that was answered says what is wrong; reason and words are kept there alone."""
    offered = []
    for giver in ("anna", "vera"):
        step_id = await counter.step(NOON + HOUR)
        await counter.tell(step_id, c.Claim(step_id=step_id), actor=ANNA.model_copy(update={"user": giver}))
        body = {"hospital": HOSPITAL, "to": "boris"}
        answer = await counter.call("POST", "/handovers", body, role=Role.COORDINATOR, user=giver)
        assert answer.status_code == 201, answer.text
        offered.append(answer.json()["id"])
    boris = await window(counter, Role.COORDINATOR, "boris")
    page = await boris.get("/desk/shift")
    reasons = re.findall(r'<option value="([\w.]+)"', page[page.index('name="reason"') :][:2000])
    form = {"hospital": HOSPITAL, "reason": reasons[1], "note": "много " * 900}
    refused = await boris.post(f"/desk/shift/handovers/{offered[0]}/decline", form, status=422, part=False)
    assert refused.count("Запрос заполнен неверно (примечание)") == 1
    first, second = (refused[refused.index(f'id="handover-{name}"') :] for name in offered)
    assert f'<option value="{reasons[1]}" selected>' in first[: first.index("</section>")]
    assert "много много" in first[: first.index("</section>")]
    assert " selected>" not in second[: second.index("</section>")]
    assert "много много" not in second[: second.index("</section>")]
