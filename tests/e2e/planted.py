"""Personal data of every kind, carried in by every way in, and what is overheard while that happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from marshrut.domain.words import ItemKind, Role
from tests.api.inboxes import relaying
from tests.fixtures.cases import CATALOGUE
from tests.fixtures.engine import eventually
from tests.fixtures.system import System, admission

# Each stands for one kind of personal datum; none occurs anywhere by chance. What is shown to whoever may see it.
SHOWN = [
    # admission, message and referral
    "Тайнова", "Секретина", "Скрытовна", "ул. Незримая", "79990001122", "Невидимкин", "MRN-7731", "VIZIT-4419",
    "S99.9-диагноз", "просит-своими-словами", "Сказалкина", "Племянникова",
    # steps, reports, flags
    "слова-о-больном", "шаг-про-тётю", "сказано-в-заметке", "почему-тревожно", "почему-пауза", "о-маршруте-шёпотом",
    # items, one fact after the other
    "паспорт-4511-880077", "ЭПР-запись-55", "заметка-о-справке", "1937-11-29", "Тётина", "ул. Тётина", "74950007788",
    "Консультова", "78120003344", "кто-вёл-занятие", "квитанция-31337", "путёвка-6612", "кто-перестелит",
    "отзыв-о-еде", "звонили-соседу", "нужна-по-секрету", "вписано-в-маршрут", "о-нуждах-семьи", "почему-к-психологу",
    # candidates and PFIF
    "Кандидатова", "79165550011", "слухи-о-кандидате", "Пфифова", "79031112233", "виден-у-вокзала", "Волонтёрова",
    # assessments
    "Ответчикова", "о-его-ответах",
    # enquiries
    "где-моя-мать", "Спросилова", "79267770099", "внучатый-племянник", "sprosilova@example.org", "Матушкина",
    "что-ей-ответили",
]  # fmt: skip
# What is only asked or refused, and nobody is shown.
UNSHOWN = ["Разыскиваемова", "Негоднова", "имя-не-того-поля", "79044445566", "MRN-прежний-5", "VIZIT-чужой"]
# Names of fields that are none of ours are told to whoever sent them, and to nobody else.
TO_THE_SENDER = {"имя-не-того-поля"}
MARKS = [*SHOWN, *UNSHOWN]

MESSAGE = "\r".join(  # noqa: FLY002 - a segment a line
    [
        "MSH|^~\\&|HIS|GKB29|MARSHRUT|DTSZN|20260212071503+0300||ADT^A01^ADT_A01|GKB29-1|P|2.5|||AL|NE||UNICODE UTF-8",
        "EVN|A01|20260212071503+0300",
        "PID|1||MRN-7731^^^GKB29^MR||Тайнова^Секретина^Скрытовна||19410309|F|||ул. Незримая||^PRN^PH^^^^79990001122",
        "NK1|1|Невидимкин|SON||79990001122",
        "PV1|1|I|ТРАВМ^312^2^GKB29|E||||||||||||||EMR|VIZIT-4419",
        "DG1|1||S99.9-диагноз",
    ]
)
PFIF = """<pfif:pfif xmlns:pfif="http://zesty.ca/pfif/1.4"><pfif:person>
<pfif:person_record_id>others.example/1</pfif:person_record_id>
<pfif:source_date>2026-02-01T00:00:00Z</pfif:source_date><pfif:author_name>Волонтёрова</pfif:author_name>
<pfif:author_phone>79031112233</pfif:author_phone>
<pfif:full_name>Пфифова Секретина</pfif:full_name><pfif:description>виден-у-вокзала</pfif:description>
<pfif:note><pfif:note_record_id>others.example/n1</pfif:note_record_id>
<pfif:author_name>Волонтёрова</pfif:author_name><pfif:source_date>2026-02-01T00:00:00Z</pfif:source_date>
<pfif:phone_of_found_person>79044445566</pfif:phone_of_found_person><pfif:text>виден-у-вокзала</pfif:text></pfif:note>
</pfif:person></pfif:pfif>"""
PATIENT = {
    "identified": True,
    "mrn": "MRN-7731",
    "family": "Тайнова",
    "given": "Секретина",
    "patronymic": "Скрытовна",
    "address": "ул. Незримая",
    "phones": ["79990001122"],
}
ENQUIRY = {
    "facility": "CENTRE",
    "channel": "phone",
    "topic": "status",
    "sentence": "где-моя-мать",
    "asker": {
        "name": "Спросилова",
        "phone": "79267770099",
        "relation": "внучатый-племянник",
        "email": "sprosilova@example.org",
    },
    "about": {"family": "Матушкина"},
}
# Each kind of item with all that may be told of it in words.
ITEMS: list[tuple[str, str, dict[str, Any]]] = [
    ("document", "passport", {"record": "ЭПР-запись-55", "note": "заметка-о-справке"}),
    ("relative", "aunt", {"name": "Тётина", "birth_date": "1937-11-29", "phones": ["74950007788"],
                          "address": "ул. Тётина"}),
    ("attempt", "call", {"channel": "phone", "result": "no_answer", "note": "звонили-соседу"}),
    ("referral", "new_opportunities", {"partner": CATALOGUE.programmes["new_opportunities"].partners[0],
                                       "consultant_named": "first", "consultant": "Консультова",
                                       "phone": "78120003344"}),
    ("session", "new_opportunities", {"who": "кто-вёл-занятие"}),
    ("application", "placement", {"receipt": "квитанция-31337"}),
    ("voucher", "placement", {"number": "путёвка-6612"}),
    ("arrangement", CATALOGUE.known[ItemKind.ARRANGEMENT][0], {"who": "кто-перестелит"}),
    ("feedback", "placement", {"text": "отзыв-о-еде"}),
    ("need", "disability", {"note": "нужна-по-секрету"}),
    ("entry", "documents", {"sort": "direction", "note": "вписано-в-маршрут"}),
    ("family_need", "talk", {"note": "о-нуждах-семьи"}),
]  # fmt: skip


@dataclass
class Overheard:
    """What passes by on the way: addresses that were called or named, and what was answered to what did not fit."""

    urls: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def listen(self, answer: httpx.Response) -> None:
        """To be called for each answer."""
        await answer.aread()
        self.urls += [str(answer.request.url), answer.headers.get("location", "")]
        if answer.is_error or "MSA|" in answer.text:
            self.faults.append(answer.text)


async def comes_in(system: System) -> str:
    """Admission, message, referral, taken and not; the case's id."""
    contacts = [{"family": "Невидимкин", "relation": "son", "phones": ["79990001122"]}]
    sent = admission(visit="VIZIT-4419", diagnosis="S99.9-диагноз", patient=PATIENT, contacts=contacts)
    sent |= {"flags": ["crisis", "violence"]}
    answer = await system.post("/api/v1/admissions", sent, role=Role.INTEGRATOR)
    case_id: str = answer.json()["case_id"]
    # Who meets a child without a carer has two hours, at any hour of any day: somebody is mailed.
    late = (datetime.now(UTC) - timedelta(minutes=150)).isoformat()
    child = {"visit": "VIZIT-4420", "patient": {**PATIENT, "mrn": "MRN-7732"}, "admitted_at": late}
    await system.admit(**child, flags=["child_without_carer"], contacts=contacts)
    his = system.token(Role.INTEGRATOR)
    received = await system.http.post("/hl7v2", content=MESSAGE.encode(), headers=his)
    assert "MSA|AA|" in received.text
    await is_told_of(system, his)
    # A message that cannot be taken is kept too.
    parked = MESSAGE.replace("ADT^A01^ADT_A01", "ADT^A99").encode()
    assert "MSA|AR|" in (await system.http.post("/hl7v2", content=parked, headers=his)).text
    # So is JSON that does not fit, down to the names of fields that are none of ours.
    unfit = {**sent, "имя-не-того-поля": 1, "admitted_at": "Негоднова"}
    assert (await system.post("/api/v1/admissions", unfit, role=Role.INTEGRATOR)).status_code == 422
    asked: dict[str, Any] = {"facility": "GKB29", "visit": "VIZIT-4419", "sentence": "просит-своими-словами"}
    asked |= {"referred_by": {"name": "Сказалкина"}}
    assert (await system.post("/api/v1/referrals", asked, role=Role.HOTLINE)).status_code == 200
    return case_id


async def is_told_of(system: System, his: dict[str, str]) -> None:
    """Hospital events: one that reaches the case, and two that are held."""
    news = MESSAGE.replace("Невидимкин", "Племянникова")
    told = [
        ("A08", news),
        ("A03", MESSAGE.replace("VIZIT-4419", "VIZIT-чужой")),
        ("A40", f"{MESSAGE}\rMRG|MRN-прежний-5"),
    ]
    for event, message in told:
        raw = message.replace("ADT^A01^ADT_A01", f"ADT^{event}").replace("GKB29-1|P", f"GKB29-{event}|P")
        answer = await system.http.post("/hl7v2", content=raw.encode(), headers=his)
        assert "MSA|AA|" in answer.text
    async with relaying(system.parts):
        await eventually(lambda: _none_pending(system))


async def _none_pending(system: System) -> bool:
    return not (await system.get("/api/v1/messages", state="pending"))["items"]


async def is_cared_for(system: System, case_id: str) -> None:
    """Steps, reports and flags, with notes of every kind."""
    step = f"/api/v1/steps/{await system.step(case_id, 'first_contact')}"
    await taken(system, f"{step}/comment", {"text": "слова-о-больном"})
    await taken(system, f"{step}/block", {"reason": "passport", "note": "сказано-в-заметке"})
    met = {"outcome": {"result": "contacted", "note": "слова-о-больном"}}
    await refused(system, f"{step}/complete", met)
    await refused(system, f"{step}/complete", {"outcome": {"result": "Негоднова"}})
    await taken(system, f"{step}/unblock", None)
    await taken(system, f"{step}/complete", met)
    case = f"/api/v1/cases/{case_id}"
    await taken(system, f"{case}/steps", {"title": "шаг-про-тётю"})
    await taken(system, f"{case}/events", {"type": "paused", "note": "почему-пауза"})
    await taken(system, f"{case}/events", {"type": "resumed"})
    await taken(system, f"{case}/flags", {"remove": ["violence"], "note": "почему-тревожно"})
    await refused(system, f"{case}/flags", {"add": ["Негоднова"], "note": "почему-тревожно"})
    await refused(system, f"{case}/owner", {"owner": "Негоднова не код", "reason": "agreed"})


async def has_a_route(system: System, case_id: str) -> None:
    """Assessment and route, with what was said at them."""
    await system.do(case_id, "consent_record", result="given", note="слова-о-больном")
    await system.do(case_id, "home_safety", result="safe")
    await system.do(case_id, "life_survey", result="complete", lives_with="alone")
    await system.do(case_id, "function_scale", result="scored", score=55)
    await system.do(case_id, "documents_check", result="complete")
    path = f"/api/v1/cases/{case_id}/assessments"
    instrument = await system.get("/api/v1/catalogue/instruments/gad7")
    asked = [item for item in instrument["item"] if "answerOption" in item]
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{instrument['url']}|{instrument['version']}",
        "subject": {"display": "Ответчикова"},
        "item": [{"linkId": item["linkId"], "answer": [item["answerOption"][0]]} for item in asked],
    }
    filled = {"instrument": "gad7", "answers": response, "note": "о-его-ответах"}
    await taken(system, path, filled)
    await refused(system, path, {"instrument": "gad7", "answers": {asked[0]["linkId"]: "Негоднова"}})
    await system.do(case_id, "needs_agree", result="agreed", needs=["aids", "relatives"])
    await system.do(case_id, "route_draft", result="drafted", note="о-маршруте-шёпотом")
    await system.do(case_id, "route_offer", result="accepted")


async def has_items(system: System, case_id: str) -> None:
    """Items of every kind with all their facts, moved with more of them; candidates, typed in and by PFIF."""
    for kind, name, facts in ITEMS:
        await system.item(case_id, kind, name, facts=facts)
        spoilt = {"kind": kind, "name": name, "facts": {**facts, "note": {"of": "Негоднова"}}}
        await refused(system, f"/api/v1/cases/{case_id}/items", spoilt)
    referral = f"/api/v1/cases/{case_id}/psychology"
    await taken(system, referral, {"reason": "fear", "note": "почему-к-психологу"})
    await refused(system, referral, {"reason": "fear", "note": "почему-к-психологу", "urgency": "Негоднова"})
    passports = await system.get(f"/api/v1/cases/{case_id}/items", kind="document")
    (passport,) = [item for item in passports["items"] if item["name"] == "passport"]
    path = f"/api/v1/items/{passport['item_id']}/move"
    await refused(system, path, {"status": "expired", "facts": {"number": "паспорт-4511-880077"}})
    await taken(system, path, {"status": "issued", "facts": {"number": "паспорт-4511-880077"}})
    candidates = f"/api/v1/cases/{case_id}/candidates"
    one = {"family": "Кандидатова", "phones": ["79165550011"], "source": "registry", "note": "слухи-о-кандидате"}
    await taken(system, candidates, one)
    await refused(system, candidates, {**one, "birth_date": "Негоднова"})
    xml = {**system.token(Role.COORDINATOR), "Content-Type": "application/xml"}
    for content, status in ((PFIF, 201), (PFIF.replace("</pfif:person>", "Негоднова"), 422)):
        answer = await system.http.post(f"/api/v1/cases/{case_id}/pfif", content=content.encode(), headers=xml)
        assert answer.status_code == status, answer.text
    await taken(system, "/api/v1/relatives/search", {"family": "Разыскиваемова"})
    await refused(system, "/api/v1/relatives/search", {"family": "Разыскиваемова", "birth_date": "Негоднова"})


async def is_asked_after(system: System) -> str:
    """An enquiry, asked and answered; its case."""
    hotline = system.token(Role.HOTLINE, "irina", "CENTRE")
    asked = await system.http.post("/api/v1/enquiries", json=ENQUIRY, headers=hotline)
    assert asked.status_code == 201, asked.text
    unfit = await system.http.post("/api/v1/enquiries", json={**ENQUIRY, "topic": "Негоднова"}, headers=hotline)
    assert unfit.status_code == 422
    case_id: str = asked.json()["case_id"]
    said = {"result": "answered", "answer": "что-ей-ответили"}
    answer = await system.http.post(f"/api/v1/enquiries/{case_id}/answer", json=said, headers=hotline)
    assert answer.status_code == 200, answer.text
    return case_id


async def read(system: System, case_id: str, enquiry: str) -> str:
    """All that those who may see persons are shown."""
    case = f"/api/v1/cases/{case_id}"
    own = system.token(Role.SUPERVISOR)
    centre = system.token(Role.HOTLINE, "irina", "CENTRE")
    paths = [case, *(f"{case}/{part}" for part in ("events", "items", "route", "relatives", "assessments"))]
    answers = [await system.http.get(path, headers=own) for path in paths]
    answers.append(await system.http.get(f"/api/v1/enquiries/{enquiry}", headers=centre))
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.text for answer in answers)


async def taken(system: System, path: str, body: Any) -> None:
    answer = await system.post(path, body, role=Role.SUPERVISOR)
    assert answer.is_success, f"{path}: {answer.text}"


async def refused(system: System, path: str, body: Any) -> None:
    answer = await system.post(path, body, role=Role.SUPERVISOR)
    assert answer.status_code in (409, 422), f"{path}: {answer.status_code} {answer.text}"
