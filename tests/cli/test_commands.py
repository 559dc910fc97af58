import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from marshrut import __version__
from marshrut.adapters.identity.tokens import Tokens
from marshrut.adapters.keys import Keys
from marshrut.cli.exits import Exit
from marshrut.domain.words import Role
from marshrut.ports import Caller
from marshrut.settings import Settings
from marshrut.store.types import utc_now
from tests.cli.forked import environment
from tests.cli.processes import free_ports, marshrut

# A process that has loaded what commands load, and for each run of one a process that it forks: that one runs the
# command and ends as any Python process does. Loading the libraries for each would take minutes. Some run at once.
FORKED = """
import gc, json, os, sys
from importlib import import_module
from marshrut.cli import main
times, loaded, lines = json.loads(sys.argv[1])
for name in loaded:
    import_module(name)
gc.freeze()
def run(line):
    child = os.fork()
    if child == 0:
        main(line)
    return child
for line in lines:
    codes = []
    while len(codes) < times:
        children = [run(line) for _ in range(min(times, 10))]
        codes += [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(json.dumps(codes))
"""
SQL = ("marshrut.cli.schema", "marshrut.store.rebuild")
# What they load, how often they run, and each with its code. Those of one group begin in one process.
GROUPS: dict[str, tuple[tuple[str, ...], int, list[tuple[str, Exit]]]] = {
    "no threads but Python's own": (
        (
            "marshrut.adapters.identity.tokens",
            "marshrut.adapters.keys",
            "marshrut.catalogue.loader",
            "marshrut.settings",
        ),
        5,
        [
            ("--version", Exit.OK),
            ("--help", Exit.OK),
            ("config", Exit.OK),
            ("nonsense", Exit.USAGE),
            ("keys new {folder}/keys.json", Exit.KEYS),
            ("token --user anna --role admin --data {folder}", Exit.OK),
        ],
    ),
    "HTTP": (
        ("marshrut.cli.sending", "marshrut.adapters.temporal.connect"),
        5,
        [("admit {folder}/none", Exit.USAGE), ("replay {folder}/none", Exit.USAGE)],
    ),
    "a database": (
        SQL,
        20,
        [
            ("db upgrade --data {folder}", Exit.OK),
            ("db verify --data {folder}", Exit.OK),
            ("db rebuild --data {folder}", Exit.OK),
        ],
    ),
    "Temporal": (
        (*SQL, "marshrut.composition", "worker"),
        20,
        [
            ("db verify --engine --data {folder} --temporal-address 127.0.0.1:{port}", Exit.UNREACHABLE),
            ("replay {histories}", Exit.FINDINGS),
        ],
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with keys and an empty database."""
    made = tmp_path_factory.mktemp("folder")
    assert marshrut("keys", "new", made / "keys.json").returncode == Exit.OK
    assert marshrut("db", "upgrade", "--data", made).returncode == Exit.OK
    return made


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    """The history of a workflow that we do not have, with keys."""
    made = tmp_path_factory.mktemp("histories")
    (made / "keys.json").write_bytes((folder / "keys.json").read_bytes())
    started = {
        "workflowType": {"name": "Unknown"},
        "taskQueue": {"name": "marshrut"},
        "workflowTaskTimeout": "10s",
        "originalExecutionRunId": "0d9bbe5a-2a5b-4a4e-8a4b-5d3a0d5d7a11",
    }
    task = {"taskQueue": {"name": "marshrut"}, "startToCloseTimeout": "10s"}
    events = [
        {"eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED", "workflowExecutionStartedEventAttributes": started},
        {"eventType": "EVENT_TYPE_WORKFLOW_TASK_SCHEDULED", "workflowTaskScheduledEventAttributes": task},
        {
            "eventType": "EVENT_TYPE_WORKFLOW_TASK_STARTED",
            "workflowTaskStartedEventAttributes": {"scheduledEventId": "2"},
        },
        {
            "eventType": "EVENT_TYPE_WORKFLOW_TASK_COMPLETED",
            "workflowTaskCompletedEventAttributes": {"scheduledEventId": "2", "startedEventId": "3"},
        },
    ]
    times = [{"eventId": str(number), "eventTime": "2026-03-12T08:45:00Z"} for number in (1, 2, 3, 4)]
    numbered = [time | event for time, event in zip(times, events, strict=True)]
    (made / "unknown.json").write_text(json.dumps({"events": numbered}))
    return made


def test_help_tells_every_exit_code() -> None:
    """`marshrut --help` names each exit code and what it means."""
    words = marshrut("--help", COLUMNS="300").stdout
    for code in Exit:
        assert f"{code.value} {code.means}" in words


def test_version() -> None:
    """`marshrut --version` prints the version."""
    assert marshrut("--version").stdout == f"marshrut {__version__}\n"


def test_token_stands_for_whom_it_says(folder: Path) -> None:
    """The printed token, and nothing else, is one that the API takes for this user, role and hospitals."""
    result = marshrut(
        *("token", "--user", "anna", "--role", "coordinator", "--hospital", "GKB29", "--hospital", "SKLIF"),
        *("--data", folder),
    )
    assert (result.returncode, result.stderr) == (Exit.OK, "")
    caller = Tokens(Keys.read(folder / "keys.json"), utc_now).verify(result.stdout.removesuffix("\n"))
    assert caller == Caller("anna", Role.COORDINATOR, frozenset({"GKB29", "SKLIF"}))


def test_a_partners_token_stands_for_its_code(folder: Path) -> None:
    """A partner's user is its code in the catalogue; it names no hospital and sees none. No account is a partner's."""
    result = marshrut("token", "--user", "post_boarding_service", "--role", "partner", "--data", folder)
    assert (result.returncode, result.stderr) == (Exit.OK, "")
    caller = Tokens(Keys.read(folder / "keys.json"), utc_now).verify(result.stdout.removesuffix("\n"))
    assert caller == Caller("post_boarding_service", Role.PARTNER, frozenset())
    assert not caller.sees("GKB29")
    account = marshrut("account", "add", "school", "--name", "x", "--role", "partner", "--data", folder)
    assert (account.returncode, "partner: there are" in account.stderr) == (Exit.USAGE, True)


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--role", "coordinator", "--hospital", "NOWHERE"], "NOWHERE"),
        (["--role", "boss"], "boss"),
        (["--role", "system"], "system"),
        (["--role", "admin", "--user", "two words"], "--user"),
        (["--role", "admin", "--hours", "0"], "--hours"),
        (["--role", "partner"], "--user"),
    ],
)
def test_token_refuses_what_it_does_not_know(folder: Path, flags: list[str], named: str) -> None:
    """An unknown role, hospital or a user that is no name is told in one line, and no token is printed."""
    result = marshrut("token", "--user", "anna", *flags, "--data", folder)
    assert (result.returncode, result.stdout) == (Exit.USAGE, "")
    assert result.stderr.count("\n") == 1
    assert named in result.stderr


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    """`keys new` makes a file for its owner only, and refuses to make it again."""
    file = tmp_path / "keys.json"
    assert marshrut("keys", "new", file).returncode == Exit.OK
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    again = marshrut("keys", "new", file)
    assert (again.returncode, again.stderr.count("\n")) == (Exit.KEYS, 1)
    assert file.read_bytes() == before


def test_config_tells_value_and_source(tmp_path: Path) -> None:
    """`marshrut config` prints every setting once, with who said so, and no secret."""
    (tmp_path / ".env").write_text("MARSHRUT_MLLP_PORT=2600\nMARSHRUT_TEMPORAL_API_KEY=hidden\n")
    result = marshrut(
        *("config", "--data", "here"),
        cwd=tmp_path,
        MARSHRUT_DATABASE_URL="postgresql://me:hidden@db/x",
        MARSHRUT_MLLP_HOST="127.0.0.2",
    )
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}
    assert list(rows) == list(Settings.model_fields)
    assert rows["data"] == ["here", "flag"]
    assert rows["mllp_host"] == ["127.0.0.2", "environment"]
    assert rows["mllp_port"] == ["2600", "file"]
    assert rows["api_port"] == ["8080", "default"]
    assert rows["database_url"] == ["**********", "environment"]
    assert "hidden" not in result.stdout


def test_setting_that_does_not_fit() -> None:
    """A setting that makes no sense is named in one line."""
    result = marshrut("config", MARSHRUT_API_PORT="many")
    assert result.returncode == Exit.USAGE
    assert "api_port" in result.stderr
    assert result.stderr.count("\n") == 1


def test_database_commands(folder: Path) -> None:
    """An up-to-date database is left as it is, verified without findings, and rebuilt."""
    assert marshrut("db", "upgrade", "--data", folder).stdout.startswith("schema at ")
    verified = marshrut("db", "verify", "--data", folder)
    assert (verified.returncode, verified.stdout) == (Exit.OK, "0 cases verified, 0 findings\n")
    rebuilt = marshrut("db", "rebuild", "--data", folder)
    assert (rebuilt.returncode, rebuilt.stdout) == (Exit.OK, "0 cases rebuilt, 0 left as they were\n")


def test_database_that_is_not_there(tmp_path: Path) -> None:
    """Checking a database that is not there makes none."""
    result = marshrut("db", "verify", "--data", tmp_path)
    assert (result.returncode, result.stderr.count("\n")) == (Exit.DATABASE, 1)
    assert list(tmp_path.iterdir()) == []


def test_database_address_of_an_unknown_kind() -> None:
    """An address that no driver of ours serves is told in one line, without the address."""
    result = marshrut("db", "upgrade", "--database-url", "mongodb://me:hidden@db/x")
    assert (result.returncode, result.stderr.count("\n")) == (Exit.USAGE, 1)
    assert "hidden" not in result.stderr


@pytest.mark.timeout(240)
@pytest.mark.parametrize("group", GROUPS)
def test_leaves_with_its_code_every_time(folder: Path, histories: Path, group: str) -> None:
    """A command leaves with its code, never by a signal: twenty times of twenty where libraries have threads in it."""
    loaded, times, commands = GROUPS[group]
    words = {"folder": folder, "port": free_ports(1)[0], "histories": histories}
    lines = [command.format(**words).split() for command, _ in commands]
    result = subprocess.run(
        [sys.executable, "-c", FORKED, json.dumps([times, loaded, lines])],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    codes = [json.loads(line) for line in result.stdout.splitlines() if re.fullmatch(r"\[[-\d, ]+\]", line)]
    assert dict(zip((command for command, _ in commands), codes, strict=True)) == {
        command: [code] * times for command, code in commands
    }, result.stderr
