"""The catalogue as a value: what the files say, and the few questions that the rest of the system asks of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Literal

from pydantic import Field, PrivateAttr

from marshrut.catalogue.compiling import compiled, kinds, stuck_rules
from marshrut.catalogue.content import Content, Local, combined
from marshrut.catalogue.entries import (
    AnsweringEntry,
    CodedField,
    ConsentEntry,
    HandoverEntry,
    Hospital,
    KeepEntry,
    PaceEntry,
    Title,
)
from marshrut.catalogue.instruments import instrument
from marshrut.catalogue.overlays import Overlay, laid
from marshrut.domain.admission import Admission, Preadmission
from marshrut.domain.base import Code
from marshrut.domain.consents import ConsentPurpose
from marshrut.domain.handover import Terms
from marshrut.domain.instruments import Instrument
from marshrut.domain.retention import Kept, Periods
from marshrut.domain.slice import Slice
from marshrut.domain.stuck import RulesOf, Why
from marshrut.domain.variants import Variants, chosen, in_order
from marshrut.domain.words import Ending, Flag, ItemKind, Report, Role, Stage, Variant, Via


class Catalogue(Content):
    """All of it: the base's tables, and what the regions have of their own (`local`).

    The version follows from the content, so two installations with the same one agree in everything. It is a plain
    value: as JSON it can be kept, so that a running case explains itself by the version that it started with.

    `varied`, `local_varied`: overlays of variants, over the base and over regions. `unread`: regions of whose own
    tables nothing is here, because they are at fault.
    """

    version: Code
    format: Literal[2]
    revision: Code
    regions: Mapping[str, Title]
    hospitals: Mapping[str, Hospital]
    stages: Mapping[Stage, Title]
    flags: Mapping[Flag, Title]
    roles: Mapping[Role, Title]
    reports: Mapping[Report, Title]
    endings: Mapping[Ending, Title]
    causes: Mapping[Why, Title]
    items: Mapping[ItemKind, Title] = Field(default_factory=dict)
    statuses: Mapping[str, Title] = Field(default_factory=dict)
    retention: Mapping[Kept, KeepEntry] = Field(default_factory=dict)
    consents: Mapping[ConsentPurpose, ConsentEntry] = Field(default_factory=dict)  # versions kept before have none
    amended_because: Mapping[str, Title] = Field(default_factory=dict)  # the same
    not_amended_because: Mapping[str, Title] = Field(default_factory=dict)  # the same
    local: Mapping[str, Local]
    # Versions kept before have none of these. In a region with overlays of its own for a variant, all of that variant
    # are there.
    varied: Mapping[Variant, tuple[Overlay, ...]] = Field(default_factory=dict)
    local_varied: Mapping[str, Mapping[Variant, tuple[Overlay, ...]]] = Field(default_factory=dict)
    unread: tuple[str, ...] = ()
    _instead: Mapping[str, Catalogue] = PrivateAttr(default_factory=dict)

    def with_instead(self, earlier: Mapping[str, Catalogue]) -> Catalogue:
        """The same, but regions whose tables could not be read go by these earlier versions."""
        found = self.model_copy()
        found._instead = {region: each for region, each in earlier.items() if region in self.unread}  # noqa: SLF001 - of its own class
        return found

    def behind(self, hospital: str) -> Catalogue:
        """The version by which new cases of a hospital open: this one, unless its region could not be read.

        Raises:
            KeyError: there is no such hospital.
        """
        earlier = self._instead.get(self.hospitals[hospital].region)
        return earlier if earlier is not None and hospital in earlier.hospitals else self

    def at(self, hospital: str, variants: Collection[Variant] = ()) -> Content:
        """The tables that hold in a hospital: the base's, its region's over them, and those of a case's variants.

        Raises:
            KeyError: there is no such hospital.
            ValidationError: the overlays of these variants, each sound alone, do not fit together.
        """
        if (behind := self.behind(hospital)) is not self:
            return behind.at(hospital, variants)
        return self.of_region(self.hospitals[hospital].region, variants)

    def of_region(self, region: str | None, variants: Collection[Variant] = ()) -> Content:
        """The tables of a region, or (None) of the base, for a kind of case.

        Raises:
            ValidationError: as for `at`.
        """
        local, own = self.local.get(region or ""), self.local_varied.get(region or "", {})
        content = self if local is None else combined(self, local)
        for variant in in_order(variants):
            content = laid(content, own.get(variant, self.varied.get(variant, ())))
        return content

    def slice(self, hospital: str, variants: Collection[Variant] = ()) -> Slice:
        """What a case of the hospital takes along when it opens, and keeps for good.

        Raises:
            KeyError: there is no such hospital.
            ValidationError: as for `at`.
        """
        if (behind := self.behind(hospital)) is not self:
            return behind.slice(hospital, variants)
        content = self.at(hospital, variants)
        return compiled(self.version, self.hospitals[hospital], content, in_order(variants))

    def variants_of(self, hospital: str, flags: Collection[Flag], via: Via, *, emergency: bool) -> Variants:
        """What kind of case an admission opens, each variant with the rules that say so.

        Raises:
            KeyError: there is no such hospital.
        """
        rules = kinds(self.hospitals[hospital], self.at(hospital))
        return chosen(rules, flags, via, emergency=emergency)

    def stuck_rules(self) -> RulesOf:
        """By which rules something is stuck: the base's, and by hospital those of regions that have their own."""
        common = stuck_rules(self.stuck)
        theirs = {code: stuck_rules(self.at(code).stuck) for code in self.hospitals}
        return RulesOf(common, {code: rules for code, rules in theirs.items() if rules != common})

    def readmitted_within(self, hospital: str) -> timedelta:
        """How soon after leaving somebody comes back who is readmitted.

        Raises:
            KeyError: there is no such hospital.
        """
        return self.at(hospital).stay.readmitted_within.length

    def reminds_again_after(self, hospital: str) -> timedelta:
        """How long after a reminder of a step there may be another; none by a version that was kept before.

        Raises:
            KeyError: there is no such hospital.
        """
        pause = self.at(hospital).remind_again_after
        return timedelta(0) if pause is None else pause.length

    def handover_terms(self, hospital: str) -> Terms:
        """How long a handover of a shift may wait there.

        Raises:
            KeyError: there is no such hospital.
        """
        pace = self._handover(hospital).pace(self.hospitals[hospital].profile)
        return Terms(pace.senior_after.length, pace.head_after.length, pace.urgent.value)

    def handover_reasons(self, hospital: str) -> Mapping[str, Title]:
        """Why something of a shift may be left, in words.

        Raises:
            KeyError: there is no such hospital.
        """
        return self._handover(hospital).reasons

    def _handover(self, hospital: str) -> HandoverEntry:
        found = self.at(hospital).handover
        if found is None:  # only a version kept before has none, and by those nobody hands over
            raise LookupError(hospital)
        return found

    def all_partners(self) -> frozenset[str]:
        """The codes of partners, of all regions."""
        theirs = (code for local in self.local.values() for code, entry in local.partners.items() if entry is not None)
        return frozenset((*self.partners, *theirs))

    def answering_in(self, hospital: str) -> AnsweringEntry:
        """How partners answer the referrals of that hospital by themselves.

        Raises:
            KeyError: there is no such hospital.
        """
        found = self.at(hospital).answering
        if found is None:  # only a version kept before has none, and nobody answers by those
            raise LookupError(hospital)
        return found

    def kept(self) -> Periods:
        """How long each kind of records is kept."""
        return {kind: entry.length for kind, entry in self.retention.items()}

    def zones(self) -> dict[str, str]:
        """The IANA zone of each hospital."""
        return {code: hospital.zone for code, hospital in self.hospitals.items()}

    def centres(self) -> frozenset[str]:
        """The sites that answer enquiries."""
        return frozenset(code for code, hospital in self.hospitals.items() if hospital.profile == "centre")

    def title(self, step_name: str) -> dict[str, str]:
        """What to call a step (`track.step`), as `{ru, en}`; a step of an older catalogue goes by its name."""
        step = self.steps.get(step_name)
        return step.title.model_dump() if step else {"ru": step_name, "en": step_name}

    def figure(self, step_name: str, flag: Flag | None = None, hospital: str | None = None) -> PaceEntry | None:
        """A step's term with its mark and source: in general or under a flag, in the base or in a hospital.

        None when the step, its clock or a term for that flag does not exist.
        """
        steps = self.steps if hospital is None else self.at(hospital).steps
        step = steps.get(step_name)
        if step is None or step.clock is None:
            return None
        return step.clock if flag is None else step.clock.pace_if.get(flag)

    def instrument(self, code: str, hospital: str | None = None) -> Instrument | None:
        """The rules of an instrument, of the base or as it holds in a hospital; None when there is no such one.

        Raises:
            KeyError: there is no such hospital.
        """
        entry = (self if hospital is None else self.at(hospital)).instruments.get(code)
        return None if entry is None else instrument(code, entry)

    def emergency_codes(self, hospital: str) -> dict[str, frozenset[str]]:
        """By field of a hospital's messages, the codes that say: this is an emergency.

        Raises:
            KeyError: there is no such hospital.
        """
        return _codes(self.at(hospital).emergency, hospital)

    def death_codes(self, hospital: str) -> dict[str, frozenset[str]]:
        """By field of a hospital's messages, the codes of a discharge that say: the patient died.

        Raises:
            KeyError: there is no such hospital.
        """
        return _codes(self.at(hospital).deaths, hospital)

    def news_held_for(self, hospital: str) -> timedelta:
        """How long news of a visit that has no case waits for its admission.

        Raises:
            KeyError: there is no such hospital.
        """
        term = self.at(hospital).held_for
        return timedelta(0) if term is None else term.length

    def screen(self, admission: Admission) -> str | None:
        """Why the admission opens no case; None when it opens one. Of several reasons the first by code.

        Raises:
            KeyError: there is no such hospital.
        """
        hospital, emergency = admission.facility, admission.emergency
        profile, planned = self.hospitals[hospital].profile, isinstance(admission, Preadmission)
        via: Via = "planned" if planned else "admission"
        variants = self.variants_of(hospital, admission.flags, via, emergency=emergency).keys()
        fitting = (
            code
            for code, rule in self.at(hospital).screened_out.items()
            if rule.emergency in {None, emergency}
            and rule.planned in {None, planned}
            and (rule.profiles is None or profile in rule.profiles)
            and (rule.variants is None or variants & {*rule.variants})
        )
        return min(fitting, default=None)


def _codes(fields: Mapping[str, CodedField], hospital: str) -> dict[str, frozenset[str]]:
    return {name: frozenset(field.at.get(hospital, field).codes) for name, field in fields.items()}
