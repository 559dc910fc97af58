"""The questionnaires of the case's catalogue: what each gave last, and the way to fill it in."""

from __future__ import annotations

from dataclasses import dataclass

from api.web.case.gathering import Gathered
from marshrut.catalogue.instruments import InstrumentEntry
from marshrut.domain.moves import CARE
from marshrut.domain.state import Score


@dataclass(frozen=True, slots=True)
class Scale:
    """A questionnaire. `sub`: what it gave last, and when; `found`: answers that say something by themselves.

    `path`: where it is filled in; None: not by this reader, or not any more.
    """

    code: str
    title: str
    sub: str
    found: tuple[tuple[str, bool], ...]
    path: str | None


def scores(of: Gathered) -> tuple[Scale, ...]:
    """Those in force, and those that were once filled in."""
    known = of.voice.names.tables.instruments
    shown = {code: entry for code, entry in known.items() if entry.status == "active" or code in of.state.scores}
    return tuple(_scale(code, entry, of.state.scores.get(code), of) for code, entry in shown.items())


def _scale(code: str, entry: InstrumentEntry, score: Score | None, of: Gathered) -> Scale:
    open_ = entry.status == "active" and of.desk.caller.role in CARE and not of.state.closed and not of.reads_only
    return Scale(
        code=code,
        title=of.voice.names.said(entry.title),
        sub=of.desk.t("assessments.not_yet") if score is None else _came(entry, score, of),
        found=() if score is None else tuple(_found(entry, each, of) for each in score.findings),
        path=f"/desk/cases/{of.state.case_id}/assessments/{code}" if open_ else None,
    )


def _came(entry: InstrumentEntry, score: Score, of: Gathered) -> str:
    names, t = of.voice.names, of.desk.t
    band = None if entry.scoring is None or score.band is None else entry.scoring.bands.get(score.band)
    parts = [
        "" if score.score is None else t("assessments.points", n=score.score),
        "" if band is None else names.said(band.title).lower(),
        of.voice.formats.when(score.at),
    ]
    return " · ".join(part for part in parts if part)


def _found(entry: InstrumentEntry, code: str, of: Gathered) -> tuple[str, bool]:
    """In words, and whether it is for today; a code that a newer questionnaire lacks stands as it is."""
    known = entry.findings.get(code)
    return (code.replace("_", " "), False) if known is None else (of.voice.names.said(known.title), known.urgent)
