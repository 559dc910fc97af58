"""Sealed records: under the installation's key, under a person's, and under none any more."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from marshrut.adapters.keys import Keys, ServiceKey
from marshrut.adapters.person_keys import PersonKeys
from marshrut.adapters.vault import EnvelopeVault
from marshrut.dispatch.rewrapping import Rewrapping
from marshrut.ports import Kept
from marshrut.store.database import Database
from marshrut.store.person_keys import SqlPersonKeys

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
WORDS = {"note": "Антонина Соколова, 79990001122"}


@dataclass
class Safe:
    """A vault, its keys, and the book of the persons'."""

    keys: Keys
    book: SqlPersonKeys
    file: Path

    @property
    def persons(self) -> PersonKeys:
        return PersonKeys(self.book, self.keys)

    @property
    def vault(self) -> EnvelopeVault:
        """One of a process that has just started: it remembers nothing."""
        return EnvelopeVault(self.keys, self.persons)

    async def bound(self, person: str, name: str = "c1") -> bytes:
        """A record of that person's."""
        sealed = self.vault.seal(WORDS, about=f"command/{name}")
        place = ("command", name)
        return (await self.vault.bound({place: (sealed, person)}))[place]


@pytest_asyncio.fixture
async def safe(tmp_path: Path) -> AsyncIterator[Safe]:
    """A vault with a book in a file of its own."""
    db = Database(f"sqlite:///{tmp_path / 'person-keys.sqlite'}")
    yield Safe(Keys.fresh(NOW), SqlPersonKeys(db), tmp_path / "person-keys.sqlite")
    await db.close()


async def test_a_bound_record_needs_the_persons_key(safe: Safe) -> None:
    """What is bound to somebody is opened with the book, and by no key of the installation alone."""
    bound = await safe.bound("anna")
    assert await safe.vault.opened({"c1": bound}) == {"c1": WORDS}
    with pytest.raises(ValueError, match="person's key"):
        await EnvelopeVault(safe.keys).opened({"c1": bound})
    with pytest.raises(ValueError, match="another key"):
        safe.vault.open(bound, about="command/c1")


async def test_a_persons_records_have_one_key_and_others_have_others(safe: Safe) -> None:
    """Two processes that bind at once use the same key of a person; another person's is another one."""
    first, again, other = [await safe.bound(person) for person in ("anna", "anna", "boris")]
    assert first[2:22] == again[2:22] != other[2:22]


async def test_destroying_a_key_destroys_every_copy(safe: Safe) -> None:
    """Once the key is gone the record is empty, a copy of it as well; the others' are as they were."""
    anna, boris = await safe.bound("anna"), await safe.bound("boris", "c2")
    copy = bytes(anna)
    assert await safe.persons.destroy(["anna"], NOW) == 1
    assert await safe.vault.opened({"c1": copy, "c2": boris}) == {"c1": {}, "c2": WORDS}
    assert await safe.persons.destroy(["anna"], NOW) == 0


async def test_a_destroyed_key_is_in_no_byte_of_the_book(safe: Safe) -> None:
    """What wrapped the key is overwritten in the book's file and in its log, and nobody's name stays with it."""
    await safe.bound("anna")
    wrapped = (await safe.book.standing(["anna"]))["anna"].wrapped or b""

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in safe.file.parent.glob("person-keys.sqlite*"))

    assert wrapped in on_disk()
    await safe.persons.destroy(["anna"], NOW)
    assert wrapped not in on_disk()
    assert b"anna" not in on_disk()


async def test_somebody_who_comes_back_has_another_key(safe: Safe) -> None:
    """After an erasure the same person's new records are readable, and the old ones stay empty."""
    old = await safe.bound("anna")
    await safe.persons.destroy(["anna"], NOW)
    new = await safe.bound("anna", "c2")
    assert await safe.vault.opened({"c1": old, "c2": new}) == {"c1": {}, "c2": WORDS}


async def test_a_record_is_bound_to_another_person(safe: Safe) -> None:
    """A case turns out to be another person's: its records go under that one's key, and need the old one no more."""
    bound = await safe.bound("anna")
    again = (await safe.vault.bound({("command", "c1"): (bound, "boris")}))["command", "c1"]
    await safe.persons.destroy(["anna"], NOW)
    assert await safe.vault.opened({"c1": again}) == {"c1": WORDS}


async def test_what_was_moved_or_altered_is_not_opened(safe: Safe) -> None:
    """A record in another's place, and one with a bit changed, are refused, whoever's key it is under."""
    loose, bound = safe.vault.seal(WORDS, about="command/c1"), await safe.bound("anna")
    for sealed in (loose, bound):
        for spoilt, name in ((sealed, "c2"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), "c1"), (b"", "c1")):
            with pytest.raises(ValueError, match=r"altered|not a sealed"):
                await safe.vault.opened({name: spoilt})


class Values:
    """Sealed values that are nobody's."""

    def __init__(self, kept: dict[str, bytes]) -> None:
        self.kept = kept

    async def under_others(self, head: bytes, limit: int) -> list[Kept]:
        found = [(name, sealed) for name, sealed in self.kept.items() if not sealed.startswith(head)]
        return [Kept("accounts.name", (name,), f"account/{name}", sealed) for name, sealed in found[:limit]]

    async def put(self, renewed: Collection[tuple[Kept, bytes]]) -> None:
        self.kept |= {kept.key[0]: sealed for kept, sealed in renewed}

    async def count(self, head: bytes) -> int:
        return len(await self.under_others(head, 10_000))


async def test_after_a_rotation_everything_is_wrapped_anew(safe: Safe) -> None:
    """Broken off and started again, rewrapping ends with the old key needed for nothing; it says how far it is."""
    bound = {person: await safe.bound(person) for person in (f"person-{number}" for number in range(150))}
    values = Values({name: safe.vault.seal(WORDS, about=f"account/{name}") for name in map(str, range(150))})
    old, made = safe.keys, ServiceKey.fresh(NOW)
    safe.keys = old.knowing(made).written_by(made.key_id, NOW)

    def work() -> Rewrapping:
        return Rewrapping(values, safe.vault, safe.book, safe.persons)

    assert await work().left() == 300
    async for done in work().run():
        assert done == 100
        break
    assert await work().left() == 200
    assert [done async for done in work().run()] == [50, 150, 200]
    assert await work().left() == 0
    safe.keys = safe.keys.without(old.key_id)
    opened = await safe.vault.opened({"c1": bound["person-7"]})
    assert opened == {"c1": WORDS}
    assert safe.vault.open(values.kept["7"], about="account/7") == WORDS
