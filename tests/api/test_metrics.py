"""What a monitoring system is told."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import Scrapes, exposed, figures
from marshrut.domain.stuck import Why
from marshrut.domain.words import Role
from marshrut.ports import Caller
from tests.fixtures.system import HOSPITAL, System

# Everything that is told, and by which labels.
FAMILIES = {
    "marshrut_cases_open": {"hospital"},
    "marshrut_steps_open": {"hospital"},
    "marshrut_steps_overdue": {"hospital"},
    "marshrut_steps_blocked": {"hospital"},
    "marshrut_stuck_items": {"hospital"},
    "marshrut_stuck_cause_items": {"hospital", "cause"},
    "marshrut_commands_pending": {"hospital"},
    "marshrut_messages_held": {"hospital"},
    "marshrut_messages_parked": {"hospital"},
    "marshrut_read_model_lag_seconds": set(),
    "marshrut_webhook_events_waiting": {"webhook"},
    "marshrut_webhook_events_parked": {"webhook"},
    "marshrut_watchdog_findings": {"hospital", "code"},
    "marshrut_watchdog_repairs": {"hospital", "code"},
    "marshrut_watchdog_last_round_timestamp_seconds": set(),
    "marshrut_watchdog_last_round_seconds": set(),
    "marshrut_watchdog_last_round_cases": set(),
}


@pytest.fixture(autouse=True)
def _counted_anew(system: System) -> None:
    """What another test has just asked for is not told again."""
    system.app.state.scrapes = Scrapes()


async def test_everything_is_told_in_a_format_that_others_read(system: System) -> None:
    """The library's own parser, and promtool where it is installed, read each family with its labels and no others."""
    await system.admit()
    await system.parts.watchdog.run()
    answer = await system.http.get("/metrics", headers=system.token(Role.ADMIN))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    told = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert told.keys() == FAMILIES.keys()
    for name, labels in FAMILIES.items():
        assert all(sample.labels.keys() == labels for sample in told[name].samples), name
        assert told[name].documentation.endswith(".")
    causes = {sample.labels["cause"] for sample in told["marshrut_stuck_cause_items"].samples}
    assert causes == {why.value for why in Why}
    assert {sample.labels["hospital"] for sample in told["marshrut_cases_open"].samples} == {HOSPITAL}
    assert complaints(answer.text) == ""


def complaints(text: str) -> str:
    """What promtool says against it, where it is installed."""
    promtool = shutil.which("promtool")
    if promtool is None:
        return ""
    checked = subprocess.run([promtool, "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    return checked.stdout + checked.stderr


async def test_openmetrics_for_whoever_asks_for_it(system: System) -> None:
    """A newer scraper is answered in the format that it prefers."""
    headers = system.token(Role.AUDITOR) | {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = await system.http.get("/metrics", headers=headers)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


async def test_a_token_sees_its_hospitals_only(system: System) -> None:
    """Figures of another hospital are not told, and those of one's own are."""
    await system.admit()
    answer = await system.http.get("/metrics", headers=system.token(Role.ADMIN, "elsewhere", "NIIDHT"))
    told = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert {sample.labels["hospital"] for sample in told["marshrut_cases_open"].samples} == {"NIIDHT"}
    assert [sample.value for sample in told["marshrut_cases_open"].samples] == [0]


async def test_many_scrapers_are_one(system: System) -> None:
    """Within ten seconds the same figures are told to everybody of a scope; after that they are counted anew."""
    time, admin = 100.0, Caller("admin", Role.ADMIN, None)
    scrapes = Scrapes(clock=lambda: time)
    first = await scrapes.of(system.parts.api, admin)
    await system.admit()
    time += 9.9
    assert await scrapes.of(system.parts.api, admin) is first
    assert await scrapes.of(system.parts.api, replace(admin, hospitals=frozenset({HOSPITAL}))) is not first
    time += 0.1
    later = await scrapes.of(system.parts.api, admin)
    assert later.cases[HOSPITAL] == first.cases.get(HOSPITAL, 0) + 1


async def test_nothing_personal_is_told(system: System) -> None:
    """No id of a case, no name of a user: only codes of hospitals, causes and faults."""
    case_id = await system.admit()
    told = await figures(system.parts.api, Caller("admin", Role.ADMIN, None), system.parts.api.now())
    text = exposed(told)[0].decode()
    assert case_id not in text
    assert "coordinator-1" not in text
