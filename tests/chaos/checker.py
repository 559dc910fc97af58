"""Compares what callers were told with what SQL, the fold of the journal and the journeys themselves hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from marshrut.store.rebuild import Finding, Trouble, verify
from marshrut.store.tables import commands, journal
from tests.chaos.callers import Deed, Told
from tests.chaos.installation import Installation
from tests.fixtures.processes import eventually

SETTLES_WITHIN_S = 60.0
SAYS = ("text", "title", "note")


@dataclass(frozen=True)
class Evidence:
    """What SQL holds after all: commands and journal, and which deed each command stands for."""

    commands: Sequence[Any]
    journal: Sequence[Any]
    deed_of: Mapping[str, str]

    def happened(self, deed: Deed) -> int:
        """How often the journal says that it happened."""
        return sum(
            event.kind in deed.events and self.deed_of.get(event.command_id) == deed.name for event in self.journal
        )

    def __str__(self) -> str:
        rows = [
            f"  {row.number} {row.id} {row.type} {row.state} {row.code or ''} attempts={row.attempts}"
            for row in self.commands
        ]
        events = [f"  {row.case_id[:8]} {row.seq} {row.kind} {row.command_id or ''}" for row in self.journal[-40:]]
        return "\n".join(["commands", *rows, "the journal's end", *events])


async def gathered(whole: Installation) -> Evidence:
    """The evidence as it stands."""
    stored = await whole.rows(sa.select(commands).order_by(commands.c.number))
    happened = await whole.rows(sa.select(journal).order_by(journal.c.recorded_at, journal.c.case_id, journal.c.seq))
    said = await whole.vault.opened({row.id: row.private for row in stored if row.private is not None})
    return Evidence(stored, happened, {row.id: _deed_of(row, said.get(row.id)) for row in stored})


def _deed_of(command: Any, said: Mapping[str, Any] | None) -> str:
    """The deed that a command stands for: by its key, or else by what the caller wrote in it."""
    if command.idem_key is not None or said is None:
        return str(command.idem_key)
    return next((said[name] for name in SAYS if name in said), "")


async def faults(whole: Installation, deeds: Iterable[Deed]) -> tuple[list[str], Evidence]:
    """Everything that is not as it must be, and the evidence; of a sound installation nothing."""
    await eventually("no command is pending", whole.nothing_is_pending, within_s=SETTLES_WITHIN_S)
    found = [f"{each.trouble} {each.case_id} {each.part or ''}" for each in await _disagreements(whole)]
    evidence = await gathered(whole)
    found += [fault for deed in deeds for fault in _of_deed(deed, evidence)]
    found += _of_journal(evidence)
    return found, evidence


def doubled(found: Iterable[str]) -> int:
    """How many of the faults say that something happened more than once."""
    return sum(fault.endswith("times") for fault in found)


def _of_deed(deed: Deed, evidence: Evidence) -> Iterable[str]:
    yield from (f"{deed.name}: odd answer {odd}" for odd in deed.oddities)
    happened = evidence.happened(deed)
    stored = [row for row in evidence.commands if evidence.deed_of[row.id] == deed.name]
    match deed.told:
        case Told.DONE if not happened:
            yield f"{deed.name}: acknowledged, and missing"
        case Told.NOTHING:
            yield f"{deed.name}: nobody could tell in {deed.calls} calls"
        case Told.REFUSED | Told.EXPIRED | Told.NEVER_STORED if happened:
            yield f"{deed.name}: {deed.told}, and happened"
        case Told.NEVER_STORED if stored:
            yield f"{deed.name}: told that it was not stored, and it was"
    if happened > 1:
        yield f"{deed.name}: happened {happened} times"


def _of_journal(evidence: Evidence) -> Iterable[str]:
    """Without gaps; each event of a command that is done, and each done command with an event."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for event in evidence.journal:
        numbers[event.case_id].append(event.seq)
    for case_id, seqs in numbers.items():
        if sorted(seqs) != list(range(1, len(seqs) + 1)):
            yield f"the journal of {case_id} has gaps"
    brought = Counter(event.command_id for event in evidence.journal if event.command_id is not None)
    states = {row.id: row.state for row in evidence.commands}
    yield from (
        f"{command} is {states.get(command)} and happened" for command in brought if states.get(command) != "done"
    )
    yield from (
        f"{command} is done and never happened"
        for command in states
        if states[command] == "done" and not brought[command]
    )


async def _disagreements(whole: Installation) -> list[Finding]:
    """Where the fold of a journal, the read model and the journey's own state differ, once everything is written."""
    findings: list[Finding] = []

    async def agree() -> bool:
        findings[:] = [finding async for finding in verify(whole.db, engine=whole.journeys)]
        # What a journey does by itself is on its way to SQL for a moment.
        return all(finding.trouble is not Trouble.ENGINE_AHEAD for finding in findings)

    try:
        await eventually("everything is written", agree, within_s=SETTLES_WITHIN_S, every_s=0.2)
    except AssertionError:
        return findings
    return findings
