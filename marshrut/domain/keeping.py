"""What people write down about a case beside its steps: items, circumstances, scores, and who answers for it."""

from __future__ import annotations

from datetime import datetime

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain import items, kin
from marshrut.domain.ids import MAIN, item_id
from marshrut.domain.moves import CARE, Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind


def change_flags(state: CaseState, body: c.ChangeFlags, actor: Actor) -> tuple[e.Body, ...]:
    """Circumstances that became known, or proved wrong.

    Raises:
        Refused: `role_not_allowed` or `nothing_changes`.
    """
    _check_care(actor)
    added = tuple(flag for flag in body.add if flag not in state.flags and flag not in body.remove)
    removed = tuple(flag for flag in body.remove if flag in state.flags)
    if not added and not removed:
        raise Refused("nothing_changes", field="add")
    return (e.FlagsChanged(added=added, removed=removed),)


def set_owner(state: CaseState, body: c.SetOwner, actor: Actor) -> tuple[e.Body, ...]:
    """Who cares may take a case; to give it to somebody else, or to the senior coordinator, takes a senior.

    Raises:
        Refused: `role_not_allowed` or `nothing_changes`.
    """
    _check_care(actor)
    if body.owner == state.owner:
        raise Refused("nothing_changes", field="owner")
    if not actor.senior and body.owner != actor.user:
        raise Refused("role_not_allowed", role=actor.role)
    return (e.OwnerChanged(owner=body.owner, reason=body.reason),)


def record_score(state: CaseState, body: c.RecordScore, actor: Actor) -> tuple[e.Body, ...]:
    """A filled instrument, and the needs that it proposes unless they are known.

    Raises:
        Refused: `role_not_allowed`.
    """
    _check_care(actor)
    scored = e.InstrumentScored(**body.model_dump(exclude={"type", "needs"}))
    proposed = (
        e.ItemAdded(
            item_id=name,
            item=ItemKind.NEED,
            name=need,
            status="proposed",
            facts=items.facts_of(ItemKind.NEED, {"because": because}),
        )
        for need, because in body.needs.items()
        if (name := item_id(state.case_id, ItemKind.NEED, need)) not in state.items
    )
    return (scored, *proposed)


def add_item(
    state: CaseState, body: c.AddItem, command: c.Command, now: datetime, catalogue: Slice
) -> tuple[e.Body, ...]:
    """An item that somebody adds by hand.

    Raises:
        Refused: `role_not_allowed`, `unknown_name`, `wrong_status`, `wrong_facts`, `item_exists`, `due_in_the_past`
            `approval_needed`, `contact_not_wished` or `contact_dangerous`.
    """
    kind, actor = items.KINDS[body.kind], command.actor
    if actor.role not in kind.hands:
        raise Refused("role_not_allowed", role=actor.role)
    known = catalogue.known.get(body.kind)
    if known is not None and body.name not in known:
        raise Refused("unknown_name", field="name")
    status = body.status or kind.first[0]
    if status not in kind.first:
        raise Refused("wrong_status", field="status")
    facts = items.facts_of(body.kind, body.facts)
    kin.check_item(state, body.kind, facts)
    name = item_id(state.case_id, body.kind, body.name, MAIN if kind.single else body.key or command.id)
    if name in state.items:
        raise Refused("item_exists", status=state.items[name].status)
    added = Item(
        item_id=name,
        kind=body.kind,
        name=body.name,
        status=status,
        facts=facts,
        added_at=now,
        moved_at=now,
        moved_by=actor.user,
    )
    if status in kind.approved and catalogue.needs_approval(state, added):
        raise Refused("approval_needed")
    return (
        e.ItemAdded(
            item_id=name,
            item=body.kind,
            name=body.name,
            status=status,
            facts=facts,
            expires_at=_expires(state, added, facts, body.expires_at, command, now, catalogue),
        ),
    )


def move_item(
    state: CaseState, body: c.MoveItem, command: c.Command, now: datetime, catalogue: Slice
) -> tuple[e.Body, ...]:
    """An item that somebody moves by hand.

    Raises:
        Refused: `item_not_found`, `role_not_allowed`, `wrong_move`, `wrong_facts`, `due_in_the_past`,
            `approval_needed` or `own_request`.
    """
    item = state.items.get(body.item_id)
    if item is None:
        raise Refused("item_not_found")
    items.check(item, body.status, command.actor, approval=catalogue.needs_approval(state, item))
    # What is new has to fit what is known: the whole is checked, and only the new part told.
    whole = items.facts_of(item.kind, {**item.facts, **body.facts})
    facts = {name: value for name, value in whole.items() if item.facts.get(name) != value}
    moved = item.but(status=body.status)
    return (
        e.ItemMoved(
            item_id=item.item_id,
            status=body.status,
            facts=facts,
            expires_at=_expires(state, moved, whole, body.expires_at, command, now, catalogue),
        ),
    )


def _expires(  # noqa: PLR0913, PLR0917 - all that the end of an item's time depends on
    state: CaseState,
    item: Item,
    facts: e.OutcomeCodes,
    said: datetime | None,
    command: c.Command,
    now: datetime,
    catalogue: Slice,
) -> datetime | None:
    """When it lapses: as somebody said, or as long after it was issued as its list says."""
    if item.status not in items.KINDS[item.kind].lapses:
        return None
    issued = facts.get("issued_at")
    since = datetime.fromisoformat(issued) if isinstance(issued, str) else command.occurred_at or now
    ends = said or catalogue.expires(state, item.of, item.name, since)
    if said is not None and said <= now:
        raise Refused("due_in_the_past", field="expires_at")
    return ends


def _check_care(actor: Actor) -> None:
    if actor.role not in CARE:
        raise Refused("role_not_allowed", role=actor.role)
