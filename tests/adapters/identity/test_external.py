"""Tokens of a city's provider: what is believed, and every forgery that is not."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from marshrut.adapters.identity.external import ExternalTokens
from marshrut.adapters.identity.mapping import ClaimMapping, Hospitals, Roles
from marshrut.adapters.identity.provider import COOLDOWN_S, FRESH_S, STALE_S, WITHIN_S, Provider, safe
from marshrut.adapters.identity.tokens import InvalidTokenError
from marshrut.domain.words import Role
from marshrut.ports import Caller, Unavailable
from tests.fixtures.provider import AUDIENCE, CLIENT, FakeProvider, fake_provider

MAPPING = ClaimMapping(
    roles=Roles(claim="groups", values={"seniors": Role.SUPERVISOR, "coordinators": Role.COORDINATOR}),
    hospitals=Hospitals(claim="hospitals", values={"gkb29": "GKB29"}, all=("city",)),
)


class Reader:
    """What reads tokens, with clocks that are set by hand."""

    def __init__(self, issuer: FakeProvider) -> None:
        self.issuer = issuer
        self.clock = 0.0
        self.provider = Provider(issuer.issuer, now=lambda: self.clock)
        self.tokens = ExternalTokens(
            self.provider,
            MAPPING,
            audience=AUDIENCE,
            algorithms=("RS256", "ES256"),
            skew_s=30,
            now=lambda: issuer.now,
        )

    async def caller(self, token: str) -> Caller | None:
        found = await self.tokens.caller(token)
        return None if found is None else found.caller

    async def refuses(self, token: str) -> bool:
        with pytest.raises(InvalidTokenError):
            await self.tokens.caller(token)
        return True


@pytest.fixture
def issuer() -> Iterator[FakeProvider]:
    """A provider."""
    with fake_provider() as made:
        yield made


@pytest.fixture
def reader(issuer: FakeProvider) -> Reader:
    """Whoever reads its tokens."""
    return Reader(issuer)


async def test_a_good_token_is_whoever_its_claims_say(reader: Reader) -> None:
    """Role and hospitals follow from the mapping: the first role that fits, each hospital that is named, or all."""
    anna = Caller("anna", Role.COORDINATOR, frozenset({"GKB29"}))
    assert await reader.caller(reader.issuer.token()) == anna
    both = reader.issuer.token(groups=["coordinators", "seniors"], hospitals="city")
    assert await reader.caller(both) == Caller("anna", Role.SUPERVISOR, None)


@pytest.mark.parametrize(
    "claims",
    [
        {"groups": None},
        {"groups": ["cleaners"]},
        {"groups": "supervisor"},
        {"hospitals": None},
        {"hospitals": ["GKB29"]},
        {"groups": {"coordinators": True}},
        {"sub": "an na"},
    ],
    ids=str,
)
async def test_whoever_maps_to_nothing_is_nobody(reader: Reader, claims: dict[str, Any]) -> None:
    """Without a role or a hospital that the mapping names nobody is let in; no claim is a role by itself."""
    assert await reader.caller(reader.issuer.token(**claims)) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": CLIENT},
        {"aud": None},
        {"aud": [CLIENT, "other"]},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"sub": None},
        {"iat": None},
    ],
    ids=str,
)
async def test_a_token_for_others_of_others_or_of_yesterday_is_refused(reader: Reader, claims: dict[str, Any]) -> None:
    """Issuer, audience and times are checked, and none of them may be missing."""
    assert await reader.refuses(reader.issuer.token(**claims))


async def test_clocks_may_differ_by_seconds_and_no_more(reader: Reader) -> None:
    """Half a minute either way is a clock; a minute is a token of another time."""
    now = int(reader.issuer.now.timestamp())
    assert await reader.caller(reader.issuer.token(exp=now - 20)) is not None
    assert await reader.caller(reader.issuer.token(nbf=now + 20)) is not None
    assert await reader.refuses(reader.issuer.token(exp=now - 60))
    assert await reader.refuses(reader.issuer.token(nbf=now + 60))
    assert await reader.refuses(reader.issuer.token(iat=now + 60))


def unsigned(claims: dict[str, Any], **header: Any) -> str:
    """A token with a header of one's own and no signature."""

    def part(said: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(claims)}."


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "RS256"])
async def test_a_token_without_a_signature_is_refused(reader: Reader, algorithm: str) -> None:
    """`none` in any spelling is no algorithm, and an empty signature is none."""
    assert await reader.refuses(unsigned(reader.issuer.claims(), alg=algorithm, typ="at+jwt", kid="one"))


async def test_the_public_key_is_no_secret_to_sign_with(reader: Reader) -> None:
    """HS256 over the published key, as PEM or as JSON, is the classic confusion: refused by the algorithm alone."""
    assert isinstance(reader.issuer.key, RSAKey)
    public = reader.issuer.key.as_pem(private=False)
    for secret in (public, public.strip(), json.dumps(reader.issuer.published[0]).encode()):
        # Signed by hand: the library that signs refuses to do such a thing.
        told = unsigned(reader.issuer.claims(), alg="HS256", typ="at+jwt", kid="one").rstrip(".")
        mac = base64.urlsafe_b64encode(hmac.digest(secret, told.encode(), "sha256")).rstrip(b"=").decode()
        assert await reader.refuses(f"{told}.{mac}")


async def test_a_key_of_another_kind_verifies_nothing(reader: Reader) -> None:
    """A key is used by the algorithm of its kind only, and an algorithm outside the list by none."""
    assert await reader.refuses(reader.issuer.token(algorithm="RS512"))
    assert await reader.refuses(reader.issuer.token(key=ECKey.generate_key("P-256"), algorithm="ES256"))
    own = RSAKey.generate_key(2048)
    assert await reader.refuses(reader.issuer.token(key=own))


async def test_where_a_token_says_its_key_is_nobody_looks(reader: Reader) -> None:
    """Keys that a token brings along or points to count for nothing, and nothing is asked for there."""
    own = RSAKey.generate_key(2048)
    public = own.as_dict(private=False)
    with fake_provider() as elsewhere:
        elsewhere.published = [{**public, "kid": "theirs"}]
        for header in (
            {"jwk": public, "kid": None},
            {"jku": f"{elsewhere.issuer}/jwks", "kid": "theirs"},
            {"x5u": f"{elsewhere.issuer}/jwks", "kid": "theirs"},
            {"crit": ["kid"]},
        ):
            assert await reader.refuses(reader.issuer.token(key=own, header=header))
        assert not elsewhere.asked


@pytest.mark.parametrize("kid", ["../../../dev/null", "' OR 1=1 --", "one\x00", "http://127.0.0.1/", "x" * 300])
async def test_a_kid_is_a_name_and_nothing_else(reader: Reader, kid: str) -> None:
    """Whatever stands there is compared with the names of known keys; it is no path, no query and no address."""
    assert await reader.refuses(reader.issuer.token(key=RSAKey.generate_key(2048), header={"kid": kid}))


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "....", "x" * 20_000, "é.é.é", "e30.e30.e30"])
async def test_what_is_no_token_is_refused(reader: Reader, token: str) -> None:
    """Whatever comes as a bearer, it is refused and nothing breaks."""
    assert await reader.refuses(token)


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", None])
async def test_an_access_token_may_be_named_so_or_not(reader: Reader, kind: str | None) -> None:
    """RFC 9068 has a name for them that not every provider uses."""
    assert await reader.caller(reader.issuer.token(header={"typ": kind})) is not None
    assert await reader.refuses(reader.issuer.token(header={"typ": "logout+jwt"}))


async def test_an_id_token_opens_no_api_and_an_access_token_signs_nobody_in(reader: Reader) -> None:
    """Each is for its own audience; an ID token answers one question, by its nonce, and one client."""
    id_token = reader.issuer.token(header={"typ": "JWT"}, aud=CLIENT, nonce="n-1")
    assert await reader.refuses(id_token)
    assert await reader.tokens.signed_in(id_token, CLIENT, "n-1") is not None
    for wrong in (
        reader.issuer.token(header={"typ": "JWT"}, nonce="n-1"),
        reader.issuer.token(header={"typ": "at+jwt"}, aud=CLIENT, nonce="n-1"),
        reader.issuer.token(header={"typ": "JWT"}, aud=CLIENT, nonce="n-2"),
        reader.issuer.token(header={"typ": "JWT"}, aud=CLIENT),
        reader.issuer.token(header={"typ": "JWT"}, aud=[CLIENT, "other"], nonce="n-1"),
        reader.issuer.token(header={"typ": "JWT"}, aud=CLIENT, azp="other", nonce="n-1"),
    ):
        with pytest.raises(InvalidTokenError):
            await reader.tokens.signed_in(wrong, CLIENT, "n-1")


async def test_a_key_that_is_rotated_in_is_known_at_once_and_the_old_one_is_over(reader: Reader) -> None:
    """The first token of a new key has the keys asked for anew; a token of the key that is gone is refused."""
    old = reader.issuer.token()
    assert await reader.caller(old) is not None
    reader.clock += COOLDOWN_S
    reader.issuer.rotate()
    assert await reader.caller(reader.issuer.token()) is not None
    assert reader.issuer.asked["/jwks"] == 2
    reader.clock += COOLDOWN_S
    assert await reader.refuses(old)


async def test_unknown_keys_do_not_flood_the_provider(reader: Reader) -> None:
    """A thousand tokens of keys that nobody knows have it asked twice a minute at most; good ones pass meanwhile."""
    good = reader.issuer.token()
    assert await reader.caller(good) is not None
    forged = [reader.issuer.token(header={"kid": f"forged-{n}"}) for n in range(5)]
    for number in range(1000):
        reader.clock += 0.06
        await reader.refuses(forged[number % 5])
    assert reader.issuer.asked["/jwks"] <= 1 + 60 / COOLDOWN_S
    assert await reader.caller(good) is not None


async def test_keys_outlast_a_provider_that_is_away_and_not_for_ever(reader: Reader) -> None:
    """While it is away its tokens are read by the keys of before for a day; then nobody can say, and says so."""
    token = reader.issuer.token
    assert await reader.caller(token()) is not None
    reader.issuer.away = True
    reader.clock = FRESH_S + 1
    assert await reader.caller(token()) is not None
    reader.clock = STALE_S + 1
    with pytest.raises(Unavailable):
        await reader.caller(token())
    reader.issuer.away = False
    reader.clock += COOLDOWN_S
    assert await reader.caller(token()) is not None


@pytest.mark.parametrize(
    "says",
    [
        {"issuer": "https://elsewhere.example"},
        {"jwks_uri": "http://elsewhere.example/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": None},
        {"end_session_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
async def test_a_provider_that_says_what_cannot_be_is_not_believed(reader: Reader, says: dict[str, Any]) -> None:
    """Discovery names the issuer that was asked, and addresses by TLS (or on this machine)."""
    reader.issuer.says = says
    with pytest.raises(Unavailable):
        await reader.caller(reader.issuer.token())


async def test_keys_that_sign_nothing_are_passed_over(reader: Reader) -> None:
    """Keys for encryption, secrets, short ones and broken ones verify nothing, and hide no good one."""
    with warnings.catch_warnings(action="ignore"):
        short = RSAKey.generate_key(1024, {"kid": "short"}, auto_kid=False)
        forged = reader.issuer.token(key=short, header={"kid": "short"})
    encrypts = RSAKey.generate_key(2048, {"kid": "enc"}, auto_kid=False)
    secret = OctKey.generate_key(256, {"kid": "secret"}, auto_kid=False)
    more = [
        short.as_dict(private=False),
        {**encrypts.as_dict(private=False), "use": "enc"},
        secret.as_dict(private=True),
    ]
    reader.issuer.published = [*more, {"kty": "RSA", "kid": "broken", "n": "?", "e": 1}, {}, *reader.issuer.published]
    assert await reader.caller(reader.issuer.token()) is not None
    assert await reader.refuses(forged)
    assert await reader.refuses(reader.issuer.token(key=encrypts, header={"kid": "enc"}))
    assert await reader.refuses(reader.issuer.token(key=secret, algorithm="HS256", header={"kid": "secret"}))


async def test_a_token_without_a_kid_needs_a_provider_with_one_key(reader: Reader) -> None:
    """Which of several keys it is nobody guesses."""
    assert await reader.caller(reader.issuer.token(header={"kid": None})) is not None
    other = RSAKey.generate_key(2048, {"kid": "other", "use": "sig"}, auto_kid=False)
    reader.issuer.published.append(other.as_dict(private=False))
    reader.clock = FRESH_S + 1
    assert await reader.refuses(reader.issuer.token(header={"kid": None}))
    assert datetime.now(UTC) - reader.issuer.now < timedelta(minutes=5)


async def test_who_waits_for_a_provider_that_is_away_waits_once(reader: Reader) -> None:
    """Calls that come while it is asked are told what came of that, and do not each wait for another answer."""
    asked = 0

    async def slow(*_: object) -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        reader.clock += WITHIN_S
        raise TimeoutError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("marshrut.adapters.identity.provider._json", slow)
        told = await asyncio.gather(
            *(reader.tokens.caller(reader.issuer.token()) for _ in range(5)), return_exceptions=True
        )
    assert [type(each) for each in told] == [Unavailable] * 5
    assert asked == 1


@pytest.mark.parametrize(
    "key",
    [{"kty": ["RSA"]}, {"kty": "RSA", "alg": ["RS256"]}, {"kty": "RSA", "key_ops": 5}, 5, None],
    ids=str,
)
async def test_a_key_of_no_sense_hides_no_good_one(reader: Reader, key: Any) -> None:
    """Whatever its kind, algorithm or use is said to be."""
    reader.issuer.published = [key, *reader.issuer.published]
    assert await reader.caller(reader.issuer.token()) is not None


async def test_keys_that_are_none_are_no_fault_of_ours(reader: Reader) -> None:
    """A provider that publishes something else is one that does not say."""
    published: Any = 5
    reader.issuer.published = published
    with pytest.raises(Unavailable):
        await reader.caller(reader.issuer.token())


@pytest.mark.parametrize(
    "said", ["https://a.example/\r\nSet-Cookie: x=1", "https://a.example/ b", "https://é.example/"]
)
def test_an_address_is_one_that_may_stand_in_a_header(said: str) -> None:
    """No line may end in it, and nothing may be hidden."""
    assert not safe(said)
