"""Changing the outside world on a journey's behalf."""

from __future__ import annotations

from temporalio import activity
from temporalio.exceptions import ApplicationError

from marshrut.domain.base import Code, Wire
from marshrut.domain.state import Effect
from marshrut.ports import Effects, Unavailable


class PerformEffect(Wire):
    """An effect that a case requested; its key makes it happen once."""

    case_id: Code
    hospital: Code
    effect: Effect


class EffectActivities:
    """The outside world, for a journey."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects

    @activity.defn
    async def perform_effect(self, order: PerformEffect) -> str:
        """Do it, or find it done; the result code. May be retried for ever."""
        try:
            return await self._effects.perform(order.case_id, order.hospital, order.effect)
        except Unavailable as fault:
            raise ApplicationError("unavailable", type=fault.part) from None
