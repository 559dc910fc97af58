"""What a partner may still see and do when things have changed: the link, the patient's word, the referral."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from api.partners import links as links_of
from api.routes import partner_links as routes
from api.writing import NotYetKnown
from marshrut.domain.words import Role
from marshrut.ports import CommandState, Unavailable
from marshrut.store.tables import commands, partner_links
from tests.fixtures.asked import PROGRAMME, SERVICE, asked, linked, of_partner, status
from tests.fixtures.system import System, said

PROGRAMME_TITLE, HOSPITAL_TITLE = "Новые возможности", "29"


async def seen(system: System, item: str) -> dict[str, Any]:
    """The referral as the partner's own system sees it."""
    answer = await system.http.get(f"/api/v1/partner/referrals/{item}", headers=of_partner(system, SERVICE))
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def says(system: System, item: str, **answer: Any) -> None:
    """The partner's own system answers."""
    path = f"/api/v1/partner/referrals/{item}/answer"
    done = await system.http.post(path, json=answer, headers=of_partner(system, SERVICE))
    assert done.status_code == 200, done.text


async def runs_out(system: System, item: str, at: datetime | None = None) -> None:
    """The referral's links have run out."""
    past = at or datetime.now(UTC) - timedelta(seconds=1)
    async with system.parts.db.write() as conn:
        mine = partner_links.c.item_id == item
        await conn.execute(partner_links.update().where(mine).values(expires_at=past, claimed_at=past))


async def test_a_link_that_takes_no_answer_tells_nothing_of_the_referral(system: System) -> None:
    """Given a link that was replaced or has run out, then whoever holds it reads neither programme nor hospital."""
    _, items = await asked(system, SERVICE)
    first = await linked(system, items[SERVICE])
    assert PROGRAMME_TITLE in (await system.http.get(first["path"])).text
    newer = await linked(system, items[SERVICE])
    await runs_out(system, items[SERVICE])
    for link, told in ((first, "Выдана новая ссылка"), (newer, "Срок ссылки вышел")):
        for answer in (
            await system.http.get(link["path"]),
            await system.http.post(link["path"], data={"key": "k", "answer": "accepted"}),
        ):
            page = answer.text.replace("\u00a0", " ")
            assert told in page
            assert PROGRAMME_TITLE not in page
            assert "больница" not in page.lower().partition("<main")[2].replace("больницы", "")
            assert "<form" not in page.partition("<main")[2]


async def test_what_was_answered_is_shown_as_long_as_the_link_would_have_been_good(system: System) -> None:
    """Given an answered link, then it says what became of the referral until its time is over, and no longer."""
    _, items = await asked(system, SERVICE)
    link = await linked(system, items[SERVICE])
    done = await system.http.post(link["path"], data={"key": "k", "answer": "accepted"})
    assert done.status_code == 303
    assert PROGRAMME_TITLE in (await system.http.get(link["path"])).text
    await runs_out(system, items[SERVICE])
    later = (await system.http.get(link["path"])).text
    assert "Ответ записан" in later.replace("\u00a0", " ")
    assert PROGRAMME_TITLE not in later


async def test_whom_a_partner_does_not_serve_it_hears_no_more_of(system: System) -> None:
    """Given the patient's consent, when the partner is asked no more, then it hears no more."""
    _, items = await asked(system, SERVICE)
    await linked(system, items[SERVICE], needs_consent=True)
    assert (await seen(system, items[SERVICE]))["needs"]
    await says(system, items[SERVICE], answer="accepted")
    assert (await seen(system, items[SERVICE]))["needs"]
    await says(system, items[SERVICE], answer="failed", reason="other")
    assert (await seen(system, items[SERVICE]))["needs"] is None

    _, others = await asked(system, SERVICE)
    link = await linked(system, others[SERVICE], needs_consent=True)
    recalled = await system.post(f"/api/v1/items/{others[SERVICE]}/move", {"status": "recalled"})
    assert recalled.status_code == 200, recalled.text
    assert (await seen(system, others[SERVICE]))["needs"] is None
    page = (await system.http.get(link["path"])).text.replace("\u00a0", " ")
    assert "Отвечать больше не нужно" in page
    assert "Психологическая поддержка" not in page
    late = await system.http.post(link["path"], data={"key": "k", "answer": "accepted"})
    assert late.status_code == 409
    assert await status(system, others[SERVICE]) == "recalled"


async def test_a_reason_is_told_while_it_is_the_partners_own_word(system: System) -> None:
    """Given a reason for putting aside, then a yes ends it; why the hospital asks no more is no partner's business."""
    _, items = await asked(system, SERVICE)
    await says(system, items[SERVICE], answer="on_hold", reason="no_capacity")
    assert (await seen(system, items[SERVICE]))["reason"]["code"] == "no_capacity"
    await says(system, items[SERVICE], answer="accepted")
    assert (await seen(system, items[SERVICE]))["reason"] is None
    body = {"status": "recalled", "facts": {"reason": "patient_refuses"}}
    recalled = await system.post(f"/api/v1/items/{items[SERVICE]}/move", body)
    assert recalled.status_code == 200, recalled.text
    assert (await seen(system, items[SERVICE]))["reason"] is None


async def test_a_newer_link_takes_the_place_of_one_whose_answer_was_refused(system: System) -> None:
    """Given a link whose answer the case refused, when another is issued, then the earlier one takes none any more."""
    _, items = await asked(system, SERVICE)
    earlier = await linked(system, items[SERVICE])
    await system.post(f"/api/v1/items/{items[SERVICE]}/move", {"status": "accepted"}, **said(if_match='"0000"'))
    async with system.parts.db.write() as conn:
        rejected = sa.select(commands.c.id).where(commands.c.state == CommandState.REJECTED)
        refused = (await conn.execute(rejected.order_by(commands.c.number.desc()).limit(1))).scalar_one()
        mine = partner_links.c.item_id == items[SERVICE]
        await conn.execute(partner_links.update().where(mine).values(command_id=refused, claimed_at=datetime.now(UTC)))
    case_id = items[SERVICE].split(".", 1)[0]
    known = await system.parts.api.partners.newest(case_id)
    assert known[items[SERVICE]].command_id is None  # the case's page does not say that it was answered
    assert "<form" in (await system.http.get(earlier["path"])).text.partition("<main")[2]
    await linked(system, items[SERVICE])
    late = await system.http.post(earlier["path"], data={"key": "k", "answer": "accepted"})
    assert late.status_code == 409
    assert await status(system, items[SERVICE]) == "requested"


async def test_a_link_is_made_once_the_patients_word_is_recorded(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a consent that is on its way, then the answer is 202 and no link has changed; said again there is one."""
    _, items = await asked(system, SERVICE)
    first = await linked(system, items[SERVICE])
    path, once = f"/api/v1/items/{items[SERVICE]}/partner-link", said(idempotency_key="link-202")

    async def on_its_way(*_: Any, **__: Any) -> None:
        raise NotYetKnown("some-command")

    with monkeypatch.context() as patch:
        patch.setattr(routes, "submit", on_its_way)
        pending = await system.post(path, {"needs_consent": True}, **once)
    assert pending.status_code == 202
    assert "<form" in (await system.http.get(first["path"])).text.partition("<main")[2]
    made = await system.post(path, {"needs_consent": True}, **once)
    assert (made.status_code, made.json()["needs_shown"]) == (201, True)
    assert "Выдана новая ссылка" in (await system.http.get(first["path"])).text.replace("\u00a0", " ")


async def test_a_form_that_was_about_to_be_stored_is_no_way_round_the_term(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a form whose process died before it stored it, when it comes again after the link has run out, then no."""
    _, items = await asked(system, SERVICE)
    link = await linked(system, items[SERVICE])
    form = {"key": "died", "answer": "accepted"}

    async def dies(*_: Any, **__: Any) -> None:
        raise Unavailable("sql")

    with monkeypatch.context() as patch:
        patch.setattr(links_of, "give", dies)
        assert (await system.http.post(link["path"], data=form)).status_code == 503
    await runs_out(system, items[SERVICE], datetime.now(UTC) - timedelta(days=1))
    late = await system.http.post(link["path"], data=form)
    assert late.status_code == 409
    assert await status(system, items[SERVICE]) == "requested"


async def test_looking_at_a_link_spends_nothing(system: System) -> None:
    """Given programs of mail and chat that open each link before people do, then the link is as good as before."""
    _, items = await asked(system, SERVICE)
    link = await linked(system, items[SERVICE])
    for method in ("HEAD", "GET", "GET", "OPTIONS"):
        looked = await system.http.request(
            method, link["path"], headers={"User-Agent": "TelegramBot (like TwitterBot)"}
        )
        assert looked.status_code in {200, 405}
    assert (await system.http.get(link["path"])).headers["x-robots-tag"] == "noindex"
    assert (await system.http.post(link["path"], data={"key": "k", "answer": "accepted"})).status_code == 303
    assert await status(system, items[SERVICE]) == "accepted"


async def test_a_partner_is_told_what_became_of_its_answer(system: System) -> None:
    """Given a partner's answer, then the place to ask shows the referral as the partner may see it, and to no other."""
    case_id, items = await asked(system, SERVICE)
    await says(system, items[SERVICE], answer="accepted")
    events = (await system.get(f"/api/v1/cases/{case_id}/events", limit=500))["items"]
    (own,) = [each["command_id"] for each in events if each["actor"] == SERVICE and each["command_id"]][:1]
    told = await system.http.get(f"/api/v1/commands/{own}", headers=of_partner(system, SERVICE))
    assert (told.status_code, told.json()["state"]) == (200, "done")
    result = told.json()["result"]
    assert (result["referral_id"], result["status"]) == (items[SERVICE], "accepted")
    assert result["programme"]["code"] == PROGRAMME
    other = await system.http.get(f"/api/v1/commands/{own}", headers=system.token(Role.PARTNER, "another"))
    assert other.status_code == 404


async def test_an_answer_that_is_on_its_way_is_not_said_to_be_recorded(system: System) -> None:
    """Given an answer of which nobody knows yet what becomes, then the page says so; if nothing does, it is asked."""
    _, items = await asked(system, SERVICE)
    link = await linked(system, items[SERVICE])

    async def page(claimed_at: datetime) -> str:
        async with system.parts.db.write() as conn:
            mine = partner_links.c.item_id == items[SERVICE]
            await conn.execute(
                partner_links.update().where(mine).values(command_id="on its way", claimed_at=claimed_at)
            )
        return (await system.http.get(link["path"])).text.replace("\u00a0", " ")

    now = datetime.now(UTC)
    shown = await page(now)
    assert "Ответ записывается" in shown
    assert "Больница видит ваш ответ" not in shown
    other = await system.http.post(link["path"], data={"key": "other", "answer": "accepted"})
    assert other.status_code == 409
    assert "<form" in (await page(now - timedelta(hours=1))).partition("<main")[2]
