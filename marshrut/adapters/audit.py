"""`ports.Audit` as a line of the log: codes, and nothing that was read."""

from __future__ import annotations

import structlog

from marshrut.ports import Caller

log = structlog.get_logger()


class LoggedAudit:
    """One line for each."""

    async def note(self, what: str, caller: Caller, **about: str | int) -> None:
        """It was done, or tried."""
        log.info("audit", what=what, user=caller.user, role=caller.role.value, **about)
