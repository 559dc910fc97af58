"""What the hospital does for a patient, from the first word to the end: read `adult` aloud."""

from __future__ import annotations

from marshrut.domain.case import Case
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Flag
from workflows.admission import Admission
from workflows.answers import last
from workflows.assessment import Assessment
from workflows.contact import Contact, FirstContact
from workflows.directions import follow
from workflows.discharge import Discharge
from workflows.followup import FollowUp
from workflows.identification import Identification
from workflows.psychology import Crisis
from workflows.route import Route
from workflows.stay import for_good
from workflows.transition import Transition


async def adult(case: Case) -> Ending:
    """An adult who came in as an emergency, or whom somebody sent to us."""
    if await case.track(Admission()) == "opened":
        await case.all(_identified(case), _kept_safe(case))
    return Ending(await case.decide("ending", ending))


async def _kept_safe(case: Case) -> None:
    """Who comes in crisis is not left alone, whatever else becomes of the case."""
    if await case.decide("crisis", _in_crisis) == "yes":
        await case.track(Crisis())


async def _identified(case: Case) -> None:
    """Help, and beside it the search for the name of whom nobody knew when they came."""
    if await case.decide("unidentified", _flagged) == "yes":
        await case.first("flagged", help=_help, search=_search)
    else:
        await _help(case)


async def _help(case: Case) -> None:
    """From the first word; it may turn out only then that nobody knows who this is."""
    met = await case.track(Contact())
    if met == "contacted" and await case.decide("nameless", _found_nameless) == "yes":
        await case.first("found", search=_search, help=_go_on)
    elif met in ("contacted", "left"):
        await _go_on(case)


async def _search(case: Case) -> None:
    """Beside the help, which goes on when it is done and is not over before."""
    await case.track(Identification())
    await for_good(case)


async def _go_on(case: Case) -> None:
    """From the needs to the end; whoever leaves early is asked after like everybody else."""
    if await _stay(case) != "refused":
        await case.track(Transition())
        await case.track(FollowUp())


async def _stay(case: Case) -> str:
    """Until the patient may leave: `home`, `institution`, `left`, or `refused`."""
    needed = await case.track(Assessment())
    if needed == "left":
        return "left"
    if needed == "needs":
        agreed = await case.track(Route())
        if agreed != "agreed":
            return agreed
        await follow(case)
    return await case.track(Discharge())


def ending(state: CaseState) -> str:
    """How it ended, by what came of the tracks."""
    came_of = {name: track.result for name, track in state.tracks.items()}
    match came_of:
        case {"admission": "attached"}:
            return Ending.MERGED
        case {"admission": "screened"}:
            return Ending.SCREENED_OUT
        case {"contact": "other_hospital"}:
            return Ending.OTHER_HOSPITAL
        case {"followup": str(ended)}:
            return ended
        case _:
            return Ending.REFUSED_HELP


def _in_crisis(state: CaseState) -> str:
    return "yes" if Flag.CRISIS in state.flags else "no"


def _flagged(state: CaseState) -> str:
    return "yes" if Flag.UNIDENTIFIED in state.flags else "no"


def _found_nameless(state: CaseState) -> str:
    contact = last(state, FirstContact)
    nameless = contact is not None and contact.identity == "unknown"
    return "yes" if nameless and "identification" not in state.tracks else "no"
