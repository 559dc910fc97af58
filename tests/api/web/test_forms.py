"""What a form may say, and how much of it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from api.bulk.bodies import MOST
from api.problems import Problem
from api.web.forms import Form
from api.web.paths import HOME, own_path
from marshrut.domain.words import Role
from tests.api.web.test_desk_by_role import cookie_of, plain
from tests.fixtures.system import System

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "9999-12-31T23:59:59-14:00", "tomorrow"])
def test_a_time_that_no_clock_shows_is_refused_by_its_field(typed: str) -> None:
    """The first and the last day that there are have no place in every zone."""
    with pytest.raises(Problem) as refused:
        Form([("until", typed)]).instant("until", MOSCOW)
    assert (refused.value.code, refused.value.errors[0]["field"]) == ("invalid", "until")


@pytest.mark.parametrize(
    "given", ["/desk/кот", "/desk/cases?q=кот", "/desk/a\\nb", "/desk//x", "/desk/%2e%2e/x", "/deskx"]
)
def test_a_way_back_is_an_address_of_ours_as_browsers_write_it(given: str) -> None:
    """It goes into a header of the answer; what would not fit there is no way."""
    assert own_path(given) == HOME
    assert own_path("/desk/cases?ward=%D0%B0&x=1") == "/desk/cases?ward=%D0%B0&x=1"


async def test_as_many_steps_are_run_as_a_dry_run_shows(system: System) -> None:
    """A form with all the steps that one look takes is read; those that are not there are refused one by one."""
    headers = await cookie_of(system, Role.SUPERVISOR)
    form = {"action": "remind", "key": "many", "step": [f"none-{number}" for number in range(MOST)]}
    answer = await system.http.post("/desk/board/run", data=form, headers={**headers, "HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    assert answer.text.count('name="step"') == MOST - 20
    assert f"из {MOST}" in plain(answer.text)
