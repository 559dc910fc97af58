"""What a search found, as a list of cases with what speaks for each."""

from __future__ import annotations

from api.parts import ApiParts
from api.people.kinship import why
from api.people.search import Hit
from api.problems import Problem
from api.views.case import CaseSummary, Listing, MatchView, case_summary
from marshrut.domain.state import CaseState
from marshrut.ports import CaseFilter

FOUND = "found-"  # the cursors of a search


async def found(
    parts: ApiParts, text: str, which: CaseFilter, *, limit: int, cursor: str | None
) -> Listing[CaseSummary]:
    """A page of what a search found."""
    hits = await parts.search.find(text, which)
    start = 0 if cursor is None else _place(cursor)
    shown = hits[start : start + limit]
    cases = {case.case_id: case for case in await parts.search.finder.cases([hit.case_id for hit in shown])}
    return Listing(
        items=[await _found(hit, cases[hit.case_id], parts) for hit in shown if hit.case_id in cases],
        next=f"{FOUND}{start + limit}" if start + limit < len(hits) else None,
    )


async def _found(hit: Hit, case: CaseState, parts: ApiParts) -> CaseSummary:
    summary = await case_summary(case, parts)
    return summary.model_copy(update={"match": MatchView(score=hit.score, why=why(hit.reasons))})


def _place(cursor: str) -> int:
    place = cursor.removeprefix(FOUND)
    if not (cursor.startswith(FOUND) and place.isascii() and place.isdecimal()):
        raise Problem("bad_cursor", {"field": "cursor"})
    return int(place)
