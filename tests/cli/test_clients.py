import re
from pathlib import Path

import pytest

from marshrut.cli.exits import Exit
from tests.cli.processes import marshrut


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with keys and an empty database."""
    made = tmp_path_factory.mktemp("folder")
    assert marshrut("keys", "new", made / "keys.json").returncode == Exit.OK
    assert marshrut("db", "upgrade", "--data", made).returncode == Exit.OK
    return made


def test_a_machine_from_its_making_to_its_end(folder: Path) -> None:
    """Its key is printed once and alone; the list tells what it is for; revoked, it is good no more."""

    def client(verb: str, *more: object) -> str:
        done = marshrut("client", verb, *more, "--data", folder)
        assert done.returncode == Exit.OK, done.stderr
        return done.stdout

    about = ("his", "--name", "МИС", "--hospital", "GKB29", "--scope", "intake", "--scope", "read")
    found = re.fullmatch(r"mrk_(\w{12})_[\w-]{43}\n", client("add", *about))
    assert found is not None
    line = rf"{found[1]}\this\tintegrator\tGKB29\tintake,read\t\d{{4}}-\d\d-\d\d\t\tМИС\n"
    assert re.fullmatch(line, client("list"))
    assert client("revoke", found[1]) == f"{found[1]}: its key is good no more\n"
    assert "\trevoked\t" in client("list")


@pytest.mark.parametrize(
    "wrong",
    [
        ("add", "his", "--name", "x", "--hospital", "GKB29", "--scope", "everything"),
        ("add", "his", "--name", "x", "--hospital", "NOWHERE", "--scope", "read"),
        ("add", "his", "--name", "x", "--scope", "read"),
        ("add", "h s", "--name", "x", "--everywhere", "--scope", "read"),
        ("add", "his", "--name", "x", "--everywhere", "--scope", "read", "--role", "king"),
        ("add", "nobody", "--name", "x", "--scope", "partner", "--role", "partner"),
        ("revoke", "nobody"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(folder: Path, wrong: tuple[str, ...]) -> None:
    """A scope, hospital, role or name that will not do ends with the code of wrong use, and makes nothing."""
    before = marshrut("client", "list", "--data", folder).stdout
    done = marshrut("client", *wrong, "--data", folder)
    assert (done.returncode, len(done.stderr.splitlines())) == (Exit.USAGE, 1)
    assert marshrut("client", "list", "--data", folder).stdout == before
