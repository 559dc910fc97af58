"""The pages of the inbox: what they say for each role and fault, and what a form does however often it is sent."""

from __future__ import annotations

import re
from secrets import token_hex

import pytest

from api.problems import KINDS
from api.web.messages.faults import ENDS_ASIDE, NOT_THE_SENDER, bare
from api.web.session import COOKIE
from api.web.words import Words, keys
from marshrut.adapters.hl7v2.fault import FaultCode
from marshrut.domain.words import Role
from marshrut.ports import CommandState, Doing, Format, SignedIn, WhyDiscarded
from tests.adapters.hl7v2.messages import OMIT
from tests.api.inboxes import ADMISSIONS, er7, reader
from tests.api.test_inbox import broken_er7, broken_json
from tests.api.web.test_desk_by_role import SENT_FROM_HERE, cookie_of, plain
from tests.fixtures.system import System, admission

# What JSON, FHIR, mail and calls may be parked for, beside the faults of HL7.
OTHERS = {
    *("malformed", "invalid", "unknown_facility", "no_centre", "hospital_not_allowed", "in_the_future", "too_large"),
    *("planned_in_the_past", "unreadable", "idempotency_key_reused", "unsupported_media_type", "not_mail", "wrong_id"),
    *("invalid_resource", "missing_element", "unsupported_resource", "unsupported_bundle", "unsupported_status"),
    *("many_visits", "patient_unknown", "unknown_flag"),
}


async def cookie(system: System, user: str, role: Role = Role.INTEGRATOR, *hospitals: str) -> dict[str, str]:
    """The browser of that user."""
    token = system.token(role, user, *hospitals)["Authorization"].removeprefix("Bearer ")
    entered = await system.parts.identity.sign_in_with_token(token, f"10.9.{int(token_hex(1), 16)}.1")
    assert isinstance(entered, SignedIn)
    return {"Cookie": f"{COOKIE}={entered.secret}; language=ru", **SENT_FROM_HERE}


async def parked(system: System, user: str, raw: bytes) -> str:
    """A message of that user that could not be taken; its id."""
    headers = {**system.token(Role.INTEGRATOR, user), "Content-Type": "text/plain"}
    await system.http.post("/hl7v2", content=raw, headers=headers)
    newest = await reader(system, Role.INTEGRATOR, user, "GKB29").all()
    name: str = newest[0]["id"]
    return name


def test_every_fault_says_what_to_do() -> None:
    """Each code for which a message may be parked has its words, its wording in the table, and a way out."""
    for code in {*FaultCode, *OTHERS}:
        assert code in KINDS
        assert f"messages.do_{code}" in keys(), code
    assert {*NOT_THE_SENDER, *ENDS_ASIDE} <= {*FaultCode, *OTHERS}
    for words, stem in ((Words("ru"), "отклон"), (Words("en"), "aside")):
        assert all(stem in words(f"messages.do_{code}") for code in ENDS_ASIDE)


def test_every_state_format_reason_and_act_has_its_words() -> None:
    """Nothing of the inbox is shown as a code."""
    wanted = {f"state_{each}" for each in CommandState} | {f"why_{each}" for each in WhyDiscarded}
    wanted |= {f"format_{each.value.replace(' ', '_')}" for each in Format} | {f"act_{each}" for each in Doing}
    assert {f"messages.{each}" for each in wanted} <= keys()


@pytest.mark.parametrize(
    ("told", "found"),
    [("Bundle.entry[0].resource.status", "Bundle.entry.resource.status"), ("contacts.0.phones", "contacts.phones"),
     ("PV1-19", "PV1-19")],
)  # fmt: skip
def test_a_place_is_found_whatever_the_numbers_of_lists(told: str, found: str) -> None:
    """What a fault names and how a line is called come to the same."""
    assert bare(told) == found


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM}))
async def test_the_inbox_is_for_those_who_may_see_it(system: System, role: Role) -> None:
    """Integrators land on it; supervisors, heads and administrators find it; raw bytes are for few."""
    headers = await cookie_of(system, role)
    name = await parked(system, f"{role.value}-desk" if role is Role.INTEGRATOR else "his-roles", er7(pid=OMIT))
    page = await system.http.get("/desk/messages", headers=headers)
    one = await system.http.get(f"/desk/messages/{name}", headers=headers)
    raw = await system.http.post(f"/desk/messages/{name}/raw", headers=headers)
    readers = {Role.INTEGRATOR, Role.SUPERVISOR, Role.HEAD, Role.ADMIN}
    assert {page.status_code, one.status_code} == ({200} if role in readers else {403})
    assert raw.status_code == (200 if role in {Role.INTEGRATOR, Role.SUPERVISOR} else 403)
    assert ("Показать как пришло" in plain(one.text)) is (role in {Role.INTEGRATOR, Role.SUPERVISOR})
    if role is Role.INTEGRATOR:
        home = await system.http.get("/desk/", headers=headers)
        assert (home.status_code, home.headers["location"]) == (303, "/desk/messages")


async def test_each_broken_message_is_explained_in_both_languages(system: System) -> None:
    """Of every fault of the corpus: what is wrong, what to do, and that a replay would not help yet; no name at all."""
    user = f"his-{token_hex(4)}"
    headers = await cookie(system, user)
    for raw in broken_er7().values():
        await parked(system, user, raw)
    for path, raw, _ in broken_json().values():
        await system.http.post(path, content=raw, headers=system.token(Role.INTEGRATOR, user))
    await system.http.post("/fhir/Encounter", json={"resourceType": "Encounter"}, headers={
        **system.token(Role.INTEGRATOR, user), "Content-Type": "application/fhir+json"})  # fmt: skip
    rows = await reader(system, Role.INTEGRATOR, user, "GKB29").all(state="parked")
    assert len(rows) > 18
    for row in rows:
        for language, asked, title in (("ru", "Почему отложено", "ru"), ("en", "Why it is parked", "en")):
            own = {**headers, "Cookie": headers["Cookie"].replace("language=ru", f"language={language}")}
            page = await system.http.get(f"/desk/messages/{row['id']}", headers=own)
            shown = plain(page.text)
            assert page.status_code == 200, page.text
            assert asked in shown
            assert getattr(KINDS[row["code"]], title) in shown, row["code"]
            assert "Лебедева" not in shown
            assert "Соколова" not in shown


async def test_the_place_of_a_fault_is_marked(system: System) -> None:
    """In HL7 the field, in JSON and FHIR the line."""
    user = f"his-{token_hex(4)}"
    headers = await cookie(system, user)
    name = await parked(system, user, er7(pv1={44: "вчера"}))
    shown = plain((await system.http.get(f"/desk/messages/{name}", headers=headers)).text)
    assert "здесь: PV1-44" in shown
    sent = admission(emergency="perhaps", contacts=[{"family": "Х", "relation": "сын", "phones": [1]}])
    await system.http.post(ADMISSIONS, json=sent, headers=system.token(Role.INTEGRATOR, user))
    rows = await reader(system, Role.INTEGRATOR, user, "GKB29").all(code="invalid")
    shown = plain((await system.http.get(f"/desk/messages/{rows[0]['id']}", headers=headers)).text)
    assert "здесь: emergency" in shown
    assert "здесь: contacts.phones" in shown


async def test_a_form_that_is_sent_twice_happens_once(system: System) -> None:
    """Put aside, taken back and replayed: the second time the page says the same, and the history has one act."""
    user = f"his-{token_hex(4)}"
    headers = await cookie(system, user)
    name = await parked(system, user, er7(facility="SKLIF"))
    path = f"/desk/messages/{name}"
    for action, data, said in (
        ("discard", {"reason": "test"}, "discarded"), ("restore", {}, "restored"), ("replay", {}, "refused"),
    ):  # fmt: skip
        for _ in range(2 if action != "replay" else 1):
            answer = await system.http.post(f"{path}/{action}", data={"key": action, **data}, headers=headers)
            assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?said={said}"), answer.text
    both = await cookie(system, user, Role.INTEGRATOR, "GKB29", "SKLIF")
    for _ in range(2):
        answer = await system.http.post(f"{path}/replay", data={"key": "again"}, headers=both)
        assert answer.headers["location"] == f"{path}?said=replayed"
    view = (await reader(system, Role.INTEGRATOR, user, "GKB29").all())[-1]
    assert [each["act"] for each in view["history"]] == ["discarded", "restored", "replayed", "replayed"]
    shown = plain((await system.http.get(path, headers=headers)).text)
    assert "повторено, не принято: отправитель не вправе сообщать от этой больницы" in shown
    system.http.cookies.clear()


async def test_numbers_of_the_page_are_those_of_the_lists(system: System) -> None:
    """Each tab counts what its list shows; a page that is full leads to the next one."""
    user = f"his-{token_hex(4)}"
    headers = await cookie(system, user)
    names = [await parked(system, user, er7(pid=OMIT)) for _ in range(52)]
    await system.http.post(f"/desk/messages/{names[0]}/discard", data={"reason": "test"}, headers=headers)
    system.http.cookies.clear()
    page = (await system.http.get("/desk/messages", headers=headers)).text
    counts = dict(re.findall(r'>(Все|Отложены|Отклонены) <span class="cnt">(\d+)<', page))
    assert counts == {"Все": "52", "Отложены": "51", "Отклонены": "1"}
    first = (await system.http.get("/desk/messages?show=parked", headers=headers)).text
    rows = re.findall(r'<td class="nw"><a class="ttl" href="/desk/messages/(\w+)"', first)
    (more,) = re.findall(r'href="(/desk/messages\?[^"]*cursor=[^"]*)#list"', first)
    second = (await system.http.get(more.replace("&amp;", "&"), headers=headers)).text
    rows += re.findall(r'<td class="nw"><a class="ttl" href="/desk/messages/(\w+)"', second)
    assert (len(rows), len(set(rows))) == (51, 51)
    aside = (await system.http.get("/desk/messages?show=discarded", headers=headers)).text
    assert "Проверочное сообщение" in plain(aside)
