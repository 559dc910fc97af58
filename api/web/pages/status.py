"""Where the matter stands, for whoever holds its code: no sign-in, no name, no health; and where the code is typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.gates import Open, open_to
from api.inquiry.telling import StatusView
from api.problems import KINDS, Problem
from api.web.formats import Formats
from api.web.forms import sent
from api.web.guard import HEADERS
from api.web.languages import preferred
from api.web.rendering import render
from api.web.words import Language, Words
from marshrut.domain.ids import grouped, inquiry_of

router = APIRouter(tags=["status"], include_in_schema=False)

ICON = {"done": "", "now": "now", "ahead": "fut"}
# Whoever sees the page sees its address: no other site is to learn it.
PRIVATE = {**HEADERS, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
PASSPORT = "document.passport"


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the way. `cls`: how it is drawn; `standing`: said to whoever does not see that."""

    cls: str
    text: str
    standing: str
    detail: str


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The page. `leaves_on`: the day of leaving, written out; `needed`: what is asked of the family."""

    code: str
    as_of: str
    title: str
    leaves_on: str | None
    next: str
    way: tuple[Part, ...]
    needed: tuple[str, ...]
    ask: str
    refresh: str


@dataclass(frozen=True, slots=True)
class CodePage:
    """Where a code is typed. `wrong`: what is wrong with the one that was; `way`: how to go on."""

    typed: str
    wrong: str | None
    way: str | None


def words_for(request: Request) -> Words:
    """In which language the reader is told."""
    return Words(preferred(request))


def prose(request: Request, zone: tzinfo, now: datetime) -> Formats:
    """How days are written for the reader."""
    return Formats(preferred(request), zone, now)


def status_page(view: StatusView, request: Request, zone: tzinfo) -> Response:
    """What may be told, as a page."""
    words = words_for(request)
    f = Formats(words.language, zone, view.as_of)
    says = {standing: words(f"status.{standing}") for standing in ICON}
    way = tuple(
        Part(ICON[line.standing], line.text, says[line.standing], line.detail or says[line.standing])
        for line in view.lines
    )
    waits = f"{view.title}, {words('status.awaits', n=view.awaits)}" if view.awaits else view.title
    wanted = any(line.what == PASSPORT and line.standing != "done" for line in view.lines)
    page = StatusPage(
        code=view.code,
        as_of=words("status.as_of", day=f.long_day(view.as_of), time=f.clock(view.as_of)),
        title=waits,
        leaves_on=None if view.leaves_on is None else f.prose_day(view.leaves_on),
        next=view.next,
        way=way,
        needed=(words("status.nothing"), *([words("status.old_passport")] if wanted else [])) if view.lines else (),
        ask=view.ask,
        refresh=request.url.path,
    )
    return _shown("status.html", page, words, request.url.path)


def refused(fault: Problem, request: Request, code: str) -> Response:
    """A code that nobody has, or too many tries: how to go on."""
    words, kind = words_for(request), KINDS[fault.code]
    minutes = -(-(fault.retry_after_s or 60) // 60)
    too_many = fault.code == "too_many_requests"
    way = words("status.wait", n=minutes) if too_many else words("status.unknown_way")
    wrong = words("status.too_many" if too_many else "status.unknown")
    more = {"Retry-After": str(fault.retry_after_s)} if fault.retry_after_s else {}
    return _shown("code.html", CodePage(code[:100], wrong, way), words, "/status", status=kind.status, more=more)


@router.get("/status", dependencies=[open_to(Open.CODE)])
async def form(request: Request) -> Response:
    """Where the code is typed."""
    return _shown("code.html", CodePage("", None, None), words_for(request), "/status")


@router.post("/status", dependencies=[open_to(Open.CODE)])
async def typed(request: Request) -> Response:
    """On to what stands behind the code, however it was typed."""
    text = (await sent(request)).text("code") or ""
    code = inquiry_of(text)
    if code is not None:
        return RedirectResponse(f"/status/{grouped(code)}", 303, headers=PRIVATE)
    words = words_for(request)
    wrong = words("status.no_code" if not text else "status.not_a_code")
    return _shown(
        "code.html", CodePage(text[:100], wrong, words("status.not_a_code_way")), words, "/status", status=422
    )


def _shown(  # noqa: PLR0913, PLR0917 - what a page is shown with
    template: str,
    page: object,
    words: Words,
    here: str,
    status: int = 200,
    more: Mapping[str, str] | None = None,
) -> Response:
    language: Language = words.language
    context = {"page": page, "t": words, "language": language, "here": here}
    headers = {**PRIVATE, "Content-Language": language, "Vary": "Accept, Accept-Language, Cookie", **(more or {})}
    return HTMLResponse(render(template, context), status, headers)
