"""Asking somebody for something until they give it: a no is told to a senior and is not the end."""

from __future__ import annotations

from typing import Literal

from marshrut.domain.base import stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Role

# What follows a no. Left empty it is asked again.
Then = Literal["again", "given_up"]


async def obtain(
    case: Case, outcome: type[Outcome], *given: str, occasion: str = MAIN, wait: str = "asked_again"
) -> bool:
    """Have the step done until it brings one of these results; whether it did before it was given up or cancelled.

    `occasion`: what the business calls this time; `wait`: for how long nobody asks again, of the track's waits.
    """
    attempt = occasion
    while True:
        answer = await case.step(outcome, key=attempt)
        if answer is None:
            return False
        said = answer.codes()
        if said["result"] in given:
            return True
        await case.inform(f"{outcome.step}.no.{attempt}", Role.SUPERVISOR)
        if said.get("then") == "given_up":
            return False
        attempt = stamp(await case.until(f"{outcome.step}.again.{attempt}", f"{outcome.track}.{wait}"))
