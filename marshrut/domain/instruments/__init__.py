"""Assessment instruments: what they ask, which answers fit, and what follows from them. Pure: no file, no clock."""

from marshrut.domain.instruments.reading import Faults, Misfit, read, response
from marshrut.domain.instruments.scoring import answer, score
from marshrut.domain.instruments.types import Answers, Instrument, Need, Proposed, Scored

__all__ = [
    "Answers",
    "Faults",
    "Instrument",
    "Misfit",
    "Need",
    "Proposed",
    "Scored",
    "answer",
    "read",
    "response",
    "score",
]
