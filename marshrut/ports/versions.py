"""Every version of the catalogue that was ever in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Versions(Protocol):
    """Keeps what each version of the catalogue said. A version follows from its content, so it never changes."""

    async def latest(self) -> Sequence[str]:
        """The versions that were ever in force here, the one that was so last first. Raises Unavailable."""
        ...

    async def remember(self, version: str, content: str) -> None:
        """Keep a version; one that is kept already stays as it is.

        Raises:
            Unavailable, Uncertain: it may not be kept; remembering again does no harm.
        """
        ...

    async def content(self, version: str) -> str | None:
        """What the version said; None when it was never in force here. Raises Unavailable."""
        ...
