"""Identification: police, bureau and everybody who may know are asked until a supervisor is sure who this is."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage
from workflows.answers import answers, last
from workflows.stay import beside, while_here


class PoliceNotice(Outcome, track="identification", step="police_notice"):
    """How the police were told, and whether they want the fingerprints taken."""

    result: Literal["phoned", "written"]
    prints: Literal["asked_for", "not_needed"] | None = None
    number: Private[str] | None = None


class BureauNotice(Outcome, track="identification", step="bureau_notice"):
    """Whether the accident bureau took the notice, or knows at once who this may be."""

    result: Literal["accepted", "matched"]
    note: Private[str] | None = None


class DescriptionCard(Outcome, track="identification", step="description_card"):
    """Whether everything by which somebody may know the person is written down."""

    result: Literal["complete", "partial"]
    description: Private[str] | None = None


class PublicSearch(Outcome, track="identification", step="public_search"):
    """Whether the public is asked."""

    result: Literal["published", "declined"]
    note: Private[str] | None = None


class PrintsRequest(Outcome, track="identification", step="prints_request"):
    """What the fingerprints told."""

    result: Literal["matched", "no_match", "refused"]
    note: Private[str] | None = None


class IdentityConfirm(Outcome, track="identification", step="identity_confirm"):
    """Whether a supervisor is sure who the person is, knows that it was a mistake, or leaves it open."""

    result: Literal["confirmed", "wrong", "open"]
    proofs: tuple[Literal["document", "relative", "prints", "bureau", "own_words"], ...] = ()
    person: Private[str] | None = None


class Identification:
    """Ends with `confirmed` or, when the patient has left unknown, with `open`."""

    name: ClassVar[str] = "identification"
    stage: ClassVar[Stage] = Stage.IDENTIFICATION
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        PoliceNotice,
        BureauNotice,
        DescriptionCard,
        PublicSearch,
        PrintsRequest,
        IdentityConfirm,
    )

    async def run(self, case: Case) -> str:
        """Tell those who must be told, then search until it is certain who lies here."""
        await while_here(case, self._search)
        return await case.decide("identity", _identity)

    async def _search(self, case: Case) -> None:
        await case.all(self._tell_police(case), case.step(BureauNotice), case.step(DescriptionCard))
        look = MAIN
        while True:
            await beside(case, f"look.{look}", partial(self._ask, look), partial(self._look_wider, look))
            if await case.decide(f"sure.{look}", _sure) != "wrong":
                return
            await case.inform(f"wrong_identity.{look}", Role.SUPERVISOR)
            look = f"{look}.after_wrong"

    async def _tell_police(self, case: Case) -> None:
        """By phone at once, then on paper."""
        notice = await case.step(PoliceNotice, key="phone")
        if notice is None or notice.result == "phoned":
            await case.step(PoliceNotice, key="paper")

    async def _ask(self, look: str, case: Case) -> None:
        """A supervisor says it, or is asked again the next day."""
        day = look
        while True:
            answer = await case.step(IdentityConfirm, key=day)
            if answer is None or answer.result != "open":
                return
            day = stamp(await case.until(f"ask_again.{day}", "identification.asked_again"))

    async def _look_wider(self, look: str, case: Case) -> None:
        """Prints where the police want them or the bureau knows nobody; the public may be asked as well."""
        if await case.decide("who", _who) == "nobody":
            await case.all(case.step(PrintsRequest, key=look), case.step(PublicSearch, key=look))


def _who(state: CaseState) -> str:
    """Whether there is `somebody` whom the person may be."""
    bureau = last(state, BureauNotice)
    matched = bureau is not None and bureau.result == "matched"
    asked_for = any(notice.prints == "asked_for" for notice in answers(state, PoliceNotice))
    return "somebody" if matched and not asked_for and _sure(state) != "wrong" else "nobody"


def _sure(state: CaseState) -> str:
    answer = last(state, IdentityConfirm)
    return "open" if answer is None else answer.result


def _identity(state: CaseState) -> str:
    return "confirmed" if _sure(state) == "confirmed" else "open"
