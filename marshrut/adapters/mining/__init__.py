"""Journals for process mining: OCEL 2.0 and XES (IEEE 1849), codes only."""

from marshrut.adapters.mining.exports import MiningExports

__all__ = ["MiningExports"]
