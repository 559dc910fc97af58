"""Documents: what is missing is restored in the order in which one paper asks for another, or side by side."""

from __future__ import annotations

from typing import ClassVar, Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Stage
from workflows.answers import answers, last, listed, named
from workflows.assessment import DocumentsCheck
from workflows.contact import citizenship
from workflows.offices import Then, obtain
from workflows.stay import while_here


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


class TemporaryId(Outcome, track="documents", step="temporary_id"):
    """Whether a temporary identity card was issued."""

    result: Literal["issued", "refused"]
    then: Then | None = None
    number: Private[str] | None = None


class PassportReceive(Outcome, track="documents", step="passport_receive"):
    """Whether the passport is there."""

    result: Literal["issued", "refused"]
    then: Then | None = None
    number: Private[str] | None = None


class SnilsRestore(Outcome, track="documents", step="snils_restore"):
    """Whether the fund confirmed the number."""

    result: Literal["issued", "not_found"]
    then: Then | None = None
    number: Private[str] | None = None


class OmsRestore(Outcome, track="documents", step="oms_restore"):
    """Whether the insurance record was found or made."""

    result: Literal["found", "issued", "ineligible"]
    then: Then | None = None
    number: Private[str] | None = None


class BirthCertificate(Outcome, track="documents", step="birth_certificate"):
    """Whether the registry issued the certificate again."""

    result: Literal["issued", "record_lost"]
    then: Then | None = None
    number: Private[str] | None = None


class DisabilityDuplicate(Outcome, track="documents", step="disability_duplicate"):
    """Whether the bureau issued the certificate of disability again."""

    result: Literal["issued", "not_found"]
    then: Then | None = None
    number: Private[str] | None = None


class ProxyCertify(Outcome, track="documents", step="proxy_certify"):
    """Whether the hospital certified a power of attorney; who does not understand it cannot give one."""

    result: Literal["certified", "incapable"]
    note: Private[str] | None = None


class ConsularRequest(Outcome, track="documents", step="consular_request"):
    """Whether the consulate gave a certificate of return."""

    result: Literal["certificate", "declined"]
    then: Then | None = None
    number: Private[str] | None = None


class Documents:
    """Ends with `complete` or `partial`, also when the patient left before all was there."""

    name: ClassVar[str] = "documents"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        LossStatement,
        PassportVisit,
        TemporaryId,
        PassportReceive,
        SnilsRestore,
        OmsRestore,
        BirthCertificate,
        DisabilityDuplicate,
        ProxyCertify,
        ConsularRequest,
    )

    async def run(self, case: Case) -> str:
        """Restore what was found missing, once it is known whose papers they are."""
        await while_here(case, self._restore)
        return await case.decide("papers_there", _there)

    async def _restore(self, case: Case) -> None:
        papers = named(await case.decide("missing", lambda state: listed(_missing(state))))
        # No office issues anything to somebody whom nobody can name.
        if await case.decide("name", _name) != "known":
            return
        work = [self._one_after_another(case, papers)]
        if "birth_certificate" in papers:
            work.append(obtain(case, BirthCertificate, "issued"))
        if "disability" in papers:
            work.append(obtain(case, DisabilityDuplicate, "issued"))
        if "proxy" in papers:
            work.append(obtain(case, ProxyCertify, "certified", "incapable"))
        await case.all(*work)

    async def _one_after_another(self, case: Case, papers: tuple[str, ...]) -> bool:
        """Passport, then insurance number, then insurance: each asks for the one before it."""
        if "passport" in papers:
            if await case.decide("citizenship", citizenship) == "foreign":
                await obtain(case, ConsularRequest, "certificate")
            else:
                await self._passport(case)
        if "snils" in papers:
            await obtain(case, SnilsRestore, "issued")
        if "oms" in papers:
            await obtain(case, OmsRestore, "found", "issued")
        return True

    async def _passport(self, case: Case) -> None:
        """A passport that is gone is reported first; until the new one is there a temporary card does."""
        if await case.decide("passport", _passport) == "gone":
            await obtain(case, LossStatement, "stub")
        await case.all(self._receive_passport(case), obtain(case, TemporaryId, "issued"))

    async def _receive_passport(self, case: Case) -> None:
        """Without a visit at the bed the papers go another way; the passport is asked for all the same."""
        await obtain(case, PassportVisit, "held")
        await obtain(case, PassportReceive, "issued")


def _missing(state: CaseState) -> tuple[str, ...]:
    check = last(state, DocumentsCheck)
    return () if check is None else check.missing


def _passport(state: CaseState) -> str:
    check = last(state, DocumentsCheck)
    return "gone" if check is not None and check.passport in ("lost", "stolen") else "to_be_issued"


def _name(state: CaseState) -> str | None:
    """Whether the person's name is `known` or was given up as `unknown`; not yet while it is searched for."""
    search = state.tracks.get("identification")
    if search is None or search.result == "confirmed":
        return "known"
    return None if search.result is None else "unknown"


def _there(state: CaseState) -> str:
    """Whether each missing paper was restored; a foreigner's passport by the consulate's certificate."""
    there = {
        "passport": any(each.result == "issued" for each in answers(state, PassportReceive))
        or any(each.result == "certificate" for each in answers(state, ConsularRequest)),
        "snils": any(each.result == "issued" for each in answers(state, SnilsRestore)),
        "oms": any(each.result != "ineligible" for each in answers(state, OmsRestore)),
        "birth_certificate": any(each.result == "issued" for each in answers(state, BirthCertificate)),
        "disability": any(each.result == "issued" for each in answers(state, DisabilityDuplicate)),
        "proxy": any(each.result == "certified" for each in answers(state, ProxyCertify)),
    }
    return "complete" if all(there[paper] for paper in _missing(state)) else "partial"
