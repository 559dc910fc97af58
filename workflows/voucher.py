"""The application at the one-stop centre, the decision on it, and the voucher (путёвка) with its validity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from workflows.answers import steps
from workflows.package import Instead, collect, expired, ruled_out
from workflows.stay import Work

OFFICE = "one_stop"
VOUCHER = "voucher"
VOUCHERS = "vouchers"  # the catalogue's list that says how long one holds
# Who goes before the others (procedures 4, one region's rule): the first four out of turn, the others at its head.
Priority = Literal[
    "war_invalid", "war_veteran", "siege_resident", "rehabilitated", "family_of_fallen", "combat_veteran"
]
OUT_OF_TURN = frozenset({"war_invalid", "war_veteran", "siege_resident", "rehabilitated"})


class PackageSubmit(Outcome, track="placement", step="package_submit"):
    """Whether the package was taken; the group that goes first, if the person belongs to one."""

    result: Literal["accepted", "returned"]
    priority: Priority | None = None
    receipt: Private[str] | None = None


class VoucherDecision(Outcome, track="placement", step="voucher_decision"):
    """Whether there is a voucher (путёвка); of a queue, which place in it; of a refusal, why."""

    result: Literal["issued", "queued", "refused"]
    position: Annotated[int, Field(ge=1, le=100_000, strict=True)] | None = None
    reason: Literal["contraindication", "no_need", "papers", "other"] | None = None
    then: Instead | None = None
    number: Private[str] | None = None


class VoucherRenew(Outcome, track="placement", step="voucher_renew"):
    """Whether there is another voucher in the place of one that ran out before the arrival."""

    result: Literal["issued", "refused"]
    then: Instead | None = None
    number: Private[str] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The items of one application: itself, the voucher that it asks for, and the institution that is asked first."""

    application: str
    voucher: str
    institution: str | None


async def hand_in(case: Case, occasion: str, papers: tuple[str, ...], application: str) -> str:
    """Hand the package in until it is taken: `accepted`, or the doctors' no on the way.

    A paper that runs out before is made again first, and nothing else; what comes back is completed.
    """
    while True:
        submit = partial(_submit, occasion)
        ahead = await case.first(f"handed_in.{occasion}", old=partial(_grow_old, papers), handed=submit)
        if ahead == "handed":
            last = await case.decide(f"handed_in.{occasion}.said", _handed)
            said, _, priority = last.partition(".")
            await case.move(application, "filed", on=occasion, office=OFFICE, priority=priority or None)
            if said == "accepted":
                return said
            await case.move(application, "returned", on=occasion)
            occasion = f"{occasion}.returned"
        else:
            await case.inform(f"papers_expired.{occasion}", Role.PLACEMENT)
            occasion = f"{occasion}.old"
        no = await unless_ruled_out(case, f"again.{occasion}", partial(_collect, occasion, papers))
        if no is not None:
            return no


async def unless_ruled_out(case: Case, name: str, work: Work) -> str | None:
    """Do the work unless the doctors say no before it is done; what follows their no."""
    if await case.first(name, ruled_out=_ruled_out, done=work) == "done":
        return None
    why, _, then = (await case.decide(f"{name}.why", ruled_out)).partition(".")
    if why == "contraindicated":
        await case.inform(f"contraindicated.{name}", Role.SUPERVISOR)
    else:
        await case.inform(f"not_indicated.{name}", Role.SUPERVISOR)
    return then


async def decision(case: Case, occasion: str, held: Held) -> bool:
    """Whether the bed may be asked for: there is a voucher, or seniors do without one."""
    while True:
        answer = await case.step(VoucherDecision, key=occasion)
        if answer is None:
            return True
        if answer.result == "issued":
            await _issue(case, occasion, held.voucher, VoucherDecision)
            await case.move(held.application, "granted", on=occasion)
            return True
        if answer.result == "refused":
            await case.move(held.voucher, "refused", on=occasion)
            await case.move(held.application, "denied", on=occasion)
            await case.inform(f"voucher_refused.{occasion}", Role.SUPERVISOR)
            return False
        occasion = await _queued(case, occasion, held, answer.position)


async def renew(case: Case, occasion: str, voucher: str) -> bool:
    """Ask for another one in the place of a voucher that ran out; whether the bed may still be asked for."""
    await case.inform(f"voucher_expired.{occasion}", Role.SUPERVISOR)
    answer = await case.step(VoucherRenew, key=occasion)
    if answer is not None and answer.result == "issued":
        await _issue(case, occasion, voucher, VoucherRenew)
        return True
    await case.move(voucher, "returned", on=occasion)
    if answer is None:
        return True  # seniors do without one
    await case.inform(f"voucher_refused.{occasion}", Role.SUPERVISOR)
    return False


async def ran_out(voucher: str, case: Case) -> None:
    """Until the voucher's time is over."""
    await case.decide("ran_out", lambda state: "yes" if state.items[voucher].status == "expired" else None)


async def _queued(case: Case, occasion: str, held: Held, position: int | None) -> str:
    """Whoever is queued keeps their place in it; it is asked for again after a while, sooner out of turn."""
    await case.move(held.application, "registered", on=occasion, position=position)
    if held.institution is not None:
        await case.move(held.institution, "queued", on=occasion)
    if await case.decide(f"turn.{occasion}", _turn) == "in_turn":
        return stamp(await case.until(f"queue.{occasion}", "placement.queue_asked"))
    await case.inform(f"queued_out_of_turn.{occasion}", Role.SUPERVISOR)
    return stamp(await case.until(f"queue.{occasion}", "placement.queue_priority"))


async def _issue(case: Case, occasion: str, voucher: str, step: type[Outcome]) -> None:
    """It holds from the day on which it was issued, whenever that was told."""
    issued_at = await case.decide(f"issued_at.{occasion}", partial(_occurred_at, step))
    await case.move(voucher, "issued", on=occasion, issued_at=issued_at)


async def _submit(occasion: str, case: Case) -> None:
    await case.step(PackageSubmit, key=occasion)


async def _collect(occasion: str, papers: tuple[str, ...], case: Case) -> None:
    await collect(case, occasion, papers)


async def _grow_old(papers: tuple[str, ...], case: Case) -> None:
    await case.decide("old", partial(expired, papers))


async def _ruled_out(case: Case) -> None:
    await case.decide("no", ruled_out)


def _handed(state: CaseState) -> str:
    """What became of the package that was handed in last; one that nobody hands in counts as taken."""
    said = steps(state, PackageSubmit)[-1].outcome or {"result": "accepted"}
    return ".".join(str(part) for part in (said["result"], said.get("priority")) if part)


def _turn(state: CaseState) -> str:
    said = [step.outcome for step in steps(state, PackageSubmit) if step.outcome][-1:]
    return "out_of_turn" if said and said[0].get("priority") in OUT_OF_TURN else "in_turn"


def _occurred_at(outcome: type[Outcome], state: CaseState) -> str:
    step = steps(state, outcome)[-1]
    return (step.occurred_at or step.opened_at).isoformat()
