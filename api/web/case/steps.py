"""Open steps: what each asks, what may be done to it, and what was typed when it was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.views.case import StepView
from api.web.case.gathering import Gathered
from api.web.chips import Chip
from api.web.moves import moves_of, ways_back
from api.web.outcomes.choices import choices
from api.web.outcomes.reading import Typed, Wrong
from api.web.outcomes.shown import FieldView, form
from marshrut.domain.moves import Action
from marshrut.domain.overdue import ClockState
from marshrut.domain.state import Block, Step
from marshrut.domain.words import ItemKind, Role
from workflows.registry import OUTCOMES

URGENT = {ClockState.RED: 0, ClockState.AMBER: 1, ClockState.GREEN: 2, ClockState.NONE: 3, ClockState.PAUSED: 4}


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was sent and refused: of which step and action, with what, and what is wrong with it.

    `fault`: what the case says, where nothing is wrong with a field.
    """

    step_id: str
    action: str
    typed: Typed
    wrong: Mapping[str, Wrong] = field(default_factory=dict)
    fault: str | None = None

    def value(self, name: str) -> str:
        """What was typed into a field."""
        return next(iter(self.typed.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class BlockView:
    """A reason in a step's way."""

    block_id: str
    reason: str
    england: str
    since: str
    until: str
    responsible: str
    holds: str
    step_id: str
    late: bool
    may_end: bool


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that is to be done, as the page shows it.

    `sign`: open, claimed, block. `errors`: (field id, text) of a refused form. `fields`: of the outcome; `people`: whom
    it may be given to, as (user, text). `back`: to whom it can be returned.
    """

    step_id: str
    slug: str
    title: str
    sub: str
    sign: str
    chip: Chip
    chip_href: str
    mandatory: bool
    can: frozenset[str]
    back: tuple[str, ...]
    fields: tuple[FieldView, ...]
    errors: tuple[tuple[str, str], ...]
    blocks: tuple[BlockView, ...]
    people: tuple[tuple[str, str], ...]
    cancel: str | None
    opened: bool
    due: str
    refused: Refused | None = None

    def kept(self, action: str, name: str, usual: str = "") -> str:
        """What a refused form of this step had in a field."""
        if self.refused is None or self.refused.action != action:
            return usual
        return self.refused.value(name)

    def open_form(self, action: str) -> bool:
        """Whether the form of an action is to be shown open."""
        return self.refused is not None and self.refused.action == action


def open_steps(of: Gathered, refused: Refused | None = None, chosen: str | None = None) -> tuple[OpenStep, ...]:
    """The steps to do, most urgent first. `chosen`: the one whose form is shown open; else the reader's first."""
    views = [step for step in of.card.steps if of.state.steps[step.step_id].live]
    views.sort(key=lambda step: (URGENT[step.clock.state], step.clock.due_at or step.opened_at))
    first = refused.step_id if refused is not None else chosen or _own(of, views)
    of_step = {} if refused is None else {refused.step_id: refused}
    return tuple(_view(of, step, of_step.get(step.step_id), first) for step in views)


def _own(of: Gathered, views: Sequence[StepView]) -> str | None:
    """The most urgent step that is the reader's; else the most urgent one that they may complete."""
    mine = [view for view in views if view.assignee == of.desk.caller.user]
    may = [view for view in views if Action.COMPLETE in view.can]
    of_role = [view for view in may if view.role is of.desk.caller.role]
    return next((view.step_id for view in (*mine, *of_role, *may)), None)


def slug_of(step_id: str) -> str:
    """A step's id without its case: what an address in the page can hold."""
    return "step-" + step_id.partition(".")[2].replace(".", "-")


def _view(of: Gathered, view: StepView, refused: Refused | None, first: str | None) -> OpenStep:
    step, slug = of.state.steps[view.step_id], slug_of(view.step_id)
    fields = fields_for(of, view, refused)
    errors = tuple((each.id, each.error) for each in fields if each.error)
    return OpenStep(
        step_id=view.step_id,
        slug=slug,
        title=of.desk.said(view.title),
        sub=_sub(of, view, step),
        sign="block" if view.blocks else "claimed" if view.assignee else "open",
        chip=of.desk.chip(view.clock, of.hospital),
        chip_href=f"/desk/steps/{view.step_id}/clock",
        mandatory=view.mandatory,
        can=frozenset(moves_of(view, of.desk.caller.user)),
        back=ways_back(view),
        fields=fields if Action.COMPLETE in view.can or refused is not None else (),
        errors=errors,
        blocks=tuple(_block(of, view, each) for each in view.blocks),
        people=_people(of, view.role),
        cancel=_cancel(of, view),
        opened=view.step_id == first,
        due="" if view.clock.due_at is None else of.voice.formats.field(view.clock.due_at),
        refused=refused,
    )


def fields_for(of: Gathered, view: StepView, refused: Refused | None) -> tuple[FieldView, ...]:
    """The form of a step's outcome, with what the case proposes where nothing was typed yet."""
    outcome = OUTCOMES.get(f"{view.track}.{view.name}")
    if outcome is None:
        return ()
    step = of.state.steps[view.step_id]
    completing = refused is not None and refused.action == Action.COMPLETE
    return form(
        outcome,
        of.voice,
        owner=slug_of(view.step_id),
        role=Role.PSYCHOLOGIST if of.psychologist else view.role,
        choices=choices(of.state, step, of.voice.names, of.rules, of.kin()),
        typed=refused.typed if completing and refused is not None else proposed(of, step),
        wrong=refused.wrong if completing and refused is not None else None,
    )


def proposed(of: Gathered, step: Step) -> dict[str, Sequence[str]]:
    """What the tables propose: directions of a route that is drafted, needs that are agreed."""
    name = f"{step.track}.{step.name}"
    if name == "route.route_draft":
        entries = of.state.items_of(ItemKind.ENTRY)
        wanted = [item.name for item in entries if item.facts.get("sort") == "direction" and item.status != "left_out"]
        return {"directions": wanted}
    if name == "assessment.needs_agree":
        return {"needs": [item.name for item in of.state.items_of(ItemKind.NEED) if item.status != "declined"]}
    return {}


def _sub(of: Gathered, view: StepView, step: Step) -> str:
    t = of.desk.t
    who = t("case.held_by", who=of.desk.name_of(view.assignee)) if view.assignee else t("case.held_by_nobody")
    parts = [of.voice.names.track(view.track).lower(), who, t("case.for_role", role=of.desk.role(view.role))]
    if step.role is Role.PSYCHOLOGIST:
        parts.append(t("case.seen_by_psychologists"))
    return " · ".join(parts)


def _block(of: Gathered, view: StepView, block: Block) -> BlockView:
    names, f, t = of.voice.names, of.voice.formats, of.desk.t
    entry = names.tables.reasons.get(block.reason)
    days = (f.today - f.local(block.since).date()).days + 1
    until = t("case.until_unknown") if block.until is None else t("case.until", day=f.day(block.until))
    return BlockView(
        block_id=block.block_id,
        reason=names.reason(block.reason),
        england=" ".join(entry.delay) if entry else "",
        since=t("case.since", day=f.day(block.since), n=days),
        until=until,
        responsible=t("case.responsible", who=names.party(block.responsible)),
        holds=of.desk.said(view.title),
        step_id=view.step_id,
        late=block.until is not None and block.until < of.desk.now,
        may_end=Action.UNBLOCK in view.can,
    )


def _people(of: Gathered, role: Role) -> tuple[tuple[str, str], ...]:
    fitting = [each for each in of.people if each.may_do(role) and each.works_in(of.hospital)]
    return tuple((each.user, f"{of.desk.name_of(each.user)}, {of.desk.role(each.role)}") for each in fitting)


def _cancel(of: Gathered, view: StepView) -> str | None:
    if view.cancel_requested_by is None:
        return None
    return of.desk.t("case.cancel_asked", who=of.desk.name_of(view.cancel_requested_by))


def blocks(steps: Sequence[OpenStep]) -> tuple[BlockView, ...]:
    """All that stands in the way of the case now."""
    return tuple(block for step in steps for block in step.blocks)
