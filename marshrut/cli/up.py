"""`marshrut up`: the embedded system in one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from marshrut.cli.exits import Exit
from marshrut.cli.options import (
    ApiHost,
    ApiPort,
    Catalogue,
    Data,
    MllpCertificate,
    MllpClients,
    MllpClientsCa,
    MllpKey,
    settings_with,
)
from marshrut.cli.running import run


def up(  # noqa: PLR0913, PLR0917 - its options
    data: Data = None,
    catalogue: Catalogue = None,
    host: ApiHost = None,
    port: ApiPort = None,
    temporal_port: Annotated[
        int, typer.Option(metavar="PORT", min=1, max=65535, envvar="MARSHRUT_TEMPORAL_PORT", help="Temporal's port.")
    ] = 7233,
    temporal_ui_port: Annotated[
        int,
        typer.Option(
            metavar="PORT", min=1, max=65535, envvar="MARSHRUT_TEMPORAL_UI_PORT", help="Port of Temporal's pages."
        ),
    ] = 8233,
    mllp_port: Annotated[
        int | None, typer.Option(metavar="PORT", min=1, max=65535, help="Port of MLLP.", show_default="2575")
    ] = None,
    mllp_certificate: MllpCertificate = None,
    mllp_key: MllpKey = None,
    mllp_clients_ca: MllpClientsCa = None,
    mllp_clients: MllpClients = None,
    no_samples: Annotated[bool, typer.Option("--no-samples", help="Leave an empty data folder empty.")] = False,
    temporal_binary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="MARSHRUT_TEMPORAL_BINARY",
            help="The Temporal server.",
            show_default="the one that came with Marshrut",
        ),
    ] = None,
) -> Exit:
    """Start the whole system here, with SQLite and a Temporal server of its own, all data in one folder.

    On an empty folder the sample admissions are loaded. Ctrl-C or SIGTERM stops everything; the next start goes on
    where it stood. Settings that name another database or Temporal do not apply.
    """
    settings = settings_with(
        data=data,
        catalogue=catalogue,
        api_host=host,
        api_port=port,
        mllp_port=mllp_port,
        mllp_certificate=mllp_certificate,
        mllp_key=mllp_key,
        mllp_clients_ca=mllp_clients_ca,
        mllp_clients=mllp_clients,
    ).model_copy(
        update={
            "database_url": None,
            "temporal_address": f"127.0.0.1:{temporal_port}",
            "temporal_namespace": "default",
            "temporal_tls": False,
            "temporal_api_key": None,
        }
    )
    ports = [settings.api_port, temporal_port, temporal_ui_port, settings.mllp_port]
    if twice := [port for port in ports if ports.count(port) > 1]:
        raise typer.BadParameter(f"{twice[0]} is given to two parts", param_hint="a port")

    from marshrut.cli.embedded.plan import Plan
    from marshrut.cli.embedded.system import live

    return run(live(Plan(settings, temporal_port, temporal_ui_port, samples=not no_samples, binary=temporal_binary)))
