"""The end of help: a senior looks at the case and closes it, or has it go on."""

from __future__ import annotations

from typing import Literal

from marshrut.domain.base import Private
from marshrut.domain.outcomes import Outcome


class CaseClose(Outcome, track="followup", step="case_close"):
    """Whether the case is over."""

    result: Literal["closed", "reopened"]
    note: Private[str] | None = None
