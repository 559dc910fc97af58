"""The papers of a person, and what offices answer when they are asked for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import ValidationInfo, field_validator

from marshrut.domain.base import Code, Instant, Private
from marshrut.domain.facts import Holder, Signature
from marshrut.domain.forms import Form
from marshrut.domain.outcomes import Outcome
from workflows.offices import Then

Paper = Literal[
    "passport",
    "temporary_id",
    "return_certificate",
    "birth_certificate",
    "snils",
    "oms",
    "disability_certificate",
    "ipra",
    "proxy",
]


class Received(Form):
    """What every office's answer tells of the paper, if it gave one: on paper, or as a record signed by its clerk.

    A record whose signature nobody has checked yet is `unchecked`, also when nothing is said of it.
    """

    result: Code
    then: Then | None = None
    form: Literal["paper", "electronic"] | None = None
    signature: Signature | None = None
    issued_at: Instant | None = None
    number: Private[str] | None = None
    record: Private[str] | None = None

    @field_validator("signature")
    @classmethod
    def _of_a_record(cls, signature: Signature | None, info: ValidationInfo) -> Signature | None:
        if signature is not None and info.data.get("form") != "electronic":
            raise ValueError("only an electronic record has a signature to check")
        return signature


class SignatureCheck(Outcome, track="documents", step="signature_check"):
    """Whether the electronic signature of a record is good."""

    result: Literal["valid", "invalid"]
    note: Private[str] | None = None


class LossStatement(Outcome, track="documents", step="loss_statement"):
    """Whether the police gave a stub for the statement of loss."""

    result: Literal["stub", "refused"]
    then: Then | None = None
    number: Private[str] | None = None


class PassportVisit(Outcome, track="documents", step="passport_visit"):
    """Whether an officer came to the bed."""

    result: Literal["held", "denied"]
    then: Then | None = None
    note: Private[str] | None = None


class TemporaryId(Received, Outcome, track="documents", step="temporary_id"):
    """Whether a temporary identity card was issued."""

    result: Literal["issued", "refused"]


class PassportReceive(Received, Outcome, track="documents", step="passport_receive"):
    """Whether the passport is there."""

    result: Literal["issued", "refused"]


class SnilsRestore(Received, Outcome, track="documents", step="snils_restore"):
    """Whether the fund confirmed the number."""

    result: Literal["issued", "not_found"]


class OmsRestore(Received, Outcome, track="documents", step="oms_restore"):
    """Whether the insurance record was found or made."""

    result: Literal["found", "issued", "ineligible"]


class BirthCertificate(Received, Outcome, track="documents", step="birth_certificate"):
    """Whether the registry issued the certificate again."""

    result: Literal["issued", "record_lost"]


class DisabilityDuplicate(Received, Outcome, track="documents", step="disability_duplicate"):
    """Whether the bureau issued the certificate of disability again."""

    result: Literal["issued", "not_found"]


class ProxyCertify(Outcome, track="documents", step="proxy_certify"):
    """Whether the hospital certified a power of attorney; who does not understand it cannot give one."""

    result: Literal["certified", "incapable"]
    note: Private[str] | None = None


class ConsularRequest(Received, Outcome, track="documents", step="consular_request"):
    """Whether the consulate gave a certificate of return."""

    result: Literal["certificate", "declined"]


class HandOver(Outcome, track="documents", step="hand_over"):
    """Whether the papers that are here were given away, to whom, and which of them the hospital keeps all the same."""

    result: Literal["handed_over", "kept"]
    to: Holder | None = None
    kept: tuple[Paper, ...] = ()
    note: Private[str] | None = None


# Which step brings a paper, and by which results.
STEPS: Mapping[str, tuple[type[Outcome], tuple[str, ...]]] = {
    "birth_certificate": (BirthCertificate, ("issued",)),
    "passport": (PassportReceive, ("issued",)),
    "return_certificate": (ConsularRequest, ("certificate",)),
    "temporary_id": (TemporaryId, ("issued",)),
    "snils": (SnilsRestore, ("issued",)),
    "oms": (OmsRestore, ("found", "issued")),
    "disability_certificate": (DisabilityDuplicate, ("issued",)),
    "proxy": (ProxyCertify, ("certified",)),
}
