"""Consents over HTTP: each purpose asked, given with who and how, withdrawn, and what others see then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marshrut.domain.auditing import Act, Purpose
from marshrut.domain.words import Role
from tests.api.test_audit import recorded
from tests.api.test_disclosure import disclosed
from tests.api.test_fhir_partners import its_task, partner
from tests.api.test_partners import told
from tests.api.test_relatives import searching
from tests.api.test_status import code_of
from tests.api.test_status import status as by_code
from tests.fixtures.asked import PROGRAMME, SERVICE, asked, linked, live, of_partner, status
from tests.fixtures.system import System, said

PURPOSES = [
    "to_be_found", "publication", "state_to_relatives", "needs_to_partners", "referrals", "psychologist", "followup",
]  # fmt: skip


async def says(system: System, case_id: str, purpose: str, answer: str, **more: Any) -> dict[str, Any]:
    how = {"how": "paper"} if answer in {"given", "partial"} else {}
    body = {"purpose": purpose, "answer": answer, "by": "patient", **how, **more}
    done = await system.post(f"/api/v1/cases/{case_id}/consents", body)
    assert done.status_code == 200, done.text
    view: dict[str, Any] = done.json()
    return view


async def consents(system: System, case_id: str) -> dict[str, dict[str, Any]]:
    listed = await system.get(f"/api/v1/cases/{case_id}/consents")
    return {each["purpose"]: each for each in listed["items"]}


async def test_every_purpose_is_there_before_anybody_has_asked(system: System) -> None:
    """Each with its words, mark and source, what goes on without it, and what may be recorded."""
    case_id = await system.admit()
    listed = await consents(system, case_id)
    assert list(listed) == PURPOSES
    for each in listed.values():
        assert (each["said"], each["at"], each["item_id"]) == ("not_asked", None, None)
        assert each["source"]
        assert each["mark"] in {"S", "M", "A"}
        assert each["goes_on"]["ru"]
        assert each["can"] == ["given", "partial", "refused"]
    assert {purpose for purpose, each in listed.items() if not each["allowed"]} == {"needs_to_partners"}


async def test_what_was_said_stands_with_who_and_how_and_until_when(system: System) -> None:
    """Given on paper by a guardian until a day, then given anew, withdrawn, and given again: each as it was said."""
    case_id = await system.admit()
    until = datetime.now(UTC) + timedelta(days=90)
    given = await says(
        system, case_id, "followup", "given", by="guardian", until=until.isoformat(), note="в палате, при сестре"
    )
    assert (given["said"], given["by"], given["how"], given["recorded_by"]) == (
        "given", "guardian", "paper", "coordinator-1",
    )  # fmt: skip
    assert datetime.fromisoformat(given["until"]) == until
    assert given["note"] == "в палате, при сестре"
    again = await says(system, case_id, "followup", "given", how="witnessed")
    assert (again["by"], again["how"], again["until"]) == ("patient", "witnessed", None)
    taken = await says(system, case_id, "followup", "withdrawn", by="representative")
    assert (taken["said"], taken["by"], taken["allowed"]) == ("withdrawn", "representative", False)
    assert (await says(system, case_id, "followup", "given"))["allowed"]
    hidden = (await system.get(f"/api/v1/cases/{case_id}/consents", Role.AUDITOR))["items"]
    assert "в палате" not in str(hidden)


@pytest.mark.parametrize(
    ("body", "status_code", "code"),
    [
        ({"purpose": "followup", "answer": "given", "by": "patient"}, 422, "invalid"),
        ({"purpose": "followup", "answer": "given", "by": "neighbour", "how": "paper"}, 422, "invalid"),
        ({"purpose": "marketing", "answer": "refused", "by": "patient"}, 422, "invalid"),
        (
            {"purpose": "followup", "answer": "refused", "by": "patient", "until": "2099-01-01T00:00:00Z"},
            422,
            "invalid",
        ),
        ({"purpose": "followup", "answer": "withdrawn", "by": "patient"}, 409, "wrong_move"),
        (
            {
                "purpose": "followup", "answer": "given", "by": "patient", "how": "paper",
                "until": "2020-01-01T00:00:00Z",
            },
            422,
            "due_in_the_past",
        ),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(system: System, body: dict[str, str], status_code: int, code: str) -> None:
    """A yes says how; nothing can be withdrawn that nobody gave; no term lies behind."""
    case_id = await system.admit()
    answer = await system.post(f"/api/v1/cases/{case_id}/consents", body)
    assert (answer.status_code, answer.json()["code"]) == (status_code, code)


async def test_a_call_that_is_repeated_records_once(system: System) -> None:
    """The same key says the same thing once; a version that is not the present one is refused."""
    case_id = await system.admit()
    path = f"/api/v1/cases/{case_id}/consents"
    body = {"purpose": "publication", "answer": "refused", "by": "patient"}
    one = await system.post(path, body, **said(idempotency_key="consent-1"))
    seq = (await system.get(f"/api/v1/cases/{case_id}"))["seq"]
    two = await system.post(path, body, **said(idempotency_key="consent-1"))
    assert one.json() == two.json()
    assert (await system.get(f"/api/v1/cases/{case_id}"))["seq"] == seq
    stale = await system.post(path, {**body, "answer": "given", "how": "paper"}, **said(if_match='"old"'))
    assert stale.status_code == 412


async def test_partners_no_longer_see_needs_and_then_are_not_asked_any_more(system: System) -> None:
    """Given a partner that sees needs, when consents are withdrawn, then it sees none by system, link and FHIR.

    Its referral is recalled, and nobody can ask again, which is said.
    """
    case_id, items = await asked(system, SERVICE)
    await says(system, case_id, "needs_to_partners", "given")
    await says(system, case_id, "referrals", "given")
    link = await linked(system, items[SERVICE])
    path, headers = f"/api/v1/partner/referrals/{items[SERVICE]}", of_partner(system, SERVICE)
    task, his = await its_task(system, items[SERVICE]), partner(system)
    request = f"/{task['focus']['reference']}"
    assert (await system.http.get(path, headers=headers)).json()["needs"]
    assert "Психологическая поддержка" in (await system.http.get(link["path"])).text
    assert "reasonCode" in await his.get(request)

    await says(system, case_id, "needs_to_partners", "withdrawn")
    assert (await system.http.get(path, headers=headers)).json()["needs"] is None
    assert "Психологическая поддержка" not in (await system.http.get(link["path"])).text
    assert "reasonCode" not in await his.get(request)

    await says(system, case_id, "referrals", "withdrawn")
    assert await status(system, items[SERVICE]) == "recalled"
    assert "referral_send" not in await live(system, case_id)
    assert (Role.COORDINATOR, "referral_recalled") in await told(system, case_id)
    assert (Role.COORDINATOR, "consent_withdrawn") in await told(system, case_id)
    body = {"kind": "referral", "name": PROGRAMME, "facts": {"partner": SERVICE}}
    refused = await system.post(f"/api/v1/cases/{case_id}/items", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_withdrawn")
    assert refused.json()["details"]["purpose"] == "referrals"


async def test_nobody_near_is_told_any_more_and_what_was_published_is_taken_back(system: System) -> None:
    """Given somebody who may be found, when that is withdrawn, then whoever rings is told nothing.

    No record is given out, the search ends, and a coordinator is told at once to take notices back.
    """
    case_id = await searching(system, "yes")
    named = {"family": "Семенова", "given": "Наталья", "hospital": "GKB29"}

    async def hit() -> dict[str, Any]:
        answer = await system.post("/api/v1/relatives/search", named)
        found: dict[str, Any] = next(each for each in answer.json()["items"] if each["case"]["case_id"] == case_id)
        return found

    exported = f"/api/v1/cases/{case_id}/pfif"
    headers = system.token(Role.COORDINATOR)
    assert (await hit())["may_be_told"]
    assert (await system.http.get(exported, headers=headers)).status_code == 200
    await says(system, case_id, "publication", "refused")
    assert (await hit())["may_be_told"]
    assert (await system.http.get(exported, headers=headers)).json()["code"] == "contact_not_wished"
    await says(system, case_id, "to_be_found", "withdrawn")
    assert ((await hit())["may_be_told"], (await hit())["because"]["code"]) == (False, "nobody")
    assert "relatives_search" not in await live(system, case_id)
    notices = (await system.get("/api/v1/notifications", Role.COORDINATOR, case=case_id, limit=200))["items"]
    recall = next(each for each in notices if each["occasion"] == "consent_withdrawn.to_be_found")
    assert recall["urgent"]


async def test_whoever_holds_the_code_is_told_nothing_more(system: System) -> None:
    """Given a family with a code, when the patient wants nothing to be told, then the code tells no stage."""
    case_id = await system.admit()
    code = await code_of(system, case_id)
    assert (await by_code(system, code)).json()["lines"]
    await says(system, case_id, "state_to_relatives", "refused")
    silent = (await by_code(system, code)).json()
    assert (silent["lines"], silent["stage"], silent["state"]) == ([], None, "ask")


async def test_the_psychologist_is_not_sent_for_but_in_a_crisis(system: System) -> None:
    """Given somebody who wants no talks, when they are referred, then that is refused; a crisis is not."""
    case_id = await system.admit()
    await says(system, case_id, "psychologist", "refused")
    refused = await system.post(f"/api/v1/cases/{case_id}/psychology", {"reason": "fear"})
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_withdrawn")
    crisis = await system.post(f"/api/v1/cases/{case_id}/psychology", {"reason": "fear", "urgency": "crisis"})
    assert crisis.status_code in {200, 201}, crisis.text


async def test_what_was_said_is_in_what_is_held_and_in_the_audit(system: System) -> None:
    """The person is told each purpose and what they said; the audit says who recorded something, for their rights."""
    case_id = await system.admit()
    await says(system, case_id, "followup", "refused")
    view = await disclosed(system, case_id)
    assert {each["purpose"]: each["said"] for each in view["cases"][0]["consents"]}["followup"] == "refused"
    async with recorded(system) as (http, audit, _):
        body = {"purpose": "followup", "answer": "given", "by": "patient", "how": "paper"}
        path = f"/api/v1/cases/{case_id}/consents"
        assert (await http.post(path, json=body, headers=system.token(Role.COORDINATOR))).status_code == 200
    (entry,) = audit.entries
    assert (entry.act, entry.purpose, entry.case_id) == (Act.CHANGE, Purpose.RIGHTS, case_id)
