import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

SETTINGS = {"POSTGRES_PASSWORD": "made-up", "MARSHRUT_KEY_FILE": "keys.json"}
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PINNED = re.compile(r"[\w.-]+==[\w.]+( ; [^\\]+)?( --hash=sha256:[0-9a-f]{64})+")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_is_exact_and_names_no_address(lock: Path) -> None:
    """Every requirement is pinned with hashes, and none says where to fetch it."""
    content = re.sub(r"#.*", "", lock.read_text(encoding="utf-8"))
    requirements = [" ".join(line.split()) for line in content.replace("\\\n", " ").splitlines() if line.strip()]
    assert requirements
    assert [line for line in requirements if not PINNED.fullmatch(line)] == []


def test_image_installs_what_the_tests_run() -> None:
    """The pins of the image and of its build are those of the full lock."""
    pins = {lock.name: set(re.findall(r"^[\w.-]+==[\w.]+", lock.read_text(), re.MULTILINE)) for lock in LOCKS}
    assert pins["runtime.txt"] < pins["lock.txt"]
    assert pins["build.txt"] < pins["lock.txt"]


def test_compose_file_is_accepted_by_the_compose_tool() -> None:
    """The real compose tool reads docker-compose.yml, given the two secrets that it demands."""
    result = compose("config", "--quiet", env=os.environ | SETTINGS)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("missing", "message"), [("POSTGRES_PASSWORD", "choose a password"), ("MARSHRUT_KEY_FILE", "name the key file")]
)
def test_compose_file_has_no_default_secret(missing: str, message: str) -> None:
    """Without a password and a key file of one's own nothing starts, and the tool says what is wanted."""
    result = compose("config", "--quiet", env=os.environ | SETTINGS | {missing: ""})
    assert result.returncode != 0
    assert message in result.stderr


def compose(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the compose tool that is here: version 2 is a plugin of docker, version 1 a program of its own."""

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)

    for tool in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(tool[0]) and run(*tool, "version").returncode == 0:
            return run(*tool, *arguments)
    pytest.fail("no compose tool: Debian's package is docker-compose")
