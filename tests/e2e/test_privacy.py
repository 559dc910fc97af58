"""Invariant 3, on what really lies on disk."""

import logging
from pathlib import Path

import pytest

from marshrut.domain.words import Role
from tests.fixtures.engine import eventually
from tests.fixtures.system import System, admission, running

# Each stands for one kind of personal datum; none occurs anywhere by chance.
MARKS = [
    "Тайнова", "Секретина", "Скрытовна", "ул. Незримая", "79990001122", "Невидимкин", "MRN-7731", "VIZIT-4419",
    "S99.9-диагноз", "просит-своими-словами", "Сказалкина", "слова-о-больном", "квитанция-31337", "шаг-про-тётю",
    "сказано-в-заметке",
]  # fmt: skip

MESSAGE = "\r".join(  # noqa: FLY002 - a segment a line
    [
        "MSH|^~\\&|HIS|GKB29|MARSHRUT|DTSZN|20260212071503+0300||ADT^A01^ADT_A01|GKB29-1|P|2.5|||AL|NE||UNICODE UTF-8",
        "EVN|A01|20260212071503+0300",
        "PID|1||MRN-7731^^^GKB29^MR||Тайнова^Секретина^Скрытовна||19410309|F|||ул. Незримая||^PRN^PH^^^^79990001122",
        "NK1|1|Невидимкин|SON||79990001122",
        "PV1|1|I|ТРАВМ^312^2^GKB29|E||||||||||||||EMR|VIZIT-4419",
        "DG1|1||S99.9-диагноз",
    ]
)


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def walk(system: System) -> str:
    """Have every kind of personal datum pass through every way in."""
    sent = admission(
        visit="VIZIT-4419",
        diagnosis="S99.9-диагноз",
        patient={
            "identified": True, "mrn": "MRN-7731", "family": "Тайнова", "given": "Секретина",
            "patronymic": "Скрытовна", "address": "ул. Незримая", "phones": ["79990001122"],
        },
        contacts=[{"family": "Невидимкин", "relation": "son", "phones": ["79990001122"]}],
    )  # fmt: skip
    answer = await system.post("/api/v1/admissions", sent, role=Role.INTEGRATOR)
    case_id: str = answer.json()["case_id"]
    received = await system.http.post("/hl7v2", content=MESSAGE.encode(), headers=system.token(Role.INTEGRATOR))
    assert "MSA|AA|" in received.text
    # A message that cannot be taken is kept too.
    parked = MESSAGE.replace("ADT^A01^ADT_A01", "ADT^A99").encode()
    assert "MSA|AR|" in (await system.http.post("/hl7v2", content=parked, headers=system.token(Role.INTEGRATOR))).text
    # So is JSON that does not fit, down to the names of fields that are none of ours.
    unfit = {**sent, "Тайнова": 1, "admitted_at": "Секретина"}
    assert (await system.post("/api/v1/admissions", unfit, role=Role.INTEGRATOR)).status_code == 422
    asked = {"facility": "GKB29", "sentence": "просит-своими-словами", "referred_by": {"name": "Сказалкина"}}
    assert (await system.post("/api/v1/referrals", asked, role=Role.HOTLINE)).status_code == 201
    step = f"/api/v1/steps/{await system.step(case_id, 'first_contact')}"
    await system.post(f"{step}/comment", {"text": "слова-о-больном"})
    await system.post(f"{step}/block", {"reason": "passport", "note": "сказано-в-заметке"})
    await system.post(f"{step}/complete", {"outcome": {"result": "contacted", "note": "слова-о-больном"}})
    await system.post(f"{step}/complete", {"outcome": {"result": "Тайнова"}})
    await system.post(f"{step}/unblock")
    await system.post(f"{step}/complete", {"outcome": {"result": "contacted", "note": "слова-о-больном"}})
    await system.post(f"/api/v1/cases/{case_id}/steps", {"title": "шаг-про-тётю"})
    await system.post(f"/api/v1/cases/{case_id}/events", {"type": "paused", "note": "сказано-в-заметке"})
    relative = {"name": "Тайнова Секретина", "phones": ["79990001122"], "address": "ул. Незримая"}
    await system.item(case_id, "relative", "daughter", facts=relative)
    candidate = {"family": "Невидимкин", "source": "registry", "note": "слова-о-больном"}
    added = await system.post(f"/api/v1/cases/{case_id}/candidates", candidate)
    assert added.json()["score"] is not None
    assert (await system.post("/api/v1/relatives/search", {"family": "Тайнова"})).json()["items"]
    card = await eventually(lambda: system.get(f"/api/v1/cases/{case_id}", Role.COORDINATOR))
    assert card["patient"]["family"] == "Тайнова"
    return case_id


async def test_no_personal_datum_lies_readable_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Names, numbers, addresses and notes are in nobody's files: not Temporal's, not SQL's, not in a log."""
    caplog.set_level(logging.DEBUG)
    engine, sql = tmp_path / "engine", tmp_path / "sql"
    engine.mkdir()
    sql.mkdir()
    async with running(sql, db_filename=engine / "temporal.sqlite") as system:
        case_id = await walk(system)
    stored, held = on_disk(engine), on_disk(sql)
    said = "".join((caplog.text, *capfd.readouterr()))
    # The search works: what may be read is found.
    assert case_id.encode() in stored
    assert case_id.encode() in held
    found = [
        (mark, place)
        for mark in MARKS
        for place, content in (("temporal", stored), ("sql", held), ("log", said.encode()))
        if mark.encode() in content or mark.encode("utf-16-le") in content
    ]
    assert found == []
