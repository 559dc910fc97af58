"""What people write down about a case beside its steps: items, circumstances, scores, and who answers for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from marshrut.domain import commands as c
from marshrut.domain import consents, items, kin, partner_answers
from marshrut.domain import events as e
from marshrut.domain.handover import BY_HANDOVER
from marshrut.domain.ids import MAIN, item_id
from marshrut.domain.kinds import KINDS
from marshrut.domain.moves import CARE, Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import NO_MORE, Flag, ItemKind, Protection, Role

# What people are told when a case comes to them, or has nobody but the seniors.
HANDED_OVER, NO_OWNER = "handed_over", "no_owner"
# What they are told when a partner answers a referral by itself.
ANSWERED = "partner_answered"


def change_flags(state: CaseState, body: c.ChangeFlags, actor: Actor) -> tuple[e.Body, ...]:
    """Circumstances that became known, or proved wrong; a hospital's system only tells what holds.

    That a patient is protected, or is no more, a supervisor says, and why.

    Raises:
        Refused: `role_not_allowed`, `nothing_changes` or `why_protected`.
    """
    if actor.role is not Role.INTEGRATOR or body.remove:
        _check_care(actor)
    added = tuple(flag for flag in body.add if flag not in state.flags and flag not in body.remove)
    removed = tuple(flag for flag in body.remove if flag in state.flags)
    if not added and not removed:
        raise Refused("nothing_changes", field="add")
    because = _why_protected(added, removed, body.because, actor) if Flag.PROTECTED in {*added, *removed} else None
    return (e.FlagsChanged(added=added, removed=removed, because=because),)


def _why_protected(
    added: Collection[Flag], removed: Collection[Flag], because: Protection | None, actor: Actor
) -> Protection | None:
    if actor.role is Role.INTEGRATOR and not removed:
        return None  # the hospital knows why
    if actor.role is not Role.SUPERVISOR:
        raise Refused("role_not_allowed", role=actor.role)
    if because is None or (because in NO_MORE) is (Flag.PROTECTED in added):
        raise Refused("why_protected", field="protection")
    return because


def set_owner(state: CaseState, body: c.SetOwner, actor: Actor, now: datetime, catalogue: Slice) -> tuple[e.Body, ...]:
    """Who cares may take a case; to give it to somebody else, or to the senior coordinator, takes a senior.

    The system does so for an owner who is away.

    Raises:
        Refused: `role_not_allowed`, `nothing_changes` or `claimed_by_another`.
    """
    if actor.role is not Role.SYSTEM:
        _check_care(actor)
    if body.owner == state.owner:
        raise Refused("nothing_changes", field="owner")
    check_held(state.owner, body.held_by)
    if not actor.senior and actor.role is not Role.SYSTEM and body.owner != actor.user:
        raise Refused("role_not_allowed", role=actor.role)
    changed = e.OwnerChanged(owner=body.owner, reason=body.reason)
    role = Role.SUPERVISOR if body.owner is None else Role.COORDINATOR
    return (changed, *told_of_handover(state, actor, body.owner, role, body.reason, now, catalogue))


def check_held(holder: str | None, expected: str | None) -> None:
    """Let pass what is meant for whoever holds it now.

    Raises:
        Refused: `claimed_by_another`: it changed hands meanwhile.
    """
    if expected not in (None, holder):
        raise Refused("claimed_by_another", assignee=holder or "")


def told_of_handover(  # noqa: PLR0913, PLR0917 - whom, of what, and when
    state: CaseState,
    actor: Actor,
    user: str | None,
    role: Role,
    reason: str | None,
    now: datetime,
    catalogue: Slice,
) -> tuple[e.Body, ...]:
    """Whoever the system hands something to is told: once a case and reason, however many steps that are.

    Whoever acknowledged the handover of a shift took it themselves, and knows.
    """
    key = f"handover/{reason}/{user or role}"
    took = user is not None and (reason or "").startswith(BY_HANDOVER)
    if actor.role is not Role.SYSTEM or took or key in state.notices:
        return ()
    occasion = NO_OWNER if user is None else HANDED_OVER
    return (e.PeopleTold(key=key, occasion=occasion, role=role, user=user, tell_at=catalogue.told_at(state, now)),)


def tell(state: CaseState, body: c.Tell, actor: Actor, now: datetime, catalogue: Slice) -> e.PeopleTold:
    """What concerns more than this case is told in it, once; what is urgent at any hour.

    Raises:
        Refused: `role_not_allowed` or `nothing_changes`.
    """
    if actor.role is not Role.SYSTEM:
        raise Refused("role_not_allowed", role=actor.role)
    if body.key in state.notices:
        raise Refused("nothing_changes", field="key")
    tell_at = now if body.urgent else catalogue.told_at(state, now)
    return e.PeopleTold(**body.model_dump(exclude={"type"}), tell_at=tell_at)


def record_score(state: CaseState, body: c.RecordScore, actor: Actor) -> tuple[e.Body, ...]:
    """A filled instrument, and the needs that it proposes; of those proposed already it is one more reason.

    Raises:
        Refused: `role_not_allowed`.
    """
    _check_care(actor)
    scored = e.InstrumentScored(**body.model_dump(exclude={"type", "needs"}))
    return (scored, *(said for need, because in body.needs.items() for said in _proposed(state, need, because)))


def _proposed(state: CaseState, need: str, because: tuple[str, ...]) -> tuple[e.Body, ...]:
    name = item_id(state.case_id, ItemKind.NEED, need)
    known = state.items.get(name)
    if known is None:
        facts = items.facts_of(ItemKind.NEED, {"because": because})
        return (e.ItemAdded(item_id=name, item=ItemKind.NEED, name=need, status="proposed", facts=facts),)
    more = items.more_reasons(known, because)
    return () if more is None else (e.ItemMoved(item_id=name, status=known.status, facts=more),)


def add_item(
    state: CaseState, body: c.AddItem, command: c.Command, now: datetime, catalogue: Slice
) -> tuple[e.Body, ...]:
    """An item that somebody adds by hand.

    Raises:
        Refused: `role_not_allowed`, `unknown_name`, `wrong_status`, `wrong_facts`, `item_exists`, `another_accepted`,
            `due_in_the_past`, `approval_needed`, `contact_not_wished`, `contact_dangerous` or
            `consent_withdrawn`.
    """
    kind, actor = KINDS[body.kind], command.actor
    if actor.role not in kind.hands:
        raise Refused("role_not_allowed", role=actor.role)
    known = catalogue.known.get(body.kind)
    if known is not None and body.name not in known:
        raise Refused("unknown_name", field="name")
    status = body.status or kind.first[0]
    if status not in kind.first:
        raise Refused("wrong_status", field="status")
    facts = items.facts_of(body.kind, _as_the_catalogue_says(body, catalogue))
    kin.check_item(state, body.kind, facts)
    consents.check_begun(state, body.kind, status, facts)
    name = item_id(state.case_id, body.kind, body.name, MAIN if kind.single else body.key or command.id)
    if name in state.items:
        raise Refused("item_exists", status=state.items[name].status)
    if items.taken(state.items.values(), body.kind, body.name):
        raise Refused("another_accepted")
    added = Item(
        item_id=name,
        kind=body.kind,
        name=body.name,
        status=status,
        facts=facts,
        of=_list_of(body, catalogue),
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
            of=added.of,
            expires_at=_expires(state, added, facts, body.expires_at, command, now, catalogue),
        ),
    )


LISTED = frozenset({ItemKind.DOCUMENT, ItemKind.PAPER, ItemKind.ARRANGEMENT})


def _list_of(body: c.AddItem, catalogue: Slice) -> str | None:
    """The list that asks for it, so that it lapses as those do that a track has added."""
    if body.kind not in LISTED:
        return None
    asking = (name for name, entries in catalogue.lists.items() if any(entry.name == body.name for entry in entries))
    return next(asking, None)


def _as_the_catalogue_says(body: c.AddItem, catalogue: Slice) -> e.OutcomeCodes:
    """A referral goes to a partner of its programme, and outlives the stay if the programme does."""
    rule = catalogue.programmes.get(body.name) if body.kind is ItemKind.REFERRAL else None
    if rule is None:
        return body.facts
    if body.facts.get("partner") not in (None, *rule.partners):
        raise Refused("unknown_name", field="facts.partner")
    return {**body.facts, "goes_on": rule.goes_on}


def move_item(
    state: CaseState, body: c.MoveItem, command: c.Command, now: datetime, catalogue: Slice
) -> tuple[e.Body, ...]:
    """An item that somebody moves by hand.

    Raises:
        Refused: `item_not_found`, `role_not_allowed`, `wrong_move`, `another_accepted`, `wrong_facts`,
            `due_in_the_past`, `approval_needed`, `own_request`, `consent_withdrawn`, or what the kind's facts say.
    """
    item = state.items.get(body.item_id)
    if item is None:
        raise Refused("item_not_found")
    items.check(item, body.status, command.actor, own=catalogue.own(state, item))
    if items.rival(state.items.values(), item, body.status) is not None:
        raise Refused("another_accepted")
    KINDS[item.kind].facts.check_change(item, body.status, body.facts)
    # What is new has to fit what is known: the whole is checked, and only the new part told.
    whole = items.facts_of(item.kind, {**item.facts, **body.facts})
    consents.check_begun(state, item.kind, body.status, whole)
    facts = {name: value for name, value in whole.items() if item.facts.get(name) != value}
    moved = item.but(status=body.status)
    # Who only puts something aside says nothing of how long it may wait, unless they do.
    # A consent that is given anew holds as long as is said now.
    same = body.status == item.status and item.kind is not ItemKind.CONSENT
    said = body.expires_at or (item.expires_at if same else None)
    return (
        e.ItemMoved(
            item_id=item.item_id,
            status=body.status,
            facts=facts,
            expires_at=_expires(state, moved, whole, said, command, now, catalogue),
        ),
        *_told_of_answer(state, body, command, now, catalogue),
    )


def _told_of_answer(
    state: CaseState, body: c.MoveItem, command: c.Command, now: datetime, catalogue: Slice
) -> tuple[e.Body, ...]:
    """What a partner says by itself those who asked would not hear otherwise."""
    if command.actor.role is not Role.PARTNER:
        return ()
    answer = partner_answers.said(body.status, body.facts)
    key = f"{ANSWERED}.{answer}/{command.id}"
    tell_at = catalogue.told_at(state, now)
    return (e.PeopleTold(key=key, occasion=f"{ANSWERED}.{answer}", role=Role.COORDINATOR, tell_at=tell_at),)


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
    if item.status not in KINDS[item.kind].lapses:
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
