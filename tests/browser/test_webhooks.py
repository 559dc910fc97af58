"""An administrator has a system told what happens: from the empty page to a secret that was replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Page, expect
from standardwebhooks.webhooks import Webhook

from marshrut.domain.words import Role
from marshrut.ports import SendFault, Sent
from tests.fixtures.browser import PHONE, Site, said, shows
from tests.fixtures.receiver import Received, Receiver
from tests.fixtures.system import System, admission

# Of nobody else's tests.
THEIRS = "NIIDHT"


@pytest.fixture
async def admin(site: Site) -> AsyncIterator[Page]:
    """An administrator of a hospital, in front of the page of events; what they subscribed ends with the test."""
    page = await site.signed_in(Role.ADMIN, "root", THEIRS)
    await page.goto("/desk/webhooks")
    yield page
    for each in await site.system.parts.api.webhooks.every():
        if each.hospitals == frozenset({THEIRS}):
            await site.system.parts.api.webhooks.remove(each.id)


async def told(system: System) -> None:
    """Everything that is due is tried, by the courier of the site or here."""
    await system.parts.courier.round()
    await system.parts.courier.settled()


async def subscribed(page: Page, receiver: Receiver) -> str:
    """The receiver is subscribed by the form; the secret that the page shows."""
    await page.goto("/desk/webhooks/new")
    await page.fill("#name", "Регистр соцуслуг")
    await page.fill("#url", receiver.url)
    await page.click("text=Подписать")
    return await said(page, "#secret")


async def admitted(system: System) -> str:
    """A new patient of theirs; the case's id."""
    headers = system.token(Role.INTEGRATOR, "his", THEIRS)
    answer = await system.http.post("/api/v1/admissions", json=admission(facility=THEIRS), headers=headers)
    assert answer.status_code == 201, answer.text
    case_id: str = answer.json()["case_id"]
    return case_id


def verified(message: Received, secret: str) -> None:
    """The subscriber's library takes it."""
    Webhook(secret).verify(message.body, message.headers)


async def test_a_system_is_subscribed_tried_and_told(site: Site, admin: Page, receiver: Receiver) -> None:
    """Given nobody who is told, when a receiver is subscribed and tried, then it hears of the next patient."""
    await shows(admin, "main", "Пока никто не подписан")
    await site.looked_at(admin, "webhooks-empty")
    await admin.click("main >> text=Новая подписка >> nth=0")
    await site.looked_at(admin, "webhooks-new")
    await admin.fill("#name", "Регистр соцуслуг")
    await admin.fill("#url", "https://10.0.0.7/hook")
    await admin.check('input[name="which"][value="some"]')
    await admin.click("summary:has-text('Выбрать события')")
    await admin.check('input[value="marshrut.case.opened.v1"]')
    await admin.click("text=Подписать")
    await expect(admin.locator(".errsum")).to_contain_text("не закрытая сеть")
    await expect(admin.locator("#name")).to_have_value("Регистр соцуслуг")
    await expect(admin.locator('input[value="marshrut.case.opened.v1"]').first).to_be_checked()
    await site.looked_at(admin, "webhooks-refused", faults=False)  # the browser reports the 422

    await admin.fill("#url", receiver.url)
    await admin.click("text=Подписать")
    secret = await said(admin, "#secret")
    assert secret.startswith("whsec_")
    await shows(admin, "main", "один раз")
    await site.looked_at(admin, "webhooks-secret", faults=False)
    await admin.click("text=Отправить пробное событие")
    await expect(admin.locator(".banner")).to_contain_text("Получатель ответил 204")
    verified(receiver.taken[-1], secret)
    assert secret not in await admin.content()
    await site.looked_at(admin, "webhooks-tried", faults=False)

    case_id = await admitted(site.system)
    await told(site.system)
    assert receiver.types[-1] == "marshrut.case.opened.v1"
    await admin.goto("/desk/webhooks")
    await shows(admin, "table", "принимает")
    await site.looked_at(admin, "webhooks-list", faults=False)
    await admin.click("table a")
    await admin.click("table a:has-text('Случай открыт')")
    assert f'"partitionkey": "{case_id}"' in await admin.inner_text("#event")
    await shows(admin, "table", "ответ 204: принято")
    await site.looked_at(admin, "webhooks-delivery", faults=False)


async def test_a_receiver_that_says_no_is_seen_and_what_was_parked_is_sent_again(
    site: Site, admin: Page, receiver: Receiver
) -> None:
    """Given events that are not taken, when it takes again, then a button sends what was parked, in order."""

    async def refuses(_message: Received) -> str:
        return "500 No"

    await subscribed(admin, receiver)
    receiver.answer = refuses
    case_id = await admitted(site.system)
    await told(site.system)
    await admin.click("text=Отправить пробное событие")
    await expect(admin.locator(".banner")).to_contain_text("ответ 500: не принимает")
    await shows(admin, "aside", "не принимает с")
    await site.looked_at(admin, "webhooks-failing")
    await parked(site.system, datetime.now().astimezone())
    await admin.goto("/desk/webhooks")
    await shows(admin, "table", "отложено 1 событие")
    await site.looked_at(admin, "webhooks-parked-list")
    await admin.click("table a")
    await admin.click("nav.tabs >> text=Отложены")
    await site.looked_at(admin, "webhooks-parked")
    await admin.click("table a:has-text('Случай открыт')")
    await shows(admin, "aside", "ждут за ним")
    await site.looked_at(admin, "webhooks-parked-one")
    del receiver.received[:]
    receiver.answer = Receiver().answer
    await admin.click("text=Отправить ещё раз")
    await expect(admin.locator(".banner")).to_contain_text("Отправляем ещё раз")
    await told(site.system)
    events = [each.event for each in receiver.taken if each.type != "marshrut.webhook.tested.v1"]
    assert events[0]["type"] == "marshrut.case.opened.v1"
    assert len(events) > 1
    assert {each["partitionkey"] for each in events} == {case_id}


async def parked(system: System, now: datetime) -> None:
    """What waits first is parked, as it is after three days."""
    webhooks, deliveries = system.parts.api.webhooks, system.parts.api.deliveries
    (hook,) = [each for each in await webhooks.every() if each.hospitals == frozenset({THEIRS})]
    await deliveries.replay(hook.id)
    (held,) = await deliveries.lease(hook.id, owner="test", lease_s=60, limit=1)
    assert held.begun_at is not None
    assert now - held.begun_at < timedelta(minutes=5)
    await deliveries.park(held, Sent(now, 12, 500, SendFault.REFUSED), owner="test")


async def test_a_secret_is_replaced_and_a_subscription_paused_changed_and_removed(
    site: Site, admin: Page, receiver: Receiver
) -> None:
    """Given a subscription, when its secret is replaced, then both sign for a while; paused it keeps what happens."""
    first = await subscribed(admin, receiver)
    await admin.click("summary:has-text('Сменить секрет')")
    await admin.click("button:has-text('Сменить секрет')")
    second = await said(admin, "#secret")
    assert second != first
    await shows(admin, "aside", "прежний, подписывает до")
    await admin.click("text=Отправить пробное событие")
    await expect(admin.locator(".banner")).to_contain_text("Получатель ответил 204")
    for secret in (first, second):
        verified(receiver.taken[-1], secret)

    await admin.click("text=Приостановить")
    await expect(admin.locator(".banner")).to_contain_text("Приостановлена")
    await admitted(site.system)
    await told(site.system)
    assert receiver.types == ["marshrut.webhook.tested.v1"]
    await admin.reload()
    await shows(admin, "aside", "ждут")
    await site.looked_at(admin, "webhooks-paused")
    await admin.click("summary:has-text('Изменить')")
    await admin.fill("#name", "Регистр, новый")
    await site.looked_at(admin, "webhooks-change")
    await admin.click("text=Сохранить")
    await shows(admin, "h1", "Регистр, новый")
    await shows(admin, "aside", "приостановлена")
    await admin.click("text=Возобновить")
    await told(site.system)
    assert "marshrut.case.opened.v1" in receiver.types

    await admin.click("summary:has-text('Удалить подписку')")
    await admin.check("text=Да, удалить")
    await admin.click("button:has-text('Удалить подписку')")
    await expect(admin.locator(".banner")).to_contain_text("Подписка удалена")
    await shows(admin, "main", "Пока никто не подписан")


async def test_it_reads_in_english_in_the_dark_and_on_a_telephone(site: Site, admin: Page, receiver: Receiver) -> None:
    """Given a telephone, when somebody looks, then nothing is cut off and everything is said in their language."""
    await subscribed(admin, receiver)
    await admitted(site.system)
    await told(site.system)
    page = await site.signed_in(Role.ADMIN, "root", THEIRS, size=PHONE, dark=True, language="en-GB")
    await page.goto("/desk/webhooks")
    await shows(page, "table", "takes them")
    await site.looked_at(page, "webhooks-phone-dark")
    await page.click("table a")
    await shows(page, "main", "Case opened")
    await site.looked_at(page, "webhooks-one-phone-dark")
    await page.click("table a:has-text('Case opened')")
    await expect(page.locator("[data-copy=event]")).to_be_visible()
    await site.looked_at(page, "webhooks-delivery-phone-dark")
    await page.goto("/desk/webhooks/new")
    await site.looked_at(page, "webhooks-new-phone-dark")
    await page.set_viewport_size({"width": 1130, "height": 800})
    await page.goto("/desk/webhooks")
    await site.looked_at(page, "webhooks-narrow-dark")
