"""Programs that we did not write."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.fixtures.apart import interpreter

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
async def theirs() -> Path:
    """The interpreter that has them."""
    return await asyncio.to_thread(interpreter, HERE / "requirements.txt", "clients")


async def run(*command: str | Path, cwd: Path, within_s: float) -> tuple[int, str]:
    """Run one of their programs; its exit code, and all that it said."""
    path = {"PATH": f"{Path(command[0]).parent}:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(cwd)}
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=cwd, env=path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), within_s)
    except TimeoutError:
        process.kill()
        raise
    return process.returncode or 0, said.decode()
