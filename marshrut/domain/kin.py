"""Whom of those near to the patient the service may speak to, and when a search for them may be given up.

The patient says who may know where they are (the item `consent`); a danger from somebody near outweighs that until a
senior has said that it is safe. What may not be done is refused here, for the journey and for the API alike.
"""

from __future__ import annotations

from enum import StrEnum

from marshrut.domain.consents import SPREADING, ConsentPurpose, Told, said, tells
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState, Item, Step
from marshrut.domain.words import Flag, ItemKind

TO_BE_FOUND = ConsentPurpose.TO_BE_FOUND.value  # the name of the consent, an item of its kind


class Reach(StrEnum):
    """Who may learn where the patient is: anybody near, whom the patient named, nobody; not said (yet); or danger.

    `unfit` is said of one person alone: a parent to whom a child may not be given. `unpublished`: those near may know,
    and nothing is made public.
    """

    ANYBODY = "anybody"
    NAMED = "named"
    NOT_ASKED = "not_asked"
    CANNOT_SAY = "cannot_say"
    NOBODY = "nobody"
    DANGER = "danger"
    UNFIT = "unfit"
    UNPUBLISHED = "unpublished"


SAID = {
    "given": Reach.ANYBODY,
    "partial": Reach.NAMED,
    "asked": Reach.NOT_ASKED,
    "incapable": Reach.CANNOT_SAY,
    **dict.fromkeys(("refused", "withdrawn", "expired"), Reach.NOBODY),
}
CLOSED = frozenset({Reach.NOBODY, Reach.DANGER})
# Steps in which somebody near is searched for.
SEARCHES = frozenset({("relatives", "relatives_search"), ("guardians", "parents_search")})
# The way of speaking to somebody that is left: only with those whom the patient named.
CHOSEN = frozenset({Reach.NAMED, Reach.NOBODY})


def consent(state: CaseState) -> Item | None:
    """What the patient said of being found; None: nobody has asked."""
    return said(state, ConsentPurpose.TO_BE_FOUND)


def reach(state: CaseState) -> Reach:
    """Who may learn where the patient is, as things stand."""
    if Flag.VIOLENCE in state.flags and word(state) != "allowed":
        return Reach.DANGER
    known = consent(state)
    return Reach.NOT_ASKED if known is None else SAID[known.status]


def word(state: CaseState) -> str | None:
    """What a senior said last of whether somebody near may be spoken to; None: nobody was asked."""
    asked = (
        step.outcome["result"]
        for step in reversed(state.steps.values())
        if (step.track, step.name) == ("relatives", "safe_contact") and step.outcome is not None
    )
    told = next(asked, None)
    return told if isinstance(told, str) else None


def may_speak(state: CaseState, relative: Item | None) -> Reach | None:
    """None: this person may be spoken to; else what stands against it. `relative` None: nobody whom the case knows."""
    now = reach(state)
    if now is Reach.DANGER:
        return now
    if relative is not None and relative.status == "unfit":
        return Reach.UNFIT
    wished = relative is not None and relative.facts.get("wished") is True
    return now if now in CHOSEN and not wished else None


def may_be_told(state: CaseState, relative: Item | None = None) -> Reach | None:
    """None: this person may be told where the patient is; else what stands against it."""
    against = may_speak(state, relative)
    if against is not None or relative is not None:
        return against
    now = reach(state)
    return None if now is Reach.ANYBODY else now


def may_publish(state: CaseState) -> Reach | None:
    """None: the patient may be searched for in public and their record given away; else what stands against it."""
    now = reach(state)
    if now is not Reach.ANYBODY:
        return now
    return None if tells(state, Told.PUBLIC_SEARCH) else Reach.UNPUBLISHED


def check_item(state: CaseState, kind: ItemKind, facts: OutcomeCodes) -> None:
    """Let an attempt pass that the patient and the danger leave open. Registries only answer, and are told nothing.

    Raises:
        Refused: `contact_not_wished`, `contact_dangerous` or `relative_unfit`, with `reach`.
    """
    channel = facts.get("channel")
    if kind is not ItemKind.ATTEMPT or channel == "registry":
        return
    relative = state.items.get(str(facts.get("relative")))
    against = may_publish(state) if channel in SPREADING else may_speak(state, relative)
    if against is not None:
        raise forbidden(against)


def check_answer(state: CaseState, step: Step, outcome: OutcomeCodes) -> None:
    """Let "nobody" pass only after somebody tried, and when no candidate waits for a yes or a no.

    Raises:
        Refused: `attempt_needed` or `candidates_unanswered`.
    """
    if (step.track, step.name) not in SEARCHES or outcome.get("result") != "none":
        return
    if not state.items_of(ItemKind.ATTEMPT):
        raise Refused("attempt_needed")
    if any(item.status == "proposed" for item in state.items_of(ItemKind.CANDIDATE)):
        raise Refused("candidates_unanswered")


def forbidden(against: Reach) -> Refused:
    """The refusal to speak of the patient, and why."""
    codes = {Reach.DANGER: "contact_dangerous", Reach.UNFIT: "relative_unfit"}
    return Refused(codes.get(against, "contact_not_wished"), reach=against)
