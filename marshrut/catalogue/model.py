"""The catalogue as values: what the files say, and the few questions that the rest of the system asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from marshrut.domain.admission import Admission
from marshrut.domain.base import Code, Model
from marshrut.domain.slice import Slice, StepRule
from marshrut.domain.words import Flag, Role

Words = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
StepName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", max_length=120)]
Norm = Annotated[str, StringConstraints(pattern=r"^[1-9]\d*(m|h|d|wd)$")]
Mark = Literal["S", "M", "A"]  # seen in a source, from memory, assumed
DelayCode = Literal["A", "B", "C", "Di", "Dii", "E", "F", "G", "H", "I"]  # England's list for delayed transfers


class Title(Model):
    """What people read."""

    ru: Words
    en: Words


class Hospital(Model):
    """A hospital of the service. `zone` is an IANA name: its clocks run by it."""

    title: Title
    region: Key
    zone: Words
    profile: Literal["general", "flagship", "children", "infectious", "oncology", "ent", "rehabilitation"]


class Party(Model):
    """Somebody who can hold a case up."""

    title: Title


class Reason(Model):
    """Why a step is blocked, what England's list would call it, and who as a rule has to move."""

    title: Title
    delay: tuple[DelayCode, ...]
    mark: Mark  # of the mapping
    responsible: Key


class Sourced(Model):
    """A number tells whether it is known or assumed, and from where."""

    mark: Mark
    source: Words


class Figure(Sourced):
    """A number of hours."""

    value: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class NormFigure(Sourced):
    """A term as its source states it: minutes, hours, days or working days."""

    value: Norm


class StepEntry(Model):
    """A step of a track."""

    title: Title
    role: Role
    hours: Figure | None
    hours_if: Mapping[Flag, Figure] = Field(default_factory=dict)
    counts_from: Literal["opening", "admission"] = "opening"
    norm: NormFigure | None = None
    mandatory: bool

    def rule(self) -> StepRule:
        """The step as a case keeps it."""
        return StepRule(
            role=self.role,
            hours=self.hours.value if self.hours else None,
            hours_if={flag: figure.value for flag, figure in self.hours_if.items()},
            counts_from=self.counts_from,
            mandatory=self.mandatory,
        )


class TrackEntry(Model):
    """A part of the journey."""

    title: Title


class ScreenRule(Model):
    """Admissions that open no case, and the reason told to whoever sent them."""

    emergency: bool
    reason: Key
    title: Title


class HospitalsFile(Model):
    """hospitals.yaml."""

    regions: Mapping[Key, Title]
    hospitals: Mapping[Code, Hospital]


class ReasonsFile(Model):
    """reasons.yaml."""

    parties: Mapping[Key, Party]
    reasons: Mapping[Key, Reason]


class StepsFile(Model):
    """steps.yaml."""

    tracks: Mapping[Key, TrackEntry]
    steps: Mapping[StepName, StepEntry]


class ScreeningFile(Model):
    """screening.yaml: the first rule that fits decides; where none does, a case opens."""

    screened_out: tuple[ScreenRule, ...]


class Catalogue(Model):
    """All of it. The version follows from the content, so two installations with the same one agree in everything."""

    version: Code
    regions: Mapping[str, Title]
    hospitals: Mapping[str, Hospital]
    parties: Mapping[str, Party]
    reasons: Mapping[str, Reason]
    tracks: Mapping[str, TrackEntry]
    steps: Mapping[str, StepEntry]
    screened_out: tuple[ScreenRule, ...]

    def slice(self) -> Slice:
        """What a case takes along when it opens."""
        return Slice(
            version=self.version,
            steps={name: step.rule() for name, step in self.steps.items()},
            reasons=tuple(self.reasons),
        )

    def zones(self) -> dict[str, str]:
        """The IANA zone of each hospital."""
        return {code: hospital.zone for code, hospital in self.hospitals.items()}

    def title(self, step_name: str) -> dict[str, str]:
        """What to call a step (`track.step`), as `{ru, en}`; a step of an older catalogue goes by its name."""
        step = self.steps.get(step_name)
        return step.title.model_dump() if step else {"ru": step_name, "en": step_name}

    def screen(self, admission: Admission) -> str | None:
        """Why the admission opens no case; None when it opens one."""
        fitting = (rule.reason for rule in self.screened_out if rule.emergency == admission.emergency)
        return next(fitting, None)
