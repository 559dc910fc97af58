"""The commands under one name, and how the process ends: with a documented code and a line of reason."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from marshrut import __version__
from marshrut.cli import (
    accounts,
    admit,
    audit,
    cases,
    catalogue,
    clients,
    config,
    db,
    enquire,
    erase,
    export,
    inbox,
    keys,
    mllp,
    person,
    repair,
    replay,
    retention,
    service,
    tokens,
    up,
    watchdog,
)
from marshrut.cli.exits import Exit, explained

# What is loaded stays. Looked over after every 700 things of the hundreds of thousands, it takes a quarter longer.
GARBAGE = 50_000, 20, 50

CODES = "\n\n".join(["Exit codes:", *(f"{code.value} {code.means}" for code in Exit)])

app = typer.Typer(
    name="marshrut",
    help="The personal route of a patient who comes into hospital as an emergency.",
    epilog=CODES,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(up.up)
app.command()(service.api)
app.command()(service.worker)
app.command()(mllp.mllp)
app.command()(admit.admit)
app.command()(enquire.enquire)
app.add_typer(inbox.app, name="messages")
app.command()(tokens.token)
app.add_typer(accounts.app, name="account")
app.add_typer(clients.app, name="client")
app.add_typer(keys.app, name="keys")
app.add_typer(erase.app, name="erase")
app.add_typer(audit.app, name="audit")
app.add_typer(person.app, name="person")
app.add_typer(retention.app, name="retention")
app.add_typer(db.app, name="db")
catalogue.app.command()(repair.repair)
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(cases.app, name="cases")
app.command()(replay.replay)
app.command()(watchdog.watchdog)
app.command()(export.export)
app.command()(config.config)


@app.callback(invoke_without_command=True)
def _marshrut(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> Exit:
    if version:
        typer.echo(f"marshrut {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(Exit.USAGE)
    return Exit.OK


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its code."""
    gc.set_threshold(*GARBAGE)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no tick is no reason to fail
    try:
        code = app(args=argv, prog_name="marshrut", standalone_mode=False)
    except TyperException as wrong:
        code = _fail(wrong.exit_code, wrong.format_message())
    except typer.Abort:
        code = 130
    except Exception as fault:  # what people can mend is told in a line, anything else is raised again
        stop = explained(fault)
        if stop is None:
            raise
        code = _fail(stop.code, *stop.why)
    sys.exit(int(code or 0))


def _fail(code: int, *why: str) -> int:
    for line in why:
        typer.echo(f"marshrut: {' '.join(line.split())}", err=True)
    return code
