"""How other systems name the way in which a case ended.

Sources: FHIR R4 code system http://terminology.hl7.org/CodeSystem/discharge-disposition; HL7 v2.3.1 table 0112,
"Discharge Disposition" (later versions point to the same numbers of the uniform bill). Which code fits which of our
endings is our reading of their definitions [A].
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from marshrut.domain.words import Ending

Fhir = Literal["home", "alt-home", "other-hcf", "hosp", "long", "aadvice", "exp", "psy", "rehab", "snf", "oth"]
# 01 home, 02 another hospital, 03 skilled nursing, 04 intermediate care, 05 another institution, 06 home with care,
# 07 left against advice, 20 expired, 30 still a patient. The states' own numbers and payers' details are left out.
Table0112 = Literal["01", "02", "03", "04", "05", "06", "07", "20", "30"]


class Disposition(NamedTuple):
    """One ending in both vocabularies."""

    fhir: Fhir
    hl7: Table0112


DISPOSITIONS: dict[Ending, Disposition] = {
    Ending.HOME_ALONE: Disposition("home", "01"),
    Ending.HOME_WITH_RELATIVES: Disposition("home", "01"),
    Ending.HOME_WITH_SERVICES: Disposition("home", "06"),
    Ending.RELATIVES_ELSEWHERE: Disposition("alt-home", "01"),  # "not the patient's home, e.g. a family member's"
    Ending.REHABILITATION: Disposition("rehab", "05"),
    Ending.INSTITUTION_PERMANENT: Disposition("long", "04"),
    Ending.TEMPORARY_PLACEMENT: Disposition("alt-home", "05"),
    Ending.CHILD_TO_PARENT: Disposition("home", "01"),
    Ending.CHILD_TO_TEMPORARY_GUARDIAN: Disposition("alt-home", "01"),
    Ending.CHILD_TO_INSTITUTION: Disposition("long", "05"),
    Ending.CHILD_TO_FOSTER_FAMILY: Disposition("alt-home", "01"),
    Ending.OTHER_HOSPITAL: Disposition("other-hcf", "02"),
    Ending.SHELTER: Disposition("alt-home", "01"),
    Ending.LEFT_AGAINST_ADVICE: Disposition("aadvice", "07"),
    Ending.DIED: Disposition("exp", "20"),
    # Closed without a discharge: as far as the case knows, the person is a patient still.
    Ending.REFUSED_HELP: Disposition("oth", "30"),
    Ending.MERGED: Disposition("oth", "30"),
    Ending.ADMISSION_CANCELLED: Disposition("oth", "30"),
    Ending.SCREENED_OUT: Disposition("oth", "30"),
    Ending.ANSWERED: Disposition("oth", "30"),
}
