"""The worker as a process of its own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import worker
from marshrut.settings import Settings
from tests.chaos import kill_points

# So long the server keeps a journey for a worker that may be dead; ten seconds are usual.
STICKY = timedelta(seconds=1)


def run(life: int, options: Mapping[str, Any]) -> None:
    """Work until told to leave."""
    kill_points.install(life, options)
    impatient = partial(worker.Worker, sticky_queue_schedule_to_start_timeout=STICKY)
    with patch.object(worker, "Worker", impatient):
        asyncio.run(_work())


async def _work() -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await worker.run(Settings(), stopped)
