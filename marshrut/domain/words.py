"""The closed vocabularies of the service, each with its source."""

from enum import StrEnum
from typing import Literal

# How a case came to us. An enquiry is a question to the Coordination Centre and no stay in hospital; a planned one lies
# ahead.
Via = Literal["admission", "referral", "enquiry", "planned"]
# What people ask the Coordination Centre, and how they reach it (domain facts, 1).
Topic = Literal["status", "reach_resident", "placement_from_home", "services", "complaint", "other"]
Channel = Literal["phone", "mail", "counter"]


class Role(StrEnum):
    """Who may act or look (contract, "Roles"). A partner is an organisation: its user is its code in the catalogue."""

    COORDINATOR = "coordinator"
    PSYCHOLOGIST = "psychologist"
    SUPERVISOR = "supervisor"
    HEAD = "head"
    PLACEMENT = "placement"
    DOCTOR = "doctor"
    INTEGRATOR = "integrator"
    HOTLINE = "hotline"
    AUDITOR = "auditor"
    ADMIN = "admin"
    PARTNER = "partner"
    SYSTEM = "system"


class Stage(StrEnum):
    """Where a case stands, in the order in which it goes through them (domain facts, "Stages and words")."""

    ADMISSION = "admission"
    FIRST_CONTACT = "first_contact"
    IDENTIFICATION = "identification"
    NEEDS_ASSESSMENT = "needs_assessment"
    PERSONAL_ROUTE = "personal_route"
    TRACKS = "tracks"
    DISCHARGE_READINESS = "discharge_readiness"
    TRANSITION = "transition"
    FOLLOWUP = "followup"
    CLOSED = "closed"


class Flag(StrEnum):
    """What is known about the patient's circumstances, from the admission (contract, `admission.flags`) or later.

    `violence`: somebody near to the patient is a danger to them, so nobody near is told where they are. `foundling`: a
    child whom somebody found, and whose birth nobody has registered; `abandoned`: one whose mother left it behind;
    `of_consent_age`: a child who decides on treatment alone (from 15 years, from 16 if dependent on drugs).
    `protected`: their stay must not be known widely, so of the staff only those know who need to (guarding.py).
    """

    LIVES_ALONE = "lives_alone"
    NO_DOCUMENTS = "no_documents"
    UNIDENTIFIED = "unidentified"
    CHILD_WITHOUT_CARER = "child_without_carer"
    LOW_MOBILITY = "low_mobility"
    NO_FIXED_ABODE = "no_fixed_abode"
    AMPUTATION = "amputation"
    PALLIATIVE = "palliative"
    CRISIS = "crisis"
    COMBAT_VETERAN = "combat_veteran"
    VIOLENCE = "violence"
    CHILD = "child"
    NEWBORN = "newborn"
    ABANDONED = "abandoned"
    FOUNDLING = "foundling"
    OF_CONSENT_AGE = "of_consent_age"
    PROTECTED = "protected"


class Protection(StrEnum):
    """Why a patient is protected, and why no more.

    `known`: somebody whom many know; `violence`: a victim of violence; `state`: state protection, of a witness or an
    official; `threatened`: they or their family are threatened. `over`: the reason is gone; `mistaken`: there was none.
    """

    KNOWN = "known"
    VIOLENCE = "violence"
    STATE = "state"
    THREATENED = "threatened"
    OVER = "over"
    MISTAKEN = "mistaken"


# Why a patient is protected no more; by the other reasons they are.
NO_MORE = frozenset({Protection.OVER, Protection.MISTAKEN})


class Variant(StrEnum):
    """What makes a case another one than an adult's in a general hospital (domain facts, 1).

    A case is either an adult's or a child's. Beside that a site may have its own way: a flagship emergency centre
    counts in minutes and hours, in isolation nobody comes to the bed.
    """

    ADULT = "adult"
    CHILD = "child"
    FLAGSHIP = "flagship"
    ISOLATION = "isolation"
    ONCOLOGY = "oncology"
    REHABILITATION = "rehabilitation"


class ItemKind(StrEnum):
    """What a journey is about beside its steps, each with a status of its own (items.py)."""

    NEED = "need"
    ENTRY = "entry"
    DOCUMENT = "document"
    PAPER = "paper"
    CONSENT = "consent"
    RELATIVE = "relative"
    CANDIDATE = "candidate"
    ATTEMPT = "attempt"
    REFERRAL = "referral"
    SESSION = "session"
    APPLICATION = "application"
    INSTITUTION = "institution"
    VOUCHER = "voucher"
    ARRANGEMENT = "arrangement"
    FEEDBACK = "feedback"
    SUPPORT_REQUEST = "support_request"
    FAMILY_NEED = "family_need"


class Report(StrEnum):
    """What a hospital or a person reports about the patient (contract, `POST /cases/{case_id}/events`).

    The last four take an ending back: a refusal, a leaving without notice, a mistake, a merge.
    """

    MEDICALLY_READY = "medically_ready"
    EXPECTED_DISCHARGE = "expected_discharge"
    MOVED = "moved"
    DISCHARGED = "discharged"
    DISCHARGE_CANCELLED = "discharge_cancelled"
    ADMISSION_CANCELLED = "admission_cancelled"
    DIED = "died"
    MERGED = "merged"
    PAUSED = "paused"
    RESUMED = "resumed"
    REFUSED_HELP = "refused_help"
    LEFT = "left"
    OPERATED = "operated"
    READMITTED = "readmitted"
    UPDATED = "updated"
    HELP_ACCEPTED = "help_accepted"
    RETURNED = "returned"
    REINSTATED = "reinstated"
    UNMERGED = "unmerged"


class Mark(StrEnum):
    """Since when what the journey did may be taken back."""

    LEFT = "left"  # the patient was reported to have left the ward
    ENDED = "ended"  # a report ended the case


class Ending(StrEnum):
    """How a case ends (domain facts, "Outcomes")."""

    HOME_ALONE = "home_alone"
    HOME_WITH_RELATIVES = "home_with_relatives"
    HOME_WITH_SERVICES = "home_with_services"
    RELATIVES_ELSEWHERE = "relatives_elsewhere"
    REHABILITATION = "rehabilitation"
    INSTITUTION_PERMANENT = "institution_permanent"
    TEMPORARY_PLACEMENT = "temporary_placement"
    CHILD_TO_PARENT = "child_to_parent"
    CHILD_TO_TEMPORARY_GUARDIAN = "child_to_temporary_guardian"
    CHILD_TO_INSTITUTION = "child_to_institution"
    CHILD_TO_FOSTER_FAMILY = "child_to_foster_family"
    OTHER_HOSPITAL = "other_hospital"
    SHELTER = "shelter"
    LEFT_AGAINST_ADVICE = "left_against_advice"
    DIED = "died"
    REFUSED_HELP = "refused_help"
    MERGED = "merged"
    ADMISSION_CANCELLED = "admission_cancelled"
    SCREENED_OUT = "screened_out"
    ANSWERED = "answered"


# A case never goes back: of two stages it stands in the later one.
STAGES: tuple[Stage, ...] = tuple(Stage)

# A report that ends the case wherever it stands, and the ending it means.
ENDINGS: dict[Report, Ending] = {
    Report.ADMISSION_CANCELLED: Ending.ADMISSION_CANCELLED,
    Report.DIED: Ending.DIED,
    Report.MERGED: Ending.MERGED,
    Report.REFUSED_HELP: Ending.REFUSED_HELP,
    Report.LEFT: Ending.LEFT_AGAINST_ADVICE,
}
