import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, text, tracked

TOP_LEVEL = {
    *("workflows", "activities", "api", "worker.py", "marshrut"),
    *("tests", "bench", "docs", "requirements"),
    *("README.md", "SECURITY.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "SECURITY.md"),
    *("pyproject.toml", "Makefile", "Dockerfile", "docker-compose.yml"),
}

# What every Unix has; an absolute path anywhere else is somebody's machine.
SYSTEM = {"bin", "boot", "dev", "etc", "lib", "media", "opt", "proc", "run", "sbin", "srv", "sys", "usr", "var"}
PERSONAL = {"Users", "home", "root", "tmp"}
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/~<>${}*%-])/([\w.-]+)(?:/[\w.-]+)+")

BROAD_EXCEPT = re.compile(r"^\s*except\b(\s*\*?\s*\(?[^:#]*\b(Base)?Exception\b[^:#]*)?\s*:(?P<rest>.*)$")
REASON = re.compile(r"#(\s*noqa\b[\w:, ]*?(\s[-—]|#))?\s*(?!noqa|pragma|type)\w+\W+\w+\W+\w+")


@pytest.mark.parametrize("name", ["workflows", "activities", "api", "worker", "marshrut"])
def test_our_names_are_ours(name: str) -> None:
    """Each generic import name resolves inside this repository for an installed command, whatever else is installed."""
    find = f"import importlib.util; print(importlib.util.find_spec({name!r}).origin)"
    found = subprocess.run([sys.executable, "-I", "-c", find], check=True, capture_output=True, text=True, cwd="/")
    assert Path(found.stdout.strip()).is_relative_to(ROOT)


def test_top_level_is_fixed() -> None:
    """The top level of the repository is exactly the agreed set, apart from dotfiles."""
    assert {name for path in tracked() if not (name := path.parts[0]).startswith(".")} == TOP_LEVEL


def test_no_file_names_a_machine() -> None:
    """No file holds a path of the machine that it was written on."""
    assert [f"{path}:{place}" for path in tracked() for place in machine_paths(text(path))] == []


def test_broad_excepts_give_their_reason() -> None:
    """Whoever catches every exception says why, on that line."""
    assert [place for path in tracked() if path.suffix == ".py" for place in unreasoned(path)] == []


def machine_paths(content: str) -> Iterator[str]:
    """Absolute paths in somebody's folders, or that exist here outside the system's."""
    for match in set(ABSOLUTE_PATH.finditer(content)):
        top = match[1]
        if top in PERSONAL or (top not in SYSTEM and Path(*Path(match[0]).parts[:3]).exists()):
            yield match[0]


def unreasoned(path: Path) -> Iterator[str]:
    """Lines that catch everything and do not say why in at least three words."""
    for number, line in enumerate(text(path).splitlines(), start=1):
        match = BROAD_EXCEPT.match(line)
        if match and not REASON.search(match["rest"]):
            yield f"{path}:{number}: {line.strip()}"
