from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from marshrut.domain.ids import LONGEST, case_id, case_of, derive, person_id, step_id, workflow_id

KEY = bytes(range(32))
WORDS = st.text(max_size=12)


def test_ids_never_change() -> None:
    """The id of a visit's case is the one that it always was: a change here would open every case again."""
    assert case_id(KEY, "GKB29", "V-1") == "a1d49133-5ef5-5890-8faa-e05463f15e0c"


@given(WORDS, WORDS, WORDS, WORDS)
def test_different_visits_have_different_cases(facility: str, visit: str, facility2: str, visit2: str) -> None:
    """Two visits share a case only when facility and visit are the same, and a person's id is never a case's."""
    same = (facility, visit) == (facility2, visit2)
    assert (case_id(KEY, facility, visit) == case_id(KEY, facility2, visit2)) is same
    assert person_id(KEY, facility, visit) != case_id(KEY, facility, visit)


def test_an_id_needs_the_key() -> None:
    """Who knows the visit but not the key cannot find the case."""
    assert derive(KEY, "case", "GKB29", "V-1") != derive(b"another", "case", "GKB29", "V-1")


def test_an_id_is_a_uuid() -> None:
    """An id is a UUID, so that it fits every column and URL."""
    assert UUID(case_id(KEY, "GKB29", "V-1")).version == 5


def test_a_step_names_its_case() -> None:
    """From a step's id alone one knows whose it is."""
    case = case_id(KEY, "GKB29", "V-1")
    assert step_id(case, "contact", "first_contact") == f"{case}.contact.first_contact.main"
    assert case_of(step_id(case, "contact", "first_contact", "20260302T120000Z")) == case
    assert workflow_id(case) == f"journey/{case}"


@given(
    st.lists(st.sampled_from(["main", "again", "new_ward", "20260302T120000Z"]), unique=False, min_size=1).map(".".join)
)
def test_a_step_that_comes_again_and_again_keeps_a_short_id(key: str) -> None:
    """However long the way by which a step came again, its id fits and is its own."""
    case = case_id(KEY, "GKB29", "V-1")
    name = step_id(case, "discharge", "arrival_confirm", key)
    assert len(name) < 150
    assert name != step_id(case, "discharge", "arrival_confirm", f"{key}.again")
    assert (key in name) is (len(key) <= LONGEST)
