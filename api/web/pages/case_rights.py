"""From the case: what the person agrees to, and what is put right at their request, or is not."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.problems import Problem
from api.routes import consents, corrections
from api.web.desk import Desk, OfCare, OfPersonReader, of
from api.web.forms import Form, made
from api.web.pages.case import act, given, zone_of
from marshrut.domain.words import Role

router = APIRouter(prefix="/cases/{case_id}")

OfDiscloser = Annotated[Desk, Depends(of({Role.SUPERVISOR}))]


@router.post("/consents")
async def consent(case_id: str, request: Request, desk: OfCare) -> Response:
    """What was said of a purpose; what rests on it stops where that is no."""
    form, typed, key = await given(request)
    zone = await zone_of(case_id, desk)

    async def call() -> object:
        until = _day(form)
        agreed = form.text("answer") in {"given", "partial"}
        body = made(
            consents.Consenting,
            purpose=form.text("purpose"),
            answer=form.text("answer"),
            by=form.text("by"),
            how=form.text("how") if agreed else None,
            # To the end of that day.
            until=datetime.combine(until, time(23, 59), zone) if until is not None and agreed else None,
            note=form.text("note"),
        )
        return await consents.record(case_id, body, desk.caller, desk.parts, key)

    return await act(case_id, desk, "consent", typed, call, back=f"/desk/cases/{case_id}#a-consents")


def _day(form: Form) -> date | None:
    told = form.text("until")
    try:
        return None if told is None else date.fromisoformat(told)
    except ValueError:
        raise Problem("invalid", errors=({"field": "until", "message": "not a day"},)) from None


@router.post("/corrections")
async def correction(case_id: str, request: Request, desk: OfPersonReader) -> Response:
    """Something of the person's data is put right, or it is decided what stands where a system says otherwise."""
    form, typed, key = await given(request)

    async def call() -> object:
        body = made(corrections.Correcting, **_asked(form), value=_value(form))
        return await corrections.correct(case_id, body, desk.caller, desk.parts, key)

    return await act(case_id, desk, "correction", typed, call, back=f"/desk/cases/{case_id}#corrections")


@router.post("/corrections/refusals")
async def refusal(case_id: str, request: Request, desk: OfDiscloser) -> Response:
    """Something stays as it is, and why."""
    form, typed, key = await given(request)

    async def call() -> object:
        body = made(corrections.Refusing, **_asked(form), asked=form.text("asked"))
        return await corrections.refuse(case_id, body, desk.caller, desk.parts, key)

    return await act(case_id, desk, "refusal", typed, call, back=f"/desk/cases/{case_id}#corrections")


def _asked(form: Form) -> dict[str, str | None]:
    return {name: form.text(name) for name in ("field", "reason", "checked", "request")}


def _value(form: Form) -> str | list[str] | None:
    """What is right: telephones as they are typed, with commas, or as a form of ours sends them."""
    if form.text("field") == "phones":
        typed = form.texts("value") or (form.text("phones") or "").split(",")
        return [each.strip() for each in typed if each.strip()]
    return form.text("value")
