"""Erasures that are confirmed are carried out, step by step; whoever dies on the way leaves the rest to the next.

Each step is kept as done in SQL, and doing one again does no harm. The person's key goes after everything that it
opens here, so that whatever a crash leaves is still looked for; after it no copy of anything can be opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from marshrut.domain.erasing import Erasure, ErasureStep, Logged, Plan, certificate, check, genuine, signed
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState
from marshrut.ports import Clock, EngineRuns, ErasureBook, KeysOfPersons, Severing

log = structlog.get_logger()

AT_ONCE = 20


class Erasing:
    """A part of the background; whoever confirms one has it begin at once."""

    def __init__(  # noqa: PLR0913 - the wiring of a composition root
        self,
        book: ErasureBook,
        sql: Severing,
        runs: EngineRuns,
        keys: KeysOfPersons,
        *,
        sign_by: bytes,
        operator: str | None,
        now: Clock,
    ) -> None:
        self._book = book
        self._sql = sql
        self._runs = runs
        self._keys = keys
        self._sign_by = sign_by
        self._operator = operator
        self._now = now
        self._turn = asyncio.Lock()

    async def round(self) -> None:
        """Go on with all of them.

        Raises:
            Unavailable, Uncertain: something does not answer; the next round goes on.
        """
        for erasure in await self._book.unfinished(AT_ONCE):
            await self.see_to(erasure.id)

    async def may(self, case_id: str) -> None:
        """Let pass a case whose person may be erased.

        Raises:
            Refused: `case_open`, `legal_hold`.
        """
        states = await self._sql.of_one_person(case_id)
        check(states, [hold.id for hold in await self._book.held([each.case_id for each in states])])

    def genuine(self, certificate: str, signature: str) -> bool:
        """Whether nobody has changed a certificate since it was signed."""
        return genuine(self._sign_by, certificate, signature)

    async def see_to(self, erasure_id: str) -> None:
        """Go on with one until it is done, or something stands in its way.

        Raises:
            Unavailable, Uncertain: something does not answer.
        """
        async with self._turn:
            while (erasure := await self._book.get(erasure_id)) is not None and erasure.finished_at is None:
                try:
                    await self._step(erasure)
                except Refused as refused:
                    # A case that was reopened, began or is held now: people have to decide, or it is waited for.
                    if erasure.fault != refused.code:
                        await self._book.faulty(erasure.id, refused.code)
                        log.warning("erasure.stopped", erasure=erasure.id, why=refused.code)
                    return

    async def _step(self, erasure: Erasure) -> None:
        plan, now = erasure.plan, self._now()
        if plan is None:
            await self._book.plan(erasure.id, await self._planned(erasure))
            return
        match erasure.step:
            case ErasureStep.PLANNED:
                for case_id in plan.cases:
                    await self._runs.delete(case_id)
                await self._done(erasure, ErasureStep.RUNS_DELETED, Logged(now, "runs", plan.runs))
            case ErasureStep.RUNS_DELETED:
                # Whoever has come back meanwhile is a patient: nothing goes before that case is over, too.
                if (grown := plan.grown(await self._allowed(erasure))) is None:
                    await self._sql.sever(erasure.id, plan, now)
                else:
                    await self._book.replan(erasure.id, await self._counted(grown, before=plan))
            case ErasureStep.SEVERED:
                # What came late for a case has had its journey begin again.
                for case_id in plan.cases:
                    await self._runs.delete(case_id)
                await self._keys.destroy(list(plan.persons), now)
                await self._done(erasure, ErasureStep.KEYS_DESTROYED, Logged(now, "keys", plan.keys))
            case _:
                text = certificate(erasure, await self._book.log(erasure.id), self._operator, now)
                await self._book.finish(erasure.id, text, signed(self._sign_by, text), now)
                log.info("erasure.done", erasure=erasure.id, hospital=erasure.hospital)

    async def _planned(self, erasure: Erasure) -> Plan:
        return await self._counted(Plan.of(await self._allowed(erasure)))

    async def _allowed(self, erasure: Erasure) -> Sequence[CaseState]:
        """The person's cases, of which none is open or held."""
        states = await self._sql.of_one_person(erasure.case_id or "")
        check(states, [hold.id for hold in await self._book.held([each.case_id for each in states])])
        return states

    async def _counted(self, plan: Plan, *, before: Plan | None = None) -> Plan:
        """The plan with how much there is; `before`: what was deleted already."""
        known = before.cases if before is not None else {}
        runs = sum([await self._runs.count(case_id) for case_id in plan.cases if case_id not in known])
        return replace(plan, runs=plan.runs + runs, keys=await self._keys.count_of(list(plan.persons)))

    async def _done(self, erasure: Erasure, step: ErasureStep, logged: Logged) -> None:
        await self._book.done(erasure.id, step, [logged])
