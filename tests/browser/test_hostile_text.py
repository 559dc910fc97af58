"""What people and systems write is shown as they wrote it, and runs nowhere: a mark in every field that takes text."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Dialog

from marshrut.domain.words import Role
from tests.api.test_access import at_hand
from tests.api.web.test_hostile_pages import NAMED, pages
from tests.e2e.planted import ENQUIRY
from tests.e2e.sown import Schema, Sower, sow
from tests.fixtures.browser import Site, faults_of, served
from tests.fixtures.system import HOSPITAL, System, running

# Ends an attribute, an element and a comment, and then runs three ways, where it is not written as text.
MARK = "{n}'\"--></script></textarea><img src=x onerror=hit({n})><script>hit({n})</script>"
SHORT = "'\"><img src=x onerror=hit()>"
READERS = (Role.SUPERVISOR, Role.COORDINATOR, Role.PSYCHOLOGIST, Role.HOTLINE, Role.ADMIN, Role.AUDITOR)
# Pages whose own business it is to go elsewhere, and files.
NO_PAGES = re.compile(r"/language/|/export|/static|/provider|\.csv|/stream|/live")
# What each role is shown in another way; other pages are opened by the first who may.
AGAIN = {"/cases/{case_id}", "/"}
# Of things that there are none of here, and whose pages say nothing that anybody typed.
NOT_THERE = {
    "/accounts/{user_id}",
    "/rights/erasures/{erasure_id}",
    "/rights/erasures/{erasure_id}/act",
    "/rights/erasures/{erasure_id}/certificate",
    "/webhooks/{webhook_id}/deliveries/{delivery_id}",
}
ENOUGH = 5


class Hostile(Sower):
    """Sows what would run."""

    def _mark(self, where: str, schema: Schema) -> str:
        number = next(self._numbers)
        most = int(schema.get("maxLength", 100))
        text = MARK.format(n=number) if most >= len(MARK.format(n=number)) else SHORT[:most]
        self.marks[text] = where
        return text


@pytest.fixture
async def site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> AsyncIterator[Site]:
    """Pages of a system of its own: nobody else has to look at what is written here."""
    async with running(tmp_path_factory.mktemp("hostile"), stream_s=3600.0) as system, served(system) as url:
        site = Site(system, url, chromium)
        yield site
        await site.given_back()


async def family(system: System) -> str:
    """A patient whose case has a mark in each word that is told of it; the case's id."""
    mark = MARK.format(n=0)
    patient = {
        "identified": True,
        "mrn": "M-hostile",
        "family": mark,
        "given": mark,
        "address": mark,
        "phones": [SHORT],
    }
    contact = {"family": mark, "relation": "son", "phones": [SHORT]}
    case_id = await system.admit(
        visit="V-hostile", patient={"identified": True, **patient}, contacts=[contact], diagnosis=mark
    )
    step = await system.step(case_id, "first_contact")
    for path, body in (
        (f"/api/v1/steps/{step}/comment", {"text": mark}),
        (f"/api/v1/cases/{case_id}/steps", {"title": mark}),
        (f"/api/v1/cases/{case_id}/candidates", {"family": mark, "source": "registry", "note": mark}),
    ):
        answer = await system.post(path, body, role=Role.SUPERVISOR)
        assert answer.is_success, answer.text
    return case_id


@pytest.mark.timeout(300)
async def test_what_is_written_runs_nowhere(site: Site) -> None:
    """Given marks in every field of every call, when each page is opened in each role, then they are words there."""
    system = site.system
    sower = await sow(system, Hostile)
    assert len(sower.marks) > ENOUGH
    case_id = await family(system)
    there = await at_hand(system, case_id) | NAMED
    hotline = system.token(Role.HOTLINE, "irina", "CENTRE")
    mark = MARK.format(n=1)
    asked = ENQUIRY | {"sentence": mark, "asker": {"name": mark, "phone": SHORT}, "about": {"family": mark}}
    enquiry = (await system.http.post("/api/v1/enquiries", json=asked, headers=hotline)).json()["case_id"]
    shown, left = set[str](), [each for each in pages("GET") if not NO_PAGES.search(each.path)]
    for role in READERS:
        page = await site.signed_in(role, f"{role.value}-hostile", HOSPITAL, "CENTRE")
        ran: list[str] = []

        async def seen(dialog: Dialog, ran: list[str] = ran) -> None:
            ran.append(dialog.message)
            await dialog.dismiss()

        page.on("dialog", seen)
        for each in list(left):
            which = there if not each.path.startswith("/hotline/") else there | {"case_id": enquiry}
            path = "/desk" + each.path.format(**which)
            answer = await page.request.get(path)
            if answer.status != 200:  # a refusal shows nothing that anybody typed
                continue
            await page.goto(path)
            assert await page.locator("img[src=x]").count() == 0, (role, path)
            if "<img src=x on" in await page.inner_text("body"):
                shown.add(each.path)
            if each.path not in AGAIN:
                left.remove(each)
        # What a policy stopped was no words either; a page that is refused is a fault of its own to the browser.
        wrong = [each for each in faults_of(page) if "status of" not in each]
        assert (ran, wrong) == ([], []), role
        page.remove_listener("dialog", seen)
    assert len(shown) >= ENOUGH, shown
    assert {each.path for each in left} <= AGAIN | NOT_THERE
