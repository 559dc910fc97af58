"""What stands beside the steps: papers, referrals, the plan, the psychologist's talks. People: `near`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.views.item import ItemView
from api.web.case.gathering import Gathered
from marshrut.domain.consents import STOPPED
from marshrut.domain.facts import put_aside
from marshrut.domain.moves import CARE
from marshrut.domain.partner_answers import NEEDS_TOLD, open_to
from marshrut.domain.words import ItemKind

THERE, ASKED = frozenset({"issued", "handed_over"}), frozenset({"requested", "submitted"})
GONE = frozenset({"rejected", "expired", "given_up"})
NO = frozenset({"declined", "failed", "recalled", "refused", "withdrawn"})
PLAIN = {
    "met": "done",
    "planned": "claimed",
    "agreed": "claimed",
    "declined": "no",
    "left_out": "no",
    "withdrawn": "no",
}
YES = frozenset({"done", "handed_over", "accepted", "in_progress", "arrived", "issued", "used", "reserved"})


@dataclass(frozen=True, slots=True)
class LinkRow:
    """How a referral's link for its partner stands, and the form to issue one; `consent`: what the patient said."""

    told: str
    consent: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line with a sign: done, claimed, open, no, block. `link`: where a partner may be given a link to answer it."""

    sign: str
    title: str
    sub: str
    item_id: str = ""
    can: tuple[tuple[str, str], ...] = ()
    link: LinkRow | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Aside:
    """The column beside."""

    papers: tuple[Row, ...]
    referrals: tuple[Group, ...]
    needs: tuple[Row, ...]
    route: tuple[Row, ...]
    psychology: tuple[Row, ...]
    code: str | None


def aside(of: Gathered) -> Aside:
    """All of it."""
    return Aside(
        papers=tuple(_paper(item, of) for item in (*of.items[ItemKind.DOCUMENT], *of.items[ItemKind.APPLICATION])),
        referrals=_referrals(of),
        needs=tuple(_plain(item, of) for item in of.items[ItemKind.NEED]),
        route=tuple(_plain(item, of) for item in of.items[ItemKind.ENTRY]),
        psychology=_psychology(of),
        code=of.card.inquiry,
    )


def _sign(status: str) -> str:
    if status in THERE:
        return "done"
    return "claimed" if status in ASKED else "no" if status in GONE else "open"


def _paper(item: ItemView, of: Gathered) -> Row:
    f, t = of.voice.formats, of.desk.t
    parts = [f"{of.desk.said(item.status_title).lower()}, {f.day(item.moved_at)}"]
    waits = item.facts.get("waits_on") or ()
    if isinstance(waits, list | tuple) and waits:
        parts.append(t("case.after", what=", ".join(of.voice.names.paper(str(each)) for each in waits)))
    if item.facts.get("form") == "electronic":
        parts.append(of.voice.names.filled("signature", str(item.facts.get("signature") or "unchecked")).lower())
    if number := item.facts.get("number") or item.facts.get("receipt"):
        parts.append(t("case.number", number=number))
    if item.expires_at is not None and item.status in THERE:
        parts.append(t("case.good_until", day=f.day(item.expires_at)))
    return Row(_sign(item.status), of.desk.said(item.title), " · ".join(parts), item.item_id, moves(item, of))


def moves(item: ItemView, of: Gathered) -> tuple[tuple[str, str], ...]:
    """How an item may stand next, by this reader's word: (status, what it is called)."""
    return tuple((status, of.voice.names.word("statuses", status)) for status in item.can)


def _referrals(of: Gathered) -> tuple[Group, ...]:
    """By programme or kind, each asking in its order."""
    groups: dict[str, list[Row]] = {}
    for item in (*of.items[ItemKind.REFERRAL], *of.items[ItemKind.INSTITUTION], *of.items[ItemKind.VOUCHER]):
        partner = item.facts.get("partner")
        referral = item.kind is ItemKind.REFERRAL
        group = of.desk.said(item.title) if referral else of.voice.names.word("items", item.kind)
        title = of.voice.names.partner(str(partner)) if referral else of.desk.said(item.title)
        sign = "no" if item.status in NO else "done" if item.status in YES else "claimed"
        row = Row(sign, title, _asking(item, of), item.item_id, moves(item, of), _link(item, of))
        groups.setdefault(group, []).append(row)
    return tuple(Group(title, tuple(rows)) for title, rows in groups.items())


def _link(item: ItemView, of: Gathered) -> LinkRow | None:
    """While there is something to answer, whoever cares may hand the partner a link."""
    stands, partner = of.state.items[item.item_id], str(item.facts.get("partner"))
    if of.desk.caller.role not in CARE or of.state.closed or of.reads_only or not open_to(stands, partner):
        return None
    link, f, t = of.links.get(item.item_id), of.voice.formats, of.desk.t
    told = ""
    if link is not None:
        used = link.command_id is not None
        told = t("case.link_used" if used else "case.link_issued", day=f.when(link.claimed_at or link.issued_at))
    said = next((each.status for each in of.state.items_of(ItemKind.CONSENT) if each.name == NEEDS_TOLD), "")
    return LinkRow(told, {"given": "yes"}.get(said, "no" if said in STOPPED else ""))


def _asking(item: ItemView, of: Gathered) -> str:
    f, t = of.voice.formats, of.desk.t
    stands = of.state.items[item.item_id]
    parts = [f"{of.desk.said(item.status_title).lower()}, {f.day(item.moved_at)}"]
    if put_aside(stands):
        until = item.facts.get("held_until")
        aside = t("case.put_aside").lower()
        parts.append(f"{aside}, {f.day(datetime.fromisoformat(until))}" if isinstance(until, str) else aside)
    if reason := item.facts.get("reason"):
        parts.append(of.voice.names.filled("reason", str(reason)).lower())
    if item.expires_at is not None and item.status == "requested":
        parts.append(t("case.answer_by", when=f.when(item.expires_at)))
    if consultant := item.facts.get("consultant"):
        parts.append(t("case.consultant", who=consultant))
    return " · ".join(parts)


def _plain(item: ItemView, of: Gathered) -> Row:
    because = ", ".join(of.desk.said(each.title) for each in item.because)
    parts = [of.desk.said(item.status_title).lower(), because]
    title, sub = of.desk.said(item.title), " · ".join(part for part in parts if part)
    # A plan is made and reviewed by steps; only what waits for somebody's word is moved here.
    can = moves(item, of) if item.kind is ItemKind.NEED or item.status == "wanted" else ()
    return Row(PLAIN.get(item.status, "open"), title, sub, item.item_id, can)


def _psychology(of: Gathered) -> tuple[Row, ...]:
    """Codes alone: what was said in a talk is for psychologists."""
    view, t, f = of.card.psychology, of.desk.t, of.voice.formats
    rows: list[Row] = []
    if view.crisis != "none":
        sub = (
            ""
            if view.observe is None
            else t("case.observe", how=of.voice.names.filled("observe", view.observe).lower())
        )
        rows.append(Row("block" if view.crisis == "open" else "done", t(f"case.crisis_{view.crisis}"), sub))
    kin = of.kin()
    for client in view.clients:
        who = t("case.the_patient") if client.client == "patient" else kin.get(client.client, t("case.somebody_near"))
        parts = [of.desk.said(client.status_title).lower()]
        if client.attended or client.planned or client.missed:
            parts.append(t("case.talks", attended=client.attended, planned=client.planned, missed=client.missed))
        if client.next_at is not None:
            parts.append(t("case.next_talk", when=f.when(client.next_at)))
        sign = "done" if client.status == "helped" else "no" if client.status in {"refused", "withdrawn"} else "claimed"
        rows.append(Row(sign, t("case.talks_with", who=who), " · ".join(parts)))
    for need in view.family:
        status = of.desk.said(need.status_title).lower()
        rows.append(Row("done" if need.status == "met" else "open", of.desk.said(need.title), status))
    return tuple(rows)
