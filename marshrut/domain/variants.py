"""What kind of case it is: chosen once by the catalogue's rules, explained by them, and corrected by a person only.

A case is either an adult's or a child's: a rule for a child outweighs those for an adult. Any of the others may be
beside that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.base import Code
from marshrut.domain.migrate import rearmed
from marshrut.domain.moves import CARE
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import Slice, VariantRule
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, Role, Variant, Via

Variants = dict[Variant, tuple[Code, ...]]
Kinds = Mapping[Variant, Mapping[Code, VariantRule]]

# Of these a case is exactly one.
AGES = frozenset({Variant.ADULT, Variant.CHILD})
# What a supervisor is told when the rules would choose otherwise by now; the variant that comes follows after a dot.
PROPOSED = "variant_proposed"
# Why a case is of another kind in the hospital that it moved to: that is nobody's word.
MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case opens by, and what kind of case it is."""

    catalogue: Slice
    variants: Variants


def chosen(kinds: Kinds, flags: Collection[Flag], via: Via, *, emergency: bool) -> Variants:
    """The variants that the rules say, each with the rules that do, in the order of the vocabulary."""
    found: Variants = {}
    for variant in Variant:
        rules = kinds.get(variant, {})
        because = tuple(code for code, rule in rules.items() if rule.fits(flags, via, emergency=emergency))
        if because:
            found[variant] = because
    if Variant.CHILD in found:
        found.pop(Variant.ADULT, None)
    return found


def in_order(variants: Collection[Variant]) -> tuple[Variant, ...]:
    """In the order of the vocabulary, in which their overlays are laid, each once."""
    return tuple(variant for variant in Variant if variant in variants)


def opened_as(said: Variants, catalogue: Slice) -> Variants:
    """What a case that opens by this slice is: its overlays count for more than what was said beside."""
    if not catalogue.variants:
        return said
    return {variant: said.get(variant, ()) for variant in catalogue.variants}


def change_variants(state: CaseState, body: c.ChangeVariants, command: c.Command, now: datetime) -> tuple[e.Body, ...]:
    """A person says that it is another kind of case; what stays of it keeps its reasons.

    Raises:
        Refused: `role_not_allowed`, `adult_or_child`, `nothing_changes`, `catalogue_changed` or `step_unknown`.
    """
    if command.actor.role not in CARE:
        raise Refused("role_not_allowed", role=command.actor.role)
    wanted = in_order(body.variants)
    check_age(wanted)
    if wanted == in_order(state.variants):
        raise Refused("nothing_changes", field="variants")
    newer = body.catalogue
    if body.instead_of != state.catalogue or newer.variants != wanted:
        raise Refused("catalogue_changed")
    before = state if newer.version == state.catalogue else state.but(calendars={})
    changed = e.VariantsChanged(
        variants={variant: state.variants.get(variant, (body.reason,)) for variant in wanted},
        reason=body.reason,
        catalogue=newer.version,
        clocks=rearmed(before, newer, now),
    )
    return (changed,)


def check_age(variants: Collection[Variant]) -> None:
    """A case is an adult's or a child's.

    Raises:
        Refused: `adult_or_child`: it would be both, or neither.
    """
    if (Variant.ADULT in variants) is (Variant.CHILD in variants):
        raise Refused("adult_or_child", field="variants")


def proposed(
    state: CaseState, bodies: Iterable[e.Body], command: c.Command, now: datetime, catalogue: Slice
) -> tuple[e.Body, ...]:
    """A supervisor is told when flags that changed make the rules say something else; the case stays what it is."""
    flags = set(state.flags)
    for body in bodies:
        if isinstance(body, e.FlagsChanged):
            flags = (flags | {*body.added}) - {*body.removed}
    before = chosen(catalogue.kinds, state.flags, state.via, emergency=state.emergency).keys()
    after = chosen(catalogue.kinds, flags, state.via, emergency=state.emergency).keys()
    if after == before or after == state.variants.keys():
        return ()
    comes = next(iter(in_order(after - state.variants.keys())), None)
    told = e.PeopleTold(
        key=f"variants/{command.id}",
        occasion=PROPOSED if comes is None else f"{PROPOSED}.{comes}",
        role=Role.SUPERVISOR,
        tell_at=catalogue.told_at(state, now),
    )
    return (told,)


def elsewhere(state: CaseState, kinds: Kinds) -> Variants:
    """What kind of case it is in another hospital, by that one's rules; what a person said of it stays."""
    said = {variant: state.variants[variant] for variant in state.corrected}
    found = chosen(kinds, state.flags, state.via, emergency=state.emergency)
    if AGES & said.keys():
        found = {variant: because for variant, because in found.items() if variant not in AGES}
    both = {**found, **said}
    return {variant: both[variant] for variant in in_order(both)}


def moved(state: CaseState, catalogue: Slice) -> tuple[e.Body, ...]:
    """What a case that moves to another hospital is there, if that is something else."""
    there = opened_as(elsewhere(state, catalogue.kinds), catalogue)
    if not catalogue.variants or there == state.variants:
        return ()
    changed = e.VariantsChanged(variants=there, reason=MOVED, catalogue=catalogue.version, moved=True)
    return (changed,)
