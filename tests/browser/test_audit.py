"""The auditor finds out who did what; looking is written down too."""

from __future__ import annotations

from marshrut.domain.words import Role
from tests.browser.people import entered, taken_on
from tests.fixtures.browser import PHONE, Site, shows
from tests.fixtures.system import System


async def busy(system: System) -> str:
    """Somebody reads, changes, searches, takes out and is refused; the case that it was about."""
    case = await system.admit()
    await system.get(f"/api/v1/cases/{case}")
    await system.get("/api/v1/cases")
    await system.do(case, "first_contact", result="contacted")
    await system.post("/api/v1/cases/search", {"family": "Соколова"}, role=Role.COORDINATOR)
    await system.post(f"/api/v1/cases/{case}/break-glass/no", {}, role=Role.COORDINATOR)
    await system.http.get("/api/v1/cases", headers=system.token(Role.PARTNER, "partner-x"))
    await system.http.get("/api/v1/cases")
    await system.http.get("/api/v1/export/csv", headers=system.token(Role.AUDITOR, "auditor-x"))
    return case


async def test_an_auditor_reads_who_did_what(site: Site) -> None:
    """Given a day's work, when the auditor looks and filters by a case, then who did what about it is there."""
    case = await busy(site.system)
    user = await taken_on(site, "Юдина К. С.", Role.AUDITOR)
    page = await entered(site, user)
    await page.goto("/desk/audit")
    await site.looked_at(page, "audit")
    await page.fill("input[name=case]", case)
    await page.click("main >> text=Показать")
    await shows(page, "main", "чтение")
    await site.looked_at(page, "audit-case")
    await page.goto("/desk/audit?outcome=refused")
    await site.looked_at(page, "audit-refused")
    small = await entered(site, user, size=PHONE, dark=True, language="en-GB")
    await small.goto("/desk/audit")
    await site.looked_at(small, "audit-phone-dark")
