from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.catalogues import Catalogues
from marshrut.catalogue import Catalogue, load
from marshrut.catalogue.entries import Title
from marshrut.catalogue.loader import BASE
from marshrut.catalogue.questionnaire import questionnaire
from marshrut.domain.words import Role
from marshrut.ports import Unavailable
from marshrut.store.database import Database
from marshrut.store.queries import SqlQueries
from marshrut.store.versions import SqlVersions
from tests.fixtures.system import System

PARTS = ("pathways", "services", "partners", "reasons", "hospitals", "instruments", "calendars", "clocks")


async def part(system: System, name: str, **params: Any) -> dict[str, dict[str, Any]]:
    """A part of the catalogue, by code."""
    items = (await system.get(f"/api/v1/catalogue/{name}", **params))["items"]
    return {item["code"]: item for item in items}


def older(catalogue: Catalogue) -> Catalogue:
    """A version before the one in force, in which the first contact was called otherwise."""
    step = catalogue.steps["contact.first_contact"]
    renamed = step.model_copy(update={"title": Title(ru="Первая беседа", en="First talk")})
    steps = {**catalogue.steps, "contact.first_contact": renamed}
    return catalogue.model_copy(update={"steps": steps, "version": "older-1"})


async def test_every_part_is_shown_whole_with_its_version(system: System) -> None:
    """Each part answers all of its items to whoever is signed in, and says which version it is of."""
    catalogue = system.parts.catalogue
    sizes = {"pathways": catalogue.tracks, "services": catalogue.services, "reasons": catalogue.reasons}
    sizes |= {"partners": catalogue.partners}
    sizes |= {"hospitals": catalogue.hospitals, "calendars": catalogue.calendars, "instruments": catalogue.instruments}
    for name in PARTS:
        answer = await system.get(f"/api/v1/catalogue/{name}", role=Role.HOTLINE)
        assert (answer["next"], answer["version"]) == (None, catalogue.version)
        if name in sizes:
            assert len(answer["items"]) == len(sizes[name])


async def test_a_pathway_tells_its_steps_and_how_sure_their_numbers_are(system: System) -> None:
    """A step shows role, clock with mark and source, its terms under flags, and what its outcomes are called."""
    contact = (await part(system, "pathways"))["contact"]
    step = next(step for step in contact["steps"] if step["code"] == "contact.first_contact")
    assert (contact["stage"], step["role"], step["mandatory"]) == ("first_contact", "coordinator", True)
    assert step["title"] == {"ru": "Первичный контакт", "en": "First contact"}
    assert (step["clock"]["term"], step["clock"]["mark"], step["clock"]["verified"]) == ("24h", "A", False)
    assert step["clock"]["under"]["unidentified"]["term"] == "2h"
    assert step["clock"]["under"]["unidentified"]["emergency"]
    assert "contacted" in [outcome["code"] for outcome in step["outcomes"]]
    whole = [step["code"] for each in (await part(system, "pathways")).values() for step in each["steps"]]
    assert sorted(whole) == sorted(system.parts.catalogue.steps)


async def test_every_number_names_its_mark_and_source(system: System) -> None:
    """Deadlines, figures, waits and rungs are all there; only what was seen in a source is verified."""
    numbers = (await system.get("/api/v1/catalogue/clocks"))["items"]
    assert {number["kind"] for number in numbers} >= {"deadline", "rung"}
    assert {number["verified"] for number in numbers} == {True, False}
    assert all(number["verified"] == (number["mark"] == "S") for number in numbers)
    assert all(number["source"] for number in numbers)
    deadlines = {number["name"] for number in numbers if number["kind"] == "deadline"}
    assert deadlines == {name for name, step in system.parts.catalogue.steps.items() if step.clock is not None}
    waits = {number["name"]: number["value"] for number in numbers if number["kind"] == "wait"}
    assert waits == {name: wait.term for name, wait in system.parts.catalogue.waits.items()}


async def test_reasons_hospitals_and_calendars_say_what_people_need(system: System) -> None:
    """A reason names who has to move and whether clocks pause, a hospital its zone and hours, a calendar its days."""
    reason = (await part(system, "reasons"))["passport"]
    assert reason["responsible"]["title"]["ru"]
    assert {reason["pauses"] for reason in (await part(system, "reasons")).values()} <= {True, False}
    hospital = (await part(system, "hospitals"))["KKB1"]
    assert (hospital["zone"], hospital["region"]["code"]) == ("Asia/Vladivostok", "khabarovsk")
    assert set(hospital["hours"]["week"]) <= {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
    assert hospital["hours"]["week"]
    for calendar in (await part(system, "calendars")).values():
        assert calendar["official_until"] >= calendar["first"]
        assert calendar["days_off"][0]["reason"]["title"]["ru"]


async def test_what_holds_in_a_hospital_can_be_asked(system: System) -> None:
    """With `hospital` the tables are those of its region; a hospital that is not there is refused by name."""
    catalogue = system.parts.catalogue
    for code in ("GKB29", "KKB1"):
        assert (await part(system, "reasons", hospital=code)).keys() == catalogue.at(code).reasons.keys()
    answer = await system.http.get(
        "/api/v1/catalogue/reasons", params={"hospital": "NOWHERE"}, headers=system.token(Role.HEAD)
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "hospital")


async def test_instruments_are_listed_and_each_is_a_fhir_questionnaire(system: System) -> None:
    """The list says whose, which version, how sure and whether scored; the instrument itself is FHIR, with its ETag."""
    catalogue = system.parts.catalogue
    listed = await part(system, "instruments")
    assert {code: each["scored"] for code, each in listed.items()} == {
        "social_screen": False,
        **dict.fromkeys(("barthel", "long_term_care", "gad7", "phq9"), True),
    }
    headers = system.token(Role.HOTLINE)
    for code, each in listed.items():
        path = f"/api/v1/catalogue/instruments/{code}"
        answer = await system.http.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/fhir+json")
        assert answer.json() == questionnaire(code, catalogue.instruments[code])
        assert {name: answer.json()[name] for name in ("url", "version", "status", "date")} == {
            name: each[name] for name in ("url", "version", "status", "date")
        }
        assert answer.json()["title"] == each["title"]["ru"]
        tag = {"If-None-Match": answer.headers["etag"]}
        assert (await system.http.get(path, headers=headers | tag)).status_code == 304
    for code in ("rankin", "phq9.yaml", "%00", "Бартел"):
        answer = await system.http.get(f"/api/v1/catalogue/instruments/{code}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "instrument_not_found")


async def test_an_instrument_is_shown_as_it_holds_in_a_hospital_and_as_it_was(system: System, tmp_path: Path) -> None:
    """A region's overlay alone adds and removes instruments over HTTP; a kept version shows those of its time."""
    folder = tmp_path / "regions/lipetsk/instruments"
    folder.mkdir(parents=True)
    shipped = (BASE / "instruments/gad7.yaml").read_text(encoding="utf-8")
    (folder / "anxiety.yaml").write_text(shipped.replace("/gad7", "/anxiety"), encoding="utf-8")
    (folder / "gad7.yaml").write_text("instrument: null", encoding="utf-8")
    before, parts = system.parts.catalogue, system.parts.api
    changed = load(tmp_path)
    versions = SqlVersions(system.parts.db)
    await versions.remember(before.version, before.model_dump_json())
    system.app.state.parts = replace(parts, catalogue=changed, catalogues=Catalogues(changed, versions))
    try:
        there = await part(system, "instruments", hospital="LOKB")
        assert there.keys() == before.instruments.keys() - {"gad7"} | {"anxiety"}
        assert (await part(system, "instruments", hospital="GKB29")).keys() == before.instruments.keys()
        path = "/api/v1/catalogue/instruments/anxiety"
        assert (await system.get(path, hospital="LOKB"))["url"].endswith("/anxiety")
        for params in ({}, {"hospital": "GKB29"}, {"hospital": "LOKB", "version": before.version}):
            answer = await system.http.get(path, params=params, headers=system.token(Role.HEAD))
            assert (answer.status_code, answer.json()["code"]) == (404, "instrument_not_found")
    finally:
        system.app.state.parts = parts


async def test_whoever_has_the_version_is_not_sent_it_again(system: System) -> None:
    """The version is the ETag: named in If-None-Match the answer is 304 without a body, otherwise all of it."""
    headers = system.token(Role.AUDITOR)
    for name in PARTS:
        path = f"/api/v1/catalogue/{name}"
        tag = (await system.http.get(path, headers=headers)).headers["etag"]
        assert tag == f'"{system.parts.catalogue.version}"'
        for known, status in ((tag, 304), (f'W/{tag}, "x"', 304), ("*", 304), ('"x"', 200)):
            answer = await system.http.get(path, headers={**headers, "If-None-Match": known})
            assert (answer.status_code, answer.headers["etag"]) == (status, tag)
            assert bool(answer.content) == (status == 200)


async def test_an_older_version_can_be_read_and_an_unknown_one_is_not_there(system: System) -> None:
    """`version` shows what was in force then; what was never kept is 404."""
    before = older(system.parts.catalogue)
    await SqlVersions(system.parts.db).remember(before.version, before.model_dump_json())
    steps = (await part(system, "pathways", version=before.version))["contact"]["steps"]
    assert "First talk" in [step["title"]["en"] for step in steps]
    answer = await system.http.get(
        "/api/v1/catalogue/pathways", params={"version": "never"}, headers=system.token(Role.HEAD)
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "catalogue_not_found")


async def test_a_case_goes_on_by_the_words_that_it_began_under(system: System) -> None:
    """After the catalogue has changed, steps of older cases keep their titles, new cases have the new ones."""
    case_id = await system.admit()
    step_id = await system.step(case_id, "first_contact")
    now = system.parts.catalogue
    changed = older(now).model_copy(update={"version": "newer-1"})
    parts = system.parts.api
    catalogues = Catalogues(changed, SqlVersions(system.parts.db))
    system.app.state.parts = replace(parts, catalogue=changed, catalogues=catalogues)
    try:
        for answer in (await system.get(f"/api/v1/steps/{step_id}"), await system.get("/api/v1/steps", case=case_id)):
            step = answer if "title" in answer else next(each for each in answer["items"] if each["step_id"] == step_id)
            assert step["title"]["en"] == "First contact"
        pathway = (await part(system, "pathways"))["contact"]["steps"]
        assert "First talk" in [step["title"]["en"] for step in pathway]
    finally:
        system.app.state.parts = parts


async def test_a_version_is_kept_once_and_read_again(db: Database) -> None:
    """Remembering again changes nothing; what was kept reads back as it was, what was not is the one in force."""
    versions = SqlVersions(db, clock=lambda: datetime(2026, 3, 2, tzinfo=UTC))
    await versions.remember("v1", "first")
    await versions.remember("v1", "second")
    assert await versions.content("v1") == "first"
    assert await versions.content("v2") is None


async def test_versions_explain_older_cases_and_fall_back_to_the_one_in_force(db: Database, system: System) -> None:
    """A kept version comes back equal; an unknown or unreadable one is answered by the catalogue in force."""
    current = system.parts.catalogue
    before, versions = older(current), SqlVersions(db)
    await versions.remember(before.version, before.model_dump_json())
    await versions.remember("broken", '{"version": "broken"}')
    catalogues = Catalogues(current, versions)
    assert await catalogues.of(before.version) == before
    assert (await catalogues.at(before.version, "GKB29")).steps["contact.first_contact"].title.en == "First talk"
    for version in (None, "unknown", "broken", current.version):
        assert await catalogues.of(version) is current
    assert await catalogues.slice_of(before.version, "GKB29") == before.slice("GKB29")
    assert await catalogues.slice_of(before.version, "NOWHERE") is None


async def test_no_case_begins_under_a_version_that_is_not_kept(db: Database, system: System) -> None:
    """Until SQL holds the version in force there is no slice to begin with; it is kept as soon as SQL answers."""
    versions, current = SqlVersions(db), system.parts.catalogue
    catalogues = Catalogues(current, versions)
    with pytest.raises(Unavailable):
        catalogues.slice("GKB29")
    await asyncio.wait_for(catalogues.keep(SqlQueries(db)), 5)
    assert catalogues.slice("GKB29") == current.slice("GKB29")
    assert catalogues.slice("GKB29") is catalogues.slice("GKB29")
    assert await versions.content(current.version) == current.model_dump_json()


async def test_partners_and_programmes_name_each_other(system: System) -> None:
    """A programme tells whom to ask and how it goes on; a partner tells for what it is asked, and how sure that is."""
    services, partners = await part(system, "services"), await part(system, "partners")
    school, limb = services["related_care"], services["new_opportunities"]
    assert (school["units"]["value"], school["units"]["mark"], school["goes_on"]) == (16, "S", True)
    assert (limb["one_consultant"], services["home_care"]["one_consultant"]) == (True, False)
    hours = {level: hours["value"] for level, hours in services["long_term_care"]["weekly_hours"].items()}
    assert hours == {"level_1": 14, "level_2": 21, "level_3": 28}
    asked = {(code, partner["code"]) for code, service in services.items() for partner in service["partners"]}
    assert asked == {(each["code"], code) for code, partner in partners.items() for each in partner["programmes"]}
    assert {partner["mark"] for partner in partners.values()} == {"A"}
    assert partners["home_care_provider"]["party"]["code"] == "care_provider"
