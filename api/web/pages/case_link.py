"""A coordinator issues a link by which a partner answers a referral: shown once, on the case's page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.problems import Problem
from api.routes import items, partner_links
from api.routes.partner_links import Linking, LinkView
from api.web.case.gathering import gathered
from api.web.case.page import Link, Looking, case_page
from api.web.case.steps import Refused
from api.web.desk import Desk, OfCare
from api.web.faults import told
from api.web.forms import sent
from api.web.pages.case import SHOWN_AGAIN, shown

router = APIRouter()

CONSENT = {"yes": True, "no": False}


@router.post("/items/{item_id}/partner-link")
async def issue(item_id: str, request: Request, desk: OfCare) -> Response:
    """The link, once. The same form again shows the same link."""
    form = await sent(request)
    found, _ = await items.item_in_scope(item_id, desk.caller, desk.parts)
    given = Linking(needs_consent=CONSENT.get(form.text("consent") or ""))
    try:
        link = await partner_links.issue(item_id, desk.caller, desk.parts, given, form.text("key"))
    except Problem as problem:
        fault = told(problem, desk)
        if fault.status not in SHOWN_AGAIN:
            raise
        refused = Refused(step_id="", action="item", typed=form.as_sent(), fault=fault.title)
        return await shown(found.case_id, desk, Looking(), refused, fault.status)
    page = case_page(await gathered(found.case_id, desk), Looking(), link=_shown(item_id, link, request, desk))
    return await desk.page("case.html", page, section="cases")


def _shown(item_id: str, link: LinkView, request: Request, desk: Desk) -> Link:
    url = link.url or f"{str(request.base_url).removesuffix('/').removesuffix('/desk')}{link.path}"
    needs = desk.t("case.link_needs" if link.needs_shown else "case.link_no_needs")
    return Link(item_id, url, f"{desk.t('case.link_until', day=desk.f.day(link.expires_at))} {needs}")
