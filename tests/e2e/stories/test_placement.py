"""Story 7: a place in an institution, from the package to the life there; and what its code tells meanwhile."""

import re
from calendar import month_name
from html import unescape
from typing import Any

import httpx

from marshrut.domain.words import Role
from tests.e2e.stories.ways import assessed, items, met, move, noticed, planned, ready_later, statuses
from tests.fixtures.ahead import Ahead

# Of a person, of where and why they are asked for, and of an office's number: nobody who has the code is told it.
NEVER_TOLD = ("Соколова", "Антонина", "GKB29", "Измайлово", "ВИЧ", "HIV", "туберкулёз", "77-4411", "MRN-31337")
MONTHS_RU = (
    *("", "января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
# A day as JSON and text write it, in Russian or in English.
DAY = re.compile(
    r"(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{4})|(?P<year_en>\d{4})-(?P<month_en>\d\d)-(?P<day_en>\d\d)"
)
# The lines of the page.
WAY = re.compile(r'<span class="b">(.*?)</span>')
PERSON = {"identified": True, "mrn": "MRN-31337", "family": "Соколова", "given": "Антонина"}


async def wants_a_place(today: Ahead, **admission: Any) -> str:
    """Somebody for whom no home can do enough: a place is in the agreed route."""
    case = await met(today, **admission)
    await assessed(today, case, "placement", score=15)
    await planned(today, case)
    await ready_later(today, case)
    return case


async def has_ippsu(today: Ahead, case: str) -> None:
    """Need is applied for, recognised, and followed by the individual programme."""
    await today.do(case, "need_application", result="filed")
    await today.do(case, "need_decision", result="recognised")
    await today.do(case, "ippsu_receive", result="issued")


async def gathered(today: Ahead, case: str, *not_needed: str) -> None:
    """Every paper that is not there comes; or is not needed."""
    for name, paper in (await items(today, case, "paper")).items():
        if paper["status"] not in ("received", "not_needed"):
            await move(today, paper, "not_needed" if name in not_needed else "received", Role.DOCTOR)


async def has_a_bed(today: Ahead, **admission: Any) -> str:
    """Somebody for whom an institution keeps a bed."""
    case = await wants_a_place(today, **admission)
    await today.do(case, "profile_choose", result="general")
    await gathered(today, case, "contacts")
    await today.do(case, "medical_package", result="complete")
    await has_ippsu(today, case)
    await today.do(case, "institution_choose", result="chosen", institutions=["general_home"])
    await today.do(case, "package_submit", result="accepted")
    await today.do(case, "voucher_decision", result="issued")
    await today.do(case, "bed_confirm", result="confirmed")
    return case


async def may_leave(today: Ahead, case: str) -> None:
    """The doctor lets them go, nothing stands in the way, and their papers are in their hands."""
    await today.do(case, "ready_date", result="date")
    await today.do(case, "barrier_review", result="clear")
    await today.do(case, "hand_over", result="handed_over", to="patient")


def on_page(text: str, this_year: str) -> str:
    """A line of the JSON answer as the page says it: days written out, the year only when it is another."""

    def written(found: re.Match[str]) -> str:
        year, month, day = (found[name] or found[f"{name}_en"] for name in ("year", "month", "day"))
        name = (MONTHS_RU if found["day"] else month_name)[int(month)]
        return f"{int(day)} {name}" if year == this_year else f"{int(day)} {name} {year}"

    return DAY.sub(written, text)


async def told(today: Ahead, case: str) -> tuple[list[str], str]:
    """What the code tells without signing in: the lines of the placement and what is next, in Russian.

    In both languages the text and the page tell each line and what is next as JSON does, the page with its days
    written out; none of the answers names the person, the place or an illness.
    """
    code = (await today.get(f"/api/v1/cases/{case}"))["inquiry"]

    async def asked(form: str, language: str) -> httpx.Response:
        answer = await today.http.get(f"/status/{code}", headers={"Accept": form, "Accept-Language": language})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].split(";")[0] == form
        assert answer.headers["content-language"] == language[:2]
        assert not [word for word in (*NEVER_TOLD, case) if word.casefold() in answer.text.casefold()]
        return answer

    views = {}
    for language in ("ru-RU", "en"):
        view = views[language] = (await asked("application/json", language)).json()
        title, _, _, *rest = (await asked("text/plain", language)).text.splitlines()
        parts = [line["text"] for line in view["lines"]]
        assert title == view["title"]
        assert len(rest) > len(parts)
        assert all(said.startswith(f"{part} (") for said, part in zip(rest, parts, strict=False))
        assert [said for said in rest[len(parts) :] if said] == [view["next"], view["ask"]]
        page = " ".join(unescape((await asked("text/html", language)).text).split())
        this_year = view["as_of"][:4]
        assert WAY.findall(page) == [on_page(part, this_year) for part in parts]
        assert f"<p>{on_page(view['next'], this_year)}</p>" in page
    russian, english = views["ru-RU"], views["en"]
    assert [line["what"] for line in russian["lines"]] == [line["what"] for line in english["lines"]]
    assert russian["next"] != english["next"]
    stages = {"admission", "needs_assessment", "personal_route", "tracks", "discharge_readiness", "followup"}
    return [line["text"] for line in russian["lines"] if line["what"] not in stages], russian["next"]


async def test_a_package_is_collected_paper_by_paper(today: Ahead) -> None:
    """Given a place in the route, when papers come one by one, then the package is complete with the last one only.

    A rejected one is made again, one that is not needed is not waited for, and one that grows old opens the package
    again, alone: the others stay as they are.
    """
    case = await wants_a_place(today, patient=PERSON)
    await today.do(case, "profile_choose", result="general")
    await has_ippsu(today, case)
    papers = await items(today, case, "paper")
    assert {paper["status"] for paper in papers.values()} == {"needed"}
    assert papers["hiv"]["title"]["en"] == "HIV test"

    await move(today, papers["gynaecologist"], "not_needed", Role.DOCTOR)
    await move(today, papers["hiv"], "requested", Role.DOCTOR)
    await move(today, papers["hiv"], "rejected", Role.PLACEMENT, facts={"reason": "unreadable"})
    for name in papers.keys() - {"gynaecologist", "hiv"}:
        await move(today, papers[name], "received", Role.DOCTOR)
    assert (await told(today, case))[0] == ["Собрано справок: 18 из 19."]
    await today.do(case, "medical_package", result="complete")
    assert await today.live(case) == ["medical_package"]
    await move(today, papers["hiv"], "received", Role.DOCTOR)
    await today.do(case, "medical_package", result="complete")
    assert await today.live(case) == ["institution_choose"]

    await today.do(case, "institution_choose", result="chosen", institutions=["general_home"])
    await today.sleep(case, days=3, hours=1)
    assert await today.live(case) == ["medical_package"]
    now = await items(today, case, "paper")
    assert [name for name, paper in now.items() if paper["status"] == "expired"] == ["contacts"]
    assert now["hiv"]["expires_at"] > now["diphtheria"]["expires_at"]
    await move(today, now["contacts"], "received", Role.DOCTOR)
    await today.do(case, "medical_package", result="complete")
    assert await today.live(case) == ["package_submit"]


async def test_a_refusal_costs_neither_package_nor_place_in_the_queue(today: Ahead) -> None:
    """Given a queue and a voucher, when one institution refuses, then the next is asked with the same application.

    The voucher that ran out meanwhile is renewed.
    """
    case = await wants_a_place(today, patient=PERSON)
    await today.do(case, "profile_choose", result="general")
    await gathered(today, case, "contacts", "stool", "diphtheria", "blood", "urine")
    await today.do(case, "medical_package", result="complete")
    await has_ippsu(today, case)

    # One that does not take people of the profile is not asked; the one that the person wants is asked first.
    known = (await today.get("/api/v1/catalogue/institutions", role=Role.PLACEMENT))["items"]
    fits = {each["code"] for each in known if "general" in each["profiles"]}
    assert fits >= {"general_home", "izmailovo"}
    assert "glinka" not in fits
    await today.do(case, "institution_choose", result="chosen", institutions=["glinka"])
    await today.do(case, "institution_choose", result="chosen", institutions=["general_home"], wanted="izmailovo")
    assert await statuses(today, case, "institution") == {"izmailovo": "chosen", "general_home": "chosen"}
    await today.do(case, "package_submit", result="returned")
    await today.do(case, "medical_package", result="complete")
    await today.do(case, "package_submit", result="accepted", receipt="77-4411")
    application = (await items(today, case, "application"))["placement"]
    assert (application["status"], application["facts"]["receipt"]) == ("filed", "77-4411")
    assert (await told(today, case))[1].startswith("Ждём решения до ")

    await today.do(case, "voucher_decision", result="queued", position=12)
    assert (await told(today, case))[1] == "Ждём очереди, место в ней: 12."
    await today.sleep(case, days=7, minutes=1)
    await today.do(case, "voucher_decision", result="issued", number="П-9")
    voucher = (await items(today, case, "voucher"))["voucher"]
    assert (voucher["status"], voucher["facts"]["number"]) == ("issued", "П-9")
    lines, next_ = await told(today, case)
    assert [line.split()[0] for line in lines] == ["Собрано", "По", "Путёвка", "Учреждение"]
    assert next_ == "Учреждение подтверждает место."

    await today.do(case, "bed_confirm", result="withdrawn", reason="no_places")
    await today.sleep(case, days=1, minutes=1)
    assert await statuses(today, case, "institution") == {"izmailovo": "refused", "general_home": "asked"}
    await today.sleep(case, days=29)
    live = await today.live(case)
    assert "voucher_renew" in live
    assert "bed_confirm" not in live
    await today.do(case, "voucher_renew", result="issued", number="П-10")
    await today.do(case, "bed_confirm", result="confirmed")
    assert await statuses(today, case, "institution") == {"izmailovo": "refused", "general_home": "reserved"}
    applications = (await today.get(f"/api/v1/cases/{case}/items", kind="application"))["items"]
    placed = [(each["item_id"], each["status"]) for each in applications if each["name"] == "placement"]
    assert placed == [(application["item_id"], "granted")]
    now = (await items(today, case, "voucher"))["voucher"]
    assert (now["item_id"], now["facts"]["number"], now["status"]) == (voucher["item_id"], "П-10", "issued")
    assert now["expires_at"] > voucher["expires_at"]


async def test_life_in_an_institution_is_asked_about(today: Ahead) -> None:
    """Given a bed, when the person does not arrive, then they are brought again; what they say later is looked into.

    A poor word is followed by a review and another question; after thirty days a senior closes the case.
    """
    case = await has_a_bed(today, patient=PERSON)
    await may_leave(today, case)
    assert (await told(today, case))[1] == "Спросим, всё ли в порядке на новом месте."
    await today.do(case, "transfer_arrival", result="not_arrived")
    assert "not_arrived" in await noticed(today, case)
    assert "transfer_arrival" not in await today.live(case)
    await today.sleep(case, days=1, minutes=1)
    await today.do(case, "transfer_arrival", result="arrived")
    assert (await statuses(today, case, "institution"))["general_home"] == "arrived"
    assert await statuses(today, case, "voucher") == {"voucher": "used"}

    await today.sleep(case, days=7, hours=1)
    await today.do(case, "adaptation_check", result="settled")
    await today.sleep(case, days=7)
    await today.do(case, "feedback", result="given", rating=2, text="холодно")
    await today.do(case, "quality_review", result="mended")
    await today.sleep(case, days=14, hours=1)
    await today.do(case, "feedback", result="given", rating=4)
    feedback = (await today.get(f"/api/v1/cases/{case}/items", kind="feedback"))["items"]
    assert [(said["status"], said["facts"]["rating"], said["facts"]["about"]) for said in feedback] == [
        ("given", 2, "general_home"),
        ("given", 4, "general_home"),
    ]
    assert feedback[0]["facts"]["text"] == "холодно"
    await today.sleep(case, days=2)
    await today.do(case, "adaptation_check", result="settled")
    await today.do(case, "case_close", result="closed")
    assert (await today.get(f"/api/v1/cases/{case}"))["ending"] == "institution_permanent"
    assert (await told(today, case))[0] == []


async def test_contraindications_lead_elsewhere(today: Ahead) -> None:
    """Given a passing illness, when it is treated, then the package goes on; given a lasting one, another profile."""
    case = await wants_a_place(today)
    await today.do(case, "profile_choose", result="psychoneurological")
    await has_ippsu(today, case)
    passing = {"result": "contraindicated", "lasts": "temporary", "ground": "dangerous_infection"}
    await today.do(case, "medical_package", **passing)
    assert "medical_package" not in await today.live(case)
    await today.sleep(case, days=30, hours=1)
    await gathered(today, case, "contacts", "court_decision")
    await today.do(case, "medical_package", result="complete")
    await today.do(case, "psychiatric_commission", result="not", then="other_profile")
    assert "contraindicated" in await noticed(today, case)

    await today.do(case, "profile_choose", result="general")
    assert "medical_package" in await today.live(case)
    received = {"received", "not_needed"}
    assert set((await statuses(today, case, "paper")).values()) == received  # nothing is collected again
    await today.do(case, "medical_package", result="complete")
    await today.do(case, "institution_choose", result="home")
    assert (await today.get(f"/api/v1/cases/{case}"))["tracks"]["placement"] == "no_bed"
    assert "ready_date" in await today.live(case)


async def test_no_programme_no_place(today: Ahead) -> None:
    """Given an ИППСУ that is denied for good, then a senior hears of it and the way leads home."""
    case = await wants_a_place(today)
    await today.do(case, "profile_choose", result="temporary")
    await gathered(today, case)
    await today.do(case, "medical_package", result="complete")
    await today.do(case, "need_application", result="filed")
    await today.do(case, "need_decision", result="denied", then="given_up")
    await today.sleep(case, days=3)
    assert "need_not_recognised" in await noticed(today, case)
    assert (await today.get(f"/api/v1/cases/{case}"))["tracks"]["placement"] == "no_bed"
    assert await statuses(today, case, "document") == {"ippsu": "given_up"}


async def test_when_all_have_refused_a_senior_decides(today: Ahead) -> None:
    """Given the only institution that was asked says no, then a senior decides, and others are asked."""
    case = await wants_a_place(today)
    await today.do(case, "profile_choose", result="general")
    await gathered(today, case, "contacts", "stool", "diphtheria")
    await today.do(case, "medical_package", result="complete")
    await has_ippsu(today, case)
    await today.do(case, "institution_choose", result="chosen", institutions=["general_home"])
    await today.do(case, "package_submit", result="accepted", priority="war_veteran")
    await today.do(case, "voucher_decision", result="queued", position=2)
    await today.sleep(case, days=2, minutes=1)  # out of turn it is asked for sooner
    await today.do(case, "voucher_decision", result="issued")
    await today.do(case, "bed_confirm", result="withdrawn", reason="no_places")
    await today.sleep(case, days=1, minutes=1)
    await today.do(case, "refusal_review", result="other_institutions")
    await today.do(case, "institution_choose", result="chosen", institutions=["general_home_second"])
    await today.do(case, "bed_confirm", result="confirmed")
    stand = await statuses(today, case, "institution")
    assert stand == {"general_home": "refused", "general_home_second": "reserved"}


async def test_who_never_arrives_may_go_home_instead(today: Ahead) -> None:
    """Given a bed, when the person does not arrive and wants to go home, then place and voucher are given back."""
    case = await has_a_bed(today)
    await may_leave(today, case)
    await today.do(case, "transfer_arrival", result="not_arrived", then="home")
    assert await statuses(today, case, "institution") == {"general_home": "withdrawn"}
    assert await statuses(today, case, "voucher") == {"voucher": "returned"}
    assert await today.live(case) == ["home_prepare"]


async def test_who_returns_from_an_institution_is_supported(today: Ahead) -> None:
    """Given somebody who moves out after a week, then they are followed at home, with support month by month."""
    case = await has_a_bed(today)
    await may_leave(today, case)
    await today.do(case, "transfer_arrival", result="arrived")
    await today.sleep(case, days=7, hours=1)
    await today.do(case, "adaptation_check", result="returns")
    assert await statuses(today, case, "institution") == {"general_home": "left"}
    await today.do(case, "arrival_confirm", result="confirmed", received_by="relatives")
    await today.do(case, "post_boarding_offer", result="accepted")
    assert await statuses(today, case, "feedback") == {}
    await today.sleep(case, days=31)
    await today.do(case, "post_boarding", result="problem")
    await today.sleep(case, days=1, hours=1)
    assert "problem" in await noticed(today, case)
    await today.do(case, "post_boarding", result="declined")
    for step in ("call_72h", "check_7d"):
        await today.do(case, step, result="well")
    await today.do(case, "check_30d", result="stable")
    await today.do(case, "case_close", result="closed")
    assert (await today.get(f"/api/v1/cases/{case}"))["ending"] == "home_with_relatives"
