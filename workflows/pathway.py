"""What the hospital does for a patient, from the first word to the end: read `adult` aloud."""

from __future__ import annotations

from marshrut.domain.case import Case
from marshrut.domain.words import Ending
from workflows.assessment import Assessment
from workflows.contact import Contact
from workflows.discharge import Discharge
from workflows.services import Services


async def adult(case: Case) -> Ending:
    """An adult who came in as an emergency."""
    met = await case.track(Contact())
    if met == "refused":
        return Ending.REFUSED_HELP
    if met == "other_hospital":
        return Ending.OTHER_HOSPITAL

    needs = await case.track(Assessment())
    care = await case.track(Services()) if needs == "services" else "no_care"

    received_by = await case.track(Discharge())
    if received_by == "relatives":
        return Ending.HOME_WITH_RELATIVES
    if received_by == "social_worker" or care == "care_agreed":
        return Ending.HOME_WITH_SERVICES
    return Ending.HOME_ALONE
