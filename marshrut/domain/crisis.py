"""Whether the patient is in crisis, and whether that keeps them here: asked by the journey, the card and the doctor.

Nobody leaves while a crisis is open unless a psychiatrist says so (procedures 9; for adolescents the ministry's letter
15-2/4373 of 8 October 2024 demands it).
"""

from __future__ import annotations

from datetime import UTC, datetime
from operator import itemgetter
from typing import Literal, cast, get_args

from marshrut.domain.ids import short
from marshrut.domain.state import CaseState, Step
from marshrut.domain.support import PATIENT
from marshrut.domain.words import Flag, ItemKind

TRACK = "crisis"
PSYCHIATRIST = ("psychology", "psychiatrist_call")
STAYED_WITH = frozenset({("psychology", "crisis_protocol"), ("psychology", "crisis_handoff")})
TALKS = frozenset({("psychology", "psy_talk"), ("psychology", "session")})
Standing = Literal["none", "open", "safe", "transferred"]
# How closely the patient is watched from now on: what whoever is in the ward has to know, and may.
Observe = Literal["constant", "often", "not_needed"]


def standing(state: CaseState) -> Standing:
    """How the last crisis stands; `open` also when it was left without an end."""
    runs = [track.result for name, track in state.tracks.items() if name.split(".")[0] == TRACK]
    match runs[-1:]:
        case []:
            return "none"
        case ["safe"]:
            return "safe"
        case ["transferred"]:
            return "transferred"
        case _:
            return "open"


def running(state: CaseState) -> bool:
    """Whether people are at it now."""
    return any(name.split(".")[0] == TRACK and track.result is None for name, track in state.tracks.items())


def holds(state: CaseState) -> bool:
    """Whether a crisis keeps the patient here: it is open, and no psychiatrist has said of it that they may leave."""
    if standing(state) != "open":
        return False
    met_since = False
    for step in reversed(state.counted_steps):
        if (step.track, step.name) == PSYCHIATRIST and step.outcome is not None and "leave" in step.outcome:
            # A word of an earlier crisis, or between two, says nothing of this one.
            about_this = _of_last(state, step) or not met_since
            return not about_this or step.outcome["leave"] != "allowed"
        met_since = met_since or (step.track, step.name) in STAYED_WITH
    return True


def _of_last(state: CaseState, step: Step) -> bool:
    """Whether the step was asked for in the last crisis."""
    runs = [name for name in state.tracks if name.split(".")[0] == TRACK]
    return bool(runs) and short(runs[-1]) in step.scope.split("/")


def observe(state: CaseState) -> Observe | None:
    """How closely the patient is to be watched, as a talk or the protocol said last."""
    said = [(step.ended_at, step.outcome.get("observe")) for step in state.counted_steps if step.outcome]
    told = [(at, value) for at, value in said if at is not None and value in get_args(Observe)]
    return cast("Observe", max(told, key=itemgetter(0))[1]) if told else None


def flagged(state: CaseState) -> bool:
    """Whether the patient's circumstances say so."""
    return Flag.CRISIS in state.flags


def alarmed_at(state: CaseState) -> str:
    """When it was told last that the patient is in crisis, by a score, a talk or a referral; empty if it never was."""
    told = [score.at for score in state.scores.values() if "self_harm" in score.findings]
    told += [at for step in state.counted_steps if (at := _found(step)) is not None]
    for request in state.items_of(ItemKind.SUPPORT_REQUEST):
        said = request.facts.get("alarmed_at")
        if isinstance(said, str) and request.facts.get("client") == PATIENT:
            told.append(datetime.fromisoformat(said))
    return max((at.astimezone(UTC).isoformat() for at in told), default="")


def _found(step: Step) -> datetime | None:
    """When a talk with the patient was told to have shown a crisis."""
    if (step.track, step.name) not in TALKS or step.outcome is None or step.outcome.get("found") != "crisis":
        return None
    return step.ended_at
