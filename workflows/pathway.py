"""What the hospital does for a patient, from the first word to the end: read `adult` aloud."""

from __future__ import annotations

from marshrut.domain.case import Case
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Flag, Report
from workflows.admission import Admission
from workflows.answers import last
from workflows.assessment import Assessment
from workflows.children import look_after
from workflows.closing import unless_refused
from workflows.contact import Contact, FirstContact
from workflows.crisis import kept_safe
from workflows.directions import all_done, follow
from workflows.disability import DisabilityLater, sent
from workflows.discharge import Discharge
from workflows.enquiry import Enquiry
from workflows.expected import Expectation
from workflows.family import families
from workflows.followup import FollowUp
from workflows.identification import Identification
from workflows.late_search import search_on
from workflows.placement import Placement
from workflows.planned import unless_given_up
from workflows.referrals import programmes
from workflows.route import Route
from workflows.services import urgent
from workflows.stay import beside, left
from workflows.takeover import take_over
from workflows.talks import requests
from workflows.transition import Transition

HELP = "help"  # the race that help from the first word on wins in the end


async def adult(case: Case) -> Ending:
    """A patient, adult or child, who came in as an emergency or whom somebody sent to us."""
    if await case.track(Admission()) == "opened":
        await case.all(beside(case, HELP, _help, _meanwhile), kept_safe(case, HELP))
    return Ending(await case.decide("ending", ending))


async def planned(case: Case) -> Ending:
    """Somebody whose stay lies ahead: the family is helped before the day, and whoever comes in as everybody is.

    Whoever comes under another visit number has the case of that visit.
    """
    return await adult(case) if await unless_given_up(case) == "came_in" else Ending.MERGED


async def enquiry(case: Case) -> Ending:
    """A question to the Coordination Centre; whoever needs it gets help to move into an institution from home."""
    if await case.track(Enquiry()) == "place" and await case.track(Placement()) == "bed":
        await case.track(Transition())
        await case.track(FollowUp())
    return Ending(await case.decide("ending", ending))


async def _help(case: Case) -> None:
    """From the first word on; whoever leaves, early or in time, is asked after until a senior closes the case."""
    if await _stay(case) in ("home", "institution", "left"):
        await case.track(Transition())
        await case.track(FollowUp())


async def _stay(case: Case) -> str:
    """Until the patient may leave: `home`, `institution`, `left`. Whoever refuses, and is let go, is helped no more.

    Whoever lies in another hospital by the first contact is helped there: `other_hospital`.
    """
    met = await unless_refused(case, Contact())
    if met != "contacted":
        return met
    needed = await case.track(Assessment())
    if needed == "left":
        return "left"
    if needed == "needs":
        agreed = await unless_refused(case, Route())
        if agreed != "agreed":
            return agreed
    # Whoever may leave is made ready, also while something is still worked on.
    await case.decide("makes_ready", _makes_ready)
    return await case.track(Discharge())


async def _meanwhile(case: Case) -> None:
    """What goes on beside the way through the stages, until help ends."""
    await case.all(
        case.track(Expectation()),
        _search(case),
        urgent(case),
        follow(case),
        programmes(case),
        requests(case),
        families(case),
        search_on(case),
        _awaited(case),
        look_after(case),
        take_over(case),
    )


async def _awaited(case: Case) -> None:
    """What the disability board owes to somebody who has left is not forgotten."""
    await left(case)
    if await case.decide("sent_to_mse", sent) != "nothing":
        await case.track(DisabilityLater())


async def _search(case: Case) -> None:
    """For the name of whom nobody knew when they came, or whom nobody knows at the bed, awake or not."""
    await case.decide("nameless", _nameless)
    await case.track(Identification())


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
        case {"enquiry": str()}:
            return Ending.ANSWERED
        case _:
            return Ending.REFUSED_HELP


def _makes_ready(state: CaseState) -> str | None:
    return "now" if all_done(state) or Report.MEDICALLY_READY in state.reports else None


def _nameless(state: CaseState) -> str | None:
    contact = last(state, FirstContact)
    found = contact is not None and contact.identity == "unknown" and contact.moved_to != "other_hospital"
    return "yes" if found or Flag.UNIDENTIFIED in state.flags else None
