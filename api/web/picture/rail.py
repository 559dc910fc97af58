"""The stages of a journey in their order, equal widths and not time: done, now, blocked, ahead."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from api.views.case import CaseCard
from api.web.naming import Voice
from marshrut.domain.state import CaseState, StepState
from marshrut.domain.words import STAGES, Stage

Standing = Literal["done", "now", "blocked", "ahead"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A stage, and one line of where it stands."""

    stage: str
    title: str
    standing: Standing
    text: str
    current: bool = False


def rail(state: CaseState, card: CaseCard, voice: Voice) -> tuple[Stop, ...]:
    """Every stage but the end itself."""
    at = STAGES.index(state.stage)
    ended, live = _ended(state, voice), _live(state, voice)
    stops: list[Stop] = []
    for number, stage in enumerate(STAGES[:-1]):
        standing: Standing = "ahead" if number > at else "now" if number == at or live[stage] else "done"
        if stage is Stage.DISCHARGE_READINESS and standing in {"now", "ahead"} and _held(card):
            standing = "blocked"
        title = voice.words(f"terms.stage_{stage.value}")
        text = _text(stage, standing, ended.get(stage), live[stage], state, card, voice)
        stops.append(Stop(stage.value, title, standing, text, number == at))
    return tuple(stops)


def _held(card: CaseCard) -> bool:
    """Ready by medicine, and something socially in the way."""
    return card.readiness.medical_at is not None and card.readiness.social_at is None


def _live(state: CaseState, voice: Voice) -> Counter[Stage]:
    """How many steps of each stage are to be done."""
    entries = (voice.names.tables.tracks.get(step.track) for step in state.live_steps)
    return Counter(entry.stage for entry in entries if entry is not None)


def _ended(state: CaseState, voice: Voice) -> dict[Stage, datetime]:
    """By stage when the last of its steps was done."""
    found: dict[Stage, datetime] = {}
    if state.admitted_at is not None and not state.awaited:
        found[Stage.ADMISSION] = state.admitted_at
    for step in state.counted_steps:
        entry = voice.names.tables.tracks.get(step.track)
        if step.state is StepState.DONE and entry is not None and step.occurred_at is not None:
            found[entry.stage] = max(step.occurred_at, found.get(entry.stage, step.occurred_at))
    return found


def _text(  # noqa: PLR0913, PLR0917 - a stage in words is all of these
    stage: Stage,
    standing: Standing,
    ended: datetime | None,
    live: int,
    state: CaseState,
    card: CaseCard,
    voice: Voice,
) -> str:
    words, formats = voice.words, voice.formats
    if stage is Stage.DISCHARGE_READINESS and standing != "done":
        yes, no = words("picture.is_so"), words("picture.is_not")
        medical, social = card.readiness.medical_at, card.readiness.social_at
        return (
            ""
            if medical is None and social is None
            else words(
                "picture.rail_ready", medical=no if medical is None else yes, social=no if social is None else yes
            )
        )
    if standing == "done":
        begun = any(track.stage is stage for track in state.tracks.values())
        return formats.when(ended) if ended is not None else "" if begun else words("picture.rail_skipped")
    if standing == "now":
        return words("picture.rail_open", n=live) if live else ""
    if stage is Stage.TRANSITION and state.expected_discharge_at is not None:
        return words("picture.rail_plan", day=formats.day(state.expected_discharge_at))
    return words("picture.rail_followup") if stage is Stage.FOLLOWUP else ""
