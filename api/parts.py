"""What routes are given: ports, by type. The composition root fills it in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated

from fastapi import Depends, Request

from api.catalogues import Catalogues
from api.http.limits import Buckets
from api.people.search import Search
from marshrut.catalogue.model import Catalogue
from marshrut.dispatch.erasing import Erasing
from marshrut.dispatch.feed import Feed
from marshrut.dispatch.handovers import ShiftChange
from marshrut.dispatch.parcel import Parcels
from marshrut.dispatch.retention import Retention
from marshrut.dispatch.write_path import WritePath
from marshrut.ports import (
    Audit,
    AuditBook,
    Caller,
    Clients,
    Clock,
    Commands,
    Counts,
    Deliveries,
    DocumentReceiver,
    ErasureBook,
    Exports,
    FactsBook,
    Fingerprint,
    Freshness,
    GlassBook,
    Identity,
    Inbox,
    Intake,
    Journeys,
    KeptAccounts,
    Masker,
    MessageReceiver,
    Overview,
    OwnAccount,
    PartnerBook,
    PayloadOpener,
    PersonRecords,
    Queries,
    Replays,
    ResourceReceiver,
    RetentionStore,
    Severing,
    ShiftBook,
    SingleSignOn,
    Staff,
    StuckList,
    Vault,
    Views,
    WatchBook,
    Webhooks,
)


@dataclass(frozen=True, slots=True)
class MllpDoor:
    """Where hospital systems are listened to by MLLP, and whether by TLS."""

    host: str
    port: int
    tls: bool


@dataclass(frozen=True, slots=True)
class ApiParts:
    """Everything outside that a route may reach. `catalogue` is the one in force, `zones` each hospital's."""

    queries: Queries
    facts: FactsBook
    exports: Exports
    search: Search
    staff: Staff
    shifts: ShiftBook
    shift_change: ShiftChange
    stuck: StuckList
    overview: Overview
    zones: Mapping[str, tzinfo]
    commands: Commands
    journeys: Journeys
    write_path: WritePath
    intake: Intake
    receiver: MessageReceiver
    documents: DocumentReceiver
    letters: DocumentReceiver
    resources: ResourceReceiver
    inbox: Inbox
    freshness: Freshness
    counts: Counts
    watch: WatchBook
    replays: Replays
    masker: Masker
    records: PersonRecords
    vault: Vault
    catalogue: Catalogue
    catalogues: Catalogues
    now: Clock
    person_expires_s: float
    authenticate: Callable[[str], Awaitable[Caller | None]]
    identity: Identity
    own_accounts: OwnAccount
    kept_accounts: KeptAccounts
    clients: Clients
    single_sign_on: SingleSignOn | None
    by_password: bool
    views: Views
    glass: GlassBook
    fingerprint: Fingerprint
    inquiries: Buckets
    credentials: Buckets
    requests: Buckets
    partners: PartnerBook
    public_url: str | None
    mllp: MllpDoor
    feed: Feed
    stream_s: float
    webhooks: Webhooks
    deliveries: Deliveries
    parcels: Parcels
    erasures: ErasureBook
    erasing: Erasing
    theirs: Severing
    retention: Retention
    retained: RetentionStore
    opener: PayloadOpener
    audit: Audit
    audit_book: AuditBook


def _parts(request: Request) -> ApiParts:
    parts: ApiParts = request.app.state.parts
    return parts


Parts = Annotated[ApiParts, Depends(_parts)]
