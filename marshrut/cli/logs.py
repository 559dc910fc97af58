"""Logs: one JSON object a line, for our own words and for those of uvicorn and Temporal alike.

A log names no person. Messages of exceptions may quote what somebody typed, so of an exception its type and place are
kept and its words are not; uvicorn's access log, with its addresses and queries, is off.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from traceback import extract_tb
from typing import Any

import structlog

FRAMES = 6  # of a traceback, the innermost
QUIET = ("httpx", "httpcore", "alembic", "hl7")


def log_to(where: Path | None, level: str) -> None:
    """Send every log record to a file, or to standard error."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_words,
    ]
    handler = logging.StreamHandler(sys.stderr) if where is None else logging.FileHandler(where, encoding="utf-8")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def core_speaks(*, aloud: bool) -> None:
    """Have Temporal's native core, which else writes to standard output, log through Python, or not at all.

    To be called before the first client is made.
    """
    from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

    forwarded = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core"), append_log_fields_to_message=False),
    )
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=forwarded if aloud else None)))
    if not aloud:
        logging.getLogger("temporalio").setLevel(logging.CRITICAL)


def without_words(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its type and place."""
    given = event.pop("exc_info", None)
    fault = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given is True else given
    if isinstance(fault, BaseException):
        event["error"] = type(fault).__qualname__
        frames = extract_tb(fault.__traceback__)[-FRAMES:]
        event["at"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return event
