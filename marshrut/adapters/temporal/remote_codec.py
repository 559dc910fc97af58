"""`ports.PayloadOpener`: payloads as Temporal's remote codec protocol writes them, opened."""

from __future__ import annotations

import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from temporalio.api.common.v1 import Payloads

from marshrut.adapters.keys import ServiceKeys
from marshrut.adapters.temporal.codec import SealingCodec


class RemoteCodec:
    """By the service keys."""

    def __init__(self, keys: ServiceKeys) -> None:
        self._codec = SealingCodec(keys)

    async def opened(self, payloads: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The payloads in clear.

        Raises:
            ValueError: they are none, were altered, or are sealed under a key that is not ours.
        """
        told = Payloads()
        try:
            json_format.ParseDict({"payloads": [dict(each) for each in payloads]}, told)
        except (json_format.ParseError, binascii.Error, TypeError) as fault:
            raise ValueError("no payloads") from fault
        clear = Payloads(payloads=await self._codec.decode(told.payloads))
        opened: list[dict[str, Any]] = json_format.MessageToDict(clear).get("payloads", [])
        return opened
