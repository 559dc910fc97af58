"""`marshrut mllp`: the process of the service mode that takes in what hospitals send.

It needs SQL, keys and catalogue, and nothing of Temporal: whatever it has stored is carried to the journeys by an API
or a worker. So messages are acknowledged while those are away, and nothing that they do keeps a sender waiting.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from marshrut.cli.exits import Exit
from marshrut.cli.options import (
    Catalogue,
    Data,
    DatabaseUrl,
    KeyFile,
    MllpCertificate,
    MllpClients,
    MllpClientsCa,
    MllpKey,
    settings_with,
)
from marshrut.cli.running import run, signals
from marshrut.cli.service import LOOK_EVERY_S, LogLevel
from marshrut.settings import Settings

if TYPE_CHECKING:
    from marshrut.ports import Queries

log = structlog.get_logger()


def mllp(  # noqa: PLR0913, PLR0917 - its options
    host: Annotated[str | None, typer.Option(help="Where MLLP listens.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=1, max=65535, help="Port of MLLP.", show_default="2575")
    ] = None,
    certificate: MllpCertificate = None,
    key: MllpKey = None,
    clients_ca: MllpClientsCa = None,
    clients: MllpClients = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
    log_level: LogLevel = None,
) -> Exit:
    """Take hospitals' messages by MLLP until SIGTERM or SIGINT. Any number of these may run."""
    settings = settings_with(
        mllp_host=host,
        mllp_port=port,
        mllp_certificate=certificate,
        mllp_key=key,
        mllp_clients_ca=clients_ca,
        mllp_clients=clients,
        data=data,
        database_url=database_url,
        key_file=key_file,
        catalogue=catalogue,
        log_level=log_level,
    )
    return run(_listen(settings))


async def _listen(settings: Settings) -> Exit:
    from marshrut.cli.embedded.ports import check_free
    from marshrut.cli.listening import door_of, listening
    from marshrut.cli.logs import log_to
    from marshrut.composition import check, compose

    loaded = check(settings)
    door = door_of(settings, loaded.catalogue.hospitals)
    check_free(settings.mllp_host, settings.mllp_port, "MLLP", "--port")
    log_to(None, settings.log_level)
    with signals() as told:
        # No case opens here, so no version of the catalogue has to be kept, and Temporal is never asked.
        async with (
            compose(settings, lazy=True, catalogue=loaded, keep=False) as made,
            listening(settings, made.api.receiver, door, "--port", told.hurried) as server,
        ):
            tls = door.context() is not None
            log.info("mllp.listening", host=settings.mllp_host, port=server.port, tls=tls)
            looking = asyncio.create_task(_tell_whether_sql_is_there(made.api.queries))
            await told.stopped.wait()
            looking.cancel()
    log.info("mllp.stopped")
    return Exit.OK


async def _tell_whether_sql_is_there(queries: Queries) -> None:
    before: bool | None = None
    while True:
        there = await queries.ready()
        if there != before:
            log.info("mllp.ready") if there else log.warning("mllp.waits", away=["sql"])
        before = there
        await asyncio.sleep(LOOK_EVERY_S)
