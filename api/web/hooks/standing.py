"""How a subscription does, in a word and a sentence: the first thing that somebody should see to is said first."""

from __future__ import annotations

from dataclasses import dataclass

from api.views.webhook import StandingView, WebhookView
from api.web.desk import Desk
from marshrut.domain.outward.types import PREFIX, VERSION
from marshrut.ports import SendFault


@dataclass(frozen=True, slots=True)
class Standing:
    """`kind` and `sign` are those of a tag (parts/ui.html), `way` what to do about it."""

    kind: str
    sign: str | None
    tag: str
    text: str
    way: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A subscription in the list."""

    id: str
    name: str
    url: str
    types: str
    hospitals: str
    paused: bool
    standing: Standing


def line_of(desk: Desk, view: WebhookView) -> Line:
    """The subscription as the list shows it."""
    t = desk.t
    types = t("webhooks.all_types") if view.types is None else t("webhooks.n_types", n=len(view.types))
    where = desk.hospitals(view.hospitals)
    paused = view.paused is not None
    return Line(view.id, view.name, view.url, types, where, paused=paused, standing=standing_of(desk, view))


def standing_of(desk: Desk, view: WebhookView) -> Standing:
    """How it does."""
    t, told = desk.t, view.standing
    waits = t("webhooks.waits", n=told.waiting) if told.waiting else ""
    if view.paused is not None:
        gone = view.paused == "gone"
        text = " ".join(filter(None, (t(f"webhooks.paused_{view.paused}"), waits)))
        return Standing("late" if gone else "", "pause", t("webhooks.paused"), text, t(f"webhooks.way_{view.paused}"))
    if told.parked:
        text = " ".join(filter(None, (t("webhooks.parked_said"), waits, _last(desk, told))))
        return Standing("late", "late", t("webhooks.parked", n=told.parked), text, _way(desk, told))
    if told.fault is not None:
        since = told.failing_since or told.failed_at or desk.now
        text = " ".join(filter(None, (_last(desk, told), waits)))
        return Standing("amber", "late", t("webhooks.failing", when=desk.f.when(since)), text, _way(desk, told))
    if told.delivered_at is not None:
        text = " ".join(filter(None, (t("webhooks.last_taken", when=desk.f.when(told.delivered_at)), waits)))
        return Standing("done", "done", t("webhooks.healthy"), text)
    return Standing("line", None, t("webhooks.untried"), waits or t("webhooks.untried_said"), t("webhooks.way_untried"))


def _last(desk: Desk, told: StandingView) -> str:
    """What came of the last try that was not taken."""
    if told.fault is None or told.failed_at is None:
        return ""
    return desk.t("webhooks.last_failed", when=desk.f.when(told.failed_at), fault=fault_of(desk, told.fault))


def _way(desk: Desk, told: StandingView) -> str:
    return "" if told.fault is None else way_of(desk, told.fault)


def fault_of(desk: Desk, fault: SendFault) -> str:
    """Why something was not taken."""
    return desk.t(f"webhooks.fault_{fault.value}")


def way_of(desk: Desk, fault: SendFault) -> str:
    """What to do about that."""
    return desk.t(f"webhooks.fault_{fault.value}_way")


def type_of(desk: Desk, name: str) -> str:
    """What a type of event is called."""
    known = f"webhooks.type_{name.removeprefix(f'{PREFIX}.').removesuffix(f'.{VERSION}').replace('.', '_')}"
    return desk.t(known) if desk.t.knows(known) else name
