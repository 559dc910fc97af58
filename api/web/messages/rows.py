"""A message as a line of the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.bodies.message import MessageView
from api.web.desk import Desk
from api.web.formats import Formats
from api.web.messages.faults import places_of, reason_of
from marshrut.ports import UNKNOWN, CommandState, Doing, Format

KINDS = {
    CommandState.DONE: ("done", "done"),
    CommandState.PENDING: ("open", "clock"),
    CommandState.HELD: ("", "pause"),
    CommandState.PARKED: ("block", "block"),
    CommandState.REJECTED: ("late", "no"),
    CommandState.EXPIRED: ("late", "no"),
    CommandState.DISCARDED: ("line", "no"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line. `kind` and `sign`: how its tag looks; `places`: where the fault is."""

    id: str
    at: str
    source: str
    format: str
    hospital: str
    state: str
    kind: str
    sign: str
    reason: str
    places: str
    again: str


def source_of(source: str) -> str:
    """Who sent it, as people call it: `HIS · GKB29`, or the user of a call."""
    kind, _, rest = source.partition("/")
    if kind != "hl7":
        return rest or source
    facility, _, application = rest.partition("/")
    return " · ".join(part for part in (application, facility) if part) or source


def hospital_of(desk: Desk, hospital: str) -> str:
    """What the hospital is called."""
    return desk.t("messages.unknown_hospital") if hospital == UNKNOWN else desk.hospital(hospital)


def format_of(desk: Desk, written_in: Format) -> str:
    """What a message is written in."""
    return desk.t(f"messages.format_{written_in.value.replace(' ', '_')}")


def state_of(desk: Desk, view: MessageView) -> str:
    """What became of it."""
    nothing = view.state is CommandState.DONE and view.code is not None
    return desk.t("messages.state_nothing" if nothing else f"messages.state_{view.state}")


def moment_of(f: Formats, moment: datetime) -> str:
    """To the second: many come in a minute."""
    return f"{f.when(moment)}:{f.local(moment):%S}"


def row_of(desk: Desk, view: MessageView) -> Row:
    """The line of a message; of one that was put aside it says why."""
    kind, sign = KINDS[view.state]
    reason = reason_of(desk, view.code, view.hospital)
    if view.state is CommandState.DISCARDED:
        aside = [each.code for each in view.history if each.act is Doing.DISCARDED]
        reason = " · ".join(part for part in (desk.t(f"messages.why_{aside[-1]}") if aside else "", reason) if part)
    return Row(
        id=view.id,
        at=moment_of(desk.at(view.hospital), view.received_at),
        source=source_of(view.source),
        format=format_of(desk, view.format),
        hospital=hospital_of(desk, view.hospital),
        state=state_of(desk, view),
        kind=kind,
        sign=sign,
        reason=reason,
        places=", ".join(places_of(view.details)[:3]),
        again=desk.t("messages.again", n=view.repeats) if view.repeats else "",
    )
