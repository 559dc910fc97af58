"""Blocks of the same work on each side, by turns, so that whatever else the machine does meets them all alike."""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import psutil

Figures = dict[str, float]


@dataclass
class Block:
    """What one side did in one go."""

    latencies: list[float] = field(default_factory=list)
    finished: int = 0
    elapsed: float = 0.0
    client_cpu: float = 0.0
    worker_cpu: float = 0.0
    server_cpu: float = 0.0

    def figures(self) -> Figures:
        """The block in numbers."""
        return {
            "p50_ms": 1000 * percentile(self.latencies, 50),
            "p99_ms": 1000 * percentile(self.latencies, 99),
            "per_s": self.finished / self.elapsed,
            "cpu_ms": 1000 * (self.client_cpu + self.worker_cpu) / self.finished,
            "worker_cpu_ms": 1000 * self.worker_cpu / self.finished,
            "server_cpu_ms": 1000 * self.server_cpu / self.finished,
        }


class Meter:
    """Times a block, and what it costs this process (the client), its worker and the server."""

    def __init__(self, worker: psutil.Process, server: psutil.Process) -> None:
        self._others = (worker, server)

    async def run(self, block: Block, work: Awaitable[object]) -> None:
        before, began = self._spent(), time.perf_counter()
        await work
        block.elapsed = time.perf_counter() - began
        block.client_cpu, block.worker_cpu, block.server_cpu = (
            now - then for now, then in zip(self._spent(), before, strict=True)
        )

    def _spent(self) -> list[float]:
        # Of others the system counts whole ticks of 10 ms, too coarse for a short block that this process does alone.
        return [time.process_time(), *(sum(process.cpu_times()[:2]) for process in self._others)]


@dataclass(frozen=True)
class Budget:
    """How long a comparison may take, and how many rounds it needs whatever they take."""

    seconds: float
    least: int


async def by_turns(
    sides: Mapping[str, Callable[[], Awaitable[Block]]], budget: Budget, told: str
) -> dict[str, list[Block]]:
    """Rounds of one block a side, every other round in the opposite order, while the budget lasts."""
    blocks: dict[str, list[Block]] = {name: [] for name in sides}
    order = list(sides)
    began, rounds, longest = time.perf_counter(), 0, 0.0
    while rounds < budget.least or time.perf_counter() - began + longest < budget.seconds:
        started = time.perf_counter()
        for name in order:
            blocks[name].append(await sides[name]())
        order.reverse()
        rounds += 1
        longest = max(longest, time.perf_counter() - started)
    say(f"{told}: {rounds} rounds in {time.perf_counter() - began:.0f} s")
    return blocks


def summary(blocks: Mapping[str, Sequence[Block]], wanted: Iterable[str]) -> dict[str, object]:
    """The median of each wanted figure, a side."""
    found: dict[str, object] = {}
    for name, each in blocks.items():
        figures = [block.figures() for block in each]
        found[name] = {key: rounded(statistics.median(row[key] for row in figures)) for key in wanted}
    return found


def ratio(over: Sequence[Block], under: Sequence[Block], figure: str) -> Figures:
    """One side over another, round by round: the median and the spread."""
    ratios = [a.figures()[figure] / b.figures()[figure] for a, b in zip(over, under, strict=True)]
    return {
        "median": rounded(statistics.median(ratios)),
        "low": rounded(min(ratios)),
        "high": rounded(max(ratios)),
        "rounds": len(ratios),
    }


def ratios(
    blocks: Mapping[str, Sequence[Block]],
    over: str,
    under: str,
    figures: Sequence[str] = ("p50_ms", "p99_ms", "per_s", "cpu_ms", "server_cpu_ms"),
) -> dict[str, Figures]:
    """Several figures of one side over another's."""
    return {figure.removesuffix("_ms"): ratio(blocks[over], blocks[under], figure) for figure in figures}


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least so many percent do not exceed."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def rounded(value: float) -> float:
    """Three significant digits: more would promise what a shared machine cannot hold."""
    return float(f"{value:.3g}")


def say(text: str) -> None:
    """Progress, for whoever waits."""
    print(text, file=sys.stderr, flush=True)
