"""The table of kinds: what may become of an item, who may say so, and what is known of it."""

from itertools import product

import pytest

from marshrut.domain.facts import Facts
from marshrut.domain.items import can, check, facts_of, rival, taken
from marshrut.domain.kinds import KINDS
from marshrut.domain.moves import CARE, Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import Item
from marshrut.domain.words import ItemKind, Role
from tests.fixtures.cases import EVERYBODY, NOON
from tests.fixtures.shipped import shipped

# In which statuses nothing follows, as the trade tells it and not as the table does.
FINAL = {
    ItemKind.DOCUMENT: {"handed_over"},
    ItemKind.RELATIVE: {"deceased"},
    ItemKind.ATTEMPT: {"logged"},
    ItemKind.REFERRAL: {"declined", "done", "failed", "recalled", "handed_over"},
    ItemKind.SESSION: {"cancelled"},
    ItemKind.APPLICATION: {"granted", "withdrawn"},
    ItemKind.INSTITUTION: {"left"},
    ItemKind.VOUCHER: {"refused", "used", "returned"},
    ItemKind.FEEDBACK: {"given", "declined"},
    ItemKind.SUPPORT_REQUEST: {"helped", "refused", "transferred", "withdrawn"},
}
# The least that is to be said of an item of the kind.
LEAST = {
    ItemKind.ENTRY: {"sort": "direction"},
    ItemKind.ATTEMPT: {"channel": "phone", "result": "no_answer"},
    ItemKind.REFERRAL: {"partner": "somebody"},
}
every_kind = pytest.mark.parametrize("kind", ItemKind)


def item(kind: ItemKind, status: str, moved_by: str = "anna", key: str = "main", **facts: str) -> Item:
    return Item(
        item_id=f"case.{kind}.thing.{key}",
        kind=kind,
        name="thing",
        status=status,
        facts={**facts},
        added_at=NOON,
        moved_at=NOON,
        moved_by=moved_by,
    )


@every_kind
def test_every_status_can_be_reached(kind: ItemKind) -> None:
    """From those in which an item may begin every status of its kind can be had, and has a name in words."""
    table = KINDS[kind]
    reached, ahead = set(table.first), list(table.first)
    while ahead:
        for to in table.moves.get(ahead.pop(), ()):
            ahead += {to} - reached
            reached.add(to)
    by_itself = {*table.lapses.values(), *table.ends.values(), *table.lives_on.values()}
    assert reached | by_itself == set(table.statuses)
    assert set(table.statuses) <= shipped().statuses.keys()


@every_kind
def test_what_is_final_is_final(kind: ItemKind) -> None:
    """Nothing follows where the trade says so, neither by hand nor by time, and everywhere else something does."""
    table = KINDS[kind]
    assert {status for status in table.statuses if table.final(status)} == FINAL.get(kind, set())
    assert not any(table.final(status) for status in {*table.lapses, *table.ends, *table.lives_on})
    for status, actor in product(FINAL.get(kind, set()), EVERYBODY):
        assert can(item(kind, status), actor) == ()


@every_kind
def test_a_table_speaks_of_its_own_statuses_only(kind: ItemKind) -> None:
    """Lapses, approvals, sole holders and ends name statuses that an item of the kind can have."""
    table = KINDS[kind]
    named = {*table.lapses, *table.lapses.values(), *table.approved, *table.sole}
    named |= {*table.ends, *table.ends.values(), *table.lives_on, *table.lives_on.values()}
    assert named <= {*table.first, *table.moves, *(to for tos in table.moves.values() for to in tos)}
    assert all(table.moves.keys() >= {status} for status in (*table.lapses, *table.ends))


@every_kind
def test_what_ends_with_the_case_follows_the_table(kind: ItemKind) -> None:
    """Time and the end of a case move an item only to where a person could have moved it."""
    table = KINDS[kind]
    for moves in (table.lapses, table.ends, table.lives_on):
        assert all(to in table.moves[status] for status, to in moves.items())


@every_kind
def test_facts_refuse_what_their_kind_does_not_know(kind: ItemKind) -> None:
    """A fact that the kind has no field for is refused with its name, not kept and not dropped."""
    least = LEAST.get(kind, {})
    facts_of(kind, {**least})
    with pytest.raises(Refused) as refusal:
        facts_of(kind, {**least, "surprise": "1"})
    assert (refusal.value.code, dict(refusal.value.details)) == ("wrong_facts", {"field": "facts.surprise"})


@every_kind
def test_the_journey_is_told_no_private_fact(kind: ItemKind) -> None:
    """Whatever is private, the note before all, is no part of what the journey keeps."""
    form: type[Facts] = KINDS[kind].facts
    assert "note" in form.private_fields
    kept = facts_of(kind, {**LEAST.get(kind, {}), "note": "said-in-confidence"})
    assert not form.private_fields & kept.keys()


@every_kind
@pytest.mark.parametrize("approval", [False, True])
def test_can_lists_what_check_lets_pass(kind: ItemKind, approval: bool) -> None:
    """The moves that are shown are those that are let pass: in every status, for everybody, mine or another's."""
    table = KINDS[kind]
    for status, actor, mine in product(table.statuses, EVERYBODY, (False, True)):
        here = item(kind, status)
        own = frozenset({actor.user if mine else "somebody"}) if approval else None
        passed = {to for to in table.statuses if passes(here, to, actor, own)}
        # Into itself an item is moved on purpose only (a queue's place): it is let pass and not offered.
        assert set(can(here, actor, own=own)) == passed - {status}


def passes(here: Item, to: str, actor: Actor, own: frozenset[str] | None) -> bool:
    try:
        check(here, to, actor, own=own)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("role", Role)
def test_items_are_moved_by_whoever_cares(role: Role) -> None:
    """A document is moved by those who care for patients and by nobody else, whatever its status."""
    needed = item(ItemKind.DOCUMENT, "needed")
    assert bool(can(needed, Actor(user="somebody", role=role))) is (role in CARE)


@pytest.mark.parametrize(
    ("role", "moved_by", "approval", "code"),
    [
        (Role.COORDINATOR, "else", False, None),
        (Role.COORDINATOR, "else", True, "approval_needed"),
        (Role.SUPERVISOR, "else", True, None),
        (Role.HEAD, "else", True, None),
        (Role.SUPERVISOR, "me", True, "own_request"),
        (Role.SUPERVISOR, "me", False, None),
        (Role.AUDITOR, "else", False, "role_not_allowed"),
    ],
)
def test_four_eyes_plan_what_needs_approval(role: Role, moved_by: str, approval: bool, code: str | None) -> None:
    """Where the catalogue asks for it a part of the route is planned by a senior who did not want it themselves."""
    wanted, me = item(ItemKind.ENTRY, "wanted"), Actor(user="me", role=role)
    own = frozenset({moved_by}) if approval else None
    if code is None:
        check(wanted, "planned", me, own=own)
        return
    with pytest.raises(Refused) as refusal:
        check(wanted, "planned", me, own=own)
    assert refusal.value.code == code
    # Only the planning is watched: to leave it out takes one pair of eyes.
    assert ("left_out" in can(wanted, me, own=own)) is (role in CARE)


def test_one_partner_wins() -> None:
    """While one has accepted no other may; a round that was delivered is over, and another round is not."""
    here = item(ItemKind.REFERRAL, "requested", key="here", partner="a", round="one")

    def beside(status: str, asked: str = "one", name: str = "thing") -> bool:
        other = item(ItemKind.REFERRAL, status, key="there", partner="b", round=asked).but(name=name)
        return rival([other, here], here, "accepted") is not None

    assert [status for status in KINDS[ItemKind.REFERRAL].statuses if beside(status)] == [
        "accepted",
        "in_progress",
        "done",
        "handed_over",
    ]
    assert [status for status in KINDS[ItemKind.REFERRAL].statuses if beside(status, "two")] == [
        "accepted",
        "in_progress",
    ]
    assert not beside("accepted", name="another_programme")
    assert rival([here, item(ItemKind.REFERRAL, "accepted", key="there")], here, "declined") is None


def test_a_service_that_runs_is_taken() -> None:
    """A further partner is asked only while nobody has accepted the programme."""
    asked = [item(ItemKind.REFERRAL, "requested")]
    assert not taken(asked, ItemKind.REFERRAL, "thing")
    runs = [*asked, item(ItemKind.REFERRAL, "in_progress", key="there")]
    assert taken(runs, ItemKind.REFERRAL, "thing")
    assert not taken(runs, ItemKind.REFERRAL, "another_programme")
