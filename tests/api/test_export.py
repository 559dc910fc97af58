"""Exports over HTTP, on the real system: as many events as the journal has, in codes, and tables for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from defusedxml import ElementTree

from api.kpi.csv import safe
from marshrut.domain.words import Role
from marshrut.store.tables import cases, journal, steps
from tests.adapters.mining.rules import complaints
from tests.fixtures.system import System, admission

TODAY = datetime.now(UTC).date()
DAYS = {"from": (TODAY - timedelta(days=2)).isoformat(), "until": (TODAY + timedelta(days=3)).isoformat()}


async def exported(system: System, what: str, role: Role = Role.HEAD, **params: Any) -> str:
    """What a head of the usual hospital takes out."""
    answer = await system.http.get(
        f"/api/v1/export/{what}", params={**DAYS, **params}, headers=system.token(role, None, "NIKIO")
    )
    assert answer.status_code == 200, answer.text
    return answer.text


async def someone(system: System) -> str:
    """A patient of a hospital that no other test uses, whose first step is done."""
    headers = system.token(Role.INTEGRATOR, None, "NIKIO")
    answer = await system.http.post("/api/v1/admissions", json=admission(facility="NIKIO"), headers=headers)
    case_id: str = answer.json()["case_id"]
    headers = system.token(Role.SUPERVISOR, "olga", "NIKIO")
    card = (await system.http.get(f"/api/v1/cases/{case_id}", headers=headers)).json()
    step = next(step["step_id"] for step in card["steps"] if step["name"] == "first_contact")
    body = {"outcome": {"result": "contacted"}}
    assert (await system.http.post(f"/api/v1/steps/{step}/complete", json=body, headers=headers)).is_success
    return case_id


async def counted(system: System) -> tuple[Counter[str], int, int]:
    """Events by kind, cases and steps, as SQL holds them of that hospital."""
    of_it = sa.select(cases.c.case_id).where(cases.c.hospital == "NIKIO")
    async with system.parts.db.read() as conn:
        kinds = (await conn.scalars(sa.select(journal.c.kind).where(journal.c.case_id.in_(of_it)))).all()
        all_cases = await conn.scalar(sa.select(sa.func.count()).select_from(of_it.subquery()))
        all_steps = await conn.scalar(sa.select(sa.func.count()).where(steps.c.case_id.in_(of_it)))
    return Counter(kinds), all_cases or 0, all_steps or 0


async def test_a_log_has_every_event_and_thing_of_the_journal_and_names_nobody(system: System) -> None:
    """OCEL 2.0 and XES hold exactly what the journal holds; neither a name nor a user stands in them."""
    case_ids = [await someone(system) for _ in range(2)]
    log = json.loads(await exported(system, "ocel2"))
    kinds, all_cases, all_steps = await counted(system)
    assert complaints(log) == []
    assert Counter(event["type"] for event in log["events"]) == kinds
    things = Counter(thing["type"] for thing in log["objects"])
    assert (things["case"], things["step"], things["person"]) == (all_cases, all_steps, all_cases)
    assert set(case_ids) <= {thing["id"] for thing in log["objects"]}
    told = (
        json.dumps(log, ensure_ascii=False)
        + await exported(system, "xes")
        + await exported(system, "ocel2", syntax="xml")
    )
    assert "Соколова" not in told
    assert "olga" not in told
    xes = ElementTree.fromstring(await exported(system, "xes"))
    assert sum(1 for _ in xes.iter("{http://www.xes-standard.org/}event")) == kinds.total()
    assert sum(1 for _ in xes.iter("{http://www.xes-standard.org/}trace")) == all_cases


async def test_a_period_without_cases_is_an_empty_log(system: System) -> None:
    """Nothing happened: a log without events, which is one all the same."""
    past: dict[str, Any] = {"from": "2020-01-01", "until": "2020-02-01"}
    log = json.loads(await exported(system, "ocel2", **past))
    assert complaints(log) == []
    assert (log["objects"], log["events"]) == ([], [])
    assert "<trace>" not in await exported(system, "xes", **past)


@pytest.mark.parametrize("what", ["ocel2", "xes", "csv"])
async def test_nobody_takes_out_another_hospitals(system: System, what: str) -> None:
    """A hospital outside the token is refused; one that there is not, and a period that is none, are named."""
    headers = system.token(Role.SUPERVISOR)
    for params, status, code in (
        ({"hospital": "SKLIF"}, 403, "hospital_not_allowed"),
        ({"hospital": "MOON"}, 422, "invalid"),
        ({"until": "2020-01-01"}, 422, "ends_before_it_starts"),
    ):
        answer = await system.http.get(f"/api/v1/export/{what}", params={**DAYS, **params}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    answer = await system.http.get(f"/api/v1/export/{what}", params=DAYS, headers=headers)
    assert "attachment" in answer.headers["content-disposition"]


async def test_figures_are_a_table(system: System) -> None:
    """Every figure of the API stands in the table; a row a hospital and a row a step say the same."""
    await someone(system)
    headers = system.token(Role.HEAD, None, "NIKIO")
    view = (await system.http.get("/api/v1/kpi", params=DAYS, headers=headers)).json()
    rows = list(csv.DictReader(io.StringIO(await exported(system, "csv"))))
    figures = {(row["hospital"], row["figure"]): row["value"] for row in rows}
    assert figures["all", "cases.opened"] == str(view["total"]["cases"]["opened"])
    assert figures["NIKIO", "terms.met"] == str(view["hospitals"][0]["figures"]["terms"]["met"])
    (everybody, one) = csv.DictReader(io.StringIO(await exported(system, "csv", table="hospitals")))
    assert (everybody["hospital"], one["hospital"]) == ("all", "NIKIO")
    assert one["cases_opened"] == str(view["total"]["cases"]["opened"])
    steps = list(csv.DictReader(io.StringIO(await exported(system, "csv", table="steps"))))
    contact = next(row for row in steps if row["step"] == "contact.first_contact")
    assert (contact["term"], contact["goal_percent"], contact["goal_mark"]) == ("24h", "95", "A")
    assert contact["title"] == "Первичный контакт"


async def test_a_table_opens_in_a_spreadsheet(system: System) -> None:
    """For spreadsheets there are a BOM, semicolons and decimal commas; for programs none of these."""
    await someone(system)
    excel, plain = await exported(system, "csv", style="excel"), await exported(system, "csv")
    assert excel.startswith("\ufeffhospital;from;until;figure;value\r\n")
    assert plain.startswith("hospital,from,until,figure,value\r\n")
    answer = await system.http.get("/api/v1/export/csv", params=DAYS, headers=system.token(Role.AUDITOR, None, "NIKIO"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\tb", "|c", "%d"])
def test_a_cell_is_never_a_formula(text: str) -> None:
    """Whatever begins like a formula is a text; numbers stay numbers."""
    assert safe(text) == f"'{text}"
    assert (safe(-1.5), safe(-1.5, decimal_comma=True), safe(None), safe("a=b")) == ("-1.5", "-1,5", "", "a=b")
