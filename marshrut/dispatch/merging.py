"""Two of a hospital's records are one patient's: in which case a journey of that person goes on."""

from __future__ import annotations

from datetime import timedelta

from marshrut.domain.commands import Admit, BelongsTo, ReportFact
from marshrut.domain.readmission import case_before
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import left_at
from marshrut.domain.words import Report
from marshrut.ports import Queries


async def meant(queries: Queries, case_id: str, body: BelongsTo, within: timedelta) -> BelongsTo | ReportFact:
    """What it means for a case that its patient is known by another record.

    If a case of that record has the patient in the ward, the two are one journey, and that one goes on. Else this one
    does, under the record that counts; a case that they left less than `within` before is the one they come back from.

    Raises:
        Unavailable: SQL does not answer.
    """
    case, known = await queries.case(case_id), await queries.of_person(body.person)
    here = [each for each in known if each.case_id != case_id and _in_the_ward(each)]
    if here and (case is None or not case.closed):
        newest = max(here, key=lambda each: (each.admitted_at is not None, each.admitted_at, each.case_id))
        return ReportFact(report=Report.MERGED, other=newest.case_id)
    if case is None or case.admitted_at is None or case.earlier is not None:
        return body
    came = Admit(
        hospital=case.hospital or "",
        person=body.person,
        admitted_at=case.admitted_at,
        emergency=case.emergency,
        via=case.via,
    )
    return body.model_copy(update={"earlier": case_before(came, case_id, known, within)})


def _in_the_ward(case: CaseState) -> bool:
    return not case.closed and case.via != "enquiry" and left_at(case) is None
