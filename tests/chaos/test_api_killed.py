from __future__ import annotations

import asyncio
import os
from itertools import chain

import pytest

from marshrut.domain.words import Role
from tests.chaos.callers import Ground, admit, work
from tests.chaos.checker import faults
from tests.chaos.installation import Installation
from tests.chaos.kill_points import Point

pytestmark = pytest.mark.chaos

ROUNDS = int(os.environ.get("MARSHRUT_CHAOS_ROUNDS", "1"))
ROLES = (Role.COORDINATOR, Role.COORDINATOR, Role.COORDINATOR, Role.COORDINATOR, Role.SUPERVISOR, Role.SUPERVISOR)


@pytest.mark.parametrize("point", [Point.INTENT, Point.UPDATE, Point.COMMIT])
async def test_six_callers_on_one_case(whole: Installation, point: Point) -> None:
    """Six callers on one case lose and repeat nothing, wherever in the write path the API dies under them."""
    api, _ = await whole.start_api([point]), await whole.start_worker()
    case, admitted = await admit(whole, "one")
    ground = Ground([case])
    todo = [work(whole, f"{role}-{n}", ground, deeds=10 * ROUNDS, role=role) for n, role in enumerate(ROLES)]
    deeds = [admitted, *chain.from_iterable(await asyncio.gather(*todo))]
    found, evidence = await faults(whole, deeds)
    assert not found, f"{found}\n{evidence}"
    print("KILLS", api.kills, "COMMANDS", len(evidence.commands), "RUNS", await whole.runs(case), "CALLS", sum(d.calls for d in deeds), {t: sum(d.told is t for d in deeds) for t in set(d.told for d in deeds)})
    assert api.kills >= 4
    assert await whole.runs(case) >= 5
