"""What a step costs in a case where much has happened already."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping

from bench.comparisons import Bench, Json
from bench.measure import Block, ratios, say, summary
from bench.subjects import COMMENT, Marshrut
from marshrut.domain import commands as c
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.ids import step_id
from marshrut.domain.state import ADHOC
from marshrut.domain.words import Role

# Events that people caused before the first step that is timed.
SIZES = (0, 250, 500)
# An ad hoc step is added, claimed, commented on and completed.
EVENTS_A_STEP = 4
HANDS = 8
# Steps that are timed in each case of a set. A quick look is content with a tenth of the events.
TIMED, TIMED_QUICKLY = 25, 8
A_QUICK_LOOK = 10
# A run that is full hands over after a second without commands; what it hands over is part of what is timed after it.
REST_S = 2.0
DONE: OutcomeCodes = {"result": "done"}


async def compare(bench: Bench) -> Json:
    """A comment on an ad hoc step and its completion, in cases of different length."""
    blocks: dict[str, list[Block]] = {str(size): [] for size in SIZES}
    events: dict[str, int] = {}
    budget, began = bench.budget(60), time.perf_counter()
    while len(blocks["0"]) < budget.least or time.perf_counter() - began < budget.seconds:
        share = A_QUICK_LOOK if bench.quick else 1
        cases = {str(size): await _grown(bench.marshrut, size // share) for size in SIZES}
        await asyncio.sleep(REST_S)
        for size, timed in (await _timed(bench, cases)).items():
            blocks[size].append(timed)
        events = {size: await _length(bench, case) for size, case in cases.items()}
        say(f"growth: cases of {', '.join(map(str, events.values()))} events")
    return {
        **summary(blocks, ("p50_ms", "p99_ms")),
        "events_at_the_end": events,
        "samples": sum(len(each.latencies) for each in blocks["0"]),
        **{f"ratio_{size}": ratios(blocks, str(size), "0", ("p50_ms", "p99_ms")) for size in SIZES[1:]},
    }


async def _grown(marshrut: Marshrut, events: int) -> str:
    """A new case in which so much has happened."""
    case = await marshrut.begin(())

    async def work(steps: int) -> None:
        for _ in range(steps):
            step = await _added(marshrut, case)
            await marshrut.command(case, c.Claim(step_id=step))
            await _comment(marshrut, case, step)
            await marshrut.command(case, c.Complete(step_id=step, outcome=DONE))

    steps = events // EVENTS_A_STEP
    await asyncio.gather(*(work(len(range(hand, steps, HANDS))) for hand in range(HANDS)))
    return case


async def _timed(bench: Bench, cases: Mapping[str, str]) -> dict[str, Block]:
    """By turns of one step each, in an order drawn anew: a machine that is busy now and then meets all sizes alike."""
    marshrut, chance = bench.marshrut, random.Random(0)
    turns = TIMED_QUICKLY if bench.quick else TIMED
    blocks = {size: Block(finished=2 * turns) for size in cases}
    for _ in range(turns):
        for size, case in chance.sample(list(cases.items()), len(cases)):
            step = await _added(marshrut, case)
            began = time.perf_counter()
            await _comment(marshrut, case, step)
            commented = time.perf_counter()
            await marshrut.command(case, c.Complete(step_id=step, outcome=DONE))
            blocks[size].latencies += commented - began, time.perf_counter() - commented
            blocks[size].elapsed += time.perf_counter() - began
    return blocks


async def _length(bench: Bench, case: str) -> int:
    held = await bench.ground.parts.api.queries.case(case)
    assert held is not None
    return held.seq


async def _added(marshrut: Marshrut, case: str) -> str:
    verdict = await marshrut.command(case, c.AddStep(role=Role.COORDINATOR), {"title": COMMENT})
    return step_id(case, ADHOC, ADHOC, verdict.command_id)


async def _comment(marshrut: Marshrut, case: str, step: str) -> None:
    await marshrut.command(case, c.Comment(step_id=step), {"text": COMMENT})
