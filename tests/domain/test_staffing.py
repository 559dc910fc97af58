"""The roster's rules: who is there, who stands in, and whom to give a case or a step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marshrut.domain.moves import CARE
from marshrut.domain.staffing import (
    STAFF,
    Absence,
    Away,
    Colleague,
    Load,
    Merit,
    Wanted,
    answers_for,
    deputy_of,
    least_loaded,
    stand_in,
    suggest,
)
from marshrut.domain.words import Role
from tests.fixtures.cases import DAY, HOUR, NOON
from tests.fixtures.shipped import shipped

HERE, THERE = "h1", "h2"
WEIGHTS = {Merit(code): entry.value for code, entry in shipped().suggestions.items()}
STEP = Wanted(role=Role.COORDINATOR, hospital=HERE, owner=None, known_to=())


def away(user: str, deputy: str | None = None, *, hours: float | None = 8, since: float = -1) -> Absence:
    """Somebody went an hour ago, for a shift."""
    starts_at = NOON + since * HOUR
    ends_at = None if hours is None else starts_at + timedelta(hours=hours)
    return Absence(f"a-{user}-{since}", user, starts_at, ends_at, Away.OFF_SHIFT, deputy, "olga", starts_at)


def colleague(
    user: str, role: Role = Role.COORDINATOR, *absences: Absence, hospitals: tuple[str, ...] = (HERE,)
) -> Colleague:
    """Somebody who works here."""
    return Colleague(user, role, frozenset(hospitals), absences=absences)


def suggested(*team: Colleague, wanted: Wanted = STEP, **loads: Load) -> dict[str, tuple[Merit, ...]]:
    """Whom the rule suggests, in order, with what speaks for each."""
    return {each.user: each.merits for each in suggest(wanted, team, loads, WEIGHTS, NOON)}


def test_somebody_is_away_from_the_first_moment_to_before_the_last() -> None:
    """An absence covers its beginning and not its end; without an end it covers whatever comes."""
    absence = away("anna", hours=2)
    assert [absence.covers(NOON + hours * HOUR) for hours in (-2, -1, 0, 1)] == [False, True, True, False]
    assert away("anna", hours=None).covers(NOON + 900 * DAY)


def test_of_several_absences_the_one_that_ends_last_counts() -> None:
    """Who is on leave and off shift too is back when the leave ends."""
    anna = colleague("anna", Role.COORDINATOR, away("anna", hours=100), away("anna", hours=3, since=-2))
    absence = anna.away(NOON)
    assert absence is not None
    assert absence.ends_at == NOON + 99 * HOUR


@pytest.mark.parametrize(
    ("owner", "roster", "user", "role"),
    [
        (None, [], None, Role.SUPERVISOR),
        ("anna", [], "anna", Role.COORDINATOR),
        ("anna", [colleague("anna")], "anna", Role.COORDINATOR),
        ("anna", [colleague("anna", Role.COORDINATOR, away("anna"))], None, Role.SUPERVISOR),
        ("anna", [colleague("anna", hospitals=(THERE,))], None, Role.SUPERVISOR),
        ("anna", [Colleague("anna", Role.COORDINATOR, None, active=False)], None, Role.SUPERVISOR),
        (
            "anna",
            [colleague("anna", Role.COORDINATOR, away("anna", "vera")), colleague("vera", Role.PSYCHOLOGIST)],
            "vera",
            Role.PSYCHOLOGIST,
        ),
        (
            "anna",
            [
                colleague("anna", Role.COORDINATOR, away("anna", "boris")),
                colleague("boris", Role.COORDINATOR, away("boris", "anna")),
            ],
            None,
            Role.SUPERVISOR,
        ),
    ],
)
def test_somebody_answers_for_every_case(
    owner: str | None, roster: list[Colleague], user: str | None, role: Role
) -> None:
    """The owner, else their deputy, else the senior coordinator; whom the roster does not know is taken to be there."""
    found = answers_for(owner, {each.user: each for each in roster}, HERE, NOON)
    assert (found.user, found.role) == (user, role)


USERS = ("anna", "boris", "olga", "vera")
ABSENCES = st.builds(
    away,
    st.sampled_from(USERS),
    st.sampled_from((None, *USERS)),
    hours=st.none() | st.integers(1, 50),
    since=st.integers(-40, 10),
)


@st.composite
def rosters(draw: st.DrawFn) -> dict[str, Colleague]:
    """People in any role, some of whom are away for any time with any deputy."""
    absences = draw(st.lists(ABSENCES, max_size=12))
    return {
        user: Colleague(
            user,
            draw(st.sampled_from(sorted(STAFF))),
            draw(st.sampled_from((None, frozenset({HERE}), frozenset({THERE})))),
            draw(st.booleans()),
            tuple(each for each in absences if each.user == user),
        )
        for user in USERS
    }


@given(rosters(), st.sampled_from((None, *USERS)))
def test_whatever_absences_come_a_present_user_or_the_senior_answers(
    roster: dict[str, Colleague], owner: str | None
) -> None:
    """No case is ever without somebody: a user is named only if they are there and work in its hospital."""
    for hours in range(-45, 45, 3):
        moment = NOON + hours * HOUR
        found = answers_for(owner, roster, HERE, moment)
        if found.user is None:
            assert found.role is Role.SUPERVISOR
        else:
            assert roster[found.user].present(moment)
            assert roster[found.user].works_in(HERE)


@given(rosters(), ABSENCES, st.sampled_from([None, *Role]))
def test_nobody_stands_in_who_is_away_or_may_not(
    roster: dict[str, Colleague], absence: Absence, step: Role | None
) -> None:
    """A deputy takes over only if they are there, in that hospital, and may do what is handed to them."""
    found = stand_in(absence, roster, HERE, step, NOON)
    if found is not None:
        assert found.user == absence.deputy
        assert found.present(NOON)
        assert found.works_in(HERE)
        assert found.role in CARE if step is None else found.may_do(step)


def test_of_several_absences_any_may_name_who_stands_in() -> None:
    """Somebody on leave without a deputy, who was off shift with one: the deputy stands in, for what they may do."""
    anna = colleague("anna", Role.COORDINATOR, away("anna", hours=None), away("anna", "boris", hours=3, since=-2))
    roster = {each.user: each for each in (anna, colleague("boris"))}
    found = deputy_of(anna, roster, HERE, Role.COORDINATOR, NOON)
    assert found is not None
    assert found.user == "boris"
    assert answers_for("anna", roster, HERE, NOON).user == "boris"
    assert deputy_of(anna, roster, THERE, Role.COORDINATOR, NOON) is None
    assert deputy_of(anna, roster, HERE, Role.PSYCHOLOGIST, NOON) is None
    assert deputy_of(anna, roster, HERE, Role.COORDINATOR, NOON + 5 * HOUR) is None


def test_a_new_case_goes_to_the_coordinator_with_the_fewest() -> None:
    """Cases count first, then steps; who is away or no coordinator gets none; nobody is an answer too."""
    team = [
        colleague("anna"),
        colleague("boris"),
        colleague("vera", Role.COORDINATOR, away("vera")),
        colleague("nina", Role.PSYCHOLOGIST),
    ]
    assert least_loaded(team, {"anna": Load(cases=3), "boris": Load(cases=2, steps=9)}, NOON) == "boris"
    assert least_loaded(team, {"anna": Load(cases=2, steps=1), "boris": Load(cases=2, steps=9)}, NOON) == "anna"
    assert least_loaded(team, {"boris": Load(cases=1)}, NOON) == "anna"
    assert least_loaded(team[2:], {}, NOON) is None


def test_only_those_who_are_there_and_may_do_it_are_suggested() -> None:
    """Another role or hospital, an absence or the step in hand leave somebody out; who records for it stays in."""
    team = [
        colleague("anna"),
        colleague("boris", Role.COORDINATOR, away("boris")),
        colleague("dina", Role.DOCTOR),
        colleague("gleb", hospitals=(THERE,)),
        colleague("nina", Role.PSYCHOLOGIST),
        colleague("olga", Role.SUPERVISOR),
        Colleague("petr", Role.COORDINATOR, None, active=False),
    ]
    assert list(suggested(*team)) == ["anna"]
    assert list(suggested(*team, wanted=Wanted(Role.DOCTOR, HERE, None, ()))) == ["anna", "dina"]
    assert list(suggested(*team, wanted=Wanted(Role.SUPERVISOR, HERE, None, ()))) == ["olga"]
    assert suggested(*team, wanted=Wanted(Role.COORDINATOR, HERE, None, (), assignee="anna")) == {}


def test_who_answers_for_the_case_and_knows_it_comes_first_until_they_have_too_much() -> None:
    """The reasons say what speaks for whom, and a heap of work outweighs them."""
    team = [colleague(user) for user in ("anna", "boris", "vera")]
    wanted = Wanted(Role.COORDINATOR, HERE, owner="boris", known_to={"boris", "vera"})
    few = {"anna": Load(steps=2), "boris": Load(steps=3, overdue=1), "vera": Load(steps=3)}
    assert suggested(*team, wanted=wanted, **few) == {
        "boris": (Merit.OWNER, Merit.KNOWS_CASE),
        "vera": (Merit.KNOWS_CASE, Merit.LEAST_OVERDUE),
        "anna": (Merit.FEWEST_STEPS, Merit.LEAST_OVERDUE),
    }
    assert list(suggested(*team, wanted=wanted, **few | {"boris": Load(steps=30)})) == ["vera", "anna", "boris"]


LOADS = st.builds(lambda steps, overdue: Load(steps, min(steps, overdue)), st.integers(0, 40), st.integers(0, 40))


@given(
    st.fixed_dictionaries(dict.fromkeys(USERS, LOADS)),
    st.fixed_dictionaries(dict.fromkeys(Merit, st.integers(0, 50))),
    st.sampled_from((None, *USERS)),
    st.sets(st.sampled_from(USERS)),
    st.sampled_from(USERS),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_more_work_never_moves_anybody_up(
    loads: dict[str, Load],
    weights: dict[Merit, int],
    owner: str | None,
    known_to: set[str],
    who: str,
    steps: int,
    overdue: int,
) -> None:
    """Whatever the weights are: with more to do, or more of it late, nobody stands higher than before."""
    team = [colleague(user) for user in USERS]
    wanted = Wanted(Role.COORDINATOR, HERE, owner, known_to)
    before = [each.user for each in suggest(wanted, team, loads, weights, NOON)]
    more = Load(loads[who].steps + steps + overdue, loads[who].overdue + overdue)
    after = [each.user for each in suggest(wanted, team, {**loads, who: more}, weights, NOON)]
    assert after.index(who) >= before.index(who)
    assert [user for user in after if user != who] == [user for user in before if user != who]
