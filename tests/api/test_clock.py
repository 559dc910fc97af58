from datetime import UTC, datetime, timedelta

from marshrut.domain.words import Role
from tests.fixtures.system import System


async def first_contact(system: System) -> tuple[str, str]:
    case_id = await system.admit()
    return case_id, await system.step(case_id, "first_contact")


def path(step_id: str) -> str:
    return f"/api/v1/steps/{step_id}/clock"


async def test_a_step_explains_its_due_time(system: System) -> None:
    """What is explained is what lists show, and the counted days are the budget."""
    case_id, step_id = await first_contact(system)
    step = await system.get(f"/api/v1/steps/{step_id}")
    case = await system.get(f"/api/v1/cases/{case_id}")
    told = await system.get(path(step_id))
    clock = told["clock"]
    assert (told["state"], clock["due_at"], clock["reached_at"]) == (
        step["clock"]["state"],
        *[step["clock"]["due_at"]] * 2,
    )
    assert sum(day["counted_s"] for day in clock["days"]) == clock["budget_s"] == 24 * 3600
    assert clock["term"] == {"amount": 24, "unit": "h", "at": None}
    assert clock["start"]["counts_from"] == "admission"
    assert (clock["start"]["occurred_at"], clock["start"]["recorded_at"]) == (case["admitted_at"], case["opened_at"])
    assert 3 * 3600 <= clock["used_s"] < 3 * 3600 + 600
    assert [rung["percent"] for rung in clock["rungs"]] == [80, 100, 150, 200]
    assert (clock["figure"]["verified"], clock["figure"]["mark"]) == (False, "A")
    assert clock["figure"]["text"]["ru"] == "срок не подтверждён официальным источником"
    assert clock["figure"]["source"]


async def test_it_is_plain_text_in_the_readers_language(system: System) -> None:
    """Whoever asks for plain text gets the same lines, in Russian or English; whoever does not gets JSON."""
    _, step_id = await first_contact(system)
    told = await system.get(path(step_id))
    for language, asked in (("ru", "ru-RU,ru;q=0.9"), ("en", "de"), ("en", "")):
        headers = {**system.token(Role.COORDINATOR), "Accept": "text/plain;q=1, */*", "Accept-Language": asked}
        answer = await system.http.get(path(step_id), headers=headers)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["content-language"] == language
        lines = answer.text.splitlines()
        assert lines[0] == told["text"][language]
        days = [day["text"][language] for day in told["clock"]["days"]]
        first = lines.index(days[0])
        assert lines[first : first + len(days)] == days
    for accept in ("application/json, text/plain", "*/*", "image/png", ""):
        answer = await system.http.get(path(step_id), headers={**system.token(Role.COORDINATOR), "Accept": accept})
        assert answer.headers["content-type"] == "application/json"


async def test_pauses_are_told_with_where_they_came_from(system: System) -> None:
    """A pause of the case and one by a reason, standing and ended, each with its words."""
    case_id, step_id = await first_contact(system)
    reasons = system.parts.catalogue.reasons
    code = next(code for code, reason in reasons.items() if reason.pauses)
    begun, ended = (datetime.now(UTC) - timedelta(hours=hours) for hours in (2, 1))
    for event, when in (("paused", begun), ("resumed", ended)):
        body = {"type": event, "occurred_at": when.isoformat()}
        assert (await system.post(f"/api/v1/cases/{case_id}/events", body)).status_code == 200
    await system.post(f"/api/v1/steps/{step_id}/block", {"reason": code})
    told = await system.get(path(step_id))
    case, own = told["clock"]["pauses"]
    assert (case["reason"], own["reason"], own["until"], told["state"]) == (None, code, None, "paused")
    assert reasons[code].title.ru in own["text"]["ru"]
    assert told["clock"]["due_at"] == (await system.get(f"/api/v1/steps/{step_id}"))["clock"]["due_at"]
    assert sum(day["paused_s"] for day in told["clock"]["days"]) >= 3600
    await system.post(f"/api/v1/steps/{step_id}/unblock", {})
    again = await system.get(path(step_id))
    assert [pause["until"] is not None for pause in again["clock"]["pauses"]] == [True, True]
    assert again["clock"]["due_at"] == again["clock"]["reached_at"] > told["clock"]["due_at"]


async def test_an_extension_names_who_said_it(system: System) -> None:
    """After an extension the clock tells by whom, when, and until when."""
    _, step_id = await first_contact(system)
    due_at = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)
    body = {"due_at": due_at.isoformat(), "reason": "waiting"}
    answer = await system.post(f"/api/v1/steps/{step_id}/extend", body, role=Role.SUPERVISOR, user="olga")
    assert answer.status_code == 200, answer.text
    said = (await system.get(path(step_id)))["clock"]["extension"]
    assert (said["by"], datetime.fromisoformat(said["due_at"])) == ("olga", due_at)


async def test_steps_of_every_kind_are_explained(system: System) -> None:
    """Done, cancelled, ad hoc with a due time and without one: each answers, and its own words stay its own."""
    case_id, step_id = await first_contact(system)
    steps = {"claimed": step_id}
    for name, due_at in (
        ("timed", datetime.now(UTC) + timedelta(days=2)),
        ("free", None),
        ("dropped", datetime.now(UTC) + timedelta(days=2)),
    ):
        body = {"title": f"Позвонить: {name}", "due_at": due_at and due_at.isoformat()}
        answer = await system.post(f"/api/v1/cases/{case_id}/steps", body)
        assert answer.status_code == 201, answer.text
        steps[name] = answer.json()["step_id"]
    await system.post(f"/api/v1/steps/{steps['dropped']}/cancel", {"reason": "duplicate"})
    await system.do(case_id, "first_contact", result="contacted")
    timed, free, dropped, done = [
        await system.get(path(steps[name])) for name in ("timed", "free", "dropped", "claimed")
    ]
    assert (free["state"], free["clock"], free["text"]["ru"]) == ("none", None, "Позвонить: free: у шага нет срока")
    assert timed["text"]["ru"].startswith("Позвонить: timed: срок — ")
    assert timed["clock"]["term"] is None
    assert timed["clock"]["extension"]["by"] == "coordinator-1"
    assert 2 * 24 * 3600 - 60 <= timed["clock"]["budget_s"] <= 2 * 24 * 3600
    for ended in (dropped, done):
        assert ended["state"] == "none"
        assert {rung["state"] for rung in ended["clock"]["rungs"]} == {"void"}
        assert any("end" in day["marks"] for day in ended["clock"]["days"])
    hidden = await system.get(path(steps["timed"]), role=Role.AUDITOR)
    assert "Позвонить" not in str(hidden)


async def test_a_step_that_is_not_there_is_not_explained(system: System) -> None:
    """An unknown step is answered as everywhere else."""
    answer = await system.http.get(path("nobody.contact.first_contact.main"), headers=system.token(Role.COORDINATOR))
    assert (answer.status_code, answer.json()["code"]) == (404, "step_not_found")
