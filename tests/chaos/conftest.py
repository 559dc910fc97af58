from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.chaos.installation import Installation, installation
from tests.fixtures.processes import Nursery


@pytest_asyncio.fixture(scope="session")
async def nursery() -> AsyncIterator[Nursery]:
    """Where our processes come from."""
    opened = await Nursery.open()
    yield opened
    assert await opened.close() == 0


@pytest_asyncio.fixture
async def whole(nursery: Nursery, tmp_path: Path, database_url: str) -> AsyncIterator[Installation]:
    """A whole installation on either database; in the end all that was not killed leaves clean."""
    async with installation(nursery, tmp_path, database_url) as started:
        yield started
