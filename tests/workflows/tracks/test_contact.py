import pytest

from marshrut.domain.words import Report
from tests.fixtures.cases import HOUR
from tests.workflows.tracks.stories import Story, tell
from workflows.closing import CaseClose
from workflows.contact import ConsentRecord, Contact, FirstContact, HomeSafety, MigrationNotice

MET = FirstContact(result="contacted")

STORIES = (
    Story(
        "spoken_to",
        Contact,
        (
            ("first_contact", MET),
            ("consent_record home_safety", HomeSafety(result="child_alone")),
            ("consent_record", ConsentRecord(result="partial")),
        ),
        "contacted",
        informed=("somebody_alone_at_home",),
    ),
    Story(
        "a_foreign_citizen",
        Contact,
        (
            ("first_contact", FirstContact(result="contacted", citizenship="foreign")),
            ("consent_record home_safety migration_notice", MigrationNotice(result="sent")),
            ("consent_record home_safety", ConsentRecord(result="incapable")),
            ("home_safety", HomeSafety(result="unknown")),
        ),
        "contacted",
    ),
    Story(
        "unconscious_then_in_another_ward",
        Contact,
        (
            ("first_contact", FirstContact(result="unconscious")),
            ("", 11 * HOUR),
            ("", HOUR),
            ("first_contact", FirstContact(result="moved", moved_to="ward")),
            ("first_contact", MET),
        ),
        None,
        left_open="consent_record home_safety",
    ),
    Story(
        "asked_again_and_let_go",
        Contact,
        (
            ("first_contact", FirstContact(result="refused")),
            ("case_close", CaseClose(result="reopened")),
            ("first_contact", MET),
            ("consent_record home_safety", HomeSafety(result="safe")),
            ("consent_record", ConsentRecord(result="refused")),
            ("case_close", CaseClose(result="reopened")),
            ("consent_record", ConsentRecord(result="refused")),
            ("case_close", CaseClose(result="closed")),
        ),
        "refused",
    ),
    Story(
        "in_another_hospital",
        Contact,
        (("first_contact", FirstContact(result="moved", moved_to="other_hospital")),),
        "other_hospital",
        informed=("gone_to_other_hospital",),
    ),
    Story("left_before", Contact, (("first_contact", Report.DISCHARGED),), "left"),
    Story(
        "left_while_a_senior_thinks",
        Contact,
        (("first_contact", FirstContact(result="refused")), ("case_close", Report.DISCHARGED)),
        "left",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_contact(story: Story) -> None:
    """Somebody comes until the patient can be spoken to; one no is not the end, and nobody is asked who has left."""
    await tell(story)
