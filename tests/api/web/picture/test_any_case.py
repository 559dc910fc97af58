from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.web.picture.kovalev import told
from tests.api.web.picture.looking import look
from tests.workflows.properties.scripts import Move, play, scripts
from tests.workflows.properties.twins import Twins

DAY = timedelta(days=1)
EXAMPLES = max(40, settings().max_examples // 5)
SETTINGS = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


@given(scripts, st.integers(-40, 40))
@SETTINGS
async def test_whatever_happens_to_a_case_can_be_drawn(script: list[Move], days: int) -> None:
    """Whatever people, hospitals and time did to a case: no words collide, all is in view, each open step is there."""
    async with Twins() as twins:
        await play(twins, script)
        whole = told(twins.state, twins.long.now)
        route = look(whole)
        look(whole, route.first + days * DAY)
