"""Every fault of `/fhir`: an OperationOutcome with the same stable code and words as on `/api`."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.audit.noted import noted
from api.fhir.answers import FhirResponse
from api.fhir.methods import allowed
from api.problems import KINDS, Problem, in_russian, words
from api.writing import NotYetKnown
from marshrut.domain.refusal import Refused
from marshrut.domain.text import MAX_TOLD, named
from marshrut.ports import KeyReused, Unavailable, Uncertain, Unfit

log = structlog.get_logger()

PROBLEMS = "urn:marshrut:problem"
# FHIR's `issue-type`, by the status of a fault.
ISSUES = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "processing",
    428: "required",
    429: "throttled",
    503: "transient",
    504: "timeout",
}
# Where the status of a fault says less than its code.
PRECISELY = {"several_found": "multiple-matches"}
OF_HTTP = {400: "malformed", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def problem_of(fault: Exception) -> Problem:
    """The fault as our table words it."""
    made: Problem
    match fault:
        case Problem():
            made = fault
        case Refused():
            made = Problem(fault.code, fault.details)
        case Unavailable():
            made = Problem("unavailable", {"part": fault.part})
        case Uncertain():
            made = Problem("uncertain")
        case KeyReused():
            made = Problem("idempotency_key_reused")
        case Unfit():
            made = Problem(fault.code, {} if fault.errors else fault.details, fault.errors)
        case RequestValidationError():
            errors = ({"field": named(each["loc"]), "message": str(each["msg"])} for each in fault.errors()[:MAX_TOLD])
            made = Problem("invalid", errors=tuple(errors))
        case HTTPException():
            made = Problem(OF_HTTP.get(fault.status_code, "invalid"))
        case _:
            raise fault
    return made


def outcome_of(problem: Problem, request: Request) -> dict[str, Any]:
    """The OperationOutcome of a problem, in the caller's language."""
    kind = KINDS[problem.code]
    noted().code = problem.code
    general = PRECISELY.get(problem.code) or ISSUES.get(kind.status, "processing")
    details = {"coding": [{"system": PROBLEMS, "code": problem.code}], "text": words(problem.code, request)}
    more = ", ".join(f"{name}: {value}" for name, value in problem.details.items() if name != "field")
    errors = problem.errors or ({"field": problem.details["field"]},) if "field" in problem.details else problem.errors
    issues = [_issue(general, details, dict(each), more) for each in errors or ({},)]
    return {"resourceType": "OperationOutcome", "issue": issues}


def _issue(general: str, details: dict[str, Any], error: dict[str, str], more: str) -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": "error", "code": error.get("issue", general), "details": details}
    if said := error.get("message") or more:
        issue["diagnostics"] = _text(said)
    if error.get("field"):
        issue["expression"] = [_text(error["field"])]
    return issue


def _text(told: str) -> str:
    """As FHIR allows a text: a sender's own names may hold anything."""
    return "".join(char if char.isprintable() else "?" for char in told) or "?"


def told(text: str, *, severity: str = "information", code: str = "informational", **more: Any) -> dict[str, Any]:
    """An OperationOutcome that is no fault."""
    issue = {"severity": severity, "code": code, "details": {"text": text}, **more}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _path(request: Request) -> str:
    """The address below the base."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope["root_path"])


def answer(problem: Problem, request: Request) -> FhirResponse:
    """The fault as it is answered."""
    status = KINDS[problem.code].status
    headers = {"Content-Language": "ru" if in_russian(request) else "en"}
    if status == KINDS["unauthenticated"].status:
        headers["WWW-Authenticate"] = "Bearer"
    if status == KINDS["unavailable"].status:
        headers["Retry-After"] = "5"
    if status == KINDS["method_not_allowed"].status:
        headers["Allow"] = ", ".join(allowed(_path(request)))
    return FhirResponse(outcome_of(problem, request), status, headers)


def install(app: FastAPI) -> None:
    """Have the application answer every fault as an OperationOutcome."""

    async def fault_of(request: Request, fault: Exception) -> FhirResponse:
        problem = problem_of(fault)
        if problem.code == "method_not_allowed" and not allowed(_path(request)):
            problem = Problem("unknown_resource_type", {"field": "Resource"})
        return answer(problem, request)

    for kind in (Problem, Refused, Unavailable, Uncertain, KeyReused, Unfit, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, fault_of)

    @app.exception_handler(Exception)
    async def _ours(_request: Request, _fault: Exception) -> FhirResponse:
        text = "Something is wrong here, and was written down; what was sent may be sent again."
        return FhirResponse(told(text, severity="fatal", code="exception"), 500)

    @app.exception_handler(NotYetKnown)
    async def _not_yet_known(_request: Request, pending: NotYetKnown) -> FhirResponse:
        location = f"/api/v1/commands/{pending.command_id}"
        text = "This is stored, and will be done; ask at the address that Content-Location names."
        return FhirResponse(told(text), 202, {"Content-Location": location, "Retry-After": "1"})
