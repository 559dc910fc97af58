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
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Ending
from workflows import pathway
from workflows.assessment import Assessment
from workflows.contact import Contact
from workflows.discharge import Discharge
from workflows.followup import CaseClose
from workflows.services import Services


class AdHoc(Outcome, track="adhoc", step="adhoc"):
    """A step that somebody added by hand."""

    result: Literal["done", "not_done"]
    note: Private[str] | None = None


Procedure = Callable[[Case], Awaitable[Ending]]

PROCEDURES: Mapping[int, Procedure] = {1: pathway.adult}
TRACKS: tuple[type[Track], ...] = (Contact, Assessment, Services, Discharge)
STEPS: tuple[type[Outcome], ...] = (*chain.from_iterable(track.steps for track in TRACKS), CaseClose, AdHoc)
OUTCOMES: Mapping[str, type[Outcome]] = {outcome.name(): outcome for outcome in STEPS}
