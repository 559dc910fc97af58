"""What a hospital tells of a patient's circumstances beside an admission: flags that hold.

Those that do not hold any more people take away: they know what else was set for that reason.
"""

from __future__ import annotations

from typing import Any

from marshrut.domain.admission import Text
from marshrut.domain.base import Code, Instant, Model, Private
from marshrut.domain.words import Flag


class Circumstances(Model):
    """Of the patient of a visit; without one of the person, in each of their cases in that hospital."""

    facility: Code
    visit: Private[Text] | None
    mrn: Private[Text]
    add: tuple[Flag, ...]
    occurred_at: Instant

    def personal(self) -> dict[str, Any]:
        """The part that only SQL may keep, sealed: JSON values."""
        return self.model_dump(mode="json", include={"visit", "mrn"})
