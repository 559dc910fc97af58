"""The inbox in numbers: the row of figures, the faults for which messages wait, and who sends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from api.bodies.message import SummaryView
from api.web.desk import Desk
from api.web.formats import Formats
from api.web.messages.faults import reason_of, who_mends
from api.web.messages.picture import counts
from api.web.messages.rows import hospital_of, source_of
from api.web.messages.timing import lasting
from marshrut.ports import UNKNOWN, CommandState


@dataclass(frozen=True, slots=True)
class Stat:
    """A figure of the first row; `path`: the list behind it."""

    code: str
    title: str
    number: str
    note: str
    path: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A reason for which messages are parked."""

    code: str
    reason: str
    who: str
    count: int
    span: str
    path: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A sender: what became of what it sent for a hospital, and when it sent last."""

    source: str
    hospital: str
    path: str
    received: str
    taken: str
    waiting: str
    parked: str
    failed: str
    repeats: str
    last: str


def way(chosen: dict[str, str], **more: str) -> str:
    """The page with these filters."""
    asked = {name: value for name, value in {**chosen, **more}.items() if value}
    return f"/desk/messages?{urlencode(asked)}" if asked else "/desk/messages"


def stats(desk: Desk, view: SummaryView, chosen: dict[str, str], period: str) -> tuple[Stat, ...]:
    """The first row."""
    t, f = desk.t, desk.f
    states, now = counts(view.states), view.now
    parked, held, pending = (
        now.get(state, 0) for state in (CommandState.PARKED, CommandState.HELD, CommandState.PENDING)
    )
    oldest = view.oldest.get(CommandState.PARKED)
    waiting = t("messages.waiting_note", pending=f.number(pending), held=f.number(held))
    wait = view.wait
    took = (
        t("messages.wait_none")
        if wait is None
        else t("messages.wait_note", p95=lasting(desk, wait.p95_s), longest=lasting(desk, wait.longest_s))
    )
    again = t("messages.repeated_note", n=view.repeats) if view.repeats else t("messages.repeated_none")

    def stat(code: str, number: str, note: str, *, shows: str | None = None, late: bool = False) -> Stat:
        path = None if shows is None else way(chosen, show=shows)
        return Stat(code, t(f"messages.{code}"), number, note, path, late)

    return (
        stat("received", f.number(view.received), period, shows="all"),
        stat(
            "parked",
            f.number(parked),
            t("messages.parked_none") if oldest is None else t("messages.parked_note", time=f.when(oldest)),
            shows="parked",
            late=parked > 0,
        ),
        stat(
            "waiting",
            f.number(held + pending),
            waiting if held + pending else t("messages.waiting_none"),
            shows="waiting",
        ),
        stat("failed", f.number(states["failed"]), t("messages.failed_note"), shows="failed"),
        stat("repeated", f.number(view.repeated), again, shows="repeated"),
        stat("wait", "–" if wait is None else lasting(desk, wait.p50_s), took),
    )


def fault_rows(desk: Desk, view: SummaryView, chosen: dict[str, str]) -> tuple[FaultRow, ...]:
    """Why messages are parked, the most frequent reason first."""
    return tuple(
        FaultRow(
            code=each.code,
            reason=reason_of(desk, each.code, UNKNOWN),
            who=who_mends(desk, each.code),
            count=each.count,
            span=_span(desk.f, each.oldest_at, each.newest_at),
            path=way(chosen, show="parked", code=each.code),
        )
        for each in view.faults
    )


def _span(f: Formats, first: datetime, last: datetime) -> str:
    begins, ends = f.local(first), f.local(last)
    if begins.date() == ends.date():
        until = f"{ends:%H:%M}"
        return f.when(begins) if f"{begins:%H:%M}" == until else f"{f.when(begins)} – {until}"
    return f"{f.when(begins)} – {f.when(ends)}"


def source_rows(desk: Desk, view: SummaryView, chosen: dict[str, str]) -> tuple[SourceRow, ...]:
    """Who sent what, those with the most first."""
    f = desk.f
    found = []
    for each in view.sources:
        states = counts(each.states)
        number = {name: f.number(many) if many else "–" for name, many in states.items()}
        found.append(
            SourceRow(
                source=source_of(each.source),
                hospital=hospital_of(desk, each.hospital),
                path=way(chosen, source=each.source, hospital=each.hospital),
                received=f.number(each.received),
                taken=number["taken"],
                waiting=number["waiting"],
                parked=number["parked"],
                failed=number["failed"],
                repeats=f.number(each.repeats) if each.repeats else "–",
                last=desk.at(each.hospital).when(each.last_at),
            )
        )
    return tuple(found)
