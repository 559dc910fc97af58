"""A hospital's system speaks FHIR: what it sends opens, attaches, waits or is kept, as by HL7 and JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from dataclasses import replace
from secrets import token_hex
from typing import Any

import httpx
import pytest

from marshrut.domain.words import Role
from marshrut.ports import ResourceReceiver
from tests.adapters.fhir.resources import BY_UUID, contained, encounter, flag, message, patient, related, transaction
from tests.api.fhir import Client, admitted, code_of
from tests.api.inboxes import er7, integrator, reader, relaying
from tests.fixtures.engine import eventually
from tests.fixtures.system import System, admission


async def test_a_stay_opens_one_case_however_often_it_is_sent(system: System) -> None:
    """A stay with its patient opens a case, 201; sent again it is 200 and the same one, and so by JSON."""
    his, stay = Client(system), contained(patient("900101"), visit="26-FHIR-1")
    first = await his.post("/Encounter", stay)
    assert (first.status_code, first.json()["status"]) == (201, "in-progress")
    case_id = first.json()["id"]
    assert first.headers["location"].endswith(f"/fhir/Encounter/{case_id}")
    assert first.headers["etag"].startswith('W/"')
    again = await his.post("/Encounter", stay)
    assert (again.status_code, again.json()["id"]) == (200, case_id)
    same = admission(visit="26-FHIR-1", patient={"identified": True, "mrn": "900101"})
    by_json = await system.post("/api/v1/admissions", same, role=Role.INTEGRATOR)
    assert (by_json.status_code, by_json.json()["case_id"]) == (200, case_id)
    card = await system.get(f"/api/v1/cases/{case_id}", Role.COORDINATOR)
    assert (card["patient"]["family"], card["patient"]["given"], card["visit"]) == ("Лебедева", "Нина", "26-FHIR-1")


async def test_a_transaction_brings_whom_and_what_stands_beside(system: System) -> None:
    """Patient, stay, relative and flag in one Bundle are one case; each entry is told what became of it."""
    his, ward = Client(system), {"resourceType": "Location", "name": "T1", "physicalType": {"coding": [{"code": "wa"}]}}
    stay = encounter(BY_UUID, location=[{"location": {"reference": "urn:uuid:location"}}])
    answer = await his.post("", transaction(patient(), stay, related(), flag(), ward))
    assert answer.status_code == 200
    told = [each["response"] for each in answer.json()["entry"]]
    assert answer.json()["type"] == "transaction-response"
    assert [each["status"] for each in told] == ["201 Created", "201 Created", "200 OK", "200 OK", "200 OK"]
    card = await system.get(f"/api/v1/cases/{told[1]['location'].rsplit('/', 1)[1]}", Role.COORDINATOR)
    assert (card["flags"], card["ward"], card["emergency"]) == (["lives_alone"], "T1", True)
    assert [each["family"] for each in card["contacts"]] == ["Лебедев"]
    named = await his.get("/" + "/".join(told[0]["location"].rsplit("/", 2)[1:]))
    assert "name" not in named
    assert named["meta"]["security"][0]["code"] == "REDACTED"


async def test_a_message_is_answered_by_a_message_and_counts_once(system: System) -> None:
    """The answer says that it was taken; the same message again changes nothing, another under its key is refused."""
    his, stay = Client(system), encounter(BY_UUID)
    sent = message(patient(), stay, name=f"m-{token_hex(4)}")
    for path in ("", "/$process-message"):
        answer = await his.post(path, sent)
        assert answer.status_code == 200
        header = answer.json()["entry"][0]["resource"]
        assert header["response"] == {"identifier": sent["entry"][0]["resource"]["id"], "code": "ok"}
    other = {**sent, "entry": [*sent["entry"][:1], *message(patient(), encounter(BY_UUID))["entry"][1:]]}
    assert code_of(await his.post("", other)) == (422, "idempotency_key_reused")


async def test_what_is_there_is_not_created_again(system: System) -> None:
    """If-None-Exist by number: 200 with what is there, and nothing of it is taken; in a transaction too."""
    his, number = Client(system), f"26-{token_hex(4)}"
    case_id = await admitted(his, visit=number)
    condition = f"identifier=http://gkb29.example/visit|{number}"
    answer = await his.post("/Encounter", contained(patient(), visit="another"), If_None_Exist=condition)
    assert (answer.status_code, answer.json()["id"]) == (200, case_id)
    bundle = transaction(patient(), encounter(BY_UUID, "another"), Encounter={"ifNoneExist": condition})
    told = [each["response"] for each in (await his.post("", bundle)).json()["entry"]]
    assert (told[1]["status"], told[1]["location"].rsplit("/", 1)[1]) == ("200 OK", case_id)
    assert code_of(await his.post("", {**bundle, "type": "batch"})) == (422, "unsupported_bundle")
    new = await his.post("/Encounter", contained(patient()), If_None_Exist="identifier=x|nobody-has-this")
    assert new.status_code == 201
    assert code_of(await his.post("/Encounter", contained(patient()), If_None_Exist="status=planned"))[0] == 400


async def test_a_patient_may_come_before_the_stay(system: System) -> None:
    """A Patient without a case is kept and can be read by those who may; the stay that names it opens the case."""
    his, doctor = Client(system), Client(system, Role.DOCTOR)
    created = await his.post("/Patient", patient())
    assert created.status_code == 201
    name = created.json()["id"]
    assert (await doctor.get(f"/Patient/{name}"))["name"][0]["family"] == "Лебедева"
    await his.post("/RelatedPerson", related(patient={"reference": f"Patient/{name}"}))
    stay = await his.post("/Encounter", encounter({"reference": f"Patient/{name}"}))
    assert (stay.status_code, stay.json()["subject"]) == (201, {"reference": f"Patient/{name}"})
    async with relaying(system.parts):

        async def near() -> Any:
            card = await system.get(f"/api/v1/cases/{stay.json()['id']}", Role.COORDINATOR)
            return (card["contacts"] and card["patient"]["family"]) or None

        assert await eventually(near) == "Лебедева"
    assert (await doctor.get(f"/Patient/{name}"))["contact"][0]["name"]["family"] == "Лебедев"


async def test_a_leaving_that_overtakes_the_coming_waits(system: System) -> None:
    """Finished before it began is held, 202; the stay that follows has it applied, whichever way it comes."""
    his, number = Client(system), f"26-{token_hex(4)}"
    ended = contained(
        patient("M-1"), visit=number, status="finished", period={"start": "2026-03-01", "end": "2026-03-20"}
    )
    early = await his.post("/Encounter", ended)
    assert early.status_code == 202
    case_id = early.headers["content-location"].rsplit("/", 1)[1]
    assert code_of(await his.call("GET", f"/Encounter/{case_id}")) == (404, "resource_not_found")
    async with relaying(system.parts):
        raw = er7(pv1={19: number}, pid={3: "M-1^^^^MR"})
        await system.parts.api.receiver.receive(raw, integrator("his"))

        async def left() -> Any:
            answer = await his.call("GET", f"/Encounter/{case_id}")
            return answer.json() if answer.status_code == 200 and answer.json()["status"] == "finished" else None

        stay = await eventually(left)
    assert stay["period"]["end"].startswith("2026-03-19T21:00:00")


async def test_a_stay_is_updated_by_its_id(system: System) -> None:
    """A PUT moves the patient, and cancels; another version, another id and another's numbers are refused."""
    his, number = Client(system), f"26-{token_hex(4)}"
    case_id = await admitted(his, visit=number)
    person = patient()
    moved = contained(person, visit=number, id=case_id, location=[{"location": {"display": "T7"}}])
    answer = await his.put(f"/Encounter/{case_id}", moved)
    assert answer.status_code == 200
    assert answer.json()["location"][0]["location"]["identifier"]["value"] == "T7"
    assert code_of(await his.put(f"/Encounter/{case_id}", moved, If_Match='W/"1"')) == (412, "version_differs")
    for other in (contained(person, id=case_id), contained(person, visit=number), contained(person, id="x")):
        assert code_of(await his.put(f"/Encounter/{case_id}", other)) == (400, "wrong_id")
    off = await his.put(f"/Encounter/{case_id}", {**moved, "status": "cancelled"}, If_Match=answer.headers["etag"])
    assert (off.status_code, off.json()["status"]) == (200, "cancelled")


async def test_a_flag_by_itself_changes_the_case(system: System) -> None:
    """A flag is told to the patient's open case; the same again changes nothing and is no fault."""
    his = Client(system)
    case_id = await admitted(his)
    person = (await his.get(f"/Encounter/{case_id}"))["subject"]
    for _ in range(2):
        assert (await his.post("/Flag", flag(subject=person))).status_code == 201
    assert (await system.get(f"/api/v1/cases/{case_id}"))["flags"] == ["lives_alone"]


async def test_a_stay_ahead_and_one_that_opens_no_case(system: System) -> None:
    """A planned stay opens a case that awaits its patient; one that is no emergency is screened out, and said so."""
    his = Client(system)
    ahead = await his.post("/Encounter", contained(patient(), status="planned", period={"start": "2099-03-20"}))
    assert (ahead.status_code, ahead.json()["status"], ahead.json()["class"]["code"]) == (201, "planned", "PRENC")
    screened = await his.post("/Encounter", contained(patient(), **{"class": {"code": "AMB"}}))
    assert (screened.status_code, screened.json()["issue"][0]["diagnostics"]) == (200, "not_emergency")


@pytest.mark.parametrize(
    ("path", "body", "code", "place"),
    [
        ("/Encounter", {**contained(patient()), "status": "gone"}, "invalid_resource", "Encounter.status"),
        ("/Encounter", contained(patient(), serviceProvider={"identifier": {"value": "SKLIF"}}), "hospital_not_allowed",
         "Encounter.serviceProvider"),
        ("/Patient", patient(name="Иванова"), "invalid_resource", "Patient.name"),
        ("", {"resourceType": "Bundle", "type": "batch"}, "unsupported_bundle", "Bundle.type"),
        ("/Patient", contained(patient()), "wrong_id", "Resource.resourceType"),
        ("", patient(), "wrong_id", "Resource.resourceType"),
        ("/Patient", b"{", "malformed", None),
        ("", b"\xff\xfe", "malformed", None),
    ],
)  # fmt: skip
async def test_what_cannot_be_taken_is_kept_and_told_with_its_place(
    system: System, path: str, body: Any, code: str, place: str | None
) -> None:
    """An OperationOutcome names the element; the message is parked with its bytes, and says nothing of persons."""
    user = f"his-{token_hex(4)}"
    answer = await Client(system, Role.INTEGRATOR, user).post(path, body)
    assert code_of(answer)[1] == code
    assert answer.json()["issue"][0].get("expression", [None])[0] == place
    inbox = reader(system, Role.INTEGRATOR, user, "GKB29")
    kept = await inbox.one(state="parked")
    assert (kept["format"], kept["code"]) == ("fhir r4", code)
    assert "Иванова" not in str(kept) + answer.text


async def test_what_was_parked_is_replayed_once_it_can_be_taken(system: System) -> None:
    """A stay of a patient whom nobody knew is taken by a replay once the patient was told, and opens one case."""
    user = f"his-{token_hex(4)}"
    his, inbox, person = (
        Client(system, Role.INTEGRATOR, user),
        reader(system, Role.INTEGRATOR, user, "GKB29"),
        patient(),
    )
    name = system.parts.api.resources.persons_numbered(person["identifier"][0]["value"], ["GKB29"])[0]
    refused = await his.post("/Encounter", encounter({"reference": f"Patient/{name}"}))
    assert code_of(refused) == (422, "patient_unknown")
    parked = await inbox.one(state="parked")
    await his.post("/Patient", person)
    taken = await inbox.replay(parked["id"])
    assert (taken.status_code, taken.json()["created"]) == (200, True)
    card = await system.get(f"/api/v1/cases/{taken.json()['case_id']}", Role.COORDINATOR)
    assert card["patient"]["family"] == "Лебедева"


async def test_a_body_beyond_the_limit_is_answered_and_its_beginning_kept(system: System) -> None:
    """More than a megabyte, or too many parts: 413 as an OperationOutcome, and a row in the inbox."""
    user = f"his-{token_hex(4)}"
    his = Client(system, Role.INTEGRATOR, user)
    assert code_of(await his.post("/Patient", b'{"a": "' + b"x" * 1_100_000 + b'"}')) == (413, "too_large")
    many = patient(telecom=[{"value": "1"}] * 25_000)
    assert code_of(await his.post("/Patient", many)) == (413, "too_large")
    assert code_of(await his.post("/Patient", patient(), Content_Type="application/fhir+xml"))[0] == 415
    inbox = reader(system, Role.INTEGRATOR, user, *system.parts.catalogue.hospitals)
    kept = sorted([each["code"] for each in await inbox.all()])
    assert kept == ["too_large", "too_large", "unsupported_media_type"]


async def test_preferences_say_what_is_answered(system: System) -> None:
    """`Prefer: return=` chooses the resource, nothing, or an OperationOutcome; the place is told in each."""
    his = Client(system)
    for wanted, kind in (("minimal", None), ("representation", "Encounter"), ("OperationOutcome", "OperationOutcome")):
        answer = await his.post("/Encounter", contained(patient()), Prefer=f"return={wanted}")
        assert answer.status_code == 201
        assert (answer.json()["resourceType"] if answer.content else None) == kind
        assert "/fhir/Encounter/" in answer.headers["location"]


async def test_a_patient_is_new_once(system: System) -> None:
    """201 the first time, 200 whenever somebody has told of the person before; so in a transaction."""
    his, person = Client(system), patient()
    assert [(await his.post("/Patient", person)).status_code for _ in range(2)] == [201, 200]
    told = (await his.post("", transaction(person, encounter(BY_UUID)))).json()["entry"]
    assert [each["response"]["status"] for each in told] == ["200 OK", "201 Created"]


async def test_of_two_who_change_what_they_have_both_seen_one_wins(system: System) -> None:
    """Given one version, when two updates name it at once, then one happens and the other is told 412."""
    his, number, person = Client(system), f"26-{token_hex(4)}", patient()
    case_id = (await his.post("/Encounter", contained(person, visit=number))).json()["id"]
    seen = (await his.call("GET", f"/Encounter/{case_id}")).headers["etag"]

    async def move(ward: str) -> int:
        stay = contained(person, visit=number, id=case_id, location=[{"location": {"display": ward}}])
        return (await his.put(f"/Encounter/{case_id}", stay, If_Match=seen)).status_code

    assert sorted(await asyncio.gather(move("T8"), move("T9"))) == [200, 412]


async def test_an_update_that_is_repeated_under_its_key_is_the_same_one(system: System) -> None:
    """Given an update whose answer was lost, when it comes again with its key and the old version, then it is taken."""
    his, number, person = Client(system), f"26-{token_hex(4)}", patient()
    case_id = (await his.post("/Encounter", contained(person, visit=number))).json()["id"]
    seen = (await his.call("GET", f"/Encounter/{case_id}")).headers["etag"]
    moved = contained(person, visit=number, id=case_id, location=[{"location": {"display": "T8"}}])
    for _ in range(2):
        answer = await his.put(f"/Encounter/{case_id}", moved, If_Match=seen, Idempotency_Key=f"k-{number}")
        assert answer.status_code == 200, answer.text


async def test_a_transaction_is_taken_whole_or_not_at_all(system: System) -> None:
    """A second stay refuses the first too: nobody is known, no case is opened, and the bytes are kept once."""
    user, person = f"his-{token_hex(4)}", patient()
    his, numbers = Client(system, Role.INTEGRATOR, user), [f"26-{token_hex(4)}" for _ in range(2)]
    bundle = transaction(person, *(encounter(BY_UUID, number) for number in numbers))
    assert code_of(await his.post("", bundle)) == (422, "many_visits")
    for number in numbers:
        assert "entry" not in await his.get(f"/Encounter?identifier={number}")
    who = system.parts.api.resources.persons_numbered(person["identifier"][0]["value"], ["GKB29"])[0]
    assert code_of(await his.call("GET", f"/Patient/{who}")) == (404, "resource_not_found")
    kept = await reader(system, Role.INTEGRATOR, user, "GKB29").one(state="parked")
    assert kept["code"] == "many_visits"


async def test_entries_of_a_transaction_belong_where_they_say(system: System) -> None:
    """An address of another type, an id that is another stay's by its numbers, and a version refuse the whole of it."""
    his, number = Client(system), f"26-{token_hex(4)}"
    case_id = await admitted(his, visit=number)
    refused: list[tuple[dict[str, Any], dict[str, Any], tuple[int, str]]] = [
        ({"url": "Observation"}, {}, (400, "wrong_id")),
        ({"method": "PUT", "url": f"Encounter/{case_id}"}, {}, (400, "wrong_id")),
        ({"method": "PUT", "url": f"Encounter/{case_id}"}, {"id": case_id}, (400, "wrong_id")),
        ({"ifMatch": 'W/"1"'}, {}, (422, "unsupported_bundle")),
    ]
    for request, changed, expected in refused:
        bundle = transaction(patient(), encounter(BY_UUID, **changed), Encounter=request)
        assert code_of(await his.post("", bundle)) == expected, request
    right = transaction(
        patient(), encounter(BY_UUID, number, id=case_id), Encounter={"method": "PUT", "url": f"Encounter/{case_id}"}
    )
    assert (await his.post("", right)).status_code == 200


async def test_a_patient_who_is_there_is_the_one_that_the_stay_is_about(system: System) -> None:
    """Given a Patient that If-None-Exist finds, then its entry stands for that one, and what it says is not taken."""
    his, known, number = Client(system), patient(), f"26-{token_hex(4)}"
    (told,) = (await his.post("", transaction(known, encounter(BY_UUID)))).json()["entry"][:1]
    name = told["response"]["location"].rsplit("/", 1)[1]
    other = patient("another-number", name=[{"family": "Неверная"}])
    condition = {"ifNoneExist": f"identifier={known['identifier'][0]['value']}"}
    answer = await his.post("", transaction(other, encounter(BY_UUID, number), Patient=condition))
    entries = [each["response"] for each in answer.json()["entry"]]
    assert [each["status"] for each in entries] == ["200 OK", "201 Created"]
    stay = await his.get("/Encounter/" + entries[1]["location"].rsplit("/", 1)[1])
    assert stay["subject"]["reference"] == f"Patient/{name}"
    who = await Client(system, Role.DOCTOR).get(f"/Patient/{name}")
    assert (who["name"][0]["family"], "Неверная" in str(who)) == ("Лебедева", False)


async def test_a_transaction_tells_versions_and_what_is_preferred(system: System) -> None:
    """Each entry that has a version tells it, as reading does; `return=representation` brings the resources along."""
    his = Client(system)
    answer = await his.post("", transaction(patient(), encounter(BY_UUID), flag()), Prefer="return=representation")
    person, stay, told = answer.json()["entry"]
    read = await his.call("GET", "/Encounter/" + stay["response"]["location"].rsplit("/", 1)[1])
    assert (stay["response"]["etag"], stay["resource"]) == (read.headers["etag"], read.json())
    assert ("etag" in person["response"], person["resource"]["resourceType"]) == (False, "Patient")
    assert "resource" not in told
    plain = await his.post("", transaction(patient(), encounter(BY_UUID)))
    assert ["resource" in each for each in plain.json()["entry"]] == [False, False]


async def test_a_message_says_nothing_that_no_answer_can_hold(system: System) -> None:
    """An event's code comes back in the answer to a message, so numbers beyond all numbers in it are refused first."""
    sent = json.dumps(message(patient(), encounter(BY_UUID)))
    code = '"code": "admission"'
    assert code in sent
    raw = sent.replace(code, f'{code}, "extension": [{{"url": "x", "valueDecimal": 1e999}}]')
    assert code_of(await Client(system).post("", raw.encode())) == (400, "invalid_resource")


class Counting:
    """Receives resources as the one behind it does, and counts what is looked up."""

    def __init__(self, real: ResourceReceiver) -> None:
        self.receive, self.cases_numbered = real.receive, real.cases_numbered
        self._real = real
        self.asked = 0

    def persons_numbered(self, mrn: str, hospitals: Collection[str]) -> tuple[str, ...]:
        self.asked += 1
        return self._real.persons_numbered(mrn, hospitals)


async def test_many_conditions_cost_little(system: System) -> None:
    """A transaction of hundreds of conditional entries is refused, and only some of them are looked up."""
    counting = Counting(system.parts.api.resources)
    bundle = transaction(*(patient() for _ in range(500)), Patient={"ifNoneExist": "identifier=nobody-has-this"})
    parts = replace(system.parts.api, resources=counting)  # type: ignore[arg-type]  # as far as it is asked
    with system.over(parts) as app:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            headers = {**system.token(Role.INTEGRATOR), "Content-Type": "application/fhir+json"}
            answer = await http.post("/fhir", json=bundle, headers=headers)
    assert (code_of(answer), counting.asked) == ((422, "many_visits"), 20)
