"""Writing what a journey did by itself."""

from __future__ import annotations

from temporalio import activity
from temporalio.exceptions import ApplicationError

from marshrut.domain.base import Code, Wire
from marshrut.domain.events import Event
from marshrut.ports import JournalBehind, JournalWriter, Unavailable


class WriteEvents(Wire):
    """Events of one case, in order."""

    case_id: Code
    events: tuple[Event, ...]


class JournalActivities:
    """The journal, for a journey."""

    def __init__(self, journal: JournalWriter) -> None:
        self._journal = journal

    @activity.defn
    async def write_events(self, order: WriteEvents) -> int:
        """Write what SQL lacks of these events; the highest sequence number that it holds without a gap.

        Writing the same events again changes nothing, so the activity may be retried for ever.
        """
        try:
            return await self._journal.write(order.case_id, order.events)
        except Unavailable as fault:
            raise ApplicationError("unavailable", type=fault.part) from None
        except JournalBehind:
            raise ApplicationError("journal_behind", type="journal_behind") from None
