"""Every track of the registry, and the whole procedure, as graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import cache

from marshrut.domain.case import Case, Track
from workflows.map.explore import Tell, learn, of_track
from workflows.map.flow import Flow, flow
from workflows.registry import PROCEDURES, TRACKS

# The name of the picture that shows how the tracks follow each other.
WHOLE = "pathway"


@cache
def flows() -> dict[str, Flow]:
    """The graph of the newest procedure, and of each track, by name."""
    return followed(TRACKS, PROCEDURES[max(PROCEDURES)])


def followed(
    tracks: Sequence[type[Track]], procedure: Callable[[Case], Awaitable[str]] | None = None
) -> dict[str, Flow]:
    """The graphs of some tracks, and of a procedure that goes through them."""
    shared = Counter(step for track in tracks for step in track.steps)
    tells = {
        track.name: (of_track(track), tuple(step for step in track.steps if shared[step] == 1)) for track in tracks
    }
    if procedure is not None:
        tells[WHOLE] = (_of_procedure(procedure), ())
    parts = {track.name: track.steps for track in tracks}
    return {name: flow(name, seen, parts) for name, seen in learn(tells).items()}


def _of_procedure(procedure: Callable[[Case], Awaitable[str]]) -> Tell:
    async def tell(case: Case) -> str:
        return str(await procedure(case))

    return tell
