"""Rights of the person at the desk: two people erase somebody, an order keeps a case, a person is told what is held."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Page, expect

from marshrut.domain.words import Role
from marshrut.store.tables import cases
from tests.browser.people import admitted, entered, taken_on
from tests.fixtures.browser import PHONE, Site, said, shows
from tests.fixtures.system import System

# Of nobody else's tests.
THEIRS = "SKKB"


async def over(system: System, family: str, *, close: bool = True) -> str:
    """A patient of theirs whose case has ended; the case."""
    case_id = await admitted(system, THEIRS, family, ago_h=30)
    if close:
        headers = system.token(Role.INTEGRATOR, None, THEIRS)
        path = f"/api/v1/cases/{case_id}/events"
        answer = await system.http.post(path, json={"type": "admission_cancelled"}, headers=headers)
        assert answer.is_success, answer.text
    await system.parts.background.round()
    return case_id


async def people(site: Site, *, size: tuple[int, int] = (1440, 900)) -> tuple[Page, Page]:
    """An administrator and an auditor of the hospital, in front of the page."""
    one = await taken_on(site, "Юдина К. С.", Role.ADMIN, THEIRS)
    other = await taken_on(site, "Громов П. Л.", Role.AUDITOR, THEIRS)
    pages = await entered(site, one, size=size), await entered(site, other, size=size)
    for page in pages:
        await page.goto("/desk/rights")
    return pages


async def test_one_asks_another_sees_what_goes_and_confirms(site: Site) -> None:
    """Given a closed case, when one asks and another confirms, then it is erased and there are papers to print."""
    case_id = await over(site.system, "Стираева")
    admin, auditor = await people(site)
    await admin.fill("#ask-case", "не номер")
    await admin.select_option("#ask-basis", "consent_withdrawn")
    await admin.click("#main >> role=button[name='Запросить']")
    await expect(admin.locator(".errsum")).to_contain_text("Номер случая")
    await expect(admin.locator("#ask-case")).to_have_value("не номер")
    await admin.fill("#ask-case", f"http://server/desk/cases/{case_id}")
    await admin.click("#main >> role=button[name='Запросить']")
    await expect(admin.locator("main")).to_contain_text("подтвердить должен другой")
    await shows(admin, "main", case_id)
    await site.looked_at(admin, "rights-own-request", faults=False)

    await auditor.reload()
    await site.looked_at(auditor, "rights")
    await auditor.click("text=Посмотреть и решить")
    await expect(auditor.locator("main")).to_contain_text("фамилия, имя, отчество")
    await expect(auditor.locator("main")).to_contain_text("показатели не меняются")
    await site.looked_at(auditor, "rights-decide")
    await auditor.check("[name=sure]")
    await auditor.click("text=Уничтожить данные")
    await expect(auditor.locator(".banner").first).to_contain_text("Данные уничтожены", timeout=30_000)
    assert case_id not in await said(auditor, "main")
    await site.looked_at(auditor, "rights-done")
    await auditor.click(".head__r >> text=Сертификат")
    await expect(auditor.locator("main")).to_contain_text("верна")
    await site.looked_at(auditor, "rights-certificate")
    await auditor.emulate_media(media="print")
    await site.looked_at(auditor, "rights-certificate-print")
    await auditor.emulate_media(media="screen")
    await auditor.click(".head__r >> text=Акт и выгрузка")
    await expect(auditor.locator(".paper")).to_contain_text("АКТ №")
    await site.looked_at(auditor, "rights-act")
    small = await entered(site, await taken_on(site, "Head H.", Role.HEAD, THEIRS), size=PHONE, language="en-GB")
    await small.goto("/desk/rights")
    assert "Stiraeva" not in await said(small, "main")
    await site.looked_at(small, "rights-phone")


async def test_an_order_keeps_a_case_until_it_is_lifted(site: Site) -> None:
    """Given a case that is held, when somebody asks for its erasure, they read why not; lifted, it may be asked for."""
    case_id = await over(site.system, "Удержаева")
    admin, _ = await people(site)
    await admin.click("summary:has-text('Хранить случай')")
    await admin.fill("#hold-case", case_id)
    await admin.fill("#hold-reason", "по делу Иванова")
    await admin.click("details[open] >> text=Хранить случай >> nth=1")
    await expect(admin.locator(".errsum")).to_contain_text("латинские")
    await admin.fill("#hold-reason", "SUD-2-114/2026")
    await admin.click("details[open] >> text=Хранить случай >> nth=1")
    await expect(admin.locator("main")).to_contain_text("SUD-2-114/2026")
    await admin.fill("#ask-case", case_id)
    await admin.select_option("#ask-basis", "purpose_reached")
    await admin.click("#main >> role=button[name='Запросить']")
    await expect(admin.locator(".errsum")).to_contain_text("хранится по распоряжению")
    await site.looked_at(admin, "rights-held", faults=False)
    await admin.click("role=button[name='Больше не хранить по распоряжению SUD-2-114/2026']")
    await expect(admin.locator(".banner")).to_contain_text("больше не действует")


async def test_from_cases_whose_time_is_over_an_erasure_is_asked_and_withdrawn(site: Site) -> None:
    """Given a case that was closed six years ago, it is listed; asked for and withdrawn, nothing has happened."""
    case_id = await over(site.system, "Давняя")
    long_ago = datetime.now(UTC) - timedelta(days=6 * 365)
    async with site.system.parts.db.write() as conn:
        await conn.execute(cases.update().where(cases.c.case_id == case_id).values(closed_at=long_ago))
    admin, _ = await people(site)
    await site.looked_at(admin, "rights-due")
    await admin.click(f"role=button[name='Запросить уничтожение по случаю {case_id}']")
    await expect(admin.locator("main")).to_contain_text("Цель")
    await admin.click("text=Отозвать запрос")
    await expect(admin.locator(".banner")).to_contain_text("Запрос отозван")


async def test_a_senior_coordinator_reads_the_terms_and_hands_a_person_their_data(site: Site, tmp_path: Path) -> None:
    """Given somebody who asks with a passport, when the supervisor says so, all is shown in words, and as a file."""
    family = f"Голубева{secrets.token_hex(2)}"
    case_id = await over(site.system, family, close=False)
    right = {"field": "given", "value": "Зоя", "reason": "document_seen", "checked": "passport", "request": "2026-16"}
    headers = site.system.token(Role.COORDINATOR, None, THEIRS)
    amended = await site.system.http.post(f"/api/v1/cases/{case_id}/corrections", json=right, headers=headers)
    assert amended.is_success, amended.text
    senior = await entered(site, await taken_on(site, "Павлова Г. С.", Role.SUPERVISOR, THEIRS))
    await senior.goto("/desk/rights")
    told = await said(senior, "main")
    assert "Данные человеку" in told
    assert "5 лет" in told
    await site.looked_at(senior, "rights-senior")
    await senior.goto(f"/desk/cases/{case_id}")
    await senior.click("text=Данные человеку…")
    await senior.click("text=Показать и распечатать")
    await expect(senior.locator(".errsum")).to_contain_text("Номер обращения")
    await site.looked_at(senior, "disclosure-refused", faults=False)
    await senior.check("[value=passport]")
    await senior.fill("#request", "2026-17")
    await senior.click("text=Показать и распечатать")
    await expect(senior.locator("h1")).to_contain_text(family)
    told = await said(senior, "main")
    assert "личность по паспорту, обращение № 2026-17" in told
    assert "Случай открыт" in told
    assert "Что исправлено по просьбе человека" in told
    assert "обращение 2026-16" in told
    await site.looked_at(senior, "disclosure", faults=False)
    await senior.emulate_media(media="print")
    await site.looked_at(senior, "disclosure-print", faults=False)
    await senior.emulate_media(media="screen")
    await senior.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await site.looked_at(senior, "disclosure-phone", faults=False)
    async with senior.expect_download() as waiting:
        await senior.click("text=Скачать файл")
    path = tmp_path / "told.json"
    await (await waiting.value).save_as(path)
    assert json.loads(path.read_text())["identity"]["patient"]["family"] == family
