"""Signatures by the Standard Webhooks specification: HMAC-SHA256 over id, time and body, `v1`, one for each secret."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime

from marshrut.ports import SECRET_PREFIX


def signed(keys: Sequence[str], message_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers that say who the message is from; while several secrets hold, a signature by each."""
    moment = str(int(at.timestamp()))
    covered = f"{message_id}.{moment}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{_signature(key, covered)}" for key in keys),
    }


def _signature(key: str, covered: bytes) -> str:
    secret = b64decode(key.removeprefix(SECRET_PREFIX))
    return b64encode(hmac.new(secret, covered, hashlib.sha256).digest()).decode()
