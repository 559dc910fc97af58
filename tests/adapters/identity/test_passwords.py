from __future__ import annotations

import re

from argon2 import Type

from tests.fixtures.once import AS_SHIPPED


def test_a_hash_is_as_dear_as_the_field_asks() -> None:
    """An installation hashes passwords by argon2id with at least what OWASP asks: 19 MiB and two passes."""
    assert AS_SHIPPED.type is Type.ID
    assert re.search(r"^\$argon2id\$v=19\$m=19456,t=2,p=1\$", AS_SHIPPED.hash("синий-чайник-17"))
