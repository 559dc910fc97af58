"""`marshrut replay [DIR]`: whether today's code still tells recorded journeys the way they went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import settings_with

if TYPE_CHECKING:
    from marshrut.adapters.keys import Keys

RECORDED = Path("tests/replay/histories")
KEYS = "keys.json"


def replay(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Histories as JSON files.")] = RECORDED,
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The keys under which they were recorded.",
            show_default="the nearest keys.json in DIR or above it, else the installation's",
        ),
    ] = None,
) -> Exit:
    """Replay recorded histories with the code of today; one line a history."""
    from marshrut.adapters.key_sources import keys_now
    from marshrut.adapters.keys import Keys
    from marshrut.cli.running import run

    histories = sorted(path for path in folder.rglob("*.json") if path.name != KEYS)
    if not histories:
        raise Stop(Exit.USAGE, f"{folder}: no histories (*.json) there")
    nearest = next((place / KEYS for place in (folder, *folder.parents) if (place / KEYS).exists()), None)
    named = key_file or nearest
    keys = keys_now(settings_with()) if named is None else Keys.read(named)
    return run(_replayed(folder, histories, keys))


async def _replayed(folder: Path, histories: Sequence[Path], keys: Keys) -> Exit:
    from temporalio.client import WorkflowHistory
    from temporalio.worker import Replayer

    from marshrut.adapters.temporal.codec import data_converter
    from marshrut.cli.logs import core_speaks
    from worker import RUNNER
    from workflows.journey import PatientJourney

    core_speaks(aloud=False)  # what differs is told below
    converter = data_converter(keys)
    replayer = Replayer(workflows=[PatientJourney], workflow_runner=RUNNER, data_converter=converter)
    worst = Exit.OK
    for path in histories:
        try:
            history = WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as fault:
            raise Stop(Exit.USAGE, f"{path}: not a history of Temporal's ({type(fault).__name__})") from None
        started = history.events[0].workflow_execution_started_event_attributes
        try:
            await converter.decode(started.input.payloads)
        except ValueError as fault:
            raise Stop(Exit.KEYS, f"{path}: {fault}; name its keys with --key-file") from None
        failure = (await replayer.replay_workflow(history, raise_on_replay_failure=False)).replay_failure
        name = path.relative_to(folder).with_suffix("")
        typer.echo(f"{name} {'replayed' if failure is None else f'differs: {_line(failure)}'}")
        worst = max(worst, Exit.OK if failure is None else Exit.FINDINGS)
    return worst


def _line(failure: Exception) -> str:
    return " ".join(f"{type(failure).__name__}: {failure}".split())[:500]
