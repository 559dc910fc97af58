"""The catalogue in force and those before it: a running case explains itself by the version that it began under."""

from __future__ import annotations

import asyncio

import structlog
from pydantic import ValidationError

from marshrut.catalogue.content import Content
from marshrut.catalogue.model import Catalogue
from marshrut.domain.slice import Slice
from marshrut.ports import Queries, Unavailable, Uncertain, Versions

log = structlog.get_logger()

AGAIN_AFTER_S = 1.0


class Catalogues:
    """Each version of the catalogue that was ever in force here. `current`: the one in force.

    What has been read or compiled stays at hand: a version never changes, and an installation has few of them.
    """

    def __init__(self, current: Catalogue, versions: Versions) -> None:
        self.current = current
        self._versions = versions
        self._remembered = False
        self._known: dict[str, Catalogue | None] = {current.version: current}
        self._slices: dict[tuple[str, str], Slice] = {}
        self._tables: dict[tuple[str, str], Content] = {}

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
            self._known[version] = _read(version, content)
        return self._known[version]

    async def at(self, version: str | None, hospital: str) -> Content:
        """The tables of that version that hold in a hospital; the base's where it has no such hospital.

        Raises:
            Unavailable: SQL does not answer.
        """
        catalogue = await self.of(version)
        if hospital not in catalogue.hospitals:
            return catalogue
        key = catalogue.version, hospital
        if key not in self._tables:
            self._tables[key] = catalogue.at(hospital)
        return self._tables[key]

    async def slice_of(self, version: str | None, hospital: str) -> Slice | None:
        """What a case of the hospital took along; None where that version has no such hospital.

        Raises:
            Unavailable: SQL does not answer.
        """
        catalogue = await self.of(version)
        return self._compiled(catalogue, hospital) if hospital in catalogue.hospitals else None

    def slice(self, hospital: str) -> Slice:
        """What a case that opens now takes along.

        Raises:
            Unavailable: the version in force is not kept yet, so no case may begin under it.
            KeyError: there is no such hospital.
        """
        if not self._remembered:
            raise Unavailable("sql")
        return self._compiled(self.current, hospital)

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

    def _compiled(self, catalogue: Catalogue, hospital: str) -> Slice:
        key = catalogue.version, hospital
        if key not in self._slices:
            self._slices[key] = catalogue.slice(hospital)
        return self._slices[key]


def _read(version: str, content: str) -> Catalogue | None:
    try:
        return Catalogue.model_validate_json(content)
    except ValidationError:
        # A version that other code kept: its cases go by the one in force, which is said here, once a process.
        log.warning("catalogue.unreadable", version=version)
        return None
