"""What people write down beside the steps: what it says in the journal, and why it is refused."""

import ast
import inspect
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain import items as items_module
from marshrut.domain import keeping as keeping_module
from marshrut.domain.decide import ADULT, decide
from marshrut.domain.evolve import evolve
from marshrut.domain.ids import item_id
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, ItemKind, Protection
from tests.fixtures.cases import (
    ANNA,
    BORIS,
    CATALOGUE,
    DAY,
    HIS,
    HOUR,
    NOON,
    OLGA,
    PAVEL,
    command,
    event,
)
from workflows.registry import OUTCOMES

ADMITTED = e.CaseOpened(
    hospital="GKB29", person="p", admitted_at=NOON - DAY, emergency=True, procedure=ADULT, catalogue=CATALOGUE.version
)
PROGRAMME = "new_opportunities"
PARTNERS = CATALOGUE.programmes[PROGRAMME].partners
CARD = "temporary_id"  # a document that lapses after 60 days


def name_of(kind: ItemKind, name: str, key: str = "main") -> str:
    return item_id("case", kind, name, key)


def there(
    kind: ItemKind, name: str, status: str, key: str = "main", of: str | None = None, **facts: Any
) -> e.ItemAdded:
    known = items_module.facts_of(kind, {**facts})
    return e.ItemAdded(item_id=name_of(kind, name, key), item=kind, name=name, status=status, facts=known, of=of)


def told(*bodies: e.Body, actor: Actor = ANNA) -> CaseState:
    """An open case of which these events told as well."""
    state = CaseState(case_id="case")
    for body in (ADMITTED, *bodies):
        state = evolve(state, event(state.seq + 1, body, NOON - HOUR, actor=actor.user, role=actor.role))
    return state


def decided(state: CaseState, body: c.CommandBody, actor: Actor = ANNA, **more: Any) -> tuple[e.Body, ...]:
    return decide(state, command(body, actor, **more), NOON, CATALOGUE, OUTCOMES)


def added(kind: ItemKind, name: str, **more: Any) -> c.AddItem:
    return c.AddItem.model_validate({"kind": kind, "name": name} | more)


def moved(event: e.ItemAdded, status: str, **more: Any) -> c.MoveItem:
    return c.MoveItem.model_validate({"item_id": event.item_id, "status": status} | more)


ASKED = there(ItemKind.REFERRAL, PROGRAMME, "requested", "one", partner=PARTNERS[0], round="first")
RUNS = there(
    ItemKind.REFERRAL, PROGRAMME, "accepted", "two", partner=PARTNERS[-1], round="first", consultant_named="first"
)
NEEDED = there(ItemKind.DOCUMENT, CARD, "needed", of="documents")
WANTED = there(ItemKind.ENTRY, "placement", "wanted", sort="direction")
NEED = there(ItemKind.NEED, "home_care", "agreed")
REFERRED = added(ItemKind.REFERRAL, PROGRAMME, facts={"partner": PARTNERS[0]})
RANG = {"channel": "phone", "result": "no_answer"}
REFUSED_TO_BE_FOUND = there(ItemKind.CONSENT, "to_be_found", "refused")
DANGER = e.FlagsChanged(added=(Flag.VIOLENCE,))
CRISIS = e.FlagsChanged(added=(Flag.CRISIS,))
GUARDED = e.FlagsChanged(added=(Flag.PROTECTED,), because=Protection.KNOWN)
ANNAS = e.OwnerChanged(owner=ANNA.user, reason="agreed")
SCORED = c.RecordScore(instrument="phq9", version="1", score=12, needs={"psychology": ("phq9.band.moderate",)})


class Case(NamedTuple):
    """Who asks for what, of which case, and why it is refused; `field`: which one is named."""

    code: str
    state: CaseState
    body: c.CommandBody
    actor: Actor = ANNA
    field: str | None = None


REFUSALS = [
    Case("role_not_allowed", told(CRISIS), c.ChangeFlags(remove=(Flag.CRISIS,)), HIS),
    Case("nothing_changes", told(CRISIS), c.ChangeFlags(add=(Flag.CRISIS,)), field="add"),
    Case("nothing_changes", told(), c.ChangeFlags(remove=(Flag.CRISIS,)), field="add"),
    Case("nothing_changes", told(), c.ChangeFlags(add=(Flag.CRISIS,), remove=(Flag.CRISIS,)), field="add"),
    Case("role_not_allowed", told(), c.ChangeFlags(add=(Flag.PROTECTED,), because=Protection.KNOWN)),
    Case("role_not_allowed", told(), c.ChangeFlags(add=(Flag.PROTECTED,), because=Protection.KNOWN), PAVEL),
    Case("role_not_allowed", told(GUARDED), c.ChangeFlags(remove=(Flag.PROTECTED,), because=Protection.OVER)),
    Case("why_protected", told(), c.ChangeFlags(add=(Flag.PROTECTED,)), OLGA, "protection"),
    Case("why_protected", told(), c.ChangeFlags(add=(Flag.PROTECTED,), because=Protection.OVER), OLGA, "protection"),
    Case("why_protected", told(GUARDED), c.ChangeFlags(remove=(Flag.PROTECTED,)), OLGA, "protection"),
    Case(
        "why_protected",
        told(GUARDED),
        c.ChangeFlags(remove=(Flag.PROTECTED,), because=Protection.STATE),
        OLGA,
        "protection",
    ),
    Case("role_not_allowed", told(), c.SetOwner(owner=HIS.user, reason="agreed"), HIS),
    Case("role_not_allowed", told(), c.SetOwner(owner=BORIS.user, reason="agreed")),
    Case("role_not_allowed", told(ANNAS), c.SetOwner(owner=None, reason="agreed")),
    Case("nothing_changes", told(ANNAS), c.SetOwner(owner=ANNA.user, reason="agreed"), field="owner"),
    Case("nothing_changes", told(), c.SetOwner(owner=None, reason="agreed"), OLGA, "owner"),
    Case("role_not_allowed", told(), SCORED, HIS),
    Case("role_not_allowed", told(), added(ItemKind.NEED, "home_care"), HIS),
    Case("unknown_name", told(), added(ItemKind.NEED, "holiday"), field="name"),
    Case("unknown_name", told(), REFERRED.model_copy(update={"facts": {"partner": "nobody"}}), field="facts.partner"),
    Case("wrong_status", told(), added(ItemKind.NEED, "home_care", status="met"), field="status"),
    Case("wrong_status", told(), added(ItemKind.NEED, "home_care", status="unheard_of"), field="status"),
    Case("wrong_facts", told(), added(ItemKind.NEED, "home_care", facts={"surprise": 1}), field="facts.surprise"),
    Case("wrong_facts", told(), added(ItemKind.ENTRY, "documents"), field="facts.sort"),
    Case("item_exists", told(NEED), added(ItemKind.NEED, "home_care")),
    Case("item_exists", told(ASKED), REFERRED.model_copy(update={"key": "one"})),
    Case("another_accepted", told(RUNS), REFERRED),
    Case(
        "due_in_the_past",
        told(),
        added(ItemKind.DOCUMENT, CARD, status="issued", expires_at=NOON),
        field="expires_at",
    ),
    Case(
        "approval_needed",
        told(),
        added(ItemKind.ENTRY, "placement", status="planned", facts={"sort": "direction"}),
        OLGA,
    ),
    Case(
        "contact_not_wished",
        told(REFUSED_TO_BE_FOUND),
        added(ItemKind.ATTEMPT, "call", facts=RANG),
    ),
    Case(
        "contact_not_wished",
        told(),
        added(ItemKind.ATTEMPT, "call", facts=RANG | {"channel": "social_media"}),
    ),
    Case("contact_dangerous", told(DANGER), added(ItemKind.ATTEMPT, "call", facts=RANG)),
    Case("item_not_found", told(), moved(NEED, "met")),
    Case("role_not_allowed", told(NEED), moved(NEED, "met"), HIS),
    Case("wrong_move", told(NEED), moved(NEED, "proposed")),
    Case("wrong_move", told(NEED), moved(NEED, "unheard_of")),
    Case("another_accepted", told(ASKED, RUNS), moved(ASKED, "accepted")),
    Case("wrong_facts", told(NEED), moved(NEED, "met", facts={"surprise": 1}), field="facts.surprise"),
    Case("due_in_the_past", told(NEEDED), moved(NEEDED, "issued", expires_at=NOON - HOUR), field="expires_at"),
    Case("approval_needed", told(WANTED), moved(WANTED, "planned")),
    Case("own_request", told(WANTED, actor=OLGA), moved(WANTED, "planned"), OLGA),
    Case("wrong_facts", told(ASKED), moved(ASKED, "declined", facts={"on_hold": "accepted"}), field="facts.on_hold"),
    Case("nothing_changes", told(RUNS), moved(RUNS, "accepted", facts={"on_hold": "no"}), field="status"),
    Case(
        "consultant_named",
        told(RUNS),
        moved(RUNS, "accepted", facts={"consultant_named": "first"}),
        field="facts.consultant_named",
    ),
    Case(
        "missing_field",
        told(RUNS),
        moved(RUNS, "accepted", facts={"consultant_named": "changed"}),
        field="facts.reason",
    ),
    Case("nothing_changes", told(RUNS), moved(RUNS, "accepted"), field="status"),
]


@pytest.mark.parametrize("case", REFUSALS, ids=[f"{case.code}-{n}" for n, case in enumerate(REFUSALS)])
def test_what_may_not_be_written_down_is_refused_by_its_code(case: Case) -> None:
    """Each refusal has its code and, where one is at fault, its field."""
    with pytest.raises(Refused) as refusal:
        decided(case.state, case.body, case.actor)
    assert refusal.value.code == case.code
    assert refusal.value.details.get("field") == case.field


def test_every_refusal_has_its_case() -> None:
    """No code is raised in the rules of items without a case above."""
    raised = {
        node.args[0].value
        for module in (keeping_module, items_module)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused"
        if isinstance(node.args[0], ast.Constant)
    }
    assert len(raised) > 10
    # What changed hands meanwhile is told in tests/domain/test_decide.py, with the hand-overs.
    assert raised - {"claimed_by_another"} <= {case.code for case in REFUSALS}


def test_flags_say_only_what_is_new() -> None:
    """Of circumstances that are told those are written down that were not known, or were and are not so."""
    state = told(CRISIS)
    said = c.ChangeFlags(add=(Flag.CRISIS, Flag.PALLIATIVE), remove=(Flag.VIOLENCE,))
    assert decided(state, said) == (e.FlagsChanged(added=(Flag.PALLIATIVE,)),)
    both = c.ChangeFlags(add=(Flag.PALLIATIVE,), remove=(Flag.CRISIS,))
    assert decided(state, both) == (e.FlagsChanged(added=(Flag.PALLIATIVE,), removed=(Flag.CRISIS,)),)
    (changed,) = decided(state, both)
    assert evolve(state, event(state.seq + 1, changed)).flags == (Flag.PALLIATIVE,)


@pytest.mark.parametrize(
    ("before", "owner", "actor"),
    [((), ANNA.user, ANNA), ((ANNAS,), BORIS.user, BORIS), ((), BORIS.user, OLGA), ((ANNAS,), None, OLGA)],
)
def test_a_case_is_taken_or_given(before: tuple[e.Body, ...], owner: str | None, actor: Actor) -> None:
    """Whoever cares takes a case, also from a colleague; a senior gives it to anybody, or back to the senior's desk."""
    assert decided(told(*before), c.SetOwner(owner=owner, reason="agreed"), actor) == (
        e.OwnerChanged(owner=owner, reason="agreed"),
    )


def test_a_score_proposes_needs_that_nobody_knows_yet() -> None:
    """What an instrument says is kept, and of the needs it speaks for those are added that are not there, with why."""
    scored = SCORED.model_copy(update={"needs": {"home_care": ("a",), "psychology": ("b", "c")}, "findings": ("f",)})
    kept, *proposed = decided(told(NEED), scored)
    assert kept == e.InstrumentScored(instrument="phq9", version="1", score=12, band=None, findings=("f",))
    assert proposed == [there(ItemKind.NEED, "psychology", "proposed", because=("b", "c"))]


def test_an_item_begins_as_its_kind_does() -> None:
    """Without a status an item begins in the usual one; of a single kind it is found by its name, else by its key."""
    assert decided(told(), added(ItemKind.NEED, "home_care")) == (there(ItemKind.NEED, "home_care", "proposed"),)
    asked = added(ItemKind.ATTEMPT, "call", facts=RANG)
    (by_command,) = decided(told(), asked, id="a-command")
    (by_key,) = decided(told(), asked.model_copy(update={"key": "monday"}), id="a-command")
    assert by_command == there(ItemKind.ATTEMPT, "call", "logged", "a-command", **RANG)
    assert by_key == there(ItemKind.ATTEMPT, "call", "logged", "monday", **RANG)
    # Of a single kind a key tells nothing apart.
    (single,) = decided(told(), added(ItemKind.NEED, "home_care", key="another"))
    assert isinstance(single, e.ItemAdded)
    assert single.item_id == name_of(ItemKind.NEED, "home_care")


def test_a_registry_may_always_be_asked() -> None:
    """A registry only answers and is told nothing, so no wish and no danger stands against asking it."""
    asked = added(ItemKind.ATTEMPT, "call", facts=RANG | {"channel": "registry"})
    assert decided(told(REFUSED_TO_BE_FOUND, DANGER), asked)


def test_a_senior_plans_what_somebody_else_wanted() -> None:
    """What needs approval is planned by a senior once another person wanted it."""
    (planned,) = decided(told(WANTED), moved(WANTED, "planned"), PAVEL)
    assert planned == e.ItemMoved(item_id=WANTED.item_id, status="planned", facts={})


def test_a_move_tells_only_facts_that_are_new() -> None:
    """What is known already is not told again, and what is new is checked together with it."""
    asked = there(ItemKind.APPLICATION, "placement", "registered", office="social_protection", position=7)
    same = moved(asked, "registered", facts={"office": "social_protection", "position": 5})
    assert decided(told(asked), same) == (
        e.ItemMoved(item_id=asked.item_id, status="registered", facts={"position": 5}),
    )


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ({}, NOON + 60 * DAY),
        ({"facts": {"issued_at": (NOON - 10 * DAY).isoformat()}}, NOON + 50 * DAY),
        ({"expires_at": NOON + DAY}, NOON + DAY),
    ],
)
def test_a_paper_lapses_when_its_list_or_a_person_says(said: dict[str, Any], ends: datetime) -> None:
    """A temporary card is good for 60 days from the day it was issued, unless somebody read another day on it."""
    (issued,) = decided(told(NEEDED), moved(NEEDED, "issued", **said))
    assert isinstance(issued, e.ItemMoved)
    assert issued.expires_at is not None
    assert abs(issued.expires_at - ends) < DAY


def test_only_what_lapses_has_an_end() -> None:
    """A status that time does not change has no end, even if somebody names one."""
    (asked,) = decided(told(NEEDED), moved(NEEDED, "requested", expires_at=NOON + DAY))
    assert isinstance(asked, e.ItemMoved)
    assert asked.expires_at is None
