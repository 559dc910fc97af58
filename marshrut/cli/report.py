"""The report of a migration: tables for people, a JSON object a line for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from marshrut.cli.migrations import Fate, Told
from marshrut.domain.differences import Difference
from marshrut.domain.migrate import Moved

# What does not fit is folded, never cut: a case's id is there to be copied.
WIDTH = 160
WORDS = {Fate.MOVES: "moves", Fate.THERE: "already there", Fate.REFUSED: "cannot", Fate.PENDING: "pending"}


def as_lines(told: Sequence[Told]) -> None:
    """Print each case as a JSON object; times carry the hospital's offset."""
    for each in told:
        typer.echo(json.dumps(_plain(each), ensure_ascii=False))


def as_tables(told: Sequence[Told]) -> None:
    """Print what becomes of each case, then once for each hospital and version what is otherwise from now on."""
    console = Console(width=None if Console().is_terminal else WIDTH, highlight=False, soft_wrap=False)
    if told:
        console.print(_cases(told))
    for (hospital, before, after), known in _groups(told).items():
        console.print(_rules(f"{hospital}: from {before} to {after}, what comes next", known))
    for before in sorted({each.before for each in told if not each.comparable}):
        console.print(Text(f"{before} is not kept here: what it said otherwise cannot be told"))


def _cases(told: Sequence[Told]) -> Table:
    table = Table("case", "from", "to", "due times", "", show_lines=True)
    for column in table.columns:
        column.overflow = "fold"
    for each in told:
        due = "\n".join(_line(step, each.zone) for step in each.steps)
        fate = WORDS[each.fate] if each.why is None else f"{WORDS[each.fate]}: {each.why}"
        table.add_row(*map(Text, (each.case_id, each.before, each.after, due, fate)))
    return table


def _rules(title: str, known: Sequence[Difference]) -> Table:
    table = Table("table", "entry", "what", "before", "after", title=title, title_justify="left")
    for each in known:
        table.add_row(*map(Text, (each.part, each.name, each.what, each.before or "none", each.after or "none")))
    return table


def _groups(told: Sequence[Told]) -> dict[tuple[str, str, str], tuple[Difference, ...]]:
    return {(each.hospital, each.before, each.after): each.differences for each in told if each.differences}


def _line(step: Moved, zone: str) -> str:
    before, after = (_local(at, zone) for at in (step.before, step.after))
    return f"{step.step} {before or 'no deadline'} -> {after or 'no deadline'} {zone}"


def _local(at: datetime | None, zone: str) -> str | None:
    return None if at is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _plain(told: Told) -> dict[str, Any]:
    return {
        "case_id": told.case_id,
        "hospital": told.hospital,
        "from": told.before,
        "to": told.after,
        "fate": told.fate,
        "code": told.code,
        "why": told.why,
        "steps": list(_steps(told)),
        "comparable": told.comparable,
        "differences": [asdict(each) for each in told.differences],
    }


def _steps(told: Told) -> Iterator[dict[str, str | None]]:
    zone = ZoneInfo(told.zone)
    for step in told.steps:
        before, after = (None if at is None else at.astimezone(zone).isoformat() for at in (step.before, step.after))
        yield {"step_id": step.step_id, "step": step.step, "before": before, "after": after, "zone": told.zone}
