"""Every track of the registry, and the whole procedure, as graphs."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from random import Random

from marshrut.domain.case import Case, Track
from workflows.map.catalogues import slices
from workflows.map.explore import Explorer, Tell, Told
from workflows.map.flow import Flow, flow
from workflows.map.raw import Made, Seen
from workflows.map.tracing import Traced
from workflows.registry import PROCEDURES, TRACKS, Procedure

# The pictures that show how the tracks follow each other are called so, and as their procedure is.
WHOLE = "pathway_"


@cache
def flows() -> dict[str, Flow]:
    """The graphs of each procedure, by its newest number, and of each track, by name."""
    return followed(TRACKS, {procedure.__name__: procedure for _, procedure in sorted(PROCEDURES.items())})


def followed(tracks: Sequence[type[Track]], procedures: Mapping[str, Procedure] | None = None) -> dict[str, Flow]:
    """The graphs of some tracks, and of procedures that go through them."""
    shared = Counter(step for track in tracks for step in track.steps)
    tells = {
        track.name: Told(of_track(track), tuple(step for step in track.steps if shared[step] == 1)) for track in tracks
    }
    for name, procedure in (procedures or {}).items():
        tells[WHOLE + name] = Told(_of_procedure(procedure), whole=True)
    parts = {track.name: track.steps for track in tracks}
    return {name: flow(name, seen, parts) for name, seen in learn(tells).items()}


def _of_procedure(procedure: Procedure) -> Tell:
    async def tell(case: Case, _chance: Random) -> str:
        return str(await procedure(case))

    return tell


def of_track(track: type[Track]) -> Tell:
    """A track by itself, as its procedure begins it."""

    async def tell(case: Case, chance: Random) -> str:
        assert isinstance(case, Traced)  # noqa: S101 - what an explorer gives to what it tells
        return await case.told(_made(track, chance))

    return tell


def _made(track: type[Track], chance: Random) -> Track:
    """One that is followed for a programme of the route is made with the programme's name; others may do without."""
    if _whole(track):
        return track()
    programmes = sorted({name for each in slices() for name in each.programmes})
    make: Callable[[str], Track] = track
    return make(chance.choice(programmes))


@cache
def _whole(track: type[Track]) -> bool:
    """Whether one can be made of nothing; looking costs as much as a run's first steps."""
    return all(each.default is not each.empty for each in inspect.signature(track).parameters.values())


def learn(tells: Mapping[str, Told]) -> dict[str, Seen]:
    """Explore several tracks, first a little, to learn how each ends: the others may ask."""
    ends: dict[str, tuple[str, ...]] = {}
    seen: dict[str, Seen] = {}
    made = Made()
    for effort in (0.1, 1):
        for name, told in tells.items():
            seen[name] = asyncio.run(Explorer(name, told, ends, made, effort).explore())
            ends[name] = tuple(sorted(seen[name].ended))
    return seen
