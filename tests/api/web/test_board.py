"""The supervisor's board: its numbers are the lists behind them, and what it does it does by the API."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from api.web.pages.board_bulk import SLICE
from api.web.words import keys
from marshrut.domain import commands as c
from marshrut.domain.handover import HandoverState, ItemState
from marshrut.domain.overview import BANDS
from marshrut.domain.staffing import STAFF, Away
from marshrut.domain.stuck import Why
from marshrut.domain.words import Report, Role
from tests.fixtures.cases import ANNA, DAY, HOUR, NOON
from tests.fixtures.counter import Counter, served
from tests.fixtures.office import HOSPITAL, Office
from tests.fixtures.patience import patient_database
from tests.fixtures.system import System

FRIDAY = NOON + timedelta(days=4, hours=3)


@pytest_asyncio.fixture
async def counter(system: System, sqlite_url: str) -> AsyncIterator[Counter]:
    """Anna and Boris coordinate, Olga leads them."""
    async with patient_database(sqlite_url) as db:
        office = Office(db)
        for user in ("anna", "boris"):
            await office.put(user)
        await office.put("olga", Role.SUPERVISOR)
        async with served(system, office) as counter:
            yield counter


class Window:
    """A browser without a screen."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def get(self, path: str, *, status: int = 200, part: bool = False) -> str:
        answer = await self._http.get(path, headers={"HX-Request": "true"} if part else {})
        assert answer.status_code == status, answer.text
        return _plain(answer.text)

    async def post(
        self, path: str, fields: dict[str, Any], *, status: int = 200, part: bool = True, language: str = "ru"
    ) -> str:
        headers = {"Accept-Language": language} | ({"HX-Request": "true"} if part else {})
        answer = await self._http.post(path, data=fields, headers=headers)
        assert answer.status_code == status, answer.text
        return _plain(answer.text)


def _plain(text: str) -> str:
    return unescape(text).replace("\u00a0", " ").replace("\u202f", " ")


async def window(
    counter: Counter, role: Role = Role.SUPERVISOR, user: str = "olga", hospital: str = HOSPITAL
) -> Window:
    """Somebody's, signed in."""
    transport = counter.http._transport
    ours = {"Sec-Fetch-Site": "same-origin"}  # as a browser says of our own forms
    http = httpx.AsyncClient(transport=transport, base_url="http://marshrut.test", headers=ours, timeout=60)
    token = counter.system.token(role, user, hospital)["Authorization"].removeprefix("Bearer ")
    answer = await http.post("/desk/signin", data={"token": token})
    assert answer.status_code == 303, answer.text
    return Window(http)


def rows(page: str) -> list[str]:
    return re.findall(r'<tr data-row="([^"]+)"', page)


def inputs(page: str, name: str) -> list[str]:
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)


async def crowd(counter: Counter) -> list[str]:
    """Steps that are late, soon due, blocked, escalated, somebody's and nobody's."""
    late = [await counter.step(NOON - number * DAY) for number in range(1, 4)]
    await counter.tell(late[0], c.Claim(step_id=late[0]), actor=ANNA)
    far = [await counter.step(NOON + number * DAY) for number in range(2, 5)]
    await counter.tell(far[0], c.Escalate(step_id=far[0], reason="awaiting"))
    counter.office.later(minutes=1)
    return [*late, *far]


async def test_every_number_of_the_board_is_the_length_of_a_list(counter: Counter) -> None:
    """Heading, causes and menu say what the API's overview and list say; each cell leads to as many rows as it says."""
    await crowd(counter)
    olga = await window(counter)
    page = await olga.get("/desk/board")
    overview, listed = await counter.get("/stuck/overview"), await counter.get("/stuck", limit=500)
    assert f"Застряло: {overview['stuck']['cases']} случая из {overview['open_cases']} открытых" in page
    assert len(rows(page)) == listed["total"] == overview["stuck"]["items"]
    assert f'data-count="board">{listed["total"]}<' in page
    for cause in overview["causes"]:
        assert f'data-why="{cause["code"]}">{cause["cases"]}<' in page
        narrowed = await olga.get(f"/desk/board?why={cause['code']}")
        assert len(rows(narrowed)) == cause["items"]
    cells = re.findall(r'<td class="[co]\d"><a href="([^"]+)" aria-label="[^"]+">(\d+)(?: <b>▲(\d+)</b>)?', page)
    assert sum(int(steps) for _, steps, _ in cells) == sum(each["steps"] for each in overview["total"])
    for way, steps, late in cells:
        drilled = await olga.get(way)
        assert len(rows(drilled)) == int(steps)
        assert drilled.count("clk clk--red") == int(late or 0)
    loads = re.findall(r'href="(/desk/board\?show=open&holder=[^"]+)">.*?<td class="num b">(\d+)</td>', page)
    assert {way.split("holder=")[1] for way, _ in loads} >= {"anna", "none"}
    for way, steps in loads:
        assert len(rows(await olga.get(way))) == int(steps)


async def test_who_sees_what_of_the_board(counter: Counter) -> None:
    """A coordinator leads no team, an auditor changes nothing, the head sees no persons, the hotline no board."""
    await crowd(counter)
    anna = await (await window(counter, Role.COORDINATOR, "anna")).get("/desk/board")
    assert 'class="heat"' not in anna
    assert re.findall(r'name="action" value="(\w+)"', anna) == ["remind", "escalate"]
    ada = await (await window(counter, Role.AUDITOR, "ada")).get("/desk/board")
    assert 'name="step"' not in ada
    assert "/desk/board/steps/" not in ada
    assert "/desk/shift" not in ada
    pavel = await (await window(counter, Role.HEAD, "pavel")).get("/desk/board")
    assert "не виден вашей роли" in pavel
    assert 'class="heat"' in pavel
    assert "role_not_allowed" in await (await window(counter, Role.HOTLINE, "operator")).get("/desk/board", status=403)
    for path in ("dry", "run"):
        refused = await window(counter, Role.COORDINATOR, "anna")
        await refused.post(f"/desk/board/{path}", {"action": "extend", "step": "x"}, status=403)


async def test_nothing_of_another_hospital_is_on_the_board(counter: Counter) -> None:
    """Neither a row, a number, a ward nor a colleague, whatever hospital the address names."""
    await crowd(counter)
    case_id = (await counter.get("/stuck"))["items"][0]["case_id"]
    await counter.office.tell(case_id, c.ReportFact(report=Report.MOVED, ward="Терапия"))
    olga = await window(counter)
    assert "Терапия" in await olga.get("/desk/board")
    stranger = await window(counter, Role.SUPERVISOR, "stranger", "SKLIF")
    for path in ("/desk/board", f"/desk/board?hospital={HOSPITAL}", f"/desk/board?show=open&hospital={HOSPITAL}"):
        page = await stranger.get(path)
        assert not rows(page)
        assert "Терапия" not in page
        assert "anna" not in page
        assert 'data-why="overdue">0<' in page


async def test_a_bulk_form_is_shown_then_run_and_happens_once(counter: Counter) -> None:
    """Without scripts too: what may be done is named, what may not says why; sent again it changes nothing more."""
    ordinary, emergency = await counter.step(NOON - HOUR), await counter.step(NOON - HOUR, emergency=True)
    olga = await window(counter)
    dry = await olga.post("/desk/board/dry", {"action": "extend", "step": [ordinary, emergency]}, part=False)
    assert "Пробный прогон: продлить на 2 раб. дня — можно 1, отказано 1" in dry
    assert "экстренный срок не продлевают: назначьте другого или примите эскалацию" in dry
    assert "срок 02.03 14:00 → 04.03" in dry
    panel = dry[dry.index('action="/desk/board/run"') :]
    assert inputs(panel, "step") == [ordinary]
    (key,) = inputs(panel, "key")
    fields = {"action": "extend", "step": ordinary, "amount": "2", "unit": "wd", "key": key, "note": "обещали"}
    for _ in range(2):
        ran = await olga.post("/desk/board/run", fields, part=False)
        assert "Готово: продлить на 2 раб. дня — сделано 1, отказано 0, ещё не известно 0" in ran
    assert len(await counter.journal(ordinary, "step_extended")) == 1


async def test_many_steps_are_run_in_slices_that_say_how_far_it_has_come(counter: Counter) -> None:
    """Each slice hands the rest on; all of them together are the dry run's steps, and the counts add up."""
    case_id = await counter.office.case()
    steps = [await counter.step(FRIDAY, case_id) for _ in range(2 * SLICE + 5)]
    olga = await window(counter)
    part = await olga.post("/desk/board/dry", {"action": "remind", "step": steps})
    fields: dict[str, Any] = {"action": "remind", "step": inputs(part, "step"), "key": "k", "note": "ждём"}
    seen: list[str] = []
    for number in range(3):
        part = await olga.post("/desk/board/run", fields)
        seen += re.findall(r'data-step="([^"]+)"', part)
        assert ("hx-swap-oob" in part) is (number > 0)
        left = inputs(part, "step")
        counts = {state: inputs(part, state)[0] for state in ("done", "refused", "pending") if left}
        fields = {**fields, **counts, "step": left, "later": "1"}
    assert seen == steps
    assert f"сделано {len(steps)}, отказано 0, ещё не известно 0" in part


async def test_all_that_the_filters_find_can_be_shown(counter: Counter) -> None:
    """The whole list is a dry run by the filters; it names the steps, and the run does them and no others."""
    late = [await counter.step(NOON - HOUR) for _ in range(3)]
    await counter.step(FRIDAY)
    olga = await window(counter)
    part = await olga.post("/desk/board/dry", {"action": "remind", "all": "1", "why": "overdue"})
    assert set(inputs(part, "step")) == set(late)
    narrowed = {"action": "remind", "all": "1", "show": "open", "track": "documents", "age": "weeks_2", "late": "1"}
    part = await olga.post("/desk/board/dry", narrowed)
    assert "можно 0" in part


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"action": "remind"}, 422, "Ни один шаг не выбран"),
        ({"action": "extend", "step": "x", "amount": "много"}, 422, "Запрос заполнен неверно"),
        ({"action": "extend", "step": "x", "amount": "2", "unit": "век"}, 422, "Запрос заполнен неверно"),
        ({"action": "extend", "step": "x", "amount": "0"}, 422, "Запрос заполнен неверно"),
        ({"action": "delete", "step": "x"}, 403, "Ваша роль этого не позволяет"),
        ({"action": "remind", "step": "нет такого шага"}, 422, "Запрос заполнен неверно"),
        ({"action": "assign", "step": "x"}, 200, "Кому назначить 1 шаг"),
        ({"action": "assign", "step": "x", "assignee": "anna"}, 200, "отказано 1"),
    ],
)
async def test_a_form_that_does_not_fit_is_refused_in_words(
    counter: Counter, fields: dict[str, str], status: int, words: str
) -> None:
    """Whatever is sent: never a fault without words, and nothing happens."""
    olga = await window(counter)
    assert words in await olga.post("/desk/board/dry", fields, status=status)


async def test_one_step_is_acted_upon_and_a_refused_form_keeps_what_was_typed(counter: Counter) -> None:
    """Reminded, escalated, acknowledged, taken over, extended, returned, assigned; and refused with the text kept."""
    step_id = await counter.step(NOON - HOUR)
    await counter.tell(step_id, c.Claim(step_id=step_id), actor=ANNA)
    olga = await window(counter)
    way = f"/desk/board/steps/{quote(step_id)}"
    for action, fields, said in (
        ("remind", {"note": "ждём"}, "Напоминание записано."),
        ("escalate", {"note": "не отвечают"}, "Эскалировано."),
        ("extend", {"amount": "2", "unit": "wd"}, "Продлено."),
        ("take-over", {}, "Шаг и случай ваши."),
        ("return", {"to": "former", "note": "дальше вы"}, "Шаг возвращён."),
        ("assign", {"assignee": "boris"}, "Назначено."),
    ):
        assert said in await olga.post(f"{way}/{action}", {"key": f"k-{action}", **fields})
    assert await counter.office.holder(step_id) == "boris"
    again = await olga.post(f"{way}/extend", {"amount": "0", "unit": "wh", "note": "мой текст"}, status=422)
    assert 'value="мой текст"' in again
    assert '<option value="wh" selected>' in again
    counter.office.later(minutes=1)
    await counter.tell(step_id, c.Escalate(step_id=step_id, reason="awaiting"))
    counter.office.later(minutes=1)
    panel = await olga.get(way, part=True)
    (notice,) = set(inputs(panel, "notice"))
    assert "Эскалация принята." in await olga.post(f"{way}/acknowledge", {"notice": notice})
    stranger = await counter.step(NOON - HOUR)
    await olga.post(f"/desk/board/steps/{stranger}/acknowledge", {"notice": notice}, status=404)
    await olga.post(f"{way}/complete", {}, status=404)
    await olga.get("/desk/board/steps/nothing", status=404)


async def test_only_who_may_give_a_step_returns_it_to_somebody(counter: Counter) -> None:
    """A coordinator gives her step back to the team; to whom it was before is a senior's word."""
    step_id = await counter.step(NOON - HOUR)
    await counter.tell(step_id, c.Claim(step_id=step_id), actor=ANNA)
    way = f"/desk/board/steps/{quote(step_id)}"
    hers = await (await window(counter, Role.COORDINATOR, "anna")).get(way, part=True)
    assert 'value="team"' in hers
    assert 'value="former"' not in hers
    olga = await window(counter)
    await olga.post(f"{way}/take-over", {"key": "over"})
    assert 'value="former"' in await olga.get(way, part=True)


async def test_a_narrowed_board_does_not_claim_the_menu_says_the_same(counter: Counter) -> None:
    """The menu counts all of the reader's hospitals; a ward's rows, or open steps, are told as what they are."""
    steps = await crowd(counter)
    olga = await window(counter)
    assert "столько же в меню" in await olga.get("/desk/board")
    assert "столько же в меню" not in await olga.get("/desk/board?ward=nowhere")
    anna = await window(counter, Role.COORDINATOR, "anna")
    assert f"<h1>Открыто {len(steps)} шагов</h1>" in await anna.get("/desk/board?show=open")


async def test_the_file_holds_the_list_and_no_formula(counter: Counter) -> None:
    """As many lines as rows, in the list's order; what begins as a formula is text; the head's has no names."""
    steps = await crowd(counter)
    case_id = steps[0].split(".")[0]
    body = {"title": "=1+1", "role": "coordinator", "due_at": (NOON + HOUR).isoformat()}
    added = await counter.call("POST", f"/cases/{case_id}/steps", body)
    assert added.status_code == 201, added.text
    counter.office.later(hours=3)
    olga = await window(counter)
    page = await olga.get("/desk/board")
    text = (await olga.get("/desk/board.csv")).removeprefix("\ufeff")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert len(lines) == 1 + len(rows(page))
    assert lines[0][:3] == ["№", "Кто и где", "Где"]
    assert [line[-1] for line in lines[1:]] == [row.split(".")[0] for row in rows(page)]
    assert "'=1+1" in [line[4] for line in lines[1:]]
    head = await (await window(counter, Role.HEAD, "pavel")).get("/desk/board.csv")
    assert "1+1" not in head


async def test_filters_without_a_choice_are_none_and_what_nothing_can_have_is_refused(counter: Counter) -> None:
    """The form sends empty selects; a hospital that is not there, or a cursor of another list, is said in words."""
    await crowd(counter)
    olga = await window(counter)
    whole = rows(await olga.get("/desk/board"))
    assert rows(await olga.get("/desk/board?ward=&track=&holder=&why=&age=&late=")) == whole
    assert "Ничего не застряло" not in await olga.get("/desk/board?holder=nobody_at_all")
    assert "По этому отбору ничего нет" in await olga.get("/desk/board?holder=nobody_at_all")
    for query in ("hospital=NOWHERE", "track=nowhere", "cursor=garbage", "why=boredom", "first=x"):
        await olga.get(f"/desk/board?{query}", status=422)


def test_every_word_that_is_put_together_is_there() -> None:
    """For each cause, role, age, absence, state of a handover and of a thing there are words."""
    needed = {f"board.{part}_{why.value}" for why in Why for part in ("why", "tag")}
    needed |= {f"board.{part}_{role.value}" for role in STAFF for part in ("to", "they")}
    needed |= {f"board.age_{band.code}" for band in BANDS}
    needed |= {f"{page}_{away.value}" for away in Away for page in ("board.away", "shift.kind")}
    needed |= {f"shift.{part}_{state.value}" for state in HandoverState for part in ("state", "said")}
    needed |= {f"shift.item_{state.value}" for state in ItemState if state is not ItemState.HELD}
    for action in ("assign", "extend", "remind", "escalate"):
        needed |= {f"board.{part}_{action}" for part in ("bulk", "choose", "button", "did")}
        needed |= {f"board.do_{action}_plain"}
    needed |= {f"board.{part}_{unit}" for unit in ("h", "d", "wh", "wd") for part in ("more", "unit")}
    needed |= {f"board.is_{state}" for state in ("possible", "done", "refused", "pending")}
    assert not needed - keys()
