"""The rules of the whole service: what is stuck, delayed or aimed at, handovers, whom to give a step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from marshrut.catalogue.entries.values import Amount, Choice, Key, Profile, Sourced, Span, StepName, Title
from marshrut.domain.base import Model
from marshrut.domain.stuck import Why


class MeritEntry(Amount):
    """What speaks for somebody to whom a step may be given, and how much it weighs."""

    title: Title


class HandoverPace(Model):
    """How long the handover of a shift may wait until the senior coordinator is told, and after that the head.

    Both count from the handover, around the clock. `urgent`: they are told at any hour.
    """

    senior_after: Span
    head_after: Span
    urgent: Choice


class HandoverEntry(HandoverPace):
    """The handover of a shift; `profiles`: at sites of their own pace. `reasons` why something is not taken."""

    profiles: Mapping[Profile, HandoverPace] = Field(default_factory=dict)
    reasons: Annotated[Mapping[Key, Title], Field(min_length=1)]

    def pace(self, profile: str) -> HandoverPace:
        """The pace at a site of that profile."""
        return {str(name): pace for name, pace in self.profiles.items()}.get(profile, self)


class AnsweringEntry(Model):
    """How partners answer referrals by themselves.

    `link_valid`: how long a link with a one-time code is good. `held_at_most`: how far ahead a partner may put one
    aside. `reasons`: why they decline, put aside or fail.
    """

    link_valid: Span
    held_at_most: Span
    reasons: Annotated[Mapping[Key, Title], Field(min_length=1)]


class KeepEntry(Sourced):
    """How long a kind of records is kept, in hours or days."""

    title: Title
    term: Annotated[str, Field(pattern=r"^([1-9]\d{0,2}h|[1-9]\d{0,4}d)$")]

    @property
    def length(self) -> timedelta:
        """The time that it is."""
        number = int(self.term[:-1])
        return timedelta(hours=number) if self.term.endswith("h") else timedelta(days=number)


class ConsentEntry(Sourced):
    """What the person is asked to agree to. `goes_on`: what is done without that, for the law asks for no consent."""

    title: Title
    goes_on: Title


class StuckEntry(Model):
    """When something is stuck, and how much it wants attention.

    `weights` by cause, each once; beside them what a term by law, a mandatory step and each full hour late add.
    """

    silent_after: Span
    blocked_too_long: Span
    weights: Mapping[Why, Amount]
    by_law: Amount
    mandatory: Amount
    late_hour: Amount


class Share(Amount):
    """So many percent."""

    value: Annotated[int, Field(ge=0, le=100)]


class GoalsEntry(Model):
    """What figures are compared with: of steps the share that is to be done in time, some with a goal of their own.

    `partner_answers`: the share of referrals that partners are to answer in time. `delayed_per_100`: how many delayed
    days there are to be at most for 100 discharges.
    """

    terms: Share
    steps: Mapping[StepName, Share] = Field(default_factory=dict)
    partner_answers: Share
    delayed_per_100: Amount

    def of(self, step: str) -> Share:
        """The goal of a step."""
        return self.steps.get(step, self.terms)


class StayEntry(Model):
    """What counts as a delay, and as coming back.

    `paused_days`: whether a delay counts the midnights at which the case is paused. `readmitted_within`: who is
    admitted again so soon after leaving is readmitted, and the new case is linked to the one before.
    """

    paused_days: Choice
    readmitted_within: Span
