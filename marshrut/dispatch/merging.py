"""Two of a hospital's records are one patient's: in which case a journey of that person goes on."""

from __future__ import annotations

from marshrut.domain.commands import BelongsTo, ReportFact
from marshrut.domain.words import Report
from marshrut.ports import Queries


async def meant(queries: Queries, case_id: str, body: BelongsTo) -> BelongsTo | ReportFact:
    """What it means for a case that its patient is known by another record.

    If that person's record has an open case, the two are one journey, and the other one goes on. Else this one does,
    under the record that counts.

    Raises:
        Unavailable: SQL does not answer.
    """
    others = [
        case
        for case in await queries.of_person(body.person)
        if case.case_id != case_id and not case.closed and case.via != "enquiry"
    ]
    if not others:
        return body
    newest = max(others, key=lambda case: (case.admitted_at is not None, case.admitted_at, case.case_id))
    return ReportFact(report=Report.MERGED, other=newest.case_id)
