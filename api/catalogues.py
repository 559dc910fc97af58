"""The catalogue in force and those before it: a running case explains itself by the version that it began under."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

import structlog
from pydantic import ValidationError

from marshrut.catalogue import Fault
from marshrut.catalogue.content import Content
from marshrut.catalogue.model import Catalogue
from marshrut.domain.commands import Admit
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.variants import AGES, Opening, elsewhere, in_order
from marshrut.domain.words import Variant
from marshrut.ports import Queries, StepRow, Unavailable, Uncertain, Versions

log = structlog.get_logger()

AGAIN_AFTER_S = 1.0
# Whoever looks for the last version in which a region was sound looks at so many.
LOOKED_BACK = 50

Key = tuple[str, str, tuple[Variant, ...]]


class Catalogues:
    """Each version of the catalogue that was ever in force here. `current`: the one in force.

    `faulty`: what is wrong with the overlays of regions that therefore go by an earlier version, or by the base. What
    has been read or compiled stays at hand: a version never changes, and an installation has few of them.
    """

    def __init__(
        self, current: Catalogue, versions: Versions, faulty: Mapping[str, Sequence[Fault]] | None = None
    ) -> None:
        self.current = current
        self.faulty = faulty or {}
        self._versions = versions
        self._remembered = False
        self._known: dict[str, Catalogue | None] = {current.version: current}
        self._slices: dict[Key, Slice] = {}
        self._tables: dict[Key, Content] = {}

    async def of(self, version: str | None) -> Catalogue:
        """That version; the one in force where it is unknown or this code cannot read it any more.

        Raises:
            Unavailable: SQL does not answer.
        """
        return (version and await self.kept(version)) or self.current

    async def kept(self, version: str) -> Catalogue | None:
        """That version; None where it is unknown or this code cannot read it any more.

        Raises:
            Unavailable: SQL does not answer.
        """
        if version not in self._known:
            content = await self._versions.content(version)
            if content is None:
                return None
            self._known[version] = read(version, content)
        return self._known[version]

    async def at(self, version: str | None, hospital: str, variants: Collection[Variant] = ()) -> Content:
        """The tables of that version for a hospital and a kind of case; the base's where it has no such hospital.

        Raises:
            Unavailable: SQL does not answer.
        """
        catalogue = await self.of(version)
        if hospital not in catalogue.hospitals:
            return catalogue
        key = catalogue.version, hospital, in_order(variants)
        if key not in self._tables:
            self._tables[key] = catalogue.at(hospital, variants)
        return self._tables[key]

    async def title(self, row: StepRow) -> dict[str, str]:
        """What a step is called in its case, as `{ru, en}`; one that its catalogue does not know goes by its name."""
        name = f"{row.step.track}.{row.step.name}"
        entry = (await self.at(row.catalogue, row.hospital, row.variants)).steps.get(name)
        return {"ru": name, "en": name} if entry is None else {"ru": entry.title.ru, "en": entry.title.en}

    async def slice_of(self, version: str | None, hospital: str, variants: Collection[Variant] = ()) -> Slice | None:
        """What a case of that hospital and kind took along; None where that version has no such hospital.

        Raises:
            Unavailable: SQL does not answer.
            ValidationError: overlays of these variants, each sound alone, do not fit together.
        """
        catalogue = await self.of(version)
        return self._compiled(catalogue, hospital, variants) if hospital in catalogue.hospitals else None

    async def of_case(self, case: CaseState) -> Slice | None:
        """What the case took along, by its own version and no other; None where that is not known here any more.

        Raises:
            Unavailable: SQL does not answer.
        """
        if case.catalogue is None or await self.kept(case.catalogue) is None:
            return None
        try:
            return await self.slice_of(case.catalogue, case.hospital or "", tuple(case.variants))
        except ValidationError:  # its overlays fitted together once; this code says they do not
            return None

    def slice(self, hospital: str, variants: Collection[Variant] = ()) -> Slice:
        """What a case that opens now takes along.

        Raises:
            Unavailable: the version in force is not kept yet, so no case may begin under it.
            KeyError: there is no such hospital.
            ValidationError: as for `slice_of`.
        """
        if not self._remembered:
            raise Unavailable("sql")
        return self._compiled(self.current.behind(hospital), hospital, variants)

    def opening(self, admit: Admit) -> Opening:
        """What a case that opens now takes along, and what kind of case the rules say it is.

        Raises:
            Unavailable: the version in force is not kept yet, so no case may begin under it.
            KeyError: there is no such hospital.
        """
        hospital = admit.hospital
        chosen = admit.variants or self.current.variants_of(hospital, admit.flags, admit.via, emergency=admit.emergency)
        try:
            return Opening(self.slice(hospital, chosen), chosen)
        except ValidationError:
            # Nobody is left without a case because two overlays of an installation contradict each other.
            log.exception("catalogue.variants_clash", hospital=hospital, variants=in_order(chosen))
            left = {variant: because for variant, because in chosen.items() if variant in AGES}
            return Opening(self.slice(hospital, left), left)

    def moving(self, case: CaseState, hospital: str) -> Slice:
        """What a case takes along that moves to a hospital: for what kind of case it is there.

        Raises:
            Unavailable, KeyError, ValidationError: as for `slice`.
        """
        kinds = self.slice(hospital).kinds
        return self.slice(hospital, elsewhere(case, kinds))

    async def keep(self, queries: Queries) -> None:
        """Keep the version in force, as soon as SQL answers and has the schema for it."""
        while not await self._kept_now(queries):
            log.warning("catalogue.not_kept_yet", version=self.current.version)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _kept_now(self, queries: Queries) -> bool:
        try:
            if await queries.ready():
                await self._versions.remember(self.current.version, self.current.model_dump_json())
                self._remembered = True
        except (Unavailable, Uncertain):
            return False
        return self._remembered

    def _compiled(self, catalogue: Catalogue, hospital: str, variants: Collection[Variant]) -> Slice:
        key = catalogue.version, hospital, in_order(variants)
        if key not in self._slices:
            self._slices[key] = catalogue.slice(hospital, variants)
        return self._slices[key]


def read(version: str, content: str) -> Catalogue | None:
    """A version that was kept; None, and said so, where this code cannot read it any more."""
    try:
        return Catalogue.model_validate_json(content)
    except ValidationError:
        # A version that other code kept: its cases go by the one in force, which is said here, once a process.
        log.warning("catalogue.unreadable", version=version)
        return None


async def last_sound(versions: Versions, regions: Collection[str]) -> dict[str, Catalogue]:
    """By region the version that was in force last in which the region was sound; the others have none.

    Raises:
        Unavailable: SQL does not answer.
    """
    found: dict[str, Catalogue] = {}
    for version in (await versions.latest())[:LOOKED_BACK]:
        if found.keys() == {*regions}:
            break
        content = await versions.content(version)
        catalogue = None if content is None else read(version, content)
        if catalogue is not None:
            sound = [region for region in regions if region in catalogue.regions and region not in catalogue.unread]
            found = {**dict.fromkeys(sound, catalogue), **found}
    return found
