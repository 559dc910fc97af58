"""Nothing that opens a door is in the repository."""

import base64
import math
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.tree import text, tracked

# What the usual kinds of secrets look like. Each is written so that its own line is no find.
KINDS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{64,}"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "forge token": re.compile(r"\b(?:ghp|gho|ghs|ghu|github_pat|glpat)[_-][A-Za-z0-9_]{20,}\b"),
    "chat token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}\b"),
    "signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}\b"),
    "address with a password": re.compile(r"\b[a-z][a-z0-9+]*://[^\s:/@{}$<'\"]+:(?P<secret>[^\s:/@{}$<'\"]{6,})@"),
}
# What tests and pages say in place of a secret.
MADE_UP = re.compile(r"(?i)secret|passw|parol|made.?up|example|tr0ub|hunter|letmein|hidden|p%40ss|…|\.\.\.|\*")
# Keys by which recorded histories are read in tests: made for them, and nothing else was ever sealed by them.
OF_TESTS = {Path("tests/replay/keys.json")}
KEY_FILES = re.compile(
    r"(?i)(^|/)(\.env|id_(rsa|ed25519)|[^/]*\.(pem|key|p12|pfx|jks|kdbx)|[^/]*keys\.json|password\.txt)$"
)


def found(content: str) -> list[str]:
    """What kinds of secrets stand in a text."""
    matches = ((kind, match) for kind, looks in KINDS.items() for match in looks.finditer(content))
    real = (kind for kind, match in matches if not MADE_UP.search(match.groupdict().get("secret") or match.group()))
    return list(dict.fromkeys(real))


def test_no_file_holds_a_secret() -> None:
    """No key, token or password of a real thing stands in any file under version control."""
    assert {str(path): kinds for path in tracked() if (kinds := found(text(path)))} == {}


def test_no_file_is_one_of_keys() -> None:
    """Files that hold keys by their nature are not kept here, but for those of recorded histories."""
    assert {path for path in tracked() if KEY_FILES.search(path.as_posix())} <= OF_TESTS


@pytest.mark.parametrize(
    ("kind", "planted"),
    [
        ("private key", "-----BEGIN " + "PRIVATE KEY-----\n" + "MC4CAQAwBQYDK2VwBCIEIJ" * 4),
        ("cloud key", "AKIA" + "Q3EGRIGHTSTESTS7"),
        ("forge token", "ghp_" + "a8Fk20dLs9" * 3),
        ("chat token", "xoxb-" + "120934-aslkdj3"),
        ("signed token", "eyJhbGciOiJIUzI1" + ".eyJzdWIiOiJvcmxv" + ".c2lnbmF0dXJlLXRoYXQtaXM"),
        ("address with a password", "postgresql://marshrut:" + "kT9wq27Lm@db:5432/x"),
    ],
)
def test_a_planted_secret_is_found(kind: str, planted: str) -> None:
    """The search finds each kind that it looks for, so its silence means something."""
    assert found(f"key = '{planted}'\n") == [kind]


def test_no_setting_of_the_compose_file_is_a_key() -> None:
    """What looks random enough to be a key stands in no file that people deploy from."""
    for name in ("docker-compose.yml", "Dockerfile", ".ci/run"):
        words = re.findall(r"[A-Za-z0-9+/_-]{24,}", text(Path(name)))
        assert [word for word in words if _bits(word) > 4.2] == [], name


def test_the_search_for_keys_finds_one() -> None:
    """A random key is above the bound by which names pass."""
    assert _bits(base64.b64encode(bytes(range(7, 231, 7))).decode()) > 4.2


def _bits(word: str) -> float:
    """How many bits a letter of the word carries."""
    shares = [count / len(word) for count in Counter(word).values()]
    return -sum(share * math.log2(share) for share in shares)
