"""Intent → Update → commit (design, section 6).

First the intent is stored, then the journey is told under the intent's id, then one transaction writes what the
journey answered. A fault before the first step means that nothing happened; after it the relay finishes.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from marshrut.dispatch.merging import meant
from marshrut.dispatch.owners import Owners
from marshrut.domain.commands import Admit, Answer, BelongsTo, JourneyStart, Limits
from marshrut.domain.events import Event
from marshrut.domain.readmission import awaiting, case_before
from marshrut.domain.refusal import Refused
from marshrut.domain.variants import Opening
from marshrut.ports import (
    Clock,
    Commands,
    CommandState,
    Intent,
    JournalBehind,
    JourneyGone,
    Journeys,
    Leased,
    Queries,
    StoredCommand,
    Unavailable,
    Uncertain,
)

log = structlog.get_logger()

# What the case of an admission takes along of the catalogue, and what kind of case it is.
Catalogue = Callable[[Admit], Opening]
# How soon after leaving a hospital somebody comes back who is readmitted there.
Within = Callable[[str], timedelta]

# Of a hospital's message these are no fault: it came when the case was over, and its sender has done its part.
OVER = frozenset({"case_closed", "case_archived"})

# A command that found the engine or SQL away is tried again after this time, in seconds.
AGAIN_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a command. `events` are those that this command itself brought about."""

    command_id: str
    case_id: str | None
    state: CommandState
    code: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()


class WritePath:
    """Carries commands to their journeys. `lease_s` must be longer than `answer_within_s`."""

    def __init__(  # noqa: PLR0913 - the wiring of a composition root
        self,
        commands: Commands,
        queries: Queries,
        journeys: Journeys,
        *,
        catalogue: Catalogue,
        readmitted_within: Within,
        owners: Owners,
        limits: Limits,
        now: Clock,
        answer_within_s: float,
        lease_s: float,
    ) -> None:
        self._commands = commands
        self._queries = queries
        self._journeys = journeys
        self._catalogue = catalogue
        self._readmitted_within = readmitted_within
        self._owners = owners
        self._limits = limits
        self._now = now
        self._answer_within_s = answer_within_s
        self._lease_s = lease_s

    async def submit(self, intent: Intent) -> Verdict:
        """Store the intent and carry it through as far as it goes in time.

        Raises:
            Unavailable: nothing was stored, nothing happened.
            Uncertain: it may be stored; its id tells later.
            KeyReused: the idempotency key stands for another body.
        """
        owner = _new_owner()
        intended = await self._commands.intend(intent, owner=owner, lease_s=self._lease_s)
        if not intended.created or intended.command.state is not CommandState.PENDING:
            return _verdict(intended.command)
        return await self.carry(Leased(intended.command, intended.known_seq, owner))

    async def store(self, intent: Intent) -> Verdict:
        """Store the intent and leave the rest to a relay.

        Raises:
            Unavailable, Uncertain, KeyReused: as for `submit`.
        """
        return _verdict((await self._commands.intend(intent, owner=_new_owner(), lease_s=0)).command)

    async def known(self, intent: Intent) -> StoredCommand | None:
        """What an intent would be answered by, if it were stored now; nothing is.

        Raises:
            Unavailable: nobody knows.
            KeyReused: the idempotency key stands for another body.
        """
        return await self._commands.known(intent)

    async def lease_due(self, limit: int) -> tuple[Leased, ...]:
        """Take over commands that nobody carries."""
        return tuple(await self._commands.lease_due(owner=_new_owner(), lease_s=self._lease_s, limit=limit))

    async def give_up_held(self) -> int:
        """Close the hospital messages that waited too long for a case; how many.

        Raises:
            Unavailable, Uncertain: nobody knows.
        """
        return await self._commands.give_up_held()

    async def carry(self, leased: Leased) -> Verdict:
        """Tell the journey and commit what it answers. Never raises for an outside part that is away."""
        try:
            return await self._carry(leased)
        finally:
            self._owners.settled(leased.command.case_id or "")

    async def _carry(self, leased: Leased) -> Verdict:
        command = leased.command
        try:
            async with asyncio.timeout(self._answer_within_s):
                answer = await self._tell(leased)
        except Refused as refused:
            return await self._refuse(leased, refused)
        except JourneyGone:
            return await self._without_journey(leased)
        except (Unavailable, TimeoutError):
            return await self._put_back(leased)
        try:
            state = await self._commands.commit(command.id, answer.events)
        except (Unavailable, Uncertain, JournalBehind):
            return await self._put_back(leased)
        own = tuple(event for event in answer.events if event.command_id == command.id)
        return Verdict(command.id, command.case_id, state, events=own)

    async def _tell(self, leased: Leased) -> Answer:
        command = leased.command.for_journey(leased.known_seq)
        case_id = leased.command.case_id
        if case_id is None:
            raise ValueError("a command without a case cannot travel")
        if isinstance(command.body, Admit):
            # Together and as late as can be: what a case is, and the slice for that.
            opening = self._catalogue(command.body)
            start = JourneyStart(case_id=case_id, catalogue=opening.catalogue, limits=self._limits)
            admit = command.body.model_copy(update={"variants": opening.variants})
            if leased.known_seq == 0:  # not one that attaches to a case that is there
                admit = await self._owners.owned(case_id, admit)
            linked = await self._linked(case_id, admit)
            return await self._journeys.open(start, command.model_copy(update={"body": linked}))
        if isinstance(command.body, BelongsTo):
            # Asked as late as can be, as of an admission: the other case may just have opened.
            within = self._readmitted_within(leased.command.hospital)
            command = command.model_copy(update={"body": await meant(self._queries, case_id, command.body, within)})
        return await self._journeys.send(case_id, command)

    async def _linked(self, case_id: str, admit: Admit) -> Admit:
        """The admission with the case that its person comes back from; asked as late as can be, for news comes late."""
        known = await self._queries.of_person(admit.person)
        before = case_before(admit, case_id, known, self._readmitted_within(admit.hospital))
        return admit if before is None else admit.model_copy(update={"earlier": before})

    async def awaits(self, case_id: str, admit: Admit) -> bool:
        """Whether a planned stay waits for this admission: under its visit number, or of its person.

        Raises:
            Unavailable: SQL does not answer.
        """
        case = await self._queries.case(case_id)
        if case is not None and case.via == "planned" and case.came_in_at is None:
            return True
        return awaiting(admit, case_id, await self._queries.of_person(admit.person)) is not None

    async def _refuse(self, leased: Leased, refused: Refused) -> Verdict:
        command = leased.command
        try:
            if command.format is not None and refused.code in OVER:
                state = await self._commands.pass_over(command.id, refused.code, owner=leased.owner)
            else:
                state = await self._commands.reject(command.id, refused, owner=leased.owner)
        except (Unavailable, Uncertain):
            return _verdict(command)
        return Verdict(command.id, command.case_id, state, refused.code, refused.details)

    async def _without_journey(self, leased: Leased) -> Verdict:
        """The journey is over, or the engine lost it."""
        command = leased.command
        if isinstance(command.body, Admit):
            # The visit had its journey long ago: the admission attaches to the closed case.
            try:
                return Verdict(command.id, command.case_id, await self._commands.commit(command.id, ()))
            except (Unavailable, Uncertain):
                return _verdict(command)
        try:
            case = await self._queries.case(command.case_id or "")
        except (Unavailable, Uncertain):
            return _verdict(command)
        if case is not None and case.closed:
            return await self._refuse(leased, Refused("case_archived"))
        # The engine lost a case that is not over: the command waits until somebody restores it from the journal.
        log.error("write_path.journey_lost", case=command.case_id)
        if command.not_after is not None and self._now() > command.not_after:
            return await self._refuse(leased, Refused("expired"))
        return await self._put_back(leased)

    async def _put_back(self, leased: Leased) -> Verdict:
        # When SQL is away as well the lease runs out by itself.
        with suppress(Unavailable, Uncertain):
            await self._commands.put_back(leased.command.id, owner=leased.owner, delay_s=AGAIN_AFTER_S)
        return _verdict(leased.command)

    def now(self) -> datetime:
        """The time, as this installation tells it."""
        return self._now()


def _new_owner() -> str:
    """One for each lease: whoever lost one cannot speak for a later one, not even in the same process."""
    return secrets.token_hex(8)


def _verdict(command: StoredCommand) -> Verdict:
    return Verdict(command.id, command.case_id, command.state, command.code, command.details)
