"""`marshrut export`: figures and journals as files, from the database alone."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Catalogue, Data, DatabaseUrl, KeyFile, settings_with
from marshrut.cli.running import run

if TYPE_CHECKING:
    from api.kpi.counting import Days
    from api.parts import ApiParts
    from marshrut.settings import Settings

DAY = "%Y-%m-%d"


class Form(StrEnum):
    """What is written."""

    OCEL2 = "ocel2"
    XES = "xes"
    CSV = "csv"


class Syntax(StrEnum):
    """How OCEL 2.0 is written."""

    JSON = "json"
    XML = "xml"


class Rows(StrEnum):
    """What a table has rows of."""

    KPI = "kpi"
    HOSPITALS = "hospitals"
    STEPS = "steps"


class Style(StrEnum):
    """Whom a table is for."""

    PLAIN = "plain"
    EXCEL = "excel"


def export(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    form: Annotated[Form, typer.Option("--format", help="Figures (csv), or journals for process mining.")],
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=[DAY], metavar="DAY", help="The first day.", show_default="all"),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=[DAY], metavar="DAY", help="The day before which to end.", show_default="all"),
    ] = None,
    hospital: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only this hospital.", show_default="all")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to.", show_default="standard output")] = None,
    syntax: Annotated[Syntax, typer.Option(help="Of ocel2.")] = Syntax.JSON,
    table: Annotated[Rows, typer.Option(help="Of csv: all figures, a row a hospital, a row a step.")] = Rows.KPI,
    style: Annotated[
        Style, typer.Option(help="Of csv: RFC 4180, or semicolons, decimal commas and a BOM.")
    ] = Style.PLAIN,
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
) -> Exit:
    """Write figures as CSV, or journals as OCEL 2.0 or XES: codes only, never who somebody is."""
    from marshrut.cli.logs import core_speaks

    core_speaks(aloud=False)  # nothing of this needs Temporal
    settings = settings_with(data=data, database_url=database_url, key_file=key_file, catalogue=catalogue)
    made = _Made(form, syntax, table, style)
    days = since, until
    return run(_exported(settings, made, days, hospital, out))


class _Made:
    """What is to be made of the days of some hospitals."""

    def __init__(self, form: Form, syntax: Syntax, table: Rows, style: Style) -> None:
        self.form = form
        self._syntax, self._table, self._style = syntax, table, style

    def of(self, parts: ApiParts, hospitals: tuple[str, ...], days: Days) -> AsyncIterator[bytes]:
        """The file in pieces."""
        from marshrut.ports import Portion

        if self.form is Form.CSV:
            return self._csv(parts, hospitals, days)
        periods = {code: days.at(parts.zones[code]) for code in hospitals}
        portions = [Portion(code, each.since, each.until) for code, each in periods.items()]
        if self.form is Form.XES:
            return parts.exports.xes(portions)
        return parts.exports.ocel2(portions, xml=self._syntax is Syntax.XML)

    async def _csv(self, parts: ApiParts, hospitals: tuple[str, ...], days: Days) -> AsyncIterator[bytes]:
        from api.kpi.counting import count
        from api.kpi.csv import written
        from api.kpi.tables import kpi_view

        view = kpi_view(await count(parts, hospitals, days), parts.catalogue)
        yield written(view, self._table.value, self._style.value, parts.catalogue, "ru").encode()


async def _exported(
    settings: Settings,
    made: _Made,
    days: tuple[datetime | None, datetime | None],
    hospital: str | None,
    out: Path | None,
) -> Exit:
    from marshrut.cli.audited import takes_out
    from marshrut.cli.schema import opened
    from marshrut.composition import compose

    async with opened(settings), compose(settings, lazy=True, keep=False) as parts:
        api = parts.api
        if hospital is not None and hospital not in api.zones:
            raise Stop(Exit.USAGE, f"--hospital: there is no {hospital}")
        await takes_out(settings, parts.db, f"export {made.form}", hospital=hospital)
        codes = tuple(sorted(api.zones)) if hospital is None else (hospital,)
        stream = made.of(api, codes, _days(*days))
        if out is None:
            await _write(sys.stdout.buffer, stream)
        else:
            await _to_file(out, stream)
    return Exit.OK


def _days(since: datetime | None, until: datetime | None) -> Days:
    from api.kpi.counting import Days
    from marshrut.domain.base import FIRST_YEAR, LAST_YEAR

    first = datetime(FIRST_YEAR, 1, 1) if since is None else since  # noqa: DTZ001 - a day, by each hospital's clock
    last = datetime(LAST_YEAR, 1, 1) if until is None else until  # noqa: DTZ001 - the same
    if last <= first or not all(FIRST_YEAR <= day.year <= LAST_YEAR for day in (first, last)):
        raise Stop(Exit.USAGE, "--from, --until: no period")
    return Days(first.date(), last.date())


async def _to_file(out: Path, stream: AsyncIterator[bytes]) -> None:
    """All of it or nothing: half a log would be taken for a whole one."""
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as file:
            await _write(file, stream)
        part.replace(out)
    except OSError as fault:
        raise Stop(Exit.FOLDER, f"{out}: {fault.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


async def _write(file: BinaryIO, stream: AsyncIterator[bytes]) -> None:
    async for piece in stream:
        file.write(piece)
    file.flush()
