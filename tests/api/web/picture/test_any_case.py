from datetime import timedelta
from typing import Self

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marshrut.domain.commands import Command
from tests.api.web.picture.kovalev import told
from tests.api.web.picture.looking import look
from tests.workflows.properties.scripts import Move, play, scripts
from tests.workflows.properties.twins import Twins

DAY = timedelta(days=1)
EXAMPLES = max(60, settings().max_examples)
SETTINGS = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


class Alone(Twins):
    """One case that is told everything: what must hold of cases has tests of its own, here they are only drawn."""

    async def __aenter__(self) -> Self:
        await self.long.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.long.__aexit__()

    async def tell(self, *commands: Command) -> list[str | None]:
        refusals = [await self.long.offer(command) for command in commands]
        self.accepted += [command for command, refusal in zip(commands, refusals, strict=True) if refusal is None]
        return refusals

    async def wait(self, by: timedelta) -> None:
        await self.long.advance(by)


@given(scripts, st.integers(-40, 40))
@SETTINGS
async def test_whatever_happens_to_a_case_can_be_drawn(script: list[Move], days: int) -> None:
    """Whatever people, hospitals and time did to a case: no words collide, all is in view, each open step is there."""
    async with Alone() as case:
        await play(case, script)
        whole = told(case.state, case.long.now)
        route = look(whole)
        look(whole, route.first + days * DAY)
