"""Who may call what: the table of it, and that whoever stands in it may write; who does not: test_matrix.py."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.adapters.hl7v2.messages import OMIT
from tests.api.inboxes import er7
from tests.fixtures.system import System, admission

CARE = {Role.COORDINATOR, Role.PSYCHOLOGIST, Role.DOCTOR, Role.PLACEMENT, Role.SUPERVISOR, Role.HEAD}
READERS = CARE | {Role.AUDITOR, Role.ADMIN, Role.INTEGRATOR}
EVERYBODY = set(Role) - {Role.SYSTEM, Role.PARTNER}
ADMITTERS = {Role.COORDINATOR, Role.SUPERVISOR, Role.HEAD, Role.PLACEMENT, Role.INTEGRATOR}
INBOX = {Role.INTEGRATOR, Role.SUPERVISOR, Role.ADMIN}
ENQUIRERS = {Role.HOTLINE, Role.PLACEMENT, Role.SUPERVISOR, Role.HEAD}
PLANNERS = {Role.SUPERVISOR, Role.HEAD, Role.ADMIN}
COLLEAGUES = CARE | {Role.HOTLINE, Role.ADMIN}
EXPORTERS = {Role.SUPERVISOR, Role.HEAD, Role.AUDITOR}
# A partner is shown what it was asked for; and a command is told to whoever gave it.
ASKING = EVERYBODY | {Role.PARTNER}
OPEN = {"/healthz", "/readyz", "/status/{code}", "/oauth/token"}

# Every operation under a token, and the roles that may call it. A new route without a line here fails the first test.
ALLOWED: dict[tuple[str, str], set[Role]] = {
    ("POST", "/api/v1/admissions"): ADMITTERS,
    ("POST", "/api/v1/admissions/import"): ADMITTERS,
    ("POST", "/api/v1/items/{item_id}/partner-link"): CARE,
    ("GET", "/api/v1/partner/referrals"): {Role.PARTNER},
    ("GET", "/api/v1/partner/referrals/{referral_id}"): {Role.PARTNER},
    ("POST", "/api/v1/partner/referrals/{referral_id}/answer"): {Role.PARTNER},
    ("POST", "/api/v1/referrals"): CARE | {Role.HOTLINE, Role.INTEGRATOR},
    ("POST", "/api/v1/enquiries"): ENQUIRERS,
    ("POST", "/api/v1/enquiries/mail"): ENQUIRERS | {Role.INTEGRATOR},
    ("GET", "/api/v1/enquiries"): ENQUIRERS,
    ("POST", "/api/v1/enquiries/search"): ENQUIRERS,
    ("POST", "/api/v1/enquiries/{case_id}/remind"): ENQUIRERS,
    ("GET", "/api/v1/enquiries/{case_id}"): ENQUIRERS,
    ("POST", "/api/v1/enquiries/{case_id}/answer"): ENQUIRERS,
    ("POST", "/hl7v2"): {Role.INTEGRATOR},
    ("GET", "/api/v1/messages"): INBOX | {Role.HEAD},
    ("GET", "/api/v1/messages/{message_id}"): INBOX | {Role.HEAD},
    ("GET", "/api/v1/messages/{message_id}/raw"): INBOX - {Role.ADMIN},
    ("GET", "/api/v1/messages/summary"): INBOX | {Role.HEAD},
    ("GET", "/api/v1/messages/{message_id}/masked"): INBOX | {Role.HEAD},
    ("POST", "/api/v1/messages/replay"): INBOX,
    ("POST", "/api/v1/messages/{message_id}/replay"): INBOX,
    ("POST", "/api/v1/messages/{message_id}/discard"): INBOX,
    ("POST", "/api/v1/messages/{message_id}/restore"): INBOX,
    ("GET", "/api/v1/cases"): READERS,
    ("POST", "/api/v1/cases/search"): CARE - {Role.HEAD},
    ("GET", "/api/v1/cases/{case_id}"): READERS,
    ("GET", "/api/v1/cases/{case_id}/events"): READERS,
    ("GET", "/api/v1/cases/{case_id}/delay"): READERS,
    ("POST", "/api/v1/cases/{case_id}/events"): CARE | {Role.INTEGRATOR},
    ("POST", "/api/v1/cases/{case_id}/steps"): CARE,
    ("POST", "/api/v1/cases/{case_id}/flags"): CARE,
    ("POST", "/api/v1/cases/{case_id}/owner"): CARE,
    ("GET", "/api/v1/cases/{case_id}/route"): READERS,
    ("GET", "/api/v1/cases/{case_id}/assessments"): READERS,
    ("POST", "/api/v1/cases/{case_id}/assessments"): CARE,
    ("POST", "/api/v1/cases/{case_id}/psychology"): CARE,
    ("POST", "/api/v1/cases/{case_id}/variants"): CARE,
    ("POST", "/api/v1/cases/{case_id}/transfer"): CARE,
    ("POST", "/api/v1/cases/{case_id}/merge"): {Role.SUPERVISOR, Role.HEAD},
    ("POST", "/api/v1/cases/{case_id}/unmerge"): {Role.SUPERVISOR, Role.HEAD},
    ("GET", "/api/v1/cases/{case_id}/items"): READERS,
    ("POST", "/api/v1/cases/{case_id}/items"): CARE,
    ("GET", "/api/v1/items/{item_id}"): READERS,
    ("POST", "/api/v1/items/{item_id}/move"): CARE,
    ("GET", "/api/v1/cases/{case_id}/relatives"): READERS,
    ("POST", "/api/v1/cases/{case_id}/candidates"): CARE - {Role.HEAD},
    ("GET", "/api/v1/cases/{case_id}/pfif"): CARE - {Role.HEAD},
    ("POST", "/api/v1/cases/{case_id}/pfif"): CARE - {Role.HEAD},
    ("POST", "/api/v1/relatives/search"): CARE - {Role.HEAD},
    ("GET", "/api/v1/steps"): READERS,
    ("GET", "/api/v1/steps/{step_id}"): READERS,
    ("GET", "/api/v1/steps/{step_id}/clock"): READERS,
    ("GET", "/api/v1/steps/{step_id}/suggestions"): CARE,
    ("GET", "/api/v1/staff"): COLLEAGUES,
    ("PUT", "/api/v1/staff/{user_id}"): PLANNERS,
    ("DELETE", "/api/v1/staff/{user_id}"): PLANNERS,
    ("POST", "/api/v1/staff/{user_id}/absences"): COLLEAGUES,
    ("POST", "/api/v1/absences/{absence_id}/end"): COLLEAGUES,
    ("GET", "/api/v1/handovers/preview"): CARE | {Role.HOTLINE},
    ("POST", "/api/v1/handovers"): CARE | {Role.HOTLINE},
    ("GET", "/api/v1/handovers"): READERS | {Role.HOTLINE},
    ("GET", "/api/v1/handovers/{handover_id}"): READERS | {Role.HOTLINE},
    **{
        ("POST", f"/api/v1/handovers/{{handover_id}}/{answer}"): CARE | {Role.HOTLINE}
        for answer in ("acknowledge", "decline", "withdraw")
    },
    ("GET", "/api/v1/commands/{command_id}"): ASKING,
    ("GET", "/api/v1/views"): EVERYBODY,
    ("PUT", "/api/v1/views/{view_id}"): EVERYBODY,
    ("DELETE", "/api/v1/views/{view_id}"): EVERYBODY,
    ("GET", "/api/v1/stuck"): READERS,
    ("GET", "/api/v1/stream"): READERS | {Role.HOTLINE},
    ("GET", "/api/v1/watchdog"): {Role.SUPERVISOR, Role.HEAD, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/freshness"): EVERYBODY,
    ("GET", "/api/v1/event-types"): EVERYBODY,
    ("GET", "/api/v1/event-types/{event_type}"): EVERYBODY,
    **{
        (method, f"/api/v1/webhooks{path}"): {Role.ADMIN}
        for method, path in (
            ("GET", ""), ("POST", ""), ("GET", "/{webhook_id}"), ("PUT", "/{webhook_id}"), ("DELETE", "/{webhook_id}"),
            ("POST", "/{webhook_id}/secret"), ("POST", "/{webhook_id}/test"), ("POST", "/{webhook_id}/replay"),
            ("GET", "/{webhook_id}/deliveries"), ("GET", "/{webhook_id}/deliveries/{delivery_id}"),
            ("POST", "/{webhook_id}/deliveries/{delivery_id}/replay"),
            ("POST", "/{webhook_id}/deliveries/{delivery_id}/discard"),
        )
    },
    **{
        (method, f"/api/v1/{path}"): {Role.ADMIN}
        for method, path in (
            ("GET", "clients"), ("POST", "clients"), ("GET", "clients/{client_id}"), ("DELETE", "clients/{client_id}"),
            ("GET", "accounts/{user_id}/sessions"), ("DELETE", "accounts/{user_id}/sessions"),
            ("DELETE", "accounts/{user_id}/sessions/{session_id}"), ("GET", "accounts"), ("GET", "accounts/{user_id}"),
            ("POST", "accounts/{user_id}/lock"), ("POST", "accounts/{user_id}/unlock"),
            ("DELETE", "accounts/{user_id}/factor"),
        )
    },
    ("POST", "/api/v1/cases/{case_id}/break-glass"): CARE - {Role.HEAD},
    ("GET", "/api/v1/break-glass"): CARE | {Role.AUDITOR},
    ("POST", "/api/v1/break-glass/{opening_id}/end"): CARE - {Role.HEAD},
    ("POST", "/api/v1/cases/{case_id}/disclosure"): {Role.SUPERVISOR},
    ("GET", "/api/v1/cases/{case_id}/consents"): READERS,
    ("POST", "/api/v1/cases/{case_id}/consents"): CARE,
    ("GET", "/api/v1/cases/{case_id}/corrections"): CARE - {Role.HEAD},
    ("POST", "/api/v1/cases/{case_id}/corrections"): CARE - {Role.HEAD},
    ("POST", "/api/v1/cases/{case_id}/corrections/refusals"): {Role.SUPERVISOR},
    ("POST", "/api/v1/cases/{case_id}/erasure"): {Role.AUDITOR, Role.ADMIN},
    ("PUT", "/api/v1/cases/{case_id}/legal-hold"): {Role.AUDITOR, Role.ADMIN},
    ("DELETE", "/api/v1/cases/{case_id}/legal-hold"): {Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/retention"): {Role.SUPERVISOR, Role.HEAD, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/retention/due"): {Role.AUDITOR, Role.ADMIN, Role.HEAD},
    ("GET", "/api/v1/erasures"): {Role.AUDITOR, Role.ADMIN, Role.HEAD},
    ("GET", "/api/v1/erasures/{erasure_id}"): {Role.AUDITOR, Role.ADMIN, Role.HEAD},
    ("GET", "/api/v1/erasures/{erasure_id}/extent"): {Role.AUDITOR, Role.ADMIN, Role.HEAD},
    ("GET", "/api/v1/legal-holds"): {Role.AUDITOR, Role.ADMIN, Role.HEAD},
    ("POST", "/api/v1/erasures/{erasure_id}/confirm"): {Role.AUDITOR, Role.ADMIN, Role.HEAD},
    ("POST", "/api/v1/erasures/{erasure_id}/withdraw"): {Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/erasures/{erasure_id}/certificate"): {Role.AUDITOR, Role.ADMIN, Role.HEAD},
    ("GET", "/api/v1/erasures/{erasure_id}/act"): {Role.AUDITOR, Role.ADMIN, Role.HEAD},
    ("GET", "/api/v1/audit"): {Role.AUDITOR},
    ("GET", "/api/v1/audit/export"): {Role.AUDITOR},
    ("GET", "/metrics"): {Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/stuck/overview"): {Role.SUPERVISOR, Role.HEAD},
    ("GET", "/api/v1/workload"): {Role.SUPERVISOR, Role.HEAD},
    ("GET", "/api/v1/kpi"): {Role.SUPERVISOR, Role.HEAD, Role.AUDITOR, Role.ADMIN},
    **{("GET", f"/api/v1/export/{what}"): EXPORTERS for what in ("ocel2", "xes", "csv")},
    ("GET", "/api/v1/notifications"): READERS | {Role.HOTLINE},
    ("POST", "/api/v1/notifications/{notice_id}/acknowledge"): CARE | {Role.HOTLINE},
    ("GET", "/api/v1/catalogue/instruments/{instrument}"): EVERYBODY,
    **{
        ("GET", f"/api/v1/catalogue/{part}"): EVERYBODY
        for part in ("pathways", "services", "partners", "reasons", "hospitals", "instruments", "calendars", "clocks")
    },
    **{
        ("GET", f"/api/v1/catalogue/{part}"): EVERYBODY
        for part in ("route", "lists", "institutions", "variants", "corrections")
    },
    **{
        ("POST", f"/api/v1/steps/{{step_id}}/{action}"): CARE
        for action in (
            "claim", "release", "assign", "complete", "block", "unblock", "extend", "cancel", "approve", "comment",
            "remind", "escalate", "take-over", "return",
        )
    },
    ("POST", "/api/v1/bulk"): CARE,
}  # fmt: skip

# Of each kind of people who write, and machines.
WRITERS = {Role.COORDINATOR, Role.SUPERVISOR, Role.ADMIN, Role.INTEGRATOR, Role.PARTNER}

# Kept, and sent nothing: other tests of the session go on undisturbed.
WEBHOOK = {"name": "At hand", "url": "http://127.0.0.1:9/", "hospitals": ["GKB29"], "paused": True}

BODIES = {
    "/api/v1/clients": {"name": "x", "user": "his", "scopes": ["intake"]},
    "/api/v1/webhooks": WEBHOOK,
    "/api/v1/webhooks/{webhook_id}": WEBHOOK,
    "/api/v1/referrals": {"facility": "GKB29", "sentence": "просит помощи"},
    "/api/v1/cases/{case_id}/events": {"type": "paused"},
    "/api/v1/cases/{case_id}/steps": {"title": "x"},
    "/api/v1/cases/{case_id}/flags": {"add": ["palliative"]},
    "/api/v1/cases/{case_id}/owner": {"owner": "x"},
    "/api/v1/cases/{case_id}/items": {"kind": "need", "name": "home_care"},
    "/api/v1/cases/{case_id}/psychology": {"reason": "fear"},
    "/api/v1/cases/{case_id}/variants": {"variants": ["adult"], "reason": "age"},
    "/api/v1/cases/{case_id}/disclosure": {"checked": "passport", "request": "2026-17"},
    "consents": {"purpose": "followup", "answer": "refused", "by": "patient"},
    "corrections": {"field": "family", "value": "Иванова", "reason": "slip", "checked": "passport", "request": "1"},
    "refusals": {"field": "family", "reason": "not_shown", "checked": "passport", "request": "1"},
    "/api/v1/cases/{case_id}/transfer": {"hospital": "NIKIO", "note": "x"},
    "merge": {"other": "x"},
    "unmerge": {"other": "x"},
    "/api/v1/cases/{case_id}/candidates": {"family": "Иванов", "source": "registry"},
    "/api/v1/relatives/search": {"family": "Иванов"},
    "/api/v1/cases/search": {"q": "Иванов"},
    "assessments": {"instrument": "gad7", "answers": {}},
    "/api/v1/staff/{user_id}": {"role": "doctor", "hospitals": ["GKB29"]},
    "absences": {"from": "2026-01-01T00:00:00Z", "kind": "sick"},
    "move": {"status": "agreed"},
    "/api/v1/partner/referrals/{referral_id}/answer": {"answer": "accepted"},
    "/api/v1/enquiries": {"facility": "CENTRE", "channel": "phone", "topic": "status", "sentence": "где пакет"},
    "answer": {"result": "answered"},
    "/api/v1/enquiries/search": {"q": "x"},
    "break-glass": {"need": "life", "note": "пациент без сознания"},
    "erasure": {"basis": "purpose_reached"},
    "legal-hold": {"reason": "court"},
    "/api/v1/handovers": {"hospital": "GKB29"},
    "/api/v1/views/{view_id}": {"page": "inbox", "name": "x"},
    "discard": {"reason": "test"},
    "/api/v1/messages/replay": {"code": "bad_time"},
    "decline": {"reason": "too_much"},
    "assign": {"assignee": "x"},
    "complete": {"outcome": "contacted"},
    "block": {"reason": "passport"},
    "extend": {"due_at": "2099-01-01T00:00:00Z"},
    "comment": {"text": "x"},
    "bulk": {"action": "remind", "steps": ["x"]},
}


async def at_hand(system: System, case_id: str, path: str | None = None) -> dict[str, str]:
    """The ids of what a case has, and of what there is not; of a path those that it names."""
    making: dict[str, Callable[[], Awaitable[str]]] = {
        "step_id": lambda: system.step(case_id, "first_contact"),
        "item_id": lambda: system.item(case_id),
        "user_id": lambda: _roster(system),
        "absence_id": lambda: _absence(system),
        "message_id": lambda: _message(system),
        "webhook_id": lambda: _webhook(system),
        "handover_id": lambda: _handover(system, case_id),
        "view_id": lambda: _view(system, case_id),
    }
    none = (
        *("command_id", "notice_id", "instrument", "referral_id", "delivery_id", "event_type"),
        *("client_id", "session_id", "opening_id", "erasure_id"),
    )
    there = {"case_id": case_id, **dict.fromkeys(none, "none")}
    named = list(making) if path is None else [name for name in re.findall(r"{(\w+)}", path) if name in making]
    return there | {name: await making[name]() for name in named}


async def _message(system: System) -> str:
    """A message of the hospital that is parked."""
    sent = {**system.token(Role.INTEGRATOR), "Content-Type": "text/plain"}
    await system.http.post("/hl7v2", content=er7(pid=OMIT), headers=sent)
    listed = await system.http.get("/api/v1/messages", params={"limit": 1}, headers=system.token(Role.INTEGRATOR))
    name: str = listed.json()["items"][0]["id"]
    return name


async def _webhook(system: System) -> str:
    """A subscription: one for all tests, made again if one of them removed it."""
    headers = system.token(Role.ADMIN)
    there = (await system.http.get("/api/v1/webhooks", headers=headers)).json()["items"]
    if ours := [str(each["id"]) for each in there if each["name"] == WEBHOOK["name"]]:
        return ours[0]
    made = await system.http.post("/api/v1/webhooks", json=WEBHOOK, headers=headers)
    assert made.status_code == 201, made.text
    name: str = made.json()["id"]
    return name


async def _view(system: System, case_id: str) -> str:
    """A view that somebody has saved."""
    path, body = f"/api/v1/views/of-{case_id}", {"page": "inbox", "name": "x"}
    made = await system.http.put(path, json=body, headers=system.token(Role.DOCTOR, f"viewer-{case_id}"))
    assert made.status_code == 200, made.text
    return f"of-{case_id}"


async def _handover(system: System, case_id: str) -> str:
    """A handover that waits, of somebody who has a case."""
    giver, headers = f"giver-{case_id}", system.token(Role.SUPERVISOR)
    await system.http.post(f"/api/v1/cases/{case_id}/owner", json={"owner": giver}, headers=headers)
    made = await system.post("/api/v1/handovers", {"hospital": "GKB29"}, user=giver)
    assert made.status_code == 201, made.text
    name: str = made.json()["id"]
    return name


async def _roster(system: System) -> str:
    """Somebody of the roster."""
    user, body = "on_the_roster", {"role": "doctor", "hospitals": ["GKB29"]}
    put = await system.http.put(f"/api/v1/staff/{user}", json=body, headers=system.token(Role.SUPERVISOR))
    assert put.status_code == 200, put.text
    return user


async def _absence(system: System) -> str:
    """Their absence."""
    path, body = f"/api/v1/staff/{await _roster(system)}/absences", {"from": "2026-01-01T00:00:00Z", "kind": "sick"}
    absence = await system.post(path, body, role=Role.HEAD)
    name: str = absence.json()["id"]
    return name


def operations(system: System) -> set[tuple[str, str]]:
    """Every operation that the API describes."""
    described = system.app.openapi()["paths"]
    return {(method.upper(), path) for path, each in described.items() for method in each}


async def test_every_operation_says_who_may_call_it(system: System) -> None:
    """The table above names each operation that the API has, and no other."""
    assert {each for each in operations(system) if each[1] not in OPEN} == set(ALLOWED)


@pytest.mark.parametrize(("method", "path"), sorted(each for each in ALLOWED if each[0] != "GET"))
async def test_a_role_inside_the_table_may_write(system: System, method: str, path: str) -> None:
    """Whatever else there is to say to it: never 401, and 403 only from the case."""
    of_a_case = re.search(r"{(case|step|item|handover|view)_id}", path)
    case_id = await system.admit() if of_a_case else "none"
    place = path.format(**await at_hand(system, case_id, path))
    body = BODIES.get(path, BODIES.get(path.rsplit("/", 1)[-1]))
    may_lead = path.endswith(("assign", "extend", "approve", "release", "owner", "absences", "end", "take-over"))
    for role in sorted(ALLOWED[method, path] & WRITERS):
        sent = admission() if path == "/api/v1/admissions" else body
        told: dict[str, Any] = {"content": b"MSH|"} if path == "/hl7v2" else {"json": sent}
        answer = await system.http.request(method, place, headers=system.token(role), **told)
        refused = answer.status_code == 403 and "role" in answer.json()["code"]
        assert answer.status_code != 401
        assert not refused or (may_lead and role is Role.COORDINATOR), (role, answer.text)


# A partner has no hospital: what it was not asked for does not exist for it (tests/api/test_partners.py).
IN_A_HOSPITAL = sorted(
    each
    for each, roles in ALLOWED.items()
    if "_id}" in each[1] and roles != {Role.PARTNER} and not each[1].endswith("/break-glass")  # that is what it is for
)


@pytest.fixture(scope="module")
async def untouched(system: System) -> dict[str, str]:
    """What a case has to which nothing ever happens."""
    return await at_hand(system, await system.admit())


async def test_another_hospitals_case_does_not_exist(system: System, untouched: dict[str, str]) -> None:
    """Whatever is asked of a case or step outside the token's hospitals is answered 404, and nothing happens."""
    case = f"/api/v1/cases/{untouched['case_id']}"
    before = await system.get(case)
    for method, path in IN_A_HOSPITAL:
        body = BODIES.get(path, BODIES.get(path.rsplit("/", 1)[-1]))
        role = Role.SUPERVISOR if Role.SUPERVISOR in ALLOWED[method, path] else Role.ADMIN
        headers = system.token(role, "stranger", "SKLIF", "MOROZ")
        answer = await system.http.request(method, path.format(**untouched), json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"][-9:]) == (404, "not_found"), (method, path)
    assert (await system.get(case))["seq"] == before["seq"]


async def test_lists_show_ones_own_hospitals_only(system: System) -> None:
    """Cases, steps and notices of other hospitals are in no list, whatever the filter asks for."""
    await system.admit()
    headers = system.token(Role.SUPERVISOR, "stranger", "NIIDHT")
    for path in ("/api/v1/cases", "/api/v1/steps", "/api/v1/stuck", "/api/v1/notifications", "/api/v1/staff"):
        for params in ({}, {"hospital": "GKB29"}):
            answer = await system.http.get(path, params=params, headers=headers)
            assert answer.json()["items"] == []


async def test_a_token_that_is_not_quite_ours_is_no_token(system: System) -> None:
    """Altered, unsigned, expired or signed by another installation: 401 without a word about why."""
    good = system.token(Role.SUPERVISOR)["Authorization"].removeprefix("Bearer ")
    header, claims, signature = good.split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"
    for token in (
        f"{header}.{claims}.{signature[:-4]}AAAA",
        f"{unsigned}.{claims}.",
        f"{header}.{claims}",
        "nonsense",
        system.foreign_token(),
        system.expired_token(),
    ):
        answer = await system.http.get("/api/v1/cases", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_only_its_author_and_seniors_may_ask_about_a_command(system: System) -> None:
    """The command of a colleague is not there; a senior of the hospital sees where it stands."""
    case_id = await system.admit()
    step_id = await system.step(case_id, "first_contact")
    await system.post(f"/api/v1/steps/{step_id}/claim", user="anna")
    events = await system.get(f"/api/v1/cases/{case_id}/events")
    command_id = events["items"][-1]["command_id"]
    path = f"/api/v1/commands/{command_id}"
    own = await system.http.get(path, headers=system.token(Role.COORDINATOR, "anna"))
    other = await system.http.get(path, headers=system.token(Role.COORDINATOR, "boris"))
    senior = await system.http.get(path, headers=system.token(Role.SUPERVISOR))
    assert (own.status_code, other.status_code, senior.status_code) == (200, 404, 200)
    assert own.json()["state"] == "done"
    assert own.json()["result"]["assignee"] == "anna"
