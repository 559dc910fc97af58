"""Items: what a journey is about beside its steps. A document, a candidate, a referral each has a status of its own.

What there may be is a table (`domain/kinds.py`); here is what follows from it. Tracks move items as steps are answered;
people move them too, and a track that waits for a status goes on.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError

from marshrut.domain.events import OutcomeCodes
from marshrut.domain.kinds import KINDS, Kind
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import Item
from marshrut.domain.words import Ending, ItemKind, Role

# A service was delivered once its referral stands so: to the end, or to the partner who goes on with it.
DELIVERED = frozenset({"done", "handed_over"})
# For whom these endings mean nothing goes on at home.
NOTHING_GOES_ON = frozenset({Ending.DIED, Ending.ADMISSION_CANCELLED})


def facts_of(kind: ItemKind, given: OutcomeCodes) -> OutcomeCodes:
    """The facts as the journey keeps them.

    Raises:
        Refused: `wrong_facts`, with the field.
    """
    try:
        return KINDS[kind].facts.from_codes(given).codes()
    except ValidationError as fault:
        where = ".".join(str(part) for part in fault.errors()[0]["loc"])
        raise Refused("wrong_facts", field=f"facts.{where}") from None


def more_reasons(item: Item, because: Iterable[str]) -> OutcomeCodes | None:
    """What speaks for something that is only proposed, with these reasons too; None: there is nothing to add."""
    known = item.facts.get("because")
    before = known if isinstance(known, tuple) else ()
    new = tuple(reason for reason in because if reason not in before)
    return {"because": (*before, *new)} if new and item.status == "proposed" else None


def rival(items: Iterable[Item], item: Item, to: str) -> Item | None:
    """The other one of its name because of which this one may not stand so; None: it may.

    Of those asked in one round the first who accepts wins; while a service runs there is no second one.
    """
    sole = KINDS[item.kind].sole
    if to not in sole or item.status in sole:
        return None
    return next((other for other in items if _rivals(other, item)), None)


def _rivals(other: Item, item: Item) -> bool:
    if other.item_id == item.item_id or (other.kind, other.name) != (item.kind, item.name):
        return False
    same_round = other.facts.get("round") == item.facts.get("round")
    return other.status in KINDS[item.kind].sole or (same_round and other.status in DELIVERED)


def taken(items: Iterable[Item], kind: ItemKind, name: str) -> bool:
    """Whether one of the name stands so already that there is to be no second one."""
    return any(item.kind is kind and item.name == name and item.status in KINDS[kind].sole for item in items)


def ended(item: Item, ending: Ending) -> str | None:
    """What becomes of an item when its case ends so; None: it stays as it is."""
    if ending is Ending.MERGED:
        return None  # it goes on in the other case, and here again if that was a mistake
    kind = KINDS[item.kind]
    if item.facts.get("goes_on") and ending not in NOTHING_GOES_ON and item.status in kind.lives_on:
        return kind.lives_on[item.status]
    return kind.ends.get(item.status)


def can(item: Item, actor: Actor, *, own: frozenset[str] | None = None) -> tuple[str, ...]:
    """The statuses into which this actor may move the item now.

    `own`: where the catalogue asks for another person's eyes, whose own the item is.
    """
    kind = KINDS[item.kind]
    return tuple(
        to
        for to in kind.moves.get(item.status, ())
        if to != item.status and _may_move(item, kind, to, actor) and not _unapproved(item, kind, to, actor, own)
    )


def check(item: Item, to: str, actor: Actor, *, own: frozenset[str] | None = None) -> None:
    """Let a move by hand pass, or say why not.

    Raises:
        Refused: `role_not_allowed`, `wrong_move`, `approval_needed` or `own_request`.
    """
    kind = KINDS[item.kind]
    if not _may_move(item, kind, to, actor):
        raise Refused("role_not_allowed", role=actor.role)
    if to not in kind.moves.get(item.status, ()):
        raise Refused("wrong_move", status=item.status, to=to)
    if (why := _unapproved(item, kind, to, actor, own)) is not None:
        raise Refused(why)


def _may_move(item: Item, kind: Kind, to: str, actor: Actor) -> bool:
    """Whether this is theirs to say: of a partner only what was asked of it, and only what is a partner's to say."""
    if actor.role is Role.PARTNER:
        return to in kind.outside and item.facts.get("partner") == actor.user
    return actor.role in kind.hands


def _unapproved(item: Item, kind: Kind, to: str, actor: Actor, own: frozenset[str] | None) -> str | None:
    """Why this needs another person first: four eyes, and the second pair a senior's. A table has no eyes."""
    if own is None or to not in kind.approved:
        return None
    if not actor.senior or item.status != kind.approved[to]:
        return "approval_needed"
    return "own_request" if actor.user in own else None
