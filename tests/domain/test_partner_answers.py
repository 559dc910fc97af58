"""What a partner may answer, and the command that its answer is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from marshrut.domain.events import OutcomeCodes
from marshrut.domain.facts import Referral, put_aside
from marshrut.domain.items import can, check
from marshrut.domain.kinds import KINDS
from marshrut.domain.moves import Actor
from marshrut.domain.partner_answers import Answer, move_of, open_to, said
from marshrut.domain.refusal import Refused
from marshrut.domain.state import Item
from marshrut.domain.versions import of_part
from marshrut.domain.words import ItemKind, Role

NOW = datetime(2026, 3, 12, 9, tzinfo=UTC)
PARTNER = "limb_loss_service"


def referral(status: str, **facts: str) -> Item:
    return Item(
        item_id="c.referral.new_opportunities.k",
        kind=ItemKind.REFERRAL,
        name="new_opportunities",
        status=status,
        facts={"partner": PARTNER, **facts},
        added_at=NOW,
        moved_at=NOW,
        moved_by="anna",
        expires_at=NOW + timedelta(days=2) if status == "requested" else None,
    )


@pytest.mark.parametrize(
    ("status", "answers"),
    [
        ("requested", {"accepted", "declined", "on_hold"}),
        ("accepted", {"in_progress", "completed", "failed", "on_hold"}),
        ("in_progress", {"completed", "failed", "on_hold"}),
        *((status, set()) for status in ("declined", "done", "failed", "recalled", "handed_over")),
    ],
)
def test_a_partner_may_say_what_follows(status: str, answers: set[str]) -> None:
    """In each status those answers are open that may follow there, and none of what is ours to say (recall)."""
    assert set(open_to(referral(status), PARTNER)) == answers


def test_what_was_put_aside_is_taken_up_again() -> None:
    """Given that a partner has put it aside, when it says anything else, then it is aside no more."""
    held = referral("accepted", on_hold="accepted")
    assert put_aside(held)
    assert set(open_to(held, PARTNER)) == {"accepted", "in_progress", "completed", "failed"}
    for answer in open_to(held, PARTNER):
        move = move_of(held, answer, reason="other")
        assert not put_aside(held.but(status=move.status, facts={**held.facts, **move.facts}))
        assert said(move.status, move.facts) is answer


def test_nobody_answers_for_another() -> None:
    """A partner that was not asked may answer nothing, whatever way it tries."""
    other = Actor(user="prosthetics_enterprise", role=Role.PARTNER)
    assert open_to(referral("requested"), other.user) == ()
    assert can(referral("requested"), other) == ()
    with pytest.raises(Refused, match="role_not_allowed"):
        check(referral("requested"), "accepted", other)


def test_a_partner_moves_nothing_but_what_partners_say() -> None:
    """Of no kind of item, and into no status, a partner moves what is not for it to say."""
    partner = Actor(user=PARTNER, role=Role.PARTNER)
    with pytest.raises(Refused, match="role_not_allowed"):
        check(referral("accepted"), "recalled", partner)
    for kind, table in KINDS.items():
        if kind is ItemKind.REFERRAL:
            continue
        for status in table.statuses:
            item = referral(status).but(kind=kind)
            assert can(item, partner) == ()


def test_asking_for_time_is_not_silence() -> None:
    """Put aside until a day, a request lapses no sooner; without a day it lapses when it would have."""
    requested = referral("requested")
    later = NOW + timedelta(days=9)
    assert move_of(requested, Answer.ON_HOLD, reason="no_capacity", until=later).expires_at == later
    sooner = NOW + timedelta(days=1)
    assert move_of(requested, Answer.ON_HOLD, reason="no_capacity", until=sooner).expires_at == requested.expires_at
    assert move_of(requested, Answer.ON_HOLD, reason="no_capacity").expires_at is None  # as it was: keeping.py


def test_to_put_aside_takes_a_reason_and_a_change() -> None:
    """Without a reason, as what it is not, or taken up when nothing is aside: each is refused by its name."""
    item = referral("requested")
    told: tuple[tuple[OutcomeCodes, str], ...] = (
        ({"on_hold": "requested"}, "missing_field"),
        ({"on_hold": "accepted", "reason": "other"}, "wrong_facts"),
        ({"on_hold": "no"}, "nothing_changes"),
        ({}, "nothing_changes"),
    )
    for given, code in told:
        with pytest.raises(Refused, match=code):
            Referral.check_change(item, "requested", given)


def test_a_version_is_of_how_it_stands_and_of_nothing_else() -> None:
    """The same item told in another zone has the same version; another status another one."""
    item = referral("requested")
    elsewhere = NOW.astimezone().replace(fold=0)
    assert of_part(item) == of_part(item.but(added_at=elsewhere))
    assert of_part(item) != of_part(item.but(status="accepted"))
