"""HL7 v2: bytes in, out what they say (an admission, an event, a merge), and an honest acknowledgement back.

    message = parse(raw)                            # Fault: this is no message that we can read
    said = understood(message, sites)               # Fault: this is nothing that we can take
    answer = accepted(message.header, now=now)      # only once it is durable
    answer = refused(glance(raw), fault, now=now)
    answers = acknowledgements(glance(raw), fault, now=now)  # in the mode that the sender chose

Nothing here does I/O but mllp.py, and doors.py and clients.py, which read certificates and their senders.
Sources: HL7 v2.5 chapters 2 and 3, appendix A (tables), MLLP release 1.
"""

from marshrut.adapters.hl7v2.ack import accepted, refused
from marshrut.adapters.hl7v2.admission import to_admission
from marshrut.adapters.hl7v2.adt import understood
from marshrut.adapters.hl7v2.asked import acknowledgements
from marshrut.adapters.hl7v2.event import to_event
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.header import Header, glance
from marshrut.adapters.hl7v2.merge import to_merge
from marshrut.adapters.hl7v2.message import Message, Segment, parse
from marshrut.adapters.hl7v2.mllp import MllpServer
from marshrut.adapters.hl7v2.sites import DeathRule, EmergencyRule, Site

__all__ = [
    "DeathRule",
    "EmergencyRule",
    "Fault",
    "FaultCode",
    "Header",
    "Message",
    "MllpServer",
    "Segment",
    "Site",
    "accepted",
    "acknowledgements",
    "glance",
    "parse",
    "refused",
    "to_admission",
    "to_event",
    "to_merge",
    "understood",
]
