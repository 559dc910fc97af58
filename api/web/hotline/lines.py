"""An enquiry as a line of a list."""

from __future__ import annotations

from dataclasses import dataclass

from api.access import HEARERS
from api.routes.enquiries import EnquiryView
from api.web.chips import Chip
from api.web.desk import Desk

SHORT = 140


@dataclass(frozen=True, slots=True)
class Line:
    """An enquiry in a list."""

    case_id: str
    path: str
    what: str
    who: str
    sub: str
    chip: Chip | None
    closed: bool


def line_of(desk: Desk, view: EnquiryView) -> Line:
    """In words, for whoever answers enquiries."""
    asker = view.asker or {}
    f = desk.at(view.centre)
    # Whoever has the enquiry may have added a step of their own.
    known = desk.t.knows(f"hotline.step_{view.step}")
    step = "" if view.step is None else desk.t(f"hotline.step_{view.step}" if known else "hotline.step_own")
    who = asker.get("name") or asker.get("phone") or asker.get("email") or nobody(desk)
    person = about_of(view)
    told_of = [desk.t("hotline.about", who=person)] if person else []
    topic = desk.t(f"hotline.topic_{view.topic or 'other'}")
    channel = desk.t(f"hotline.channel_{view.channel or 'phone'}")
    sentence = (view.sentence or "") if hears(desk) else topic.capitalize()
    return Line(
        case_id=view.case_id,
        path=f"/desk/hotline/{view.case_id}",
        what=sentence if len(sentence) <= SHORT else f"{sentence[:SHORT].rstrip()}…",
        who=" · ".join([who, *told_of]),
        sub=" · ".join(part for part in (channel, topic, f.when(view.asked_at), step) if part),
        chip=None if view.clock is None else desk.chip(view.clock, view.centre),
        closed=view.state == "closed",
    )


def hears(desk: Desk) -> bool:
    """Whether the reader is told who asks, about whom and in which words."""
    return desk.caller.role in HEARERS


def nobody(desk: Desk) -> str:
    """What stands where no name does: nobody gave one, or it is not for this reader."""
    return desk.t("hotline.nameless" if hears(desk) else "shell.hidden")


def about_of(view: EnquiryView) -> str:
    """Whom it is about, as far as somebody said."""
    about = view.about or {}
    return " ".join(str(about[part]) for part in ("family", "given", "patronymic") if about.get(part))
