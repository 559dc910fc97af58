"""What Temporal stores is sealed: payloads and failures alike, under one service key named in the payload's metadata.

Never a key per case: running and replayed cases must stay readable (design, section 7).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

from marshrut.adapters.keys import ServiceKeys

ENCODING = b"binary/marshrut-aes256gcm"
NONCE = 12
# What a journey starts with is mostly the same words again and again; what is shorter than this does not gain.
SQUEEZED_FROM = 2048
SQUEEZED = {"squeezed": b"zlib"}


class SealingCodec(PayloadCodec):
    """AES-256-GCM; the key id is in clear, so that later keys stand beside this one: one writes, all are read by."""

    def __init__(self, keys: ServiceKeys) -> None:
        self._keys = keys

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open what is sealed; the rest passes."""
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        nonce, clear = os.urandom(NONCE), payload.SerializeToString()
        key = self._keys.writer
        key_id = key.key_id.encode()
        metadata = {"encoding": ENCODING, "key-id": key_id}
        if len(clear) >= SQUEEZED_FROM:
            clear, metadata = zlib.compress(clear, 1), metadata | SQUEEZED
        return Payload(metadata=metadata, data=nonce + key.payload_cipher.encrypt(nonce, clear, key_id))

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata.get("key-id", b"")
        key = self._keys.reading(key_id.decode(errors="replace"))
        if key is None:
            raise ValueError("sealed under another key")
        try:
            clear = key.payload_cipher.decrypt(payload.data[:NONCE], payload.data[NONCE:], key_id)
        except InvalidTag:
            raise ValueError("altered payload") from None
        return Payload.FromString(zlib.decompress(clear) if "squeezed" in payload.metadata else clear)


def data_converter(keys: ServiceKeys) -> DataConverter:
    """The one converter that API, worker, replayer and tests share."""
    return DataConverter(
        payload_converter_class=PydanticPayloadConverter,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
        payload_codec=SealingCodec(keys),
    )
