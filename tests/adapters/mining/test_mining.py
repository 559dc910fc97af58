"""Journals as logs for process mining: complete, by the standards' rules, and without anybody's name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings

from marshrut.adapters.mining import MiningExports
from marshrut.adapters.mining.vocabulary import EVENTS
from marshrut.adapters.mining.xes import TRANSITIONS
from marshrut.domain import events as e
from marshrut.domain.calendar import Calendar
from marshrut.domain.codes import code
from marshrut.domain.words import Ending, Flag, ItemKind, Mark, Report, Role, Stage, Variant
from marshrut.ports import History, Portion
from tests.adapters.mining.conftest import Read
from tests.adapters.mining.rules import complaints, of_xml
from tests.fixtures.cases import DAY, NOON, clock, event
from tests.fixtures.stuck import journals

KINDS = {each.model_fields["kind"].default for each in get_args(get_args(e.Body)[0])}
PORTION = Portion("GKB29", NOON - DAY, NOON + 400 * DAY)
DAY1 = NOON.date()
# What people could have typed where a code is asked for.
TYPED = ("Соколова", "=HYPERLINK", "Sokolova", "+79161234567")
# The transitions of the standard's lifecycle.
STANDARD = {
    *("schedule", "assign", "withdraw", "reassign", "start", "suspend", "resume"),
    *("pi_abort", "ate_abort", "complete", "autoskip", "manualskip", "unknown"),
}


def everything(case_id: str) -> tuple[e.Event, ...]:
    """A journal with an event of every kind, and things in it that people typed as codes."""
    step, item, adhoc = f"{case_id}.contact.first_contact.main", f"{case_id}.referral.home_care.r1", f"{case_id}.x"
    times = clock(NOON + DAY).times
    relative = f"{case_id}.relative.{TYPED[0]}.main"
    opened: dict[str, Any] = {"track": "contact", "name": "first_contact", "role": Role.COORDINATOR, "mandatory": True}
    bodies: list[e.Body] = [
        e.CaseOpened(
            hospital="GKB29", person="person-1", admitted_at=NOON, emergency=True, ward=TYPED[0], procedure=1,
            flags=(Flag.LIVES_ALONE, Flag.CRISIS), variants={Variant.ADULT: ("age",)}, catalogue="base-1", owner="anna",
            inquiry="QQQQ-QQQQ",
        ),
        e.CameIn(admitted_at=NOON, emergency=True),
        e.AdmissionRepeated(),
        e.TrackStarted(track="contact", stage=Stage.FIRST_CONTACT),
        e.StepOpened(step_id=step, clock=clock(NOON + DAY), **opened),
        e.StepOpened(step_id=adhoc, **{**opened, "track": "adhoc", "name": TYPED[2]}, clock=None),
        e.StepClaimed(step_id=step, assignee="anna"),
        e.StepReleased(step_id=step, reason=TYPED[0]),
        e.StepAssigned(step_id=step, assignee="boris"),
        e.StepBlocked(step_id=step, block_id="b1", reason="passport", responsible="police", since=NOON),
        e.StepUnblocked(step_id=step, block_id="b1"),
        e.StepExtended(step_id=step, times=times, reason="more_time"),
        e.StepEscalated(step_id=step, rung="late", climbed=2),
        e.StepCommented(step_id=step),
        e.CancelRequested(step_id=step, reason=TYPED[1].strip("=")),
        e.CancelDenied(step_id=step),
        e.StepCompleted(step_id=step, outcome={"result": "contacted", "told": TYPED[0]}),
        e.StepCancelled(step_id=adhoc, reason="case_closed"),
        e.ItemAdded(
            item_id=item, item=ItemKind.REFERRAL, name="home_care", status="requested", facts={"partner": "p1"}
        ),
        e.ItemMoved(item_id=item, status="accepted"),
        e.ItemAdded(item_id=relative, item=ItemKind.RELATIVE, name=TYPED[0], status="sought"),
        e.InstrumentScored(instrument="barthel", version="1", score=10, band="severe"),
        e.FlagsChanged(added=(Flag.PALLIATIVE,)),
        e.OwnerChanged(owner="boris", reason="absence"),
        e.VariantsChanged(variants={Variant.CHILD: ("age",)}, reason="age", catalogue="base-1"),
        e.CatalogueMigrated(catalogue="base-2"),
        e.CalendarReplaced(calendar=Calendar(name="ru", version="2", first=DAY1, last=DAY1, official_until=DAY1)),
        e.ClocksRecomputed(times={step: times}),
        e.PeopleTold(key="k", occasion="rung.late", role=Role.SUPERVISOR, user="olga", tell_at=NOON),
        e.NoticeAcknowledged(key="k"),
        e.Decided(key="d", value=TYPED[0]),
        e.RaceWon(key="r", winner="a"),
        e.InstantSet(key="i", wait="followup.call", at=NOON + DAY),
        e.InstantReached(key="i"),
        e.InstantWithdrawn(key="i"),
        e.Reported(report=Report.DISCHARGED, ward=TYPED[0]),
        e.TakenBack(mark=Mark.LEFT),
        e.PersonChanged(person="person-2"),
        e.CaseAbsorbed(other="case-2"),
        e.CaseParted(other="case-2"),
        e.CaseTransferred(hospital="SKLIF"),
        e.TrackFinished(track="contact", result="contacted"),
        e.CaseClosed(ending=Ending.HOME_ALONE),
    ]  # fmt: skip
    return tuple(
        event(seq, body, NOON + timedelta(minutes=seq), actor="sokolova.anna" if seq % 2 else "his")
        for seq, body in enumerate(bodies, start=1)
    )


class Book:
    """Journals in two batches."""

    def __init__(self, *journals: Sequence[e.Event]) -> None:
        self.told = [History(f"case-{number}", "GKB29", tuple(each)) for number, each in enumerate(journals)]

    async def histories(self, *_portion: object) -> AsyncIterator[Sequence[History]]:
        yield self.told[:1]
        yield self.told[1:]


def cover(name: str) -> str:
    return f"{sum(name.encode()) % 99991:05}"


async def text(stream: AsyncIterator[bytes]) -> str:
    """All of a stream."""
    return b"".join([piece async for piece in stream]).decode()


def exports(*journals: Sequence[e.Event]) -> MiningExports:
    """Of these journals."""
    return MiningExports(Book(*journals), cover)


def test_every_kind_of_event_has_its_words() -> None:
    """An event that is added to the journal is added to the exports, or this fails."""
    assert set(EVENTS) == KINDS
    assert {event.body.kind for event in everything("c")} == KINDS
    assert set(TRANSITIONS) <= KINDS
    assert set(TRANSITIONS.values()) <= STANDARD


async def test_ocel_keeps_the_rules_of_its_standard_and_both_syntaxes_say_the_same() -> None:
    """Types are declared, ids are one thing's, relations lead somewhere, values fit their types."""
    made = exports(everything("case-0"), everything("case-1"))
    log = json.loads(await text(made.ocel2([PORTION], xml=False)))
    assert complaints(log) == []
    assert of_xml(ElementTree.fromstring(await text(made.ocel2([PORTION], xml=True)))) == log
    assert len(log["events"]) == 2 * len(everything("c"))
    counts = Counter(thing["type"] for thing in log["objects"])
    assert counts["case"] == counts["relative"] == counts["referral"] == 2
    assert counts["step"] == 4
    # Shared by both cases: two persons, two hospitals, two colleagues, one partner.
    assert (counts["person"], counts["hospital"], counts["colleague"], counts["partner"]) == (2, 2, 2, 1)


def test_the_rules_find_what_is_wrong() -> None:
    """A log that breaks a rule is complained of: the check is no formality."""
    thing = {"id": "o", "type": "case", "attributes": [], "relationships": []}
    about = [{"objectId": "o", "qualifier": "case"}]
    happened = {"id": "e", "type": "t", "time": NOON.isoformat(), "attributes": [], "relationships": about}
    types = [{"name": "t", "attributes": [{"name": "n", "type": "integer"}]}]
    good = {
        "objectTypes": [{"name": "case", "attributes": []}],
        "eventTypes": types,
        "objects": [thing],
        "events": [happened],
    }
    assert complaints(good) == []
    wrongs: list[dict[str, Any]] = [
        {"objects": [thing, thing]},
        {"objects": []},
        {"eventTypes": []},
        {"events": [{**happened, "relationships": []}]},
        {"events": [{**happened, "relationships": about * 2}]},
        {"events": [{**happened, "attributes": [{"name": "n", "value": "many"}]}]},
        {"events": [{**happened, "attributes": [{"name": "other", "value": "1"}]}]},
        {"events": [{**happened, "time": "2026-03-02T12:00:00"}]},
    ]
    for wrong in wrongs:
        assert complaints({**good, **wrong}), wrong


async def test_nobody_is_named() -> None:
    """Codes that people typed, users, wards, persons and families' codes stay behind, in every format."""
    made = exports(everything("case-0"))
    streams = [made.ocel2([PORTION], xml=False), made.ocel2([PORTION], xml=True), made.xes([PORTION])]
    for stream in streams:
        told = await text(stream)
        for word in (*TYPED, "anna", "boris", "olga", "sokolova", "person-1", "QQQQ"):
            assert word not in told, word
    assert code(("passport", TYPED[0])) == "passport other"


@settings(max_examples=25, deadline=None)
@given(journals("case-0"))
async def test_any_journal_makes_a_log(journal: list[e.Event]) -> None:
    """Whatever happened to a case, its log has as many events, and is by the rules."""
    made = exports(journal)
    log = json.loads(await text(made.ocel2([PORTION], xml=False)))
    assert complaints(log) == []
    assert [each["id"] for each in log["events"]] == [f"case-0/{each.seq}" for each in journal]
    assert (await text(made.xes([PORTION]))).count("<event>") == len(journal)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_third_party_opens_all_three(read: Read, tmp_path: Path) -> None:
    """pm4py reads OCEL as JSON and XML and XES alike, and finds as much as there is."""
    made = exports(everything("case-0"), everything("case-1"))
    (tmp_path / "log.json").write_text(await text(made.ocel2([PORTION], xml=False)), "utf-8")
    (tmp_path / "log.xml").write_text(await text(made.ocel2([PORTION], xml=True)), "utf-8")
    (tmp_path / "log.xes").write_text(await text(made.xes([PORTION])), "utf-8")
    log = json.loads((tmp_path / "log.json").read_text("utf-8"))
    kinds = Counter(each["type"] for each in log["events"])
    for name in ("log.json", "log.xml"):
        found = read(tmp_path / name)
        assert found["events"] == len(log["events"])
        assert found["kinds"] == kinds
        assert found["objects"] == Counter(each["type"] for each in log["objects"])
        assert found["relations"] == sum(len(each["relationships"]) for each in log["events"])
        assert found["between_objects"] == sum(len(each["relationships"]) for each in log["objects"])
        assert found["first"].startswith("2026-03-02 12:01:00")
    traces = read(tmp_path / "log.xes")
    assert traces["traces"] == ["case-0", "case-1"]
    assert traces["kinds"] == kinds
    assert traces["in_order"]
    assert set(traces["transitions"]) <= STANDARD
    assert {"contact.first_contact", "referral.accepted", "reported.discharged"} <= set(traces["activities"])
    assert traces["extensions"] == ["Concept", "Lifecycle", "Organizational", "Time"]
