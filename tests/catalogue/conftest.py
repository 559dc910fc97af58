import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import pytest

from marshrut.catalogue import Catalogue, layers, loader
from marshrut.catalogue.loader import BASE
from marshrut.yamlfile import YamlFile
from tests.fixtures.shipped import shipped

Edit = Callable[[str, str, str], Path]
Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture(scope="session")
def base() -> Catalogue:
    """The catalogue that ships."""
    return shipped()


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    """A file that says what it said in another test is not read and looked at again: all but one do, mostly."""

    @lru_cache(maxsize=4096)
    def read(path: Path, _content: bytes | None) -> YamlFile:
        return YamlFile(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "YamlFile", lambda path: read(path, path.read_bytes()))
        patch.setattr(loader, "_valid", lru_cache(maxsize=4096)(loader._valid))
        yield


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped folder."""
    return Path(shutil.copytree(BASE, tmp_path_factory.mktemp("copied") / "shipped"))


@pytest.fixture
def edited(copied: Path) -> Iterator[Edit]:
    """A copy of the shipped folder with one replacement in one file, as long as a test lasts."""

    def edit(file: str, old: str, new: str) -> Path:
        text = (copied / file).read_text(encoding="utf-8")
        assert old in text
        (copied / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return copied

    yield edit
    for path in BASE.rglob("*.yaml"):
        own = copied / path.relative_to(BASE)
        if not own.exists() or own.read_bytes() != path.read_bytes():
            shutil.copy(path, own)


@pytest.fixture
def overlay(tmp_path: Path) -> Write:
    """A folder of an installation with these files."""

    def write(files: Mapping[str, str]) -> Path:
        folder = tmp_path / "region-77"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    return write
