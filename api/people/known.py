"""What is known of persons, for whoever may see them: the registry's records, opened and put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.parts import ApiParts
from marshrut.domain.persons import known


async def known_persons(parts: ApiParts, persons: Iterable[str | None]) -> dict[str, dict[str, Any]]:
    """By person what is known of them; of who is none or unknown, nothing."""
    records = await parts.queries.person_records([person for person in persons if person is not None])
    words = await parts.vault.opened({name: sealed for told in records.values() for name, sealed in told})
    return {person: known([words[name] for name, _ in told]) for person, told in records.items()}
