"""The identity's part of the composition: who vouches for whom, as the settings say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from marshrut.adapters.identity.bearers import Bearers
from marshrut.adapters.identity.clients import LocalClients
from marshrut.adapters.identity.doorkeeper import Doorkeeper
from marshrut.adapters.identity.external import ExternalTokens
from marshrut.adapters.identity.factors import SecondFactors
from marshrut.adapters.identity.flow import ProviderFlow
from marshrut.adapters.identity.kept import LocalAccounts
from marshrut.adapters.identity.lasting import Lasting
from marshrut.adapters.identity.local import LocalIdentity
from marshrut.adapters.identity.mapping import ClaimMapping
from marshrut.adapters.identity.own import OwnAccounts
from marshrut.adapters.identity.people import People
from marshrut.adapters.identity.provider import Provider
from marshrut.adapters.identity.tokens import Tokens
from marshrut.adapters.keys import ServiceKeys
from marshrut.adapters.vault import EnvelopeVault
from marshrut.domain.staffing import STAFF, Colleague
from marshrut.ports import Account, Clock
from marshrut.settings import Settings
from marshrut.store.accounts import SqlAccounts
from marshrut.store.clients import SqlClients
from marshrut.store.database import Database
from marshrut.store.factors import SqlFactors
from marshrut.store.sessions import SqlSessions
from marshrut.store.staff import SqlStaff


@dataclass(frozen=True, slots=True)
class Identified:
    """Whoever vouches for people and machines. `flow`: through a provider, where people sign in there."""

    tokens: Tokens
    identity: LocalIdentity
    own: OwnAccounts
    kept: LocalAccounts
    clients: LocalClients
    bearers: Bearers
    flow: ProviderFlow | None


def mapping(settings: Settings, hospitals: Collection[str]) -> ClaimMapping | None:
    """What claims mean here; None where there is no provider.

    Raises:
        MappingError: the file is at fault.
    """
    return None if settings.oidc_mapping is None else ClaimMapping.read(settings.oidc_mapping, hospitals)


def identify(
    settings: Settings, keys: ServiceKeys, db: Database, claims: ClaimMapping | None, *, now: Clock
) -> Identified:
    """Build it."""
    vault, tokens, sessions = EnvelopeVault(keys), Tokens(keys, now), SqlSessions(db)
    people = People(SqlAccounts(db), sessions, vault, now)
    staff = SqlStaff(db)

    async def welcome(account: Account) -> None:
        if account.role in STAFF:
            await staff.put(Colleague(account.user, account.role, account.hospitals), now())

    factors = SqlFactors(db)
    identity = LocalIdentity(
        people,
        Lasting(sessions, people, vault, now),
        Doorkeeper(sessions, keys, now),
        SecondFactors(factors, vault, keys, now),
        tokens,
        required=settings.second_factors,
        by_password=settings.local_accounts,
        welcome=welcome,
    )
    own, kept = OwnAccounts(identity), LocalAccounts(identity, factors)
    clients = LocalClients(SqlClients(db), tokens, vault, now)
    if settings.oidc_issuer is None or claims is None:
        return Identified(tokens, identity, own, kept, clients, Bearers(tokens, clients, people), None)
    provider = Provider(settings.oidc_issuer)
    external = ExternalTokens(
        provider,
        claims,
        audience=settings.oidc_audience,
        algorithms=settings.oidc_algorithms.split(),
        skew_s=settings.oidc_skew_s,
        now=now,
    )
    flow = None
    if settings.oidc_client_id is not None and settings.public_url is not None:
        secret = settings.oidc_client_secret
        flow = ProviderFlow(
            provider,
            external,
            identity,
            vault,
            client_id=settings.oidc_client_id,
            client_secret=None if secret is None else secret.get_secret_value(),
            scopes=settings.oidc_scopes,
            here=settings.public_url.rstrip("/"),
            now=now,
        )
    bearers = Bearers(tokens, clients, people, settings.oidc_issuer, external)
    return Identified(tokens, identity, own, kept, clients, bearers, flow)
