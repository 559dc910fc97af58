"""The session on the integrators' page is one that works."""

import asyncio
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from marshrut.domain.kinds import KINDS
from tests.architecture.tree import text
from tests.cli.processes import MARSHRUT, system

WITHIN_S = 150  # some twenty processes
PAGE = text(Path("docs/integration.md"))


def test_the_page_names_every_kind_and_status() -> None:
    """An item's kind or status that integrators are not told of does not exist for them."""
    rows = {row[0]: row[1] for row in re.findall(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \|$", PAGE, re.MULTILINE)}
    for kind, table in KINDS.items():
        assert set(table.statuses) <= set(rows[kind].strip().split(", ")), kind


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    """Copied from the page into one shell, each call is answered as the text around it says."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) > 7
    script = "set -euo pipefail\n" + "".join(blocks)
    with system(tmp_path / "data") as up:
        up.settings = {"MARSHRUT_ANSWER_WITHIN_S": "30"}
        await asyncio.to_thread(up.start, "--no-samples")
        script = script.replace("http://127.0.0.1:8080", up.url)
        ours = f"{shlex.join(map(str, MARSHRUT))} token --data {shlex.quote(str(up.data))}"
        script = script.replace(".venv/bin/marshrut token", ours)
        done = await asyncio.to_thread(_run, script)
        assert await asyncio.to_thread(up.stop) == 0, up.said
    assert done.returncode == 0, done.stdout + done.stderr
    for expected in (
        "requested",
        "['submitted', 'issued', 'rejected', 'given_up']",
        "proposed",
        "moderate",
        "confirmed",
        "not_asked",
        "closed",
        "The coordinator comes and talks.",
        "['lives_alone']",
        "anna",
        "malformed",
        "False",
        "Post-boarding support",
        "['accepted', 'declined', 'on_hold']",
        "accepted",
        "post_boarding_service",
    ):
        assert expected in done.stdout.splitlines(), done.stdout


def _run(script: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    return subprocess.run(
        ["bash", "-c", script], check=False, capture_output=True, text=True, timeout=WITHIN_S, env=environment
    )
