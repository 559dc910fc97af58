from datetime import UTC, datetime

import pytest
from temporalio.api.common.v1 import Payload

from marshrut.adapters.keys import Keys, ServiceKey
from marshrut.adapters.temporal.codec import SQUEEZED_FROM, SealingCodec, data_converter

SHORT, LONG = b'{"result": "contacted"}', b'{"step": "contact.first_contact"}' * 1000


def payload(data: bytes) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=data)


@pytest.mark.parametrize("data", [b"", SHORT, LONG, bytes(range(256)) * 100])
async def test_what_is_sealed_is_opened_again(data: bytes) -> None:
    """Whatever is sealed comes back as it was, and nothing of it can be read in between."""
    codec = SealingCodec(Keys.fresh())
    (sealed,) = await codec.encode([payload(data)])
    assert (await codec.decode([sealed]))[0] == payload(data)
    assert not data or data[:20] not in sealed.data


async def test_what_is_long_is_squeezed() -> None:
    """A long payload takes a fraction of its length; a short one is not touched."""
    codec = SealingCodec(Keys.fresh())
    short, long = await codec.encode([payload(SHORT), payload(LONG)])
    assert len(LONG) > SQUEEZED_FROM
    assert len(long.data) < len(LONG) / 10
    assert "squeezed" not in short.metadata


async def test_what_was_altered_is_refused() -> None:
    """A payload that was changed, or was sealed under another key, is not opened."""
    codec = SealingCodec(Keys.fresh())
    (sealed,) = await codec.encode([payload(LONG)])
    altered = Payload(metadata=dict(sealed.metadata), data=sealed.data[:-1] + bytes([sealed.data[-1] ^ 1]))
    with pytest.raises(ValueError, match="altered"):
        await codec.decode([altered])
    with pytest.raises(ValueError, match="another key"):
        await SealingCodec(Keys.fresh()).decode([sealed])


async def test_after_a_rotation_both_keys_are_read_by_and_one_writes() -> None:
    """Histories of before stay readable beside those of after, by a process that knows both keys."""
    old, made = Keys.fresh(), ServiceKey.fresh(now := datetime(2026, 3, 1, tzinfo=UTC))
    new = old.knowing(made).written_by(made.key_id, now)
    (before,) = await SealingCodec(old).encode([payload(LONG)])
    (after,) = await SealingCodec(new).encode([payload(LONG)])
    assert (before.metadata["key-id"].decode(), after.metadata["key-id"].decode()) == (old.key_id, made.key_id)
    assert await SealingCodec(new).decode([before, after]) == [payload(LONG)] * 2
    # A process that has not heard of the new key yet: announced first, it is readable before anything is written by it.
    assert await SealingCodec(old.knowing(made)).decode([after]) == [payload(LONG)]


def test_failures_are_sealed_unless_somebody_says_otherwise() -> None:
    """The converter that everybody shares seals what failures say and where they come from."""
    assert data_converter(Keys.fresh()).failure_converter._encode_common_attributes  # type: ignore[attr-defined]  # no public way to ask
