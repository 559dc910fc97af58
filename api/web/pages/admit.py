"""Taking in a referral "without application": a hospital and one sentence are enough; what follows is told before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import REFERRERS, SEE_PERSONS
from api.people.kinship import why
from api.problems import KINDS
from api.routes.admissions import admitted
from api.web.admission_form import ASKING, AT, FLAGS, Typed, checked, refused
from api.web.case_rows import UNREMARKABLE
from api.web.choices import own_hospitals
from api.web.desk import Desk, of
from api.web.forms import sent
from api.web.pages.case import onward
from marshrut.domain.guarding import Guard, guard, hidden
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, Variant
from marshrut.ports import Arrived, CaseFilter, Format, Unfit

router = APIRouter()

OfReferrer = Annotated[Desk, Depends(of(REFERRERS))]

FIRST = "contact.first_contact"
ALIKE = 5
# A family name alone is no reason to tell that a child is here.
SURE = 80


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who may be the same person: never joined by us, but shown before a second case is opened."""

    path: str
    name: str
    place: str
    why: str | None


@dataclass(frozen=True, slots=True)
class Consequences:
    """What will follow: `due`: until when the first contact is due; `more`: what the marks bring about."""

    due: str | None
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Admit:
    """The form. `hospitals`: (code, name); `flags`: (flag, name); `wrong`: by field what is wrong, in its order.

    `guarded`: a child so called is here, whose case those alone see who work on it.
    """

    typed: Typed
    hospitals: tuple[tuple[str, str], ...]
    flags: tuple[tuple[Flag, str], ...]
    asking: tuple[str, ...]
    wrong: Mapping[str, str]
    key: str
    alike: tuple[Alike, ...]
    guarded: bool
    sees: bool
    next: Consequences


@router.get("/admit")
async def form(desk: OfReferrer) -> Response:
    """The empty form."""
    facility = next(iter(own_hospitals(desk)), "")
    f = desk.at(facility)
    typed = Typed(facility, at=f"{f.local(desk.now):{AT}}")
    return await _shown(desk, typed, {}, desk.key())


@router.post("/admit/beside")
async def beside(request: Request, desk: OfReferrer) -> Response:
    """While somebody types: who may be the same person, and what will follow."""
    typed = Typed.of(await sent(request), "")
    return desk.part("parts/admit_beside.html", await _page(desk, typed, {}, ""))


@router.post("/admit")
async def admit(request: Request, desk: OfReferrer) -> Response:
    """Open the case, or show what has to be mended; nothing that was typed is lost."""
    given = await sent(request)
    typed = Typed.of(given, next(iter(own_hospitals(desk)), ""))
    key = given.text("key") or desk.key()
    content, wrong = checked(typed, desk.at(typed.facility).zone, desk.now, desk.t)
    if wrong:
        return await _shown(desk, typed, wrong, key, status=422)
    arrived = Arrived(json.dumps(content).encode(), Format.REFERRAL, desk.caller, f"desk/{key}")
    try:
        opened = admitted(await desk.parts.documents.receive(arrived), Response())
    except Unfit as fault:
        kind = KINDS[fault.code]
        told = kind.ru if desk.language == "ru" else kind.en
        return await _shown(desk, typed, refused(fault, told), desk.key(), status=kind.status)
    if opened.case_id is None:
        return desk.goes_to("/desk/")
    return await onward(opened.case_id, desk, f"/desk/cases/{opened.case_id}")


async def _shown(desk: Desk, typed: Typed, wrong: Mapping[str, str], key: str, *, status: int = 200) -> Response:
    page = await _page(desk, typed, wrong, key)
    return await desk.page("admit.html", page, status=status, section="admit")


async def _page(desk: Desk, typed: Typed, wrong: Mapping[str, str], key: str) -> Admit:
    return Admit(
        typed=typed,
        hospitals=tuple((code, desk.hospital(code)) for code in own_hospitals(desk)),
        flags=tuple((flag, desk.t(f"terms.flag_{flag.value}")) for flag in FLAGS),
        asking=ASKING,
        wrong=wrong,
        key=key,
        alike=await _alike(desk, typed),
        guarded=await _guarded(desk, typed),
        sees=desk.caller.role in SEE_PERSONS,
        next=_consequences(desk, typed),
    )


async def _alike(desk: Desk, typed: Typed) -> tuple[Alike, ...]:
    if desk.caller.role not in SEE_PERSONS or not typed.names_somebody or typed.unknown:
        return ()
    hits = list(await desk.parts.search.alike(typed.name(), CaseFilter(desk.caller.hospitals, desk.caller.onlooker)))
    hits.sort(key=lambda hit: -hit.score)
    shown = hits[:ALIKE]
    cases = {case.case_id: case for case in await desk.parts.search.finder.cases([hit.case_id for hit in shown])}
    people = await desk.who(list(cases.values()))
    found = []
    for hit in shown:
        if (case := cases.get(hit.case_id)) is None:
            continue
        reasons = [desk.said(each.title).lower() for each in why(hit.reasons) if each.code not in UNREMARKABLE]
        person = people[hit.case_id]
        place = " · ".join(part for part in (person.place, _standing(desk, case)) if part)
        found.append(Alike(f"/desk/cases/{hit.case_id}", person.full, place, ", ".join(reasons) or None))
    return tuple(found)


async def _guarded(desk: Desk, typed: Typed) -> bool:
    """Whether a second case of a child would be opened whom somebody else sees. Of the protected nothing is said."""
    who, hospitals = desk.caller.onlooker, desk.caller.hospitals
    if who is None or desk.caller.role not in SEE_PERSONS or not typed.names_somebody or typed.unknown:
        return False
    hits = await desk.parts.search.alike(typed.name(), CaseFilter(hospitals, None, state="live", variant=Variant.CHILD))
    sure = [hit.case_id for hit in hits if hit.score >= SURE]
    cases = await desk.parts.search.finder.cases(sure) if sure else ()
    return any(guard(case) is Guard.CHILD and hidden(case, who) for case in cases)


def _standing(desk: Desk, case: CaseState) -> str:
    f = desk.at(case.hospital)
    own = [desk.hospital(case.hospital)] if len(own_hospitals(desk)) > 1 else []
    if case.closed_at is not None:
        return ", ".join([*own, desk.t("admit.closed", day=f.day(case.closed_at))])
    return ", ".join([*own, desk.t("admit.opened", time=f.when(case.opened_at or desk.now))])


def _consequences(desk: Desk, typed: Typed) -> Consequences:
    """By the catalogue in force: the same rules that the case will begin by."""
    parts, flags = desk.parts, typed.all_flags()
    if typed.facility not in parts.catalogue.hospitals:
        return Consequences(None, ())
    f = desk.at(typed.facility)
    content, wrong = checked(typed, f.zone, desk.now, desk.t)
    said = None if "at" in wrong else content["occurred_at"]
    came = desk.now if said is None else datetime.fromisoformat(said)
    kinds = parts.catalogue.variants_of(typed.facility, flags, "referral", emergency=False)
    rules = parts.catalogues.slice(typed.facility, kinds)
    rule = rules.steps[FIRST].clock
    case = CaseState(case_id="new", hospital=typed.facility, opened_at=desk.now, admitted_at=came, flags=flags)
    due = None
    if rule is not None:
        at = rules.armed(rule, case, desk.now).times.due_at
        due = f"{f.weekday(at)} {f.day(at)}, {f.clock(at)}"
    more = tuple(desk.t(f"admit.brings_{flag.value}") for flag in flags if desk.t.knows(f"admit.brings_{flag.value}"))
    return Consequences(due, more)
