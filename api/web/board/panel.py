"""What is about to be done to steps, and what became of it: the board's panel below the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from api.bulk.views import BulkAnswer, BulkItem, BulkState, StandsView
from api.web.board.filters import Filters
from api.web.board.words import days_off, more_in_words, told_when, whom
from api.web.desk import Desk
from api.web.faults import FaultPage
from api.web.people import Who

KINDS: Mapping[BulkState, str] = {"possible": "done", "done": "done", "refused": "late", "pending": "amber"}
SIGNS: Mapping[BulkState, str] = {"possible": "done", "done": "done", "refused": "no", "pending": "clock"}


@dataclass(frozen=True, slots=True)
class Line:
    """A step: whom it is about, what it is called, what would be or is so, in words."""

    step_id: str
    who: str
    title: str
    text: str
    state: str
    kind: str
    sign: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody to whom steps can be given."""

    user: str
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """An action: what was chosen for it (`said`, by field), and each step's line.

    `steps`: what a run names. `counts`: so far, by state; `left`: steps still to be run; `later`: it is not the
    first slice.
    """

    action: str
    stage: str
    title: str
    aside: str
    filters: Filters
    said: Mapping[str, str]
    key: str
    lines: Sequence[Line] = ()
    steps: Sequence[str] = ()
    left: Sequence[str] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    choices: Sequence[Choice] = ()
    fault: FaultPage | None = None
    more: bool = False
    button: str = ""
    later: bool = False

    @property
    def progress(self) -> int:
        """Per cent of the steps that have been run."""
        ran = sum(self.counts.values())
        return round(100 * ran / (ran + len(self.left))) if ran else 0


async def lines(desk: Desk, answer: BulkAnswer) -> list[Line]:
    """Each step of an answer in words."""
    ids = {item.case_id for item in answer.items if item.case_id is not None}
    people = await desk.who(await desk.parts.search.finder.cases(list(ids)))
    return [_line(desk, answer, item, people.get(item.case_id or "")) for item in answer.items]


def _line(desk: Desk, answer: BulkAnswer, item: BulkItem, who: Who | None) -> Line:
    return Line(
        step_id=item.step_id,
        who=desk.t("board.step_gone") if who is None else who.name,
        title="" if item.title is None else desk.said(item.title),
        text=_text(desk, answer, item),
        state=desk.t(f"board.is_{item.state}"),
        kind=KINDS[item.state],
        sign=SIGNS[item.state],
    )


def _text(desk: Desk, answer: BulkAnswer, item: BulkItem) -> str:
    if item.state == "refused":
        return _refused(desk, item)
    if item.state == "pending":
        return desk.t("board.pending_line")
    before, after = item.before, item.after
    if before is None or after is None:
        return ""
    match answer.action:
        case "extend":
            return _extended(desk, item, before, after)
        case "assign":
            names = [
                desk.t("board.no_holder") if each is None else desk.name_of(each)
                for each in (before.assignee, after.assignee)
            ]
            return " → ".join(names)
        case _:
            return _told(desk, item)


def _told(desk: Desk, item: BulkItem) -> str:
    if not item.told:  # said again: it was told then
        return desk.t("board.told_before")
    said = [
        desk.t("board.will_know", who=whom(desk, each.role, each.user), when=told_when(desk, each.at, item.hospital))
        for each in item.told
    ]
    return "; ".join(said)


def _extended(desk: Desk, item: BulkItem, before: StandsView, after: StandsView) -> str:
    f = desk.at(item.hospital)
    text = desk.t("board.due_moves", was=_when(desk, before.due_at, item), now=_when(desk, after.due_at, item))
    if item.skipped:
        text = desk.t("board.with_days_off", text=text, days=days_off(desk, item.skipped))
    was, now = before.next_rung, after.next_rung
    if was is not None and now is not None and (was.name, was.at) != (now.name, now.at):
        who = ", ".join(dict.fromkeys(whom(desk, role, None) for role in now.to))
        text = desk.t("board.rung_moves", text=text, who=who, when=f.when(now.at))
    return text


def _when(desk: Desk, at: datetime | None, item: BulkItem) -> str:
    return "—" if at is None else desk.at(item.hospital).when(at)


def _refused(desk: Desk, item: BulkItem) -> str:
    said = item.code or ""
    if item.reason is not None:
        said = desk.said(item.reason)
    if (again_at := item.details.get("again_at")) is not None:
        when = desk.at(item.hospital).when(datetime.fromisoformat(again_at))
        return desk.t("board.reminded_until", when=when)
    if (deputy := item.details.get("deputy")) is not None:
        return desk.t("board.absent_deputy", name=desk.name_of(deputy))
    return said[:1].lower() + said[1:]


def title(desk: Desk, answer: BulkAnswer, said: Mapping[str, str]) -> str:
    """What would be done, and to how many."""
    what = doing(desk, answer.action, said)
    return desk.t("board.dry_title", what=what, possible=answer.possible, refused=answer.refused)


def doing(desk: Desk, action: str, said: Mapping[str, str]) -> str:
    """The action in words: "продлить на 2 раб. дня"."""
    if action == "extend":
        return desk.t("board.do_extend", more=more_in_words(desk, said))
    if action == "assign" and "assignee" in said:
        return desk.t("board.do_assign", name=desk.name_of(said["assignee"]))
    return desk.t(f"board.do_{action}_plain")
