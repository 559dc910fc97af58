"""What it costs to ask who calls and what they may: the same API beside itself with nobody asked.

Both serve one database and one worker, a process each, and are asked the same by the same token. One asks as in
production: the token is verified, role and scopes are looked at, and what is open to the caller in need is looked up;
then hospital and need to know decide of each case, and narrow each list in SQL. The other lets whoever calls through
as a coordinator who sees everything. What a role reads of a case is left out on neither side, so both answer the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI

from api import gates
from api.audit.noted import noted
from bench.audited import FIGURES, WARM, calls, client_of, there
from bench.ground import HOST, child, free_port
from bench.measure import Block, by_turns, ratios, summary
from bench.subjects import HOSPITAL, THOROUGH, Http
from marshrut.domain.guarding import Onlooker
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from marshrut.ports import Caller

if TYPE_CHECKING:
    from bench.comparisons import Bench

# Of a coordinator more is asked than of whoever leads a team: whether they need to know.
USER, ROLE = "bench", Role.COORDINATOR
MANY = 20
CALLS = ("change", "read", "list")


@dataclass(frozen=True, slots=True)
class Through(Caller):
    """Somebody of whom nothing is asked."""

    def sees(self, hospital: str) -> bool:
        """Every hospital."""
        del hospital
        return True

    def sees_case(self, case: CaseState) -> bool:
        """Every case."""
        del case
        return True

    def knows(self, case: CaseState) -> bool:
        """Every case."""
        del case
        return True

    @property
    def onlooker(self) -> Onlooker | None:
        """Nobody who has to need it."""
        return None


THROUGH = Through(USER, ROLE, None)


def unchecked(app: FastAPI) -> None:
    """Have every endpoint of the API let whoever calls through; the audit knows them all the same."""

    async def through() -> Caller:
        noted().caller = THROUGH
        return THROUGH

    app.dependency_overrides |= dict.fromkeys(gates.checks(), through)


async def compare(bench: Bench) -> dict[str, object]:
    """Comments, cards and lists by HTTP, with the checks and without them, by turns."""
    ground, port = bench.ground, free_port()
    token = ground.parts.tokens.issue(USER, ROLE, (HOSPITAL,), valid=timedelta(hours=1))
    found: dict[str, object] = {}
    with child("unchecked", ground.address, ground.settings.data, port):
        async with client_of(ground.api_url, token) as client, client_of(f"http://{HOST}:{port}", token) as plain:
            await there(plain)
            sides = {"checked": Lists(ground.parts.api, client), "unchecked": Lists(ground.parts.api, plain)}
            await _alike(sides.values(), (client, plain))
            for subject in sides.values():
                for what in CALLS:
                    await _block(subject, what, WARM, 2)
            for clients in bench.crowds:
                for what in CALLS:
                    many = (6 if bench.quick else 60) // min(clients, 2)
                    blocks = await by_turns(
                        {name: partial(_block, subject, what, many, clients) for name, subject in sides.items()},
                        bench.budget(20),
                        f"authorisation, {what}, {clients} clients",
                    )
                    found[f"{what}_{clients}"] = {
                        **summary(blocks, FIGURES),
                        "samples": sum(len(each.latencies) for each in blocks["checked"]),
                        "ratio": ratios(blocks, "checked", "unchecked", FIGURES),
                    }
    return found


class Lists(Http):
    """The API, which is asked for a list too."""

    async def steps(self, journey: str) -> None:
        """The list of open work, which holds more than one case's."""
        del journey
        answer = await self._client.get("/api/v1/steps", params={"state": "live", "limit": MANY})
        assert answer.status_code == httpx.codes.OK, answer.text


async def _alike(sides: Collection[Lists], clients: Sequence[httpx.AsyncClient]) -> None:
    """Nothing is compared that answers otherwise; and one side does ask, the other does not."""
    case_id = await next(iter(sides)).begin(THOROUGH)
    for path in (f"/api/v1/cases/{case_id}", "/api/v1/steps?state=live"):
        told = [(await client.get(path)).raise_for_status().json() for client in clients]
        assert told[0].keys() == told[1].keys(), path
    unknown = [(await client.get(path, headers={"Authorization": "Bearer x"})).status_code for client in clients]
    assert unknown == [httpx.codes.UNAUTHORIZED, httpx.codes.OK], unknown


async def _block(subject: Lists, what: str, many: int, clients: int) -> Block:
    comment = next(telling for telling in THOROUGH if telling.action == "comment")
    acts = {"change": lambda journey: subject.tell(journey, comment), "read": subject.look, "list": subject.steps}
    return await calls(subject, [comment] * many, clients, acts[what])
