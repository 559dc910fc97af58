"""The medical package of a placement: papers with statuses of their own, each good for so long as its list says."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import accumulate
from typing import Literal

from marshrut.domain.base import Instant, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind, Role
from workflows.answers import NOTHING, listed, steps
from workflows.stay import for_good

# What follows a no. Left empty another profile is chosen.
Instead = Literal["other_profile", "home"]
# Grounds on which residential care is refused (order 202н): of some a patient is treated and may come then.
Ground = Literal["tuberculosis", "leprosy", "dangerous_infection", "mental_disorder", "other"]
# Which lists of the catalogue ask for a profile's papers.
PACKAGES = {
    "general": ("package_general",),
    "psychoneurological": ("package_general", "package_psychoneurological"),
    "temporary": ("package_temporary",),
}
THERE = frozenset({"received", "not_needed"})
LONGEST = 150  # of names that are told in one code


class ProfileChoose(Outcome, track="placement", step="profile_choose"):
    """Which kind of institution fits."""

    result: Literal["general", "psychoneurological", "temporary"]
    note: Private[str] | None = None


class MedicalPackage(Outcome, track="placement", step="medical_package"):
    """Whether all conclusions and tests are there and valid; of a contra-indication, which and until when."""

    result: Literal["complete", "expired", "contraindicated"]
    ground: Ground | None = None
    lasts: Literal["permanent", "temporary"] | None = None
    again_at: Instant | None = None
    then: Instead | None = None
    note: Private[str] | None = None


class PsychiatricCommission(Outcome, track="placement", step="psychiatric_commission"):
    """Whether the commission sees an indication for a psychoneurological institution."""

    result: Literal["indicated", "not"]
    then: Instead | None = None
    note: Private[str] | None = None


async def ask_for(case: Case, profile: str) -> tuple[str, ...]:
    """The papers of a profile; those that are there already, for another one, stay."""
    papers: tuple[str, ...] = ()
    for name in PACKAGES[profile]:
        papers += await case.list_of(name, ItemKind.PAPER)
    return papers


async def collect(case: Case, occasion: str, papers: tuple[str, ...]) -> None:
    """Until every paper is there and in force. What can be treated is waited for; what cannot is no end of this."""
    while True:
        package = await case.step(MedicalPackage, key=occasion)
        if package is None:
            return
        if package.result == "contraindicated":
            await case.inform(f"contraindicated.{occasion}", Role.SUPERVISOR)
            if package.lasts != "temporary":
                await for_good(case)
            occasion = await _treated(case, occasion, package)
            continue
        lacks = await case.decide(f"lacks.{occasion}", partial(lacking, papers))
        if package.result == "complete" and lacks == NOTHING:
            return
        if lacks != NOTHING:
            await case.inform(f"papers_missing.{occasion}", Role.DOCTOR)
        occasion = f"{occasion}.{'expired' if package.result == 'expired' else 'missing'}"


async def _treated(case: Case, occasion: str, package: MedicalPackage) -> str:
    """Looked at again after the day that the doctor named, or after the time that treatment takes as a rule."""
    if package.again_at is None:
        return stamp(await case.until(f"treated.{occasion}", "placement.treatment"))
    return stamp(await case.until(f"treated.{occasion}", "placement.treated", since=package.again_at))


async def examine(case: Case, occasion: str, profile: str, papers: tuple[str, ...], *, known: bool) -> None:
    """The package, and for a psychoneurological institution the commission. Of a `known` one only what it lacks."""
    if not known or await case.decide(f"known.{occasion}", partial(lacking, papers)) != NOTHING:
        await collect(case, occasion, papers)
    if profile == "psychoneurological":
        commission = await case.step(PsychiatricCommission, key=occasion)
        if commission is not None and commission.result == "not":
            await for_good(case)


async def keep_valid(case: Case, occasion: str, papers: tuple[str, ...]) -> None:
    """What grows old while others decide is told and made again; what was handed in stays handed in."""
    while True:
        await case.decide(f"old.{occasion}", partial(expired, papers))
        await case.inform(f"papers_expired.{occasion}", Role.PLACEMENT)
        occasion = f"{occasion}.renewed"
        await collect(case, occasion, papers)
        if await case.decide(f"left_out.{occasion}", _left_out) == "yes":
            return


def lacking(papers: tuple[str, ...], state: CaseState) -> str:
    """The names of the papers that are not there, or whose electronic signature does not hold, as one code."""
    return _names(item for paper in papers if not _there(item := state.items[paper]))


def expired(papers: tuple[str, ...], state: CaseState) -> str | None:
    """The names of those that grew old; None while there are none."""
    found = _names(item for paper in papers if (item := state.items[paper]).status == "expired")
    return None if found == NOTHING else found


def ruled_out(state: CaseState) -> str | None:
    """The doctors' no since the profile was chosen last, and what follows it: `<why>.<then>`; None while there is none.

    A contra-indication that passes is none.
    """
    for step in reversed(steps(state, ProfileChoose, MedicalPackage, PsychiatricCommission)):
        said = step.outcome or {}
        if step.name == ProfileChoose.step:
            break
        if said.get("result") == "contraindicated" and said.get("lasts") != "temporary":
            return f"contraindicated.{said.get('then') or 'other_profile'}"
        if said.get("result") == "not":
            return f"not_indicated.{said.get('then') or 'other_profile'}"
    return None


def _there(item: Item) -> bool:
    return item.status in THERE and item.facts.get("signature") != "invalid"


def _left_out(state: CaseState) -> str:
    return "yes" if steps(state, MedicalPackage)[-1].outcome is None else "no"


def _names(items: Iterable[Item]) -> str:
    """As many as one code holds."""
    names = [item.name for item in items]
    told = list(accumulate(names, "{}+{}".format))
    if not told or len(told[-1]) <= LONGEST:
        return listed(names)
    return f"{[text for text in told if len(text) <= LONGEST][-1]}+more"
