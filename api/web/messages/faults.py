"""Why a message waits, in words: what is wrong, where, who mends it, and what is to be done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.bodies.message import MessageView
from api.views.message import said
from api.web.desk import Desk
from marshrut.ports import CommandState

# Of which faults not the sender alone can get rid.
NOT_THE_SENDER = {
    "unknown_facility": "both",
    "facility_not_allowed": "us",
    "hospital_not_allowed": "us",
    "unreadable": "us",
    "no_centre": "both",
}
# Whose words say already that the message is to be put aside.
ENDS_ASIDE = frozenset(
    {
        *("oversize", "too_large", "not_adt", "unsupported_event", "control_id_reused", "idempotency_key_reused"),
        *("planned_in_the_past", "unsupported_resource"),
    }
)
_INDEX = re.compile(r"\[\d+\]")
_FIELD = re.compile(r"([A-Z][A-Z0-9]{2})(\[\d+\])?(?:-(\d+))?")
# So many places are told; the rest are marked in the message itself.
MOST_PLACES = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a message, and what stands there."""

    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a message stands as it does. `reason` is what its code says."""

    code: str
    title: str
    reason: str
    places: tuple[Place, ...]
    who: str
    way: str


def reason_of(desk: Desk, code: str | None, hospital: str) -> str:
    """What a code says, in the reader's language; the code itself where it has no words."""
    if code is None:
        return ""
    return said(code, hospital, desk.parts, russian=desk.language == "ru") or code


def who_mends(desk: Desk, code: str) -> str:
    """Who can get rid of a fault."""
    return desk.t(f"messages.who_{NOT_THE_SENDER.get(code, 'sender')}")


def places_of(details: Mapping[str, str]) -> tuple[str, ...]:
    """The places that a fault names, as the message's lines name them."""
    told = [details.get(name, "") for name in ("place", "field", "fields")]
    return tuple(dict.fromkeys(each for text in told for each in text.split(",") if each))


def bare(place: str) -> str:
    """A place without the numbers of lists: `Bundle.entry.resource`, and with JSON's own left out."""
    return ".".join(part for part in _INDEX.sub("", place).split(".") if not part.isdigit())


def why(desk: Desk, view: MessageView) -> Why | None:
    """Why it is parked, waits, or came to nothing; None: it was applied."""
    t, code, reason = desk.t, view.code or "", reason_of(desk, view.code, view.hospital)
    places = tuple(Place(each, _what(desk, each)) for each in places_of(view.details)[:MOST_PLACES])
    match view.state:
        case CommandState.PARKED | CommandState.DISCARDED:
            return Why(code, t("messages.why_parked"), reason, places, who_mends(desk, code), _way(desk, code))
        case CommandState.HELD | CommandState.PENDING:
            state = t(f"messages.state_{view.state}")
            return Why("", t("messages.why_waits"), state, (), "", t(f"messages.do_{view.state}"))
        case CommandState.REJECTED | CommandState.EXPIRED:
            state = reason or t(f"messages.state_{view.state}")
            return Why(code, t("messages.why_failed"), state, (), "", t("messages.do_failed"))
        case _ if reason:
            return Why(code, t("messages.why_nothing"), reason, (), "", t("messages.do_nothing"))
        case _:
            return None


def _way(desk: Desk, code: str) -> str:
    key = f"messages.do_{code}"
    said = desk.t(key if desk.t.knows(key) else "messages.do_other")
    # What the sender corrects comes anew: this one then waits for nothing.
    return said if code in NOT_THE_SENDER or code in ENDS_ASIDE else f"{said} {desk.t('messages.then_aside')}"


def _what(desk: Desk, place: str) -> str:
    """What a place of HL7 or of our JSON holds; empty where nobody has named it."""
    found = _FIELD.fullmatch(place)
    name = place if found is None else found[1] + (f"-{found[3]}" if found[3] else "")
    key = f"messages.place_{name}"
    return desk.t(key) if desk.t.knows(key) else ""
