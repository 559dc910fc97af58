"""Support by the hospital's psychologist: who is referred by whom, and how the talks with each client stand.

The patient is a client, and so is everybody near to them. There is one open request for a client at a time: whoever
refers somebody for whom there is one adds their reason to it, and is told what comes of it as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from marshrut.domain import commands as c
from marshrut.domain import consents
from marshrut.domain import events as e
from marshrut.domain.ids import MAIN, item_id, short
from marshrut.domain.items import facts_of
from marshrut.domain.moves import CARE
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import Flag, ItemKind, Role

PATIENT, FAMILY = "patient", "family"
ROUTE = "route"  # why there is a request that nobody but the route makes
TALK, CARER_SUPPORT = "talk", "carer_support"  # needs of a family that code knows, beside programmes
SESSIONS = "hospital_psychology"  # what talks are items of
OPEN = frozenset({"requested", "in_progress"})
# Needs of a family that somebody still works on, or has to say yes or no to.
WANTED = frozenset({"proposed", "agreed"})


def refer(state: CaseState, body: c.Refer, command: c.Command, now: datetime, catalogue: Slice) -> tuple[e.Body, ...]:
    """Somebody who cares refers the patient, or somebody near, to the psychologist.

    Raises:
        Refused: `role_not_allowed`, `unknown_name` (of the reason), `unknown_client`, or `wrong_facts` (of a user's
            code that is too long to be kept), `consent_withdrawn`.
    """
    actor = command.actor
    if actor.role not in CARE:
        raise Refused("role_not_allowed", role=actor.role)
    if body.reason not in catalogue.known.get(ItemKind.SUPPORT_REQUEST, ()):
        raise Refused("unknown_name", field="reason")
    client = state.items.get(body.client)
    if body.client != PATIENT and (client is None or client.kind is not ItemKind.RELATIVE):
        raise Refused("unknown_client", field="client")
    alarm = body.urgency == "crisis"
    alarmed = (e.FlagsChanged(added=(Flag.CRISIS,)),) if _alarms(state, body) else ()
    known = open_request(state, body.client)
    by = f"{actor.role}+{actor.user}"
    if known is not None:
        told = e.PeopleTold(
            key=f"referred/{command.id}",
            occasion="referred_again",
            role=Role.PSYCHOLOGIST,
            tell_at=now if alarm else catalogue.told_at(state, now),
            urgent=alarm,
        )
        return (*alarmed, _attached(known, body, by, now), told)
    facts: e.OutcomeCodes = {"client": body.client, "urgency": body.urgency, "reasons": (body.reason,), "by": (by,)}
    if alarm:
        facts["alarmed_at"] = now.isoformat()
    consents.check_begun(state, ItemKind.SUPPORT_REQUEST, "requested", facts)
    name = item_id(state.case_id, ItemKind.SUPPORT_REQUEST, body.reason, command.id)
    kind = ItemKind.SUPPORT_REQUEST
    added = e.ItemAdded(
        item_id=name, item=kind, name=body.reason, status="requested", facts=facts_of(kind, facts), of=None
    )
    return (*alarmed, added, *_need(state, body, command.id))


def _alarms(state: CaseState, body: c.Refer) -> bool:
    return body.urgency == "crisis" and body.client == PATIENT and Flag.CRISIS not in state.flags


def _attached(known: Item, body: c.Refer, by: str, now: datetime) -> e.ItemMoved:
    """The request that there is, with one more who asks and why."""
    facts: e.OutcomeCodes = {
        "reasons": tuple(dict.fromkeys((*texts(known, "reasons"), body.reason))),
        "by": tuple(dict.fromkeys((*texts(known, "by"), by))),
    }
    if body.urgency == "crisis":
        facts |= {"urgency": "crisis", "alarmed_at": now.isoformat()}
    whole = facts_of(known.kind, {**known.facts, **facts})
    return e.ItemMoved(item_id=known.item_id, status=known.status, facts={name: whole[name] for name in facts})


def _need(state: CaseState, body: c.Refer, key: str) -> tuple[e.Body, ...]:
    """Whoever near is referred has a need of their own; unless it is known already."""
    if body.client == PATIENT or any(need.status in WANTED for need in needs_of(state, body.client, TALK)):
        return ()
    facts = facts_of(ItemKind.FAMILY_NEED, {"client": body.client, "because": (body.reason,)})
    name = item_id(state.case_id, ItemKind.FAMILY_NEED, TALK, key)
    return (e.ItemAdded(item_id=name, item=ItemKind.FAMILY_NEED, name=TALK, status="agreed", facts=facts),)


def texts(item: Item, fact: str) -> tuple[str, ...]:
    """A fact of several codes."""
    value = item.facts.get(fact)
    return value if isinstance(value, tuple) else ()


def open_request(state: CaseState, client: str) -> Item | None:
    """The request for a client that is not over; there is one at most."""
    found = (item for item in state.items_of(ItemKind.SUPPORT_REQUEST) if item.facts.get("client") == client)
    return next((item for item in found if item.status in OPEN), None)


def needs_of(state: CaseState, client: str, name: str) -> Iterator[Item]:
    """The needs of that name of somebody near, the oldest first."""
    needs = (item for item in state.items_of(ItemKind.FAMILY_NEED) if item.name == name)
    return (need for need in needs if need.facts.get("client") == client)


def client_of(state: CaseState, need: str) -> tuple[str, str]:
    """Whose need it is that a table proposes, and the key of its item: the carer's own, or the whole family's."""
    caring = [item for item in state.items_of(ItemKind.RELATIVE) if item.status in ("willing", "unable")]
    if need != CARER_SUPPORT or not caring:
        return FAMILY, MAIN
    carer = max(caring, key=lambda item: item.moved_at).item_id
    return carer, short(carer.split(".", 2)[2])


@dataclass(frozen=True, slots=True)
class Talks:
    """How the talks with a client stand: those planned ahead, attended and missed, and when the next one is to be."""

    request: Item
    planned: int
    attended: int
    missed: int
    next_at: str | None


def talks(state: CaseState) -> Iterator[Talks]:
    """Of every request, the oldest first."""
    for request in state.items_of(ItemKind.SUPPORT_REQUEST):
        held = sessions_of(state, request.item_id)
        ahead = [session for session in held if session.status == "planned"]
        at = ahead[-1].facts.get("at") if ahead else None
        count = {status: sum(session.status == status for session in held) for status in ("attended", "missed")}
        yield Talks(request, len(ahead), count["attended"], count["missed"], at if isinstance(at, str) else None)


def sessions_of(state: CaseState, request: str) -> list[Item]:
    """The further talks of a request, the oldest first."""
    return [item for item in state.items_of(ItemKind.SESSION) if item.facts.get("request") == request]
