"""`marshrut keys new | list | rotate | use | rewrap | retire`: the keys, and how they are changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Data, DatabaseUrl, KeyFile, TemporalAddress, settings_with
from marshrut.cli.running import run

if TYPE_CHECKING:
    from marshrut.adapters.keys import Keys
    from marshrut.dispatch.rewrapping import Rewrapping
    from marshrut.settings import Settings

app = typer.Typer(help="The installation's keys.")
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="The key's id, as `marshrut keys list` shows it.")]

# A process seals by the key of before until it has looked at the file again.
FOLLOWED_WITHIN = timedelta(minutes=1)


@app.callback()
def _keys() -> None:
    pass


@app.command()
def new(file: Annotated[Path, typer.Argument(help="Where to write them; never overwritten.")]) -> Exit:
    """Make the keys of a new installation. Without them nothing sealed can ever be read: keep a copy."""
    from marshrut.adapters.key_management import management
    from marshrut.adapters.key_sources import KeyFile as File
    from marshrut.adapters.keys import Keys

    File(file, management(settings_with().kms)).create(Keys.fresh(datetime.now(UTC)))
    typer.echo(f"{file}: new keys, readable by their owner only")
    return Exit.OK


@app.command(name="list")
def show(data: Data = None, key_file: KeyFile = None) -> Exit:
    """Print every service key: its id, since when there has been one, and whether it writes or is only read by."""
    from marshrut.adapters.key_sources import keys_now

    keys = keys_now(settings_with(data=data, key_file=key_file))
    for each in (keys.writer, *keys.others):
        made = "-" if each.made_at is None else each.made_at.isoformat(timespec="seconds")
        typer.echo(f"{each.key_id}  {made:<25}  {'writes' if each.key_id == keys.key_id else 'reads'}")
    return Exit.OK


@app.command()
def rotate(
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    announce: Annotated[
        bool, typer.Option("--announce", help="Let it be read by only, for now; `keys use` has it write.")
    ] = False,
) -> Exit:
    """Make a new service key that writes from now on; what earlier ones sealed stays readable.

    Running processes take it up within seconds, whatever they are doing. Where the keys come from a setting, and not
    from a file that all of them see: `--announce`, start every process anew, `keys use`, and start them anew again.
    """
    from marshrut.adapters.keys import ServiceKey

    now = datetime.now(UTC)
    made = ServiceKey.fresh(now)

    def with_it(keys: Keys) -> Keys:
        return keys.knowing(made) if announce else keys.knowing(made).written_by(made.key_id, now)

    settings = settings_with(data=data, key_file=key_file, database_url=database_url)
    run(_changed(settings, "rotate", made.key_id, with_it))
    typer.echo(f"{made.key_id} {'can be read by' if announce else 'writes'}")
    return Exit.OK


@app.command()
def use(key: KeyId, data: Data = None, key_file: KeyFile = None, database_url: DatabaseUrl = None) -> Exit:
    """Have a service key write that was announced, or an earlier one again."""
    settings = settings_with(data=data, key_file=key_file, database_url=database_url)
    run(_changed(settings, "use", key, lambda keys: keys.written_by(key, datetime.now(UTC))))
    typer.echo(f"{key} writes")
    return Exit.OK


@app.command()
def rewrap(data: Data = None, key_file: KeyFile = None, database_url: DatabaseUrl = None) -> Exit:
    """Wrap by the service key that writes whatever SQL holds under another one; nothing is read by that.

    It goes beside a running system, a little at a time, and can be broken off and started again at any moment.
    """
    return run(_rewrapped(settings_with(data=data, key_file=key_file, database_url=database_url)))


@app.command()
def retire(
    key: KeyId,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    temporal_address: TemporalAddress = None,
) -> Exit:
    """Destroy a service key that nothing needs any more; refused while SQL or a history of Temporal's may."""
    settings = settings_with(data=data, key_file=key_file, database_url=database_url, temporal_address=temporal_address)
    return run(_retired(settings, key))


async def _changed(settings: Settings, how: str, key: str, change: Callable[[Keys], Keys]) -> None:
    from marshrut.adapters.key_sources import source_of
    from marshrut.cli.audited import acting

    async with acting(settings, f"keys {how}", key):
        source_of(settings).change(change)


async def _rewrapped(settings: Settings) -> Exit:
    from marshrut.cli.audited import acting
    from marshrut.cli.progress import progress

    async with acting(settings, "keys rewrap"), _rewrapping(settings) as work:
        with progress("rewrap", await work.left(), "records") as told:
            async for done in work.run():
                told.tell(done)
    typer.echo(f"{told.done} records rewrapped")
    return Exit.OK


async def _retired(settings: Settings, key: str) -> Exit:
    from marshrut.adapters.key_sources import live_keys, source_of
    from marshrut.adapters.temporal.connect import connect
    from marshrut.adapters.temporal.runs import TemporalRuns

    source = source_of(settings)
    keys = source.read()
    keys.without(key)  # says what is wrong
    young = keys.writes_since is not None and datetime.now(UTC) - keys.writes_since < FOLLOWED_WITHIN
    async with _rewrapping(settings) as work:
        left = await work.left()
    if left:
        raise Stop(Exit.FINDINGS, f"{left} records are under other keys; `marshrut keys rewrap` mends that")
    runs = TemporalRuns(await connect(settings, live_keys(settings), lazy=True))
    held = None if keys.writes_since is None else await runs.begun_before(keys.writes_since)
    if held is None or held:
        what = "runs of unknown age" if held is None else f"{held} runs from before {keys.key_id} wrote"
        raise Stop(Exit.FINDINGS, f"Temporal holds {what}: they may need {key}")
    if young:
        raise Stop(Exit.FINDINGS, f"{keys.key_id} writes for less than a minute: some process may not know it yet")
    await _changed(settings, "retire", key, lambda now: now.without(key))
    typer.echo(f"{key} is destroyed")
    return Exit.OK


@asynccontextmanager
async def _rewrapping(settings: Settings) -> AsyncIterator[Rewrapping]:
    from marshrut.adapters.key_sources import keys_now
    from marshrut.adapters.person_keys import PersonKeys
    from marshrut.adapters.vault import EnvelopeVault
    from marshrut.cli.schema import opened
    from marshrut.dispatch.rewrapping import Rewrapping
    from marshrut.key_fit import fit
    from marshrut.store.database import Database
    from marshrut.store.person_keys import SqlPersonKeys
    from marshrut.store.sealed import SqlSealedValues

    keys, key_db = keys_now(settings), Database(settings.person_keys, pool_size=1)
    book = SqlPersonKeys(key_db)
    try:
        async with opened(settings) as db:
            await fit(settings, keys, db, key_db)
            yield Rewrapping(SqlSealedValues(db), EnvelopeVault(keys), book, PersonKeys(book, keys))
    finally:
        await key_db.close()
