"""The options that several commands share, and the settings that they override."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from marshrut.settings import Settings

Data = Annotated[Path | None, typer.Option(help="Folder of the embedded system.", metavar="DIR", show_default="data")]
KeyFile = Annotated[
    Path | None,
    typer.Option(help="The installation's keys.", metavar="FILE", show_default="keys.json in the data folder"),
]
Catalogue = Annotated[
    Path | None,
    typer.Option(
        help="The installation's own catalogue, laid over the one that ships.", metavar="DIR", show_default="none"
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="SQLAlchemy address; a password belongs into the environment.", show_default="SQLite"),
]
TemporalAddress = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Temporal's frontend.", show_default="127.0.0.1:7233")
]
ApiHost = Annotated[str | None, typer.Option(help="Where the API listens.", show_default="127.0.0.1")]
ApiPort = Annotated[
    int | None, typer.Option(metavar="PORT", min=1, max=65535, help="Port of the API.", show_default="8080")
]
MllpCertificate = Annotated[
    Path | None,
    typer.Option(
        "--mllp-certificate", metavar="FILE", help="PEM certificate, and its key: MLLP by TLS.", show_default="in clear"
    ),
]
MllpKey = Annotated[
    Path | None,
    typer.Option("--mllp-key", metavar="FILE", help="PEM key, when elsewhere.", show_default="beside the certificate"),
]
MllpClientsCa = Annotated[
    Path | None,
    typer.Option(
        "--mllp-clients-ca",
        metavar="FILE",
        help="Who signs the senders' certificates, in PEM.",
        show_default="none is asked for",
    ),
]
MllpClients = Annotated[
    Path | None,
    typer.Option(
        "--mllp-clients",
        metavar="FILE",
        help="Which sender's certificate speaks for which hospitals, in YAML.",
        show_default="none is asked for",
    ),
]


def settings_with(**flags: Any) -> Settings:
    """The settings; a flag that was given overrides environment and file."""
    return Settings(**{name: value for name, value in flags.items() if value is not None})
