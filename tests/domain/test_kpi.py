"""What is counted, and what not: hand-made cases, and figures that add up."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marshrut.domain import events as e
from marshrut.domain.clock import Term, Unit
from marshrut.domain.evolve import fold
from marshrut.domain.kpi import DELIVERS, Figures, Kept, Period, figures, total
from marshrut.domain.kpi_words import DEFINITIONS, PAGE, page
from marshrut.domain.state import CaseState, Item, Step, StepState
from marshrut.domain.words import Ending, ItemKind, Role
from tests.fixtures.cases import DAY, HOUR, NOON, clock
from tests.fixtures.stuck import journals
from workflows.registry import OUTCOMES

WEEK = Period(NOON, NOON + 7 * DAY)
LATER = NOON + 30 * DAY


def case(*steps: Step, items: tuple[Item, ...] = (), **changes: Any) -> CaseState:
    """Somebody who came in on the first day."""
    facts: dict[str, Any] = {"hospital": "GKB29", "person": "p", "opened_at": NOON, "seq": 1, **changes}
    return CaseState(
        case_id="case",
        steps={step.step_id: step for step in steps},
        items={item.item_id: item for item in items},
        **facts,
    )


def done(name: str, result: str = "done", at: Any = NOON + DAY, due_at: Any = None, **changes: Any) -> Step:
    """A step that was done then."""
    track, _, step = name.partition(".")
    facts: dict[str, Any] = {
        "state": StepState.DONE,
        "outcome": {"result": result},
        "occurred_at": at,
        "ended_at": at,
        "clock": None if due_at is None else clock(due_at),
        **changes,
    }
    return Step(
        step_id=f"case.{name}", track=track, name=step, role=Role.COORDINATOR, mandatory=True, opened_at=NOON, **facts
    )


def item(kind: ItemKind, status: str, name: str = "home_care", key: str = "main", **changes: Any) -> Item:
    """An item that was added on the first day and moved on the second."""
    facts: dict[str, Any] = {"added_at": NOON, "moved_at": NOON + DAY, "moved_by": "anna", **changes}
    return Item(item_id=f"case.{kind}.{name}.{key}", kind=kind, name=name, status=status, **facts)


def of(state: CaseState, period: Period = WEEK) -> Figures:
    return figures(state, period, LATER)


def test_a_person_is_counted_once_and_an_enquiry_never() -> None:
    """Two cases of one person are one person and two cases; an enquiry is neither, but is told apart."""
    both = of(case()) + of(case(closed_at=NOON + DAY, ending=Ending.HOME_ALONE))
    assert (both.people, both.opened, both.closed) == (frozenset({"p"}), 2, 1)
    asked = of(case(via="enquiry", closed_at=NOON + DAY, ending=Ending.ANSWERED))
    assert (asked.people, asked.opened, asked.enquiries_opened, asked.enquiries_closed) == (frozenset(), 0, 1, 1)
    assert of(case(via="referral")).people == {"p"}


@pytest.mark.parametrize("ending", [Ending.ADMISSION_CANCELLED, Ending.MERGED, Ending.SCREENED_OUT])
def test_a_case_that_never_was_counts_as_void_only(ending: Ending) -> None:
    """A cancelled, merged or screened case is no person, case, issue or service, whatever was done in it."""
    need, act = item(ItemKind.NEED, "met"), done("services.urgent_services", "act_signed")
    found = of(case(act, items=(need,), closed_at=NOON + DAY, ending=ending))
    assert found == Figures(void=1)


@pytest.mark.parametrize(
    ("status", "raised", "resolved", "unmet"),
    [
        ("proposed", 0, 0, 0),
        ("declined", 0, 0, 0),
        ("agreed", 1, 0, 0),
        ("met", 1, 1, 0),
        ("unmet", 1, 0, 1),
    ],
)
def test_an_issue_is_a_need_that_was_agreed(status: str, raised: int, resolved: int, unmet: int) -> None:
    """Only what the person agreed to counts; it is resolved when it is met."""
    found = of(case(items=(item(ItemKind.NEED, status),)))
    assert (sum(found.raised.values()), sum(found.resolved.values()), sum(found.unmet.values())) == (
        raised,
        resolved,
        unmet,
    )


def test_an_issue_may_be_raised_in_one_period_and_resolved_in_another() -> None:
    """Each of the two is counted at its own time, and only there."""
    state = case(items=(item(ItemKind.NEED, "met", moved_at=NOON + 9 * DAY),))
    first, second = of(state), of(state, Period(NOON + 7 * DAY, NOON + 14 * DAY))
    assert (first.raised, first.resolved) == ({"home_care": 1}, {})
    assert (second.raised, second.resolved) == ({}, {"home_care": 1})


def referral(status: str = "done", **facts: Any) -> Item:
    return item(ItemKind.REFERRAL, status, facts={"programme": "carer_school", "partner": "school", **facts})


def session(status: str, key: str, **facts: Any) -> Item:
    return item(ItemKind.SESSION, status, key=key, facts={"programme": "carer_school", **facts})


@pytest.mark.parametrize(
    ("items", "services"),
    [
        ((referral("accepted"),), {}),
        ((referral(),), {"referral.carer_school": 1}),
        ((referral(units=16),), {"referral.carer_school": 16}),
        ((referral(units=0),), {}),
        ((session("missed", "1"), session("planned", "2")), {}),
        ((session("attended", "1"), session("attended", "2", units=4)), {"session.carer_school": 5}),
        ((referral(units=16), session("attended", "1"), session("missed", "2")), {"session.carer_school": 1}),
    ],
    ids=range(7),
)
def test_a_service_is_a_delivered_referral_or_a_unit_of_it(items: tuple[Item, ...], services: dict[str, int]) -> None:
    """A referral counts once or by its units; where sessions are written down they count, and it does not again."""
    assert of(case(items=items)).services == services


def test_a_session_counts_when_it_was() -> None:
    """A lesson that is told of later counts on its own day; one said to be in the future, when it was told."""
    early = session("attended", "1", at=(NOON + HOUR).isoformat()).but(moved_at=NOON + 9 * DAY)
    ahead = session("attended", "2", at=(NOON + 20 * DAY).isoformat())
    assert of(case(items=(early, ahead))).services == {"session.carer_school": 2}


@pytest.mark.parametrize("name", sorted(DELIVERS))
def test_a_step_that_delivers_counts_by_its_result(name: str) -> None:
    """Of each such step only the results that leave the person with something count, and only once it is done."""
    results = DELIVERS[name]
    assert all(of(case(done(name, result))).services == {name: 1} for result in results)
    assert of(case(done(name, "refused"))).services == {}
    assert of(case(done(name, results[0], at=NOON + 8 * DAY))).services == {}


def test_the_steps_that_deliver_are_steps_of_the_journey() -> None:
    """Each result that counts is one that somebody can give; the disability track is still to come."""
    for name, results in DELIVERS.items():
        if name.startswith("disability."):
            continue
        for result in results:
            assert OUTCOMES[name].model_fields["result"].annotation is not None
            assert result in str(OUTCOMES[name].model_fields["result"].annotation), (name, result)


@pytest.mark.parametrize(
    ("step", "kept"),
    [
        (done("a.b", due_at=NOON + 2 * DAY), Kept(met=1)),
        (done("a.b", due_at=NOON + DAY), Kept(met=1)),
        (done("a.b", due_at=NOON + HOUR), Kept(missed=1)),
        (done("a.b"), None),
        (done("a.b", due_at=NOON + HOUR, state=StepState.CANCELLED, occurred_at=None), None),
        (done("a.b", due_at=NOON + HOUR, state=StepState.OPEN, occurred_at=None), Kept(missed=1)),
        (done("a.b", due_at=LATER + HOUR, state=StepState.OPEN, occurred_at=None), None),
        (done("a.b", due_at=NOON + HOUR, at=NOON + 20 * DAY), Kept(missed=1)),
        (done("a.b", due_at=NOON + 20 * DAY, at=NOON + 19 * DAY), None),
    ],
    ids=["early", "in_time", "late", "no_term", "cancelled", "open_late", "ahead", "done_later", "kept_later"],
)
def test_a_term_is_kept_or_missed_once(step: Step, kept: Kept | None) -> None:
    """A term counts when it was kept, or when it was over; what nobody ever did is missed, not forgotten."""
    assert of(case(step)).terms == ({} if kept is None else {"a.b": kept})


def test_a_paused_case_misses_no_term() -> None:
    """While the case stands still its terms do."""
    step = done("a.b", due_at=NOON + HOUR, state=StepState.OPEN, occurred_at=None)
    assert of(case(step, paused_since=NOON)).terms == {}


def test_a_term_that_was_extended_is_told_beside() -> None:
    """More time counts as the term, and that there was more is not hidden; a person's own due time is none."""
    given_more = done("a.b", due_at=NOON + 2 * DAY)
    own = given_more.clock
    assert own is not None
    longer = own.model_copy(update={"term": Term(amount=1, unit=Unit.HOURS)})
    assert of(case(given_more.but(clock=longer))).terms == {"a.b": Kept(met=1, extended=1)}
    assert of(case(given_more)).terms == {"a.b": Kept(met=1)}


NUMBERS = st.integers(0, 5)
COUNTS = st.dictionaries(st.sampled_from("abc"), st.integers(1, 5), max_size=3)
SOME = st.builds(
    Figures,
    people=st.frozensets(st.sampled_from("pqrs")),
    opened=NUMBERS,
    closed=NUMBERS,
    void=NUMBERS,
    enquiries_opened=NUMBERS,
    enquiries_closed=NUMBERS,
    raised=COUNTS,
    resolved=COUNTS,
    unmet=COUNTS,
    services=COUNTS,
    terms=st.dictionaries(st.sampled_from("abc"), st.builds(Kept, NUMBERS, NUMBERS, NUMBERS), max_size=3),
)


@given(SOME, SOME, SOME)
def test_figures_add_up_in_any_order(one: Figures, two: Figures, three: Figures) -> None:
    """Adding is associative and commutative, and nothing added changes nothing."""
    assert (one + two) + three == one + (two + three) == total((three, one, two))
    assert one + Figures() == one


@given(journals("case"), st.lists(st.integers(-200, 400), min_size=3, max_size=3, unique=True))
def test_periods_that_adjoin_add_up(journal: list[e.Event], hours: list[int]) -> None:
    """Whatever happened to a case, two periods side by side count what the whole of them counts."""
    state = fold("case", journal)
    first, middle, last = (NOON + timedelta(hours=hour) for hour in sorted(hours))
    parts = [figures(state, Period(*each), LATER) for each in ((first, middle), (middle, last))]
    assert total(parts) == figures(state, Period(first, last), LATER)


def test_the_page_says_what_the_code_counts() -> None:
    """docs/kpi.md is made of the definitions; it falls behind when they change."""
    assert PAGE.read_text(encoding="utf-8") == page()
    assert {each.code for each in DEFINITIONS} >= {"people", "cases", "issues", "services", "terms"}
