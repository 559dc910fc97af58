"""From the bytes of a message to its acknowledgement: the same for HTTP and MLLP.

AA is said once the message is durable and never before; whatever cannot be taken is kept with its fault, so that it
can be looked at and replayed when the fault is mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import structlog

from marshrut.adapters.hl7v2 import ack
from marshrut.adapters.hl7v2.admission import told_at
from marshrut.adapters.hl7v2.adt import Understood, understood
from marshrut.adapters.hl7v2.asked import acknowledgements
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.header import Header, glance
from marshrut.adapters.hl7v2.message import MAX_MESSAGE, Message, parse
from marshrut.adapters.hl7v2.sites import Site
from marshrut.domain.admission import Admission
from marshrut.ports import UNKNOWN, Arrived, Caller, Clock, Entry, Format, Intake, KeyReused, Parked, Unfit

log = structlog.get_logger()


class Hl7Receiver:
    """`ports.MessageReceiver` and `ports.Reader` for HL7 v2.

    `sites`: by its code, each hospital that the catalogue knows.
    """

    def __init__(self, intake: Intake, sites: Mapping[str, Site], now: Clock) -> None:
        self._intake = intake
        self._sites = sites
        self._now = now

    async def receive(self, raw: bytes, caller: Caller, *, whole: bool = True) -> bytes:
        """The acknowledgement of the original mode: AA, AE or AR. Not `whole`: there was more of it than is read.

        Raises:
            Unavailable, Uncertain: the message could not be kept, so nothing may be acknowledged.
        """
        header = glance(raw)
        fault = await self._keep(raw, header, caller, whole=whole)
        return ack.accepted(header, now=self._now()) if fault is None else ack.refused(header, fault, now=self._now())

    async def converse(self, raw: bytes, caller: Caller) -> tuple[bytes, ...]:
        """The acknowledgements that the sender asked for, in the mode that it chose.

        Raises:
            Unavailable, Uncertain: the message could not be kept, so nothing may be acknowledged.
        """
        header = glance(raw)
        fault = await self._keep(raw, header, caller)
        return acknowledgements(header, fault, now=self._now())

    async def _keep(self, raw: bytes, header: Header, caller: Caller, *, whole: bool = True) -> Fault | None:
        """Have it durable, taken or parked; the fault for which it is not taken."""
        # Of a message beyond all limits its beginning is enough to know what it was.
        message = Arrived(raw[:MAX_MESSAGE], Format.HL7V2, caller, whole=whole and len(raw) <= MAX_MESSAGE)
        try:
            await self._take(message)
        except Fault as fault:
            await self._park(message, header, fault)
            return fault
        return None

    def read(self, message: Arrived) -> Entry:
        """What it says.

        Raises:
            Unfit: with the fault's code and place.
        """
        try:
            return self._read(message)
        except Fault as fault:
            raise Unfit(fault.code, _details(fault)) from None

    def reused(self) -> Unfit:
        """The fault of a message whose control id stands for another one."""
        fault = _reused()
        return Unfit(fault.code, _details(fault))

    async def _take(self, message: Arrived) -> None:
        try:
            await self._intake.post(self._read(message), message)
        except KeyReused:
            raise _reused() from None

    def _read(self, message: Arrived) -> Entry:
        try:
            return self._entry(message)
        except Fault:
            raise
        except Exception as fault:  # noqa: BLE001 - what our own reading stumbles over is kept, to be replayed once mended
            log.warning("hl7.reading_failed", error=type(fault).__name__)  # a traceback may quote people
            raise Fault(FaultCode.UNPARSABLE) from None

    def _entry(self, message: Arrived) -> Entry:
        if not message.whole:
            raise Fault(FaultCode.OVERSIZE)
        parsed = parse(message.raw)
        said = understood(parsed, self._sites, now=self._now())
        if not message.caller.sees(said.facility):
            place = ("PV1", 3) if parsed.first("PV1").text(3, 4) else ("MSH", 4)
            raise Fault(FaultCode.FACILITY_NOT_ALLOWED, *place)
        return Entry(said, _source(parsed.header), parsed.control_id, self._occurred_at(parsed, said))

    def _occurred_at(self, message: Message, said: Understood) -> datetime:
        if isinstance(said, Admission):
            return told_at(message, self._sites[said.facility].zone, said.admitted_at)
        return said.occurred_at

    async def _park(self, message: Arrived, header: Header, fault: Fault) -> None:
        named = header.component(4)
        ours = named in self._sites and message.caller.sees(named)
        hospital = named if ours else UNKNOWN
        await self._intake.park(Parked(message, _source(header), hospital, fault.code, _details(fault)))


def _reused() -> Fault:
    return Fault(FaultCode.CONTROL_ID_REUSED, "MSH", 10)


def _details(fault: Fault) -> dict[str, str]:
    return {"place": fault.place} if fault.place else {}


def _source(header: Header) -> str:
    """Who sent it: MSH-10 is unique within the sending application and facility."""
    return f"hl7/{header.component(4)[:80]}/{header.component(3)[:80]}"
