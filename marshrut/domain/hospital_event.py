"""What a hospital tells of a visit after the admission, whatever message brought it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from marshrut.domain.admission import Contact, Patient, Text
from marshrut.domain.base import Code, Instant, Model, Private
from marshrut.domain.words import Report


class Happening(StrEnum):
    """What happened."""

    MOVED = "moved"
    MOVE_CANCELLED = "move_cancelled"
    DISCHARGED = "discharged"
    UPDATED = "updated"
    ADMISSION_CANCELLED = "admission_cancelled"
    DISCHARGE_CANCELLED = "discharge_cancelled"
    BECAME_OUTPATIENT = "became_outpatient"
    PREADMISSION_CANCELLED = "preadmission_cancelled"


class TimeFrom(StrEnum):
    """What says when it happened: the event itself, who entered it, who sent it, or the time of the death."""

    OCCURRED = "occurred"
    RECORDED = "recorded"
    SENT = "sent"
    DEATH = "death"


# A move that is cancelled is a move back: the place of before counts again, from when that was said. Who goes on as an
# outpatient has left the ward, and sleeps at home: for us that is a discharge.
REPORTS: Mapping[Happening, Report] = {
    Happening.MOVED: Report.MOVED,
    Happening.MOVE_CANCELLED: Report.MOVED,
    Happening.DISCHARGED: Report.DISCHARGED,
    Happening.UPDATED: Report.UPDATED,
    Happening.ADMISSION_CANCELLED: Report.ADMISSION_CANCELLED,
    Happening.DISCHARGE_CANCELLED: Report.DISCHARGE_CANCELLED,
    Happening.BECAME_OUTPATIENT: Report.DISCHARGED,
    Happening.PREADMISSION_CANCELLED: Report.ADMISSION_CANCELLED,
}


class HospitalEvent(Model):
    """Something happened to a patient. Without a `visit` it is about the person, in each of their cases there.

    `ward` and `bed`: where they lie now, of a move only. `died`: it tells that they died, at `occurred_at`.
    """

    facility: Code
    visit: Private[Text] | None
    kind: Happening
    occurred_at: Instant
    time_from: TimeFrom
    ward: Code | None = None
    bed: Code | None = None
    died: bool = False
    patient: Patient
    contacts: Private[tuple[Contact, ...]] = ()

    @property
    def report(self) -> Report:
        """What it reports to the case."""
        return Report.DIED if self.died else REPORTS[self.kind]

    @property
    def planned(self) -> bool:
        """Whether it is news of a stay that lies ahead, and so of nobody who lies in the hospital."""
        return self.kind is Happening.PREADMISSION_CANCELLED

    def personal(self) -> dict[str, Any]:
        """The part that only SQL may keep, sealed: JSON values."""
        return self.model_dump(mode="json", include={"visit", "patient", "contacts"})
