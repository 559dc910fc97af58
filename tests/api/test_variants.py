"""What kind of case it is, over HTTP: chosen and explained, listed, corrected in the middle of a journey."""

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from marshrut.domain.words import Role
from tests.fixtures.system import System, admission

FLAGSHIP, CHILDREN = "SKLIF", "MOROZ"
PLACES = ("GKB29", FLAGSHIP, CHILDREN, "IKB1")


async def ask(system: System, method: str, path: str, body: Any = None, role: Role = Role.SUPERVISOR) -> httpx.Response:
    """As somebody who works in all of these hospitals."""
    headers = system.token(role, f"{role.value}-v", *PLACES)
    return await system.http.request(method, path, json=body, headers=headers)


async def came(system: System, **changes: Any) -> str:
    """The case of somebody who came in now."""
    answer = await ask(system, "POST", "/api/v1/admissions", admission(**changes), Role.INTEGRATOR)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_id"])


async def card(system: System, case: str) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(system, "GET", f"/api/v1/cases/{case}")).json()
    return found


async def correct(
    system: System, case: str, *variants: str, role: Role = Role.COORDINATOR, **more: Any
) -> httpx.Response:
    body = {"variants": variants, "reason": "mistaken", **more}
    return await ask(system, "POST", f"/api/v1/cases/{case}/variants", body, role)


def kinds(view: dict[str, Any]) -> dict[str, list[str]]:
    """The kinds of a case with the codes of the reasons."""
    return {each["variant"]: [because["code"] for because in each["because"]] for each in view["variants"]}


def step_of(view: dict[str, Any], name: str) -> dict[str, Any]:
    return next(step for step in view["steps"] if step["name"] == name)


def patient(**more: Any) -> dict[str, Any]:
    return {"identified": True, "mrn": secrets.token_hex(4), "family": "Соколова", "given": "Антонина", **more}


def born(years: int) -> str:
    """Somebody's day of birth who is so old by a month more."""
    today = datetime.now(UTC).date()
    return date(today.year - years, 1, 1).isoformat()


async def test_a_case_says_what_kind_it_is_and_because_of_what(system: System) -> None:
    """On the card and in the list, in both languages, with the rules' own words."""
    case = await came(system, facility=FLAGSHIP)
    listed = (await ask(system, "GET", f"/api/v1/cases?hospital={FLAGSHIP}")).json()["items"]
    for view in (await card(system, case), next(each for each in listed if each["case_id"] == case)):
        assert kinds(view) == {"adult": ["no_child"], "flagship": ["flagship_site"]}
        flagship = view["variants"][1]
        assert flagship["title"] == {"ru": "Флагманский центр экстренной помощи", "en": "Flagship emergency centre"}
        assert flagship["because"][0]["ru"] == "больница — флагманский центр"
        assert flagship["by"] == "rules"


async def test_a_birth_date_makes_a_child(system: System) -> None:
    """Under 18 on the day of the admission, told by no flag of the sender's; a newborn is both."""
    child = await came(system, patient=patient(birth_date=born(10)))
    assert kinds(await card(system, child)) == {"child": ["under_18"]}
    assert (await card(system, child))["flags"] == ["child"]
    newborn = (datetime.now(UTC) - timedelta(days=5)).date().isoformat()
    view = await card(system, await came(system, patient=patient(birth_date=newborn)))
    assert view["flags"] == ["child", "newborn"]
    assert kinds(await card(system, await came(system, patient=patient(birth_date=born(40))))) == {
        "adult": ["no_child"]
    }
    said = {"facility": "GKB29", "sentence": "Мальчик один", "patient": {"birth_date": born(9)}}
    referred = await ask(system, "POST", "/api/v1/referrals", said, Role.COORDINATOR)
    assert kinds(await card(system, referred.json()["case_id"])) == {"child": ["under_18"]}


async def test_a_list_is_filtered_by_kind(system: System) -> None:
    """Each case once, by any of its kinds; an unknown kind is refused by name."""
    child, adult = await came(system, facility=CHILDREN), await came(system, facility=FLAGSHIP)
    for kind, there, gone in (("child", child, adult), ("flagship", adult, child), ("adult", adult, child)):
        items = (await ask(system, "GET", f"/api/v1/cases?variant={kind}&limit=200")).json()["items"]
        found = {each["case_id"] for each in items}
        assert there in found
        assert gone not in found
        assert all(kind in kinds(each) for each in items)
    answer = await ask(system, "GET", "/api/v1/cases?variant=elder")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_titles_and_clocks_are_those_of_the_kind(system: System) -> None:
    """The step's title, its outcomes' time and the explanation of its clock: the child's words, the flagship's hour."""
    case = await came(system, facility=FLAGSHIP, patient=patient(birth_date=born(10)))
    step = step_of(await card(system, case), "first_contact")
    assert step["title"]["ru"] == "Первичный контакт с родителем или законным представителем"
    told = (await ask(system, "GET", f"/api/v1/steps/{step['step_id']}/clock")).json()
    assert told["title"] == step["title"]
    admitted = datetime.fromisoformat((await card(system, case))["admitted_at"])
    assert datetime.fromisoformat(told["clock"]["due_at"]) - admitted == timedelta(hours=1)
    assert told["clock"]["figure"]["source"].startswith("domain 1")
    assert told["clock"]["figure"]["mark"] == "A"


async def test_the_catalogue_is_shown_for_a_kind(system: System) -> None:
    """Of the base or a hospital; kinds and corrections are listed too."""
    path = "/api/v1/catalogue/pathways"

    async def contact(query: str) -> dict[str, Any]:
        items = (await ask(system, "GET", f"{path}{query}")).json()["items"]
        steps = next(each for each in items if each["code"] == "contact")["steps"]
        return next(step for step in steps if step["code"].endswith("first_contact"))

    assert (await contact(""))["title"]["en"] == "First contact"
    assert (await contact("?variant=isolation"))["title"]["en"] == "First contact by telephone"
    shown = await contact("?hospital=SKLIF&variant=flagship&variant=child")
    assert (shown["title"]["en"], shown["clock"]["term"]) == (
        "First contact with a parent or legal representative",
        "1h",
    )
    listed = (await ask(system, "GET", "/api/v1/catalogue/variants")).json()["items"]
    assert [each["code"] for each in listed] == [
        "adult",
        "child",
        "flagship",
        "isolation",
        "oncology",
        "rehabilitation",
    ]
    assert listed[2]["rules"][0]["when"] == {"profiles": ["flagship"]}
    codes = {each["code"] for each in (await ask(system, "GET", "/api/v1/catalogue/corrections")).json()["items"]}
    assert {"age_known", "mistaken"} <= codes


class TestCorrecting:
    """A person says that it is another kind of case."""

    async def test_the_case_goes_on_by_it(self, system: System) -> None:
        """Open steps have its titles and clocks, from the same start; what was done stays; who and why is kept."""
        case = await came(system)
        assert (await step_taken(system, case, "first_contact")).status_code == 200
        before = step_of(await card(system, case), "consent_record")
        answer = await correct(system, case, "flagship", "adult", note="Лежит в шоковом зале")
        assert answer.status_code == 200, answer.text
        assert kinds(answer.json()) == {"adult": ["no_child"], "flagship": ["mistaken"]}
        assert [each["by"] for each in answer.json()["variants"]] == ["rules", "coordinator-v"]
        assert answer.json()["variants"][1]["because"][0]["ru"] == "вариант был указан ошибочно"
        after = step_of(await card(system, case), "consent_record")
        moved = datetime.fromisoformat(before["clock"]["due_at"]) - datetime.fromisoformat(after["clock"]["due_at"])
        assert moved == timedelta(hours=20)  # 24 h became 4 h, of the same opening
        assert step_of(await card(system, case), "first_contact")["state"] == "done"
        lines = (await ask(system, "GET", f"/api/v1/cases/{case}/events?limit=500")).json()["items"]
        line = next(each for each in lines if each["kind"] == "variants_changed")
        assert (line["actor"], line["data"]["reason"]) == ("coordinator-v", "mistaken")
        assert line["text"] == {"note": "Лежит в шоковом зале"}
        assert "шоков" not in str(line["data"])

    async def test_what_opens_next_follows_it(self, system: System) -> None:
        """The next steps are the child's from then on, and the list finds the case."""
        case = await came(system)
        assert (await correct(system, case, "child", reason="age_known")).status_code == 200
        view = await card(system, case)
        assert step_of(view, "first_contact")["title"]["ru"].startswith("Первичный контакт с родителем")
        for name in ("first_contact", "consent_record"):
            assert (await step_taken(system, case, name)).status_code == 200
        assert step_of(await card(system, case), "consent_record")["title"]["ru"].startswith(
            "Записать согласие законного"
        )
        found = (await ask(system, "GET", "/api/v1/cases?variant=child&hospital=GKB29&limit=200")).json()["items"]
        assert case in {each["case_id"] for each in found}

    async def test_a_correction_can_be_taken_back(self, system: System) -> None:
        """And the due time is what it was; of what a person said the reasons stay with whoever said it last."""
        case = await came(system)
        first = step_of(await card(system, case), "first_contact")["clock"]["due_at"]
        await correct(system, case, "adult", "flagship")
        assert step_of(await card(system, case), "first_contact")["clock"]["due_at"] != first
        answer = await correct(system, case, "adult", role=Role.SUPERVISOR)
        assert kinds(answer.json()) == {"adult": ["no_child"]}
        assert step_of(await card(system, case), "first_contact")["clock"]["due_at"] == first

    async def test_refusals_have_types(self, system: System) -> None:
        """What is so already, both ages or none, what is unknown, a role that does not care, a closed case."""
        case = await came(system)
        for variants, more, status, code in (
            (("adult",), {}, 409, "nothing_changes"),
            (("adult", "child"), {}, 422, "adult_or_child"),
            (("flagship",), {}, 422, "adult_or_child"),
            (("elder",), {}, 422, "unknown_variant"),
            (("child",), {"reason": "because"}, 422, "unknown_reason"),
            ((), {}, 422, "invalid"),
            (("child",), {"role": Role.AUDITOR}, 403, "role_not_allowed"),
            (("child",), {"role": Role.INTEGRATOR}, 403, "role_not_allowed"),
        ):
            answer = await correct(system, case, *variants, **more)
            assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        ended = await ask(system, "POST", f"/api/v1/cases/{case}/events", {"type": "died"}, Role.INTEGRATOR)
        assert ended.status_code == 200
        answer = await correct(system, case, "child")
        assert (answer.status_code, answer.json()["code"]) == (409, "case_closed")
        hidden = await system.post(f"/api/v1/cases/{await came(system, facility=CHILDREN)}/variants", {
            "variants": ["adult"], "reason": "mistaken",
        })  # fmt: skip
        assert (hidden.status_code, hidden.json()["code"]) == (404, "case_not_found")

    async def test_the_same_key_corrects_once(self, system: System) -> None:
        """A call that is repeated is answered as the first one was."""
        case, headers = await came(system), {**system.token(Role.COORDINATOR, "anna"), "Idempotency-Key": "k-1"}
        for _ in range(2):
            body = {"variants": ["child"], "reason": "age_known"}
            answer = await system.http.post(f"/api/v1/cases/{case}/variants", json=body, headers=headers)
            assert answer.status_code == 200, answer.text
        lines = (await ask(system, "GET", f"/api/v1/cases/{case}/events?limit=500")).json()["items"]
        assert [each["kind"] for each in lines].count("variants_changed") == 1


class TestProposing:
    """Flags that become known later change nothing by themselves."""

    async def test_a_supervisor_is_told(self, system: System) -> None:
        """Once for what changed the rules' word; the case stays what it is until a person says so."""
        case = await came(system)
        flags = await ask(system, "POST", f"/api/v1/cases/{case}/flags", {"add": ["child"]}, Role.COORDINATOR)
        assert flags.status_code == 200, flags.text
        assert kinds(flags.json()) == {"adult": ["no_child"]}
        assert await occasions(system, case) == ["variant_proposed.child"]
        await ask(system, "POST", f"/api/v1/cases/{case}/flags", {"add": ["lives_alone"]}, Role.COORDINATOR)
        assert await occasions(system, case) == ["variant_proposed.child"]
        await ask(system, "POST", f"/api/v1/cases/{case}/flags", {"remove": ["child"]}, Role.COORDINATOR)
        assert await occasions(system, case) == ["variant_proposed.child"]  # the rules say again what the case is

    async def test_nobody_is_told_of_what_a_person_said_already(self, system: System) -> None:
        """The rules come to the same."""
        case = await came(system)
        await correct(system, case, "child")
        await ask(system, "POST", f"/api/v1/cases/{case}/flags", {"add": ["child"]}, Role.COORDINATOR)
        assert await occasions(system, case) == []


async def occasions(system: System, case: str) -> list[str]:
    """Of which other kinds people were told."""
    lines = (await ask(system, "GET", f"/api/v1/cases/{case}/events?limit=500")).json()["items"]
    told = [each["data"] for each in lines if each["kind"] == "people_told"]
    assert all(each["role"] == "supervisor" for each in told if each["occasion"].startswith("variant"))
    return [each["occasion"] for each in told if each["occasion"].startswith("variant")]


async def step_taken(system: System, case: str, name: str) -> httpx.Response:
    """Do the step as it is usually done; for a child an adult consents."""
    view = await card(system, case)
    outcome = {"first_contact": {"result": "contacted"}, "consent_record": {"result": "given"}}[name]
    if name == "consent_record" and view["variants"][0]["variant"] == "child":
        outcome |= {"by": "parent"}
    return await ask(system, "POST", f"/api/v1/steps/{step_of(view, name)['step_id']}/complete", {"outcome": outcome})


async def test_a_case_that_moves_is_what_the_other_hospital_makes_of_it(system: System) -> None:
    """Its site's own way begins there and ends with it, by the rules and not by whoever moved it; an age stays."""
    case = await came(system)
    assert (await correct(system, case, "child", reason="age_known")).status_code == 200
    for hospital, expected in (
        (FLAGSHIP, {"child": "coordinator-v", "flagship": "rules"}),
        ("GKB29", {"child": "coordinator-v"}),
    ):
        body = {"hospital": hospital, "note": "Переведён"}
        answer = await ask(system, "POST", f"/api/v1/cases/{case}/transfer", body, Role.SUPERVISOR)
        assert answer.status_code == 200, answer.text
        assert {each["variant"]: each["by"] for each in answer.json()["variants"]} == expected
        step = step_of(await card(system, case), "first_contact")
        due = datetime.fromisoformat(step["clock"]["due_at"])
        hours = (due - datetime.fromisoformat((await card(system, case))["admitted_at"])) / timedelta(hours=1)
        assert hours == (1 if hospital == FLAGSHIP else 24)
        assert step["title"]["ru"].startswith("Первичный контакт с родителем")
