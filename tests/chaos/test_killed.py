from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from marshrut.domain.words import Role
from tests.adapters.hl7v2.messages import adt
from tests.chaos.callers import Caller, Deed, NaiveCaller, Told, ad_hoc, admit, storm
from tests.chaos.checker import doubled, faults
from tests.chaos.installation import ROUNDS, Installation, now
from tests.chaos.kill_points import Point
from tests.fixtures.processes import eventually

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300 * ROUNDS)]

DEEDS, FEW = 6 * ROUNDS, 4 * ROUNDS
VISITS = 10 * ROUNDS


POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


# Where three cases are worked on, both databases meet every point.
@pytest.mark.parametrize(
    ("database_url", "point"),
    [
        pytest.param("postgres", Point.INTENT, marks=pytest.mark.postgres),
        ("sqlite", Point.UPDATE),
        ("sqlite", Point.COMMIT),
    ],
    indirect=["database_url"],
)
async def test_api_dies_under_six_callers_on_one_case(whole: Installation, point: Point) -> None:
    """Six callers on one case lose and repeat nothing, wherever between intent and commit the API dies under them."""
    # What dies before its intent is stored must be said again; later it goes on by itself, and hits fewer points.
    between = (5, 10) if point is Point.INTENT else (2, 5)
    api, _ = await whole.start_api([point], between=between), await whole.start_worker()
    case, admitted = await admit(whole, "one")
    deeds = await storm(whole, [case], deeds=FEW)
    found, evidence = await faults(whole, [admitted, *deeds])
    assert not found, f"{found}\n{evidence}"
    assert api.kills >= 3
    assert await whole.runs(case) >= 3


async def test_api_dies_under_six_callers_on_three_cases(whole: Installation) -> None:
    """Six callers on three cases lose and repeat nothing when the API dies now here, now there in the write path."""
    points = [Point.SENDING, Point.INTENT, Point.UPDATE, Point.COMMIT, Point.ANSWER]
    api, _ = await whole.start_api(points, between=(4, 20)), await whole.start_worker()
    admitted = [await admit(whole, visit) for visit in ("one", "two", "three")]
    deeds = await storm(whole, [case for case, _ in admitted], deeds=DEEDS)
    found, evidence = await faults(whole, [*deeds, *(deed for _, deed in admitted)])
    assert not found, f"{found}\n{evidence}"
    assert api.kills >= 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_naive_caller_is_caught(whole: Installation) -> None:
    """Callers who repeat without an idempotency key double things in this harness, and its checker says so."""
    api, _ = await whole.start_api([Point.UPDATE]), await whole.start_worker()
    case, _ = await admit(whole, "one")
    deeds = await storm(whole, [case], deeds=4 * ROUNDS, caller=NaiveCaller)
    found, _ = await faults(whole, deeds)
    assert doubled(found) >= 3
    assert api.kills >= 3


@pytest.mark.parametrize("database_url", [POSTGRES], indirect=True)
async def test_worker_dies_in_the_middle_of_steps(whole: Installation) -> None:
    """Whatever callers were told stays true when the worker dies over and over in the middle of steps."""
    await whole.start_api()
    worker = await whole.start_worker()
    case, admitted = await admit(whole, "one")
    deeds = await _while_dying(storm(whole, [case], deeds=2 * DEEDS), worker.kill, most=6 * ROUNDS)
    found, evidence = await faults(whole, [admitted, *deeds])
    assert not found, f"{found}\n{evidence}"
    assert worker.kills >= 2


async def test_worker_dies_after_a_journey_wrote(whole: Installation) -> None:
    """SQL and journey agree when the worker dies between the writing of what a journey did and its knowing of it."""
    await whole.start_api()
    worker = await whole.start_worker(Point.OWN, lives=2)
    admitted = [await admit(whole, visit) for visit in ("one", "two", "three")]
    async with whole.http("coordinator") as http:
        due = (now() + timedelta(seconds=3)).isoformat()
        reminders = [await Caller(http).carry(ad_hoc(f"soon-{case}", case, due_at=due)) for case, _ in admitted]
    deeds = await storm(whole, [case for case, _ in admitted], deeds=DEEDS)

    async def died_twice() -> bool:
        return worker.kills == 2

    await eventually("the worker has died twice", died_twice, within_s=60)
    found, evidence = await faults(whole, [*deeds, *reminders, *(deed for _, deed in admitted)])
    assert not found, f"{found}\n{evidence}"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_temporal_dies_in_the_middle_of_steps(whole: Installation) -> None:
    """Whatever callers were told stays true when Temporal's server dies over and over and starts again on its file."""
    await whole.start_api()
    await whole.start_worker()
    case, admitted = await admit(whole, "one")
    deeds = await _while_dying(storm(whole, [case], deeds=2 * DEEDS), whole.temporal.replace, most=4 * ROUNDS)
    found, evidence = await faults(whole, [admitted, *deeds])
    assert not found, f"{found}\n{evidence}"
    assert whole.temporal.kills >= 2


async def test_hospital_messages_while_api_and_worker_die(whole: Installation) -> None:
    """Every message that was answered AA has opened the case of its visit or attached to it, once, whoever died."""
    api = await whole.start_api([Point.INTENT, Point.UPDATE, Point.COMMIT], between=(2, 10))
    worker = await whole.start_worker()
    messages = await _while_dying(_post_admissions(whole), worker.kill, most=6 * ROUNDS)
    found, evidence = await faults(whole, messages)
    assert not found, f"{found}\n{evidence}"
    kinds = Counter(event.kind for event in evidence.journal)
    assert (kinds["case_opened"], kinds["admission_repeated"]) == (VISITS, VISITS)
    assert len({event.case_id for event in evidence.journal}) == VISITS
    assert api.kills >= 2
    assert worker.kills >= 1


async def _while_dying(work: Awaitable[list[Deed]], kill: Callable[[], Awaitable[None]], *, most: int) -> list[Deed]:
    """The work done, with a kill now and then while it is."""
    chance = random.Random(most)
    working = asyncio.ensure_future(work)
    for _ in range(most):
        if (await asyncio.wait({working}, timeout=chance.uniform(0.2, 1.2)))[0]:
            break
        await kill()
    return await working


async def _post_admissions(whole: Installation) -> list[Deed]:
    """Three messages a visit, in no order: two are the same message, the third announces the visit again."""
    posts = [(f"{visit}-{message}", f"V-{visit}") for visit in range(VISITS) for message in (1, 1, 2)]
    random.Random(1).shuffle(posts)
    deeds = {name: Deed(name, "/hl7v2", ("case_opened", "admission_repeated")) for name, _ in posts}
    waiting = iter(posts)

    async def send() -> None:
        async with whole.http("his", Role.INTEGRATOR) as http:
            sender = HospitalSystem(http)
            for name, visit in waiting:
                await sender.post(deeds[name], visit)

    await asyncio.gather(*(send() for _ in range(6)))
    return list(deeds.values())


class HospitalSystem(Caller):
    """Sends the same bytes until they are acknowledged."""

    async def post(self, deed: Deed, visit: str) -> None:
        message = adt(header={10: deed.name}, pid={3: f"{visit}^^^GKB29^MR"}, pv1={19: visit})
        await self.until_told(deed, lambda: self._http.post(deed.path, content=message))

    async def _hear(self, deed: Deed, answer: httpx.Response) -> None:
        if answer.is_success and "MSA|AA|" in answer.text:
            deed.told = Told.DONE
        else:
            await super()._hear(deed, answer)
