"""The watchdog's round, a batch at a time."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from marshrut.ports import Unavailable, Uncertain, Walk, Watching

T = TypeVar("T")


class WatchdogActivities:
    """The watchdog, for its workflow. Each may be tried again."""

    def __init__(self, watchdog: Watching) -> None:
        self._watchdog = watchdog

    @activity.defn
    async def begin_round(self) -> Walk:
        """A new round."""
        return await _translated(self._watchdog.begin(closely=False))

    @activity.defn
    async def look_at_cases(self, walk: Walk) -> Walk:
        """The round, one batch of cases further."""
        return await _translated(self._watchdog.look(walk, activity.heartbeat))

    @activity.defn
    async def finish_round(self, walk: Walk) -> None:
        """The round is over."""
        await _translated(self._watchdog.finish(walk))


async def _translated(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except Unavailable as fault:
        raise ApplicationError("unavailable", type=fault.part) from None
    except Uncertain:
        raise ApplicationError("uncertain", type="sql") from None
