"""Need to know on the pages: who is shown a guarded case, how it is protected, and what an admission says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from secrets import token_hex

import httpx
import pytest

from marshrut.domain.words import Role
from marshrut.ports import new_id
from tests.api.web.test_desk_by_role import cookie_of, plain
from tests.fixtures.roster import Team
from tests.fixtures.system import System

HOSPITAL = "NIKIO"


@pytest.fixture
async def team(system: System) -> AsyncIterator[Team]:
    """A hospital whose cases are given to Anya."""
    team = Team(system, HOSPITAL)
    await team.put("anya")
    yield team
    await team.clear()


def named(*, child: bool = False) -> tuple[str, dict[str, object]]:
    """A family name that nobody else has, and an admission of its bearer."""
    family = "Тихонина" + token_hex(3).translate(str.maketrans("0123456789abcdef", "абвгдежзиклмнопр"))
    patient = {"identified": True, "mrn": token_hex(4), "family": family, "given": "Варвара"}
    return family, {"patient": patient, "flags": ["child"] if child else []}


async def shown(team: Team, path: str, role: Role) -> httpx.Response:
    """The page, as somebody of the hospital is answered."""
    return await team.system.http.get(path, headers=await cookie_of(team.system, role, HOSPITAL))


async def test_the_supervisor_protects_a_patient_on_the_cases_page(team: Team) -> None:
    """A form of its own with reasons; then card and list say so, the history why, and colleagues find no case."""
    family, admission = named()
    case_id = await team.admit(**admission)
    path, senior = f"/desk/cases/{case_id}", await cookie_of(team.system, Role.SUPERVISOR, HOSPITAL)
    theirs = await shown(team, path, Role.COORDINATOR)
    assert (theirs.status_code, 'name="protection"' in theirs.text) == (200, False)
    before = await shown(team, path, Role.SUPERVISOR)
    assert "Взять под защиту" in plain(before.text)
    form = {"flag": "protected", "protection": "", "key": new_id()}
    unsaid = await team.system.http.post(f"{path}/flags", data=form, headers=senior)
    assert (unsaid.status_code, "почему пациента берут под защиту" in plain(unsaid.text)) == (422, True)
    said = await team.system.http.post(
        f"{path}/flags", data={**form, "protection": "threatened", "key": new_id()}, headers=senior
    )
    assert (said.status_code, said.headers["location"]) == (303, path)
    after = plain((await shown(team, path, Role.SUPERVISOR)).text)
    for words in ("под защитой", "Снять защиту", "угрожают ему или семье"):
        assert words in after
    assert "под защитой" in plain((await shown(team, f"/desk/cases?hospital={HOSPITAL}", Role.SUPERVISOR)).text)
    shut = await shown(team, path, Role.COORDINATOR)
    assert (shut.status_code, family in shut.text, "break-glass" in shut.text) == (404, False, True)
    for page in ("/desk/cases", "/desk/inbox?whose=group", "/desk/"):
        assert family not in (await shown(team, page, Role.COORDINATOR)).text
    # What else is known of the patient is said as before, and leaves the protection as it is.
    other = {"flag": "palliative", "key": new_id()}
    assert (await team.system.http.post(f"{path}/flags", data=other, headers=senior)).status_code == 303
    assert (await team.card(case_id))["flags"] == ["palliative", "protected"]
    back = {"was": "protected", "protection": "over", "key": new_id()}
    assert (await team.system.http.post(f"{path}/flags", data=back, headers=senior)).status_code == 303
    assert (await shown(team, path, Role.COORDINATOR)).status_code == 200


async def test_an_admission_says_that_a_child_is_here_and_nothing_of_the_protected(team: Team) -> None:
    """Of a child by its full name that it is here and whom to ask; by a family name, and of the protected, nothing."""
    browser = await cookie_of(team.system, Role.COORDINATOR, HOSPITAL)

    async def beside(family: str, given: str) -> str:
        form = {"family": family, "given": given, "facility": HOSPITAL}
        answer = await team.system.http.post("/desk/admit/beside", data=form, headers=browser)
        assert answer.status_code == 200, answer.text
        return plain(answer.text)

    child, admission = named(child=True)
    case_id = await team.admit(**admission)
    told = await beside(child, "Варвара")
    assert "Ребёнок с таким именем уже у нас" in told
    assert case_id not in told
    assert "Ребёнок с таким именем" not in await beside(child, "")
    hidden, more = named()
    await team.admit(**{**more, "flags": ["protected"]})
    assert "Ребёнок с таким именем" not in await beside(hidden, "Варвара")


async def test_whoever_gives_their_step_back_is_led_to_their_day(team: Team) -> None:
    """After it the case is not theirs to see, so its page is not where they are sent."""
    _, admission = named(child=True)
    case_id = await team.admit(**admission)
    step_id = await team.step(case_id)
    given = await team.call("POST", f"/api/v1/steps/{step_id}/assign", {"assignee": "coordinator-desk"})
    assert given.status_code == 200, given.text
    browser = await cookie_of(team.system, Role.COORDINATOR, HOSPITAL)
    assert (await shown(team, f"/desk/cases/{case_id}", Role.COORDINATOR)).status_code == 200
    back = await team.system.http.post(f"/desk/steps/{step_id}/release", data={"key": new_id()}, headers=browser)
    assert (back.status_code, back.headers["location"]) == (303, "/desk/")
