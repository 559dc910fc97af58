"""What may happen to a case, drawn at random and told to it: whatever is drawn makes sense often enough to get far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.clock import Term, Unit
from marshrut.domain.ids import item_id
from marshrut.domain.items import facts_of
from marshrut.domain.kinds import KINDS as ITEM_KINDS
from marshrut.domain.moves import Actor
from marshrut.domain.outcomes import Outcome
from marshrut.domain.reports import TAKES_BACK
from marshrut.domain.slice import Pace
from marshrut.domain.state import CaseState, Item, Step
from marshrut.domain.words import ENDINGS, Flag, ItemKind, Report, Role, Variant
from tests.fixtures.cases import ANNA, CATALOGUE, EVERYBODY, HIS, NOON, OLGA, PAVEL, admission, sayings
from tests.fixtures.shipped import shipped
from tests.workflows.properties.twins import Twins
from workflows.registry import OUTCOMES

# How often each is drawn, out of all.
KINDS = {
    "walk": 20,  # a senior completes what there is to do
    "complete": 3,
    "wrong": 1,
    "claim": 2,
    "release": 1,
    "assign": 1,
    "block": 1,
    "unblock": 2,
    "extend": 1,
    "remind": 1,
    "escalate": 1,
    "cancel": 2,
    "approve": 2,
    "deny": 1,
    "comment": 1,
    "acknowledge": 1,
    "calendar": 1,
    "item": 2,
    "refer": 2,
    "move": 3,
    "flags": 1,
    "owner": 1,
    "score": 1,
    "migrate": 1,
    "variants": 1,
    "add_step": 1,
    "report": 2,
    "discharge": 2,
    "end": 1,
    "back": 2,
    "other": 1,
    "transfer": 1,
    "admit": 1,
    "repeat": 2,
    "expired": 1,
    "together": 3,
    "wait": 5,
}
CALENDAR = next(iter(CATALOGUE.calendars.values()))
# The one in force, one in which the next days are all off, and one that nobody knows.
CALENDARS = (
    CALENDAR,
    CALENDAR.model_copy(
        update={"version": "idle", "days_off": {(NOON + timedelta(days=n)).date(): "feast" for n in range(1, 9)}}
    ),
    CALENDAR.model_copy(update={"name": "moon"}),
)
QUICK = Pace(term=Term(amount=1, unit=Unit.HOURS), mark="A")
FIRST = CATALOGUE.steps["contact.first_contact"]
# The one in force, and one in which everything has to be quicker and a step has no deadline any more.
VERSIONS = (
    CATALOGUE,
    CATALOGUE.model_copy(
        update={
            "version": "quicker",
            "steps": {
                name: rule.model_copy(update={"clock": rule.clock and rule.clock.model_copy(update={"pace": QUICK})})
                for name, rule in CATALOGUE.steps.items()
            }
            | {"contact.first_contact": FIRST.model_copy(update={"clock": None})},
        }
    ),
)
# Kinds of cases that somebody says it is, and the slice for each.
VARIANTS = ((Variant.ADULT,), (Variant.CHILD,), (Variant.ADULT, Variant.FLAGSHIP), (Variant.CHILD, Variant.ISOLATION))
SLICES = tuple(shipped().slice("GKB29", variants) for variants in VARIANTS)
# Items of every kind, with names that the catalogue knows and one that it does not, and facts that fit.
NAMES: dict[ItemKind, tuple[str, ...]] = {
    kind: (*CATALOGUE.known.get(kind, ("one", "other"))[:7], "nothing_of_the_sort") for kind in ItemKind
}
FACTS: dict[ItemKind, e.OutcomeCodes] = {
    ItemKind.ENTRY: {"sort": "direction"},
    ItemKind.ATTEMPT: {"channel": "phone", "result": "no_answer"},
    ItemKind.REFERRAL: {"programme": "home_care", "partner": "home_care_provider"},
    ItemKind.SESSION: {"programme": "home_care"},
    ItemKind.CANDIDATE: {"score": 80, "reasons": ("yo",)},
    ItemKind.FAMILY_NEED: {"client": "family"},
}
FACTS_OF_OTHERS: dict[ItemKind, e.OutcomeCodes] = {
    ItemKind.ENTRY: {"sort": "direction"},
    ItemKind.ATTEMPT: {"channel": "phone", "result": "no_answer"},
    ItemKind.REFERRAL: {"partner": "home_care_provider"},
}
PAUSES = tuple(map(timedelta, (0, 0, 0, 0, 1, 2, 40), (0, 60, 3600, 13 * 3600, 60, 0, 0)))
REPORTS = tuple(report for report in Report if report not in ENDINGS)
# What takes back, the commonest first.
BACK = (Report.DISCHARGE_CANCELLED, Report.DISCHARGE_CANCELLED, *TAKES_BACK)
ELSEWHERE = ("GKB29", "SKLIF", "KKB1")
OTHER = "another"
# Done by a senior, so that they get far.
SENIORS = ("walk", "unblock", "discharge", "end", "back")


class Move(NamedTuple):
    """Something that happens; the numbers choose what, among what there is when it happens."""

    kind: str
    which: int
    who: int
    what: int


_numbers = st.integers(0, 30)
moves = st.builds(
    Move,
    st.sampled_from([kind for kind, often in KINDS.items() for _ in range(often)]),
    _numbers,
    _numbers,
    _numbers,
)
# Mostly long ones, which get far; a failure is shrunk into a short one.
scripts = st.lists(moves, max_size=12) | st.lists(moves, min_size=40, max_size=80)


async def play(twins: Twins, script: Sequence[Move], outcomes: tuple[type[Outcome], ...] = ()) -> None:
    """Admit somebody and tell the case everything that was drawn."""
    await twins.tell(c.Command(id="admission", actor=HIS, body=opening(script)))
    for number, move in enumerate(script):
        await _tell(twins, move, f"c{number}")


def opening(script: Sequence[Move]) -> c.Admit:
    """Every other case is a child's, and most of these children came with nobody; the stay of some lies ahead."""
    first = script[0] if script else Move("walk", 0, 0, 0)
    child = first.what % 2 == 1
    alone = (Flag.CHILD_WITHOUT_CARER, Flag.ABANDONED, Flag.FOUNDLING, Flag.CHILD)[first.who % 4]
    ahead = {"via": "planned", "planned_for": NOON + timedelta(days=3)} if first.which % 5 == 4 else {}
    return admission(variants={Variant.CHILD: ("drawn",)} if child else {}, flags=(alone,) if child else (), **ahead)


async def _tell(twins: Twins, move: Move, name: str) -> None:
    match move.kind:
        case "wait":
            await twins.wait(PAUSES[move.what % len(PAUSES)])
        case "repeat":
            await twins.tell(twins.accepted[move.which % len(twins.accepted)])
        case "together":
            kinds = ("walk", "discharge", "report", "end", "claim")
            pair = (
                move._replace(kind=kinds[move.who % len(kinds)], who=move.what, what=move.which),
                move._replace(kind=kinds[move.what % len(kinds)], which=move.who),
            )
            await twins.tell(*(command(twins, each, f"{name}.{place}") for place, each in enumerate(pair)))
        case _:
            await twins.tell(command(twins, move, name))


def command(twins: Twins, move: Move, name: str) -> c.Command:
    """What was drawn, as a command to the case as it stands."""
    state, now = twins.state, twins.long.now
    actor = OLGA if move.kind in SENIORS else EVERYBODY[move.who % len(EVERYBODY)]
    if move.kind == "migrate" and move.who % 3:
        actor = Actor(user="marta", role=Role.ADMIN)
    if move.kind == "other" and move.who % 4:
        actor = Actor(user="marshrut", role=Role.SYSTEM)
    occurred_at = now - timedelta(hours=3) if move.what % 5 == 4 else None
    if move.what % 29 == 28:
        occurred_at = now + timedelta(days=1)
    return c.Command(
        id=name,
        actor=PAVEL if move.kind == "approve" and move.who % 2 else actor,
        occurred_at=max(occurred_at, NOON) if occurred_at else None,
        not_after=now + timedelta(seconds=-1 if move.kind == "expired" else 60),
        body=_body(state, move, now, actor),
    )


def _body(state: CaseState, move: Move, now: datetime, actor: Actor) -> c.CommandBody:  # noqa: C901, PLR0911, PLR0912, PLR0915 - a line a kind
    step = _step(state, move)
    name = "case.contact.first_contact.nowhere" if step is None else step.step_id
    at = now + timedelta(hours=move.what)
    match move.kind:
        case "admit":
            return admission()
        case "report":
            report = REPORTS[move.which % len(REPORTS)]
            return c.ReportFact(report=report, ward="w2" if move.what % 3 else None, expected_at=at)
        case "discharge":
            return c.ReportFact(report=Report.DISCHARGED if move.what % 2 else Report.MEDICALLY_READY)
        case "end":
            # Rarely: most cases should get far.
            ended = move.what % 8 == 1
            return c.ReportFact(
                report=tuple(ENDINGS)[move.which % len(ENDINGS)] if ended else Report.EXPECTED_DISCHARGE
            )
        case "back":
            return c.ReportFact(report=BACK[move.what % len(BACK)])
        case "other":
            return c.Part(other=OTHER) if move.what % 3 == 0 else c.Absorb(other=OTHER, items=_theirs(move))
        case "transfer":
            elsewhere = ELSEWHERE[move.what % len(ELSEWHERE)]
            return c.Transfer(hospital=elsewhere, catalogue=CATALOGUE.model_copy(update={"version": f"of_{elsewhere}"}))
        case "add_step":
            role = (Role.COORDINATOR, Role.PSYCHOLOGIST, Role.AUDITOR)[move.which % 3]
            assignee = (None, actor.user, ANNA.user)[move.what % 3]
            return c.AddStep(role=role, mandatory=bool(move.what % 2), due_at=at, assignee=assignee)
        case "claim":
            return c.Claim(step_id=name)
        case "release":
            return c.Release(step_id=name)
        case "assign":
            return c.Assign(step_id=name, assignee=EVERYBODY[move.what % len(EVERYBODY)].user)
        case "block":
            reasons = ("medical", "medical", *CATALOGUE.reasons, "weather")
            until = at - timedelta(hours=4) if move.what % 3 else None
            return c.AddBlock(step_id=name, reason=reasons[move.what % len(reasons)], responsible="police", until=until)
        case "unblock":
            return c.Unblock(step_id=name, reason="medical" if move.what < 3 else None)
        case "extend":
            return c.Extend(step_id=name, due_at=at + timedelta(days=move.what % 3), reason="awaiting")
        case "remind":
            return c.Remind(step_id=name, again_after_s=3600 * (move.what % 5))
        case "escalate":
            return c.Escalate(step_id=name, reason="awaiting")
        case "cancel":
            return c.Cancel(step_id=name, reason="duplicate")
        case "approve" | "deny":
            return c.Approve(step_id=name, approved=move.kind == "approve")
        case "comment":
            return c.Comment(step_id=name)
        case "acknowledge":
            keys = tuple(state.notices) or ("none",)
            return c.Acknowledge(key=keys[move.what % len(keys)])
        case "item":
            return _item(move, at)
        case "refer":
            near = tuple(item.item_id for item in state.items_of(ItemKind.RELATIVE))
            clients = ("patient", "patient", *near, "case.relative.nobody.main")
            return c.Refer(
                reason=NAMES[ItemKind.SUPPORT_REQUEST][move.which % 8],
                urgency="ordinary" if move.what % 5 else "crisis",
                client=clients[move.what % len(clients)],
            )
        case "move":
            there = tuple(state.items.values())
            if not there:
                return c.MoveItem(item_id="case.need.nothing.main", status="agreed")
            item = there[move.which % len(there)]
            following = (*ITEM_KINDS[item.kind].moves.get(item.status, ()), "nowhere")
            lapses = at + timedelta(hours=1) if move.what % 4 == 0 else None
            return c.MoveItem(item_id=item.item_id, status=following[move.what % len(following)], expires_at=lapses)
        case "flags":
            flags = tuple(Flag)
            flag = flags[move.which % len(flags)]
            return c.ChangeFlags(add=(flag,)) if move.what % 3 else c.ChangeFlags(remove=(flag,))
        case "owner":
            return c.SetOwner(owner=(None, actor.user, ANNA.user)[move.what % 3], reason="shift")
        case "score":
            needs: dict[str, tuple[str, ...]] = (
                {NAMES[ItemKind.NEED][move.which % 7]: ("phq9.moderate",)} if move.what % 2 else {}
            )
            findings = ("self_harm",) if move.what % 5 == 0 else ()
            return c.RecordScore(instrument="phq9", version="1", score=move.what % 28, findings=findings, needs=needs)
        case "migrate":
            return c.Migrate(catalogue=VERSIONS[move.what % len(VERSIONS)])
        case "variants":
            slice_ = SLICES[move.what % len(SLICES)]
            said = (*slice_.variants, Variant.ADULT) if move.which % 7 == 6 else slice_.variants
            return c.ChangeVariants(
                variants=said, reason="mistaken", catalogue=slice_, instead_of=state.catalogue or "none"
            )
        case "calendar":
            return c.ReplaceCalendar(calendar=CALENDARS[move.what % len(CALENDARS)])
        case _:
            return c.Complete(step_id=name, outcome=_outcome(step, move))


def _item(move: Move, at: datetime) -> c.AddItem:
    kind = tuple(ItemKind)[move.which % len(ItemKind)]
    names, firsts = NAMES[kind], (*ITEM_KINDS[kind].first, None, "nowhere")
    return c.AddItem(
        kind=kind,
        name=names[move.what % len(names)],
        status=firsts[move.who % len(firsts)],
        facts=dict(FACTS.get(kind, {})) if move.what % 7 else {"surprise": True},
        expires_at=at + timedelta(hours=1) if move.what % 4 == 0 else None,
    )


def _theirs(move: Move) -> tuple[Item, ...]:
    """What another case of the same person had: some of each kind, however it stood."""
    kinds = tuple(ItemKind)
    return tuple(
        Item(
            item_id=item_id(OTHER, kind, NAMES[kind][0]),
            kind=kind,
            name=NAMES[kind][0],
            status=statuses[(move.which + place) % len(statuses)],
            facts=facts_of(kind, FACTS_OF_OTHERS.get(kind, {})),
            added_at=NOON,
            moved_at=NOON,
            moved_by="boris",
        )
        for place, kind in enumerate(kinds)
        if (place + move.what) % 3 == 0 and (statuses := ITEM_KINDS[kind].statuses)
    )


def _step(state: CaseState, move: Move) -> Step | None:
    """Mostly something that is to do, now and then something that is over."""
    steps = tuple(state.steps.values())
    live = state.live_steps
    if move.kind in ("approve", "deny"):
        live = tuple(step for step in live if step.cancel_requested_by is not None) or live
    if live and (move.kind == "walk" or move.which % 5):
        return live[move.which % len(live)]
    return steps[move.which % len(steps)] if steps else None


def _outcome(step: Step | None, move: Move) -> e.OutcomeCodes:
    if step is None or move.kind == "wrong":
        return {"result": "nonsense"} if move.what % 2 else {}
    said = sayings(OUTCOMES[f"{step.track}.{step.name}"])
    if move.kind == "walk" and move.who % 6:
        # A step's first result is the one that leads on.
        said = tuple(codes for codes in said if codes["result"] == said[0]["result"])
    return said[(move.what * 31 + move.who) % len(said)]
