"""The repository as these tests see it: every file that is, or is about to be, under version control."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Paths relative to the root, ignored files left out."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(sorted(Path(name) for name in names if name and (ROOT / name).is_file()))


@cache
def text(path: Path) -> str:
    """The file's text; bytes that are no UTF-8 are dropped, so that any file can be searched."""
    return (ROOT / path).read_text(encoding="utf-8", errors="ignore")
