"""Exports as the system offers them: the journals of some hospitals in one of the formats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from marshrut.adapters.mining.ocel import Journals, ocel_json, ocel_xml
from marshrut.adapters.mining.vocabulary import Cover
from marshrut.adapters.mining.xes import xes
from marshrut.ports import Histories, History, Portion


class MiningExports:
    """Port `Exports`. `cover` gives people and things the names that they go by outside."""

    def __init__(self, histories: Histories, cover: Cover) -> None:
        self._histories = histories
        self._cover = cover

    def ocel2(self, portions: Sequence[Portion], *, xml: bool) -> AsyncIterator[bytes]:
        """OCEL 2.0, as JSON or as XML."""
        return (ocel_xml if xml else ocel_json)(self._of(portions), self._cover)

    def xes(self, portions: Sequence[Portion]) -> AsyncIterator[bytes]:
        """XES (IEEE 1849)."""
        return xes(self._of(portions), self._cover)

    def _of(self, portions: Sequence[Portion]) -> Journals:
        async def journals() -> AsyncIterator[Sequence[History]]:
            for portion in portions:
                async for batch in self._histories.histories(*portion):
                    yield batch
                    await asyncio.sleep(0)  # between two batches others are served

        return journals
