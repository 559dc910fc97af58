import re
import stat
from pathlib import Path

import pytest

from marshrut.adapters.keys import Keys
from marshrut.cli.embedded.people import how_to_sign_in, settled
from marshrut.cli.exits import Exit
from marshrut.cli.people import Office
from marshrut.domain.words import Role
from marshrut.ports import Account, Halfway, SignedIn
from marshrut.settings import Settings
from marshrut.store.database import Database
from tests.cli.processes import System, marshrut


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with keys and an empty database."""
    made = tmp_path_factory.mktemp("folder")
    assert marshrut("keys", "new", made / "keys.json").returncode == Exit.OK
    assert marshrut("db", "upgrade", "--data", made).returncode == Exit.OK
    return made


def test_an_account_from_its_making_to_its_end(folder: Path) -> None:
    """Made with a password that is shown once, changed, shut and opened again; the list says how it stands."""

    def account(verb: str, *more: object, stdin: str = "") -> str:
        done = marshrut("account", verb, *more, "--data", folder, stdin=stdin)
        assert done.returncode == Exit.OK, done.stderr
        return done.stdout

    about = ("Anna", "--name", "Ан На", "--role", "coordinator", "--hospital", "GKB29")
    assert re.fullmatch(r"anna: made\npassword: (\w{4}-){3}\w{4}\n", account("add", *about))
    assert account("add", *about, "--hospital", "SKLIF") == "anna: changed\n"
    assert (
        account("add", "head", "--name", "Г.", "--role", "head", "--stdin", stdin="long-enough-teapot\n")
        == "head: made\n"
    )
    assert account("list") == "anna\tcoordinator\tGKB29,SKLIF\t\tАн На\nhead\thead\tall\t\tГ.\n"
    assert "has a new password\npassword: " in account("password", "anna")
    assert account("disable", "anna") == "anna: may not sign in, and is signed out\n"
    assert "\tdisabled\t" in account("list")
    account("enable", "anna")
    assert "disabled" not in account("list")
    assert account("sessions", "anna") == ""
    assert account("sign-out", "anna") == "anna: 0 sessions are over\n"
    assert account("factor-off", "anna") == "anna: has no second factor, and is signed out\n"


@pytest.mark.parametrize(
    "wrong",
    [
        ("add", "an na", "--name", "x", "--role", "head"),
        ("add", "anna", "--name", " ", "--role", "head"),
        ("add", "anna", "--name", "x", "--role", "king"),
        ("add", "anna", "--name", "x", "--role", "doctor"),
        ("add", "anna", "--name", "x", "--role", "doctor", "--hospital", "NOWHERE"),
        ("add", "anna", "--name", "x", "--role", "head", "--stdin"),
        ("password", "nobody"),
        ("factor-off", "nobody"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(folder: Path, wrong: tuple[str, ...]) -> None:
    """A name, role, hospital or password that will not do ends with the code of wrong use, and changes nothing."""
    before = marshrut("account", "list", "--data", folder).stdout
    done = marshrut("account", *wrong, "--data", folder)
    assert (done.returncode, len(done.stderr.splitlines())) == (Exit.USAGE, 1)
    assert marshrut("account", "list", "--data", folder).stdout == before


@pytest.mark.slow
def test_a_first_start_says_how_to_sign_in(running: System) -> None:
    """Sample people with one password: printed with the address, and kept where only the folder's owner reads it."""
    (password,) = re.findall(r"with the password ((?:\w{4}-){3}\w{4}) ", running.said)
    file = running.data / "password.txt"
    assert f"{running.url}/desk/" in running.said
    assert f"password: {password}\n" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    owners = {case["owner"] for case in running.get("/api/v1/cases?limit=100").json()["items"] if case["emergency"]}
    assert {"zhukov", "belova", "kim"} < owners
    assert None not in owners
    assert not any(password in log.read_text() for log in (running.data / "log").iterdir())


@pytest.mark.parametrize("samples", [True, False])
async def test_the_first_of_a_real_installation_takes_a_password_of_their_own(
    db: Database, tmp_path: Path, samples: bool
) -> None:
    """What is printed at the first start opens the pages for sample people, and for a real one the next question."""
    Keys.fresh().write(tmp_path / "keys.json")
    settings = Settings(data=tmp_path)
    await settled(settings, db, samples=samples)
    users, password = how_to_sign_in(tmp_path)
    found = await Office.of(settings, db).identity.sign_in(users[0], password or "", "127.0.0.1")
    assert isinstance(found, SignedIn if samples else Halfway)


async def test_who_comes_through_a_provider_is_shut_out_by_the_name_they_have_there(folder: Path) -> None:
    """Names that are made here have no capital letters; a provider's may, and are found as they are."""
    settings = Settings(data=folder)
    db = Database(settings.database)
    await Office.of(settings, db).identity.put(
        Account("Boris-B", "Борис Б.", Role.DOCTOR, None, origin="https://city.example"), None
    )
    await db.close()
    done = marshrut("account", "disable", "Boris-B", "--data", folder)
    assert (done.returncode, done.stdout) == (Exit.OK, "Boris-B: may not sign in, and is signed out\n")
