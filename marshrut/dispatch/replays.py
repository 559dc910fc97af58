"""Parked messages, tried again when the fault is mended: theirs or ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshrut.domain.refusal import Refused
from marshrut.ports import (
    Arrived,
    Caller,
    CommandState,
    Entry,
    Format,
    Inbox,
    InboxMessage,
    Intake,
    KeyReused,
    Reader,
    ResourceReceiver,
    Sight,
    Taken,
    Unavailable,
    Uncertain,
    Unfit,
    Vault,
)

# What can be tried again: also what somebody put aside.
REPLAYED = frozenset({CommandState.PARKED, CommandState.DISCARDED})


class Replays:
    """`ports.Replays`: runs the kept bytes through today's intake, in the name of whoever sent them."""

    def __init__(
        self,
        intake: Intake,
        inbox: Inbox,
        vault: Vault,
        readers: Mapping[Format, Reader],
        resources: ResourceReceiver | None = None,
    ) -> None:
        self._intake = intake
        self._inbox = inbox
        self._vault = vault
        self._readers = readers
        self._resources = resources

    async def replay(self, message_id: str, sight: Sight, caller: Caller) -> Taken:
        """What became of it. Two at once, or one that was broken off, take it once.

        Raises:
            LookupError: there is no such message in sight.
            Refused: `message_not_parked`.
            Unfit: it still cannot be taken; the message is parked with this fault now.
            Unavailable, Uncertain: as for `WritePath.submit`; it stays parked and can be replayed again.
        """
        known, message = await self._waiting(message_id, sight, caller)
        try:
            taken = await self._again(message, known)
        except Unfit as fault:
            await self._inbox.still_parked(message_id, fault.code, fault.details, caller.actor)
            raise
        try:
            await self._inbox.mended(message_id, taken, caller.actor)
        except Unavailable as fault:
            raise Uncertain(fault.part) from fault  # something did happen; saying it again ends well
        return taken

    async def foresee(self, message_id: str, sight: Sight, caller: Caller) -> None:
        """Nothing happens; it would be taken now, if nothing is raised.

        What only its case can say, it says when the message comes there.

        Raises:
            LookupError, Refused, Unfit: as for `replay`.
            Unavailable: nobody knows.
        """
        known, message = await self._waiting(message_id, sight, caller)
        reader, entry, message = await self._read(message, known)
        try:
            await self._intake.foresee(entry, message, parked=known.id)
        except KeyReused:
            raise reader.reused() from None

    async def _waiting(self, message_id: str, sight: Sight, caller: Caller) -> tuple[InboxMessage, Arrived]:
        """A message that can be tried again, as it came."""
        known = await self._inbox.message(message_id, sight)
        if known is None:
            raise LookupError(message_id)
        if known.state not in REPLAYED:
            raise Refused("message_not_parked", state=known.state)
        kept = await self._kept(message_id)
        if not kept:
            raise Refused("message_content_gone")
        return known, self._arrived(known, kept, caller)

    async def original(self, message_id: str) -> bytes | None:
        """The bytes as they came; None when none were kept."""
        kept = await self._kept(message_id)
        return kept["raw"].encode("latin-1") if kept else None

    async def _read(self, message: Arrived, known: InboxMessage) -> tuple[Reader, Entry, Arrived]:
        """What it says to today's reading, with what is known of those whom it names."""
        if not message.whole:
            raise Unfit(known.code or "too_large", known.details)  # a beginning is not the message
        reader = self._readers[message.format]
        if message.format is Format.FHIR and self._resources is not None:
            message = await self._resources.known(message)
        return reader, reader.read(message), message

    async def _again(self, message: Arrived, known: InboxMessage) -> Taken:
        reader, entry, message = await self._read(message, known)
        try:
            taken = await self._intake.take_again(entry, message, parked=known.id)
        except KeyReused:
            raise reader.reused() from None
        if taken.state in (CommandState.REJECTED, CommandState.EXPIRED):
            raise Unfit(taken.reason or "expired")
        return taken

    async def _kept(self, message_id: str) -> Mapping[str, Any]:
        sealed = await self._inbox.raw(message_id)
        return {} if sealed is None else (await self._vault.opened({message_id: sealed}, kind="raw"))[message_id]

    def _arrived(self, known: InboxMessage, kept: Mapping[str, Any], caller: Caller) -> Arrived:
        """The message as it came. Its sender speaks for the hospitals they spoke for then, or, if they call, now."""
        sent_for = kept.get("hospitals", [known.hospital])
        sender = Caller(known.sender.user, known.sender.role, None if sent_for is None else frozenset(sent_for))
        return Arrived(
            raw=kept.get("raw", "").encode("latin-1"),
            format=known.format,
            caller=caller if caller.actor == known.sender else sender,
            key=kept.get("key"),
            whole=kept.get("whole", True),
        )
