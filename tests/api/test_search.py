"""Finding people: whatever the spelling, only in one's own hospitals, and never by an address that holds a name."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from api.people.opened import People
from api.people.search import Search
from marshrut.adapters.keys import Keys
from marshrut.composition import marked
from marshrut.domain.words import Role
from marshrut.ports import CaseFilter
from tests.fixtures.cases import NOON
from tests.fixtures.patience import least
from tests.fixtures.system import System, admission

PATIENT = {"identified": True, "family": "Веснина", "given": "Наталия", "patronymic": "Львовна", "sex": "female"}
BORN = "1958-04-17"
LETTERS = "абвгдежзиклмнопрстуфхцчшэюя"


async def admitted(system: System, **told: Any) -> str:
    headers = system.token(Role.INTEGRATOR, None, "MNPC")
    answer = await system.http.post("/api/v1/admissions", json=admission(facility="MNPC", **told), headers=headers)
    assert answer.status_code in (200, 201), answer.text
    case_id: str = answer.json()["case_id"]
    return case_id


async def searched(system: System, text: str, hospital: str = "GKB29", **more: Any) -> list[dict[str, Any]]:
    answer = await system.http.post(
        "/api/v1/cases/search", json={"q": text, **more}, headers=system.token(Role.COORDINATOR, None, hospital)
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.fixture(scope="module")
async def vesnina(system: System) -> str:
    """A patient of whom much is known, in a hospital that no other test searches."""
    patient = {**PATIENT, "mrn": "48-77-102", "birth_date": BORN, "aliases": [{"family": "Достоевская"}]}
    return await admitted(system, visit="48391-26", ward="ТЕРАПИЯ", bed="214", patient=patient)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("Веснина Наталия Львовна", set()),
        ("наталья веснина", {"variant"}),
        ("Веснина Наташа", {"diminutive"}),
        ("Vesnina Nataliya", {"transliterated"}),
        ("dtcybyf yfnfkbz", {"keyboard_layout"}),
        ("Веснена Наталия", {"typo"}),
        ("ищу Веснину Наталию", {"declined"}),
        ("Достоевская Наталия", {"maiden_name"}),
        ("Весн Нат", set()),
        ("Веснина", set()),
        ("Веснина 17.04.1958", {"birth_date_equal"}),
        ("17.04.1958", {"birth_date_equal"}),
        ("48391-26", set()),
        ("48391", set()),
        ("ИБ 48-77-102", set()),
        ("веснина терапия", set()),
        ("Веснина 214", set()),
        ("терапия 48391", set()),
    ],
)
async def test_a_person_is_found_whatever_the_spelling(
    system: System, vesnina: str, written: str, why: set[str]
) -> None:
    """Another form, alphabet, layout, case or name, a slip, a date, a number or a ward: the first hit, and why."""
    found = await searched(system, written, "MNPC")
    assert found, written
    assert found[0]["case_id"] == vesnina
    assert why <= {each["code"] for each in found[0]["match"]["why"]}


@pytest.mark.parametrize(
    "other", ["Веснина Мария", "Веснина Наталия 18.04.1971", "Веснина 999", "Пётр Веснин", "01.01.1900", "99", "ъ", "-"]
)
async def test_somebody_else_is_not_shown(system: System, vesnina: str, other: str) -> None:
    """What contradicts is no hit, and nonsense finds nobody."""
    assert vesnina not in {each["case_id"] for each in await searched(system, other, "MNPC")}


async def test_the_family_code_leads_to_the_case(system: System, vesnina: str) -> None:
    """Somebody on the telephone has nothing but the code."""
    headers = system.token(Role.COORDINATOR, None, "MNPC")
    card = (await system.http.get(f"/api/v1/cases/{vesnina}", headers=headers)).json()
    code = card["inquiry"]
    assert [each["case_id"] for each in await searched(system, f" {code.lower()} ", "MNPC")] == [vesnina]


async def test_another_hospital_finds_nobody(system: System, vesnina: str) -> None:
    """The search looks at one's own hospitals only, by name, number and code alike."""
    for written in ("Веснина Наталия", "48391-26", "17.04.1958", "ТЕРАПИЯ"):
        assert vesnina not in {each["case_id"] for each in await searched(system, written, "NIKIO")}


async def test_what_is_told_later_is_found_at_once(system: System) -> None:
    """An unknown patient gets a name: the next search finds it; and what it was called before finds nobody."""
    mrn = secrets.token_hex(4)
    case_id = await admitted(system, patient={"identified": False, "mrn": mrn}, visit=f"V-{mrn}")
    assert [each["case_id"] for each in await searched(system, mrn, "MNPC")] == [case_id]
    named = {"identified": True, "mrn": mrn, "family": "Ярополкова", "given": "Ева"}
    assert await admitted(system, patient=named, visit=f"V-{mrn}") == case_id
    assert [each["case_id"] for each in await searched(system, "Ярополкова", "MNPC")] == [case_id]


async def test_hits_come_in_pages_the_best_first(system: System) -> None:
    """Forty namesakes: no page repeats one, the closest is first, and another list's cursor is refused."""
    for number in range(6):
        await admitted(system, patient={**PATIENT, "family": "Многолюдова", "mrn": f"many-{number}"})
    exact = await admitted(system, patient={**PATIENT, "family": "Многолюдова", "given": "Зоя", "mrn": "many-z"})
    headers = system.token(Role.COORDINATOR, None, "MNPC")
    seen: list[str] = []
    cursor = None
    while True:
        body = {"q": "Многолюдова", "limit": 3, "cursor": cursor}
        page = (await system.http.post("/api/v1/cases/search", json=body, headers=headers)).json()
        seen += [each["case_id"] for each in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert (await searched(system, "Многолюдова Зоя", "MNPC"))[0]["case_id"] == exact
    bad = await system.http.post("/api/v1/cases/search", json={"q": "x", "cursor": "abc"}, headers=headers)
    assert bad.json()["code"] == "bad_cursor"


async def test_a_search_is_quick_once_people_are_known(system: System, vesnina: str) -> None:
    """The second search opens nothing: it takes a fraction of a second."""
    await searched(system, "Веснина", "MNPC")
    assert await least(lambda: searched(system, "наталья веснена", "MNPC"), enough_s=1) < 1


class Wards:
    """A hospital with a ward for every letter, and nobody in it; counts how often it is searched."""

    searched = 0

    async def told_of(self, *_: object, **__: object) -> list[Any]:
        return []

    async def erased(self) -> int:
        return 0

    async def marked(self, _marks: object) -> list[str]:
        return []

    async def case_by_inquiry(self, _code: str) -> None:
        return None

    async def wards(self, _hospitals: object) -> list[str]:
        return list(LETTERS)

    async def in_wards(self, *_: object, **__: object) -> list[Any]:
        return []

    async def of_persons(self, *_: object) -> list[Any]:
        self.searched += 1
        return []


async def test_a_long_text_is_no_long_search() -> None:
    """Each word may be a ward and is searched without then; of a text with many words none is."""
    empty: Any = Wards()
    search = Search(People(empty, empty, empty, lambda: NOON), empty, empty, marked(Keys.fresh()))
    await search.find("Веснина а б", CaseFilter(None, None))
    assert 1 < empty.searched < 6
    empty.searched = 0
    await search.find(" ".join(LETTERS), CaseFilter(None, None))
    assert empty.searched == 1
