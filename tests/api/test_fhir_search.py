"""What is read and searched: in one's own hospitals, in pages, and persons only by who may see them."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.adapters.fhir.resources import BY_UUID, encounter, patient, transaction
from tests.api.fhir import Client, admitted, code_of
from tests.fixtures.system import System

KINDS = ("Patient", "Encounter", "EpisodeOfCare", "CarePlan", "ServiceRequest", "Task")


async def person_of(client: Client, case_id: str) -> str:
    """The id of whom a stay is about."""
    found: str = (await client.get(f"/Encounter/{case_id}"))["subject"]["reference"].removeprefix("Patient/")
    return found


async def test_a_case_is_a_stay_an_episode_and_a_plan(system: System) -> None:
    """One case is seen as Encounter, EpisodeOfCare and CarePlan, each pointing at the same Patient."""
    care, case_id = Client(system, Role.COORDINATOR), await admitted(Client(system), visit="26-SEEN")
    stay, episode, plan = [await care.get(f"/{kind}/{case_id}") for kind in ("Encounter", "EpisodeOfCare", "CarePlan")]
    assert (stay["status"], episode["status"], plan["status"]) == ("in-progress", "active", "draft")
    assert stay["subject"] == episode["patient"] == plan["subject"]
    assert stay["identifier"][0]["value"] == "26-SEEN"
    assert stay["serviceProvider"]["identifier"] == {"system": "urn:marshrut:hospital", "value": "GKB29"}
    who = await care.get(f"/{stay['subject']['reference']}")
    assert (who["name"][0], who["birthDate"]) == (
        {"use": "official", "family": "Лебедева", "given": ["Нина", "Павловна"]},
        "1939-05-17",
    )


async def test_the_route_stands_in_the_plan(system: System) -> None:
    """Parts of the route and requests to partners are activities of the CarePlan."""
    care, case_id = Client(system, Role.COORDINATOR), await admitted(Client(system))
    await system.item(case_id, "entry", "documents", facts={"sort": "direction"}, status="planned")
    await system.item(case_id, "referral", "home_care", facts={"partner": "home_care_provider"})
    plan = await care.get(f"/CarePlan/{case_id}")
    part, request = plan["activity"]
    assert (plan["status"], part["detail"]["status"]) == ("active", "in-progress")
    assert part["detail"]["code"]["coding"][0] == {"system": "urn:marshrut:entry", "code": "documents"}
    assert (await care.get(f"/{request['reference']['reference']}"))["code"]["coding"][0]["code"] == "home_care"


@pytest.mark.parametrize("role", [Role.INTEGRATOR, Role.AUDITOR, Role.HEAD, Role.ADMIN])
async def test_who_sees_no_persons_sees_none_in_fhir(system: System, role: Role) -> None:
    """Machines, auditors and the head see that there is somebody, and nothing else of them, in every list."""
    person = patient(f"MRN-{token_hex(4)}")
    answer = await Client(system).post("", transaction(person, encounter(BY_UUID, "26-HIDDEN")))
    case_id = answer.json()["entry"][1]["response"]["location"].rsplit("/", 1)[1]
    await system.item(case_id, "referral", "home_care", facts={"partner": "home_care_provider", "note": "ТАЙНА"})
    client, shown = Client(system, role), ""
    for kind in KINDS:
        about = "_id" if kind == "Patient" else "patient"
        shown += str(await client.all(f"/{kind}?{about}={await person_of(client, case_id)}"))
    for secret in ("Лебедева", "1939-05-17", person["identifier"][0]["value"], "26-HIDDEN", "+7 495", "ТАЙНА"):
        assert secret not in shown
    assert "REDACTED" in shown


@pytest.mark.parametrize("kind", KINDS)
async def test_another_hospital_finds_nothing(system: System, kind: str) -> None:
    """Whatever is asked for, lists show one's own hospitals only, and what is elsewhere does not exist."""
    case_id = await admitted(Client(system))
    await system.item(case_id, "referral", "home_care", facts={"partner": "home_care_provider"})
    own, stranger = Client(system, Role.SUPERVISOR), Client(system, Role.SUPERVISOR, "stranger", "SKLIF")
    person = await person_of(own, case_id)
    (mine,) = await own.all(f"/{kind}?{'_id' if kind == 'Patient' else 'patient'}={person}")
    assert await stranger.all(f"/{kind}?_id={mine['id']}") == []
    assert code_of(await stranger.call("GET", f"/{kind}/{mine['id']}")) == (404, "resource_not_found")


async def test_pages_are_followed_to_their_end(system: System) -> None:
    """Every page holds no more than was asked for, nothing comes twice, and nothing is left out."""
    his, number = Client(system), token_hex(4)
    cases = [await admitted(his) for _ in range(5)]
    for case_id in cases[:2]:
        for round_ in ("r1", "r2", "r3"):
            facts = {"partner": "home_care_provider", "round": round_}
            await system.item(case_id, "referral", "home_care", facts=facts)
    stays = await his.all(f"/Encounter?_id={','.join(cases)}&_count=2")
    assert sorted(each["id"] for each in stays) == sorted(cases)
    tasks = await his.all(f"/Task?encounter={','.join(cases)}&status=requested&_count=2")
    assert (len(tasks), len({each["id"] for each in tasks})) == (6, 6)
    page = await his.get(f"/Encounter?_id={','.join(cases)}&_count=2&nobody-knows={number}")
    assert number not in str(page["link"])
    assert [each["search"]["mode"] for each in page["entry"]] == ["match", "match", "outcome"]
    assert len({each["id"] for each in await his.all("/Patient?_count=3")}) == len(await his.all("/Patient?_count=200"))


async def test_what_is_found_by_number_is_linked_by_id(system: System) -> None:
    """A number finds the stay or the patient, by GET and by a form; it stands in no link, and auditors may not ask."""
    person, number = patient(f"MRN-{token_hex(4)}"), f"26-{token_hex(4)}"
    his = Client(system)
    await his.post("", transaction(person, encounter(BY_UUID, number)))
    mrn = person["identifier"][0]["value"]
    for kind, token in (("Patient", mrn), ("Encounter", number), ("Encounter", f"urn:marshrut:visit:GKB29|{number}")):
        page = await his.get(f"/{kind}?identifier={token}")
        assert len(page["entry"]) == 1
        assert token not in str(page["link"])
        (form,) = (await his.post(f"/{kind}/_search", f"identifier={token}".encode(),
                                  Content_Type="application/x-www-form-urlencoded")).json()["entry"]  # fmt: skip
        assert form["resource"] == page["entry"][0]["resource"]
        again = page["link"][0]["url"].split("/fhir", 1)[1]
        assert (await his.get(again))["entry"][0]["resource"] == form["resource"]
    assert "entry" not in await his.get(f"/Encounter?identifier=urn:marshrut:visit:SKLIF|{number}")
    assert code_of(await Client(system, Role.AUDITOR).call("GET", f"/Patient?identifier={mrn}"))[0] == 403


async def test_status_and_time_choose(system: System) -> None:
    """A status finds what stands so, `_lastUpdated` what changed then."""
    his = Client(system)
    case_id = await admitted(his)
    at = (await his.get(f"/Encounter/{case_id}"))["meta"]["lastUpdated"]
    for asked, there in (
        ("status=in-progress", True), ("status=finished,cancelled", False),
        ("status=in-progress&status=finished", False),
        (f"_lastUpdated=ge{at}", True), (f"_lastUpdated=lt{at}", False), (f"_lastUpdated={at[:10]}", True),
        (f"_lastUpdated=gt{at[:4]}", False), (f"_lastUpdated=le{at[:7]}", True), ("service-provider=GKB29", True),
        ("service-provider=Organization/SKLIF", False), ("subject=nobody", False),
    ):  # fmt: skip
        assert bool(await his.all(f"/Encounter?_id={case_id}&{asked}")) is there, asked
    assert await his.all(f"/EpisodeOfCare?_id={case_id}&status=active")
    assert await his.all(f"/CarePlan?encounter=Encounter/{case_id}&status=draft")


@pytest.mark.parametrize(
    "asked",
    ["_count=0", "_count=x", "_count=-1", "_lastUpdated=yesterday", "_lastUpdated=2026-02-30", "status:not=finished",
     "patient:Patient.name=x", "patient=/", "identifier=1&identifier=2", "_page=x", "_page=1~%00", "_lastUpdated=0001"],
)  # fmt: skip
async def test_a_search_that_cannot_be_is_refused(system: System, asked: str) -> None:
    """Values that nothing can have, and modifiers that are not supported, are told as faults."""
    answer = await Client(system).call("GET", f"/Encounter?{asked}")
    assert answer.status_code in {400, 422}
    assert code_of(answer)[1] in {"bad_search", "bad_cursor", "invalid"}


async def test_unknown_parameters_are_handled_as_asked(system: System) -> None:
    """By default they are left out, with a warning and not in the link; strictly they are a fault."""
    his = Client(system)
    case_id = await admitted(his)
    path = f"/Encounter?_id={case_id}&colour=blue"
    page = await his.get(path)
    assert "colour" not in page["link"][0]["url"]
    assert page["entry"][-1]["resource"]["issue"][0]["severity"] == "warning"
    assert code_of(await his.call("GET", path, Prefer="handling=strict")) == (400, "bad_search")
    assert (await his.call("GET", path, Prefer="handling=lenient")).status_code == 200


async def test_what_has_not_changed_is_not_sent_again(system: System) -> None:
    """If-None-Match with the version at hand is answered 304."""
    his = Client(system)
    case_id = await admitted(his)
    first = await his.call("GET", f"/Encounter/{case_id}")
    again = await his.call("GET", f"/Encounter/{case_id}", If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


async def test_an_enquiry_is_no_stay(system: System) -> None:
    """What somebody asks the Coordination Centre is in no list of FHIR."""
    body = {"facility": "CENTRE", "channel": "phone", "topic": "status", "sentence": "где пакет"}
    made = await system.http.post("/api/v1/enquiries", json=body, headers=system.token(Role.SUPERVISOR, "o", "CENTRE"))
    centre = Client(system, Role.SUPERVISOR, "o", "CENTRE")
    assert code_of(await centre.call("GET", f"/Encounter/{made.json()['case_id']}"))[0] == 404
    for kind in KINDS:
        found: list[dict[str, Any]] = await centre.all(f"/{kind}")
        assert found == []
