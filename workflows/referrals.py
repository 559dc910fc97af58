"""Referrals: partners are asked for a programme of the route, several at once, until the loop is closed."""

from __future__ import annotations

from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from marshrut.domain.base import Code, Private
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN, short
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import ProgrammeRule, Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Role, Stage
from workflows import partners as q
from workflows.answers import NOTHING
from workflows.delivery import STEPS, Delivery
from workflows.stay import for_good


class ReferralSend(Outcome, track="services", step="referral_send"):
    """Which partners are asked at once, and which papers go along; or that nobody is asked any more."""

    result: Literal["sent", "given_up"]
    partners: Annotated[tuple[Code, ...], Field(max_length=8)] = Field(default=(), validate_default=True)
    documents: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    note: Private[str] | None = None

    @field_validator("partners")
    @classmethod
    def _named_when_sent(cls, partners: tuple[Code, ...], info: ValidationInfo) -> tuple[Code, ...]:
        if info.data.get("result") == "sent" and not partners:
            raise ValueError("whoever is asked is named")
        return partners


class ReferralAnswer(Outcome, track="services", step="referral_answer"):
    """What one of the partners answered who were asked."""

    result: Literal["accepted", "declined"]
    partner: Code
    reason: Code | None = None
    note: Private[str] | None = None


class Referral:
    """A programme. Ends with `done`, `given_up`, `withdrawn`, `left`, or `not_referred` where no partner is asked."""

    name: ClassVar[str] = "referral"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (ReferralSend, ReferralAnswer, *STEPS)

    def __init__(self, name: str) -> None:
        """`name`: the programme, and of a later time which one, as in `new_opportunities.r2`."""
        self._name = name
        self._programme = name.split(".", 1)[0]

    async def run(self, case: Case) -> str:
        """Ask and follow, as long as the route wants it and the patient is here or the programme outlives the stay."""
        goes_on = await case.look_up("goes_on", self._goes_on)
        if goes_on == "not_referred":
            return goes_on
        came = await case.first(
            "programme",
            withdrawn=self._withdrawn,
            left=for_good if goes_on == "yes" else self._left,
            served=partial(self._serve, goes_on == "yes"),
        )
        await self._recall(case, came, *sorted(q.OPEN))
        return came if came != "served" else await case.decide("came", partial(q.came_of, self._programme))

    async def _withdrawn(self, case: Case) -> None:
        await case.decide("withdrawn", partial(q.withdrawn, self._programme))

    async def _left(self, case: Case) -> None:
        await case.decide("left", partial(q.left, self._programme))

    async def _serve(self, goes_on: bool, case: Case) -> None:  # noqa: FBT001 - bound by name of the track
        """Round by round until a partner has delivered, or a person gives up."""
        number = 1
        while True:
            asking = f"r{number}"
            before = await case.decide(f"served.{asking}", partial(q.served, self._programme))
            if not await self._asked(case, asking, goes_on=goes_on):
                return
            accepted = await self._accepted(case, asking, before)
            if accepted != NOTHING and await (await self._delivery(case, accepted, asking)).done(case):
                return
            number += 1

    async def _asked(self, case: Case, asking: str, *, goes_on: bool) -> bool:
        """Whether somebody is asked, by us now or by whoever knew before."""
        stands = await case.decide(f"stands.{asking}", partial(q.stands, self._programme))
        if stands == "nobody":
            return await self._send(case, asking, goes_on=goes_on)
        if stands == "enrolled":
            school = await case.look_up(f"school.{asking}", self._first_partner)
            begun = await self._request(case, school, asking, (), goes_on=goes_on)
            await case.move(begun, "accepted")
            await case.move(begun, "in_progress")
        return True

    async def _send(self, case: Case, asking: str, *, goes_on: bool) -> bool:
        turn = asking
        while True:
            send = await case.step(ReferralSend, key=turn)
            if send is None or send.result == "given_up":
                return False
            known = [
                partner
                for partner in dict.fromkeys(send.partners)
                if await case.look_up(f"asks.{turn}.{partner}", partial(self._may_ask, partner)) == "yes"
            ]
            for partner in known:
                await self._request(case, partner, turn, send.documents, goes_on=goes_on)
            if known:
                return True
            await case.inform(f"partner_unknown.{turn}", Role.COORDINATOR)
            turn = short(f"{turn}.again")

    async def _request(
        self, case: Case, partner: str, asking: str, documents: tuple[str, ...], *, goes_on: bool
    ) -> str:
        """A partner who says nothing has declined after a while."""
        return await case.item(
            ItemKind.REFERRAL,
            self._programme,
            key=f"{partner}.{asking}",
            lapses="services.partner_answers",
            partner=partner,
            round=short(f"{self._name}.{asking}"),
            documents=documents,
            goes_on=goes_on,
        )

    async def _accepted(self, case: Case, asking: str, before: str) -> str:
        """The first who accepts; those who have not answered by then are asked no more."""
        answer = partial(q.heard, self._programme, before)
        await case.first(
            f"answers.{asking}", heard=partial(self._heard, answer), a=partial(self._answers, asking, answer)
        )
        accepted = await case.decide(f"accepted.{asking}", answer)
        if accepted != NOTHING:
            await self._recall(case, f"others.{asking}", "requested")
        elif await case.decide(f"refused.{asking}", partial(q.refused, self._programme)) == "yes":
            await case.inform(f"nobody_accepts.{asking}", Role.SUPERVISOR)
        return accepted

    async def _heard(self, answer: q.Question, case: Case) -> None:
        await case.decide("heard", answer)

    async def _answers(self, asking: str, answer: q.Question, case: Case) -> None:
        """What partners say by telephone, one after another."""
        turn = asking
        while True:
            said = await case.step(ReferralAnswer, key=turn)
            if said is None:
                await for_good(case)
                return
            item = await case.decide(f"who.{turn}", partial(q.of_partner, self._programme, said.partner))
            if item == NOTHING:
                await case.inform(f"partner_unknown.{turn}", Role.COORDINATOR)
            else:
                await case.move(item, said.result, on=turn, reason=said.reason)
            if await case.decide(f"more.{turn}", lambda state: "no" if answer(state) else "yes") == "no":
                return
            turn = short(f"{turn}.next")

    async def _delivery(self, case: Case, item: str, asking: str) -> Delivery:
        units = await case.look_up(f"units.{asking}", self._units)
        one = await case.look_up(f"one.{asking}", self._one_consultant)
        return Delivery(item, asking, None if units == NOTHING else int(units), one == "yes")

    async def _recall(self, case: Case, why: str, *statuses: str) -> None:
        """Take back what stands so, and have each partner told."""
        after = why
        question = partial(_first, self._programme, statuses)
        while (item := await case.decide(f"recalls.{after}", question)) != NOTHING:
            await case.move(item, "recalled", on=why)
            after = item.split(".", 2)[2]
            await case.inform(f"referral_recalled.{after}", Role.COORDINATOR)

    # ---- what the catalogue says of the programme ----

    def _rule(self, catalogue: Slice) -> ProgrammeRule | None:
        rule = catalogue.programmes.get(self._programme)
        return rule if rule is not None and rule.partners else None

    def _goes_on(self, catalogue: Slice, _state: CaseState) -> str:
        rule = self._rule(catalogue)
        if rule is None:
            return "not_referred"
        return "yes" if rule.goes_on else "no"

    def _may_ask(self, partner: str, catalogue: Slice, _state: CaseState) -> str:
        rule = self._rule(catalogue)
        return "yes" if rule is not None and partner in rule.partners else "no"

    def _first_partner(self, catalogue: Slice, _state: CaseState) -> str:
        rule = self._rule(catalogue)
        return NOTHING if rule is None else rule.partners[0]

    def _units(self, catalogue: Slice, _state: CaseState) -> str:
        rule = self._rule(catalogue)
        return NOTHING if rule is None or rule.units is None else str(rule.units)

    def _one_consultant(self, catalogue: Slice, _state: CaseState) -> str:
        rule = self._rule(catalogue)
        return "yes" if rule is not None and rule.one_consultant else "no"


async def programmes(case: Case, after: str = MAIN) -> None:
    """Follow each programme that the route plans or somebody asks for, side by side, as long as the case is open."""
    name = await case.decide(f"programme.{after}", q.due)
    await case.all(case.track(Referral(name), again=name), programmes(case, name))


def _first(programme: str, statuses: tuple[str, ...], state: CaseState) -> str:
    return q.one(state, programme, *statuses)
