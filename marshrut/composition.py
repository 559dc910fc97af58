"""Composition root: settings become adapters, and adapters become what API, worker and commands work with."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from temporalio.client import Client

from api.catalogues import Catalogues, last_sound
from api.http.limits import Buckets
from api.parts import ApiParts, MllpDoor
from api.people.opened import People
from api.people.search import Search
from marshrut.adapters.directory import YamlDirectory
from marshrut.adapters.documents import Documents
from marshrut.adapters.fhir.known import KnownPatients
from marshrut.adapters.fhir.messages import FhirMessages
from marshrut.adapters.hl7v2 import DeathRule, EmergencyRule, Site
from marshrut.adapters.hl7v2.receiver import Hl7Receiver
from marshrut.adapters.identity.local import LocalIdentity
from marshrut.adapters.identity.mapping import ClaimMapping
from marshrut.adapters.identity.tokens import Tokens
from marshrut.adapters.key_sources import keys_now, live_keys
from marshrut.adapters.keys import ServiceKeys
from marshrut.adapters.mail.enquiries import MailEnquiries
from marshrut.adapters.masking import Masks
from marshrut.adapters.mining import MiningExports
from marshrut.adapters.person_keys import PersonKeys
from marshrut.adapters.person_records import PfifRecords
from marshrut.adapters.temporal.care import TemporalCare
from marshrut.adapters.temporal.connect import connect
from marshrut.adapters.temporal.journeys import TemporalJourneys
from marshrut.adapters.temporal.remote_codec import RemoteCodec
from marshrut.adapters.temporal.runs import TemporalRuns
from marshrut.adapters.temporal.schedule import SEEN_TO_EVERY_S, WatchdogSchedule
from marshrut.adapters.vault import EnvelopeVault
from marshrut.adapters.webhooks.sender import HttpSender
from marshrut.adapters.webhooks.targets import Targets
from marshrut.catalogue.loader import Loaded, load_what_holds, place
from marshrut.catalogue.model import Catalogue
from marshrut.dispatch.auditing import NOTED_EVERY_S, HeadNoted, QueuedAudit
from marshrut.dispatch.background import Background, Beside
from marshrut.dispatch.binding import Binding, BindingVault
from marshrut.dispatch.courier import Courier
from marshrut.dispatch.digests import LOOKS_EVERY_S, Digests
from marshrut.dispatch.erasing import Erasing
from marshrut.dispatch.feed import Feed
from marshrut.dispatch.handovers import ShiftChange
from marshrut.dispatch.intake import Intake
from marshrut.dispatch.owners import Owners
from marshrut.dispatch.parcel import Parcels
from marshrut.dispatch.postman import Postman
from marshrut.dispatch.relay import Relay
from marshrut.dispatch.replays import Replays
from marshrut.dispatch.retention import FORGETS_EVERY_S, Retention
from marshrut.dispatch.standby import Standby
from marshrut.dispatch.watchdog import Watchdog
from marshrut.dispatch.write_path import WritePath
from marshrut.domain.auditing import chain_key
from marshrut.domain.commands import Limits
from marshrut.domain.marks import Mark
from marshrut.identifying import identify, mapping
from marshrut.key_fit import fit
from marshrut.mailing import delivery, hours_of, people
from marshrut.ports import Clock, Format, Reader, Unavailable, Vault
from marshrut.settings import Settings
from marshrut.store.audit import SqlAudit
from marshrut.store.breaking_glass import SqlGlassBook
from marshrut.store.changes import SqlChanges
from marshrut.store.commands import SqlCommands
from marshrut.store.counts import SqlCounts
from marshrut.store.database import Database
from marshrut.store.deliveries import SqlDeliveries
from marshrut.store.erasures import SqlErasures
from marshrut.store.figures import SqlFigures
from marshrut.store.finding import SqlCaseFinder
from marshrut.store.freshness import SqlFreshness
from marshrut.store.handovers import SqlShiftBook
from marshrut.store.inbox import SqlInbox
from marshrut.store.journal import SqlJournal
from marshrut.store.outbox import SqlOutbox
from marshrut.store.overview import SqlOverview
from marshrut.store.partners import SqlPartnerBook
from marshrut.store.person_keys import SqlPersonKeys
from marshrut.store.queries import SqlQueries
from marshrut.store.retention import SqlRetention
from marshrut.store.sealed import SqlLooseRecords
from marshrut.store.severing import SqlSevering
from marshrut.store.staff import SqlStaff
from marshrut.store.stuck import SqlStuck
from marshrut.store.types import utc_now
from marshrut.store.versions import SqlVersions
from marshrut.store.views import SqlViews
from marshrut.store.watch import SqlWatch
from marshrut.store.watch_book import SqlWatchBook
from marshrut.store.webhooks import SqlWebhooks

log = structlog.get_logger()


class WholeVault(Vault, BindingVault, Protocol):
    """What seals, opens and binds."""


@dataclass(frozen=True, slots=True)
class Composition:
    """Everything that a process of the service is made of."""

    settings: Settings
    keys: ServiceKeys
    db: Database
    client: Client
    catalogue: Catalogue
    tokens: Tokens
    identity: LocalIdentity
    write_path: WritePath
    relay: Relay
    postman: Postman
    courier: Courier
    background: Background
    watchdog: Watchdog
    audit: QueuedAudit
    api: ApiParts


def check(settings: Settings) -> Loaded:
    """Read the files that an installation is made of, so that a fault in one is told before anything starts.

    Its catalogue is returned, for whoever goes on to compose. A fault in one region's overlay keeps nobody from
    starting.

    Raises:
        KeyFileError, CatalogueError, DirectoryError, MappingError: the installation is not complete.
    """
    keys_now(settings)
    loaded = load_what_holds(settings.catalogue)
    people(settings, loaded.catalogue)
    mapping(settings, loaded.catalogue.hospitals)
    return loaded


@asynccontextmanager
async def compose(  # noqa: PLR0913 - what tests and commands compose otherwise
    settings: Settings,
    *,
    lazy: bool = False,
    catalogue: Catalogue | Loaded | None = None,
    client: Client | None = None,
    now: Clock = utc_now,
    keep: bool = True,
    vault: WholeVault | None = None,
) -> AsyncIterator[Composition]:
    """Build the parts; what they hold open is closed at the end. A lazy one does not wait for Temporal.

    `catalogue` and `client`: by default they are read and connected as the settings say. `now`: the time of all parts
    but the journeys, which have Temporal's. `keep`: keep the catalogue's version, so that cases may begin by it.
    `vault`: what seals, by default by the keys; without sealing anything it is measured what that costs.

    Raises:
        KeyFileError, CatalogueError, DirectoryError, MappingError: the installation is not complete, or its keys are
            not those of its database.
    """
    keys = live_keys(settings)
    given = catalogue or load_what_holds(settings.catalogue)
    loaded = given if isinstance(given, Loaded) else Loaded(given)
    known = people(settings, loaded.catalogue)
    claims = mapping(settings, loaded.catalogue.hospitals)
    db, key_db = Database(settings.database), Database(settings.person_keys)
    try:
        await fit(settings, keys, db, key_db)
        loaded = await _with_earlier(loaded, db)
        client = client or await connect(settings, keys, lazy=lazy)
        made = _composed(settings, keys, loaded, db, key_db, client, known, claims, now, vault)
        async with made.audit.running(), _kept(made.api) if keep else nullcontext():
            yield made
    finally:
        await db.close()
        await key_db.close()


# What is sealed is under the key of whom it is about after this time at the latest.
BINDS_EVERY_S = 2.0
# A process waits so long at its start for the catalogue to be kept; then it goes on, and opens no case before.
KEPT_WITHIN_S = 2.0


@asynccontextmanager
async def _kept(api: ApiParts) -> AsyncIterator[None]:
    """The catalogue in force is kept, or will be once SQL answers."""
    keeping = asyncio.create_task(api.catalogues.keep(api.queries))
    try:
        await asyncio.wait({keeping}, timeout=KEPT_WITHIN_S)
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def _with_earlier(loaded: Loaded, db: Database) -> Loaded:
    """Regions that are at fault go by the last version in which they were sound, or by the base; both is said aloud."""
    if not loaded.faulty:
        return loaded
    found: dict[str, Catalogue] = {}
    with suppress(Unavailable, TimeoutError):
        async with asyncio.timeout(KEPT_WITHIN_S):
            if await SqlQueries(db).ready():
                found = await last_sound(SqlVersions(db), loaded.faulty)
    for region, faults in loaded.faulty.items():
        by = found[region].version if region in found else "base"
        for fault in faults:
            log.warning("catalogue.region_faulty", region=region, goes_by=by, where=f"{place(fault)}:{fault.line}")
    return Loaded(loaded.catalogue.with_instead(found), loaded.faulty)


def sites(catalogue: Catalogue) -> dict[str, Site]:
    """The hospitals, as the reader of their messages has to know them."""
    return {
        code: Site(zone, EmergencyRule(**catalogue.emergency_codes(code)), DeathRule(**catalogue.death_codes(code)))
        for code, zone in catalogue.zones().items()
    }


def coded(catalogue: Catalogue) -> set[str]:
    """The hospitals' own codes of emergencies and deaths: such a value in a message names nobody."""
    fields = [
        codes
        for code in catalogue.zones()
        for codes in (*catalogue.emergency_codes(code).values(), *catalogue.death_codes(code).values())
    ]
    return set().union(*fields)


def covered(keys: ServiceKeys) -> Callable[[str], str]:
    """What people and things are called in exports: always the same here, and nothing that leads back to them."""

    def cover(name: str) -> str:
        return hmac.new(keys.ids, b"export:" + name.encode(), hashlib.sha256).hexdigest()[:16]

    return cover


def marked(keys: ServiceKeys) -> Callable[[Mark, str], bytes]:
    """Under what a number is found: a keyed hash of what it is one of, and of itself."""

    def hashed(mark: Mark, text: str) -> bytes:
        return hmac.new(keys.ids, f"mark:{mark}:{text}".encode(), hashlib.sha256).digest()[:16]

    return hashed


def _composed(  # noqa: PLR0913, PLR0917 - the wiring of a composition root
    settings: Settings,
    keys: ServiceKeys,
    loaded: Loaded,
    db: Database,
    key_db: Database,
    client: Client,
    directory: YamlDirectory | None,
    claims: ClaimMapping | None,
    now: Clock,
    given_vault: WholeVault | None,
) -> Composition:
    catalogue = loaded.catalogue
    person_keys = PersonKeys(SqlPersonKeys(key_db), keys)
    vault = given_vault or EnvelopeVault(keys, person_keys)
    identified = identify(settings, keys, db, claims, now=now)
    commands, queries = SqlCommands(db, clock=now), SqlQueries(db)
    finder = SqlCaseFinder(db)
    journeys = TemporalJourneys(client, settings.task_queue)
    staff, figures = SqlStaff(db), SqlFigures(db)
    catalogues = Catalogues(catalogue, SqlVersions(db, clock=now), loaded.faulty)
    zones = {code: ZoneInfo(zone) for code, zone in catalogue.zones().items()}
    limits = Limits(commands=settings.commands_per_run, quiet_s=settings.quiet_s)
    write_path = WritePath(
        commands,
        queries,
        journeys,
        catalogue=catalogues.opening,
        readmitted_within=catalogue.readmitted_within,
        owners=Owners(staff, now=now),
        limits=limits,
        now=now,
        answer_within_s=settings.answer_within_s,
        lease_s=settings.lease_s,
    )
    relay = Relay(write_path, poll_s=settings.poll_s)
    outbox, rules = SqlOutbox(db, clock=now), catalogue.stuck_rules()
    stuck = SqlStuck(db, zones, rules)
    how = delivery(settings, catalogues, directory, queries, stuck, vault)
    postman = Postman(outbox, how, now=now, poll_s=settings.poll_s)
    digests = Digests(directory, outbox, staff, hours_of(catalogue), now=now)
    shifts, changes = SqlShiftBook(db), SqlChanges(db)
    webhooks, deliveries = SqlWebhooks(db, clock=now), SqlDeliveries(db, clock=now)
    parcels = Parcels(vault, HttpSender(Targets(settings.webhooks_allowed), now=now), now=now)
    courier = Courier(webhooks, deliveries, parcels, now=now, poll_s=settings.poll_s)
    audit_key = chain_key(keys.ids)
    audit_book = SqlAudit(db, audit_key, clock=now)
    audit = QueuedAudit(audit_book)
    erasures, theirs = SqlErasures(db), SqlSevering(db, audit_key)
    erasing = Erasing(
        erasures,
        theirs,
        TemporalRuns(client),
        person_keys,
        sign_by=keys.ids,
        operator=settings.operator,
        now=now,
    )
    retained = SqlRetention(db, audit_key)
    retention = Retention(retained, catalogue.kept(), now=now)
    shift_change = ShiftChange(shifts, staff, staff, queries, write_path, now=now)
    schedule = WatchdogSchedule(client, settings.task_queue, every_s=settings.watchdog_every_s)
    background = Background(
        (
            Beside("shifts", shift_change, settings.poll_s),
            Beside("standby", Standby(staff, staff, shifts, write_path, now=now), settings.poll_s),
            Beside("binding", Binding(SqlLooseRecords(db), vault, marked(keys)), BINDS_EVERY_S),
            Beside("erasing", erasing, settings.poll_s),
            Beside("digests", digests, LOOKS_EVERY_S),
            Beside("audit's head", HeadNoted(audit_book), NOTED_EVERY_S),
            Beside("retention", retention, FORGETS_EVERY_S),
            Beside("watchdog's schedule", schedule, SEEN_TO_EVERY_S),
        )
    )

    freshness = SqlFreshness(db)
    care = TemporalCare(client, settings.task_queue)
    watchdog = Watchdog(SqlWatch(db), care, SqlJournal(db), slice_of=catalogues.of_case, limits=limits, now=now)

    def fingerprint(content: bytes) -> str:
        return hmac.new(keys.ids, content, hashlib.sha256).hexdigest()

    intake = Intake(
        write_path,
        relay,
        vault,
        id_key=keys.ids,
        fingerprint=fingerprint,
        screen=catalogue.screen,
        zone=zones.get,
        held_for=catalogue.news_held_for,
        expires_s=settings.person_expires_s,
    )
    receiver = Hl7Receiver(intake, sites(catalogue), now)
    documents = Documents(intake, catalogue.hospitals, catalogue.centres(), now)
    inbox = SqlInbox(db, clock=now)
    resources = FhirMessages(intake, sites(catalogue), KnownPatients(queries, vault), now, id_key=keys.ids)
    json = dict.fromkeys((Format.ADMISSION, Format.REFERRAL, Format.ENQUIRY), documents)
    ours = None if settings.mail_from is None else parseaddr(settings.mail_from)[1]
    letters = MailEnquiries(intake, catalogue.centres(), fingerprint, ours)
    readers: dict[Format, Reader] = {Format.HL7V2: receiver, Format.MAIL: letters, Format.FHIR: resources, **json}
    api = ApiParts(
        queries=queries,
        facts=figures,
        exports=MiningExports(figures, covered(keys)),
        search=Search(People(finder, queries, vault, now), finder, queries, marked(keys)),
        staff=staff,
        shifts=shifts,
        shift_change=shift_change,
        stuck=stuck,
        overview=SqlOverview(db, zones, rules),
        zones=zones,
        commands=commands,
        journeys=journeys,
        write_path=write_path,
        intake=intake,
        receiver=receiver,
        documents=documents,
        letters=letters,
        resources=resources,
        inbox=inbox,
        freshness=freshness,
        counts=SqlCounts(db),
        watch=SqlWatchBook(db),
        replays=Replays(intake, inbox, vault, readers, resources),
        masker=Masks(catalogue.hospitals, coded(catalogue)),
        records=PfifRecords(settings.public_url),
        vault=vault,
        catalogue=catalogue,
        catalogues=catalogues,
        now=now,
        person_expires_s=settings.person_expires_s,
        authenticate=identified.bearers.caller,
        identity=identified.identity,
        own_accounts=identified.own,
        kept_accounts=identified.kept,
        clients=identified.clients,
        single_sign_on=identified.flow,
        by_password=settings.local_accounts,
        views=SqlViews(db),
        glass=SqlGlassBook(db),
        fingerprint=fingerprint,
        inquiries=Buckets(settings.inquiries_per_minute),
        credentials=Buckets(settings.credentials_per_minute),
        requests=Buckets(settings.requests_per_minute),
        partners=SqlPartnerBook(db),
        public_url=None if settings.public_url is None else settings.public_url.rstrip("/"),
        mllp=MllpDoor(settings.mllp_host, settings.mllp_port, tls=settings.mllp_certificate is not None),
        feed=Feed(changes, freshness, now=now),
        stream_s=settings.stream_s,
        webhooks=webhooks,
        deliveries=deliveries,
        parcels=parcels,
        erasures=erasures,
        erasing=erasing,
        theirs=theirs,
        retention=retention,
        retained=retained,
        opener=RemoteCodec(keys),
        audit=audit,
        audit_book=audit_book,
    )
    return Composition(
        settings=settings,
        keys=keys,
        db=db,
        client=client,
        catalogue=catalogue,
        tokens=identified.tokens,
        identity=identified.identity,
        write_path=write_path,
        relay=relay,
        postman=postman,
        courier=courier,
        background=background,
        watchdog=watchdog,
        audit=audit,
        api=api,
    )
