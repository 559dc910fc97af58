"""`marshrut account add | list | password | disable | enable | sessions | sign-out | factor-off`: who signs in."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import Catalogue, Data, DatabaseUrl, KeyFile, settings_with
from marshrut.cli.running import run
from marshrut.cli.tokens import ROLES as ALL_ROLES
from marshrut.domain.words import Role
from marshrut.ports import Account, Language

if TYPE_CHECKING:
    from marshrut.cli.people import Office
    from marshrut.settings import Settings

LONGEST_NAME = 100
# A partner signs in nowhere: it answers by a link, or by its own system.
ROLES = tuple(role for role in ALL_ROLES if role != Role.PARTNER)

app = typer.Typer(help="Accounts of the people who sign in to the pages.", no_args_is_help=True)

User = Annotated[str, typer.Argument(help="Their name for signing in: letters, digits, . _ @ + -")]
Stdin = Annotated[
    bool, typer.Option("--stdin", help="Read the password from standard input; without this one is made up and shown.")
]


@app.command()
def add(  # noqa: PLR0913, PLR0917 - its options
    user: User,
    name: Annotated[str, typer.Option(help="How colleagues are shown them, such as `Орлова Е. В.`")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    hospital: Annotated[
        list[str] | None,
        typer.Option(metavar="H", help="A hospital of the catalogue; repeat it for several."),
    ] = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="All hospitals, also those to come.")] = False,
    language: Annotated[Language | None, typer.Option(help="Their language.", show_default="the browser's")] = None,
    stdin: Stdin = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
) -> Exit:
    """Make an account, or change the one there is; whoever has steps to do is put on the roster too."""
    from marshrut.adapters.identity.tokens import CITY_WIDE

    settings = settings_with(data=data, database_url=database_url, key_file=key_file, catalogue=catalogue)
    code = _user(user).lower()
    if role not in ROLES:
        raise typer.BadParameter(f"{role}: there are {', '.join(ROLES)}", param_hint="--role")
    hospitals = _hospitals(settings, hospital or [])
    if not hospitals and not everywhere and role not in CITY_WIDE:
        raise typer.BadParameter(f"a {role} needs --hospital, or --everywhere", param_hint="--hospital")
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise typer.BadParameter(f"1 to {LONGEST_NAME} characters", param_hint="--name")
    given = None if everywhere or not hospitals else frozenset(hospitals)
    account = Account(code, name.strip(), Role(role), given, language)
    return run(_added(settings, account, _password(stdin=stdin, about=f"{user} {name}")))


@app.command("list")
def listed(data: Data = None, database_url: DatabaseUrl = None, key_file: KeyFile = None) -> Exit:
    """Show them: user, role, hospitals, whether they may sign in, and how they are shown."""
    return run(_listed(settings_with(data=data, database_url=database_url, key_file=key_file)))


@app.command()
def password(
    user: User, stdin: Stdin = False, data: Data = None, database_url: DatabaseUrl = None, key_file: KeyFile = None
) -> Exit:
    """Give them a new password, which they change when they sign in next; wherever they are signed in, that is over."""
    settings = settings_with(data=data, database_url=database_url, key_file=key_file)
    return run(_changed(settings, _user(user), password=_password(stdin=stdin, about=user)))


@app.command()
def disable(user: User, data: Data = None, database_url: DatabaseUrl = None, key_file: KeyFile = None) -> Exit:
    """Let them in no more, and sign them out at once. The roster is kept by its own rules."""
    return run(
        _changed(settings_with(data=data, database_url=database_url, key_file=key_file), _user(user), active=False)
    )


@app.command()
def enable(user: User, data: Data = None, database_url: DatabaseUrl = None, key_file: KeyFile = None) -> Exit:
    """Let them in again, with the password that they had."""
    return run(
        _changed(settings_with(data=data, database_url=database_url, key_file=key_file), _user(user), active=True)
    )


@app.command()
def sessions(user: User, data: Data = None, database_url: DatabaseUrl = None, key_file: KeyFile = None) -> Exit:
    """Show where they are signed in: handle, since when, when used last, with which browser."""
    return run(_sessions(settings_with(data=data, database_url=database_url, key_file=key_file), _user(user)))


@app.command("sign-out")
def sign_out(user: User, data: Data = None, database_url: DatabaseUrl = None, key_file: KeyFile = None) -> Exit:
    """Sign them out everywhere."""
    return run(_signed_out(settings_with(data=data, database_url=database_url, key_file=key_file), _user(user)))


@app.command("factor-off")
def factor_off(user: User, data: Data = None, database_url: DatabaseUrl = None, key_file: KeyFile = None) -> Exit:
    """Take their second factor away, for whoever has lost telephone and codes; where needed they set up another."""
    return run(_factor_off(settings_with(data=data, database_url=database_url, key_file=key_file), _user(user)))


async def _sessions(settings: Settings, user: str) -> Exit:
    async with _office(settings, user=user) as (office, there):
        for each in await office.identity.sessions_of(there):
            times = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (each.started_at, each.seen_at))
            typer.echo("\t".join((each.handle, *times, each.agent)))
    return Exit.OK


async def _signed_out(settings: Settings, user: str) -> Exit:
    async with _office(settings, "account sign-out", user) as (office, there):
        typer.echo(f"{there}: {await office.identity.end_sessions(there)} sessions are over")
    return Exit.OK


async def _factor_off(settings: Settings, user: str) -> Exit:
    async with _office(settings, "account factor-off", user) as (office, there):
        if await office.identity.account(there) is None:
            raise Stop(Exit.USAGE, f"{there}: there is no such account")
        await office.identity.factors.remove(there)
        await office.identity.end_sessions(there)
    typer.echo(f"{there}: has no second factor, and is signed out")
    return Exit.OK


async def _added(settings: Settings, account: Account, given: str | None) -> Exit:
    from dataclasses import replace

    from marshrut.adapters.identity.passwords import made_up

    async with _office(settings, "account add", account.user) as (office, _):
        known = await office.identity.account(account.user)
        new = given or (made_up() if known is None else None)
        # Whoever makes an account, or gives a password, knows it: its owner takes another one at the first sign-in.
        must_change = new is not None or (known is not None and known.must_change)
        origin = known.origin if known is not None and new is None else None
        await office.welcome(replace(account, must_change=must_change, origin=origin), new)
    typer.echo(f"{account.user}: {'made' if known is None else 'changed'}")
    if new is not None and given is None:
        typer.echo(f"password: {new}")
    return Exit.OK


async def _changed(settings: Settings, user: str, *, password: str | None = None, active: bool | None = None) -> Exit:
    from dataclasses import replace

    from marshrut.adapters.identity.passwords import made_up

    what = "account password" if active is None else "account enable" if active else "account disable"
    async with _office(settings, what, user) as (office, there):
        account = await office.identity.account(there)
        if account is None:
            raise Stop(Exit.USAGE, f"{there}: there is no such account")
        new = password or made_up()
        if active is not None:
            await office.identity.people.let_in(account.user, active=active)
        else:
            await office.identity.put(replace(account, must_change=True, origin=None), new)
    if active is not None:
        typer.echo(f"{there}: {'may sign in' if active else 'may not sign in, and is signed out'}")
        return Exit.OK
    typer.echo(f"{there}: has a new password" + ("" if password else f"\npassword: {new}"))
    return Exit.OK


async def _listed(settings: Settings) -> Exit:
    async with _office(settings) as (office, _):
        found = await office.identity.all()
    for each in found:
        hospitals = "all" if each.hospitals is None else ",".join(sorted(each.hospitals))
        typer.echo("\t".join((each.user, each.role, hospitals, "" if each.active else "disabled", each.name)))
    return Exit.OK


@asynccontextmanager
async def _office(settings: Settings, what: str | None = None, user: str = "") -> AsyncIterator[tuple[Office, str]]:
    """The accounts, and whom the user is there; `what`: what is changed, which is written down once it is done."""
    from marshrut.cli.audited import acted
    from marshrut.cli.people import Office
    from marshrut.cli.schema import opened

    async with opened(settings) as db:
        office = Office.of(settings, db)
        # A name that was made here has no capital letters; one of a provider may.
        there = user if not user or await office.identity.account(user) is not None else user.lower()
        yield office, there
        if what is not None:
            await acted(settings, db, what, there)


def _user(user: str) -> str:
    from marshrut.adapters.identity.tokens import USER

    if not USER.fullmatch(user):
        raise typer.BadParameter("letters, digits and . _ @ + -, at most 80", param_hint="USER")
    return user


def _hospitals(settings: Settings, codes: list[str]) -> list[str]:
    from marshrut.catalogue.loader import load_what_holds

    known = load_what_holds(settings.catalogue).catalogue.hospitals
    for code in codes:
        if code not in known:
            raise typer.BadParameter(f"{code}: there are {', '.join(known)}", param_hint="--hospital")
    return codes


def _password(*, stdin: bool, about: str) -> str | None:
    """The password that was given; None when one is to be made up."""
    from marshrut.adapters.identity.rules import wrong_with
    from marshrut.domain.signing_in import LONGEST_PASSWORD, SHORTEST_PASSWORD

    if not stdin:
        return None
    given = sys.stdin.readline().rstrip("\r\n")
    if not SHORTEST_PASSWORD <= len(given) <= LONGEST_PASSWORD:
        raise typer.BadParameter(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", param_hint="--stdin"
        )
    if wrong_with(given, about.split()) is not None:
        raise typer.BadParameter("this is guessed first of all: take some words at random", param_hint="--stdin")
    return given
