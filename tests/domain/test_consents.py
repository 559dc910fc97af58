"""What rests on a consent: of each purpose one thing that stops with it, and what goes on all the same."""

from __future__ import annotations

from typing import Any

import pytest

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.consents import RESTS, ConsentPurpose, Told, follow, stands, tells
from marshrut.domain.evolve import evolve
from marshrut.domain.kin import Reach, may_be_told, may_publish
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Role
from tests.domain.test_keeping import PARTNERS, PROGRAMME, decided, moved, there, told
from tests.fixtures.cases import ANNA, NOON, event
from workflows.registry import OUTCOMES

LATER = NOON.replace(hour=18)


def agreed(purpose: ConsentPurpose, status: str = "given") -> e.ItemAdded:
    return there(ItemKind.CONSENT, purpose, status)


def opened(name: str) -> e.StepOpened:
    track, step = name.split(".")
    return e.StepOpened(
        step_id=f"case.{track}.{step}.main", track=track, name=step, role=Role.COORDINATOR, mandatory=True, clock=None
    )


def said(state: CaseState, purpose: ConsentPurpose, status: str) -> tuple[CaseState, tuple[e.Body, ...]]:
    """The case after somebody says so, and after all that follows from it; and what follows."""
    bodies = decided(state, moved(agreed(purpose), status))
    for body in bodies:
        state = evolve(state, event(state.seq + 1, body, NOON, actor=ANNA.user, role=ANNA.role))
    follows = follow(state, NOON, LATER)
    for body in follows:
        state = evolve(state, event(state.seq + 1, body, NOON))
    return state, follows


REFERRAL = there(ItemKind.REFERRAL, PROGRAMME, "in_progress", "one", partner=PARTNERS[0])
PLACE = there(ItemKind.INSTITUTION, "pni_1", "reserved")
TALK = there(ItemKind.SUPPORT_REQUEST, "fear", "in_progress", client="patient")
IN_CRISIS = there(ItemKind.SUPPORT_REQUEST, "fear", "requested", "two", client="patient", urgency="crisis")
OF_KIN = there(ItemKind.SUPPORT_REQUEST, "fear", "requested", "three", client="case.relative.son.main")
STEPS = {name: opened(name) for name in sorted({step for rests in RESTS.values() for step in rests.steps})}
GOES_ON = tuple(opened(name) for name in ("followup.welfare_visit", "contact.home_safety", "discharge.arrival_confirm"))
# Whatever may rest on any of them, all there at once.
EVERYTHING: tuple[e.Body, ...] = (
    *(agreed(purpose) for purpose in ConsentPurpose),
    REFERRAL,
    PLACE,
    TALK,
    IN_CRISIS,
    OF_KIN,
    *STEPS.values(),
    *GOES_ON,
)
ENDS: dict[ConsentPurpose, set[str]] = {
    ConsentPurpose.TO_BE_FOUND: set(),
    ConsentPurpose.PUBLICATION: {"relatives.volunteers_request"},
    ConsentPurpose.STATE_TOLD: set(),
    ConsentPurpose.NEEDS_TOLD: set(),
    ConsentPurpose.REFERRALS: {
        "services.referral_send", "services.referral_answer", "placement.institution_choose", "placement.bed_confirm",
    },
    ConsentPurpose.PSYCHOLOGIST: {"psychology.psy_talk", "psychology.session"},
    ConsentPurpose.FOLLOWUP: {
        "followup.call_72h", "followup.check_7d", "followup.check_30d", "followup.post_boarding",
        "placement.adaptation_check",
    },
}  # fmt: skip
MOVES = {
    ConsentPurpose.REFERRALS: {REFERRAL.item_id: "recalled", PLACE.item_id: "withdrawn"},
    ConsentPurpose.PSYCHOLOGIST: {TALK.item_id: "withdrawn"},
}
HIDES = {
    ConsentPurpose.TO_BE_FOUND: {Told.WHEREABOUTS, Told.PUBLIC_SEARCH},
    ConsentPurpose.PUBLICATION: {Told.PUBLIC_SEARCH},
    ConsentPurpose.STATE_TOLD: {Told.STATUS},
    ConsentPurpose.NEEDS_TOLD: {Told.NEEDS},
}


@pytest.mark.parametrize("status", ["withdrawn", "expired", "refused"])
@pytest.mark.parametrize("purpose", list(ConsentPurpose))
def test_what_rests_on_a_purpose_stops_with_it_and_nothing_else_does(purpose: ConsentPurpose, status: str) -> None:
    """Given everything is under way, when one purpose is withdrawn, refused or runs out, then what rests on it ends."""
    before = told(*EVERYTHING)
    after, follows = said(before, purpose, status)
    cancelled = {f"{step.track}.{step.name}" for step in after.steps.values() if not step.live}
    assert cancelled == ENDS[purpose]
    assert {body.reason for body in follows if isinstance(body, e.StepCancelled)} <= {"consent_withdrawn"}
    now = {name: item.status for name, item in after.items.items() if item.kind is not ItemKind.CONSENT}
    was = {name: item.status for name, item in before.items.items() if item.kind is not ItemKind.CONSENT}
    assert now == was | MOVES.get(purpose, {})
    assert {what for what in Told if not tells(after, what)} == HIDES.get(purpose, set())
    assert not stands(after, purpose)
    assert stands(before, purpose)
    assert all(stands(after, other) for other in ConsentPurpose if other is not purpose)
    # It is so now: asked again, nothing more follows.
    assert follow(after, NOON, LATER) == ()


@pytest.mark.parametrize("purpose", list(ConsentPurpose))
def test_a_withdrawal_is_told_once_and_what_was_published_at_once(purpose: ConsentPurpose) -> None:
    """People hear that they have to act: in their hours, or at once where something is public; each time anew."""
    after, follows = said(told(*EVERYTHING), purpose, "withdrawn")
    (notice,) = [
        body for body in follows
        if isinstance(body, e.PeopleTold) and body.occasion == f"consent_withdrawn.{purpose}"
    ]  # fmt: skip
    public = purpose in {ConsentPurpose.TO_BE_FOUND, ConsentPurpose.PUBLICATION}
    assert (notice.role, notice.urgent) == (Role.COORDINATOR, public)
    assert notice.tell_at == (NOON if public else LATER)
    assert decided(after, moved(agreed(purpose), "given"))


def test_who_never_agreed_has_nothing_to_take_back() -> None:
    """A plain no is told to nobody, unless volunteers have spread the word before."""
    asked = told(agreed(ConsentPurpose.TO_BE_FOUND, "asked"))
    assert said(asked, ConsentPurpose.TO_BE_FOUND, "refused")[1] == ()
    spread = told(
        agreed(ConsentPurpose.TO_BE_FOUND),
        there(ItemKind.ATTEMPT, "try", "logged", channel="volunteers", result="no_answer"),
    )
    _, follows = said(spread, ConsentPurpose.TO_BE_FOUND, "refused")
    assert [type(body) for body in follows] == [e.PeopleTold]


def test_partners_and_institutions_are_told_of_what_is_recalled() -> None:
    """A coordinator tells the partner, a placement officer gives the place back: no partner reads our notices."""
    _, follows = said(told(*EVERYTHING), ConsentPurpose.REFERRALS, "withdrawn")
    told_of = {body.occasion: body.role for body in follows if isinstance(body, e.PeopleTold)}
    assert told_of["referral_recalled"] is Role.COORDINATOR
    assert told_of["place_given_back"] is Role.PLACEMENT


def test_every_step_of_the_table_is_one_that_there_is() -> None:
    """A step that was renamed would go on without anybody's consent."""
    assert {step for rests in RESTS.values() for step in rests.steps} <= OUTCOMES.keys()


REFER = c.Refer(reason="fear")
BEGINS: list[tuple[ConsentPurpose, c.CommandBody]] = [
    (
        ConsentPurpose.REFERRALS,
        c.AddItem(kind=ItemKind.REFERRAL, name=PROGRAMME, facts={"partner": PARTNERS[0]}),
    ),
    (ConsentPurpose.PSYCHOLOGIST, REFER),
]


@pytest.mark.parametrize(("purpose", "body"), BEGINS)
def test_what_was_withdrawn_cannot_be_begun_by_hand(purpose: ConsentPurpose, body: c.CommandBody) -> None:
    """It is refused with the purpose; given again, it goes through."""
    stopped = told(agreed(purpose, "refused"))
    with pytest.raises(Refused) as refused:
        decided(stopped, body)
    assert (refused.value.code, refused.value.details["purpose"]) == ("consent_withdrawn", purpose)
    assert decided(told(agreed(purpose)), body)


def test_a_crisis_asks_for_no_consent() -> None:
    """Whoever refused talks is still helped in danger, and so is somebody near to them."""
    stopped = told(agreed(ConsentPurpose.PSYCHOLOGIST, "refused"), there(ItemKind.RELATIVE, "son", "found"))
    assert decided(stopped, c.Refer(reason="fear", urgency="crisis"))
    assert decided(stopped, c.Refer(reason="fear", client="case.relative.son.main"))


@pytest.mark.parametrize(
    ("stated", "found", "published"),
    [
        ((), Reach.NOT_ASKED, Reach.NOT_ASKED),
        ((agreed(ConsentPurpose.TO_BE_FOUND),), None, None),
        ((agreed(ConsentPurpose.TO_BE_FOUND), agreed(ConsentPurpose.PUBLICATION, "refused")), None, Reach.UNPUBLISHED),
        ((agreed(ConsentPurpose.TO_BE_FOUND, "refused"),), Reach.NOBODY, Reach.NOBODY),
        ((agreed(ConsentPurpose.PUBLICATION),), Reach.NOT_ASKED, Reach.NOT_ASKED),
    ],
)
def test_who_may_be_told_and_what_may_be_published(stated: tuple[Any, ...], found: Any, published: Any) -> None:
    """To be found by those near and to be searched for in public are two things."""
    assert (may_be_told(told(*stated)), may_publish(told(*stated))) == (found, published)


def test_needs_are_told_only_after_a_whole_yes() -> None:
    """Not asked, or in part, is no for what a partner sees; for all else it is as it was before anybody asked."""
    assert not stands(told(), ConsentPurpose.NEEDS_TOLD)
    assert not stands(told(agreed(ConsentPurpose.NEEDS_TOLD, "partial")), ConsentPurpose.NEEDS_TOLD)
    assert stands(told(agreed(ConsentPurpose.FOLLOWUP, "partial")), ConsentPurpose.FOLLOWUP)
    assert stands(told(), ConsentPurpose.FOLLOWUP)
