"""What may have been before a track begins: cases made up of earlier outcomes, flags and tracks that it asks about."""

from __future__ import annotations

from random import Random
from typing import Literal

from marshrut.domain import events as e
from marshrut.domain.evolve import fold
from marshrut.domain.ids import MAIN, step_id
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage
from workflows.map.questions import Interest
from workflows.map.raw import Results
from workflows.map.sayings import NOON, sayings

CASE = "case"
Via = Literal["admission", "referral"]


def case_before(chance: Random, asks: Interest, own: tuple[type[Outcome], ...], results: Results) -> CaseState:
    """A case that has come as far as a track may begin in it.

    `own` are the steps that only this track has: nobody has done them yet. `results` are those of the other tracks.
    """
    flags = tuple(flag for flag in asks.flags if chance.random() < 0.3)  # noqa: PLR2004 - most circumstances are rare
    via: Via = "referral" if asks.via and chance.random() < 0.5 else "admission"  # noqa: PLR2004 - one as often as the other
    bodies: list[e.Body] = [
        e.CaseOpened(
            hospital="any",
            person="person",
            admitted_at=NOON,
            emergency=True,
            flags=flags,
            via=via,
            procedure=1,
            catalogue="any",
        )
    ]
    for name in asks.words:
        if name in results and (luck := chance.random()) < 0.7:  # noqa: PLR2004 - the rest has not begun
            bodies.append(e.TrackStarted(track=name, stage=Stage.ADMISSION))
            if luck < 0.5:  # noqa: PLR2004 - the rest goes on beside
                bodies.append(e.TrackFinished(track=name, result=chance.choice(results[name])))
    earlier = [outcome for outcome in asks.outcomes if outcome not in own]
    chance.shuffle(earlier)
    for outcome in earlier:
        if chance.random() < 0.7:  # noqa: PLR2004 - the rest was never asked
            bodies += answered(chance, outcome, "before")
    return fold(CASE, (event(number, body) for number, body in enumerate(bodies, start=1)))


def answered(chance: Random, outcome: type[Outcome], key: str = MAIN) -> list[e.Body]:
    """Somebody was asked and has answered."""
    name = step_id(CASE, outcome.track, outcome.step, key)
    opened = e.StepOpened(
        step_id=name, track=outcome.track, name=outcome.step, role=Role.COORDINATOR, mandatory=True, clock=None
    )
    return [opened, e.StepCompleted(step_id=name, outcome=chance.choice(sayings(outcome)))]


def event(number: int, body: e.Body) -> e.Event:
    """An event that the case itself says."""
    return e.Event(seq=number, recorded_at=NOON, occurred_at=NOON, actor="marshrut", role=Role.SYSTEM, body=body)
