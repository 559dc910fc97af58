"""What is read and searched: in one's own hospitals, in pages, and persons only by who may see them."""

from __future__ import annotations

from dataclasses import replace
from secrets import token_hex
from typing import Any

import httpx
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
    ["_count=x", "_count=-1", "_lastUpdated=yesterday", "_lastUpdated=2026-02-30", "status:not=finished",
     "patient:Patient.name=x", "patient=/", "identifier=1&identifier=2", "_page=x", "_page=1~%00", "_lastUpdated=0001",
     "patient.identifier=1", "subject:Patient.name=x", "_has:Task:focus:status=x", "_filter=x", "_text=x", "name=x",
     "patient:identifier=1", "patient:Group=1", "patient=Encounter/1", "_include=*", "_include=Encounter:status",
     "_include:iterate=Encounter:patient", "_include=Task:focus", "identifier=" + ",".join(map(str, range(11))),
     "_id=" + ",".join(map(str, range(501)))],
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


async def test_nobody_is_looked_for_by_name_in_an_address(system: System) -> None:
    """Names, telephones and birthdays are refused as parameters, and never passed over, which would list everybody."""
    care, form = Client(system, Role.COORDINATOR), {"Content_Type": "application/x-www-form-urlencoded"}
    for name in ("name", "family", "given", "birthdate", "phone", "address-city", "gender", "name:exact"):
        assert code_of(await care.call("GET", f"/Patient?{name}=x")) == (400, "bad_search"), name
        assert code_of(await care.post(f"/Patient/_search?{name}=x", b"", **form)) == (400, "bad_search"), name
    for name in ("phone=x", "address-city=x", "gender=x", "name:exact=x", "birthdate=1939", f"name={'x' * 201}"):
        assert code_of(await care.post("/Patient/_search", name.encode(), **form)) == (400, "bad_search"), name
    assert code_of(await care.post("/Encounter/_search", b"name=x", **form)) == (400, "bad_search")


async def test_a_form_finds_who_is_meant_in_any_spelling(system: System) -> None:
    """By name and birth date, for who sees persons, in their own hospitals; links tell ids, and never a name."""
    his, family = Client(system), "Ёлкинская"
    name = [{"use": "official", "family": family, "given": ["Алёна", "Павловна"]}]
    answer = await his.post("", transaction(patient(name=name, birthDate="1951-02-03"), encounter(BY_UUID)))
    who = answer.json()["entry"][0]["response"]["location"].rsplit("/", 1)[1]
    care = Client(system, Role.COORDINATOR)

    async def found(asked: str, by: Client = care) -> list[str]:
        page = await by.post("/Patient/_search", asked.encode(), Content_Type="application/x-www-form-urlencoded")
        assert page.status_code == 200, page.text
        links = str(page.json()["link"])
        assert not any(part in links for part in (family, "1951", "%D0"))
        again = await by.get(page.json()["link"][0]["url"].split("/fhir", 1)[1])
        listed = [each["resource"]["id"] for each in page.json().get("entry", ())]
        assert [each["resource"]["id"] for each in again.get("entry", ())] == listed
        return listed

    assert who in await found("family=Елкинская&given=Алена")
    assert who in await found(f"name={family}&birthdate=1951-02-03")
    assert who in await found("birthdate=eq1951-02-03")
    assert who not in await found("family=Совершенноиной")
    assert who not in await found("birthdate=1950-01-01")
    assert who not in await found(f"name={family}&_id=nobody")
    assert who not in await found(f"name={family}", Client(system, Role.COORDINATOR, "stranger", "SKLIF"))
    for role in (Role.INTEGRATOR, Role.AUDITOR, Role.HEAD):
        answer = await Client(system, role).post(
            "/Patient/_search", f"name={family}".encode(), Content_Type="application/x-www-form-urlencoded"
        )
        assert code_of(answer) == (403, "role_not_allowed")


async def test_a_form_is_judged_like_an_address(system: System) -> None:
    """A text in a form that no database can keep is refused before any is asked."""
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = await Client(system).post("/Encounter/_search", b"_id=%00", **form)
    assert code_of(answer) == (422, "invalid")
    other = await Client(system).post("/Encounter/_search", b"_id=x", Content_Type=f"{form['Content_Type']};charset=x")
    assert code_of(other) == (415, "unsupported_media_type")


async def test_a_code_counts_with_its_system(system: System) -> None:
    """A status of another code system is nobody's, and a partner is found by its number of our system alone."""
    case_id = await admitted(Client(system))
    await system.item(case_id, "referral", "home_care", facts={"partner": "home_care_provider"})
    care, ours = Client(system, Role.COORDINATOR), "http://hl7.org/fhir/task-status"
    for asked, there in (
        (f"status={ours}|requested", True),
        ("status=|requested", True),
        ("status=http://example.org/status|requested", False),
        ("owner:identifier=urn:marshrut:partner|home_care_provider", True),
        ("owner:Organization=Organization/home_care_provider", True),
        ("owner:identifier=urn:other|home_care_provider", False),
        ("subject:Patient=nobody", False),
    ):
        assert bool(await care.all(f"/Task?encounter={case_id}&{asked}")) is there, asked


async def test_how_many_there_are_is_told(system: System) -> None:
    """`total` where the page is all of it, or it is asked for; `_count=0` and `_summary=count` ask for no more."""
    case_id = await admitted(Client(system))
    for round_ in ("r1", "r2", "r3"):
        await system.item(case_id, "referral", "home_care", facts={"partner": "home_care_provider", "round": round_})
    care, all_ = Client(system, Role.COORDINATOR), f"/Task?encounter={case_id}"
    assert (await care.get(all_))["total"] == 3
    assert "total" not in await care.get(f"{all_}&_count=2")
    page = await care.get(f"{all_}&_count=2&_total=accurate")
    assert (page["total"], len(page["entry"])) == (3, 2)
    for shape in ("_count=0", "_summary=count"):
        counted = await care.get(f"{all_}&{shape}")
        assert (counted["total"], "entry" in counted, [each["relation"] for each in counted["link"]]) == (
            3,
            False,
            ["self"],
        )
        assert shape.partition("=")[0] in counted["link"][0]["url"]
    stays = await care.get(f"/Encounter?_id={case_id}&_summary=count")
    assert (stays["total"], "entry" in stays) == (1, False)


async def test_what_is_referred_to_comes_along(system: System) -> None:
    """`_include` brings each resource once, as what it is, on every page, and stays in the links."""
    case_id = await admitted(Client(system))
    for round_ in ("r1", "r2", "r3"):
        await system.item(case_id, "referral", "home_care", facts={"partner": "home_care_provider", "round": round_})
    care = Client(system, Role.COORDINATOR)
    wanted = "_include=Task:focus&_include=Task:patient:Patient&_include=Task:encounter"
    page = await care.get(f"/Task?encounter={case_id}&{wanted}&_count=2")
    modes = [(each["search"]["mode"], each["resource"]["resourceType"]) for each in page["entry"]]
    assert modes == [
        *[("match", "Task")] * 2,
        *[("include", "ServiceRequest")] * 2,
        ("include", "Patient"),
        ("include", "Encounter"),
    ]
    urls = {each["fullUrl"].split("/fhir/")[1] for each in page["entry"]}
    assert {each["resource"]["focus"]["reference"] for each in page["entry"][:2]} <= urls
    following = await care.get(page["link"][1]["url"].split("/fhir", 1)[1])
    assert [each["search"]["mode"] for each in following["entry"]] == ["match", "include", "include", "include"]


@pytest.mark.parametrize("order", ["", "&_lastUpdated=gt2000"])
async def test_pages_of_referrals_hold_while_others_come(system: System, order: str) -> None:
    """Given a first page, when a referral is added and a listed one moves, then the other pages miss none."""
    case_id = await admitted(Client(system))

    async def add(round_: str) -> str:
        facts = {"partner": "home_care_provider", "round": round_}
        return await system.item(case_id, "referral", "home_care", facts=facts)

    for round_ in ("r1", "r2", "r3", "r4"):
        await add(round_)
    care = Client(system, Role.COORDINATOR)
    before = {each["id"] for each in await care.all(f"/Task?encounter={case_id}")}
    page = await care.get(f"/Task?encounter={case_id}&_count=2{order}")
    first = [each["resource"] for each in page["entry"]]
    task = first[0]
    await care.put(f"/Task/{task['id']}", {**task, "status": "on-hold"}, If_Match=f'W/"{task["meta"]["versionId"]}"')
    await add("r5")
    rest = await care.all(page["link"][1]["url"].split("/fhir", 1)[1])
    assert before <= {each["id"] for each in (*first, *rest)}
    listed = [each["id"] for each in rest]
    assert len(listed) == len(set(listed))
    # What moved meanwhile comes again where the order is of moves, and is not repeated where it is not.
    assert (task["id"] in listed) is bool(order)


async def test_referrals_are_found_by_when_they_were_asked_and_moved(system: System) -> None:
    """`authored`, `authored-on`, `modified` and `_lastUpdated` choose by the instants that the resources tell."""
    case_id = await admitted(Client(system))
    await system.item(case_id, "referral", "home_care", facts={"partner": "home_care_provider"})
    care = Client(system, Role.COORDINATOR)
    (task,) = await care.all(f"/Task?encounter={case_id}")
    for kind, name, at in (
        ("Task", "authored-on", task["authoredOn"]),
        ("ServiceRequest", "authored", task["authoredOn"]),
        ("Task", "modified", task["lastModified"]),
        ("Task", "_lastUpdated", task["meta"]["lastUpdated"]),
    ):
        for prefix, there in (("ge", True), ("lt", False), ("", True), ("gt", False), ("le", True)):
            found = await care.all(f"/{kind}?encounter={case_id}&{name}={prefix}{at}")
            assert bool(found) is there, (name, prefix)


async def test_links_lead_to_the_public_address(system: System) -> None:
    """Behind a proxy pages are followed at the address that the operator named, not at the one that was called."""
    his = Client(system)
    for _ in range(2):
        await admitted(his)
    with system.over(replace(system.parts.api, public_url="https://marshrut.example")) as app:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside:8080") as inside:
            answer = await inside.get("/fhir/Encounter?_count=1", headers=system.token(Role.INTEGRATOR))
    page = answer.json()
    assert [each["url"].split("?")[0] for each in page["link"]] == ["https://marshrut.example/fhir/Encounter"] * 2
    assert page["entry"][0]["fullUrl"].startswith("https://marshrut.example/fhir/Encounter/")


async def test_a_person_with_several_stays_is_listed_once(system: System) -> None:
    """Of somebody who came twice the list has one Patient, on whichever page, as it stands in the newest stay."""
    his, person = Client(system), patient()
    cases = []
    for visit in (f"26-{token_hex(4)}", f"26-{token_hex(4)}"):
        answer = await his.post("", transaction(person, encounter(BY_UUID, visit)))
        cases.append(answer.json()["entry"][1]["response"]["location"].rsplit("/", 1)[1])
    who = await person_of(his, cases[0])
    assert who == await person_of(his, cases[1])
    assert [each["id"] for each in await his.all("/Patient?_count=1")].count(who) == 1
