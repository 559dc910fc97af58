"""Admissions, referrals and enquiries in JSON: from the bytes to what they say, or to faults that name every field."""

from __future__ import annotations

import json
from collections.abc import Collection
from itertools import islice
from typing import Any

import structlog
from pydantic import ValidationError

from marshrut.adapters.taking import taken
from marshrut.domain.admission import Admission, too_far_ahead
from marshrut.domain.enquiry import Enquiry
from marshrut.domain.referral import Referral
from marshrut.domain.text import MAX_TOLD, UNKEEPABLE, named, unkeepable
from marshrut.ports import UNKNOWN, Arrived, Caller, Clock, Entry, Format, Intake, Parked, Taken, Unfit

log = structlog.get_logger()

BOM = b"\xef\xbb\xbf"
MAX_KEY = 200
MODELS: dict[Format, type[Admission | Referral | Enquiry]] = {
    Format.ADMISSION: Admission,
    Format.REFERRAL: Referral,
    Format.ENQUIRY: Enquiry,
}
# When the patient came, as each of them calls it.
CAME_AT = {Format.ADMISSION: "admitted_at", Format.REFERRAL: "occurred_at", Format.ENQUIRY: "occurred_at"}


class Documents:
    """`ports.Reader` and `ports.DocumentReceiver` for JSON.

    `hospitals`: the codes that the catalogue knows; `centres`: those of them that answer enquiries.
    """

    def __init__(self, intake: Intake, hospitals: Collection[str], centres: Collection[str], now: Clock) -> None:
        self._intake = intake
        self._hospitals = hospitals
        self._centres = centres
        self._now = now

    async def receive(self, message: Arrived) -> Taken:
        """What became of it.

        Raises:
            Unfit: it cannot be taken as it is, and is kept.
            Unavailable, Uncertain: it was not kept, or nobody knows.
        """

        def parked(fault: Unfit) -> Parked:
            return Parked(message, _source(message.caller), self._hospital(message), fault.code, fault.details)

        return await taken(self._intake, self, message, parked)

    def read(self, message: Arrived) -> Entry:
        """What it says.

        Raises:
            Unfit: `too_large`, `malformed`, `invalid`, `unknown_facility`, `no_centre`, `hospital_not_allowed` or
                `in_the_future` or `planned_in_the_past`;
                `unreadable`: our own reading stumbled over it.
        """
        try:
            return self._read(message)
        except Unfit:
            raise
        except Exception as fault:  # noqa: BLE001 - kept like any other fault, and replayed once ours is mended
            log.warning("documents.reading_failed", error=type(fault).__name__)  # a traceback may quote people
            raise Unfit("unreadable") from None

    def reused(self) -> Unfit:
        """The fault of a message whose idempotency key stands for another one."""
        return Unfit("idempotency_key_reused")

    def _read(self, message: Arrived) -> Entry:
        if not message.whole:
            raise Unfit("too_large")
        if message.key is not None and not 0 < len(message.key) <= MAX_KEY:
            raise _invalid("header.Idempotency-Key", f"Length should be between 1 and {MAX_KEY}")
        what = _parsed(message)
        if what.facility not in self._hospitals:
            raise Unfit("unknown_facility", {"field": "facility"})
        if isinstance(what, Enquiry) and what.facility not in self._centres:
            raise Unfit("no_centre", {"field": "facility"})
        if not message.caller.sees(what.facility):
            raise Unfit("hospital_not_allowed", {"field": "facility"})
        came_at = what.admitted_at if isinstance(what, Admission) else what.occurred_at
        if came_at is not None and too_far_ahead(came_at, self._now()):
            raise Unfit("in_the_future", {"field": CAME_AT[message.format]})
        if isinstance(what, Referral) and what.planned_for is not None and what.planned_for <= self._now():
            raise Unfit("planned_in_the_past", {"field": "planned_for"})
        return Entry(what, _source(message.caller), message.key)

    def _hospital(self, message: Arrived) -> str:
        """Whose message it is: that of the hospital that it names, if its sender may speak for it."""
        content = _content(message.raw)
        named = content.get("facility") if isinstance(content, dict) else None
        ours = isinstance(named, str) and named in self._hospitals and message.caller.sees(named)
        return str(named) if ours else UNKNOWN


def _source(caller: Caller) -> str:
    return f"user/{caller.user}"


def _parsed(message: Arrived) -> Admission | Referral | Enquiry:
    model = MODELS[message.format]
    if places := list(islice(unkeepable(_content(message.raw)), MAX_TOLD)):
        known = (str(place[0]) if place and place[0] in model.model_fields else "?" for place in places)
        told = tuple({"field": named(place), "message": UNKEEPABLE} for place in places)
        raise Unfit("invalid", {"fields": ",".join(dict.fromkeys(known))}, told)
    try:
        return model.model_validate_json(message.raw.removeprefix(BOM))
    except ValidationError as fault:
        faults = fault.errors(include_input=False, include_url=False, include_context=False)[:MAX_TOLD]
    if any(each["type"] == "json_invalid" for each in faults):
        raise Unfit("malformed")
    fields = ",".join(dict.fromkeys(_known_place(each) for each in faults))
    raise Unfit(
        "invalid", {"fields": fields}, tuple({"field": _place(each), "message": each["msg"]} for each in faults)
    )


def _content(raw: bytes) -> Any:
    """The JSON, read leniently; None for what is none, which the model refuses."""
    try:
        return json.loads(raw.removeprefix(BOM))
    except (ValueError, RecursionError):
        return None


def _invalid(field: str, words: str) -> Unfit:
    return Unfit("invalid", {"fields": field}, ({"field": field, "message": words},))


def _place(fault: Any) -> str:
    return named(fault["loc"])


def _known_place(fault: Any) -> str:
    """The place without the name of a field that is none of ours: what is no name of ours may be anybody's."""
    unknown = fault["type"] == "extra_forbidden"
    return ".".join((*map(str, fault["loc"][:-1]), "?")) if unknown else _place(fault)
