"""Which acknowledgements a sender asked for: the original mode or the enhanced one (v2.5, 2.9.3).

Without MSH-15 and MSH-16 there is one answer: AA, AE or AR. With either of them the accept acknowledgement (CA, CE, CR)
and the application's (AA, AE, AR) each come when their field says so. CR is what the original mode answers AR, and CE
a fault of the header: the message goes no further, and nothing follows. CA says that the message is safe; whether its
content could be used is for the application acknowledgement to say. A sender that wants to hear of no error by that
one is told at once, by CE: nobody would tell them otherwise.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from marshrut.adapters.hl7v2.ack import AnswerCode, accepted, answered, is_enhanced, refused
from marshrut.adapters.hl7v2.fault import Fault
from marshrut.adapters.hl7v2.header import NULL, Header

ACCEPT, APPLICATION = 15, 16  # of MSH


class When(StrEnum):
    """When a sender wants an acknowledgement (table 0155)."""

    ALWAYS = "AL"
    NEVER = "NE"
    ERROR = "ER"
    SUCCESS = "SU"

    def wants(self, *, error: bool) -> bool:
        """Whether there is one to be sent."""
        return self is When.ALWAYS or self is (When.ERROR if error else When.SUCCESS)


def acknowledgements(header: Header, fault: Fault | None, *, now: datetime) -> tuple[bytes, ...]:
    """What a message that was kept is answered, in this order; nothing when its sender wants nothing, or answers us.

    Args:
        header: the message's.
        fault: why it cannot be taken; none: it is taken.
        now: with its zone.
    """
    if header.component(9).upper() == "ACK":
        return ()  # two systems that acknowledge each other's acknowledgements never end
    if not is_enhanced(header):
        return (accepted(header, now=now) if fault is None else refused(header, fault, now=now),)
    accept, application = _asked(header, ACCEPT), _asked(header, APPLICATION)
    code = _accept_code(fault, application)
    first = fault if code != "CA" else None
    answers = [answered(header, code, first, now=now)] if accept.wants(error=first is not None) else []
    turned_away = first is not None and bool(answers)
    if not turned_away and application.wants(error=fault is not None):
        answers.append(answered(header, "AA" if fault is None else fault.ack, fault, now=now))
    return tuple(answers)


def _accept_code(fault: Fault | None, application: When) -> AnswerCode:
    if fault is None:
        return "CA"
    if fault.ack == "AR":
        return "CR"
    told_later = fault.segment != "MSH" and application.wants(error=True)
    return "CA" if told_later else "CE"


def _asked(header: Header, field: int) -> When:
    """What a field asks for: nothing when it is empty beside the other; everything when nobody knows the word."""
    text = header.component(field).upper()
    if text in {"", NULL}:
        return When.NEVER
    return When(text) if text in set(When) else When.ALWAYS
