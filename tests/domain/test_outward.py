from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from jsonschema import Draft202012Validator, FormatChecker

from marshrut.domain import events as e
from marshrut.domain.evolve import evolve
from marshrut.domain.kinds import KINDS
from marshrut.domain.outward import types as t
from marshrut.domain.outward.envelope import envelope
from marshrut.domain.outward.page import FOLDER, PAGE, page, schemas
from marshrut.domain.outward.telling import Outward, data_text, outward
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, ItemKind, Mark, Report, Role, Stage
from tests.store.stories import NOON, histories, notice, opened, step_opened, story, times

STEP = "case.contact.first_contact.main"


def told(journal: Sequence[e.Event]) -> list[Outward]:
    """All that a journal makes known."""
    state, found = CaseState(case_id="case"), list[Outward]()
    for event in journal:
        before, state = state, evolve(state, event)
        found += outward(before, event, state)
    return found


def names(journal: Sequence[e.Event]) -> list[str]:
    return [each.type.name.removeprefix("marshrut.").removesuffix(".v1") for each in told(journal)]


def data(each: Outward) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data_text(each.data))
    return found


def referral(status: str, was: str | None = None) -> e.Body:
    if was is None:
        facts: e.OutcomeCodes = {"partner": "kcson_marino", "round": "r1"}
        return e.ItemAdded(item_id="i", item=ItemKind.REFERRAL, name="home_care", status=status, facts=facts)
    return e.ItemMoved(item_id="i", status=status)


BLOCKED = e.StepBlocked(step_id=STEP, block_id="b1", reason="passport", responsible="mvd", since=NOON, pauses=True)


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ([], ["case.opened"]),
        ([step_opened(STEP)], ["step.opened"]),
        ([step_opened(STEP), e.StepClaimed(step_id=STEP, assignee="anna")], ["step.opened"]),
        (
            [step_opened(STEP), e.StepCompleted(step_id=STEP, outcome={"result": "ok"})],
            ["step.opened", "step.completed"],
        ),
        (
            [step_opened(STEP), BLOCKED, e.StepUnblocked(step_id=STEP, block_id="b1")],
            ["step.opened", "step.blocked", "step.unblocked"],
        ),
        (
            [step_opened(STEP), e.StepEscalated(step_id=STEP, rung="breach", climbed=1)],
            ["step.opened", "step.escalated"],
        ),
        ([step_opened(STEP), e.StepCancelled(step_id=STEP, reason="withdrawn")], ["step.opened", "step.cancelled"]),
        (
            [step_opened(STEP), e.StepExtended(step_id=STEP, times=times(NOON + timedelta(days=9)), reason="agreed")],
            ["step.opened", "step.rescheduled"],
        ),
        ([e.Reported(report=Report.MEDICALLY_READY)], ["case.reported"]),
        ([e.TrackStarted(track="contact", stage=Stage.FIRST_CONTACT)], ["case.stage_changed"]),
        ([e.CaseTransferred(hospital="h2")], ["case.transferred"]),
        ([e.CaseClosed(ending=Ending.DIED)], ["case.stage_changed", "case.closed"]),
        (
            [e.ItemAdded(item_id="d", item=ItemKind.DOCUMENT, name="passport", status="needed")],
            ["item.changed"],
        ),
        ([e.ItemAdded(item_id="n", item=ItemKind.NEED, name="home_care", status="agreed")], []),
        ([referral("requested"), referral("accepted", "requested")], ["referral.requested", "referral.accepted"]),
        ([notice("n"), e.Decided(key="k", value="v"), e.OwnerChanged(owner="anna", reason="r")], []),
    ],
)
def test_what_happens_is_told_by_its_type(bodies: list[e.Body], expected: list[str]) -> None:
    """Each kind of thing that happens has its event; what concerns the team alone has none."""
    found = names(story([opened(), *bodies]))
    assert found == (["case.opened", *expected] if bodies else expected)


def test_an_ending_that_is_taken_back_is_told() -> None:
    """The case is open again, in the stage before, and the step that its end had withdrawn is there again."""
    bodies: list[e.Body] = [
        opened(),
        step_opened(STEP),
        e.Reported(report=Report.REFUSED_HELP),
        e.StepCancelled(step_id=STEP, reason="case_closed"),
        e.CaseClosed(ending=Ending.REFUSED_HELP),
        e.Reported(report=Report.HELP_ACCEPTED),
        e.TakenBack(mark=Mark.ENDED),
    ]
    assert names(story(bodies))[-3:] == ["case.reopened", "case.stage_changed", "step.opened"]


def test_every_status_of_a_referral_has_its_type() -> None:
    """A status that the table gains needs a type, with its words."""
    assert set(t.REFERRAL_STATUSES) == set(KINDS[ItemKind.REFERRAL].statuses)
    (found,) = told(story([opened(), referral("requested")]))[1:]
    assert (found.type.name, data(found)["partner"]) == ("marshrut.referral.requested.v1", "kcson_marino")


def test_what_people_typed_as_a_code_is_told_as_other() -> None:
    """A reason that looks like a name stays here, and so does who did it."""
    name = "Иванов"
    bodies: list[e.Body] = [opened(), step_opened(STEP), e.StepCancelled(step_id=STEP, reason=name)]
    bodies += [e.ItemAdded(item_id="v", item=ItemKind.DOCUMENT, name=name, status="needed", facts={"by": name})]
    sent = [each.decode() for each in map(message, told(story(bodies)))]
    assert not [each for each in sent if name in each or "anna" in each or "person-1" in each]
    assert '"reason":"other"' in sent[2]


def message(each: Outward) -> bytes:
    return envelope(
        event_id=each.id,
        kind=each.type.name,
        hospital=each.data.hospital,
        about=each.about,
        at=each.at,
        data=data_text(each.data),
        case_id=each.data.case_id,
        place=(each.data.seq, each.number),
    )


@given(histories())
def test_whatever_happens_is_a_cloud_event_that_fits_its_schema(journal: list[e.Event]) -> None:
    """The SDK reads it, its data fit the published schema, ids are unique and the sequence sorts as things happened."""
    found = told(journal)
    read = []
    for each in found:
        event = JSONFormat().read(CloudEvent, message(each))
        schema = json.loads((FOLDER / f"{event.get_type()}.json").read_text(encoding="utf-8"))
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(event.get_data())
        assert event.get_dataschema() == schema["$id"]
        assert event.get_source() == f"urn:marshrut:hospital:{each.data.hospital}"
        read.append(event)
    ids = [event.get_id() for event in read]
    assert len(ids) == len(set(ids))
    order = [str(event.get_extension("sequence")) for event in read]
    assert order == sorted(order)
    assert {event.get_extension("partitionkey") for event in read} <= {"case"}


@given(histories())
def test_a_steps_events_alternate(journal: list[e.Event]) -> None:
    """Whoever only listens knows at any time which steps are open: as many as the fold says."""
    open_now: set[str] = set()
    state = CaseState(case_id="case")
    for event in journal:
        before, state = state, evolve(state, event)
        for each in outward(before, event, state):
            if isinstance(each.data, t.StepOpened):
                assert each.about not in open_now
                open_now.add(each.about)
            elif isinstance(each.data, t.StepCompleted | t.StepCancelled):
                open_now.remove(each.about)
        assert open_now == {step.step_id for step in state.live_steps}


def test_the_catalogue_of_events_is_that_of_the_types() -> None:
    """docs/events.md and the schemas are what the types would write today (`make events`)."""
    assert PAGE.read_text(encoding="utf-8") == page()
    assert {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.json")} == schemas()


def test_no_type_could_tell_of_a_person() -> None:
    """No field of any event is one by which people, users or texts are known elsewhere."""
    fields = {name for each in t.TYPES for name in each.data.model_fields}
    assert not fields & {
        "person",
        "actor",
        "user",
        "owner",
        "assignee",
        "title",
        "text",
        "note",
        "name_ru",
        "ward",
        "bed",
    }
    assert Role.SYSTEM.value in json.dumps(t.NAMED_TYPES["marshrut.step.opened.v1"].schema())
