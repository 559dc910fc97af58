"""What happened, newest first, with both times: when it was so and when it was recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api.views.case import EventView
from api.web.case.gathering import Gathered
from marshrut.domain.consents import WITHDRAWN
from marshrut.domain.pressing import REMINDER
from marshrut.domain.state import ADHOC
from marshrut.domain.words import ItemKind, Role

# Told at once, so that one time is enough; and so late that it counts as entered from paper.
AT_ONCE, LATE = timedelta(minutes=5), timedelta(hours=4)
# What the engine notes for itself says nothing to people.
SILENT = frozenset(
    {
        "decided",
        "race_won",
        "instant_set",
        "instant_reached",
        "instant_withdrawn",
        "clocks_recomputed",
        "calendar_replaced",
        "track_started",
        "person_changed",
    }
)
# What follows from what people did: shown where all of it is asked for.
FOLLOWS = frozenset({"step_opened", "track_finished", "people_told"})
TELLS = frozenset(
    {
        ItemKind.DOCUMENT,
        ItemKind.APPLICATION,
        ItemKind.REFERRAL,
        ItemKind.INSTITUTION,
        ItemKind.VOUCHER,
        ItemKind.CANDIDATE,
        ItemKind.SUPPORT_REQUEST,
        ItemKind.CONSENT,
    }
)
# Before somebody has done anything about it.
NOT_YET = frozenset({"needed", "proposed", "awaited", "sought", "asked"})
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened. `recorded`: when it was written down, in words; `late`: long after. `dot`: its kind."""

    seq: int
    when: str
    recorded: str
    late: bool
    dot: str
    title: str
    sub: str
    text: str


def timeline(of: Gathered, *, whole: bool = False) -> tuple[Line, ...]:
    """The part of the history that was asked for; `whole`: with what the route did by itself."""
    return tuple(_line(event, of) for event in of.events if event.kind not in SILENT and (whole or _tells(event, of)))


def _tells(event: EventView, of: Gathered) -> bool:
    """Whether people did it, or have to know it."""
    if event.role is not Role.SYSTEM:
        return event.kind not in FOLLOWS or event.data.get("track") == ADHOC or event.data.get("occasion") == REMINDER
    if event.kind not in {"item_added", "item_moved"}:
        return event.kind not in FOLLOWS
    item = of.state.items.get(str(event.data.get("item_id")))
    return item is not None and item.kind in TELLS and event.data.get("status") not in NOT_YET


def _line(event: EventView, of: Gathered) -> Line:
    f, t = of.voice.formats, of.desk.t
    gap = event.recorded_at - event.occurred_at
    late = gap >= LATE or (gap > AT_ONCE and f.local(event.recorded_at).date() != f.local(event.occurred_at).date())
    same_day = f.local(event.recorded_at).date() == f.local(event.occurred_at).date()
    recorded = f.clock(event.recorded_at) if same_day else f.when(event.recorded_at)
    dot, title, sub = _said(event, of)
    return Line(
        seq=event.seq,
        when=f.when(event.occurred_at),
        recorded=t("case.at_once") if gap <= AT_ONCE else t("case.recorded", when=recorded),
        late=late,
        dot=dot,
        title=title,
        sub=" · ".join(part for part in (_who(event, of), sub, t("case.backdated") if late else "") if part),
        text=_text(event),
    )


def _who(event: EventView, of: Gathered) -> str:
    """Who said so."""
    if event.role is Role.SYSTEM:
        return of.desk.t("case.by_system")
    return of.voice.names.partner(event.actor) if event.role is Role.PARTNER else of.desk.name_of(event.actor)


def _text(event: EventView) -> str:
    """What somebody wrote, as far as the reader may see it."""
    told = event.text or {}
    facts = told.get("facts")
    said = [told.get("note"), told.get("text"), told.get("sentence")]
    if isinstance(facts, dict):
        said.append(facts.get("note"))
    outcome = told.get("outcome")
    if isinstance(outcome, dict):
        said += [value for value in outcome.values() if isinstance(value, str)]
    return " · ".join(str(each) for each in said if each)


def _said(event: EventView, of: Gathered) -> tuple[str, str, str]:
    """Its dot, what it says, and a line of detail."""
    told = TELLING.get(event.kind)
    if told is not None:
        return told(event.data, of)
    key = f"case.ev_{event.kind}"
    return "sys", of.desk.t(key) if of.desk.t.knows(key) else event.kind.replace("_", " "), ""


def _step(data: Data, of: Gathered) -> str:
    step = of.state.steps.get(str(data.get("step_id")))
    if step is None:
        return ""
    return of.titles().get(step.step_id, of.voice.names.step(f"{step.track}.{step.name}"))


def _opened(data: Data, of: Gathered) -> tuple[str, str, str]:
    due = (data.get("clock") or {}).get("times", {}).get("due_at")
    sub = "" if due is None else of.desk.t("case.ev_due", when=_when(due, of))
    return "sys", of.desk.t("case.ev_step_opened", step=_step(data, of)), sub


def _completed(data: Data, of: Gathered) -> tuple[str, str, str]:
    step = of.state.steps.get(str(data.get("step_id")))
    outcome = data.get("outcome") or {}
    if step is None:
        return "done", of.desk.t("case.ev_step_completed", step="", result=str(outcome.get("result"))), ""
    name = f"{step.track}.{step.name}"
    result = of.voice.names.result(name, str(outcome.get("result")))
    more = [
        of.voice.names.filled(field, str(code))
        for field, value in outcome.items()
        if field != "result"
        for code in (value if isinstance(value, list | tuple) else [value])
        if isinstance(code, str) and "T" not in code and "." not in code
    ]
    return "done", of.desk.t("case.ev_step_completed", step=_step(data, of), result=result.lower()), ", ".join(more)


def _blocked(data: Data, of: Gathered) -> tuple[str, str, str]:
    names, t = of.voice.names, of.desk.t
    until = data.get("until")
    parts = [t("case.responsible", who=names.party(str(data.get("responsible"))))]
    parts.append(t("case.until_unknown") if until is None else t("case.until", day=_day(until, of)))
    title = t("case.ev_step_blocked", reason=names.reason(str(data.get("reason"))).lower())
    return "block", title, " · ".join((_step(data, of), *parts))


def _of_step(key: str, dot: str = "") -> Callable[[Data, Gathered], tuple[str, str, str]]:
    def tell(data: Data, of: Gathered) -> tuple[str, str, str]:
        ended = of.desk.t("case_rights.ended") if data.get("reason") == WITHDRAWN else ""
        return dot, of.desk.t(f"case.ev_{key}", step=_step(data, of)), ended

    return tell


def _assigned(data: Data, of: Gathered) -> tuple[str, str, str]:
    who = of.desk.name_of(str(data.get("assignee")))
    return "", of.desk.t("case.ev_step_assigned", step=_step(data, of), who=who), ""


def _extended(data: Data, of: Gathered) -> tuple[str, str, str]:
    due = data.get("times", {}).get("due_at")
    return "", of.desk.t("case.ev_step_extended", step=_step(data, of), when=_when(due, of)), ""


def _escalated(data: Data, of: Gathered) -> tuple[str, str, str]:
    rung = str(data.get("rung"))
    return "late" if rung != "owner" else "sys", of.desk.t("case.ev_step_escalated", step=_step(data, of)), ""


def _reported(data: Data, of: Gathered) -> tuple[str, str, str]:
    report = str(data.get("report"))
    parts = [str(data[name]) for name in ("ward", "bed") if data.get(name)]
    if data.get("expected_at"):
        parts.append(_when(data["expected_at"], of))
    if data.get("late"):
        parts.append(of.desk.t("case.ev_late_news"))
    dot = "done" if report == "medically_ready" else "late" if report in {"died", "left"} else ""
    return dot, of.voice.names.word("reports", report), ", ".join(parts)


def _item(data: Data, of: Gathered) -> tuple[str, str, str]:
    item = of.state.items.get(str(data.get("item_id")))
    if item is None:
        return "", of.desk.t("case.ev_item_moved"), ""
    names = of.voice.names
    told = (data.get("facts") or {}).get("on_hold") == data.get("status")
    status = of.desk.t("case.put_aside") if told else names.stands(item.kind, str(data.get("status")))
    kind = names.word("items", item.kind)
    name = names.item(item)
    dot = "late" if data.get("status") in {"declined", "refused", "rejected", "failed"} else ""
    title = f"{kind}: {status.lower()}" if name == kind else f"{kind} «{name}»: {status.lower()}"
    return dot, title, ""


def _flags(data: Data, of: Gathered) -> tuple[str, str, str]:
    t = of.desk.t
    added = ", ".join(t(f"terms.flag_{flag}") for flag in data.get("added", ()))
    removed = ", ".join(t(f"terms.flag_{flag}") for flag in data.get("removed", ()))
    parts = [t("case.ev_flags_added", what=added)] if added else []
    parts += [t("case.ev_flags_removed", what=removed)] if removed else []
    text = "; ".join(parts)
    if because := data.get("because"):
        text = t("case.ev_flags_because", text=text, why=t(f"terms.protection_{because}"))
    return "", text, ""


def _owner(data: Data, of: Gathered) -> tuple[str, str, str]:
    owner = data.get("owner")
    # Without an owner the hospital's senior coordinator answers for the case.
    who = of.desk.role(Role.SUPERVISOR) if owner is None else of.desk.name_of(str(owner))
    return "", of.desk.t("case.ev_owner_changed", who=who), ""


def _closed(data: Data, of: Gathered) -> tuple[str, str, str]:
    ending = of.voice.names.word("endings", str(data.get("ending")))
    return "done", of.desk.t("case.ev_case_closed", ending=ending.lower()), ""


def _track_over(data: Data, of: Gathered) -> tuple[str, str, str]:
    track = str(data.get("track")).split(".", 1)[0]
    result = of.voice.names.came_of(track, str(data.get("result")))
    return "sys", of.desk.t("case.ev_track_finished", track=of.voice.names.part(track), result=result.lower()), ""


def _scored(data: Data, of: Gathered) -> tuple[str, str, str]:
    entry = of.voice.names.tables.instruments.get(str(data.get("instrument")))
    title = str(data.get("instrument")) if entry is None else of.voice.names.said(entry.title)
    score = data.get("score")
    return "", of.desk.t("case.ev_instrument_scored", what=title, score="—" if score is None else score), ""


def _told(data: Data, of: Gathered) -> tuple[str, str, str]:
    step = of.state.steps.get(str(data.get("about")))
    if step is not None and data.get("occasion") == REMINDER:
        return "", of.desk.t("case.ev_reminded", step=_step({"step_id": step.step_id}, of)), ""
    role, user = str(data.get("role")), data.get("user")
    who = of.desk.t(f"terms.role_{role}") if user is None else of.desk.name_of(str(user))
    return "sys", of.desk.t("case.ev_people_told", who=who), ""


def _transferred(data: Data, of: Gathered) -> tuple[str, str, str]:
    return "", of.desk.t("case.ev_case_transferred", where=of.desk.hospital(str(data.get("hospital")))), ""


def _when(moment: object, of: Gathered) -> str:
    return "" if moment is None else of.voice.formats.when(_instant(moment))


def _day(moment: object, of: Gathered) -> str:
    return of.voice.formats.day(_instant(moment))


def _instant(moment: object) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))


TELLING: Mapping[str, Callable[[Data, Gathered], tuple[str, str, str]]] = {
    "step_opened": _opened,
    "step_completed": _completed,
    "step_blocked": _blocked,
    "step_unblocked": _of_step("step_unblocked"),
    "step_claimed": _assigned,
    "step_assigned": _assigned,
    "step_released": _of_step("step_released"),
    "step_extended": _extended,
    "step_escalated": _escalated,
    "step_commented": _of_step("step_commented"),
    "step_cancelled": _of_step("step_cancelled", "sys"),
    "cancel_requested": _of_step("cancel_requested"),
    "cancel_denied": _of_step("cancel_denied"),
    "reported": _reported,
    "item_added": _item,
    "item_moved": _item,
    "flags_changed": _flags,
    "owner_changed": _owner,
    "case_closed": _closed,
    "track_finished": _track_over,
    "instrument_scored": _scored,
    "case_transferred": _transferred,
    "people_told": _told,
}
