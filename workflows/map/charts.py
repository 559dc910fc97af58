"""Every track of the registry, and the whole procedure, as graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random

from marshrut.domain.case import Case, Track
from workflows.map.explore import Tell, Told, learn, of_track
from workflows.map.flow import Flow, flow
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
