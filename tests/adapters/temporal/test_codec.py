import pytest
from temporalio.api.common.v1 import Payload

from marshrut.adapters.keys import Keys
from marshrut.adapters.temporal.codec import SQUEEZED_FROM, SealingCodec

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
