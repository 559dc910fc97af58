"""What the audit costs: the same API beside itself with nothing written down of who asks.

Both serve one database and one worker, a process each. A comment is written before it is answered, with its entry; a
card is read, and its entry follows in a batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import httpx

from bench.ground import HOST, child, free_port
from bench.measure import Block, by_turns, ratios, say, summary
from bench.subjects import SENIOR, THOROUGH, Http, Telling
from marshrut.domain.auditing import Entry

if TYPE_CHECKING:
    from bench.comparisons import Bench

FIGURES = ("p50_ms", "p99_ms", "per_s")
WARM = 20


class Unwritten:
    """An audit that keeps nothing."""

    full = False

    async def record(self, entry: Entry, *, kept: bool = True) -> bool:
        """Nothing."""
        del entry
        return kept


async def compare(bench: Bench) -> dict[str, object]:
    """Comments and cards by HTTP, with the audit and without it, by turns."""
    ground, port = bench.ground, free_port()
    token = ground.parts.tokens.issue(SENIOR.user, SENIOR.role, tuple(SENIOR.hospitals or ()), valid=timedelta(hours=1))
    plain_url = f"http://{HOST}:{port}"
    found: dict[str, object] = {}
    with child("unaudited", ground.address, ground.settings.data, port):
        async with client_of(ground.api_url, token) as client, client_of(plain_url, token) as plain:
            await there(plain)
            sides = {"audited": Http(ground.parts.api, client), "plain": Http(ground.parts.api, plain)}
            for subject in sides.values():
                # The one that stands has answered before, and a process is slow until it has.
                for measured in (_comments, _cards):
                    await measured(subject, WARM, 2)
            for clients in bench.crowds:
                for what, measured in (("change", _comments), ("read", _cards)):
                    many = (6 if bench.quick else 60) // min(clients, 2)
                    blocks = await by_turns(
                        {name: partial(measured, subject, many, clients) for name, subject in sides.items()},
                        bench.budget(20),
                        f"audit, {what}, {clients} clients",
                    )
                    found[f"{what}_{clients}"] = {
                        **summary(blocks, FIGURES),
                        "samples": sum(len(each.latencies) for each in blocks["audited"]),
                        "ratio": ratios(blocks, "audited", "plain", FIGURES),
                    }
    return found


def client_of(url: str, token: str) -> httpx.AsyncClient:
    """Somebody with a token."""
    return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False)


async def there(client: httpx.AsyncClient) -> None:
    """Wait for an API beside the one that stands."""
    say("waiting for the other API")
    while True:
        try:
            if (await client.get("/readyz")).is_success:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.1)


async def _comments(subject: Http, many: int, clients: int) -> Block:
    comment = next(telling for telling in THOROUGH if telling.action == "comment")
    return await calls(subject, [comment] * many, clients, lambda journey: subject.tell(journey, comment))


async def _cards(subject: Http, many: int, clients: int) -> Block:
    return await calls(subject, [THOROUGH[0]] * many, clients, subject.look)


async def calls(
    subject: Http, tellings: Sequence[Telling], clients: int, call: Callable[[str], Awaitable[None]]
) -> Block:
    """So many clients, a journey each, of which the same is called as often as there are tellings."""
    begun = [await subject.begin(tellings) for _ in range(clients)]
    block = Block(finished=clients * len(tellings))

    async def client(journey: str) -> None:
        clock = asyncio.get_running_loop().time
        for _ in tellings:
            began = clock()
            await call(journey)
            block.latencies.append(clock() - began)

    began = asyncio.get_running_loop().time()
    await asyncio.gather(*map(client, begun))
    block.elapsed = asyncio.get_running_loop().time() - began
    return block
