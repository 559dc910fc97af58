"""The same story in another hospital: a system seen by people who work there."""

from __future__ import annotations

import secrets
from typing import Any

import httpx

from marshrut.domain.words import Role
from tests.e2e.stories.bedside import View
from tests.fixtures.ahead import Ahead


class There:
    """The running system as it is seen in one hospital."""

    def __init__(self, today: Ahead, hospital: str) -> None:
        self.today = today
        self.hospital = hospital

    async def ask(self, method: str, path: str, body: Any = None, *, role: Role, **params: Any) -> httpx.Response:
        """A call in the name of somebody who works there."""
        headers = self.today.token(role, f"{role.value}-{self.hospital}", self.hospital)
        with self.today.environment.with_time_skipping_disabled():
            return await self.today.http.request(method, path, json=body, headers=headers, params=params)

    async def get(self, path: str, **params: Any) -> Any:
        """What a supervisor is shown."""
        answer = await self.ask("GET", path, role=Role.SUPERVISOR, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any, role: Role = Role.COORDINATOR) -> Any:
        """What a write is answered."""
        answer = await self.ask("POST", path, body, role=role)
        assert answer.is_success, answer.text
        return answer.json()

    async def admit(self, **changes: Any) -> str:
        """Somebody who came in there as an emergency; the case."""
        body = {
            "facility": self.hospital,
            "visit": f"26-{secrets.token_hex(4)}",
            "admitted_at": self.today.clock().isoformat(),
            "emergency": True,
            "patient": {"identified": True, "mrn": secrets.token_hex(4), "family": "Соколова", "given": "Антонина"},
        }
        case: str = (await self.post("/api/v1/admissions", {**body, **changes}, Role.INTEGRATOR))["case_id"]
        return case

    async def card(self, case: str) -> View:
        """The case."""
        view: View = await self.get(f"/api/v1/cases/{case}")
        return view

    async def step(self, case: str, name: str) -> View:
        """The live step of that name."""
        steps = (await self.card(case))["steps"]
        live = [step for step in steps if step["name"] == name and step["state"] in ("open", "claimed")]
        assert live, f"no live {name}: {[(step['name'], step['state']) for step in steps]}"
        view: View = live[-1]
        return view

    async def live(self, case: str) -> list[str]:
        """The names of what is to do."""
        await self.today.settled(case)
        return sorted(step["name"] for step in (await self.card(case))["steps"] if step["state"] in ("open", "claimed"))

    async def do(self, case: str, name: str, **outcome: Any) -> None:
        """Complete the live step of that name; of another's plan another senior does."""
        path = f"/api/v1/steps/{(await self.step(case, name))['step_id']}/complete"
        answer = await self.ask("POST", path, {"outcome": outcome}, role=Role.SUPERVISOR)
        if answer.status_code == 409 and answer.json()["code"] == "own_request":
            answer = await self.ask("POST", path, {"outcome": outcome}, role=Role.HEAD)
        assert answer.status_code == 200, answer.text

    async def clock(self, case: str, name: str) -> View:
        """Why the live step of that name is due when it is."""
        step = await self.step(case, name)
        view: View = await self.get(f"/api/v1/steps/{step['step_id']}/clock")
        return view

    async def agreed(self, *needs: str, score: int = 90, **admission: Any) -> str:
        """Somebody who was met and looked at, and with whom these needs were agreed; the case."""
        case = await self.admit(**admission)
        await self.do(case, "first_contact", result="contacted")
        await self.do(case, "consent_record", result="given")
        await self.do(case, "home_safety", result="safe")
        await self.do(case, "life_survey", result="complete", lives_with="relatives")
        await self.do(case, "function_scale", result="scored", score=score)
        await self.do(case, "documents_check", result="complete")
        await self.do(case, "needs_agree", result="agreed", needs=list(needs))
        return case

    async def items(self, case: str, kind: str) -> dict[str, View]:
        """The items of a kind, by name."""
        return {item["name"]: item for item in (await self.get(f"/api/v1/cases/{case}/items", kind=kind))["items"]}
