"""Passwords: hashed by argon2id, checked off the event loop, made up where nobody chose one."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# What OWASP's cheat sheet asks at least: 19 MiB, two passes [S]. A sign-in takes some 50 ms on one core.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A burst of sign-ins must not take the memory of everything else.
AT_ONCE = 4
# No letters or digits that are taken for one another when they are read off a screen.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, LETTERS = 4, 4


class Passwords:
    """Makes hashes and checks them, a few at once."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        # Whoever is not there has a password too, so that their sign-in takes as long.
        self._nobodys = hashed(secrets.token_hex())

    async def fits(self, password: str, known: str | None) -> bool:
        """Whether it is the password of this hash; with None as slowly, and never."""
        async with self._turns:
            right = await asyncio.to_thread(_fits, password, known or self._nobodys)
        return right and known is not None


def hashed(password: str) -> str:
    """What may be kept of a password."""
    return HASHER.hash(password)


def made_up() -> str:
    """A password of 78 bits that can be read out: four groups of four."""
    groups = ("".join(secrets.choice(READABLE) for _ in range(LETTERS)) for _ in range(GROUPS))
    return "-".join(groups)


def _fits(password: str, known: str) -> bool:
    try:
        return HASHER.verify(known, password)
    except (VerificationError, InvalidHashError):
        return False
