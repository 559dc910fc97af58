"""A visit as a hospital tells of it: its messages, each of a time, under one visit and one record number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

from tests.adapters.hl7v2.messages import OMIT, adt
from tests.e2e.hospital import Answer, Hospital

WITHOUT_VISIT = frozenset({"A31", "A40"})


@dataclass
class Visit:
    """Somebody lies in a hospital. Times are minutes after the admission, which was hours ago."""

    sender: Hospital
    facility: str = "GKB29"
    number: str = field(default_factory=lambda: f"26-{token_hex(4)}")
    mrn: str = field(default_factory=lambda: token_hex(4))
    began: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30))
    turn: int = 0

    def message(
        self,
        event: str,
        minutes: float = 0,
        *,
        place: str = "ТРАВМ^308^3",
        since: float = 0,
        control_id: str | None = None,
        **more: Any,
    ) -> bytes:
        """A message of an event that happened so many minutes after the admission; `since`: of the stay it tells."""
        at = self.at(minutes)
        pv1: Any = OMIT
        if event not in WITHOUT_VISIT:
            own = {3: f"{place}^{self.facility}", 19: self.number, 44: _time(self.at(since))}
            pv1 = own | more.pop("pv1", {})
        return adt(
            header={4: self.facility, 7: _time(at), 9: f"ADT^{event}", 10: control_id or f"M-{token_hex(4)}"},
            evn={1: event, 2: _time(at), 6: _time(at)} | more.pop("evn", {}),
            pid={3: f"{self.mrn}^^^{self.facility}^MR"} | more.pop("pid", {}),
            pv1=pv1,
            **more,
        )

    def at(self, minutes: float) -> datetime:
        """So many minutes after the admission."""
        return self.began + timedelta(minutes=minutes)

    async def send(self, raw: bytes) -> Answer:
        """By HTTP and by a socket in turn."""
        self.turn += 1
        return await self.sender.send(raw, self.turn)

    async def tell(self, event: str, minutes: float = 0, **more: Any) -> bytes:
        """Send a message of that event, which is acknowledged; its bytes."""
        raw = self.message(event, minutes, **more)
        answer = await self.send(raw)
        assert answer.code == "AA", answer.raw
        return raw

    async def admitted(self, **more: Any) -> str:
        """The patient comes in; the case, once it is open."""
        raw = await self.tell("A01", **more)
        case_id = (await self.row(raw))["case_id"]
        assert isinstance(case_id, str)
        return case_id

    async def row(self, raw: bytes) -> dict[str, Any]:
        """What the inbox says of a message, once it is not on its way any more."""
        return (await self.sender.kept())[raw]


def _time(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S+0000")
