"""What hospitals tell of a visit, through the real intake: HTTP and sockets, inbox, relay, journey, card."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marshrut.composition import compose
from marshrut.domain.planned import planned_day
from marshrut.domain.words import Role
from marshrut.store.types import utc_now
from tests.e2e.hospital import Hospital, hospital
from tests.e2e.visits import Visit
from tests.fixtures.engine import eventually
from tests.fixtures.system import System, running

DAY = 24 * 60


@pytest.fixture(scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system of its own: others count what is in the inbox."""
    async with running(tmp_path_factory.mktemp("events")) as system:
        yield system


@pytest.fixture
async def sender(city: System) -> AsyncIterator[Hospital]:
    """A hospital's system, and a relay at work."""
    async with hospital(city) as sender:
        yield sender


@pytest.fixture
def visit(sender: Hospital) -> Visit:
    """Somebody's visit, of which nothing was told yet."""
    return Visit(sender)


async def history(visit: Visit, case_id: str) -> list[tuple[str, datetime]]:
    """What was reported of the patient, and when it was so, in the order in which it became known."""
    return [
        (event["data"]["report"], datetime.fromisoformat(event["occurred_at"]))
        for event in await visit.sender.events(case_id)
        if event["kind"] == "reported"
    ]


async def reports(visit: Visit, case_id: str) -> list[str]:
    """The same without times, once nothing is on its way."""
    await visit.sender.kept()
    return [report for report, _ in await history(visit, case_id)]


async def contacts(visit: Visit, case_id: str) -> list[str]:
    """Whom the hospital named and nobody added yet."""
    shown = await visit.sender.system.get(f"/api/v1/cases/{case_id}/relatives", Role.COORDINATOR)
    return [contact["name"] for contact in shown["contacts"]]


# ---- a story for each event -----------------------------------------------------------------------------------------


async def test_a_move_is_seen_on_the_card_and_taken_back(visit: Visit) -> None:
    """A02: the new ward and bed; A12: the old place again; both times stand in the history."""
    case_id = await visit.admitted()
    await visit.row(await visit.tell("A02", 60, place="НЕВРО^214^1"))
    card = await visit.sender.card(case_id)
    assert (card["ward"], card["bed"]) == ("НЕВРО", "214-1")
    await visit.row(await visit.tell("A12", 90))
    card = await visit.sender.card(case_id)
    assert (card["ward"], card["bed"]) == ("ТРАВМ", "308-3")
    assert await history(visit, case_id) == [("moved", visit.at(60)), ("moved", visit.at(90))]


async def test_who_leaves_is_asked_after_and_who_comes_back_lies_here_again(visit: Visit) -> None:
    """A03 does not close the case: the bedside's steps go, the arrival is asked for; A13 takes it back."""
    case_id = await visit.admitted()
    assert "first_contact" in await live(visit, case_id)
    await visit.row(await visit.tell("A03", DAY, pv1={36: "01"}))
    card = await visit.sender.card(case_id)
    assert (card["state"], card["ending"]) == ("open", None)
    assert "arrival_confirm" in await live(visit, case_id)
    assert "first_contact" not in await live(visit, case_id)
    await visit.row(await visit.tell("A13", DAY + 30))
    assert await history(visit, case_id) == [
        ("discharged", visit.at(DAY)),
        ("discharge_cancelled", visit.at(DAY + 30)),
    ]
    assert "first_contact" in await live(visit, case_id)
    assert "arrival_confirm" not in await live(visit, case_id)


async def live(visit: Visit, case_id: str) -> set[str]:
    """What there is to do in the case."""
    card = await visit.sender.card(case_id)
    return {step["name"] for step in card["steps"] if step["state"] in {"open", "claimed"}}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("A03", {"pv1": {36: "20"}}),
        ("A03", {"pv1": {36: "41"}, "pid": {30: "N"}}),
        ("A03", {"pid": {30: "Y"}}),
        ("A08", {"pid": {30: "Y"}}),
        ("A31", {"pid": {30: "Y"}}),
    ],
)
async def test_a_death_ends_the_case_at_its_own_time(visit: Visit, event: str, told: dict[str, Any]) -> None:
    """By a disposition of table 0112 or by PID-30, at PID-29: nothing is left to be done."""
    case_id = await visit.admitted()
    pid = {29: visit.at(90).strftime("%Y%m%d%H%M%S+0000")} | told.get("pid", {})
    row = await visit.row(await visit.tell(event, DAY, **{**told, "pid": pid}))
    assert (row["state"], row["code"], row["case_id"]) == ("done", None, case_id)
    card = await visit.sender.card(case_id)
    assert (card["state"], card["ending"], card["open_steps"]) == ("closed", "died", 0)
    assert await history(visit, case_id) == [("died", visit.at(90))]


async def test_news_of_the_patient_is_shown_and_rewinds_nothing(visit: Visit) -> None:
    """A08: a new address, the old birth date; what is to be done, and how far the case is, stays as it was."""
    case_id = await visit.admitted()
    before = await visit.sender.card(case_id)
    silent = {7: "", 8: "", 13: "", 5: "Лебедева^Валентина"}
    await visit.row(await visit.tell("A08", 60, pid=silent | {11: "ул. Новая, д. 1^^Москва"}))
    card = await visit.sender.card(case_id)
    assert card["patient"] == before["patient"] | {"address": "ул. Новая, д. 1, Москва"}
    assert card["patient"]["patronymic"] == "Сергеевна"
    assert [card[name] for name in ("stage", "ward", "bed", "open_steps")] == [
        before[name] for name in ("stage", "ward", "bed", "open_steps")
    ]
    assert await reports(visit, case_id) == ["updated"]


async def test_old_news_that_comes_late_is_old_news(visit: Visit) -> None:
    """Of two updates the later one holds, though the earlier arrives after it; what only the earlier told is known."""
    case_id = await visit.admitted(pid={11: "", 13: ""})
    await visit.tell("A08", 120, pid={11: "ул. Вторая^^Москва", 13: ""})
    await visit.row(await visit.tell("A08", 60, pid={11: "ул. Первая^^Москва", 13: "+7 495 0000777"}))
    patient = (await visit.sender.card(case_id))["patient"]
    assert (patient["address"], patient["phones"]) == ("ул. Вторая, Москва", ["+7 495 0000777"])


async def test_an_unknown_patient_gets_a_name(visit: Visit) -> None:
    """Nobody at the admission; a name by A08, by which the case is found from then on."""
    case_id = await visit.admitted(pid={5: "Неизвестная^^^^^^U", 7: ""})
    assert (await visit.sender.card(case_id))["patient"]["identified"] is False
    await visit.row(await visit.tell("A08", 60, pid={5: f"Найденова^Анна^{visit.mrn}"}))
    card = await visit.sender.card(case_id)
    assert (card["patient"]["identified"], card["patient"]["family"]) == (True, "Найденова")
    found = await visit.sender.system.get("/api/v1/cases", q=f"найденова {visit.mrn}")
    assert [case["case_id"] for case in found["items"]] == [case_id]


async def test_new_contacts_are_there_for_the_relatives(visit: Visit) -> None:
    """A daughter at the admission, a brother by A08: both are offered, each once."""
    daughter, brother = "NK1|1|Крылова^Зинаида|DAU||+7 916 1112233", "NK1|2|Лебедев^Пётр^Ильич|BRO||+7 916 4445566"
    case_id = await visit.admitted(more=(daughter,))
    await visit.row(await visit.tell("A08", 60, more=(daughter, brother)))
    assert sorted(await contacts(visit, case_id)) == ["Крылова Зинаида", "Лебедев Пётр Ильич"]
    await visit.row(await visit.tell("A08", 90))
    assert len(await contacts(visit, case_id)) == 2


async def test_a_cancelled_admission_ends_the_case(visit: Visit) -> None:
    """A11: nothing is left to be done, and nothing is overdue."""
    case_id = await visit.admitted()
    await visit.row(await visit.tell("A11", 20))
    card = await visit.sender.card(case_id)
    assert [card[name] for name in ("state", "ending", "open_steps", "overdue_steps")] == [
        "closed", "admission_cancelled", 0, 0
    ]  # fmt: skip


async def test_an_admission_that_was_cancelled_by_mistake_goes_on(visit: Visit) -> None:
    """A01 after A11: the case is open again with what was to be done; an A11 that comes again late changes nothing."""
    case_id = await visit.admitted()
    to_do = await live(visit, case_id)
    cancelled = visit.message("A11", 20)
    assert (await visit.send(cancelled)).code == "AA"
    await visit.row(await visit.tell("A01", 40))
    assert (await visit.sender.card(case_id))["state"] == "open"
    assert await live(visit, case_id) == to_do
    await visit.row(await visit.tell("A11", 20))
    assert (await visit.sender.card(case_id))["state"] == "open"
    assert [
        event["data"].get("late") for event in await visit.sender.events(case_id) if event["kind"] == "reported"
    ] == [
        False,
        True,
    ]


async def test_news_of_a_person_reaches_each_of_their_open_cases(visit: Visit) -> None:
    """A31 has no visit: two open cases of the person are told, one of another hospital is not; one row of the inbox."""
    second = Visit(visit.sender, mrn=visit.mrn, began=visit.at(600))
    elsewhere = Visit(visit.sender, facility="SKLIF", mrn=visit.mrn)
    cases = [await each.admitted() for each in (visit, second)]
    other = await elsewhere.admitted()
    known = len(await visit.sender.kept())
    raw = await visit.tell("A31", 700, pid={11: "ул. Дальняя^^Москва"})
    row = await visit.row(raw)
    assert (row["state"], row["case_id"] in cases) == ("done", True)
    assert len(await visit.sender.kept()) == known + 1
    for case_id in cases:

        async def told(case_id: str = case_id) -> bool:
            return await reports(visit, case_id) == ["updated"]

        assert await eventually(told)
        assert (await visit.sender.card(case_id))["patient"]["address"] == "ул. Дальняя, Москва"
    assert await reports(visit, other) == []
    assert (await visit.sender.card(other))["patient"]["address"] != "ул. Дальняя, Москва"


async def test_an_admission_of_an_open_case_carries_its_own_time(visit: Visit) -> None:
    """A04 and A01 again: they join, at the time of their event, which is no earlier than the admission."""
    case_id = await visit.admitted(evn={6: ""})
    await visit.tell("A04", 45)
    await visit.row(await visit.tell("A01", -10))
    times = [
        datetime.fromisoformat(event["occurred_at"])
        for event in await visit.sender.events(case_id)
        if event["kind"] in {"case_opened", "admission_repeated"}
    ]
    assert times == [visit.at(0), visit.at(45), visit.at(0)]


async def test_an_outpatient_is_taken_into_a_ward_and_goes_on_from_home(visit: Visit) -> None:
    """A06 of an open case: the new place; A07: the ward is left; A06 again: here once more, as before."""
    case_id = await visit.admitted(pv1={2: "E"})
    to_do = await live(visit, case_id)
    await visit.row(await visit.tell("A06", 60, place="НЕВРО^214^1"))
    card = await visit.sender.card(case_id)
    assert (card["ward"], card["bed"], await live(visit, case_id)) == ("НЕВРО", "214-1", to_do)
    await visit.row(await visit.tell("A07", DAY, pv1={2: "O"}))
    assert "arrival_confirm" in await live(visit, case_id)
    await visit.row(await visit.tell("A06", DAY + 60, place="ТЕР^5^1"))
    card = await visit.sender.card(case_id)
    assert (card["ward"], await live(visit, case_id)) == ("ТЕР", to_do)
    # A discharge of before that, which comes only now, is old news.
    await visit.row(await visit.tell("A03", DAY - 30))
    assert await live(visit, case_id) == to_do
    assert await history(visit, case_id) == [("discharged", visit.at(DAY)), ("discharged", visit.at(DAY - 30))]


async def test_an_outpatient_who_was_nobodys_case_opens_one_in_the_ward(visit: Visit) -> None:
    """A04 of a planned visit opens none; A06 as an emergency does; a planned one is held until another message does."""
    planned = {2: "O", 4: "R", 18: ""}
    assert (await visit.row(await visit.tell("A04", pv1=planned)))["code"] == "not_emergency"
    early = await visit.tell("A06", 30, place="НЕВРО^214^1", pv1=planned | {2: "I"})
    assert (await visit.row(early))["state"] == "held"
    opened = await visit.row(await visit.tell("A06", 60, pv1={2: "I", 4: "E"}))

    async def told() -> bool:
        return bool((await visit.row(early))["case_id"] == opened["case_id"])

    assert await eventually(told)
    card = await visit.sender.card(opened["case_id"])
    assert (card["ward"], card["bed"]) == ("ТРАВМ", "308-3")


def ahead(visit: Visit, days: float = 9) -> dict[str, Any]:
    """What a pre-admission says of its day."""
    day = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y%m%d%H%M%S+0000")
    return {"pv1": {2: "P", 4: "R", 18: "", 44: ""}, "more": (f"PV2||||||||{day}",)}


async def test_a_stay_that_lies_ahead_is_prepared_and_the_patient_comes(visit: Visit) -> None:
    """A05 opens the case of a planned stay: the family is called; A01 under its number goes on in that case."""
    opened = await visit.row(await visit.tell("A05", **ahead(visit)))
    case_id = opened["case_id"]
    assert (opened["state"], await live(visit, case_id)) == ("done", {"family_call"})
    row = await visit.row(await visit.tell("A01", 60, since=60, pv1={2: "I", 4: "R", 18: ""}))
    assert (row["state"], row["code"], row["case_id"]) == ("done", None, case_id)

    async def here() -> bool:
        return "family_call" not in await live(visit, case_id) and "first_contact" in await live(visit, case_id)

    assert await eventually(here)
    # Called off only after the patient has come, or late: that is no news of whoever lies here.
    for minutes in (30, 90):
        await visit.row(await visit.tell("A38", minutes))
    assert (await visit.sender.card(case_id))["state"] == "open"


async def test_a_stay_that_is_called_off_asks_nobody_any_more(visit: Visit) -> None:
    """A38 ends the case of a planned stay; A05 anew, later, has it go on."""
    case_id = (await visit.row(await visit.tell("A05", **ahead(visit))))["case_id"]
    await visit.row(await visit.tell("A38", 30))
    card = await visit.sender.card(case_id)
    assert [card[name] for name in ("state", "ending", "open_steps")] == ["closed", "admission_cancelled", 0]
    await visit.row(await visit.tell("A05", 60, **ahead(visit, 12)))
    assert (await visit.sender.card(case_id))["state"] == "open"
    assert await live(visit, case_id) == {"family_call"}


async def test_a_stay_that_is_announced_anew_is_for_the_day_that_was_said_last(visit: Visit) -> None:
    """A05 again moves the day, and the family hears of it; one that was said before and comes late moves nothing."""
    case_id = (await visit.row(await visit.tell("A05", **ahead(visit, 9))))["case_id"]

    async def call() -> list[str]:
        card = await visit.sender.card(case_id)
        return [step["step_id"] for step in card["steps"] if step["name"] == "family_call" and step["state"] == "open"]

    first = await call()
    await visit.row(await visit.tell("A05", 60, **ahead(visit, 15)))

    async def called_anew() -> bool:
        return len(now := await call()) == 1 and now != first

    assert await eventually(called_anew)
    await visit.row(await visit.tell("A05", 30, **ahead(visit, 5)))
    state = await visit.sender.system.parts.api.queries.case(case_id)
    assert state is not None
    day = planned_day(state)
    assert day is not None
    assert 14 < (day - datetime.now(UTC)) / timedelta(days=1) < 16


async def test_a_stay_that_lies_ahead_moves_nobody_who_is_here(visit: Visit) -> None:
    """A05 that comes after the patient joins the case, and neither moves them nor opens again what was cancelled."""
    case_id = await visit.admitted()
    await visit.row(await visit.tell("A05", 60, place="НЕВРО^214^1", **ahead(visit)))
    assert (await visit.sender.card(case_id))["ward"] == "ТРАВМ"
    await visit.row(await visit.tell("A11", 90))
    await visit.row(await visit.tell("A05", 120, **ahead(visit)))
    assert (await visit.sender.card(case_id))["state"] == "closed"
    await visit.row(await visit.tell("A01", 150))
    assert (await visit.sender.card(case_id))["state"] == "open"


async def test_a_stay_whose_day_has_passed_is_nobodys_case(visit: Visit) -> None:
    """A05 that comes days late: acknowledged, done with the reason, and no case; A38 of it waits for one in vain."""
    row = await visit.row(await visit.tell("A05", **ahead(visit, -3)))
    assert (row["state"], row["code"], row["case_id"]) == ("done", "planned_in_the_past", None)
    assert row["reason"]
    assert (await visit.row(await visit.tell("A38", 30)))["state"] == "held"


async def test_events_that_are_not_taken_are_kept(visit: Visit) -> None:
    """A21, a leave of absence, is answered AR and parked, about whatever visit; the case knows nothing of it."""
    case_id = await visit.admitted()
    raw = visit.message("A21", 30)
    answer = await visit.send(raw)
    assert (answer.code, "unsupported_event" in answer.error) == ("AR", True)
    row = await visit.row(raw)
    assert (row["state"], row["code"]) == ("parked", "unsupported_event")
    assert await reports(visit, case_id) == []


# ---- no case yet ----------------------------------------------------------------------------------------------------


async def test_news_that_overtakes_the_admission_waits_for_it(visit: Visit) -> None:
    """A02, A08 and A03 before their A01: each is acknowledged and held; the case that opens is told all of them."""
    early = [
        await visit.tell("A03", DAY),
        await visit.tell("A02", 60, place="НЕВРО^214^1"),
        await visit.tell("A08", 90, pid={11: "ул. Новая^^Москва"}),
    ]
    rows = await visit.sender.kept()
    assert [(rows[raw]["state"], rows[raw]["code"], rows[raw]["case_id"]) for raw in early] == [
        ("held", None, None)
    ] * 3
    held = await visit.sender.inbox.all(state="held")
    assert {row["id"] for row in held} == {rows[raw]["id"] for raw in early}
    case_id = await visit.admitted()

    async def settled() -> bool:
        return len(await history(visit, case_id)) == 3

    assert await eventually(settled)
    rows = await visit.sender.kept()
    assert [(rows[raw]["state"], rows[raw]["case_id"]) for raw in early] == [("done", case_id)] * 3
    assert await reports(visit, case_id) == ["discharged", "moved", "updated"]
    card = await visit.sender.card(case_id)
    assert (card["ward"], card["patient"]["address"]) == ("НЕВРО", "ул. Новая, Москва")
    assert await visit.sender.inbox.all(state="held") == []


async def test_a_repeated_message_is_held_once(visit: Visit) -> None:
    """The same bytes again, before and after the admission, change nothing; another message under its id is refused."""
    raw = await visit.tell("A02", 60, place="НЕВРО^214^1", control_id=f"M-{visit.number}")
    assert (await visit.send(raw)).code == "AA"
    case_id = await visit.admitted()
    assert (await visit.send(raw)).code == "AA"
    assert (await visit.row(raw))["state"] == "done"
    assert await reports(visit, case_id) == ["moved"]
    answer = await visit.send(visit.message("A02", 61, place="РЕАН^1^1", control_id=f"M-{visit.number}"))
    assert (answer.code, "control_id_reused" in answer.error) == ("AR", True)
    assert (await visit.sender.card(case_id))["ward"] == "НЕВРО"


async def test_an_admission_by_another_way_releases_what_was_held(visit: Visit) -> None:
    """The case opens by JSON: what HL7 told before it is carried then."""
    await visit.tell("A02", 60, place="НЕВРО^214^1")
    patient = {"mrn": visit.mrn, "family": "Лебедева"}
    case_id = await visit.sender.system.admit(visit=visit.number, admitted_at=visit.began.isoformat(), patient=patient)

    async def moved() -> bool:
        return bool((await visit.sender.card(case_id))["ward"] == "НЕВРО")

    assert await eventually(moved)


async def test_news_of_a_visit_that_is_not_ours_is_given_up(visit: Visit) -> None:
    """A planned admission opens no case: its discharge is held, for days, and then done with the reason in words."""
    planned = await visit.tell("A01", pv1={2: "I", 4: "R", 18: ""})
    raw = await visit.tell("A03", DAY)
    merge = await visit.tell("A40", 30, more=(f"MRG|{visit.number}^^^GKB29^MR",))
    rows = await visit.sender.kept()
    assert [(rows[each]["state"], rows[each]["code"]) for each in (planned, raw, merge)] == [
        ("done", "not_emergency"), ("held", None), ("held", None)
    ]  # fmt: skip
    system = visit.sender.system
    for days, state in ((6, "held"), (8, "done")):

        def later(days: int = days) -> datetime:
            return utc_now() + timedelta(days=days)

        async with compose(system.parts.settings, now=later) as parts:
            await parts.write_path.give_up_held()
        assert (await visit.row(raw))["state"] == state
    row = await visit.row(raw)
    assert (row["code"], row["case_id"]) == ("no_case", None)
    assert row["reason"] == "No case was opened for this visit"
    assert await visit.sender.inbox.all(state="held") == []


async def test_two_records_of_one_patient_become_one_journey(visit: Visit) -> None:
    """A40: the case of the record that is given up ends, and the other one goes on with what both had."""
    other = Visit(visit.sender)
    given_up, goes_on = await visit.admitted(), await other.admitted()
    need = await visit.sender.system.item(given_up, "need", "aids")
    raw = await other.tell("A40", 60, more=(f"MRG|{visit.mrn}^^^GKB29^MR",))
    assert (await other.row(raw))["state"] == "done"

    async def heard() -> bool:
        return bool((await visit.sender.card(goes_on))["absorbed"])

    assert await eventually(heard)
    card, before = await visit.sender.card(goes_on), await visit.sender.card(given_up)
    assert (card["absorbed"], card["state"]) == ([given_up], "open")
    assert (before["merged_into"], before["ending"], before["open_steps"]) == (goes_on, "merged", 0)
    listing = await visit.sender.system.get(f"/api/v1/cases/{goes_on}/items", Role.COORDINATOR, kind="need")
    assert [each["name"] for each in listing["items"] if each["item_id"] != need] == ["aids"]
    # What the hospital still tells under the other visit is so of the patient.
    await visit.row(await visit.tell("A03", DAY))

    async def left() -> bool:
        return "arrival_confirm" in await live(other, goes_on)

    assert await eventually(left)


async def test_a_record_of_who_was_here_before_makes_it_a_return(visit: Visit) -> None:
    """A40 into the record of somebody who left days ago: the stay of now goes on, and the calls of then are over."""
    before = Visit(visit.sender, began=visit.began - timedelta(days=3))
    left = await before.admitted()
    await before.row(await before.tell("A03", DAY))
    here = await visit.admitted()
    await visit.row(await before.tell("A40", 3 * DAY + 60, more=(f"MRG|{visit.mrn}^^^GKB29^MR",)))
    card = await visit.sender.card(here)
    assert (card["state"], card["merged_into"], card["earlier"]) == ("open", None, left)

    async def told() -> bool:
        return "readmitted" in await reports(visit, left)

    assert await eventually(told)


async def test_a_record_that_is_given_up_takes_its_case_along(visit: Visit) -> None:
    """A40 into a record without a case, told before and after the admission: the journey goes on, under that record."""
    for early in (False, True):
        known, other = Visit(visit.sender), Visit(visit.sender)
        case_id = None if early else await known.admitted()
        raw = await other.tell("A40", 60, more=(f"MRG|{known.mrn}^^^GKB29^MR",))
        if case_id is None:
            assert (await other.row(raw))["state"] == "held"
            case_id = await known.admitted()
        assert (await other.row(raw))["state"] == "done"
        await other.row(await other.tell("A31", 90, pid={5: "Новикова^Мария"}))
        card = await visit.sender.card(case_id)
        assert (card["state"], card["merged_into"]) == ("open", None)
        assert card["patient"]["family"] == "Новикова"


# ---- what is odd ----------------------------------------------------------------------------------------------------


async def test_news_of_a_case_that_is_over_is_done(visit: Visit) -> None:
    """After a death a move, a discharge and an update: acknowledged and done, and the ending stands."""
    case_id = await visit.admitted()
    await visit.row(await visit.tell("A03", DAY, pv1={36: "20"}))
    late = [await visit.tell(event, DAY - 60) for event in ("A02", "A03", "A08")]
    rows = await visit.sender.kept()
    assert [(rows[raw]["state"], rows[raw]["case_id"]) for raw in late] == [("done", case_id)] * 3
    card = await visit.sender.card(case_id)
    assert (card["state"], card["ending"], card["open_steps"]) == ("closed", "died", 0)


async def test_clocks_that_differ_lose_nothing(visit: Visit) -> None:
    """A move before the admission is old news of the place; one of a clock that runs ahead counts from its arrival."""
    case_id = await visit.admitted()
    await visit.row(await visit.tell("A02", -20, place="НЕВРО^1^1"))
    assert (await visit.sender.card(case_id))["ward"] == "ТРАВМ"
    ahead = datetime.now(UTC) + timedelta(hours=2)
    await visit.row(await visit.tell("A02", (ahead - visit.began) / timedelta(minutes=1), place="РЕАН^2^2"))
    assert (await visit.sender.card(case_id))["ward"] == "РЕАН"
    (_, first), (_, second) = await history(visit, case_id)
    assert first == visit.at(-20)
    assert second <= datetime.now(UTC)


async def test_a_broken_message_stops_nobody(visit: Visit) -> None:
    """A discharge that names no visit is answered AE; what comes after it goes on."""
    case_id = await visit.admitted()
    for raw in (visit.message("A03", 60, pv1={19: ""}), visit.message("A03", 60, pid={3: ""})):
        assert (await visit.send(raw)).code == "AE"
    await visit.row(await visit.tell("A02", 90, place="НЕВРО^214^1"))
    assert await reports(visit, case_id) == ["moved"]


async def test_a_messages_words_are_not_in_the_history(visit: Visit) -> None:
    """Whoever reads the history sees what was reported; whom it was about stands on the card."""
    case_id = await visit.admitted()
    await visit.row(await visit.tell("A08", 60, pid={11: "ул. Тайная^^Москва"}))
    events = await visit.sender.system.get(f"/api/v1/cases/{case_id}/events", Role.COORDINATOR, limit=200)
    assert "Тайная" not in str(events)
    assert "Лебедева" not in str(events)
    card = await visit.sender.system.get(f"/api/v1/cases/{case_id}", Role.AUDITOR)
    assert "Тайная" not in str(card)
