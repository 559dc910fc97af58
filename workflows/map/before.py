"""What may have been before a track begins: cases made up of all that it asks about."""

from __future__ import annotations

from random import Random
from typing import get_args

from marshrut.domain import events as e
from marshrut.domain.ids import MAIN
from marshrut.domain.kinds import KINDS
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.variants import AGES
from marshrut.domain.words import Stage, Topic, Variant, Via
from workflows.map.beside import CASE, Beside, after
from workflows.map.questions import Interest
from workflows.map.raw import Results
from workflows.map.sayings import NOON


def case_before(
    chance: Random, asks: Interest, own: tuple[type[Outcome], ...], results: Results, beside: Beside
) -> CaseState:
    """A case that has come as far as a track may begin in it.

    `own` are the steps that only this track has: nobody has done them yet. `results` are those of the other tracks.
    """
    flags = tuple(flag for flag in asks.flags if chance.random() < 0.3)  # noqa: PLR2004 - most circumstances are rare
    opened = e.CaseOpened(
        hospital="any",
        person="person",
        admitted_at=NOON,
        emergency=True,
        flags=flags,
        variants=_kinds(chance) if {"variants", "child"} & asks.fields.keys() else {},
        via=chance.choice(get_args(Via)) if "via" in asks.fields else "admission",
        topic=chance.choice(get_args(Topic)) if "topic" in asks.fields else None,
        earlier="earlier" if "earlier" in asks.fields and chance.random() < 0.5 else None,  # noqa: PLR2004 - as often
        procedure=1,
        catalogue="any",
    )
    state = after(CaseState(case_id=CASE), (opened,))
    for name in asks.words:
        if name in results and (luck := chance.random()) < 0.7:  # noqa: PLR2004 - the rest has not begun
            state = after(state, (e.TrackStarted(track=name, stage=Stage.ADMISSION),))
            if luck < 0.5:  # noqa: PLR2004 - the rest goes on beside
                state = after(state, beside.finished(name))
    earlier = [outcome for outcome in asks.outcomes if outcome not in own]
    chance.shuffle(earlier)
    for outcome in earlier:
        if chance.random() < 0.7:  # noqa: PLR2004 - the rest was never asked
            state = after(state, beside.answered(state, outcome, "before"))
    if "scores" in asks.fields and chance.random() < 0.5:  # noqa: PLR2004 - one as often as the other
        state = after(state, beside.scored(asks))
    return _with_items(chance, asks, beside, state)


def _kinds(chance: Random) -> dict[Variant, tuple[str, ...]]:
    """An adult's case or a child's, and sometimes a site's own way beside."""
    age = Variant.CHILD if chance.random() < 0.5 else Variant.ADULT  # noqa: PLR2004 - one as often as the other
    beside = (each for each in Variant if each not in AGES and chance.random() < 0.3)  # noqa: PLR2004 - most are rare
    return dict.fromkeys((age, *beside), ())


def _with_items(chance: Random, asks: Interest, beside: Beside, state: CaseState) -> CaseState:
    for kind in asks.kinds:
        if chance.random() < 0.2:  # noqa: PLR2004 - seldom everything is seen to
            state = after(state, beside.all_alike(state, kind))
        elif chance.random() < 0.5:  # noqa: PLR2004 - as often there is none yet
            names = beside.names(kind, asks)
            for name in chance.sample(names, chance.randint(1, min(3, len(names)))):
                status = chance.choice(KINDS[kind].statuses)
                key = MAIN if KINDS[kind].single else "before"
                state = after(state, beside.added(state, kind, name, key, status))
    return state
