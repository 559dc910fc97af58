"""What answers come to: a score, its band, what single answers say, and the needs that all of it speaks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshrut.domain.instruments.reading import met, read
from marshrut.domain.instruments.types import Answers, Band, Because, Finding, Instrument, Need, Proposed, Rule, Scored


def answer(instrument: Instrument, sent: Any) -> Scored:
    """Read what was sent (a FHIR R4 QuestionnaireResponse, or linkIds with answers) and score it.

    Raises:
        Faults: with everything that does not fit.
    """
    return score(instrument, read(instrument, sent))


def score(instrument: Instrument, answers: Answers) -> Scored:
    """Score answers that fit. Needs come in the order of `Need`, their reasons: band, findings, answers."""
    total = _total(instrument, answers) if instrument.total else None
    band = next((band for band in instrument.bands if total is not None and band.first <= total <= band.last), None)
    found = [rule for rule in instrument.rules if met(instrument, rule.when, answers)]
    return Scored(
        instrument=instrument.code,
        version=instrument.version,
        score=total,
        band=None if band is None else band.code,
        findings=tuple(Finding(code=rule.code, item=rule.when.item, urgent=rule.urgent) for rule in found),
        needs=_needs(instrument, answers, band, found),
    )


def _total(instrument: Instrument, answers: Answers) -> int:
    items = (item for item in instrument.items if item.link_id in instrument.total)
    return sum(item.ordinal(value) or 0 for item in items for value in answers.get(item.link_id, ()))


def _needs(instrument: Instrument, answers: Answers, band: Band | None, found: list[Rule]) -> tuple[Proposed, ...]:
    reasons = list(_reasons(instrument, answers, band, found))
    urgent = {need for rule in found if rule.urgent for need in rule.needs}
    return tuple(
        Proposed(need=need, urgent=need in urgent, reasons=tuple(why for each, why in reasons if each is need))
        for need in Need
        if any(each is need for each, _ in reasons)
    )


def _reasons(
    instrument: Instrument, answers: Answers, band: Band | None, found: list[Rule]
) -> Iterator[tuple[Need, Because]]:
    code = instrument.code
    if band is not None:
        yield from ((need, Because(instrument=code, by="band", code=band.code)) for need in band.needs)
    for rule in found:
        yield from ((need, Because(instrument=code, by="finding", code=rule.code)) for need in rule.needs)
    for item in instrument.items:
        for value in answers.get(item.link_id, ()):
            option = item.option(value)
            for need in () if option is None else option.needs:
                yield need, Because(instrument=code, by="answer", code=f"{item.link_id}.{value}")
