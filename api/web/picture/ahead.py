"""Bars of what is known to lie ahead: papers that wait for others, the disability board, the last day's errands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from api.web.naming import Voice
from api.web.picture.model import Arrow, Bar, Look
from marshrut.domain.readiness import CHECKLIST
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind
from workflows.papers import STEPS

# By which step an application is answered.
ANSWERS = {"mse": ("disability", "disability.mse_result"), "placement": ("placement", "placement.voucher")}
A_DAY, A_MOMENT = timedelta(days=1), timedelta(hours=12)
MOST_NAMED = 2

Bars = Mapping[str, tuple[str, Bar]]


def of(
    state: CaseState, known: Bars, rules: Slice | None, voice: Voice
) -> tuple[dict[str, tuple[str, Bar]], list[Arrow]]:
    """By item id the track and the bar of what lies ahead, and what each waits for."""
    if state.closed:
        return {}, []
    future: dict[str, tuple[str, Bar]] = {}
    arrows: list[Arrow] = []
    sources = _sources(state, known)
    for item in _in_order(state):
        track, step = _of_item(item)
        waits = [sources[name] for name in _waits_on(item) if name in sources]
        ends = [{**known, **future}[key][1].ends for key in waits]
        begins = max([voice.formats.now, *ends]) + A_MOMENT
        due = _due(state, step, begins, rules)
        by_step = item.kind is ItemKind.APPLICATION and step is not None
        what = voice.names.step(step or "") if by_step else voice.names.item(item)
        label = voice.words("picture.ahead", what=what, day=voice.formats.day(due))
        said = [voice.names.paper(name) for name in _waits_on(item)]
        says = voice.words("picture.says_after", what=", ".join(said)) if said else voice.words("picture.says_ahead")
        future[item.item_id] = track, Bar(item.item_id, label, Look.AHEAD, begins, due, says, brief=what)
        sources[item.name] = item.item_id
        arrows += [Arrow(key, item.item_id) for key in waits]
    if (errands := _errands(state, voice)) is not None:
        future[errands.key] = "discharge", errands
    return future, _direct(arrows)


def _direct(arrows: list[Arrow]) -> list[Arrow]:
    """Without those that say only what a chain of others says."""
    after: dict[str, set[str]] = {}
    for arrow in arrows:
        after.setdefault(arrow.before, set()).add(arrow.after)

    def leads(start: str, end: str, seen: frozenset[str]) -> bool:
        return end in after.get(start, ()) or any(
            leads(each, end, seen | {each}) for each in after.get(start, ()) if each not in seen
        )

    return [
        arrow
        for arrow in arrows
        if not any(
            each != arrow.after and leads(each, arrow.after, frozenset({arrow.before, each}))
            for each in after[arrow.before]
        )
    ]


def _in_order(state: CaseState) -> Iterable[Item]:
    """What is needed and waits, each after those that it waits for."""
    left = [
        item
        for item in state.items.values()
        if item.status == "needed" and item.kind in {ItemKind.DOCUMENT, ItemKind.APPLICATION} and _waits_on(item)
    ]
    while left:
        waiting = {item.name for item in left}
        free = [item for item in left if not waiting & {*_waits_on(item)}] or left[:1]
        yield from free
        left = [item for item in left if item not in free]


def _waits_on(item: Item) -> tuple[str, ...]:
    said = item.facts.get("waits_on")
    return said if isinstance(said, tuple) else ()


def _of_item(item: Item) -> tuple[str, str | None]:
    if item.kind is ItemKind.APPLICATION:
        return ANSWERS.get(item.name, ("services", None))
    step = STEPS.get(item.name)
    return "documents", None if step is None else step[0].name()


def _sources(state: CaseState, known: Bars) -> dict[str, str]:
    """By what is waited for, the step that brings it."""
    brings = {step.name(): paper for paper, (step, _) in STEPS.items()}
    found: dict[str, str] = {}
    for step in state.live_steps:
        if step.step_id not in known:
            continue
        paper = brings.get(f"{step.track}.{step.name}")
        if paper is not None:
            found[paper] = step.step_id
        elif step.track == "identification":
            found.setdefault("identification", step.step_id)
        elif step.track == "documents" and step.name in {"loss_statement", "passport_visit"}:
            found.setdefault("passport", step.step_id)
    return found


def _due(state: CaseState, step: str | None, begins: datetime, rules: Slice | None) -> datetime:
    """When it would be there if it began then, by the term of the step that brings it."""
    rule = rules.steps.get(step) if rules is not None and step is not None else None
    if rules is None or rule is None or rule.clock is None:
        return begins + A_DAY
    return max(rules.armed(rule.clock, state, begins).times.due_at, begins + A_MOMENT)


def _errands(state: CaseState, voice: Voice) -> Bar | None:
    """What has to be ready by the day on which the patient is expected to go home, as one bar before it."""
    day = state.expected_discharge_at
    needed = [item for item in state.items_of(ItemKind.ARRANGEMENT) if item.status == "needed"]
    if day is None or day <= voice.formats.now or not needed:
        return None
    # Beside a bar the name is enough without what the list says of it after a colon.
    titles = [voice.names.listed(CHECKLIST, item.name).split(":")[0] for item in needed[:MOST_NAMED]]
    named = ", ".join([titles[0], *(each[:1].lower() + each[1:] for each in titles[1:])])
    if len(needed) > MOST_NAMED:
        named = voice.words("picture.and_more", what=named, n=len(needed) - MOST_NAMED)
    begins = max(voice.formats.now, day - A_DAY)
    return Bar("errands", named, Look.AHEAD, begins, day, voice.words("picture.says_by", day=voice.formats.day(day)))
