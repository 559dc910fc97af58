from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.installation import CATALOGUE, Installation, installation
from tests.fixtures.processes import Nursery


@pytest_asyncio.fixture(scope="session")
async def nursery() -> AsyncIterator[Nursery]:
    """Where our processes come from."""
    opened = await Nursery.open()
    yield opened
    assert await opened.close() == 0


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue of every installation."""
    folder = tmp_path_factory.mktemp("chaos") / "catalogue"
    folder.mkdir()
    (folder / "hospitals.yaml").write_text(CATALOGUE, encoding="utf-8")
    return folder


@pytest_asyncio.fixture
async def whole(nursery: Nursery, tmp_path: Path, catalogue: Path, database_url: str) -> AsyncIterator[Installation]:
    """A whole installation on either database; in the end all that was not killed leaves clean."""
    async with installation(nursery, tmp_path, catalogue, database_url) as started:
        yield started
