"""What an operator's eyes are lent, and that it is written down who looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from marshrut.ports.identity import Caller


class PayloadOpener(Protocol):
    """Opens what Temporal holds."""

    async def opened(self, payloads: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The payloads in clear, as Temporal's remote codec protocol writes them.

        Raises:
            ValueError: they cannot be opened.
        """
        ...


class Audit(Protocol):
    """Writes down who did what that has to be answered for: codes only."""

    async def note(self, what: str, caller: Caller, **about: str | int) -> None:
        """It was done, or tried."""
        ...
