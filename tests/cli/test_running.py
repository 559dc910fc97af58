import json
import sqlite3
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from marshrut.adapters.keys import Keys
from marshrut.cli.exits import Exit
from tests.cli.processes import System, marshrut

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cli_running")]


def test_verify_with_the_engine(running: System) -> None:
    """The running journeys agree with journal and read model."""
    address = f"127.0.0.1:{running.ports[1]}"
    result = marshrut("db", "verify", "--engine", "--data", running.data, "--temporal-address", address)
    assert (result.returncode, result.stderr) == (Exit.OK, ""), result.stdout
    assert result.stdout.endswith(" cases verified, 0 findings\n")


def test_verify_finds_and_rebuild_mends(running: System) -> None:
    """A read model that was tampered with is found, case by case, and a rebuild beside the running system mends it."""
    with sqlite3.connect(running.data / "marshrut.sqlite", timeout=10) as database:
        database.execute("UPDATE cases SET ward = 'elsewhere' WHERE case_id = (SELECT min(case_id) FROM cases)")
    database.close()
    found = marshrut("db", "verify", "--data", running.data)
    assert found.returncode == Exit.FINDINGS
    assert [line.split()[0] for line in found.stdout.splitlines()[:-1]] == ["case_differs"]
    mended = marshrut("db", "rebuild", "--data", running.data)
    assert (mended.returncode, mended.stderr) == (Exit.OK, "")
    assert mended.stdout.endswith(" cases rebuilt, 0 left as they were\n")
    assert marshrut("db", "verify", "--data", running.data).returncode == Exit.OK


async def test_replay(running: System, tmp_path: Path) -> None:
    """A recorded journey replays with today's code; an altered one, and other keys, are told by their codes."""
    client = await Client.connect(f"127.0.0.1:{running.ports[1]}")
    histories = [
        await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        async for run in client.list_workflows(limit=20)
    ]
    recorded = [history for history in histories if "TIMER_STARTED" in history.to_json()][:2]
    for number, history in enumerate(recorded):
        (tmp_path / f"journey{number}.json").write_text(history.to_json())
    (tmp_path / "keys.json").write_bytes((running.data / "keys.json").read_bytes())
    good = marshrut("replay", tmp_path)
    assert (good.returncode, good.stderr) == (Exit.OK, "")
    assert good.stdout.splitlines() == ["journey0 replayed", "journey1 replayed"]

    (tmp_path / "keys.json").unlink()
    Keys.fresh().write(tmp_path / "keys.json")
    sealed = marshrut("replay", tmp_path)
    assert (sealed.returncode, sealed.stdout) == (Exit.KEYS, "")
    assert "sealed under another key" in sealed.stderr
    (tmp_path / "keys.json").write_bytes((running.data / "keys.json").read_bytes())

    altered = json.loads(recorded[0].to_json())
    timer = next(event for event in altered["events"] if event["eventType"] == "EVENT_TYPE_TIMER_STARTED")
    task = timer.pop("timerStartedEventAttributes")["workflowTaskCompletedEventId"]
    timer["eventType"] = "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"
    timer["activityTaskScheduledEventAttributes"] = {
        "activityId": "1",
        "activityType": {"name": "never_scheduled"},
        "workflowTaskCompletedEventId": task,
    }
    (tmp_path / "journey0.json").write_text(json.dumps(altered))
    bad = marshrut("replay", tmp_path)
    assert bad.returncode == Exit.FINDINGS
    assert bad.stdout.splitlines()[0].startswith("journey0 differs: NondeterminismError")


def test_folder_is_held_while_it_runs(running: System) -> None:
    """A second `up` on the folder of a running system is refused, and names its process."""
    result = marshrut("up", "--data", running.data)
    assert result.returncode == Exit.FOLDER_IN_USE
    assert running.process is not None
    assert str(running.process.pid) in result.stderr


def test_log_in_the_open(running: System) -> None:
    """A request with a name in its address leaves no trace of it in the log."""
    httpx.get(f"{running.url}/api/v1/cases?q=Somebodysname", trust_env=False)
    assert "Somebodysname" not in (running.data / "log" / "marshrut.log").read_text()


def test_replay_of_what_is_in_the_repository() -> None:
    """Without arguments, in a checkout, the histories kept there replay with the keys kept beside them."""
    told = marshrut("replay")
    assert (told.returncode, told.stderr) == (Exit.OK, "")
    assert len(told.stdout.splitlines()) >= 7
    assert all(line.endswith(" replayed") for line in told.stdout.splitlines())
