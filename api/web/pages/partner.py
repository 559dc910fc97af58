"""A partner answers one referral by its link: no sign-in, no name, no health; the code is good for one answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from api.audit.noted import noted
from api.gates import Open, open_to
from api.partners.answering import PartnerAnswer
from api.partners.links import Opened, answered, opened
from api.partners.views import PartnerReferralView, partner_view
from api.parts import ApiParts, Parts
from api.problems import KINDS, Problem
from api.web.formats import Formats
from api.web.forms import Form, sent
from api.web.pages.status import PRIVATE, prose, words_for
from api.web.rendering import render
from api.web.words import Words
from api.writing import NotYetKnown
from marshrut.domain.ids import grouped, partner_code_of
from marshrut.domain.partner_answers import Answer
from marshrut.ports import Unavailable, Uncertain, new_id

router = APIRouter(tags=["partner"], include_in_schema=False)

# A day that is named is over at its end.
LAST_MOMENT = time(23, 59)
FIELDS = ("answer", "reason", "until", "units", "note")
# Which field a refusal is about, where its details name none.
ABOUT = {"wrong_move": "answer", "another_accepted": "answer"}
AGAIN = frozenset({409, 422})
# The same form may be sent again: it happens once. Any other that was refused is another one from now on.
NOT_STORED = frozenset({"unavailable"})


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """The page. `standing`: of the link; `answers`: what may be said now; `errors`: (field, what is wrong with it)."""

    code: str
    programme: str
    partner: str
    facts: tuple[tuple[str, str], ...]
    needs: tuple[str, ...] | None
    standing: str
    done: str
    answers: tuple[tuple[str, str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    key: str
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[tuple[str, str], ...] = ()
    banner: str | None = None

    @property
    def counts(self) -> bool:
        """Whether something may be over, and counted."""
        return any(code == Answer.COMPLETED for code, _, _ in self.answers)

    def wrong(self, name: str) -> str | None:
        """What is wrong with a field."""
        return next((text for where, text in self.errors if where == name), None)


@dataclass(frozen=True, slots=True)
class ClosedPage:
    """A link that leads nowhere: what is so, and how to go on."""

    title: str
    way: str


@router.get("/partner/{code}", dependencies=[open_to(Open.CODE)])
async def link(code: str, request: Request, parts: Parts) -> Response:
    """What is asked, and the form to answer it."""
    try:
        found = await _found(code, request, parts)
    except Problem as fault:
        return _closed(fault, request)
    return await _page(found, code, request, parts)


@router.post("/partner/{code}", dependencies=[open_to(Open.CODE)])
async def say(code: str, request: Request, parts: Parts) -> Response:
    """The partner's answer."""
    try:
        found = await _found(code, request, parts)
    except Problem as fault:
        return _closed(fault, request)
    form = await sent(request)
    key = form.text("key") or new_id()
    try:
        given = _given(form, parts.zones[found.case.hospital or ""])
        await answered(found, given, key, parts)
    except NotYetKnown:
        pass  # the page says that it is being recorded, and then what came of it
    except Problem as fault:
        if KINDS[fault.code].status not in AGAIN:
            raise
        return await _page(await opened(code, parts), code, request, parts, _Refused(fault, form, key))
    except (Unavailable, Uncertain):
        return await _page(found, code, request, parts, _Refused(Problem("unavailable"), form, key))
    return RedirectResponse(f"/partner/{grouped(partner_code_of(code) or '')}", 303, headers=PRIVATE)


async def _found(code: str, request: Request, parts: ApiParts) -> Opened:
    wait_s = parts.inquiries.take(request.client.host if request.client else "")
    if wait_s is not None:
        raise Problem("too_many_requests", retry_after_s=wait_s)
    known = await opened(code, parts)
    noted().about(known.case.case_id)
    return known


def _given(form: Form, zone: tzinfo) -> PartnerAnswer:
    """The answer that a form holds.

    Raises:
        Problem: `invalid`, with the fields named.
    """
    until = form.text("until")
    values = {name: form.text(name) for name in FIELDS if form.text(name) is not None}
    try:
        if until is not None:
            day = datetime.fromisoformat(until).date()
            values["until"] = datetime.combine(day, LAST_MOMENT, zone).isoformat()
        return PartnerAnswer.model_validate(values)
    except ValidationError as fault:
        wrong = dict.fromkeys(str(each["loc"][0]) for each in fault.errors() if each["loc"])
    except ValueError:
        wrong = {"until": None}
    raise Problem("invalid", errors=tuple({"field": name, "message": ""} for name in wrong)) from None


@dataclass(frozen=True, slots=True)
class _Refused:
    """A form that was sent back."""

    fault: Problem
    form: Form
    key: str


async def _page(
    found: Opened, code: str, request: Request, parts: ApiParts, refused: _Refused | None = None
) -> Response:
    words, zone = words_for(request), parts.zones[found.case.hospital or ""]
    status = 200 if refused is None else KINDS[refused.fault.code].status
    if not found.tells(parts.now()):
        page = ClosedPage(words(f"partner.{found.standing}"), words(f"partner.{found.standing}_told"))
        return _shown("partner_closed.html", page, words, request, status)
    f = prose(request, zone, parts.now())
    view = await partner_view(found.case, found.item, found.link.partner, parts)
    said = words.language

    def title(entry: object) -> str:
        return str(getattr(entry, said))

    errors = () if refused is None else _errors(refused.fault, words)
    banner = None if refused is None or errors else _worded(refused.fault, said)
    # What was answered has been told; a link that still stands says what may be told.
    standing = "over" if found.standing == "open" and not view.can else found.standing
    shown = PartnerPage(
        code=grouped(partner_code_of(code) or ""),
        programme=title(view.programme.title),
        partner=title(view.partner.title),
        facts=tuple(_facts(view, found, words, f)),
        needs=None if view.needs is None else tuple(title(each) for each in view.needs),
        standing=standing,
        done=words(f"partner.{standing}_told") if standing != "open" else "",
        answers=tuple((each, words(f"partner.answer_{each}"), words(f"partner.hint_{each}")) for each in view.can),
        reasons=tuple((each.code, title(each.title)) for each in view.reasons),
        key=refused.key if refused is not None and refused.fault.code in NOT_STORED else new_id(),
        typed={name: "" if refused is None else refused.form.raw(name) for name in FIELDS},
        errors=errors,
        banner=banner,
    )
    return _shown("partner.html", shown, words, request, status)


def _facts(view: PartnerReferralView, found: Opened, words: Words, f: Formats) -> list[tuple[str, str]]:
    """What is told of the referral, line by line."""

    def title(entry: object) -> str:
        return str(getattr(entry, words.language))

    told = [
        (words("partner.hospital"), title(view.hospital.title)),
        (words("partner.asked"), f.prose_day(view.asked_at)),
        (words("partner.status"), words("partner.put_aside") if view.on_hold else title(view.status_title).lower()),
    ]
    if view.on_hold and view.held_until is not None:
        told.append((words("partner.held_until"), f.prose_day(view.held_until)))
    if view.reason is not None:
        told.append((words("partner.reason"), title(view.reason.title)))
    if view.answer_by is not None:
        told.append((words("partner.answer_by"), f"{f.prose_day(view.answer_by)}, {f.clock(view.answer_by)}"))
    if view.hours_a_week is not None:
        told.append((words("partner.hours"), str(view.hours_a_week)))
    if view.papers:
        told.append((words("partner.papers"), ", ".join(title(each) for each in view.papers)))
    if found.standing == "open":
        told.append((words("partner.link_until"), f.prose_day(found.link.expires_at)))
    return told


def _errors(fault: Problem, words: Words) -> tuple[tuple[str, str], ...]:
    named = [each["field"] for each in fault.errors] or [fault.details.get("field", ABOUT.get(fault.code, ""))]
    fields = [name for name in named if name in FIELDS]
    return tuple((name, _about(name, fault, words)) for name in fields)


def _about(name: str, fault: Problem, words: Words) -> str:
    """What is wrong with a field: in words of its own where it was not filled in, else as the refusal says."""
    if fault.code in {"invalid", "missing_field"}:
        return words(f"partner.wrong_{name}")
    return _worded(fault, words.language)


def _worded(fault: Problem, language: str) -> str:
    kind = KINDS[fault.code]
    return kind.ru if language == "ru" else kind.en


def _closed(fault: Problem, request: Request) -> Response:
    """A code that nobody has, or too many tries."""
    words = words_for(request)
    if fault.code == "too_many_requests":
        minutes = -(-(fault.retry_after_s or 60) // 60)
        page = ClosedPage(words("status.too_many"), words("status.wait", n=minutes))
    else:
        page = ClosedPage(words("partner.unknown"), words("partner.unknown_way"))
    more = {"Retry-After": str(fault.retry_after_s)} if fault.retry_after_s else {}
    return _shown("partner_closed.html", page, words, request, KINDS[fault.code].status, more)


def _shown(  # noqa: PLR0913, PLR0917 - what a page is shown with
    template: str, page: object, words: Words, request: Request, status: int, more: Mapping[str, str] | None = None
) -> Response:
    context = {"page": page, "t": words, "language": words.language, "here": request.url.path}
    headers = {**PRIVATE, "Content-Language": words.language, "Vary": "Accept-Language, Cookie", **(more or {})}
    return HTMLResponse(render(template, context), status, headers)
