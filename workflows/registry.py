"""Which tracks there are, which outcome each step has, and which procedure a case follows.

A new track is a file of its own and one name here. A procedure is never edited in a way that moves what running cases
have passed: it gets a new number, and cases keep the number they started with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from itertools import chain
from typing import Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case, Track
from marshrut.domain.decide import ADULT, ENQUIRY, PLANNED
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Ending
from workflows import pathway
from workflows.admission import Admission
from workflows.assessment import Assessment
from workflows.child_consent import ChildConsent
from workflows.contact import Contact
from workflows.crisis import Crisis
from workflows.directions import DIRECTIONS, RouteReview
from workflows.disability import DisabilityLater
from workflows.discharge import Discharge
from workflows.enquiry import Enquiry
from workflows.expected import Expectation
from workflows.family import Family
from workflows.followup import FollowUp
from workflows.guardians import Guardians
from workflows.identification import Identification
from workflows.late_search import LateSearch
from workflows.parent_stay import ParentStay
from workflows.planned import Planned
from workflows.referrals import Referral
from workflows.route import Route
from workflows.settling import PostBoarding, Settling
from workflows.takeover import Takeover
from workflows.talks import Support
from workflows.transition import Transition


class AdHoc(Outcome, track="adhoc", step="adhoc"):
    """A step that somebody added by hand."""

    result: Literal["done", "not_done"]
    note: Private[str] | None = None


Procedure = Callable[[Case], Awaitable[Ending]]

PROCEDURES: Mapping[int, Procedure] = {ADULT: pathway.adult, ENQUIRY: pathway.enquiry, PLANNED: pathway.planned}
TRACKS: tuple[type[Track], ...] = (
    Admission,
    Expectation,
    Contact,
    Takeover,
    Crisis,
    Identification,
    Assessment,
    Route,
    *DIRECTIONS.values(),
    DisabilityLater,
    LateSearch,
    Referral,
    Guardians,
    ParentStay,
    ChildConsent,
    Discharge,
    Transition,
    FollowUp,
    Enquiry,
    Planned,
    Settling,
    PostBoarding,
    Support,
    Family,
)
# Some steps belong to two tracks: a review of barriers, the confirmation of an arrival.
STEPS: tuple[type[Outcome], ...] = tuple(
    dict.fromkeys((*chain.from_iterable(track.steps for track in TRACKS), RouteReview, AdHoc))
)
OUTCOMES: Mapping[str, type[Outcome]] = {outcome.name(): outcome for outcome in STEPS}
