"""Partners: a link with a one-time code, a system of their own, and what neither may see."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import sqlalchemy as sa

from api.http.limits import Buckets
from marshrut.domain.ids import partner_code, partner_code_of
from marshrut.domain.words import Role
from marshrut.store.tables import partner_links, referrals
from tests.api.inboxes import relaying
from tests.e2e.stories.planned import notices
from tests.fixtures.asked import FACTORY, FAMILY, PROGRAMME, SERVICE, asked, linked, live, of_partner, status
from tests.fixtures.engine import eventually
from tests.fixtures.system import System, said


async def say(system: System, partner: str, referral: str, **answer: Any) -> httpx.Response:
    """A partner's answer by its own system."""
    path = f"/api/v1/partner/referrals/{referral}/answer"
    return await system.http.post(path, json=answer, headers=of_partner(system, partner))


async def form(system: System, link: dict[str, Any], **fields: str) -> httpx.Response:
    """A partner's answer by its link."""
    return await system.http.post(link["path"], data={"key": "form-1", **fields})


async def told(system: System, case_id: str) -> list[tuple[Role, str]]:
    """Who was told what."""
    return notices((await system.get(f"/api/v1/cases/{case_id}/events", limit=500))["items"])


async def test_a_partner_answers_by_its_own_system_and_the_case_goes_on(system: System) -> None:
    """Given two partners asked, when one accepts, begins and delivers, then the case goes on as by our word."""
    case_id, items = await asked(system)
    listed = await system.http.get("/api/v1/partner/referrals", headers=of_partner(system, SERVICE))
    mine = [each for each in listed.json()["items"] if each["referral_id"] == items[SERVICE]]
    assert [(each["programme"]["code"], each["status"]) for each in mine] == [(PROGRAMME, "requested")]
    assert set(mine[0]["can"]) == {"accepted", "declined", "on_hold"}

    accepted = await say(system, SERVICE, items[SERVICE], answer="accepted", note="Позвоним завтра")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    assert await status(system, items[FACTORY]) == "recalled"
    assert "referral_start" in await live(system, case_id)
    assert "referral_answer" not in await live(system, case_id)
    assert (Role.COORDINATOR, "partner_answered") in await told(system, case_id)
    shown = await system.get(f"/api/v1/items/{items[SERVICE]}", role=Role.COORDINATOR)
    assert (shown["facts"]["note"], shown["moved_by"]) == ("Позвоним завтра", SERVICE)

    assert (await say(system, SERVICE, items[SERVICE], answer="in_progress")).json()["status"] == "in_progress"
    done = await say(system, SERVICE, items[SERVICE], answer="completed", units=12)
    assert (done.json()["status"], done.json()["can"]) == ("done", [])
    assert await status(system, items[SERVICE]) == "done"
    again = await say(system, SERVICE, items[SERVICE], answer="completed")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_move")


async def test_a_no_needs_a_reason_and_the_round_goes_on(system: System) -> None:
    """Given two partners, when both decline with a reason of the catalogue, then others are to be asked."""
    case_id, items = await asked(system)
    bare = await say(system, SERVICE, items[SERVICE], answer="declined")
    assert (bare.status_code, bare.json()["code"], bare.json()["errors"][0]["field"]) == (
        422,
        "missing_field",
        "reason",
    )
    wrong = await say(system, SERVICE, items[SERVICE], answer="declined", reason="bad_weather")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_reason")
    for partner in (SERVICE, FACTORY):
        answer = await say(system, partner, items[partner], answer="declined", reason="no_capacity")
        assert answer.json()["reason"]["title"]["ru"] == "Нет мест или свободных специалистов"
    assert "referral_send" in await live(system, case_id)
    assert (Role.SUPERVISOR, "nobody_accepts") in await told(system, case_id)


async def test_put_aside_is_neither_a_yes_nor_a_no(system: System) -> None:
    """Given a request, when the partner puts it aside until a day, then it waits, and a yes takes it up again."""
    case_id, items = await asked(system, SERVICE)
    until = datetime.now(UTC) + timedelta(days=9)
    far = await say(
        system, SERVICE, items[SERVICE], answer="on_hold", reason="no_capacity", until=f"{until.year + 1}-01-01T00:00Z"
    )
    assert (far.status_code, far.json()["code"]) == (422, "held_too_long")
    past = await say(
        system, SERVICE, items[SERVICE], answer="on_hold", reason="no_capacity", until="2026-01-01T00:00:00Z"
    )
    assert (past.status_code, past.json()["code"]) == (422, "due_in_the_past")
    stray = await say(system, SERVICE, items[SERVICE], answer="accepted", until=until.isoformat())
    assert (stray.status_code, stray.json()["code"]) == (422, "only_on_hold")
    held = await say(system, SERVICE, items[SERVICE], answer="on_hold", reason="no_capacity", until=until.isoformat())
    assert (held.json()["status"], held.json()["on_hold"]) == ("requested", True)
    assert datetime.fromisoformat(held.json()["answer_by"]) >= until
    assert "referral_answer" in await live(system, case_id)  # a coordinator may still hear of it by telephone
    taken = await say(system, SERVICE, items[SERVICE], answer="accepted")
    assert (taken.json()["status"], taken.json()["on_hold"]) == ("accepted", False)


async def test_a_link_is_answered_once_without_signing_in(system: System) -> None:
    """Given a link, when its form is sent, twice and then otherwise, then the first answer is the only one."""
    case_id, items = await asked(system, SERVICE)
    link = await linked(system, items[SERVICE])
    page = await system.http.get(link["path"], headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    assert "We accept" in page.text
    first = await form(system, link, answer="accepted", note="Готовы")
    assert (first.status_code, first.headers["location"]) == (303, link["path"])
    assert await status(system, items[SERVICE]) == "accepted"
    seq = (await system.get(f"/api/v1/cases/{case_id}"))["seq"]
    assert (await form(system, link, answer="accepted", note="Готовы")).status_code == 303
    other = await form(system, link, answer="failed", reason="other", key="form-2")
    assert other.status_code == 409
    assert "Ответ записан" in other.text
    assert (await system.get(f"/api/v1/cases/{case_id}"))["seq"] == seq
    used = await system.http.get(link["path"])
    assert "<form" not in used.text.partition("<main")[2]


async def test_what_was_wrong_in_a_links_form_is_shown_again_with_what_was_typed(system: System) -> None:
    """A form without an answer or a reason comes back with the fault at its field; the link is as good as before."""
    _, items = await asked(system, SERVICE)
    link = await linked(system, items[SERVICE])
    empty = await form(system, link, note="Перезвоните")
    assert empty.status_code == 422
    assert "Выберите ответ." in empty.text
    assert "Перезвоните" in empty.text
    bare = await form(system, link, answer="declined")
    assert (bare.status_code, "Выберите причину." in bare.text) == (422, True)
    day = await form(system, link, answer="on_hold", reason="other", until="вчера")
    assert (day.status_code, "Укажите день." in day.text) == (422, True)
    assert (await form(system, link, answer="declined", reason="other")).status_code == 303
    assert await status(system, items[SERVICE]) == "declined"


async def test_of_two_links_the_first_who_accepts_wins_and_the_other_link_stays_good(system: System) -> None:
    """Given two partners' links, when both accept, then the second is told so, and may still decline by its link."""
    _, items = await asked(system)
    ours, theirs = await linked(system, items[SERVICE]), await linked(system, items[FACTORY])
    answers = await asyncio.gather(form(system, ours, answer="accepted"), form(system, theirs, answer="accepted"))
    assert sorted(answer.status_code for answer in answers) in ([303, 409], [303, 303])
    stand = {await status(system, items[SERVICE]), await status(system, items[FACTORY])}
    assert stand == {"accepted", "recalled"}


async def test_a_newer_link_takes_the_place_of_one_that_nobody_used(system: System) -> None:
    """Given a link that was lost, when another is issued, then the lost one answers nothing."""
    _, items = await asked(system, SERVICE)
    lost = await linked(system, items[SERVICE])
    newer = await linked(system, items[SERVICE])
    assert lost["code"] != newer["code"]
    refused = await form(system, lost, answer="accepted")
    assert (refused.status_code, "новая ссылка" in refused.text) == (409, True)
    assert (await form(system, newer, answer="accepted")).status_code == 303


async def test_the_same_call_issues_the_same_link(system: System) -> None:
    """Given an idempotency key, when the call is repeated, then the same code is told, though it is kept nowhere."""
    _, items = await asked(system, SERVICE)
    path = f"/api/v1/items/{items[SERVICE]}/partner-link"
    one = await system.post(path, {"needs_consent": True}, **said(idempotency_key="link-1"))
    two = await system.post(path, {"needs_consent": True}, **said(idempotency_key="link-1"))
    assert one.json() == two.json()
    other = await system.post(path, user="boris", **said(idempotency_key="link-1"))
    assert other.json()["code"] != one.json()["code"]
    late = await system.post(path, {"needs_consent": True}, **said(idempotency_key="link-1"))
    assert (late.status_code, late.json()["code"]) == (409, "link_withdrawn")


async def test_a_link_runs_out(system: System) -> None:
    """After its time a link shows that it has run out and takes no answer."""
    _, items = await asked(system, SERVICE)
    link = await linked(system, items[SERVICE])
    async with system.parts.db.write() as conn:
        past = datetime.now(UTC) - timedelta(seconds=1)
        mine = partner_links.c.item_id == items[SERVICE]
        await conn.execute(partner_links.update().where(mine).values(expires_at=past))
    shown = await system.http.get(link["path"])
    assert "Срок ссылки вышел" in shown.text
    assert (await form(system, link, answer="accepted")).status_code == 409
    assert await status(system, items[SERVICE]) == "requested"


async def test_the_code_is_kept_nowhere(system: System) -> None:
    """Neither the table of links nor the journal nor a later answer of the API holds the code."""
    case_id, items = await asked(system, SERVICE)
    link = await linked(system, items[SERVICE])
    bare = link["code"].replace("-", "")
    async with system.parts.db.read() as conn:
        rows = [str(tuple(row)) for row in await conn.execute(sa.select(partner_links))]
    events = await system.http.get(f"/api/v1/cases/{case_id}/events", headers=system.token(Role.SUPERVISOR))
    card = await system.http.get(f"/api/v1/cases/{case_id}", headers=system.token(Role.SUPERVISOR))
    for text in (*rows, events.text, card.text):
        assert bare not in text
        assert link["code"] not in text


async def test_nobody_tries_codes_for_long(system: System) -> None:
    """A code that nobody has is 404 in the same words as one that is none; who tries on hears 429 and when to come."""
    for code in ("0000-0000-0000-0000", "x", "0000-0000-0000"):
        answer = await system.http.get(f"/partner/{code}")
        assert answer.status_code == 404
        assert "По этой ссылке ничего нет" in answer.text.replace("\u00a0", " ")
    parts = system.app.state.parts
    system.app.state.parts = replace(parts, inquiries=Buckets(2))
    try:
        answers = [await system.http.get("/partner/0000-0000-0000-0000") for _ in range(3)]
    finally:
        system.app.state.parts = parts
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_a_code_has_eighty_bits_and_reads_as_it_was_typed() -> None:
    """Each of its sixteen characters follows from five bits of chance of its own; look-alikes are understood."""
    code = partner_code("0123456789abcdef0123" + "f" * 44)
    assert len(code) == 16
    assert partner_code_of(f" {code[:4]}-{code[4:8].lower()} {code[8:]}") == code
    assert len({partner_code(f"{number:020x}") for number in range(2000)}) == 2000
    assert partner_code_of(code[:12]) is None


async def test_needs_are_told_with_the_patients_consent_alone(system: System) -> None:
    """Given no consent nothing is told of needs; with it titles alone; when it is taken back, nothing again."""
    case_id, items = await asked(system, SERVICE)
    path = f"/api/v1/partner/referrals/{items[SERVICE]}"

    async def needs() -> Any:
        return (await system.http.get(path, headers=of_partner(system, SERVICE))).json()["needs"]

    assert await needs() is None
    assert not (await linked(system, items[SERVICE]))["needs_shown"]
    link = await linked(system, items[SERVICE], needs_consent=True)
    assert link["needs_shown"]
    assert {"ru": "Психологическая поддержка", "en": "Psychological support"} in await needs()
    assert "Психологическая поддержка" in (await system.http.get(link["path"])).text
    consent = (await system.get(f"/api/v1/cases/{case_id}/items", kind="consent"))["items"]
    assert [(each["name"], each["status"]) for each in consent if each["name"] == "needs_to_partners"] == [
        ("needs_to_partners", "given")
    ]
    await linked(system, items[SERVICE], needs_consent=False)
    assert await needs() is None


async def test_a_partner_sees_its_own_referral_and_nothing_else(system: System) -> None:
    """Of the person, the case, the ward, another partner and another's referral nothing is told, by link or by API."""
    case_id, items = await asked(system)
    headers = of_partner(system, SERVICE)
    link = await linked(system, items[SERVICE], needs_consent=True)
    page = (await system.http.get(link["path"])).text
    own = (await system.http.get(f"/api/v1/partner/referrals/{items[SERVICE]}", headers=headers)).text
    for secret in (FAMILY, "Вера", "S88.1", "Протезное"):
        assert secret not in page
        assert secret not in own
    assert case_id not in page
    assert case_id not in link["path"]
    for path in (
        f"/api/v1/partner/referrals/{items[FACTORY]}",
        f"/api/v1/partner/referrals/{case_id}.need.psychology.main",
        "/api/v1/partner/referrals/none",
    ):
        answer = await system.http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "referral_not_found")
    theirs = await say(system, SERVICE, items[FACTORY], answer="accepted")
    assert theirs.status_code == 404
    assert await status(system, items[FACTORY]) == "requested"
    listed = await system.http.get("/api/v1/partner/referrals?limit=500", headers=headers)
    assert {each["partner"]["code"] for each in listed.json()["items"]} == {SERVICE}
    for path in (
        f"/api/v1/cases/{case_id}",
        f"/api/v1/items/{items[SERVICE]}",
        "/api/v1/steps",
        "/api/v1/catalogue/route",
    ):
        assert (await system.http.get(path, headers=headers)).status_code == 403


async def test_a_token_of_a_partner_opens_no_page(system: System) -> None:
    """Whoever signs in with it is refused by each page."""
    token = system.token(Role.PARTNER, SERVICE)["Authorization"].removeprefix("Bearer ")
    signed = await system.http.post("/desk/signin", data={"token": token}, headers={"Sec-Fetch-Site": "same-origin"})
    assert signed.status_code == 303
    for path in ("/desk/", "/desk/cases", "/desk/catalogue", "/desk/board"):
        assert (await system.http.get(path)).status_code == 403, path
    system.http.cookies.clear()


async def test_a_partners_list_is_paged_and_filtered(system: System) -> None:
    """Page by page each referral is told once, the newest first; a status that there is not is refused by name."""
    for _ in range(3):
        await asked(system, SERVICE)
    headers, seen, cursor = of_partner(system, SERVICE), [], None
    while True:
        params = {"limit": "2", "status": "requested", **({"cursor": cursor} if cursor else {})}
        page = (await system.http.get("/api/v1/partner/referrals", params=params, headers=headers)).json()
        seen += [(each["asked_at"], each["referral_id"]) for each in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert len(seen) == len({name for _, name in seen}) >= 3
    assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)
    for params in ({"status": "lost"}, {"cursor": "bm9uZQ=="}):
        answer = await system.http.get("/api/v1/partner/referrals", params=params, headers=headers)
        assert answer.status_code == 422


async def test_answers_are_safe_to_repeat_and_to_condition(system: System) -> None:
    """With a key an answer happens once; with `If-Match` only over what the partner saw."""
    case_id, items = await asked(system, SERVICE)
    path, headers = f"/api/v1/partner/referrals/{items[SERVICE]}", of_partner(system, SERVICE)
    shown = await system.http.get(path, headers=headers)
    tag = shown.headers["etag"]
    assert (await system.http.get(path, headers={**headers, "If-None-Match": tag})).status_code == 304
    once = {**headers, "Idempotency-Key": "a-1", "If-Match": tag}
    for _ in range(2):
        assert (await system.http.post(f"{path}/answer", json={"answer": "accepted"}, headers=once)).status_code == 200
    late = await system.http.post(
        f"{path}/answer", json={"answer": "in_progress"}, headers={**headers, "If-Match": tag}
    )
    assert (late.status_code, late.json()["code"]) == (412, "version_differs")
    now = await system.http.get(path, headers=headers)
    assert late.json()["details"]["version"] == now.json()["version"]
    events = [each["data"] for each in (await system.get(f"/api/v1/cases/{case_id}/events", limit=500))["items"]]
    assert sum(each.get("status") == "accepted" and each.get("item_id") == items[SERVICE] for each in events) == 1


async def test_a_referral_that_went_on_in_another_case_is_answered_there(system: System) -> None:
    """Given two cases of one person made one, when the partner answers by its link, then the one that goes on hears."""
    old, items = await asked(system, SERVICE)
    link = await linked(system, items[SERVICE])
    into = await system.admit()
    merged = await system.post(f"/api/v1/cases/{into}/merge", {"other": old}, role=Role.SUPERVISOR)
    assert merged.status_code == 200, merged.text

    async def goes_on() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await system.get(f"/api/v1/cases/{into}/items", kind="referral"))["items"]
        return found

    async with relaying(system.parts):
        here = await eventually(goes_on)
    assert [each["status"] for each in here] == ["requested"]
    assert (await form(system, link, answer="accepted")).status_code == 303
    assert await status(system, here[0]["item_id"]) == "accepted"
    async with system.parts.db.read() as conn:
        mine = referrals.c.case_id.in_([old, into])
        rows = {row.case_id: row.status for row in await conn.execute(sa.select(referrals).where(mine))}
    assert rows == {old: "merged", into: "accepted"}


async def test_only_a_referral_that_can_be_answered_has_a_link(system: System) -> None:
    """A need has none, nor a referral that is over, nor one of another hospital."""
    case_id, items = await asked(system, SERVICE)
    need = await system.item(case_id, "need", "home_care")
    assert (await system.post(f"/api/v1/items/{need}/partner-link")).json()["code"] == "no_partner"
    foreign = await system.http.post(
        f"/api/v1/items/{items[SERVICE]}/partner-link", headers=system.token(Role.COORDINATOR, "x", "SKLIF")
    )
    assert foreign.status_code == 404
    await say(system, SERVICE, items[SERVICE], answer="declined", reason="other")
    over = await system.post(f"/api/v1/items/{items[SERVICE]}/partner-link")
    assert (over.status_code, over.json()["code"]) == (409, "nothing_to_answer")
