"""`marshrut token`, and the tokens that other commands need for themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from marshrut.cli.exits import Exit
from marshrut.cli.options import Catalogue, Data, DatabaseUrl, KeyFile, settings_with
from marshrut.cli.running import run
from marshrut.domain.base import Code
from marshrut.domain.words import Role

if TYPE_CHECKING:
    from marshrut.adapters.keys import Keys
    from marshrut.settings import Settings

ROLES = tuple(role.value for role in Role if role is not Role.SYSTEM)
A_YEAR = 24 * 366.0


def token(  # noqa: PLR0913, PLR0917 - its options
    user: Annotated[str, typer.Option(help="Whom the token stands for; a partner's is its code in the catalogue.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    hospital: Annotated[
        list[str] | None,
        typer.Option(
            metavar="H", help="A hospital of the catalogue; repeat it for several.", show_default="those of the role"
        ),
    ] = None,
    data: Data = None,
    hours: Annotated[float, typer.Option(help="How long it is valid.", min=0.01, max=A_YEAR)] = 12,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    catalogue: Catalogue = None,
) -> Exit:
    """Print a bearer token for the embedded identity provider, and nothing else."""
    from marshrut.adapters.identity.tokens import CITY_WIDE
    from marshrut.catalogue.loader import load_what_holds

    settings = settings_with(data=data, key_file=key_file, database_url=database_url, catalogue=catalogue)
    held = load_what_holds(settings.catalogue).catalogue
    hospitals, known = hospital or [], held.hospitals
    try:
        TypeAdapter(Code).validate_python(user)
    except ValidationError:
        raise typer.BadParameter("a user is letters, digits and . : / @ + - _", param_hint="--user") from None
    if role not in ROLES:
        raise typer.BadParameter(f"{role}: there are {', '.join(ROLES)}", param_hint="--role")
    if role == Role.PARTNER and user not in held.all_partners():
        raise typer.BadParameter("a partner's user is its code in the catalogue", param_hint="--user")
    for code in hospitals:
        if code not in known:
            raise typer.BadParameter(f"{code}: there are {', '.join(known)}", param_hint="--hospital")
    if not hospitals and role not in CITY_WIDE | {Role.PARTNER}:
        typer.echo(f"marshrut: a {role} sees no hospital unless --hospital names it", err=True)
    return run(_printed(settings, user, Role(role), hospitals, timedelta(hours=hours)))


async def _printed(settings: Settings, user: str, role: Role, hospitals: list[str], valid: timedelta) -> Exit:
    from marshrut.adapters.key_sources import keys_now
    from marshrut.cli.audited import acting

    async with acting(settings, f"token {role}", user):
        made = issue(keys_now(settings), user, role, hospitals, valid)
    typer.echo(made)
    return Exit.OK


def everywhere(
    settings: Settings, user: str, role: Role, valid: timedelta, known: Collection[str] | None = None
) -> str:
    """A token for every hospital of the installation's catalogue, which is read if they are not `known`."""
    from marshrut.adapters.key_sources import keys_now
    from marshrut.catalogue.loader import load_what_holds

    if known is None:
        known = load_what_holds(settings.catalogue).catalogue.hospitals
    return issue(keys_now(settings), user, role, list(known), valid)


def issue(keys: Keys, user: str, role: Role, hospitals: list[str], valid: timedelta) -> str:
    """A token, valid from now on."""
    from marshrut.adapters.identity.tokens import Tokens

    return Tokens(keys, lambda: datetime.now(UTC)).issue(user, role, tuple(hospitals), valid=valid)
