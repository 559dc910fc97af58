import pytest

from marshrut.domain.words import Report
from tests.fixtures.cases import DAY, HOUR
from tests.workflows.tracks.stories import Row, Story, tell
from workflows.identification import (
    BureauNotice,
    DescriptionCard,
    Identification,
    IdentityConfirm,
    PoliceNotice,
    PrintsRequest,
    PublicSearch,
)

PHONED = PoliceNotice(result="phoned")
WRITTEN = PoliceNotice(result="written")


def noticed(bureau: BureauNotice) -> tuple[Row, ...]:
    return (
        ("police_notice bureau_notice description_card", PHONED),
        ("bureau_notice description_card police_notice", bureau),
        ("description_card police_notice", DescriptionCard(result="partial")),
        ("police_notice", WRITTEN),
    )


STORIES = (
    Story(
        "the_bureau_knows",
        Identification,
        (
            *noticed(BureauNotice(result="matched")),
            ("identity_confirm", IdentityConfirm(result="open")),
            ("", 23 * HOUR),
            ("", HOUR),
            ("identity_confirm", IdentityConfirm(result="confirmed", proofs=("relative", "bureau"))),
        ),
        "confirmed",
    ),
    Story(
        "nobody_knows_and_prints_do",
        Identification,
        (
            *noticed(BureauNotice(result="accepted")),
            ("identity_confirm prints_request public_search", PublicSearch(result="published")),
            ("identity_confirm prints_request", PrintsRequest(result="matched")),
            ("identity_confirm", IdentityConfirm(result="confirmed", proofs=("prints", "own_words"))),
        ),
        "confirmed",
    ),
    Story(
        "confirmed_withdraws_what_nobody_needs_any_more",
        Identification,
        (
            *noticed(BureauNotice(result="accepted")),
            ("identity_confirm prints_request public_search", IdentityConfirm(result="confirmed")),
        ),
        "confirmed",
    ),
    Story(
        "a_wrong_name",
        Identification,
        (
            *noticed(BureauNotice(result="matched")),
            ("identity_confirm", IdentityConfirm(result="wrong")),
            ("identity_confirm prints_request public_search", PrintsRequest(result="no_match")),
            ("identity_confirm public_search", PublicSearch(result="declined")),
            ("identity_confirm", IdentityConfirm(result="wrong")),
            ("identity_confirm prints_request public_search", IdentityConfirm(result="confirmed")),
        ),
        "confirmed",
        informed=("wrong_identity",),
    ),
    Story(
        "the_police_want_prints",
        Identification,
        (
            ("police_notice bureau_notice description_card", PoliceNotice(result="phoned", prints="asked_for")),
            ("bureau_notice description_card police_notice", WRITTEN),
            ("bureau_notice description_card", BureauNotice(result="matched")),
            ("description_card", DescriptionCard(result="complete")),
        ),
        None,
        left_open="identity_confirm prints_request public_search",
    ),
    Story(
        "written_at_once_is_enough",
        Identification,
        (("police_notice bureau_notice description_card", WRITTEN),),
        None,
        left_open="bureau_notice description_card",
    ),
    Story(
        "left_unknown",
        Identification,
        (
            *noticed(BureauNotice(result="matched")),
            ("identity_confirm", IdentityConfirm(result="open")),
            ("", Report.DISCHARGED),
            ("", 2 * DAY),
        ),
        "open",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_identification(story: Story) -> None:
    """Police, bureau and description at once; then the search goes on, by every way, until a supervisor is sure."""
    await tell(story)
