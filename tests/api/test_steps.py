import asyncio
from datetime import UTC, datetime, timedelta

from marshrut.domain.words import Role
from tests.fixtures.system import System


async def first_contact(system: System) -> str:
    return await system.step(await system.admit(), "first_contact")


def act(step_id: str, action: str) -> str:
    return f"/api/v1/steps/{step_id}/{action}"


async def test_of_two_who_take_a_step_at_once_one_gets_it_and_one_hears_who(system: System) -> None:
    """Two claims at the same moment end in one 200 and one 409 that names the winner."""
    step_id = await first_contact(system)
    answers = await asyncio.gather(*(system.post(act(step_id, "claim"), user=user) for user in ("anna", "boris")))
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json()["code"] == "already_claimed"
    assert lost.json()["details"]["assignee"] == won.json()["assignee"]


async def test_a_step_shows_what_the_caller_may_do_and_that_is_what_happens(system: System) -> None:
    """`can` follows the step: taken by me I may release it, taken by another I may not complete it."""
    step_id = await first_contact(system)
    mine = (await system.post(act(step_id, "claim"), user="anna")).json()
    assert "release" in mine["can"]
    assert "claim" not in mine["can"]
    refused = await system.post(act(step_id, "complete"), {"outcome": "contacted"}, user="boris")
    assert (refused.status_code, refused.json()["code"]) == (409, "claimed_by_another")
    freed = (await system.post(act(step_id, "release"), user="anna")).json()
    assert (freed["state"], freed["assignee"]) == ("open", None)


async def test_a_senior_assigns_and_others_may_not(system: System) -> None:
    """Only a senior gives a step to somebody."""
    step_id = await first_contact(system)
    refused = await system.post(act(step_id, "assign"), {"assignee": "anna"})
    given = await system.post(act(step_id, "assign"), {"assignee": "anna"}, role=Role.SUPERVISOR)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    assert (given.status_code, given.json()["assignee"], given.json()["state"]) == (200, "anna", "claimed")


async def test_several_reasons_stand_at_once_and_each_ends_by_itself(system: System) -> None:
    """Two blocks stand side by side with who answers; while one stands the step cannot be completed."""
    step_id = await first_contact(system)
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    await system.post(act(step_id, "block"), {"reason": "passport", "until": until, "note": "ждём"})
    both = (await system.post(act(step_id, "block"), {"reason": "institution_place", "responsible": "centre"})).json()
    assert [block["reason"] for block in both["blocks"]] == ["passport", "institution_place"]
    assert both["blocks"][1]["responsible"] == "centre"
    again = await system.post(act(step_id, "block"), {"reason": "passport"})
    assert (again.status_code, again.json()["code"]) == (409, "already_blocked")
    one = (await system.post(act(step_id, "unblock"), {"reason": "passport"})).json()
    assert [block["reason"] for block in one["blocks"]] == ["institution_place"]
    refused = await system.post(act(step_id, "complete"), {"outcome": "contacted"})
    assert (refused.status_code, refused.json()["details"]["reasons"]) == (409, "institution_place")
    listed = await system.get("/api/v1/steps", state="blocked", limit=500)
    assert step_id in [step["step_id"] for step in listed["items"]]


async def test_a_mandatory_step_is_cancelled_by_two_people_or_not_at_all(system: System) -> None:
    """The request is answered by another senior, never by oneself; turned down, the step stands."""
    step_id = await first_contact(system)
    asked = await system.post(act(step_id, "cancel"), {"reason": "known_patient"}, role=Role.SUPERVISOR, user="olga")
    assert (asked.json()["state"], asked.json()["cancel_requested_by"]) == ("open", "olga")
    own = await system.post(act(step_id, "approve"), role=Role.SUPERVISOR, user="olga")
    assert (own.status_code, own.json()["code"]) == (409, "own_request")
    denied = await system.post(act(step_id, "approve"), {"approved": False}, role=Role.SUPERVISOR, user="pavel")
    assert (denied.json()["state"], denied.json()["cancel_requested_by"]) == ("open", None)
    await system.post(act(step_id, "cancel"), {"reason": "known_patient"})
    done = await system.post(act(step_id, "approve"), role=Role.SUPERVISOR, user="pavel")
    assert done.json()["state"] == "cancelled"
    # Help goes on without the talk.
    case = await system.get(f"/api/v1/cases/{done.json()['case_id']}")
    assert {step["name"] for step in case["steps"]} == {
        "first_contact",
        "consent_record",
        "home_safety",
        "expected_date",
    }


async def test_a_step_of_ones_own_keeps_its_words_and_needs_nobody_to_cancel(system: System) -> None:
    """An ad hoc step shows its title, has a role and a due time, and an optional one is cancelled at once."""
    case_id = await system.admit()
    due = datetime.now(UTC) + timedelta(hours=5)
    made = await system.post(
        f"/api/v1/cases/{case_id}/steps", {"title": "Покормить кошку", "due_at": due.isoformat()}, user="anna"
    )
    assert made.status_code == 201
    step = made.json()
    assert step["title"]["ru"] == "Покормить кошку"
    assert step["clock"]["state"] == "green"
    assert made.headers["location"] == f"/api/v1/steps/{step['step_id']}"
    gone = await system.post(act(step["step_id"], "cancel"), {"reason": "neighbour_helps"})
    assert gone.json()["state"] == "cancelled"


async def test_a_step_entered_late_keeps_both_times(system: System) -> None:
    """A completion on paper first says when it was so; the future and the time before admission are refused."""
    step_id = await first_contact(system)
    happened = (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0)
    body = {"outcome": "contacted"}
    for moment, code in (
        (datetime.now(UTC) + timedelta(hours=1), "in_the_future"),
        (datetime.now(UTC) - timedelta(days=9), "before_admission"),
    ):
        refused = await system.post(act(step_id, "complete"), {**body, "occurred_at": moment.isoformat()})
        assert (refused.status_code, refused.json()["code"]) == (422, code)
        assert refused.json()["errors"][0]["field"] == "occurred_at"
    done = (await system.post(act(step_id, "complete"), {**body, "occurred_at": happened.isoformat()})).json()
    assert datetime.fromisoformat(done["occurred_at"]) == happened
    events = await system.get(f"/api/v1/cases/{done['case_id']}/events")
    completed = next(event for event in events["items"] if event["kind"] == "step_completed")
    assert datetime.fromisoformat(completed["occurred_at"]) == happened
    assert datetime.fromisoformat(completed["recorded_at"]) > happened


async def test_a_wrong_outcome_names_the_field_and_changes_nothing(system: System) -> None:
    """422 says which field of the outcome is wrong, without repeating what stood in it."""
    step_id = await first_contact(system)
    for outcome, field in (
        ("nonsense", "outcome.result"),
        ({"result": "moved"}, "outcome.moved_to"),
        ({"result": "contacted", "moved_to": "ward"}, "outcome.moved_to"),
        ({"result": "contacted", "surname": "Тайнова"}, "outcome.surname"),
    ):
        answer = await system.post(act(step_id, "complete"), {"outcome": outcome})
        assert answer.status_code == 422
        assert field in [error["field"] for error in answer.json()["errors"]]
        assert "Тайнова" not in answer.text
    assert (await system.get(f"/api/v1/steps/{step_id}"))["state"] == "open"


async def test_extending_is_a_seniors_and_only_later(system: System) -> None:
    """A senior moves the due time to a later one; nobody else, and never to an earlier one."""
    step_id = await first_contact(system)
    later, earlier = datetime.now(UTC) + timedelta(days=2), datetime.now(UTC)
    refused = await system.post(act(step_id, "extend"), {"due_at": later.isoformat()})
    assert refused.status_code == 403
    not_later = await system.post(act(step_id, "extend"), {"due_at": earlier.isoformat()}, role=Role.SUPERVISOR)
    assert (not_later.status_code, not_later.json()["code"]) == (422, "not_later")
    moved = await system.post(act(step_id, "extend"), {"due_at": later.isoformat()}, role=Role.SUPERVISOR)
    assert datetime.fromisoformat(moved.json()["clock"]["due_at"]) == later


async def test_a_comment_stands_in_the_history_for_those_who_care(system: System) -> None:
    """The words of a comment are shown with its event, to care and not to an auditor; done steps take comments too."""
    step_id = await first_contact(system)
    await system.post(act(step_id, "complete"), {"outcome": {"result": "contacted", "note": "просит очки"}})
    said = await system.post(act(step_id, "comment"), {"text": "очки у соседки"})
    assert said.json()["outcome"] == {"result": "contacted", "note": "просит очки"}
    history = f"/api/v1/cases/{said.json()['case_id']}/events"
    texts = [event["text"] for event in (await system.get(history))["items"] if event["text"]]
    assert texts == [{"outcome": {"note": "просит очки"}}, {"text": "очки у соседки"}]
    assert not any(event["text"] for event in (await system.get(history, Role.AUDITOR))["items"])


async def test_lists_page_through_everything_once(system: System) -> None:
    """Following the cursor shows each step once and ends; a cursor of one's own making is refused."""
    case = await system.admit(flags=["lives_alone", "no_documents", "unidentified"])
    while True:
        # A journey goes on by itself: what is compared was there before and after.
        everything, seen = await _steps_of(system, case, 500), await _steps_of(system, case, 2)
        if await _steps_of(system, case, 500) == everything:
            break
    assert seen == everything
    assert len(set(seen)) == len(seen) >= 5
    broken = await system.http.get(
        "/api/v1/steps", params={"cursor": "nonsense"}, headers=system.token(Role.SUPERVISOR)
    )
    assert (broken.status_code, broken.json()["code"]) == (422, "bad_cursor")


async def _steps_of(system: System, case: str, limit: int) -> list[str]:
    page = await system.get("/api/v1/steps", case=case, limit=limit)
    seen = [step["step_id"] for step in page["items"]]
    while page["next"] is not None:
        page = await system.get("/api/v1/steps", case=case, limit=limit, cursor=page["next"])
        seen += [step["step_id"] for step in page["items"]]
    return seen
