"""A case moves: to another hospital, or into another case that proved to be the same person's, and out of it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain import variants
from marshrut.domain.ids import MAIN, case_of, item_id
from marshrut.domain.kinds import KINDS
from marshrut.domain.migrate import migrated
from marshrut.domain.moves import CARE, Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind, Role

# What becomes of something that came from a case which was another person's; what is not named stays as it is.
NOT_OURS: Mapping[ItemKind, Mapping[str, str]] = {
    ItemKind.NEED: {"proposed": "declined", "agreed": "declined", "unmet": "declined"},
    ItemKind.ENTRY: {"proposed": "left_out", "wanted": "left_out", "planned": "withdrawn"},
    ItemKind.DOCUMENT: {
        "needed": "given_up",
        "requested": "given_up",
        "submitted": "given_up",
        "rejected": "given_up",
        "expired": "given_up",
    },
    ItemKind.PAPER: {"needed": "not_needed", "requested": "not_needed", "rejected": "not_needed"},
    ItemKind.RELATIVE: {"sought": "not_needed", "not_found": "not_needed"},
    ItemKind.CANDIDATE: {"proposed": "rejected", "confirmed": "rejected"},
    ItemKind.REFERRAL: {"requested": "recalled", "accepted": "recalled", "in_progress": "recalled"},
    ItemKind.SESSION: {"planned": "cancelled"},
    ItemKind.SUPPORT_REQUEST: {"requested": "withdrawn", "in_progress": "withdrawn"},
    ItemKind.FAMILY_NEED: {"proposed": "declined", "agreed": "declined", "unmet": "declined"},
    ItemKind.APPLICATION: {"needed": "withdrawn", "filed": "withdrawn", "registered": "withdrawn"},
    ItemKind.INSTITUTION: {
        "chosen": "withdrawn",
        "asked": "withdrawn",
        "queued": "withdrawn",
        "reserved": "withdrawn",
    },
    ItemKind.VOUCHER: {"awaited": "returned", "issued": "returned"},
    ItemKind.ARRANGEMENT: {"needed": "not_needed", "failed": "not_needed"},
}


def belongs_to(state: CaseState, body: c.BelongsTo, actor: Actor) -> tuple[e.Body, ...]:
    """The case is another record's; told again that changes nothing.

    Raises:
        Refused: `role_not_allowed`: only the hospital keeps its records.
    """
    if actor.role is not Role.INTEGRATOR:
        raise Refused("role_not_allowed", role=actor.role)
    return () if body.person == state.person else (e.PersonChanged(person=body.person, earlier=body.earlier),)


def transfer(state: CaseState, body: c.Transfer, actor: Actor, now: datetime) -> tuple[e.Body, ...]:
    """Another hospital's team goes on with the journey as it stands, by that hospital's hours, zone and catalogue.

    Raises:
        Refused: `role_not_allowed`, `nothing_changes` (it is there already) or `step_unknown`.
    """
    if actor.role not in CARE:
        raise Refused("role_not_allowed", role=actor.role)
    if body.hospital == state.hospital:
        raise Refused("nothing_changes", field="hospital")
    moved = e.CaseTransferred(hospital=body.hospital, ward=body.ward)
    # The same version of the catalogue says other things of another hospital.
    there = migrated(state.but(catalogue=None), body.catalogue, now)
    tell_at = body.catalogue.told_at(state, now)
    key = f"transferred/{body.hospital}/{len(state.moved_from)}"
    told = e.PeopleTold(key=key, occasion="transferred", role=Role.SUPERVISOR, tell_at=tell_at, urgent=True)
    return (moved, *variants.moved(state, body.catalogue), there, told)


def absorb(state: CaseState, body: c.Absorb, actor: Actor) -> tuple[e.Body, ...]:
    """What the other case had and this one has not goes on here, with what was written of it.

    Raises:
        Refused: `role_not_allowed` or `nothing_changes`.
    """
    _check_system(actor)
    if body.other in state.absorbed or body.other == state.case_id:
        raise Refused("nothing_changes", field="other")
    new = tuple(flag for flag in body.flags if flag not in state.flags)
    flags = (e.FlagsChanged(added=new),) if new else ()
    names = {item.item_id: name_in(state.case_id, item) for item in body.items}
    taken = (said for item in body.items if (said := _taken_over(state, item, names)) is not None)
    return (e.CaseAbsorbed(other=body.other), *flags, *taken)


def part(state: CaseState, body: c.Part, actor: Actor) -> tuple[e.Body, ...]:
    """What came from the other case is pursued here no more; what this case did with it meanwhile is its own.

    Raises:
        Refused: `role_not_allowed` or `nothing_changes`.
    """
    _check_system(actor)
    if body.other not in state.absorbed:
        raise Refused("nothing_changes", field="other")
    theirs = (item for item in state.items.values() if item.from_case == body.other)
    over = (
        e.ItemMoved(item_id=item.item_id, status=to)
        for item in theirs
        if (to := NOT_OURS.get(item.kind, {}).get(item.status)) is not None
    )
    return (e.CaseParted(other=body.other), *over)


def carried_over(state: CaseState) -> tuple[Item, ...]:
    """What of a case that ends for another one goes on there."""
    return tuple(state.items.values())


def name_in(case: str, item: Item) -> str:
    """Its id in a case in which it goes on: of a name that there may be several of, one of its own."""
    key = MAIN if KINDS[item.kind].single else f"{case_of(item.item_id)}.{item.item_id.rsplit('.', 1)[-1]}"
    return item_id(case, item.kind, item.name, key)


def _taken_over(state: CaseState, item: Item, names: Mapping[str, str]) -> e.ItemAdded | e.ItemMoved | None:
    """The item as this case has it from now on: a new one, a known one that had not begun, or None.

    `names`: what else comes along is called otherwise here.
    """
    name = names[item.item_id]
    facts = {key: names.get(value, value) if isinstance(value, str) else value for key, value in item.facts.items()}
    known = state.items.get(name)
    if known is None:
        return e.ItemAdded(
            item_id=name,
            item=item.kind,
            name=item.name,
            status=item.status,
            facts=facts,
            of=item.of,
            expires_at=item.expires_at,
            refs=item.refs,
            from_case=case_of(item.item_id),
        )
    if known.status != KINDS[item.kind].first[0] or item.status == known.status:
        return None
    return e.ItemMoved(item_id=name, status=item.status, facts=facts, expires_at=item.expires_at)


def _check_system(actor: Actor) -> None:
    """One case tells another by the service itself: people say it of the case that ends (`merged`, `unmerged`)."""
    if actor.role is not Role.SYSTEM:
        raise Refused("role_not_allowed", role=actor.role)
