from typing import get_args

from marshrut.domain.disposition import DISPOSITIONS, Fhir, Table0112
from marshrut.domain.words import Ending


def test_every_ending_has_a_name_in_both_vocabularies() -> None:
    """Whatever becomes of a case, FHIR and HL7 v2 have a code for it."""
    assert set(DISPOSITIONS) == set(Ending)


def test_the_codes_are_of_those_tables() -> None:
    """No code is made up: each stands in FHIR R4's discharge-disposition, or in HL7 table 0112."""
    assert {each.fhir for each in DISPOSITIONS.values()} <= set(get_args(Fhir))
    assert {each.hl7 for each in DISPOSITIONS.values()} <= set(get_args(Table0112))


def test_what_must_not_be_mistaken() -> None:
    """A death, a way home, another hospital and who left against advice are told apart in both."""
    told_apart = (Ending.DIED, Ending.HOME_ALONE, Ending.OTHER_HOSPITAL, Ending.LEFT_AGAINST_ADVICE)
    assert [DISPOSITIONS[ending] for ending in told_apart] == [
        ("exp", "20"),
        ("home", "01"),
        ("other-hcf", "02"),
        ("aadvice", "07"),
    ]
