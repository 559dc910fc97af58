"""Every fault as a page or, for a part of one, as a banner: what happened, what is kept, and how to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from api.audit.noted import noted
from api.parts import ApiParts
from api.problems import KINDS, Problem
from api.web.desk import Desk, SignInNeeded
from api.web.languages import preferred
from api.web.rendering import render
from api.web.words import Language, Words
from api.writing import NotYetKnown
from marshrut.domain.refusal import Refused
from marshrut.ports import KeyReused, Unavailable, Uncertain, Unfit

PENDING = 202
NOTICE = {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML show:top"}


@dataclass(frozen=True, slots=True)
class FaultPage:
    """`title` says what happened, `kept` what is kept, `way` what to do; the code stands small and last.

    `fields`: which fields are meant, as forms call them.
    """

    status: int
    code: str
    title: str
    kept: str
    way: str
    fields: tuple[str, ...] = ()
    late: bool = True

    @property
    def line(self) -> str:
        """What happened, and to which fields, in one line."""
        return self.title if not self.fields else f"{self.title} ({', '.join(self.fields)})"


def fault_page(problem: Problem, language: Language) -> FaultPage:
    """The problem in words."""
    kind, words = KINDS[problem.code], Words(language)
    noted().code = problem.code
    group = problem.code if words.knows(f"faults.{problem.code}_way") else f"of_{kind.status}"
    if not words.knows(f"faults.{group}_way"):
        group = "other"
    return FaultPage(
        kind.status,
        problem.code,
        _title(problem, words),
        words(f"faults.{group}_kept"),
        words(f"faults.{group}_way"),
        _fields(problem, words),
    )


def _title(problem: Problem, words: Words) -> str:
    """What happened: as the API says it, unless that speaks of what nobody sees on a page."""
    kind, own = KINDS[problem.code], f"faults.{problem.code}_title"
    return words(own) if words.knows(own) else kind.ru if words.language == "ru" else kind.en


def _fields(problem: Problem, words: Words) -> tuple[str, ...]:
    """The fields that have a name for people; what is wrong with each is said to machines, in codes."""
    known = [
        next(
            (words(key) for part in reversed(each["field"].split(".")) if words.knows(key := f"faults.field_{part}")),
            "",
        )
        for each in problem.errors
    ]
    return tuple(dict.fromkeys(name for name in known if name))


def told(problem: Problem, desk: Desk) -> FaultPage:
    """The problem as a form that is shown again tells it."""
    return fault_page(problem, desk.language)


CODES: Mapping[type[Exception], str] = {
    Unavailable: "unavailable",
    Uncertain: "uncertain",
    KeyReused: "idempotency_key_reused",
    RequestValidationError: "invalid",
}
BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def as_problem(fault: Exception) -> Problem:
    """What the pages answer to a fault of the outside world or of the case."""
    if isinstance(fault, Problem):
        return fault
    if isinstance(fault, Refused | Unfit):
        return Problem(fault.code, fault.details)
    if isinstance(fault, HTTPException):
        return Problem(BY_STATUS.get(fault.status_code, "malformed"))
    return Problem(next(code for kind, code in CODES.items() if isinstance(fault, kind)))


FAULTS = (Problem, Refused, Unfit, HTTPException, *CODES)


def install(app: FastAPI) -> None:
    """Have the pages answer every fault in words."""

    async def answer(request: Request, fault: Exception) -> Response:
        return shown(fault_page(as_problem(fault), preferred(request)), request)

    for kind in FAULTS:
        app.add_exception_handler(kind, answer)

    @app.exception_handler(SignInNeeded)
    async def _sign_in(request: Request, needed: SignInNeeded) -> Response:
        noted().code = "unauthenticated"
        return needed.answer(request)

    @app.exception_handler(NotYetKnown)
    async def _not_yet_known(request: Request, _pending: NotYetKnown) -> Response:
        words = Words(preferred(request))
        title, kept, way = (words(f"faults.pending_{part}") for part in ("title", "kept", "way"))
        return shown(FaultPage(PENDING, "pending", title, kept, way, late=False), request)


def shown(page: FaultPage, request: Request) -> Response:
    """The page, or the banner where a part of a page was asked for."""
    words = Words(preferred(request))
    parts: ApiParts = request.app.state.parts
    context = {"page": page, "t": words, "language": words.language, "now": parts.now()}
    if "hx-request" in request.headers:
        return HTMLResponse(render("parts/fault.html", context), page.status, NOTICE)
    return HTMLResponse(render("fault.html", context), page.status)
