"""Who answers for a case from its first moment: the coordinator of the roster who has the fewest."""

from __future__ import annotations

from collections import Counter

from marshrut.domain.commands import Admit
from marshrut.domain.staffing import Load, least_loaded
from marshrut.domain.words import Role
from marshrut.ports import Clock, Staff


class Owners:
    """Gives out cases that open. What it gave and SQL does not count yet it counts itself: many may open at once."""

    def __init__(self, staff: Staff, *, now: Clock) -> None:
        self._staff = staff
        self._now = now
        self._given: dict[str, str] = {}

    async def owned(self, case_id: str, admit: Admit) -> Admit:
        """The admission with an owner, or with the word that of the coordinators nobody is there.

        A hospital whose roster has no coordinator, and an enquiry, stay with the senior coordinator.

        Raises:
            Unavailable: SQL does not answer.
        """
        if admit.via == "enquiry":
            return admit
        now = self._now()
        people = await self._staff.people(now, hospital=admit.hospital)
        team = [each for each in people.values() if each.active and each.role is Role.COORDINATOR]
        if not team:
            return admit
        before = dict(self._given)
        known = await self._staff.loads([each.user for each in team], now, without=before)
        # From here to the gift nothing is awaited, so that two cases never see the same counts.
        given = Counter((before | self._given).values())
        loads = {each.user: known.get(each.user, Load()) for each in team}
        loads = {user: Load(load.steps, load.overdue, load.cases + given[user]) for user, load in loads.items()}
        user = least_loaded(team, loads, now)
        if user is None:
            return admit.model_copy(update={"unstaffed": True})
        self._given[case_id] = user
        return admit.model_copy(update={"owner": user})

    def settled(self, case_id: str) -> None:
        """SQL counts the case, or it will not open by this attempt."""
        self._given.pop(case_id, None)
