"""Where a matter stands, by code: who holds it needs no token, and is told no more than may be shown to anybody."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.http.limits import REMEMBERED, Buckets
from api.inquiry.pages import preferred
from api.inquiry.telling import told
from marshrut.domain import events as e
from marshrut.domain.ids import CROCKFORD, grouped, inquiry_code, inquiry_of
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import Ending, Flag, ItemKind, Role, Stage
from tests.fixtures.cases import DAY, NOON, clock
from tests.fixtures.shipped import shipped
from tests.fixtures.system import System

ZONE = ZoneInfo("Europe/Moscow")
CONTENT = shipped()
CODE = inquiry_code(b"key", "case")


async def code_of(system: System, case_id: str) -> str:
    found: str = (await system.get(f"/api/v1/cases/{case_id}"))["inquiry"]
    return found


async def status(system: System, code: str, **headers: str) -> httpx.Response:
    """What somebody is answered who has not signed in."""
    return await system.http.get(f"/status/{code}", headers=headers)


def case(stage: Stage = Stage.TRACKS, *items: Item, **changes: object) -> CaseState:
    """A case that stands there."""
    opened = CaseState(case_id="case", seq=1, hospital="GKB29", person="p", inquiry=CODE, stage=stage)
    return opened.but(items={item.item_id: item for item in items}, **changes)


def item(kind: ItemKind, name: str, status: str, **more: object) -> Item:
    facts = {"item_id": f"case.{kind}.{name}", "kind": kind, "name": name, "status": status}
    return Item.model_validate(facts | {"added_at": NOON, "moved_at": NOON, "moved_by": "anna"} | more)


def lines(state: CaseState, *, russian: bool = True) -> dict[str, tuple[str, str]]:
    """What is told of a placement, by what it is about."""
    view = told(state, CONTENT.at("GKB29"), ZONE, NOON, russian=russian)
    return {line.what: (line.standing, line.text) for line in view.lines if line.what not in set(Stage)}


# ---- on the real system ----


async def test_an_applicant_needs_no_token(system: System) -> None:
    """The code of the card, in whichever spelling, tells the stage in the reader's language, and nobody's name."""
    case_id = await system.admit()
    code = await code_of(system, case_id)
    for spelt in (code, code.lower(), code.replace("-", "")):
        answer = await status(system, spelt, **{"Accept-Language": "ru"})
        assert answer.status_code == 200, answer.text
        view = answer.json()
        assert (view["code"], view["state"], view["stage"]) == (code, "open", "first_contact")
        assert view["title"] == "Знакомимся и узнаём, что случилось"
        assert "каждый день 08:00-20:00" in view["ask"]
        assert not {"Соколова", "Антонина", case_id, "GKB29"} & set(answer.text.replace('"', " ").split())
    assert (await status(system, code)).json()["title"] == "We are getting to know what has happened"


async def test_the_forms_of_the_answer(system: System) -> None:
    """JSON unless text or a page is liked better; none is kept, indexed or told to where a link leads."""
    code = await code_of(system, await system.admit())
    for accept, media_type in (
        ("*/*", "application/json"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
    ):
        answer = await status(system, code, Accept=accept, **{"Accept-Language": "en"})
        assert answer.headers["content-type"] == media_type
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert code in answer.text
        assert "We are getting to know what has happened" in answer.text


async def test_an_unknown_code_and_no_code_are_answered_alike(system: System) -> None:
    """404, the same problem for a code that nobody has, one that is none, and an id of ours."""
    case_id = await system.admit()
    answers = [await status(system, code) for code in (grouped(CODE), "x", case_id, "UUUU-UUUU-UUUU")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "code_not_found"


async def test_the_code_is_shown_to_who_may_see_persons(system: System) -> None:
    """Coordinators read it on the card; machines and auditors do not, in the history neither."""
    case_id = await system.admit()
    for role, seen in ((Role.COORDINATOR, True), (Role.INTEGRATOR, False), (Role.AUDITOR, False)):
        assert ((await system.get(f"/api/v1/cases/{case_id}", role))["inquiry"] is not None) is seen
    code = (await code_of(system, case_id)).replace("-", "")
    assert code not in str(await system.get(f"/api/v1/cases/{case_id}/events", Role.AUDITOR))


async def test_a_closed_case_says_closed(system: System) -> None:
    """How it ended is nobody's business: a death too is told by people and not by a page."""
    case_id = await system.admit()
    code = await code_of(system, case_id)
    assert (await system.post(f"/api/v1/cases/{case_id}/events", {"type": "died"})).status_code == 200
    view = (await status(system, code)).json()
    assert (view["state"], view["stage"], view["lines"]) == ("closed", None, [])
    assert "died" not in str(view)


async def test_of_a_child_or_a_threatened_person_nothing_is_told(system: System) -> None:
    """Whoever holds the code may be no parent: the answer is the same whatever becomes of the case."""
    case_id = await system.admit(flags=["child_without_carer"])
    code = await code_of(system, case_id)
    before = (await status(system, code)).json()
    await system.post(f"/api/v1/cases/{case_id}/events", {"type": "left"})
    after = (await status(system, code)).json()
    assert before["state"] == "ask"
    assert {**before, "as_of": None} == {**after, "as_of": None}


async def test_who_asks_too_often_has_to_wait(system: System) -> None:
    """An address has so many questions a minute, answered or not; then 429 with the seconds to wait."""
    code = await code_of(system, await system.admit())
    parts = replace(system.parts.api, inquiries=Buckets(3))
    with system.over(parts) as app:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://marshrut.test") as http:
            asked = [await http.get(f"/status/{each}") for each in (code, "unknown", code, code)]
    assert [answer.status_code for answer in asked] == [200, 404, 200, 429]
    assert asked[-1].json()["code"] == "too_many_requests"
    assert 1 <= int(asked[-1].headers["retry-after"]) <= 20


async def test_a_code_is_given_to_referrals_too(system: System) -> None:
    """Whichever way somebody came, their relatives can ask."""
    referral = {"facility": "GKB29", "sentence": "Просит помочь с переездом"}
    answer = await system.post("/api/v1/referrals", referral, role=Role.HOTLINE)
    assert (await status(system, await code_of(system, answer.json()["case_id"]))).status_code == 200


# ---- what is told of a placement ----


def test_papers_are_counted_and_not_named() -> None:
    """So many of so many, without those that are not needed; what they are called is nobody's business."""
    papers = [item(ItemKind.PAPER, name, "received") for name in ("hiv", "blood")]
    papers += [item(ItemKind.PAPER, "psychiatrist", "expired"), item(ItemKind.PAPER, "gynaecologist", "not_needed")]
    view = told(case(Stage.TRACKS, *papers), CONTENT.at("GKB29"), ZONE, NOON, russian=True)
    assert view.papers is not None
    assert (view.papers.there, view.papers.of) == (2, 3)
    assert view.next == "Собрано справок: 2 из 3."
    assert not any(word in view.model_dump_json() for word in ("hiv", "psychiatrist", "gynaecologist"))


def test_an_application_and_when_its_decision_is_due() -> None:
    """Taken on a day, awaited until another; sent back, it is being completed."""
    step = e.StepOpened(
        step_id="case.placement.voucher_decision.main",
        track="placement",
        name="voucher_decision",
        role=Role.PLACEMENT,
        mandatory=True,
        clock=clock(NOON + 14 * DAY),
    )
    waiting = CaseState.model_validate(
        {**case().model_dump(), "steps": {step.step_id: {**step.model_dump(exclude={"kind"}), "opened_at": NOON}}}
    )
    filed = waiting.but(items=case(Stage.TRACKS, item(ItemKind.APPLICATION, "placement", "filed")).items)
    assert lines(filed) == {
        "application": ("done", "Заявление принято 02.03.2026."),
        "decision": ("now", "Ждём решения до 16.03.2026."),
    }
    returned = case(Stage.TRACKS, item(ItemKind.APPLICATION, "placement", "returned"))
    assert lines(returned, russian=False) == {"application": ("now", "It came back on 2026-03-02: we complete it.")}


@pytest.mark.parametrize(("position", "text"), [(9, "Ждём очереди, место в ней: 9."), (None, "Ждём очереди.")])
def test_a_queue_and_the_place_in_it(position: int | None, text: str) -> None:
    """The place is told where it is known."""
    facts = {} if position is None else {"position": position}
    queued = case(Stage.TRACKS, item(ItemKind.APPLICATION, "placement", "registered", facts=facts))
    assert lines(queued)["queue"] == ("now", text)


def test_a_voucher_and_a_place_without_its_name() -> None:
    """Until when the voucher holds, and that a place is kept: where, and of which kind, is not told by code."""
    voucher = item(ItemKind.VOUCHER, "voucher", "issued", expires_at=NOON + 30 * DAY)
    home = item(ItemKind.INSTITUTION, "psychoneurological_home", "reserved")
    kept = case(Stage.DISCHARGE_READINESS, item(ItemKind.APPLICATION, "placement", "granted"), voucher, home)
    assert lines(kept) == {
        "application": ("done", "По заявлению решили положительно 02.03.2026."),
        "voucher": ("done", "Путёвка действует до 01.04.2026."),
        "place": ("done", "Место в учреждении закреплено."),
    }
    view = told(kept, CONTENT.at("GKB29"), ZONE, NOON, russian=True)
    assert not any(word in view.model_dump_json() for word in ("psycho", "психо"))
    asked = case(Stage.TRACKS, voucher, home.but(status="asked"))
    assert lines(asked)["place"] == ("now", "Учреждение подтверждает место.")
    assert lines(case(Stage.FOLLOWUP, voucher, home)) == {}


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.CLOSED])
@pytest.mark.parametrize("russian", [True, False])
def test_every_stage_has_its_words(stage: Stage, russian: bool) -> None:
    """Wherever a case stands there is a title, a way with exactly one part in work, and what comes next."""
    view = told(case(stage), CONTENT.at("GKB29"), ZONE, NOON, russian=russian)
    assert view.title
    assert view.next
    assert [line.standing for line in view.lines].count("now") == 1


@pytest.mark.parametrize("flag", [Flag.VIOLENCE, Flag.CHILD_WITHOUT_CARER])
def test_silence_is_the_same_for_an_open_and_a_closed_case(flag: Flag) -> None:
    """Of whom nothing is told, nothing is told in the end either."""
    silent = case(Stage.TRACKS, item(ItemKind.APPLICATION, "placement", "filed"), flags=(flag,))
    closed = silent.but(closed_at=NOON, ending=Ending.DIED, stage=Stage.CLOSED)
    views = [told(each, CONTENT.at("GKB29"), ZONE, NOON, russian=True) for each in (silent, closed)]
    assert views[0] == views[1]
    assert (views[0].state, views[0].lines) == ("ask", [])


def test_a_region_without_a_hotline_names_the_coordinator() -> None:
    """The hotline is Moscow's: elsewhere the hospital's coordinator is asked."""
    view = told(case(), CONTENT.at("KKB1"), ZONE, NOON, russian=False)
    assert view.ask == "Ask the hospital's coordinator and tell the code."


# ---- codes, forms, limits ----


def test_a_code_is_read_as_it_is_written_down() -> None:
    """Twelve characters; groups, small letters and the letters that look like digits make no difference."""
    assert len(CODE) == 12
    assert set(CODE) <= set(CROCKFORD)
    assert inquiry_of(grouped(CODE).lower()) == CODE
    assert inquiry_of("OIL0-0000-0000") == "011000000000"
    assert inquiry_of(" авек мнор · стух ") == inquiry_of("ABEK-MH0P-CTYX") == "ABEKMH0PCTYX"
    assert inquiry_of("№ 7KMD – 4RTX — 92QP.") == "7KMD4RTX92QP"
    assert [inquiry_of(text) for text in ("", "U" * 12, CODE[:-1], f"{CODE}0", "ß" * 12)] == [None] * 5


def test_codes_differ_by_case_and_installation() -> None:
    """No two of many are alike, and another key gives others."""
    codes = {inquiry_code(key, f"case-{number}") for number in range(2000) for key in (b"a", b"b")}
    assert len(codes) == 4000


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("text/html", "text/html"),
        ("text/plain;q=0.2, text/html;q=0.9", "text/html"),
        ("text/html;q=0", "application/json"),
        ("text/html;q=nan, text/plain;q=0.1", "text/plain"),
        ("image/png;;,,q", "application/json"),
    ],
)
def test_the_form_that_is_liked_best(accept: str, media_type: str) -> None:
    """By weight; whatever else is asked for is answered as JSON."""
    assert preferred(accept) == media_type


def test_a_bucket_fills_again() -> None:
    """Each address has its own; one household of version 6 shares one; who asked longest ago is forgotten."""
    now = [0.0]
    buckets = Buckets(2, lambda: now[0])
    assert [buckets.take("192.0.2.1") for _ in range(3)] == [None, None, 30]
    assert buckets.take("192.0.2.2") is None
    now[0] += timedelta(seconds=30).total_seconds()
    assert [buckets.take("192.0.2.1") for _ in range(2)] == [None, 30]
    assert [buckets.take(f"2001:db8::{number}") for number in range(1, 4)] == [None, None, 30]
    for number in range(REMEMBERED):
        buckets.take(f"host-{number}")
    assert buckets.take("2001:db8::1") is None
