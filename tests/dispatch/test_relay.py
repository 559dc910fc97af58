"""What a relay looks over beside the commands that it carries."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic
from typing import cast

import pytest

from marshrut.dispatch.relay import Relay
from marshrut.dispatch.write_path import WritePath
from marshrut.ports import Leased, Unavailable


class Path:
    """A write path with nothing to carry, which fails so at first."""

    def __init__(self, fails: Exception) -> None:
        self.asked = 0
        self.rounds = 0
        self._fails = fails

    async def lease_due(self, _limit: int) -> tuple[Leased, ...]:
        """Nothing is due."""
        self.rounds += 1
        if self.rounds == 1:
            raise self._fails
        return ()

    async def give_up_held(self) -> int:
        """Fails the first time."""
        self.asked += 1
        if self.asked == 1:
            raise self._fails
        return 3


@pytest.mark.parametrize("fault", [Unavailable("sql"), RuntimeError("no word of ours")])
async def test_what_is_held_is_looked_over_now_and_then(fault: Exception) -> None:
    """Not in each round; a database that is away for once stops nothing, and neither does any other fault."""
    path = Path(fault)
    relay = Relay(cast("WritePath", path), poll_s=0.005, held_every_s=0.1)
    begun = monotonic()
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(30):
        while path.asked < 3:
            await asyncio.sleep(0.005)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert path.asked <= 1 + (monotonic() - begun) / 0.1
    assert path.rounds > path.asked
