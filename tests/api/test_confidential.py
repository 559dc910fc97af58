"""What a psychologist writes, in every place that takes words, and who is shown it anywhere."""

import re
from itertools import product
from secrets import token_hex
from typing import Any, get_args

import pytest

from api.confidential import REACHES, readable
from marshrut.domain.commands import CommandBody
from marshrut.domain.kinds import KINDS
from marshrut.domain.words import ItemKind, Role
from marshrut.ports import Caller, SealedWords
from tests.api.inboxes import er7
from tests.fixtures.shipped import shipped
from tests.fixtures.system import HOSPITAL, System
from workflows.registry import OUTCOMES

NINA = "nina"
PSYCHOLOGISTS_STEPS = sorted(name for name, step in shipped().steps.items() if step.role is Role.PSYCHOLOGIST)
# Words that only psychologists, and whoever wrote them, may read. Each stands for one way of writing.
OUTCOME, COMMENT, BLOCK, CANCEL = "исход-слова", "коммент-слова", "преграда-слова", "отмена-слова"
ITEM, MOVED, TITLE, REFERRAL = "вещь-слова", "ход-слова", "дело-слова", "просьба-слова"
REPORT, FLAG, SCORED = "весть-слова", "флаг-слова", "анкета-слова"
RECORDED = "записано-старшим"  # the outcome of a psychologist's step that a senior wrote down
CONFIDENTIAL = (OUTCOME, COMMENT, BLOCK, CANCEL, ITEM, MOVED, TITLE, REFERRAL, REPORT, FLAG, SCORED)
# What others work with, though a psychologist wrote it: who somebody is, and what they are asked to do.
FOR_OTHERS = ("Тётина-Имя", "позвоните-тёте")
# Written by a coordinator, about a psychologist's step too: read by everybody who may see persons.
OTHERS_WORDS = "слова-координатора"
# Roles that are shown persons of a hospital.
SEE = {Role.COORDINATOR, Role.PSYCHOLOGIST, Role.SUPERVISOR, Role.DOCTOR, Role.PLACEMENT}
EVERYBODY = sorted(set(Role) - {Role.SYSTEM})


async def written(system: System) -> str:
    """A case in which a psychologist, and beside her others, wrote everything that can be written."""
    case = await system.admit()
    path = f"/api/v1/cases/{case}"

    async def writes(at: str, body: dict[str, Any], role: Role = Role.PSYCHOLOGIST, user: str = NINA) -> Any:
        answer = await system.post(at, body, role=role, user=user)
        assert answer.is_success, f"{at}: {answer.text}"
        return answer.json()

    referred = await writes(f"{path}/psychology", {"reason": "fear", "note": REFERRAL})
    talk = f"/api/v1/steps/{await system.step(case, 'psy_talk')}"
    await writes(f"{talk}/comment", {"text": COMMENT})
    await writes(f"{talk}/comment", {"text": OTHERS_WORDS}, Role.COORDINATOR, "anna")
    await writes(f"{talk}/block", {"reason": "other", "note": BLOCK})
    await writes(f"{talk}/unblock", {})
    await writes(f"{talk}/complete", {"outcome": {"result": "continue", "note": OUTCOME}})
    adhoc = await writes(f"{path}/steps", {"title": TITLE, "role": "psychologist"})
    await writes(f"{path}/steps", {"title": FOR_OTHERS[1], "role": "coordinator"})
    await writes(f"/api/v1/steps/{adhoc['step_id']}/cancel", {"reason": "duplicate", "note": CANCEL})
    own = await writes(f"{path}/steps", {"title": TITLE, "role": "psychologist", "due_at": "2099-01-01T00:00:00Z"})
    recorded = {"outcome": {"result": "done", "note": RECORDED}}
    await writes(f"/api/v1/steps/{own['step_id']}/complete", recorded, Role.SUPERVISOR, "olga")
    facts = {"name": FOR_OTHERS[0], "phones": ["79160001122"], "note": ITEM}
    aunt = await writes(f"{path}/items", {"kind": "relative", "name": "aunt", "status": "found", "facts": facts})
    await writes(f"/api/v1/items/{aunt['item_id']}/move", {"status": "willing", "facts": {"note": MOVED}})
    await writes(f"{path}/events", {"type": "medically_ready", "note": REPORT})
    await writes(f"{path}/flags", {"add": ["palliative"], "note": FLAG})
    asked = [
        each for each in (await system.get("/api/v1/catalogue/instruments/gad7"))["item"] if "answerOption" in each
    ]
    answers = {each["linkId"]: each["answerOption"][0]["valueCoding"]["code"] for each in asked}
    await writes(f"{path}/assessments", {"instrument": "gad7", "answers": answers, "note": SCORED})
    assert referred["request"]["facts"]["note"] == REFERRAL  # whoever writes it reads it
    return case


def shows_text(system: System) -> list[str]:
    """Every address that anybody may read: denied by default, for a new one is walked as well."""
    return sorted(path for path, each in system.app.openapi()["paths"].items() if "get" in each)


async def walked(system: System, case: str, role: Role, user: str | None = None, *hospitals: str) -> str:
    """All that a caller of the role is shown of the case, and of every list, anywhere."""
    headers = system.token(role, user, *hospitals)
    shown: list[str] = []
    state = await system.parts.api.queries.case(case)
    assert state is not None
    there = {
        "case_id": [case],
        "step_id": list(state.steps),
        "item_id": list(state.items),
        "command_id": [ref for item in state.items.values() for ref in item.refs],
        "code": [state.inquiry or "none"],
        "instrument": ["gad7"],
        "message_id": ["none"],
        "handover_id": ["none"],
        "referral_id": ["none"],
        "event_type": ["none"],
        "webhook_id": ["none"],
        "delivery_id": ["none"],
        "user_id": ["none"],
        "client_id": ["none"],
        "erasure_id": ["none"],
    }
    for path in shows_text(system):
        asked = re.findall(r"{(\w+)}", path)
        for names in product(*(there[each] for each in asked)):
            params = {"case": case, "limit": "200"} if path.endswith("/steps") else {}
            where = path.format(**dict(zip(asked, names, strict=True)))
            answer = await system.http.get(where, headers=headers, params=params)
            assert answer.status_code < 500, answer.text
            shown.append(answer.text)
    return "".join(shown)


async def test_nobody_but_psychologists_and_the_author_reads_a_psychologists_words(system: System) -> None:
    """Whatever the address, role and hospital: the words are theirs, and what others need stands in codes."""
    case = await written(system)
    found: dict[str, set[str]] = {}
    marks = {*CONFIDENTIAL, *FOR_OTHERS, OTHERS_WORDS, RECORDED}
    for role in EVERYBODY:
        shown = await walked(system, case, role, f"any-{role}")
        found[role] = {mark for mark in marks if mark in shown}
    others = {*FOR_OTHERS, OTHERS_WORDS}
    assert found == {
        role: marks if role is Role.PSYCHOLOGIST else others if role in SEE else set() for role in EVERYBODY
    }
    # The author reads their own words in whatever role they come; of another hospital nobody does.
    as_coordinator = await walked(system, case, Role.COORDINATOR, NINA)
    assert {mark for mark in marks if mark in as_coordinator} == marks - {RECORDED}
    elsewhere = await walked(system, case, Role.PSYCHOLOGIST, "stranger", "SKLIF")
    assert [mark for mark in marks if mark in elsewhere] == []
    # What others have to know they are told.
    card = await system.get(f"/api/v1/cases/{case}", role=Role.COORDINATOR)
    (client,) = card["psychology"]["clients"]
    assert (client["client"], client["status"], client["reasons"], client["planned"]) == (
        "patient",
        "in_progress",
        ["fear"],
        1,
    )
    done = [step for step in card["steps"] if step["name"] == "psy_talk"]
    assert [step["outcome"] for step in done] == [{"result": "continue"}]


async def test_a_psychologists_shift_is_handed_over_among_psychologists(system: System) -> None:
    """Her notes at the end of a shift are for colleagues and whom she names; a senior sees the handover alone."""
    case = await system.admit()
    mine = {"title": "x", "role": "psychologist", "assignee": "nadia"}
    added = await system.post(f"/api/v1/cases/{case}/steps", mine, role=Role.PSYCHOLOGIST, user="nadia")
    notes = [{"item": added.json()["step_id"], "note": MOVED}]
    offered = {"hospital": HOSPITAL, "note": COMMENT, "notes": notes}
    made = await system.post("/api/v1/handovers", offered, role=Role.PSYCHOLOGIST, user="nadia")
    assert made.status_code == 201, made.text
    path = f"/api/v1/handovers/{made.json()['id']}"
    for role, user, reads in (
        (Role.PSYCHOLOGIST, "nadia", True),
        (Role.PSYCHOLOGIST, "oleg", True),
        (Role.SUPERVISOR, "olga", False),
        (Role.HEAD, "pavel", False),
        (Role.COORDINATOR, "anna", False),
    ):
        shown = await system.http.get(path, headers=system.token(role, user))
        assert [COMMENT in shown.text, MOVED in shown.text] == [reads, reads], (role, shown.text)
        listed = await system.http.get("/api/v1/handovers", headers=system.token(role, user))
        assert COMMENT not in listed.text
    taken = await system.post(f"{path}/acknowledge", {}, role=Role.SUPERVISOR, user="olga")
    assert (taken.status_code, COMMENT in taken.text, MOVED in taken.text) == (200, False, False)


async def test_what_is_answered_to_a_write_is_as_confidential(system: System) -> None:
    """A coordinator who comments on a psychologist's step, or refers once more, is not shown her words by that."""
    case = await written(system)
    state = await system.parts.api.queries.case(case)
    assert state is not None
    talk = next(name for name, step in state.steps.items() if step.name == "psy_talk")
    commented = await system.post(f"/api/v1/steps/{talk}/comment", {"text": "видел"})
    again = await system.post(f"/api/v1/cases/{case}/psychology", {"reason": "grief", "note": "и ещё"})
    assert (commented.status_code, again.status_code, again.json()["created"]) == (200, 200, False)
    assert again.json()["request"]["facts"]["note"] == "и ещё"
    assert [mark for mark in CONFIDENTIAL if mark in commented.text + again.text] == []


async def test_of_a_message_nobody_is_shown_a_name_but_by_opening_it(system: System) -> None:
    """Whatever a hospital's message says of people: its view, its masked lines, lists and counts hold none of it."""
    sender = f"his-{token_hex(4)}"
    planted = (f"ZPI|1|{ITEM}", f"NTE|1||{COMMENT}", f"OBX|1|TX|{REPORT}||{FLAG}", f"NK1|1|{OTHERS_WORDS}|SON")
    raw = er7(pid={5: FOR_OTHERS[0], 13: FOR_OTHERS[1]}, pv1={19: ""}, more=planted)
    own = {**system.token(Role.INTEGRATOR, sender), "Content-Type": "text/plain"}
    assert "|missing_field|" in (await system.http.post("/hl7v2", content=raw, headers=own)).text
    (sent,) = (await system.http.get("/api/v1/messages", headers=own)).json()["items"]
    paths = [path for path in shows_text(system) if path.startswith("/api/v1/messages") and not path.endswith("/raw")]
    assert len(paths) == 4
    marks = (ITEM, COMMENT, REPORT, FLAG, OTHERS_WORDS, *FOR_OTHERS)
    for role in EVERYBODY:
        headers = system.token(role, sender if role is Role.INTEGRATOR else f"any-{role}")
        for path in paths:
            answer = await system.http.get(path.format(message_id=sent["id"]), headers=headers)
            assert answer.status_code in {200, 403}, answer.text
            assert [mark for mark in marks if mark in answer.text] == [], (role, path)


BODIES = [kind.model_fields["type"].default for kind in get_args(get_args(CommandBody)[0])]
WORDS = {
    "note": "a",
    "text": "b",
    "answers": {"q": "c"},
    "outcome": {"note": "d"},
    "title": "e",
    "something_new": "f",
    "facts": {"note": "g", "text": "h", "something_new": "i"},
}


@pytest.mark.parametrize("type_", sorted({*BODIES, "something_new"} - {"admit"}))
def test_by_default_a_psychologists_words_are_hers(type_: str) -> None:
    """Of every kind of command, also of one that does not exist yet, and of every field: unless it is listed."""
    told = SealedWords(b"", NINA, Role.PSYCHOLOGIST, type_, Role.PSYCHOLOGIST)
    for role in EVERYBODY:
        caller = Caller(user="other", role=role, hospitals=frozenset({HOSPITAL}))
        assert readable(told, WORDS, caller) == (WORDS if role is Role.PSYCHOLOGIST else {}), role
        assert readable(told, WORDS, Caller(user=NINA, role=role, hospitals=frozenset({HOSPITAL}))) == WORDS, role


@pytest.mark.parametrize("role", EVERYBODY)
def test_the_outcome_of_a_psychologists_step_is_hers_whoever_recorded_it(role: Role) -> None:
    """A senior who records it reads it; their comment on the same step is everybody's."""
    words, caller = {"outcome": {"note": "d"}}, Caller(user="other", role=role, hospitals=frozenset({HOSPITAL}))
    recorded = SealedWords(b"", "olga", Role.SUPERVISOR, "complete", Role.PSYCHOLOGIST)
    assert readable(recorded, words, caller) == (words if role is Role.PSYCHOLOGIST else {})
    assert readable(recorded, words, Caller(user="olga", role=role, hospitals=frozenset())) == words
    another = SealedWords(b"", "olga", Role.SUPERVISOR, "complete", Role.COORDINATOR)
    assert readable(another, words, caller) == words


def test_what_is_shared_is_no_ones_words() -> None:
    """The facts that others see, though a psychologist wrote them, name or reach somebody, and none is a note."""
    private = {name for kind in ItemKind for name in KINDS[kind].facts.private_fields}
    assert private >= REACHES
    assert private - REACHES == {"note", "text"}


def test_every_psychologists_step_has_codes_for_others() -> None:
    """What is confidential leaves the result, and whatever else is a code, to those who have to act."""
    assert len(PSYCHOLOGISTS_STEPS) > 5
    for name in PSYCHOLOGISTS_STEPS:
        assert OUTCOMES[name].private_fields == {"note"}
        assert "result" in OUTCOMES[name].model_fields
