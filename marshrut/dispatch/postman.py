"""Mails what people must know, each thing at most once.

Any number of postmen may run, in any process: a lease gives each mail to one of them at a time. What may be on the
wire is marked before; whoever dies then leaves it uncertain, and nobody sends it again: a notice stands in the lists,
and the next rung climbs.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from marshrut.dispatch.letter import Letters
from marshrut.domain.handover import handover_of
from marshrut.domain.state import CaseState
from marshrut.ports import (
    Clock,
    Directory,
    DueMail,
    Errand,
    Language,
    Mail,
    Mailer,
    MailState,
    Notification,
    Outbox,
    Unavailable,
    Uncertain,
    new_id,
)

log = structlog.get_logger()

AT_ONCE = 8
# Longer than a mailer may take between saying that it begins and knowing how it ended.
LEASE_S = 120.0
# 1 m, 2 m … 32 m, then every hour: thirty attempts are a day.
FIRST_DELAY_S, LONGEST_DELAY_S, ATTEMPTS = 60.0, 3600.0, 30
# What is on the wire when the process is told to stop has this long to end well.
GRACE_S = 10.0


class Writer(Protocol):
    """Writes what is due of an errand."""

    async def write(self, due: DueMail, now: datetime) -> Mapping[Language, Mail] | MailState:
        """The mails by language; or how the errand ends when there is none to write.

        Raises:
            Unavailable: what it takes cannot be read now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that mail needs: whom, what, how. `cases`: the case of a notice; `others`: who writes what is no notice."""

    directory: Directory
    letters: Letters
    cases: Callable[[str], Awaitable[CaseState | None]]
    mailer: Mailer
    others: Mapping[Errand, Writer] = field(default_factory=dict)

    async def write(self, due: DueMail, now: datetime) -> Mapping[Language, Mail] | MailState:
        """A notice for each language in which somebody reads it; else whatever its writer makes of it.

        Raises:
            Unavailable: what it takes cannot be read now.
        """
        if due.errand is not Errand.NOTICE:
            return await self.others[due.errand].write(due, now)
        if due.notice is None or not due.notice.stands:
            return MailState.DROPPED
        # Of a handover people hear through one of its cases, before that is theirs.
        shift = handover_of(due.notice.key) is not None
        to = _by_language(self.directory, due.notice, None if shift else await self.cases(due.notice.case_id))
        if not to:
            return MailState.NOBODY
        return {
            language: await self.letters.write(due.notice, language, addresses, now)
            for language, addresses in sorted(to.items())
        }


class Postman:
    """Runs until it is cancelled. Without a delivery no mail is sent, and what is due is closed as `off`."""

    def __init__(self, outbox: Outbox, delivery: Delivery | None, *, now: Clock, poll_s: float) -> None:
        self._outbox = outbox
        self._delivery = delivery
        self._now = now
        self._poll_s = poll_s
        self._carrying: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Look, send, look again; rest when there was nothing."""
        try:
            while True:
                if not await self.round():
                    await asyncio.sleep(self._poll_s)
        finally:
            if self._carrying:
                await asyncio.wait(self._carrying, timeout=GRACE_S)
            for task in self._carrying:
                task.cancel()

    async def round(self) -> bool:
        """Send what is due; whether there was anything."""
        owner = new_id()
        try:
            due = await self._outbox.lease_due(owner=owner, lease_s=LEASE_S, limit=AT_ONCE)
        except (Unavailable, Uncertain):
            log.warning("postman.sql_away")
            return False
        except Exception as fault:  # noqa: BLE001 - whatever it is, a postman who ended would send nothing any more
            log.warning("postman.failed", error=type(fault).__name__)
            return False
        if due:
            self._carrying = {asyncio.create_task(self._carry(each, owner)) for each in due}
            await asyncio.wait(self._carrying)  # which, unlike gather, lets them end when it is cancelled
        return bool(due)

    async def _carry(self, due: DueMail, owner: str) -> None:
        try:
            state = await self._send(due, owner)
        except (Unavailable, Uncertain):
            # It stays leased; when the lease has ended it is taken up again or, if it was on the wire, uncertain.
            log.warning("postman.sql_away", notice=due.id)
        except Exception as fault:  # noqa: BLE001 - one letter that cannot be written must not stop the others
            # Without its traceback, which may quote addresses. Not again: nobody knows how far it came.
            log.warning("postman.failed", notice=due.id, error=type(fault).__name__)
            with suppress(Unavailable, Uncertain):
                await self._close(due, owner, MailState.FAILED)
        else:
            log.info("postman.carried", notice=due.id, state=state)

    async def _send(self, due: DueMail, owner: str) -> MailState | None:
        """See to a mail as far as that goes now; how it then stands (None: it is not this postman's any more)."""
        if self._delivery is None:
            stands = due.errand is not Errand.NOTICE or (due.notice is not None and due.notice.stands)
            return await self._close(due, owner, MailState.OFF if stands else MailState.DROPPED)
        found = await self._delivery.write(due, self._now())
        if isinstance(found, MailState):
            return await self._close(due, owner, found)
        mails = {language: mail for language, mail in found.items() if language not in due.told}
        if not mails:  # whoever is left has moved to a language in which it went already
            return await self._close(due, owner, MailState.SENT)
        return await self._tell(due, owner, mails, self._delivery.mailer)

    async def _tell(self, due: DueMail, owner: str, mails: Mapping[Language, Mail], mailer: Mailer) -> MailState | None:
        told = due.told
        for language, mail in mails.items():
            try:
                if not await mailer.send(mail, lambda: self._begin(due, owner)):
                    return None
            except Unavailable:
                return await self._again(due, owner)
            except Uncertain:
                return await self._close(due, owner, MailState.UNCERTAIN)
            told |= {language}
            state = MailState.PENDING if mails.keys() - told else MailState.SENT
            await self._outbox.gone(due.id, owner=owner, told=told, state=state)
        return MailState.SENT

    async def _begin(self, due: DueMail, owner: str) -> bool:
        try:
            return await self._outbox.begin(due.id, owner=owner, lease_s=LEASE_S)
        except Uncertain as fault:
            raise Unavailable("sql") from fault  # whatever the row says now, nothing is on the wire

    async def _close(self, due: DueMail, owner: str, state: MailState) -> MailState:
        await self._outbox.close(due.id, owner=owner, state=state)
        return state

    async def _again(self, due: DueMail, owner: str) -> MailState:
        if due.attempts + 1 >= ATTEMPTS:
            return await self._close(due, owner, MailState.FAILED)
        delay_s = min(FIRST_DELAY_S * 2**due.attempts, LONGEST_DELAY_S)
        await self._outbox.put_back(due.id, owner=owner, delay_s=delay_s)
        return MailState.PENDING


def _by_language(
    directory: Directory, notice: Notification, about: CaseState | None
) -> dict[Language, tuple[str, ...]]:
    found: dict[Language, list[str]] = defaultdict(list)
    for person in directory.find(hospital=notice.hospital, role=notice.role, user=notice.user, about=about):
        found[person.language].append(person.address)
    return {language: tuple(addresses) for language, addresses in found.items()}
