"""`marshrut client add | list | revoke`: machines that call, and their keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Catalogue, Data, DatabaseUrl, KeyFile, settings_with
from marshrut.cli.running import run
from marshrut.cli.tokens import ROLES
from marshrut.domain.words import Role

if TYPE_CHECKING:
    from marshrut.cli.people import Office
    from marshrut.settings import Settings

A_YEAR = 366
LONGEST_NAME = 100

app = typer.Typer(help="Machines that call, and their keys.", no_args_is_help=True)


@app.command()
def add(  # noqa: PLR0913, PLR0917 - its options
    user: Annotated[str, typer.Argument(help="What journeys know it by; a partner's is its code in the catalogue.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    scope: Annotated[
        list[str], typer.Option(metavar="S", help="intake, read, write, metrics, webhooks or partner; repeat it.")
    ],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")] = Role.INTEGRATOR.value,
    hospital: Annotated[
        list[str] | None, typer.Option(metavar="H", help="A hospital of the catalogue; repeat it for several.")
    ] = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="All hospitals, also those to come.")] = False,
    days: Annotated[int, typer.Option(help="For how long its key is good.", min=1, max=A_YEAR)] = 180,
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
) -> Exit:
    """Take a machine on and print its key, once and nothing else."""
    from api.scopes import Scope
    from marshrut.catalogue.loader import load_what_holds

    settings = settings_with(data=data, database_url=database_url, key_file=key_file, catalogue=catalogue)
    held = load_what_holds(settings.catalogue).catalogue
    if role not in ROLES:
        raise typer.BadParameter(f"{role}: there are {', '.join(ROLES)}", param_hint="--role")
    if role == Role.PARTNER and user not in held.all_partners():
        raise typer.BadParameter("a partner's user is its code in the catalogue", param_hint="USER")
    if wrong := next((each for each in scope if each not in set(Scope)), None):
        raise typer.BadParameter(f"{wrong}: there are {', '.join(Scope)}", param_hint="--scope")
    if wrong := next((each for each in hospital or () if each not in held.hospitals), None):
        raise typer.BadParameter(f"{wrong}: there are {', '.join(held.hospitals)}", param_hint="--hospital")
    if not hospital and not everywhere and role != Role.PARTNER:
        raise typer.BadParameter("--hospital, or --everywhere", param_hint="--hospital")
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise typer.BadParameter(f"1 to {LONGEST_NAME} characters", param_hint="--name")
    hospitals = frozenset(hospital) if hospital and not everywhere else None
    return run(_added(settings, user, name.strip(), Role(role), hospitals, frozenset(scope), days))


@app.command("list")
def listed(data: Data = None, database_url: DatabaseUrl = None, key_file: KeyFile = None) -> Exit:
    """Show them: id, user, role, hospitals, scopes, until when, when used last, and what they are called."""
    return run(_listed(settings_with(data=data, database_url=database_url, key_file=key_file)))


@app.command()
def revoke(
    client_id: Annotated[str, typer.Argument(help="Its id, as the list has it.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
) -> Exit:
    """Its key is good no more, and no token that was given for it."""
    return run(_revoked(settings_with(data=data, database_url=database_url, key_file=key_file), client_id))


async def _added(  # noqa: PLR0913, PLR0917 - what a machine has
    settings: Settings,
    user: str,
    name: str,
    role: Role,
    hospitals: frozenset[str] | None,
    scopes: frozenset[str],
    days: int,
) -> Exit:
    from datetime import timedelta

    from marshrut.adapters.identity.clients import new_client_id
    from marshrut.adapters.identity.tokens import USER
    from marshrut.ports import Client
    from marshrut.store.types import utc_now

    if not USER.fullmatch(user):
        raise typer.BadParameter("letters, digits and . _ @ + -, at most 80", param_hint="USER")
    now = utc_now()
    client = Client(
        id=new_client_id(),
        name=name,
        user=user,
        role=role,
        hospitals=hospitals,
        scopes=scopes,
        created_at=now,
        created_by="marshrut client",
        expires_at=now + timedelta(days=days),
    )
    async with _office(settings, "client add", client.id) as office:
        if await office.identity.account(user) is not None:
            raise Stop(Exit.USAGE, f"{user}: a person has this name here")
        key = await office.clients.make(client)
    typer.echo(key)
    return Exit.OK


async def _listed(settings: Settings) -> Exit:
    async with _office(settings) as office:
        for each in await office.clients.every():
            hospitals = "all" if each.hospitals is None else ",".join(sorted(each.hospitals))
            until = "revoked" if each.revoked_at is not None else f"{each.expires_at:%Y-%m-%d}"
            used = "" if each.used_at is None else f"{each.used_at:%Y-%m-%dT%H:%M:%SZ}"
            about = (each.id, each.user, each.role, hospitals, ",".join(sorted(each.scopes)), until, used, each.name)
            typer.echo("\t".join(about))
    return Exit.OK


async def _revoked(settings: Settings, client_id: str) -> Exit:
    async with _office(settings, "client revoke", client_id) as office:
        if await office.clients.get(client_id) is None:
            raise Stop(Exit.USAGE, f"{client_id}: there is no such client")
        await office.clients.revoke(client_id)
    typer.echo(f"{client_id}: its key is good no more")
    return Exit.OK


@asynccontextmanager
async def _office(settings: Settings, what: str | None = None, client: str | None = None) -> AsyncIterator[Office]:
    """The machines; `what`: what is changed, which is written down once it is done."""
    from marshrut.cli.audited import acted
    from marshrut.cli.people import Office
    from marshrut.cli.schema import opened

    async with opened(settings) as db:
        yield Office.of(settings, db)
        if what is not None:
            await acted(settings, db, what, client)
