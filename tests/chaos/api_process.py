"""The API as a process of its own, with a kill point if one is wanted."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from typing import Any

import uvicorn

from api.app import create_app
from marshrut.settings import Settings
from tests.chaos import kill_points


def run(life: int, options: Mapping[str, Any]) -> None:
    """Serve until told to leave. `life` counts how often this program was started."""
    kill_points.install(life, options)
    settings = Settings()
    # The server raises the signal again when it has closed; to have been told to leave is no fault.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run()
