"""The resources that can be read, searched and sent, and what each list may be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.fhir import plans, stays, systems
from api.fhir.seen import Seen
from marshrut.domain.state import CaseState, Item


@dataclass(frozen=True, slots=True)
class Param:
    """By what a list is searched. `type`: its `search-param-type`.

    `target`: the type of resource that a reference leads to; `system`: whose numbers or codes it takes, where they are
    of one system; `personal`: it says who somebody is, so it stands in a form and in no address.
    """

    type: str
    target: str | None = None
    system: str | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resource. `status`: how one stands, of a case or of a referral in it.

    `closed`: while a case is open its resource does not stand so.
    """

    params: Mapping[str, Param]
    status: Callable[[Any], str]
    statuses: tuple[str, ...] = ()
    closed: frozenset[str] = field(default_factory=frozenset)
    of_referrals: bool = False

    def includes(self) -> list[str]:
        """The parameters whose resources may come along (`_include`)."""
        return [name for name, each in self.params.items() if each.target is not None]


def _never(_case: CaseState) -> str:
    return ""


def _status(system: str) -> Param:
    return Param("token", system=f"http://hl7.org/fhir/{system}")


# What is sent to us, those of it that are found again by their number, and what is updated.
TAKEN = ("Patient", "Encounter", "RelatedPerson", "Flag")
NUMBERED = ("Patient", "Encounter")
UPDATED = {
    "Patient": "What is left out stays known.",
    "Encounter": "By the id that the numbers of hospital and visit give.",
    "Task": "status, statusReason and note count; If-Match is needed.",
}
COMMON = {"_id": Param("token"), "_lastUpdated": Param("date")}
# Whom a form may look for: in any spelling of the name, born on that day.
SOUGHT = {
    **dict.fromkeys(("name", "family", "given"), Param("string", personal=True)),
    "birthdate": Param("date", personal=True),
}
PATIENT = Param("reference", target="Patient")
ABOUT = {"patient": PATIENT, "subject": PATIENT}
ENCOUNTER = Param("reference", target="Encounter")
HOSPITAL, PARTNER = (Param("reference", system=each) for each in (systems.HOSPITALS, systems.PARTNERS))
KINDS: Mapping[str, Kind] = {
    "Patient": Kind({"identifier": Param("token"), **SOUGHT}, _never),
    "Encounter": Kind(
        {
            **ABOUT,
            "identifier": Param("token"),
            "status": _status("encounter-status"),
            "service-provider": HOSPITAL,
        },
        stays.encounter_status,
        ("planned", "in-progress", "finished", "cancelled"),
        frozenset({"cancelled"}),
    ),
    "EpisodeOfCare": Kind(
        {"patient": PATIENT, "status": _status("episode-of-care-status"), "organization": HOSPITAL},
        stays.episode_status,
        ("planned", "active", "onhold", "finished", "cancelled"),
        frozenset({"finished", "cancelled"}),
    ),
    "CarePlan": Kind(
        {**ABOUT, "encounter": ENCOUNTER, "status": _status("request-status")},
        plans.plan_status,
        ("draft", "active", "on-hold", "completed", "revoked"),
        frozenset({"completed", "revoked"}),
    ),
    "ServiceRequest": Kind(
        {
            **ABOUT,
            "encounter": ENCOUNTER,
            "status": _status("request-status"),
            "performer": PARTNER,
            "authored": Param("date"),
        },
        plans.request_status,
        tuple(dict.fromkeys((*plans.REQUEST.values(), plans.ON_HOLD))),
        of_referrals=True,
    ),
    "Task": Kind(
        {
            **ABOUT,
            "encounter": ENCOUNTER,
            "focus": Param("reference", target="ServiceRequest"),
            "status": _status("task-status"),
            "owner": PARTNER,
            "authored-on": Param("date"),
            "modified": Param("date"),
        },
        plans.task_status,
        tuple(dict.fromkeys((*plans.TASK.values(), plans.ON_HOLD))),
        of_referrals=True,
    ),
}


async def of_case(kind: str, case: CaseState, seen: Seen) -> dict[str, Any]:
    """The resource of this type that a case is."""
    match kind:
        case "Patient":
            return stays.patient(case, seen)
        case "Encounter":
            return stays.encounter(case, seen)
        case "EpisodeOfCare":
            return stays.episode(case, seen)
        case _:
            return await plans.care_plan(case, seen)


async def of_referrals(
    kind: str, case: CaseState, found: Sequence[tuple[str, Item]], seen: Seen
) -> list[dict[str, Any]]:
    """The resources of this type that referrals of a case are."""
    made = plans.tasks if kind == "Task" else plans.service_requests
    return await made(case, found, seen)
