"""How often one address may ask, in this process: a bucket of tokens that fills again by the minute."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from marshrut.domain.addresses import household

# So many addresses are remembered; of more the one that asked longest ago is forgotten, its bucket full again.
REMEMBERED = 10_000


class Buckets:
    """A bucket an address. One household has many addresses of version 6, so there the network counts (/64)."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._full = float(per_minute)
        self._per_second = per_minute / 60
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> int | None:
        """Take a token; None when there was one, else in how many seconds there will be."""
        name, now = household(address), self._now()
        left, since = self._buckets.pop(name, (self._full, now))
        left = min(self._full, left + (now - since) * self._per_second)
        allowed = left >= 1
        self._buckets[name] = (left - 1 if allowed else left, now)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return None if allowed else ceil((1 - left) / self._per_second)
