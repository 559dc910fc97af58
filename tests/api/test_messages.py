"""What people see of messages, and what they do with them: counted, masked, tried again together, put aside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import httpx
import pytest

from api.views.message import REASONS
from marshrut.domain.words import Role
from marshrut.ports import WhyDiscarded
from marshrut.store.tables import commands
from tests.adapters.hl7v2.messages import OMIT
from tests.api.inboxes import ADMISSIONS, MESSAGES, er7, reader, relaying
from tests.fixtures.system import System, admission

PLANTED = ("Тайнова", "Секретина", "79990001122", "Незримая", "MRN-7731", "4511-880077")


class Sender:
    """A hospital's system with an inbox of its own."""

    def __init__(self, system: System, *hospitals: str) -> None:
        self.system = system
        self.user = f"his-{token_hex(4)}"
        self.headers = system.token(Role.INTEGRATOR, self.user, *hospitals)

    async def hl7(self, raw: bytes) -> str:
        """Send it; the acknowledgement."""
        headers = {**self.headers, "Content-Type": "text/plain"}
        return (await self.system.http.post("/hl7v2", content=raw, headers=headers)).text

    async def asked(self, method: str, path: str = "", **more: Any) -> httpx.Response:
        """A call to the inbox."""
        return await self.system.http.request(method, f"{MESSAGES}{path}", headers=self.headers, **more)

    async def get(self, path: str = "", **params: Any) -> Any:
        """What the inbox tells."""
        answer = await self.asked("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        """What is done in it."""
        return await self.asked("POST", path, json=body)

    async def one(self, **params: Any) -> dict[str, Any]:
        """The one message that there is."""
        (found,) = (await self.get(**params))["items"]
        message: dict[str, Any] = found
        return message


@pytest.fixture
def his(system: System) -> Sender:
    """A sender whom no other test knows."""
    return Sender(system, "GKB29")


async def test_what_comes_again_is_answered_as_before_and_counted(system: System, his: Sender) -> None:
    """Taken, parked, keyed JSON: one row each, with how often it came again; a replay is no sending."""
    taken, broken = er7(), er7(pid=OMIT)
    for raw, times in ((taken, 3), (broken, 2)):
        for _ in range(times):
            await his.hl7(raw)
    body, headers = admission(), {**his.headers, "Idempotency-Key": token_hex(4)}
    for _ in range(4):
        await system.http.post(ADMISSIONS, json=body, headers=headers)
    found = {(each["format"], each["state"]): each["repeats"] for each in (await his.get())["items"]}
    assert {each[0]: times for each, times in found.items() if each[1] != "parked"} == {"hl7v2": 2, "json admission": 3}
    assert found["hl7v2", "parked"] == 1
    assert len((await his.get(repeated="true"))["items"]) == 3
    parked = await his.one(state="parked")
    assert datetime.fromisoformat(parked["repeated_at"]) > datetime.fromisoformat(parked["received_at"])
    await his.post(f"/{parked['id']}/replay")
    assert (await his.one(state="parked"))["repeats"] == 1
    told = await his.get("/summary")
    assert (told["repeated"], told["repeats"]) == (3, 6)


async def test_a_parked_message_is_put_aside_with_its_reason_and_taken_back(his: Sender, system: System) -> None:
    """It counts no more, is kept with who, when and why, stays aside when it comes again, and can be taken back."""
    raw = er7(pid=OMIT)
    await his.hl7(raw)
    path = f"/{(await his.one())['id']}"
    gap = await his.post(f"{path}/discard", {"reason": "other"})
    assert (gap.status_code, gap.json()["code"]) == (422, "invalid")
    why = {"reason": "other", "note": f"проверка, {PLANTED[0]}"}
    done = [await his.post(f"{path}/discard", why) for _ in range(2)]  # the same again is the same
    assert [(each.status_code, each.json()["state"]) for each in done] == [(200, "discarded")] * 2
    (act,) = done[1].json()["history"]
    told = {name: act[name] for name in ("act", "by", "code", "note")}
    assert told == {"act": "discarded", "by": his.user, "code": "other", "note": f"проверка, {PLANTED[0]}"}
    assert (await his.get())["parked"] == 0
    await his.hl7(raw)
    again = await his.one()
    assert (again["state"], again["repeats"]) == ("discarded", 1)
    # An administrator sees that and why, but not what was written: it may name somebody.
    admin = reader(system, Role.ADMIN, "root")
    shown = (await system.http.get(f"{MESSAGES}{path}", headers=admin.headers)).json()
    assert (shown["history"][0]["title"], shown["history"][0]["note"]) == ("Something else", None)
    back = [await his.post(f"{path}/restore") for _ in range(2)]
    assert [(each.status_code, each.json()["state"]) for each in back] == [(200, "parked")] * 2
    assert [each["act"] for each in back[1].json()["history"]] == ["discarded", "restored"]
    assert (await his.get())["parked"] == 1


async def test_a_message_whose_content_is_not_kept_any_more_says_so(his: Sender, system: System) -> None:
    """Its row and history stay; reading, replaying and taking it back are refused, and it stays aside."""
    await his.hl7(er7(pid=OMIT))
    name = (await his.one())["id"]
    await his.post(f"/{name}/discard", {"reason": "test"})
    async with system.parts.db.write() as conn:
        await conn.execute(commands.update().where(commands.c.id == name).values(raw=None, private=None))
    for method, path in (("GET", "masked"), ("GET", "raw"), ("POST", "replay"), ("POST", "restore")):
        answer = await his.asked(method, f"/{name}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (410, "message_content_gone"), path
    kept = await his.one()
    assert (kept["state"], [each["act"] for each in kept["history"]]) == ("discarded", ["discarded"])


async def test_what_was_put_aside_can_still_be_replayed(system: System) -> None:
    """Given one put aside for want of a hospital, when that is mended, then a replay takes it and says by whom."""
    his = Sender(system, "GKB29")
    await his.hl7(er7(facility="SKLIF"))
    path = f"/{(await his.one())['id']}"
    assert (await his.post(f"{path}/discard", {"reason": "not_ours"})).status_code == 200
    assert (await his.post(f"{path}/replay")).status_code == 422
    assert (await his.one())["state"] == "discarded"
    his.headers = system.token(Role.INTEGRATOR, his.user, "GKB29", "SKLIF")
    assert (await his.post(f"{path}/replay")).status_code == 200
    found = await his.get(path)
    assert (found["state"], [each["code"] for each in found["history"]]) == (
        "done", ["not_ours", "facility_not_allowed", None]
    )  # fmt: skip
    for action, code in (("discard", "only_parked"), ("restore", "message_not_discarded")):
        refused = await his.post(f"{path}/{action}", {"reason": "test"})
        assert (refused.status_code, refused.json()["code"]) == (409, code)


async def test_all_of_a_fault_are_replayed_each_by_itself(system: System) -> None:
    """A dry run says what would become of each and changes nothing; a run takes ids, and may be repeated."""
    his = Sender(system, "GKB29")
    good, bad = er7(facility="SKLIF"), er7(facility="SKLIF", pv1={3: "ТРАВМ^1^1^MOROZ"})
    for raw in (good, bad):
        await his.hl7(raw)
    his.headers = system.token(Role.INTEGRATOR, his.user, "GKB29", "SKLIF")
    which = {"code": "facility_not_allowed"}
    dry = (await his.post("/replay", which)).json()
    assert [each["outcome"] for each in dry["items"]] == ["possible", "refused"]  # the oldest first
    assert (dry["possible"], dry["refused"], dry["items"][1]["code"]) == (1, 1, "facility_not_allowed")
    assert {each["attempts"] for each in (await his.get())["items"]} == {0}
    filtered = await his.post("/replay", {**which, "dry_run": False})
    assert (filtered.status_code, filtered.json()["code"]) == (422, "dry_run_first")
    names = [each["id"] for each in dry["items"]]
    async with relaying(system.parts):
        body = {"messages": [*names, "none"], "dry_run": False}
        first, again = [(await his.post("/replay", body)).json()["items"] for _ in range(2)]
        for ran in (first, again):
            assert [each["outcome"] in {"done", "pending"} for each in ran] == [True, False, False]
            assert ran[2]["code"] == "message_not_found"
        assert first[0]["replayed_as"] == again[0]["replayed_as"]
        assert await reader(system).settled(first[0]["replayed_as"])
    assert (await his.get())["parked"] == 1


async def test_a_dry_run_knows_a_control_id_that_was_used(system: System, his: Sender) -> None:
    """What would be refused only when it is stored is foreseen, too."""
    first = er7()
    await his.hl7(first)
    await his.hl7(first.replace("Лебедева".encode(), "Гусева".encode()))
    (tried,) = (await his.post("/replay", {"code": "control_id_reused"})).json()["items"]
    assert (tried["outcome"], tried["code"]) == ("refused", "control_id_reused")


async def test_the_masked_view_names_nobody(system: System, his: Sender) -> None:
    """HL7, JSON and FHIR with people in them: whoever sees the inbox sees how each is built, and no person."""
    name, given, phone, street, record, paper = PLANTED
    segments = (f"ZPI|1|{name}^{given}|{paper}", f"NK1|1|{name}|SON|{street}|{phone}", f"NTE|1||{name}, {phone}")
    await his.hl7(er7(pid={3: record, 5: f"{name}^{given}", 11: street, 13: phone}, pv1={19: ""}, more=segments))
    person = {"identified": True, "mrn": record, "family": name, "given": given, "phones": [phone], "address": street}
    sent = admission(patient=person, diagnosis=paper, facility="NOWHERE")
    await system.http.post(ADMISSIONS, json=sent, headers=his.headers)
    stay = {"resourceType": "Patient", "name": [{"family": name, "text": paper}], "telecom": [{"value": phone}]}
    await system.http.post("/fhir/Patient", json=stay, headers={**his.headers, "Content-Type": "application/fhir+json"})
    found = (await his.get())["items"]
    assert {each["format"] for each in found} == {"hl7v2", "json admission", "fhir r4"}
    for each in found:
        for role in (Role.INTEGRATOR, Role.SUPERVISOR, Role.HEAD, Role.ADMIN):
            user = his.user if role is Role.INTEGRATOR else "chief"
            headers = reader(system, role, user).headers
            masked = await system.http.get(f"{MESSAGES}/{each['id']}/masked", headers=headers)
            assert masked.status_code == 200, masked.text
            assert [mark for mark in PLANTED if mark in masked.text] == []
            assert masked.json()["lines"]
    hl7 = next(each for each in found if each["format"] == "hl7v2")
    lines = (await his.get(f"/{hl7['id']}/masked"))["lines"]
    assert [line["places"][0] for line in lines] == ["MSH", "EVN", "PID", "PV1", "ZPI", "NK1", "NTE"]


async def test_whoever_opens_the_bytes_is_written_down(system: System, his: Sender) -> None:
    """The history of a message names who was given what it said."""
    await his.hl7(er7(pid=OMIT))
    name = (await his.one())["id"]
    await reader(system, Role.SUPERVISOR, "olga").raw(name)
    (act,) = (await his.get(f"/{name}"))["history"]
    assert (act["act"], act["by"], act["role"]) == ("opened", "olga", "supervisor")


async def test_the_summary_counts_what_the_lists_hold(system: System) -> None:
    """Every number is the length of a list: by state, by fault, by sender and hospital; only in the caller's sight."""
    his, other = Sender(system, "GKB29", "SKLIF"), Sender(system, "GKB29")
    async with relaying(system.parts):
        for raw in (er7(), er7(), er7(facility="SKLIF", header={4: "SKLIF", 3: "EMIAS"})):
            await his.hl7(raw)
        for each in (await his.get())["items"]:
            await reader(system).settled(each["id"])
    for raw in (er7(pid=OMIT), er7(pv1={44: "вчера"}), er7(pv1={44: "x"}), er7(header={9: "ADT^A02"})):
        await his.hl7(raw)
    await other.hl7(er7(pid=OMIT))
    told = await his.get("/summary")
    assert told["received"] == 7
    assert told["states"] == {"done": 3, "parked": 3, "held": 1}
    assert (told["now"]["parked"], told["now"]["held"], told["now"]["pending"]) == (3, 1, 0)
    assert [(each["code"], each["count"]) for each in told["faults"]] == [("bad_time", 2), ("missing_segment", 1)]
    assert {(each["source"], each["hospital"]): each["received"] for each in told["sources"]} == {
        ("hl7/GKB29/HIS", "GKB29"): 6, ("hl7/SKLIF/EMIAS", "SKLIF"): 1
    }  # fmt: skip
    assert sum(sum(each["states"].values()) for each in told["stretches"]) == 7
    assert told["wait"]["count"] == 3
    assert 0 <= told["wait"]["p50_s"] <= told["wait"]["p95_s"] <= told["wait"]["longest_s"]
    for narrowed, many in (({"hospital": "SKLIF"}, 1), ({"source": "hl7/GKB29/HIS"}, 6), ({"by": "day"}, 7)):
        assert (await his.get("/summary", **narrowed))["received"] == many
    long_ago = datetime.now(UTC) - timedelta(days=3)
    assert (await his.get("/summary", until=long_ago.isoformat()))["received"] == 0
    wrong = await his.asked("GET", "/summary", params={"since": "2099-01-01T00:00:00Z"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "ends_before_it_starts")
    head = await system.http.get(f"{MESSAGES}/summary", headers=system.token(Role.HEAD, "pavel", "SKLIF"))
    assert ("hl7/SKLIF/EMIAS", "GKB29") not in {(each["source"], each["hospital"]) for each in head.json()["sources"]}
    assert {each["hospital"] for each in head.json()["sources"]} == {"SKLIF"}


def test_every_reason_of_putting_aside_has_its_words() -> None:
    """Nobody reads a code where a reason should stand."""
    assert set(REASONS) == set(WhyDiscarded)
