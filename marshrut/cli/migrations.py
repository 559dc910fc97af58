"""What it does to running cases when they go on by another version of the catalogue: foreseen, or done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from pydantic import ValidationError

from marshrut.catalogue.model import Catalogue
from marshrut.cli.calendars import open_cases
from marshrut.cli.exits import Exit, Stop
from marshrut.composition import Composition
from marshrut.domain.commands import Migrate
from marshrut.domain.differences import Difference, differences
from marshrut.domain.events import CatalogueMigrated
from marshrut.domain.migrate import Moved, migrated, moved
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from marshrut.ports import CommandKind, CommandState, Intent, new_id

MIGRATOR = Actor(user="cases_migrate", role=Role.ADMIN)
CURRENT = "current"


class Fate(StrEnum):
    """What becomes of a case. `pending`: the command is stored, and a relay carries it out when it can."""

    MOVES = "moves"
    THERE = "already_there"
    REFUSED = "refused"
    PENDING = "pending"


WHY = {
    "case_not_found": "there is no such case",
    "case_closed": "the case is closed",
    "case_archived": "the case was closed long ago",
    "hospital_unknown": "the version knows no hospital {hospital}",
    "step_unknown": "the version does not know the step {step}, which is open",
    "variants_clash": "the version's overlays for what kind of case it is do not fit together",
    "pending": "stored; a relay carries it out when Temporal answers",
}


@dataclass(frozen=True, slots=True)
class Told:
    """The report on a case. `steps` are due otherwise; `differences`: what the versions say otherwise from now on.

    `comparable`: whether the version that the case goes by is still kept here and can be read.
    """

    case_id: str
    hospital: str
    before: str
    after: str
    zone: str
    fate: Fate
    code: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Moved, ...] = ()
    differences: tuple[Difference, ...] = ()
    comparable: bool = True

    @property
    def why(self) -> str | None:
        """Why the case does not move, in words."""
        return None if self.code is None else WHY.get(self.code, self.code).format_map({**self.details})


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which cases (none named: every open one), of which hospital and version, and by which they are to go on."""

    cases: Sequence[str] = ()
    hospital: str | None = None
    before: str | None = None
    after: str = CURRENT


async def wanted(parts: Composition, which: Wishes) -> Catalogue:
    """The version that is meant, if the wishes make sense.

    Raises:
        Stop: a version is not kept here, or no version has the hospital.
        Unavailable: SQL does not answer.
    """
    target = parts.catalogue if which.after == CURRENT else await _kept(parts, which.after)
    known = {*parts.catalogue.hospitals, *target.hospitals}
    if which.before is not None:
        known |= {*(await _kept(parts, which.before)).hospitals}
    if which.hospital is not None and which.hospital not in known:
        raise Stop(Exit.USAGE, f"there is no hospital {which.hospital}; there is {', '.join(sorted(known))}")
    return target


async def chosen(parts: Composition, which: Wishes) -> AsyncIterator[str]:
    """The cases that are meant: those named, or every open one; of a hospital and a version only if so asked."""
    if not which.cases:
        async for case in open_cases(parts, which.hospital):
            if which.before in {None, case.catalogue}:
                yield case.case_id
    for name in dict.fromkeys(which.cases):
        known = await parts.api.queries.case(name)
        if known is None or (which.hospital in {None, known.hospital} and which.before in {None, known.catalogue}):
            yield name


async def foreseen(parts: Composition, case_id: str, target: Catalogue) -> Told:
    """What a migration would do to the case as SQL holds it; nothing is sent. Raises Unavailable."""
    return (await _looked_at(parts, case_id, target))[0]


async def done(parts: Composition, case_id: str, target: Catalogue) -> Told:
    """Have the case go on by the version, and what that did. Running it again does no harm.

    Raises:
        Unavailable: SQL does not answer; running the command again goes on where this one stopped.
    """
    told, case, rules = await _looked_at(parts, case_id, target)
    if case is None or rules is None:
        return told
    if target is parts.catalogue:
        parts.api.catalogues.slice(told.hospital)  # nothing goes by a version that is not kept
    verdict = await parts.write_path.submit(_intent(parts, case, rules))
    if verdict.state is CommandState.PENDING:
        return replace(told, fate=Fate.PENDING, code="pending", steps=())
    if verdict.state is not CommandState.DONE:
        code = verdict.code or str(verdict.state)
        fate = Fate.THERE if code == "catalogue_in_force" else Fate.REFUSED
        refused = None if fate is Fate.THERE else code
        return replace(told, fate=fate, code=refused, details=dict(verdict.details), steps=(), differences=())
    clocks = {
        name: clock
        for event in verdict.events
        if isinstance(event.body, CatalogueMigrated)
        for name, clock in event.body.clocks.items()
    }
    return replace(told, steps=moved(case, clocks))


async def _looked_at(
    parts: Composition, case_id: str, target: Catalogue
) -> tuple[Told, CaseState | None, Slice | None]:
    """What is foreseen, the case, and what it would go by; without the last it does not move."""
    case = await parts.api.queries.case(case_id)
    if case is None:
        return Told(case_id, "", "", target.version, "", Fate.REFUSED, "case_not_found"), None, None
    hospital, before = case.hospital or "", case.catalogue or ""
    told = Told(case_id, hospital, before, target.version, target.zones().get(hospital, "UTC"), Fate.MOVES)
    if before == target.version:
        return replace(told, fate=Fate.THERE), case, None
    try:
        rules = await parts.api.catalogues.slice_of(target.version, hospital, case.variants)
    except ValidationError:
        return replace(told, fate=Fate.REFUSED, code="variants_clash"), case, None
    try:
        event = _foreseen(case, rules, parts.api.now())
    except Refused as refused:
        return replace(told, fate=Fate.REFUSED, code=refused.code, details=refused.details), case, None
    older = await parts.api.catalogues.kept(before)
    known = None if older is None else await parts.api.catalogues.slice_of(before, hospital, case.variants)
    differing = () if known is None or rules is None else differences(known, rules)
    steps = moved(case, event.clocks)
    return replace(told, steps=steps, differences=differing, comparable=known is not None), case, rules


def _foreseen(case: CaseState, rules: Slice | None, now: datetime) -> CatalogueMigrated:
    if case.closed:
        raise Refused("case_closed")
    if rules is None:
        raise Refused("hospital_unknown", hospital=case.hospital or "")
    return migrated(case, rules, now)


def _intent(parts: Composition, case: CaseState, catalogue: Slice) -> Intent:
    """The command, under a key that the case as it stands and the version give: said again, it is the same one.

    Without the case's sequence number a refusal would answer for ever after, and nothing could go back and forth.
    """
    body = Migrate(catalogue=catalogue)
    return Intent(
        id=new_id(),
        kind=CommandKind.MESSAGE,
        source="cases/migrate",
        key=f"{case.case_id}/{catalogue.version}/{case.seq}",
        fingerprint=parts.api.fingerprint(f"{case.case_id}{catalogue.version}".encode()),
        actor=MIGRATOR,
        hospital=case.hospital or "",
        case_id=case.case_id,
        body=body,
    )


async def _kept(parts: Composition, version: str) -> Catalogue:
    found = await parts.api.catalogues.kept(version)
    if found is None:
        raise Stop(Exit.USAGE, f"no catalogue {version} is kept here that this release can read")
    return found
