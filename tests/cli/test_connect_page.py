"""The examples on the page of how to connect are ones that work."""

from __future__ import annotations

import asyncio
import html
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from api.connect.page import PAGE, page
from api.connect.ways import WAYS, examples
from tests.cli.forked import ROOT
from tests.cli.processes import MARSHRUT, System, system
from tests.fixtures.processes import free_port

WITHIN_S = 150  # some fifteen processes
PRE = re.compile(r'<pre [^>]*id="x-(\w+)"[^>]*>(.*?)</pre>', re.DOTALL)
OURS = {"Sec-Fetch-Site": "same-origin"}


def test_the_page_of_the_docs_is_made_of_the_same_examples() -> None:
    """docs/connect.md is what the ways to connect would write today (`make connect`)."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_way_says_what_its_answer_means() -> None:
    """A way without an example that is answered cannot be tried."""
    for way in WAYS[1:]:
        assert any(each.answers for each in way.examples), way.name
    names = [each.name for each in examples()]
    assert len(names) == len(set(names))


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_examples_run_as_the_page_shows_them(tmp_path: Path) -> None:
    """Copied from the page into one shell, from the sandbox to the event, each is answered as the page says."""
    sandbox = next(each for each in examples() if each.name == "sandbox")
    setting, *started = shlex.split(sandbox.text().splitlines()[-1])
    assert started == ["marshrut", "up", "--data", "sandbox"]
    with system(tmp_path / "sandbox") as up:
        up.settings = {"MARSHRUT_ANSWER_WITHIN_S": "30", **dict([setting.split("=")])}
        await asyncio.to_thread(up.start, "--no-samples")
        shown = await asyncio.to_thread(_rendered, up)
        assert list(shown) == [each.name for each in examples()]
        assert shown["sandbox"] == sandbox.text()
        assert up.url in shown["rest"]
        assert f"--port {up.ports[3]} 127.0.0.1" in shown["mllp"]
        said = await asyncio.to_thread(_run, _script(shown, up.data), tmp_path)
        assert await asyncio.to_thread(up.stop) == 0, up.said
    for each in examples():
        for answer in each.answers:
            assert answer in said, (each.name, answer, said)


def _rendered(up: System) -> dict[str, str]:
    """Every example of the page, as whoever has the system's own token sees it."""
    with httpx.Client(base_url=up.url, trust_env=False, headers=OURS, follow_redirects=True) as http:
        http.post("/desk/signin", data={"token": up.token})
        found = http.get("/desk/connect")
    assert found.status_code == 200, found.text
    return {name: html.unescape(text) for name, text in PRE.findall(found.text)}


def _script(shown: Mapping[str, str], data: Path) -> str:
    """One session: what is to be saved is saved, what is typed is typed; commands and ports are those of this test."""
    lines = ["set -euo pipefail"]
    for each in examples():
        text = shown[each.name]
        if each.name == "sandbox":
            continue
        if each.file is None:
            lines.append(text)
            continue
        lines += [f"cat > {each.file} <<'END OF FILE'", text.rstrip("\n"), "END OF FILE"]
        if each.answers:
            lines.append(f"python3 {each.file}")
    script = "\n".join([*lines, "wait"]).replace("8099", str(free_port()))
    ours = f"{shlex.join(map(str, MARSHRUT))} token --data {shlex.quote(str(data))}"
    return script.replace("marshrut token --data sandbox", ours)


def _run(script: str, folder: Path) -> str:
    """What the session says, until all of it was said; its receiver would listen for ever."""
    output = folder / "said"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    where = {"PATH": path, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    with output.open("w") as file:
        shell = subprocess.Popen(
            ["bash", "-c", script], cwd=folder, env=where, stdout=file, stderr=subprocess.STDOUT, process_group=0
        )
    wanted = [answer for each in examples() for answer in each.answers]
    ends = time.monotonic() + WITHIN_S
    while shell.poll() is None and time.monotonic() < ends:
        if all(each in output.read_text() for each in wanted):
            break
        time.sleep(0.2)
    with suppress(ProcessLookupError):
        os.killpg(shell.pid, signal.SIGKILL)
    shell.wait()
    return output.read_text()
