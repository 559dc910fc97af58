"""What an operator's eyes are lent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class PayloadOpener(Protocol):
    """Opens what Temporal holds."""

    async def opened(self, payloads: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The payloads in clear, as Temporal's remote codec protocol writes them.

        Raises:
            ValueError: they cannot be opened.
        """
        ...
