"""Story 12: whoever asks the Coordination Centre gets an answer in time, and whoever needs a place is taken there."""

from __future__ import annotations

from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.e2e.stories.planned import notices
from tests.fixtures.ahead import Ahead

ENQUIRIES = "/api/v1/enquiries"


class Centre:
    """The Coordination Centre, whose people ask and answer."""

    def __init__(self, today: Ahead) -> None:
        self.today = today

    async def get(self, path: str, role: Role = Role.HOTLINE, **params: Any) -> Any:
        """What somebody at the Centre is shown."""
        answer = await self.today.http.get(path, headers=self._who(role), params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, role: Role = Role.HOTLINE) -> Any:
        """What comes of something that somebody at the Centre writes."""
        with self.today.environment.with_time_skipping_disabled():
            answer = await self.today.http.post(path, json=body, headers=self._who(role))
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def asked(self, topic: str, channel: str = "phone") -> str:
        """An enquiry; its id."""
        asker = {"name": "Петров Сергей", "phone": "+7 900 000-00-00", "relation": "сын"}
        body = {"facility": "CENTRE", "channel": channel, "topic": topic, "sentence": "Где моя мать?", "asker": asker}
        case: str = (await self.post(ENQUIRIES, body))["case_id"]
        return case

    async def answered(self, case: str, role: Role = Role.HOTLINE, **said: Any) -> Any:
        """The enquiry after the person was told so."""
        return await self.post(f"{ENQUIRIES}/{case}/answer", said, role)

    async def do(self, case: str, name: str, role: Role = Role.PLACEMENT, **outcome: Any) -> None:
        """Complete the live step of that name."""
        card = await self.get(f"/api/v1/cases/{case}", Role.PLACEMENT)
        live = {each["name"]: each["step_id"] for each in card["steps"] if each["state"] == "open"}
        assert name in live, live
        await self.post(f"/api/v1/steps/{live[name]}/complete", {"outcome": outcome}, role)

    async def stuck(self, case: str) -> list[Any]:
        """What of the enquiry does not move."""
        rows = (await self.get("/api/v1/stuck", Role.PLACEMENT, hospital="CENTRE"))["items"]
        return [row for row in rows if row["case_id"] == case]

    async def told(self, case: str) -> list[tuple[Role, str]]:
        """Whom the enquiry told what."""
        return notices((await self.get(f"/api/v1/cases/{case}/events", Role.PLACEMENT))["items"])

    def _who(self, role: Role) -> dict[str, str]:
        return self.today.token(role, f"{role.value}-centre", "CENTRE")


@pytest.mark.parametrize("channel", ["phone", "mail", "counter"])
async def test_no_enquiry_is_forgotten(today: Ahead, channel: str) -> None:
    """Given a question, when days pass, then one after another is told; an answer ends it, and is kept."""
    centre = Centre(today)
    case = await centre.asked("status", channel)
    asked = await centre.get(f"{ENQUIRIES}/{case}")
    assert (asked["channel"], asked["clock"]["state"]) == (channel, "green")
    assert await centre.stuck(case) == []

    await today.sleep(case, days=4)
    late = await centre.get(f"{ENQUIRIES}/{case}")
    assert (late["state"], late["clock"]["state"]) == ("open", "red")
    (row,) = await centre.stuck(case)
    assert (row["name"], row["climbed"], row["late_s"] > 0) == ("answer", 4, True)
    assert [role for role, _ in await centre.told(case)] == [
        Role.HOTLINE,
        Role.SUPERVISOR,
        Role.HEAD,
        Role.PLACEMENT,
    ]
    for role in (Role.HOTLINE, Role.SUPERVISOR, Role.HEAD, Role.PLACEMENT):
        (notice,) = (await centre.get("/api/v1/notifications", role, case=case))["items"]
        assert notice["step_title"]["ru"] == "Ответить на обращение"
    (notice,) = (await centre.get("/api/v1/notifications", case=case))["items"]
    seen = await centre.post(f"/api/v1/notifications/{notice['id']}/acknowledge")
    assert seen["acknowledged_by"] == "hotline-centre"

    told_so = await centre.answered(case, result="answered", answer="Она в третьем корпусе")
    assert (told_so["state"], told_so["answers"][-1]["answer"]) == ("closed", "Она в третьем корпусе")
    assert await centre.stuck(case) == []
    assert case not in [each["case_id"] for each in (await centre.get(ENQUIRIES, state="open"))["items"]]


async def test_what_others_must_answer_is_asked_for_until_they_do(today: Ahead) -> None:
    """Given a complaint that an institution must answer, when it keeps silent, then it is asked again in a day."""
    centre = Centre(today)
    case = await centre.asked("complaint", "mail")
    passed = await centre.answered(case, result="passed_on", to="institution")
    assert (passed["state"], passed["step"]) == ("open", "reply")
    await today.sleep(case, days=10)
    (row,) = await centre.stuck(case)
    assert (row["name"], row["late_s"] > 0) == ("reply", True)
    silent = await centre.answered(case, Role.PLACEMENT, result="no_reply")
    assert (silent["state"], silent["step"]) == ("open", None)
    assert (Role.SUPERVISOR, "no_reply") in await centre.told(case)
    await today.sleep(case, days=4)
    done = await centre.answered(case, Role.PLACEMENT, result="answered", answer="Проверили, исправили")
    assert (done["state"], [each["result"] for each in done["answers"]]) == (
        "closed",
        ["passed_on", "no_reply", "answered"],
    )


@pytest.mark.parametrize("word", ["connected", "declines", "not_there"])
async def test_relatives_reach_whoever_lives_in_an_institution_if_they_want(today: Ahead, word: str) -> None:
    """Given a son who looks for a resident, when nobody answers, then it is tried again; he hears what she wishes."""
    centre = Centre(today)
    case = await centre.asked("reach_resident")
    await centre.do(case, "reach_resident", result="no_answer")
    assert (await centre.get(f"{ENQUIRIES}/{case}"))["step"] is None
    await today.sleep(case, days=4)
    assert (await centre.get(f"{ENQUIRIES}/{case}"))["step"] == "reach_resident"
    await centre.do(case, "reach_resident", result=word)
    asked = await centre.get(f"{ENQUIRIES}/{case}")
    assert (asked["state"], asked["step"]) == ("open", "answer")
    assert (await centre.answered(case, result="answered"))["state"] == "closed"


async def test_from_a_home_that_is_none_any_more_to_a_bed(today: Ahead) -> None:
    """Given a mother who cannot live at home, when her son asks, then she is visited, helped, and taken in."""
    centre = Centre(today)
    case = await centre.asked("placement_from_home", "counter")
    assert (await centre.answered(case, result="help"))["step"] == "home_visit"
    await today.sleep(case, days=1)
    await centre.do(case, "home_visit", result="wants_place")
    await centre.do(case, "profile_choose", result="general")
    await centre.do(case, "need_application", Role.SUPERVISOR, result="filed")
    await centre.do(case, "need_decision", Role.SUPERVISOR, result="recognised")
    await centre.do(case, "ippsu_receive", Role.SUPERVISOR, result="issued")
    papers = (await centre.get(f"/api/v1/cases/{case}/items", Role.PLACEMENT, kind="paper"))["items"]
    for paper in papers:
        # What is good for days only is made on the day of the journey.
        status = "not_needed" if paper["name"] == "contacts" else "received"
        await centre.post(f"/api/v1/items/{paper['item_id']}/move", {"status": status}, Role.PLACEMENT)
    await centre.do(case, "medical_package", result="complete")
    await centre.do(case, "institution_choose", result="chosen", institutions=["general_home", "izmailovo"])
    await centre.do(case, "package_submit", result="accepted")
    await centre.do(case, "voucher_decision", result="issued")
    await centre.do(case, "bed_confirm", result="withdrawn", reason="no_places")
    await today.sleep(case, days=2)
    await centre.do(case, "bed_confirm", result="confirmed")
    await centre.do(case, "transfer_arrival", result="arrived")
    kept = (await centre.get(f"/api/v1/cases/{case}/items", Role.PLACEMENT, kind="institution"))["items"]
    assert {item["name"]: item["status"] for item in kept} == {"general_home": "refused", "izmailovo": "arrived"}
    card = await centre.get(f"/api/v1/cases/{case}", Role.PLACEMENT)
    assert (card["state"], card["stage"]) == ("open", "followup")
    await today.sleep(case, days=8)
    await centre.do(case, "adaptation_check", result="settled")


async def test_who_stays_at_home_after_all_is_not_kept_on_file(today: Ahead) -> None:
    """Given a question about a place, when the person is helped at home, then the enquiry is over."""
    centre = Centre(today)
    case = await centre.asked("placement_from_home", "mail")
    await centre.answered(case, result="help")
    await centre.do(case, "home_visit", result="helped_at_home")
    assert (await centre.get(f"{ENQUIRIES}/{case}"))["state"] == "closed"
