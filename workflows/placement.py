"""Placement: a place in a social institution, from the choice of its profile to the confirmed bed and the arrival."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import ItemKind, Stage
from workflows.answers import NOTHING, steps
from workflows.institutions import BedConfirm, InstitutionChoose, RefusalReview, choose, find_bed, instead
from workflows.package import MedicalPackage, ProfileChoose, PsychiatricCommission, ask_for, examine, keep_valid
from workflows.recognition import has_ippsu, recognised
from workflows.stay import beside, while_here
from workflows.voucher import (
    OFFICE,
    VOUCHER,
    VOUCHERS,
    Held,
    PackageSubmit,
    VoucherDecision,
    VoucherRenew,
    decision,
    hand_in,
    renew,
    unless_ruled_out,
)

# The steps of a placement stand in several files; what other tracks ask for is here.
__all__ = [
    "BedConfirm",
    "InstitutionChoose",
    "MedicalPackage",
    "PackageSubmit",
    "Placement",
    "ProfileChoose",
    "PsychiatricCommission",
    "RefusalReview",
    "TransferArrival",
    "VoucherDecision",
    "VoucherRenew",
    "bed",
    "find_place",
    "given_up",
    "in_force",
    "moved_out",
    "taken_in",
]


class TransferArrival(Outcome, track="placement", step="transfer_arrival"):
    """Whether the institution took the patient in."""

    result: Literal["arrived", "not_arrived"]
    then: Literal["again", "home"] | None = None
    receiver: Private[str] | None = None


class Placement:
    """Ends with `bed`, `no_bed` or, when the patient left before, `left`."""

    name: ClassVar[str] = "placement"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        ProfileChoose,
        MedicalPackage,
        PsychiatricCommission,
        InstitutionChoose,
        PackageSubmit,
        VoucherDecision,
        VoucherRenew,
        BedConfirm,
        RefusalReview,
    )

    async def run(self, case: Case) -> str:
        """Look for a place until there is a bed, or home is chosen instead."""
        if not await while_here(case, self._find):
            return "left"
        return await case.decide("bed", bed)

    async def _find(self, case: Case) -> None:
        await find_place(case, MAIN)


async def find_place(case: Case, occasion: str) -> None:
    """From the profile to the bed. What was refused one profile is tried with another; the package is kept."""
    known = False
    while True:
        profile = await case.step(ProfileChoose, key=occasion)
        if profile is None:
            return
        papers = await ask_for(case, profile.result)
        answer = await _prepare(case, occasion, profile.result, papers, known=known)
        known = known or answer == "ok"
        if answer == "ok":
            answer = await _apply(case, occasion, profile.result, papers)
        if answer != "other_profile":
            return
        occasion = f"{occasion}.other_profile"


async def _prepare(case: Case, occasion: str, profile: str, papers: tuple[str, ...], *, known: bool) -> str:
    """Package and ИППСУ, side by side: the doctors' no, or an office's, is told before anything is handed in."""

    async def make_ready(case: Case) -> None:
        await case.all(examine(case, occasion, profile, papers, known=known), recognised(case, occasion))

    no = await unless_ruled_out(case, f"ready.{occasion}", make_ready)
    if no is not None:
        return no
    return "ok" if await case.decide(f"has_ippsu.{occasion}", has_ippsu) == "yes" else "home"


async def _apply(case: Case, occasion: str, profile: str, papers: tuple[str, ...]) -> str:
    """Choose, hand in, await the decision, ask for the bed; what is to be tried instead, if anything."""
    chosen, answer = await choose(case, occasion, profile)
    if answer != "ok":
        return answer
    held = Held(
        application=await case.item(ItemKind.APPLICATION, Placement.name, key=occasion, status="needed", office=OFFICE),
        voucher=await case.item(
            ItemKind.VOUCHER, VOUCHER, key=occasion, status="awaited", of=VOUCHERS, profile=profile
        ),
        institution=chosen[0] if chosen else None,
    )
    answer = await hand_in(case, occasion, papers, held.application)
    if answer == "accepted":
        await_bed = partial(_await_bed, occasion, profile, held, chosen)
        # However long others take, papers that grow old are made again beside it: nothing begins anew.
        await beside(case, f"awaited.{occasion}", await_bed, lambda inner: keep_valid(inner, occasion, papers))
        if await case.decide(f"bed.{occasion}", bed) == "bed":
            return "bed"
        answer = await case.decide(f"instead.{occasion}", instead)
    if held.institution is not None:
        await case.move(held.institution, "withdrawn", on=f"{occasion}.end")
    await case.move(held.voucher, "returned", on=f"{occasion}.end")
    await case.move(held.application, "withdrawn", on=f"{occasion}.end")
    return answer


async def _await_bed(occasion: str, profile: str, held: Held, chosen: tuple[str, ...], case: Case) -> None:
    if held.institution is not None:
        await case.move(held.institution, "asked", on=f"{occasion}.handed_in")
    if await decision(case, occasion, held):
        await find_bed(case, occasion, profile, held.voucher, chosen)


def bed(state: CaseState) -> str:
    """Whether an institution keeps a `bed`: the last word of the placement was a confirmed one.

    A package or a voucher that is made anew meanwhile takes nothing back; a voucher that is refused does.
    """
    asked = [step for step in steps(state, ProfileChoose, BedConfirm, VoucherRenew, TransferArrival) if _counts(step)]
    last = asked[-1] if asked else None
    confirmed = last is not None and last.name == BedConfirm.step and (last.outcome or {}).get("result") == "confirmed"
    return "bed" if confirmed else "no_bed"


def _counts(step: Step) -> bool:
    return step.name != VoucherRenew.step or (step.outcome or {}).get("result") == "refused"


# ---- what the transition and the follow-up have to say of a placement ----


async def in_force(case: Case, occasion: str) -> bool:
    """Before the transfer: whether there is a voucher that holds; one that ran out is asked for again.

    True too where nobody ever asked for one.
    """
    voucher = await case.decide(f"voucher.{occasion}", partial(_newest, ItemKind.VOUCHER, ("issued", "expired")))
    if voucher == NOTHING:
        return True
    if await case.decide(f"voucher.{occasion}.is", lambda state: state.items[voucher].status) != "expired":
        return True
    return await renew(case, occasion, voucher)


async def taken_in(case: Case, occasion: str) -> None:
    """The institution took the person in: its place is theirs, the voucher is used."""
    await _settle(case, occasion, institution="arrived", voucher="used")


async def given_up(case: Case, occasion: str) -> None:
    """The person goes elsewhere after all: place and voucher are given back."""
    await _settle(case, occasion, institution="withdrawn", voucher="returned")


async def moved_out(case: Case, occasion: str) -> None:
    """The person moves out of the institution again."""
    lives = await case.decide(f"lives.{occasion}", partial(_newest, ItemKind.INSTITUTION, ("arrived",)))
    if lives != NOTHING:
        await case.move(lives, "left", on=occasion)


async def _settle(case: Case, occasion: str, *, institution: str, voucher: str) -> None:
    kept = await case.decide(f"kept.{occasion}", partial(_newest, ItemKind.INSTITUTION, ("reserved",)))
    holds = await case.decide(f"holds.{occasion}", partial(_newest, ItemKind.VOUCHER, ("issued", "expired")))
    if kept != NOTHING:
        await case.move(kept, institution, on=occasion)
    if holds != NOTHING:
        await case.move(holds, voucher, on=occasion)


def _newest(kind: ItemKind, statuses: tuple[str, ...], state: CaseState) -> str:
    found = [item.item_id for item in state.items_of(kind) if item.status in statuses]
    return found[-1] if found else NOTHING
