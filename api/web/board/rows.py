"""A row of the board: whom it is about, why it does not move, who has it, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.routes.stuck import CauseView, EscalationView, NextRungView, StuckView
from api.views.case import StepView
from api.web.board.words import near
from api.web.chips import Chip
from api.web.desk import Desk
from api.web.people import Who
from marshrut.domain.state import Block
from marshrut.domain.stuck import Why
from marshrut.domain.words import Role

SIGNS: Mapping[Why, str] = {
    Why.OVERDUE: "late",
    Why.BLOCKED: "block",
    Why.SILENT: "silent",
    Why.UNOWNED: "nobody",
    Why.ESCALATED: "bell",
    Why.MEDICALLY_READY: "medical",
}
KINDS: Mapping[Why, str] = {Why.OVERDUE: "late", Why.ESCALATED: "late", Why.BLOCKED: "block"}


def sign(why: Why) -> str:
    """The picture of a cause."""
    return SIGNS.get(why, "bolt")


@dataclass(frozen=True, slots=True)
class Tag:
    """A cause in a few words; `kind` and `sign` as the components know them."""

    text: str
    kind: str
    sign: str


@dataclass(frozen=True, slots=True)
class Row:
    """A step or, with `step_id` None, a whole case.

    `answers`: an escalation waits for an answer, whoever's. `fault`: what the watchdog found, and what helps.
    """

    number: int
    case_id: str
    step_id: str | None
    who: str
    place: str
    tags: tuple[Tag, ...]
    title: str
    holder: str
    lasts: str
    chip: Chip | None
    told: str
    answers: bool
    then: str
    delay: str
    fault: str = ""

    @property
    def way(self) -> str:
        """The way to its case."""
        return f"/desk/cases/{self.case_id}"

    @property
    def clock(self) -> str:
        """The way to the explanation of its clock."""
        return f"/desk/steps/{self.step_id}/clock"

    @property
    def act(self) -> str:
        """The way to what can be done about it."""
        return f"/desk/board/steps/{self.step_id}"


async def stuck_rows(desk: Desk, items: Sequence[StuckView], first: int = 1) -> list[Row]:
    """What is stuck, in its order."""
    people = await _people(desk, {item.case_id for item in items})
    return [_stuck(desk, item, people[item.case_id], number) for number, item in enumerate(items, start=first)]


async def open_rows(desk: Desk, items: Sequence[StepView], first: int = 1) -> list[Row]:
    """Open steps, those first that are due first."""
    people = await _people(desk, {item.case_id for item in items})
    return [_open(desk, item, people[item.case_id], number) for number, item in enumerate(items, start=first)]


def _place(desk: Desk, who: Who, hospital: str) -> str:
    """Where somebody lies; for a reader of several hospitals in which."""
    scope = desk.caller.hospitals
    several = scope is None or len(scope) > 1
    return " · ".join(part for part in (desk.hospital(hospital) if several else "", who.place) if part)


async def _people(desk: Desk, case_ids: Iterable[str]) -> dict[str, Who]:
    return await desk.who(await desk.parts.search.finder.cases(list(case_ids)))


def _stuck(desk: Desk, item: StuckView, who: Who, number: int) -> Row:
    told, answers = _told(desk, item)
    return Row(
        number=number,
        case_id=item.case_id,
        step_id=item.step_id,
        who=who.name,
        place=_place(desk, who, item.hospital),
        tags=_tags(desk, item),
        title=desk.t("board.whole_case") if item.title is None else desk.said(item.title),
        holder=_holder(desk, item),
        lasts="" if item.opened_at is None else _lasts(desk, item.opened_at),
        chip=None if item.clock is None else desk.chip(item.clock, item.hospital),
        told=told,
        answers=answers,
        then=_then(desk, item.next_rung, item.hospital),
        delay=desk.t("shell.days", n=item.delayed_days) if item.delayed_days else "",
        fault="" if item.step_id is not None else _fault(desk, item),
    )


def _fault(desk: Desk, item: StuckView) -> str:
    """Told once, in the row of the case as a whole."""
    return " ".join(desk.said(cause.explained) for cause in item.why if cause.explained is not None)


def _open(desk: Desk, item: StepView, who: Who, number: int) -> Row:
    tags = [_block(desk, block, item.hospital) for block in item.blocks]
    if item.assignee is None:
        tags.append(Tag(desk.t("board.tag_unowned"), "", sign(Why.UNOWNED)))
    return Row(
        number=number,
        case_id=item.case_id,
        step_id=item.step_id,
        who=who.name,
        place=_place(desk, who, item.hospital),
        tags=tuple(tags),
        title=desk.said(item.title),
        holder=_who_has(desk, item.assignee, item.role),
        lasts=_lasts(desk, item.opened_at),
        chip=desk.chip(item.clock, item.hospital),
        told="",
        answers=False,
        then="",
        delay="",
    )


def _lasts(desk: Desk, since: datetime) -> str:
    return desk.f.lasting(max(timedelta(), desk.now - since), desk.t)


def _tags(desk: Desk, item: StuckView) -> tuple[Tag, ...]:
    tags = [Tag(desk.t("board.tag_by_law"), "late", "late")] if item.statutory else []
    return (*tags, *(_tag(desk, cause, item.hospital) for cause in item.why))


def _tag(desk: Desk, cause: CauseView, hospital: str) -> Tag:
    match cause.code:
        case Why.BLOCKED:
            text = _reason(desk, cause.reason, hospital)
            if cause.until is not None:
                text = desk.t("board.beyond", reason=text, day=desk.at(hospital).day(cause.until))
        case Why.SILENT:
            text = desk.t("board.tag_silent", n=(desk.now - cause.since).days)
        case _:
            text = desk.t(f"board.tag_{cause.code.value}")
    return Tag(text, KINDS.get(cause.code, ""), sign(cause.code))


def _block(desk: Desk, block: Block, hospital: str) -> Tag:
    return Tag(_reason(desk, block.reason, hospital), "block", "block")


def _reason(desk: Desk, code: str | None, hospital: str) -> str:
    """Why something is blocked, with its letters of the list of delays."""
    known = desk.parts.catalogue.at(hospital).reasons.get(code or "")
    if known is None:
        return code or desk.t("board.tag_blocked")
    return " · ".join(part for part in (desk.said(known.title), ", ".join(known.delay)) if part)


def _holder(desk: Desk, item: StuckView) -> str:
    if item.holder is None:
        return desk.t("board.of_the_case")
    waits = sorted({cause.responsible for cause in item.why if cause.responsible is not None})
    parties = desk.parts.catalogue.at(item.hospital).parties
    named = [desk.said(parties[party].title) if party in parties else party for party in waits]
    awaited = [desk.t("board.awaiting", party=", ".join(named))] if named else []
    return " · ".join([_who_has(desk, item.holder.user, item.holder.role), *awaited])


def _who_has(desk: Desk, user: str | None, role: Role) -> str:
    if user is None:
        return desk.t("board.nobody_has", role=desk.role(role))
    return desk.name_of(user)


def _told(desk: Desk, item: StuckView) -> tuple[str, bool]:
    """Who has been told last, and whether they have answered."""
    if item.escalations:
        last = item.escalations[-1]
        when = near(desk, last.tell_at, item.hospital)
        if last.tell_at > desk.now:
            return desk.t("board.will_be_told", who=_whom(desk, last), when=when), False
        return desk.t("board.awaits_answer", who=_whom(desk, last), when=when), True
    if item.escalated_to:
        return desk.t("board.answered", who=", ".join(_to(desk, role) for role in item.escalated_to)), False
    return "", False


def _whom(desk: Desk, told: EscalationView) -> str:
    return desk.name_of(told.user) if told.user is not None else _to(desk, told.role)


def _to(desk: Desk, role: Role) -> str:
    return desk.t("board.to_you") if role is desk.caller.role else desk.t(f"board.to_{role.value}")


def _then(desk: Desk, rung: NextRungView | None, hospital: str) -> str:
    if rung is None:
        return ""
    who = ", ".join(dict.fromkeys(_to(desk, role) for role in rung.to))
    return desk.t("board.next_rung", when=near(desk, rung.at, hospital), who=who)
