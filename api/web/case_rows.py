"""A case as a row of a list: who and where, how far the journey is, who answers for it, what wants attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.views.case import CaseSummary
from api.web.desk import Desk
from api.web.people import Who
from api.web.rows import Tag, delayed_days, flag_tags
from marshrut.names import Reason
from marshrut.ports import Caller

# What every second name lacks says nothing about why it was found.
UNREMARKABLE = frozenset({Reason.NO_FAMILY, Reason.NO_GIVEN, Reason.NO_PATRONYMIC})


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list. `why`: what a search went by, where the name is not written as it was asked for."""

    case_id: str
    path: str
    who: Who
    hospital: str | None
    stage: str
    closed: bool
    owner: str
    since: str
    steps: str
    tags: tuple[Tag, ...]
    why: str | None


async def case_rows(desk: Desk, summaries: Sequence[CaseSummary]) -> list[CaseRow]:
    """The rows of these cases, in their order."""
    ids = [each.case_id for each in summaries]
    states = {case.case_id: case for case in await desk.parts.search.finder.cases(ids)} if ids else {}
    people = await desk.who(list(states.values()))
    several = _several(desk.caller)
    return [
        _row(desk, each, people[each.case_id], delayed_days(desk, states[each.case_id]), several=several)
        for each in summaries
        if each.case_id in states
    ]


def _several(caller: Caller) -> bool:
    return caller.hospitals is None or len(caller.hospitals) > 1


def _row(desk: Desk, case: CaseSummary, who: Who, days: int, *, several: bool) -> CaseRow:
    t, f = desk.t, desk.at(case.hospital)
    steps = [t("cases.open_steps", n=case.open_steps)] if case.open_steps else []
    closed = case.state == "closed"
    return CaseRow(
        case_id=case.case_id,
        path=f"/desk/cases/{case.case_id}",
        who=who,
        hospital=desk.hospital(case.hospital) if several else None,
        stage=t("terms.state_closed") if closed else t(f"terms.stage_{case.stage}"),
        closed=closed,
        owner=t("cases.senior") if case.owner is None else desk.name_of(case.owner),
        since=t("cases.since", day=f.day(case.admitted_at)),
        steps=", ".join(steps) or t("cases.no_steps"),
        tags=tuple(_tags(desk, case, days)),
        why=_why(desk, case),
    )


def _tags(desk: Desk, case: CaseSummary, days: int) -> list[Tag]:
    t = desk.t
    found = []
    if case.overdue_steps:
        found.append(Tag(t("cases.overdue", n=case.overdue_steps), "late", "late"))
    if case.blocked_steps:
        found.append(Tag(t("cases.blocked", n=case.blocked_steps), "block", "block"))
    if days:
        found.append(Tag(t("rows.delay", n=days), "line", "medical"))
    elif case.medically_ready_at is not None and case.state == "open":
        found.append(Tag(t("cases.ready"), "line", "medical"))
    if case.state == "paused":
        found.append(Tag(t("terms.state_paused")))
    return found + flag_tags(desk, case.flags)


def _why(desk: Desk, case: CaseSummary) -> str | None:
    if case.match is None:
        return None
    told = [desk.said(each.title).lower() for each in case.match.why if each.code not in UNREMARKABLE]
    return ", ".join(told) or None
