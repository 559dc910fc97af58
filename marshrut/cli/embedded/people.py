"""Who signs in to a new installation: sample people, or one who leads; one password, made up for this folder."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from marshrut.adapters.identity.passwords import made_up
from marshrut.cli.people import Office
from marshrut.ports import Account
from marshrut.samples.people import FIRST, SAMPLE_PEOPLE
from marshrut.settings import Settings
from marshrut.store.database import Database

FILE = "password.txt"


async def settled(settings: Settings, db: Database, *, samples: bool) -> int:
    """See that somebody can sign in; how many accounts had to be made. Where there is one, nothing changes."""
    office = Office.of(settings, db)
    if await office.identity.all():
        return 0
    # Sample people share a password that is printed; where real ones work, the first takes a password of their own.
    people: tuple[Account, ...] = SAMPLE_PEOPLE if samples else tuple(replace(each, must_change=True) for each in FIRST)
    password = made_up()
    _keep(settings.data / FILE, people, password)
    for account in people:
        await office.welcome(account, password)
    return len(people)


def how_to_sign_in(data: Path) -> tuple[list[str], str | None]:
    """Users who were made here and their password, as long as its file is kept."""
    try:
        lines = (data / FILE).read_text().splitlines()
    except OSError:
        return [], None
    users = [line.split("\t")[0] for line in lines if "\t" in line]
    password = next((line.removeprefix("password: ") for line in lines if line.startswith("password: ")), None)
    return users, password


def _keep(file: Path, people: tuple[Account, ...], password: str) -> None:
    """Write it for the folder's owner only, before anybody can have it."""
    told = [f"password: {password}", *(f"{each.user}\t{each.role}" for each in people)]
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write("\n".join(told) + "\n")
