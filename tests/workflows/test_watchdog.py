"""The round as Temporal runs it: in batches, in as many runs as it takes, through whatever is away for a moment."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from marshrut.domain.commands import WATCHDOG
from marshrut.ports import Unavailable, Uncertain, Walk, Watching
from tests.fixtures.engine import Shelf, began
from tests.fixtures.patience import patient_worker
from worker import RUNNER, build_worker
from workflows.watchdog import BATCHES, Watchdog

LONG = 2 * BATCHES + 3


class Cases(Watching):
    """So many batches of cases; the first call of each kind finds something away."""

    def __init__(self, batches: int) -> None:
        self.batches = batches
        self.away: list[Exception | None] = [Unavailable("sql"), Unavailable("temporal"), Uncertain()]
        self.begun = 0
        self.looked: list[str | None] = []
        self.finished: list[Walk] = []

    async def begin(self, *, closely: bool) -> Walk:
        assert not closely
        self._stumble(0)
        self.begun += 1
        return Walk(number=7, shares=3, share=1, over=self.batches == 0)

    async def look(self, walk: Walk, beat: Callable[[], None]) -> Walk:
        beat()
        self._stumble(1)
        self.looked.append(walk.after)
        number = len(self.looked)
        return walk.model_copy(update={"after": f"c{number}", "looked": number, "over": number == self.batches})

    async def finish(self, walk: Walk) -> None:
        self._stumble(2)
        self.finished.append(walk)

    def _stumble(self, which: int) -> None:
        fault, self.away[which] = self.away[which], None
        if fault is not None:
            raise fault


async def test_a_long_round_goes_on_in_runs_of_its_own(calm_engine: WorkflowEnvironment) -> None:
    """Each batch is looked at once, from where the last one ended; then the round is finished, once."""
    cases, client, queue = Cases(LONG), calm_engine.client, f"dog-{uuid4().hex[:8]}"
    async with patient_worker(build_worker(client, journal=Shelf(), watchdog=cases, task_queue=queue)):
        handle = await client.start_workflow(WATCHDOG, id=queue, task_queue=queue, result_type=Walk)
        walk = await handle.result()
    assert (cases.begun, len(cases.looked)) == (1, LONG)
    assert cases.looked == [None, *(f"c{number}" for number in range(1, LONG))]
    assert cases.finished == [walk]
    assert (walk.number, walk.looked, walk.over) == (7, LONG, True)
    runs: list[WorkflowHistory] = []
    run_id: str | None = (await client.get_workflow_handle(queue).describe()).run_id
    while run_id:
        runs.append(await client.get_workflow_handle(queue, run_id=run_id).fetch_history())
        run_id = began(runs[-1]).workflow_execution_started_event_attributes.continued_execution_run_id
    assert len(runs) == 3
    replayer = Replayer(workflows=[Watchdog], workflow_runner=RUNNER, data_converter=client.data_converter)
    for run in runs:
        await replayer.replay_workflow(run)


async def test_without_open_cases_there_is_nothing_to_look_at(calm_engine: WorkflowEnvironment) -> None:
    """The round is over as soon as it has begun, and says so."""
    cases, client, queue = Cases(0), calm_engine.client, f"dog-{uuid4().hex[:8]}"
    async with patient_worker(build_worker(client, journal=Shelf(), watchdog=cases, task_queue=queue)):
        await client.execute_workflow(WATCHDOG, id=queue, task_queue=queue, result_type=Walk)
    assert (cases.looked, len(cases.finished)) == ([], 1)
