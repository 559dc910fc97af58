"""People who sign in, and patients whom they find: each test has its own, in one of the hospitals."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Page

from marshrut.domain.words import Role
from marshrut.ports import Account
from tests.fixtures.browser import Site
from tests.fixtures.system import System, admission

PASSWORD = "семь-синих-чайников"


async def taken_on(
    site: Site, name: str = "Орлова Е. В.", role: Role = Role.COORDINATOR, hospital: str = "GKB29"
) -> str:
    """Somebody new, who may sign in; the user."""
    user = f"user-{secrets.token_hex(3)}"
    await site.system.parts.identity.put(Account(user, name, role, frozenset({hospital})), PASSWORD)
    return user


async def entered(site: Site, user: str, **how: Any) -> Page:
    """A window of theirs, after signing in by password; it has gone to no page yet."""
    return await site.with_session(await site.system.parts.identity.sign_in(user, PASSWORD, "127.0.0.1"), **how)


async def sign_in(page: Page, user: str, password: str = PASSWORD) -> None:
    """Fill in the form and send it."""
    await page.fill("#user", user)
    await page.fill("#password", password)
    await page.press("#password", "Enter")


async def admitted(system: System, hospital: str, family: str, *, ago_h: float, **told: Any) -> str:
    """A patient of that hospital who came in so many hours ago; the case."""
    named = {"identified": True, "mrn": secrets.token_hex(4), "family": family, "given": "Игорь"}
    at = (datetime.now(UTC) - timedelta(hours=ago_h)).isoformat()
    body = admission(facility=hospital, admitted_at=at, **{"patient": named, **told})
    answer = await system.http.post(
        "/api/v1/admissions", json=body, headers=system.token(Role.INTEGRATOR, None, hospital)
    )
    assert answer.status_code == 201, answer.text
    case_id: str = answer.json()["case_id"]
    return case_id


async def given(system: System, hospital: str, case_id: str, user: str) -> None:
    """Have somebody answer for the case."""
    headers = system.token(Role.SUPERVISOR, None, hospital)
    answer = await system.http.post(f"/api/v1/cases/{case_id}/owner", json={"owner": user}, headers=headers)
    assert answer.status_code == 200, answer.text
