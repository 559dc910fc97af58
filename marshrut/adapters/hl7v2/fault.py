"""What can be wrong with a message, and what its sender is told.

A fault names a place and a code. It never quotes the message: what stands in a field may name a person, and faults
travel into logs, answers and screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

AckCode = Literal["AE", "AR"]


class FaultCode(StrEnum):
    """The stable codes; integrators branch on them."""

    UNPARSABLE = "unparsable"
    OVERSIZE = "oversize"
    UNSUPPORTED_CHARSET = "unsupported_charset"
    BAD_ENCODING = "bad_encoding"
    UNSUPPORTED_VERSION = "unsupported_version"
    NOT_ADT = "not_adt"
    UNSUPPORTED_EVENT = "unsupported_event"
    MISSING_SEGMENT = "missing_segment"
    REPEATED_SEGMENT = "repeated_segment"
    MISSING_FIELD = "missing_field"
    TOO_LONG = "too_long"
    BAD_TIME = "bad_time"
    UNKNOWN_FACILITY = "unknown_facility"
    FACILITY_NOT_ALLOWED = "facility_not_allowed"
    CONTROL_ID_REUSED = "control_id_reused"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says: the acknowledgement (table 0008), the error (table 0357), and the same in words.

    AR: this message will never be taken, however its content is mended. AE: its content is at fault.
    """

    ack: AckCode
    error: int
    words: str


MEANINGS: dict[FaultCode, Meaning] = {
    FaultCode.UNPARSABLE: Meaning("AR", 100, "is not HL7 v2 in ER7 form"),
    FaultCode.OVERSIZE: Meaning("AR", 104, "is larger than the limits allow"),
    FaultCode.UNSUPPORTED_CHARSET: Meaning("AR", 103, "names a character set that is not supported"),
    FaultCode.BAD_ENCODING: Meaning("AR", 102, "holds bytes that the declared character set does not have"),
    FaultCode.UNSUPPORTED_VERSION: Meaning("AR", 203, "names a version outside 2.3 to 2.8"),
    FaultCode.NOT_ADT: Meaning("AR", 200, "is not of type ADT"),
    FaultCode.UNSUPPORTED_EVENT: Meaning("AR", 201, "names an event that is not taken in"),
    FaultCode.MISSING_SEGMENT: Meaning("AE", 100, "is missing"),
    FaultCode.REPEATED_SEGMENT: Meaning("AE", 100, "occurs more than once"),
    FaultCode.MISSING_FIELD: Meaning("AE", 101, "is missing"),
    FaultCode.TOO_LONG: Meaning("AE", 104, "is too long"),
    FaultCode.BAD_TIME: Meaning("AE", 102, "is not a date or time that HL7 allows here"),
    FaultCode.UNKNOWN_FACILITY: Meaning("AE", 103, "names no hospital of the catalogue"),
    FaultCode.FACILITY_NOT_ALLOWED: Meaning("AR", 103, "names a hospital that this sender may not report for"),
    FaultCode.CONTROL_ID_REUSED: Meaning("AR", 205, "was used before, for another message"),
}

# Table 0357, as far as it is used above.
ERROR_NAMES: dict[int, str] = {
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    104: "Value too long",
    200: "Unsupported message type",
    201: "Unsupported event code",
    203: "Unsupported version id",
    205: "Duplicate key identifier",
}


class Fault(Exception):  # noqa: N818 - the word the acknowledgement uses
    """A message that cannot be taken as it is.

    `segment`, its `ordinal` among those of its name, `field`, its `repetition` and `component` say where, as far as
    that is known; all count from one.
    """

    def __init__(  # noqa: PLR0913 - a place in a message has so many parts
        self,
        code: FaultCode,
        segment: str | None = None,
        field: int | None = None,
        *,
        ordinal: int = 1,
        repetition: int | None = None,
        component: int | None = None,
    ) -> None:
        self.code = code
        self.segment = segment
        self.ordinal = ordinal
        self.field = field
        self.repetition = repetition
        self.component = component
        super().__init__(f"{self.place or 'The message'} {MEANINGS[code].words}")

    @property
    def place(self) -> str:
        """`PV1-19`, `PV1`, `NK1[2]-5` for a later one of its name, or nothing for the message as a whole."""
        if self.segment is None:
            return ""
        segment = self.segment if self.ordinal == 1 else f"{self.segment}[{self.ordinal}]"
        return segment if self.field is None else f"{segment}-{self.field}"

    @property
    def ack(self) -> AckCode:
        """How the message is answered (table 0008)."""
        return MEANINGS[self.code].ack

    @property
    def error(self) -> int:
        """The error number (table 0357)."""
        return MEANINGS[self.code].error
