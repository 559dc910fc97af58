"""The mail that a notice becomes: what happened, where, until when. Nothing in it tells who the patient is."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from marshrut.dispatch import wording as w
from marshrut.domain.state import ADHOC
from marshrut.ports import Language, Mail, Notification, StepRow

# Enough of a case's id to find it by, and to say on the telephone.
SHORT = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A hospital: what it is called (`{ru, en}`), and the IANA zone of its clocks."""

    title: Mapping[str, str]
    zone: str


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes letters. `step` and `place` are asked for what things are called; without `url` there is no link."""

    step: Callable[[StepRow], Awaitable[Mapping[str, str]]]
    place: Callable[[str], Place]
    url: str | None

    async def write(self, notice: Notification, language: Language, to: tuple[str, ...], now: datetime) -> Mail:
        """What these people, who read one language, are told.

        Raises:
            Unavailable: what the step is called in its case cannot be looked up.
        """
        happened = w.occasion(notice.occasion)[language]
        title = None if notice.step is None else await self._title(notice.step, language)
        subject = happened if title is None else f"{happened}: {title}"
        return Mail(
            id=hashlib.sha256(f"{notice.id}/{language}".encode()).hexdigest()[:40],
            to=to,
            language=language,
            subject=f"{w.URGENT[language]}: {subject}" if notice.urgent else subject,
            text="\n".join(self._lines(notice, language, f"{happened}.", title, now)) + "\n",
            urgent=notice.urgent,
        )

    def _lines(
        self, notice: Notification, language: Language, happened: str, title: str | None, now: datetime
    ) -> Iterator[str]:
        step = None if notice.step is None else notice.step.step
        place = self.place(notice.hospital)
        yield from (happened, "")
        if title is not None:
            yield f"{w.STEP[language]}: {title}"
        yield f"{w.HOSPITAL[language]}: {place.title[language]}"
        yield f"{w.CASE[language]}: {notice.case_id[:SHORT]}"
        if step is not None and step.due_at is not None:
            yield f"{w.DUE[language]}: {moment(step.due_at, ZoneInfo(place.zone), language)}"
            late = now - step.due_at
            said = w.LATE if late > timedelta(0) else w.LEFT
            yield f"{said[language]}: {_span(abs(late), language)}"
        if self.url is not None:
            yield from ("", f"{w.OPEN[language]}: {self.url}/desk/cases/{notice.case_id}")
        yield from ("", w.AUTOMATIC[language])

    async def _title(self, row: StepRow, language: Language) -> str:
        # What somebody wrote as the title of a step of their own is private.
        return w.ADDITIONAL[language] if row.step.track == ADHOC else (await self.step(row))[language]


def moment(at: datetime, zone: tzinfo, language: Language) -> str:
    """An instant in a zone, with its offset: people there and elsewhere read the same."""
    local = at.astimezone(zone)
    offset = local.strftime("%z")
    return f"{local.strftime(w.DAY[language])} (UTC{offset[:3]}:{offset[3:]})"


def _span(span: timedelta, language: Language) -> str:
    """The two greatest units of a time: `2 d 3 h`, `3 h 15 min`, `0 min`."""
    minutes = int(span.total_seconds()) // 60
    amounts = (minutes // 1440, minutes // 60 % 24, minutes % 60)
    units = w.SPANS[language].split()
    said = [f"{amount} {unit}" for amount, unit in zip(amounts, units, strict=True) if amount]
    return " ".join(said[:2]) or f"0 {units[-1]}"
