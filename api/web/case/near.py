"""Those near to the patient: whom the case knows, who may be the one that is looked for, and what was tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from api.people.kinship import against
from api.routes.relatives import CandidateView
from api.views.item import ItemView
from api.web.case.aside import Row, moves
from api.web.case.gathering import Gathered, kin_name
from marshrut.domain.admission import Kin
from marshrut.domain.facts import Attempt, Channel
from marshrut.domain.kin import CLOSED, may_speak

Option = tuple[str, str]
CHANNELS: tuple[str, ...] = get_args(Channel)
RESULTS: tuple[str, ...] = get_args(Attempt.model_fields["result"].annotation)
# By these ways somebody is spoken to; the others are where somebody is heard of, too.
SPOKEN = frozenset({"phone", "visit", "letter", "email", "messenger"})
MISSING = frozenset({"sought", "not_found", "not_needed"})
ANSWERED = frozenset({"answered", "told_something"})
# So many attempts are shown at once, the newest.
LATEST = 4


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody near. `phones`: (as written, as dialled); `forbidden`: why nobody may call.

    `add`: its place among those whom the admission named and nobody has added yet.
    """

    name: str
    sub: str
    phones: tuple[tuple[str, str], ...]
    forbidden: str | None
    note: str
    add: int | None = None


@dataclass(frozen=True, slots=True)
class Forms:
    """What can be chosen. `known`: everybody near; `missing`: those who are looked for."""

    channels: tuple[Option, ...]
    results: tuple[Option, ...]
    sources: tuple[Option, ...]
    kin: tuple[Option, ...]
    known: tuple[Option, ...]
    missing: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """People. `hidden`: not for this reader. `reach`: who may learn where the patient is, where that is closed.

    `earlier`: attempts before the latest. `forms` None: nothing can be added.
    """

    hidden: bool = True
    reach: str | None = None
    contacts: tuple[Contact, ...] = ()
    candidates: tuple[Row, ...] = ()
    attempts: tuple[Row, ...] = ()
    earlier: tuple[Row, ...] = ()
    forms: Forms | None = None


def near(of: Gathered) -> Near:
    """All of it, for whoever may see persons: these care for patients, and add people too."""
    if not of.desk.sees_persons:
        return Near()
    found = of.relatives
    closed = against(found.reach) if found.reach in CLOSED else None
    tried = tuple(_attempt(item, of) for item in found.attempts)
    return Near(
        hidden=False,
        reach=None if closed is None else of.desk.said(closed.title),
        contacts=(*_relatives(of), *_named(of)),
        candidates=tuple(_candidate(each, of) for each in found.candidates),
        attempts=tried[:LATEST],
        earlier=tried[LATEST:],
        forms=None if of.state.closed or of.reads_only else _forms(of),
    )


def _forms(of: Gathered) -> Forms:
    t, kin = of.desk.t, of.kin()
    return Forms(
        channels=tuple((code, t(f"near.by_{code}")) for code in CHANNELS),
        results=tuple((code, t(f"near.came_{code}")) for code in RESULTS),
        sources=tuple((code, t(f"near.by_{code}")) for code in CHANNELS if code not in SPOKEN),
        kin=tuple((each.value, t(f"case.kin_{each}")) for each in Kin if t.knows(f"case.kin_{each}")),
        known=tuple(kin.items()),
        missing=tuple((item.item_id, kin[item.item_id]) for item in of.relatives.relatives if item.status in MISSING),
    )


def _relatives(of: Gathered) -> tuple[Contact, ...]:
    found: list[Contact] = []
    for item in of.relatives.relatives:
        why = against(may_speak(of.state, of.state.items[item.item_id]))
        found.append(
            Contact(
                name=kin_name(item, of.voice),
                sub=of.desk.said(item.status_title).lower(),
                phones=_phones(item.facts.get("phones")),
                forbidden=None if why is None else of.desk.said(why.title),
                note=str(item.facts.get("note") or ""),
            )
        )
    return tuple(found)


def _named(of: Gathered) -> tuple[Contact, ...]:
    """Whom the admission named and nobody has added to the case."""
    stands = against(may_speak(of.state, None))
    forbidden = None if stands is None else of.desk.said(stands.title)
    t = of.desk.t
    found: list[Contact] = []
    for number, each in enumerate(of.relatives.contacts or ()):
        # What nobody has mapped is the hospital's own word, and said to be.
        relation = t(f"case.kin_{each.kin}") if each.kin else t("near.as_written", relation=each.relation)
        name = ", ".join(part for part in (each.name, relation if each.kin or each.relation else "") if part)
        found.append(Contact(name, t("near.named_at_admission"), _phones(each.phones), forbidden, "", add=number))
    return tuple(found)


def _phones(written: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(written, list | tuple):
        return ()
    return tuple((str(each), "".join(sign for sign in str(each) if sign.isdigit() or sign == "+")) for each in written)


def _candidate(view: CandidateView, of: Gathered) -> Row:
    """How alike the names are and why; whether it is this person somebody has to say."""
    t, facts = of.desk.t, view.facts
    who = of.kin().get(str(facts.get("relative")))
    reasons = ", ".join(of.desk.said(each.title).lower() for each in view.why)
    parts = [
        of.desk.said(view.status_title).lower(),
        "" if view.score is None else t("near.alike", score=view.score),
        reasons,
        t("near.looks_for_patient") if who is None else t("near.may_be", who=who),
        *([_by(str(facts["source"]), of)] if facts.get("source") else []),
        *(written for written, _ in _phones(facts.get("phones"))),
        str(facts.get("note") or ""),
    ]
    sign = {"confirmed": "done", "rejected": "no"}.get(view.status, "open")
    title = str(facts.get("name") or of.desk.said(view.title))
    return Row(sign, title, _line(parts), view.item_id, moves(view, of))


def _attempt(item: ItemView, of: Gathered) -> Row:
    t, facts, result = of.desk.t, item.facts, str(item.facts.get("result"))
    title = t("near.tried", channel=_by(str(facts.get("channel")), of), result=t(f"near.came_{result}").lower())
    parts = [
        of.voice.formats.when(item.moved_at),
        of.desk.name_of(item.moved_by),
        of.kin().get(str(facts.get("relative")), ""),
        str(facts.get("note") or ""),
    ]
    sign = "done" if result in ANSWERED else "open" if result == "no_answer" else "no"
    return Row(sign, title, _line(parts), item.item_id)


def _by(code: str, of: Gathered) -> str:
    """From where somebody is known, or by which way they were tried; a code of another system as it stands."""
    key = f"near.by_{code}"
    return of.desk.t(key) if of.desk.t.knows(key) else code.replace("_", " ")


def _line(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)
