"""HL7 v2: bytes in, an admission out, and an honest acknowledgement back.

    message = parse(raw)                            # Fault: this is no message that we can read
    admission = to_admission(message, sites)        # Fault: this is no admission that we can take
    answer = accepted(message.header, now=now)      # only once the admission is durable
    answer = refused(glance(raw), fault, now=now)

Nothing here does I/O but mllp.py. Sources: HL7 v2.5 chapters 2 and 3, appendix A (tables), MLLP release 1.
"""

from marshrut.adapters.hl7v2.ack import accepted, refused
from marshrut.adapters.hl7v2.admission import EmergencyRule, Site, to_admission
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.header import Header, glance
from marshrut.adapters.hl7v2.message import Message, Segment, parse
from marshrut.adapters.hl7v2.mllp import MllpServer

__all__ = [
    "EmergencyRule",
    "Fault",
    "FaultCode",
    "Header",
    "Message",
    "MllpServer",
    "Segment",
    "Site",
    "accepted",
    "glance",
    "parse",
    "refused",
    "to_admission",
]
