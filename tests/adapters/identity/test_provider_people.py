"""People and machines of a city's provider, beside accounts of this installation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from marshrut.adapters.identity.mapping import ClaimMapping, Mapped, MappingError
from marshrut.adapters.keys import Keys
from marshrut.domain.words import Role
from marshrut.identifying import Identified, identify
from marshrut.ports import Account, Browser, Caller, Language, NotSignedIn, NotVouched, SealedAccount, SignedIn
from marshrut.settings import Settings
from marshrut.store.accounts import SqlAccounts
from marshrut.store.database import Database
from marshrut.store.staff import SqlStaff
from tests.adapters.identity.front import ORLOVA, PASSWORD, WARD
from tests.adapters.identity.test_external import MAPPING
from tests.fixtures.provider import AUDIENCE, CLIENT, FakeProvider, fake_provider

ANNA = Mapped(Caller("anna", Role.COORDINATOR, frozenset({"GKB29"})), "Анна А.", Language.RU)


@pytest.fixture
def issuer() -> Iterator[FakeProvider]:
    """A provider."""
    with fake_provider() as made:
        yield made


@pytest.fixture
def city(db: Database, issuer: FakeProvider, tmp_path: Path) -> Identified:
    """An installation that believes it."""
    settings = Settings(
        oidc_issuer=issuer.issuer,
        oidc_client_id=CLIENT,
        oidc_audience=AUDIENCE,
        oidc_mapping=tmp_path / "who.yaml",
        public_url="http://127.0.0.1:1",
    )
    return identify(settings, Keys.fresh(), db, MAPPING, now=lambda: issuer.now)


async def came(city: Identified, issuer: FakeProvider, mapped: Mapped = ANNA) -> SignedIn | None:
    return await city.identity.sign_in_as(mapped, issuer.issuer, Browser(WARD), "an ID token of theirs")


async def test_whoever_the_provider_vouches_for_has_an_account_without_a_password(
    city: Identified, issuer: FakeProvider, db: Database
) -> None:
    """Called by name, put on the roster, and no password signs in as them."""
    entered = await came(city, issuer)
    assert entered is not None
    assert (entered.session.caller, entered.session.name) == (ANNA.caller, "Анна А.")
    assert set(await SqlStaff(db).people(issuer.now)) == {"anna"}
    for password in ("", "None", PASSWORD):
        assert isinstance(await city.identity.sign_in("anna", password, WARD), NotSignedIn)
    assert await city.identity.sign_out(entered.secret) == "an ID token of theirs"


async def test_another_role_at_the_provider_is_another_role_here_and_ends_the_sessions(
    city: Identified, issuer: FakeProvider
) -> None:
    """What the last sign-in says holds; who signs in as before keeps their sessions elsewhere."""
    first = await came(city, issuer)
    again = await came(city, issuer)
    assert first is not None
    assert again is not None
    assert await city.identity.session(first.secret) is not None
    senior = replace(ANNA, caller=Caller("anna", Role.SUPERVISOR, None))
    entered = await came(city, issuer, senior)
    assert entered is not None
    assert entered.session.caller.role is Role.SUPERVISOR
    assert await city.identity.session(first.secret) is None


async def test_nobody_becomes_somebody_who_has_an_account_here(city: Identified, issuer: FakeProvider) -> None:
    """Neither by signing in through the provider nor by its token; and who is shut out here stays out."""
    await city.identity.put(ORLOVA, PASSWORD)
    orlova = replace(ANNA, caller=Caller("orlova", Role.SUPERVISOR, None))
    assert await came(city, issuer, orlova) is None
    assert await city.bearers.caller(issuer.token(sub="orlova")) is None
    assert await city.bearers.caller(issuer.token()) == ANNA.caller
    assert await came(city, issuer) is not None
    account = await city.identity.account("anna")
    assert account is not None
    await city.identity.put(replace(account, active=False), None)
    assert await came(city, issuer) is None
    assert await city.bearers.caller(issuer.token()) is None
    await city.identity.put(Account("anna", "А.", Role.DOCTOR, None, origin="https://another.example"), None)
    assert await city.bearers.caller(issuer.token()) is None


async def test_tokens_of_ours_and_of_the_provider_are_told_apart(city: Identified, issuer: FakeProvider) -> None:
    """Each is read by its own key; one that claims to be the other's is neither."""
    own = city.tokens.issue("boris", Role.DOCTOR, ("GKB29",), valid=timedelta(hours=1))
    assert await city.bearers.caller(own) == Caller("boris", Role.DOCTOR, frozenset({"GKB29"}))
    assert await city.bearers.caller(issuer.token(iss="marshrut", aud="marshrut", role="admin", hospitals=[])) is None
    assert await city.bearers.caller("mrk_x") is None


@pytest.mark.parametrize("answer", [{}, {"code": "x"}, {"code": "x", "state": "y"}, {"state": ""}], ids=str)
async def test_an_answer_that_nobody_asked_for_is_not_taken(city: Identified, answer: dict[str, str]) -> None:
    """Without the browser that was sent, or with another state, the provider is not even asked."""
    assert city.flow is not None
    sent = await city.flow.begin("/desk/")
    for kept in (None, "", "x", sent.kept[:-4], sent.kept):
        assert await city.flow.back(answer, kept, Browser(WARD)) == NotVouched("again")


async def test_an_answer_of_another_provider_is_not_taken(city: Identified, issuer: FakeProvider) -> None:
    """Who answers says so (RFC 9207), and a mix-up ends there; who has been refused there is told so."""
    assert city.flow is not None
    issuer.says = {"authorization_response_iss_parameter_supported": True}
    sent = await city.flow.begin("/desk/")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.address).query).items()}
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    state = {"state": asked["state"]}
    for said in ({"code": "x"}, {"code": "x", "iss": "https://elsewhere.example"}):
        assert await city.flow.back({**state, **said}, sent.kept, Browser(WARD)) == NotVouched("again")
    refused = {**state, "error": "access_denied", "iss": issuer.issuer}
    assert await city.flow.back(refused, sent.kept, Browser(WARD)) == NotVouched("refused")


GOOD = "roles: { claim: groups, values: { a: coordinator } }\nhospitals: { claim: h, values: { x: GKB29 } }\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("- x", "is no mapping"),
        ("roles: { claim: groups, values: { a: coordinator } }\n", "hospitals"),
        (GOOD.replace("coordinator", "king"), ":1: roles.values.a"),
        (GOOD.replace("coordinator", "system"), ":1: roles.values.a"),
        (GOOD.replace("coordinator", "partner"), ":1: roles.values.a"),
        (GOOD.replace("GKB29", "NOWHERE"), ":2: hospitals.values: NOWHERE"),
        (GOOD.replace("{ a: coordinator }", "{}"), ":1: roles.values"),
        (f"{GOOD}everybody: admin\n", ":3: everybody"),
    ],
)
def test_a_mapping_at_fault_is_told_by_its_line(tmp_path: Path, text: str, said: str) -> None:
    """What is missing, unknown or would let people be what nobody is starts nothing."""
    file = tmp_path / "who.yaml"
    file.write_text(text)
    with pytest.raises(MappingError, match=r"who\.yaml:\d") as fault:
        ClaimMapping.read(file, {"GKB29"})
    assert said in str(fault.value)


def test_a_mapping_reads_claims_within_claims(tmp_path: Path) -> None:
    """A claim by its name, also one with dots in it, or one within others by the way to it."""
    file = tmp_path / "who.yaml"
    file.write_text(GOOD.replace("claim: groups", "claim: realm_access.roles"))
    made = ClaimMapping.read(file, {"GKB29"})
    claims: dict[str, Any] = {"sub": "anna", "h": ["x"], "realm_access": {"roles": ["a"]}}
    assert made.mapped(claims) is not None
    assert made.mapped({"sub": "anna", "h": "x", "realm_access.roles": "a"}) is not None
    assert made.mapped({**claims, "realm_access": "roles"}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "http://sso.example.org"},
        {"oidc_issuer": "https://sso.example.org"},
        {"oidc_client_id": "x"},
        {"oidc_mapping": "who.yaml"},
        {"local_accounts": False},
        {"oidc_algorithms": "HS256"},
        {"oidc_algorithms": "none"},
        {"oidc_algorithms": ""},
        {"second_factor_roles": "king"},
        {"oidc_issuer": "https://x.example", "oidc_mapping": "who.yaml", "oidc_client_id": "x"},
        {
            "oidc_issuer": "https://x.example",
            "oidc_mapping": "who.yaml",
            "oidc_client_id": "x",
            "oidc_audience": "x",
            "public_url": "https://y.example",
        },
    ],
    ids=str,
)
def test_settings_that_would_be_half_a_provider_or_an_unsafe_one_are_refused(wrong: dict[str, Any]) -> None:
    """Nothing starts with an issuer in clear, a shared secret as signature, or an ID token that opens the API."""
    with pytest.raises(ValueError, match="Settings"):
        Settings(**wrong)


async def test_whoever_is_shut_out_while_they_come_back_stays_out(
    city: Identified, issuer: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the provider says of them changes their role here, and not whether they may sign in."""
    assert await came(city, issuer) is not None
    account = await city.identity.account("anna")
    assert account is not None
    read = SqlAccounts.account

    async def meanwhile(self: SqlAccounts, user: str) -> SealedAccount | None:
        known = await read(self, user)
        monkeypatch.undo()
        await city.kept.let_in(account, active=False)
        return known

    monkeypatch.setattr(SqlAccounts, "account", meanwhile)
    assert await came(city, issuer, replace(ANNA, caller=Caller("anna", Role.SUPERVISOR, None))) is None
    after = await city.identity.account("anna")
    assert after is not None
    assert (after.active, after.role) == (False, account.role)


@pytest.mark.parametrize(
    ("said", "known"), [({}, False), ({"email_verified": False}, False), ({"email_verified": True}, True)]
)
def test_an_address_that_the_provider_has_not_verified_is_nobodys(said: dict[str, Any], known: bool) -> None:
    """Where people are known by their mail, who only says that an address is theirs is not them."""
    by_mail = MAPPING.model_copy(update={"user": "email"})
    claims = {"email": "anna@example.org", "groups": ["seniors"], "hospitals": ["city"], **said}
    assert (by_mail.mapped(claims) is not None) is known
