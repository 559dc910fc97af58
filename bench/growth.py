"""What a step costs in a case where much has happened already."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from bench.comparisons import Bench, Json
from bench.measure import Block, Budget, by_turns, ratios, summary
from bench.subjects import COMMENT, Marshrut
from marshrut.domain import commands as c
from marshrut.domain.decide import ADHOC
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.ids import step_id
from marshrut.domain.words import Role

# Events that people caused before the first step that is timed.
SIZES = (0, 250, 500)
# An ad hoc step is added, claimed, commented on and completed.
EVENTS_A_STEP = 4
HANDS = 8
# Cases of all sizes take turns of so few steps, so that a machine that is busy now and then meets them alike.
TURNS = 5
STEPS_A_TURN = 4
# A run that is full hands over after a second without commands; what it hands over is part of what is timed after it.
REST_S = 2.0
DONE: OutcomeCodes = {"result": "done"}


async def compare(bench: Bench) -> Json:
    """A comment on an ad hoc step and its completion, in cases of different length."""
    blocks: dict[str, list[Block]] = {str(size): [] for size in SIZES}
    longest = dict.fromkeys(blocks, 0)
    budget, began, sets = bench.budget(60), time.perf_counter(), 0
    while sets < budget.least or time.perf_counter() - began < budget.seconds:
        cases = {str(size): await _grown(bench.marshrut, size) for size in SIZES}
        await asyncio.sleep(REST_S)
        sides = {size: partial(_timed, bench, case) for size, case in cases.items()}
        for size, timed in (await by_turns(sides, Budget(0, TURNS), "growth, one of each size")).items():
            blocks[size] += timed
        for size, case in cases.items():
            longest[size] = max(longest[size], await _length(bench, case))
        sets += 1
    return {
        "sets": sets,
        **summary(blocks, ("p50_ms", "cpu_ms", "worker_cpu_ms", "server_cpu_ms")),
        "events_at_the_end": longest,
        "samples": sum(len(each.latencies) for each in blocks["0"]),
        **{f"ratio_{size}": ratios(blocks, str(size), "0", ("p50_ms",)) for size in SIZES[1:]},
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


async def _timed(bench: Bench, case: str) -> Block:
    marshrut = bench.marshrut
    steps = [await _added(marshrut, case) for _ in range(STEPS_A_TURN)]
    block = Block(finished=2 * STEPS_A_TURN)

    async def work() -> None:
        for step in steps:
            began = time.perf_counter()
            await _comment(marshrut, case, step)
            commented = time.perf_counter()
            await marshrut.command(case, c.Complete(step_id=step, outcome=DONE))
            block.latencies += commented - began, time.perf_counter() - commented

    await bench.meter(marshrut.name).run(block, work())
    return block


async def _length(bench: Bench, case: str) -> int:
    held = await bench.ground.parts.api.queries.case(case)
    assert held is not None
    return held.seq


async def _added(marshrut: Marshrut, case: str) -> str:
    verdict = await marshrut.command(case, c.AddStep(role=Role.COORDINATOR), {"title": COMMENT})
    return step_id(case, ADHOC, ADHOC, verdict.command_id)


async def _comment(marshrut: Marshrut, case: str, step: str) -> None:
    await marshrut.command(case, c.Comment(step_id=step), {"text": COMMENT})
