import json
import logging
from pathlib import Path

import structlog

from marshrut.cli.logs import log_to


def test_exceptions_lose_their_words(tmp_path: Path) -> None:
    """Of an exception its type and place are logged and its words are not, by whichever library it is logged."""
    log, root = tmp_path / "log", logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        log_to(log, "info")
        try:
            int("Ivanov")
        except ValueError:
            logging.getLogger("somebody").exception("failed")
            structlog.get_logger("ours").exception("failed")
    finally:
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
        for handler in set(root.handlers) - set(before):
            handler.close()
        root.handlers[:] = before
        root.setLevel(level)
    theirs, ours = map(json.loads, log.read_text().splitlines())
    assert theirs["error"] == ours["error"] == "ValueError"
    assert theirs["at"][-1].startswith("test_logs.py:")
    assert "Ivanov" not in log.read_text()
