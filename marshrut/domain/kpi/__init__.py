"""What the service counts, and what not: people, cases, issues, services, terms, delays and answers (docs/kpi.md).

Everything is read off the state of a case as it is known now, so news that come late also change a period that is over.
Each count happens at one instant: periods that adjoin share nothing and miss nothing, and figures add up.
"""

from marshrut.domain.kpi.facts import DELIVERS, CaseFacts, facts_of
from marshrut.domain.kpi.figures import Answers, Figures, Kept, Pace, Period, Timed, total
from marshrut.domain.kpi.tally import Tally, delayed, figures

__all__ = [
    "DELIVERS",
    "Answers",
    "CaseFacts",
    "Figures",
    "Kept",
    "Pace",
    "Period",
    "Tally",
    "Timed",
    "delayed",
    "facts_of",
    "figures",
    "total",
]
