"""What can be wrong with a PFIF document.

A fault names a place and a code. It never quotes the document: what stands there describes people, and faults travel
into logs and answers.
"""

from __future__ import annotations

from enum import StrEnum


class PfifCode(StrEnum):
    """The stable codes; integrators branch on them."""

    OVERSIZE = "oversize"
    NO_XML = "no_xml"
    FORBIDDEN_XML = "forbidden_xml"
    NOT_PFIF = "not_pfif"
    UNSUPPORTED_VERSION = "unsupported_version"
    MISSING_FIELD = "missing_field"
    REPEATED_FIELD = "repeated_field"
    BAD_VALUE = "bad_value"
    DUPLICATE_ID = "duplicate_id"
    NOTE_OF_ANOTHER = "note_of_another"


MEANINGS: dict[PfifCode, str] = {
    PfifCode.OVERSIZE: "is larger than the limit allows",
    PfifCode.NO_XML: "is no well-formed XML",
    PfifCode.FORBIDDEN_XML: "declares a document type or entities, which are refused",
    PfifCode.NOT_PFIF: "is no PFIF document",
    PfifCode.UNSUPPORTED_VERSION: "is of another version than 1.2, 1.3 and 1.4",
    PfifCode.MISSING_FIELD: "is missing",
    PfifCode.REPEATED_FIELD: "occurs more than once",
    PfifCode.BAD_VALUE: "is not what PFIF allows here",
    PfifCode.DUPLICATE_ID: "is the id of an earlier record too",
    PfifCode.NOTE_OF_ANOTHER: "belongs to a person who is not there",
}


class PfifFault(Exception):  # noqa: N818 - a document is at fault, as a message is in hl7v2
    """A document that cannot be read as it is; `where` is `person[2]/note[1]/status`, or empty for all of it."""

    def __init__(self, code: PfifCode, where: str = "") -> None:
        self.code = code
        self.where = where
        super().__init__(f"{where or 'The document'} {MEANINGS[code]}")
