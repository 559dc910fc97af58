"""The case of the mock-up: ten days in, a passport on its way, a refused referral, two blocks, a delayed discharge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.web.formats import Formats
from api.web.naming import Names, Voice
from api.web.picture.model import Route
from api.web.picture.reading import Told, route
from api.web.words import Language, Words
from marshrut.domain.clock import Clock, Pause, Times
from marshrut.domain.state import Block, CaseState, Item, Step, StepState, Track
from marshrut.domain.words import Flag, ItemKind, Report, Role, Stage
from tests.fixtures.shipped import shipped

ZONE = ZoneInfo("Europe/Moscow")
CATALOGUE = shipped()


def at(day: int, hour: int = 12, minute: int = 0, month: int = 11) -> datetime:
    """A moment of autumn 2025, by the clocks of Moscow."""
    return datetime(2025, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


NOW = at(6, 9, 42)


def clock(opened: datetime, due: datetime) -> Clock:
    """A clock that is due then."""
    times = Times(started_at=opened, due_at=due, amber_at=opened + (due - opened) * 0.8)
    return Clock(
        term=None, counts_from="opening", timetable="team", ladder="standard", emergency=False, mark="A", times=times
    )


def step(track: str, name: str, opened: datetime, **changes: Any) -> Step:
    """A step of the case."""
    due = changes.pop("due", None)
    facts: dict[str, Any] = {
        "step_id": f"case.{track}.{name}.main",
        "track": track,
        "name": name,
        "role": Role.COORDINATOR,
        "mandatory": True,
        "opened_at": opened,
        "clock": None if due is None else clock(opened, due),
    }
    return Step(**(facts | changes))


def done(track: str, name: str, opened: datetime, ended: datetime, result: str, **changes: Any) -> Step:
    """One that somebody did."""
    changes = {"due": ended} | changes
    return step(
        track,
        name,
        opened,
        state=StepState.DONE,
        occurred_at=ended,
        ended_at=ended,
        outcome={"result": result},
        done_by="anna",
        **changes,
    )


def item(
    kind: ItemKind, name: str, status: str, added: datetime, moved: datetime | None = None, **changes: Any
) -> Item:
    """Something with a status."""
    facts: dict[str, Any] = {
        "item_id": f"case.{kind}.{name}.{changes.pop('key', 'main')}",
        "kind": kind,
        "name": name,
        "status": status,
        "added_at": added,
        "moved_at": moved or added,
        "moved_by": "anna",
    }
    return Item(**(facts | changes))


def kovalev(**changes: Any) -> CaseState:
    """The case as it stands on 6 November 2025, 09:42."""
    steps = (
        done("contact", "first_contact", at(27, 21, 40, 10), at(28, 10, 20, 10), "contacted"),
        done("assessment", "life_survey", at(28, 10, 20, 10), at(29, 11, 20, 10), "complete"),
        done("documents", "oms_restore", at(28, 16, 40, 10), at(29, 11, 0, 10), "found"),
        step(
            "documents",
            "passport_receive",
            at(29, 14, 10, 10),
            due=at(7, 18),
            pauses=(Pause(since=at(30, 19, 20, 10), until=at(1, 8, 10), reason="medical"),),
        ),
        done("relatives", "relatives_search", at(28, 12, 0, 10), at(31, 16, 0, 10), "found"),
        step(
            "relatives",
            "relative_talk",
            at(3, 11),
            due=at(7, 18),
            blocks=(
                Block(reason="relatives_refuse", since=at(3, 11), until=at(8, 0), block_id="b1", responsible="family"),
            ),
        ),
        done("psychology", "psy_talk", at(28, 16, 0, 10), at(29, 10, 0, 10), "helped"),
        step(
            "psychology",
            "kin_talk",
            at(5, 15),
            due=at(7, 12),
            role=Role.PSYCHOLOGIST,
            state=StepState.CLAIMED,
            assignee="nina",
        ),
        done("services", "urgent_services", at(29, 15, 0, 10), at(30, 12, 0, 10), "act_signed"),
        step("services", "referral_answer", at(1, 18), due=at(6, 18)),
        step(
            "discharge",
            "home_prepare",
            at(3, 22),
            due=at(7, 18),
            blocks=(
                Block(
                    block_id="b2",
                    reason="equipment",
                    responsible="rental",
                    since=at(4, 10),
                    until=at(10, 12),
                    pauses=True,
                ),
            ),
        ),
    )
    items = (
        item(
            ItemKind.REFERRAL,
            "home_care",
            "declined",
            at(30, 12, 0, 10),
            at(1, 15),
            key="one",
            facts={"partner": "home_care_provider", "round": "main"},
        ),
        item(
            ItemKind.REFERRAL,
            "home_care",
            "requested",
            at(1, 18),
            key="two",
            facts={"partner": "home_care_second", "round": "main.r2"},
            expires_at=at(6, 18),
        ),
        item(ItemKind.DOCUMENT, "passport", "submitted", at(29, 11, 0, 10), of="documents"),
        item(
            ItemKind.DOCUMENT, "snils", "needed", at(29, 11, 0, 10), of="documents", facts={"waits_on": ("passport",)}
        ),
        item(ItemKind.APPLICATION, "mse", "needed", at(29, 11, 0, 10), facts={"waits_on": ("passport", "snils")}),
        item(ItemKind.ENTRY, "documents", "planned", at(29, 11, 0, 10), facts={"sort": "direction"}),
        item(ItemKind.ENTRY, "placement", "left_out", at(29, 11, 0, 10), facts={"sort": "direction"}),
        item(ItemKind.ARRANGEMENT, "transport", "needed", at(3, 12)),
        item(ItemKind.ARRANGEMENT, "escort", "needed", at(3, 12)),
    )
    facts: dict[str, Any] = {
        "case_id": "case",
        "seq": 40,
        "hospital": "GKB29",
        "person": "person-1",
        "opened_at": at(27, 21, 40, 10),
        "admitted_at": at(27, 21, 35, 10),
        "emergency": True,
        "flags": (Flag.LIVES_ALONE, Flag.LOW_MOBILITY),
        "procedure": 1,
        "catalogue": CATALOGUE.version,
        "stage": Stage.TRACKS,
        "reports": {Report.MEDICALLY_READY: at(3, 12, 30)},
        "expected_discharge_at": at(12),
        "steps": {each.step_id: each for each in steps},
        "items": {each.item_id: each for each in items},
        "tracks": {
            "contact": Track(stage=Stage.FIRST_CONTACT, result="contacted"),
            "documents": Track(stage=Stage.TRACKS),
        },
    }
    return CaseState(**(facts | changes))


def told(
    state: CaseState, now: datetime = NOW, language: Language = "ru", titles: Mapping[str, str] | None = None
) -> Told:
    """What a picture of the case is made of."""
    rules = CATALOGUE.slice("GKB29")
    names = Names(CATALOGUE, CATALOGUE.at("GKB29"), language)
    return Told(state, titles or {}, Voice(names, Formats(language, ZONE, now), Words(language)), rules)


def drawn(state: CaseState, now: datetime = NOW, language: Language = "ru") -> Route:
    """The route of the case."""
    return route(told(state, now, language))
