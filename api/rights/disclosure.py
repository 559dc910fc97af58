"""Everything that is held on a person, for the person: 152-FZ article 14 [S], GDPR articles 15 and 20 [S].

It holds what the caller may read, opened; what they may not read is named with its reason, so that the person knows
that it is there. Cases of hospitals that the caller does not see are not in it: then it says that it is not whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from api.audit.noted import noted
from api.confidential import readable
from api.partners.views import consents as needs_consented
from api.partners.views import serves
from api.parts import ApiParts
from api.people.known import known_persons
from api.rights.corrections import ConflictView, CorrectionView, corrections_view, records_of
from api.views.case import CaseCard, EventView, case_card, event_view
from api.views.consent import ConsentView, consents
from api.views.item import ItemView, item_views
from api.views.titles import Title
from marshrut.domain.amending import HELD_AS
from marshrut.domain.events import Event
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Role
from marshrut.ports import Caller

PAGE = 200
THEIR_OWN = Title(
    ru="Записи психолога: их может показать сам психолог, если это не повредит человеку",
    en="A psychologist's notes: the psychologist may show them where that does no harm",
)


class TellingView(BaseModel):
    """Who told something of the person, when, and what: a hospital's system, a referral, or somebody of the staff."""

    at: datetime | None
    source: str | None
    role: Role | None
    format: str | None
    told: dict[str, Any]


class RecipientView(BaseModel):
    """Who outside was told something: a partner of its referral, a system of what happened, in codes.

    `needs_told`: the partner heard what is needed, by consent.
    """

    kind: Literal["partner", "system"]
    who: str
    what: str
    at: datetime
    stands: str
    needs_told: bool


class WithheldView(BaseModel):
    """Something that is held and is not shown here, and why."""

    case_id: str
    kind: str
    at: datetime
    reason: Title


class CaseOfPerson(BaseModel):
    """A case: as it stands, everything beside its steps, and its whole history."""

    case: CaseCard
    items: list[ItemView]
    consents: list[ConsentView]
    history: list[EventView]
    recipients: list[RecipientView]
    withheld: list[WithheldView]


class DisclosureView(BaseModel):
    """Everything. Not `whole`: there are cases in hospitals that whoever made it does not see.

    `corrections`: what was put right, with what stood there before, and what was not, and why; `conflicts`: where a
    system says otherwise since.
    """

    made_at: datetime
    made_by: str
    checked: str
    request: str
    whole: bool
    identity: dict[str, Any]
    corrections: list[CorrectionView]
    conflicts: list[ConflictView]
    sources: list[TellingView]
    cases: list[CaseOfPerson]


async def disclosed(case: CaseState, caller: Caller, parts: ApiParts, *, checked: str, request: str) -> DisclosureView:
    """Everything that is held on the person of a case."""
    theirs = await parts.theirs.of_one_person(case.case_id)
    seen = [each for each in theirs if caller.sees(each.hospital or "")]
    noted().about(*(each.case_id for each in seen))
    persons = dict.fromkeys(each.person for each in seen if each.person is not None)
    known = await known_persons(parts, persons)
    righted = [await corrections_view(await records_of(person, parts), caller, parts) for person in persons]
    return DisclosureView(
        made_at=parts.now(),
        made_by=caller.user,
        checked=checked,
        request=request,
        whole=len(seen) == len(theirs),
        identity=known.get(case.person or "", {}),
        corrections=[each for view in righted for each in view.items],
        conflicts=[each for view in righted for each in view.conflicts],
        sources=[each async for each in _sources(list(persons), caller, parts)],
        cases=[await _case(each, caller, parts) for each in seen],
    )


async def _sources(persons: Sequence[str], caller: Caller, parts: ApiParts) -> AsyncIterator[TellingView]:
    """What was told of them, the newest first; of hospitals that the caller sees."""
    records = await parts.queries.person_records(persons, whole=True)
    words = await parts.vault.opened({name: sealed for told in records.values() for name, sealed in told})
    for name, told in words.items():
        command = await parts.commands.get(name)
        if command is None or HELD_AS in told or not caller.sees(command.hospital):
            continue
        at = command.occurred_at or command.received_at
        yield TellingView(at=at, source=command.source, role=command.actor.role, format=command.format, told=told)


async def _case(case: CaseState, caller: Caller, parts: ApiParts) -> CaseOfPerson:
    events = [each async for each in _events(case.case_id, parts)]
    sealed = await parts.queries.private(sorted({each.command_id for each in events if each.command_id is not None}))
    words = await parts.vault.opened({name: told.content for name, told in sealed.items()})
    shown = {name: readable(told, words[name], caller) for name, told in sealed.items()}
    items = await item_views(case, case.items.values(), caller, parts)
    return CaseOfPerson(
        case=await case_card(case, caller, parts),
        items=[each for each in items if each.kind is not ItemKind.CONSENT],
        consents=await consents(case, caller, parts),
        history=[event_view(each, shown) for each in events],
        recipients=[*_partners(case), *[each async for each in _systems(case.case_id, parts)]],
        withheld=list(_withheld(case.case_id, events, words, shown)),
    )


async def _events(case_id: str, parts: ApiParts) -> AsyncIterator[Event]:
    cursor: str | None = None
    while True:
        page = await parts.queries.events(case_id, limit=PAGE, cursor=cursor)
        for event in page.items:
            yield event
        if (cursor := page.next) is None:
            return


def _withheld(
    case_id: str, events: Sequence[Event], words: Mapping[str, Any], shown: Mapping[str, Any]
) -> list[WithheldView]:
    """Each thing once, where it happened."""
    hidden = {name for name, whole in words.items() if whole != shown[name]}
    first = {each.command_id: each for each in reversed(events) if each.command_id in hidden}
    return [
        WithheldView(case_id=case_id, kind=each.body.kind, at=each.occurred_at, reason=THEIR_OWN)
        for each in sorted(first.values(), key=lambda event: event.seq)
    ]


def _partners(case: CaseState) -> list[RecipientView]:
    return [
        RecipientView(
            kind="partner",
            who=str(item.facts["partner"]),
            what=item.name,
            at=item.added_at,
            stands=item.status,
            needs_told=needs_consented(case) and serves(item),
        )
        for item in case.items_of(ItemKind.REFERRAL)
        if item.facts.get("partner")
    ]


async def _systems(case_id: str, parts: ApiParts) -> AsyncIterator[RecipientView]:
    for webhook in await parts.webhooks.every():
        cursor: str | None = None
        while True:
            page = await parts.deliveries.log(webhook.id, None, case_id, limit=PAGE, cursor=cursor)
            for each in page.items:
                yield RecipientView(
                    kind="system",
                    who=webhook.id,
                    what=each.event.type,
                    at=each.event.at,
                    stands=each.state.value,
                    needs_told=False,
                )
            if (cursor := page.next) is None:
                break
