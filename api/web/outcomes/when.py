"""When a field is asked at all: most of what is filled in beside a result belongs to some results only.

What is said here is the page's: a type refuses what does not fit by itself, and takes a field that is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from api.web.outcomes.fields import Field, fields_of
from marshrut.domain.outcomes import Outcome
from workflows.papers import STEPS


@dataclass(frozen=True, slots=True)
class When:
    """Asked where another field holds one of these."""

    field: str
    values: tuple[str, ...]

    def holds(self, given: Mapping[str, object]) -> bool:
        """Whether it is asked, with what was given."""
        return given.get(self.field) in self.values


RESULT = "result"
# By `track.step`, the fields that belong to some of its results.
OF_RESULTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "contact.first_contact": {
        "moved_to": ("moved",),
        "identity": ("contacted", "unconscious"),
        "citizenship": ("contacted", "unconscious"),
        "carer": ("contacted", "unconscious"),
    },
    "contact.consent_record": {"by": ("given", "partial", "refused")},
    "contact.consent_notice": {"whom": ("told",)},
    "contact.migration_notice": {"number": ("sent",)},
    "discharge.expected_date": {"expected_at": ("set",)},
    "discharge.ready_date": {"ready_at": ("date",)},
    "discharge.barrier_review": {"way": ("clear",), "rest": ("clear",)},
    "discharge.arrival_confirm": {
        "received_by": ("confirmed",),
        "arrived_at": ("confirmed",),
        "receiver": ("confirmed",),
    },
    "discharge.care_handover": {"receiver": ("accepted",), "then": ("refused",)},
    "psychology.crisis_handoff": {"card": ("reached", "no_answer")},
    "psychology.psychiatrist_call": {"safe": ("seen",), "leave": ("seen",)},
    "psychology.session_call": {"next_at": ("new_date",)},
    "psychology.talks_end": {"sessions": ("continue",), "next_at": ("continue",)},
    "psychology.psy_talk": {"sessions": ("continue",), "next_at": ("continue",)},
    "psychology.kin_talk": {"sessions": ("continue",), "next_at": ("continue",)},
    "psychology.carer_support": {"by": ("done",)},
    "identification.identity_confirm": {"proofs": ("confirmed",), "person": ("confirmed",)},
    "assessment.function_scale": {"score": ("scored",), "moves": ("scored",)},
    "assessment.life_survey": {"lives_with": ("complete", "partial")},
    "assessment.documents_check": {"missing": ("missing",), "passport": ("missing",)},
    "assessment.needs_agree": {"needs": ("agreed", "disputed")},
    "route.route_review": {"adds": ("changed",), "drops": ("changed",)},
    "documents.loss_statement": {"number": ("stub",), "then": ("refused",)},
    "documents.passport_visit": {"then": ("denied",)},
    "documents.hand_over": {"to": ("handed_over",), "kept": ("handed_over",)},
    "relatives.found_consent": {"whom": ("only_some",)},
    "relatives.relatives_search": {"relative": ("found",)},
    "relatives.carer_assess": {"strain": ("able", "train")},
    "services.urgent_services": {"given": ("act_signed",)},
    "services.need_application": {"receipt": ("filed",), "then": ("refused",)},
    "services.need_decision": {"level": ("recognised",), "then": ("denied",)},
    "services.ippsu_receive": {"number": ("issued",), "then": ("denied",)},
    "services.service_contract": {"then": ("declined",)},
    "services.aids_supply": {"then": ("none",)},
    "services.referral_send": {"partners": ("sent",), "documents": ("sent",)},
    "services.referral_answer": {"reason": ("declined",)},
    "services.referral_start": {"reason": ("failed",)},
    "services.referral_result": {"units": ("done", "goes_on"), "reason": ("failed",)},
    "services.consultant_name": {"consultant": ("named",), "phone": ("named",)},
    "services.course_end": {"strain": ("certified",)},
    "disability.mse_commission": {"moves": ("refer",)},
    "disability.mse_send": {"held": ("registered",), "number": ("registered",), "then": ("returned",)},
    "disability.mse_examination": {"then": ("missed",)},
    "disability.mse_appeal": {"number": ("filed",)},
    "disability.ipra_actions": {"then": ("partial",)},
    "placement.medical_package": {
        "ground": ("contraindicated",),
        "lasts": ("contraindicated",),
        "again_at": ("contraindicated",),
        "then": ("contraindicated",),
    },
    "placement.psychiatric_commission": {"then": ("not",)},
    "placement.institution_choose": {"institutions": ("chosen",), "wanted": ("chosen",)},
    "placement.package_submit": {"priority": ("accepted",), "receipt": ("accepted",)},
    "placement.voucher_decision": {
        "position": ("queued",),
        "reason": ("refused",),
        "then": ("refused",),
        "number": ("issued",),
    },
    "placement.voucher_renew": {"then": ("refused",), "number": ("issued",)},
    "placement.bed_confirm": {"reason": ("withdrawn",), "then": ("withdrawn",)},
    "placement.transfer_arrival": {"receiver": ("arrived",), "then": ("not_arrived",)},
    "placement.feedback": {"rating": ("given",), "text": ("given",)},
    "guardians.guardianship_survey": {"by": ("care_found",)},
    "guardians.parents_search": {"relative": ("found", "unfit")},
    "guardians.parent_check": {"proof": ("fit",)},
    "guardians.return_agree": {"then": ("refused",)},
    "guardians.temporary_guardian": {"who": ("act",), "guardian": ("act",), "number": ("act",)},
    "guardians.abandonment_act": {"number": ("signed",)},
    "guardians.parent_stay": {"bed": ("arranged",), "ground": ("arranged",)},
    "followup.call_72h": {"about": ("problem",), "spoken_with": ("well", "problem")},
    "followup.check_7d": {"about": ("problem",), "spoken_with": ("well", "problem")},
    "followup.check_30d": {"about": ("problem",), "spoken_with": ("stable", "problem")},
    "enquiry.answer": {"to": ("passed_on",), "answer": ("answered", "passed_on")},
    "enquiry.reply": {"answer": ("answered",)},
    "planned.family_call": {"planned_for": ("moved",), "wants": ("told", "moved")},
    "planned.day_passed": {"planned_for": ("moved",)},
    "planned.papers_ready": {"then": ("missing",)},
    "planned.travel_plan": {"escort": ("own", "taxi", "medical"), "then": ("nobody",)},
    "planned.siblings_care": {"then": ("nobody",)},
}
# What an office's answer tells of a paper, where it gave one; what comes next, where it did not.
PAPER = ("form", "signature", "issued_at", "number", "record")
GIVES: Mapping[str, tuple[str, ...]] = {
    **{step.name(): given for step, given in STEPS.values()},
    "disability.mse_result": ("group",),
    "disability.appeal_result": ("group",),
}
# Fields that belong to another field than the result.
OF_FIELDS: Mapping[str, When] = {
    "signature": When("form", ("electronic",)),
    "record": When("form", ("electronic",)),
    "guardians.parent_stay.ground": When("bed", ("free",)),
}


@cache
def conditions(outcome: type[Outcome]) -> Mapping[str, tuple[When, ...]]:
    """By field what must hold that it is asked; a field that is always asked is missing."""
    name, found = outcome.name(), dict[str, tuple[When, ...]]()
    results = fields_of(outcome)[0].codes
    for field in fields_of(outcome):
        when: list[When] = []
        values = OF_RESULTS.get(name, {}).get(field.name) or _of_paper(name, field, results)
        if values:
            when.append(When(RESULT, values))
        beside = OF_FIELDS.get(f"{name}.{field.name}") or OF_FIELDS.get(field.name)
        if beside is not None and any(other.name == beside.field for other in fields_of(outcome)):
            when.append(beside)
        if when:
            found[field.name] = tuple(when)
    return found


def _of_paper(name: str, field: Field, results: tuple[str, ...]) -> tuple[str, ...]:
    given = GIVES.get(name)
    if given is None:
        return ()
    if field.name in PAPER or field.name == "group":
        return given
    return tuple(result for result in results if result not in given) if field.name == "then" else ()
