"""Finishes what others began: commands whose caller died, and hospital messages, which nobody waits for.

Any number of relays may run, in any process: a lease gives each command to one of them at a time, and of the messages
about one visit only the oldest is given out, so that they are applied in order.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from marshrut.dispatch.write_path import WritePath
from marshrut.ports import CommandState, Leased, Unavailable, Uncertain

log = structlog.get_logger()

AT_ONCE = 16
# What is held waits for days: it is looked over now and then.
HELD_EVERY_S = 60.0


class Relay:
    """Runs until it is cancelled."""

    def __init__(self, path: WritePath, *, poll_s: float, held_every_s: float = HELD_EVERY_S) -> None:
        self._path = path
        self._poll_s = poll_s
        self._nudged = asyncio.Event()
        self._held_every_s = held_every_s
        self._held_at = 0.0

    def nudge(self) -> None:
        """There is something to do: look now."""
        self._nudged.set()

    async def run(self) -> None:
        """Look, carry, look again; rest when there was nothing or everything is away."""
        while True:
            self._nudged.clear()
            await self._look_over_held()
            if not await self._round():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._poll_s):
                        await self._nudged.wait()

    async def _round(self) -> bool:
        """Whether something was finished, so that it is worth looking again at once."""
        try:
            due = await self._path.lease_due(AT_ONCE)
        except (Unavailable, Uncertain):
            log.warning("relay.sql_away")
            return False
        except Exception as fault:  # noqa: BLE001 - whatever it is, a relay that ended would carry nothing any more
            log.warning("relay.failed", error=type(fault).__name__)
            return False
        finished = await asyncio.gather(*(self._carry(leased) for leased in due))
        return any(finished)

    async def _look_over_held(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._held_at:
            return
        self._held_at = now + self._held_every_s
        try:
            given_up = await self._path.give_up_held()
        except Exception:  # noqa: BLE001 - the round tells what is away or wrong
            return
        if given_up:
            log.info("relay.given_up", messages=given_up)

    async def _carry(self, leased: Leased) -> bool:
        try:
            verdict = await self._path.carry(leased)
        except Exception as fault:  # noqa: BLE001 - one command that cannot be carried must not stop the others
            # Without its traceback, which may quote people.
            log.warning("relay.failed", command=leased.command.id, error=type(fault).__name__)
            return False
        log.info("relay.carried", command=leased.command.id, state=verdict.state, code=verdict.code)
        return verdict.state is not CommandState.PENDING
