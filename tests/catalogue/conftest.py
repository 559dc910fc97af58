import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from marshrut.catalogue import Catalogue
from marshrut.catalogue.loader import BASE
from tests.fixtures.shipped import shipped

Edit = Callable[[str, str, str], Path]
Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture(scope="session")
def base() -> Catalogue:
    """The catalogue that ships."""
    return shipped()


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the shipped folder with one replacement in one file."""

    def edit(file: str, old: str, new: str) -> Path:
        folder = tmp_path / "shipped"
        shutil.copytree(BASE, folder, dirs_exist_ok=True)
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return edit


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
