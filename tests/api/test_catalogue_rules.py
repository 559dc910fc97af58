"""Decision tables, lists and institutions of the catalogue over HTTP."""

from marshrut.domain.words import Role
from tests.fixtures.system import System


async def test_the_route_tells_its_rules_with_their_reasons(system: System) -> None:
    """Needs and every rule are there: why, when, what it proposes, how sure that is and from where."""
    catalogue = system.parts.catalogue
    told = await system.get("/api/v1/catalogue/route")
    assert told["version"] == catalogue.version
    assert {need["code"]: need["title"]["en"] for need in told["needs"]}["documents"] == "Documents"
    for table, there in (("proposals", catalogue.proposals), ("route", catalogue.route)):
        assert [rule["code"] for rule in told[table]] == list(there)
    assert [rule["code"] for rule in told["approvals"]] == list(catalogue.approvals)
    weak = next(rule for rule in told["proposals"] if rule["code"] == "alone_and_weak")
    assert weak["because"]["en"] == "Lives alone and cannot cope"
    assert weak["when"] == {
        "none": ["child"],
        "outcomes": {"assessment.life_survey.lives_with": ["alone"]},
        "scores": {"barthel": {"below": 60}},
    }
    assert (weak["then"], weak["mark"], weak["verified"]) == ({"need": ["home_care"]}, "A", False)
    every = told["proposals"] + told["route"] + told["approvals"]
    assert all(rule["source"] and rule["then"] for rule in every)
    leaves = next(rule for rule in told["approvals"] if rule["code"] == "leaves_home_for_good")
    assert (leaves["when"], leaves["then"]) == ({}, {"entry": ["placement"]})


async def test_lists_tell_what_they_ask_for_and_how_long_it_is_good(system: System) -> None:
    """Each list with its kind and entries; an entry that expires names the term with mark and source."""
    told = await system.get("/api/v1/catalogue/lists")
    lists = {each["code"]: each for each in told["items"]}
    assert (set(lists), told["next"]) == (set(system.parts.catalogue.lists), None)
    entries = {each["code"]: each for each in lists["package_general"]["entries"]}
    assert (lists["package_general"]["kind"], entries["therapist"]["validity"]["term"]) == ("paper", "180d")
    assert entries["therapist"]["validity"]["source"]
    passport = next(each for each in lists["documents"]["entries"] if each["code"] == "passport")
    assert passport["validity"] is None


async def test_institutions_tell_their_profiles(system: System) -> None:
    """Each institution with profiles, mark and source; places that nobody knows are null."""
    told = (await system.get("/api/v1/catalogue/institutions"))["items"]
    there = system.parts.catalogue.institutions
    assert {each["code"]: tuple(each["profiles"]) for each in told} == {
        code: each.profiles for code, each in there.items()
    }
    assert all(each["mark"] and each["source"] and each["places"] == there[each["code"]].places for each in told)


async def test_a_version_that_is_known_is_not_sent_again(system: System) -> None:
    """Like every part of the catalogue these are answered 304 to whoever has the version, and 422 for no hospital."""
    for part in ("route", "lists", "institutions"):
        path = f"/api/v1/catalogue/{part}"
        headers = {**system.token(Role.HOTLINE), "If-None-Match": f'"{system.parts.catalogue.version}"'}
        assert (await system.http.get(path, headers=headers)).status_code == 304
        answer = await system.http.get(path, headers=system.token(Role.HOTLINE), params={"hospital": "MOON"})
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_facility")
