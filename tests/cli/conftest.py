from collections.abc import Iterator

import pytest

from tests.cli.processes import System, system


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system that runs for all tests that only look at it or add to it."""
    with system(tmp_path_factory.mktemp("running") / "data") as started:
        started.start()
        yield started
        assert started.stop() == 0, started.said
