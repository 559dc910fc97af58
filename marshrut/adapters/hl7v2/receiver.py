"""From the bytes of a message to its acknowledgement: the same for HTTP and MLLP.

AA is said once the message is durable and never before; whatever cannot be taken is kept with its fault, so that it
can be looked at and replayed when the fault is mended.
"""

from __future__ import annotations

from collections.abc import Mapping

from marshrut.adapters.hl7v2 import ack
from marshrut.adapters.hl7v2.admission import to_admission
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.header import Header, glance
from marshrut.adapters.hl7v2.message import MAX_MESSAGE, parse
from marshrut.ports import Caller, Clock, Intake, KeyReused, Parked


class Hl7Receiver:
    """`ports.MessageReceiver` for HL7 v2. `zones`: the IANA zone of each hospital code that the catalogue knows."""

    def __init__(self, intake: Intake, zones: Mapping[str, str], now: Clock) -> None:
        self._intake = intake
        self._zones = zones
        self._now = now

    async def receive(self, raw: bytes, caller: Caller) -> bytes:
        """The acknowledgement: AA, AE or AR.

        Raises:
            Unavailable, Uncertain: the message could not be kept, so nothing may be acknowledged.
        """
        header = glance(raw)
        try:
            await self._take(raw, caller)
        except Fault as fault:
            await self._park(raw, header, fault, caller)
            return ack.refused(header, fault, now=self._now())
        return ack.accepted(header, now=self._now())

    async def _take(self, raw: bytes, caller: Caller) -> None:
        message = parse(raw)
        admission = to_admission(message, self._zones)
        if not caller.sees(admission.facility):
            raise Fault(FaultCode.FACILITY_NOT_ALLOWED, "PV1", 3)
        try:
            await self._intake.post(
                admission, caller=caller, source=_source(message.header), key=message.control_id, raw=raw
            )
        except KeyReused:
            raise Fault(FaultCode.CONTROL_ID_REUSED, "MSH", 10) from None

    async def _park(self, raw: bytes, header: Header, fault: Fault, caller: Caller) -> None:
        # Of a message beyond all limits its beginning is enough to know what it was.
        parked = Parked(
            raw=raw[:MAX_MESSAGE],
            source=_source(header),
            hospital=header.component(4) if header.component(4) in self._zones else "unknown",
            code=fault.code,
            details={"place": fault.place} if fault.place else {},
        )
        await self._intake.park(parked, caller=caller)


def _source(header: Header) -> str:
    """Who sent it: MSH-10 is unique within the sending application and facility."""
    return f"hl7/{header.component(4)[:80]}/{header.component(3)[:80]}"
