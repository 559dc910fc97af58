import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_bench_answers_one_json_object() -> None:
    """`python -m bench` ends in one line of JSON that compares both sides, and in exit code 0."""
    command = [sys.executable, "-m", "bench", "--quick", "--only", "step"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as bench:
        try:
            output, _ = bench.communicate(timeout=200)
        except subprocess.TimeoutExpired:
            os.killpg(bench.pid, signal.SIGKILL)
            raise
    assert bench.returncode == 0
    found = json.loads(output.splitlines()[-1])
    assert found["quick"] is True
    assert {"cost", "http", "journey"}.isdisjoint(found)
    for clients in ("clients_1", "clients_8"):
        step = found["step"][clients]
        for side in ("marshrut", "bare", "sealed"):
            assert step[side].keys() == {"p50_ms", "p99_ms", "per_s", "cpu_ms", "worker_cpu_ms", "server_cpu_ms"}
        assert step["samples"] > 0
        for ratios in (step["ratio"], step["sealed_ratio"]):
            assert ratios.keys() == {"p50", "p99", "per_s", "cpu", "server_cpu"}
            assert all(0 < each["low"] <= each["median"] <= each["high"] for each in ratios.values())
    assert found["aims"].keys() == {"step_p50", "step_p50_8_clients"}
