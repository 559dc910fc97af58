"""Programs that we did not write, and a running system for them to work with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.browser import served
from tests.fixtures.environments import environment
from tests.fixtures.system import System

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
async def theirs() -> Path:
    """The interpreter that has them."""
    return await asyncio.to_thread(environment, "clients", HERE / "requirements.txt")


@pytest.fixture
async def url(system: System) -> AsyncIterator[str]:
    """The system's address."""
    async with served(system) as url:
        yield url


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
