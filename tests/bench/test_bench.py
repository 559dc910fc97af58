import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FIGURES = {"p50_ms", "p99_ms", "per_s", "cpu_ms", "worker_cpu_ms", "server_cpu_ms"}
COMPARED = ("step", "timers", "intake", "growth", "mllp", "fresh", "lists")
WITHIN_S = 900
# The first of them waits for the run.
pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(WITHIN_S + 20)]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What a run says: its systems are started once for all that is compared."""
    return bench(*COMPARED)


def test_the_bench_answers_one_json_object(found: dict[str, Any]) -> None:
    """`python -m bench` ends in one line of JSON that compares both sides, and in exit code 0."""
    assert found["quick"] is True
    assert set(COMPARED) <= found.keys()
    assert {"cost", "http", "journey"}.isdisjoint(found)
    for clients in ("clients_1", "clients_8"):
        step = found["step"][clients]
        for side in ("marshrut", "bare", "sealed"):
            assert step[side].keys() == FIGURES
        assert step["samples"] > 0
        for ratios in (step["ratio"], step["sealed_ratio"]):
            assert ratios.keys() == {"p50", "p99", "per_s", "cpu", "server_cpu"}
            assert_spreads(ratios)


def test_rungs_messages_and_long_cases_are_compared(found: dict[str, Any]) -> None:
    """Timers, intake and growth each drive the real parts and tell figures, ratios and whether their aims are met."""
    timers, intake, growth = found["timers"], found["intake"], found["growth"]

    assert timers["marshrut"].keys() == timers["bare"].keys() == FIGURES
    assert_spreads(timers["ratio"])
    for side in ("marshrut", "bare"):
        # Timer, two workflow tasks and an activity; at least the activity is an action.
        assert timers["cost"][side]["events_per_rung"] >= 10
        assert timers["cost"][side]["actions_per_rung"] >= 1

    assert "UNICODE UTF-8" in intake["charsets"]
    for senders in ("senders_1", "senders_8"):
        assert intake[senders].keys() == {"store", "receive", "mllp", "samples", "ratio"}
        for side in ("receive", "mllp"):
            assert_spreads(intake[senders]["ratio"][side])

    ends = growth["events_at_the_end"]
    assert ends["500"] - ends["250"] >= 24
    assert ends["250"] - ends["0"] >= 24
    for size in ("ratio_250", "ratio_500"):
        assert_spreads(growth[size])


def test_it_says_which_aims_are_met(found: dict[str, Any]) -> None:
    """Of what was measured, and of nothing else."""
    assert found["aims"].keys() == {
        "step_p50",
        "step_p50_8_clients",
        "events_per_rung",
        "actions_per_rung",
        "rungs_per_s",
        "acknowledged_per_s",
        "acknowledged_per_s_8_senders",
        "step_after_500_events",
        "mllp_per_s",
        "mllp_per_s_50_connections",
        "mllp_p99_while_thousands_wait",
        "mllp_memory",
        "visible_p99_ms",
        "stuck_p99_ms",
        "growth_to_a_million",
    }
    assert all(aim["met"] in (True, False) and aim["measured"] > 0 for aim in found["aims"].values())


def test_mllp_is_compared(found: dict[str, Any]) -> None:
    """One connection and fifty, beside a listener that only parses and stores, with a heap waiting; and its memory."""
    mllp = found["mllp"]
    for connections in ("connections_1", "connections_50"):
        assert mllp[connections].keys() == {"parse", "ours", "waiting", "samples", "ratio", "waiting_ratio"}
        for ratios in ("ratio", "waiting_ratio"):
            assert_spreads(mllp[connections][ratios])
    assert mllp["memory"]["messages"] >= 400
    assert mllp["memory"]["first_mib"] > 10


def test_lists_and_their_freshness_are_measured(found: dict[str, Any]) -> None:
    """Both databases in two sizes, below HTTP and by HTTP, and how soon a completed step shows."""
    lists, fresh = found["lists"], found["fresh"]
    for kind in ("sqlite", "postgresql"):
        measured = lists[kind]
        assert measured["closed_cases"] == {"small": 400, "big": 2_000}
        assert 0 < measured["stuck_cases"] <= measured["stuck_items"]
        assert measured["stuck_cases"] < measured["open_cases"] == 200
        for each in measured["sql"].values():
            assert each["small"].keys() == each["big"].keys() == {"p50_ms", "p99_ms", "cpu_ms"}
            assert_spreads(each["growth"])
        for size in ("small", "big"):
            assert measured["http"][size].keys() == {"stuck", "inbox", "case_page", "board"}
    assert fresh["journeys"] == 8
    for what in ("answered", "visible"):
        assert_spreads(fresh[what])


def bench(*names: str, within: float = WITHIN_S) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench", "--glance", *(f"--only={name}" for name in names)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            output, _ = process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def assert_spreads(ratios: dict[str, dict[str, float]]) -> None:
    assert all(0 < each["low"] <= each["median"] <= each["high"] for each in ratios.values())
