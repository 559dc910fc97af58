"""How messages that arrived are put into words: faults and reasons in the caller's language, notes for some only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from fastapi import Request

from api.access import OPENERS
from api.bodies.message import (
    ActView,
    LineView,
    MaskedView,
    MessageView,
    ParkedView,
    PartOfLine,
    SourceView,
    TookView,
    TriedView,
)
from api.parts import ApiParts
from api.problems import KINDS, in_russian, words
from marshrut.ports import Caller, Doing, Flow, InboxMessage, Masked, MessageAct, Unfit, Wait, Waiting, WhyDiscarded

# Why a message is put aside, in words: (ru, en).
REASONS: Mapping[WhyDiscarded, tuple[str, str]] = {
    WhyDiscarded.TEST: ("Проверочное сообщение", "A test message"),
    WhyDiscarded.SENT_AGAIN: ("Пришло ещё раз исправленным", "It came again, corrected"),
    WhyDiscarded.BY_HAND: ("Внесено вручную", "It was entered by hand"),
    WhyDiscarded.NOT_OURS: ("Не для Маршрута", "It is not for Marshrut"),
    WhyDiscarded.OTHER: ("Другое", "Something else"),
}


def message_view(
    message: InboxMessage, acts: Sequence[MessageAct], request: Request, caller: Caller, parts: ApiParts
) -> MessageView:
    """A message as it is shown, its fault in the caller's language."""
    return MessageView(
        id=message.id,
        received_at=message.received_at,
        source=message.source,
        sender=message.sender.user,
        format=message.format,
        hospital=message.hospital,
        state=message.state,
        code=message.code,
        reason=None if message.code is None else reason(message.code, message.hospital, request, parts),
        details=dict(message.details),
        case_id=message.case_id,
        attempts=message.attempts,
        replayed_as=message.replayed_as,
        finished_at=message.finished_at,
        repeats=message.repeats,
        repeated_at=message.repeated_at,
        history=[_act(each, message, request, caller, parts) for each in acts],
    )


def _act(each: MessageAct, message: InboxMessage, request: Request, caller: Caller, parts: ApiParts) -> ActView:
    title = None if each.code is None else _title(each, message, request, parts)
    note = None
    if each.note is not None and caller.role in OPENERS:
        note = str(parts.vault.open(each.note, about=note_of(message.id))["note"])
    return ActView(act=each.act, at=each.at, by=each.by.user, role=each.by.role, code=each.code, title=title, note=note)


def _title(each: MessageAct, message: InboxMessage, request: Request, parts: ApiParts) -> str | None:
    if each.act is not Doing.DISCARDED:
        return reason(each.code or "", message.hospital, request, parts)
    russian, english = REASONS[WhyDiscarded(each.code or "")]
    return russian if in_russian(request) else english


def note_of(message_id: str) -> str:
    """What a sealed note is about."""
    return f"discard/{message_id}"


def reason(code: str, hospital: str, request: Request, parts: ApiParts) -> str | None:
    """What a code says, in the caller's language."""
    return said(code, hospital, parts, russian=in_russian(request))


def said(code: str, hospital: str, parts: ApiParts, *, russian: bool) -> str | None:
    """What a code says: of the catalogue's rules in its words, else in ours."""
    known = hospital in parts.catalogue.hospitals
    rule = (parts.catalogue.at(hospital) if known else parts.catalogue).screened_out.get(code)
    kind = KINDS.get(code)
    if rule is not None:
        return rule.title.ru if russian else rule.title.en
    return None if kind is None else kind.ru if russian else kind.en


def tried_view(
    message: InboxMessage,
    outcome: Literal["possible", "refused"],
    fault: Unfit | None,
    request: Request,
    parts: ApiParts,
) -> TriedView:
    """What a replay would come to."""
    code = None if fault is None else fault.code
    return TriedView(
        id=message.id,
        received_at=message.received_at,
        source=message.source,
        hospital=message.hospital,
        outcome=outcome,
        code=code,
        reason=None if code is None else reason(code, message.hospital, request, parts),
        details={} if fault is None else dict(fault.details),
    )


def masked_view(message: InboxMessage, raw: bytes, masked: Masked) -> MaskedView:
    """The message masked."""
    lines = [
        LineView(
            places=list(line.places),
            depth=line.depth,
            parts=[PartOfLine(kind=part.kind, text=part.text, place=part.place) for part in line.parts],
        )
        for line in masked.lines
    ]
    return MaskedView(id=message.id, format=message.format, size=len(raw), lines=lines, cut=masked.cut)


def wait_view(wait: Wait | None) -> TookView | None:
    """How long it took, to the millisecond."""
    if wait is None:
        return None
    return TookView(
        count=wait.count,
        p50_s=round(wait.p50_s, 3),
        p95_s=round(wait.p95_s, 3),
        longest_s=round(wait.longest_s, 3),
    )


def faults_view(waiting: Waiting, request: Request) -> list[ParkedView]:
    """What is parked, by its fault."""
    return [
        ParkedView(
            code=each.code,
            reason=words(each.code, request),
            count=each.count,
            oldest_at=each.oldest_at,
            newest_at=each.newest_at,
        )
        for each in waiting.faults
    ]


def sources_view(flow: Flow) -> list[SourceView]:
    """What each source sent."""
    return [
        SourceView(
            source=each.source,
            hospital=each.hospital,
            received=sum(each.states.values()),
            states=dict(each.states),
            repeats=each.repeats,
            last_at=each.last_at,
        )
        for each in flow.sources
    ]
