"""What was parked is taken when the fault is mended: once, and in its sender's name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from secrets import token_hex

import httpx
import orjson
import pytest

from marshrut.adapters.documents import Documents
from marshrut.adapters.hl7v2 import Site
from marshrut.adapters.hl7v2.receiver import Hl7Receiver
from marshrut.composition import compose, sites
from marshrut.dispatch.replays import Replays
from marshrut.domain.moves import Actor
from marshrut.domain.words import Role
from marshrut.ports import Arrived, Format, Sight, Taken, Unavailable, Uncertain, Unfit
from marshrut.store.inbox import SqlInbox
from tests.adapters.hl7v2.messages import OMIT
from tests.api.inboxes import ADMISSIONS, REFERRALS, Reader, ahead, er7, integrator, reader, relaying
from tests.fixtures.apps import application
from tests.fixtures.engine import eventually
from tests.fixtures.system import System, admission

NEW = "NEW1"


@asynccontextmanager
async def mended(system: System, hospital: str = NEW) -> AsyncIterator[Reader]:
    """The installation once its catalogue knows another hospital, as an administrator meets it."""
    catalogue = system.parts.catalogue
    known = {**catalogue.hospitals, hospital: catalogue.hospitals["GKB29"]}
    better = catalogue.model_copy(update={"hospitals": known})
    async with compose(system.parts.settings, catalogue=better) as parts, relaying(parts):
        with application(parts.settings, parts.api) as app:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://mended.test", timeout=30) as http:
                yield Reader(http, system.token(Role.ADMIN, "root", *known))


async def test_the_case_opens_when_the_catalogue_learns_of_the_hospital(system: System) -> None:
    """Unknown facility → parked; the catalogue is mended; replayed → the case is there, and the message done."""
    since, his = datetime.now(UTC).isoformat(), f"his-{token_hex(4)}"
    headers = system.token(Role.INTEGRATOR, his, "GKB29", NEW)
    hl7 = await system.http.post("/hl7v2", content=er7(facility=NEW), headers=headers | {"Content-Type": "text/plain"})
    assert "|unknown_facility|" in hl7.text
    json = await system.http.post(ADMISSIONS, json=admission(facility=NEW), headers=headers)
    walk = await system.http.post(REFERRALS, json={"facility": NEW, "sentence": "просит помощи"}, headers=headers)
    assert {json.status_code, walk.status_code} == {422}
    root = reader(system, Role.ADMIN, "root")
    parked = await root.all(since=since)
    assert [row["state"] for row in parked] == ["parked"] * 3
    for row in parked:  # too early: today's fault is answered again, and counted
        answer = await root.replay(row["id"])
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_facility")
    assert [row["attempts"] for row in await root.all(since=since)] == [1, 1, 1]
    async with mended(system) as later:
        for row in parked:
            answer = await later.replay(row["id"])
            assert answer.status_code == 200, answer.text
            done = await later.settled(row["id"])
            assert (done["state"], done["code"], done["attempts"]) == ("done", None, 2)
            taken = await later.settled(done["replayed_as"])
            assert (taken["state"], taken["case_id"], taken["hospital"]) == ("done", done["case_id"], NEW)
            case = await later.http.get(f"/api/v1/cases/{done['case_id']}", headers=later.headers)
            assert case.json()["hospital"] == NEW
            again = await later.replay(row["id"])
            assert (again.status_code, again.json()["code"]) == (409, "message_not_parked")


async def test_replayed_by_ten_at_once_it_is_taken_once(system: System) -> None:
    """Ten replays at the same moment of an HL7 message, an admission and a referral: one command, one case each."""
    since = datetime.now(UTC).isoformat()
    headers = system.token(Role.INTEGRATOR, f"his-{token_hex(4)}", NEW)
    await system.http.post("/hl7v2", content=er7(facility=NEW), headers=headers | {"Content-Type": "text/plain"})
    await system.http.post(ADMISSIONS, json=admission(facility=NEW), headers=headers)
    await system.http.post(REFERRALS, json={"facility": NEW, "sentence": "одна"}, headers=headers)
    async with mended(system) as later:
        parked = await later.all(since=since)
        for row in parked:
            answers = await asyncio.gather(*(later.replay(row["id"]) for _ in range(10)))
            assert {answer.status_code for answer in answers} <= {200, 409}
            await later.settled((await later.settled(row["id"]))["replayed_as"])
        rows = await later.all(since=since)
        assert len(parked) == 3
        assert len(rows) == 6
        assert len({row["case_id"] for row in rows}) == 3
        for case_id in {row["case_id"] for row in rows}:
            history = await later.http.get(f"/api/v1/cases/{case_id}/events", headers=later.headers)
            kinds = [event["kind"] for event in history.json()["items"]]
            assert (kinds.count("case_opened"), kinds.count("admission_repeated")) == (1, 0)


async def test_a_replay_speaks_for_its_sender_not_for_whoever_replays(system: System) -> None:
    """What the sender may not report no administrator's replay reports; the sender with a new token may."""
    his, since = f"his-{token_hex(4)}", datetime.now(UTC).isoformat()
    sent = await system.http.post(
        ADMISSIONS, json=admission(facility="SKLIF"), headers=system.token(Role.INTEGRATOR, his, "GKB29")
    )
    assert sent.status_code == 403
    root = reader(system, Role.ADMIN, "root")
    row = await root.one(since=since)
    assert row["hospital"] == "unknown"
    refused = await root.replay(row["id"])
    assert (refused.status_code, refused.json()["code"]) == (403, "hospital_not_allowed")
    taken = await reader(system, Role.INTEGRATOR, his, "GKB29", "SKLIF").replay(row["id"])
    assert taken.status_code == 200
    assert (await root.settled(row["id"]))["case_id"] == taken.json()["case_id"]


async def test_a_message_that_was_mended_and_sent_meanwhile_attaches_or_is_told_apart(system: System) -> None:
    """The same MSH-10: with the same content it is that message, with another it is at fault under today's code."""
    since = datetime.now(UTC).isoformat()
    headers = {**system.token(Role.INTEGRATOR, f"his-{token_hex(4)}", NEW), "Content-Type": "text/plain"}
    same, other = er7(facility=NEW), er7(facility=NEW)
    for raw in (same, other):
        await system.http.post("/hl7v2", content=raw, headers=headers)
    async with mended(system) as later:
        parked = (await later.all(since=since))[::-1]
        mended_now = other.replace("Лебедева".encode(), "Гусева".encode())
        for raw in (same, mended_now):
            assert "MSA|AA|" in (await later.http.post("/hl7v2", content=raw, headers=headers)).text
        rows = {row["id"]: row for row in await later.all(since=since)}
        first, second = [await later.replay(row["id"]) for row in parked]
        assert first.status_code == 200
        assert (second.status_code, second.json()["code"]) == (409, "control_id_reused")
        done = await later.settled(parked[0]["id"])
        assert done["replayed_as"] in rows
        still = await later.settled(parked[1]["id"])
        assert (still["state"], still["code"], still["details"]) == ("parked", "control_id_reused", {"place": "MSH-10"})


async def test_replayed_news_of_a_visit_without_a_case_is_held(system: System) -> None:
    """It is taken, and waits: the parked row is done, the message that it became is held until the admission comes."""
    since, visit = datetime.now(UTC).isoformat(), f"26-{token_hex(4)}"
    headers = {**system.token(Role.INTEGRATOR, f"his-{token_hex(4)}", NEW), "Content-Type": "text/plain"}
    news = er7(facility=NEW, header={9: "ADT^A03"}, pv1={19: visit})
    await system.http.post("/hl7v2", content=news, headers=headers)
    async with mended(system) as later:
        row = await later.one(since=since)
        taken = (await later.replay(row["id"])).json()
        assert (taken["state"], taken["case_id"], taken["reason"]) == ("held", None, None)
        assert (await later.settled(row["id"]))["state"] == "done"
        admitted = er7(facility=NEW, pv1={19: visit})
        assert "MSA|AA|" in (await later.http.post("/hl7v2", content=admitted, headers=headers)).text

        async def carried() -> bool:
            return bool((await later.settled(taken["replayed_as"]))["state"] == "done")

        assert await eventually(carried)
        assert (await later.settled(taken["replayed_as"]))["case_id"] is not None


class Silent(SqlInbox):
    """An inbox whose database goes away when a replay has succeeded."""

    async def mended(self, message_id: str, taken: Taken, by: Actor) -> None:  # noqa: ARG002 - it does not get so far
        raise Unavailable("sql")


async def test_a_replay_that_is_broken_off_is_finished_by_the_next_one(system: System) -> None:
    """Taken, but SQL went away before the message could say so: nobody is told that nothing happened, nor twice yes."""
    since, his = datetime.now(UTC).isoformat(), f"his-{token_hex(4)}"
    headers = system.token(Role.INTEGRATOR, his, "GKB29")
    await system.http.post(REFERRALS, json={"facility": "SKLIF", "sentence": "просит помощи"}, headers=headers)
    sender = reader(system, Role.INTEGRATOR, his, "SKLIF")
    row = await sender.one(since=since)
    api, caller = system.parts.api, integrator(his, "SKLIF")
    assert isinstance(api.documents, Documents)
    replays = Replays(api.intake, Silent(system.parts.db), api.vault, {Format.REFERRAL: api.documents})
    with pytest.raises(Uncertain):
        await replays.replay(row["id"], Sight(frozenset(), caller.actor), caller)
    assert [each["state"] for each in await sender.all(since=since)] == ["done", "parked"]
    answer = (await sender.replay(row["id"])).json()
    new, old = await sender.all(since=since)
    assert (answer["case_id"], answer["replayed_as"]) == (new["case_id"], new["id"])
    assert (old["state"], old["replayed_as"], old["case_id"]) == ("done", new["id"], new["case_id"])


class Stumbling(dict[str, Site]):
    """A catalogue's hospitals, and a mistake of ours in reading them."""

    def __getitem__(self, code: str) -> Site:
        raise ZeroDivisionError(code)


async def test_what_our_own_reading_stumbles_over_is_kept_and_taken_once_that_is_mended(system: System) -> None:
    """A mistake of the program is answered AR, not silence; a later version replays the message."""
    since, api, caller = datetime.now(UTC).isoformat(), system.parts.api, integrator()
    broken = Hl7Receiver(api.intake, Stumbling(sites(system.parts.catalogue)), api.now)
    assert b"|unparsable|" in await broken.receive(er7(), caller)
    sender = reader(system, Role.INTEGRATOR, caller.user, "GKB29")
    row = await sender.one(since=since)
    replays = Replays(api.intake, api.inbox, api.vault, {Format.HL7V2: broken})
    with pytest.raises(Unfit):
        await replays.replay(row["id"], Sight(None, caller.actor), caller)
    answer = await sender.replay(row["id"])
    assert (answer.status_code, bool(answer.json()["case_id"])) == (200, True)


async def test_json_that_our_own_reading_stumbles_over_is_kept_too(system: System) -> None:
    """An admission in JSON likewise: a typed answer, its bytes in the inbox, also when a replay stumbles again."""
    since, api, caller = datetime.now(UTC).isoformat(), system.parts.api, integrator()

    def mistaken() -> datetime:
        raise ZeroDivisionError

    broken = Documents(api.intake, system.parts.catalogue.hospitals, (), mistaken)
    raw = orjson.dumps(admission())
    message = Arrived(raw, Format.ADMISSION, caller)
    with pytest.raises(Unfit) as caught:
        await broken.receive(message)
    assert caught.value.code == "unreadable"
    sender = reader(system, Role.INTEGRATOR, caller.user, "GKB29")
    row = await sender.one(since=since)
    assert (row["state"], row["code"], row["hospital"]) == ("parked", "unreadable", "GKB29")
    assert await sender.raw(row["id"]) == raw
    replays = Replays(api.intake, api.inbox, api.vault, {Format.ADMISSION: broken})
    with pytest.raises(Unfit):
        await replays.replay(row["id"], Sight(None, caller.actor), caller)
    answer = await sender.replay(row["id"])
    assert (answer.status_code, bool(answer.json()["case_id"])) == (200, True)


async def test_a_beginning_is_never_taken_for_the_message(system: System) -> None:
    """Of an oversize message only the beginning is kept; though it reads well it is not replayed."""
    since = datetime.now(UTC).isoformat()
    whole = er7(more=tuple("NTE|1||" + "x" * 60_000 for _ in range(20)))
    headers = {**system.token(Role.INTEGRATOR), "Content-Type": "text/plain"}
    assert "|oversize|" in (await system.http.post("/hl7v2", content=whole, headers=headers)).text
    chief = reader(system)
    answer = await chief.replay((await chief.one(since=since))["id"])
    assert (answer.status_code, answer.json()["code"]) == (422, "oversize")


async def test_only_who_may_see_a_message_may_replay_it(system: System) -> None:
    """Another integrator's message, or another hospital's, is not there; heads replay nothing."""
    since = datetime.now(UTC).isoformat()
    headers = {**system.token(Role.INTEGRATOR, "his-a"), "Content-Type": "text/plain"}
    await system.http.post("/hl7v2", content=er7(pid=OMIT), headers=headers)
    name = (await reader(system).one(since=since))["id"]
    for role, user, hospital, status in (
        (Role.INTEGRATOR, "his-b", "GKB29", 404),
        (Role.SUPERVISOR, "olga", "SKLIF", 404),
        (Role.HEAD, "pavel", "GKB29", 403),
        (Role.SUPERVISOR, "olga", "GKB29", 422),
        (Role.INTEGRATOR, "his-a", "GKB29", 422),
    ):
        answer = await reader(system, role, user, hospital).replay(name)
        assert answer.status_code == status, (role, user)


async def test_a_replayed_admission_of_a_planned_visit_is_done_with_its_reason(system: System) -> None:
    """Screening applies to a replay as to any admission: no case, and the message says why."""
    since = datetime.now(UTC).isoformat()
    headers = system.token(Role.INTEGRATOR, f"his-{token_hex(4)}", NEW)
    await system.http.post(ADMISSIONS, json=admission(facility=NEW, emergency=False), headers=headers)
    async with mended(system) as later:
        row = await later.one(since=since)
        answer = await later.replay(row["id"])
        done = await later.settled(row["id"])
        told = {"case_id": None, "created": False, "reason": "not_emergency", "state": "done"}
        assert answer.json() == told | {"replayed_as": done["replayed_as"]}
        assert (done["state"], done["code"], done["case_id"]) == ("done", "not_emergency", None)


async def test_a_time_that_cannot_be_is_refused_alike_by_json_and_hl7(system: System) -> None:
    """More than a day ahead is a slip of the pen, named by its field; less may be a clock that is wrong."""
    for changes, status in (({"days": 1, "hours": 1}, 422), ({"hours": 20}, 201)):
        answer = await system.post(ADMISSIONS, admission(admitted_at=ahead(**changes)), role=Role.INTEGRATOR)
        assert answer.status_code == status
    late = await system.post(ADMISSIONS, admission(admitted_at=ahead(days=3)), role=Role.INTEGRATOR)
    assert (late.json()["code"], late.json()["errors"][0]["field"]) == ("in_the_future", "admitted_at")
    local = await system.post(ADMISSIONS, admission(admitted_at="2026-03-12T08:45:00"), role=Role.INTEGRATOR)
    assert (local.status_code, local.json()["errors"][0]["field"]) == (422, "admitted_at")
    headers = {**system.token(Role.INTEGRATOR), "Content-Type": "text/plain"}
    for pv1, evn, place in (({44: "20990101"}, {}, "PV1^1^44"), ({44: ""}, {6: "20990101"}, "EVN^1^6")):
        ack = await system.http.post("/hl7v2", content=er7(pv1=pv1, evn=evn), headers=headers)
        assert f"|{place}|" in ack.text
        assert "|bad_time|" in ack.text
