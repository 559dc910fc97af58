"""PFIF 1.4, the People Finder Interchange Format: person records with their notes, to bytes and back.

    raw = write(records)     # UTF-8 XML, namespace http://zesty.ca/pfif/1.4
    records = read(raw)      # PfifFault: a stable code and where; 1.2 and 1.3 are read too

Nothing here does I/O. Sources: the schema of PFIF 1.2 (zesty.ca/pfif), and the field tables of PFIF 1.3 and
1.4 in Google Person Finder, by the editors of the specification.
"""

from marshrut.adapters.pfif.fault import PfifCode, PfifFault
from marshrut.adapters.pfif.reader import LIMIT, read
from marshrut.adapters.pfif.records import NoteRecord, PersonRecord, Sex, Status
from marshrut.adapters.pfif.writer import write

__all__ = ["LIMIT", "NoteRecord", "PersonRecord", "PfifCode", "PfifFault", "Sex", "Status", "read", "write"]
