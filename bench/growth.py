"""What a step costs in a case where much has happened already."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from bench.comparisons import Bench, Json
from bench.measure import Block, by_turns, ratios, summary
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
TIMED = 20
# A run that is full hands over after a second without commands; what it hands over is part of what is timed after it.
REST_S = 2.0
DONE: OutcomeCodes = {"result": "done"}


async def compare(bench: Bench) -> Json:
    """A comment on an ad hoc step and its completion, in cases of different length."""
    longest = {str(size): 0 for size in SIZES}

    async def block(size: int) -> Block:
        case = await _grown(bench.marshrut, size)
        await asyncio.sleep(REST_S)
        return await _timed(bench, case, longest, str(size))

    sides = {str(size): partial(block, size) for size in SIZES}
    blocks = await by_turns(sides, bench.budget(60), "growth")
    return {
        **summary(blocks, ("p50_ms", "cpu_ms", "worker_cpu_ms", "server_cpu_ms")),
        "events_at_the_end": longest,
        "samples": sum(len(each.latencies) for each in blocks["0"]),
        **{f"ratio_{size}": ratios(blocks, str(size), "0", ("p50_ms", "cpu_ms")) for size in SIZES[1:]},
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


async def _timed(bench: Bench, case: str, longest: dict[str, int], name: str) -> Block:
    marshrut, timed = bench.marshrut, 5 if bench.quick else TIMED
    steps = [await _added(marshrut, case) for _ in range(timed)]
    block = Block(finished=2 * timed)

    async def work() -> None:
        for step in steps:
            began = time.perf_counter()
            await _comment(marshrut, case, step)
            commented = time.perf_counter()
            verdict = await marshrut.command(case, c.Complete(step_id=step, outcome=DONE))
            block.latencies += commented - began, time.perf_counter() - commented
            longest[name] = max(longest[name], verdict.events[-1].seq)

    await bench.meter(marshrut.name).run(block, work())
    return block


async def _added(marshrut: Marshrut, case: str) -> str:
    verdict = await marshrut.command(case, c.AddStep(role=Role.COORDINATOR), {"title": COMMENT})
    return step_id(case, ADHOC, ADHOC, verdict.command_id)


async def _comment(marshrut: Marshrut, case: str, step: str) -> None:
    await marshrut.command(case, c.Comment(step_id=step), {"text": COMMENT})
