import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.architecture.tree import ROOT

SETTINGS = {"POSTGRES_PASSWORD": "made-up", "MARSHRUT_KEYS": "./keys"}
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
    ("missing", "message"),
    [("POSTGRES_PASSWORD", "choose a password"), ("MARSHRUT_KEYS", "name the folder of the key file")],
)
def test_compose_file_has_no_default_secret(missing: str, message: str) -> None:
    """Without a password and keys of one's own nothing starts, and the tool says what is wanted."""
    result = compose("config", "--quiet", env=os.environ | SETTINGS | {missing: ""})
    assert result.returncode != 0
    assert message in result.stderr


SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_container_is_fenced(service: str) -> None:
    """Nobody is root, nothing may be written but small places in memory and the volume, and no right can be gained."""
    told = SERVICES[service]
    user, _, group = told["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert told["read_only"] is True
    assert "/tmp" in told["tmpfs"]
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "network_mode", "devices"} & told.keys()


def test_who_reads_keys_sees_them_change_and_one_service_writes_them() -> None:
    """A key file is replaced as a whole, which a mount of the file itself never shows: its folder is mounted."""
    mounts = {name: told["volumes"] for name, told in SERVICES.items() if told["image"].startswith("marshrut:")}
    assert {"api", "worker", "mllp", "migrate", "keys"} == mounts.keys()
    for name, (mount,) in mounts.items():
        assert mount.startswith("${MARSHRUT_KEYS:?")
        assert mount.endswith("}:/keys" if name == "keys" else "}:/keys:ro")
        assert SERVICES[name]["environment"]["MARSHRUT_KEY_FILE"] == "/keys/keys.json"
    assert SERVICES["keys"]["profiles"] == ["by-hand"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_published_port_is_this_machines(service: str) -> None:
    """A port that others reach is somebody's decision, never the default."""
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[service].get("ports", ()))


def test_the_image_does_not_run_as_root() -> None:
    """Whoever runs the image without compose runs it as the same user."""
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert users == ["marshrut"]
    assert {SERVICES[name]["user"] for name in ("api", "worker", "mllp", "migrate", "keys")} == {"10001:10001"}


def test_the_bill_of_materials_names_what_the_image_installs(tmp_path: Path) -> None:
    """`make sbom` writes CycloneDX that has each pin of the runtime's lock with its hashes, and no other."""
    made = tmp_path / "sbom.json"
    line = ["make", "sbom", f"SBOM={made}", f"PYTHON={sys.executable}"]
    done = subprocess.run(line, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(made.read_text(encoding="utf-8"))
    assert (told["bomFormat"], told["metadata"]["component"]["name"]) == ("CycloneDX", "marshrut")
    lock = re.sub(r"#.*", "", (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8"))
    pins = set(re.findall(r"^([\w.-]+==[\w.]+)", lock, re.MULTILINE))
    assert {f"{each['name']}=={each['version']}" for each in told["components"]} == pins
    hashes = {
        digest["content"]
        for each in told["components"]
        for reference in each["externalReferences"]
        for digest in reference["hashes"]
    }
    assert hashes == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))


def test_an_audit_of_which_nobody_was_asked_is_no_clean_bill(tmp_path: Path) -> None:
    """Given nobody who knows the packages, `make audit` fails and says what it needs, whichever way it is not told."""
    line = ["make", "audit", f"PYTHON={sys.executable}"]
    away = os.environ | {"HTTPS_PROXY": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1"}
    done = subprocess.run(line, cwd=ROOT, env=away, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "nobody could be asked" in done.stderr
    # What an index does not know is left out by pip-audit with exit 0, unless it is told to be strict.
    recipe = subprocess.run([*line, "--dry-run"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "pip-audit --strict " in recipe


def compose(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the compose tool that is here: version 2 is a plugin of docker, version 1 a program of its own."""

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)

    for tool in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(tool[0]) and run(*tool, "version").returncode == 0:
            return run(*tool, *arguments)
    pytest.fail("no compose tool: Debian's package is docker-compose")
