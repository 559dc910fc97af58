"""`marshrut config`: every setting, its value, and who said so."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from marshrut.cli.exits import Exit
from marshrut.cli.options import Catalogue, Data, DatabaseUrl, KeyFile, settings_with
from marshrut.settings import Settings


def config(
    data: Data = None, key_file: KeyFile = None, catalogue: Catalogue = None, database_url: DatabaseUrl = None
) -> Exit:
    """Print every setting with its value and where that comes from; secrets are masked."""
    flags = {"data": data, "key_file": key_file, "catalogue": catalogue, "database_url": database_url}
    rows = list(_rows(settings_with(**flags), {name for name, value in flags.items() if value is not None}))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, source in rows:
        typer.echo(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}")
    return Exit.OK


def _rows(settings: Settings, flags: set[str]) -> Iterator[tuple[str, str, str]]:
    environment, file = EnvSettingsSource(Settings)(), DotEnvSettingsSource(Settings)()
    sources = {"flag": flags, "environment": environment, "file": file}
    for name in Settings.model_fields:
        value = getattr(settings, name)  # a secret prints as asterisks
        source = next((source for source, names in sources.items() if name in names), "default")
        yield name, "-" if value is None else str(value), source
