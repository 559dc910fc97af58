"""A hospital found that two of its records are one patient's."""

from __future__ import annotations

from typing import Any

from marshrut.domain.admission import Text
from marshrut.domain.base import Code, Instant, Model, Private


class PatientMerge(Model):
    """The record `survivor` goes on, `prior` is given up; `prior_visit`: only that visit of it was the survivor's."""

    facility: Code
    survivor: Private[Text]
    prior: Private[Text]
    prior_visit: Private[Text] | None = None
    occurred_at: Instant

    def personal(self) -> dict[str, Any]:
        """The part that only SQL may keep, sealed: JSON values."""
        return self.model_dump(mode="json", include={"survivor", "prior", "prior_visit"})
