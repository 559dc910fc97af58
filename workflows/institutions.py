"""Which institutions are asked for a place, in which order, until one keeps a bed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from marshrut.domain.base import Code, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Role
from workflows.answers import listed, named, steps
from workflows.voucher import VoucherDecision, VoucherRenew, ran_out, renew


class InstitutionChoose(Outcome, track="placement", step="institution_choose"):
    """Which institutions are asked, in this order. The one that the person wants is asked first, if it fits."""

    catalogued: ClassVar[Mapping[str, ItemKind]] = {
        "institutions": ItemKind.INSTITUTION,
        "wanted": ItemKind.INSTITUTION,
    }

    result: Literal["chosen", "other_profile", "home"]
    institutions: Annotated[tuple[Code, ...], Field(max_length=8)] = ()
    wanted: Code | None = None
    note: Private[str] | None = None


class BedConfirm(Outcome, track="placement", step="bed_confirm"):
    """Whether the institution keeps a bed."""

    result: Literal["confirmed", "withdrawn"]
    reason: Literal["no_places", "other_profile", "papers", "other"] | None = None
    then: Literal["next_institution", "other_profile", "home"] | None = None
    note: Private[str] | None = None


class RefusalReview(Outcome, track="placement", step="refusal_review"):
    """What a senior decides once every institution has refused."""

    result: Literal["other_institutions", "other_profile", "home"]
    note: Private[str] | None = None


async def choose(case: Case, occasion: str, profile: str) -> tuple[tuple[str, ...], str]:
    """The items of the institutions in the order in which they are asked, and `ok` or what is to be tried instead.

    Where none of those named takes people of the profile, others are chosen. Left out, nobody is named.
    """
    while True:
        choice = await case.step(InstitutionChoose, key=occasion)
        if choice is None:
            return (), "ok"
        if choice.result != "chosen":
            return (), choice.result
        wanted = () if choice.wanted is None else (choice.wanted,)
        order = tuple(dict.fromkeys((*wanted, *choice.institutions)))
        fitting = named(await case.look_up(f"fitting.{occasion}", partial(_fitting, profile, order)))
        if fitting:
            return await _listed(case, occasion, profile, [order[int(place)] for place in fitting]), "ok"
        await case.inform(f"none_fits.{occasion}", Role.PLACEMENT)
        occasion = f"{occasion}.none_fits"


async def _listed(case: Case, occasion: str, profile: str, names: list[str]) -> tuple[str, ...]:
    kind = ItemKind.INSTITUTION
    return tuple([await case.item(kind, name, key=occasion, status="chosen", profile=profile) for name in names])


async def find_bed(case: Case, occasion: str, profile: str, voucher: str, chosen: tuple[str, ...]) -> None:
    """Ask one after the other. A no costs neither package nor voucher; when all have said it, a senior decides."""
    while True:
        left, answer = list(chosen), "next_institution"
        while answer == "next_institution" and (left or not chosen):
            institution = left.pop(0) if left else None
            answer = await _ask(case, occasion, voucher, institution)
            if answer == "next_institution":
                occasion = stamp(await case.until(f"next_institution.{occasion}", "placement.next_institution"))
        for institution in left:
            await case.move(institution, "withdrawn", on=occasion)
        if answer != "next_institution":
            return
        await case.inform(f"all_refused.{occasion}", Role.SUPERVISOR)
        review = await case.step(RefusalReview, key=occasion)
        if review is None or review.result != "other_institutions":
            return
        chosen, answer = await choose(case, occasion, profile)
        if answer != "ok":
            return


async def _ask(case: Case, occasion: str, voucher: str, institution: str | None) -> str:
    """`next_institution` after a no; else how it ended. A voucher that runs out meanwhile is asked for again."""
    if institution is not None:
        await case.move(institution, "asked", on=occasion)
    run_out = partial(ran_out, voucher)
    while await case.first(f"bed.{occasion}", ran_out=run_out, said=partial(_say, occasion)) == "ran_out":
        occasion = f"{occasion}.renewed"
        if not await renew(case, occasion, voucher):
            return "no_voucher"
    answer, _, reason = (await case.decide(f"said.{occasion}", _said)).partition(".")
    if answer == "left_out":
        return answer
    status = "reserved" if answer == "confirmed" else "refused"
    if status == "refused":
        await case.inform(f"bed_withdrawn.{occasion}", Role.SUPERVISOR)
    if institution is not None:
        await case.move(institution, status, on=f"{occasion}.said", reason=reason or None)
    return answer


async def _say(occasion: str, case: Case) -> None:
    await case.step(BedConfirm, key=occasion)


def instead(state: CaseState) -> str:
    """What is to be tried instead, by the last word of offices and institutions: `other_profile`, or nothing more."""
    asked = steps(state, VoucherDecision, InstitutionChoose, VoucherRenew, BedConfirm, RefusalReview)
    said = asked[-1].outcome or {}
    if said.get("result") == "refused":
        return str(said.get("then") or "other_profile")
    return "other_profile" if "other_profile" in (said.get("result"), said.get("then")) else "end"


def _said(state: CaseState) -> str:
    said = steps(state, BedConfirm)[-1].outcome or {"result": "left_out"}
    if said["result"] != "withdrawn":
        return str(said["result"])
    return f"{said.get('then') or 'next_institution'}.{said.get('reason') or ''}"


def _fitting(profile: str, order: tuple[str, ...], catalogue: Slice, _state: CaseState) -> str:
    """The places in the order, as one code, of those that take people of the profile and have any place at all."""
    rules = [catalogue.institutions.get(name) for name in order]
    return listed(
        str(place)
        for place, rule in enumerate(rules)
        if rule is not None and profile in rule.profiles and rule.places != 0
    )
