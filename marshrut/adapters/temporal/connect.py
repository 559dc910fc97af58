"""Connecting to Temporal: one converter for everybody."""

from __future__ import annotations

import asyncio

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from marshrut.adapters.keys import ServiceKeys
from marshrut.adapters.temporal.codec import data_converter
from marshrut.settings import Settings

AGAIN_AFTER_S = 1.0

log = structlog.get_logger()


async def connect(settings: Settings, keys: ServiceKeys, *, lazy: bool) -> Client:
    """A client. A lazy one connects at its first call; any other waits until the server answers."""
    api_key = settings.temporal_api_key
    while True:
        try:
            return await Client.connect(
                settings.temporal_address,
                namespace=settings.temporal_namespace,
                data_converter=data_converter(keys),
                tls=settings.temporal_tls,
                api_key=None if api_key is None else api_key.get_secret_value(),
                lazy=lazy,
            )
        except (RPCError, RuntimeError):
            log.warning("temporal.away", address=settings.temporal_address)
            await asyncio.sleep(AGAIN_AFTER_S)
