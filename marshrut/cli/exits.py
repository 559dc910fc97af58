"""How a command can end. Every code is told by `marshrut --help`; scripts may rely on them."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """The exit code of every command."""

    means: str

    def __new__(cls, code: int, means: str = "") -> Self:
        """A code, and what it means."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.means = means
        return member

    OK = 0, "done"
    FINDINGS = 1, "done, and something is wrong: messages refused, findings of a check, a part that died"
    USAGE = 2, "the command line or a setting is wrong"
    UNREACHABLE = 3, "the running system, the database or Temporal does not answer"
    PORT_BUSY = 4, "a port is taken or not allowed"
    NO_TEMPORAL = 5, "the Temporal server is not installed or does not start"
    FOLDER = 6, "the data folder cannot be used"
    FOLDER_IN_USE = 7, "another process uses the data folder"
    DATABASE = (
        8,
        "the database is of a newer version, of an earlier form, without a schema yet, or is not ours",
    )
    KEYS = 9, "the keys are missing, broken, not those of the database, or would be overwritten"
    LATER = 75, "a mail was not taken: try again later"


class Stop(Exception):  # noqa: N818 - the end of a command, and not always its fault
    """The command ends here: its code, and the line that says why; a line each of a catalogue's faults."""

    def __init__(self, code: Exit, *why: str) -> None:
        super().__init__("; ".join(why))
        self.code = code
        self.why = why


def explained(fault: Exception) -> Stop | None:  # noqa: PLR0911 - a line for each fault
    """A fault that people can do something about, in words; None for a mistake of ours."""
    from pydantic import ValidationError

    from marshrut.adapters.entries import EntriesError
    from marshrut.adapters.hl7v2.doors import TlsError
    from marshrut.adapters.keys import KeyFileError
    from marshrut.catalogue import CatalogueError
    from marshrut.ports import Unavailable, Uncertain

    match fault:
        case Stop():
            return fault
        case KeyFileError():
            return Stop(Exit.KEYS, str(fault))
        case CatalogueError():
            return Stop(Exit.USAGE, *map(str, fault.faults))
        case EntriesError() | TlsError():
            return Stop(Exit.USAGE, str(fault))
        case Unavailable(part="temporal"):
            return Stop(Exit.UNREACHABLE, "Temporal does not answer")
        case Unavailable() | Uncertain():
            return Stop(Exit.UNREACHABLE, "the database does not answer")
        case ValidationError(title="Settings"):
            first = fault.errors(include_input=False, include_url=False)[0]
            return Stop(Exit.USAGE, f"setting {'.'.join(map(str, first['loc']))}: {first['msg']}")
    return None
