"""The mail's part of the composition: whom, what and how, as the settings say."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from api.catalogues import Catalogues
from marshrut.adapters.directory import YamlDirectory
from marshrut.adapters.mail.smtp import SmtpMailer
from marshrut.catalogue.model import Catalogue
from marshrut.dispatch.answers import AnswerWriter
from marshrut.dispatch.digests import Counts, DigestWriter, Hours
from marshrut.dispatch.letter import Letters, Place
from marshrut.dispatch.postman import Delivery
from marshrut.domain.calendar import opening
from marshrut.domain.digest import home
from marshrut.domain.slice import PSYCHOLOGISTS, TEAM
from marshrut.domain.words import Role
from marshrut.ports import Errand, Queries, StuckList, Subscriber, Vault
from marshrut.settings import Settings
from marshrut.store.types import utc_now


def people(settings: Settings, catalogue: Catalogue) -> YamlDirectory | None:
    """Who is written to; None when no mail is sent.

    Raises:
        DirectoryError: the file is at fault.
    """
    if settings.smtp is None or settings.mail_from is None or settings.directory is None:
        return None
    return YamlDirectory.read(settings.directory, catalogue.hospitals)


def hours_of(catalogue: Catalogue) -> Callable[[Subscriber], Hours]:
    """When somebody works: as the team of the hospital by whose clock their pages go."""

    def hours(reader: Subscriber) -> Hours:
        hospital = home(reader.hospitals, catalogue.hospitals) or next(iter(catalogue.hospitals))
        rules, zone = catalogue.slice(hospital), ZoneInfo(catalogue.hospitals[hospital].zone)
        name = PSYCHOLOGISTS if reader.role is Role.PSYCHOLOGIST and PSYCHOLOGISTS in rules.timetables else TEAM
        timetable = rules.timetables[name]
        calendar = None if timetable.calendar is None else rules.calendars[timetable.calendar]
        own = zone if reader.zone is None else ZoneInfo(reader.zone)
        return Hours(own, opening(timetable, calendar), zone)

    return hours


def delivery(  # noqa: PLR0913, PLR0917 - the wiring of a composition root
    settings: Settings,
    catalogues: Catalogues,
    directory: YamlDirectory | None,
    queries: Queries,
    stuck: StuckList,
    vault: Vault,
) -> Delivery | None:
    """How mail is sent; None when no server is set."""
    server, sender, catalogue = settings.smtp, settings.mail_from, catalogues.current
    if server is None or sender is None or directory is None:
        return None

    def where(code: str) -> Place:
        hospital = catalogue.hospitals[code]
        return Place({"ru": hospital.title.ru, "en": hospital.title.en}, hospital.zone)

    url = None if settings.public_url is None else settings.public_url.rstrip("/")
    return Delivery(
        directory,
        Letters(catalogues.title, where, url),
        queries.case,
        SmtpMailer(server, sender, now=utc_now),
        {
            Errand.DIGEST: DigestWriter(directory, Counts(queries, stuck), hours_of(catalogue), url),
            Errand.ANSWER: AnswerWriter(queries, vault, where),
        },
    )
