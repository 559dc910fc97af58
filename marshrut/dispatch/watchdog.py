"""Looks whether engine, journal and read model agree about every open case, mends what it can, and keeps the rest.

Each round asks the engine how every open case's journey stands. Folding a journal and asking the journey itself what it
knows costs more, so a round does that for a share of the cases: for those that something is wrong with, and for the
others in turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

import structlog

from marshrut.domain.commands import Carried, JourneyStart, Limits
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.watching import STUCK_AFTER, Ill, Mended, idle, share_of
from marshrut.ports import (
    Clock,
    JournalBehind,
    JournalWriter,
    JourneyCare,
    JourneyGone,
    Pulse,
    Seen,
    Told,
    Unavailable,
    Walk,
    Watched,
    WatchStore,
)

log = structlog.get_logger()

BATCH = 100
AT_ONCE = 8
# A round looks closely at about so many cases.
CLOSELY = 500
# What a journey has just done is on its way to SQL for so long.
ON_ITS_WAY_S = 1.0
# What fails is looked at again after this time: what was away a moment ago may be back.
AGAIN_AFTER_S = 12.0
# A journey answers within moments, unless its worker is just starting.
ANSWERS_WITHIN_S = 10.0

# What a case took along of the catalogue, by that version and no other; None where it is not known any more.
SliceOf = Callable[[CaseState], Awaitable[Slice | None]]


class Watchdog:
    """Port `Watching`."""

    def __init__(  # noqa: PLR0913 - the wiring of a composition root
        self,
        store: WatchStore,
        care: JourneyCare,
        journal: JournalWriter,
        *,
        slice_of: SliceOf,
        limits: Limits,
        now: Clock,
        batch: int = BATCH,
        closely: int = CLOSELY,
        on_its_way_s: float = ON_ITS_WAY_S,
        again_after_s: float = AGAIN_AFTER_S,
    ) -> None:
        self._store = store
        self._care = care
        self._journal = journal
        self._slice_of = slice_of
        self._limits = limits
        self._now = now
        self._batch = batch
        self._closely = closely
        self._on_its_way_s = on_its_way_s
        self._again_after_s = again_after_s

    async def run(self) -> int:
        """A whole round that looks at every case closely; its number."""
        walk = await self.begin(closely=True)
        while not walk.over:
            walk = await self.look(walk, _silent)
        await self.finish(walk)
        return walk.number

    async def begin(self, *, closely: bool) -> Walk:
        """A new round."""
        number, cases = await self._store.begin(self._now())
        shares = max(1, -(-cases // self._closely))
        return Walk(number=number, shares=shares, share=None if closely else number % shares)

    async def look(self, walk: Walk, beat: Callable[[], None]) -> Walk:
        """Look at the next cases, and mend; looking again at the same ones does no harm."""
        cases = await self._store.next(walk.after, self._batch)
        turn = asyncio.Semaphore(AT_ONCE)

        async def pulse(case: Watched) -> Pulse:
            async with turn:
                beat()
                return await self._care.pulse(case.case_id)

        pulses = dict(zip(cases, await asyncio.gather(*map(pulse, cases)), strict=True))
        if ailing := [case for case in cases if pulses[case].there and not pulses[case].well]:
            await asyncio.sleep(self._again_after_s)
            pulses.update(zip(ailing, await asyncio.gather(*map(pulse, ailing)), strict=True))
        closely = [case for case in cases if self._wants_a_look(case, pulses[case], walk)]
        told = await self._store.told([case.case_id for case in closely])

        async def examined(case: Watched) -> Seen:
            async with turn:
                beat()
                return await self._examined(case, pulses[case], told.get(case.case_id))

        seen = await asyncio.gather(*map(examined, cases))
        await self._store.note(walk.number, seen, self._now())
        _tell(seen)
        return walk.model_copy(
            update={
                "after": cases[-1].case_id if cases else walk.after,
                "looked": walk.looked + len(cases),
                "closely": walk.closely + len(closely),
                "over": len(cases) < self._batch,
            }
        )

    async def finish(self, walk: Walk) -> None:
        """The round is over."""
        await self._store.finish(walk, self._now())
        log.info("watchdog.round", number=walk.number, cases=walk.looked, closely=walk.closely)

    def _wants_a_look(self, case: Watched, pulse: Pulse, walk: Walk) -> bool:
        in_turn = walk.share is None or share_of(case.case_id, walk.shares) == walk.share
        return in_turn or case.ill or not pulse.well or case.seq != case.journal_seq or self._stuck(case)

    def _stuck(self, case: Watched) -> bool:
        return case.waiting_since is not None and case.waiting_since < self._now() - STUCK_AFTER

    async def _examined(self, case: Watched, pulse: Pulse, told: Told | None) -> Seen:
        """What comes of looking at a case. `told`: what its journal tells, where it is looked at closely."""
        ill: dict[Ill, datetime | None] = {}
        mended: list[Mended] = []
        if self._stuck(case):
            ill[Ill.COMMAND_STUCK] = case.waiting_since
        for wrong, code in (
            (pulse.failing, Ill.JOURNEY_FAILING),
            (pulse.writing_fails, Ill.WRITING_FAILS),
            (pulse.unattended, Ill.NO_WORKER),
        ):
            if wrong:
                ill[code] = None
        try:
            if told is not None:
                await self._compared(case, pulse, told, ill, mended)
        except Exception as fault:  # noqa: BLE001 - a case that cannot be looked at must not hide the others
            # Without its traceback, which may quote people.
            log.warning("watchdog.failed", case=case.case_id, error=type(fault).__name__)
            ill[Ill.NO_ANSWER] = None
        return Seen(case.case_id, case.hospital, ill, mended)

    async def _compared(
        self, case: Watched, pulse: Pulse, told: Told, ill: dict[Ill, datetime | None], mended: list[Mended]
    ) -> None:
        state = told.state
        if state is None:
            ill[Ill.JOURNAL_BROKEN] = None
            return
        if told.rows_differ:
            await self._store.rewrite(case.case_id)
            mended.append(Mended.REWRITTEN)
        if state.closed:
            return  # since the round met it, or its row only said that it was open
        if not pulse.there:
            await self._goes_on(state, told.commands, Mended.RESTORED, ill, mended)
        elif pulse.well:
            await self._asked(state, told, ill, mended)
        if idle(state):
            ill[Ill.NOTHING_TO_DO] = None

    async def _asked(self, state: CaseState, told: Told, ill: dict[Ill, datetime | None], mended: list[Mended]) -> None:
        """Compare what the journey says with what the journal tells."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                lived = await self._care.state(state.case_id)
        except (TimeoutError, Unavailable):
            ill[Ill.NO_ANSWER] = None
            return
        except JourneyGone:
            return  # it has just ended, or the next round finds it lost
        if lived.seq < state.seq:
            # What it said next SQL would take for what it holds: nothing of that would ever be seen.
            await self._goes_on(state, told.commands, Mended.REPLACED, ill, mended)
        elif lived.seq == state.seq and lived != state:
            ill[Ill.JOURNEY_DIFFERS] = None
        elif lived.seq > state.seq:
            await self._written(state.case_id, lived.seq, ill, mended)

    async def _goes_on(
        self,
        state: CaseState,
        commands: Sequence[str],
        how: Mended,
        ill: dict[Ill, datetime | None],
        mended: list[Mended],
    ) -> None:
        """Have a journey go on from its journal, as from one run to the next."""
        rules = await self._slice_of(state)
        if rules is None:
            ill[Ill.JOURNEY_LOST] = None
            return
        carried = Carried(state=state, answered=state.seq, processed=tuple(commands))
        start = JourneyStart(case_id=state.case_id, catalogue=rules, limits=self._limits, carried=carried)
        await self._care.begin(start, instead=how is Mended.REPLACED)
        mended.append(how)

    async def _written(self, case_id: str, lived: int, ill: dict[Ill, datetime | None], mended: list[Mended]) -> None:
        """Have SQL hold what the journey knows more, unless that is on its way."""
        await asyncio.sleep(self._on_its_way_s)
        held = await self._store.held_seq(case_id)
        if held >= lived:
            return
        events = await self._care.events(case_id, held)
        try:
            await self._journal.write(case_id, events)
        except JournalBehind:
            ill[Ill.EVENTS_MISSING] = None
            return
        if events:
            mended.append(Mended.WRITTEN)
        else:
            ill[Ill.EVENTS_MISSING] = None


def _tell(seen: Collection[Seen]) -> None:
    for each in seen:
        for mended in each.mended:
            log.warning("watchdog.mended", case=each.case_id, code=mended)
        for code in each.ill:
            log.error("watchdog.found", case=each.case_id, code=code)


def _silent() -> None:
    """Nobody waits for a sign of life."""
