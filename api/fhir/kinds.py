"""The resources that can be read and searched, and what each list may be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from api.fhir import plans, stays
from api.fhir.seen import Seen
from marshrut.domain.state import CaseState, Item

COMMON = ("_id", "_lastUpdated")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resource. `params`: by which it is searched, and how (`search-param-type`).

    `status`: how one stands, of a case or of a referral in it; `live`: while a case is open no other status can be.
    """

    params: dict[str, str]
    status: Callable[[Any], str]
    statuses: tuple[str, ...]
    closed: frozenset[str]
    of_referrals: bool = False


def _never(_case: CaseState) -> str:
    return ""


ABOUT = {"patient": "reference", "subject": "reference"}
KINDS: dict[str, Kind] = {
    "Patient": Kind({"identifier": "token"}, _never, (), frozenset()),
    "Encounter": Kind(
        {**ABOUT, "identifier": "token", "status": "token", "service-provider": "reference"},
        stays.encounter_status,
        ("planned", "in-progress", "finished", "cancelled"),
        frozenset({"cancelled"}),
    ),
    "EpisodeOfCare": Kind(
        {"patient": "reference", "status": "token", "organization": "reference"},
        stays.episode_status,
        ("planned", "active", "onhold", "finished", "cancelled"),
        frozenset({"finished", "cancelled"}),
    ),
    "CarePlan": Kind(
        {**ABOUT, "encounter": "reference", "status": "token"},
        plans.plan_status,
        ("draft", "active", "on-hold", "completed", "revoked"),
        frozenset({"completed", "revoked"}),
    ),
    "ServiceRequest": Kind(
        {**ABOUT, "encounter": "reference", "status": "token", "performer": "reference"},
        plans.request_status,
        ("active", "on-hold", "completed", "revoked"),
        frozenset(),
        of_referrals=True,
    ),
    "Task": Kind(
        {
            **ABOUT,
            "encounter": "reference",
            "status": "token",
            "focus": "reference",
            "owner": "reference",
        },
        plans.task_status,
        tuple(dict.fromkeys((*plans.TASK.values(), "on-hold"))),
        frozenset(),
        of_referrals=True,
    ),
}
# A Task that stands so is of an open case: what a case leaves open its end closes.
OPEN_TASKS = frozenset({"requested", "accepted", "in-progress", "on-hold"})


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
