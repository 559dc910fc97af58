"""Relatives over HTTP: candidates with their reasons, what the admission named, PFIF, and who may be told."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from marshrut.domain.words import Role
from tests.fixtures.system import HOSPITAL, System

NATALIA = {
    "identified": True,
    "mrn": "MRN-R1",
    "family": "Семёнова",
    "given": "Наталия",
    "patronymic": "Петровна",
    "birth_date": "1941-03-09",
    "sex": "female",
}
PFIF = "{http://zesty.ca/pfif/1.4}"


def document(*persons: str) -> str:
    return f'<pfif:pfif xmlns:pfif="http://zesty.ca/pfif/1.4">{"".join(persons)}</pfif:pfif>'


def person(number: int, name: str, **fields: str) -> str:
    told = "".join(f"<pfif:{field}>{value}</pfif:{field}>" for field, value in fields.items())
    return (
        f"<pfif:person><pfif:person_record_id>others.example/{number}</pfif:person_record_id>"
        f"<pfif:source_date>2026-02-01T00:00:00Z</pfif:source_date><pfif:full_name>{name}</pfif:full_name>"
        f"{told}</pfif:person>"
    )


async def searching(system: System, answer: str | None = "yes", **changes: Any) -> str:
    """A case in which relatives are looked for, once the patient has said whether they may know."""
    case_id = await system.admit(**{"patient": NATALIA, **changes})
    await system.do(case_id, "first_contact", result="contacted")
    await system.do(case_id, "consent_record", result="given")
    await system.do(case_id, "home_safety", result="safe")
    await system.do(case_id, "life_survey", result="complete", lives_with="alone")
    await system.do(case_id, "function_scale", result="scored", score=55)
    await system.do(case_id, "documents_check", result="complete")
    await system.do(case_id, "needs_agree", result="agreed", needs=["relatives"])
    await system.do(case_id, "route_draft", result="drafted")
    await system.do(case_id, "route_offer", result="accepted")
    if answer is not None:
        await system.do(case_id, "found_consent", result=answer)
    return case_id


async def send(system: System, case_id: str, content: str | bytes, **headers: str) -> Any:
    return await system.http.post(
        f"/api/v1/cases/{case_id}/pfif",
        content=content.encode() if isinstance(content, str) else content,
        headers={**system.token(Role.COORDINATOR), "Content-Type": "application/xml", **headers},
    )


async def test_a_candidate_has_a_score_with_reasons_and_a_person_confirms_it(system: System) -> None:
    """The name is compared as people write it; the best stands first, and only a person's word finds anybody."""
    case_id = await searching(system)
    sister = await system.item(case_id, "relative", "sister", facts={"name": "Сидорова Анна Петровна"})
    path = f"/api/v1/cases/{case_id}/candidates"
    other = await system.post(path, {"family": "Козлов", "given": "Иван", "source": "registry", "relative": sister})
    alike = {
        "family": "Сидоровой",
        "given": "Аня",
        "source": "neighbours",
        "relative": sister,
        "phones": ["89161112233"],
    }
    added = await system.post(path, alike)
    assert (added.status_code, other.status_code) == (201, 201), added.text
    candidate = added.json()
    assert candidate["score"] > 80 > other.json()["score"]
    assert {each["code"]: each["title"]["ru"] for each in candidate["why"]}.items() >= {
        "declined": "В другом падеже",
        "no_patronymic": "Нет отчества",
    }.items()
    view = await system.get(f"/api/v1/cases/{case_id}/relatives")
    assert view["reach"] == "anybody"
    assert [each["item_id"] for each in view["candidates"]] == [candidate["item_id"], other.json()["item_id"]]
    assert {each["status"] for each in view["relatives"]} == {"sought"}
    confirmed = await system.post(f"/api/v1/items/{candidate['item_id']}/move", {"status": "confirmed"})
    assert confirmed.status_code == 200, confirmed.text
    view = await system.get(f"/api/v1/cases/{case_id}/relatives")
    assert {each["item_id"]: each["status"] for each in view["relatives"]}[sister] == "found"
    assert await system.step(case_id, "relative_talk")


async def test_who_looks_for_the_patient_is_compared_with_the_patient(system: System) -> None:
    """Without a relative the name is that of the person looked for; a name that nobody knows has no score."""
    case_id = await searching(system)
    path = f"/api/v1/cases/{case_id}/candidates"
    body = {"family": "Семенова", "given": "Наталья", "birth_date": "1941-03-09", "source": "volunteers"}
    assert (await system.post(path, body)).json()["score"] >= 90
    unnamed = await system.item(case_id, "relative", "son", facts={"relation": "son"})
    assert (await system.post(path, {**body, "relative": unnamed})).json()["score"] is None
    for wrong, status in (({"source": "x"}, 422), ({**body, "relative": f"{case_id}.relative.none.main"}, 404)):
        assert (await system.post(path, wrong)).status_code == status


async def test_whom_the_admission_named_is_added_by_one_call(system: System) -> None:
    """A next of kin is shown with what to send to have them in the case, and then no more; machines see no names."""
    contacts = [
        {"family": "Семёнов", "given": "Пётр", "relation": "сын", "kin": "son", "phones": ["79990001122"]},
        {"family": "Семёнова", "given": "Наталия", "relation": "сама", "kin": "self"},
    ]
    case_id = await searching(system, answer=None, contacts=contacts)
    place = f"/api/v1/cases/{case_id}/relatives"
    (son,) = (await system.get(place))["contacts"]
    assert (son["name"], son["phones"]) == ("Семёнов Пётр", ["79990001122"])
    assert (await system.get(place, Role.AUDITOR))["contacts"] is None
    added = await system.post(f"/api/v1/cases/{case_id}/items", son["add"])
    assert added.status_code == 201, added.text
    view = await system.get(place)
    assert view["contacts"] == []
    assert view["relatives"][0]["facts"]["name"] == "Семёнов Пётр"
    hidden = await system.get(place, Role.AUDITOR)
    assert "name" not in hidden["relatives"][0]["facts"]
    # Known people are talked to, not searched for.
    await system.do(case_id, "found_consent", result="yes")
    assert await system.step(case_id, "relative_talk")


async def test_attempts_stand_newest_first_and_nobody_is_given_up_untried(system: System) -> None:
    """`none` is refused in words until an attempt is logged; so is a way that the patient did not agree to."""
    case_id = await searching(system, "incapable")
    step = await system.step(case_id, "relatives_search")
    refused = await system.post(f"/api/v1/steps/{step}/complete", {"outcome": "none"})
    assert (refused.status_code, refused.json()["code"]) == (409, "attempt_needed")
    answers = {}
    for channel in ("phone", "registry", "volunteers"):
        facts = {"channel": channel, "result": "no_answer", "note": "соседка-не-открыла"}
        body = {"kind": "attempt", "name": "try", "facts": facts}
        answers[channel] = await system.post(f"/api/v1/cases/{case_id}/items", body)
    assert {channel: answer.status_code for channel, answer in answers.items()} == {
        "phone": 201,
        "registry": 201,
        "volunteers": 409,
    }
    no = answers["volunteers"].json()
    assert (no["code"], no["details"]["reach"]) == ("contact_not_wished", "cannot_say")
    view = await system.get(f"/api/v1/cases/{case_id}/relatives")
    assert [each["facts"]["channel"] for each in view["attempts"]] == ["registry", "phone"]
    assert (await system.post(f"/api/v1/steps/{step}/complete", {"outcome": "none"})).status_code == 200


async def test_a_patient_who_wants_to_be_found_is_told_in_pfif_and_nothing_more(system: System) -> None:
    """Name, sex and birth date go out under an id that leads to no case; not where they lie, nor why."""
    case_id = await searching(system, diagnosis="S99.9-диагноз", ward="травма-7")
    answer = await system.http.get(f"/api/v1/cases/{case_id}/pfif", headers=system.token(Role.COORDINATOR))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    (told,) = ET.fromstring(answer.content)
    fields = {field.tag.removeprefix(PFIF): field.text for field in told}
    assert set(fields) == {
        "person_record_id", "entry_date", "source_name", "source_date", "full_name", "given_name", "family_name",
        "sex", "date_of_birth",
    }  # fmt: skip
    assert (fields["full_name"], fields["date_of_birth"]) == ("Семёнова Наталия Петровна", "1941-03-09")
    for secret in (case_id, HOSPITAL, "диагноз", "травма"):
        assert secret not in answer.text
    brother = await system.item(case_id, "relative", "brother", facts={"name": "Петров Олег"})
    found = await system.http.get(
        f"/api/v1/cases/{case_id}/pfif", params={"of": brother}, headers=system.token(Role.COORDINATOR)
    )
    assert "Петров Олег" in found.text
    nobody = await system.item(case_id, "relative", "friend")
    unnamed = await system.http.get(
        f"/api/v1/cases/{case_id}/pfif", params={"of": nobody}, headers=system.token(Role.COORDINATOR)
    )
    assert (unnamed.status_code, unnamed.json()["code"]) == (409, "name_unknown")


@pytest.mark.parametrize("answer", [None, "no", "only_some", "incapable"])
async def test_who_has_not_agreed_is_told_to_nobody(system: System, answer: str | None) -> None:
    """Without a yes there is no record, and the answer to whoever rings is that they may not be told, and why."""
    family = {None: "Нетова", "no": "Молчанова", "only_some": "Выборова", "incapable": "Тихонова"}[answer]
    case_id = await searching(system, answer, patient={**NATALIA, "family": family})
    refused = await system.http.get(f"/api/v1/cases/{case_id}/pfif", headers=system.token(Role.COORDINATOR))
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_not_wished")
    found = await system.post("/api/v1/relatives/search", {"family": family, "given": "Наталья"})
    (hit,) = [each for each in found.json()["items"] if each["case"]["case_id"] == case_id]
    reach = {None: "not_asked", "no": "nobody", "only_some": "named", "incapable": "cannot_say"}[answer]
    assert (hit["may_be_told"], hit["because"]["code"]) == (False, reach)


async def test_whoever_rings_hears_of_whom_may_be_told_of_and_in_danger_of_nobody(system: System) -> None:
    """The best match stands first with its reasons; a danger that becomes known closes the mouth at once."""
    case_id = await searching(system, patient={**NATALIA, "family": "Громыхалова"})
    asked = {"family": "Громыхаловой", "given": "Натальи", "at_least": 50}
    answer = (await system.post("/api/v1/relatives/search", asked)).json()
    assert answer["whole"] is True
    assert (answer["items"][0]["case"]["case_id"], answer["items"][0]["may_be_told"]) == (case_id, True)
    assert "declined" in [each["code"] for each in answer["items"][0]["why"]]
    await system.post(f"/api/v1/cases/{case_id}/flags", {"add": ["violence"]})
    hit = (await system.post("/api/v1/relatives/search", asked)).json()["items"][0]
    assert (hit["may_be_told"], hit["because"]["code"]) == (False, "danger")
    refused = await system.http.get(f"/api/v1/cases/{case_id}/pfif", headers=system.token(Role.COORDINATOR))
    assert refused.json()["code"] == "contact_dangerous"
    # The senior is asked, and the search stands still until they answer.
    assert await system.step(case_id, "safe_contact")
    stranger = system.token(Role.COORDINATOR, "stranger", "SKLIF")
    elsewhere = await system.http.post("/api/v1/relatives/search", json=asked, headers=stranger)
    assert elsewhere.json()["items"] == []


async def test_persons_whom_others_tell_of_become_candidates_once(system: System) -> None:
    """Each record is scored against everybody who is sought; the same document again adds nobody."""
    case_id = await searching(system)
    brother = await system.item(case_id, "relative", "brother", facts={"name": "Петров Олег Петрович"})
    content = document(
        person(1, "Oleg Petrov"),
        person(2, "Семенова Наталья", date_of_birth="1941-03-09", author_phone="89160000000", author_name="Внучка"),
        person(3, "Козлов Иван", date_of_birth="1990"),
    )
    first = await send(system, case_id, content)
    assert first.status_code == 201, first.text
    views = first.json()["items"]
    assert [each["score"] for each in views] == sorted((each["score"] for each in views), reverse=True)
    likest = {each["facts"]["name"]: each["facts"].get("relative") for each in views}
    assert (likest["Oleg Petrov"], likest["Семенова Наталья"]) == (brother, None)
    assert views[0]["facts"]["phones"] == ["89160000000"]
    again = await send(system, case_id, content)
    assert [each["item_id"] for each in again.json()["items"]] == [each["item_id"] for each in views]
    view = await system.get(f"/api/v1/cases/{case_id}/relatives")
    assert len(view["candidates"]) == 3


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad_pfif"),
        (b"not xml", "bad_pfif"),
        (b"<x/>", "bad_pfif"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "bad_pfif"),
        (document("<pfif:person/>"), "bad_pfif"),
        (document(*(person(number, "Иванов") for number in range(51))), "too_many_records"),
        (b"<" + b"x" * 2**20, "too_large"),
    ],
)
async def test_a_document_that_is_none_is_a_problem_and_adds_nobody(
    system: System, content: str | bytes, code: str
) -> None:
    """Whatever is sent as PFIF is answered by a code, without a word of what stood in it."""
    case_id = await system.admit()
    answer = await send(system, case_id, content)
    assert (answer.status_code in (413, 422), answer.json()["code"]) == (True, code)
    assert "Иванов" not in answer.text
    assert (await system.get(f"/api/v1/cases/{case_id}/relatives"))["candidates"] == []


async def test_the_journal_knows_scores_and_no_names(system: System) -> None:
    """Of a relative, a candidate and an attempt the history holds codes only."""
    case_id = await searching(system)
    facts = {"name": "Тайникова Вера", "phones": ["79995554433"], "address": "ул. Незримая"}
    relative = await system.item(case_id, "relative", "daughter", facts=facts)
    body = {"family": "Тайникова", "given": "Вера", "source": "registry", "relative": relative, "note": "живёт в Твери"}
    assert (await system.post(f"/api/v1/cases/{case_id}/candidates", body)).json()["score"] == 100
    await send(system, case_id, document(person(7, "Тайникова Вера Ивановна", author_name="Невидимкин")))
    history = await system.http.get(f"/api/v1/cases/{case_id}/events", headers=system.token(Role.AUDITOR))
    assert '"score":100' in history.text
    for mark in ("Тайникова", "79995554433", "Незримая", "Твери", "Невидимкин", "others.example"):
        assert mark not in history.text
