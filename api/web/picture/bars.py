"""Bars of what was and is: a step each, and whoever was asked for a programme or a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from api.web.naming import Voice
from api.web.picture.model import Bar, Look, Stretch
from marshrut.domain.clock import minus
from marshrut.domain.overdue import ClockState, clock_state
from marshrut.domain.state import CaseState, Item, Step, StepState
from marshrut.domain.words import ItemKind

# Whoever was asked, who said no, and who has helped.
ASKED = frozenset({"requested", "asked", "queued", "reserved"})
NO = frozenset({"declined", "failed", "recalled", "refused", "withdrawn"})
YES = frozenset({"done", "handed_over", "left"})
DRAWN = {ItemKind.REFERRAL: "services", ItemKind.INSTITUTION: "placement"}


def of_steps(state: CaseState, titles: Mapping[str, str], voice: Voice) -> dict[str, tuple[str, Bar]]:
    """By step id the track and the bar of each step that is done or to be done; one that was withdrawn has none."""
    found: dict[str, tuple[str, Bar]] = {}
    for step in state.steps.values():
        title = titles.get(step.step_id) or voice.names.step(f"{step.track}.{step.name}")
        if step.live:
            found[step.step_id] = step.track, _live(state, step, title, voice)
        elif step.state is StepState.DONE and not step.void:
            found[step.step_id] = step.track, _done(step, title, voice)
    return found


def _done(step: Step, title: str, voice: Voice) -> Bar:
    at = step.occurred_at or step.ended_at or step.opened_at
    result = "" if not step.outcome else voice.names.result(f"{step.track}.{step.name}", str(step.outcome["result"]))
    return Bar(
        key=step.step_id,
        label=title,
        look=Look.DONE,
        begins=min(step.opened_at, at),
        ends=at,
        says=voice.words("picture.says_done", day=voice.formats.day(at), result=result),
    )


def _live(state: CaseState, step: Step, title: str, voice: Voice) -> Bar:
    now = voice.formats.now
    paused = state.closed or state.paused_since is not None
    stands, due = clock_state(step, paused, now), step.due_at
    begins = step.opened_at if step.clock is None else min(step.opened_at, step.clock.times.started_at)
    if step.blocks:
        return _blocked(step, title, begins, voice)
    used, gaps = _consumed(state, step, begins, now)
    return Bar(
        key=step.step_id,
        label=title,
        look=Look.AMBER if stands is ClockState.AMBER else Look.OPEN,
        begins=begins,
        ends=now if due is None else max(due, now),
        says=_stands(stands, due, voice),
        due=due,
        used=used,
        gaps=gaps,
        late=(due, now) if stands is ClockState.RED and due is not None else None,
        goes_on=due is None or stands is ClockState.PAUSED,
    )


def _stands(stands: ClockState, due: datetime | None, voice: Voice) -> str:
    if due is None:
        return voice.words("picture.says_no_clock")
    return voice.words(f"picture.says_{stands}", when=voice.formats.when(due))


def _blocked(step: Step, title: str, begins: datetime, voice: Voice) -> Bar:
    """Hatched from when the first reason began to when the last is expected to end; red where that has passed."""
    now = voice.formats.now
    since = min(now, *(block.since for block in step.blocks))
    known = [block.until for block in step.blocks if block.until is not None]
    until = max(known) if len(known) == len(step.blocks) else None
    reason = voice.names.reason(step.blocks[-1].reason)
    if len(step.blocks) > 1:
        reason = voice.words("picture.and_more", what=reason, n=len(step.blocks) - 1)
    late = (max(until, since), now) if until is not None and until < now else None
    said = voice.words("picture.until_unknown") if until is None else voice.formats.day(until)
    return Bar(
        key=step.step_id,
        label=voice.words("picture.blocked", title=title, reason=reason),
        brief=reason,
        look=Look.BLOCKED,
        begins=min(begins, since),
        ends=max(now, since) if until is None else max(until, now if late else since),
        says=voice.words("picture.says_blocked", reason=reason, until=said),
        late=late,
        blocked=(since, max(until or now, since)),
        goes_on=until is None,
    )


def _consumed(
    state: CaseState, step: Step, begins: datetime, now: datetime
) -> tuple[tuple[Stretch, ...], tuple[Stretch, ...]]:
    """The time from the clock's start to now without the pauses, and the pauses."""
    if step.clock is None:
        return (), ()
    since = max(begins, step.clock.times.started_at)
    until = min(now, step.clock.times.due_at)
    if until <= since:
        return (), ()
    stops = [pause for pause in (*state.pauses, *step.pauses) if pause.since < until and pause.until > since]
    open_pause = () if state.paused_since is None else ((max(state.paused_since, since), until),)
    counted = [
        (start, min(end, state.paused_since)) if state.paused_since is not None else (start, end)
        for start, end in minus([(since, until)], stops)
        if state.paused_since is None or start < state.paused_since
    ]
    gaps = [(max(pause.since, since), min(pause.until, until)) for pause in stops]
    return tuple(counted), (*gaps, *(gap for gap in open_pause if gap[0] < gap[1]))


def of_items(state: CaseState, voice: Voice) -> dict[str, tuple[str, Bar]]:
    """By item id the track and the bar of whoever was asked for a programme or a place, all of one in one row."""
    found: dict[str, tuple[str, Bar]] = {}
    for item in state.items.values():
        track = DRAWN.get(item.kind)
        if track is not None and item.status != "chosen":
            found[item.item_id] = track, _item(item, state, voice)
    return found


def _item(item: Item, state: CaseState, voice: Voice) -> Bar:
    now = state.closed_at or voice.formats.now
    who, status = voice.names.item(item), voice.names.status(item)
    referral = item.kind is ItemKind.REFERRAL
    bar = Bar(
        key=item.item_id,
        label=voice.words("picture.asked", who=who, what=voice.names.service(item.name)) if referral else who,
        brief=who,
        look=Look.OPEN,
        begins=item.added_at,
        ends=max(now, item.added_at),
        says=status,
        goes_on=True,
        row=f"{item.kind}/{item.name}" if referral else str(item.kind),
    )
    over = replace(bar, ends=item.moved_at, goes_on=False)
    if item.status in NO:
        label = voice.words("picture.refused", who=who, status=status.lower())
        return replace(over, look=Look.REFUSED, label=label, says=f"{status}, {voice.formats.day(item.moved_at)}")
    if item.status in YES:
        return replace(
            over,
            look=Look.DONE,
            says=voice.words("picture.says_done", day=voice.formats.day(item.moved_at), result=status),
        )
    if item.status in ASKED and item.expires_at is not None:
        return _asked(bar, item.added_at, item.expires_at, now, voice)
    return bar


def _asked(bar: Bar, since: datetime, due: datetime, now: datetime, voice: Voice) -> Bar:
    """Whoever was asked has until then to answer."""
    return replace(
        bar,
        ends=max(due, now) if due < now else due,
        due=due,
        used=((since, min(now, due)),) if since < min(now, due) else (),
        late=(due, now) if due < now else None,
        goes_on=False,
        says=voice.words("picture.says_asked", status=bar.says, when=voice.formats.when(due)),
    )
