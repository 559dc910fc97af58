"""Placement: a place in a social institution, from the choice of its profile to the confirmed bed."""

from __future__ import annotations

from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage
from workflows.answers import steps
from workflows.stay import while_here

# What follows a no. Left empty another profile is chosen.
Instead = Literal["other_profile", "home"]


class ProfileChoose(Outcome, track="placement", step="profile_choose"):
    """Which kind of institution fits."""

    result: Literal["general", "psychoneurological", "temporary"]
    note: Private[str] | None = None


class MedicalPackage(Outcome, track="placement", step="medical_package"):
    """Whether all conclusions and tests are there and valid."""

    result: Literal["complete", "expired", "contraindicated"]
    then: Instead | None = None
    note: Private[str] | None = None


class PsychiatricCommission(Outcome, track="placement", step="psychiatric_commission"):
    """Whether the commission sees an indication for a psychoneurological institution."""

    result: Literal["indicated", "not"]
    then: Instead | None = None
    note: Private[str] | None = None


class PackageSubmit(Outcome, track="placement", step="package_submit"):
    """Whether the package was taken."""

    result: Literal["accepted", "returned"]
    receipt: Private[str] | None = None


class VoucherDecision(Outcome, track="placement", step="voucher_decision"):
    """Whether there is a voucher (путёвка); of a refusal, why."""

    result: Literal["issued", "queued", "refused"]
    reason: Literal["contraindication", "no_need", "papers", "other"] | None = None
    then: Instead | None = None
    number: Private[str] | None = None


class BedConfirm(Outcome, track="placement", step="bed_confirm"):
    """Whether the institution keeps a bed."""

    result: Literal["confirmed", "withdrawn"]
    then: Literal["next_institution", "other_profile", "home"] | None = None
    note: Private[str] | None = None


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
        PackageSubmit,
        VoucherDecision,
        BedConfirm,
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
    collected = False
    while True:
        profile = await case.step(ProfileChoose, key=occasion)
        if profile is None:
            return
        answer = "ok" if collected else await _collect(case, occasion)
        collected = collected or answer == "ok"
        if answer == "ok" and profile.result == "psychoneurological":
            answer = await _commission(case, occasion)
        if answer == "ok":
            answer = await _submit(case, occasion)
        if answer == "ok":
            answer = await _bed(case, occasion)
        if answer != "other_profile":
            return
        occasion = f"{occasion}.other_profile"


async def _collect(case: Case, occasion: str) -> str:
    """Tests grow old while others are waited for: those are made again."""
    while True:
        package = await case.step(MedicalPackage, key=occasion)
        if package is None or package.result == "complete":
            return "ok"
        if package.result == "contraindicated":
            await case.inform(f"contraindicated.{occasion}", Role.SUPERVISOR)
            return package.then or "other_profile"
        occasion = f"{occasion}.expired"


async def _commission(case: Case, occasion: str) -> str:
    commission = await case.step(PsychiatricCommission, key=occasion)
    if commission is None or commission.result == "indicated":
        return "ok"
    return commission.then or "other_profile"


async def _submit(case: Case, occasion: str) -> str:
    """What comes back is completed and handed in again, until there is a decision."""
    while True:
        submitted = await case.step(PackageSubmit, key=occasion)
        if submitted is None or submitted.result == "accepted":
            return await _decision(case, occasion)
        occasion = f"{occasion}.returned"
        completed = await _collect(case, occasion)
        if completed != "ok":
            return completed


async def _decision(case: Case, occasion: str) -> str:
    while True:
        decision = await case.step(VoucherDecision, key=occasion)
        if decision is None or decision.result == "issued":
            return "ok"
        if decision.result == "refused":
            await case.inform(f"voucher_refused.{occasion}", Role.SUPERVISOR)
            return decision.then or "other_profile"
        occasion = stamp(await case.until(f"queue.{occasion}", "placement.queue_asked"))


async def _bed(case: Case, occasion: str) -> str:
    while True:
        place = await case.step(BedConfirm, key=occasion)
        if place is None or place.result == "confirmed":
            return "bed"
        await case.inform(f"bed_withdrawn.{occasion}", Role.SUPERVISOR)
        if place.then in ("other_profile", "home"):
            return place.then
        occasion = stamp(await case.until(f"next_institution.{occasion}", "placement.next_institution"))


def bed(state: CaseState) -> str:
    """Whether an institution keeps a `bed`: the last word of the placement was a confirmed one."""
    asked = steps(state, *Placement.steps, TransferArrival)[-1:]
    confirmed = any(step.name == BedConfirm.step and step.outcome == {"result": "confirmed"} for step in asked)
    return "bed" if confirmed else "no_bed"
