"""`python -m bench [--quick] [--only NAME]`: progress on standard error, one JSON object as the last line of output."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import psutil
import temporalio
import uvloop

from bench import audited, authorised, fresh, growth, in_clear, intake, lists, mllp, timers
from bench.comparisons import Bench, Json
from bench.ground import WORKERS, ground
from bench.measure import say

COMPARISONS: Mapping[str, Callable[[Bench], Awaitable[Json]]] = {
    "step": Bench.step,
    "journey": Bench.journey,
    "cost": Bench.cost,
    "http": Bench.http,
    "encryption": in_clear.compare,
    "audit": audited.compare,
    "authorisation": authorised.compare,
    "timers": timers.compare,
    "intake": intake.compare,
    "mllp": mllp.compare,
    "growth": growth.compare,
    "fresh": fresh.measure,
    "lists": lists.compare,
}
# Only when named: a million cases take a quarter of an hour to load, and twenty gigabytes.
NAMED_ONLY = {"lists"}
# Nothing of bare Temporal stands beside these, so its workers need not start.
ALONE = {"audit", "authorisation", "encryption", "fresh", "lists"}
# What the service promises (name, where it stands, aim, whether more is better).
AIMS = (
    ("step_p50", ("step", "clients_1", "ratio", "p50", "median"), 1.3, False),
    ("step_p50_8_clients", ("step", "clients_8", "ratio", "p50", "median"), 1.3, False),
    ("journeys_per_s", ("journey", "clients_1", "ratio", "per_s", "median"), 0.8, True),
    ("journeys_per_s_8_clients", ("journey", "clients_8", "ratio", "per_s", "median"), 0.8, True),
    ("events_per_step", ("cost", "marshrut", "events_per_step"), 9, False),
    ("actions_per_step", ("cost", "marshrut", "actions_per_step"), 3, False),
    ("encryption_p50", ("encryption", "clients_1", "ratio", "p50", "median"), 1.15, False),
    ("encryption_p50_8_clients", ("encryption", "clients_8", "ratio", "p50", "median"), 1.15, False),
    ("audit_change_p50", ("audit", "change_1", "ratio", "p50", "median"), 1.15, False),
    ("audit_read_p50", ("audit", "read_1", "ratio", "p50", "median"), 1.05, False),
    ("authorisation_change_p50", ("authorisation", "change_1", "ratio", "p50", "median"), 1.15, False),
    ("authorisation_read_p50", ("authorisation", "read_1", "ratio", "p50", "median"), 1.15, False),
    ("authorisation_list_p50", ("authorisation", "list_1", "ratio", "p50", "median"), 1.15, False),
    ("events_per_rung", ("timers", "cost", "marshrut", "events_per_rung"), 12, False),
    ("actions_per_rung", ("timers", "cost", "marshrut", "actions_per_rung"), 3, False),
    ("rungs_per_s", ("timers", "ratio", "per_s", "median"), 0.8, True),
    ("acknowledged_per_s", ("intake", "senders_1", "ratio", "receive", "per_s", "median"), 0.5, True),
    ("acknowledged_per_s_8_senders", ("intake", "senders_8", "ratio", "receive", "per_s", "median"), 0.5, True),
    ("mllp_per_s", ("mllp", "connections_1", "ratio", "per_s", "median"), 0.4, True),
    ("mllp_per_s_50_connections", ("mllp", "connections_50", "ratio", "per_s", "median"), 0.4, True),
    ("mllp_p99_while_thousands_wait", ("mllp", "connections_1", "waiting_ratio", "p99", "median"), 1.5, False),
    ("mllp_memory", ("mllp", "memory", "grown"), 1.1, False),
    ("visible_p99_ms", ("fresh", "visible", "p99_ms", "median"), 250, False),
    ("stuck_p99_ms", ("lists", "stuck_p99_ms"), 10, False),
    ("growth_to_a_million", ("lists", "growth"), 1.5, False),
    ("step_after_500_events", ("growth", "ratio_500", "p50", "median"), 1.5, False),
)


async def run(names: tuple[str, ...], *, quick: bool, glance: bool = False, soak: bool = False) -> Json:
    """Measure what is named."""
    began = time.perf_counter()
    say("starting Temporal, workers and API")
    found: Json = {}
    async with ground(WORKERS if set(names) - ALONE else ("marshrut",)) as standing:
        bare, sealed = await standing.bare_client("bare"), await standing.bare_client("sealed")
        bench = Bench(standing, bare, sealed, quick=quick, glance=glance, soak=soak)
        await bench.warm_up()
        for name in names:
            found[name] = await COMPARISONS[name](bench)
    return {
        "quick": quick,
        "python": platform.python_version(),
        "temporalio": temporalio.__version__,
        "cores": psutil.cpu_count(),
        "seconds": round(time.perf_counter() - began),
        **found,
        "aims": _aims(found),
    }


def _aims(found: Json) -> Json:
    aims: Json = {}
    for name, path, aim, more in AIMS:
        if path[0] in found:
            measured: Any = found
            for part in path:
                measured = measured[part]
            aims[name] = {"aim": aim, "measured": measured, "met": measured >= aim if more else measured <= aim}
    return aims


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Marshrut beside bare Temporal, as ratios.")
    parser.add_argument("--quick", action="store_true", help="a look: few rounds, wide spread")
    parser.add_argument("--glance", action="store_true", help="less than quick: whether everything works, no more")
    parser.add_argument("--only", choices=COMPARISONS, action="append", help="only this comparison (may be repeated)")
    parser.add_argument("--soak", action="store_true", help="mllp: a hundred thousand messages wait, not ten thousand")
    given = parser.parse_args()
    names = tuple(given.only or (name for name in COMPARISONS if name not in NAMED_ONLY))
    print(json.dumps(await run(names, quick=given.quick or given.glance, glance=given.glance, soak=given.soak)))
    # A process that leaves within milliseconds of a call to Temporal may abort.
    await asyncio.sleep(0.2)


if __name__ == "__main__":
    uvloop.run(_main())  # as the API's process has it
