"""The embedded system from its first step to its last."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import ExitStack
from datetime import timedelta

from marshrut import __version__
from marshrut.cli.embedded.binary import find_binary
from marshrut.cli.embedded.folder import LOG, keys_of, locked
from marshrut.cli.embedded.plan import LOCAL, Plan
from marshrut.cli.embedded.ports import bound, check_free
from marshrut.cli.embedded.steps import Steps
from marshrut.cli.embedded.watch import Watch
from marshrut.cli.embedded.welcome import welcome
from marshrut.cli.exits import Exit
from marshrut.cli.logs import core_speaks, log_to
from marshrut.cli.running import signals
from marshrut.cli.tokens import everywhere
from marshrut.domain.words import Role


async def live(plan: Plan) -> Exit:
    """Run the system until somebody asks it to stop.

    Raises:
        Stop: it could not start, or a part of it died; whatever ran has been stopped.
    """
    steps = Steps()
    with signals() as told:
        body = asyncio.create_task(_lived(plan, steps, Watch(told.hurried)))
        stop = asyncio.create_task(told.stopped.wait())
        await asyncio.wait({body, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not body.done():
            steps.say("stopping")
            body.cancel()
        await asyncio.wait({body})
        stop.cancel()
    if not body.cancelled() and (fault := body.exception()) is not None:
        raise fault
    steps.say("stopped")
    return Exit.OK


async def _lived(plan: Plan, steps: Steps, watch: Watch) -> None:
    settings = plan.settings
    steps.say(f"Marshrut {__version__}")
    with ExitStack() as held:
        with steps.step("data folder") as said:
            held.enter_context(locked(settings.data))
            said.says(settings.data)
        with steps.step("ports"):
            check_free(LOCAL, plan.temporal_port, "Temporal", "--temporal-port")
            check_free(LOCAL, plan.temporal_ui_port, "Temporal's pages", "--temporal-ui-port")
            check_free(settings.mllp_host, settings.mllp_port, "MLLP", "--mllp-port")
            on = held.enter_context(bound(settings.api_host, settings.api_port, "the API", "--port"))
        with steps.step("keys") as said:
            said.says("made" if keys_of(settings, settings.data / "marshrut.sqlite") else "there")
        with steps.step("program"):
            binary = find_binary(plan.binary)
            from marshrut.cli.embedded.parts import Parts  # a second's worth of libraries
        log_to(settings.data / LOG / "marshrut.log", settings.log_level)
        core_speaks(aloud=True)
        async with Parts(plan, binary, on, steps, watch).running() as hospitals:
            steps.say(_welcome(plan, hospitals))
            await watch.first_end()


def _welcome(plan: Plan, hospitals: Collection[str]) -> str:
    token = everywhere(plan.settings, "supervisor", Role.SUPERVISOR, timedelta(hours=12), hospitals)
    return welcome(plan, token)
