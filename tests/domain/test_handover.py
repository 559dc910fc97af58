"""The rules of a shift's handover: whose it is to take, read, decline and withdraw, and what became of each thing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.decide import decide
from marshrut.domain.evolve import evolve
from marshrut.domain.handover import (
    SETTLES,
    WRONG_ROLE,
    Found,
    Handover,
    HandoverState,
    Item,
    ItemState,
    Said,
    Thing,
    Tidings,
    became,
    excepted,
    handover_of,
    may_decline,
    may_read,
    may_take,
    may_withdraw,
)
from marshrut.domain.moves import SENIOR, Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from tests.fixtures.cases import ANNA, CATALOGUE, HOUR, NOON, admission, command
from tests.fixtures.shipped import shipped

OFFERED = Handover(
    id="h",
    hospital="GKB29",
    giver="anna",
    role=Role.COORDINATOR,
    receiver="boris",
    offered_by="anna",
    offered_at=NOON,
    recorded_at=NOON,
    senior_at=NOON + HOUR,
    head_at=NOON + 2 * HOUR,
    urgent=False,
)
TO_TEAM = replace(OFFERED, receiver=None)
TAKEN = replace(
    OFFERED,
    state=HandoverState.ACKNOWLEDGED,
    answered_by="boris",
    answered_role=Role.COORDINATOR,
    answered_at=NOON,
    answer_recorded_at=NOON,
)
STEP = Item("step", Thing.STEP, "case", Role.COORDINATOR)
CASE = Item("case", Thing.CASE, "case")


@pytest.mark.parametrize(
    ("handover", "user", "role", "there", "may"),
    [
        (OFFERED, "boris", Role.COORDINATOR, True, True),
        (OFFERED, "boris", Role.DOCTOR, True, True),
        (OFFERED, "vera", Role.COORDINATOR, True, False),
        (OFFERED, "vera", Role.COORDINATOR, False, True),
        (OFFERED, "nina", Role.PSYCHOLOGIST, False, False),
        (OFFERED, "olga", Role.SUPERVISOR, True, True),
        (TO_TEAM, "vera", Role.COORDINATOR, False, True),
        (TO_TEAM, "nina", Role.PSYCHOLOGIST, False, False),
        (TO_TEAM, "pavel", Role.HEAD, False, True),
        (TO_TEAM, "anna", Role.COORDINATOR, False, False),
        (TO_TEAM, "anna", Role.SUPERVISOR, False, False),
    ],
)
def test_who_may_take_it(handover: Handover, user: str, role: Role, *, there: bool, may: bool) -> None:
    """The receiver, or the team when there is none or they are away, or a senior; never the giver."""
    assert may_take(handover, user, role, receiver_there=there) is may


def test_a_no_is_said_for_oneself_and_by_seniors_for_others() -> None:
    """One of the team does not refuse for all of it; the giver withdraws, and so may a senior for them."""
    assert may_decline(OFFERED, "boris", Role.COORDINATOR)
    assert not may_decline(OFFERED, "vera", Role.COORDINATOR)
    assert not may_decline(TO_TEAM, "vera", Role.COORDINATOR)
    assert may_decline(TO_TEAM, "olga", Role.SUPERVISOR)
    assert may_withdraw(OFFERED, "anna", Role.COORDINATOR)
    assert may_withdraw(OFFERED, "olga", Role.SUPERVISOR)
    assert not may_withdraw(OFFERED, "boris", Role.COORDINATOR)


def test_notes_are_for_whose_work_it_is() -> None:
    """A psychologist's notes are read by psychologists and the senior coordinator, and by whom they are meant for."""
    talks = replace(OFFERED, role=Role.PSYCHOLOGIST, giver="nina", receiver=None)
    assert may_read(talks, "nora", Role.PSYCHOLOGIST)
    assert may_read(talks, "olga", Role.SUPERVISOR)
    for role in set(Role) - {Role.PSYCHOLOGIST, Role.SUPERVISOR}:
        assert not may_read(talks, "somebody", role)
        assert may_read(replace(talks, receiver="somebody"), "somebody", role)


def test_nobody_takes_what_is_not_their_work() -> None:
    """What somebody excepts, and what they may not do, is left with its reason; a case goes to whoever cares."""
    doctors = replace(STEP, item_id="other", role=Role.DOCTOR)
    talk = replace(STEP, item_id="talk", role=Role.PSYCHOLOGIST)
    assert [excepted(item, Role.COORDINATOR, {"step": "conflict"}) for item in (STEP, doctors, talk, CASE)] == [
        "conflict",
        None,
        WRONG_ROLE,
        None,
    ]
    assert [excepted(item, Role.HOTLINE, {}) for item in (STEP, CASE)] == [WRONG_ROLE, WRONG_ROLE]
    for senior in SENIOR:
        assert [excepted(item, senior, {}) for item in (STEP, doctors, talk, CASE)] == [None] * 4


FOUND = st.none() | st.builds(
    Found, st.booleans(), st.sampled_from((None, "anna", "boris", "vera")), st.sampled_from(("GKB29", "SKLIF"))
)


@given(
    handover=st.sampled_from((TAKEN, replace(TAKEN, state=HandoverState.DECLINED))),
    item=st.sampled_from((STEP, CASE, replace(STEP, reason="conflict"))),
    found=FOUND,
    said=st.sampled_from(Said),
    minutes=st.integers(0, 5),
)
def test_what_became_of_a_thing_is_what_was_read_back(
    handover: Handover, item: Item, found: Found | None, said: Said, minutes: int
) -> None:
    """It counts as taken only if its own command was done; who has it otherwise is said; what is unclear is left so."""
    state = became(handover, item, found, said, NOON + minutes * SETTLES)
    gone = found is None or not found.live
    theirs = found is not None and found.holder == "anna" and found.hospital == "GKB29"
    if state is ItemState.TAKEN:
        assert said is Said.DONE
        assert item.reason is None
        assert handover.state is HandoverState.ACKNOWLEDGED
    elif state is ItemState.NOT_TAKEN:
        assert item.reason is not None or handover.state is HandoverState.DECLINED
    elif state is None:
        assert theirs
        assert said is not Said.DONE
        assert said is not Said.REFUSED or minutes == 0
    assert (state is ItemState.OVER) == gone
    if state is ItemState.ELSEWHERE:
        assert not theirs
    if state is ItemState.KEPT:
        assert theirs
        assert said is Said.REFUSED


def test_a_refused_command_is_looked_after_before_it_is_given_up() -> None:
    """SQL may lag behind the journey that refused: after a minute what still is the giver's has stayed with them."""
    still = Found(live=True, holder="anna", hospital="GKB29")
    assert became(TAKEN, STEP, still, Said.REFUSED, NOON + SETTLES / 2) is None
    assert became(TAKEN, STEP, still, Said.REFUSED, NOON + SETTLES) is ItemState.KEPT
    assert became(TAKEN, STEP, still, Said.PENDING, NOON + 9 * SETTLES) is None


def test_how_long_it_may_wait_is_the_catalogues() -> None:
    """Half an hour, at the flagship ten minutes and at any hour; a head hears of it after the senior coordinator."""
    catalogue = shipped()
    usual, flagship = catalogue.handover_terms("GKB29"), catalogue.handover_terms("SKLIF")
    assert (usual.senior_after, usual.urgent) == (HOUR / 2, False)
    assert (flagship.senior_after, flagship.urgent) == (HOUR / 6, True)
    for hospital in catalogue.hospitals:
        terms = catalogue.handover_terms(hospital)
        assert terms.senior_after < terms.head_after
        assert WRONG_ROLE in catalogue.handover_reasons(hospital)


def opened() -> CaseState:
    """A case with somebody in it."""
    state = CaseState(case_id="case")
    for body in decide(state, command(admission()), NOON, CATALOGUE, {}):
        told = e.Event(
            seq=state.seq + 1, recorded_at=NOON, occurred_at=NOON, actor="his", role=Role.INTEGRATOR, body=body
        )
        state = evolve(state, told)
    return state


def test_people_are_told_by_the_system_once_and_at_night_only_if_it_is_urgent() -> None:
    """A word about a handover stands in one of its cases under a key; nobody else can say one."""
    itself, night = Actor(user="marshrut", role=Role.SYSTEM), NOON + 12 * HOUR
    word = c.Tell(key="shift/h/waits", occasion=Tidings.WAITS, role=Role.SUPERVISOR)
    state = opened()
    (told,) = decide(state, command(word, itself), night, CATALOGUE, {})
    assert isinstance(told, e.PeopleTold)
    assert told.tell_at > night
    assert handover_of(told.key) == "h"
    (urgent,) = decide(state, command(word.model_copy(update={"urgent": True}), itself), night, CATALOGUE, {})
    assert isinstance(urgent, e.PeopleTold)
    assert (urgent.tell_at, urgent.urgent) == (night, True)
    with pytest.raises(Refused, match="role_not_allowed"):
        decide(state, command(word, ANNA), night, CATALOGUE, {})
    after = evolve(
        state, e.Event(seq=state.seq + 1, recorded_at=NOON, occurred_at=NOON, actor="m", role=Role.SYSTEM, body=told)
    )
    with pytest.raises(Refused, match="nothing_changes"):
        decide(after, command(word, itself), night, CATALOGUE, {})
    assert handover_of("handover/absence/1/anna") is None
