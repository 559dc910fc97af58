"""What was sent to a subscriber and what is to be: rows of the log, and one delivery with each of its sendings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from api.views.webhook import AttemptView, DeliveryCard, DeliveryView
from api.web.desk import Desk
from api.web.hooks.standing import Line, fault_of, type_of, way_of
from marshrut.ports import DeliveryState

KINDS: Mapping[DeliveryState, str] = {
    DeliveryState.PENDING: "open",
    DeliveryState.DELIVERED: "done",
    DeliveryState.PARKED: "late",
    DeliveryState.DISCARDED: "line",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery in the log. `text` says when it was taken or will be tried, `fault` what was in the way."""

    id: str
    path: str
    when: str
    title: str
    type: str
    case_id: str
    of_case: str
    state: str
    kind: str
    text: str
    fault: str


@dataclass(frozen=True, slots=True)
class Try:
    """One sending."""

    number: int
    when: str
    took: str
    said: str
    good: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery with everything; `way`: what to do about its fault."""

    row: Row
    event: str
    tries: tuple[Try, ...]
    way: str
    parked: bool


def row_of(desk: Desk, line: Line, view: DeliveryView) -> Row:
    """A delivery as the log shows it."""
    t = desk.t
    at, due = (None if each is None else desk.f.when(each) for each in (view.finished_at, view.due_at))
    pending = t("webhooks.due", when=due) if view.due_at > desk.now else t("webhooks.due_now")
    text = {
        DeliveryState.PENDING: t("webhooks.due_paused") if line.paused else pending,
        DeliveryState.DELIVERED: at or "",
        DeliveryState.PARKED: t("webhooks.parked_way"),
        DeliveryState.DISCARDED: at or "",
    }[view.state]
    tried = t("webhooks.tries", n=view.attempts) if view.attempts else ""
    here = f"/desk/webhooks/{line.id}"
    return Row(
        id=view.id,
        path=f"{here}/deliveries/{view.id}",
        when=desk.f.when(view.at),
        title=type_of(desk, view.type),
        type=view.type,
        case_id=view.case_id,
        of_case=f"{here}?{urlencode({'case': view.case_id})}",
        state=t(f"webhooks.is_{view.state.value}"),
        kind="amber" if view.state is DeliveryState.PENDING and view.fault else KINDS[view.state],
        text=" · ".join(filter(None, (text, tried))),
        fault="" if view.fault is None else fault_of(desk, view.fault),
    )


def sent_of(desk: Desk, line: Line, card: DeliveryCard) -> Sent:
    """One delivery."""
    return Sent(
        row=row_of(desk, line, card),
        event=json.dumps(card.event, ensure_ascii=False, indent=2),
        tries=tuple(_try(desk, each) for each in card.log),
        way="" if card.fault is None else way_of(desk, card.fault),
        parked=card.state is DeliveryState.PARKED,
    )


def _try(desk: Desk, view: AttemptView) -> Try:
    fault = desk.t("webhooks.taken") if view.fault is None else fault_of(desk, view.fault)
    said = fault if view.status is None else desk.t("webhooks.answered", status=view.status, said=fault)
    took = desk.t("webhooks.took", ms=desk.f.number(view.took_ms))
    return Try(view.attempt, desk.f.when(view.at), took, said, view.fault is None)
