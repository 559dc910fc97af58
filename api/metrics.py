"""The figures for a monitoring system: counted as the lists count, by hospital, in codes only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from api.access import sees_all
from api.parts import ApiParts
from marshrut.domain.stuck import Why
from marshrut.domain.watching import Ill, Mended
from marshrut.ports import (
    Caller,
    CaseFilter,
    CommandState,
    Counted,
    Lag,
    Round,
    Standing,
    StepFilter,
    StuckFilter,
)

ByHospital = Mapping[str, int]
# Figures are counted once in so many seconds, however many scrapers ask.
KEPT_S = 10.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is told, of one instant and one scope."""

    hospitals: tuple[str, ...]
    cases: ByHospital
    steps: Mapping[str, ByHospital]
    stuck: Mapping[str, Counted]
    commands: Mapping[CommandState, ByHospital]
    lag: Lag
    findings: Mapping[tuple[str | None, Ill], int]
    mended: Mapping[tuple[str, Mended], int]
    last: Round | None
    webhooks: Mapping[str, Standing]


async def figures(parts: ApiParts, caller: Caller, now: datetime) -> Figures:
    """The figures of the caller's hospitals at this instant.

    Raises:
        Unavailable: SQL does not answer.
    """
    scope = caller.hospitals
    of = {
        "open": StepFilter(scope, caller.onlooker, state="live"),
        "overdue": StepFilter(scope, caller.onlooker, overdue_at=now),
        "blocked": StepFilter(scope, caller.onlooker, state="blocked"),
    }
    cases = [CaseFilter(scope, caller.onlooker, state=state) for state in ("open", "paused")]
    open_cases = [await parts.counts.cases(each) for each in cases]
    findings, mended = await parts.watch.counts(scope)
    return Figures(
        hospitals=tuple(sorted(code for code in parts.zones if caller.sees(code))),
        cases=_sum(*open_cases),
        steps={name: await parts.counts.steps(which) for name, which in of.items()},
        stuck=await parts.stuck.counts(StuckFilter(scope, caller.onlooker), now),
        commands={
            state: await parts.counts.commands(state, scope)
            for state in (CommandState.PENDING, CommandState.HELD, CommandState.PARKED)
        },
        lag=(await parts.freshness.lags(now)).of(scope),
        findings=findings,
        mended=mended,
        last=await parts.watch.last(),
        webhooks=await parts.webhooks.standings(
            [each.id for each in await parts.webhooks.every() if sees_all(caller, each.hospitals)]
        ),
    )


def _sum(*counts: ByHospital) -> ByHospital:
    return {code: sum(each.get(code, 0) for each in counts) for code in {code for each in counts for code in each}}


def exposed(told: Figures, accept: str = "") -> tuple[bytes, str]:
    """The figures as text for whoever accepts that, and which format it is."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(told))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Told(Collector):
    """The figures as a collector. A hospital without anything has its zero, so that an alert finds the series."""

    def __init__(self, told: Figures) -> None:
        self._told = told

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        told = self._told
        yield self._gauge("cases_open", "Cases that are not closed.", told.cases)
        yield self._gauge("steps_open", "Steps that somebody has to do.", told.steps["open"])
        yield self._gauge("steps_overdue", "Open steps that are late.", told.steps["overdue"])
        yield self._gauge("steps_blocked", "Open steps that a reason holds up.", told.steps["blocked"])
        items = {code: counted.items for code, counted in told.stuck.items()}
        yield self._gauge("stuck_items", "Items of the list of what is stuck.", items)
        yield self._causes()
        waiting = ("Commands on their way to their case.", "News that waits for its case.", "Messages not taken.")
        names = ("commands_pending", "messages_held", "messages_parked")
        for name, text, counts in zip(names, waiting, told.commands.values(), strict=True):
            yield self._gauge(name, text, counts)
        yield _alone("read_model_lag_seconds", "How far lists are behind what was said.", told.lag.seconds)
        yield from self._webhooks()
        yield from self._watchdog()

    def _gauge(self, name: str, text: str, counts: ByHospital) -> Metric:
        family = GaugeMetricFamily(f"marshrut_{name}", text, labels=["hospital"])
        for code in sorted({*self._told.hospitals, *counts}):
            family.add_metric([code], counts.get(code, 0))
        return family

    def _causes(self) -> Metric:
        text = "Items of the list of what is stuck that a cause holds up; an item may have several."
        family = GaugeMetricFamily("marshrut_stuck_cause_items", text, labels=["hospital", "cause"])
        for code in sorted({*self._told.hospitals, *self._told.stuck}):
            causes = self._told.stuck.get(code, Counted()).causes
            for why in Why:
                family.add_metric([code, why], causes.get(why, 0))
        return family

    def _webhooks(self) -> Iterator[Metric]:
        texts = {"waiting": "Events that wait to be told.", "parked": "Events that were not taken in three days."}
        for name, text in texts.items():
            family = GaugeMetricFamily(f"marshrut_webhook_events_{name}", text, labels=["webhook"])
            for webhook, standing in sorted(self._told.webhooks.items()):
                family.add_metric([webhook], getattr(standing, name))
            yield family

    def _watchdog(self) -> Iterator[Metric]:
        stands = GaugeMetricFamily(
            "marshrut_watchdog_findings", "What the watchdog found and stands.", labels=["hospital", "code"]
        )
        for (hospital, ill), count in sorted(self._told.findings.items(), key=str):
            stands.add_metric([hospital or "", ill], count)
        yield stands
        done = CounterMetricFamily(
            "marshrut_watchdog_repairs", "What the watchdog has mended.", labels=["hospital", "code"]
        )
        for (hospital, mended), count in sorted(self._told.mended.items()):
            done.add_metric([hospital, mended], count)
        yield done
        last = self._told.last
        if last is not None and last.finished_at is not None:
            yield _alone(
                "watchdog_last_round_timestamp_seconds", "When its last round ended.", last.finished_at.timestamp()
            )
            lasted = (last.finished_at - last.started_at).total_seconds()
            yield _alone("watchdog_last_round_seconds", "How long its last round took.", lasted)
            yield _alone("watchdog_last_round_cases", "How many cases it looked at.", last.looked)


def _alone(name: str, text: str, value: float) -> Metric:
    family = GaugeMetricFamily(f"marshrut_{name}", text)
    family.add_metric([], value)
    return family


class Scrapes:
    """Counts the figures of each scope no more often than every `kept_s` seconds, whoever asks."""

    def __init__(self, kept_s: float = KEPT_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept_s = kept_s
        self._clock = clock
        self._turn = asyncio.Lock()
        self._known: dict[frozenset[str] | None, tuple[float, Figures]] = {}

    async def of(self, parts: ApiParts, caller: Caller) -> Figures:
        """The figures of the caller's hospitals. Raises Unavailable."""
        async with self._turn:
            known = self._known.get(caller.hospitals)
            if known is None or self._clock() - known[0] >= self._kept_s:
                self._known = {
                    scope: each for scope, each in self._known.items() if self._clock() - each[0] < self._kept_s
                }
                known = self._known[caller.hospitals] = self._clock(), await figures(parts, caller, parts.now())
            return known[1]
