"""Erasures, holds, cases whose time is over and terms, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from api.routes.erasures import HoldView
from api.routes.retention import DueView, KeptView
from api.views.erasure import ErasureView
from api.web.desk import Desk
from marshrut.domain.erasing import ErasureState

KINDS: dict[ErasureState, tuple[str, str]] = {
    ErasureState.ASKED: ("amber", "glass"),
    ErasureState.CONFIRMED: ("open", "clock"),
    ErasureState.DONE: ("done", "done"),
    ErasureState.WITHDRAWN: ("line", "no"),
}
A_YEAR = 365


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """An erasure. `mine`: the reader asked for it, so another person confirms it; `fault`: why it waits again."""

    id: str
    state: str
    kind: str
    sign: str
    basis: str
    article: str
    where: str
    case_id: str
    asked: str
    confirmed: str
    fault: str
    mine: bool
    waits: bool
    done: bool


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A case that is kept by order."""

    case_id: str
    reason: str
    told: str


@dataclass(frozen=True, slots=True)
class DueRow:
    """A case whose time is over."""

    case_id: str
    where: str
    closed: str


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A kind of records: how long it is kept, by whose word, what becomes of it, what is due and what went."""

    title: str
    term: str
    mark: str
    source: str
    fate: str
    due: str
    gone: str
    last: str


def erasure_row(desk: Desk, view: ErasureView) -> ErasureRow:
    """An erasure."""
    kind, sign = KINDS[view.state]
    t, f = desk.t, desk.at(view.hospital)
    by = view.confirmed
    return ErasureRow(
        id=view.id,
        state=t(f"rights.state_{view.state.value}"),
        kind=kind,
        sign=sign,
        basis=desk.said(view.title),
        article=view.article,
        where=desk.hospital(view.hospital),
        case_id=view.case_id or "",
        asked=t("rights.done_by", who=desk.name_of(view.asked.user), when=f.when(view.asked.at)),
        confirmed="" if by is None else t("rights.done_by", who=desk.name_of(by.user), when=f.when(by.at)),
        fault="" if view.fault is None else why(desk, view.fault, begun=view.state is ErasureState.CONFIRMED),
        mine=view.asked.user == desk.caller.user,
        waits=view.state is ErasureState.ASKED,
        done=view.state is ErasureState.DONE,
    )


def why(desk: Desk, code: str, *, begun: bool = False) -> str:
    """Why one cannot be confirmed; `begun`: why it does not go on."""
    key = f"rights.{'stopped' if begun else 'against'}_{code}"
    return desk.t(key) if desk.t.knows(key) else desk.t("rights.against_other", code=code)


def hold_row(desk: Desk, view: HoldView) -> HoldRow:
    """A hold."""
    told = desk.t("rights.held_by", who=desk.name_of(view.set_by), when=desk.f.when(view.set_at))
    return HoldRow(view.case_id, view.reason, told)


def due_row(desk: Desk, view: DueView) -> DueRow:
    """A case whose time is over."""
    closed = desk.t("rights.closed_on", day=desk.at(view.hospital).full_day(view.closed_at))
    return DueRow(view.case_id, desk.hospital(view.hospital), closed)


def kept_row(desk: Desk, view: KeptView) -> KeptRow:
    """A kind of records."""
    f, t = desk.f, desk.t
    return KeptRow(
        title=desk.said(view.title),
        term=_term(desk, view.term),
        mark=view.mark,
        source=view.source,
        fate=t(f"rights.fate_{view.fate.value}"),
        due=f.number(view.due) if view.due else "—",
        gone=f.number(view.gone) if view.gone else "—",
        last="" if view.last_at is None else t("rights.last", when=f.when(view.last_at)),
    )


def _term(desk: Desk, term: str) -> str:
    """`365d`, `6h` in words; whole years as years."""
    number, unit = int(term[:-1]), term[-1]
    if unit == "d" and number % A_YEAR == 0:
        return desk.t("rights.years", n=number // A_YEAR)
    length = timedelta(days=number) if unit == "d" else timedelta(hours=number)
    return desk.f.lasting(length, desk.t)
