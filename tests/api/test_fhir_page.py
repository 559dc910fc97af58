"""The integrators' page tells of FHIR what the code does: its tables and the code name the same, neither more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.fhir import plans, tasks
from api.fhir.asking import FORMAL, SHAPING
from api.fhir.kinds import KINDS
from api.problems import KINDS as PROBLEMS
from marshrut.adapters.fhir.definitions import r4
from marshrut.adapters.fhir.messages import FhirMessages
from marshrut.domain.words import Role
from marshrut.ports import Arrived, Format, Unfit
from tests.adapters.fhir.resources import BY_UUID, contained, encounter, flag, message, patient, related, transaction
from tests.adapters.fhir.test_messages import HIS, NOW, SITES, NoIntake, nobody
from tests.api.fhir import Client
from tests.architecture.tree import ROOT, text
from tests.fixtures.asked import SERVICE, asked, linked
from tests.fixtures.system import System

SECTION = text(Path("docs/integration.md")).partition("\n## FHIR\n")[2].partition("\n## ")[0]
# An element is read by parts that R4 has for all elements of its type; these say nothing of ours by themselves.
ELEMENT = re.compile(r"`([A-Z][A-Za-z]+(?:\.[A-Za-z]+)+)`")
CODE = re.compile(r"`([\w\-]+)`")


def table(first: str) -> list[list[str]]:
    """The rows of the table of which the first heading is this."""
    lines = SECTION.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first} |"))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def elements(first: str, cells: int = 2) -> set[str]:
    """The elements of R4 that a table names."""
    return {path for row in table(first) for cell in row[:cells] for path in ELEMENT.findall(cell)}


def within(path: str, paths: set[str]) -> bool:
    """Whether one of the paths is it, or leads there."""
    return any(path == each or path.startswith(f"{each}.") for each in paths)


@pytest.mark.parametrize("first", ["element taken", "element read"])
def test_every_element_is_one_of_r4(first: str) -> None:
    """A path that FHIR R4 does not have cannot be sent, nor read."""
    for path in elements(first):
        kind, *names = path.split(".")
        for name in names:
            assert name in r4().types[kind], path
            kind = r4().types[kind][name].kind


class Watched(dict[str, Any]):
    """A resource that knows which of its elements were asked for."""

    def __init__(self, value: dict[str, Any], path: str, seen: set[str]) -> None:
        own = value.get("resourceType", path)
        super().__init__({name: watched(each, f"{own}.{name}", seen) for name, each in value.items()})
        self._path, self._seen = own, seen

    def get(self, name: str, default: Any = None) -> Any:
        self._seen.add(f"{self._path}.{name}")
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self._seen.add(f"{self._path}.{name}")
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._seen.add(f"{self._path}.{name}")
        return super().__contains__(name)


def watched(value: Any, path: str, seen: set[str]) -> Any:
    """The value, watched as deep as it goes."""
    if isinstance(value, dict):
        return Watched(value, path, seen)
    return [watched(each, path, seen) for each in value] if isinstance(value, list) else value


class Watching(FhirMessages):
    """Reads as always, and keeps which elements were asked for."""

    def __init__(self) -> None:
        super().__init__(NoIntake(), SITES, nobody, lambda: NOW, id_key=b"key")  # type: ignore[arg-type]  # only read from
        self.seen: set[str] = set()

    def checked(self, raw: bytes) -> dict[str, Any]:
        found: dict[str, Any] = watched(super().checked(raw), "", self.seen)
        return found


HOSPITAL = {"resourceType": "Organization", "name": "GKB29", "identifier": [{"value": "GKB29"}], "id": "GKB29"}
PLACE = {
    "resourceType": "Location",
    "name": "T1",
    "physicalType": {"coding": [{"code": "wa"}]},
    "partOf": {"display": "x"},
}
REASON = {"resourceType": "Condition", "subject": BY_UUID, "code": {"text": "S72.0"}}


def sent() -> Iterator[dict[str, Any]]:
    """Messages of every kind that is taken."""
    person = patient(contact=[{"relationship": [{"text": "сын"}], "organization": {"display": "x"}}])
    stay = encounter(
        BY_UUID,
        serviceProvider={"reference": "urn:uuid:organization"},
        location=[{"location": {"reference": "urn:uuid:location"}}],
        diagnosis=[{"condition": {"reference": "urn:uuid:condition"}}],
    )
    yield transaction(person, stay, related(), flag(), HOSPITAL, PLACE, REASON)
    by_reason = {name: each for name, each in stay.items() if name != "diagnosis"}
    yield transaction(person, {**by_reason, "reasonReference": [{"reference": "urn:uuid:condition"}]}, REASON, HOSPITAL)
    came, went = {"admitSource": {"text": "x"}}, {"dischargeDisposition": {"text": "x"}}
    outpatient = encounter(BY_UUID, reasonCode=[{"text": "x"}], hospitalization=came)
    yield transaction(person, {**outpatient, "class": {"code": "AMB"}})
    yield contained(patient(), status="finished", period={"end": "2026-03-12T10:00:00Z"}, hospitalization=went)
    yield contained(patient(), status="planned", period={"start": "2026-04-01"})
    yield contained(patient(), status="cancelled")
    yield patient(deceasedDateTime="2026-03-12T08:00:00Z")
    yield related(patient={"identifier": {"value": "1"}})
    yield flag(subject={"identifier": {"value": "1"}})
    yield message(patient(), encounter(BY_UUID))


def there_is(path: str) -> bool:
    """Whether R4 has the element at all: code that reads several types may ask one for another's."""
    kind, name, *_ = *path.split("."), ""
    return name in r4().types.get(kind, {})


def test_what_is_taken_is_read_from_these_elements() -> None:
    """The code asks messages for each element of the table, and for no other."""
    reader, told = Watching(), elements("element taken")
    for each in sent():
        try:
            reader.read(Arrived(json.dumps(each).encode(), Format.FHIR, HIS))
        except Unfit as fault:
            raise AssertionError(fault.code, fault.errors) from None
    # Of what kind a resource is, and its own id, by which others refer to it.
    formal = {f"{kind}.{name}" for kind in r4().resources for name in ("resourceType", "id", "contained")}
    asked_for = {path for path in reader.seen if there_is(path)} - formal
    leading = {path for path in asked_for if any(each.startswith(f"{path}.") for each in told)}
    assert {path for path in asked_for - leading if not within(path, told)} == set()
    assert {path for path in told - formal if not any(within(each, {path}) for each in asked_for)} == set()


def leaves(value: Any, path: str) -> Iterator[str]:
    """The paths of all that a resource tells."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, f"{path}.{name}")
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, path)
    else:
        yield path


async def test_what_is_read_tells_these_elements(system: System) -> None:
    """Resources of cases that have all there is tell each element of the table, and no other."""
    care, his = Client(system, Role.COORDINATOR), Client(system)
    case_id, items = await asked(system, SERVICE)
    await linked(system, items[SERVICE], needs_consent=True)
    partner = Client(system, Role.PARTNER, SERVICE)
    task = next(each for each in await partner.all("/Task") if each["id"].startswith(case_id))
    reason = {"coding": [{"code": "no_capacity"}], "text": "Ждём"}
    wanted = {**task, "status": "on-hold", "statusReason": reason}
    assert (await partner.put(f"/Task/{task['id']}", wanted, If_Match="*")).status_code == 200
    contact = {
        "relationship": [{"text": "сын"}],
        "name": {"family": "Лебедев"},
        "telecom": [{"system": "phone", "value": "+7 1"}],
    }
    person = patient(address=[{"text": "x"}], contact=[{**contact, "address": {"text": "x"}}])
    place = [{"location": {"display": "T1"}, "physicalType": {"coding": [{"code": "wa"}]}}]
    stay = contained(person, reasonCode=[{"text": "S72.0"}], location=place)
    ended = {**stay, "status": "finished", "period": {**stay["period"], "end": "2026-03-20T10:00:00Z"}}
    went = {"hospitalization": {"dischargeDisposition": {"coding": [{"code": "exp"}]}}}
    opened = (await his.post("/Encounter", stay)).json()["id"]
    assert (await his.post("/Encounter", {**ended, **went})).status_code in {200, 202}
    owner = await system.post(f"/api/v1/cases/{case_id}/owner", {"owner": "coordinator-1"})
    assert owner.status_code == 200, owner.text
    read = [await care.get(f"/{kind}/{case_id}") for kind in ("EpisodeOfCare", "CarePlan")]
    read += [await care.get(f"/{kind}/{task['id']}") for kind in ("Task", "ServiceRequest")]
    read.append(await partner.get(f"/ServiceRequest/{task['id']}"))
    doctor = Client(system, Role.DOCTOR)
    read.append(await doctor.get(f"/Encounter/{opened}"))
    read.append(await doctor.get(f"/{read[-1]['subject']['reference']}"))
    formal = {f"{kind}.{name}" for kind in KINDS for name in ("resourceType", "id")}
    told = elements("element read", cells=1)
    shown = {path for each in read for path in leaves(each, each["resourceType"])} - formal
    assert {path for path in shown if not within(path, told)} == set()
    assert {path for path in told if not any(within(each, {path}) for each in shown)} == set()


def test_parameters_and_statuses_are_those_of_the_code() -> None:
    """Each list's parameters and statuses stand in the table, and each parameter is explained."""
    rows = {kind: (CODE.findall(status), CODE.findall(params)) for kind, status, params in table("resource")}
    assert {kind: params for kind, (_, params) in rows.items()} == {
        kind: list(each.params) for kind, each in KINDS.items()
    }
    assert {kind: set(statuses) for kind, (statuses, _) in rows.items() if kind != "Task"} == {
        kind: set(each.statuses) for kind, each in KINDS.items() if kind != "Task"
    }
    explained = {name.partition("=")[0] for row in table("parameters") for name in re.findall(r"`([^`]+)`", row[0])}
    known = {name for each in KINDS.values() for name in each.params} | {"_lastUpdated"}
    assert known <= explained
    assert explained - known <= FORMAL | SHAPING


def test_a_referrals_statuses_are_those_of_the_code() -> None:
    """What a Task's status does to a referral, whether a partner may say it, and how a referral is shown."""
    rows = [
        (CODE.findall(status)[0], CODE.findall(ours), partner) for status, ours, partner, _ in table("`Task.status`")
    ]
    assert {status: ours[0] for status, ours, _ in rows if status != plans.ON_HOLD} == tasks.STATUSES
    assert {status for status, _, partner in rows if partner == "yes"} == set(tasks.ANSWERS)
    shown = {ours: status for status, ours in tasks.STATUSES.items()} | {"handed_over": "completed"}
    assert shown == plans.TASK
    activities = {
        ours: CODE.findall(theirs)[0] for each, theirs in table("part of the route") for ours in CODE.findall(each)
    }
    assert activities == plans.ACTIVITY


RAISED = re.compile(r"(?:Problem|[uU]nfit)\(\s*\"(\w+)\"")


def test_faults_are_those_of_the_code() -> None:
    """Every fault that the code of FHIR tells stands in the table, under the status that it has."""
    rows = [(set(map(int, re.findall(r"\d{3}", status))), CODE.findall(codes)) for status, codes in table("status")]
    for statuses, codes in rows:
        assert {PROBLEMS[code].status for code in codes} <= statuses, codes
    told = {code for _, codes in rows for code in codes}
    sources = [*(ROOT / "api" / "fhir").glob("*.py"), *(ROOT / "marshrut" / "adapters" / "fhir").glob("*.py")]
    assert {code for path in sources for code in RAISED.findall(path.read_text())} <= told
